//! What npm packages select, from their manifests.
//!
//! - One name in several sections: `optionalDependencies` replaces `dependencies`. Between those and `devDependencies` npm,
//!   Bun and Yarn 2 take the latter, pnpm and Yarn 1 the former; where nothing names the package manager both are reported.
//! - An override of the root decides for every dependency of its name, catalogs for those that ask for them; the place to
//!   edit is then there. One that nothing uses is a pin for whoever needs the package (scope `managed`).
//! - A peer dependency stands for itself: it speaks to whoever uses the package. An optional one is not installed.
//! - A sibling of the same workspace, and the package around the manifest, are no packages of the registry.
//! - npm refuses a manifest that is not JSON, so no version in it is certain.
//! - A lockfile decides before all of these where what it holds satisfies what is asked for (`locked`); else it is out of date
//!   and the manifest decides. What it holds that no manifest declares comes in through something else.

mod locked;
pub mod locks;
pub mod unit;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::package_json::{self, BELOW, OPTIONAL_PEER, OVERRIDES, PNPM_OVERRIDES, RESOLUTIONS};
use super::requirement::is_range;
use super::specifier::is_template;
use super::version;
use crate::ecosystem::{self, json};
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, File, FileId, Files, Grammar, Origin, Package, ProblemKind, Reason,
    Related, Resolution, Scope, Selected, Source, Stated, Why,
};
use crate::version::VersionRange;

use self::locks::{Lock, Locks};
use self::unit::{Manager, Owners, Pin, Tree, Unit, is_above, key};
use crate::ecosystem::transitive::Claim;

/// Sections of overrides, in the order in which one of them counts where a package manager reads several.
const SECTIONS_OF_OVERRIDES: &[&str] = &[OVERRIDES, PNPM_OVERRIDES, RESOLUTIONS];

/// Longest chain from a statement over an override and a reference to a catalog.
const MAX_CHAIN: usize = 4;

/// Resolves every package.json in its project.
pub fn resolve(files: &Files) -> Resolution {
    let tree = Tree::new(files);
    let locks = Locks::new(files, &tree);
    let mut resolver = Resolver {
        files,
        tree: &tree,
        locks: &locks,
        found: BTreeMap::new(),
        used: HashSet::new(),
        broken: HashMap::new(),
        sections: HashMap::new(),
        claims: HashMap::new(),
        contradictions: BTreeMap::new(),
    };
    let mut units: BTreeMap<Owners, Unit<'_>> = BTreeMap::new();
    for (id, owners) in tree.owners() {
        let unit = units.entry(*owners).or_insert_with(|| tree.unit(*owners, &locks));
        resolver.manifest(*id, files.get(*id), unit);
    }
    for (lock, manifests) in locks.users() {
        let owners = manifests.iter().filter_map(|manifest| tree.owners().get(manifest));
        let unit = owners.min().and_then(|owners| units.get(owners));
        resolver.lockfile(lock, &manifests, unit);
    }
    for unit in units.values() {
        resolver.unused(unit);
    }
    let problems = resolver.out_of_date();
    let mut dependencies: Vec<Dependency> = resolver.found.into_values().collect();
    for dependency in &mut dependencies {
        let mut seen = HashSet::new();
        dependency.because.retain(|related| seen.insert((related.origin, related.message.clone())));
    }
    Resolution { dependencies, problems }
}

struct Resolver<'a> {
    files: &'a Files,
    tree: &'a Tree<'a>,
    locks: &'a Locks<'a>,
    /// By place, package and selected version.
    found: BTreeMap<(Origin, String, String), Dependency>,
    used: HashSet<Origin>,
    broken: HashMap<FileId, bool>,
    sections: HashMap<FileId, HashMap<&'a str, Vec<&'a Declared>>>,
    claims: HashMap<Lock, Vec<Claim>>,
    contradictions: BTreeMap<Lock, Vec<locked::Contradiction>>,
}

/// A statement and the file it stands in.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: FileId,
    declared: &'a Declared,
    key: &'a str,
}

