//! Locks: which file is the lock of which manifest, and what it decides.
//!
//! - poetry.lock, pdm.lock, uv.lock and pylock.toml belong to the pyproject.toml in their folder, uv's also to those of the
//!   members that it lists with their folders; Pipfile.lock belongs to the Pipfile.
//! - A `.txt` with a `.in` of the same stem beside it is compiled from that, and so is one whose comments name the `.in` that
//!   asked for a pin. Several may be compiled from one, each for its own environment.
//! - A lock may hold several versions of a package, each for its own environments.

use std::collections::{HashMap, HashSet};

use super::selection::{Saying, one_of, required, saying};
use super::units::{Part, Statement, Unit, Units, scope_of};
use crate::ecosystem::pypi::requirements_txt::{COMPILED_FROM, FORMAT as REQUIREMENTS};
use crate::model::{
    Ecosystem, File, FileId, Files, Problem, ProblemKind, Related, Selected, Source, Stated, folder, join,
};

/// The formats of locks and the manifest beside them.
const LOCKS: &[(&str, &str)] = &[
    ("poetry_lock", "pyproject.toml"),
    ("pdm_lock", "pyproject.toml"),
    ("uv_lock", "pyproject.toml"),
    ("pylock_toml", "pyproject.toml"),
    ("pipfile_lock", "Pipfile"),
];

/// Which requirements files are compiled, and from which.
pub(super) struct Compiled {
    /// By the file that is compiled, what comes of it.
    outputs: HashMap<FileId, Vec<FileId>>,
    compiled: HashSet<FileId>,
}

impl Compiled {
    pub(super) fn find(files: &Files) -> Compiled {
        let mut found = Compiled { outputs: HashMap::new(), compiled: HashSet::new() };
        for (id, file) in files.of(Ecosystem::Pypi).filter(|(_, file)| file.format.id == REQUIREMENTS.id) {
            let mut sources: Vec<FileId> = Vec::new();
            let beside = file.path.strip_suffix(".txt").map(|stem| format!("{stem}.in"));
            sources.extend(beside.and_then(|path| files.find(&path, &REQUIREMENTS)));
            for variable in file.reading.variables.iter().filter(|variable| variable.name == COMPILED_FROM) {
                sources.extend(named_from(files, &file.path, &variable.value));
            }
            sources.retain(|source| *source != id);
            sources.sort_unstable();
            sources.dedup();
            if !sources.is_empty() {
                found.compiled.insert(id);
            }
            for source in sources {
                found.outputs.entry(source).or_default().push(id);
            }
        }
        found
    }

    /// Whether a file is compiled from another one in the tree.
    pub(super) fn is_compiled(&self, id: FileId) -> bool {
        self.compiled.contains(&id)
    }

    /// Whether something is compiled from a file.
    pub(super) fn is_source(&self, id: FileId) -> bool {
        self.outputs.contains_key(&id)
    }

    /// Whether a file is the lock of another one in the tree.
    pub(super) fn is_lock(&self, id: FileId, file: &File) -> bool {
        LOCKS.iter().any(|(format, _)| *format == file.format.id) || self.is_compiled(id)
    }
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
    locked: HashMap<FileId, HashMap<&'a str, Vec<Statement<'a>>>>,
    unclaimed: Vec<Statement<'a>>,
}

/// What a lock makes of a selection.
pub(super) struct Locked {
    pub(super) selected: Selected,
    pub(super) because: Vec<Related>,
    pub(super) problems: Vec<(FileId, Problem)>,
}

