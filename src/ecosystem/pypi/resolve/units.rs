//! Units: a manifest with everything it takes in, and which files are manifests of their own.
//!
//! - A requirements file that another one takes in stands for itself only if it is `requirements.txt` (or `.in`), which is
//!   installed by itself whoever else uses it, or if a `.txt` is compiled from it.
//! - A constraints file is known by its name or by being taken in with `-c`; it stands for nothing. What is named like
//!   requirements is one all the same, since layered compilers constrain one file by another.
//! - A `-r` inside a constraints file adds requirements, and a file may be reached twice; only a chain that meets itself is a
//!   cycle.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::locks::{Compiled, is_requirements};
use crate::ecosystem::pypi::pep508;
use crate::ecosystem::pypi::requirements_txt::{FORMAT as REQUIREMENTS, PRE_OPTION};
use crate::model::{
    Declared, Ecosystem, File, FileId, Files, Include, Origin, Problem, ProblemKind, Role, Scope, Stated, folder, join,
};

/// Longest chain of files that take in each other.
const MAX_DEPTH: usize = 32;

/// The formats whose conditional includes are those of extras.
const EXTRAS: &[&str] = &["pyproject_toml", "setup_cfg", "setup_py"];

/// What part a statement plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It requires the package.
    Requirement,
    /// It only bounds it.
    Constraint,
}

/// A declaration in a file, and how the unit got there.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    pub(super) file: FileId,
    pub(super) declared: &'a Declared,
    pub(super) part: Part,
    pub(super) scope: Scope,
    /// The extra, group or marker it hangs on, here or where its file is taken in.
    pub(super) condition: Option<Rc<str>>,
    /// The places that take in the file, from the root on.
    pub(super) chain: Rc<Vec<Origin>>,
}

impl<'a> Statement<'a> {
    /// A statement of a file that nothing takes in.
    pub(super) fn new(file: FileId, declared: &'a Declared, part: Part, scope: Scope) -> Statement<'a> {
        let condition = declared.condition.as_deref().map(Rc::from);
        Statement { file, declared, part, scope, condition, chain: Rc::default() }
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { file: self.file, span: self.declared.span }
    }

    /// The version text as written; `None` where none is.
    pub(super) fn text(&self, files: &Files) -> Option<String> {
        match &self.declared.stated {
            Stated::Nothing => None,
            Stated::Source(_) => Some(files.get(self.file).source.slice(self.declared.span).to_owned()),
            _ => super::stated_text(self.declared).map(str::to_owned),
        }
    }
}

/// A manifest with everything it takes in.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub(super) root: FileId,
    pub(super) statements: Vec<Statement<'a>>,
    /// Whether pre-releases are taken like releases (`--pre`).
    pub(super) prereleases: bool,
}

/// Every unit, and the files that only constrain.
pub(super) struct Units<'a> {
    all: Vec<Unit<'a>>,
    constraint_files: BTreeSet<FileId>,
    cycles: BTreeSet<Origin>,
}