impl Place<'_> {
    fn origin(&self) -> Origin {
        Origin { file: self.file, span: self.declared.span }
    }

    fn related(&self, message: impl Into<String>) -> Related {
        Related { origin: self.origin(), message: message.into() }
    }
}

impl<'a> Resolver<'a> {
    fn manifest(&mut self, id: FileId, file: &'a File, unit: &Unit<'a>) {
        let is_locked = |declared: &Declared| self.is_locked(id, declared);
        // What nobody asks about can still be what a package in a lockfile comes in through.
        let is_locked_somewhere = !self.locks.of(id).is_empty();
        for (declared, because) in statements(id, file, unit.manager, is_locked) {
            if !is_locked_somewhere && !self.files.wants(Ecosystem::Npm, &declared.name) {
                continue;
            }
            let start = Place { file: id, declared, key: key(declared) };
            let overrides = matching(unit, file, start);
            if overrides.is_empty() {
                self.follow(start, start, unit, because.clone());
            }
            for pin in overrides {
                self.used.insert(Origin { file: pin.file, span: pin.change.then.span });
                if pin.change.effect == Effect::Exclude {
                    continue;
                }
                let mut because = because.clone();
                because.push(start.related(format!("declared here; `{}` decides", pin.section())));
                let at = Place { file: pin.file, declared: &pin.change.then, key: &pin.change.name };
                self.follow(start, at, unit, because);
            }
        }
    }

    /// The overrides and catalog entries of a root that no statement uses.
    fn unused(&mut self, unit: &Unit<'a>) {
        for pin in unit.pins() {
            let at = Place { file: pin.file, declared: &pin.change.then, key: &pin.change.name };
            if pin.change.effect != Effect::Exclude && !self.used.contains(&at.origin()) {
                self.follow(at, at, unit, Vec::new());
            }
        }
    }

    /// Goes from `at` to the place that holds the version, and adds what is found there on behalf of `start`.
    fn follow(&mut self, start: Place<'a>, mut at: Place<'a>, unit: &Unit<'a>, mut because: Vec<Related>) {
        let asked = at.key;
        let mut missing = None;
        for _ in 0..MAX_CHAIN {
            let Stated::Elsewhere(text) = &at.declared.stated else { break };
            let next = match text.strip_prefix('$') {
                Some(name) => {
                    unit.declared(name).map(|declared| Place { file: unit.root, declared, key: key(declared) })
                }
                None => unit.catalog(catalog(text), asked).map(|pin| Place {
                    file: pin.file,
                    declared: &pin.change.then,
                    key: &pin.change.name,
                }),
            };
            let Some(next) = next else {
                missing = Some(Why::new(Reason::DecidedElsewhere, elsewhere(text, asked)));
                break;
            };
            because.push(at.related(format!("`{text}` takes the version from there")));
            self.used.insert(next.origin());
            at = next;
        }
        because.retain(|related| related.origin != at.origin());
        // Where the version's place names an alias, that is the package; else it is the one that was asked for.
        let name = if at.declared.name == at.key { asked } else { &at.declared.name };
        if self.identity(start.file) == Some(name) {
            return;
        }
        let selected = match missing {
            Some(why) => Selected::Unknown(why),
            None => match self.select(name, at, start.file, &mut because) {
                Some(selected) => selected,
                None => return,
            },
        };
        let is_broken = matches!(&selected, Selected::Unknown(why) if why.reason == Reason::BrokenManifest);
        let locked = if is_broken { Vec::new() } else { self.locked(start, at, name, &mut because) };
        if locked.is_empty() {
            self.add(start, at, name, selected, because);
            return;
        }
        for (locked, related) in locked {
            let selected = locked::choose(at.declared, &selected, locked);
            let because = because.iter().cloned().chain([related]).collect();
            self.add(start, at, name, selected, because);
        }
    }

