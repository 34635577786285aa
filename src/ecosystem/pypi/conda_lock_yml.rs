//! `conda-lock.yml`: what conda-lock resolved environments to, for several platforms.
//!
//! Traps:
//! - A package stands there once per platform, mostly in one version: that is told once, with its platforms.
//! - `manager` says whether a name is conda's or the index's.
//! - `metadata` names the files that the lock was made from.
//! - `category` is `main`, or a group; newer files list `categories`.

use std::collections::HashMap;

use super::conda::pypi_name;
use super::lock::{Lock, Need};
use super::pep508::{Place, name_normalised};
use super::requirements_txt::COMPILED_FROM;
use crate::ecosystem::yaml::cursor::{self, Cursor, Text};
use crate::model::{Declared, Ecosystem, Format, Reading, Scope, Stated, Variable};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "conda_lock_yml",
    name: "conda-lock.yml",
    ecosystem: Ecosystem::Pypi,
    globs: &["conda-lock.{yml,yaml}", "*[.-]conda-lock.{yml,yaml}"],
    read,
};

/// One entry: a package for a platform.
#[derive(Default)]
struct Entry<'t> {
    name: Option<Text<'t>>,
    version: Option<Text<'t>>,
    platform: Option<Text<'t>>,
    manager: Option<Text<'t>>,
    categories: Vec<String>,
    needs: Vec<String>,
}

impl Entry<'_> {
    fn is_pip(&self) -> bool {
        self.manager.as_ref().is_some_and(|manager| manager.value == "pip")
    }
}

fn read(source: &SourceText) -> Reading {
    let mut problems = Vec::new();
    let mut reading = Reading::default();
    cursor::read(source, &mut problems, |cursor| {
        if !cursor.document() || !cursor.mapping() {
            return;
        }
        let mut entries = Vec::new();
        let mut variables = Vec::new();
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "package" => packages(cursor, &mut entries),
                "metadata" => variables.extend(sources(cursor)),
                _ => cursor.skip(),
            }
        }
        reading = connected(&entries);
        reading.variables = variables;
    });
    reading.problems = problems;
    reading
}

/// The files that the lock was made from.
fn sources(cursor: &mut Cursor<'_>) -> Vec<Variable> {
    let mut sources = Vec::new();
    if !cursor.mapping() {
        return sources;
    }
    while let Some(key) = cursor.key() {
        if key.value != "sources" {
            cursor.skip();
        } else if cursor.sequence() {
            while cursor.item() {
                if let Some(path) = cursor.text() {
                    let (name, value) = (COMPILED_FROM.to_owned(), path.value.into_owned());
                    sources.push(Variable { name, value, condition: None, span: path.span });
                }
            }
        }
    }
    sources
}

fn packages<'t>(cursor: &mut Cursor<'t>, entries: &mut Vec<Entry<'t>>) {
    if !cursor.sequence() {
        return;
    }
    while cursor.item() {
        if !cursor.mapping() {
            continue;
        }
        let mut entry = Entry::default();
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "name" => entry.name = cursor.text(),
                "version" => entry.version = cursor.text(),
                "platform" => entry.platform = cursor.text(),
                "manager" => entry.manager = cursor.text(),
                "category" => entry.categories.extend(cursor.text().map(|text| text.value.into_owned())),
                "categories" => {
                    let more = cursor.sequence();
                    while more && cursor.item() {
                        entry.categories.extend(cursor.text().map(|text| text.value.into_owned()));
                    }
                }
                "dependencies" => {
                    let more = cursor.mapping();
                    while let Some(name) = more.then(|| cursor.key()).flatten() {
                        entry.needs.push(name.value.into_owned());
                        cursor.skip();
                    }
                }
                _ => cursor.skip(),
            }
        }
        if !entry.is_pip() {
            entry.needs = entry.needs.iter().filter_map(|name| pypi_name(name)).collect();
        }
        entries.push(entry);
    }
}

/// The packages, each name and version once, and who needs whom.
fn connected(entries: &[Entry<'_>]) -> Reading {
    let mut lock = Lock::default();
    let mut known: HashMap<(String, &str), u32> = HashMap::new();
    let mut platforms: HashMap<u32, Vec<&str>> = HashMap::new();
    for entry in entries {
        let Some(name) = &entry.name else { continue };
        let renamed = if entry.is_pip() { Some(name_normalised(&name.value)) } else { pypi_name(&name.value) };
        let Some(normalised) = renamed else { continue };
        let version = entry.version.as_ref().map(|version| version.value.as_ref());
        let number = *known.entry((normalised.clone(), version.unwrap_or_default())).or_insert_with(|| {
            let (scope, group) = scope(&entry.categories);
            let declared = Declared {
                name: normalised,
                stated: version.map_or(Stated::Nothing, |version| Stated::Locked(version.to_owned())),
                scope,
                direct: None,
                condition: group,
                span: entry.version.as_ref().map_or(name.span, |version| version.span),
            };
            lock.add(declared, version)
        });
        platforms.entry(number).or_default().extend(entry.platform.as_ref().map(|platform| platform.value.as_ref()));
        for need in &entry.needs {
            lock.need(number, Need { name: need, version: None, requirement: None });
        }
    }
    lock.connect();
    let mut reading = lock.reading;
    for (number, platforms) in platforms {
        let declared = &mut reading.declared[number as usize];
        let platforms = Some(platforms.join(", ")).filter(|platforms| !platforms.is_empty());
        declared.condition = super::pep508::condition(declared.condition.as_deref(), platforms.as_deref());
    }
    reading
}

fn scope(categories: &[String]) -> (Scope, Option<String>) {
    if categories.is_empty() || categories.iter().any(|category| category == "main") {
        return (Scope::Runtime, None);
    }
    let scopes = categories.iter().map(|category| Place::development(category).scope);
    (scopes.min().unwrap_or(Scope::Development), Some(categories.join(", ")))
}
