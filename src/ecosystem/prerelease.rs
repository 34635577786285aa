//! The pre-release part of versions by Semantic Versioning 2.0, items 9 to 11, for the ecosystems whose numbers have limits of
//! their own: Go, which has none, and npm.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::number::Number;

/// The identifiers behind the `-`; none in a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prerelease(Vec<Identifier>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    /// All digits: below any text (item 11.4.3), among themselves by value.
    Numeric(Number),
    /// Compared byte by byte.
    Text(String),
}

impl Prerelease {
    /// Reads what stands behind the `-`.
    ///
    /// # Errors
    /// A sentence without the text itself, if it is malformed.
    pub fn parse(text: &str) -> Result<Prerelease, String> {
        text.split('.').map(identifier).collect::<Result<_, _>>().map(Prerelease)
    }

    /// The lowest there is, `-0`.
    pub fn lowest() -> Prerelease {
        Prerelease(vec![Identifier::Numeric(Number::from(0))])
    }

    /// Whether there is none: that of a release.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn identifier(text: &str) -> Result<Identifier, String> {
    if !is_word(text) {
        return Err("its pre-release part is malformed".into());
    }
    match Number::parse(text) {
        Some(_) if text.len() > 1 && text.starts_with('0') => Err("a pre-release number starts with a zero".into()),
        Some(number) => Ok(Identifier::Numeric(number)),
        None => Ok(Identifier::Text(text.into())),
    }
}

/// Whether a text is an identifier of a pre-release or of build metadata: letters, digits and hyphens, at least one.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Ord for Prerelease {
    /// None is above any (item 11.3).
    fn cmp(&self, other: &Self) -> Ordering {
        self.is_empty().cmp(&other.is_empty()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Prerelease {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Prerelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, identifier) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Numeric(number) => write!(f, "{number}")?,
                Identifier::Text(text) => f.write_str(text)?,
            }
        }
        Ok(())
    }
}
