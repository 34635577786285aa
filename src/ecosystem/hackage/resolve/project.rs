//! What projects decide over the heads of their packages: constraints and freeze files of Cabal, extra dependencies and locks
//! of stack, and repositories that both put in a package's place.
//!
//! - A package belongs to the nearest Cabal project and the nearest stack project in or above its folder.
//! - A package's statement that has a version is the place to edit, and what a project pins is why it selects what it does. A
//!   statement without one leaves the version to the pin, which is then the place.
//! - Cabal's constraints hold together with what packages require; stack takes an extra dependency that they admit, and the
//!   lock's version where the extra dependency is a repository.
//! - A freeze file that freezes what a package does not admit makes Cabal refuse, and an extra dependency that it does not admit makes
//!   stack refuse; then nothing is selected. A lock of stack that names another version than the extra dependency is made anew. What
//!   tools wrote and is so left behind is a problem.
//! - A pin for nobody in the tree is `managed`; an entry of a freeze file is most likely there for a dependency of a
//!   dependency.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use crate::ecosystem;
use crate::ecosystem::hackage::cabal_project::{ALLOW_NEWER, ALLOW_OLDER, SETUP};
use crate::ecosystem::hackage::requirement::{intersect, union};
use crate::ecosystem::hackage::stack_yaml::SNAPSHOT;
use crate::ecosystem::hackage::{cabal_project, cabal_project_freeze, stack_yaml, stack_yaml_lock};
use crate::model::{
    Declared, Dependency, Ecosystem, Effect, FileId, Files, Origin, Override, Package, Problem, ProblemKind, Reason,
    Related, Scope, Selected, Stated, Variable, Why, folder,
};
use crate::version::{Interval, VersionRange};

/// Longest chain of project files that import each other.
const MAX_IMPORTS: usize = 32;

/// All projects of a tree.
#[derive(Default)]
pub(super) struct Projects<'a> {
    cabal: HashMap<&'a str, Project<'a>>,
    stack: HashMap<&'a str, Project<'a>>,
    pins: Vec<Pin<'a>>,
    /// The entries of freeze files that a package does not admit, with the first statement of one.
    refused: BTreeMap<Origin, (&'a str, Origin)>,
}

#[derive(Default)]
struct Project<'a> {
    pins: HashMap<&'a str, Vec<usize>>,
    relaxed: Vec<&'a Variable>,
    snapshot: Option<&'a str>,
}

/// A version or source that a project gives a package, and who uses it.
struct Pin<'a> {
    file: FileId,
    path: &'a str,
    change: &'a Override,
    /// Whether it stands in a lock of stack.
    is_locked: bool,
    /// Whether it stands in a freeze file.
    is_frozen: bool,
    users: Vec<Related>,
    scope: Option<Scope>,
    /// What the users demand.
    demanded: Option<VersionRange>,
    /// The pins of the same package in the same project.
    beside: Vec<usize>,
    is_named: bool,
}

/// A package's statement, as far as its own file tells.
pub(super) struct Statement<'a> {
    /// The package it stands in, if that has a name.
    pub(super) owner: Option<&'a str>,
    /// The folder of the file.
    pub(super) folder: &'a str,
    /// What it says.
    pub(super) declared: &'a Declared,
    /// What it is for.
    pub(super) scope: Scope,
    /// Its place.
    pub(super) origin: Origin,
}

/// What projects make of a statement.
pub(super) enum Outcome {
    /// It is the place to edit; this is selected, for these reasons besides its own.
    Own(Result<VersionRange, Why>, Vec<Related>),
    /// A pin is the place.
    Left,
}

