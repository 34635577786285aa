//! `pyproject.toml`: the dependencies of a project, by the standard tables (PEP 518 `[build-system]`, PEP 621 `[project]`,
//! PEP 735 `[dependency-groups]`) and by those of the tools: Poetry, PDM, Hatch, Flit, uv, Rye,
//! pixi.
//!
//! Traps:
//! - One file may speak to several tools. Each table is read, since nothing in it says which tool is used.
//! - Group and extra names compare like package names; `include-group` names another group, whose requirements are stated
//!   there already.
//! - `dynamic = ["dependencies"]` leaves them to the build backend. Setuptools then reads the files that
//!   `[tool.setuptools.dynamic]` names, Hatch with a plugin those of `[tool.hatch.metadata.hooks.requirements_txt]`; what
//!   another backend would compute is not stated.
//! - Poetry 2 joins its table with `[project]`: an entry without a version adds nothing but its source to a requirement
//!   there.
//! - uv's sources beat the version, its overrides every other requirement; its constraints hold in addition.
//!
//! Not done here: lockfiles decide over all of this in `resolve`.

use std::collections::{HashMap, HashSet};

use crate::ecosystem::pypi::pep508::{self, Place, name_normalised};
use crate::ecosystem::pypi::pixi_toml;
use crate::ecosystem::pypi::requirements_txt;
use crate::ecosystem::pypi::toml_dependency::{self, requirement, requirements, table};
use crate::ecosystem::toml_text::{Document, Node, Text};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Grammar, Identity, Include, Override, Problem, ProblemKind, Reading, Role,
    Scope, Source, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "pyproject_toml",
    name: "pyproject.toml",
    ecosystem: Ecosystem::Pypi,
    globs: &["pyproject.toml"],
    read,
};

