//! Which files belong together: a Gemfile with what it takes in, the gemspecs of the gems that it or its lockfile takes from
//! folders of the tree, and the lockfile beside it.

use std::collections::{HashMap, HashSet};

use super::super::ruby::is_conditional;
use super::super::{gemfile, gemfile_lock, gemspec};
use crate::model::{self, Ecosystem, FileId, Files, Include, Problem, ProblemKind, Resolution, Role, Source, Stated};

/// Files whose declarations are one list.
pub(super) struct Unit {
    /// The Gemfile first, or a gemspec that no Gemfile takes in.
    pub(super) members: Vec<Member>,
    /// The lockfile beside it.
    pub(super) lock: Option<FileId>,
}

/// A file of a unit.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) file: FileId,
    pub(super) is_of_gemspec: bool,
    /// Whether it is taken in only under a condition.
    pub(super) is_conditional: bool,
    /// Whether it is the gemspec of a gem that is taken from a folder: what it wants for its own development is not asked for.
    pub(super) is_of_path: bool,
}

/// The gemspecs of the tree, by the name of the gem.
type Gemspecs<'a> = HashMap<&'a str, Vec<FileId>>;

/// Finds the units, and reports what is taken in and is not there.
pub(super) fn find(files: &Files, resolution: &mut Resolution) -> Vec<Unit> {
    let gemfiles: Vec<FileId> = of(files, gemfile::FORMAT.id);
    let mut included = HashSet::new();
    for from in &gemfiles {
        for include in &files.get(*from).reading.includes {
            let found = targets(files, *from, include);
            if found.is_empty() {
                missing(files, *from, include, resolution);
            }
            included.extend(found.into_iter().filter(|id| id != from));
        }
    }
    let mut gemspecs = Gemspecs::new();
    for id in of(files, gemspec::FORMAT.id) {
        let file = files.get(id);
        let stem = || file.path.rsplit('/').next().and_then(|name| name.strip_suffix(".gemspec"));
        if let Some(name) = file.reading.identity.as_ref().map(|identity| identity.name.as_str()).or_else(stem) {
            gemspecs.entry(name).or_default().push(id);
        }
    }
    let mut units = Vec::new();
    let mut reached = HashSet::new();
    let is_root = |id: &FileId| {
        let path = &files.get(*id).path;
        let name = path.rsplit('/').next().unwrap_or(path);
        !included.contains(id) || matches!(name, "Gemfile" | "gems.rb") || lock_of(files, *id).is_some()
    };
    let (roots, others): (Vec<FileId>, Vec<FileId>) = gemfiles.into_iter().partition(is_root);
    // Others that are not reached take in each other in a circle.
    for root in roots.into_iter().chain(others.iter().copied()) {
        if others.contains(&root) && reached.contains(&root) {
            continue;
        }
        let unit = unit(files, root, &gemspecs);
        reached.extend(unit.members.iter().map(|member| member.file));
        units.push(unit);
    }
    for file in of(files, gemspec::FORMAT.id) {
        if !reached.contains(&file) {
            let member = Member { file, is_of_gemspec: true, is_conditional: false, is_of_path: false };
            units.push(Unit { members: vec![member], lock: None });
        }
    }
    units
}

fn of(files: &Files, format: &str) -> Vec<FileId> {
    files.of(Ecosystem::Gem).filter(|(_, file)| file.format.id == format).map(|(id, _)| id).collect()
}

fn unit(files: &Files, root: FileId, gemspecs: &Gemspecs<'_>) -> Unit {
    let mut members = vec![Member { file: root, is_of_gemspec: false, is_conditional: false, is_of_path: false }];
    let mut seen = HashSet::from([root]);
    let mut next = 0;
    while let Some(member) = members.get(next).copied() {
        next += 1;
        for include in &files.get(member.file).reading.includes {
            let is_conditional = member.is_conditional || is_conditional(include.condition.as_deref());
            for file in targets(files, member.file, include) {
                if seen.insert(file) {
                    let is_of_gemspec = include.format.id == gemspec::FORMAT.id;
                    members.push(Member { file, is_of_gemspec, is_conditional, is_of_path: false });
                }
            }
        }
    }
    let lock = lock_of(files, root);
    let states: Vec<FileId> = members.iter().map(|member| member.file).chain(lock).collect();
    for file in states.into_iter().flat_map(|id| of_paths(files, id, gemspecs)) {
        if seen.insert(file) {
            members.push(Member { file, is_of_gemspec: true, is_conditional: false, is_of_path: true });
        }
    }
    Unit { members, lock }
}

