//! Which of the requests for a package counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use super::super::super::gradle_lockfile;
use super::super::super::places::Found;
use super::builds::{Project, ProjectId};
use super::requests::{Platform, Request, Requests, Rule, Used, Version, related};
use super::values::{Place, Values};
use crate::ecosystem;
use crate::ecosystem::maven::gradle::is_test;
use crate::ecosystem::maven::known_boms;
use crate::ecosystem::maven::requirement::gradle::{self, Rich};
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, FileId, Grammar, Origin, Package, Problem, ProblemKind, Reason,
    Related, Scope, Selected, Stated, Why,
};
use crate::source::Span;
use crate::version::VersionRange;

/// Most names of platforms in one sentence.
const MAX_NAMED: usize = 4;

/// Plugins that manage versions with a BOM of their own.
const MANAGING_PLUGINS: &[&str] =
    &["io.spring.dependency-management", "org.springframework.boot", "spring-boot", "nebula.dependency-recommender"];

/// A class path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ClassPath {
    Compile,
    Runtime,
    Test,
    Other(String),
}

/// What was used, so that the rest can be told from it.
#[derive(Default)]
struct Seen {
    libraries: Used,
    rules: HashSet<(Origin, String)>,
    locked: HashSet<(FileId, Span)>,
    platforms: HashSet<Origin>,
    /// The entries of lockfiles that a declaration does not allow, with what to say of them.
    stale: BTreeMap<Origin, String>,
}

/// Decides for every project; gives what contradicts.
pub(super) fn all(values: &Values<'_>, found: &mut Found) -> Vec<(FileId, Problem)> {
    let mut seen = Seen::default();
    let mut everything = Vec::new();
    for id in 0..values.builds.projects.len() {
        everything.push(values.requests(id, &mut seen.libraries));
    }
    let locks = locks(values);
    for id in 0..everything.len() {
        project(values, id, &everything, &locks, &mut seen, found);
    }
    for requests in &everything {
        unused_rules(&requests.rules, &seen, found);
        for platform in &requests.platforms {
            platform_itself(platform, requests, &seen, found);
        }
    }
    unused_libraries(values, &seen, found);
    for (file, _) in locks.values().flatten() {
        transitive(values, *file, &seen, found);
    }
    let problem = |message, span| Problem { kind: ProblemKind::Contradiction, message, span };
    seen.stale.into_iter().map(|(origin, message)| (origin.file, problem(message, origin.span))).collect()
}

/// The lockfiles by the folder of their project, with whether each is of the build itself.
fn locks(values: &Values<'_>) -> HashMap<String, Vec<(FileId, bool)>> {
    let mut locks: HashMap<String, Vec<(FileId, bool)>> = HashMap::new();
    let files = values.builds.files.of(Ecosystem::Maven);
    for (id, file) in files.filter(|(_, file)| file.format.id == gradle_lockfile::FORMAT.id) {
        let folder = model::folder(&file.path);
        let folder =
            folder.strip_suffix("gradle/dependency-locks").map_or(folder, |folder| folder.trim_end_matches('/'));
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let of_build = name.starts_with("buildscript-") || name.starts_with("settings-");
        locks.entry(folder.to_owned()).or_default().push((id, of_build));
    }
    locks
}

fn project(
    values: &Values<'_>,
    id: ProjectId,
    everything: &[Requests],
    locks: &HashMap<String, Vec<(FileId, bool)>>,
    seen: &mut Seen,
    found: &mut Found,
) {
    let project = &values.builds.projects[id];
    let requests = &everything[id];
    let mut by_package: BTreeMap<String, Vec<Request>> = BTreeMap::new();
    for request in &requests.packages {
        let mut request = request.clone();
        replace(&mut request, &requests.rules, seen);
        by_package.entry(request.package.clone()).or_default().push(request);
    }
    let locks: &[(FileId, bool)] = locks.get(&project.folder).filter(|_| !project.stray).map_or(&[], Vec::as_slice);
    for (package, group) in &by_package {
        let decision = Decision { values, project, requests, everything, package, group, locks };
        for dependency in decision.dependencies(seen) {
            found.merge(dependency);
        }
    }
}

