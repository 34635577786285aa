//! `*.nuspec`: what a package says of itself and of the packages it needs (NuGet documentation, ".nuspec reference").
//!
//! Traps:
//! - Dependencies stand in `group` elements for frameworks, or without one.
//! - `$name$` is put in when the package is made; the file then says nothing of the version.
//! - A dependency without a version takes any.

use super::requirement_text;
use crate::ecosystem::xml::{Element, Tree};
use crate::model::{Declared, Ecosystem, Format, Grammar, Identity, Reading, Scope, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "nuspec", name: ".nuspec", ecosystem: Ecosystem::Nuget, globs: &["*.nuspec"], read };

fn read(source: &SourceText) -> Reading {
    let mut tree = Tree::read(source.text());
    let mut reading = Reading { problems: std::mem::take(&mut tree.problems), ..Reading::default() };
    let metadata = tree.root().filter(|root| root.name == "package").and_then(|root| tree.child(root, "metadata"));
    let Some(metadata) = metadata else { return reading };
    let value = |name| tree.child(metadata, name).map(|element| element.value.clone()).filter(|text| !text.is_empty());
    reading.identity = value("id").map(|name| Identity { name, version: value("version") });
    for dependencies in tree.named(metadata, "dependencies") {
        for element in tree.children(dependencies) {
            if element.name == "dependency" {
                reading.declared.extend(declared(element, None, source.text()));
            } else if element.name == "group" {
                let framework = element.attribute("targetFramework").map(|framework| framework.value.trim());
                let inside = tree.named(element, "dependency");
                reading.declared.extend(inside.filter_map(|element| declared(element, framework, source.text())));
            }
        }
    }
    reading
}

fn declared(element: &Element, framework: Option<&str>, text: &str) -> Option<Declared> {
    let id = element.attribute("id").filter(|id| !id.value.trim().is_empty())?;
    let (stated, span) = match element.attribute("version").and_then(|version| requirement_text(version, text)) {
        None => (Stated::Nothing, id.span),
        Some((version, span)) if version.contains('$') => (Stated::Computed(version.to_owned()), span),
        Some((version, span)) => (Stated::Requirement(version.to_owned(), Grammar::Nuget), span),
    };
    Some(Declared {
        name: id.value.trim().to_owned(),
        stated,
        scope: Scope::Runtime,
        direct: Some(true),
        condition: framework.map(str::to_owned),
        span,
    })
}