/// The gemspecs of the gems that a file takes from folders of the tree: in such a folder, or two levels below it (Bundler,
/// `Source::Path::DEFAULT_GLOB`).
fn of_paths(files: &Files, id: FileId, gemspecs: &Gemspecs<'_>) -> Vec<FileId> {
    let file = files.get(id);
    let mut found = Vec::new();
    for declared in &file.reading.declared {
        let Stated::Source(Source::Path(path)) = &declared.stated else { continue };
        let Some(base) = model::join(model::folder(&file.path), path) else { continue };
        let is_below = |id: &FileId| {
            let folder = model::folder(&files.get(*id).path);
            let rest = if base.is_empty() { Some(folder) } else { folder.strip_prefix(base.as_str()) };
            rest.is_some_and(|rest| rest.is_empty() || base.is_empty() || rest.starts_with('/'))
                && rest.is_some_and(|rest| rest.split('/').filter(|part| !part.is_empty()).count() <= 2)
        };
        let named = gemspecs.get(declared.name.as_str());
        found.extend(named.into_iter().flatten().copied().filter(is_below));
    }
    found
}

/// The lockfile of a Gemfile (Bundler, `SharedHelpers.default_lockfile`).
fn lock_of(files: &Files, gemfile: FileId) -> Option<FileId> {
    files.find(&lock_path(&files.get(gemfile).path), &gemfile_lock::FORMAT)
}

fn lock_path(gemfile: &str) -> String {
    match gemfile.strip_suffix("gems.rb") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => format!("{folder}gems.locked"),
        _ => format!("{gemfile}.lock"),
    }
}

/// The files that an include takes in: the one it names, the gemspecs of the folder it names, or what its pattern finds.
fn targets(files: &Files, from: FileId, include: &Include) -> Vec<FileId> {
    if include.role == Role::Matching {
        return files.matching(from, include);
    }
    if let Some(id) = files.included(from, include) {
        return vec![id];
    }
    if include.format.id != gemspec::FORMAT.id {
        return Vec::new();
    }
    // A gemspec that is asked for by the gem's name may lie in a file of another name.
    let Some((folder, file)) = include.paths.first().and_then(|path| path.rsplit_once('/')) else { return Vec::new() };
    let Some(folder) = model::join(model::folder(&files.get(from).path), folder) else { return Vec::new() };
    let wanted = file.strip_suffix(".gemspec");
    let gemspecs = of(files, gemspec::FORMAT.id).into_iter().filter(|id| {
        let file = files.get(*id);
        let name = file.reading.identity.as_ref().map(|identity| identity.name.as_str());
        model::folder(&file.path) == folder && wanted.is_none_or(|wanted| name == Some(wanted))
    });
    gemspecs.collect()
}

fn missing(files: &Files, from: FileId, include: &Include, resolution: &mut Resolution) {
    let Some(path) = include.paths.first() else { return };
    if is_conditional(include.condition.as_deref()) {
        return;
    }
    let file = files.get(from);
    let (kind, message) = match model::join(model::folder(&file.path), path) {
        None => (ProblemKind::OutsideRoot, format!("`{path}` lies outside the scanned folder and is not read")),
        // A loop over nothing takes nothing in.
        Some(_) if include.role == Role::Matching => return,
        Some(_) if include.format.id == gemspec::FORMAT.id => {
            (ProblemKind::MissingInclude, format!("there is no gemspec for `{path}`, so its gems are not known"))
        }
        Some(_) => (ProblemKind::MissingInclude, format!("`{path}` is not there, so its gems are not known")),
    };
    resolution.problems.push((from, Problem { kind, message, span: include.span }));
}
