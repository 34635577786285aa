//! Gradle's scripts in Groovy: `build.gradle`, `settings.gradle`, scripts that are applied, convention plugins, and the classes
//! of `buildSrc`, `build-logic` and other projects that make plugins in Groovy and Java, of which constants and dependencies count.
//!
//! What it understands and leaves: `gradle`.

use super::gradle;
use super::script::Dialect;
use crate::model::{Ecosystem, Format, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "build_gradle",
    name: "Gradle script in Groovy",
    ecosystem: Ecosystem::Maven,
    globs: &[
        "*.gradle",
        "buildSrc/**/*.groovy",
        "buildSrc/**/*.java",
        "build-logic/**/*.groovy",
        "build-logic/**/*.java",
    ],
    read,
};

fn read(source: &SourceText) -> Reading {
    gradle::read(source, Dialect::Groovy)
}
