//! What crates select (the Cargo Book, "Dependency Resolution", "Workspaces", "Overriding Dependencies", "Cargo.toml vs
//! Cargo.lock").
//!
//! - The place to edit is the manifest's declaration, the entry of `[workspace.dependencies]` that it inherits, or the patch
//!   that takes its place. Entries and patches that nothing uses are pins for whoever will (scope `managed`).
//! - The lockfile of the workspace decides where it satisfies what is asked for; where it does not, Cargo resolves anew, so the
//!   manifest decides. Of several versions the one counts that the package has an edge to.
//! - What the lockfile holds beyond that comes in through others and is told at its place there.
//! - A dependency by path is a copy, with the version that its manifest has. A package that the workspace itself develops is
//!   none, and so is a package's own name.
//! - A manifest that is no TOML is refused whole, so nothing in it is certain.
//!
//! Not done here: `[patch]` outside of manifests, and vendored sources; the walk passes those over.

mod locked;
mod workspaces;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cargo_toml::{INHERITED_VERSION, PATCH, REPLACE, VERSION, WORKSPACE_DEPENDENCIES};
use crate::ecosystem;
use crate::ecosystem::repository::address;
use crate::ecosystem::transitive::Claim;
use crate::model::{
    Declared, Dependency, Ecosystem, Effect, File, FileId, Files, GitReference, Grammar, Include, Origin, Override,
    Package, ProblemKind, Reason, Related, Resolution, Scope, Selected, Source, Stated, Variable, Why,
};
use crate::version::{Version, VersionRange};
use locked::{Contradiction, Lock};
use workspaces::{Unit, Workspaces};

/// Resolves every Cargo.toml and Cargo.lock of a tree.
pub fn resolve(files: &Files) -> Resolution {
    let workspaces = Workspaces::new(files);
    let mut resolver = Resolver {
        files,
        workspaces: &workspaces,
        locks: HashMap::new(),
        found: BTreeMap::new(),
        used: HashSet::new(),
        claims: HashMap::new(),
        contradictions: BTreeMap::new(),
    };
    for (root, unit) in &workspaces.units {
        resolver.unit(*root, unit);
    }
    for root in workspaces.units.keys() {
        resolver.unused(*root);
    }
    resolver.lockfiles_alone();
    let problems = resolver.out_of_date();
    Resolution { dependencies: resolver.found.into_values().collect(), problems }
}

struct Resolver<'a> {
    files: &'a Files,
    workspaces: &'a Workspaces<'a>,
    locks: HashMap<FileId, Lock<'a>>,
    found: BTreeMap<(Origin, String), Dependency>,
    /// Entries of workspaces and patches that something uses.
    used: HashSet<Origin>,
    claims: HashMap<FileId, Vec<Claim>>,
    contradictions: BTreeMap<FileId, Vec<Contradiction>>,
}

/// A statement and the file it stands in.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: FileId,
    declared: &'a Declared,
    /// The condition of its path, see [`Workspaces::path`].
    table: Option<&'static str>,
}

impl Place<'_> {
    fn origin(&self) -> Origin {
        Origin { file: self.file, span: self.declared.span }
    }

    fn related(&self, message: impl Into<String>) -> Related {
        Related { origin: self.origin(), message: message.into() }
    }
}

/// What a statement leads to: a selection, and the place of the patch that decides, if one does.
struct Choice<'a> {
    selected: Selected,
    patch: Option<Place<'a>>,
    because: Vec<Related>,
}

/// What a patch makes of a statement.
enum Patched<'a> {
    /// No patch holds for it.
    Not,
    /// It is replaced by a package that is developed here.
    ByOwn,
    /// It leads to this instead.
    With(Box<Choice<'a>>),
}

impl<'a> Resolver<'a> {
    fn unit(&mut self, root: FileId, unit: &Unit) {
        if let Some(lock) = unit.lock {
            self.locks.entry(lock).or_insert_with(|| Lock::new(self.files.get(lock)));
        }
        for manifest in &unit.manifests {
            for declared in &self.files.get(*manifest).reading.declared {
                let start = Place { file: *manifest, declared, table: None };
                self.statement(root, unit, start);
            }
        }
        if let Some(lock) = unit.lock {
            self.lockfile(lock, &unit.manifests, Some(root));
        }
    }

