//! `package.json`: what a package needs, and what its root says about packages that others need (npm docs, "package.json";
//! Yarn, "Manifest fields"; pnpm, "package.json"; Bun, "Catalogs").
//!
//! Traps:
//! - A dependency's name and its package differ for an alias (`"k8s": "npm:@kubernetes/client-node@0.10.2"`); what it is
//!   called then stands in the condition, as `as k8s`.
//! - A peer dependency that is marked optional is not installed by anyone; its condition is `optional`.
//! - A bundled dependency that is not declared besides is one on any version.
//! - `overrides` (npm, Bun) nest; `resolutions` (Yarn, pnpm, Bun) are paths; `pnpm.overrides` are `parent>name`. All may
//!   carry a range behind the name for which alone they hold. Where they stand and below which packages they hold is in the
//!   condition: `overrides > parent`.
//! - In `overrides` an empty value or `*` changes nothing, and `$name` is what the root itself declares for `name`.
//!
//! Not done here: which of several sections counts, and whether the file is a root at all, is `resolve`'s. Package
//! extensions are not read.

use std::collections::HashSet;

use jsonc_parser::ast::{Object, StringLit, Value};

use super::specifier::{self, is_template, split_name};
use crate::ecosystem::json::{self, Member};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Identity, Include, Override, Problem, ProblemKind, Reading, Role, Scope,
    Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "package_json", name: "package.json", ecosystem: Ecosystem::Npm, globs: &["package.json"], read };

/// The variable that holds a glob of workspace members.
pub const WORKSPACES: &str = "workspaces";

/// The variable that holds the package manager a project asks for, `pnpm@9.0.0` or `pnpm`.
pub const PACKAGE_MANAGER: &str = "packageManager";

/// The condition of an optional peer dependency.
pub const OPTIONAL_PEER: &str = "optional";

/// What stands before the name of an alias in a condition.
pub const ALIAS: &str = "as ";

/// What stands between the places in the condition of an override.
pub const BELOW: &str = " > ";

/// The section of npm's and Bun's overrides.
pub const OVERRIDES: &str = "overrides";

/// The section of Yarn's overrides, which pnpm and Bun read too.
pub const RESOLUTIONS: &str = "resolutions";

/// The section of pnpm's overrides.
pub const PNPM_OVERRIDES: &str = "pnpm.overrides";

/// Sections of dependencies and what those are for.
const SECTIONS: &[(&str, Scope)] = &[
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
    ("peerDependencies", Scope::Peer),
];

/// Deepest nesting of `overrides` that is read.
const MAX_OVERRIDE_DEPTH: usize = 32;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    json::read(source, "npm", &mut problems, |value, problems| {
        let mut manifest = Manifest { source, reading: Reading::default() };
        match value {
            Value::Object(root) => manifest.read(root),
            other => manifest.report(json::place(other), "a package.json holds an object"),
        }
        problems.append(&mut manifest.reading.problems);
        reading = manifest.reading;
    });
    reading.problems = problems;
    reading
}

struct Manifest<'s> {
    source: &'s SourceText,
    reading: Reading,
}

