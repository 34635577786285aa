//! What the POMs of a tree select, module by module (POM Reference; Maven Model Builder).
//!
//! - Each POM is built with its parents (`effective`), once as it is and once for each profile that changes something in it;
//!   what a profile alone leads to carries the condition `profile ID`.
//! - The place to edit is the text that holds the version: the dependency's own, the property it consists of, the entry of the
//!   dependency management, wherever in the chain of parents or among the BOMs. Several modules that lead to one place are one
//!   dependency; a module whose own property says otherwise is another.
//! - A dependency on a module of the tree in the version that the tree builds is no dependency on a registry.
//! - A parent or BOM that is not in the tree is named where a version is missing for it. Where one has been found, it counts,
//!   with a note if the absent one would have had the first word. Of some BOMs it is known what they manage (`known_boms`); the
//!   version of their import is then the place to edit.
//! - Management of a package that its own POM does not depend on, and that no module uses, is a pin for others (scope
//!   `managed`); so is the import of a BOM that is not in the tree.
//!
//! Not done: management of plugins' dependencies; settings, command line and environment; mediation between what
//! dependencies of dependencies ask for, of which a tree shows nothing.

mod gradle;
mod plain;
mod sbt;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::effective::{Context, End, Missing, Models, Value};
use super::known_boms::{KnownBoms, ManagedIn};
use super::management::{By, Lookup, Managed, version_text};
use super::places::{DeclaredId, Found, Outcome};
use super::pom_xml::{PROFILE_CONDITION, package_name};
use super::poms::{Coordinates, Parent, Pom, PomId, Poms, profile_id};
use crate::ecosystem;
use crate::model::{
    Declared, Dependency, Ecosystem, Effect, FileId, Files, Grammar, Include, Origin, Package, Problem, ProblemKind,
    Reason, Related, Resolution, Role, Scope, Selected, Stated, Why, places_of_properties,
};
use crate::source::Span;

/// Most profiles that are tried for one module.
const MAX_PROFILES: usize = 64;

/// Most absent POMs that a sentence names.
const MAX_NAMED: usize = 4;

/// Resolves all POMs of a tree.
pub fn resolve(files: &Files) -> Resolution {
    let models = Models::new(Poms::new(files));
    let mut resolver = Resolver { own: own_packages(&models), models: &models, found: Found::default() };
    let mut resolution = Resolution::default();
    for (id, pom) in models.poms.iter() {
        if !pom.installed {
            resolver.module(id);
        }
        report(files, &models, id, pom, &mut resolution);
    }
    for (id, pom) in models.poms.iter() {
        if !pom.installed {
            resolver.unused_management(id, pom);
            resolver.remote_boms(id);
        }
    }
    resolution.dependencies = resolver.found.finish();
    let of_gradle = gradle::resolve(files);
    resolution.dependencies.extend(of_gradle.dependencies);
    resolution.problems.extend(of_gradle.problems);
    resolution.dependencies.extend(sbt::resolve(files));
    resolution.dependencies.extend(plain::resolve(files));
    resolution
}

/// The packages that the tree itself builds, with the versions it builds them in, as written and in full.
fn own_packages(models: &Models<'_>) -> HashMap<String, HashSet<String>> {
    let mut own: HashMap<String, HashSet<String>> = HashMap::new();
    for (id, pom) in models.poms.iter().filter(|(_, pom)| !pom.installed) {
        let Coordinates { group, artifact, version } = pom.coordinates;
        let context = models.context(id, None);
        let name = models.name(&context, &format!("{group}:{artifact}"));
        let versions = own.entry(name).or_default();
        if let Some(version) = version {
            versions.insert(version.to_owned());
            versions.insert(models.name(&context, version));
        }
    }
    own
}

