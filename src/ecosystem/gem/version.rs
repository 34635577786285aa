//! Versions of Ruby gems.

use std::fmt;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GemVersion(String);

impl GemVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(_text: &str) -> Result<GemVersion, String> {
        Err("this ecosystem is not read yet".into())
    }

    /// Whether the ecosystem calls this a pre-release.
    pub fn is_prerelease(&self) -> bool {
        false
    }

    /// The version without its pre-release part.
    #[must_use]
    pub fn release(&self) -> GemVersion {
        self.clone()
    }
}

impl fmt::Display for GemVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
