//! What the manifests of Python packages select.
//!
//! - A unit is a manifest with everything it takes in ([`units`]). What one unit says of a package under one condition holds
//!   together; two extras, groups or markers are two statements.
//! - A constraint holds as well but requires nothing. Where it says more than the requirement it is the place to edit.
//!   One that no requirement uses is a pin for someone else (scope `managed`), and so is an unused override, or a requirement
//!   in a program of which it is not understood what becomes.
//! - An override of uv's or PDM's takes the place of every requirement of its package, a source (`[tool.uv.sources]`) that of
//!   its version ("Dependency overrides", "Dependency sources").
//! - A lock decides as long as it satisfies the requirement, else it is stale and the requirement decides. The `.txt` that is
//!   compiled from a `.in` is what gets installed, so it decides in any case.
//! - A wheel or source archive tells its version in its file name.
//!
//! Not done here: markers are not evaluated.

mod claims;
mod locks;
mod selection;
mod units;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use self::locks::{Compiled, Locks};
use self::selection::{Decision, decide};
use self::units::{Part, Statement, Unit, Units};
use super::requirements_txt::FORMAT as REQUIREMENTS;

use crate::model::{
    Declared, Dependency, Ecosystem, Effect, FileId, Files, Origin, Override, Package, Reason, Related, Resolution,
    Scope, Selected, Stated, Why,
};

/// How many constraints under conditions of their own are put to one requirement.
const MAX_BRANCHES: usize = 20;

/// The formats of tox.
const TOX: &[&str] = &["tox_ini", "tox_toml"];

/// Resolves all files of the ecosystem together.
pub fn resolve(files: &Files) -> Resolution {
    let compiled = Compiled::find(files);
    let units = Units::find(files, &compiled);
    let locks = Locks::find(files, &compiled, &units);
    let mut resolver = Resolver {
        files,
        locks: &locks,
        resolution: Resolution::default(),
        used: HashSet::new(),
        stale: HashSet::new(),
    };
    resolver.resolution.problems.extend(units.problems(files));
    for unit in units.iter() {
        resolver.unit(unit);
    }
    resolver.unused(&units);
    resolver.transitive();
    resolver.resolution.problems.extend(locks.contradictions(&resolver.stale));
    resolver.resolution.dependencies = merged(resolver.resolution.dependencies);
    let mut reported = HashSet::new();
    resolver.resolution.problems.retain(|(file, problem)| reported.insert((*file, problem.span, problem.kind)));
    resolver.resolution
}

struct Resolver<'a> {
    files: &'a Files,
    locks: &'a Locks<'a>,
    resolution: Resolution,
    /// The statements that had a part in some dependency, by their places.
    used: HashSet<Origin>,
    /// The entries of locks that their manifests no longer admit.
    stale: HashSet<Origin>,
}

/// What one unit says of one package.
#[derive(Default)]
struct Said<'a> {
    /// By condition, and outside of requirements files by scope: what those require is installed together.
    required: BTreeMap<(Option<Rc<str>>, Scope), Vec<Statement<'a>>>,
    constraints: Vec<Statement<'a>>,
    changes: Vec<(Effect, Statement<'a>)>,
}

impl<'a> Resolver<'a> {
    fn unit(&mut self, unit: &'a Unit<'a>) {
        let file = self.files.get(unit.root);
        let own = file.reading.identity.as_ref().map(|identity| identity.name.as_str());
        let together = file.format.id == REQUIREMENTS.id || TOX.contains(&file.format.id);
        let mut said: BTreeMap<&str, Said<'_>> = BTreeMap::new();
        for statement in &unit.statements {
            let said = said.entry(&statement.declared.name).or_default();
            match statement.part {
                Part::Constraint => said.constraints.push(statement.clone()),
                Part::Requirement => {
                    let scope = if together { Scope::Runtime } else { statement.scope };
                    let key = (statement.condition.clone(), scope);
                    said.required.entry(key).or_default().push(statement.clone());
                }
            }
        }
        for change in &file.reading.overrides {
            let said = said.entry(&change.name).or_default();
            let statement = change_statement(unit.root, change);
            match change.effect {
                Effect::Constrain => said.constraints.push(statement),
                Effect::Force | Effect::Replace => said.changes.push((change.effect, statement)),
                Effect::Exclude | Effect::Manage | Effect::Update | Effect::Remove => {}
            }
        }
        for (name, said) in said {
            if Some(name) != own && self.files.wants(Ecosystem::Pypi, name) {
                self.package(unit, name, &said);
            }
        }
    }

