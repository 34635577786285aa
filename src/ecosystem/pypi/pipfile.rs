//! `Pipfile`: what Pipenv installs (Pipenv, "Pipfile & Pipfile.lock"): TOML with a table of packages per category.
//!
//! Traps:
//! - `packages` and `dev-packages` are the usual categories, but any other table is one as well, unless Pipenv knows it as
//!   something else.
//! - A bare version is exact, `*` is any, and so is an empty text.
//! - A table may hold a version or a source, and environment markers, whole or one by one.

use crate::ecosystem::pypi::pep508::Place;
use crate::ecosystem::pypi::toml_dependency::table;
use crate::ecosystem::toml_text::{Document, Text};
use crate::model::{Ecosystem, Format, Grammar, Reading, Scope};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "pipfile", name: "Pipfile", ecosystem: Ecosystem::Pypi, globs: &["Pipfile"], read };

/// The tables that are no category of packages.
const NO_CATEGORIES: &[&str] = &["source", "requires", "pipenv", "scripts", "build-system", "pipfile"];

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    for (key, node) in document.root().entries() {
        let place = match key.text {
            "packages" => Place::new(Scope::Runtime),
            "dev-packages" => Place::group(Scope::Development, "dev-packages"),
            other if NO_CATEGORIES.contains(&other) => continue,
            category => Place::development(category),
        };
        if node.is_table() {
            table(&mut reading, Some(node), Grammar::Pipfile, place);
        }
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}
