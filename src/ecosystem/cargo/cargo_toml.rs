//! `Cargo.toml`: the dependencies of a package and what a workspace says of its members' (the Cargo Book, "The Manifest
//! Format", "Specifying Dependencies", "Workspaces", "Overriding Dependencies").
//!
//! Traps:
//! - The key of a dependency is what the code calls it; `package` is the crate.
//! - `workspace = true` takes everything from the entry of the same key in `[workspace.dependencies]`, the crate's name too.
//! - A version beside a path or repository still holds: Cargo refuses what is there if its version does not satisfy it.
//! - `dev_dependencies` and `build_dependencies` are old spellings, disregarded where the new one is there as well.
//! - `[patch]` and `[replace]` count in the root of a workspace only, and the members of a workspace are globs; both are
//!   `resolve`'s.
//!
//! Not read: `[patch]` in Cargo's own configuration, which need not lie in the tree.

use crate::ecosystem::toml_text::{Document, Key, Literal, Node, Text};
use crate::model::{
    Declared, Ecosystem, Effect, Format, GitReference, Grammar, Identity, Include, Override, Reading, Role, Scope,
    Source, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "cargo_toml", name: "Cargo.toml", ecosystem: Ecosystem::Cargo, globs: &["Cargo.toml"], read };

/// The variable that stands for the table `[workspace]`, which makes a manifest the root of one.
pub const WORKSPACE: &str = "workspace";

/// The variables that hold the globs of a workspace's members.
pub const MEMBERS: &str = "workspace.members";

/// The variables that hold the folders that are no members.
pub const EXCLUDE: &str = "workspace.exclude";

/// The variable that holds the package's own version.
pub const VERSION: &str = "package.version";

/// The variable that holds the version of the members that inherit it.
pub const INHERITED_VERSION: &str = "workspace.package.version";

/// The condition of what a `[replace]` table says; a `[patch]` has the source that it patches.
pub const REPLACE: &str = "replace";

/// The condition of a path that stands in `[workspace.dependencies]`; one that a dependency names has none.
pub const WORKSPACE_DEPENDENCIES: &str = "workspace.dependencies";

/// The condition of a path that a patch or replacement names.
pub const PATCH: &str = "patch";

/// The tables of dependencies, with their old spellings.
const TABLES: &[(&str, Option<&str>, Scope)] = &[
    ("dependencies", None, Scope::Runtime),
    ("dev-dependencies", Some("dev_dependencies"), Scope::Development),
    ("build-dependencies", Some("build_dependencies"), Scope::Build),
];

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    package(&mut reading, root);
    tables(&mut reading, root, None);
    for (target, node) in root.get("target").into_iter().flat_map(Node::entries) {
        tables(&mut reading, node, Some(target.text));
    }
    workspace(&mut reading, root);
    for (patched, table) in root.get("patch").into_iter().flat_map(Node::entries) {
        for (key, node) in table.entries() {
            let place = Place {
                name: None,
                prefer: Prefer::Source,
                scope: Scope::Managed,
                condition: Some(patched.text),
                path: Some(PATCH),
            };
            let then = dependency(&mut reading, key, node, place);
            replace(&mut reading, None, then);
        }
    }
    for (key, node) in root.get("replace").into_iter().flat_map(Node::entries) {
        let (name, version) = package_id(key.text);
        let place = Place {
            name: Some(name),
            prefer: Prefer::Source,
            scope: Scope::Managed,
            condition: Some(REPLACE),
            path: Some(PATCH),
        };
        let then = dependency(&mut reading, key, node, place);
        replace(&mut reading, version.map(str::to_owned), then);
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

fn replace(reading: &mut Reading, when: Option<String>, then: Declared) {
    reading.overrides.push(Override { effect: Effect::Replace, name: then.name.clone(), when, then });
}

fn package(reading: &mut Reading, root: Node<'_>) {
    // `[project]` is the oldest spelling.
    let Some(package) = root.get("package").or_else(|| root.get("project")) else { return };
    if let Some(name) = package.get("name").and_then(Node::text) {
        let version = package.get("version").and_then(Node::text).map(str::to_owned);
        reading.identity = Some(Identity { name: name.to_owned(), version });
    }
    variable(reading, VERSION, package.get("version"));
    if let Some(path) = package.get("workspace").and_then(Node::string) {
        include(reading, Role::Parent, path, None, None);
    }
}

fn tables(reading: &mut Reading, node: Node<'_>, target: Option<&str>) {
    for (name, old, scope) in TABLES {
        let table = node.get(name).or_else(|| node.get((*old)?));
        for (key, node) in table.into_iter().flat_map(Node::entries) {
            let place = Place { name: None, prefer: Prefer::Version, scope: *scope, condition: target, path: None };
            let declared = dependency(reading, key, node, place);
            reading.declared.push(declared);
        }
    }
}

fn workspace(reading: &mut Reading, root: Node<'_>) {
    let Some((key, workspace)) = root.entry("workspace") else { return };
    let (name, value) = (WORKSPACE.to_owned(), String::new());
    reading.variables.push(Variable { name, value, condition: None, span: key.span });
    for (variable_name, list) in [(MEMBERS, "members"), (EXCLUDE, "exclude")] {
        for item in workspace.get(list).into_iter().flat_map(Node::items) {
            variable(reading, variable_name, Some(item));
        }
    }
    variable(reading, INHERITED_VERSION, workspace.at(&["package", "version"]));
    for (key, node) in workspace.get("dependencies").into_iter().flat_map(Node::entries) {
        let place = Place {
            name: None,
            prefer: Prefer::Version,
            scope: Scope::Managed,
            condition: None,
            path: Some(WORKSPACE_DEPENDENCIES),
        };
        let then = dependency(reading, key, node, place);
        let name = key.text.to_owned();
        reading.overrides.push(Override { effect: Effect::Manage, name, when: None, then });
    }
}

fn variable(reading: &mut Reading, name: &str, node: Option<Node<'_>>) {
    let Some(literal) = node.and_then(Node::string).filter(|literal| literal.closed) else { return };
    let (name, value) = (name.to_owned(), literal.value.to_owned());
    reading.variables.push(Variable { name, value, condition: None, span: literal.span });
}

/// Where a dependency stands and what follows from that.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The crate, where the table itself says it.
    name: Option<&'a str>,
    prefer: Prefer,
    scope: Scope,
    condition: Option<&'a str>,
    /// The condition of the path that it names.
    path: Option<&'static str>,
}