    fn package(&mut self, unit: &Unit<'a>, name: &str, said: &Said<'a>) {
        let locked = |required: &[Statement<'a>]| {
            let all: Vec<&Statement<'_>> = required.iter().collect();
            self.locks.admits(unit.root, name, &all)
        };
        let is_current = said.required.values().any(|required| locked(required) == Some(true));
        let left_out: HashSet<Option<Rc<str>>> = said
            .required
            .iter()
            .filter(|((condition, _), required)| {
                is_current && condition.as_deref().is_some_and(has_marker) && locked(required) == Some(false)
            })
            .map(|((condition, _), _)| condition.clone())
            .collect();
        for (key, required) in &said.required {
            if left_out.contains(&key.0) {
                // The lock speaks of the package, and holds nothing for the environments of this requirement.
                continue;
            }
            let forced: Vec<_> = said.changes.iter().filter(|(effect, _)| *effect == Effect::Force).collect();
            for (_, change) in &forced {
                self.dependency(unit, name, std::slice::from_ref(change), required, &said.constraints);
            }
            if !forced.is_empty() {
                continue;
            }
            let mut replaced = false;
            for (_, change) in &said.changes {
                replaced |= change.condition.is_none() || change.condition == key.0;
                self.dependency(unit, name, std::slice::from_ref(change), required, &[]);
            }
            if !replaced {
                self.dependency(unit, name, required, &[], &said.constraints);
            }
        }
    }

