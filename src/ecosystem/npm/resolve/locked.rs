//! What lockfiles add: the version of a declared dependency, and what comes in through others.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::locks::{self, Lock, fits};
use super::unit::{Manager, Pin, Unit, key};
use super::{Place, Resolver};
use crate::ecosystem;
use crate::ecosystem::transitive::{Claim, Standing, Standings, Told};
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, FileId, GitReference, Origin, Package, Problem, ProblemKind,
    Reading, Reason, Related, Scope, Selected, Source, Stated, Why,
};
use crate::source::Span;

/// A lockfile that holds something else than a manifest asks for.
#[derive(Debug)]
pub(super) struct Contradiction {
    /// The entry.
    origin: Origin,
    /// What is wrong.
    message: String,
}

/// What is selected where a lockfile has an entry: that, unless it is the commit of a tag that the manifest names, which says
/// more.
pub(super) fn choose(declared: &Declared, stated: &Selected, locked: Selected) -> Selected {
    let names_a_release = match &declared.stated {
        Stated::Source(Source::Git { reference: GitReference::Any(word) | GitReference::Tag(word), .. }) => {
            ecosystem::version(Ecosystem::Npm, word).is_ok()
        }
        _ => false,
    };
    if names_a_release && matches!(locked, Selected::Source(Source::Git { .. })) { stated.clone() } else { locked }
}

impl<'a> Resolver<'a> {
    /// What the lockfiles hold for a statement whose version is decided at `at`, where that is what is asked for.
    pub(super) fn locked(
        &mut self,
        start: Place<'a>,
        at: Place<'a>,
        name: &str,
        because: &mut Vec<Related>,
    ) -> Vec<(Selected, Related)> {
        let mut found = Vec::new();
        if start.declared.scope == Scope::Managed {
            return found;
        }
        let file = self.files.get(start.file);
        let mut asked = vec![at.declared, start.declared];
        if start.declared.scope == Scope::Peer {
            // Yarn has no entry for what others bring, but for the same name in another section.
            let sections = self.sections.entry(start.file).or_insert_with(|| by_key(&file.reading.declared));
            asked.extend(sections.get(start.key).into_iter().flatten());
        }
        let locks = self.locks;
        for lock in locks.of(start.file) {
            let lock_file = self.files.get(lock.file);
            if locks::unusable(lock_file).is_some() {
                continue;
            }
            let folder = model::folder(&file.path);
            let Some(number) = locks.find(*lock, folder, start.key, name, &asked) else {
                if is_to_be_locked(start, at) && locks.is_for(*lock, folder) {
                    self.absent(*lock, start, at, name, because);
                }
                continue;
            };
            let package = locks.package(*lock, number);
            let origin = Origin { file: lock.file, span: package.span };
            let version = written(package);
            if package.name == name && fits(at.declared, package) {
                let claim = Claim { scope: start.declared.scope, origin: start.origin(), package: number };
                self.claims.entry(*lock).or_default().push(claim);
                let many = if locks.of(start.file).len() > 1 { "; nothing tells which lockfile is used" } else { "" };
                let related = Related { origin, message: format!("locked at {version} here{many}") };
                found.push((select(package), related));
            } else if start.declared.scope != Scope::Peer && !matches!(at.declared.stated, Stated::Computed(_)) {
                let message = format!("{version} is locked here, which is not what is asked for; the manifest decides");
                because.push(Related { origin, message });
                let asked = self.asked(at);
                let message =
                    format!("`{}` is locked at {version}, but `{}` asks for {asked}", package.name, file.path);
                self.contradicts(*lock, name, Contradiction { origin, message });
            }
        }
        if !found.is_empty() {
            // What another lockfile holds is then of no account.
            because.retain(|related| locks.of(start.file).iter().all(|lock| lock.file != related.origin.file));
        }
        found
    }

    /// Notes that a lockfile has no entry for what a statement asks for: at the entry it has for an earlier request of the same
    /// name, else at its beginning.
    fn absent(&mut self, lock: Lock, start: Place<'a>, at: Place<'a>, name: &str, because: &mut Vec<Related>) {
        let earlier = self.locks.named(lock, start.key).map(|number| self.locks.package(lock, number));
        let span = earlier.map_or(Span::new(0, 0), |package| package.span);
        let origin = Origin { file: lock.file, span };
        let (asked, manifest) = (self.asked(at), &self.files.get(start.file).path);
        let (message, what) = match earlier {
            Some(package) => {
                let version = written(package);
                (
                    format!("{version} is locked here, but not for {asked}; the manifest decides"),
                    format!("`{name}` is locked at {version}, but not for {asked}, which `{manifest}` asks for"),
                )
            }
            None => (
                format!("the lockfile has no entry for `{name}`; the manifest decides"),
                format!("`{manifest}` asks for `{name}`, for which the lockfile has no entry"),
            ),
        };
        because.push(Related { origin, message });
        self.contradicts(lock, name, Contradiction { origin, message: what });
    }

