//! Locks: which file is the lock of which manifest, and what it decides.
//!
//! - poetry.lock, pdm.lock, uv.lock, pixi.lock and pylock.toml belong to the manifest in their folder, uv's also to those of the
//!   members that it lists with their folders; Pipfile.lock belongs to the Pipfile, SCRIPT.py.lock to the script, conda-lock.yml
//!   to the files that it names.
//! - A `.txt` with a `.in` of the same stem beside it is compiled from that, and so is one whose comments name the `.in` that
//!   asked for a pin. Several may be compiled from one, each for its own environment. A requirements.lock may be compiled from either
//!   of them; else it is the lock of the project in its folder.
//! - A lock may hold several versions of a package, each for its own environments. Those that no requirement of a manifest
//!   admits are there for something else that needs them.
//! - Pipenv resolves each category by itself.
//! - A lock with merge-conflict markers or broken grammar decides nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::claims::{Claims, Key, category};
use super::selection::{Saying, one_of, required, saying};
use super::units::{Part, Statement, Unit, Units, scope_of};
use crate::ecosystem;
use crate::ecosystem::pypi::pyproject_toml::DYNAMIC;
use crate::ecosystem::pypi::requirements_lock::FORMAT as REQUIREMENTS_LOCK;
use crate::ecosystem::pypi::requirements_txt::{COMPILED_FROM, FORMAT as REQUIREMENTS};
use crate::ecosystem::transitive::{Claim, Standing, Standings, Told};
use crate::model::{
    Declared, Ecosystem, File, FileId, Files, Origin, Problem, ProblemKind, Reason, Related, Scope, Selected, Source,
    Stated, Why, folder, join,
};

/// A project's manifests, by name and format.
const PROJECT: &[(&str, &str)] =
    &[("pyproject.toml", "pyproject_toml"), ("setup.cfg", "setup_cfg"), ("setup.py", "setup_py")];

/// The formats of locks, and the manifests beside them.
const LOCKS: &[(&str, &[(&str, &str)])] = &[
    ("poetry_lock", &[("pyproject.toml", "pyproject_toml")]),
    ("pixi_lock", &[("pixi.toml", PIXI), ("pyproject.toml", "pyproject_toml")]),
    ("pdm_lock", PROJECT),
    ("uv_lock", PROJECT),
    ("pylock_toml", PROJECT),
    ("requirements_lock", PROJECT),
    ("pipfile_lock", &[("Pipfile", "pipfile")]),
    ("conda_lock_yml", &[]),
];

/// pixi's own manifest, which comes before the project's.
const PIXI: &str = "pixi_toml";

/// How many versions of one package a lock may hold for one manifest.
const MAX_ENTRIES: usize = 200;

/// Which requirements files are compiled, and from which.
pub(super) struct Compiled {
    /// By the file that comes out, what it is compiled from.
    sources: HashMap<FileId, Vec<FileId>>,
    /// The files that something is compiled from.
    compiled: HashSet<FileId>,
}

impl Compiled {
    pub(super) fn find(files: &Files) -> Compiled {
        let mut found = Compiled { sources: HashMap::new(), compiled: HashSet::new() };
        for (id, file) in files.of(Ecosystem::Pypi).filter(|(_, file)| is_requirements(file)) {
            let mut sources: Vec<FileId> = Vec::new();
            let stem = file.path.strip_suffix(".txt").or(file.path.strip_suffix(".lock"));
            let beside = |ending: &str| files.find(&format!("{}{ending}", stem?), &REQUIREMENTS);
            sources.extend(beside(".in"));
            for variable in file.reading.variables.iter().filter(|variable| variable.name == COMPILED_FROM) {
                sources.extend(named_from(files, &file.path, &variable.value));
            }
            // What people name the lock of what they write by hand, unless it is that of a project.
            if file.format.id == REQUIREMENTS_LOCK.id && sources.is_empty() && !has_project(files, file) {
                sources.extend(beside(".txt"));
            }
            sources.retain(|source| *source != id);
            sources.sort_unstable();
            sources.dedup();
            if !sources.is_empty() {
                found.compiled.extend(&sources);
                found.sources.insert(id, sources);
            }
        }
        found
    }

