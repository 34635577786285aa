//! `uv.lock`, and `SCRIPT.py.lock` beside a script: what uv resolved a workspace's dependencies to.
//!
//! Traps:
//! - One name may be there several times (`resolution-markers`); where another package needs it, `version` tells which.
//! - The members of the workspace are packages like others, with a `virtual` or `editable` folder as their source; the root
//!   is in the folder `.`. They are no dependencies. `[manifest] members` lists them, unless the root is the only one.
//! - What the members need tells what each package is for: `dependencies`, `optional-dependencies` by extra,
//!   `dev-dependencies` by group. A script, or a workspace without a project at its root, has the like in `[manifest]`.
//! - A repository stands in one text: `https://host/path?rev=WORD#COMMIT`.
//! - The first releases called the packages `distribution`, and a source was one text (`editable+.`).

use std::collections::HashSet;

use super::lock::{Lock, Need, version, word};
use super::pep508::{Place, name_normalised};
use crate::ecosystem::toml_text::{Document, Node, Text};
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Identity, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "uv_lock", name: "uv.lock", ecosystem: Ecosystem::Pypi, globs: &["uv.lock", "*.py.lock"], read };

/// What the project asks for itself: the need, and what it is for.
type Asked<'d> = Vec<(Need<'d>, Scope)>;

fn read(source: &SourceText) -> Reading {
    let mut lock = Lock::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut lock.reading);
    let root = document.root();
    let manifest = root.get("manifest");
    let members = manifest.and_then(|manifest| manifest.get("members"));
    let members: HashSet<&str> = members.into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    let mut asked = of_manifest(manifest);
    let mut has_own = !asked.is_empty();
    let packages = root.get("package").or_else(|| root.get("distribution"));
    for table in packages.into_iter().flat_map(Node::items) {
        has_own |= package(&mut lock, table, &members, &mut asked);
    }
    lock.connect();
    if has_own {
        direct(&mut lock, &asked);
    }
    lock.reading
}

/// What a script or a bare workspace root asks for.
fn of_manifest(manifest: Option<Node<'_>>) -> Asked<'_> {
    let mut asked = Vec::new();
    let Some(manifest) = manifest else { return asked };
    asked.extend(needs(manifest.get("requirements")).map(|need| (need, Scope::Runtime)));
    for (group, list) in manifest.get("dependency-groups").into_iter().flat_map(Node::entries) {
        let scope = Place::development(group.text).scope;
        asked.extend(needs(Some(list)).map(|need| (need, scope)));
    }
    asked
}

/// Reads a package; whether it is a member of the workspace.
fn package<'d>(lock: &mut Lock<'d>, table: Node<'d>, members: &HashSet<&str>, asked: &mut Asked<'d>) -> bool {
    let Some(name) = word(table, "name") else { return false };
    let version = version(table);
    let version_text = version.map(|version| version.value);
    let place = Origin::of(table);
    let folder = match place {
        Origin::Own(folder) if folder == "." || members.contains(name.value) => Some(folder),
        _ => None,
    };
    let normalised = name_normalised(name.value);
    if folder == Some(".") {
        let version = version_text.map(str::to_owned);
        lock.reading.identity = Some(Identity { name: normalised.clone(), version });
    }
    let stated =
        folder.map_or_else(|| place.stated(version_text), |folder| Stated::Source(Source::Workspace(folder.into())));
    let markers = table.get("resolution-markers").or_else(|| table.get("environment-markers"));
    let markers: Vec<&str> = markers.into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    let condition = (!markers.is_empty()).then(|| markers.join(" or "));
    let span = version.unwrap_or(name).span;
    let declared = Declared { name: normalised, stated, scope: Scope::Runtime, direct: None, condition, span };
    let number = lock.add(declared, version_text);
    let mut needed: Asked<'_> = needs(table.get("dependencies")).map(|need| (need, Scope::Runtime)).collect();
    for (_, list) in table.get("optional-dependencies").into_iter().flat_map(Node::entries) {
        needed.extend(needs(Some(list)).map(|need| (need, Scope::Optional)));
    }
    for (group, list) in table.get("dev-dependencies").into_iter().flat_map(Node::entries) {
        let scope = Place::development(group.text).scope;
        needed.extend(needs(Some(list)).map(|need| (need, scope)));
    }
    for (need, _) in &needed {
        lock.need(number, *need);
    }
    if folder.is_some() {
        asked.extend(needed);
    }
    folder.is_some()
}

fn needs(list: Option<Node<'_>>) -> impl Iterator<Item = Need<'_>> {
    list.into_iter().flat_map(Node::items).filter_map(|table| {
        let requirement = table.get("specifier").and_then(Node::text).map(|text| (text, Grammar::Pep440));
        Some(Need { name: table.get("name")?.text()?, version: table.get("version").and_then(Node::text), requirement })
    })
}

/// Says of each package whether the project asks for it itself, and what it is for.
fn direct(lock: &mut Lock<'_>, asked: &Asked<'_>) {
    let mut seeds = Vec::new();
    for (need, scope) in asked {
        seeds.extend(lock.meeting(*need).into_iter().map(|number| (number, *scope)));
    }
    lock.spread(&seeds);
    for declared in &mut lock.reading.declared {
        declared.direct = Some(false);
    }
    for (number, _) in seeds {
        lock.reading.declared[number as usize].direct = Some(true);
    }
}

/// Where a package comes from.
#[derive(Clone, Copy)]
enum Origin<'d> {
    /// An index, or an archive.
    Published(Option<&'d str>),
    /// A repository.
    Git(&'d str),
    /// A folder that is taken as it stands, as members of the workspace are.
    Own(&'d str),
    /// Another folder.
    Folder(&'d str),
}

impl<'d> Origin<'d> {
    fn of(table: Node<'d>) -> Origin<'d> {
        let Some(source) = table.get("source") else { return Origin::Published(None) };
        let old = source.text().and_then(|text| text.split_once('+'));
        let of = |key| {
            source.get(key).and_then(Node::text).or_else(|| Some(old?.1).filter(|_| old.unwrap_or_default().0 == key))
        };
        if let Some(repository) = of("git") {
            return Origin::Git(repository);
        }
        if let Some(folder) = of("virtual").or_else(|| of("editable")) {
            return Origin::Own(folder);
        }
        match of("directory") {
            Some(folder) => Origin::Folder(folder),
            None => Origin::Published(of("url").or_else(|| of("path")).or_else(|| of("direct"))),
        }
    }

    fn stated(self, version: Option<&str>) -> Stated {
        match (self, version) {
            (Origin::Git(text), version) => {
                let (address, commit) = text.split_once('#').unwrap_or((text, ""));
                let repository = address.split('?').next().unwrap_or_default().to_owned();
                let reference = match (commit, version) {
                    ("", _) => GitReference::Default,
                    (commit, None) => GitReference::Revision(commit.into()),
                    (commit, Some(version)) => {
                        GitReference::Locked { revision: commit.into(), version: version.into() }
                    }
                };
                Stated::Source(Source::Git { repository, reference })
            }
            (Origin::Own(folder) | Origin::Folder(folder), _) => Stated::Source(Source::Path(folder.into())),
            (Origin::Published(_), Some(version)) => Stated::Locked(version.into()),
            (Origin::Published(Some(address)), None) => Stated::Source(Source::Url(address.into())),
            (Origin::Published(None), None) => Stated::Nothing,
        }
    }
}
