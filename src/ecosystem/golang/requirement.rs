//! Requirements on Go modules: go.mod's, and those of the tools before it, dep and Glide, which share a library for ranges
//! of Semantic Versioning ("Gopkg.toml", "Version rules"; Glide, "Versions and Ranges").
//!
//! Traps:
//! - A bare version is a caret range for dep and that very version for Glide; `=` makes it exact for both.
//! - A partial version or `x` stands for every number in its place, and then `=`, `~` and `^` alike mean the whole of it.
//! - A `v` in front is allowed, and `=>` and `=<` are spellings of `>=` and `<=`.
//! - `,` and blanks are AND, `||` is OR; a dash between blanks makes a range of two ends, both in it.
//! - Pre-releases belong to a range only where it names one.
//! - A tag that is no version (`kubernetes-1.14.8`) is no range either; it is a name, and refused here.

use std::ops::Bound;

use super::version::GolangVersion;
use crate::model::Grammar;
use crate::version::{Interval, Order, Version, VersionRange};

/// Most alternatives and conditions that are read.
const MAX_PARTS: usize = 1000;

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    if grammar == Grammar::GoMod {
        let version = GolangVersion::parse(text)?;
        return Ok(VersionRange::exactly(Version::new(text, Order::Golang(version))));
    }
    let mut all = VersionRange::none();
    for alternative in text.split("||").take(MAX_PARTS) {
        all = all.union(conditions(alternative.trim(), grammar)?);
    }
    Ok(all)
}

/// The versions that meet all conditions of a text.
fn conditions(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    if let Some((from, to)) = text.split_once(" - ") {
        let from = condition(&format!(">={}", from.trim()), grammar)?;
        let to = condition(&format!("<={}", to.trim()), grammar)?;
        return Ok(from.intersect(&to));
    }
    let mut range: Option<VersionRange> = None;
    for part in words(text).into_iter().take(MAX_PARTS) {
        let next = condition(&part, grammar)?;
        range = Some(range.map_or(next.clone(), |range| range.intersect(&next)));
    }
    range.ok_or_else(|| "it is empty".into())
}

/// The conditions of a text, each an operator joined with its version.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(last) if last.ends_with(is_operator) => last.push_str(word),
            _ => words.push(word.into()),
        }
    }
    words
}

fn is_operator(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '~' | '^')
}

/// A version whose last numbers may be left open.
struct Partial {
    lowest: Version,
    /// The first version behind it; the version itself is meant if there is none.
    behind: Option<Version>,
    /// How many numbers are given.
    given: usize,
}

fn condition(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    let split = text.find(|c: char| !is_operator(c)).unwrap_or(text.len());
    let (operator, version) = text.split_at(split);
    let partial = partial(version)?;
    let prereleases = partial.lowest.is_prerelease();
    let between = |lower, upper| VersionRange::between(lower, upper, prereleases);
    let lowest = || Bound::Included(partial.lowest.clone());
    let whole = || match &partial.behind {
        Some(behind) => between(lowest(), Bound::Excluded(behind.clone())),
        None if partial.given == 0 => VersionRange::all(false),
        None => VersionRange::exactly(partial.lowest.clone()),
    };
    Ok(match operator {
        "" if grammar == Grammar::Dep => caret(&partial, prereleases),
        "" | "=" | "==" => whole(),
        "!=" => VersionRange::all(false).intersect(&whole().complement()),
        ">" => match &partial.behind {
            Some(behind) => between(Bound::Included(behind.clone()), Bound::Unbounded),
            None => between(Bound::Excluded(partial.lowest.clone()), Bound::Unbounded),
        },
        ">=" | "=>" => between(lowest(), Bound::Unbounded),
        "<" => between(Bound::Unbounded, Bound::Excluded(partial.lowest.clone())),
        "<=" | "=<" => match &partial.behind {
            Some(behind) => between(Bound::Unbounded, Bound::Excluded(behind.clone())),
            None => between(Bound::Unbounded, lowest()),
        },
        "~" | "~>" => tilde(&partial, prereleases),
        "^" => caret(&partial, prereleases),
        other => return Err(format!("`{other}` is no operator")),
    })
}

/// `~1.2.3` and `~1.2` stay within 1.2, `~1` within 1.
fn tilde(partial: &Partial, prereleases: bool) -> VersionRange {
    let parsed = parsed(&partial.lowest);
    let behind = if partial.given >= 2 { parsed.next_minor() } else { parsed.next_major() };
    upto(partial, behind, prereleases)
}

/// `^1.2.3` stays within the first number that is not zero.
fn caret(partial: &Partial, prereleases: bool) -> VersionRange {
    let parsed = parsed(&partial.lowest);
    let behind = match (parsed.is_major_zero(), parsed.is_minor_zero(), partial.given) {
        (false, _, _) | (true, _, 1) => parsed.next_major(),
        (true, false, _) | (true, true, 2) => parsed.next_minor(),
        (true, true, _) => parsed.next_patch(),
    };
    upto(partial, behind, prereleases)
}

fn upto(partial: &Partial, behind: GolangVersion, prereleases: bool) -> VersionRange {
    if partial.given == 0 {
        return VersionRange::all(false);
    }
    let behind = Version::new(behind.to_string(), Order::Golang(behind));
    VersionRange::from_intervals([Interval::new(
        Bound::Included(partial.lowest.clone()),
        Bound::Excluded(behind),
        prereleases,
    )])
}

fn parsed(version: &Version) -> &GolangVersion {
    match version.order() {
        Order::Golang(version) => version,
        _ => unreachable!("a partial version is one of Go"),
    }
}

fn partial(text: &str) -> Result<Partial, String> {
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (numbers, rest) = bare.split_at(bare.find(['-', '+']).unwrap_or(bare.len()));
    let mut given: Vec<&str> = numbers.split('.').collect();
    if given.len() > 3 || bare.is_empty() {
        return Err("it is no version".into());
    }
    let open = given.iter().position(|number| matches!(*number, "x" | "X" | "*")).unwrap_or(given.len());
    given.truncate(open);
    let count = given.len();
    given.resize(3, "0");
    let rest = if count == 3 { rest } else { "" };
    let text = format!("v{}{rest}", given.join("."));
    let lowest = GolangVersion::parse(&text).map_err(|_| "it is no version")?;
    let behind = match count {
        0 | 3 => None,
        1 => Some(lowest.next_major()),
        _ => Some(lowest.next_minor()),
    };
    let version = |parsed: GolangVersion| Version::new(parsed.to_string(), Order::Golang(parsed));
    Ok(Partial { lowest: version(lowest), behind: behind.map(version), given: count })
}