/// Applies a substitution to a request.
fn replace(request: &mut Request, rules: &[Rule], seen: &mut Seen) {
    let Some(rule) =
        rules.iter().rev().find(|rule| rule.effect == Effect::Replace && holds(&rule.pattern, &request.package))
    else {
        return;
    };
    seen.rules.insert((rule.then.at, rule.then.package.clone()));
    request.package.clone_from(&rule.then.package);
    if let Some(version) = &rule.then.version {
        let mut version = version.clone();
        version.because.push(related(request.at, "declared here, and replaced"));
        request.version = Some(version);
    }
}

/// Whether a pattern with `*` at the ends of its parts holds for a name.
fn holds(pattern: &str, name: &str) -> bool {
    let (Some((group, artifact)), Some((own_group, own_artifact))) = (pattern.split_once(':'), name.split_once(':'))
    else {
        return false;
    };
    let part = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    };
    part(group, own_group) && part(artifact, own_artifact)
}

/// One package in one project.
struct Decision<'d, 'a> {
    values: &'d Values<'a>,
    project: &'d Project,
    requests: &'d Requests,
    everything: &'d [Requests],
    package: &'d str,
    group: &'d [Request],
    locks: &'d [(FileId, bool)],
}

/// Something that states a version: a request, or a constraint with its number.
#[derive(Clone, Copy)]
struct Candidate<'d> {
    request: &'d Request,
    version: &'d Version,
    constraint: bool,
}

