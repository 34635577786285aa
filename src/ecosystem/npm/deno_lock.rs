//! `deno.lock`: what Deno chose, as far as it is of npm (Deno's `lockfile` crate, versions 2 to 5).
//!
//! Traps:
//! - Where things stand differs: `npm` holds both parts in version 2, `packages` in version 3, the top in 4 and 5.
//! - A range is written as Deno would, `0.10` for `^0.10.0`; what is asked for has to be compared by meaning.
//! - Behind a version stand its peers after `_`, and so in what is needed; before version 4 an id is `name@version_peers`
//!   everywhere, later a bare version is one of the specifier's package.
//! - In version 5 a package's needs are names alone where there is one version.

use std::borrow::Cow;
use std::collections::HashMap;

use super::deno_json::package;
use super::lock_entry::{self, number};
use super::specifier::split_name;
use crate::ecosystem::json::cursor::{self, Cursor, Dialect, Text};
use crate::model::{Declared, Ecosystem, Format, Reading, Root, Scope};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "deno_lock", name: "deno.lock", ecosystem: Ecosystem::Npm, globs: &["deno.lock"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    cursor::read(source, Dialect::Strict, "Deno", &mut problems, |cursor| {
        let mut lock = Lock::default();
        if cursor.object() {
            while let Some(key) = cursor.key() {
                lock.member(cursor, &key.value);
            }
        }
        reading = lock.finish();
    });
    reading.problems = problems;
    reading
}

#[derive(Default)]
struct Lock<'t> {
    specifiers: Vec<(String, Cow<'t, str>)>,
    packages: Vec<Package<'t>>,
}

struct Package<'t> {
    id: Cow<'t, str>,
    declared: Declared,
    needs: Vec<Cow<'t, str>>,
}

impl<'t> Lock<'t> {
    fn member(&mut self, cursor: &mut Cursor<'t>, name: &str) {
        match name {
            // Version 3 puts both parts of all registries into `packages`, version 2 those of npm into `npm`.
            "packages" | "npm" => {
                if cursor.object() {
                    while let Some(key) = cursor.key() {
                        match key.value.as_ref() {
                            "specifiers" => self.specifiers(cursor),
                            "packages" | "npm" => self.packages(cursor),
                            _ => self.package(cursor, &key),
                        }
                    }
                }
            }
            "specifiers" => self.specifiers(cursor),
            _ => cursor.skip(),
        }
    }

    fn specifiers(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.object() {
            return;
        }
        while let Some(key) = cursor.key() {
            if let Some(id) = cursor.text() {
                let is_other = key.value.starts_with("jsr:");
                let specifier =
                    if key.value.starts_with("npm:") { key.value.into_owned() } else { format!("npm:{}", key.value) };
                if !is_other {
                    self.specifiers.push((specifier, id.value));
                }
            }
        }
    }

    fn packages(&mut self, cursor: &mut Cursor<'t>) {
        if cursor.object() {
            while let Some(key) = cursor.key() {
                self.package(cursor, &key);
            }
        }
    }

    fn package(&mut self, cursor: &mut Cursor<'t>, key: &Text<'t>) {
        let mut needs = Vec::new();
        let is_package = cursor.object();
        if is_package {
            while let Some(member) = cursor.key() {
                match member.value.as_ref() {
                    "dependencies" | "optionalDependencies" => self::needs(cursor, &mut needs),
                    _ => cursor.skip(),
                }
            }
        }
        let Some((name, start)) = split_name(&key.value) else { return };
        let version = key.value[start..].split('_').next().unwrap_or_default();
        let Some((_, stated, place)) = lock_entry::version(name, version).filter(|_| is_package) else { return };
        let span = key.place(start + place.start, start + place.end);
        let declared = lock_entry::declared(name, name.to_owned(), stated, Scope::Runtime, span);
        self.packages.push(Package { id: key.value.clone(), declared, needs });
    }

    fn finish(self) -> Reading {
        let mut reading = Reading::default();
        let mut ids: HashMap<&str, u32> = HashMap::new();
        let mut names: HashMap<&str, u32> = HashMap::new();
        // Variants by peers are one version.
        let mut versions: HashMap<&str, u32> = HashMap::new();
        for package in &self.packages {
            let own = *versions.entry(without_peers(&package.id)).or_insert_with(|| {
                reading.declared.push(package.declared.clone());
                number(reading.declared.len() - 1)
            });
            ids.insert(&package.id, own);
            names.insert(&package.declared.name, own);
        }
        for found in &self.packages {
            for need in &found.needs {
                let needed = ids.get(need.as_ref()).or_else(|| names.get(need.as_ref()));
                reading.graph.edges.extend(needed.map(|needed| (ids[found.id.as_ref()], *needed)));
            }
        }
        for (specifier, id) in &self.specifiers {
            let Some((name, range)) = package(specifier) else { continue };
            let id = id.strip_prefix("npm:").unwrap_or(id);
            let whole = format!("{name}@{id}");
            if let Some(package) = ids.get(id).or_else(|| ids.get(whole.as_str())) {
                let requirement = Some(range.map_or(String::new(), |(_, range)| range.to_owned()));
                reading.graph.roots.push(Root { folder: None, name: name.to_owned(), requirement, package: *package });
            }
        }
        reading
    }
}

/// Names and ids, as a list or as the values of an object.
fn needs<'t>(cursor: &mut Cursor<'t>, needs: &mut Vec<Cow<'t, str>>) {
    match cursor.begin() {
        cursor::Begin::Array => {
            while cursor.item() {
                needs.extend(cursor.text().map(|text| text.value));
            }
        }
        cursor::Begin::Object => {
            while cursor.key().is_some() {
                needs.extend(cursor.text().map(|text| text.value));
            }
        }
        cursor::Begin::Other => {}
    }
}

/// An id or version without its peers.
fn without_peers(id: &str) -> &str {
    let start = split_name(id).map_or(0, |(_, start)| start);
    let end = id[start..].find('_').map_or(id.len(), |end| start + end);
    &id[..end]
}