    /// The dependency that statements of equal standing make, and one more for each constraint that holds under another
    /// condition. `behind` are the requirements whose place the statements take.
    fn dependency(
        &mut self,
        unit: &Unit<'a>,
        name: &str,
        stating: &[Statement<'a>],
        behind: &[Statement<'a>],
        constraints: &[Statement<'a>],
    ) {
        let Some(first) = stating.first() else { return };
        let condition = first.condition.as_deref();
        let applies = |other: Option<&str>| other.is_none() || other == condition;
        let is_tox = TOX.contains(&self.files.get(unit.root).format.id);
        let (always, sometimes): (Vec<&Statement<'_>>, Vec<&Statement<'_>>) = if is_tox {
            // The environments know nothing of each other.
            let in_same = |other: &&Statement<'_>| environment(other.condition.as_deref()) == environment(condition);
            (constraints.iter().filter(in_same).collect(), Vec::new())
        } else {
            constraints.iter().partition(|constraint| applies(constraint.condition.as_deref()))
        };
        self.emit(unit, name, stating, behind, &always, condition);
        for constraint in sometimes.into_iter().take(MAX_BRANCHES) {
            let mut all = always.clone();
            all.push(constraint);
            self.emit(unit, name, stating, behind, &all, constraint.condition.as_deref());
        }
    }

    fn emit(
        &mut self,
        unit: &Unit<'a>,
        name: &str,
        stating: &[Statement<'a>],
        behind: &[Statement<'a>],
        constraints: &[&Statement<'a>],
        condition: Option<&str>,
    ) {
        let all: Vec<&Statement<'_>> = stating.iter().chain(constraints.iter().copied()).collect();
        self.used.extend(all.iter().map(|statement| statement.origin()));
        let Decision { selected, place } = decide(&all, unit.prereleases);
        let mut because = Vec::new();
        for statement in all.iter().copied().chain(behind) {
            if statement.origin() != place.origin() {
                because.push(Related { origin: statement.origin(), message: part_message(statement, place) });
            }
            for include in statement.chain.iter() {
                because.push(Related { origin: *include, message: "included here".into() });
            }
        }
        let locked = self.locks.decide(unit.root, name, &all, selected);
        because.extend(locked.because);
        self.stale.extend(locked.stale);
        let requirement = behind.first().or(stating.first()).unwrap_or(place);
        self.resolution.dependencies.push(Dependency {
            package: package(name),
            declared: place.text(self.files),
            selected: locked.selected,
            scope: requirement.scope,
            direct: requirement.declared.direct,
            condition: condition.map(str::to_owned),
            origin: place.origin(),
            because,
            through: None,
        });
    }

    /// Constraints and overrides that nothing in the tree uses are pins for someone else, and so are mentions.
    fn unused(&mut self, units: &Units<'a>) {
        let files = self.files;
        let mut pins: Vec<Statement<'a>> = units.constraint_statements(files);
        for (id, file) in files.of(Ecosystem::Pypi) {
            pins.extend(file.reading.overrides.iter().map(|change| change_statement(id, change)));
            let mentioned = file.reading.mentions.iter().map(|mention| &mention.then);
            let wanted = mentioned.filter(|then| files.wants(Ecosystem::Pypi, &then.name));
            pins.extend(wanted.map(|then| Statement::new(id, then, Part::Constraint, Scope::Managed)));
        }
        for pin in pins {
            let own = files.get(pin.file).reading.identity.as_ref().map(|identity| identity.name.as_str());
            if self.used.contains(&pin.origin()) || own == Some(&pin.declared.name) {
                continue;
            }
            let Decision { selected, .. } = decide(&[&pin], false);
            let locked = self.locks.decide(pin.file, &pin.declared.name, &[&pin], selected);
            self.stale.extend(locked.stale);
            self.resolution.dependencies.push(Dependency {
                package: package(&pin.declared.name),
                declared: pin.text(files),
                selected: locked.selected,
                scope: Scope::Managed,
                direct: locked.is_current.then_some(false),
                condition: pin.declared.condition.clone(),
                origin: pin.origin(),
                because: locked.because,
                through: None,
            });
        }
    }

    /// What a lock holds and no manifest of its own asks for.
    fn transitive(&mut self) {
        for unclaimed in self.locks.unclaimed() {
            let statement = &unclaimed.statement;
            let selected = match &statement.declared.stated {
                _ if locks::is_broken(self.files.get(statement.file)) => {
                    let message = "the lock breaks its format's grammar, so that nothing in it is certain";
                    Selected::Unknown(Why::new(Reason::BrokenManifest, message))
                }
                Stated::Nothing => {
                    let message = "the lock does not tell the version";
                    Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
                }
                _ => decide(&[statement], false).selected,
            };
            let mut dependency = Dependency {
                package: package(&statement.declared.name),
                declared: statement.text(self.files),
                selected,
                scope: statement.scope,
                direct: unclaimed.direct,
                condition: statement.declared.condition.clone(),
                origin: statement.origin(),
                because: Vec::new(),
                through: None,
            };
            if let Some(told) = unclaimed.told.clone() {
                told.of(&mut dependency);
            }
            self.resolution.dependencies.push(dependency);
        }
    }
}

/// The environment of tox in a condition.
fn environment(condition: Option<&str>) -> Option<&str> {
    condition.and_then(|condition| condition.split(';').next())
}

/// Whether a condition speaks of environments, not only of an extra or group.
fn has_marker(condition: &str) -> bool {
    condition.contains(['<', '>', '=', '~', '^', '*', ';']) || condition.contains(" in ")
}

fn change_statement(file: FileId, change: &Override) -> Statement<'_> {
    Statement::new(file, &change.then, Part::Constraint, Scope::Managed)
}

/// What another statement has to do with the one at the place to edit.
fn part_message(statement: &Statement<'_>, place: &Statement<'_>) -> String {
    match (statement.part, stated_text(statement.declared)) {
        (Part::Constraint, Some(text)) => format!("constrained to `{text}` here"),
        (Part::Constraint, None) => "constrained here".into(),
        (Part::Requirement, Some(text)) if place.part == Part::Requirement => format!("also required as `{text}` here"),
        (Part::Requirement, _) => "required here".into(),
    }
}

fn stated_text(declared: &Declared) -> Option<&str> {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Locked(text) | Stated::Elsewhere(text) | Stated::Computed(text) => {
            Some(text)
        }
        Stated::Source(_) | Stated::Nothing => None,
    }
}

fn package(name: &str) -> Package {
    Package { ecosystem: Ecosystem::Pypi, name: name.into() }
}

/// A file that several units take in says the same in most of them: one dependency is enough for that.
fn merged(dependencies: Vec<Dependency>) -> Vec<Dependency> {
    let mut kept: Vec<Dependency> = Vec::new();
    let mut known: HashMap<(Origin, String, Option<String>, String), usize> = HashMap::new();
    for dependency in dependencies {
        let key = (
            dependency.origin,
            dependency.package.name.clone(),
            dependency.condition.clone(),
            format!("{:?}", dependency.selected),
        );
        if let Some(index) = known.get(&key) {
            let same = &mut kept[*index];
            same.because.extend(dependency.because);
            same.scope = same.scope.min(dependency.scope);
            same.direct = same.direct.max(dependency.direct);
        } else {
            known.insert(key, kept.len());
            kept.push(dependency);
        }
    }
    for dependency in &mut kept {
        let mut known = HashSet::new();
        dependency.because.retain(|related| known.insert((related.origin, related.message.clone())));
    }
    kept
}
