//! `ivy.xml`: a module's dependencies (Ant Ivy, "Ivy file", `dependency`, "Version matchers").
//!
//! Traps:
//! - `rev` is a version, a prefix with `+`, `latest.…`, or a range whose brackets may be turned round: Gradle's grammar has them all.
//! - `conf` says which configurations of the module need it, in the form `test->default`.
//! - `${…}` is a property of Ant, which a build file or the command line sets.
//!
//! Not done: `ivysettings.xml`, included files, overrides, parents.

use super::script::template;
use crate::ecosystem::xml::{Element, Tree};
use crate::model::{Declared, Ecosystem, Format, Grammar, Reading, Scope, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "ivy_xml",
    name: "ivy.xml",
    ecosystem: Ecosystem::Maven,
    globs: &["ivy.xml", "*.ivy.xml", "ivy-*.xml"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut tree = Tree::read(source.text());
    let mut reading = Reading { problems: std::mem::take(&mut tree.problems), ..Reading::default() };
    let Some(module) = tree.root().filter(|root| root.name == "ivy-module") else {
        return reading;
    };
    for dependency in tree.path(module, &["dependencies", "dependency"]) {
        reading.declared.extend(declared(module, dependency, &tree));
    }
    reading
}

fn declared(module: &Element, dependency: &Element, tree: &Tree) -> Option<Declared> {
    let written = |element: &Element, name: &str| {
        let attribute = element.attribute(name).filter(|attribute| !attribute.value.is_empty())?;
        Some((attribute.value.clone(), attribute.span))
    };
    let (artifact, place) = written(dependency, "name")?;
    // A module of one's own organisation need not name it.
    let own = || written(tree.child(module, "info")?, "organisation");
    let (group, _) = written(dependency, "org").or_else(own)?;
    let scope = written(dependency, "conf").map_or(Scope::Runtime, |(conf, _)| scope(&conf));
    let (stated, span) = match written(dependency, "rev") {
        Some((rev, span)) if rev.contains("${") => (Stated::Computed(rev), span),
        Some((rev, span)) => (Stated::Requirement(rev, Grammar::Gradle), span),
        None => (Stated::Nothing, place),
    };
    let name = format!("{group}:{artifact}");
    template::is_literal(&name).then_some(Declared { name, stated, scope, direct: Some(true), condition: None, span })
}

/// What a dependency is for, by the configurations before the arrows.
fn scope(conf: &str) -> Scope {
    let is_test = |part: &str| {
        let own = part.split("->").next().unwrap_or(part);
        own.split(',').all(|name| name.trim().to_ascii_lowercase().starts_with("test"))
    };
    if conf.split(';').all(is_test) { Scope::Test } else { Scope::Runtime }
}