impl<'a> Projects<'a> {
    /// Collects what the project files say.
    pub(super) fn new(files: &'a Files) -> Projects<'a> {
        let mut projects = Projects::default();
        let imported: HashSet<FileId> = files
            .of(Ecosystem::Hackage)
            .flat_map(|(id, file)| file.reading.includes.iter().filter_map(move |include| files.included(id, include)))
            .collect();
        for (id, file) in files.of(Ecosystem::Hackage) {
            let is_cabal = [cabal_project::FORMAT.id, cabal_project_freeze::FORMAT.id].contains(&file.format.id);
            let is_stack = [stack_yaml::FORMAT.id, stack_yaml_lock::FORMAT.id].contains(&file.format.id);
            let folder = folder(&file.path);
            if is_cabal && !imported.contains(&id) {
                for id in with_imports(files, id) {
                    let project = projects.cabal.entry(folder).or_default();
                    add(&mut projects.pins, project, files, id);
                }
            } else if is_stack && !(file.reading.overrides.is_empty() && file.reading.variables.is_empty()) {
                let project = projects.stack.entry(folder).or_default();
                add(&mut projects.pins, project, files, id);
            }
        }
        for project in projects.cabal.values().chain(projects.stack.values()) {
            for pins in project.pins.values() {
                for pin in pins {
                    projects.pins[*pin].beside.clone_from(pins);
                }
            }
        }
        projects
    }

    /// What the projects around a statement make of it; `range` is what its own file demands.
    pub(super) fn decide(&mut self, statement: &Statement<'_>, range: Result<VersionRange, Why>) -> Outcome {
        let range = match range {
            Ok(range) => range,
            Err(why) => return Outcome::Own(Err(why), Vec::new()),
        };
        let name = statement.declared.name.as_str();
        let cabal = nearest(&self.cabal, statement.folder);
        let stack = nearest(&self.stack, statement.folder);
        let pins_of = |project: Option<&Project<'_>>| -> Vec<usize> {
            project.and_then(|project| project.pins.get(name)).cloned().unwrap_or_default()
        };
        let (of_cabal, of_stack) = (pins_of(cabal), pins_of(stack));
        let applies = |pin: &usize| self.pins[*pin].applies(statement.scope);
        let mut pins: Vec<usize> = of_cabal.iter().chain(&of_stack).copied().filter(applies).collect();
        let range = cabal.map_or(range.clone(), |project| relaxed(&range, project, statement.owner, name));
        let sources = pins.iter().filter(|pin| self.pins[**pin].change.effect == Effect::Replace).count();
        if sources > 0 {
            pins.retain(|pin| self.pins[*pin].change.effect == Effect::Replace);
        }
        let is_bare = statement.declared.stated == Stated::Nothing;
        if !pins.is_empty() && (is_bare || sources > 0) {
            let message = "required here, and the version is left to this place".to_owned();
            for pin in pins {
                let pin = &mut self.pins[pin];
                pin.users.push(Related { origin: statement.origin, message: message.clone() });
                pin.scope = Some(pin.scope.map_or(statement.scope, |scope| scope.min(statement.scope)));
                pin.demanded = Some(match pin.demanded.take() {
                    Some(demanded) => union(demanded, range.clone()),
                    None => range.clone(),
                });
            }
            return Outcome::Left;
        }
        for pin in of_cabal.iter().map(|pin| &self.pins[*pin]).filter(|pin| pin.is_frozen) {
            let is_refused = |frozen: &VersionRange| intersect(frozen, &range).is_empty();
            let applies = pin.applies(statement.scope) && !range.is_empty();
            if applies && pin.range().and_then(Result::ok).as_ref().is_some_and(is_refused) {
                self.refused.entry(pin.place()).or_insert((pin.change.name.as_str(), statement.origin));
            }
        }
        let constrained = self.constrained(&of_cabal, statement.scope, range);
        let exact = self.exact(&of_stack);
        if let Some(stack) = stack
            && cabal.is_none()
            && exact.is_none()
            && constrained.is_unbounded()
        {
            let snapshot = stack.snapshot.unwrap_or("of stack");
            let message = format!("the snapshot `{snapshot}` decides the version, and it is not in the tree");
            return Outcome::Own(Err(Why::new(Reason::DecidedElsewhere, message)), Vec::new());
        }
        // Stack refuses to build with what a package does not admit, unless it is told otherwise; then Cabal's project is all that
        // is known.
        let fits = |exact: &VersionRange| {
            stack.is_some_and(|stack| !stack.relaxed.is_empty()) || !intersect(exact, &constrained).is_empty()
        };
        let selected = match (exact, cabal) {
            (Some(exact), None) if fits(&exact) => exact,
            (Some(_), None) => VersionRange::none(),
            (Some(exact), Some(_)) if fits(&exact) => union(exact, constrained),
            (Some(_), Some(_)) | (None, _) => constrained,
        };
        let mut because = Vec::new();
        let overtaken: Vec<bool> = pins.iter().map(|pin| self.is_overtaken(&self.pins[*pin])).collect();
        for (pin, is_overtaken) in pins.into_iter().zip(overtaken) {
            let pin = &mut self.pins[pin];
            pin.is_named = true;
            let mut related = pin.as_related();
            if is_overtaken {
                related.message = "the lock has another version here, which does not count".into();
            }
            because.push(related);
        }
        Outcome::Own(Ok(selected), because)
    }

    /// Whether a lock of stack names another version than the extra dependency in the file that it locks.
    fn is_overtaken(&self, lock: &Pin<'_>) -> bool {
        let beside = lock.beside.iter().map(|other| &self.pins[*other]);
        let mut extras = beside
            .filter(|other| !other.is_locked && other.change.effect == Effect::Force)
            .filter(|other| is_beside(other.path, lock.path))
            .peekable();
        let version = lock.range().and_then(Result::ok);
        lock.is_locked && extras.peek().is_some() && extras.all(|extra| extra.range().and_then(Result::ok) != version)
    }

