//! `poetry.lock`: what Poetry resolved a project's dependencies to.
//!
//! Traps:
//! - One name may be there several times, each for environments of its own (`markers`).
//! - `groups` came with lock version 2.1; before it stood `category`, and between the two nothing.
//! - A source of type `legacy` is an index; `file` and `url` are archives, whose version counts like one of an index.
//! - What a package needs stands by name in `[package.dependencies]`, as a constraint, a table or a list of them.
//!
//! Not done here: the project itself is not in its lock, so what it asks for itself is for `resolve` to tell.

use super::lock::{self, Lock, Need, version, word};
use super::pep508::{self, Place, name_normalised};
use crate::ecosystem::toml_text::Node;
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "poetry_lock", name: "poetry.lock", ecosystem: Ecosystem::Pypi, globs: &["poetry.lock"], read };

fn read(source: &SourceText) -> Reading {
    lock::read(source, "package", |lock, packages| packages.into_iter().for_each(|table| package(lock, table)))
}

fn package<'d>(lock: &mut Lock<'d>, table: Node<'d>) {
    let Some(name) = word(table, "name") else { return };
    let version = version(table);
    let (scope, group) = scope(table);
    let number = lock.add(
        Declared {
            name: name_normalised(name.value),
            stated: stated(table, version.map(|version| version.value)),
            scope,
            direct: None,
            condition: pep508::condition(group.as_deref(), marker(table)),
            span: version.unwrap_or(name).span,
        },
        version.map(|version| version.value),
    );
    for (key, node) in table.get("dependencies").into_iter().flat_map(Node::entries) {
        let alternatives = if node.is_array() { node.items() } else { vec![node] };
        for node in alternatives {
            let constraint = node.text().or_else(|| node.get("version")?.text());
            let requirement = constraint.map(|text| (text, Grammar::Poetry));
            lock.need(number, Need { name: key.text, version: None, requirement });
        }
    }
}

fn stated(table: Node<'_>, version: Option<&str>) -> Stated {
    let source = table.get("source");
    let of = |key| source.and_then(|source| source.get(key)?.text());
    match (of("type"), version) {
        (Some("git"), version) => {
            let revision = of("resolved_reference").or_else(|| of("reference")).map(str::to_owned);
            let reference = match (revision, version) {
                (Some(revision), Some(version)) => GitReference::Locked { revision, version: version.to_owned() },
                (Some(revision), None) => GitReference::Revision(revision),
                (None, _) => GitReference::Default,
            };
            Stated::Source(Source::Git { repository: of("url").unwrap_or_default().into(), reference })
        }
        (Some("directory"), _) => Stated::Source(Source::Path(of("url").unwrap_or_default().into())),
        (_, Some(version)) => Stated::Locked(version.into()),
        (Some("url"), None) => Stated::Source(Source::Url(of("url").unwrap_or_default().into())),
        (_, None) => Stated::Nothing,
    }
}

/// What the package is for, and the groups that it belongs to if the project runs without it.
fn scope(table: Node<'_>) -> (Scope, Option<String>) {
    let groups: Vec<&str> = table.get("groups").into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    let is_optional = table.get("optional").is_some_and(Node::is_true);
    match (groups.as_slice(), table.get("category").and_then(Node::text)) {
        ([], Some("dev")) => (Scope::Development, Some("dev".into())),
        ([], _) if is_optional => (Scope::Optional, None),
        ([], _) => (Scope::Runtime, None),
        (groups, _) if groups.contains(&"main") => (if is_optional { Scope::Optional } else { Scope::Runtime }, None),
        (groups, _) => {
            let scopes = groups.iter().map(|group| Place::development(group).scope);
            (scopes.min().unwrap_or(Scope::Development), Some(groups.join(", ")))
        }
    }
}

/// The environments; for several groups they stand in a table by group, which is left out.
fn marker(table: Node<'_>) -> Option<&str> {
    ["markers", "marker"].into_iter().find_map(|key| table.get(key)?.text())
}