    fn identity(&self, file: FileId) -> Option<&'a str> {
        self.files.get(file).reading.identity.as_ref().map(|identity| identity.name.as_str())
    }

    /// What a statement selects; `None` if that is a package of this tree and not of the registry.
    fn select(&mut self, name: &str, at: Place<'a>, from: FileId, because: &mut Vec<Related>) -> Option<Selected> {
        let broken = [at.file, from].into_iter().find(|file| self.is_broken(*file));
        if let Some(file) = broken {
            let message = format!("`{}` is not JSON, so npm refuses it whole", self.files.get(file).path);
            return Some(Selected::Unknown(Why::new(Reason::BrokenManifest, message)));
        }
        Some(match &at.declared.stated {
            Stated::Requirement(text, grammar) => match ecosystem::range(text, *grammar) {
                Ok(range) if self.is_linked(name, &range, from) => return None,
                Ok(range) => Selected::from_range(range, text),
                Err(why) => Selected::Unknown(why),
            },
            Stated::Nothing => Selected::Within(VersionRange::all(false)),
            Stated::Source(Source::Workspace(_)) if self.siblings(name, from).next().is_some() => return None,
            Stated::Source(Source::Path(path)) => match self.copy(name, path, at.file) {
                Some(copy) if self.is_around(copy, from) => return None,
                Some(copy) => self.copied(copy, path, because),
                None => Selected::Source(Source::Path(path.clone())),
            },
            Stated::Source(source) => Selected::Source(source.clone()),
            Stated::Elsewhere(text) => {
                Selected::Unknown(Why::new(Reason::DecidedElsewhere, format!("`{text}` leads round in a circle")))
            }
            Stated::Computed(text) if is_template(text) => Selected::Unknown(Why::new(
                Reason::Computed,
                format!("`{text}` is filled in when the template is used"),
            )),
            Stated::Computed(text) => {
                let message = format!("the version is `{text}`, not a string, so npm refuses it");
                Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
            }
            Stated::Locked(text) => match ecosystem::version(Ecosystem::Npm, text) {
                Ok(version) => Selected::Exact(version),
                Err(why) => Selected::Unknown(why),
            },
        })
    }

    /// Whether a manifest is not JSON.
    fn is_broken(&mut self, id: FileId) -> bool {
        let file = self.files.get(id);
        let is_suspect =
            |kind: ProblemKind| matches!(kind, ProblemKind::Syntax | ProblemKind::Template | ProblemKind::Conflict);
        file.format.id == package_json::FORMAT.id
            && file.reading.problems.iter().any(|problem| is_suspect(problem.kind))
            && *self.broken.entry(id).or_insert_with(|| !json::is_json(file.source.text()))
    }

    /// The other members of a manifest's project that are called `name`.
    fn siblings(&self, name: &str, from: FileId) -> impl Iterator<Item = FileId> {
        let root = |id: FileId| self.tree.owners().get(&id).map(|owners| owners.root);
        let own = root(from);
        self.tree.named(name).iter().copied().filter(move |id| *id != from && root(*id) == own)
    }

    /// Whether a sibling's version satisfies a requirement, so that the package manager links it.
    fn is_linked(&self, name: &str, range: &VersionRange, from: FileId) -> bool {
        self.siblings(name, from).any(|id| {
            let identity = self.files.get(id).reading.identity.as_ref();
            let version = identity.and_then(|identity| identity.version.as_deref());
            let version = version.and_then(|version| ecosystem::version(Ecosystem::Npm, version).ok());
            version.is_some_and(|version| range.contains(&version))
        })
    }

    /// The manifest of the package in a folder, if it is called `name`.
    fn copy(&self, name: &str, path: &str, from: FileId) -> Option<FileId> {
        let folder = model::join(model::folder(&self.files.get(from).path), path)?;
        self.tree.manifest(&folder).filter(|copy| self.identity(*copy) == Some(name))
    }

    fn is_around(&self, copy: FileId, from: FileId) -> bool {
        is_above(model::folder(&self.files.get(copy).path), model::folder(&self.files.get(from).path))
    }

    fn copied(&self, copy: FileId, path: &str, because: &mut Vec<Related>) -> Selected {
        let file = self.files.get(copy);
        let version = file.reading.identity.as_ref().and_then(|identity| identity.version.as_deref());
        match version.map(|version| ecosystem::version(Ecosystem::Npm, version)) {
            Some(Ok(version)) => {
                let origin = Origin { file: copy, span: crate::source::Span::new(0, 0) };
                because.push(Related { origin, message: format!("the copy here is {version}") });
                Selected::Exact(version)
            }
            _ => Selected::Source(Source::Path(path.into())),
        }
    }

    /// Adds a dependency, or what else led to the same place.
    fn add(&mut self, start: Place<'a>, at: Place<'a>, name: &str, selected: Selected, because: Vec<Related>) {
        let declared = match at.declared.stated {
            Stated::Nothing => None,
            _ => Some(self.files.get(at.file).source.slice(at.declared.span).to_owned()),
        };
        let dependency = Dependency {
            package: Package { ecosystem: Ecosystem::Npm, name: name.into() },
            declared,
            selected,
            scope: start.declared.scope,
            direct: start.declared.direct,
            condition: condition(start.declared),
            origin: at.origin(),
            because,
            through: None,
        };
        let version = match &dependency.selected {
            Selected::Exact(version) => version.text().to_owned(),
            Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => String::new(),
        };
        let known = match self.found.entry((at.origin(), name.to_owned(), version)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(dependency);
                return;
            }
        };
        known.scope = known.scope.min(dependency.scope);
        known.direct = known.direct.max(dependency.direct);
        if known.condition != dependency.condition {
            known.condition = None;
        }
        known.because.extend(dependency.because);
    }
}

