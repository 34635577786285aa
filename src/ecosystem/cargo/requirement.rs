//! Requirements on crates: the `semver` crate's own `VersionReq`, which is what Cargo reads them with (the Cargo Book,
//! "Specifying Dependencies").
//!
//! The crate answers whether one version satisfies a requirement; here its comparators become intervals.
//!
//! Traps:
//! - No operator is a caret: `0.86` stays below 0.87, and `0.0.3` is that version alone.
//! - A partial version is a wildcard under any operator: `=0.87` is every 0.87.x, `>0.86` starts at 0.87.0, and `<=0.86` ends
//!   before it.
//! - A comma is the only conjunction; a blank or `||` between comparators is refused.
//! - A pre-release satisfies a requirement only if a comparator names a pre-release of the same three numbers. So there is one
//!   interval of releases and, for each triple named that way, one of its pre-releases.
//! - Partial comparators treat a pre-release of such a triple in ways of their own, see [`Partial`].

use std::ops::Bound;

use semver::{BuildMetadata, Comparator, Op, Prerelease, VersionReq};

use crate::ecosystem::semantic::SemanticVersion;
use crate::model::Grammar;
use crate::version::{Interval, Order, Version, VersionRange};

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none.
pub fn range(text: &str, _grammar: Grammar) -> Result<VersionRange, String> {
    let requirement = VersionReq::parse(text).map_err(|why| why.to_string())?;
    let comparators = requirement.comparators.as_slice();
    let mut intervals = Vec::new();
    let mut triples: Vec<Triple> = Vec::new();
    for triple in comparators.iter().filter(|comparator| !comparator.pre.is_empty()).filter_map(Triple::of) {
        if !triples.contains(&triple) {
            triples.push(triple);
        }
    }
    triples.sort_unstable();
    for triple in triples {
        let all =
            VersionRange::between(Bound::Included(triple.lowest_prerelease()), Bound::Excluded(triple.version()), true);
        let some = comparators.iter().fold(all, |range, comparator| range.intersect(&prereleases(comparator, triple)));
        intervals.extend_from_slice(some.intervals());
    }
    let all = VersionRange::all(false);
    let some = comparators.iter().fold(all, |range, comparator| range.intersect(&releases(comparator)));
    intervals.extend_from_slice(some.intervals());
    Ok(VersionRange::from_intervals(intervals))
}

/// The three numbers of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Triple(u64, u64, u64);

impl Triple {
    /// The numbers of a comparator that has all three.
    fn of(comparator: &Comparator) -> Option<Triple> {
        Some(Triple(comparator.major, comparator.minor?, comparator.patch?))
    }

    /// The lowest release that begins with a comparator's numbers.
    fn first(comparator: &Comparator) -> Triple {
        Triple(comparator.major, comparator.minor.unwrap_or(0), comparator.patch.unwrap_or(0))
    }

    /// The release that follows all of those that begin as this one does; numbers end at 64 bits.
    fn after(self, same: Same) -> Option<Triple> {
        let Triple(major, minor, patch) = self;
        let next_major = || Some(Triple(major.checked_add(1)?, 0, 0));
        let next_minor = || minor.checked_add(1).map_or_else(next_major, |minor| Some(Triple(major, minor, 0)));
        match same {
            Same::Major => next_major(),
            Same::Minor => next_minor(),
            Same::Patch => patch.checked_add(1).map_or_else(next_minor, |patch| Some(Triple(major, minor, patch))),
        }
    }

    fn version(self) -> Version {
        self.with(Prerelease::EMPTY)
    }

    fn lowest_prerelease(self) -> Version {
        self.with(Prerelease::new("0").unwrap_or_else(|_| unreachable!("`0` is an identifier")))
    }

    fn with(self, pre: Prerelease) -> Version {
        let Triple(major, minor, patch) = self;
        let version = semver::Version { major, minor, patch, pre, build: BuildMetadata::EMPTY };
        let order = Order::Semantic(SemanticVersion::new(version));
        Version::new(order.to_string(), order)
    }
}

/// How many numbers versions have in common.
#[derive(Clone, Copy)]
enum Same {
    Major,
    Minor,
    Patch,
}

/// What a comparator names.
fn named(comparator: &Comparator) -> Same {
    match (comparator.minor, comparator.patch) {
        (Some(_), Some(_)) => Same::Patch,
        (Some(_), None) => Same::Minor,
        (None, _) => Same::Major,
    }
}

