//! Locks: which file is the lock of which manifest, and what it decides.
//!
//! - poetry.lock, pdm.lock, uv.lock and pylock.toml belong to the pyproject.toml in their folder, uv's also to those of the
//!   members that it lists with their folders; Pipfile.lock belongs to the Pipfile.
//! - A `.txt` with a `.in` of the same stem beside it is compiled from that.
//! - A lock may hold several versions of a package, each for its own environments.

use std::collections::{HashMap, HashSet};

use super::selection::{Saying, one_of, required, saying};
use super::units::{Part, Statement, Unit, Units};
use crate::ecosystem::pypi::requirements_txt::FORMAT as REQUIREMENTS;
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

/// Whether a file is the lock of another one in the tree.
pub(super) fn is_lock(files: &Files, file: &File) -> bool {
    LOCKS.iter().any(|(id, _)| *id == file.format.id) || is_compiled(files, file)
}

/// Whether a requirements file is compiled from one beside it.
pub(super) fn is_compiled(files: &Files, file: &File) -> bool {
    let source = file.path.strip_suffix(".txt").map(|stem| format!("{stem}.in"));
    file.format.id == REQUIREMENTS.id && source.is_some_and(|source| files.find(&source, &REQUIREMENTS).is_some())
}

/// The file that is compiled from a requirements file.
pub(super) fn compiled(files: &Files, file: &File) -> Option<FileId> {
    let stem = file.path.strip_suffix(".in").filter(|_| file.format.id == REQUIREMENTS.id)?;
    files.find(&format!("{stem}.txt"), &REQUIREMENTS)
}

/// Every lock and its manifests.
pub(super) struct Locks<'a> {
    files: &'a Files,
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
    pub(super) fn find(files: &'a Files, units: &Units<'a>) -> Locks<'a> {
        let mut locks = Locks { files, locked: HashMap::new(), unclaimed: Vec::new() };
        for (id, file) in files.of(Ecosystem::Pypi).filter(|(_, file)| is_lock(files, file)) {
            let members = members(file);
            let owners: Vec<&Unit<'a>> = units.iter().filter(|unit| owns(files, unit, file, &members)).collect();
            let required: HashSet<&str> = owners.iter().flat_map(|unit| required_names(unit)).collect();
            for declared in &file.reading.declared {
                let statement = Statement::new(id, declared, Part::Constraint, declared.scope);
                let of_owner = |unit: &&&Unit<'a>| is_own(files, unit, &declared.name);
                if owners.iter().any(|unit| of_owner(&unit)) || is_member(&statement) {
                    continue;
                }
                for unit in &owners {
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
            let is_compiled = is_compiled(self.files, self.files.get(entry.file));
            let selected = match saying(entry.declared) {
                Saying::Selected(selected) => selected,
                Saying::Specifiers(specifiers) => Selected::from_range(specifiers.range(false), "the lock"),
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

/// Whether a unit's root is a manifest that a lock speaks for.
fn owns(files: &Files, unit: &Unit<'_>, lock: &File, members: &HashSet<String>) -> bool {
    let root = files.get(unit.root);
    if is_compiled(files, lock) {
        return compiled(files, root).is_some_and(|id| files.get(id).path == lock.path);
    }
    let Some((_, manifest)) = LOCKS.iter().find(|(id, _)| *id == lock.format.id) else { return false };
    let place = folder(&root.path);
    let name = root.path.rsplit('/').next().unwrap_or_default();
    name == *manifest && (folder(&lock.path) == place || members.contains(place))
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
