//! Requirements on Python packages, in four grammars: PEP 440 specifier sets ("Version specifiers"), Pipenv's (a bare
//! version is exact, `*` is any), Poetry's ([`super::poetry_constraint`]) and conda's ([`super::conda_constraint`]).
//!
//! Traps:
//! - `==12.0` also takes 12.0+local, `<12` none of 12's own pre-releases, `>12` neither 12.post1 nor 12+local.
//! - `.*` goes with `==` and `!=` only, a local part too; `~=` needs two numbers.
//! - A comma is AND and may trail; white space is no AND.
//! - `===` compares text, so it is a pin if its text is a version and unknown otherwise.
//! - Pre-releases stay out unless a specifier other than `!=` names one, or nothing but pre-releases could match
//!   ("Handling of pre-releases").

use std::ops::Bound;

use super::version::{PypiVersion, is_space, trim};
use super::{conda_constraint, poetry_constraint};
use crate::model::Grammar;
use crate::version::{Interval, Order, Version, VersionRange};

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    Ok(Specifiers::parse(text, grammar)?.range(false))
}

/// Requirements that hold together.
#[derive(Clone, Debug)]
pub struct Specifiers {
    /// What they admit, pre-releases included.
    admitted: VersionRange,
    /// Whether they ask for pre-releases by naming one.
    name_prerelease: bool,
}

impl Specifiers {
    /// Any version.
    pub fn any() -> Specifiers {
        Specifiers { admitted: VersionRange::all(true), name_prerelease: false }
    }

    /// Reads a requirement in one of the four grammars.
    ///
    /// # Errors
    /// A sentence without the requirement itself, if the text is none in its grammar.
    pub fn parse(text: &str, grammar: Grammar) -> Result<Specifiers, String> {
        match grammar {
            Grammar::Poetry => poetry_constraint::specifiers(text),
            Grammar::Conda => conda_constraint::specifiers(text),
            Grammar::Pipfile if trim(text) == "*" => Ok(Specifiers::any()),
            // Pipenv puts `==` before whatever does not start with a comparison.
            Grammar::Pipfile if !text.starts_with(['<', '>', '=', '!', '~']) => specifier_set(&format!("=={text}")),
            Grammar::Pipfile => specifier_set(text),
            _ => specifier_set(text),
        }
    }

    /// What admits these versions, pre-releases included, and whether it names a pre-release.
    pub(super) fn new(admitted: VersionRange, name_prerelease: bool) -> Specifiers {
        Specifiers { admitted, name_prerelease }
    }

    /// What they admit, pre-releases included.
    pub(super) fn into_admitted(self) -> VersionRange {
        self.admitted
    }

    /// Whether they name a pre-release as a bound.
    pub(super) fn names_prerelease(&self) -> bool {
        self.name_prerelease
    }

    /// Both these and others.
    #[must_use]
    pub fn and(&self, other: &Specifiers) -> Specifiers {
        Specifiers {
            admitted: self.admitted.intersect(&other.admitted),
            name_prerelease: self.name_prerelease || other.name_prerelease,
        }
    }

    /// The versions that can be selected; with `prereleases` the installer takes those like any other (`--pre`).
    pub fn range(&self, prereleases: bool) -> VersionRange {
        if prereleases || self.name_prerelease {
            return open_below(&self.admitted, &PypiVersion::zero().first_dev());
        }
        let releases = open_below(&self.admitted.with_prereleases(false), &PypiVersion::zero());
        if releases.is_empty() { self.admitted.clone() } else { releases }
    }
}

/// Intervals that start at or below the lowest version there can be have no lower bound, and those that end there are
/// empty: `>=0` is any.
fn open_below(range: &VersionRange, lowest: &PypiVersion) -> VersionRange {
    let is_above = |bound: &Bound<Version>| match bound {
        Bound::Excluded(version) => *version.order() > Order::Pypi(lowest.clone()),
        Bound::Included(_) | Bound::Unbounded => true,
    };
    let intervals = range.intervals().iter().filter(|interval| is_above(interval.upper())).map(|interval| {
        let lower = match interval.lower() {
            Bound::Included(version) if *version.order() <= Order::Pypi(lowest.clone()) => Bound::Unbounded,
            bound => bound.clone(),
        };
        Interval::new(lower, interval.upper().clone(), interval.admits_prereleases())
    });
    VersionRange::from_intervals(intervals)
}

fn specifier_set(text: &str) -> Result<Specifiers, String> {
    let blanks = [' ', '\t', '\r', '\n'];
    let text = text.trim_matches(blanks);
    if text.is_empty() {
        return Ok(Specifiers::any());
    }
    let mut all = Specifiers::any();
    for part in text.strip_suffix(',').unwrap_or(text).split(',') {
        all = all.and(&specifier(part.trim_matches(blanks))?);
    }
    Ok(all)
}