    fn statement(&mut self, root: FileId, unit: &Unit, start: Place<'a>) {
        let mut at = start;
        let mut because = Vec::new();
        if let Stated::Elsewhere(_) = start.declared.stated {
            let Some((file, entry)) = self.workspaces.inherited(start.file, &start.declared.name) else {
                let choice = Choice { selected: self.not_inherited(start), patch: None, because };
                return self.add(start, start, choice);
            };
            at = Place { file, declared: &entry.then, table: Some(WORKSPACE_DEPENDENCIES) };
            self.used.insert(at.origin());
            because.push(start.related("declared here with the version of the workspace"));
        }
        if self.identity(start.file) == Some(&at.declared.name) {
            return;
        }
        if let Some(mut choice) = self.choose(root, unit.lock, start, at) {
            because.append(&mut choice.because);
            choice.because = because;
            self.add(start, at, choice);
        }
    }

    /// What is said of a dependency that the workspace should hold and does not.
    fn not_inherited(&self, start: Place<'a>) -> Selected {
        let name = &start.declared.name;
        let message = match self.workspaces.root(start.file) {
            Some(root) => format!("`{}` has no `{name}` in its `[workspace.dependencies]`", self.files.get(root).path),
            None => format!("the workspace that holds the version of `{name}` is not in what is scanned"),
        };
        Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
    }