impl<'d> Decision<'d, '_> {
    fn dependencies(&self, seen: &mut Seen) -> Vec<Dependency> {
        let mut dependencies: Vec<(Dependency, Option<Rich>, &Request)> = Vec::new();
        let forced = self.requests.rules.iter().rev().find(|rule| {
            rule.effect == Effect::Force && holds(&rule.pattern, self.package) && rule.then.version.is_some()
        });
        let (of_build, of_project): (Vec<&Request>, Vec<&Request>) = self
            .group
            .iter()
            .partition(|request| request.scope == Scope::Build && request.configuration == "classpath");
        if let (Some(rule), false) = (forced, of_project.is_empty())
            && let Some(version) = &rule.then.version
        {
            seen.rules.insert((rule.then.at, rule.then.package.clone()));
            let mut dependency = self.dependency(of_project[0], version);
            let places = of_project.iter().filter(|request| request.at != rule.then.at);
            let what = "declared here, and overruled by what is forced";
            dependency.because.extend(places.map(|request| related(request.at, what)));
            dependency.scope = of_project.iter().map(|request| self.scope(request)).min().unwrap_or(Scope::Runtime);
            dependencies.push((dependency, None, of_project[0]));
        } else {
            self.without_force(&of_project, seen, &mut dependencies);
        }
        self.without_force(&of_build, seen, &mut dependencies);
        let mut finished = Vec::new();
        for (mut dependency, rich, request) in dependencies {
            self.lock(&mut dependency, rich.as_ref(), request, seen);
            finished.push(dependency);
        }
        finished
    }

    fn without_force(
        &self,
        group: &[&'d Request],
        seen: &mut Seen,
        dependencies: &mut Vec<(Dependency, Option<Rich>, &'d Request)>,
    ) {
        let constraints: Vec<&Rule> = self
            .requests
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::Constrain && rule.then.package == self.package)
            .collect();
        for constraint in &constraints {
            seen.rules.insert((constraint.then.at, constraint.then.package.clone()));
        }
        let known: Vec<(&Platform, Request)> = self
            .requests
            .platforms
            .iter()
            .filter_map(|platform| Some((platform, platform.known(self.package)?)))
            .collect();
        seen.platforms.extend(known.iter().map(|(platform, _)| platform.at));
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for request in group {
            candidates.extend(request.version.as_ref().map(|version| Candidate {
                request,
                version,
                constraint: false,
            }));
        }
        for rule in constraints {
            let request = &rule.then;
            candidates.extend(request.version.as_ref().map(|version| Candidate { request, version, constraint: true }));
        }
        for (_, request) in known.iter().filter(|(platform, _)| platform.raises) {
            candidates.extend(request.version.as_ref().map(|version| Candidate { request, version, constraint: true }));
        }
        let mut beaten: Vec<(&Version, Related)> = Vec::new();
        let mut constrained: Vec<(Dependency, Option<Rich>, &Request)> = Vec::new();
        for request in group {
            let own = class_paths(&request.configuration, request.scope);
            let winners: Vec<(ClassPath, Candidate<'_>)> =
                own.into_iter().filter_map(|path| Some((path.clone(), winner(&candidates, &path, request)?))).collect();
            let Some(version) = &request.version else {
                match winners.first() {
                    Some((_, winner)) if winner.constraint => {
                        let mut dependency = self.dependency(request, winner.version);
                        dependency.because.insert(0, related(request.at, "declared here without a version"));
                        constrained.push((dependency, winner.version.rich(), request));
                    }
                    Some((_, winner)) => {
                        beaten.push((winner.version, related(request.at, "also declared here, without a version")));
                    }
                    None => dependencies.push(self.managed(request, seen)),
                }
                continue;
            };
            let is_own = |candidate: &Candidate<'_>| {
                std::ptr::eq(candidate.version, version)
                    || candidate.version.text.as_ref().ok() == version.text.as_ref().ok()
            };
            if !winners.iter().any(|(_, candidate)| is_own(candidate)) {
                let Some((_, winner)) = winners.first() else { continue };
                if winner.constraint {
                    let mut dependency = self.dependency(request, winner.version);
                    dependency.because.push(related(request.at, "declared here, and raised by a constraint"));
                    constrained.push((dependency, winner.version.rich(), request));
                } else {
                    let message = "also declared here; another version of the same class path counts";
                    beaten.push((winner.version, related(version.origin, message)));
                }
                continue;
            }
            let mut dependency = self.dependency(request, version);
            for (path, other) in winners.iter().filter(|(_, candidate)| !is_own(candidate)) {
                let raised = select(&other.version.text);
                dependency.selected = either(dependency.selected, raised);
                let what = format!("counts on the {} class path", path.name());
                dependency.because.push(related(other.version.origin, &what));
            }
            dependencies.push((dependency, version.rich(), request));
        }
        dependencies.append(&mut constrained);
        for (version, place) in beaten {
            let is_it = |dependency: &&mut (Dependency, Option<Rich>, &Request)| dependency.0.origin == version.origin;
            if let Some((dependency, ..)) = dependencies.iter_mut().find(is_it)
                && place.origin != dependency.origin
                && !dependency.because.contains(&place)
            {
                dependency.because.push(place);
            }
        }
    }

    fn dependency(&self, request: &Request, version: &Version) -> Dependency {
        Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name: self.package.to_owned() },
            declared: Some(self.written(version)),
            selected: select(&version.text),
            scope: self.scope(request),
            direct: Some(true),
            condition: request.when.clone(),
            origin: version.origin,
            because: version.because.clone(),
            through: None,
        }
    }

    /// What a request is for: what a build's own code depends on is for the build.
    fn scope(&self, request: &Request) -> Scope {
        if self.project.builds_the_build() && request.scope == Scope::Runtime { Scope::Build } else { request.scope }
    }

    /// The text at a version's place.
    fn written(&self, version: &Version) -> String {
        if !version.written.is_empty() {
            return version.written.clone();
        }
        self.values.builds.files.get(version.origin.file).source.slice(version.origin.span).to_owned()
    }

    /// A request without a version that no constraint of the project has one for.
    fn managed(&self, request: &'d Request, seen: &mut Seen) -> (Dependency, Option<Rich>, &'d Request) {
        let managed = self.requests.rules.iter().find(|rule| {
            rule.effect == Effect::Manage && rule.then.package == self.package && rule.then.version.is_some()
        });
        let of_platforms = || {
            self.requests.platforms.iter().filter(|platform| platform.name.starts_with(':')).find_map(|platform| {
                let other = self.values.builds.named(&self.project.root, &platform.name)?;
                let mut rules = self.everything[other].rules.iter();
                rules.find(|rule| rule.effect == Effect::Constrain && rule.then.package == self.package)
            })
        };
        if let Some(rule) = managed.or_else(of_platforms)
            && let Some(version) = &rule.then.version
        {
            seen.rules.insert((rule.then.at, rule.then.package.clone()));
            let mut dependency = self.dependency(request, version);
            dependency.because.insert(0, related(request.at, "declared here without a version"));
            return (dependency, version.rich(), request);
        }
        let known = self.requests.platforms.iter().find_map(|platform| platform.known(self.package));
        if let Some(Request { version: Some(version), .. }) = known {
            let mut dependency = self.dependency(request, &version);
            dependency.because.insert(0, related(request.at, "declared here without a version"));
            return (dependency, version.rich(), request);
        }
        let group = self.package.split(':').next();
        let mut remote: Vec<&Platform> =
            self.requests.platforms.iter().filter(|platform| !platform.name.starts_with(':')).collect();
        // What comes from the makers of the package is named first.
        remote.sort_by_key(|platform| platform.name.split(':').next() != group);
        let because = remote
            .iter()
            .map(|platform| {
                related(platform.at, &format!("platform `{}` is not in this repository", platform.full_name()))
            })
            .collect();
        let dependency = Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name: self.package.to_owned() },
            declared: None,
            selected: Selected::Unknown(self.why_missing(&remote)),
            scope: self.scope(request),
            direct: Some(true),
            condition: request.when.clone(),
            origin: request.at,
            because,
            through: None,
        };
        (dependency, None, request)
    }

    fn why_missing(&self, remote: &[&Platform]) -> Why {
        let mut names: Vec<String> =
            remote.iter().map(|platform| format!("platform `{}`", platform.full_name())).collect();
        names.dedup();
        if names.is_empty() {
            let plugin = MANAGING_PLUGINS.iter().find(|id| self.project.plugins.iter().any(|plugin| plugin == *id));
            return match plugin {
                Some(plugin) => Why::new(
                    Reason::RemoteBom,
                    format!("no version is written here, and what plugin `{plugin}` manages is not in this repository"),
                ),
                None => Why::new(
                    Reason::DecidedElsewhere,
                    "no version is written here, and no constraint, platform or lock in this repository has one",
                ),
            };
        }
        if names.len() > MAX_NAMED {
            names.truncate(MAX_NAMED - 1);
            names.push("others".into());
        }
        let message = match names.as_slice() {
            [name] => format!("{name} is not in this repository"),
            [rest @ .., last] => format!("{} and {last} are not in this repository", rest.join(", ")),
            [] => String::new(),
        };
        Why::new(Reason::RemoteBom, message)
    }

    /// Takes what is locked, if the request allows it.
    fn lock(&self, dependency: &mut Dependency, rich: Option<&Rich>, request: &Request, seen: &mut Seen) {
        let is_build = request.scope == Scope::Build && request.configuration == "classpath";
        let mut entries: Vec<(FileId, &Declared, String)> = Vec::new();
        for (file, of_build) in self.locks {
            let path = &self.values.builds.files.get(*file).path;
            for declared in self
                .values
                .builds
                .files
                .get(*file)
                .reading
                .declared
                .iter()
                .filter(|declared| declared.name == self.package)
            {
                let configurations = configurations(path, declared);
                let of_build = *of_build || configurations == "buildscript-classpath";
                if of_build == is_build {
                    entries.push((*file, declared, configurations));
                }
            }
        }
        let is_for_tests = |(_, _, configurations): &(FileId, &Declared, String)| {
            !configurations.is_empty() && configurations.split(',').all(is_test)
        };
        if request.scope != Scope::Test && !entries.iter().all(is_for_tests) {
            for (file, declared, _) in entries.iter().filter(|entry| is_for_tests(entry)) {
                seen.locked.insert((*file, declared.span));
            }
            entries.retain(|entry| !is_for_tests(entry));
        }
        // What is on the class paths of what runs, in another version for tests, is not asked for by tests.
        let is_on_tests = |(_, _, configurations): &(FileId, &Declared, String)| {
            configurations.is_empty() || configurations.split(',').any(is_test)
        };
        if request.scope == Scope::Test && entries.iter().any(is_on_tests) {
            entries.retain(is_on_tests);
        }
        let mut locked: Option<Selected> = None;
        for (file, declared, _) in entries {
            seen.locked.insert((file, declared.span));
            let Stated::Locked(text) = &declared.stated else { continue };
            let at = Origin { file, span: declared.span };
            let is_allowed = rich.is_none_or(|rich| rich.accepts(text));
            if !is_allowed {
                dependency.because.push(related(at, &format!("locked at `{text}`, which the declaration does not allow, so the build fails until the lock is renewed")));
                let files = self.values.builds.files;
                if files.wants(Ecosystem::Maven, self.package) {
                    let message = format!(
                        "`{}` is locked at `{text}`, which `{}` does not allow, so the build fails until the lock is renewed",
                        self.package,
                        files.get(dependency.origin.file).path
                    );
                    seen.stale.entry(at).or_insert(message);
                }
                continue;
            }
            dependency.because.push(related(at, "locked here"));
            let selected = select(&Ok(text.clone()));
            locked = Some(match locked {
                Some(other) => either(other, selected),
                None => selected,
            });
        }
        if let Some(locked) = locked {
            dependency.selected = locked;
        }
    }
}

