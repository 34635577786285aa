//! `pnpm-workspace.yaml`: the members of a pnpm workspace, its catalogs, and its overrides (pnpm docs,
//! "pnpm-workspace.yaml", "Catalogs").
//!
//! Traps:
//! - The default catalog is `catalog`, or the entry `default` of `catalogs`; `catalog:` and `catalog:default` mean both.
//! - Overrides have the keys of `pnpm.overrides` in package.json, `parent>name` and `name@range`.
//! - A version without quotes stays text, whatever YAML makes of it.
//!
//! Not done here: package extensions and hooks.

use super::package_json::{self, PNPM_OVERRIDES, WORKSPACES, change, pnpm_selector};
use super::specifier;
use crate::ecosystem::yaml::{self, Document, Node, Scalar};
use crate::model::{Declared, Ecosystem, Effect, Format, Include, Override, Reading, Role, Scope, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "pnpm_workspace_yaml",
    name: "pnpm-workspace.yaml",
    ecosystem: Ecosystem::Npm,
    globs: &["pnpm-workspace.yaml"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    catalogs(source, &document, &mut reading);
    for (key, node) in document.get("overrides").map(|node| node.members()).unwrap_or_default() {
        let Some(value) = node.scalar() else { continue };
        let (parents, name, when) = pnpm_selector(&key.text);
        let condition: Vec<&str> = std::iter::once(PNPM_OVERRIDES).chain(parents.iter().map(String::as_str)).collect();
        let mut then = pin(source, name, key, value);
        then.condition = Some(condition.join(package_json::BELOW));
        reading.overrides.extend(change(PNPM_OVERRIDES, name, when, &value.text, then));
    }
    for item in document.get("packages").map(|node| node.items()).unwrap_or_default() {
        if let Some(glob) = item.scalar() {
            member(glob, &mut reading);
        }
    }
    reading
}

/// The catalogs of a file, which Yarn keeps in the same form.
pub(super) fn catalogs(source: &SourceText, document: &Document, reading: &mut Reading) {
    let mut catalog = |entries: Node<'_>, label: &str| {
        for (key, node) in entries.members() {
            if let Some(value) = node.scalar() {
                let mut then = pin(source, &key.text, key, value);
                then.condition = Some(label.into());
                reading.overrides.push(Override { effect: Effect::Manage, name: key.text.clone(), when: None, then });
            }
        }
    };
    if let Some(entries) = document.get("catalog") {
        catalog(entries, "catalog");
    }
    for (name, entries) in document.get("catalogs").map(|node| node.members()).unwrap_or_default() {
        catalog(entries, &format!("catalogs.{}", name.text));
    }
}

fn pin(source: &SourceText, name: &str, key: &Scalar, value: &Scalar) -> Declared {
    let specifier = specifier::read(name, &value.text);
    let span = if specifier.place.is_empty() {
        key.span
    } else if source.slice(value.span) == value.text {
        Span::new(specifier.place.start, specifier.place.end).shifted(value.span.start)
    } else {
        value.span
    };
    Declared {
        name: specifier.name,
        stated: specifier.stated,
        scope: Scope::Managed,
        direct: None,
        condition: None,
        span,
    }
}

fn member(glob: &Scalar, reading: &mut Reading) {
    if !glob.text.contains(['*', '?', '[', '{', '!', '(']) {
        reading.includes.push(Include {
            role: Role::Member,
            paths: vec![format!("{}/package.json", glob.text.trim_end_matches('/'))],
            format: &package_json::FORMAT,
            identity: None,
            condition: None,
            span: glob.span,
        });
    }
    let value = glob.text.clone();
    reading.variables.push(Variable { name: WORKSPACES.into(), value, condition: None, span: glob.span });
}