    /// What freeze files and locks hold against the rest.
    pub(super) fn contradictions(&self, files: &Files) -> Vec<(FileId, Problem)> {
        let problem = |origin: Origin, message: String| {
            (origin.file, Problem { kind: ProblemKind::Contradiction, message, span: origin.span })
        };
        let mut problems = Vec::new();
        let wanted = |name: &str| files.wants(Ecosystem::Hackage, name);
        for (pin, (name, statement)) in self.refused.iter().filter(|(_, (name, _))| wanted(name)) {
            let manifest = files.get(statement.file);
            let message = format!(
                "`{name}` is frozen at `{}`, but `{}` asks for `{}`, so Cabal refuses to build until the file is made anew",
                files.get(pin.file).source.slice(pin.span),
                manifest.path,
                manifest.source.slice(statement.span)
            );
            problems.push(problem(*pin, message));
        }
        for pin in self.pins.iter().filter(|pin| wanted(&pin.change.name) && self.is_overtaken(pin)) {
            let message = format!(
                "`{}` is locked at `{}`, which is not what the file that it locks names; the lock is out of date there, and stack makes \
                 it anew",
                pin.change.name,
                pin.text().unwrap_or_default()
            );
            problems.push(problem(pin.place(), message));
        }
        problems
    }

    /// The pins that are places of their own.
    pub(super) fn dependencies(&self, files: &Files, is_local: impl Fn(&str) -> bool) -> Vec<Dependency> {
        let mut dependencies = Vec::new();
        for pin in self.pins.iter().filter(|pin| !is_local(&pin.change.name)) {
            let is_lock = files.get(pin.file).format.id == stack_yaml_lock::FORMAT.id;
            let others = || pin.beside.iter().map(|other| &self.pins[*other]);
            let decides = |other: &Pin<'_>| files.get(other.file).format.id == stack_yaml::FORMAT.id;
            if pin.users.is_empty() && pin.is_named || is_lock && others().any(decides) {
                continue;
            }
            let lock = others().find(|other| {
                files.get(other.file).format.id == stack_yaml_lock::FORMAT.id
                    && pin.change.effect == Effect::Replace
                    && is_beside(&files.get(pin.file).path, &files.get(other.file).path)
            });
            let mut because = pin.users.clone();
            because.extend(lock.map(Pin::as_related));
            let is_freeze = files.get(pin.file).format.id == cabal_project_freeze::FORMAT.id;
            let (scope, direct) = match pin.scope {
                Some(scope) => (scope, Some(true)),
                None if is_freeze && pin.change.when.is_none() => (Scope::Runtime, Some(false)),
                None => (Scope::Managed, None),
            };
            dependencies.push(Dependency {
                package: Package { ecosystem: Ecosystem::Hackage, name: pin.change.name.clone() },
                declared: pin.text().map(str::to_owned),
                selected: self.selected(pin, lock),
                scope,
                direct,
                condition: pin.change.then.condition.clone(),
                origin: pin.place(),
                because,
                through: None,
            });
        }
        dependencies
    }

    fn selected(&self, pin: &Pin<'_>, lock: Option<&Pin<'_>>) -> Selected {
        let decided = lock.unwrap_or(pin);
        let range = match decided.range() {
            Some(Ok(range)) => range,
            Some(Err(why)) => return Selected::Unknown(why),
            None => match &decided.change.then.stated {
                Stated::Source(source) => return Selected::Source(source.clone()),
                _ => VersionRange::all(true),
            },
        };
        let range = if pin.change.effect == Effect::Constrain && pin.applies(pin.scope.unwrap_or(Scope::Runtime)) {
            let range = pin.demanded.as_ref().map_or(range.clone(), |demanded| intersect(demanded, &range));
            self.constrained(&pin.beside, pin.scope.unwrap_or(Scope::Runtime), range)
        } else {
            range
        };
        Selected::from_range(range, pin.text().unwrap_or_default())
    }

    fn constrained(&self, pins: &[usize], scope: Scope, range: VersionRange) -> VersionRange {
        let pins = pins.iter().map(|pin| &self.pins[*pin]);
        let constraints = pins.filter(|pin| pin.change.effect == Effect::Constrain && pin.applies(scope));
        constraints.filter_map(|pin| pin.range()?.ok()).fold(range, |range, other| intersect(&range, &other))
    }

    /// The versions of the extra dependencies, of stack's files one each.
    fn exact(&self, pins: &[usize]) -> Option<VersionRange> {
        let extra = |is_locked: bool| {
            let pins = pins.iter().map(|pin| &self.pins[*pin]).filter(move |pin| pin.is_locked == is_locked);
            pins.filter(|pin| pin.change.effect == Effect::Force).filter_map(|pin| pin.range()?.ok()).reduce(union)
        };
        extra(false).or_else(|| extra(true))
    }
}

