//! `pom.xml`: a Maven project's coordinates, parent, modules, properties, dependencies and dependency management (POM
//! Reference; the names of elements are those of the Maven model 4.0.0).
//!
//! A dependency's name is `group:artifact`, followed by `:type` and `:classifier` where it is not the plain jar, since that
//! is the key by which management applies ([`package_name`] cuts it off). Everything is as written: `${…}` stays.
//!
//! Traps:
//! - `exclusions` hold a group and an artifact too: values are taken from the elements directly in a dependency.
//! - A parent without `relativePath` is at `../pom.xml`; an empty `relativePath` means that no file is looked at.
//! - An entry of `dependencyManagement` with type `pom` and scope `import` is no pin but takes over another POM's management.
//! - Dependencies of plugins belong to the build; dependency management does not speak of them.
//! - Profiles repeat most sections. Their entries carry the condition `profile ID`; each profile stands among the variables as
//!   [`PROFILE`], with the condition [`ACTIVE_BY_DEFAULT`] where it says so.
//!
//! Not done here: inheritance, interpolation, imports and the choice among duplicates are `resolve`'s; activation by JDK,
//! operating system, property or file, and profiles outside the POM.

use crate::ecosystem::xml::{Element, Tree};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Grammar, Identity, Include, Override, Problem, ProblemKind, Reading, Role,
    Scope, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "pom_xml",
    name: "pom.xml",
    ecosystem: Ecosystem::Maven,
    globs: &["pom.xml", "*.pom", "*.pom.xml", "pom-*.xml", "pom_*.xml"],
    read,
};

/// The name under which a profile stands among the variables; no property can be called so.
pub const PROFILE: &str = "profiles/profile";

/// The condition of a profile that is active unless another profile of the same POM is.
pub const ACTIVE_BY_DEFAULT: &str = "activeByDefault";

/// What stands before a profile's id in conditions.
pub const PROFILE_CONDITION: &str = "profile ";

fn read(source: &SourceText) -> Reading {
    let mut tree = Tree::read(source.text());
    let mut reading = Reading { problems: std::mem::take(&mut tree.problems), ..Reading::default() };
    let Some(project) = tree.root() else {
        if reading.problems.is_empty() && !source.text().trim().is_empty() {
            let message = "there is no `<project>` element".into();
            reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: Span::new(0, 0) });
        }
        return reading;
    };
    if project.name != "project" {
        return reading;
    }
    reading.identity = Some(identity(&tree, project));
    reading.includes.extend(tree.child(project, "parent").map(|element| parent(&tree, element)));
    section(&tree, project, None, &mut reading);
    for profile in tree.path(project, &["profiles", "profile"]) {
        let id = tree.child(profile, "id").filter(|id| !id.value.is_empty());
        // The model's default for a profile without id.
        let name = id.map_or("default", |id| &id.value);
        let by_default = tree.path(profile, &["activation", ACTIVE_BY_DEFAULT]);
        let by_default = by_default.iter().any(|element| element.value.eq_ignore_ascii_case("true"));
        reading.variables.push(Variable {
            name: PROFILE.into(),
            value: name.to_owned(),
            condition: by_default.then(|| ACTIVE_BY_DEFAULT.into()),
            span: id.and_then(|id| id.value_span).unwrap_or(profile.tag),
        });
        section(&tree, profile, Some(&format!("{PROFILE_CONDITION}{name}")), &mut reading);
    }
    reading
}

/// The package of a dependency's name: without type and classifier.
pub fn package_name(name: &str) -> &str {
    let mut colons = name.match_indices(':').map(|(index, _)| index);
    colons.nth(1).map_or(name, |second| &name[..second])
}

/// `group:artifact` and the version, with empty parts for what a parent hands down.
fn identity(tree: &Tree, element: &Element) -> Identity {
    let value = |name| tree.child(element, name).map_or("", |child| child.value.as_str());
    let version = Some(value("version")).filter(|version| !version.is_empty());
    Identity { name: format!("{}:{}", value("groupId"), value("artifactId")), version: version.map(str::to_owned) }
}

fn parent(tree: &Tree, element: &Element) -> Include {
    let paths = match tree.child(element, "relativePath") {
        None => vec!["../pom.xml".to_owned()],
        Some(path) if path.value.is_empty() => Vec::new(),
        Some(path) => vec![path.value.clone(), format!("{}/pom.xml", path.value.trim_end_matches('/'))],
    };
    include(tree, element, Role::Parent, paths, None)
}

fn include(tree: &Tree, element: &Element, role: Role, paths: Vec<String>, condition: Option<String>) -> Include {
    let place = |name| tree.child(element, name).and_then(|child| child.value_span);
    Include {
        role,
        paths,
        format: &FORMAT,
        identity: Some(identity(tree, element)),
        condition,
        span: place("version").or_else(|| place("artifactId")).unwrap_or(element.tag),
    }
}