impl Platform {
    fn full_name(&self) -> String {
        match self.version.as_ref().and_then(|version| version.text.as_ref().ok()) {
            Some(version) => format!("{}:{version}", self.name),
            None => self.name.clone(),
        }
    }
}

impl ClassPath {
    fn name(&self) -> &str {
        match self {
            ClassPath::Compile => "compile",
            ClassPath::Runtime => "runtime",
            ClassPath::Test => "test",
            ClassPath::Other(name) => name,
        }
    }
}

/// The class paths that a configuration is part of, as far as its own versions are concerned.
fn class_paths(configuration: &str, scope: Scope) -> Vec<ClassPath> {
    match configuration {
        "implementation" | "api" | "compile" if scope != Scope::Test => vec![ClassPath::Compile, ClassPath::Runtime],
        "compileOnly" | "compileOnlyApi" | "provided" | "providedCompile" => vec![ClassPath::Compile],
        "runtimeOnly" | "runtime" | "providedRuntime" if scope != Scope::Test => vec![ClassPath::Runtime],
        _ if scope == Scope::Test => vec![ClassPath::Test],
        other => vec![ClassPath::Other(other.to_owned())],
    }
}

/// Whether a class path holds what is asked for in a configuration.
fn is_on(path: &ClassPath, configuration: &str, scope: Scope) -> bool {
    let own = class_paths(configuration, scope);
    let main = own.iter().any(|path| matches!(path, ClassPath::Compile | ClassPath::Runtime)) && scope != Scope::Peer;
    match path {
        ClassPath::Compile | ClassPath::Runtime => own.contains(path),
        ClassPath::Test => main || own.contains(path),
        ClassPath::Other(name) => {
            let extends = ["Implementation", "Api", "Compile", "RuntimeOnly", "CompileOnly"]
                .iter()
                .any(|end| name.ends_with(end));
            own.contains(path) || (extends && main)
        }
    }
}

