//! `pixi.lock`: what pixi resolved its environments to, in YAML.
//!
//! Traps:
//! - A package's entry is known by its address, and the environments list those for each platform. Since version 6 the
//!   address is the entry's first value and what its file name tells is left out; versions 4 and 5 have `kind` and `url`;
//!   before that it is a list of `package`s in the manner of conda-lock, for each platform anew.
//! - Packages of conda and of the index stand side by side, each with names of its own.
//! - A package of the index may be a folder: `.` is the project itself.
//!
//! Not done here: packages that are built from sources of conda's (`conda_source`), which have no version.

use std::collections::HashMap;

use super::conda::{MatchSpec, pypi_name};
use super::lock::{Lock, Need};
use super::pep508::{Requirement, name_normalised};
use super::pixi_toml::scope_of;
use super::reference;
use crate::ecosystem::yaml::cursor::{self, Cursor, Text};
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Identity, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "pixi_lock", name: "pixi.lock", ecosystem: Ecosystem::Pypi, globs: &["pixi.lock"], read };

/// The environment that there always is.
const DEFAULT: &str = "default";

/// One entry.
#[derive(Default)]
struct Entry<'t> {
    is_pypi: bool,
    /// The address or path.
    place: Option<Text<'t>>,
    name: Option<Text<'t>>,
    version: Option<Text<'t>>,
    /// What it needs: of conda's packages names of the index, else requirements.
    needs: Vec<String>,
}

fn read(source: &SourceText) -> Reading {
    let mut problems = Vec::new();
    let mut reading = Reading::default();
    cursor::read(source, &mut problems, |cursor| {
        let mut entries = Vec::new();
        let mut environments = Environments::default();
        if !cursor.document() || !cursor.mapping() {
            return;
        }
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "environments" => environments.read(cursor),
                "packages" | "package" => packages(cursor, &mut entries),
                _ => cursor.skip(),
            }
        }
        reading = connected(&entries, &environments);
    });
    reading.problems = problems;
    reading
}

/// The environments that a package is in, by its address.
#[derive(Default)]
struct Environments<'t> {
    by_place: HashMap<String, Vec<Text<'t>>>,
}

impl<'t> Environments<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.mapping() {
            return;
        }
        while let Some(name) = cursor.key() {
            if !cursor.mapping() {
                continue;
            }
            while let Some(key) = cursor.key() {
                if key.value != "packages" {
                    cursor.skip();
                } else if cursor.mapping() {
                    while cursor.key().is_some() {
                        self.platform(cursor, &name);
                    }
                }
            }
        }
    }

    fn platform(&mut self, cursor: &mut Cursor<'t>, name: &Text<'t>) {
        if !cursor.sequence() {
            return;
        }
        while cursor.item() {
            if !cursor.mapping() {
                continue;
            }
            while let Some(key) = cursor.key() {
                if !matches!(key.value.as_ref(), "conda" | "pypi") {
                    cursor.skip();
                    continue;
                }
                let Some(place) = cursor.text() else { continue };
                let names = self.by_place.entry(place.value.into_owned()).or_default();
                if names.last().is_none_or(|last| last.span != name.span) {
                    names.push(name.clone());
                }
            }
        }
    }

    /// What a package is for, and the environments it is in unless it is in the default one.
    fn of(&self, place: Option<&str>) -> (Scope, Option<String>) {
        let names = place.and_then(|place| self.by_place.get(place)).map_or(&[][..], Vec::as_slice);
        if names.is_empty() || names.iter().any(|name| name.value == DEFAULT) {
            return (Scope::Runtime, None);
        }
        let scope = names.iter().map(|name| scope_of(&name.value)).min().unwrap_or(Scope::Runtime);
        let names: Vec<&str> = names.iter().map(|name| name.value.as_ref()).collect();
        (scope, Some(names.join(", ")))
    }
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
        let mut is_known = true;
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "conda" => entry.place = cursor.text(),
                "pypi" => {
                    entry.is_pypi = true;
                    entry.place = cursor.text();
                }
                "conda_source" => {
                    is_known = false;
                    cursor.skip();
                }
                "url" | "path" => entry.place = cursor.text().or(entry.place),
                "kind" | "manager" => {
                    let kind = cursor.text();
                    entry.is_pypi = kind.is_some_and(|kind| matches!(kind.value.as_ref(), "pypi" | "pip"));
                }
                "name" => entry.name = cursor.text(),
                "version" => entry.version = cursor.text(),
                "depends" | "requires_dist" | "dependencies" => {
                    let more = cursor.sequence();
                    while more && cursor.item() {
                        entry.needs.extend(cursor.text().map(|text| text.value.into_owned()));
                    }
                }
                _ => cursor.skip(),
            }
        }
        if !entry.is_pypi {
            let name = |need: &String| pypi_name(need.split([' ', '=', '<', '>', '!', '~']).next()?);
            entry.needs = entry.needs.iter().filter_map(name).collect();
        }
        entries.extend(is_known.then_some(entry));
    }
}

