//! `libs.versions.toml`: a version catalog of Gradle (Gradle User Manual, "Version catalogs", "The version catalog TOML file
//! format").
//!
//! A library is a pin for whoever refers to it by its alias, which is its condition (`alias k8s-client`). Its version is a
//! requirement, or a name in `[versions]`. Those stand among the variables with the condition `versions`, bundles with `bundles`,
//! once per library.
//!
//! Traps:
//! - `version.ref = "k"`, `version = { ref = "k" }` and a table of its own say the same.
//! - A rich version is a table; it is read into one text, `strictly A; prefer B`, like the calls of a script.
//! - A library without version has it from a platform.
//! - `dependencies.toml` is no name of Gradle's, but that of a plugin for it; others are known only by the settings script.

use super::gradle::{ALIAS, BUNDLES, VERSIONS};
use crate::ecosystem::toml_text::{Document, Node, Text};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Grammar, Override, Problem, ProblemKind, Reading, Scope, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "libs_versions_toml",
    name: "version catalog of Gradle",
    ecosystem: Ecosystem::Maven,
    globs: &["gradle/*.versions.toml", "*.versions.toml", "dependencies.toml"],
    read,
};

/// The calls of a rich version in the order in which they are written down.
const RICH: &[&str] = &["require", "strictly", "prefer", "reject"];

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    for (key, node) in entries(root, "versions") {
        if node.is_broken(key) {
            continue;
        }
        let Some((value, span)) = version(node) else { continue };
        reading.variables.push(Variable { name: key.text.into(), value, condition: Some(VERSIONS.into()), span });
    }
    for (key, node) in entries(root, "libraries") {
        if !node.is_broken(key) {
            library(key.text, node, &mut reading);
        }
    }
    for (key, node) in entries(root, "bundles") {
        for library in node.items().into_iter().filter_map(Node::string) {
            reading.variables.push(Variable {
                name: key.text.into(),
                value: library.value.into(),
                condition: Some(BUNDLES.into()),
                span: library.span,
            });
        }
    }
    reading
}

fn entries<'d>(root: Node<'d>, name: &str) -> Vec<(crate::ecosystem::toml_text::Key<'d>, Node<'d>)> {
    root.get(name).map(Node::entries).unwrap_or_default()
}

/// A version, simple or rich, and its place.
fn version(node: Node<'_>) -> Option<(String, Span)> {
    if let Some(literal) = node.string() {
        return literal.closed.then(|| (literal.value.to_owned(), literal.span));
    }
    let mut words = Vec::new();
    let mut span: Option<Span> = None;
    for call in RICH {
        let Some(value) = node.get(call) else { continue };
        let literals: Vec<_> =
            value.string().into_iter().chain(value.items().into_iter().filter_map(Node::string)).collect();
        for literal in literals {
            words.push(format!("{call} {}", literal.value));
            span = Some(span.map_or(literal.span, |span| span.to(literal.span)));
        }
    }
    if node.get("rejectAll").is_some_and(Node::is_true) {
        words.push("reject +".into());
        span = span.or(Some(node.span));
    }
    Some((words.join("; "), span?))
}

fn library(alias: &str, node: Node<'_>, reading: &mut Reading) {
    let condition = Some(format!("{ALIAS}{alias}"));
    let mut push = |name: String, stated: Stated, span: Span| {
        let then = Declared {
            name: name.clone(),
            stated,
            scope: Scope::Managed,
            direct: None,
            condition: condition.clone(),
            span,
        };
        reading.overrides.push(Override { effect: Effect::Manage, name, when: None, then });
    };
    if let Some(literal) = node.string() {
        let parts: Vec<&str> = literal.value.split(':').collect();
        match parts.as_slice() {
            [group, artifact, version] => {
                let start = group.len() + artifact.len() + 2;
                let span = literal.place(Span::new(start, start + version.len()));
                push(format!("{group}:{artifact}"), Stated::Requirement((*version).into(), Grammar::Gradle), span);
            }
            [group, artifact] => push(format!("{group}:{artifact}"), Stated::Nothing, literal.span),
            _ if literal.closed => reading.problems.push(Problem {
                kind: ProblemKind::Syntax,
                message: format!("`{}` is not in the form `group:artifact:version`", literal.value),
                span: literal.span,
            }),
            _ => {}
        }
        return;
    }
    let text = |name: &str| node.get(name).and_then(Node::string);
    let (name, place) = match (text("module"), text("group"), text("name")) {
        (Some(module), ..) => (module.value.to_owned(), module.span),
        (None, Some(group), Some(name)) => (format!("{}:{}", group.value, name.value), name.span),
        _ => return,
    };
    let Some(node) = node.get("version") else { return push(name, Stated::Nothing, place) };
    if let Some(reference) = node.get("ref").and_then(Node::string) {
        return push(name, Stated::Elsewhere(reference.value.into()), reference.span);
    }
    match version(node) {
        Some((version, span)) => push(name, Stated::Requirement(version, Grammar::Gradle), span),
        None => push(name, Stated::Nothing, place),
    }
}