/// The candidate that counts on a class path: a strict one, else the highest; the request's own where they cannot be compared.
fn winner<'d>(candidates: &[Candidate<'d>], path: &ClassPath, request: &Request) -> Option<Candidate<'d>> {
    let mut best: Option<Candidate<'d>> = None;
    for candidate in candidates {
        // Of two branches only one is taken.
        let other = &candidate.request.when;
        if other.is_some() && *other != request.when {
            continue;
        }
        let of_constraint =
            candidate.constraint && (candidate.request.configuration.is_empty() || matches!(path, ClassPath::Other(_)));
        if !of_constraint && !is_on(path, &candidate.request.configuration, constraint_scope(candidate)) {
            continue;
        }
        best = Some(match best {
            None => *candidate,
            Some(best) => higher(best, *candidate, request),
        });
    }
    best
}

/// A constraint's scope says nothing of the class path.
fn constraint_scope(candidate: &Candidate<'_>) -> Scope {
    match (candidate.constraint, is_test(&candidate.request.configuration)) {
        (false, _) => candidate.request.scope,
        (true, true) => Scope::Test,
        (true, false) => Scope::Runtime,
    }
}

fn higher<'d>(a: Candidate<'d>, b: Candidate<'d>, request: &Request) -> Candidate<'d> {
    let is_own =
        |candidate: &Candidate<'_>| request.version.as_ref().is_some_and(|own| std::ptr::eq(own, candidate.version));
    let (Some(rich_a), Some(rich_b)) = (a.version.rich(), b.version.rich()) else {
        return if is_own(&b) { b } else { a };
    };
    match (rich_a.is_strict(), rich_b.is_strict()) {
        (true, false) => return a,
        (false, true) => return b,
        _ => {}
    }
    let text = |rich: &Rich| {
        let required = rich.required.as_ref().map(|(text, _)| text.clone());
        required.or(rich.preferred.clone()).unwrap_or_default()
    };
    let (text_a, text_b) = (text(&rich_a), text(&rich_b));
    if gradle::is_dynamic(&text_a) || gradle::is_dynamic(&text_b) {
        return match (rich_a.range(), rich_b.range()) {
            (Ok(of_a), Ok(of_b)) if is_above(&of_a, &of_b) => a,
            (Ok(of_a), Ok(of_b)) if is_above(&of_b, &of_a) => b,
            _ if is_own(&b) => b,
            _ => a,
        };
    }
    if gradle::compare(&text_b, &text_a).is_gt() { b } else { a }
}