/// What is wrong between files: modules that are not there, and chains of parents without an end.
fn report<'a>(files: &'a Files, models: &Models<'a>, id: PomId, pom: &Pom<'a>, resolution: &mut Resolution) {
    let members = pom.reading.includes.iter().filter(|include| include.role == Role::Member);
    for include in members.filter(|include| files.included(pom.file, include).is_none()) {
        let Some(module) = include.paths.last().filter(|path| !path.contains("${")) else { continue };
        // What a build writes is not there before it, and nobody expects it to be.
        if module.split('/').any(|folder| folder == "target") {
            continue;
        }
        let message = format!("module `{module}` is not in this repository");
        let problem = Problem { kind: ProblemKind::MissingInclude, message, span: include.span };
        resolution.problems.push((pom.file, problem));
    }
    let (kind, message) = match models.context(id, None).end {
        End::Cycle(again) if again == id => (ProblemKind::Cycle, "this parent leads back to the POM itself"),
        End::TooLong => (ProblemKind::Limit, "the chain of parents is longer than is followed"),
        End::Top | End::Remote(_) | End::Cycle(_) => return,
    };
    if let Parent::Here(_, include) = pom.parent {
        let problem = Problem { kind, message: message.into(), span: include.span };
        resolution.problems.push((pom.file, problem));
    }
}

struct Resolver<'m, 'a> {
    models: &'m Models<'a>,
    own: HashMap<String, HashSet<String>>,
    found: Found,
}

/// A dependency that counts in a context.
struct Effective<'a> {
    id: DeclaredId,
    declared: &'a Declared,
    /// Its name with expressions put in: group, artifact, and type and classifier where not plain.
    key: String,
    /// Declarations of the same key in the same POM that count less.
    beaten: Vec<Origin>,
}

