//! Which of the requests for a package counts.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::builds::{Project, ProjectId};
use super::class_paths::{Candidate, ClassPath, class_paths, winner};
use super::requests::{Platform, Request, Requests, Rule, Used, Version};
use super::values::Values;
use super::{locks, unused};
use crate::ecosystem;
use crate::ecosystem::maven::places::Found;
use crate::ecosystem::maven::requirement::gradle::Rich;
use crate::model::{
    Dependency, Ecosystem, Effect, FileId, Grammar, Origin, Package, Problem, ProblemKind, Reason, Related, Scope,
    Selected, Why,
};
use crate::source::Span;
use crate::version::VersionRange;

/// Most names of platforms in one sentence.
const MAX_NAMED: usize = 4;

/// Plugins that manage versions with a BOM of their own.
const MANAGING_PLUGINS: &[&str] =
    &["io.spring.dependency-management", "org.springframework.boot", "spring-boot", "nebula.dependency-recommender"];

/// What was used, so that the rest can be told from it.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) libraries: Used,
    pub(super) rules: HashSet<(Origin, String)>,
    pub(super) locked: HashSet<(FileId, Span)>,
    pub(super) platforms: HashSet<Origin>,
    /// The entries of lockfiles that a declaration does not allow, with what to say of them.
    pub(super) stale: BTreeMap<Origin, String>,
}

/// Decides for every project; gives what contradicts.
pub(super) fn all(values: &Values<'_>, found: &mut Found) -> Vec<(FileId, Problem)> {
    let mut seen = Seen::default();
    let mut everything = Vec::new();
    for id in 0..values.builds.projects.len() {
        everything.push(values.requests(id, &mut seen.libraries));
    }
    let locks = locks::locks(values);
    for id in 0..everything.len() {
        project(values, id, &everything, &locks, &mut seen, found);
    }
    for requests in &everything {
        unused::unused_rules(&requests.rules, &seen, found);
        for platform in &requests.platforms {
            unused::platform_itself(platform, requests, &seen, found);
        }
    }
    unused::unused_libraries(values, &seen, found);
    for (file, _) in locks.values().flatten() {
        locks::transitive(values, *file, &seen, found);
    }
    let problem = |message, span| Problem { kind: ProblemKind::Contradiction, message, span };
    seen.stale.into_iter().map(|(origin, message)| (origin.file, problem(message, origin.span))).collect()
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
        version.because.push(Related::new(request.at, "declared here, and replaced"));
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
            dependency.because.extend(places.map(|request| Related::new(request.at, what)));
            dependency.scope = of_project.iter().map(|request| self.scope(request)).min().unwrap_or(Scope::Runtime);
            dependencies.push((dependency, None, of_project[0]));
        } else {
            self.without_force(&of_project, seen, &mut dependencies);
        }
        self.without_force(&of_build, seen, &mut dependencies);
        let mut finished = Vec::new();
        for (mut dependency, rich, request) in dependencies {
            locks::take(self.values, self.locks, &mut dependency, rich.as_ref(), request, seen);
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
                        dependency.because.insert(0, Related::new(request.at, "declared here without a version"));
                        constrained.push((dependency, winner.version.rich(), request));
                    }
                    Some((_, winner)) => {
                        beaten
                            .push((winner.version, Related::new(request.at, "also declared here, without a version")));
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
                    dependency.because.push(Related::new(request.at, "declared here, and raised by a constraint"));
                    constrained.push((dependency, winner.version.rich(), request));
                } else {
                    let message = "also declared here; another version of the same class path counts";
                    beaten.push((winner.version, Related::new(version.origin, message)));
                }
                continue;
            }
            let mut dependency = self.dependency(request, version);
            for (path, other) in winners.iter().filter(|(_, candidate)| !is_own(candidate)) {
                let raised = other.version.selected();
                dependency.selected = either(dependency.selected, raised);
                let what = format!("counts on the {} class path", path.name());
                dependency.because.push(Related::new(other.version.origin, &what));
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
            selected: version.selected(),
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
            dependency.because.insert(0, Related::new(request.at, "declared here without a version"));
            return (dependency, version.rich(), request);
        }
        let known = self.requests.platforms.iter().find_map(|platform| platform.known(self.package));
        if let Some(Request { version: Some(version), .. }) = known {
            let mut dependency = self.dependency(request, &version);
            dependency.because.insert(0, Related::new(request.at, "declared here without a version"));
            return (dependency, version.rich(), request);
        }
        let group = self.package.split(':').next();
        let may_manage =
            |platform: &&Platform| !platform.name.starts_with(':') && !platform.manages_nothing_of(self.package);
        let mut remote: Vec<&Platform> = self.requests.platforms.iter().filter(may_manage).collect();
        // What comes from the makers of the package is named first.
        remote.sort_by_key(|platform| platform.name.split(':').next() != group);
        let because = remote
            .iter()
            .map(|platform| {
                let what = match platform.unread() {
                    Some(_) => format!("platform `{}` is imported here in a version that is not known", platform.name),
                    None => format!("platform `{}` is not in this repository", platform.full_name()),
                };
                Related::new(platform.at, what)
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
        let unread = remote
            .iter()
            .find_map(|platform| platform.unread().map(|why| (format!("platform `{}`", platform.name), why)));
        let remote = remote.iter().filter(|platform| platform.unread().is_none());
        let mut names: Vec<String> = remote.map(|platform| format!("platform `{}`", platform.full_name())).collect();
        names.dedup();
        if names.is_empty() {
            if let Some((platform, why)) = unread {
                return Why::new(why.reason, format!("the version of {platform} is not known: {}", why.message));
            }
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
        let message = match unread {
            Some((platform, why)) => format!("the version of {platform} is not known: {}; {message}", why.message),
            None => message,
        };
        Why::new(Reason::RemoteBom, message)
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

/// What a version text selects.
pub(super) fn select(text: &Result<String, Why>) -> Selected {
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
pub(super) fn either(a: Selected, b: Selected) -> Selected {
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
