//! What a file in MSBuild's language says of packages: projects, and the files that they take in (MSBuild documentation,
//! "MSBuild project file schema reference"; NuGet documentation, "PackageReference in project files" and "Central Package
//! Management").
//!
//! Everything is as written: `$(…)` stays. What order decides is told by the places: statements count as they follow each
//! other in the text, imports among them.
//!
//! | in the file | in the reading |
//! |---|---|
//! | a property | a variable |
//! | an import, an SDK | an include with role parent; an SDK has a name instead of a path |
//! | `NuGetLockFilePath` | a variable, and an include of the lockfile |
//! | `PackageReference Include`, `GlobalPackageReference Include` | a declaration |
//! | its `Update`, its `Remove` | overrides with these effects |
//! | `VersionOverride` on either | an override with the effect force, right behind |
//! | `PackageVersion` with `Include`, `Update`, `Remove` | overrides of scope managed with the effects manage, update, remove |
//!
//! Traps:
//! - Names of item types, metadata and properties know no case; `Include`, `Condition` and the names of groups do.
//! - Metadata is an attribute or an element; the last one counts, and an element may have a condition of its own.
//! - `Include="A;B"` names two packages.
//! - Of a `Choose` the first branch counts that holds: each later one carries the negation of those before it.
//! - What stands in a `Target` happens when the build runs, too late for NuGet.
//! - Files that end in `.props` and are no XML belong to others.
//!
//! Not done: item definitions, wildcards and `Exclude`, which have no bearing on packages.

use super::{msbuild_props, packages_lock_json, trimmed};
use crate::ecosystem::xml::{Attribute, Element, Tree};
use crate::model::{
    Declared, Effect, Grammar, Identity, Include, Override, Problem, ProblemKind, Reading, Role, Scope, Stated,
    Variable,
};
use crate::source::{SourceText, Span};

/// Longest condition that is kept; a longer one cannot be decided.
const MAX_CONDITION: usize = 1000;

/// The condition that is kept for one that is too long; it cannot be decided.
const TOO_LONG: &str = "…";

/// The property that names a project's lockfile.
pub const LOCK_FILE_PATH: &str = "NuGetLockFilePath";

/// Under which condition a `GlobalPackageReference` counts.
const IS_CENTRAL: &str = "'$(ManagePackageVersionsCentrally)' == 'true'";

/// Reads a project or a file that projects take in.
pub fn read(source: &SourceText) -> Reading {
    let text = source.text();
    let is_xml = text.trim_start_matches('\u{FEFF}').trim_start().starts_with('<');
    if !is_xml {
        return Reading::default();
    }
    let mut tree = Tree::read(text);
    let problems = std::mem::take(&mut tree.problems);
    let mut reader = Reader { tree: &tree, text, reading: Reading { problems, ..Reading::default() } };
    let Some(root) = tree.root() else { return reader.reading };
    if root.name == "Project" {
        if let Some(sdks) = root.attribute("Sdk") {
            for (name, span) in names(sdks, text) {
                let (name, version) =
                    name.split_once('/').map_or((name, None), |(name, version)| (name, Some(version)));
                reader.sdk(name, version, None, span);
            }
        }
        reader.groups(root, None);
        reader.reading.identity = reader.identity();
    } else if reader.reading.problems.is_empty() && root.name.eq_ignore_ascii_case("project") {
        let message = format!("the outermost element is `{}`, and MSBuild asks for `Project`", root.name);
        reader.reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: root.tag });
    }
    reader.reading
}

struct Reader<'t> {
    tree: &'t Tree,
    text: &'t str,
    reading: Reading,
}

/// A piece of metadata that bears on the version.
struct Metadata<'t> {
    value: &'t str,
    span: Span,
    has_reference: bool,
    condition: Option<String>,
    is_override: bool,
}

impl<'t> Reader<'t> {
    /// The package that the project says it makes, where it says so in plain words.
    fn identity(&self) -> Option<Identity> {
        let plain = |name: &str| {
            let mut variables = self.reading.variables.iter().rev();
            let variable = variables.find(|variable| variable.name.eq_ignore_ascii_case(name))?;
            let value = variable.value.trim();
            (!value.is_empty() && !value.contains("$(")).then(|| value.to_owned())
        };
        Some(Identity { name: plain("PackageId")?, version: plain("Version") })
    }

