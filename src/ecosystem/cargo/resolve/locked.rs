//! What lockfiles add: the version of a declared dependency, and what comes in through others.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::{Asked, Place, Resolver, names_release, one_of};
use crate::ecosystem;
use crate::ecosystem::cargo::cargo_lock::{self, REPLACED};
use crate::ecosystem::cargo::cargo_toml::PATCH;
use crate::ecosystem::repository::address;
use crate::ecosystem::transitive::{Claim, Standing, Standings};
use crate::model::{
    Declared, Dependency, Ecosystem, Effect, File, FileId, GitReference, Origin, Package, Problem, ProblemKind, Reason,
    Related, Selected, Source, Stated, Why,
};
use crate::source::Span;
use crate::version::Version;

/// A lockfile by what its packages are called.
pub(super) struct Lock<'a> {
    /// The packages that come from elsewhere.
    by_name: HashMap<&'a str, Vec<u32>>,
    /// The packages that lie in the tree.
    in_tree: HashMap<&'a str, u32>,
    /// What those need, by name.
    needed: HashMap<u32, HashMap<&'a str, Vec<u32>>>,
    /// The patches that nothing uses.
    unused: HashSet<&'a str>,
}

/// A lockfile that holds something else than a manifest asks for.
pub(super) struct Contradiction {
    span: Span,
    message: String,
}

impl<'a> Lock<'a> {
    pub(super) fn new(file: &'a File) -> Lock<'a> {
        let reading = &file.reading;
        let mut lock =
            Lock { by_name: HashMap::new(), in_tree: HashMap::new(), needed: HashMap::new(), unused: HashSet::new() };
        for (number, package) in (0u32..).zip(&reading.declared) {
            if is_in_tree(package) {
                lock.in_tree.entry(&package.name).or_insert(number);
            } else if package.condition.as_deref() != Some(REPLACED) {
                lock.by_name.entry(&package.name).or_default().push(number);
            }
        }
        for (from, to) in &reading.graph.edges {
            if is_in_tree(&reading.declared[*from as usize]) {
                let needed = &reading.declared[*to as usize];
                if !is_in_tree(needed) {
                    lock.needed.entry(*from).or_default().entry(&needed.name).or_default().push(*to);
                }
            }
        }
        let unused = reading.overrides.iter().filter(|patch| patch.effect == Effect::Exclude);
        lock.unused.extend(unused.map(|patch| patch.name.as_str()));
        lock
    }

    /// The entries that a package of the tree gets under a name; if it gets none, every one of that name, of which Cargo would
    /// take the highest that fits.
    fn candidates(&self, member: Option<&str>, name: &str) -> (&[u32], Take) {
        let needed = member.and_then(|member| self.needed.get(self.in_tree.get(member)?)?.get(name));
        match needed {
            Some(needed) => (needed, Take::All),
            None => (self.by_name.get(name).map(Vec::as_slice).unwrap_or_default(), Take::Highest),
        }
    }
}

/// Which of several entries that fit are meant.
#[derive(PartialEq)]
enum Take {
    All,
    Highest,
}

impl<'a> Resolver<'a> {
    /// Whether a lockfile says that a patch is not used.
    pub(super) fn is_unused_by(&self, lock: FileId, name: &str) -> bool {
        self.locks.get(&lock).is_some_and(|lock| lock.unused.contains(name))
    }

    /// What the lockfile holds for a statement, where that is what `at` asks for.
    pub(super) fn locked(
        &mut self,
        lock: FileId,
        start: Place<'a>,
        at: Place<'a>,
        asked: &Asked<'_>,
        because: &mut Vec<Related>,
    ) -> Option<Selected> {
        let file = self.files.get(lock);
        if unusable(file).is_some() {
            return None;
        }
        let name = &at.declared.name;
        let (candidates, take) = self.locks.get(&lock)?.candidates(self.identity(start.file), name);
        let package = |number: u32| &file.reading.declared[number as usize];
        let mut fitting: Vec<u32> = candidates.iter().copied().filter(|number| fits(asked, package(*number))).collect();
        if take == Take::Highest && fitting.len() > 1 {
            fitting.sort_by_key(|number| version(package(*number)));
            fitting.drain(..fitting.len() - 1);
        }
        if fitting.is_empty() {
            let entry = candidates.first().map(|number| package(*number));
            self.contradicts(lock, start, at, entry, because);
            return None;
        }
        let mut versions = Vec::new();
        let mut source = None;
        for number in &fitting {
            let claim = Claim { scope: start.declared.scope, origin: start.origin(), package: *number };
            self.claims.entry(lock).or_default().push(claim);
            let entry = package(*number);
            let origin = Origin { file: lock, span: entry.span };
            because.push(Related { origin, message: format!("locked at {} here", written(entry)) });
            match select(entry) {
                Selected::Exact(version) => versions.push(version),
                other => source = source.or(Some(other)),
            }
        }
        match (source, asked) {
            (Some(Selected::Source(_)), Asked::Repository(stated)) if names_release(stated) => {
                Some(Selected::Source((*stated).clone()))
            }
            (Some(source), _) => Some(source),
            (None, _) => Some(one_of(versions, self.written(at).unwrap_or_default())),
        }
    }

