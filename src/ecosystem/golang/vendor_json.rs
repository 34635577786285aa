//! `vendor/vendor.json`: the packages that govendor copied (govendor, "The vendor file").
//!
//! Traps:
//! - `package` lists packages, many of one repository; they are gathered by repository ([`super::repository`]).
//! - `version` is what was asked for, `versionExact` the tag that was found; both can be missing, the `revision` is there.

use std::collections::HashSet;

use jsonc_parser::ast::Value;

use super::{json_string, locked, repository};
use crate::ecosystem::json;
use crate::model::{Ecosystem, Format, Identity, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "vendor_json",
    name: "vendor.json",
    ecosystem: Ecosystem::Golang,
    globs: &["vendor/vendor.json"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    json::read(source, "govendor", &mut problems, |value, _| {
        let Value::Object(root) = value else { return };
        reading.identity = json_string(root, "rootPath").map(|(name, _)| Identity { name: name.into(), version: None });
        let Some(Value::Array(packages)) = json::member(root, "package") else { return };
        let mut known = HashSet::new();
        for package in packages.elements.iter().filter_map(Value::as_object) {
            let Some((path, _)) = json_string(package, "path") else { continue };
            let revision = json_string(package, "revision");
            let name = repository(path);
            if known.insert((name.to_owned(), revision.map(|(text, _)| text.to_owned()))) {
                reading.declared.extend(locked(name, json_string(package, "versionExact"), revision));
            }
        }
    });
    reading.problems = problems;
    reading
}
