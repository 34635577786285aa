//! `maven_install.json`: what `rules_jvm_external` pinned for Bazel.
//!
//! In its second form `artifacts` maps `group:artifact` (and packaging and classifier) to a version; in its first `dependency_tree`
//! lists coordinates with the version at the end.

use jsonc_parser::ast::{Object, Value};

use crate::ecosystem::json;
use crate::model::{Declared, Ecosystem, Format, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "maven_install_json",
    name: "lockfile of rules_jvm_external",
    ecosystem: Ecosystem::Maven,
    globs: &["*maven_install.json", "*maven_install*.json"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let (mut declared, mut problems) = (Vec::new(), Vec::new());
    json::read(source, "Bazel", &mut problems, |value, _| {
        if let Value::Object(root) = value {
            second_form(root, &mut declared);
            first_form(root, &mut declared);
        }
    });
    Reading { declared, problems, ..Reading::default() }
}

fn second_form(root: &Object<'_>, declared: &mut Vec<Declared>) {
    let Some(Value::Object(artifacts)) = json::member(root, "artifacts") else { return };
    for artifact in json::members(artifacts) {
        let Value::Object(facts) = artifact.value else { continue };
        if let Some(Value::StringLit(version)) = json::member(facts, "version") {
            declared.extend(locked(artifact.name, &version.value, json::content(version)));
        }
    }
}

fn first_form(root: &Object<'_>, declared: &mut Vec<Declared>) {
    let Some(Value::Object(tree)) = json::member(root, "dependency_tree") else { return };
    let Some(Value::Array(dependencies)) = json::member(tree, "dependencies") else { return };
    for dependency in &dependencies.elements {
        let Value::Object(facts) = dependency else { continue };
        let Some(Value::StringLit(coordinates)) = json::member(facts, "coord") else { continue };
        let (text, content) = (&coordinates.value, json::content(coordinates));
        let Some((name, version)) = text.rsplit_once(':') else { continue };
        // Only where the text stands as it reads is its end the version's place.
        let is_verbatim = content.end - content.start == text.len();
        let span = if is_verbatim { Span::new(content.end - version.len(), content.end) } else { content };
        declared.extend(locked(name, version, span));
    }
}

/// A pinned artifact; its packaging and classifier are left out.
fn locked(name: &str, version: &str, span: Span) -> Option<Declared> {
    let mut parts = name.split(':');
    let (group, artifact) = (parts.next()?, parts.next()?);
    // What is pinned beside the jar is the same release.
    if parts.any(|part| matches!(part, "sources" | "javadoc")) {
        return None;
    }
    Some(Declared {
        name: format!("{group}:{artifact}"),
        stated: Stated::Locked(version.to_owned()),
        scope: Scope::Runtime,
        direct: Some(false),
        condition: None,
        span,
    })
}
