//! Which modules are built together, and what their go.mod files say as one (Go Modules Reference, "Workspaces").
//!
//! - A module that several workspaces use is built in the one whose folder is nearest.
//! - Where two modules replace one module differently and the workspace does not, the go command refuses to build.

use std::collections::{BTreeMap, HashMap};

use super::{At, replacements, select, text};
use crate::ecosystem::golang::go_work;
use crate::model::{
    self, Declared, Ecosystem, FileId, Files, Override, Problem, ProblemKind, Selected, Source, Stated,
};
use crate::version::Version;

/// The workspaces of a tree.
pub(super) struct Workspaces<'a> {
    by_file: BTreeMap<FileId, Workspace<'a>>,
    /// The workspace of each module that one uses.
    of: HashMap<FileId, FileId>,
}

/// Modules that are built together.
#[derive(Default)]
pub(super) struct Workspace<'a> {
    /// Its modules, in the order of the tree.
    pub(super) members: Vec<FileId>,
    /// The highest requirement of each module path.
    highest: HashMap<&'a str, (FileId, &'a Declared, Version)>,
    /// Its own replacements, by what they replace.
    own: HashMap<&'a str, Vec<At<'a, Override>>>,
    /// Those of its modules.
    of_members: BTreeMap<&'a str, Vec<At<'a, Override>>>,
}

/// Finds the workspaces.
pub(super) fn find(files: &Files) -> Workspaces<'_> {
    let mut of: HashMap<FileId, FileId> = HashMap::new();
    for (id, file) in files.of(Ecosystem::Golang).filter(|(_, file)| file.format.id == go_work::FORMAT.id) {
        let depth = |id: FileId| model::folder(&files.get(id).path).len();
        for member in file.reading.includes.iter().filter_map(|include| files.included(id, include)) {
            let is_nearer = of.get(&member).is_none_or(|other| depth(*other) < depth(id));
            if is_nearer {
                of.insert(member, id);
            }
        }
    }
    let mut members: Vec<(FileId, FileId)> = of.iter().map(|(member, workspace)| (*workspace, *member)).collect();
    members.sort_unstable();
    let mut by_file: BTreeMap<FileId, Workspace<'_>> = BTreeMap::new();
    for (id, member) in members {
        by_file.entry(id).or_insert_with(|| Workspace::new(files, id)).add(files, member);
    }
    Workspaces { by_file, of }
}

impl<'a> Workspaces<'a> {
    /// The workspace that a module is built in.
    pub(super) fn of(&self, module: FileId) -> Option<&Workspace<'a>> {
        self.by_file.get(self.of.get(&module)?)
    }

    /// The workspace of a go.work.
    pub(super) fn at(&self, go_work: FileId) -> Option<&Workspace<'a>> {
        self.by_file.get(&go_work)
    }

    /// What the modules of a workspace replace differently.
    pub(super) fn conflicts(&self, files: &Files) -> Vec<(FileId, Problem)> {
        let mut problems = Vec::new();
        for (go_work, workspace) in &self.by_file {
            let go_work = &files.get(*go_work).path;
            for (name, all) in &workspace.of_members {
                let mut first: HashMap<Option<&str>, At<'_, Override>> = HashMap::new();
                for (id, replacement) in all {
                    let when = replacement.when.as_deref();
                    if workspace.own(name).iter().any(|(_, own)| own.when.as_deref() == when) {
                        continue;
                    }
                    let (other, before) = *first.entry(when).or_insert((*id, replacement));
                    if other != *id && target(files, *id, replacement) != target(files, other, before) {
                        let message = format!(
                            "`{name}` is replaced by something else in `{}`, so the go command refuses to build the workspace; replace it \
                             in `{go_work}`",
                            files.get(other).path
                        );
                        let span = replacement.then.span;
                        problems.push((*id, Problem { kind: ProblemKind::Contradiction, message, span }));
                    }
                }
            }
        }
        problems
    }
}

impl<'a> Workspace<'a> {
    fn new(files: &'a Files, id: FileId) -> Workspace<'a> {
        let mut workspace = Workspace::default();
        for replacement in replacements(files.get(id)) {
            workspace.own.entry(&replacement.name).or_default().push((id, replacement));
        }
        workspace
    }

    fn add(&mut self, files: &'a Files, member: FileId) {
        self.members.push(member);
        let file = files.get(member);
        for replacement in replacements(file) {
            self.of_members.entry(&replacement.name).or_default().push((member, replacement));
        }
        for declared in file.reading.declared.iter().filter(|declared| files.wants(Ecosystem::Golang, &declared.name)) {
            let Selected::Exact(version) = select(&declared.name, declared) else { continue };
            let is_higher = self.highest.get(declared.name.as_str()).is_none_or(|(_, _, other)| version > *other);
            if is_higher {
                self.highest.insert(&declared.name, (member, declared, version));
            }
        }
    }

    /// The highest requirement of a module path.
    pub(super) fn highest(&self, name: &str) -> Option<(FileId, &'a Declared, &Version)> {
        self.highest.get(name).map(|(id, declared, version)| (*id, *declared, version))
    }

    /// Its own replacements of a module path.
    pub(super) fn own(&self, name: &str) -> &[At<'a, Override>] {
        self.own.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Its modules' replacements of a module path.
    pub(super) fn of_members(&self, name: &str) -> &[At<'a, Override>] {
        self.of_members.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What is taken instead. A folder is written relative to its own go.mod, so it is one from the root here; those outside of it are
/// not told apart.
fn target(files: &Files, id: FileId, replacement: &Override) -> (Option<String>, String) {
    let written = text(&replacement.then).to_owned();
    match &replacement.then.stated {
        Stated::Source(Source::Path(path)) => {
            (None, model::join(model::folder(&files.get(id).path), path).unwrap_or_default())
        }
        Stated::Source(Source::Fork { name, .. }) => (Some(name.clone()), written),
        _ => (None, written),
    }
}