    /// What is asked for, for messages.
    fn asked(&self, at: Place<'_>) -> String {
        match at.declared.stated {
            Stated::Nothing => "any version".into(),
            _ => format!("`{}`", self.files.get(at.file).source.slice(at.declared.span)),
        }
    }

    /// Notes a contradiction, if anybody asks about the package: another's would hide it.
    fn contradicts(&mut self, lock: Lock, name: &str, contradiction: Contradiction) {
        if self.files.wants(Ecosystem::Npm, name) {
            self.contradictions.entry(lock).or_default().push(contradiction);
        }
    }

    /// Whether a lockfile holds what a statement of a manifest asks for.
    pub(super) fn is_locked(&self, manifest: FileId, declared: &Declared) -> bool {
        let folder = model::folder(&self.files.get(manifest).path);
        self.locks.of(manifest).iter().any(|lock| {
            let found = self.locks.find(*lock, folder, key(declared), &declared.name, &[declared]);
            found.is_some_and(|package| fits(declared, self.locks.package(*lock, package)))
        })
    }

    /// The lockfiles that are out of date, each once.
    pub(super) fn out_of_date(&self) -> Vec<(FileId, Problem)> {
        let problem = |(lock, contradictions): (&Lock, &Vec<Contradiction>)| {
            let first = contradictions.iter().min_by_key(|contradiction| contradiction.origin.span)?;
            let mut message = first.message.clone();
            if contradictions.len() > 1 {
                let _ = write!(message, ", and {} more", contradictions.len() - 1);
            }
            message += "; the lockfile is out of date there, so the manifest decides";
            Some((lock.file, Problem { kind: ProblemKind::Contradiction, message, span: first.origin.span }))
        };
        self.contradictions.iter().filter_map(problem).collect()
    }

    /// Adds what a lockfile holds that none of its manifests declares.
    pub(super) fn lockfile(&mut self, lock: Lock, manifests: &[FileId], unit: Option<&Unit<'a>>) {
        let file = self.files.get(lock.file);
        let names: HashSet<&str> = manifests
            .iter()
            .flat_map(|manifest| &self.files.get(*manifest).reading.declared)
            .map(|declared| declared.name.as_str())
            .collect();
        let own: HashSet<&str> = manifests.iter().filter_map(|manifest| self.identity(*manifest)).collect();
        if let Some(why) = locks::unusable(file) {
            for package in &file.reading.declared {
                if !names.contains(package.name.as_str()) && !own.contains(package.name.as_str()) {
                    self.entry(lock, package, Selected::Unknown(why.clone()), None, package.scope, None);
                }
            }
            return;
        }
        let folders: HashSet<&str> =
            manifests.iter().map(|manifest| model::folder(&self.files.get(*manifest).path)).collect();
        let (former, unowned): (Vec<_>, Vec<_>) =
            self.locks.listed(lock).partition(|(folder, _)| folders.contains(folder));
        let numbers = |listed: Vec<(&str, u32)>| listed.into_iter().map(|(_, package)| package).collect::<Vec<_>>();
        let mut unowned = numbers(unowned);
        let name = |package: &u32| file.reading.declared[*package as usize].name.as_str();
        unowned.extend(self.locks.imported(lock).filter(|package| !names.contains(name(package))));
        unowned.sort_unstable();
        let claims = self.claims.remove(&lock).unwrap_or_default();
        let standings = Standings::new(&file.reading, &claims, &unowned, &numbers(former));
        let patched = patched(&file.reading);
        let bases: HashMap<u32, u32> = patched.iter().map(|(base, patch)| (*patch, *base)).collect();
        // npm 5 did not write down who needs what.
        let is_whole = lock.manager != Manager::Npm || !file.reading.graph.edges.is_empty();
        for (index, package) in file.reading.declared.iter().enumerate() {
            if own.contains(package.name.as_str()) {
                continue;
            }
            let number = crate::ecosystem::npm::lock_entry::number(index);
            if patched.contains_key(&number) {
                continue;
            }
            // What needs a package gets the patch of it.
            let number = match (standings.of(number), bases.get(&number)) {
                (Standing::Unreached, Some(base)) => *base,
                _ => number,
            };
            let (direct, scope) = match standings.of(number) {
                Standing::Declared | Standing::Leftover => continue,
                Standing::Needed { scope, .. } => (Some(false), scope),
                Standing::Unreached if manifests.is_empty() => (None, package.scope),
                Standing::Unreached if is_whole || names.contains(package.name.as_str()) => continue,
                Standing::Unreached => (Some(false), package.scope),
                Standing::Unowned { .. } => (None, package.scope),
            };
            let told = standings.told(lock.file, &file.reading.declared, number, written);
            let parent = standings.parent(number).map(|parent| file.reading.declared[parent as usize].name.as_str());
            match unit.and_then(|unit| forced(unit, package, parent)) {
                Some(pin) => self.pinned(lock, package, pin, scope, told),
                None => self.entry(lock, package, select(package), direct, scope, told),
            }
        }
    }

