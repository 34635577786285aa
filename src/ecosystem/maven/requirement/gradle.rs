//! Requirements of Gradle (Gradle User Manual, "Declaring versions and ranges", "Rich versions", "Understanding version
//! ordering").
//!
//! Gradle has an order of its own: it decides whether a version is in a range and which of two requests is higher. The artifact is
//! one of Maven all the same, so the set that a requirement stands for, which is held against a minimum, is in Maven's order.
//!
//! Traps:
//! - `9.+` is a prefix of the text, and so is `9+`, which `90.0` has, too.
//! - Bracketed ranges turn their brackets round for excluded ends: `]8.0,9.0[`. Ranges cannot be joined: what is no range is an
//!   exact version, commas and all.
//! - `1.1` is below `1.1.0`, and `9.0.0.Final` below `9.0.0`.
//! - `X!!` is `strictly X`; `R!!X` is `strictly R` and prefers `X`. `strictly` and `require` replace each other, and forget what was
//!   rejected before.

use std::cmp::Ordering;
use std::ops::Bound;

use super::{single, trim};
use crate::ecosystem;
use crate::ecosystem::number::Number;
use crate::model::Ecosystem;
use crate::version::{Interval, Version, VersionRange};

/// Most digits that a number can go on with behind a prefix such as `9+`.
const MORE_DIGITS: u32 = 4;

/// What is asked of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich {
    /// What must hold, if anything, and whether nothing may overrule it.
    pub required: Option<(String, bool)>,
    /// What is taken if nothing else asks.
    pub preferred: Option<String>,
    /// What is not taken.
    pub rejected: Vec<String>,
}

impl Rich {
    /// Reads a requirement: a version, a range, the short form with `!!`, or calls joined by `; `.
    pub fn parse(text: &str) -> Rich {
        let mut rich = Rich::default();
        let calls = ["require ", "strictly ", "prefer ", "reject "];
        if calls.iter().any(|call| text.starts_with(call)) {
            for call in text.split("; ") {
                let (call, version) = call.split_once(' ').unwrap_or((call, ""));
                let version = trim(version).to_owned();
                match call {
                    "require" | "strictly" => {
                        rich.required = Some((version, call == "strictly"));
                        rich.rejected.clear();
                    }
                    "prefer" => rich.preferred = Some(version),
                    "reject" => rich.rejected.push(version),
                    _ => {}
                }
            }
            if let Some((required, false)) = rich.required.clone() {
                rich.shorten(&required);
            }
        } else {
            rich.required = Some((trim(text).to_owned(), false));
            rich.shorten(trim(text));
        }
        rich
    }

    /// Takes the short form with `!!` apart.
    fn shorten(&mut self, text: &str) {
        if let Some((strict, preferred)) = text.split_once("!!") {
            self.required = Some((trim(strict).to_owned(), true));
            if !trim(preferred).is_empty() {
                self.preferred = Some(trim(preferred).to_owned());
            }
        }
    }

    /// Whether nothing may overrule it.
    pub fn is_strict(&self) -> bool {
        matches!(self.required, Some((_, true)))
    }

    /// Whether a version satisfies it, in Gradle's order.
    pub fn accepts(&self, version: &str) -> bool {
        let required = self.required.as_ref().is_none_or(|(text, strict)| {
            // A version that is required, and no range, may be overruled by a higher one.
            accepts(text, version) || (!strict && !is_dynamic(text) && compare(version, text).is_gt())
        });
        required && !self.rejected.iter().any(|rejected| accepts(rejected, version))
    }

    /// The versions that it admits when nothing else asks.
    ///
    /// # Errors
    /// A sentence without the requirement itself, if it holds something that is no version.
    pub fn range(&self) -> Result<VersionRange, String> {
        let chosen = match (&self.required, &self.preferred) {
            (None, None) => return Ok(VersionRange::all(true).intersect(&self.not_rejected()?)),
            (None, Some(preferred)) => preferred,
            (Some((required, _)), Some(preferred)) if !is_dynamic(preferred) && accepts(required, preferred) => {
                preferred
            }
            (Some((required, _)), _) => required,
        };
        Ok(set(chosen)?.intersect(&self.not_rejected()?))
    }

    fn not_rejected(&self) -> Result<VersionRange, String> {
        let mut range = VersionRange::all(true);
        for rejected in &self.rejected {
            range = range.intersect(&set(rejected)?.complement());
        }
        Ok(range)
    }
}

/// Whether a text is no single version.
pub fn is_dynamic(text: &str) -> bool {
    text.ends_with('+') || text.starts_with("latest.") || bounds(text).is_some()
}

/// Whether a version is in what a text says, in Gradle's order.
pub fn accepts(text: &str, version: &str) -> bool {
    if let Some(prefix) = text.strip_suffix('+') {
        return version.starts_with(prefix);
    }
    if text.starts_with("latest.") {
        return true;
    }
    let Some((lower, upper)) = bounds(text) else { return compare(text, version).is_eq() };
    let above = match lower {
        Bound::Unbounded => true,
        Bound::Included(lower) => compare(version, lower).is_ge(),
        Bound::Excluded(lower) => compare(version, lower).is_gt(),
    };
    let below = match upper {
        Bound::Unbounded => true,
        Bound::Included(upper) => compare(version, upper).is_le(),
        // An excluded end leaves out what leads up to it, too.
        Bound::Excluded(upper) => compare(version, upper).is_lt() && !is_prefix(upper, version),
    };
    above && below
}

/// Whether a version is a bound followed by a qualifier.
fn is_prefix(bound: &str, version: &str) -> bool {
    version.strip_prefix(bound).is_some_and(|rest| rest.starts_with(['.', '-', '_', '+']))
}