/// What counts of a dependency that names both a version and a source.
#[derive(Clone, Copy, PartialEq)]
enum Prefer {
    Version,
    Source,
}

/// One dependency; the path that it names becomes an include.
fn dependency(reading: &mut Reading, key: Key<'_>, node: Node<'_>, place: Place<'_>) -> Declared {
    let is_broken = node.is_broken(key);
    let package = node.get("package").filter(|_| !is_broken).and_then(Node::text);
    let package = place.name.or(package).unwrap_or(key.text);
    let (stated, span) = match node.string() {
        _ if is_broken => broken_line(key, node),
        Some(literal) => (Stated::Requirement(literal.value.into(), Grammar::Cargo), literal.span),
        None if node.get("workspace").is_some_and(Node::is_true) => (Stated::Elsewhere("workspace".into()), key.span),
        None if node.is_table() => {
            let (version, source) = (version(node), source(node));
            let found = if place.prefer == Prefer::Source { source.or(version) } else { version.or(source) };
            found.unwrap_or((Stated::Nothing, key.span))
        }
        None => computed(key, node),
    };
    let path = node.get("path").filter(|_| !is_broken && node.get("base").is_none()).and_then(Node::string);
    if let Some(path) = path {
        let version = match &stated {
            Stated::Requirement(text, _) => Some(text.clone()),
            _ => None,
        };
        let identity = Identity { name: package.to_owned(), version };
        include(reading, Role::Member, path, Some(identity), place.path);
    }
    let is_optional = node.get("optional").is_some_and(Node::is_true);
    Declared {
        name: package.to_owned(),
        stated,
        scope: if is_optional && place.scope == Scope::Runtime { Scope::Optional } else { place.scope },
        direct: (place.scope != Scope::Managed).then_some(true),
        condition: place.condition.map(str::to_owned),
        span,
    }
}

/// The version of a dependency's table.
fn version(table: Node<'_>) -> Option<(Stated, Span)> {
    let (key, node) = table.entry("version")?;
    if node.is_broken(key) {
        return Some(broken_line(key, node));
    }
    match node.string() {
        Some(literal) => Some((Stated::Requirement(literal.value.into(), Grammar::Cargo), literal.span)),
        None => Some(computed(key, node)),
    }
}

/// A line that breaks the grammar, as a requirement that nobody can read.
fn broken_line(key: Key<'_>, node: Node<'_>) -> (Stated, Span) {
    let line = node.line(key);
    (Stated::Requirement(line.value.into(), Grammar::Cargo), line.span)
}

/// A value that is no string.
fn computed(key: Key<'_>, node: Node<'_>) -> (Stated, Span) {
    let line = node.line(key);
    let start = node.span.start.saturating_sub(line.span.start);
    let end = node.span.end.saturating_sub(line.span.start);
    let text = line.value.get(start..end).filter(|text| !text.is_empty());
    match text {
        Some(text) => (Stated::Computed(text.into()), node.span),
        None => (Stated::Computed(line.value.into()), line.span),
    }
}

/// The repository or path of a dependency's table.
fn source(table: Node<'_>) -> Option<(Stated, Span)> {
    let word = |key| table.get(key).and_then(Node::string);
    if let Some(repository) = word("git") {
        let revision = word("rev").map(|word| (GitReference::Revision(word.value.into()), word.span));
        let tag = || word("tag").map(|word| (GitReference::Tag(word.value.into()), word.span));
        let branch = || word("branch").map(|word| (GitReference::Branch(word.value.into()), word.span));
        let found = revision.or_else(tag).or_else(branch);
        let (reference, span) = found.unwrap_or((GitReference::Default, repository.span));
        return Some((Stated::Source(Source::Git { repository: repository.value.into(), reference }), span));
    }
    let path = word("path")?;
    Some((Stated::Source(Source::Path(path.value.into())), path.span))
}

fn include(reading: &mut Reading, role: Role, path: Literal<'_>, identity: Option<Identity>, condition: Option<&str>) {
    let paths = vec![format!("{}/Cargo.toml", path.value.trim_end_matches(['/', '\\']))];
    let condition = condition.map(str::to_owned);
    reading.includes.push(Include { role, paths, format: &FORMAT, identity, condition, span: path.span });
}

/// The name and version of a package id (the Cargo Book, "Package ID Specifications"): `name`, `name@1.2`, `name:1.2`, each also
/// behind an address and `#`.
fn package_id(text: &str) -> (&str, Option<&str>) {
    let (address, id) = match text.rsplit_once('#') {
        Some((address, id)) => (Some(address), id),
        None if text.contains("://") => (Some(text), ""),
        None => (None, text),
    };
    let last = address.map(|address| address.trim_end_matches('/').rsplit('/').next().unwrap_or(address));
    match (id.split_once([':', '@']), last) {
        (Some((name, version)), _) => (name, Some(version)),
        (None, Some(last)) if id.starts_with(|c: char| c.is_ascii_digit()) => (last, Some(id)),
        (None, Some(last)) if id.is_empty() => (last, None),
        (None, _) => (id, None),
    }
}
