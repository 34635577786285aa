//! `Gopkg.lock`: the revisions that dep chose (dep, "Gopkg.lock").
//!
//! Traps:
//! - `version` is a tag, whatever its form (`v6.0.0`, `6.0.0`, `kubernetes-1.14.8`), and is missing for a branch; the
//!   `revision` is always there.

use super::{locked, toml_string};
use crate::ecosystem::toml_text::{Document, Node, Text};
use crate::model::{Ecosystem, Format, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "gopkg_lock", name: "Gopkg.lock", ecosystem: Ecosystem::Golang, globs: &["Gopkg.lock"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    for project in document.root().get("projects").map(Node::items).unwrap_or_default() {
        let Some((name, _)) = toml_string(project, "name") else { continue };
        let version = toml_string(project, "version");
        let revision = toml_string(project, "revision");
        reading.declared.extend(locked(name, version, revision));
    }
    reading
}