impl Manifest<'_> {
    fn read(&mut self, root: &Object<'_>) {
        self.identity(root);
        let mut declared: HashSet<&str> = HashSet::new();
        for (name, scope) in SECTIONS {
            if let Some(section) = self.section(root, name) {
                let members = json::members(section);
                self.dependencies(root, &members, *scope);
                declared.extend(members.iter().map(|member| member.name));
            }
        }
        self.bundled(root, &declared);
        if let Some(overrides) = self.section(root, "overrides") {
            self.overrides(overrides, &mut vec![], 0);
        }
        if let Some(resolutions) = self.section(root, "resolutions") {
            self.resolutions(resolutions);
        }
        if let Some(Value::Object(pnpm)) = json::member(root, "pnpm")
            && let Some(overrides) = self.section(pnpm, "overrides")
        {
            self.pnpm_overrides(overrides);
        }
        self.workspaces(root);
        self.catalogs(root);
        self.package_manager(root);
    }

    fn identity(&mut self, root: &Object<'_>) {
        let text = |name: &str| match json::member(root, name) {
            Some(Value::StringLit(text)) => Some(text.value.to_string()),
            _ => None,
        };
        self.reading.identity = text("name").map(|name| Identity { name, version: text("version") });
    }

    /// A member that has to be an object; `null` counts as absent.
    fn section<'v, 't>(&mut self, of: &'v Object<'t>, name: &str) -> Option<&'v Object<'t>> {
        match json::member(of, name)? {
            Value::Object(section) => Some(section),
            Value::NullKeyword(_) => None,
            other => {
                self.report(json::place(other), &format!("`{name}` is {}, not an object", json::kind(other)));
                None
            }
        }
    }

    fn dependencies(&mut self, root: &Object<'_>, members: &[Member<'_, '_>], scope: Scope) {
        let optional = if scope == Scope::Peer { optional_peers(root) } else { HashSet::new() };
        for member in members {
            let mut declared = self.declared(member.name, member, scope);
            if optional.contains(member.name) {
                declared.condition = Some(OPTIONAL_PEER.into());
            }
            self.reading.declared.push(declared);
        }
    }

    /// What a member states of the dependency called `key`.
    fn declared(&mut self, key: &str, member: &Member<'_, '_>, scope: Scope) -> Declared {
        let (name, stated, span) = match member.value {
            Value::StringLit(text) => self.specifier(key, text, member.name_span),
            other => {
                let place = json::place(other);
                let (words, span) = match other {
                    Value::Object(_) | Value::Array(_) => (json::kind(other), member.name_span),
                    _ => (self.source.slice(place), place),
                };
                let message =
                    format!("the version of `{key}` is {}, not a string, so npm refuses it", json::kind(other));
                self.report(span, &message);
                (key.to_owned(), Stated::Computed(words.into()), span)
            }
        };
        let condition = (name != key).then(|| format!("{ALIAS}{key}"));
        Declared { name, stated, scope, direct: Some(true), condition, span }
    }

    fn specifier(&self, key: &str, text: &StringLit<'_>, name_span: Span) -> (String, Stated, Span) {
        let content = json::content(text);
        if !self.source.text()[text.range.start..].starts_with(['"', '\'']) {
            // The reader of JSON put quotes where a template's expression stands.
            let span = Span::new(text.range.start, text.range.end);
            return (key.to_owned(), Stated::Computed(self.source.slice(span).into()), span);
        }
        let specifier = specifier::read(key, &text.value);
        let is_literal = self.source.slice(content) == text.value;
        let span = match (specifier.place.is_empty(), is_literal) {
            (true, _) => name_span,
            (false, true) => Span::new(specifier.place.start, specifier.place.end).shifted(content.start),
            (false, false) => content,
        };
        (specifier.name, specifier.stated, span)
    }

    /// Bundled dependencies are declared besides; npm takes one that is not as if it were, with any version.
    fn bundled(&mut self, root: &Object<'_>, declared: &HashSet<&str>) {
        let names = json::member(root, "bundleDependencies").or_else(|| json::member(root, "bundledDependencies"));
        let Some(Value::Array(names)) = names else { return };
        for name in names.elements.iter().filter_map(Value::as_string_lit) {
            if !declared.contains(name.value.as_ref()) {
                self.reading.declared.push(Declared {
                    name: name.value.to_string(),
                    stated: Stated::Nothing,
                    scope: Scope::Runtime,
                    direct: Some(true),
                    condition: None,
                    span: json::content(name),
                });
            }
        }
    }

    /// npm's `overrides`: an object below a name holds for what that package needs, and its `.` for the package itself.
    fn overrides(&mut self, section: &Object<'_>, parents: &mut Vec<String>, depth: usize) {
        for member in json::members(section).iter().filter(|member| member.name != ".") {
            let (name, when) = split_when(member.name);
            match member.value {
                Value::Object(nested) => {
                    if let Some(own) = json::members(nested).iter().find(|member| member.name == ".") {
                        self.force(OVERRIDES, parents, name, when, own);
                    }
                    if depth == MAX_OVERRIDE_DEPTH {
                        let message = "`overrides` are nested too deeply to be read";
                        self.problem(ProblemKind::Limit, member.name_span, message);
                        continue;
                    }
                    parents.push(name.to_owned());
                    self.overrides(nested, parents, depth + 1);
                    parents.pop();
                }
                _ => self.force(OVERRIDES, parents, name, when, member),
            }
        }
    }

    /// Yarn's `resolutions`: `name`, `parent/name`, `**/name`, each name with a descriptor behind `@` or not.
    fn resolutions(&mut self, section: &Object<'_>) {
        for member in json::members(section) {
            let mut path = resolution_path(member.name);
            let Some((name, when)) = path.pop() else { continue };
            let parents: Vec<String> = path.into_iter().map(|(name, _)| name.to_owned()).collect();
            self.force(RESOLUTIONS, &parents, name, when, &member);
        }
    }

    fn pnpm_overrides(&mut self, section: &Object<'_>) {
        for member in json::members(section) {
            let (parents, name, when) = pnpm_selector(member.name);
            self.force(PNPM_OVERRIDES, &parents, name, when, &member);
        }
    }

    fn force(&mut self, section: &str, parents: &[String], name: &str, when: Option<&str>, member: &Member<'_, '_>) {
        let mut then = self.declared(name, member, Scope::Managed);
        then.direct = None;
        let condition: Vec<&str> = std::iter::once(section).chain(parents.iter().map(String::as_str)).collect();
        then.condition = Some(condition.join(BELOW));
        let text = member.value.as_string_lit().map_or("{}", |text| &text.value);
        if let Some(change) = change(section, name, when, text, then) {
            self.reading.overrides.push(change);
        }
    }

    /// `workspaces` as a list, or as an object that holds one (Yarn, Bun).
    fn workspaces(&mut self, root: &Object<'_>) {
        let globs = match json::member(root, WORKSPACES) {
            Some(Value::Array(globs)) => globs,
            Some(Value::Object(workspaces)) => match json::member(workspaces, "packages") {
                Some(Value::Array(globs)) => globs,
                _ => return,
            },
            _ => return,
        };
        for glob in globs.elements.iter().filter_map(Value::as_string_lit) {
            let (value, span) = (glob.value.to_string(), json::content(glob));
            if !value.contains(['*', '?', '[', '{', '!', '(']) {
                self.reading.includes.push(Include {
                    role: Role::Member,
                    paths: vec![format!("{}/package.json", value.trim_end_matches('/'))],
                    format: &FORMAT,
                    identity: None,
                    condition: None,
                    span,
                });
            }
            self.reading.variables.push(Variable { name: WORKSPACES.into(), value, condition: None, span });
        }
    }

    /// Bun's catalogs, in `workspaces` or at the top.
    fn catalogs(&mut self, root: &Object<'_>) {
        let workspaces = match json::member(root, WORKSPACES) {
            Some(Value::Object(workspaces)) => Some(workspaces),
            _ => None,
        };
        for holder in workspaces.into_iter().chain([root]) {
            if let Some(Value::Object(catalog)) = json::member(holder, "catalog") {
                self.catalog(catalog, "catalog");
            }
            if let Some(Value::Object(catalogs)) = json::member(holder, "catalogs") {
                for member in json::members(catalogs) {
                    if let Value::Object(catalog) = member.value {
                        self.catalog(catalog, &format!("catalogs.{}", member.name));
                    }
                }
            }
        }
    }

    fn catalog(&mut self, catalog: &Object<'_>, label: &str) {
        for member in json::members(catalog) {
            let mut then = self.declared(member.name, &member, Scope::Managed);
            then.direct = None;
            then.condition = Some(label.into());
            self.reading.overrides.push(Override {
                effect: Effect::Manage,
                name: member.name.into(),
                when: None,
                then,
            });
        }
    }

    fn package_manager(&mut self, root: &Object<'_>) {
        let engines = match json::member(root, "devEngines") {
            Some(Value::Object(engines)) => json::member(engines, PACKAGE_MANAGER),
            _ => None,
        };
        let engine = match engines {
            Some(Value::Object(engine)) => json::member(engine, "name"),
            _ => None,
        };
        let stated = [json::member(root, PACKAGE_MANAGER), engine];
        if let Some(Value::StringLit(text)) = stated.into_iter().flatten().next() {
            let (value, span) = (text.value.to_string(), json::content(text));
            self.reading.variables.push(Variable { name: PACKAGE_MANAGER.into(), value, condition: None, span });
        }
    }

    fn report(&mut self, span: Span, message: &str) {
        self.problem(ProblemKind::Syntax, span, message);
    }

    fn problem(&mut self, kind: ProblemKind, span: Span, message: &str) {
        // A value that the text breaks off in ends behind the text, where the reader of JSON closed it.
        let end = self.source.text().len();
        let span = Span::new(span.start.min(end), span.end.min(end));
        self.reading.problems.push(Problem { kind, message: message.into(), span });
    }
}

