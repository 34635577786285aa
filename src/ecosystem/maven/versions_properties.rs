//! `versions.properties`: the versions that the Gradle plugin `refreshVersions` puts in the place of `_` (its manual, "Use the
//! versions placeholder"). Java's format, as in `gradle.properties`.
//!
//! - The version of `group:artifact` stands under `version.group..artifact`.
//! - A value that is a key itself (`version.…`, `plugin.…`) stands for the value there.
//! - Other tools use the name of this file, too; a value counts only where a script asks for one with `_`.
//!
//! Not done: shorter keys (`version.kotlin`), which the plugin has for some modules, none of them a client's, and which a settings
//! script can add; another name or place of the file.

use super::gradle_properties;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "versions_properties",
    name: "versions of refreshVersions",
    ecosystem: Ecosystem::Maven,
    globs: &["versions.properties"],
    read: gradle_properties::read,
};

/// What a script writes in the place of a version that stands in such a file.
pub const PLACEHOLDER: &str = "_";

/// The key of a package's version.
pub fn key(package: &str) -> Option<String> {
    let (group, artifact) = package.split_once(':')?;
    Some(format!("version.{group}..{artifact}"))
}

/// Whether a value is the key of another.
pub fn is_key(value: &str) -> bool {
    value.starts_with("version.") || value.starts_with("plugin.")
}
