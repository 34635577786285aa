//! `packages.lock.json`: what NuGet selected for a project, per target framework (NuGet documentation, "Locking dependencies").
//!
//! Traps:
//! - The same package stands once per framework, and with a runtime (`net6.0/linux-x64`) once more; the versions can differ.
//! - `requested` is the project's requirement when the file was written; NuGet compares it with what the project says now.
//! - An entry of type `Project` is another project of the solution.

use std::collections::HashMap;

use super::number;
use crate::ecosystem::json::cursor::{self, Cursor, Dialect, Text};
use crate::model::{Declared, Ecosystem, Format, Graph, Reading, Root, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "packages_lock_json",
    name: "packages.lock.json",
    ecosystem: Ecosystem::Nuget,
    globs: &["packages.lock.json", "packages.*.lock.json"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    cursor::read(source, Dialect::Strict, "NuGet", &mut problems, |cursor| {
        if !cursor.object() {
            return;
        }
        while let Some(key) = cursor.key() {
            if key.value != "dependencies" {
                cursor.skip();
            } else if cursor.object() {
                while let Some(framework) = cursor.key() {
                    if cursor.object() {
                        packages(cursor, &framework.value, &mut reading);
                    }
                }
            }
        }
    });
    reading.problems = problems;
    reading
}

/// The packages of one framework.
fn packages(cursor: &mut Cursor<'_>, framework: &str, reading: &mut Reading) {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut needs: Vec<(u32, String)> = Vec::new();
    while let Some(name) = cursor.key() {
        if !cursor.object() {
            continue;
        }
        let entry = Entry::read(cursor);
        let package = number(reading.declared.len());
        if entry.kind == "project" {
            reading.declared.push(Declared {
                name: name.value.to_string(),
                stated: Stated::Source(Source::Workspace(name.value.to_string())),
                scope: Scope::Runtime,
                direct: None,
                condition: Some(framework.to_owned()),
                span: name.place(0, name.value.len()),
            });
            numbers.insert(name.value.to_lowercase(), package);
            needs.extend(entry.needs.into_iter().map(|needed| (package, needed)));
            continue;
        }
        let Some(resolved) = entry.resolved else { continue };
        let is_direct = entry.kind == "direct";
        reading.declared.push(Declared {
            name: name.value.to_string(),
            stated: Stated::Locked(resolved.value.to_string()),
            scope: Scope::Runtime,
            direct: Some(is_direct),
            condition: Some(framework.to_owned()),
            span: resolved.span,
        });
        if is_direct {
            reading.graph.roots.push(Root {
                folder: Some(String::new()),
                name: name.value.to_string(),
                requirement: entry.requested,
                package,
            });
        }
        numbers.insert(name.value.to_lowercase(), package);
        needs.extend(entry.needs.into_iter().map(|needed| (package, needed)));
    }
    link(&mut reading.graph, &numbers, &needs);
}

/// Adds who needs whom, names compared without case.
pub(super) fn link(graph: &mut Graph, numbers: &HashMap<String, u32>, needs: &[(u32, String)]) {
    for (package, needed) in needs {
        if let Some(needed) = numbers.get(&needed.to_lowercase()) {
            graph.edges.push((*package, *needed));
        }
    }
}

#[derive(Default)]
struct Entry<'t> {
    kind: String,
    requested: Option<String>,
    resolved: Option<Text<'t>>,
    needs: Vec<String>,
}

impl<'t> Entry<'t> {
    fn read(cursor: &mut Cursor<'t>) -> Entry<'t> {
        let mut entry = Entry::default();
        while let Some(member) = cursor.key() {
            match member.value.as_ref() {
                "type" => entry.kind = cursor.text().map_or(String::new(), |text| text.value.to_ascii_lowercase()),
                "requested" => entry.requested = cursor.text().map(|text| text.value.into_owned()),
                "resolved" => entry.resolved = cursor.text(),
                "dependencies" => {
                    if cursor.object() {
                        while let Some(name) = cursor.key() {
                            entry.needs.push(name.value.into_owned());
                            cursor.skip();
                        }
                    }
                }
                _ => cursor.skip(),
            }
        }
        entry
    }
}
