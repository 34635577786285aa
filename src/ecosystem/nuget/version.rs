//! Versions of NuGet packages: one to four numbers, labels behind `-`, metadata behind `+` (NuGet documentation, "Package
//! versioning"; the order is that of `NuGet.Versioning.VersionComparer`).
//!
//! Traps:
//! - Missing numbers are 0 and a fourth number 0 is dropped: `7`, `7.0.0` and `7.0.0.0` are one version, leading zeros or not.
//! - Numbers are 32-bit and signed; a larger one is no version. Blanks may stand round each number.
//! - Labels are compared without case, and one is a number only if it fits into 32 bits too: `rc10` is below `rc9`, and a
//!   label of twenty digits is text. A label of digits has no leading zero; with a hyphen in front it may.
//! - Metadata takes no part in the order.
//!
//! Not done here: requirements and floating versions, see `requirement`.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::prerelease::is_word;

/// A version.
#[derive(Clone, Debug)]
pub struct NugetVersion {
    numbers: [i32; 4],
    labels: Vec<Label>,
}

/// A label in the order of the comparer: numbers below texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(i32),
    /// In capitals, which is how .NET compares without case: `_` aside it is the same as in small letters.
    Text(String),
}

impl NugetVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<NugetVersion, String> {
        let text = text.trim();
        let (text, metadata) = match text.split_once('+') {
            Some((text, metadata)) => (text, Some(metadata)),
            None => (text, None),
        };
        if metadata.is_some_and(|metadata| metadata.split('.').any(|part| !is_word(part))) {
            return Err("its metadata is malformed".into());
        }
        let (core, labels) = match text.split_once('-') {
            Some((core, labels)) => (core, labels.split('.').map(label).collect::<Result<_, _>>()?),
            None => (text, Vec::new()),
        };
        let mut numbers = [0; 4];
        for (index, digits) in core.split('.').enumerate() {
            let place = numbers.get_mut(index).ok_or("it has more than four numbers")?;
            *place = number(digits)?;
        }
        Ok(NugetVersion { numbers, labels })
    }

    /// Whether all its numbers are 0, so that no release is below it.
    pub fn is_zero(&self) -> bool {
        self.numbers == [0; 4]
    }

    /// Whether the version has labels.
    pub fn is_prerelease(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The version without its labels.
    #[must_use]
    pub fn release(&self) -> NugetVersion {
        NugetVersion { numbers: self.numbers, labels: Vec::new() }
    }
}

fn number(digits: &str) -> Result<i32, String> {
    let digits = digits.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it does not consist of numbers".into());
    }
    digits.parse().map_err(|_| "a number is larger than 2147483647".into())
}

fn label(text: &str) -> Result<Label, String> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_word(text) || has_leading_zero {
        return Err("a label is malformed".into());
    }
    // As the comparer reads it, a hyphen in front is a sign.
    Ok(text.parse().map_or_else(|_| Label::Text(text.to_ascii_uppercase()), Label::Number))
}

impl Ord for NugetVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.is_prerelease(), other.is_prerelease()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) | (true, true) => self.labels.cmp(&other.labels),
        })
    }
}

impl PartialOrd for NugetVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for NugetVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for NugetVersion {}

impl fmt::Display for NugetVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, revision] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if revision != 0 {
            write!(f, ".{revision}")?;
        }
        for (index, label) in self.labels.iter().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match label {
                Label::Number(number) => write!(f, "{number}")?,
                Label::Text(text) => f.write_str(&text.to_ascii_lowercase())?,
            }
        }
        Ok(())
    }
}