/// The condition of a statement; of an override only the packages below which it holds.
fn condition(declared: &Declared) -> Option<String> {
    let condition = declared.condition.as_deref()?;
    let (section, parents) = condition.split_once(BELOW).unwrap_or((condition, ""));
    if declared.scope != Scope::Managed || !SECTIONS_OF_OVERRIDES.contains(&section) {
        return Some(condition.into());
    }
    (!parents.is_empty()).then(|| parents.into())
}

/// The name in `catalog:` or `catalog:name`.
fn catalog(text: &str) -> &str {
    text.split_once(':').map_or("", |(_, catalog)| catalog).trim()
}

/// Why a reference leads nowhere.
fn elsewhere(text: &str, key: &str) -> String {
    if text.starts_with('$') {
        return format!("`{text}` names no dependency of the root's package.json");
    }
    let name = match catalog(text) {
        "" | "default" => "default catalog".to_owned(),
        name => format!("catalog `{name}`"),
    };
    format!(
        "`{text}` takes the version from the {name}, but no pnpm-workspace.yaml, .yarnrc.yml or root package.json of the tree \
         has `{key}` there"
    )
}

/// The statements of a manifest that count, each with the places of those that do not.
fn statements(
    id: FileId,
    file: &File,
    manager: Manager,
    is_locked: impl Fn(&Declared) -> bool,
) -> Vec<(&Declared, Vec<Related>)> {
    let mut found = Vec::new();
    let mut by_key: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
    for declared in &file.reading.declared {
        if declared.scope != Scope::Peer {
            by_key.entry(key(declared)).or_default().push(declared);
        } else if declared.condition.as_deref() != Some(OPTIONAL_PEER) {
            found.push((declared, Vec::new()));
        }
    }
    let related = |declared: &Declared, message: &str| Related {
        origin: Origin { file: id, span: declared.span },
        message: message.into(),
    };
    for statements in by_key.into_values() {
        let of = |scope| statements.iter().copied().find(|declared| declared.scope == scope);
        let (mut runtime, mut optional, development) =
            (of(Scope::Runtime), of(Scope::Optional), of(Scope::Development));
        // Which one a lockfile was written for is stronger evidence than a rule that differs by version.
        let is_other = |first: &Declared, other: &Declared| !is_locked(first) && is_locked(other);
        let mut because = Vec::new();
        if let (Some(of_runtime), Some(of_optional)) = (runtime, optional) {
            if is_other(of_optional, of_runtime) {
                because.push(related(of_optional, "also declared here; the lockfile holds the other section's"));
                optional = None;
            } else {
                because.push(related(of_runtime, "also declared here; the optional dependency replaces it"));
                runtime = None;
            }
        }
        match (optional.or(runtime), development) {
            (Some(runtime), Some(development)) => {
                let takes_development = match manager {
                    Manager::Npm | Manager::Bun | Manager::YarnBerry => Some(!is_other(development, runtime)),
                    Manager::Pnpm | Manager::YarnClassic => Some(is_other(runtime, development)),
                    Manager::Deno | Manager::Unknown => None,
                };
                match takes_development {
                    Some(true) => {
                        because.push(related(runtime, "also declared here; the development dependency counts"));
                        found.push((development, because));
                    }
                    Some(false) => {
                        because.push(related(development, "also declared here; the other section counts"));
                        found.push((runtime, because));
                    }
                    None => {
                        let message = "also declared here; which one counts depends on the package manager";
                        found.push((development, vec![related(runtime, message)]));
                        because.push(related(development, message));
                        found.push((runtime, because));
                    }
                }
            }
            (Some(declared), None) | (None, Some(declared)) => found.push((declared, because)),
            (None, None) => {}
        }
    }
    found
}

