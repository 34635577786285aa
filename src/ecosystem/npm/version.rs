//! Versions of npm packages: Semantic Versioning 2.0 as node-semver reads it in strict mode.
//!
//! Traps:
//! - A `v` or `=` in front is taken off, as npm does with what people type; white space round it too.
//! - A version has at most 256 characters and its numbers at most 2^53-1; numbers do not start with a zero.
//! - Build metadata is checked and then forgotten: it takes no part in the order.
//! - `rc7` and `rc10` have no dot, so they compare as text and `rc7` is the higher.
//!
//! Not done here: node-semver's loose mode (`1.0.0rc1`, `01.2.3`). npm and pnpm read it, Yarn does not, so what only that
//! mode can read is no version here.
//!
//! No library: the crates for Semantic Versioning differ from node-semver in the limits above.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::prerelease::{Prerelease, is_word};

/// Longest version node-semver reads (its `MAX_LENGTH`).
const MAX_LENGTH: usize = 256;

/// Highest number in a version: JavaScript's largest integer that has no neighbour problem, 2^53-1.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A version without its build metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpmVersion {
    numbers: [u64; 3],
    prerelease: Prerelease,
}

impl NpmVersion {
    /// Reads a version, with a `v` or `=` in front or not.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<NpmVersion, String> {
        let text = trim(text).trim_start_matches(['v', '=']);
        NpmVersion::parse_comparator(text)
    }

    /// Reads a version as it may stand behind the operator of a comparator: only a single `v` in front.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub(super) fn parse_comparator(text: &str) -> Result<NpmVersion, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("it is longer than {MAX_LENGTH} characters"));
        }
        let text = trim(text);
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = match text.split_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        let (core, prerelease) = match text.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (text, None),
        };
        let mut numbers = core.split('.').map(number);
        let (Some(major), Some(minor), Some(patch), None) =
            (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return Err("it does not have three numbers".into());
        };
        let prerelease = prerelease.map_or_else(|| Ok(Prerelease::default()), Prerelease::parse)?;
        if build.is_some_and(|build| build.split('.').any(|part| !is_word(part))) {
            return Err("its build metadata is malformed".into());
        }
        Ok(NpmVersion { numbers: [major?, minor?, patch?], prerelease })
    }

    /// Whether the version has a pre-release part.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The version without its pre-release part.
    #[must_use]
    pub fn release(&self) -> NpmVersion {
        NpmVersion { numbers: self.numbers, prerelease: Prerelease::default() }
    }

    /// The lowest pre-release of the same three numbers, `-0`.
    #[must_use]
    pub fn lowest_prerelease(&self) -> NpmVersion {
        NpmVersion { numbers: self.numbers, prerelease: Prerelease::lowest() }
    }

    /// The release that follows a release: nothing can lie between. `None` for a pre-release and at the highest number.
    pub fn next_release(&self) -> Option<NpmVersion> {
        let [major, minor, patch] = self.numbers;
        let follows = !self.is_prerelease() && patch < MAX_NUMBER;
        follows.then(|| NpmVersion { numbers: [major, minor, patch + 1], prerelease: Prerelease::default() })
    }
}

/// White space at both ends, by JavaScript's notion of it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

/// What JavaScript's `\s` matches (ECMA-262, "White Space" and "Line Terminators"): Unicode's, with the byte-order mark and
/// without U+0085.
pub(super) fn is_white_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{FEFF}'
}

fn number(digits: &str) -> Result<u64, String> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it does not have three numbers".into());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("a number starts with a zero".into());
    }
    match digits.parse() {
        Ok(number) if number <= MAX_NUMBER => Ok(number),
        _ => Err(format!("a number is above {MAX_NUMBER}")),
    }
}

impl Ord for NpmVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| self.prerelease.cmp(&other.prerelease))
    }
}

impl PartialOrd for NpmVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for NpmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = &self.numbers;
        write!(f, "{major}.{minor}.{patch}{}", self.prerelease)
    }
}