    fn contradicts(
        &mut self,
        lock: FileId,
        start: Place<'a>,
        at: Place<'a>,
        entry: Option<&Declared>,
        because: &mut Vec<Related>,
    ) {
        let path = &self.files.get(start.file).path;
        let name = &at.declared.name;
        let asked = self.written(at).unwrap_or(name);
        let contradiction = match entry {
            Some(entry) => {
                let version = written(entry);
                let message = format!("{version} is locked here, which is not what is asked for; the manifest decides");
                because.push(Related { origin: Origin { file: lock, span: entry.span }, message });
                let message = format!("`{name}` is locked at {version}, but `{path}` asks for `{asked}`");
                Contradiction { span: entry.span, message }
            }
            None => {
                let message = format!("`{path}` asks for `{name}`, which the lockfile does not hold");
                Contradiction { span: Span::new(0, 0), message }
            }
        };
        self.contradictions.entry(lock).or_default().push(contradiction);
    }

    /// The lockfiles that are out of date, each once.
    pub(super) fn out_of_date(&self) -> Vec<(FileId, Problem)> {
        let mut problems = Vec::new();
        for (lock, contradictions) in &self.contradictions {
            // One with a place says more.
            let Some(first) = contradictions.iter().min_by_key(|found| (found.span.end == 0, found.span)) else {
                continue;
            };
            let mut message = first.message.clone();
            if contradictions.len() > 1 {
                let _ = write!(message, ", and {} more", contradictions.len() - 1);
            }
            message += "; the lockfile is out of date there, so the manifest decides";
            problems.push((*lock, Problem { kind: ProblemKind::Contradiction, message, span: first.span }));
        }
        problems
    }

    /// Adds the lockfiles that no manifest in the tree stands beside.
    pub(super) fn lockfiles_alone(&mut self) {
        let owned: HashSet<FileId> = self.workspaces.units.values().filter_map(|unit| unit.lock).collect();
        for (id, file) in self.files.of(Ecosystem::Cargo).filter(|(_, file)| file.format.id == cargo_lock::FORMAT.id) {
            if !owned.contains(&id) && !self.workspaces.disregarded.contains(&id) {
                self.locks.insert(id, Lock::new(file));
                self.lockfile(id, &[], None);
            }
        }
    }

    /// Adds what a lockfile holds that none of its manifests declares.
    pub(super) fn lockfile(&mut self, lock: FileId, manifests: &[FileId], root: Option<FileId>) {
        let file = self.files.get(lock);
        let unusable = unusable(file);
        let own = manifests.iter().filter_map(|manifest| Some((self.identity(*manifest)?, self.files.get(*manifest))));
        let own: HashMap<&str, &File> = own.collect();
        let names: HashSet<&str> = manifests
            .iter()
            .flat_map(|manifest| &self.files.get(*manifest).reading.declared)
            .map(|declared| declared.name.as_str())
            .collect();
        let (mut unowned, mut former) = (Vec::new(), Vec::new());
        if let Some(index) = self.locks.get(&lock) {
            for (package, needed) in &index.needed {
                let all = needed.values().flatten().copied();
                match own.get(file.reading.declared[*package as usize].name.as_str()) {
                    None => unowned.extend(all),
                    // What a manifest does not show may still be there if it is broken.
                    Some(manifest) if super::is_broken(manifest) => {
                        let hidden = needed.iter().filter(|(name, _)| !names.contains(*name));
                        unowned.extend(hidden.flat_map(|(_, numbers)| numbers));
                    }
                    Some(_) => former.extend(all),
                }
            }
        }
        unowned.sort_unstable();
        let direct: HashSet<u32> = unowned.iter().copied().collect();
        let claims = self.claims.remove(&lock).unwrap_or_default();
        let standings = Standings::new(&file.reading, &claims, &unowned, &former);
        for (number, package) in (0u32..).zip(&file.reading.declared) {
            if is_in_tree(package) || package.condition.as_deref() == Some(REPLACED) {
                continue;
            }
            let (direct, scope) = match standings.of(number) {
                // What is declared is told there.
                _ if unusable.is_some() && names.contains(package.name.as_str()) => continue,
                Standing::Unreached | Standing::Leftover if unusable.is_some() => (None, package.scope),
                Standing::Declared | Standing::Leftover => continue,
                Standing::Unreached if names.contains(package.name.as_str()) => continue,
                Standing::Needed { scope, .. } => (Some(false), scope),
                Standing::Unowned { .. } => (Some(direct.contains(&number)), package.scope),
                Standing::Unreached => (None, package.scope),
            };
            let origin = Origin { file: lock, span: package.span };
            let mut dependency = Dependency {
                package: Package { ecosystem: Ecosystem::Cargo, name: package.name.clone() },
                declared: self.written(Place { file: lock, declared: package, table: None }).map(str::to_owned),
                selected: unusable.clone().map_or_else(|| select(package), Selected::Unknown),
                scope,
                direct,
                condition: None,
                origin,
                because: Vec::new(),
                through: None,
            };
            if let Some(told) = standings.told(lock, &file.reading.declared, number, written) {
                told.of(&mut dependency);
            }
            if let Some(place) = root.and_then(|root| self.patch_of(root, package)) {
                // There a person would edit.
                self.used.insert(place.origin());
                let message = format!("locked at {} here", written(package));
                dependency.because.push(Related { origin, message });
                dependency.declared = self.written(place).map(str::to_owned);
                dependency.origin = place.origin();
            }
            self.insert(dependency);
        }
    }

