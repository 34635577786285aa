//! Versions of Maven artifacts, whatever tool builds.

use std::fmt;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MavenVersion(String);

impl MavenVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(_text: &str) -> Result<MavenVersion, String> {
        Err("this ecosystem is not read yet".into())
    }

    /// Whether the ecosystem calls this a pre-release.
    pub fn is_prerelease(&self) -> bool {
        false
    }

    /// The version without its pre-release part.
    #[must_use]
    pub fn release(&self) -> MavenVersion {
        self.clone()
    }
}

impl fmt::Display for MavenVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