/// The packages, each once for each version and kind, and who needs whom.
fn connected(entries: &[Entry<'_>], environments: &Environments<'_>) -> Reading {
    let mut lock = Lock::default();
    let mut known: HashMap<(String, String), u32> = HashMap::new();
    let mut inside: HashMap<u32, Vec<Option<&str>>> = HashMap::new();
    for entry in entries {
        let Some((name, stated, span)) = entry.read() else { continue };
        if is_project(&stated) {
            lock.reading.identity = Some(Identity { name, version: None });
            continue;
        }
        let version = match &stated {
            Stated::Locked(version) => version.clone(),
            other => format!("{other:?}"),
        };
        let number = *known.entry((name.clone(), version)).or_insert_with(|| {
            let declared = Declared { name, stated, scope: Scope::Runtime, direct: None, condition: None, span };
            lock.add(declared, entry.version.as_ref().map(|version| version.value.as_ref()))
        });
        inside.entry(number).or_default().push(entry.place.as_ref().map(|place| place.value.as_ref()));
        for need in &entry.needs {
            if let Some(need) = entry.need(need) {
                lock.need(number, need);
            }
        }
    }
    lock.connect();
    let mut reading = lock.reading;
    for (number, places) in inside {
        // What is the same in several environments is for the first of their scopes.
        let mut found: Vec<(Scope, Option<String>)> = places.iter().map(|place| environments.of(*place)).collect();
        found.sort();
        let declared = &mut reading.declared[number as usize];
        if let Some((scope, condition)) = found.into_iter().next() {
            declared.scope = scope;
            declared.condition = condition;
        }
    }
    reading
}

/// Whether a package is the project itself, whose folder the lock lies in.
fn is_project(stated: &Stated) -> bool {
    matches!(stated, Stated::Source(Source::Path(path)) if matches!(path.as_str(), "." | "./" | ""))
}

impl Entry<'_> {
    /// The package by the index's name, what is stated of it, and where.
    fn read(&self) -> Option<(String, Stated, Span)> {
        if self.is_pypi {
            return self.of_index();
        }
        let archive = self.place.as_ref().and_then(|place| Some((place, MatchSpec::parse(&place.value)?)));
        let archive = archive.filter(|(_, spec)| spec.is_archive);
        let name = match (&self.name, &archive) {
            (Some(name), _) => pypi_name(&name.value)?,
            (None, Some((_, spec))) => pypi_name(&spec.name)?,
            (None, None) => return None,
        };
        if let Some(version) = &self.version {
            return Some((name, Stated::Locked(version.value.clone().into_owned()), version.span));
        }
        let (place, spec) = archive?;
        let (version, span) = spec.version?;
        Some((name, Stated::Locked(version.to_owned()), place.place(span.start, span.end)))
    }

    fn of_index(&self) -> Option<(String, Stated, Span)> {
        let place = self.place.as_ref();
        let address = place.map_or("", |place| place.value.as_ref());
        let found = reference::read(address);
        let archive = reference::archive(address);
        let name = match (&self.name, &archive) {
            (Some(name), _) => name_normalised(&name.value),
            (None, Some(archive)) => archive.name.clone(),
            (None, None) => return None,
        };
        let span = self.version.as_ref().or(self.name.as_ref()).or(place).map_or(Span::new(0, 0), |text| text.span);
        let version = self.version.as_ref().map(|version| version.value.clone().into_owned());
        let stated = match (found.source, version) {
            (Source::Git { repository, .. }, version) => Stated::Source(Source::Git {
                repository: without_query(&repository),
                reference: commit(address, version),
            }),
            (source @ Source::Path(_), _) if archive.is_none() => Stated::Source(source),
            (_, Some(version)) => Stated::Locked(version),
            (_, None) => {
                let version = archive.map(|archive| archive.version)?;
                let start = address.rfind(version).unwrap_or_default();
                let span = place.map_or(span, |place| place.place(start, start + version.len()));
                return Some((name, Stated::Locked(version.to_owned()), span));
            }
        };
        Some((name, stated, span))
    }

    /// What a package needs.
    fn need<'e>(&self, text: &'e str) -> Option<Need<'e>> {
        if !self.is_pypi {
            return Some(Need { name: text, version: None, requirement: None });
        }
        let requirement = Requirement::parse(text).ok()?;
        let marker = requirement.marker.map_or("", |marker| marker.text);
        if marker.contains("extra ==") {
            return None;
        }
        let specifier = requirement.specifier.map(|part| (part.text, Grammar::Pep440));
        Some(Need { name: requirement.name, version: None, requirement: specifier })
    }
}

/// `git+https://host/path?rev=WORD#COMMIT`.
fn commit(address: &str, version: Option<String>) -> GitReference {
    match (address.split_once('#').map(|(_, commit)| commit.to_owned()), version) {
        (Some(revision), Some(version)) => GitReference::Locked { revision, version },
        (Some(revision), None) => GitReference::Revision(revision),
        (None, _) => GitReference::Default,
    }
}

fn without_query(repository: &str) -> String {
    repository.split('?').next().unwrap_or_default().to_owned()
}
