//! `pixi.toml`: what pixi installs into its environments ("Pixi manifest"); a pyproject.toml says the same below `[tool.pixi]`.
//!
//! Traps:
//! - `dependencies` are conda's, in its grammar and by its names, `pypi-dependencies` the index's, where `*` is any version.
//! - A feature holds the same tables again, and both it and the top level have them once more for each `target` platform.
//! - `constraints` require nothing; `dependency-overrides` of the index's packages hold whatever anybody asks for.
//! - A package that pixi builds may inherit what the workspace says of a dependency (`workspace = true`), which is in this
//!   file or in one further up.
//!
//! Not done here: which features make up an environment. Each counts by itself, and so does what it overrides.

use super::conda::{MatchSpec, pypi_name};
use super::pep508::{self, Place, name_normalised};
use super::toml_dependency;
use crate::ecosystem::toml_text::{Document, Key, Node, Text};
use crate::model::{Declared, Ecosystem, Effect, Format, Grammar, Identity, Mention, Override, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "pixi_toml", name: "pixi.toml", ecosystem: Ecosystem::Pypi, globs: &["pixi.toml"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    let package = |key| root.at(&["package", key]).and_then(Node::text);
    reading.identity = package("name")
        .map(|name| Identity { name: name_normalised(name), version: package("version").map(str::to_owned) });
    pixi(&mut reading, root);
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

/// What the tables of pixi say, whichever file they stand in.
pub(super) fn pixi(reading: &mut Reading, root: Node<'_>) {
    feature(reading, root, None);
    for (key, node) in entries(root.get("feature")) {
        feature(reading, node, Some(key.text));
    }
    let workspace = root.get("workspace").or_else(|| root.get("project"));
    let pool = workspace.and_then(|workspace| workspace.get("dependencies"));
    let mut scratch = Reading::default();
    conda(&mut scratch, pool, Place::new(Scope::Managed), None);
    mention(reading, scratch);
    overrides(reading, workspace, None);
    let Some(package) = root.get("package") else { return };
    let mut parts = vec![(package, None)];
    parts.extend(entries(package.get("target")).map(|(key, node)| (node, Some(key.text))));
    for (part, platform) in parts {
        let tables = [
            ("run-dependencies", Scope::Runtime),
            ("host-dependencies", Scope::Build),
            ("build-dependencies", Scope::Build),
        ];
        for (table, scope) in tables {
            conda(reading, part.get(table), Place { scope, group: platform }, pool);
        }
        constraints(reading, part.get("run-constraints"), platform, pool);
    }
}

/// The tables of a feature; that without a name is the default one.
fn feature(reading: &mut Reading, node: Node<'_>, name: Option<&str>) {
    let scope = name.map_or(Scope::Runtime, scope_of);
    dependencies(reading, node, Place { scope, group: name });
    for (platform, target) in entries(node.get("target")) {
        let group = pep508::condition(name, Some(platform.text));
        dependencies(reading, target, Place { scope, group: group.as_deref() });
    }
    overrides(reading, Some(node), name);
}

fn dependencies(reading: &mut Reading, node: Node<'_>, place: Place<'_>) {
    conda(reading, node.get("dependencies"), place, None);
    // Before pixi built packages these stood here.
    for table in ["host-dependencies", "build-dependencies"] {
        conda(reading, node.get(table), Place { scope: Scope::Build, ..place }, None);
    }
    toml_dependency::table(reading, node.get("pypi-dependencies"), Grammar::Pipfile, place);
    constraints(reading, node.get("constraints"), place.group, None);
}

/// What a feature is for, by its name: pixi itself does not tell.
pub(super) fn scope_of(feature: &str) -> Scope {
    for word in name_normalised(feature).split('-') {
        match word {
            "test" | "tests" | "testing" => return Scope::Test,
            "dev" | "devel" | "develop" | "development" | "doc" | "docs" | "documentation" | "lint" | "linting"
            | "style" | "typing" | "mypy" => return Scope::Development,
            "build" => return Scope::Build,
            _ => {}
        }
    }
    Scope::Runtime
}

/// The declarations of a table of conda's packages. `pool` is what the workspace says of them, if that is here.
fn conda(reading: &mut Reading, table: Option<Node<'_>>, place: Place<'_>, pool: Option<Node<'_>>) {
    for (key, node) in entries(table) {
        let Some(name) = pypi_name(key.text).filter(|name| name != "python") else { continue };
        let before = reading.declared.len();
        let (key, node) = match pool.and_then(|pool| pool.entry(key.text)) {
            Some(inherited) if inherits(node).is_some() => inherited,
            _ => (key, node),
        };
        match elsewhere(node) {
            Some((stated, span)) => reading.declared.push(Declared {
                name: String::new(),
                stated,
                scope: place.scope,
                direct: Some(true),
                condition: place.group.map(str::to_owned),
                span,
            }),
            None => toml_dependency::entry(reading, key, node, Grammar::Conda, place),
        }
        for declared in &mut reading.declared[before..] {
            declared.name.clone_from(&name);
        }
    }
}

/// What no requirement says: the address of a package of conda's, whose file name tells the version, and what a workspace
/// in another file decides.
fn elsewhere(node: Node<'_>) -> Option<(Stated, Span)> {
    if let Some(address) = node.get("url").and_then(Node::string) {
        let (version, span) = MatchSpec::parse(address.value).filter(|spec| spec.is_archive)?.version?;
        return Some((Stated::Locked(version.to_owned()), address.place(span)));
    }
    inherits(node).map(|span| (Stated::Elsewhere("workspace = true".into()), span))
}

/// Where a dependency says that it is the workspace's.
fn inherits(node: Node<'_>) -> Option<Span> {
    let (key, value) = node.entry("workspace")?;
    value.is_true().then_some(key.span)
}

/// What must hold of packages of conda's if they are installed.
fn constraints(reading: &mut Reading, table: Option<Node<'_>>, condition: Option<&str>, pool: Option<Node<'_>>) {
    let mut scratch = Reading::default();
    conda(&mut scratch, table, Place { scope: Scope::Managed, group: condition }, pool);
    take_over(reading, scratch, Effect::Constrain);
}

/// What holds of packages of the index whatever anybody asks for.
fn overrides(reading: &mut Reading, node: Option<Node<'_>>, condition: Option<&str>) {
    let table = node.and_then(|node| node.at(&["pypi-options", "dependency-overrides"]));
    let mut scratch = Reading::default();
    toml_dependency::table(&mut scratch, table, Grammar::Pipfile, Place { scope: Scope::Managed, group: condition });
    // Other features do not know of a feature's own.
    if condition.is_some() {
        mention(reading, scratch);
    } else {
        take_over(reading, scratch, Effect::Force);
    }
}

/// Pins of which somebody may make use.
fn mention(reading: &mut Reading, scratch: Reading) {
    reading.problems.extend(scratch.problems);
    for mut then in scratch.declared {
        then.direct = None;
        let span = then.span;
        reading.mentions.push(Mention { then, span });
    }
}

fn take_over(reading: &mut Reading, scratch: Reading, effect: Effect) {
    reading.problems.extend(scratch.problems);
    for mut then in scratch.declared {
        then.direct = None;
        reading.overrides.push(Override { effect, name: then.name.clone(), when: None, then });
    }
}

fn entries(table: Option<Node<'_>>) -> impl Iterator<Item = (Key<'_>, Node<'_>)> {
    table.into_iter().flat_map(Node::entries)
}
