//! `pylock.toml` and `pylock.NAME.toml`: locks that any installer can read (PEP 751).
//!
//! Traps:
//! - The version may be left out, and is for a folder or repository; an archive's file name tells it then.
//! - Several packages of one name are told apart by their markers, which may also name extras and groups.
//! - Who needs whom is optional: `dependencies` are tables with a name and perhaps a version. PDM writes requirements below
//!   `[packages.tool.pdm]` instead.
//! - The folder `.` is the project itself.

use super::lock::{self, Lock, Need, version, word};
use super::pdm_lock::needs;
use super::pep508::name_normalised;
use crate::ecosystem::toml_text::{Literal, Node};
use crate::model::{Declared, Ecosystem, Format, GitReference, Identity, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "pylock_toml",
    name: "pylock.toml",
    ecosystem: Ecosystem::Pypi,
    globs: &["pylock.toml", "pylock.*.toml"],
    read,
};

fn read(source: &SourceText) -> Reading {
    lock::read(source, "packages", |lock, packages| packages.into_iter().for_each(|table| package(lock, table)))
}

fn package<'d>(lock: &mut Lock<'d>, table: Node<'d>) {
    let Some(name) = word(table, "name") else { return };
    let version = version(table);
    let folder = table.at(&["directory", "path"]).and_then(Node::text);
    if folder.is_some_and(|folder| matches!(folder, "." | "./" | "")) {
        let version = version.map(|version| version.value.to_owned());
        lock.reading.identity = Some(Identity { name: name_normalised(name.value), version });
        return;
    }
    let (stated, span) = stated(table, name, version);
    let declared = Declared {
        name: name_normalised(name.value),
        stated,
        scope: Scope::Runtime,
        direct: None,
        condition: table.get("marker").and_then(Node::text).map(str::to_owned),
        span,
    };
    let number = lock.add(declared, version.map(|version| version.value));
    for needed in table.get("dependencies").into_iter().flat_map(Node::items) {
        if let Some(name) = needed.get("name").and_then(Node::text) {
            let version = needed.get("version").and_then(Node::text);
            lock.need(number, Need { name, version, requirement: None });
        }
    }
    needs(lock, number, table.at(&["tool", "pdm", "dependencies"]));
}

fn stated(table: Node<'_>, name: Literal<'_>, version: Option<Literal<'_>>) -> (Stated, Span) {
    let span = version.unwrap_or(name).span;
    let of = |keys: &[&str]| table.at(keys).and_then(Node::string);
    if table.get("vcs").is_some() {
        let place = of(&["vcs", "url"]).or_else(|| of(&["vcs", "path"]));
        let repository = place.map_or(String::new(), |place| place.value.to_owned());
        let commit = of(&["vcs", "commit-id"]).map(|commit| commit.value.to_owned());
        let reference = match (commit, version) {
            (Some(revision), Some(version)) => GitReference::Locked { revision, version: version.value.to_owned() },
            (Some(revision), None) => GitReference::Revision(revision),
            (None, _) => GitReference::Default,
        };
        return (Stated::Source(Source::Git { repository, reference }), span);
    }
    if let Some(folder) = of(&["directory", "path"]) {
        return (Stated::Source(Source::Path(folder.value.into())), span);
    }
    if let Some(version) = version {
        return (Stated::Locked(version.value.into()), span);
    }
    let first_wheel = table.get("wheels").and_then(|wheels| wheels.items().into_iter().next());
    let of_wheel = |key| first_wheel.and_then(|wheel: Node<'_>| wheel.get(key)?.string());
    let address = of(&["archive", "url"]).or_else(|| of(&["archive", "path"]));
    let address = address.or_else(|| of_wheel("name")).or_else(|| of_wheel("url")).or_else(|| of_wheel("path"));
    let address = address.or_else(|| of(&["sdist", "name"])).or_else(|| of(&["sdist", "url"]));
    match address.or_else(|| of(&["sdist", "path"])) {
        Some(address) => (Stated::Source(Source::Url(address.value.into())), address.span),
        None => (Stated::Nothing, span),
    }
}