/// The releases that satisfy a comparator.
fn releases(comparator: &Comparator) -> VersionRange {
    let first = Triple::first(comparator);
    let named = named(comparator);
    let is_prerelease = !comparator.pre.is_empty();
    match comparator.op {
        Op::Exact | Op::Wildcard if is_prerelease => VersionRange::none(),
        Op::Exact | Op::Wildcard => match named {
            Same::Patch => between(Bound::Included(first.version()), Bound::Included(first.version())),
            Same::Major | Same::Minor => from_until(first, first.after(named)),
        },
        Op::Greater if is_prerelease => from_until(first, None),
        Op::Greater => first.after(named).map_or(VersionRange::none(), |next| from_until(next, None)),
        Op::GreaterEq => from_until(first, None),
        Op::Less => until(first),
        Op::LessEq if is_prerelease => until(first),
        Op::LessEq => first.after(named).map_or(VersionRange::all(false), until),
        Op::Tilde => from_until(first, first.after(if matches!(named, Same::Major) { named } else { Same::Minor })),
        Op::Caret => from_until(first, first.after(compatible(comparator))),
        // The enum is open. What another version of the crate adds is not known here.
        _ => VersionRange::none(),
    }
}

/// The numbers that a caret holds fast: up to the first that is not zero, else all that are named.
fn compatible(comparator: &Comparator) -> Same {
    match (comparator.major, comparator.minor, comparator.patch) {
        (1.., _, _) | (0, None, _) => Same::Major,
        (0, Some(1..), _) | (0, Some(0), None) => Same::Minor,
        (0, Some(0), Some(_)) => Same::Patch,
    }
}

/// How a comparator that names fewer than three numbers treats the pre-releases of a triple.
enum Partial {
    /// As the triple's release.
    AsRelease,
    /// As the triple's release would be treated by the strict comparison: `>=1.2` admits none of 1.2.x.
    Strict(Op),
    /// It admits none.
    None,
}

fn partial(operator: Op) -> Partial {
    match operator {
        Op::Caret | Op::Greater | Op::Less => Partial::AsRelease,
        Op::GreaterEq => Partial::Strict(Op::Greater),
        Op::LessEq => Partial::Strict(Op::Less),
        // These compare the missing pre-release part with the one that is there.
        _ => Partial::None,
    }
}

/// The pre-releases of a triple that satisfy a comparator.
fn prereleases(comparator: &Comparator, triple: Triple) -> VersionRange {
    let all = || VersionRange::all(true);
    let none = VersionRange::none;
    let as_release = |comparator: &Comparator| {
        if releases(comparator).contains(&triple.version()) { all() } else { none() }
    };
    let Some(own) = Triple::of(comparator) else {
        return match partial(comparator.op) {
            Partial::AsRelease => as_release(comparator),
            Partial::Strict(op) => as_release(&Comparator { op, ..comparator.clone() }),
            Partial::None => none(),
        };
    };
    if own != triple {
        return as_release(comparator);
    }
    let version = own.with(comparator.pre.clone());
    let (lower, upper) = match comparator.op {
        Op::Exact | Op::Wildcard => (Bound::Included(version.clone()), Bound::Included(version)),
        Op::Greater => (Bound::Excluded(version), Bound::Unbounded),
        Op::GreaterEq | Op::Tilde | Op::Caret => (Bound::Included(version), Bound::Unbounded),
        Op::Less => (Bound::Unbounded, Bound::Excluded(version)),
        Op::LessEq => (Bound::Unbounded, Bound::Included(version)),
        _ => return none(),
    };
    VersionRange::between(lower, upper, true)
}

fn until(end: Triple) -> VersionRange {
    between(Bound::Unbounded, Bound::Excluded(end.version()))
}

/// From a release on, up to one that is not reached. Nothing is below 0.0.0, so that is no bound.
fn from_until(start: Triple, end: Option<Triple>) -> VersionRange {
    let lower = if start == Triple(0, 0, 0) { Bound::Unbounded } else { Bound::Included(start.version()) };
    between(lower, end.map_or(Bound::Unbounded, |end| Bound::Excluded(end.version())))
}

fn between(lower: Bound<Version>, upper: Bound<Version>) -> VersionRange {
    // An upper bound of 0.0.0 leaves nothing, whether or not there is a lower one.
    let nothing = matches!(&upper, Bound::Excluded(end) if *end == Triple(0, 0, 0).version());
    if nothing { VersionRange::none() } else { VersionRange::from_intervals([Interval::new(lower, upper, false)]) }
}