/// What a project and a profile have in common.
fn section(tree: &Tree, element: &Element, condition: Option<&str>, reading: &mut Reading) {
    let condition = || condition.map(str::to_owned);
    for property in tree.path(element, &["properties"]).into_iter().flat_map(|properties| tree.children(properties)) {
        reading.variables.push(Variable {
            name: property.name.clone(),
            value: property.value.clone(),
            condition: condition(),
            span: property.value_span.unwrap_or(property.tag),
        });
    }
    // `subproject` is the word of model 4.1.0.
    for module in
        [["modules", "module"], ["subprojects", "subproject"]].iter().flat_map(|names| tree.path(element, names))
    {
        let Some(span) = module.value_span else { continue };
        reading.includes.push(Include {
            role: Role::Member,
            paths: vec![format!("{}/pom.xml", module.value.trim_end_matches('/')), module.value.clone()],
            format: &FORMAT,
            identity: None,
            condition: condition(),
            span,
        });
    }
    for entry in dependencies(tree, element, &["dependencyManagement", "dependencies", "dependency"]) {
        manage(tree, entry, condition(), reading);
    }
    for entry in dependencies(tree, element, &["dependencies", "dependency"]) {
        let scope = scope(tree, entry).unwrap_or(Scope::Runtime);
        reading.declared.extend(declared(tree, entry, scope, Some(true), condition()));
    }
    let plugins = [["build", "plugins"].as_slice(), &["build", "pluginManagement", "plugins"]];
    for plugin in plugins.iter().flat_map(|names| tree.path(element, names)) {
        for entry in dependencies(tree, plugin, &["plugin", "dependencies", "dependency"]) {
            reading.declared.extend(declared(tree, entry, Scope::Build, Some(true), condition()));
        }
    }
}

/// The dependencies at the end of a path. One that is never closed holds its followers, which are then taken out of it.
fn dependencies<'a>(tree: &'a Tree, element: &'a Element, names: &[&str]) -> Vec<&'a Element> {
    let mut found = Vec::new();
    let mut level = tree.path(element, names);
    while !level.is_empty() {
        found.extend_from_slice(&level);
        level = level.into_iter().flat_map(|entry| tree.named(entry, "dependency")).collect();
    }
    found
}

/// An entry of `dependencyManagement`: a pin, or the import of another POM's management.
fn manage(tree: &Tree, entry: &Element, condition: Option<String>, reading: &mut Reading) {
    let is = |name, value| tree.child(entry, name).is_some_and(|child| child.value == value);
    if is("type", "pom") && is("scope", "import") {
        reading.includes.push(include(tree, entry, Role::Bom, Vec::new(), condition));
        return;
    }
    let scope = scope(tree, entry).unwrap_or(Scope::Managed);
    if let Some(then) = declared(tree, entry, scope, None, condition) {
        reading.overrides.push(Override { effect: Effect::Manage, name: then.name.clone(), when: None, then });
    }
}

/// One `dependency`; `None` where it names nothing.
fn declared(
    tree: &Tree,
    entry: &Element,
    scope: Scope,
    direct: Option<bool>,
    condition: Option<String>,
) -> Option<Declared> {
    let value = |name| tree.child(entry, name).map_or("", |child| child.value.as_str());
    let artifact = tree.child(entry, "artifactId")?;
    let (group, mut kind, classifier) = (value("groupId"), value("type"), value("classifier"));
    if group.is_empty() || artifact.value.is_empty() {
        return None;
    }
    if kind.is_empty() {
        kind = "jar";
    }
    let mut name = format!("{group}:{}", artifact.value);
    if !classifier.is_empty() {
        name = format!("{name}:{kind}:{classifier}");
    } else if kind != "jar" {
        name = format!("{name}:{kind}");
    }
    let version = tree.child(entry, "version");
    let (stated, span) = match version.and_then(|version| version.value_span.map(|span| (version, span))) {
        Some((version, span)) if version.has_reference => (Stated::Computed(version.value.clone()), span),
        Some((version, span)) => (Stated::Requirement(version.value.clone(), Grammar::Maven), span),
        None => (Stated::Nothing, artifact.value_span.unwrap_or(artifact.tag)),
    };
    Some(Declared { name, stated, scope, direct, condition, span })
}

/// What a dependency is for, where it says so ("Dependency Scope", "Optional Dependencies").
fn scope(tree: &Tree, entry: &Element) -> Option<Scope> {
    let value = |name| tree.child(entry, name).map(|child| child.value.as_str());
    match value("scope") {
        Some("test") => Some(Scope::Test),
        _ if value("optional").is_some_and(|value| value.eq_ignore_ascii_case("true")) => Some(Scope::Optional),
        // The machine that runs the program is expected to have it.
        Some("provided") => Some(Scope::Peer),
        Some("compile" | "runtime" | "system") => Some(Scope::Runtime),
        _ => None,
    }
}