/// The peers that `peerDependenciesMeta` marks as optional.
fn optional_peers<'v>(root: &'v Object<'_>) -> HashSet<&'v str> {
    let Some(Value::Object(meta)) = json::member(root, "peerDependenciesMeta") else { return HashSet::new() };
    let is_optional = |member: &Member<'_, '_>| match member.value {
        Value::Object(meta) => match json::member(meta, "optional") {
            Some(Value::BooleanLit(optional)) => optional.value,
            _ => false,
        },
        _ => false,
    };
    json::members(meta).into_iter().filter(is_optional).map(|member| member.name).collect()
}

/// The override that a section's entry is, whose value is written `text`; `None` where it changes nothing.
pub(super) fn change(
    section: &str,
    name: &str,
    when: Option<&str>,
    text: &str,
    mut then: Declared,
) -> Option<Override> {
    let text = text.trim();
    let mut effect = Effect::Force;
    if matches!(text, "" | "*") && section == OVERRIDES {
        return None;
    }
    if text == "-" && section == PNPM_OVERRIDES {
        // pnpm takes the dependency out.
        effect = Effect::Exclude;
        then.stated = Stated::Nothing;
    } else if text.starts_with('$') && !is_template(text) {
        then.name = name.into();
        then.stated = Stated::Elsewhere(text.into());
    }
    Some(Override { effect, name: name.into(), when: when.map(str::to_owned), then })
}