impl Pin<'_> {
    /// Whether it holds for a dependency of that scope: a constraint is for Setup scripts only or for anything else, and under a
    /// condition nothing is known of it.
    fn applies(&self, scope: Scope) -> bool {
        let is_for_setup = self.change.when.as_deref() == Some(SETUP);
        let fits = self.change.effect != Effect::Constrain || is_for_setup == (scope == Scope::Build);
        fits && self.change.then.condition.is_none()
    }

    fn text(&self) -> Option<&str> {
        match &self.change.then.stated {
            Stated::Requirement(text, _) | Stated::Locked(text) => Some(text),
            Stated::Source(_) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => None,
        }
    }

    fn range(&self) -> Option<Result<VersionRange, Why>> {
        match &self.change.then.stated {
            Stated::Requirement(text, grammar) => Some(ecosystem::range(text, *grammar)),
            Stated::Locked(text) => Some(ecosystem::version(Ecosystem::Hackage, text).map(VersionRange::exactly)),
            Stated::Source(_) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => None,
        }
    }

    fn as_related(&self) -> Related {
        let message = match self.change.effect {
            Effect::Constrain => "the project constrains it here",
            Effect::Force | Effect::Replace | Effect::Manage | Effect::Exclude | Effect::Update | Effect::Remove => {
                "the project takes this version"
            }
        };
        Related { origin: self.place(), message: message.into() }
    }

    fn place(&self) -> Origin {
        Origin { file: self.file, span: self.change.then.span }
    }
}

fn add<'a>(pins: &mut Vec<Pin<'a>>, project: &mut Project<'a>, files: &'a Files, id: FileId) {
    let file = files.get(id);
    for change in &file.reading.overrides {
        project.pins.entry(&change.name).or_default().push(pins.len());
        pins.push(Pin {
            file: id,
            path: &file.path,
            change,
            is_locked: file.format.id == stack_yaml_lock::FORMAT.id,
            is_frozen: file.format.id == cabal_project_freeze::FORMAT.id,
            users: Vec::new(),
            scope: None,
            demanded: None,
            beside: Vec::new(),
            is_named: false,
        });
    }
    for variable in &file.reading.variables {
        match variable.name.as_str() {
            ALLOW_NEWER | ALLOW_OLDER => project.relaxed.push(variable),
            SNAPSHOT => project.snapshot = Some(&variable.value),
            _ => {}
        }
    }
}

/// A project file and those it imports.
fn with_imports(files: &Files, id: FileId) -> Vec<FileId> {
    let mut found = vec![id];
    let mut start = 0;
    for _ in 0..MAX_IMPORTS {
        let imported: Vec<FileId> = found[start..]
            .iter()
            .flat_map(|id| files.get(*id).reading.includes.iter().filter_map(|include| files.included(*id, include)))
            .collect();
        start = found.len();
        for id in imported {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

/// The project in a folder or the nearest above it.
fn nearest<'p, 'a>(projects: &'p HashMap<&'a str, Project<'a>>, mut at: &str) -> Option<&'p Project<'a>> {
    loop {
        if let Some(project) = projects.get(at) {
            return Some(project);
        }
        if at.is_empty() {
            return None;
        }
        at = folder(at);
    }
}

/// Whether a lock belongs to a file: it is called like it, with `.lock` behind.
fn is_beside(path: &str, lock: &str) -> bool {
    lock.strip_suffix(".lock") == Some(path)
}

/// A requirement without the bounds that the project takes off.
fn relaxed(range: &VersionRange, project: &Project<'_>, owner: Option<&str>, name: &str) -> VersionRange {
    let takes_off = |variable: &&&Variable| {
        let (scope, target) = match variable.value.split_once(':') {
            Some((scope, target)) => (Some(scope), target),
            None => (None, variable.value.as_str()),
        };
        let target = target.trim_start_matches('^');
        let names_it = target == name || matches!(target, "*" | "all" | "True" | "true");
        let names_owner = scope.is_none_or(|scope| {
            scope == "*"
                || Some(scope) == owner
                || scope.rsplit_once('-').is_some_and(|(scope, version)| {
                    Some(scope) == owner && version.starts_with(|c: char| c.is_ascii_digit())
                })
        });
        names_it && names_owner && variable.condition.is_none()
    };
    let mut intervals: Vec<Interval> = range.intervals().to_vec();
    for variable in project.relaxed.iter().filter(takes_off) {
        if variable.name == ALLOW_NEWER
            && let Some(last) = intervals.last_mut()
        {
            *last = Interval::new(last.lower().clone(), Bound::Unbounded, true);
        } else if let Some(first) = intervals.first_mut() {
            *first = Interval::new(Bound::Unbounded, first.upper().clone(), true);
        }
    }
    VersionRange::from_intervals(intervals)
}