    /// What is selected for `start` where `at` says what is asked for; `None` if that is a package of this tree.
    fn choose(&mut self, root: FileId, lock: Option<FileId>, start: Place<'a>, at: Place<'a>) -> Option<Choice<'a>> {
        if let Some(file) = [at.file, start.file].into_iter().find(|file| is_broken(self.files.get(*file))) {
            let message = format!("`{}` is no TOML, so Cargo refuses it whole", self.files.get(file).path);
            let selected = Selected::Unknown(Why::new(Reason::BrokenManifest, message));
            return Some(Choice { selected, patch: None, because: Vec::new() });
        }
        if let Some(include) = self.workspaces.path(at.file, at.declared, at.table) {
            return self.copied(start, at, include);
        }
        let asked = match asked(at.declared) {
            Ok(asked) => asked,
            Err(why) => return Some(Choice { selected: Selected::Unknown(why), patch: None, because: Vec::new() }),
        };
        match self.patched(root, lock, start, at, &asked) {
            Patched::Not => {}
            Patched::ByOwn => return None,
            Patched::With(choice) => return Some(*choice),
        }
        let mut because = Vec::new();
        let locked = lock.and_then(|lock| self.locked(lock, start, at, &asked, &mut because));
        Some(Choice { selected: locked.unwrap_or_else(|| self.stated(at)), patch: None, because })
    }

    /// What a statement selects where nothing else decides.
    fn stated(&self, at: Place<'a>) -> Selected {
        match asked(at.declared) {
            Ok(Asked::Range(range)) => Selected::from_range(range, self.written(at).unwrap_or_default()),
            Ok(Asked::Repository(source)) => Selected::Source(source.clone()),
            Ok(Asked::Path(path)) => Selected::Source(Source::Path(path.to_owned())),
            Err(why) => Selected::Unknown(why),
        }
    }

    /// What a path leads to; `None` if that is a package that is developed here.
    fn copied(&self, start: Place<'a>, at: Place<'a>, include: &Include) -> Option<Choice<'a>> {
        let mut because = Vec::new();
        let selected = match self.copy(at.file, at.declared, include) {
            Some(copy) if self.workspaces.is_own(copy, start.file) => return None,
            Some(copy) => self.version_of(copy, &mut because),
            None => None,
        };
        // A copy whose version is not to be seen has to satisfy what is asked for.
        Some(Choice { selected: selected.unwrap_or_else(|| self.stated(at)), patch: None, because })
    }

    /// The manifest at a path, if it is the package's.
    fn copy(&self, file: FileId, declared: &Declared, include: &Include) -> Option<FileId> {
        let copy = self.files.included(file, include)?;
        (self.identity(copy) == Some(&declared.name)).then_some(copy)
    }

    /// The version that a manifest has, or inherits.
    fn version_of(&self, manifest: FileId, because: &mut Vec<Related>) -> Option<Selected> {
        let own = variable(self.files.get(manifest), VERSION).map(|variable| (manifest, variable));
        let inherited = || {
            let root = self.workspaces.root(manifest)?;
            Some((root, variable(self.files.get(root), INHERITED_VERSION)?))
        };
        let (file, variable) = own.or_else(inherited)?;
        let version = ecosystem::version(Ecosystem::Cargo, &variable.value).ok()?;
        let origin = Origin { file, span: variable.span };
        because.push(Related { origin, message: format!("the copy is {version}") });
        Some(Selected::Exact(version))
    }

    /// What a patch of the root makes of a statement.
    fn patched(
        &mut self,
        root: FileId,
        lock: Option<FileId>,
        start: Place<'a>,
        at: Place<'a>,
        asked: &Asked<'_>,
    ) -> Patched<'a> {
        let name = &at.declared.name;
        let patches = self.workspaces.patches(root, name).iter();
        for patch in patches.filter(|patch| asked.is_patched_by(patch)) {
            let place = Place { file: root, declared: &patch.then, table: Some(PATCH) };
            if lock.is_some_and(|lock| self.is_unused_by(lock, name)) {
                continue;
            }
            let mut because = vec![at.related("asked for here, patched")];
            let copy = self.workspaces.path(root, &patch.then, place.table);
            let copy = copy.and_then(|include| self.copy(root, &patch.then, include));
            let mut selected = None;
            if let (Some(copy), Stated::Source(Source::Path(_))) = (copy, &patch.then.stated) {
                if self.workspaces.is_own(copy, start.file) {
                    self.used.insert(place.origin());
                    return Patched::ByOwn;
                }
                selected = self.version_of(copy, &mut because);
                if let (Some(Selected::Exact(version)), Asked::Range(range)) = (&selected, asked)
                    && !range.contains(version)
                {
                    continue;
                }
            }
            self.used.insert(place.origin());
            if selected.is_none()
                && let (Some(lock), Ok(asked @ Asked::Repository(_))) = (lock, self::asked(&patch.then))
            {
                selected = self.locked(lock, start, place, &asked, &mut because);
            }
            let selected = selected.unwrap_or_else(|| self.stated(place));
            return Patched::With(Box::new(Choice { selected, patch: Some(place), because }));
        }
        Patched::Not
    }

    /// The entries of a workspace's table and the patches that nothing uses.
    fn unused(&mut self, root: FileId) {
        for entry in &self.files.get(root).reading.overrides {
            let table = match entry.effect {
                Effect::Manage => WORKSPACE_DEPENDENCIES,
                Effect::Replace => PATCH,
                Effect::Exclude | Effect::Constrain | Effect::Force | Effect::Update | Effect::Remove => continue,
            };
            let at = Place { file: root, declared: &entry.then, table: Some(table) };
            if self.used.contains(&at.origin()) {
                continue;
            }
            if let Some(choice) = self.alone(at) {
                self.add(at, at, choice);
            }
        }
    }

    /// What an entry or patch would select for whoever used it.
    fn alone(&self, at: Place<'a>) -> Option<Choice<'a>> {
        let because = Vec::new();
        if is_broken(self.files.get(at.file)) {
            let message = format!("`{}` is no TOML, so Cargo refuses it whole", self.files.get(at.file).path);
            let selected = Selected::Unknown(Why::new(Reason::BrokenManifest, message));
            return Some(Choice { selected, patch: None, because });
        }
        if let Some(include) = self.workspaces.path(at.file, at.declared, at.table) {
            return self.copied(at, at, include);
        }
        Some(Choice { selected: self.stated(at), patch: None, because })
    }

    fn identity(&self, manifest: FileId) -> Option<&'a str> {
        self.files.get(manifest).reading.identity.as_ref().map(|identity| identity.name.as_str())
    }

    /// The version text of a place, if one is written there.
    fn written(&self, at: Place<'a>) -> Option<&'a str> {
        match at.declared.stated {
            Stated::Nothing | Stated::Elsewhere(_) => None,
            _ => Some(self.files.get(at.file).source.slice(at.declared.span)),
        }
    }

    /// Adds a dependency, or what else led to the same place.
    fn add(&mut self, start: Place<'a>, at: Place<'a>, choice: Choice<'a>) {
        let at = choice.patch.unwrap_or(at);
        let name = at.declared.name.clone();
        let dependency = Dependency {
            package: Package { ecosystem: Ecosystem::Cargo, name: name.clone() },
            declared: self.written(at).map(str::to_owned),
            selected: choice.selected,
            scope: start.declared.scope,
            direct: start.declared.direct,
            condition: start.declared.condition.clone().filter(|_| start.declared.scope != Scope::Managed),
            origin: at.origin(),
            because: choice.because,
            through: None,
        };
        self.insert(dependency);
    }

    fn insert(&mut self, dependency: Dependency) {
        let key = (dependency.origin, dependency.package.name.clone());
        let Some(known) = self.found.get_mut(&key) else {
            self.found.insert(key, dependency);
            return;
        };
        known.scope = known.scope.min(dependency.scope);
        known.direct = known.direct.max(dependency.direct);
        if known.condition != dependency.condition {
            known.condition = None;
        }
        if is_less_certain(&dependency.selected, &known.selected) {
            known.selected = dependency.selected;
        }
        for related in dependency.because {
            if !known.because.contains(&related) {
                known.because.push(related);
            }
        }
    }
}

