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
use crate::source::{SourceText, Span};

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
        reading.declared.extend(declared(source, module, dependency, &tree));
    }
    reading
}

fn declared(source: &SourceText, module: &Element, dependency: &Element, tree: &Tree) -> Option<Declared> {
    let attribute = |name| attribute(source, dependency, name);
    let (artifact, place) = attribute("name")?;
    // A module of one's own organisation need not name it.
    let own = || {
        let info = tree.child(module, "info")?;
        self::attribute(source, info, "organisation")
    };
    let (group, _) = attribute("org").or_else(own)?;
    let scope = attribute("conf").map_or(Scope::Runtime, |(conf, _)| scope(conf));
    let (stated, span) = match attribute("rev") {
        Some((rev, span)) if rev.contains("${") => (Stated::Computed(rev.to_owned()), span),
        Some((rev, span)) => (Stated::Requirement(rev.to_owned(), Grammar::Gradle), span),
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

/// The value of an attribute and its place, without quotes.
fn attribute<'s>(source: &'s SourceText, element: &Element, wanted: &str) -> Option<(&'s str, Span)> {
    let tag = source.slice(element.tag);
    let mut at = 1 + tag[1..].find(|c: char| c.is_whitespace())?;
    loop {
        let equals = at + tag[at..].find('=')?;
        let name = tag[at..equals].trim();
        let open = equals + 1 + (tag[equals + 1..].len() - tag[equals + 1..].trim_start().len());
        let quote = tag[open..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let length = tag[open + 1..].find(quote)?;
        if name == wanted {
            let value = &tag[open + 1..open + 1 + length];
            let start = element.tag.start + open + 1;
            return (!value.is_empty()).then(|| (value, Span::new(start, start + length)));
        }
        at = open + length + 2;
        if at >= tag.len() {
            return None;
        }
    }
}
