//! Requirements on Maven artifacts (POM Reference, "Dependency Version Requirement Specification").
//!
//! Traps:
//! - A bare version is a wish, taken as it is unless something nearer decides: the set is that version alone.
//! - Ranges know no pre-releases: `[8.0,9.0)` holds `9.0-SNAPSHOT`.
//! - Sets that overlap or are out of order are refused by one half of Maven and united by the half that resolves; here they
//!   are united. Ranges that hold nothing by their own bounds are refused.
//! - `LATEST` and `RELEASE` are whatever the repository holds that day. In lower case they are no such words.
//! - Any text is a version to Maven, and one that starts with a letter is below every number. So what a template or another tool
//!   is still to put a version in the place of (`_`, `TBD`, `%VERSION%`) would be an old version; it is told from one here.

pub mod gradle;

use std::ops::Bound;

use crate::ecosystem;
use crate::model::{Ecosystem, Grammar};
use crate::version::{Version, VersionRange};

/// Most sets in one requirement.
const MAX_SETS: usize = 1000;

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar or refers to a property.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    let text = trim(text);
    if text.contains("${") {
        return Err("it refers to a property".into());
    }
    if grammar == Grammar::Gradle {
        return gradle::Rich::parse(text).range();
    }
    match text {
        "LATEST" | "RELEASE" => return Ok(VersionRange::all(true)),
        _ if !text.starts_with(['[', '(']) => return single(text).map(VersionRange::exactly),
        _ => {}
    }
    let mut range = VersionRange::none();
    let mut rest = text;
    for _ in 0..MAX_SETS {
        if rest.is_empty() {
            return Ok(range);
        }
        if !rest.starts_with(['[', '(']) {
            return Err("only sets in brackets can be joined".into());
        }
        let end = rest.find([']', ')']).ok_or("a bracket is never closed")?;
        range = range.union(set(&rest[..=end])?);
        rest = trim(&rest[end + 1..]);
        rest = rest.strip_prefix(',').map_or(rest, trim);
    }
    Err(format!("it joins more than {MAX_SETS} sets"))
}

/// One set with its brackets.
fn set(text: &str) -> Result<VersionRange, String> {
    let inside = trim(&text[1..text.len() - 1]);
    let (includes_lower, includes_upper) = (text.starts_with('['), text.ends_with(']'));
    let Some((lower, upper)) = inside.split_once(',') else {
        if !includes_lower || !includes_upper {
            return Err("a single version needs square brackets".into());
        }
        return version(inside).map(VersionRange::exactly);
    };
    let (lower, upper) = (bound(lower, includes_lower)?, bound(upper, includes_upper)?);
    let range = VersionRange::between(lower, upper, true);
    if range.is_empty() { Err("the bounds are out of order".into()) } else { Ok(range) }
}

fn bound(text: &str, included: bool) -> Result<Bound<Version>, String> {
    match trim(text) {
        "" => Ok(Bound::Unbounded),
        text if included => version(text).map(Bound::Included),
        text => version(text).map(Bound::Excluded),
    }
}

/// A version that is asked for by itself.
///
/// # Errors
/// A sentence without the version itself, if it is none or only stands for one.
pub(super) fn single(text: &str) -> Result<Version, String> {
    let is_marked = text.contains(['%', '@', '#', '$']) || (text.starts_with("__") && text.ends_with("__"));
    if is_marked && !text.is_empty() {
        return Err("it is a template, in which the version is still to be put".into());
    }
    let version = version(text)?;
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err("it holds no digit, so it cannot be told from a placeholder".into());
    }
    Ok(version)
}

fn version(text: &str) -> Result<Version, String> {
    ecosystem::version(Ecosystem::Maven, text).map_err(|why| why.message)
}

/// White space as Java trims it.
fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}
