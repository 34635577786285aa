//! Poetry's constraints (Poetry's "Dependency specification"), as the parser of `poetry-core` takes them.
//!
//! Traps:
//! - A bare version is exact: `12.0` is not 12.0.*.
//! - A comma or white space is AND, `|` and `||` are OR.
//! - `^` keeps the leftmost number that is not zero (`^0.0.3` is below 0.0.4), but numbers that are not written count too:
//!   `^0.0` is below 0.1, `^0` below 1. `~12` is below 13, `~12.0` below 12.1.
//! - `>=12.*` is taken as `>=12`, and `~=12` as `~12`, which PEP 440 refuses.
//!
//! Pre-releases: a single range that names one takes them in, as PEP 440 and Poetry 1 have it. Poetry 2 prefers releases
//! even then, but a requirement does not tell which Poetry reads it.
//!
//! Not done here: wildcards behind suffixes (`1.0.post1.*`) are refused.

use super::requirement::{
    Specifiers, above, below, equal, from, from_below, next_at, prefix_range, up_to, version as strict_version,
};
use super::version::{PypiVersion, is_space, trim};
use crate::version::VersionRange;

/// Reads a constraint.
pub(super) fn specifiers(text: &str) -> Result<Specifiers, String> {
    let alternatives = alternatives(trim(text));
    let mut admitted = VersionRange::none();
    let mut name_prerelease = false;
    for alternative in &alternatives {
        let alternative = alternative.trim_end_matches(',').trim_end_matches(is_space);
        let mut all = Specifiers::any();
        for part in conjunction(alternative) {
            all = all.and(&single(part)?);
        }
        name_prerelease |= all.names_prerelease();
        admitted = admitted.union(all.into_admitted());
    }
    Ok(Specifiers::new(admitted, name_prerelease && alternatives.len() == 1))
}

fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, behind)) = rest.split_once('|') {
        parts.push(trim(part));
        rest = behind.strip_prefix('|').unwrap_or(behind).trim_start_matches(is_space);
    }
    parts.push(rest);
    parts
}

/// Splits at commas and blanks. A separator does not follow an operator, and a `-` beside it, a comma behind it or the end
/// of the text make it none.
fn conjunction(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        match separator(text, at) {
            Some(end) => {
                parts.push(&text[start..at]);
                start = end;
                at = end;
            }
            None => at += 1,
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The end of the separator that starts at an offset: blanks, one comma or blank, blanks.
fn separator(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = *bytes.get(at.checked_sub(1)?)?;
    if matches!(before, b'^' | b'~' | b'=' | b'>' | b'<' | b' ' | b',') || !matches!(bytes[at], b' ' | b',') {
        return None;
    }
    let blanks = |from: usize| bytes[from..].iter().take_while(|byte| **byte == b' ').count();
    for middle in (at..=at + blanks(at)).rev() {
        let is_separator = matches!(bytes.get(middle), Some(b' ' | b','))
            && bytes[middle - 1] != b'-'
            && bytes.get(middle + 1) != Some(&b'-');
        if !is_separator {
            continue;
        }
        let first = middle + 1;
        let ends = (first..=first + blanks(first)).rev();
        if let Some(end) = ends.into_iter().find(|end| !matches!(bytes.get(*end), None | Some(b','))) {
            return Some(end);
        }
    }
    None
}

fn single(text: &str) -> Result<Specifiers, String> {
    if is_wildcard(text) {
        return Ok(Specifiers::any());
    }
    if text.is_empty() {
        return Err("it is empty".into());
    }
    let operators = ["~=", "~", "^", "<>", "!=", ">=", ">", "<=", "<", "==", "="];
    let operator = operators.into_iter().find(|operator| text.starts_with(operator)).unwrap_or("");
    let written = text[operator.len()..].trim_start_matches(is_space);
    let numbers = without_wildcards(written, operator);
    let wildcard = numbers.len() < written.len();
    // `dev` alone is a spelling of 0.0.dev0.
    let version =
        if numbers.eq_ignore_ascii_case("dev") { PypiVersion::parse("0.0.dev0") } else { strict_version(numbers) };
    let version = version?;
    if wildcard && (matches!(operator, "~=" | "~" | "^") || !version.is_plain()) {
        return Err("a wildcard goes with a comparison and plain numbers only".into());
    }
    let stable = version.stable();
    let admitted = match operator {
        "~=" if version.numbers().len() > 1 => {
            from_below(numbers, &version, next_at(&stable, version.numbers().len() - 2).first_dev())
        }
        "~=" => from_below(numbers, &version, next_at(&stable, 0).first_dev()),
        "~" => from_below(numbers, &version, next_at(&stable, version.numbers().len().min(2) - 1).first_dev()),
        "^" => from_below(numbers, &version, next_at(&stable, breaking(&version)).first_dev()),
        "<" => below(&version),
        "<=" => up_to(numbers, &version),
        ">" => above(numbers, &version),
        ">=" => from(numbers, &version),
        "!=" if wildcard => prefix_range(&version).complement(),
        "!=" => equal(numbers, &version).complement(),
        _ if wildcard => prefix_range(&version),
        _ => equal(numbers, &version),
    };
    Ok(Specifiers::new(admitted, operator != "!=" && version.is_prerelease()))
}

/// A version without its `.*`; several of them only stand for equality with at most three numbers.
fn without_wildcards<'a>(written: &'a str, operator: &str) -> &'a str {
    let Some(shorter) = written.strip_suffix(".*") else { return written };
    let numbers = shorter.trim_end_matches(".*");
    let several = matches!(operator, "" | "==" | "!=") && numbers.split('.').count() <= 3;
    if several { numbers } else { shorter }
}

/// `*`, `x`, `v*`, `*.*`, …
fn is_wildcard(text: &str) -> bool {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    text.split('.').all(|part| matches!(part, "*" | "x" | "X"))
}

/// The index of the number that `^` lets no version raise.
fn breaking(version: &PypiVersion) -> usize {
    match version.numbers() {
        [major, _, ..] if !major.is_zero() => 0,
        [_] | [] => 0,
        [_, minor, _, ..] if minor.is_zero() => 2,
        [_, _, ..] => 1,
    }
}
