//! `requirements.lock` and its relatives: requirements files that Rye writes for a project, or a compiler for a file of
//! requirements (Rye, "Synchronizing and Locking"; `uv pip compile -o requirements.lock`).
//!
//! Traps:
//! - Helm 2 has a lockfile of this name for its charts, in YAML; it names no Python package.
//! - The project itself stands in it as `-e file:.`.

use super::requirements_txt;
use crate::model::{Ecosystem, Format, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "requirements_lock",
    name: "requirements.lock",
    ecosystem: Ecosystem::Pypi,
    globs: &["*requirements*.lock"],
    read,
};

fn read(source: &SourceText) -> Reading {
    if is_of_helm(source.text()) { Reading::default() } else { requirements_txt::read(source) }
}

/// Whether a text is a chart's: its lines start with keys that no requirement has.
fn is_of_helm(text: &str) -> bool {
    text.lines().any(|line| ["dependencies:", "digest:", "generated:"].iter().any(|key| line.starts_with(key)))
}