    /// Whether a file is compiled from another one in the tree.
    pub(super) fn is_compiled(&self, id: FileId) -> bool {
        self.sources.contains_key(&id)
    }

    /// Whether something is compiled from a file.
    pub(super) fn is_source(&self, id: FileId) -> bool {
        self.compiled.contains(&id)
    }

    /// Whether a file is the lock of another one in the tree.
    pub(super) fn is_lock(&self, id: FileId, file: &File) -> bool {
        LOCKS.iter().any(|(format, _)| *format == file.format.id) || self.is_compiled(id)
    }
}

/// Whether a file holds lines of requirements.
pub(super) fn is_requirements(file: &File) -> bool {
    [REQUIREMENTS.id, REQUIREMENTS_LOCK.id].contains(&file.format.id)
}

/// Whether a project lies in the folder of a lock.
fn has_project(files: &Files, lock: &File) -> bool {
    manifests(lock).iter().any(|(path, id)| {
        let mut formats = ecosystem::formats().filter(|format| format.id == *id);
        formats.any(|format| files.find(path, format).is_some())
    })
}

/// The file that a compiled one names. Its path starts where the compiler ran: in the file's folder or above it.
fn named_from(files: &Files, compiled: &str, path: &str) -> Option<FileId> {
    let mut base = folder(compiled);
    loop {
        let found = join(base, path).and_then(|path| files.find(&path, &REQUIREMENTS));
        if found.is_some() || base.is_empty() {
            return found;
        }
        base = folder(base);
    }
}

/// Every lock and its manifests.
pub(super) struct Locks<'a> {
    files: &'a Files,
    compiled: &'a Compiled,
    /// What is locked, by the root of the unit and the package.
    locked: HashMap<FileId, HashMap<&'a str, Vec<Entry<'a>>>>,
    unclaimed: Vec<Unclaimed<'a>>,
    /// What no manifest asks for any more.
    left_over: HashSet<Origin>,
}

/// An entry of a lock and what it selects; `None` if that is nothing.
#[derive(Clone)]
struct Entry<'a> {
    statement: Statement<'a>,
    selected: Option<Selected>,
}

impl<'a> Entry<'a> {
    fn new(statement: Statement<'a>) -> Entry<'a> {
        let selected = match saying(statement.declared) {
            Saying::Selected(selected) => Some(selected),
            // `*` in a Pipfile.lock, where no candidate fitted the marker.
            Saying::Specifiers(specifiers) => specifiers.range(true).pinned().cloned().map(Selected::Exact),
            Saying::Nothing => None,
        };
        Entry { statement, selected }
    }
}

/// What a lock holds and none of its manifests asks for.
#[derive(Clone)]
pub(super) struct Unclaimed<'a> {
    pub(super) statement: Statement<'a>,
    pub(super) direct: Option<bool>,
    /// How it comes in.
    pub(super) told: Option<Told>,
}

/// What a lock makes of a selection.
pub(super) struct Locked {
    pub(super) selected: Selected,
    pub(super) because: Vec<Related>,
    /// Whether the lock holds what is asked for.
    pub(super) is_current: bool,
    /// The entries of the lock that the requirement does not admit.
    pub(super) stale: Vec<Origin>,
}

