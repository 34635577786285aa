//! `Godeps/Godeps.json`: the packages that godep copied (godep, "File Format").
//!
//! Traps:
//! - `Deps` are packages, many of one repository; they are gathered by repository ([`super::repository`]).
//! - `Comment` is what `git describe` said: a tag, or a tag with the number of commits since and the commit, which is no release.
//! - The outermost `ImportPath` is the project itself.

use std::collections::HashSet;

use jsonc_parser::ast::Value;

use super::{described, json_string, locked, repository};
use crate::ecosystem::json;
use crate::model::{Ecosystem, Format, Identity, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "godeps_json",
    name: "Godeps.json",
    ecosystem: Ecosystem::Golang,
    globs: &["Godeps/Godeps.json"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    json::read(source, "godep", &mut problems, |value, _| {
        let Value::Object(root) = value else { return };
        reading.identity =
            json_string(root, "ImportPath").map(|(name, _)| Identity { name: name.into(), version: None });
        let Some(Value::Array(deps)) = json::member(root, "Deps") else { return };
        let mut known = HashSet::new();
        for dep in deps.elements.iter().filter_map(Value::as_object) {
            let Some((path, _)) = json_string(dep, "ImportPath") else { continue };
            let revision = json_string(dep, "Rev");
            let name = repository(path);
            if known.insert((name.to_owned(), revision.map(|(text, _)| text.to_owned()))) {
                let tag = json_string(dep, "Comment").filter(|(comment, _)| described(comment).is_none());
                reading.declared.extend(locked(name, tag, revision));
            }
        }
    });
    reading.problems = problems;
    reading
}
