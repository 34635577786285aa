//! `vendor/vendor.json`: the packages that govendor copied (govendor, "The vendor file").
//!
//! Traps:
//! - `package` lists packages, many of one repository; they are gathered by repository ([`super::repository`]).
//! - `version` is what was asked for, `versionExact` the tag that was found; both can be missing, the `revision` is there.
//! - `origin` names another place that the package was copied from, often the vendor folder of another repository; tag and
//!   commit are of that repository then.
//! - `revisionTime` is the time of the commit, so together they say what the go command writes as a pseudo-version.

use std::collections::HashSet;

use jsonc_parser::ast::{Object, Value};

use super::version::pseudo_version;
use super::{json_string, locked, repository};
use crate::ecosystem::json;
use crate::model::{Declared, Ecosystem, Format, GitReference, Identity, Reading, Source, Stated};
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
                reading.declared.extend(declared(package, name));
            }
        }
    });
    reading.problems = problems;
    reading
}

fn declared(package: &Object<'_>, name: &str) -> Option<Declared> {
    let (tag, revision) = (json_string(package, "versionExact"), json_string(package, "revision"));
    let origin = json_string(package, "origin").map(|(path, _)| repository(path)).filter(|origin| *origin != name);
    if let Some(origin) = origin {
        let mut declared = locked(name, tag, revision)?;
        declared.stated = Stated::Source(match (tag, revision) {
            (Some((tag, _)), _) => Source::Fork { name: origin.into(), version: tag.into() },
            (None, revision) => {
                let (revision, _) = revision?;
                Source::Git { repository: origin.into(), reference: GitReference::Revision(revision.into()) }
            }
        });
        return Some(declared);
    }
    let pseudo = revision.and_then(|(revision, span)| {
        let (time, _) = json_string(package, "revisionTime")?;
        Some((pseudo_version(time, revision)?, span))
    });
    let pseudo = pseudo.as_ref().map(|(version, span)| (version.as_str(), *span));
    locked(name, tag.or(pseudo), revision)
}
