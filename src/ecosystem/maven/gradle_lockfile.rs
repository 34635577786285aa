//! `gradle.lockfile` and its kin: what a build resolved, `group:artifact:version=configurations` (Gradle User Manual, "Locking
//! dependency versions").
//!
//! Traps:
//! - `empty=…` names the configurations that resolved to nothing.
//! - The older files in `gradle/dependency-locks` hold one configuration each, and lines without `=`.
//! - One module stands there several times if its configurations resolved to several versions.

use crate::model::{Declared, Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

use super::gradle;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "gradle_lockfile",
    name: "gradle.lockfile",
    ecosystem: Ecosystem::Maven,
    globs: &[
        "gradle.lockfile",
        "buildscript-gradle.lockfile",
        "settings-gradle.lockfile",
        "gradle/dependency-locks/*.lockfile",
    ],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    for number in 1..=source.line_count() {
        let line = source.line(number);
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let start = source.line_start(number) + (line.len() - line.trim_start().len());
        let (module, configurations) = match text.split_once('=') {
            Some((module, configurations)) => (module, Some(configurations)),
            None => (text, None),
        };
        if module == "empty" && configurations.is_some() {
            continue;
        }
        let parts: Vec<&str> = module.split(':').collect();
        let is_whole = parts.iter().all(|part| !part.is_empty());
        let ([group, artifact, version], true) = (parts.as_slice(), is_whole) else {
            if reading.problems.is_empty() {
                let message = "this is no line of a lockfile of Gradle, so something may be missed".into();
                let span = Span::new(start, start + text.len());
                reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
            }
            continue;
        };
        let at = start + group.len() + artifact.len() + 2;
        reading.declared.push(Declared {
            name: format!("{group}:{artifact}"),
            stated: Stated::Locked((*version).to_owned()),
            scope: scope(configurations.unwrap_or_default()),
            direct: Some(false),
            condition: configurations.filter(|text| !text.is_empty()).map(str::to_owned),
            span: Span::new(at, at + version.len()),
        });
    }
    reading
}

/// What a module is for, by the configurations that it is in.
fn scope(configurations: &str) -> Scope {
    let names = || configurations.split(',').filter(|name| !name.is_empty());
    if names().next().is_none() {
        return Scope::Runtime;
    }
    if names().all(|name| name == "classpath" || name.to_ascii_lowercase().ends_with("annotationprocessor")) {
        return Scope::Build;
    }
    if names().all(gradle::is_test) { Scope::Test } else { Scope::Runtime }
}
