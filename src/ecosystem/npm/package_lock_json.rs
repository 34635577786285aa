//! `package-lock.json` and `npm-shrinkwrap.json`: what npm installed, by place in the tree of `node_modules` (npm docs,
//! "package-lock.json"; Arborist's shrinkwrap and dependency resolution).
//!
//! Traps:
//! - Version 2 holds the tree twice; `packages` counts and `dependencies` is there for npm 6. Version 1 has only the latter,
//!   nested. Where the number is missing the members decide.
//! - An entry's package is its `name`, which is written for an alias; else the end of its path behind `node_modules/`.
//!   In version 1 the alias stands in the version: `npm:NAME@1.2.3`.
//! - An entry outside of any `node_modules` is a folder of the project: a workspace member with dependencies of its own.
//! - A name means the nearest copy: from the folder that needs it upwards, the first `node_modules/NAME`.
//! - An entry can stand for what is not installed (an optional one for another platform, an optional peer): then it has
//!   no version.
//!
//! Not done here: `bundled` makes no difference, since the bundled copy is what is used.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::lock_entry::{self, number};
use crate::ecosystem::json::cursor::{self, Cursor, Dialect, Text};
use crate::model::{Declared, Ecosystem, Format, Graph, Identity, Problem, ProblemKind, Reading, Root, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "package_lock_json",
    name: "package-lock.json",
    ecosystem: Ecosystem::Npm,
    globs: &["package-lock.json", "npm-shrinkwrap.json"],
    read,
};

/// The folder that holds what is installed.
const MODULES: &str = "node_modules/";

/// Deepest nesting of version 1's `dependencies`.
const MAX_DEPTH: usize = 64;

/// Longest place whose needs are looked up, in bytes; each of its folders costs a look.
const MAX_PLACE_LENGTH: usize = 512;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    cursor::read(source, Dialect::Strict, "npm", &mut problems, |cursor| {
        let mut lock = Lock::default();
        lock.read(cursor);
        reading = lock.finish();
    });
    reading.problems.append(&mut problems);
    reading
}

/// An entry of either tree, at its place in version 2's form.
#[derive(Default)]
struct Entry<'t> {
    place: String,
    name_span: Option<Span>,
    name: Option<Text<'t>>,
    version: Option<Text<'t>>,
    resolved: Option<Text<'t>>,
    is_link: bool,
    is_extraneous: bool,
    /// What it is marked as.
    marks: Vec<Scope>,
    needs: Vec<(Cow<'t, str>, Option<String>)>,
    optional_peers: HashSet<String>,
}

#[derive(Default)]
struct Lock<'t> {
    identity: (Option<String>, Option<String>),
    entries: Vec<Entry<'t>>,
    has_packages: bool,
    problems: Vec<Problem>,
}

impl<'t> Lock<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.object() {
            return;
        }
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "name" => self.identity.0 = cursor.text().map(|text| text.value.into_owned()),
                "version" => self.identity.1 = cursor.text().map(|text| text.value.into_owned()),
                "packages" => {
                    if cursor.object() {
                        self.packages(cursor);
                    }
                }
                "dependencies" if !self.has_packages => {
                    if cursor.object() {
                        self.tree(cursor, "", 0);
                    }
                }
                _ => cursor.skip(),
            }
        }
    }

    /// Version 2's and 3's entries by their places.
    fn packages(&mut self, cursor: &mut Cursor<'t>) {
        let mut entries = Vec::new();
        while let Some(place) = cursor.key() {
            let name = place.value.rfind(MODULES).map_or(0, |at| at + MODULES.len());
            let name_span = Some(place.place(name, place.value.len()));
            let place = place.value.replace('\\', "/");
            let mut entry = Entry { place, name_span, ..Entry::default() };
            if cursor.object() {
                entry.read(cursor);
                entries.push(entry);
            }
        }
        if !entries.is_empty() {
            self.entries = entries;
            self.has_packages = true;
        }
    }

    /// Version 1's entries below a place.
    fn tree(&mut self, cursor: &mut Cursor<'t>, above: &str, depth: usize) {
        while let Some(key) = cursor.key() {
            let mut entry = Entry {
                place: format!("{above}{MODULES}{}", key.value),
                name_span: Some(key.span),
                ..Entry::default()
            };
            if !cursor.object() {
                continue;
            }
            let number = self.entries.len();
            let below = format!("{}/", entry.place);
            self.entries.push(Entry::default());
            while let Some(member) = cursor.key() {
                if member.value != "dependencies" {
                    entry.member(&member, cursor);
                } else if depth == MAX_DEPTH {
                    let message = "`dependencies` are nested too deeply to be read".to_owned();
                    self.problems.push(Problem { kind: ProblemKind::Limit, message, span: member.span });
                    cursor.skip();
                } else if cursor.object() {
                    self.tree(cursor, &below, depth + 1);
                }
            }
            self.entries[number] = entry;
        }
    }

    fn finish(mut self) -> Reading {
        let mut reading = Reading { problems: std::mem::take(&mut self.problems), ..Reading::default() };
        let (name, version) = std::mem::take(&mut self.identity);
        reading.identity = name.map(|name| Identity { name, version });
        let mut last: HashMap<String, usize> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            last.insert(entry.place.clone(), index);
        }
        let mut index = 0;
        self.entries.retain(|entry| {
            index += 1;
            last[&entry.place] == index - 1
        });
        let mut packages: HashMap<&str, Option<u32>> = HashMap::new();
        for entry in &self.entries {
            let declared = entry.declared();
            packages.insert(&entry.place, declared.as_ref().map(|_| number(reading.declared.len())));
            reading.declared.extend(declared);
        }
        reading.graph = graph(&self.entries, &packages);
        reading
    }
}

