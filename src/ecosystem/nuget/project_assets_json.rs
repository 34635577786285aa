//! `obj/project.assets.json`: what the last restore of a project selected (NuGet documentation, "PackageReference in project
//! files"; the file's form is NuGet's own). It is build output: where someone kept it, it tells of packages that come in through
//! others, and never beats what a person writes.
//!
//! Traps:
//! - The version stands in a key: `"targets": {"net6.0": {"NAME/VERSION": {…}}}`.
//! - With runtimes a framework stands several times: `net6.0/linux-x64`.
//! - What the project itself asks for stands in `projectFileDependencyGroups`, as `"NAME >= VERSION"`, behind the targets.

use std::collections::{HashMap, HashSet};

use super::{number, packages_lock_json};
use crate::ecosystem::json::cursor::{self, Cursor, Dialect, Text};
use crate::model::{Declared, Ecosystem, Format, Reading, Root, Scope, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "project_assets_json",
    name: "project.assets.json",
    ecosystem: Ecosystem::Nuget,
    globs: &["project.assets.json"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    let mut asked: Option<HashSet<String>> = None;
    cursor::read(source, Dialect::Strict, "NuGet", &mut problems, |cursor| {
        if !cursor.object() {
            return;
        }
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "targets" => {
                    if cursor.object() {
                        while let Some(target) = cursor.key() {
                            if cursor.object() {
                                packages(cursor, &target.value, &mut reading);
                            }
                        }
                    }
                }
                "projectFileDependencyGroups" => asked.get_or_insert_default().extend(groups(cursor)),
                _ => cursor.skip(),
            }
        }
    });
    reading.problems = problems;
    if let Some(asked) = asked {
        for (package, declared) in reading.declared.iter_mut().enumerate() {
            let is_direct = asked.contains(&declared.name.to_lowercase());
            declared.direct = Some(is_direct);
            if is_direct {
                let (folder, name) = (Some("..".to_owned()), declared.name.clone());
                reading.graph.roots.push(Root { folder, name, requirement: None, package: number(package) });
            }
        }
    }
    reading
}

/// The packages of one target.
fn packages(cursor: &mut Cursor<'_>, target: &str, reading: &mut Reading) {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut needs: Vec<(u32, String)> = Vec::new();
    while let Some(key) = cursor.key() {
        if !cursor.object() {
            continue;
        }
        let (is_package, needed) = library(cursor);
        let Some((name, version, span)) = parts(&key).filter(|_| is_package) else { continue };
        let package = number(reading.declared.len());
        numbers.insert(name.to_lowercase(), package);
        needs.extend(needed.into_iter().map(|needed| (package, needed)));
        reading.declared.push(Declared {
            name: name.to_owned(),
            stated: Stated::Locked(version.to_owned()),
            scope: Scope::Runtime,
            direct: None,
            condition: Some(target.to_owned()),
            span,
        });
    }
    packages_lock_json::link(&mut reading.graph, &numbers, &needs);
}

/// Whether a library is a package, and the names of those that it needs.
fn library(cursor: &mut Cursor<'_>) -> (bool, Vec<String>) {
    let (mut is_package, mut needs) = (false, Vec::new());
    while let Some(member) = cursor.key() {
        match member.value.as_ref() {
            "type" => is_package = cursor.text().is_some_and(|kind| kind.value == "package"),
            "dependencies" => {
                if cursor.object() {
                    while let Some(name) = cursor.key() {
                        needs.push(name.value.into_owned());
                        cursor.skip();
                    }
                }
            }
            _ => cursor.skip(),
        }
    }
    (is_package, needs)
}

/// The name and the version in a key, and where the version stands.
fn parts<'k>(key: &'k Text<'_>) -> Option<(&'k str, &'k str, crate::source::Span)> {
    let (name, version) = key.value.split_once('/')?;
    Some((name, version, key.place(name.len() + 1, key.value.len())))
}

/// The names that the project itself asks for, in small letters.
fn groups(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if !cursor.object() {
        return names;
    }
    while cursor.key().is_some() {
        if !cursor.array() {
            continue;
        }
        while cursor.item() {
            let text = cursor.text();
            names.extend(text.and_then(|text| text.value.split(' ').next().map(str::to_lowercase)));
        }
    }
    names
}
