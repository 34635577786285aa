//! `bun.lock`: what Bun chose, as JSON with comments and trailing commas (Bun, "Lockfile"; `bun.lock.rs` and `bun.lock.zig` of
//! its source).
//!
//! Traps:
//! - A package's key is the place where it is installed, `a/b` for the `b` that `a` gets for itself; what it is stands in the
//!   first element, `name@version`.
//! - A workspace member's own copy is under the member's name.
//! - What is behind the `@` can be a repository, an archive, a folder or a member; the elements behind it differ then.
//! - `overrides`, `catalog` and `patchedDependencies` are copies of what manifests say.

use std::borrow::Cow;
use std::collections::HashMap;

use super::lock_entry::{self, number};
use super::specifier::split_name;
use crate::ecosystem::json::cursor::{self, Cursor, Dialect, Text};
use crate::model::{Declared, Ecosystem, Format, Graph, Reading, Root, Scope, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "bun_lock", name: "bun.lock", ecosystem: Ecosystem::Npm, globs: &["bun.lock"], read };

/// Longest key whose needs are looked up, in bytes; each of its names costs a look.
const MAX_KEY_LENGTH: usize = 512;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    cursor::read(source, Dialect::Commented, "Bun", &mut problems, |cursor| {
        let mut lock = Lock::default();
        lock.read(cursor);
        reading = lock.finish();
    });
    reading.problems = problems;
    reading
}

#[derive(Default)]
struct Lock<'t> {
    members: Vec<Member<'t>>,
    packages: Vec<Package<'t>>,
}

/// A workspace member, or the root.
#[derive(Default)]
struct Member<'t> {
    folder: String,
    name: Option<String>,
    needs: Vec<(Cow<'t, str>, String)>,
    optional_peers: Vec<String>,
}

struct Package<'t> {
    key: Cow<'t, str>,
    declared: Option<Declared>,
    /// For the project's own code its folder.
    folder: Option<String>,
    needs: Vec<Cow<'t, str>>,
}

impl<'t> Lock<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.object() {
            return;
        }
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "workspaces" => {
                    if cursor.object() {
                        while let Some(folder) = cursor.key() {
                            self.member(cursor, folder.value.into_owned());
                        }
                    }
                }
                "packages" => {
                    if cursor.object() {
                        while let Some(key) = cursor.key() {
                            self.package(cursor, key.value);
                        }
                    }
                }
                _ => cursor.skip(),
            }
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'t>, folder: String) {
        let mut member = Member { folder, ..Member::default() };
        if cursor.object() {
            while let Some(key) = cursor.key() {
                match key.value.as_ref() {
                    "name" => member.name = cursor.text().map(|text| text.value.into_owned()),
                    "dependencies" | "devDependencies" | "optionalDependencies" | "peerDependencies" => {
                        if cursor.object() {
                            while let Some(name) = cursor.key() {
                                let range = cursor.text().map_or(String::new(), |text| text.value.into_owned());
                                member.needs.push((name.value, range));
                            }
                        }
                    }
                    "optionalPeers" => {
                        if cursor.array() {
                            while cursor.item() {
                                member.optional_peers.extend(cursor.text().map(|text| text.value.into_owned()));
                            }
                        }
                    }
                    _ => cursor.skip(),
                }
            }
        }
        self.members.push(member);
    }

    fn package(&mut self, cursor: &mut Cursor<'t>, key: Cow<'t, str>) {
        if !cursor.array() {
            return;
        }
        let mut package = Package { key, declared: None, folder: None, needs: Vec::new() };
        let mut is_first = true;
        while cursor.item() {
            if is_first {
                if let Some(text) = cursor.text() {
                    package.declared = declared(&package.key, &text);
                    let path = text.value.split_once("@file:").map(|(_, path)| path.to_owned());
                    package.folder = path.filter(|_| package.declared.is_none());
                }
            } else if cursor.object() {
                while let Some(member) = cursor.key() {
                    match member.value.as_ref() {
                        "dependencies" | "optionalDependencies" | "peerDependencies" if cursor.object() => {
                            while let Some(name) = cursor.key() {
                                cursor.skip();
                                package.needs.push(name.value);
                            }
                        }
                        "dependencies" | "optionalDependencies" | "peerDependencies" => {}
                        _ => cursor.skip(),
                    }
                }
            }
            is_first = false;
        }
        self.packages.push(package);
    }

    fn finish(self) -> Reading {
        let mut reading = Reading::default();
        let mut numbers: HashMap<&str, Option<u32>> = HashMap::new();
        for package in &self.packages {
            let own = package.declared.as_ref().map(|_| number(reading.declared.len()));
            numbers.insert(&package.key, own);
            reading.declared.extend(package.declared.clone());
        }
        let mut graph = Graph::default();
        let mut key = String::new();
        for package in self.packages.iter().filter(|package| package.key.len() <= MAX_KEY_LENGTH) {
            let own = numbers.get(package.key.as_ref()).copied().flatten();
            for name in &package.needs {
                let Some(needed) = nearest(&package.key, name, &numbers, &mut key) else { continue };
                if let Some(own) = own {
                    graph.edges.push((own, needed));
                } else if let Some(folder) = package.folder.clone() {
                    let (folder, requirement) = (Some(folder), Some(String::new()));
                    graph.roots.push(Root { folder, name: name.to_string(), requirement, package: needed });
                }
            }
        }
        for member in &self.members {
            let from = member.name.as_deref().unwrap_or_default();
            for (name, range) in &member.needs {
                let is_optional = member.optional_peers.iter().any(|peer| *peer == *name);
                if let Some(package) = nearest(from, name, &numbers, &mut key)
                    && !is_optional
                {
                    graph.roots.push(Root {
                        folder: Some(member.folder.clone()),
                        name: name.to_string(),
                        requirement: Some(range.clone()),
                        package,
                    });
                }
            }
        }
        reading.graph = graph;
        reading
    }
}