/// `name` or `name@range`.
pub(super) fn split_when(key: &str) -> (&str, Option<&str>) {
    match split_name(key) {
        Some((name, start)) => (name, Some(&key[start..]).filter(|when| !when.is_empty() && *when != "*")),
        None => (key, None),
    }
}

/// The packages of a path of Yarn's resolutions, each with its descriptor; stars are left out.
fn resolution_path(key: &str) -> Vec<(&str, Option<&str>)> {
    let mut path = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let scope = if rest.starts_with('@') { rest.find('/').map_or(rest.len(), |slash| slash + 1) } else { 0 };
        let end = rest[scope..].find(['/', '@']).map_or(rest.len(), |end| scope + end);
        let (name, behind) = rest.split_at(end);
        let (when, behind) = match behind.strip_prefix('@') {
            // A descriptor with a protocol may hold slashes, and stands last.
            Some(descriptor) if descriptor.contains(':') && !descriptor.starts_with("npm:") => (Some(descriptor), ""),
            Some(descriptor) => descriptor.split_once('/').map_or((Some(descriptor), ""), |(a, b)| (Some(a), b)),
            None => (None, behind.strip_prefix('/').unwrap_or(behind)),
        };
        if !name.is_empty() && name.bytes().any(|byte| byte != b'*') {
            path.push((name, when));
        }
        rest = behind;
    }
    path
}

/// pnpm's `parent@range>name@range`; a `>` behind a blank, `|` or `@` belongs to a range.
pub(super) fn pnpm_selector(key: &str) -> (Vec<String>, &str, Option<&str>) {
    let bytes = key.as_bytes();
    let arrow = (1..bytes.len()).find(|at| bytes[*at] == b'>' && !matches!(bytes[*at - 1], b' ' | b'|' | b'@'));
    match arrow {
        Some(arrow) => {
            let (name, when) = split_when(&key[arrow + 1..]);
            (vec![split_when(&key[..arrow]).0.to_owned()], name, when)
        }
        None => {
            let (name, when) = split_when(key);
            (vec![], name, when)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        (FORMAT.read)(&SourceText::new(text))
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        let open = "{\"a\":[".repeat(50_000);
        let reading = read(&format!("{{\"dependencies\": {{\"a\": \"1.0.0\"}}, \"deep\": {open}"));
        assert_eq!((reading.declared.len(), reading.problems.len()), (1, 1));
        let (open, close) = ("[".repeat(3000), "]".repeat(3000));
        let reading = read(&format!("{{\"dependencies\": {{\"a\": \"1.0.0\"}}, \"deep\": {open}{close}}}"));
        assert_eq!(reading.declared.len(), 1);
        assert!(reading.problems[0].message.contains("nested too deeply"), "{:?}", reading.problems);
        assert_eq!(read(&"{{".repeat(100_000)).problems.len(), 1);
        let nested = "{\"a\":".repeat(200);
        let reading = read(&format!("{{\"overrides\": {nested}\"1\"{}}}", "}".repeat(200)));
        assert_eq!((reading.problems.len(), reading.problems[0].kind), (1, ProblemKind::Limit));
    }

    #[test]
    fn wide_objects_are_read_in_linear_time() {
        let members: Vec<String> = (0..30_000).map(|number| format!("\"p{number}\": \"1.0.0\"")).collect();
        let meta: Vec<String> = (0..30_000).map(|number| format!("\"p{number}\": {{\"optional\": true}}")).collect();
        let text = format!(
            "{{\"dependencies\": {{{0}}}, \"peerDependencies\": {{{0}}}, \"peerDependenciesMeta\": {{{1}}}",
            members.join(","),
            meta.join(",")
        );
        assert_eq!(read(&text).declared.len(), 60_000, "the last bracket is missing");
        assert_eq!(read(&(text + "}")).declared.len(), 60_000);
    }

    #[test]
    fn keys_of_resolutions_and_selectors_are_split() {
        assert_eq!(resolution_path("@a/b@npm:1.0.0/c"), [("@a/b", Some("npm:1.0.0")), ("c", None)]);
        assert_eq!(resolution_path("**/@a/b"), [("@a/b", None)]);
        assert_eq!(resolution_path("@"), [("@", None)]);
        assert_eq!(resolution_path("//"), []);
        assert_eq!(pnpm_selector("a@>=1>b"), (vec!["a".into()], "b", None));
        assert_eq!(pnpm_selector("b@>=1 || >3"), (vec![], "b", Some(">=1 || >3")));
        assert_eq!(split_when("@a/b@*"), ("@a/b", None));
    }
}