    /// What stands directly in the project or in a branch of a choice.
    fn groups(&mut self, parent: &'t Element, condition: Option<&str>) {
        for element in self.tree.children(parent) {
            let own = both(condition, condition_of(element));
            let own = own.as_deref();
            match element.name.as_str() {
                "PropertyGroup" => self.properties(element, own),
                "ItemGroup" => self.items(element, own),
                "Import" => self.import(element, own),
                "ImportGroup" => {
                    for import in self.tree.named(element, "Import") {
                        let condition = both(own, condition_of(import));
                        self.import(import, condition.as_deref());
                    }
                }
                "Sdk" => {
                    if let Some(name) = element.attribute("Name") {
                        let version = element.attribute("Version").map(|version| version.value.as_str());
                        self.sdk(name.value.trim(), version, own, name.span);
                    }
                }
                "Choose" => self.choose(element, own),
                _ => {}
            }
        }
    }

    fn choose(&mut self, choose: &'t Element, condition: Option<&str>) {
        let mut before = condition.map(str::to_owned);
        for branch in self.tree.children(choose) {
            let own = condition_of(branch);
            match (branch.name.as_str(), own) {
                ("When", Some(own)) => {
                    let holds = both(before.as_deref(), Some(own));
                    self.groups(branch, holds.as_deref());
                    before = both(before.as_deref(), Some(&format!("!({own})")));
                }
                ("Otherwise", _) => self.groups(branch, before.as_deref()),
                _ => {}
            }
        }
    }

    fn properties(&mut self, group: &'t Element, condition: Option<&str>) {
        for property in self.tree.children(group) {
            let condition = both(condition, condition_of(property));
            let span = property.value_span.unwrap_or(property.tag);
            if property.name.eq_ignore_ascii_case(LOCK_FILE_PATH) {
                self.reading.includes.push(Include {
                    role: Role::Parent,
                    paths: lockfile_paths(property.value.trim()),
                    format: &packages_lock_json::FORMAT,
                    identity: None,
                    condition: condition.clone(),
                    span,
                });
            }
            self.reading.variables.push(Variable {
                name: property.name.clone(),
                value: property.value.clone(),
                condition,
                span,
            });
        }
    }

    fn import(&mut self, element: &'t Element, condition: Option<&str>) {
        if let Some(sdk) = element.attribute("Sdk") {
            return self.sdk(sdk.value.trim(), None, condition, sdk.span);
        }
        let Some(project) = element.attribute("Project") else { return };
        self.reading.includes.push(Include {
            role: Role::Parent,
            paths: paths(project.value.trim()),
            format: &msbuild_props::FORMAT,
            identity: None,
            condition: condition.map(str::to_owned),
            span: trimmed(project.span, self.text),
        });
    }

    fn sdk(&mut self, name: &str, version: Option<&str>, condition: Option<&str>, span: Span) {
        self.reading.includes.push(Include {
            role: Role::Parent,
            paths: Vec::new(),
            format: &msbuild_props::FORMAT,
            identity: Some(Identity { name: name.to_owned(), version: version.map(str::to_owned) }),
            condition: condition.map(str::to_owned),
            span,
        });
    }

    fn items(&mut self, group: &'t Element, condition: Option<&str>) {
        for item in self.tree.children(group) {
            let condition = both(condition, condition_of(item));
            let is = |name: &str| item.name.eq_ignore_ascii_case(name);
            if is("PackageReference") {
                self.item(item, Scope::Runtime, condition.as_deref());
            } else if is("GlobalPackageReference") {
                let condition = both(Some(IS_CENTRAL), condition.as_deref());
                self.item(item, Scope::Development, condition.as_deref());
            } else if is("PackageVersion") {
                self.item(item, Scope::Managed, condition.as_deref());
            }
            // Items stand in items only where a tag is not closed.
            self.items(item, condition.as_deref());
        }
    }

    /// An item: each of the packages it names with each piece of metadata.
    fn item(&mut self, item: &'t Element, scope: Scope, condition: Option<&str>) {
        let operations = [("Include", None), ("Update", Some(Effect::Update)), ("Remove", Some(Effect::Remove))];
        let found = operations.into_iter().find_map(|(name, effect)| Some((item.attribute(name)?, effect)));
        let Some((attribute, effect)) = found else { return };
        let metadata = self.metadata(item);
        for (name, span) in names(attribute, self.text) {
            // The last piece without a condition of its own belongs to the statement, and what follows changes it.
            let start = metadata.iter().rposition(|data| data.condition.is_none() && !data.is_override);
            let own = start.map(|start| &metadata[start]);
            let (stated, place) = own.map_or((Stated::Nothing, span), |data| (data.stated(), data.span));
            let statement = |stated: Stated, span: Span, condition: Option<String>| Declared {
                name: name.to_owned(),
                stated,
                scope,
                direct: (scope != Scope::Managed).then_some(true),
                condition,
                span,
            };
            let declared = statement(stated, place, condition.map(str::to_owned));
            match effect {
                None if scope != Scope::Managed => self.reading.declared.push(declared),
                None => self.change(Effect::Manage, declared),
                Some(Effect::Update) if own.is_none() => {}
                Some(effect) => self.change(effect, declared),
            }
            if effect == Some(Effect::Remove) {
                continue;
            }
            let behind = metadata.iter().enumerate().filter(|(index, data)| data.is_override || Some(*index) > start);
            for (_, data) in behind {
                let effect = if data.is_override { Effect::Force } else { Effect::Update };
                let condition = both(condition, data.condition.as_deref());
                self.change(effect, statement(data.stated(), data.span, condition));
            }
        }
    }