impl<'a> Locks<'a> {
    pub(super) fn find(files: &'a Files, compiled: &'a Compiled, units: &Units<'a>) -> Locks<'a> {
        let mut locks = Locks { files, compiled, locked: HashMap::new(), unclaimed: Vec::new() };
        for (id, file) in files.of(Ecosystem::Pypi).filter(|(id, file)| compiled.is_lock(*id, file)) {
            let members = members(file);
            let owners: Vec<&Unit<'a>> = units.iter().filter(|unit| locks.owns(unit, id, &members)).collect();
            let required: HashSet<&str> = owners.iter().flat_map(|unit| required_names(unit)).collect();
            for declared in &file.reading.declared {
                let statement = Statement::new(id, declared, Part::Constraint, scope_of(file, declared.scope));
                let of_owner = |unit: &&&Unit<'a>| is_own(files, unit, &declared.name);
                if owners.iter().any(|unit| of_owner(&unit)) || is_member(&statement) {
                    continue;
                }
                // A lock with merge-conflict markers decides nothing.
                for unit in owners.iter().filter(|_| !file.conflicted) {
                    let by_name = locks.locked.entry(unit.root).or_default();
                    by_name.entry(&declared.name).or_default().push(statement.clone());
                }
                if !required.contains(declared.name.as_str()) {
                    locks.unclaimed.push(statement);
                }
            }
        }
        locks
    }

    /// Whether a unit's root is a manifest that a lock speaks for.
    fn owns(&self, unit: &Unit<'_>, lock: FileId, members: &HashSet<String>) -> bool {
        if self.compiled.is_compiled(lock) {
            return self.compiled.outputs.get(&unit.root).is_some_and(|outputs| outputs.contains(&lock));
        }
        let (root, lock) = (self.files.get(unit.root), self.files.get(lock));
        let Some((_, manifest)) = LOCKS.iter().find(|(id, _)| *id == lock.format.id) else { return false };
        let place = folder(&root.path);
        let name = root.path.rsplit('/').next().unwrap_or_default();
        name == *manifest && (folder(&lock.path) == place || members.contains(place))
    }

    /// What a lock holds and none of its manifests asks for.
    pub(super) fn unclaimed(&self) -> Vec<Statement<'a>> {
        self.unclaimed.clone()
    }

    /// What is selected of a package if its unit has a lock; `stated` is what the manifest says of it.
    pub(super) fn decide(&self, unit: &Unit<'_>, name: &str, stated: &[&Statement<'_>], selected: Selected) -> Locked {
        let mut locked = Locked { selected, because: Vec::new(), problems: Vec::new() };
        let Some(entries) = self.locked.get(&unit.root).and_then(|by_name| by_name.get(name)) else { return locked };
        let required = required(stated).range(true);
        let (mut found, mut is_current) = (Vec::new(), false);
        for entry in entries {
            let is_compiled = self.compiled.is_compiled(entry.file);
            let selected = match saying(entry.declared) {
                Saying::Selected(selected) => selected,
                Saying::Specifiers(specifiers) => match specifiers.range(true).pinned() {
                    Some(version) => Selected::Exact(version.clone()),
                    // `*` in a Pipfile.lock, where no candidate fitted the marker.
                    None => continue,
                },
                Saying::Nothing => continue,
            };
            let satisfies = match &selected {
                Selected::Exact(version) => required.contains(version),
                Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => true,
            };
            let text = entry.text(self.files).unwrap_or_default();
            is_current |= satisfies;
            if satisfies || is_compiled {
                let message = format!("locked to `{text}` here");
                locked.because.push(Related { origin: entry.origin(), message });
                found.push(selected);
            }
            if !satisfies && !is_compiled {
                let message = format!("locked to `{text}` here, which does not count");
                locked.because.push(Related { origin: entry.origin(), message });
            }
            if !satisfies {
                let message = format!("`{name}` is locked to `{text}`, which the manifest no longer admits");
                let problem = Problem { kind: ProblemKind::Contradiction, message, span: entry.declared.span };
                locked.problems.push((entry.file, problem));
            }
        }
        if is_current {
            // Another version for other environments is no contradiction.
            locked.problems.clear();
        }
        locked.selected = one_of(found).unwrap_or(locked.selected);
        locked
    }
}

/// The folders of the workspace members that uv lists in its lock.
fn members(lock: &File) -> HashSet<String> {
    let mut members = HashSet::new();
    if lock.format.id == "uv_lock" {
        for declared in &lock.reading.declared {
            if let Stated::Source(Source::Workspace(path) | Source::Path(path)) = &declared.stated {
                members.extend(join(folder(&lock.path), path));
            }
        }
    }
    members
}

fn is_member(statement: &Statement<'_>) -> bool {
    matches!(&statement.declared.stated, Stated::Source(Source::Workspace(_)))
}

fn is_own(files: &Files, unit: &Unit<'_>, name: &str) -> bool {
    files.get(unit.root).reading.identity.as_ref().is_some_and(|identity| identity.name == name)
}

fn required_names<'u>(unit: &'u Unit<'_>) -> impl Iterator<Item = &'u str> {
    let required = unit.statements.iter().filter(|statement| statement.part == Part::Requirement);
    required.map(|statement| statement.declared.name.as_str())
}
