//! What conda says of a version in a match specification (conda's "Package match specifications").
//!
//! Traps:
//! - `=1.2` and `1.2*` are prefixes, `1.2` alone and `==1.2` are exact; with a build behind it, `=1.2=py_0`, `=` is exact too.
//! - A comma is AND and binds closer than `|`, which is OR. White space is neither: what follows it is the build.
//! - Both hold only of what stands alone: in a list `=1.2` is a prefix whatever follows, and of `==1.2.*` the `.*` is
//!   dropped, which alone makes it a prefix.
//! - `>=1.2.*` is taken as `>=1.2`, and `~=1` as `>=1`.
//!
//! Versions are compared in the order of PEP 440, which is conda's for all that both can read, except that conda puts
//! post-releases and local versions above a `>`.
//!
//! Not done here: parentheses and regular expressions.

use super::requirement::{Specifiers, below, equal, from, from_below, next_at, prefix_range, up_to, version};
use super::version::{PypiVersion, is_space};
use crate::version::{Order, Version, VersionRange};
use std::ops::Bound;

/// Reads what stands behind a name.
pub(super) fn specifiers(text: &str) -> Result<Specifiers, String> {
    let (text, has_build) = without_build(text.trim());
    let text: String = text.chars().filter(|c| !is_space(*c)).collect();
    if text.contains(['(', ')', '^', '$', '@']) {
        return Err("such an expression is not read".into());
    }
    let mut admitted = VersionRange::none();
    let mut names_prerelease = false;
    let is_alone = !text.contains(['|', ',']);
    for alternative in text.split('|') {
        let mut all = Specifiers::any();
        for part in alternative.split(',') {
            all = all.and(&single(part, is_alone, has_build)?);
        }
        names_prerelease |= all.names_prerelease();
        admitted = admitted.union(all.into_admitted());
    }
    Ok(Specifiers::new(admitted, names_prerelease))
}

/// The text without the build behind it, and whether there is one: behind the last blank or `=` that no operator precedes.
fn without_build(text: &str) -> (&str, bool) {
    let Some(at) = text.rfind([' ', '=']) else { return (text, false) };
    let (before, build) = (&text[..at], &text[at + 1..]);
    let is_operator = before.is_empty() || before.ends_with(['=', '!', '|', ',', '<', '>', '~', ' ']);
    let is_build = !build.is_empty() && !build.contains(['-', ',', '|', '<', '>', '~']);
    if is_operator || !is_build { (text, false) } else { (before, true) }
}

fn single(text: &str, is_alone: bool, has_build: bool) -> Result<Specifiers, String> {
    let operators = ["===", "==", "!=", "~=", ">=", "<=", "=", ">", "<"];
    let operator = operators.into_iter().find(|operator| text.starts_with(operator)).unwrap_or("");
    let written = &text[operator.len()..];
    if matches!(operator, "" | "=" | "==") && matches!(written, "*" | "*.*") {
        return Ok(Specifiers::any());
    }
    let bare = written.strip_suffix(".*").or_else(|| written.strip_suffix('*')).unwrap_or(written);
    let is_prefix = bare.len() < written.len();
    let numbers = version(bare)?;
    let admitted = match operator {
        "!=" if is_prefix => prefix_range(&numbers).complement(),
        "!=" => equal(bare, &numbers).complement(),
        ">=" => from(bare, &numbers),
        "<=" => up_to(bare, &numbers),
        "<" => below(&numbers),
        ">" => above(bare, &numbers),
        // Of a single number nothing is left to be the same.
        "~=" if numbers.numbers().len() < 2 => from(bare, &numbers),
        "~=" => from_below(bare, &numbers, next_at(&numbers.stable(), numbers.numbers().len() - 2).first_dev()),
        "=" if (!has_build || !is_alone) && numbers.is_plain() => prefix_range(&numbers),
        "==" if written.ends_with(".*") && !is_alone => equal(bare, &numbers),
        _ if is_prefix && numbers.is_plain() => prefix_range(&numbers),
        _ => equal(bare, &numbers),
    };
    Ok(Specifiers::new(admitted, operator != "!=" && numbers.is_prerelease()))
}

/// `>V`, which unlike PEP 440's takes in post-releases of V.
fn above(written: &str, version: &PypiVersion) -> VersionRange {
    let lower = Version::new(written, Order::Pypi(version.clone()));
    VersionRange::between(Bound::Excluded(lower), Bound::Unbounded, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> String {
        specifiers(text).map_or_else(|why| why, |specifiers| specifiers.range(false).to_string())
    }

    #[test]
    fn a_single_equals_sign_is_a_prefix_unless_a_build_follows() {
        assert_eq!(range("=12.0"), "[12.0, 12.1)");
        assert_eq!(range("12.0*"), "[12.0, 12.1)");
        assert_eq!(range("=12.0.*"), "[12.0, 12.1)");
        for exact in ["==12.0", "12.0", "=12.0=py_0", "==12.0=py_0", "12.0 py_0", "=12.0 py_0"] {
            assert_eq!(range(exact), "[12.0]", "{exact}");
        }
    }

    #[test]
    fn commas_bind_closer_than_bars() {
        assert_eq!(range(">=11, <12|>=20"), "[11, 12) or [20, )");
        assert_eq!(range(">=11,<12 py39*"), "[11, 12)");
        assert_eq!(range(">=11.*"), "[11, )");
        assert_eq!(range("!=11.*"), "(, 11) or [12, )");
        assert_eq!(range(">11.0"), "(11.0, )");
        assert_eq!(range("~=11.2"), "[11.2, 12)");
        assert_eq!(range("*"), "(, )");
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in ["(>=1)", "^1.*$", "1.2.3.dev_x-", ">=", "1,,2", "=", ">>1"] {
            assert!(specifiers(text).is_err(), "{text}");
        }
    }
}