/// Whether every version of one set is above every version of another.
fn is_above(high: &VersionRange, low: &VersionRange) -> bool {
    let below_high = high.intervals().iter().map(|interval| match interval.lower() {
        Bound::Unbounded => VersionRange::none(),
        Bound::Included(bound) => VersionRange::between(Bound::Unbounded, Bound::Excluded(bound.clone()), true),
        Bound::Excluded(bound) => VersionRange::between(Bound::Unbounded, Bound::Included(bound.clone()), true),
    });
    let below_high = below_high.reduce(|all, one| all.intersect(&one));
    below_high.is_some_and(|below| !low.is_empty() && below.covers(low))
}

/// What a version text selects.
fn select(text: &Result<String, Why>) -> Selected {
    match text {
        Ok(text) if text.contains('$') => {
            let message = format!("`{text}` is no version; in single quotes a `$` names no variable");
            Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
        }
        Ok(text) => match ecosystem::range(text, Grammar::Gradle) {
            Ok(range) => Selected::from_range(range, text),
            Err(why) => Selected::Unknown(why),
        },
        Err(why) => Selected::Unknown(why.clone()),
    }
}

/// One or the other.
fn either(a: Selected, b: Selected) -> Selected {
    let range = |selected: &Selected| match selected {
        Selected::Exact(version) => Some(VersionRange::exactly(version.clone())),
        Selected::Within(range) => Some(range.clone()),
        Selected::Source(_) | Selected::Unknown(_) => None,
    };
    match (range(&a), range(&b)) {
        (Some(_), Some(_)) if matches!((&a, &b), (Selected::Exact(a), Selected::Exact(b)) if a == b) => a,
        (Some(first), Some(second)) => Selected::from_range(first.union(second), ""),
        (None, _) => a,
        (_, None) => b,
    }
}

