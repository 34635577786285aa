//! The lockfile of Yarn 2 and later (Yarn, "Lexicon": descriptor, locator, resolution).
//!
//! Traps:
//! - The package is the one of the `resolution`; behind it stand the source, and `::` with parameters.
//! - A patched package has an entry for the patch and one for what is patched, with one version.
//! - `workspace:` entries are the project's own members; what they need is what their manifests asked for.
//! - From lockfile version 8 on, needs are written with `npm:` as descriptors are; before, without.

use super::{Entry, assemble};
use crate::ecosystem::npm::lock_entry;
use crate::ecosystem::npm::specifier::{percent_decoded, split_name};
use crate::ecosystem::yaml::cursor::{self, Cursor, Text};
use crate::model::{Declared, Reading, Scope, Stated};
use crate::source::SourceText;

/// Reads a lockfile of Yarn 2 or later.
pub fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    cursor::read(source, &mut problems, |cursor| {
        while cursor.document() {
            if cursor.mapping() {
                read_entries(cursor, &mut entries);
            }
        }
    });
    assemble(&mut reading, &entries);
    reading.problems = problems;
    reading
}

fn read_entries(cursor: &mut Cursor<'_>, entries: &mut Vec<Entry>) {
    while let Some(key) = cursor.key() {
        if key.value == "__metadata" || !cursor.mapping() {
            if key.value == "__metadata" {
                cursor.skip();
            }
            continue;
        }
        let (mut version, mut resolution, mut needs) = (None, None, Vec::new());
        while let Some(member) = cursor.key() {
            match member.value.as_ref() {
                "version" => version = cursor.text(),
                "resolution" => resolution = cursor.text(),
                "dependencies" => {
                    if cursor.mapping() {
                        while let Some(name) = cursor.key() {
                            let range = cursor.text().map_or(String::new(), |range| range.value.into_owned());
                            needs.push((name.value.into_owned(), range));
                        }
                    }
                }
                _ => cursor.skip(),
            }
        }
        entries.push(entry(&key, version.as_ref(), resolution.as_ref(), needs));
    }
}

fn entry(
    key: &Text<'_>,
    version: Option<&Text<'_>>,
    resolution: Option<&Text<'_>>,
    mut needs: Vec<(String, String)>,
) -> Entry {
    // A path is bound to the member that names it: `file:a.tgz::locator=…`.
    let unbound = |text: &str| text.split_once("::").map_or(text, |(text, _)| text).to_owned();
    let descriptors: Vec<(String, String)> = key.value.split(", ").map(|text| split(&unbound(text.trim()))).collect();
    let resolution = resolution.map(|text| split(&text.value));
    let (name, reference) = resolution.as_ref().map_or(("", ""), |(name, reference)| (name, reference));
    let own = ["workspace:", "portal:", "link:", "file:"].iter().find_map(|protocol| reference.strip_prefix(protocol));
    let own = own.filter(|path| !lock_entry::is_archive(path));
    let folder = own.map(|path| path.split(['#', ':']).next().unwrap_or(path));
    let folder = folder.map(|path| if path == "." { "" } else { path }.to_owned());
    if let Some(patched) = reference.strip_prefix("patch:") {
        // The patched package is there as well, under its own descriptor.
        needs.extend(inner(patched));
    }
    let declared = declared(&descriptors, key, name, reference, version);
    Entry { descriptors, declared, folder, needs }
}

/// A descriptor's or locator's name and what stands behind its `@`.
fn split(text: &str) -> (String, String) {
    match split_name(text) {
        // A virtual descriptor wraps another (`virtual:HASH#npm:^1.0.0`).
        Some((name, start)) => match text[start..].strip_prefix("virtual:").and_then(|rest| rest.split_once('#')) {
            Some((_, rest)) => (name.to_owned(), rest.to_owned()),
            None => (name.to_owned(), text[start..].to_owned()),
        },
        None => (text.to_owned(), String::new()),
    }
}

/// The descriptor or locator of what is patched.
fn inner(patched: &str) -> Option<(String, String)> {
    let locator = patched.split_once('#').map_or(patched, |(locator, _)| locator);
    let (name, start) = split_name(locator)?;
    Some((name.to_owned(), percent_decoded(&locator[start..])?))
}

fn declared(
    descriptors: &[(String, String)],
    key: &Text<'_>,
    name: &str,
    reference: &str,
    version: Option<&Text<'_>>,
) -> Option<Declared> {
    let (called, range) = descriptors.first()?;
    let name = if name.is_empty() { called } else { name };
    let reference = if reference.is_empty() { range } else { reference };
    let reference = reference.split_once("::").map_or(reference, |(reference, _)| reference);
    let source = match reference.strip_prefix("patch:").and_then(inner) {
        Some((_, reference)) => reference,
        None => reference.to_owned(),
    };
    let protocol = source.split_once(':').map_or("", |(protocol, _)| protocol);
    let is_own = match protocol {
        "workspace" | "link" | "portal" => true,
        "file" => !lock_entry::is_archive(&source),
        _ => false,
    };
    if is_own || version.is_some_and(|version| version.value == "0.0.0-use.local") {
        return None;
    }
    let (stated, span) = match version {
        Some(version) => {
            let (_, stated, place) = lock_entry::version(name, &version.value)?;
            (stated, version.place(place.start, place.end))
        }
        None => (Stated::Nothing, key.place(0, called.len())),
    };
    let stated = if protocol == "npm" { stated } else { lock_entry::repository(name, &source).unwrap_or(stated) };
    Some(lock_entry::declared(called, name.to_owned(), stated, Scope::Runtime, span))
}
