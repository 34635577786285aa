//! Requirements on Ruby gems, as `Gem::Requirement` and `Gem::Dependency` read them (RubyGems,
//! `lib/rubygems/requirement.rb`, `lib/rubygems/dependency.rb`).
//!
//! Traps:
//! - One string holds one requirement. The readers join the strings of a declaration by commas ([`join`]); a string that
//!   holds a comma itself is an error in RubyGems and stays one here, because it is joined in quotes.
//! - No operator means `=`.
//! - `~> 4.9` is below 5, `~> 4.9.0` below 4.10, and neither admits a pre-release of its upper bound.
//! - Pre-releases are considered only if one of the versions that are named is one (`Gem::Dependency#prerelease?`).
//! - `>= 1.0.0.pre` does not admit 1.0.0.pre.alpha2, which is below.
//!
//! Not done: that Bundler takes a pre-release all the same where a gem has nothing else, which the files do not tell.

use std::ops::Bound;

use super::version::{GemVersion, is_space};
use crate::ecosystem::MAX_VERSION_LENGTH;
use crate::model::Grammar;
use crate::version::{Order, Version, VersionRange};

/// The operators; the longer of two that start alike first.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("~>", Operator::Approximately),
    ("=", Operator::Equal),
    (">", Operator::Above),
    ("<", Operator::Below),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Above,
    Below,
    AtLeast,
    AtMost,
    Approximately,
}

/// The requirements of one declaration, all of which must hold.
#[derive(Clone, Debug)]
pub struct Requirement(Vec<(Operator, GemVersion)>);

impl Requirement {
    /// Reads requirement strings that are joined by commas; no string at all is `>= 0`.
    ///
    /// # Errors
    /// A sentence without the requirement itself, if a string is none.
    pub fn parse(text: &str) -> Result<Requirement, String> {
        if text.len() > MAX_VERSION_LENGTH {
            return Err(format!("it is longer than {MAX_VERSION_LENGTH} bytes"));
        }
        if text.contains('"') {
            return Err("a string holds one requirement; give several as strings of their own".into());
        }
        text.split(',').map(clause).collect::<Result<_, _>>().map(Requirement)
    }

    /// Whether a version satisfies it, pre-release or not (`Gem::Requirement#satisfied_by?`): what an installed or locked
    /// version is held against.
    pub fn is_satisfied_by(&self, version: &GemVersion) -> bool {
        self.0.iter().all(|(operator, wanted)| match operator {
            Operator::Equal => version == wanted,
            Operator::NotEqual => version != wanted,
            Operator::Above => version > wanted,
            Operator::Below => version < wanted,
            Operator::AtLeast => version >= wanted,
            Operator::AtMost => version <= wanted,
            Operator::Approximately => version >= wanted && version.release() < wanted.bump(),
        })
    }
}

impl PartialEq for Requirement {
    /// The same clauses in any order; `~> 1.0` and `~> 1.0.0` differ (`Gem::Requirement#==`).
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &(Operator, GemVersion), b: &(Operator, GemVersion)| {
            a.0 == b.0 && a.1 == b.1 && (a.0 != Operator::Approximately || a.1.to_string() == b.1.to_string())
        };
        self.0.len() == other.0.len()
            && self.0.iter().all(|a| other.0.iter().any(|b| same(a, b)))
            && other.0.iter().all(|b| self.0.iter().any(|a| same(a, b)))
    }
}

/// Joins the requirement strings of a declaration; a string that is none, because it
/// is empty or holds a comma, is kept apart by quotes.
pub fn join<'a>(strings: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for string in strings {
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        if string.is_empty() || string.contains([',', '"']) {
            joined.push('"');
            joined.push_str(string);
            joined.push('"');
        } else {
            joined.push_str(string);
        }
    }
    joined
}

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(text: &str, _grammar: Grammar) -> Result<VersionRange, String> {
    let requirement = Requirement::parse(text)?;
    let prereleases = requirement.0.iter().any(|(_, version)| version.is_prerelease());
    let mut range = VersionRange::all(prereleases);
    for (operator, version) in requirement.0 {
        range = range.intersect(&admitted(operator, &version, prereleases));
    }
    Ok(range)
}

fn clause(text: &str) -> Result<(Operator, GemVersion), String> {
    let text = text.trim_start_matches(is_space);
    let found = OPERATORS.iter().find_map(|(word, operator)| Some((*operator, text.strip_prefix(word)?)));
    let (operator, version) = found.unwrap_or((Operator::Equal, text));
    if version.trim_matches(is_space).is_empty() {
        return Err("an operator needs a version behind it".into());
    }
    GemVersion::parse(version).map(|version| (operator, version))
}

fn admitted(operator: Operator, version: &GemVersion, prereleases: bool) -> VersionRange {
    let bound = |version: &GemVersion| Version::new(version.to_string(), Order::Gem(version.clone()));
    let here = bound(version);
    let between = |lower, upper| VersionRange::between(lower, upper, prereleases);
    match operator {
        Operator::Equal => VersionRange::exactly(here),
        Operator::NotEqual => between(Bound::Unbounded, Bound::Excluded(here.clone()))
            .union(between(Bound::Excluded(here), Bound::Unbounded)),
        Operator::Above => between(Bound::Excluded(here), Bound::Unbounded),
        Operator::Below => between(Bound::Unbounded, Bound::Excluded(here)),
        Operator::AtLeast if is_everything(version, prereleases) => VersionRange::all(prereleases),
        Operator::AtLeast => between(Bound::Included(here), Bound::Unbounded),
        Operator::AtMost => between(Bound::Unbounded, Bound::Included(here)),
        Operator::Approximately => {
            let upper = bound(&version.bump().below_prereleases());
            between(Bound::Included(here), Bound::Excluded(upper))
        }
    }
}

/// `>= 0` bounds no release, and `>= 0.a` is RubyGems' own way to say any version, pre-releases too
/// (`DefaultRequirement`, `DefaultPrereleaseRequirement`).
fn is_everything(version: &GemVersion, prereleases: bool) -> bool {
    match GemVersion::parse(if prereleases { "0.a" } else { "0" }) {
        Ok(default) => *version == default,
        Err(_) => false,
    }
}