/// Whether a selection says less than another one at the same place: users of one entry may get different versions.
fn is_less_certain(new: &Selected, known: &Selected) -> bool {
    matches!((new, known), (Selected::Unknown(_), Selected::Exact(_) | Selected::Within(_) | Selected::Source(_)))
}

/// What is asked for.
enum Asked<'d> {
    Range(VersionRange),
    Repository(&'d Source),
    Path(&'d str),
}

impl Asked<'_> {
    /// Whether a patch speaks of where this comes from: a registry by its name, a repository by its address.
    fn is_patched_by(&self, patch: &Override) -> bool {
        let patched = patch.then.condition.as_deref().unwrap_or_default();
        let is_replacement = patched == REPLACE;
        let when = patch.when.as_deref().map(|version| ecosystem::version(Ecosystem::Cargo, version));
        match self {
            Asked::Range(range) => match when {
                None => is_replacement || !patched.contains("://"),
                Some(Ok(version)) => range.contains(&version),
                Some(Err(_)) => false,
            },
            Asked::Repository(Source::Git { repository, .. }) => {
                is_replacement && when.is_none() || address(repository) == address(patched)
            }
            Asked::Repository(_) | Asked::Path(_) => false,
        }
    }
}

fn asked(declared: &Declared) -> Result<Asked<'_>, Why> {
    match &declared.stated {
        Stated::Requirement(text, grammar) => ecosystem::range(text, *grammar).map(Asked::Range),
        Stated::Nothing => ecosystem::range("*", Grammar::Cargo).map(Asked::Range),
        Stated::Source(Source::Path(path)) => Ok(Asked::Path(path)),
        Stated::Source(source) => Ok(Asked::Repository(source)),
        Stated::Computed(text) => {
            let message = format!("the version is `{text}`, not a string, so Cargo refuses it");
            Err(Why::new(Reason::UnparsableVersion, message))
        }
        Stated::Elsewhere(_) | Stated::Locked(_) => {
            let message = "the entry of the workspace names no version itself";
            Err(Why::new(Reason::DecidedElsewhere, message))
        }
    }
}

/// Whether a manifest is no TOML.
fn is_broken(file: &File) -> bool {
    file.reading.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax)
}

fn variable<'a>(file: &'a File, name: &str) -> Option<&'a Variable> {
    file.reading.variables.iter().find(|variable| variable.name == name)
}

/// Whether a reference names a release, which says more than the commit that it led to.
fn names_release(source: &Source) -> bool {
    match source {
        Source::Git { reference: GitReference::Tag(tag), .. } => {
            let bare = tag.strip_prefix('v').unwrap_or(tag);
            ecosystem::version(Ecosystem::Cargo, bare).is_ok()
        }
        Source::Git { .. } | Source::Url(_) | Source::Path(_) | Source::Fork { .. } | Source::Workspace(_) => false,
    }
}

/// Some of several versions.
fn one_of(versions: Vec<Version>, text: &str) -> Selected {
    let points = versions.into_iter().map(VersionRange::exactly);
    Selected::from_range(points.fold(VersionRange::none(), VersionRange::union), text)
}