    /// A package whose version an override of the root decides: there a person would edit.
    fn pinned(&mut self, lock: Lock, package: &Declared, pin: Pin<'a>, scope: Scope, told: Option<Told>) {
        let mut because: Vec<Related> = told.map(|told| told.related).into_iter().collect();
        let at = Place { file: pin.file, declared: &pin.change.then, key: &pin.change.name };
        self.used.insert(at.origin());
        let origin = Origin { file: lock.file, span: package.span };
        because.push(Related { origin, message: format!("locked at {} here", written(package)) });
        self.add(at, at, &package.name, select(package), because);
        let from = (at.origin(), String::new(), String::new());
        for (_, found) in self.found.range_mut(from..).take_while(|((origin, ..), _)| *origin == at.origin()) {
            found.scope = found.scope.min(scope);
            found.direct = found.direct.or(Some(false));
        }
    }

    fn entry(
        &mut self,
        lock: Lock,
        package: &Declared,
        selected: Selected,
        direct: Option<bool>,
        scope: Scope,
        told: Option<Told>,
    ) {
        let origin = Origin { file: lock.file, span: package.span };
        let declared = match package.stated {
            Stated::Nothing => None,
            _ => Some(self.files.get(lock.file).source.slice(package.span).to_owned()),
        };
        let mut dependency = Dependency {
            package: Package { ecosystem: Ecosystem::Npm, name: package.name.clone() },
            declared,
            selected,
            scope,
            direct,
            condition: package.condition.clone(),
            origin,
            because: Vec::new(),
            through: None,
        };
        if let Some(told) = told {
            told.of(&mut dependency);
        }
        self.found.entry((origin, package.name.clone(), String::new())).or_insert(dependency);
    }
}

/// Whether every lockfile of a manifest has an entry for a statement: what others bring has none, nor what is no package of a
/// registry, and npm 6 leaves out optional ones that do not install where it runs.
fn is_to_be_locked(start: Place<'_>, at: Place<'_>) -> bool {
    let is_installed = match start.declared.scope {
        Scope::Runtime | Scope::Development => true,
        Scope::Optional | Scope::Peer | Scope::Test | Scope::Build | Scope::Managed => false,
    };
    is_installed && matches!(at.declared.stated, Stated::Requirement(..) | Stated::Nothing)
}

/// The packages that are there only because a patch of them is, which has the same name and version; each with the patch.
fn patched(reading: &Reading) -> HashMap<u32, u32> {
    let is_same = |(from, to): &&(u32, u32)| {
        let is_other = from != to;
        let (from, to) = (&reading.declared[*from as usize], &reading.declared[*to as usize]);
        is_other && from.name == to.name && from.stated == to.stated
    };
    reading.graph.edges.iter().filter(is_same).map(|(from, to)| (*to, *from)).collect()
}

/// The statements of a manifest by what they are called.
fn by_key(declared: &[Declared]) -> HashMap<&str, Vec<&Declared>> {
    let mut statements: HashMap<&str, Vec<&Declared>> = HashMap::new();
    for declared in declared {
        statements.entry(key(declared)).or_default().push(declared);
    }
    statements
}

/// What an entry of a lockfile selects.
fn select(package: &Declared) -> Selected {
    match &package.stated {
        Stated::Locked(text) => match ecosystem::version(Ecosystem::Npm, text) {
            Ok(version) => Selected::Exact(version),
            Err(why) => Selected::Unknown(why),
        },
        Stated::Source(source) => Selected::Source(source.clone()),
        Stated::Requirement(text, _) | Stated::Elsewhere(text) | Stated::Computed(text) => {
            Selected::Unknown(Why::new(Reason::UnparsableVersion, format!("`{text}` is no version")))
        }
        Stated::Nothing => {
            let message = "the lockfile names the package without a version";
            Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
        }
    }
}

/// The version of an entry, for messages.
fn written(package: &Declared) -> String {
    match &package.stated {
        Stated::Locked(text) => text.clone(),
        Stated::Source(Source::Git { reference: GitReference::Revision(commit), .. }) => format!("commit {commit}"),
        Stated::Source(Source::Git { repository, .. }) => format!("`{repository}`"),
        Stated::Source(Source::Url(text) | Source::Path(text) | Source::Workspace(text)) => format!("`{text}`"),
        Stated::Source(Source::Fork { name, version }) => format!("`{name}` {version}"),
        Stated::Requirement(text, _) | Stated::Elsewhere(text) | Stated::Computed(text) => format!("`{text}`"),
        Stated::Nothing => "no version".into(),
    }
}

/// The override of the root that decides for a package which `parent` needs.
fn forced<'a>(unit: &Unit<'a>, package: &Declared, parent: Option<&str>) -> Option<Pin<'a>> {
    let holds = |pin: &&Pin<'a>| {
        let is_below = pin.parents().last().is_none_or(|last| parent == Some(last));
        let is_version = !matches!(pin.change.then.stated, Stated::Elsewhere(_));
        pin.change.effect == Effect::Force && is_below && is_version && fits(&pin.change.then, package)
    };
    let pins = unit.overrides(key(package)).iter().filter(holds);
    pins.max_by_key(|pin| pin.parents().count()).copied()
}
