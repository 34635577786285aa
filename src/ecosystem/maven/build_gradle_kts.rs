//! Gradle's scripts in Kotlin: `build.gradle.kts`, `settings.gradle.kts`, scripts that are applied, convention plugins, and the
//! classes of `buildSrc` and `build-logic`, of which constants and dependencies count; by their usual names also the constants of
//! builds that are taken in under other names. The classes of a project that makes plugins, and of a build that `pluginManagement`
//! names, are read wherever they lie.
//!
//! What it understands and leaves: `gradle`.

use super::gradle;
use super::script::Dialect;
use crate::model::{Ecosystem, Format, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "build_gradle_kts",
    name: "Gradle script in Kotlin",
    ecosystem: Ecosystem::Maven,
    globs: &[
        "*.gradle.kts",
        "buildSrc/src/main/kotlin/*.kt",
        "buildSrc/**/*.kt",
        "build-logic/**/*.kt",
        "{Libs,Libraries,Deps,Dependencies,Versions}.kt",
    ],
    read,
};

fn read(source: &SourceText) -> Reading {
    gradle::read(source, Dialect::Kotlin)
}