impl<'a> Locks<'a> {
    pub(super) fn find(files: &'a Files, compiled: &'a Compiled, units: &'a Units<'a>) -> Locks<'a> {
        let mut locks =
            Locks { files, compiled, locked: HashMap::new(), unclaimed: Vec::new(), left_over: HashSet::new() };
        let by_root: HashMap<FileId, &'a Unit<'a>> = units.iter().map(|unit| (unit.root, unit)).collect();
        // One file may be read in several formats: a pyproject.toml also as tox's, a setup.py also as a script.
        let by_path: HashMap<(&str, &str), &'a Unit<'a>> = units
            .iter()
            .map(|unit| (files.get(unit.root), unit))
            .map(|(root, unit)| ((root.path.as_str(), root.format.id), unit))
            .collect();
        for (id, file) in files.of(Ecosystem::Pypi).filter(|(id, file)| compiled.is_lock(*id, file)) {
            let owners: Vec<&'a Unit<'a>> = match compiled.sources.get(&id) {
                Some(sources) => sources.iter().filter_map(|source| by_root.get(source)).copied().collect(),
                None => {
                    let manifests = manifests(file);
                    let found = manifests.iter().filter_map(|(path, id)| by_path.get(&(path.as_str(), *id)));
                    found.copied().collect()
                }
            };
            let is_pixi = |unit: &&Unit<'_>| files.get(unit.root).format.id == PIXI;
            let owners: Vec<&'a Unit<'a>> = match owners.iter().find(|unit| is_pixi(unit)) {
                // Of a project beside pixi's manifest it knows only if that is installed as well.
                Some(pixi) if file.reading.identity.is_none() => vec![*pixi],
                _ => owners,
            };
            locks.add(id, file, &owners);
        }
        locks
    }

    fn add(&mut self, id: FileId, file: &'a File, owners: &[&'a Unit<'a>]) {
        let own: HashSet<&str> = owners.iter().filter_map(|unit| identity(self.files, unit)).collect();
        let claims = Claims::of(self.files, owners, file.format.id == "pipfile_lock");
        let claimed: Vec<Option<(Scope, Origin)>> =
            file.reading.declared.iter().map(|declared| claims.on(declared)).collect();
        let admitted: HashSet<Key<'_>> = file
            .reading
            .declared
            .iter()
            .zip(&claimed)
            .filter(|(_, claim)| claim.is_some())
            .map(|(declared, _)| (declared.name.as_str(), claims.category(declared)))
            .collect();
        let decides = decides(file);
        let mut found = Vec::new();
        let mut rest = Vec::new();
        let mut seen = HashSet::new();
        for (package, declared) in (0u32..).zip(&file.reading.declared) {
            if own.contains(declared.name.as_str()) || is_member(declared) {
                continue;
            }
            let statement = Statement::new(id, declared, Part::Constraint, scope_of(file, declared.scope));
            let entry = (decides && !owners.is_empty()).then(|| Entry::new(statement.clone()));
            for (unit, entry) in owners.iter().zip(entry.iter().cycle()) {
                let by_name = self.locked.entry(unit.root).or_default();
                let entries = by_name.entry(&declared.name).or_default();
                if entries.len() < MAX_ENTRIES {
                    entries.push(entry.clone());
                }
            }
            if let Some((scope, origin)) = claimed[package as usize] {
                found.push(Claim { scope, origin, package });
            } else if !claims.ask_for(declared)
                || decides && admitted.contains(&(&declared.name, claims.category(declared)))
            {
                // If another entry of the name is what is asked for, this one is there for something else.
                rest.push((package, statement));
                continue;
            }
            seen.insert((declared.name.as_str(), super::stated_text(declared)));
        }
        let (unowned, former) = self.asked_by_members(id, owners, &claims);
        self.left_over.extend(
            former
                .iter()
                .map(|package| file.reading.declared[*package as usize].span)
                .map(|span| Origin { file: id, span }),
        );
        let standings = Standings::new(&file.reading, &found, &unowned, &former);
        for (package, statement) in rest {
            let standing = standings.of(package);
            if standing == Standing::Leftover {
                continue;
            }
            // Pipenv and others list what two groups need twice.
            let text = super::stated_text(statement.declared);
            if text.is_some() && !seen.insert((&statement.declared.name, text)) {
                continue;
            }
            let mut unclaimed = Unclaimed { direct: statement.declared.direct, statement, told: None };
            if matches!(standing, Standing::Needed { .. }) || !owners.is_empty() {
                unclaimed.direct = Some(false);
            }
            unclaimed.told = standings.told(id, &file.reading.declared, package, Declared::locked_version);
            self.unclaimed.push(unclaimed);
        }
    }

    /// The packages of a lock that its members asked for when it was written and no manifest in the tree asks for now: those of
    /// members whose manifests do not show all that they ask for, and those that a manifest no longer asks for.
    fn asked_by_members(&self, id: FileId, owners: &[&'a Unit<'a>], claims: &Claims<'a>) -> (Vec<u32>, Vec<u32>) {
        let file = self.files.get(id);
        let members = file.reading.declared.iter().map(|declared| match &declared.stated {
            Stated::Source(Source::Workspace(path)) => join(folder(&file.path), path),
            _ => None,
        });
        let members: Vec<Option<String>> = members.collect();
        let mut told: HashMap<&str, bool> = HashMap::new();
        for unit in owners {
            let manifest = self.files.get(unit.root);
            let is_dynamic = manifest.reading.variables.iter().any(|variable| variable.name == DYNAMIC);
            *told.entry(folder(&manifest.path)).or_insert(true) &= !is_dynamic;
        }
        let (mut unowned, mut former) = (Vec::new(), Vec::new());
        for (from, to) in &file.reading.graph.edges {
            let Some(member) = &members[*from as usize] else { continue };
            let needed = &file.reading.declared[*to as usize];
            if !claims.ask_for(needed) && !is_member(needed) {
                let is_former = told.get(member.as_str()).copied().unwrap_or(false);
                if is_former { &mut former } else { &mut unowned }.push(*to);
            }
        }
        (unowned, former)
    }

    /// What a lock holds and none of its manifests asks for.
    pub(super) fn unclaimed(&self) -> Vec<Unclaimed<'a>> {
        self.unclaimed.clone()
    }

    /// The entries for a package in the locks of a unit; with a category, those of that category if there are any.
    fn entries(&self, root: FileId, name: &str, stated: &[&Statement<'_>]) -> Vec<&Entry<'a>> {
        let entries = self.locked.get(&root).and_then(|by_name| by_name.get(name));
        let entries: Vec<&Entry<'a>> = entries.into_iter().flatten().collect();
        let is_pipenv = |entry: &&Entry<'_>| self.files.get(entry.statement.file).format.id == "pipfile_lock";
        let Some(first) = stated.first().filter(|_| entries.iter().all(is_pipenv)) else { return entries };
        let wanted = category(first.declared);
        let of_category = entries.iter().filter(|entry| category(entry.statement.declared) == wanted);
        let of_category: Vec<&Entry<'a>> = of_category.copied().collect();
        if of_category.is_empty() { entries } else { of_category }
    }

    /// Whether a unit's locks hold what statements ask for; `None` if they do not hold the package at all.
    pub(super) fn admits(&self, root: FileId, name: &str, stated: &[&Statement<'_>]) -> Option<bool> {
        let entries = self.entries(root, name, stated);
        if entries.is_empty() {
            return None;
        }
        let locked = self.decide(root, name, stated, Selected::Unknown(Why::new(Reason::DecidedElsewhere, "")));
        Some(locked.is_current)
    }

    /// What is selected of a package if its unit has a lock; `stated` is what the manifest says of it.
    pub(super) fn decide(&self, root: FileId, name: &str, stated: &[&Statement<'_>], selected: Selected) -> Locked {
        let mut locked = Locked { selected, because: Vec::new(), is_current: false, stale: Vec::new() };
        let required = required(stated).range(true);
        let (mut found, mut stale, mut is_current) = (Vec::new(), Vec::new(), false);
        for Entry { statement: entry, selected } in self.entries(root, name, stated) {
            let is_compiled = self.compiled.is_compiled(entry.file);
            let Some(selected) = selected else { continue };
            let satisfies = match selected {
                Selected::Exact(version) => required.contains(version),
                Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => true,
            };
            is_current |= satisfies;
            if satisfies || is_compiled {
                let text = entry.text(self.files).unwrap_or_default();
                let message = format!("locked to `{text}` here");
                locked.because.push(Related { origin: entry.origin(), message });
                found.push(selected.clone());
            }
            if !satisfies {
                stale.push(entry);
            }
        }
        // Another version for other environments is no contradiction.
        for entry in stale.into_iter().filter(|_| !is_current) {
            locked.stale.push(entry.origin());
            if !self.compiled.is_compiled(entry.file) {
                let text = entry.text(self.files).unwrap_or_default();
                let message = format!("locked to `{text}` here, which does not count");
                locked.because.push(Related { origin: entry.origin(), message });
            }
        }
        locked.is_current = is_current;
        locked.selected = one_of(found).unwrap_or(locked.selected);
        locked
    }

    /// What does not fit between locks and manifests, at the entries of the locks.
    pub(super) fn contradictions(&self, stale: &HashSet<Origin>) -> Vec<(FileId, Problem)> {
        let mut problems = Vec::new();
        for (id, file) in self.files.of(Ecosystem::Pypi) {
            for declared in &file.reading.declared {
                let (name, span) = (&declared.name, declared.span);
                let place = Origin { file: id, span };
                let message = if stale.contains(&place) {
                    let text = file.source.slice(span);
                    format!("`{name}` is locked to `{text}`, which the manifest no longer admits")
                } else if self.left_over.contains(&place) {
                    format!("`{name}` is locked here, but no manifest asks for it any more")
                } else {
                    continue;
                };
                problems.push((id, Problem { kind: ProblemKind::Contradiction, message, span }));
            }
        }
        problems
    }
}

/// Whether a lock can be relied on.
fn decides(file: &File) -> bool {
    !file.conflicted && !is_broken(file)
}

/// Whether a lock breaks its grammar, so that its tool refuses it; of requirements files the rest is told all the same.
pub(super) fn is_broken(file: &File) -> bool {
    let is_broken = |problem: &Problem| matches!(problem.kind, ProblemKind::Syntax | ProblemKind::Template);
    !is_requirements(file) && file.reading.problems.iter().any(is_broken)
}

/// The paths at which the manifests of a lock may lie, with their formats.
fn manifests(lock: &File) -> BTreeSet<(String, &'static str)> {
    let beside = folder(&lock.path);
    let is_script = |path: &&str| path.rsplit_once('.').is_some_and(|(_, ending)| ending == "py");
    if let Some(script) = lock.path.strip_suffix(".lock").filter(is_script) {
        return BTreeSet::from([(script.to_owned(), "script_metadata")]);
    }
    let mut folders = BTreeSet::from([beside.to_owned()]);
    for declared in lock.reading.declared.iter().filter(|declared| is_member(declared)) {
        if let Stated::Source(Source::Workspace(path)) = &declared.stated {
            folders.extend(join(beside, path));
        }
    }
    let names = LOCKS.iter().find(|(id, _)| *id == lock.format.id).map_or(&[][..], |(_, names)| names);
    let in_folders =
        folders.iter().flat_map(|folder| names.iter().filter_map(|(name, id)| Some((join(folder, name)?, *id))));
    let mut manifests: BTreeSet<(String, &'static str)> = in_folders.collect();
    for variable in lock.reading.variables.iter().filter(|variable| variable.name == COMPILED_FROM) {
        let formats = ["environment_yml", "pyproject_toml"];
        manifests.extend(
            join(beside, &variable.value).into_iter().flat_map(|path| formats.map(|format| (path.clone(), format))),
        );
    }
    manifests
}

fn is_member(declared: &Declared) -> bool {
    matches!(&declared.stated, Stated::Source(Source::Workspace(_)))
}

fn identity<'f>(files: &'f Files, unit: &Unit<'_>) -> Option<&'f str> {
    files.get(unit.root).reading.identity.as_ref().map(|identity| identity.name.as_str())
}
