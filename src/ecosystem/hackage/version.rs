//! Versions of Haskell packages, as the Package Versioning Policy ("Version numbers") orders them and Cabal reads them
//! (Cabal User Guide, "version" field).
//!
//! Traps:
//! - Versions are lists of numbers and ordered as such: 0.3 is below 0.3.0.0, and the two are different versions.
//! - A number has at most nine digits and no leading zero; Cabal refuses anything else.
//! - Tags (`1.2-beta`) are read and thrown away: 1.2-beta *is* 1.2. So there are no pre-releases.

use std::fmt;

/// Most digits that Cabal accepts in one number.
const MAX_DIGITS: usize = 9;

/// A version: at least one number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HackageVersion(Vec<u32>);

impl HackageVersion {
    /// Reads a version, its tags included.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<HackageVersion, String> {
        let text = text.trim_matches(is_space);
        let end = text.find('-').unwrap_or(text.len());
        let version = HackageVersion(text[..end].split('.').map(number).collect::<Result<_, _>>()?);
        if text[end..].split('-').skip(1).any(|tag| tag.is_empty() || !tag.chars().all(char::is_alphanumeric)) {
            return Err("what follows the numbers is no tag".into());
        }
        Ok(version)
    }

    /// A version of these numbers.
    pub(super) fn new(numbers: Vec<u32>) -> HackageVersion {
        HackageVersion(numbers)
    }

    /// The numbers.
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }

    /// Haskell knows no pre-releases.
    pub fn is_prerelease(&self) -> bool {
        false
    }

    /// The version itself.
    #[must_use]
    pub fn release(&self) -> HackageVersion {
        self.clone()
    }

    /// Whether the two differ in trailing zeros only, as 0.3 and 0.3.0.0 do.
    pub fn is_respelling_of(&self, other: &HackageVersion) -> bool {
        let (short, long) = if self.0.len() < other.0.len() { (&self.0, &other.0) } else { (&other.0, &self.0) };
        short.len() < long.len() && long.starts_with(short) && long[short.len()..].iter().all(|number| *number == 0)
    }
}

/// Reads one number of a version.
pub(super) fn number(digits: &str) -> Result<u32, String> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it is not made of numbers and dots".into());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("a number starts with a zero".into());
    }
    match digits.parse() {
        Ok(number) if digits.len() <= MAX_DIGITS => Ok(number),
        _ => Err(format!("a number has more than {MAX_DIGITS} digits")),
    }
}

/// Whether Cabal's parsers skip this character as white space: Haskell's `isSpace`, which leaves out line separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

impl fmt::Display for HackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            write!(f, "{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_zeros_make_another_version_and_a_respelling() {
        let version = |text| HackageVersion::parse(text).unwrap();
        assert!(version("0.3") < version("0.3.0.0") && version("0.3.0.0") < version("0.3.0.0.1"));
        assert!(version("0.3").is_respelling_of(&version("0.3.0.0")));
        assert!(version("0.3.0.0").is_respelling_of(&version("0.3")));
        assert!(!version("0.3").is_respelling_of(&version("0.3.0.1")));
        assert!(!version("0.3").is_respelling_of(&version("0.3")), "the same spelling is none of another");
    }
}