/// The package that `name` means for what is installed at `from`.
fn nearest(from: &str, name: &str, numbers: &HashMap<&str, Option<u32>>, key: &mut String) -> Option<u32> {
    let mut above = from;
    while !above.is_empty() {
        key.clear();
        key.push_str(above);
        key.push('/');
        key.push_str(name);
        if let Some(package) = numbers.get(key.as_str()) {
            return *package;
        }
        above = parent(above);
    }
    numbers.get(name).copied().flatten()
}

/// The key above: the last name, with its scope, taken off.
fn parent(key: &str) -> &str {
    let Some((above, _)) = key.rsplit_once('/') else { return "" };
    match above.rsplit_once('/') {
        Some((rest, scope)) if scope.starts_with('@') => rest,
        None if above.starts_with('@') => "",
        _ => above,
    }
}

/// What the first element of a package states; `None` for the project's own code.
fn declared(key: &str, text: &Text<'_>) -> Option<Declared> {
    let (name, start) = split_name(&text.value).filter(|_| !key.is_empty())?;
    let behind = &text.value[start..];
    let called = if key == name || key.strip_suffix(name).is_some_and(|above| above.ends_with('/')) {
        name
    } else {
        let above = parent(key);
        if above.is_empty() { key } else { &key[above.len() + 1..] }
    };
    if behind.starts_with("root:") || behind.starts_with("link:") {
        return None;
    }
    let (_, stated, place) = lock_entry::version(name, behind)?;
    let stated = match stated {
        Stated::Locked(_) => stated,
        _ => lock_entry::repository(name, behind).unwrap_or(stated),
    };
    let span = text.place(start + place.start, start + place.end);
    Some(lock_entry::declared(called, name.to_owned(), stated, Scope::Runtime, span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_upwards_by_whole_names() {
        assert_eq!(
            ["a", "@s/a", "a/b", "a/@s/b", "@s/a/b", "@s/a/@t/b"].map(parent),
            ["", "", "a", "a", "@s/a", "@s/a"]
        );
    }
}