/// The name of the variable that says that the build backend tells more dependencies.
pub const DYNAMIC: &str = "dynamic dependencies";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    reading.identity = identity(root);
    project(&mut reading, root);
    dependency_groups(&mut reading, root);
    requirements(&mut reading, root.at(&["build-system", "requires"]), Place::new(Scope::Build));
    if let Some(tool) = root.get("tool") {
        poetry(&mut reading, tool);
        pdm(&mut reading, tool);
        hatch(&mut reading, tool);
        flit(&mut reading, tool);
        uv(&mut reading, tool);
        if let Some(pixi) = tool.get("pixi") {
            pixi_toml::pixi(&mut reading, pixi);
        }
        let rye = tool.at(&["rye", "dev-dependencies"]);
        requirements(&mut reading, rye, Place::group(Scope::Development, "dev"));
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

fn identity(root: Node<'_>) -> Option<Identity> {
    let flit = root.at(&["tool", "flit", "metadata"]);
    let name = root
        .at(&["project", "name"])
        .or_else(|| root.at(&["tool", "poetry", "name"]))
        .or_else(|| flit?.get("dist-name"))
        .or_else(|| flit?.get("module"))?;
    let version = root.at(&["project", "version"]).or_else(|| root.at(&["tool", "poetry", "version"]));
    let version = version.and_then(Node::text).map(str::to_owned);
    Some(Identity { name: name_normalised(name.text()?), version })
}

fn project(reading: &mut Reading, root: Node<'_>) {
    let Some(project) = root.get("project") else { return };
    requirements(reading, project.get("dependencies"), Place::new(Scope::Runtime));
    for (extra, list) in entries(project.get("optional-dependencies")) {
        requirements(reading, Some(list), Place::group(Scope::Optional, extra));
    }
    let dynamic: Vec<&str> = project.get("dynamic").into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    let setuptools = root.at(&["tool", "setuptools", "dynamic"]);
    let hatch = root.at(&["tool", "hatch", "metadata", "hooks", "requirements_txt"]);
    if dynamic.contains(&"dependencies") {
        let span = project.entry("dynamic").map_or(Span::new(0, 0), |(key, _)| key.span);
        reading.variables.push(Variable { name: DYNAMIC.into(), value: String::new(), condition: None, span });
        include(reading, setuptools.and_then(|node| node.at(&["dependencies", "file"])), None);
        include(reading, hatch.and_then(|node| node.get("files")), None);
    }
    if dynamic.contains(&"optional-dependencies") {
        for (extra, node) in entries(setuptools.and_then(|node| node.get("optional-dependencies"))) {
            include(reading, node.get("file"), Some(extra));
        }
        for (extra, files) in entries(hatch.and_then(|node| node.get("optional-dependencies"))) {
            include(reading, Some(files), Some(extra));
        }
    }
}

/// The requirements files that a list, or a single text, names.
fn include(reading: &mut Reading, files: Option<Node<'_>>, condition: Option<&str>) {
    let Some(files) = files else { return };
    let files = if files.is_array() { files.items() } else { vec![files] };
    for file in files.into_iter().filter_map(Node::string) {
        reading.includes.push(Include {
            role: Role::Requirements,
            paths: vec![file.value.to_owned()],
            format: &requirements_txt::FORMAT,
            identity: None,
            condition: condition.map(str::to_owned),
            span: file.span,
        });
    }
}

fn entries(table: Option<Node<'_>>) -> impl Iterator<Item = (&str, Node<'_>)> {
    table.into_iter().flat_map(Node::entries).map(|(key, node)| (key.text, node))
}

fn dependency_groups(reading: &mut Reading, root: Node<'_>) {
    let groups = root.get("dependency-groups");
    let mut includes: HashMap<String, Vec<(String, Span)>> = HashMap::new();
    for (group, list) in entries(groups) {
        requirements(reading, Some(list), Place::development(group));
        let targets = list.items().into_iter().filter_map(|item| item.get("include-group")?.string());
        let targets = targets.map(|literal| (name_normalised(literal.value), literal.span)).collect();
        includes.insert(name_normalised(group), targets);
    }
    let names: Vec<String> = entries(groups).map(|(group, _)| name_normalised(group)).collect();
    check_includes(reading, &names, &includes);
}

/// Reports groups that include themselves, by whatever detour, and groups that are not there; tools refuse both.
fn check_includes(reading: &mut Reading, names: &[String], includes: &HashMap<String, Vec<(String, Span)>>) {
    let mut open: HashMap<&str, bool> = HashMap::new();
    for name in names {
        if open.contains_key(name.as_str()) {
            continue;
        }
        open.insert(name, true);
        let mut path: Vec<(&str, usize)> = vec![(name, 0)];
        while let Some((group, next)) = path.last_mut() {
            let Some((target, span)) = includes.get(*group).and_then(|targets| targets.get(*next)) else {
                open.insert(group, false);
                path.pop();
                continue;
            };
            *next += 1;
            match open.get(target.as_str()) {
                Some(true) => {
                    let message = format!("the group `{target}` includes itself");
                    reading.problems.push(Problem { kind: ProblemKind::Cycle, message, span: *span });
                }
                Some(false) => {}
                None if includes.contains_key(target) => {
                    open.insert(target, true);
                    path.push((target, 0));
                }
                None => {
                    let message = format!("the group `{target}` is not in this file");
                    reading.problems.push(Problem { kind: ProblemKind::MissingInclude, message, span: *span });
                }
            }
        }
    }
}

fn poetry(reading: &mut Reading, tool: Node<'_>) {
    let Some(poetry) = tool.get("poetry") else { return };
    let standard = reading.declared.clone();
    let runtime = |declared: &Declared| matches!(declared.scope, Scope::Runtime | Scope::Optional);
    let main = names(&standard, runtime);
    poetry_table(reading, poetry.get("dependencies"), &main, Place::new(Scope::Runtime));
    poetry_table(reading, poetry.get("dev-dependencies"), &HashSet::new(), Place::group(Scope::Development, "dev"));
    for (group, node) in entries(poetry.get("group")) {
        if group == "main" {
            poetry_table(reading, node.get("dependencies"), &main, Place::new(Scope::Runtime));
            continue;
        }
        let in_group = |declared: &Declared| {
            let condition = declared.condition.as_deref().unwrap_or_default();
            let of = condition.split(';').next().unwrap_or_default();
            !runtime(declared) && name_normalised(of) == name_normalised(group)
        };
        poetry_table(reading, node.get("dependencies"), &names(&standard, in_group), Place::development(group));
    }
}

fn names(declared: &[Declared], belongs: impl Fn(&Declared) -> bool) -> HashSet<&str> {
    declared.iter().filter(|declared| belongs(declared)).map(|declared| declared.name.as_str()).collect()
}

/// A table of Poetry's. What the standard tables state too is only enriched: with a source, or with a version that must
/// hold as well (Poetry, "dependencies and project.dependencies").
fn poetry_table(reading: &mut Reading, table: Option<Node<'_>>, standard: &HashSet<&str>, place: Place<'_>) {
    for (key, node) in table.into_iter().flat_map(Node::entries) {
        let name = name_normalised(key.text);
        if name == "python" {
            continue;
        }
        let enriches = node.is_table() && standard.contains(name.as_str()) && !node.is_broken(key);
        match toml_dependency::source(node) {
            Some((stated, span)) if enriches => replace(reading, &name, stated, span, toml_dependency::marker(node)),
            None if enriches && node.get("version").is_none() => {}
            _ => toml_dependency::entry(reading, key, node, Grammar::Poetry, place),
        }
    }
}

fn pdm(reading: &mut Reading, tool: Node<'_>) {
    let Some(pdm) = tool.get("pdm") else { return };
    for (key, node) in pdm.get("dev-dependencies").into_iter().flat_map(Node::entries) {
        if node.is_array() {
            requirements(reading, Some(node), Place::development(key.text));
        } else {
            // Before PEP 621 these tables mapped names to versions in the manner of Pipenv.
            toml_dependency::entry(reading, key, node, Grammar::Pipfile, Place::group(Scope::Development, "dev"));
        }
    }
    table(reading, pdm.get("dependencies"), Grammar::Pipfile, Place::new(Scope::Runtime));
    for (key, node) in pdm.at(&["resolution", "overrides"]).into_iter().flat_map(Node::entries) {
        let Some(literal) = node.string() else { continue };
        let stated = if literal.value.contains("://") {
            Stated::Source(crate::ecosystem::pypi::reference::read(literal.value).source)
        } else {
            // A bare version is exact here ("Override the locked package versions").
            Stated::Requirement(literal.value.into(), Grammar::Pipfile)
        };
        let name = name_normalised(key.text);
        reading.overrides.push(Override {
            effect: Effect::Force,
            name: name.clone(),
            when: None,
            then: managed(&name, stated, literal.span, None),
        });
    }
}

fn hatch(reading: &mut Reading, tool: Node<'_>) {
    let Some(hatch) = tool.get("hatch") else { return };
    for (name, environment) in entries(hatch.get("envs")) {
        for key in ["dependencies", "extra-dependencies"] {
            requirements(reading, environment.get(key), Place::development(name));
        }
        for (_, source) in entries(environment.get("overrides")) {
            for (_, options) in entries(Some(source)) {
                hatch_overrides(reading, options, name);
            }
        }
    }
    let Some(build) = hatch.get("build") else { return };
    let mut parts = vec![build];
    parts.extend(entries(build.get("targets")).map(|(_, target)| target));
    for part in parts {
        requirements(reading, part.get("dependencies"), Place::new(Scope::Build));
        for (_, hook) in entries(part.get("hooks")) {
            requirements(reading, hook.get("dependencies"), Place::new(Scope::Build));
        }
    }
}

/// Options that an environment of Hatch takes on under conditions: strings, or tables with a `value` ("Option overrides").
fn hatch_overrides(reading: &mut Reading, options: Node<'_>, environment: &str) {
    for (key, list) in entries(Some(options)) {
        if !matches!(key.trim_start_matches("set-"), "dependencies" | "extra-dependencies") {
            continue;
        }
        for item in list.items() {
            if let Some(literal) = item.get("value").unwrap_or(item).string() {
                let declared = requirement(reading, literal, Place::development(environment));
                reading.declared.extend(declared);
            }
        }
    }
}

fn flit(reading: &mut Reading, tool: Node<'_>) {
    let Some(metadata) = tool.at(&["flit", "metadata"]) else { return };
    requirements(reading, metadata.get("requires"), Place::new(Scope::Runtime));
    requirements(reading, metadata.get("dev-requires"), Place::group(Scope::Development, "dev"));
    for (extra, list) in entries(metadata.get("requires-extra")) {
        requirements(reading, Some(list), Place::group(Scope::Optional, extra));
    }
}

/// What uv's own table says.
pub(super) fn uv(reading: &mut Reading, tool: Node<'_>) {
    let Some(uv) = tool.get("uv") else { return };
    requirements(reading, uv.get("dev-dependencies"), Place::group(Scope::Development, "dev"));
    let pins = [("constraint-dependencies", Effect::Constrain), ("override-dependencies", Effect::Force)];
    for (key, effect) in pins {
        for item in uv.get(key).into_iter().flat_map(Node::items) {
            let Some(literal) = item.string() else { continue };
            let Some(mut then) = requirement(reading, literal, Place::new(Scope::Managed)) else { continue };
            then.direct = None;
            reading.overrides.push(Override { effect, name: then.name.clone(), when: None, then });
        }
    }
    for (name, node) in entries(uv.get("sources")) {
        let alternatives = if node.is_array() { node.items() } else { vec![node] };
        for node in alternatives {
            uv_source(reading, &name_normalised(name), node);
        }
    }
}

/// Where uv takes a package from. An index is no other source: the versions asked for still hold there.
fn uv_source(reading: &mut Reading, name: &str, node: Node<'_>) {
    let workspace = node.entry("workspace").filter(|(_, node)| node.is_true());
    let workspace = workspace.map(|(key, _)| (Stated::Source(Source::Workspace(name.into())), key.span));
    if let Some((stated, span)) = toml_dependency::source(node).or(workspace) {
        let group = ["extra", "group"].into_iter().find_map(|key| node.get(key)?.text());
        let condition = pep508::condition(group, toml_dependency::marker(node).as_deref());
        replace(reading, name, stated, span, condition);
    }
}

fn replace(reading: &mut Reading, name: &str, stated: Stated, span: Span, condition: Option<String>) {
    let then = managed(name, stated, span, condition);
    reading.overrides.push(Override { effect: Effect::Replace, name: name.into(), when: None, then });
}

fn managed(name: &str, stated: Stated, span: Span, condition: Option<String>) -> Declared {
    Declared { name: name.into(), stated, scope: Scope::Managed, direct: None, condition, span }
}
