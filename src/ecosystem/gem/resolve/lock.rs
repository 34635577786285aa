//! What lockfiles say: of declarations, and of gems that no declaration names.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::gemfile_lock;
use super::super::requirement::Requirement;
use super::super::version::GemVersion;
use super::units::Unit;
use super::{Entry, contradiction_problem, is_above, is_conflicted, manifest_text, requirement};
use crate::ecosystem;
use crate::ecosystem::repository::address;
use crate::ecosystem::transitive::{Claim, Standing, Standings};
use crate::model::{
    self, Declared, Dependency, Ecosystem, FileId, Files, GitReference, Grammar, Origin, Package, Reason, Related,
    Resolution, Scope, Selected, Source, Stated, Why,
};

/// The lines of all lockfiles by gem, and which of them were taken by a declaration.
#[derive(Default)]
pub(super) struct Locks<'a> {
    lines: HashMap<FileId, BTreeMap<&'a str, Vec<usize>>>,
    taken: HashSet<(FileId, usize)>,
    stale: Vec<(FileId, &'a Declared)>,
    /// The declarations whose gems stand in a lockfile.
    claims: HashMap<FileId, Vec<Claim>>,
}

/// A gem that a lockfile selects.
#[derive(Clone, Copy)]
pub(super) struct Locked<'a> {
    file: FileId,
    index: usize,
    declared: &'a Declared,
}

impl<'a> Locks<'a> {
    /// What the lockfile of a unit selects of a gem; nothing if there is none, or one that Bundler refuses.
    pub(super) fn locked(&mut self, files: &'a Files, unit: &Unit, name: &str) -> Vec<Locked<'a>> {
        let Some(file) = unit.lock else { return Vec::new() };
        let declared = &files.get(file).reading.declared;
        let lines = self.lines.entry(file).or_insert_with(|| {
            let mut lines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (index, line) in declared.iter().enumerate() {
                lines.entry(&line.name).or_default().push(index);
            }
            lines
        });
        let of_name = lines.get(name).into_iter().flatten();
        if is_conflicted(files.get(file)) {
            self.taken.extend(of_name.map(|index| (file, *index)));
            return Vec::new();
        }
        of_name.map(|index| Locked { file, index: *index, declared: &declared[*index] }).collect()
    }

    /// Notes that a line belongs to a declaration.
    pub(super) fn taken(&mut self, locked: &Locked<'a>) {
        self.taken.insert((locked.file, locked.index));
    }

    /// Notes that a line is what a declaration asks for; `origin` is the text to edit.
    pub(super) fn claim(&mut self, locked: &Locked<'a>, scope: Scope, origin: Origin) {
        if let Ok(package) = u32::try_from(locked.index) {
            self.claims.entry(locked.file).or_default().push(Claim { scope, origin, package });
        }
    }

    /// Notes that no declaration of its gem allows a line.
    pub(super) fn contradicts(&mut self, locked: &Locked<'a>) {
        if matches!(locked.declared.stated, Stated::Locked(_) | Stated::Source(_)) {
            self.stale.push((locked.file, locked.declared));
        }
    }

    /// Adds the contradictions, and the gems that no declaration took.
    pub(super) fn finish(self, files: &Files, units: &[Unit], resolution: &mut Resolution) {
        for (file, locked) in self.stale {
            let text = files.get(file).source.slice(locked.span);
            let message = format!(
                "`{}` is locked to `{text}`, which the Gemfile does not ask for; the lock is stale",
                locked.name
            );
            resolution.problems.push((file, contradiction_problem(message, locked.span)));
        }
        let beside: HashSet<FileId> = units.iter().filter_map(|unit| unit.lock).collect();
        for (id, file) in files.of(Ecosystem::Gem) {
            if file.format.id != gemfile_lock::FORMAT.id {
                continue;
            }
            let packages = &file.reading.declared;
            let claims = self.claims.get(&id).map(Vec::as_slice).unwrap_or_default();
            let asked_for: Vec<u32> = file.reading.graph.roots.iter().map(|root| root.package).collect();
            let standings = Standings::new(&file.reading, claims, &asked_for, &[]);
            for (number, declared) in (0u32..).zip(packages) {
                let is_line = matches!(declared.stated, Stated::Locked(_) | Stated::Source(_));
                // A requirement without a line is the Gemfile's own, if there is one.
                if self.taken.contains(&(id, number as usize)) || !is_line && beside.contains(&id) {
                    continue;
                }
                if !is_own(declared, model::folder(&file.path)) {
                    let mut dependency = alone(files, id, declared);
                    if let Standing::Needed { scope, .. } = standings.of(number) {
                        dependency.scope = scope;
                    }
                    if let Some(told) = standings.told(id, packages, number, written) {
                        told.of(&mut dependency);
                    }
                    resolution.dependencies.push(dependency);
                }
            }
        }
    }
}

impl Locked<'_> {
    /// The line as a place that does not decide for a declaration, unless it is a mere requirement.
    pub(super) fn refused(&self) -> Option<Related> {
        let is_line = matches!(self.declared.stated, Stated::Locked(_) | Stated::Source(_));
        let origin = Origin { file: self.file, span: self.declared.span };
        is_line.then(|| Related { origin, message: "the lockfile has another one here, which does not count".into() })
    }

