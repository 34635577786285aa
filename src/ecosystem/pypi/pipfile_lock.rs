//! `Pipfile.lock`: what Pipenv resolved the categories of a Pipfile to. JSON; every key but `_meta` is a category.
//!
//! Traps:
//! - `default` and `develop` are the categories that the Pipfile calls `packages` and `dev-packages`.
//! - A version is a requirement, `==12.0.1`; it is `*` where no release fitted the marker, so that nothing is locked.
//! - A repository has its commit in `ref`; `{"editable": true, "path": "."}` is the project itself.

use jsonc_parser::ast::Value;

use super::pep508::{self, Place, name_normalised};
use super::reference;
use crate::ecosystem::json::{self, content, member, members};
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Problem, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "pipfile_lock", name: "Pipfile.lock", ecosystem: Ecosystem::Pypi, globs: &["Pipfile.lock"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems: Vec<Problem> = Vec::new();
    json::read(source, "Pipenv", &mut problems, |value, _| {
        let Value::Object(root) = value else { return };
        for category in members(root) {
            let place = match category.name {
                "_meta" => continue,
                "default" => Place::new(Scope::Runtime),
                "develop" => Place::group(Scope::Development, "dev-packages"),
                other => Place::development(other),
            };
            if let Value::Object(packages) = category.value {
                for package in members(packages) {
                    reading.declared.extend(declared(package.name, package.name_span, package.value, place));
                }
            }
        }
    });
    for problem in &mut problems {
        problem.message = problem.message.replace("so npm refuses", "so Pipenv refuses");
    }
    reading.problems = problems;
    reading
}

fn declared(name: &str, name_span: Span, value: &Value<'_>, place: Place<'_>) -> Option<Declared> {
    let Value::Object(package) = value else { return None };
    let string = |key: &str| match member(package, key) {
        Some(Value::StringLit(literal)) => Some(literal),
        _ => None,
    };
    let text = |key: &str| string(key).map(|literal| literal.value.as_ref());
    if matches!(text("path").or_else(|| text("file")), Some("." | "./")) {
        return None;
    }
    let (stated, span) = if let Some(repository) = text("git") {
        let reference = text("ref").map_or(GitReference::Default, |word| GitReference::Revision(word.into()));
        let span = string("ref").or_else(|| string("git")).map_or(name_span, content);
        (Stated::Source(Source::Git { repository: repository.into(), reference }), span)
    } else if let Some(version) = string("version") {
        (Stated::Requirement(version.value.to_string(), Grammar::Pipfile), content(version))
    } else if let Some(place) = string("path").or_else(|| string("file")).or_else(|| string("url")) {
        (Stated::Source(reference::read(&place.value).source), content(place))
    } else {
        (Stated::Nothing, name_span)
    };
    Some(Declared {
        name: name_normalised(name),
        stated,
        scope: place.scope,
        direct: None,
        condition: pep508::condition(place.group, text("markers")),
        span,
    })
}