/// The overrides that decide for a statement: the most specific one of the section that its package manager reads first; of
/// every section, where the package manager is not known. Yarn 1 leaves alone what the root itself declares.
fn matching<'a>(unit: &Unit<'a>, file: &File, statement: Place<'_>) -> Vec<Pin<'a>> {
    let all = unit.overrides(statement.key);
    if all.is_empty() || unit.manager == Manager::YarnClassic && statement.file == unit.root {
        return Vec::new();
    }
    let holds: Vec<Pin<'a>> = all.iter().copied().filter(|pin| holds(pin, file, statement.declared)).collect();
    let mut found = Vec::new();
    for section in SECTIONS_OF_OVERRIDES {
        let of_section = holds.iter().filter(|pin| pin.section() == *section);
        // The first of equally specific ones, as `max_by_key` would give the last.
        let best = of_section.rev().max_by_key(|pin| (pin.parents().next().is_some(), pin.change.when.is_some()));
        found.extend(best.copied());
    }
    if unit.manager != Manager::Unknown {
        found.truncate(1);
    }
    found
}

fn holds(pin: &Pin<'_>, file: &File, declared: &Declared) -> bool {
    let own = file.reading.identity.as_ref().map(|identity| identity.name.as_str());
    let mut parents = pin.parents();
    let is_below = match (parents.next(), parents.next()) {
        (None, _) => true,
        (Some(parent), None) => own == Some(parent),
        (Some(_), Some(_)) => false,
    };
    is_below && pin.change.when.as_deref().is_none_or(|when| holds_when(pin.section(), when, declared))
}

/// Whether an override for `when` speaks of a statement: in npm and pnpm if the two ranges meet (pnpm 7 and older asks that
/// the statement's lies within), in Yarn if they are written alike.
fn holds_when(section: &str, when: &str, declared: &Declared) -> bool {
    let stated = match &declared.stated {
        Stated::Requirement(text, _) => text.as_str(),
        Stated::Nothing => "",
        // npm does not compare what is no version, and takes the override.
        _ => return section == OVERRIDES,
    };
    if section == RESOLUTIONS {
        return version::trim(when).trim_start_matches("npm:") == stated;
    }
    if !is_range(stated) {
        return section == OVERRIDES || when == stated;
    }
    let range = |text: &str| ecosystem::range(text, Grammar::Npm).ok();
    match (range(when), range(stated)) {
        (Some(when), Some(stated)) => when.meets(&stated),
        _ => false,
    }
}
