//! `project/build.properties`: the version of sbt that a build runs with (sbt Reference Manual, "sbt.version"). A build that
//! names no Scala version has that of its sbt.

use super::gradle_properties;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "build_properties",
    name: "build.properties of sbt",
    ecosystem: Ecosystem::Maven,
    globs: &["project/build.properties"],
    read: gradle_properties::read,
};

/// The property that names the version of sbt.
pub const SBT_VERSION: &str = "sbt.version";