impl<'a> Units<'a> {
    pub(super) fn find(files: &'a Files, compiled: &Compiled) -> Units<'a> {
        let included = included(files);
        let mut units = Units { all: Vec::new(), constraint_files: BTreeSet::new(), cycles: BTreeSet::new() };
        let mut reached: HashSet<FileId> = HashSet::new();
        let mut rest = Vec::new();
        for (id, file) in files.of(Ecosystem::Pypi) {
            let roles = included.get(&id);
            if compiled.is_lock(id, file) {
                continue;
            }
            if stands_for_itself(file, roles) || compiled.is_source(id) {
                units.add(files, compiled, id, &mut reached);
            } else if is_constraints(file, roles) {
                units.constraint_files.insert(id);
            } else {
                rest.push(id);
            }
        }
        for id in rest {
            // Files that take in each other have no root among them.
            if !reached.contains(&id) {
                units.add(files, compiled, id, &mut reached);
            }
        }
        units
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Unit<'a>> {
        self.all.iter()
    }

    /// What the files state that only constrain.
    pub(super) fn constraint_statements(&self, files: &'a Files) -> Vec<Statement<'a>> {
        let mut statements = Vec::new();
        for id in &self.constraint_files {
            let declared = files.get(*id).reading.declared.iter();
            statements.extend(declared.map(|declared| Statement::new(*id, declared, Part::Constraint, Scope::Managed)));
        }
        statements
    }

    /// Includes that lead nowhere, out of the root, or back to themselves.
    pub(super) fn problems(&self, files: &Files) -> Vec<(FileId, Problem)> {
        let mut problems = Vec::new();
        for (id, file) in files.of(Ecosystem::Pypi) {
            for include in file.reading.includes.iter().filter(|include| !include.paths.is_empty()) {
                if target(files, file, include).is_some() {
                    continue;
                }
                let path = &include.paths[0];
                let inside = include.paths.iter().any(|path| join(folder(&file.path), path).is_some());
                let (kind, why) = if inside {
                    (ProblemKind::MissingInclude, "is not there")
                } else {
                    (ProblemKind::OutsideRoot, "lies outside of what is scanned")
                };
                let message = format!("`{}` {why}, so what it says is missing here", path.escape_debug());
                problems.push((id, Problem { kind, message, span: include.span }));
            }
        }
        for cycle in &self.cycles {
            let message = "this file takes in itself, which pip refuses".to_owned();
            problems.push((cycle.file, Problem { kind: ProblemKind::Cycle, message, span: cycle.span }));
        }
        problems
    }

    fn add(&mut self, files: &'a Files, compiled: &Compiled, root: FileId, reached: &mut HashSet<FileId>) {
        let mut collector = Collector {
            files,
            compiled,
            unit: Unit { root, statements: Vec::new(), prereleases: false },
            seen: HashSet::new(),
            open: Vec::new(),
            cycles: &mut self.cycles,
        };
        collector.visit(root, Part::Requirement, &Way::default());
        reached.extend(collector.seen.iter().map(|(id, _)| *id));
        self.all.push(collector.unit);
    }
}

/// How a file was reached.
#[derive(Clone, Default)]
struct Way<'a> {
    /// The places that take in the next file, from the root on.
    chain: Rc<Vec<Origin>>,
    /// The extra or group of which it is a part.
    condition: Option<&'a str>,
    scope: Option<Scope>,
}

/// Walks from a root through what it takes in.
struct Collector<'a, 'b> {
    files: &'a Files,
    compiled: &'b Compiled,
    unit: Unit<'a>,
    seen: HashSet<(FileId, bool)>,
    /// The files between the root and here.
    open: Vec<FileId>,
    cycles: &'b mut BTreeSet<Origin>,
}

impl<'a> Collector<'a, '_> {
    fn visit(&mut self, id: FileId, part: Part, way: &Way<'a>) {
        if !self.seen.insert((id, part == Part::Constraint)) || self.open.len() >= MAX_DEPTH {
            return;
        }
        let files = self.files;
        let file = files.get(id);
        self.open.push(id);
        self.unit.prereleases |= file.reading.variables.iter().any(|variable| variable.name == PRE_OPTION);
        // A compiled file is the lock of what it is compiled from, which speaks for it.
        let part = if self.open.len() > 1 && self.compiled.is_compiled(id) { Part::Constraint } else { part };
        for declared in &file.reading.declared {
            let scope = way.scope.unwrap_or_else(|| scope_of(file, declared.scope));
            let condition = pep508::condition(way.condition, declared.condition.as_deref()).map(Rc::from);
            let chain = Rc::clone(&way.chain);
            self.unit.statements.push(Statement { file: id, declared, part, scope, condition, chain });
        }
        for include in &file.reading.includes {
            let origin = Origin { file: id, span: include.span };
            let Some(target) = target(files, file, include) else { continue };
            let part = match include.role {
                Role::Requirements | Role::Optional => Part::Requirement,
                Role::Constraints => Part::Constraint,
                Role::Matching | Role::Parent | Role::Bom | Role::Member | Role::Sources => continue,
            };
            if self.open.contains(&target) {
                self.cycles.insert(origin);
                continue;
            }
            let mut chain = way.chain.to_vec();
            chain.push(origin);
            // What an extra takes in is optional; elsewhere the file's own name tells what it is for.
            let is_extra = include.condition.is_some() && EXTRAS.contains(&file.format.id);
            let scope = way.scope.or(is_extra.then_some(Scope::Optional));
            let condition = include.condition.as_deref().or(way.condition);
            self.visit(target, part, &Way { chain: Rc::new(chain), condition, scope });
        }
        self.open.pop();
    }
}

/// The file that an include names, if it is in the tree.
fn target(files: &Files, file: &File, include: &Include) -> Option<FileId> {
    let paths = include.paths.iter().filter_map(|path| join(folder(&file.path), path));
    paths.into_iter().find_map(|path| files.find(&path, include.format))
}

/// In what roles the files are taken in by others.
fn included(files: &Files) -> HashMap<FileId, Vec<Role>> {
    let mut included: HashMap<FileId, Vec<Role>> = HashMap::new();
    for (id, file) in files.of(Ecosystem::Pypi) {
        for include in &file.reading.includes {
            if let Some(target) = target(files, file, include).filter(|target| *target != id) {
                included.entry(target).or_default().push(include.role);
            }
        }
    }
    included
}

fn stands_for_itself(file: &File, roles: Option<&Vec<Role>>) -> bool {
    if file.format.id != REQUIREMENTS.id {
        return true;
    }
    let name = name(file);
    if matches!(name.as_str(), "requirements.txt" | "requirements.in" | "requirements.pip") {
        return true;
    }
    match roles {
        Some(roles) if roles.contains(&Role::Requirements) => false,
        Some(_) => name.contains("require") && !name.contains("constraint"),
        None => !name.contains("constraint"),
    }
}

fn is_constraints(file: &File, roles: Option<&Vec<Role>>) -> bool {
    let is_required = roles.is_some_and(|roles| roles.contains(&Role::Requirements));
    !is_required && (name(file).contains("constraint") || roles.is_some_and(|roles| roles.contains(&Role::Constraints)))
}

fn name(file: &File) -> String {
    file.path.rsplit('/').next().unwrap_or_default().to_lowercase()
}

/// What a requirements file or conda environment is for, by its name and its folder's: the text itself does not tell.
pub(super) fn scope_of(file: &File, stated: Scope) -> Scope {
    if !is_requirements(file) && file.format.id != "environment_yml" {
        return stated;
    }
    let path = file.path.to_lowercase();
    for (level, part) in path.rsplit('/').enumerate() {
        // A folder further up says what all below it is for only by its whole name: `tests/unit/requirements.txt`.
        if level >= 2 {
            if matches!(part, "test" | "tests" | "e2e") {
                return Scope::Test;
            }
            continue;
        }
        for word in part.split(|c: char| !c.is_ascii_alphanumeric()) {
            match word {
                "test" | "tests" | "testing" | "ci" | "e2e" => return Scope::Test,
                "dev" | "devel" | "develop" | "development" | "doc" | "docs" | "documentation" | "lint" | "linting"
                | "typing" | "mypy" => return Scope::Development,
                "build" => return Scope::Build,
                _ => {}
            }
        }
    }
    stated
}