/// The set of versions in Maven's order.
fn set(text: &str) -> Result<VersionRange, String> {
    let version = |text: &str| ecosystem::version(Ecosystem::Maven, text).map_err(|why| why.message);
    if let Some(prefix) = text.strip_suffix('+') {
        return with_prefix(prefix);
    }
    if text.starts_with("latest.") {
        return Ok(VersionRange::all(true));
    }
    match bounds(text) {
        None => single(text).map(VersionRange::exactly),
        Some((lower, upper)) => {
            let read = |bound: Bound<&str>| -> Result<Bound<Version>, String> {
                Ok(match bound {
                    Bound::Unbounded => Bound::Unbounded,
                    Bound::Included(text) => Bound::Included(version(text)?),
                    Bound::Excluded(text) => Bound::Excluded(version(text)?),
                })
            };
            Ok(VersionRange::between(read(lower)?, read(upper)?, true))
        }
    }
}

/// The versions whose text starts with a prefix.
fn with_prefix(prefix: &str) -> Result<VersionRange, String> {
    if prefix.is_empty() {
        return Ok(VersionRange::all(true));
    }
    let version = |text: &str| ecosystem::version(Ecosystem::Maven, text).map_err(|why| why.message);
    let (base, is_whole) = match prefix.strip_suffix(['.', '-']) {
        Some(base) => (base, true),
        None => (prefix, false),
    };
    let digits = base.len() - base.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, last) = base.split_at(base.len() - digits);
    let Ok(last) = last.parse::<u64>() else { return Err("no number stands before the `+`".into()) };
    let mut intervals = Vec::new();
    for more in 0..if is_whole { 1 } else { MORE_DIGITS } {
        let factor = 10u64.pow(more);
        let (Some(from), Some(to)) = (last.checked_mul(factor), (last + 1).checked_mul(factor)) else { break };
        // `0+` has no tens.
        if more > 0 && last == 0 {
            break;
        }
        let (from, to) = (version(&format!("{head}{from}"))?, version(&format!("{head}{to}"))?);
        intervals.push(Interval::new(Bound::Included(from), Bound::Excluded(to), true));
    }
    Ok(VersionRange::from_intervals(intervals))
}

/// The ends of a range; `None` for what is none.
fn bounds(text: &str) -> Option<(Bound<&str>, Bound<&str>)> {
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    if text.len() < 3 || !matches!(first, '[' | ']' | '(') || !matches!(last, ']' | '[' | ')') {
        return None;
    }
    let inside = &text[1..text.len() - 1];
    if inside.contains(['[', ']', '(', ')']) {
        return None;
    }
    let Some((lower, upper)) = inside.split_once(',') else {
        let single = trim(inside);
        let is_single = first == '[' && last == ']' && !single.is_empty();
        return is_single.then_some((Bound::Included(single), Bound::Included(single)));
    };
    let (lower, upper) = (trim(lower), trim(upper));
    if upper.contains(',') || (lower.is_empty() && upper.is_empty()) {
        return None;
    }
    let lower = match (lower, first) {
        ("", '(') => Bound::Unbounded,
        ("", _) => return None,
        (lower, '[') => Bound::Included(lower),
        (lower, _) => Bound::Excluded(lower),
    };
    let upper = match (upper, last) {
        ("", ')') => Bound::Unbounded,
        ("", _) => return None,
        (upper, ']') => Bound::Included(upper),
        (upper, _) => Bound::Excluded(upper),
    };
    Some((lower, upper))
}

/// Gradle's order of two versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    for index in 0..a.len().max(b.len()) {
        let order = match (a.get(index), b.get(index)) {
            (Some(a), Some(b)) => compare_parts(a, b),
            // A number more is higher, a text more is lower.
            (Some(more), None) => {
                if Number::parse(more).is_some() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (None, Some(more)) => {
                if Number::parse(more).is_some() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (None, None) => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    match (Number::parse(a), Number::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => rank(a).cmp(&rank(b)).then_with(|| if rank(a) == 0 { a.cmp(b) } else { Ordering::Equal }),
    }
}

/// The words that have a place of their own: `dev` below all text, the others above it.
fn rank(text: &str) -> i8 {
    match text.to_ascii_lowercase().as_str() {
        "dev" => -1,
        "rc" => 1,
        "snapshot" => 2,
        "final" => 3,
        "ga" => 4,
        "release" => 5,
        "sp" => 6,
        _ => 0,
    }
}

/// The parts of a version: between `.`, `-`, `_` and `+`, and where digits and other characters meet.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut in_digits) = (0, None);
    for (index, c) in text.char_indices() {
        let is_separator = matches!(c, '.' | '-' | '_' | '+');
        let is_digit = c.is_ascii_digit();
        if is_separator {
            parts.push(&text[start..index]);
            (start, in_digits) = (index + 1, None);
        } else if in_digits.is_some_and(|digits| digits != is_digit) {
            parts.push(&text[start..index]);
            (start, in_digits) = (index, Some(is_digit));
        } else {
            in_digits = Some(is_digit);
        }
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_requirement_accepts() {
        for (text, version, expected) in [
            ("8.0", "9.0", true),
            ("8.0!!", "9.0", false),
            ("8.0", "7.0", false),
            ("8.+", "8.0.1", true),
            ("9+", "90.0", true),
            ("]8.0,9.0[", "8.0", false),
            ("[8.0,9.0)", "9.0-SNAPSHOT", false),
            ("[8.0,9.0]", "9.0-SNAPSHOT", true),
            ("strictly [8.0, 9.0[; prefer 8.0.2", "8.5", true),
            ("require [8,9); reject 8.5", "8.5", false),
        ] {
            assert_eq!(Rich::parse(text).accepts(version), expected, "{text} {version}");
        }
    }
}
