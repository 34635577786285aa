//! `deno.json` and `deno.jsonc`: the import map of a Deno project, as far as it names npm packages (Deno, "Configuration",
//! "Modules and dependencies").
//!
//! Traps:
//! - What is imported is `npm:NAME@RANGE`, with a slash in front or a path behind it or not: `npm:/NAME@1/lib/`.
//! - The name it is imported by is an alias.
//! - `scopes` hold for some importing modules only.

use jsonc_parser::ast::{Object, StringLit, Value};

use super::lock_entry;
use super::package_json::WORKSPACES;
use super::specifier::{self, split_name};
use crate::ecosystem::json;
use crate::model::{Declared, Ecosystem, Format, Identity, Problem, ProblemKind, Reading, Scope, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "deno_json", name: "deno.json", ecosystem: Ecosystem::Npm, globs: &["deno.json", "deno.jsonc"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    json::read_commented(source, "Deno", &mut problems, |value, problems| {
        let Value::Object(root) = value else {
            let message = "a deno.json holds an object".to_owned();
            problems.push(Problem { kind: ProblemKind::Syntax, message, span: json::place(value) });
            return;
        };
        if let Some(Value::StringLit(name)) = json::member(root, "name") {
            reading.identity = Some(Identity { name: name.value.to_string(), version: None });
        }
        imports(root, None, &mut reading.declared);
        if let Some(Value::Object(scopes)) = json::member(root, "scopes") {
            for scope in json::members(scopes) {
                if let Value::Object(map) = scope.value {
                    import_map(map, Some(scope.name), &mut reading.declared);
                }
            }
        }
        workspace(root, &mut reading.variables);
    });
    reading.problems = problems;
    reading
}

fn imports(root: &Object<'_>, condition: Option<&str>, declared: &mut Vec<Declared>) {
    if let Some(Value::Object(map)) = json::member(root, "imports") {
        import_map(map, condition, declared);
    }
}

fn import_map(map: &Object<'_>, condition: Option<&str>, declared: &mut Vec<Declared>) {
    for member in json::members(map) {
        if let Value::StringLit(text) = member.value {
            declared.extend(import(text, condition));
        }
    }
}

fn import(text: &StringLit<'_>, condition: Option<&str>) -> Option<Declared> {
    let (name, range) = package(&text.value)?;
    let content = json::content(text);
    let is_literal = content.end - content.start == text.value.len();
    let specifier = specifier::read(name, range.map_or("", |(_, range)| range));
    let start = range.map_or_else(|| text.value.find(name).unwrap_or(0), |(start, _)| start);
    let length = range.map_or(name.len(), |(_, range)| range.len());
    let span = if is_literal { Span::new(start, start + length).shifted(content.start) } else { content };
    let mut declared = lock_entry::declared(name, name.to_owned(), specifier.stated, Scope::Runtime, span);
    declared.direct = Some(true);
    declared.condition = condition.map(str::to_owned);
    Some(declared)
}

/// The package that a specifier `npm:NAME@RANGE/PATH` names, and its range with where that starts.
pub(super) fn package(text: &str) -> Option<(&str, Option<(usize, &str)>)> {
    let rest = text.strip_prefix("npm:")?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let offset = text.len() - rest.len();
    let scope = if rest.starts_with('@') { rest.find('/')? + 1 } else { 0 };
    let end = scope + rest[scope..].find('/').unwrap_or(rest.len() - scope);
    let package = &rest[..end];
    match split_name(package) {
        Some((name, start)) => {
            Some((name, Some((offset + start, &package[start..])).filter(|(_, range)| !range.is_empty())))
        }
        None => Some((package, None)).filter(|(name, _)| !name.is_empty()),
    }
}

fn workspace(root: &Object<'_>, variables: &mut Vec<Variable>) {
    let members = match json::member(root, "workspace") {
        Some(Value::Object(workspace)) => json::member(workspace, "members"),
        other => other,
    };
    let Some(Value::Array(members)) = members else { return };
    for member in members.elements.iter().filter_map(Value::as_string_lit) {
        let (value, span) = (member.value.to_string(), json::content(member));
        variables.push(Variable { name: WORKSPACES.into(), value, condition: None, span });
    }
}
