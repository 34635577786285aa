//! `pdm.lock`: what PDM resolved a project's dependencies to.
//!
//! Traps:
//! - A package with extras stands there once more, with `extras` and the same version: that is no second installation.
//! - One name may be there several times, each under its `marker`.
//! - `groups` came with PDM 2.8; `sections` stood for it in PDM 1.
//! - A group's name does not tell whether it is an extra or for development.

use super::lock::{self, Lock, Need, version, word};
use super::pep508::{self, Place, Requirement, name_normalised};
use crate::ecosystem::toml_text::Node;
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "pdm_lock", name: "pdm.lock", ecosystem: Ecosystem::Pypi, globs: &["pdm.lock"], read };

fn read(source: &SourceText) -> Reading {
    lock::read(source, "package", |lock, packages| {
        let (with_extras, bare): (Vec<Node<'_>>, Vec<Node<'_>>) =
            packages.into_iter().partition(|table| table.get("extras").is_some());
        bare.into_iter().chain(with_extras).for_each(|table| package(lock, table));
    })
}

fn package<'d>(lock: &mut Lock<'d>, table: Node<'d>) {
    let Some(name) = word(table, "name") else { return };
    let version = version(table);
    let version_text = version.map(|version| version.value);
    let normalised = name_normalised(name.value);
    let known = table.get("extras").and_then(|_| lock.find(&normalised, version_text));
    let number = known.unwrap_or_else(|| {
        let (scope, group) = scope(table);
        let marker = ["marker", "markers"].into_iter().find_map(|key| table.get(key)?.text());
        let declared = Declared {
            name: normalised,
            stated: stated(table, version_text),
            scope,
            direct: None,
            condition: pep508::condition(group.as_deref(), marker),
            span: version.unwrap_or(name).span,
        };
        lock.add(declared, version_text)
    });
    needs(lock, number, table.get("dependencies"));
}

/// What a list of requirements needs.
pub(super) fn needs<'d>(lock: &mut Lock<'d>, number: u32, list: Option<Node<'d>>) {
    for text in list.into_iter().flat_map(Node::items).filter_map(Node::text) {
        if let Ok(needed) = Requirement::parse(text) {
            let requirement = needed.specifier.map(|specifier| (specifier.text, Grammar::Pep440));
            lock.need(number, Need { name: needed.name, version: None, requirement });
        }
    }
}

fn stated(table: Node<'_>, version: Option<&str>) -> Stated {
    let of = |key| table.get(key).and_then(Node::text);
    if let Some(repository) = of("git") {
        let revision = of("revision").or_else(|| of("ref")).map(str::to_owned);
        let reference = match (revision, version) {
            (Some(revision), Some(version)) => GitReference::Locked { revision, version: version.to_owned() },
            (Some(revision), None) => GitReference::Revision(revision),
            (None, _) => GitReference::Default,
        };
        return Stated::Source(Source::Git { repository: repository.into(), reference });
    }
    let is_archive = |path: &str| super::reference::archive(path).is_some();
    match (of("path"), version, of("url")) {
        (Some(path), _, _) if !is_archive(path) => Stated::Source(Source::Path(path.into())),
        (_, Some(version), _) => Stated::Locked(version.into()),
        (Some(path), None, _) => Stated::Source(Source::Path(path.into())),
        (None, None, Some(url)) => Stated::Source(Source::Url(url.into())),
        (None, None, None) => Stated::Nothing,
    }
}

fn scope(table: Node<'_>) -> (Scope, Option<String>) {
    let list = table.get("groups").or_else(|| table.get("sections"));
    let groups: Vec<&str> = list.into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    if groups.is_empty() || groups.contains(&"default") {
        return (Scope::Runtime, None);
    }
    let scopes = groups.iter().map(|group| Place::development(group).scope);
    (scopes.min().unwrap_or(Scope::Development), Some(groups.join(", ")))
}
