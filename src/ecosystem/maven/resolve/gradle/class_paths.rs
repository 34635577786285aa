//! The class paths of a project, and which version counts on each.

use std::ops::Bound;

use super::requests::{Request, Version};
use crate::ecosystem::maven::gradle::is_test;
use crate::ecosystem::maven::requirement::gradle::{self, Rich};
use crate::model::Scope;
use crate::version::VersionRange;

/// A class path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClassPath {
    Compile,
    Runtime,
    Test,
    Other(String),
}

/// Something that states a version: a request, or a constraint with its number.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'d> {
    pub(super) request: &'d Request,
    pub(super) version: &'d Version,
    pub(super) constraint: bool,
}

impl ClassPath {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            ClassPath::Compile => "compile",
            ClassPath::Runtime => "runtime",
            ClassPath::Test => "test",
            ClassPath::Other(name) => name,
        }
    }
}

/// The class paths that a configuration is part of, as far as its own versions are concerned.
pub(super) fn class_paths(configuration: &str, scope: Scope) -> Vec<ClassPath> {
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

/// The candidate that counts on a class path: a single version in a range, a strict one, else the highest; the request's own
/// where they cannot be compared.
pub(super) fn winner<'d>(candidates: &[Candidate<'d>], path: &ClassPath, request: &Request) -> Option<Candidate<'d>> {
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
    // A range is met by a single version in it that another asks for, even where nothing may overrule the range.
    match (is_met(&rich_a, &rich_b), is_met(&rich_b, &rich_a)) {
        (true, false) => return b,
        (false, true) => return a,
        _ => {}
    }
    match (rich_a.is_strict(), rich_b.is_strict()) {
        (true, false) => return a,
        (false, true) => return b,
        _ => {}
    }
    // What is only preferred counts where nothing is required.
    match (rich_a.required.is_some(), rich_b.required.is_some()) {
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

/// Whether a range is asked for, and a single version in it by another: one that is required, or preferred where the range comes
/// without a preference. The newest (`latest.release`) is looked for all the same.
fn is_met(range: &Rich, other: &Rich) -> bool {
    let Some((text, _)) = range.required.as_ref().filter(|(text, _)| gradle::is_dynamic(text)) else { return false };
    let single = match (&other.required, &other.preferred) {
        (Some((required, _)), Some(preferred)) if gradle::is_dynamic(required) => {
            Some(preferred).filter(|preferred| range.preferred.is_none() && gradle::accepts(required, preferred))
        }
        (Some((required, _)), _) => Some(required),
        (None, preferred) => preferred.as_ref().filter(|_| range.preferred.is_none()),
    };
    let single = single.filter(|single| !gradle::is_dynamic(single) && !text.starts_with("latest."));
    single.is_some_and(|single| range.accepts(single))
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
