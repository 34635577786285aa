//! Semantic Versioning 2.0.0 for the ecosystems that take it as it is: Cargo, Hex, Swift packages, and repositories whose
//! tags are the versions.
//!
//! Traps:
//! - Build metadata takes no part in the order; the `semver` crate ranks it in its `Ord`, so `cmp_precedence` is used.
//! - Numbers end at 64 bits. That is Cargo's own limit; Hex has none, and a longer number there is refused, so the version is
//!   undetermined.
//! - A tag may carry a leading `v`; a version in a manifest of Cargo or Hex may not.
//!
//! Not done here: requirements; Cargo's are read in `cargo/requirement`.

use std::cmp::Ordering;
use std::fmt;

use semver::{BuildMetadata, Prerelease};

/// A version by Semantic Versioning.
#[derive(Clone, Debug)]
pub struct SemanticVersion(semver::Version);

impl SemanticVersion {
    /// A version that is already read.
    pub fn new(version: semver::Version) -> SemanticVersion {
        SemanticVersion(version)
    }

    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<SemanticVersion, String> {
        semver::Version::parse(text.trim()).map(SemanticVersion).map_err(|why| why.to_string())
    }

    /// Reads a tag that names a version: a `v` may stand in front.
    ///
    /// # Errors
    /// A sentence without the tag itself, if it names no version.
    pub fn parse_tag(text: &str) -> Result<SemanticVersion, String> {
        let text = text.trim();
        SemanticVersion::parse(text.strip_prefix('v').unwrap_or(text))
    }

    /// Whether the version has a pre-release part.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The version without its pre-release part.
    #[must_use]
    pub fn release(&self) -> SemanticVersion {
        let version = self.0.clone();
        SemanticVersion(semver::Version { pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY, ..version })
    }

    /// The release after this one: the third number is one more. There is none after the last 64-bit number.
    pub fn next_release(&self) -> Option<SemanticVersion> {
        let patch = self.0.patch.checked_add(1)?;
        Some(SemanticVersion(semver::Version::new(self.0.major, self.0.minor, patch)))
    }
}

impl Ord for SemanticVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

impl PartialOrd for SemanticVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SemanticVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for SemanticVersion {}

impl fmt::Display for SemanticVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