    /// The patch of a root from which an entry comes.
    fn patch_of(&self, root: FileId, package: &Declared) -> Option<Place<'a>> {
        let Stated::Source(Source::Git { repository, .. }) = &package.stated else { return None };
        let mut patches = self.workspaces.patches(root, &package.name).iter();
        let patch = patches.find(|patch| match &patch.then.stated {
            Stated::Source(Source::Git { repository: other, .. }) => address(other) == address(repository),
            _ => false,
        })?;
        Some(Place { file: root, declared: &patch.then, table: Some(PATCH) })
    }
}

/// Why a lockfile decides nothing.
fn unusable(file: &File) -> Option<Why> {
    if file.conflicted {
        let message = format!("`{}` holds merge-conflict markers, so Cargo refuses it", file.path);
        return Some(Why::new(Reason::MergeConflict, message));
    }
    // A file without packages is empty, or was not to be read; an unknown key is no trouble.
    let is_broken = super::is_broken(file) || file.reading.declared.is_empty();
    is_broken
        .then(|| Why::new(Reason::BrokenManifest, format!("`{}` is no TOML, so Cargo refuses it whole", file.path)))
}

/// Whether a package of a lockfile lies in the tree.
fn is_in_tree(package: &Declared) -> bool {
    matches!(package.stated, Stated::Source(Source::Workspace(_)))
}

/// Whether an entry is what is asked for.
fn fits(asked: &Asked<'_>, entry: &Declared) -> bool {
    match (asked, &entry.stated) {
        (Asked::Range(range), _) => version(entry).is_some_and(|version| range.contains(&version)),
        (Asked::Repository(Source::Git { repository, .. }), Stated::Source(Source::Git { repository: locked, .. })) => {
            address(repository) == address(locked)
        }
        _ => false,
    }
}

/// The version of an entry, whatever its source.
fn version(package: &Declared) -> Option<Version> {
    let text = match &package.stated {
        Stated::Locked(text) => text,
        Stated::Source(Source::Git { reference: GitReference::Locked { version, .. }, .. }) => version,
        _ => return None,
    };
    ecosystem::version(Ecosystem::Cargo, text).ok()
}

/// What an entry selects.
fn select(package: &Declared) -> Selected {
    match &package.stated {
        Stated::Locked(text) => {
            ecosystem::version(Ecosystem::Cargo, text).map_or_else(Selected::Unknown, Selected::Exact)
        }
        Stated::Source(source) => Selected::Source(source.clone()),
        Stated::Requirement(..) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => {
            let message = "the lockfile names the package without a version";
            Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
        }
    }
}

/// The version of an entry, for messages.
fn written(package: &Declared) -> String {
    match &package.stated {
        Stated::Locked(text) => text.clone(),
        Stated::Source(Source::Git { reference: GitReference::Locked { revision, version }, .. }) => {
            format!("{version}, commit {revision}")
        }
        Stated::Source(Source::Workspace(version)) => version.clone(),
        Stated::Source(_) | Stated::Requirement(..) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => {
            "no version".into()
        }
    }
}
