//! `vendor/manifest`: the packages that gvt and gb copied (gvt, "The manifest"; gb-vendor, "manifest").
//!
//! Traps:
//! - `dependencies` are import paths, of which some are folders of one repository; they are gathered by repository
//!   ([`super::repository`]).
//! - `repository` is the address that the copy was made from, which may be a fork's; `revision` is a commit there.
//! - `branch` says where the commit was found and selects nothing.
//! - Anything may be called `manifest`, so what is not one of theirs is no problem.

use std::collections::HashSet;

use jsonc_parser::ast::{Object, Value};

use super::{json_string, locked, repository};
use crate::ecosystem::json;
use crate::ecosystem::repository::address;
use crate::model::{Declared, Ecosystem, Format, GitReference, Reading, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "vendor_manifest",
    name: "vendor/manifest of gvt",
    ecosystem: Ecosystem::Golang,
    globs: &["vendor/manifest"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    // Each of its dependencies has one, and a manifest without any is deleted.
    if !source.text().contains("\"importpath\"") {
        return reading;
    }
    let mut problems = Vec::new();
    json::read(source, "gvt", &mut problems, |value, _| {
        let Value::Object(root) = value else { return };
        let Some(Value::Array(dependencies)) = json::member(root, "dependencies") else { return };
        let mut known = HashSet::new();
        for dependency in dependencies.elements.iter().filter_map(Value::as_object) {
            let Some((path, _)) = json_string(dependency, "importpath") else { continue };
            let revision = json_string(dependency, "revision").map(|(text, _)| text.to_owned());
            let from = json_string(dependency, "repository").map(|(text, _)| address(text));
            let name = repository(path);
            if known.insert((name.to_owned(), revision, from)) {
                reading.declared.extend(declared(dependency, name));
            }
        }
    });
    reading.problems = problems;
    reading
}

fn declared(dependency: &Object<'_>, name: &str) -> Option<Declared> {
    let revision = json_string(dependency, "revision")?;
    let mut declared = locked(name, None, Some(revision))?;
    if let Some((from, _)) = json_string(dependency, "repository")
        && address(from) != name.to_ascii_lowercase()
    {
        let reference = GitReference::Revision(revision.0.into());
        declared.stated = Stated::Source(Source::Git { repository: from.into(), reference });
    }
    Some(declared)
}