impl<'t> Entry<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        while let Some(member) = cursor.key() {
            self.member(&member, cursor);
        }
    }

    fn member(&mut self, member: &Text<'t>, cursor: &mut Cursor<'t>) {
        match member.value.as_ref() {
            "name" => self.name = cursor.text(),
            "version" => self.version = cursor.text(),
            "resolved" => self.resolved = cursor.text(),
            "link" => self.is_link = cursor.is_true(),
            "extraneous" => self.is_extraneous = cursor.is_true(),
            "dev" => self.mark(Scope::Development, cursor),
            "optional" | "devOptional" => self.mark(Scope::Optional, cursor),
            "peer" => self.mark(Scope::Peer, cursor),
            "dependencies" | "optionalDependencies" | "peerDependencies" | "requires" => self.needs(cursor),
            "devDependencies" if !self.place.contains(MODULES) => self.needs(cursor),
            "peerDependenciesMeta" => self.peers(cursor),
            _ => cursor.skip(),
        }
    }

    fn mark(&mut self, scope: Scope, cursor: &mut Cursor<'t>) {
        if cursor.is_true() {
            self.marks.push(scope);
        }
    }

    fn needs(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.object() {
            return;
        }
        while let Some(name) = cursor.key() {
            let range = cursor.text();
            // Only what a manifest asks for is compared with it later.
            let range = range.filter(|_| !self.place.contains(MODULES)).map(|range| range.value.into_owned());
            self.needs.push((name.value, range));
        }
    }

    fn peers(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.object() {
            return;
        }
        while let Some(name) = cursor.key() {
            if !cursor.object() {
                continue;
            }
            while let Some(member) = cursor.key() {
                if cursor.is_true() && member.value == "optional" {
                    self.optional_peers.insert(name.value.to_string());
                }
            }
        }
    }

    /// What the entry states; `None` where it is no package of a registry or not installed.
    fn declared(&self) -> Option<Declared> {
        let (_, key) = self.place.rsplit_once(MODULES)?;
        if key.is_empty() || self.is_link || self.is_extraneous {
            return None;
        }
        let (name, mut stated, span) = match (&self.version, &self.resolved) {
            (Some(version), _) => {
                let (name, stated, place) = lock_entry::version(key, &version.value)?;
                (name, stated, version.place(place.start, place.end))
            }
            (None, Some(resolved)) => {
                let (name, stated, place) = lock_entry::version(key, &resolved.value)?;
                (name, stated, resolved.place(place.start, place.end))
            }
            (None, None) if self.marks.contains(&Scope::Optional) || self.marks.contains(&Scope::Peer) => return None,
            (None, None) => (key.to_owned(), Stated::Nothing, self.name_span?),
        };
        if let Some(repository) =
            self.resolved.as_ref().and_then(|resolved| lock_entry::repository(key, &resolved.value))
        {
            stated = repository;
        }
        let name = self.name.as_ref().map_or(name, |name| name.value.to_string());
        let scopes = [Scope::Optional, Scope::Development, Scope::Peer];
        let scope = scopes.into_iter().find(|scope| self.marks.contains(scope)).unwrap_or(Scope::Runtime);
        Some(lock_entry::declared(key, name, stated, scope, span))
    }
}

fn graph(entries: &[Entry<'_>], packages: &HashMap<&str, Option<u32>>) -> Graph {
    let mut graph = Graph::default();
    let mut listed: HashSet<(&str, &str)> = HashSet::new();
    let mut place = String::new();
    for entry in entries.iter().filter(|entry| entry.place.len() <= MAX_PLACE_LENGTH) {
        let own = packages.get(entry.place.as_str()).copied().flatten();
        let is_folder = !entry.place.contains(MODULES);
        for (name, range) in &entry.needs {
            let Some(package) = nearest(&entry.place, name, packages, &mut place) else { continue };
            if is_folder && !entry.optional_peers.contains(name.as_ref()) {
                listed.insert((&entry.place, name));
                graph.roots.push(Root {
                    folder: Some(entry.place.clone()),
                    name: name.to_string(),
                    requirement: Some(range.clone().unwrap_or_default()),
                    package,
                });
            } else if let Some(own) = own {
                graph.edges.push((own, package));
            }
        }
    }
    for entry in entries {
        let Some(package) = packages.get(entry.place.as_str()).copied().flatten() else { continue };
        let Some((folder, name)) = entry.place.split_once(MODULES) else { continue };
        let folder = folder.trim_end_matches('/');
        if !name.contains(MODULES) && !listed.contains(&(folder, name)) {
            let (folder, name) = (Some(folder.to_owned()), name.to_owned());
            graph.roots.push(Root { folder, name, requirement: None, package });
        }
    }
    graph
}

/// The copy of `name` that the package or folder at a place gets.
fn nearest(from: &str, name: &str, packages: &HashMap<&str, Option<u32>>, place: &mut String) -> Option<u32> {
    let mut above = from;
    loop {
        place.clear();
        place.push_str(above);
        if !above.is_empty() {
            place.push('/');
        }
        place.push_str(MODULES);
        place.push_str(name);
        if let Some(package) = packages.get(place.as_str()) {
            return *package;
        }
        if above.is_empty() {
            return None;
        }
        above = above.rsplit_once('/').map_or("", |(above, _)| above);
    }
}