    /// What the line selects for a declaration, if it is what the declaration asks for.
    pub(super) fn accepted(&self, entry: Entry<'_>) -> Option<(Selected, Related)> {
        let (selected, message) = match (&entry.declared.stated, &self.declared.stated) {
            (_, Stated::Locked(version)) if satisfies(entry, version) => {
                (exact(version), format!("locked to {version} here"))
            }
            (Stated::Source(wanted), Stated::Source(locked)) if same_source(wanted, locked) => {
                (Selected::Source(locked.clone()), format!("locked to {} here", source_text(locked)))
            }
            // A gemspec names no source; a Gemfile that takes it in does.
            (_, Stated::Source(locked)) if entry.is_of_gemspec || requirement(entry).is_none() && !is_source(entry) => {
                (Selected::Source(locked.clone()), format!("locked to {} here", source_text(locked)))
            }
            _ => return None,
        };
        Some((selected, Related { origin: Origin { file: self.file, span: self.declared.span }, message }))
    }
}

/// Whether a registry's version satisfies the declaration; what is not known of the declaration does not count.
fn satisfies(entry: Entry<'_>, version: &str) -> bool {
    if is_source(entry) {
        return false;
    }
    let Some(text) = requirement(entry) else { return true };
    match (Requirement::parse(&text), GemVersion::parse(version)) {
        (Ok(requirement), Ok(version)) => requirement.is_satisfied_by(&version),
        _ => false,
    }
}

fn is_source(entry: Entry<'_>) -> bool {
    matches!(entry.declared.stated, Stated::Source(_))
}

fn exact(version: &str) -> Selected {
    match ecosystem::version(Ecosystem::Gem, version) {
        Ok(version) => Selected::Exact(version),
        Err(why) => {
            let message = format!("`{version}` is no version: {}", why.message);
            Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
        }
    }
}

/// Whether a lockfile's source is the one that is asked for: the same repository, or both a path.
fn same_source(wanted: &Source, locked: &Source) -> bool {
    match (wanted, locked) {
        (Source::Git { repository: wanted, .. }, Source::Git { repository: locked, .. }) => {
            // What is computed is not known to be another one.
            wanted.contains(['#', '(', ' ']) || address(wanted) == address(locked)
        }
        (Source::Path(_), Source::Path(_)) => true,
        _ => false,
    }
}

fn source_text(source: &Source) -> String {
    match source {
        Source::Git { reference: GitReference::Locked { revision, .. }, .. } => format!("commit {revision}"),
        Source::Git { repository, .. } | Source::Fork { name: repository, .. } => format!("`{repository}`"),
        Source::Url(place) | Source::Path(place) | Source::Workspace(place) => format!("`{place}`"),
    }
}

/// Whether a line is the package that the repository is.
fn is_own(declared: &Declared, folder: &str) -> bool {
    matches!(&declared.stated, Stated::Source(Source::Path(path)) if is_above(path, folder))
}

/// A gem that only the lockfile names.
fn alone(files: &Files, id: FileId, declared: &Declared) -> Dependency {
    let file = files.get(id);
    let selected = if is_conflicted(file) {
        let message = "the lockfile holds merge-conflict markers, so Bundler refuses it".to_owned();
        Selected::Unknown(Why::new(Reason::MergeConflict, message))
    } else {
        match &declared.stated {
            Stated::Locked(version) => exact(version),
            Stated::Source(source) => Selected::Source(source.clone()),
            Stated::Requirement(text, _) => ecosystem::range(text, Grammar::Gem)
                .map_or_else(Selected::Unknown, |range| Selected::from_range(range, text)),
            Stated::Nothing => ecosystem::range(">= 0", Grammar::Gem)
                .map_or_else(Selected::Unknown, |range| Selected::from_range(range, ">= 0")),
            Stated::Elsewhere(_) | Stated::Computed(_) => {
                let message = "the lockfile names no version of it".to_owned();
                Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
            }
        }
    };
    Dependency {
        package: Package { ecosystem: Ecosystem::Gem, name: declared.name.clone() },
        declared: manifest_text(files, id, declared),
        selected,
        scope: declared.scope,
        direct: declared.direct,
        condition: declared.condition.clone(),
        origin: Origin { file: id, span: declared.span },
        because: Vec::new(),
        through: None,
    }
}

/// The version of a line, for messages.
fn written(declared: &Declared) -> String {
    match &declared.stated {
        Stated::Locked(version) => version.clone(),
        Stated::Source(source) => source_text(source),
        Stated::Requirement(..) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => String::new(),
    }
}
