//! `Cargo.lock`: the versions that Cargo selected (the Cargo Book, "Cargo.toml vs Cargo.lock"; the versions of the format are
//! described with Cargo's `ResolveVersion`).
//!
//! Traps:
//! - A package without a source lies in the tree: it is nobody's dependency, but the dependencies of the tree start there. So
//!   it is a package of the graph, and the graph has no other roots.
//! - Format 1 names every dependency by name, version and source, later ones as briefly as is unique. The oldest files keep
//!   the package that was built apart, as `[root]`.
//! - Several versions of a crate are normal.
//! - `replace` says that a package is not built, but another one in its place; `[[patch.unused]]` lists patches that nothing
//!   uses.
//! - A format version that is not known yet is read like the last one.

use std::collections::HashMap;

use crate::ecosystem::toml_text::{Document, Literal, Node, Text};
use crate::model::{Declared, Ecosystem, Effect, Format, GitReference, Override, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "cargo_lock",
    name: "Cargo.lock",
    ecosystem: Ecosystem::Cargo,
    globs: &["Cargo.lock", "Cargo[.-]*.lock"],
    read,
};

/// The condition of a package that is not built, since another one is in its place.
pub const REPLACED: &str = "replaced";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    let listed = root.get("package").into_iter().flat_map(Node::items);
    let packages: Vec<Package<'_>> = root.get("root").into_iter().chain(listed).filter_map(Package::read).collect();
    reading.declared = packages.iter().map(Package::declared).collect();
    let index = Index::new(&packages);
    for (number, package) in (0u32..).zip(&packages) {
        if package.is_replaced() {
            continue;
        }
        let names = package.table.get("dependencies").into_iter().flat_map(Node::items).filter_map(Node::text);
        for needed in names.filter_map(|text| index.find(text)) {
            let edge = (number, needed);
            reading.graph.edges.push(edge);
        }
    }
    unused_patches(&mut reading, root);
    reading
}

/// A table `[[package]]`.
struct Package<'d> {
    table: Node<'d>,
    name: Literal<'d>,
    version: Option<Literal<'d>>,
    source: Option<&'d str>,
}

impl<'d> Package<'d> {
    fn read(table: Node<'d>) -> Option<Package<'d>> {
        let literal = |key| {
            let (key, node) = table.entry(key)?;
            node.string().filter(|literal| literal.closed && !node.is_broken(key))
        };
        let source = literal("source").map(|literal| literal.value);
        Some(Package { table, name: literal("name")?, version: literal("version"), source })
    }

    /// The package that is built in this one's place.
    fn replacement(&self) -> Option<&'d str> {
        self.table.get("replace").and_then(Node::text)
    }

    fn is_replaced(&self) -> bool {
        self.replacement().is_some()
    }

    fn declared(&self) -> Declared {
        let place = self.version.unwrap_or(self.name);
        let stated = match (self.version, self.source) {
            (None, _) => Stated::Nothing,
            (Some(version), None) => Stated::Source(Source::Workspace(version.value.into())),
            (Some(version), Some(source)) => match source.strip_prefix("git+") {
                Some(address) => Stated::Source(git(address, version.value)),
                None => Stated::Locked(version.value.into()),
            },
        };
        Declared {
            name: self.name.value.into(),
            stated,
            scope: Scope::Runtime,
            direct: None,
            condition: self.is_replaced().then(|| REPLACED.to_owned()),
            span: place.span,
        }
    }
}

/// A repository with the commit behind `#`; what was asked for, `?branch=main`, has led there.
fn git(address: &str, version: &str) -> Source {
    let (address, revision) = address.split_once('#').unwrap_or((address, ""));
    let repository = address.split('?').next().unwrap_or(address).to_owned();
    let reference = GitReference::Locked { revision: revision.to_owned(), version: version.to_owned() };
    Source::Git { repository, reference }
}

/// The packages by what dependencies call them.
struct Index<'d> {
    by_name: HashMap<&'d str, u32>,
    by_version: HashMap<(&'d str, &'d str), u32>,
    by_source: HashMap<(&'d str, &'d str, &'d str), u32>,
    replaced: HashMap<u32, &'d str>,
}

impl<'d> Index<'d> {
    fn new(packages: &[Package<'d>]) -> Index<'d> {
        let mut index = Index {
            by_name: HashMap::new(),
            by_version: HashMap::new(),
            by_source: HashMap::new(),
            replaced: HashMap::new(),
        };
        for (number, package) in (0u32..).zip(packages) {
            let name = package.name.value;
            let version = package.version.map_or("", |version| version.value);
            index.by_name.entry(name).or_insert(number);
            index.by_version.entry((name, version)).or_insert(number);
            index.by_source.entry((name, version, without_commit(package.source.unwrap_or("")))).or_insert(number);
            if let Some(replacement) = package.replacement() {
                index.replaced.insert(number, replacement);
            }
        }
        index
    }

    /// The package that a dependency names: `name`, `name version` or `name version (source)`.
    fn find(&self, text: &str) -> Option<u32> {
        let found = self.named(text)?;
        match self.replaced.get(&found) {
            Some(replacement) => self.named(replacement),
            None => Some(found),
        }
    }

    fn named(&self, text: &str) -> Option<u32> {
        let mut words = text.splitn(3, ' ');
        let name = words.next()?;
        let Some(version) = words.next() else { return self.by_name.get(name).copied() };
        let source = words.next().and_then(|word| word.strip_prefix('(')?.strip_suffix(')'));
        let exact = source.and_then(|source| self.by_source.get(&(name, version, without_commit(source))));
        exact.or_else(|| self.by_version.get(&(name, version))).copied()
    }
}

/// A source without the commit, which formats from 2 on leave out of dependencies.
fn without_commit(source: &str) -> &str {
    source.split('#').next().unwrap_or(source)
}

/// The patches that nothing uses, as what may not be selected.
fn unused_patches(reading: &mut Reading, root: Node<'_>) {
    for package in root.at(&["patch", "unused"]).into_iter().flat_map(Node::items).filter_map(Package::read) {
        let (name, then) = (package.name.value.to_owned(), package.declared());
        let when = package.version.map(|version| version.value.to_owned());
        reading.overrides.push(Override { effect: Effect::Exclude, name, when, then });
    }
}