fn specifier(text: &str) -> Result<Specifiers, String> {
    let operators = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];
    let Some(operator) = operators.into_iter().find(|operator| text.starts_with(operator)) else {
        return Err(match text.chars().next() {
            None => "a comma has nothing before it".into(),
            Some('=') => "`=` is no comparison; `==` is".into(),
            Some(_) => format!("`{}` does not start with a comparison such as `==`", text.escape_debug()),
        });
    };
    let written = text[operator.len()..].trim_start_matches(is_space);
    if let Some(prefix) = written.strip_suffix(".*").filter(|_| operator != "===") {
        let prefix = version(prefix)?;
        if !matches!(operator, "==" | "!=") || !prefix.is_plain() {
            return Err("`.*` is allowed only behind `==` or `!=` and plain numbers".into());
        }
        let within = prefix_range(&prefix);
        let admitted = if operator == "==" { within } else { within.complement() };
        return Ok(Specifiers::new(admitted, false));
    }
    let version = version(written)?;
    if version.is_local() && !matches!(operator, "===" | "==" | "!=") {
        return Err(format!("`{operator}` does not go with a local version"));
    }
    let admitted = match operator {
        "===" => VersionRange::exactly(named(written, &version)),
        "==" => equal(written, &version),
        "!=" => equal(written, &version).complement(),
        "~=" => compatible(written, &version)?,
        "<=" => up_to(written, &version),
        ">=" => from(written, &version),
        "<" => below(&version),
        _ => above(written, &version),
    };
    Ok(Specifiers::new(admitted, operator != "!=" && version.is_prerelease()))
}

/// A version inside a requirement, where no white space may stand in it.
pub(super) fn version(text: &str) -> Result<PypiVersion, String> {
    if text.contains(is_space) {
        return Err(format!("`{}` is no version: there is white space in it", text.escape_debug()));
    }
    PypiVersion::parse(text).map_err(|why| format!("`{}` is no version: {why}", text.escape_debug()))
}

fn named(written: &str, version: &PypiVersion) -> Version {
    Version::new(written, Order::Pypi(version.clone()))
}

fn unnamed(version: PypiVersion) -> Version {
    Version::new(version.to_string(), Order::Pypi(version))
}

/// `==V`: a version without a local part also stands for all its local ones ("Version matching").
pub(super) fn equal(written: &str, version: &PypiVersion) -> VersionRange {
    let lower = named(written, version);
    if version.is_local() {
        return VersionRange::exactly(lower);
    }
    let upper = named(written, &version.behind_locals());
    VersionRange::between(Bound::Included(lower), Bound::Included(upper), true)
}

/// `==V.*`: from the first dev release with these numbers to that of the next ("Version matching").
pub(super) fn prefix_range(prefix: &PypiVersion) -> VersionRange {
    let last = prefix.numbers().len() - 1;
    let (lower, upper) = (prefix.first_dev(), next_at(prefix, last).first_dev());
    VersionRange::between(Bound::Included(unnamed(lower)), Bound::Excluded(unnamed(upper)), true)
}

/// The release with the number at an index raised by one and those behind it cut off.
pub(super) fn next_at(version: &PypiVersion, index: usize) -> PypiVersion {
    let mut numbers = version.numbers().to_vec();
    numbers.resize(index + 1, crate::ecosystem::number::Number::default());
    numbers[index] = numbers[index].successor();
    version.with_numbers(numbers)
}

/// `~=V`: at least V, with all numbers but the last as in V ("Compatible release").
fn compatible(written: &str, version: &PypiVersion) -> Result<VersionRange, String> {
    let count = version.numbers().len();
    if count < 2 {
        return Err("`~=` needs two numbers".into());
    }
    Ok(from_below(written, version, next_at(version, count - 2).first_dev()))
}

/// From V inclusive up to a bound exclusive.
pub(super) fn from_below(written: &str, version: &PypiVersion, bound: PypiVersion) -> VersionRange {
    VersionRange::between(Bound::Included(named(written, version)), Bound::Excluded(unnamed(bound)), true)
}

/// `>=V` ("Inclusive ordered comparison").
pub(super) fn from(written: &str, version: &PypiVersion) -> VersionRange {
    VersionRange::between(Bound::Included(named(written, version)), Bound::Unbounded, true)
}

/// `<=V` ("Inclusive ordered comparison"); local versions of V are V.
pub(super) fn up_to(written: &str, version: &PypiVersion) -> VersionRange {
    let upper = if version.is_local() { version.clone() } else { version.behind_locals() };
    VersionRange::between(Bound::Unbounded, Bound::Included(named(written, &upper)), true)
}

/// `<V`: unless V is a pre-release, its own pre-releases are left out too ("Exclusive ordered comparison").
pub(super) fn below(version: &PypiVersion) -> VersionRange {
    let bound = if version.is_prerelease() { version.clone() } else { version.first_dev() };
    if bound <= PypiVersion::zero().first_dev() {
        return VersionRange::none();
    }
    VersionRange::between(Bound::Unbounded, Bound::Excluded(unnamed(bound)), true)
}

/// `>V`: unless V is a post-release, its post-releases are left out too ("Exclusive ordered comparison").
pub(super) fn above(written: &str, version: &PypiVersion) -> VersionRange {
    let lower = match version.next_suffix() {
        Some(next) => Bound::Included(unnamed(next)),
        None => Bound::Excluded(named(written, &version.behind_posts())),
    };
    VersionRange::between(lower, Bound::Unbounded, true)
}