    fn change(&mut self, effect: Effect, then: Declared) {
        self.reading.overrides.push(Override { effect, name: then.name.clone(), when: None, then });
    }

    /// The metadata on the version, in the order in which it counts.
    fn metadata(&self, item: &'t Element) -> Vec<Metadata<'t>> {
        let kind = |name: &str| {
            let is_override = name.eq_ignore_ascii_case("VersionOverride");
            (is_override || name.eq_ignore_ascii_case("Version")).then_some(is_override)
        };
        let attributes = item.attributes.iter().filter_map(|attribute| {
            Some(Metadata {
                value: attribute.value.trim(),
                span: trimmed(attribute.span, self.text),
                has_reference: attribute.has_reference,
                condition: None,
                is_override: kind(&attribute.name)?,
            })
        });
        let elements = self.tree.children(item).filter_map(|element| {
            Some(Metadata {
                value: element.value.trim(),
                span: element.value_span.unwrap_or(element.tag),
                has_reference: element.has_reference,
                condition: condition_of(element).map(str::to_owned),
                is_override: kind(&element.name)?,
            })
        });
        attributes.chain(elements).filter(|data| !data.value.is_empty()).collect()
    }
}

impl Metadata<'_> {
    fn stated(&self) -> Stated {
        if self.has_reference || ["$(", "@(", "%"].iter().any(|mark| self.value.contains(mark)) {
            Stated::Computed(self.value.to_owned())
        } else {
            Stated::Requirement(self.value.to_owned(), Grammar::Nuget)
        }
    }
}

/// The condition on an element, if it says anything.
fn condition_of(element: &Element) -> Option<&str> {
    let condition = element.attribute("Condition")?.value.trim();
    (!condition.is_empty()).then_some(condition)
}

/// The condition that holds where both do.
fn both(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    let joined = match (outer, inner) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (Some(TOO_LONG), _) => TOO_LONG.to_owned(),
        (Some(outer), Some(inner)) => format!("({outer}) and ({inner})"),
    };
    Some(if joined.len() > MAX_CONDITION { TOO_LONG.to_owned() } else { joined })
}

/// The names in a list, each with its place; the whole attribute where references make the place unclear.
fn names<'a>(attribute: &'a Attribute, text: &str) -> Vec<(&'a str, Span)> {
    let is_plain = text.get(attribute.span.start..attribute.span.end) == Some(attribute.value.as_str());
    let mut names = Vec::new();
    let mut at = attribute.span.start;
    for part in attribute.value.split(';') {
        let start = at + part.len() - part.trim_start().len();
        let name = part.trim();
        if !name.is_empty() {
            let span = if is_plain { Span::new(start, start + name.len()) } else { attribute.span };
            names.push((name, span));
        }
        at += part.len() + 1;
    }
    names
}

/// Where an imported file lies, as far as the text alone tells. What is looked for in the folders above is read anyway.
fn paths(project: &str) -> Vec<String> {
    // The folder ends in a separator, and many write another.
    let here = project.strip_prefix("$(MSBuildThisFileDirectory)").map(|path| path.trim_start_matches(['/', '\\']));
    let path = here.unwrap_or(project);
    if path.contains(['$', '@', '%', '*', '?']) {
        return Vec::new();
    }
    vec![path.replace('\\', "/")]
}

/// Where the lockfile lies that a property names; the project's folder is mostly that of the file which says so.
fn lockfile_paths(value: &str) -> Vec<String> {
    let folders = ["$(MSBuildProjectDirectory)", "$(ProjectDir)"];
    let here = folders.iter().find_map(|folder| value.strip_prefix(folder));
    paths(here.map_or(value, |path| path.trim_start_matches(['/', '\\'])))
}