impl<'a> Resolver<'_, 'a> {
    /// A POM as it is, then with each profile that changes something.
    fn module(&mut self, id: PomId) {
        let base = Rc::new(self.models.context(id, None));
        let mut known_here = HashSet::new();
        for effective in self.effective(&base) {
            if let Some(outcome) = self.outcome(&base, &effective) {
                if outcome.is_known() {
                    known_here.insert(effective.id);
                }
                self.found.add(effective.id, outcome);
            }
        }
        for profile in self.profiles(&base) {
            let context = Rc::new(self.models.context(id, Some(profile)));
            for effective in self.effective(&context) {
                let Some(mut outcome) = self.outcome(&context, &effective) else { continue };
                if !outcome.is_known() && known_here.contains(&effective.id) {
                    continue;
                }
                outcome.dependency.condition.get_or_insert_with(|| format!("{PROFILE_CONDITION}{profile}"));
                self.found.add(effective.id, outcome);
            }
        }
    }

    /// The profiles that change something in a POM or its parents when they are asked for.
    fn profiles(&self, context: &Context<'a>) -> Vec<&'a str> {
        let mut profiles = Vec::new();
        for pom in context.chain.iter().map(|id| self.models.poms.get(*id)) {
            for profile in &pom.profiles {
                if pom.profile_matters(profile) && !profiles.contains(profile) && profiles.len() < MAX_PROFILES {
                    profiles.push(*profile);
                }
            }
        }
        profiles
    }

    /// The dependencies that count: of one key the nearest POM's, in it the last.
    fn effective(&self, context: &Context<'a>) -> Vec<Effective<'a>> {
        let mut effective = Vec::new();
        let mut nearer: HashSet<String> = HashSet::new();
        for pom in &context.chain {
            let Pom { file, reading, .. } = *self.models.poms.get(*pom);
            let mut here: HashMap<String, usize> = HashMap::new();
            for (index, declared) in reading.declared.iter().enumerate() {
                if !self.models.is_active(context, *pom, declared.condition.as_deref()) {
                    continue;
                }
                let key = self.models.name(context, &declared.name);
                let mut new = Effective { id: (*pom, index), declared, key, beaten: Vec::new() };
                // A plugin's dependencies are its own.
                if declared.scope == Scope::Build {
                    effective.push(new);
                    continue;
                }
                if nearer.contains(&new.key) {
                    continue;
                }
                match here.get(&new.key) {
                    None => {
                        here.insert(new.key.clone(), effective.len());
                        effective.push(new);
                    }
                    Some(position) => {
                        let old: &mut Effective<'_> = &mut effective[*position];
                        new.beaten = std::mem::take(&mut old.beaten);
                        new.beaten.push(Origin { file, span: old.declared.span });
                        *old = new;
                    }
                }
            }
            nearer.extend(here.into_keys());
        }
        effective
    }

    /// What one dependency selects; `None` for a module of the tree itself.
    fn outcome(&mut self, context: &Rc<Context<'a>>, effective: &Effective<'a>) -> Option<Outcome> {
        let Effective { id: (pom, _), declared, key, beaten } = effective;
        let package = package_name(key).to_owned();
        self.found.depended_on.insert((context.chain[0], package.clone()));
        let origin = Origin { file: self.models.poms.get(*pom).file, span: declared.span };
        let mut outcome = match version_text(declared) {
            Some(text) => {
                let value = self.models.value(context, text, origin);
                stated(context, &package, declared, value, "declared here")
            }
            None if declared.scope == Scope::Build => plugin_without_version(&package, declared, origin),
            None => self.managed(context, &package, declared, key, origin),
        };
        let beaten =
            beaten.iter().map(|origin| Related::new(*origin, "also declared here; the last declaration counts"));
        outcome.dependency.because.extend(beaten);
        (!self.is_own(&outcome.dependency)).then_some(outcome)
    }

    /// A dependency whose version the dependency management holds.
    fn managed(
        &mut self,
        context: &Rc<Context<'a>>,
        package: &str,
        declared: &Declared,
        key: &str,
        origin: Origin,
    ) -> Outcome {
        let Lookup { managed, missing, cut } = self.models.managed(context, key);
        match managed {
            Some(Managed { pom, by: By::Entry(_, index), .. }) => self.found.used.insert((pom, index)),
            Some(Managed { pom, by: By::KnownBom(include, _), .. }) => self.found.used_boms.insert((pom, include.span)),
            None => false,
        };
        let text = managed.as_ref().and_then(Managed::version);
        let (Some(managed), Some(text)) = (managed, text) else {
            let mut dependency = dependency(package, declared);
            dependency.origin = origin;
            dependency.because = self.missing_places(context, &missing, "not in this repository");
            let why = if cut {
                let message =
                    "no version is found in the BOMs that import each other as far as such a chain is followed";
                Why::new(Reason::DecidedElsewhere, message)
            } else {
                self.why_missing(context, package, &missing)
            };
            dependency.selected = Selected::Unknown(why);
            return Outcome { dependency, remote: !missing.is_empty() };
        };
        let at = Origin { file: self.models.poms.get(managed.pom).file, span: managed.span() };
        let mut value = self.models.value(&managed.context, text, at);
        let other = match managed.by {
            By::KnownBom(include, ManagedIn::Version(version)) => {
                value.text = Ok(version.to_owned());
                let bom = self.models.bom(&managed.context, include);
                bom.map(|(name, of)| Related::new(at, format!("BOM `{name}:{of}` manages it in version `{version}`")))
            }
            By::KnownBom(_, ManagedIn::OwnVersion | ManagedIn::Nothing) | By::Entry(..) => None,
        };
        let mut outcome = stated(&managed.context, package, declared, value, managed.what());
        let because = &mut outcome.dependency.because;
        because.insert(0, Related::new(origin, "declared here without a version"));
        because.extend(other);
        because.extend(self.missing_places(
            context,
            &missing,
            "not in this repository; if it manages this package, that counts",
        ));
        if let Some(scope) = managed.scope().filter(|_| declared.scope == Scope::Runtime) {
            outcome.dependency.scope = scope;
        }
        outcome
    }

    /// Why no version was found, by what is not in the tree: first what comes from the makers of the package.
    fn why_missing(&self, context: &Context<'a>, package: &str, missing: &[Missing<'a>]) -> Why {
        let message = match context.end {
            End::Cycle(_) => Some("no version is found, and the parents lead back to themselves"),
            End::TooLong => Some("no version is found within as many parents as are followed"),
            End::Top | End::Remote(_) => None,
        };
        if let Some(message) = message {
            return Why::new(Reason::DecidedElsewhere, message);
        }
        let (mut names, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let group = package.split(':').next().unwrap_or_default();
        for one in missing {
            let word = if one.include.role == Role::Parent { "parent" } else { "BOM" };
            let coordinates = self.models.coordinates(&self.asking(context, *one), *one);
            let names = if coordinates.split(':').next() == Some(group) { &mut names } else { &mut others };
            let name = format!("{word} `{coordinates}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.append(&mut others);
        let of_parent = missing.iter().any(|one| one.include.role == Role::Parent);
        let reason = if of_parent { Reason::RemoteParent } else { Reason::RemoteBom };
        if names.len() > MAX_NAMED {
            names.truncate(MAX_NAMED - 1);
            names.push("others".into());
        }
        match names.as_slice() {
            [] => {
                let message = "no version is written here, and no dependency management in this repository has one";
                Why::new(Reason::DecidedElsewhere, message)
            }
            [name] => Why::new(reason, format!("{name} is not in this repository")),
            [rest @ .., last] => Why::new(reason, format!("{} and {last} are not in this repository", rest.join(", "))),
        }
    }

    /// The context in which a POM asks for another: the one at hand if it is in the chain, else its own, as for a BOM's.
    fn asking(&self, context: &Context<'a>, missing: Missing<'a>) -> Context<'a> {
        let (pom, profile) = if context.chain.contains(&missing.asking) {
            (context.chain[0], context.profile)
        } else {
            (missing.asking, None)
        };
        self.models.context(pom, profile)
    }

    fn missing_places(&self, context: &Context<'a>, missing: &[Missing<'a>], message: &str) -> Vec<Related> {
        let place = |one: &Missing<'a>| {
            let origin = Origin { file: self.models.poms.get(one.asking).file, span: one.include.span };
            let word = if one.include.role == Role::Parent { "parent" } else { "BOM" };
            let name = self.models.coordinates(&self.asking(context, *one), *one);
            Related::new(origin, format!("{word} `{name}` is {message}"))
        };
        missing.iter().map(place).collect()
    }

    /// Whether a dependency is what the tree itself builds.
    fn is_own(&self, dependency: &Dependency) -> bool {
        let Some(versions) = self.own.get(&dependency.package.name) else { return false };
        match &dependency.selected {
            Selected::Exact(version) => versions.contains(version.text()),
            Selected::Unknown(_) => true,
            Selected::Within(_) | Selected::Source(_) => false,
        }
    }

    /// The management entries of a POM that nothing uses, of packages that the POM itself does not depend on.
    fn unused_management(&mut self, id: PomId, pom: &Pom<'a>) {
        let mut keys: HashSet<(String, Option<&str>)> = HashSet::new();
        for (index, change) in pom.reading.overrides.iter().enumerate() {
            if change.effect != Effect::Manage || self.found.used.contains(&(id, index)) {
                continue;
            }
            let Some(text) = version_text(&change.then) else { continue };
            let condition = change.then.condition.as_deref();
            let profile = condition.map(profile_id);
            let context = self.models.context(id, profile);
            let key = self.models.name(&context, &change.name);
            let package = package_name(&key).to_owned();
            if self.found.depended_on.contains(&(id, package.clone())) || !keys.insert((key, condition)) {
                continue;
            }
            let value = self.models.value(&context, text, Origin { file: pom.file, span: change.then.span });
            let mut outcome = stated(&context, &package, &change.then, value, "managed here");
            outcome.dependency.scope = Scope::Managed;
            if !self.is_own(&outcome.dependency) {
                self.found.merge(outcome.dependency);
            }
        }
    }

    /// The BOMs that a POM itself imports and that are not in the tree: each is a pin, of all that it manages.
    fn remote_boms(&mut self, id: PomId) {
        let context = self.models.context(id, None);
        let pom = self.models.pom(&context);
        for include in pom.reading.includes.iter().filter(|include| include.role == Role::Bom) {
            let Some(identity) = &include.identity else { continue };
            let profile = include.condition.as_deref().map(profile_id);
            let context = Rc::new(self.models.context(id, profile));
            let name = self.models.name(&context, &identity.name);
            let Some(version) = identity.version.as_deref().filter(|_| !self.own.contains_key(&name)) else {
                continue;
            };
            let full = self.models.name(&context, version);
            let known = KnownBoms::built_in().foremost(&name, &full);
            let package = known.map_or(name, str::to_owned);
            if known.is_some() && !self.pins(&context, include, &package) {
                continue;
            }
            let value = self.models.value(&context, version, Origin { file: pom.file, span: include.span });
            let declared = Declared {
                name: package.clone(),
                stated: Stated::Nothing,
                scope: Scope::Managed,
                direct: None,
                condition: include.condition.clone(),
                span: include.span,
            };
            let what = if known.is_some() { "managed by the BOM imported here" } else { "imported here" };
            let outcome = stated(&context, &package, &declared, value, what);
            if !self.is_own(&outcome.dependency) {
                self.found.merge(outcome.dependency);
            }
        }
    }

    /// Whether the import of a known BOM decides about a package, and nothing in the tree makes use of that BOM.
    fn pins(&self, context: &Rc<Context<'a>>, include: &Include, package: &str) -> bool {
        let id = context.chain[0];
        let is_it = |managed: Managed<'_>| matches!(managed.by, By::KnownBom(of, _) if of.span == include.span);
        !self.found.used_boms.contains(&(id, include.span))
            && !self.found.depended_on.contains(&(id, package.to_owned()))
            && self.models.managed(context, package).managed.is_some_and(|managed| managed.pom == id && is_it(managed))
    }
}