/// The configurations of a locked module; those of the older lockfiles are their names.
fn configurations(path: &str, declared: &Declared) -> String {
    match &declared.condition {
        Some(condition) => condition.clone(),
        None => path.rsplit('/').next().and_then(|name| name.strip_suffix(".lockfile")).unwrap_or_default().to_owned(),
    }
}

/// Constraints, managed and forced versions of packages that nobody asks for.
fn unused_rules(rules: &[Rule], seen: &Seen, found: &mut Found) {
    for rule in rules.iter().filter(|rule| rule.effect != Effect::Replace) {
        let is_pattern = rule.pattern.contains('*');
        if is_pattern || seen.rules.contains(&(rule.then.at, rule.then.package.clone())) {
            continue;
        }
        if let Some(version) = &rule.then.version {
            found.merge(pin(&rule.then.package, version));
        }
    }
}

/// A platform is a pin of all that it manages.
fn platform_itself(platform: &Platform, requests: &Requests, seen: &Seen, found: &mut Found) {
    let Some(version) = platform.version.as_ref().filter(|_| !platform.name.starts_with(':')) else { return };
    let text = version.text.as_ref().map_or("", String::as_str);
    match known_boms::foremost(&platform.name, text) {
        Some(package) => {
            let is_asked_for = requests.packages.iter().any(|request| request.package == package);
            if !is_asked_for && !seen.platforms.contains(&platform.at) {
                found.merge(pin(package, version));
            }
        }
        None => {
            found.merge(pin(&platform.name, version));
        }
    }
}

/// The libraries of catalogs that no script refers to.
fn unused_libraries(values: &Values<'_>, seen: &Seen, found: &mut Found) {
    for library in values.catalogs.all() {
        if seen.libraries.contains(&(library.file, library.entry.then.span)) {
            continue;
        }
        let place = Place { file: library.file, project: 0, objects: "" };
        if let Some((package, Some(version))) = values.library(library, place) {
            found.merge(pin(&package, &version));
        }
    }
}

fn pin(package: &str, version: &Version) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Maven, name: package.to_owned() },
        declared: Some(version.written.clone()),
        selected: select(&version.text),
        scope: Scope::Managed,
        direct: None,
        condition: None,
        origin: version.origin,
        because: version.because.clone(),
        through: None,
    }
}

/// What is locked and not asked for by the project itself.
fn transitive(values: &Values<'_>, file: FileId, seen: &Seen, found: &mut Found) {
    let lock = values.builds.files.get(file);
    for declared in lock.reading.declared.iter().filter(|declared| !seen.locked.contains(&(file, declared.span))) {
        let Stated::Locked(text) = &declared.stated else { continue };
        let configurations = configurations(&lock.path, declared);
        let scope = if lock.path.contains("buildscript") || lock.path.contains("settings-gradle") {
            Scope::Build
        } else if declared.condition.is_none() && is_test(&configurations) {
            Scope::Test
        } else {
            declared.scope
        };
        found.merge(Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name: declared.name.clone() },
            declared: Some(text.clone()),
            selected: select(&Ok(text.clone())),
            scope,
            direct: Some(false),
            condition: None,
            origin: Origin { file, span: declared.span },
            because: Vec::new(),
            through: None,
        });
    }
}