/// A dependency with a version of its own.
fn stated(context: &Context<'_>, package: &str, declared: &Declared, value: Value, what: &str) -> Outcome {
    let remote = value.text.is_err() && matches!(context.end, End::Remote(_));
    let mut dependency = dependency(package, declared);
    dependency.origin = value.origin;
    dependency.because = places_of_properties(&value.through, &value.parts, what);
    dependency.selected = select(&value.text);
    dependency.declared = Some(value.written);
    Outcome { dependency, remote }
}

/// Dependency management does not speak of what plugins depend on.
fn plugin_without_version(package: &str, declared: &Declared, origin: Origin) -> Outcome {
    let mut dependency = dependency(package, declared);
    dependency.origin = origin;
    let message = "the version of this plugin's dependency is not written here";
    dependency.selected = Selected::Unknown(Why::new(Reason::DecidedElsewhere, message));
    Outcome { dependency, remote: false }
}

/// What a version text selects.
fn select(text: &Result<String, Why>) -> Selected {
    let text = match text {
        Ok(text) => text,
        Err(why) => return Selected::Unknown(why.clone()),
    };
    if let Some((_, rest)) = text.split_once('&')
        && let Some((entity, _)) = rest.split_once(';')
    {
        let message = format!("`&{entity};` is an entity, which is not expanded");
        return Selected::Unknown(Why::new(Reason::Computed, message));
    }
    match ecosystem::range(text, Grammar::Maven) {
        Ok(range) => Selected::from_range(range, text),
        Err(why) => Selected::Unknown(why),
    }
}

/// A dependency of which only the package and what the declaration says is filled in.
fn dependency(package: &str, declared: &Declared) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Maven, name: package.to_owned() },
        declared: None,
        selected: Selected::Unknown(Why::new(Reason::DecidedElsewhere, "")),
        scope: declared.scope,
        direct: declared.direct,
        condition: declared.condition.clone(),
        origin: Origin { file: FileId::MAX, span: Span::new(0, 0) },
        because: Vec::new(),
        through: None,
    }
}
