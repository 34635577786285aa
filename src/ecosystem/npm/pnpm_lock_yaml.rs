//! `pnpm-lock.yaml`: what pnpm chose for each project of a workspace and how the packages need each other (pnpm's
//! specification of the lockfile, versions 5, 6 and 9). Rush keeps one for all its projects.
//!
//! Traps:
//! - What a project uses is in its importer; before version 9 a lone project's stands at the top instead. A value is a
//!   version, an alias (`/@real/name@1.0.0`, `@real/name@1.0.0`), a link, or the key of what is taken from elsewhere.
//! - A key is `/name/1.0.0_peers` in version 5, `/name@1.0.0(peers)` in 6 and `name@1.0.0` in 9, where the peers stand in
//!   `snapshots` only. One package is there once per set of peers; that is one version.
//! - What is taken from elsewhere has its name and version inside the entry.
//! - `overrides`, `catalogs`, `patchedDependencies` and `specifiers` are copies of what manifests ask for.
//! - pnpm 11 writes a document of its own tools before that of the project.

use std::borrow::Cow;
use std::collections::HashMap;

use super::lock_entry::{self, number};
use super::specifier::split_name;
use super::version::NpmVersion;
use crate::ecosystem::yaml::cursor::{self, Cursor, Either, Text};
use crate::model::{Declared, Ecosystem, Format, GitReference, Graph, Reading, Root, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "pnpm_lock_yaml",
    name: "pnpm-lock.yaml",
    ecosystem: Ecosystem::Npm,
    globs: &["pnpm-lock.yaml"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    cursor::read(source, &mut problems, |cursor| {
        let mut lock = Lock::default();
        while cursor.document() {
            if cursor.mapping() {
                lock.read(cursor);
            }
            // A later document has its own packages.
            lock.connect();
        }
        reading.declared = lock.declared;
        reading.graph = lock.graph;
    });
    reading.problems = problems;
    reading
}

#[derive(Default)]
struct Lock<'t> {
    declared: Vec<Declared>,
    graph: Graph,
    /// The packages by their keys without peers; `None` for the project's own code.
    packages: HashMap<Cow<'t, str>, Option<u32>>,
    uses: Vec<Use<'t>>,
    needs: Vec<(u32, Need<'t>)>,
    /// What the project's own folders need that are installed like packages.
    own_needs: Vec<(String, Need<'t>)>,
}

/// What an importer says of a dependency.
struct Use<'t> {
    folder: String,
    specifier: Option<String>,
    name: Cow<'t, str>,
    version: Text<'t>,
    scope: Scope,
}

/// A name and what is used for it.
struct Need<'t> {
    name: Cow<'t, str>,
    version: Cow<'t, str>,
}

impl<'t> Lock<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        let mut specifiers = HashMap::new();
        let first = self.uses.len();
        while let Some(key) = cursor.key() {
            match key.value.as_ref() {
                "importers" if cursor.mapping() => {
                    while let Some(folder) = cursor.key() {
                        if cursor.mapping() {
                            self.importer(cursor, &folder.value);
                        }
                    }
                }
                "packages" | "snapshots" if cursor.mapping() => {
                    while let Some(key) = cursor.key() {
                        self.package(cursor, &key);
                    }
                }
                "importers" | "packages" | "snapshots" => {}
                "specifiers" => specifiers = texts(cursor),
                section => match scope(section) {
                    Some(scope) => self.uses_of(cursor, "", scope),
                    None => cursor.skip(),
                },
            }
        }
        complete(&mut self.uses[first..], "", &specifiers);
    }

    fn importer(&mut self, cursor: &mut Cursor<'t>, folder: &str) {
        let folder = if folder == "." { "" } else { folder };
        let mut specifiers = HashMap::new();
        let first = self.uses.len();
        while let Some(key) = cursor.key() {
            match (key.value.as_ref(), scope(&key.value)) {
                ("specifiers", _) => specifiers = texts(cursor),
                (_, Some(scope)) => self.uses_of(cursor, folder, scope),
                (_, None) => cursor.skip(),
            }
        }
        complete(&mut self.uses[first..], folder, &specifiers);
    }

    fn uses_of(&mut self, cursor: &mut Cursor<'t>, folder: &str, scope: Scope) {
        if !cursor.mapping() {
            return;
        }
        while let Some(name) = cursor.key() {
            let (mut version, mut specifier) = (None, None);
            match cursor.text_or_mapping() {
                Either::Text(text) => version = Some(text),
                Either::Neither => {}
                Either::Mapping => {
                    while let Some(member) = cursor.key() {
                        match member.value.as_ref() {
                            "specifier" => specifier = cursor.text().map(|text| text.value.into_owned()),
                            "version" => version = cursor.text(),
                            _ => cursor.skip(),
                        }
                    }
                }
            }
            if let Some(version) = version {
                self.uses.push(Use { folder: folder.into(), specifier, name: name.value, version, scope });
            }
        }
    }

    fn package(&mut self, cursor: &mut Cursor<'t>, key: &Text<'t>) {
        let mut entry = Entry::default();
        if cursor.mapping() {
            entry.read(cursor);
        }
        let base = without_peers(&key.value).to_owned();
        let known = self.packages.get(base.as_str()).copied();
        let package = known.unwrap_or_else(|| {
            let declared = entry.declared(key);
            let package = declared.as_ref().map(|_| number(self.declared.len()));
            self.declared.extend(declared);
            self.packages.insert(base.into(), package);
            package
        });
        if let Some(package) = package {
            self.needs.extend(entry.needs.into_iter().map(|need| (package, need)));
        } else if let Some((_, folder)) = without_peers(&key.value).rsplit_once("file:") {
            self.own_needs.extend(entry.needs.into_iter().map(|need| (folder.to_owned(), need)));
        }
    }

    /// Finds the packages that importers and other packages mean.
    fn connect(&mut self) {
        for (from, need) in std::mem::take(&mut self.needs) {
            if let Found::Package(to) = self.find(&need.name, &need.version) {
                self.graph.edges.push((from, to));
            }
        }
        for (folder, need) in std::mem::take(&mut self.own_needs) {
            if let Found::Package(package) = self.find(&need.name, &need.version) {
                let (folder, requirement) = (Some(folder), Some(String::new()));
                self.graph.roots.push(Root { folder, name: need.name.into_owned(), requirement, package });
            }
        }
        for Use { folder, specifier, name, version, scope } in std::mem::take(&mut self.uses) {
            let package = match self.find(&name, &version.value) {
                Found::Package(package) => Some(package),
                Found::Own => None,
                Found::Nothing => self.missing(&name, &version, scope),
            };
            if let Some(package) = package {
                let requirement = Some(specifier.unwrap_or_default());
                self.graph.roots.push(Root { folder: Some(folder), name: name.into_owned(), requirement, package });
            }
        }
        self.packages.clear();
    }

    /// The package that a value of `name` means.
    fn find(&self, name: &str, version: &str) -> Found {
        if version.starts_with("link:") {
            return Found::Own;
        }
        let version = without_peers(version);
        let keys = [format!("{name}@{version}"), format!("/{name}@{version}"), format!("/{name}/{version}")];
        let mut keys = keys.iter().map(String::as_str).chain([version]);
        match keys.find_map(|key| self.packages.get(key)) {
            Some(Some(package)) => Found::Package(*package),
            Some(None) => Found::Own,
            None => Found::Nothing,
        }
    }

    /// A package that only an importer names.
    fn missing(&mut self, called: &str, version: &Text<'t>, scope: Scope) -> Option<u32> {
        let base = without_peers(&version.value);
        let (name, start) = parse(base).unwrap_or((called, 0));
        let (_, stated, place) = lock_entry::version(name, &base[start..])?;
        let span = version.place(start + place.start, start + place.end);
        self.declared.push(lock_entry::declared(called, name.to_owned(), stated, scope, span));
        Some(number(self.declared.len() - 1))
    }
}

/// What a value means.
enum Found {
    /// This package.
    Package(u32),
    /// The project's own code.
    Own,
    /// Something that has no entry.
    Nothing,
}

/// An entry of `packages` or `snapshots`.
#[derive(Default)]
struct Entry<'t> {
    name: Option<Text<'t>>,
    version: Option<Text<'t>>,
    repository: Option<(String, Option<String>)>,
    tarball: Option<String>,
    is_folder: bool,
    is_development: bool,
    is_optional: bool,
    needs: Vec<Need<'t>>,
}

impl<'t> Entry<'t> {
    fn read(&mut self, cursor: &mut Cursor<'t>) {
        while let Some(member) = cursor.key() {
            match member.value.as_ref() {
                "name" => self.name = cursor.text(),
                "version" => self.version = cursor.text(),
                "dev" => self.is_development = cursor.text().is_some_and(|text| text.value == "true"),
                "optional" => self.is_optional = cursor.text().is_some_and(|text| text.value == "true"),
                "resolution" => self.resolution(cursor),
                "dependencies" | "optionalDependencies" => {
                    if cursor.mapping() {
                        while let Some(name) = cursor.key() {
                            if let Some(version) = cursor.text() {
                                self.needs.push(Need { name: name.value, version: version.value });
                            }
                        }
                    }
                }
                _ => cursor.skip(),
            }
        }
    }

    fn resolution(&mut self, cursor: &mut Cursor<'t>) {
        if !cursor.mapping() {
            return;
        }
        let text = |cursor: &mut Cursor<'t>| cursor.text().map(|text| text.value.into_owned());
        let (mut repository, mut commit) = (None, None);
        while let Some(member) = cursor.key() {
            match member.value.as_ref() {
                "repo" => repository = text(cursor),
                "commit" => commit = text(cursor),
                "tarball" => self.tarball = text(cursor),
                "directory" => {
                    self.is_folder = true;
                    cursor.skip();
                }
                _ => cursor.skip(),
            }
        }
        self.repository = repository.map(|repository| (repository, commit));
    }

    /// What the entry states; `None` for the project's own code.
    fn declared(&self, key: &Text<'_>) -> Option<Declared> {
        if self.is_folder {
            return None;
        }
        let base = without_peers(&key.value);
        let (name, start) = parse(base).unwrap_or((base, base.len()));
        let written = &base[start..];
        let is_registry = NpmVersion::parse(written).is_ok();
        let span = key.place(start, base.len());
        let name = self.name.as_ref().map_or(name, |name| &name.value);
        let repository = self.repository.as_ref().filter(|_| !is_registry);
        let stated = if let Some((repository, commit)) = repository {
            let reference = commit.clone().map_or(GitReference::Default, GitReference::Revision);
            Stated::Source(Source::Git { repository: repository.clone(), reference })
        } else if is_registry {
            Stated::Locked(written.into())
        } else {
            let address = self.tarball.as_deref().unwrap_or(written);
            match (lock_entry::repository(name, address), &self.version) {
                (Some(repository), _) => repository,
                (None, Some(version)) => Stated::Locked(version.value.to_string()),
                (None, None) => lock_entry::version(name, address)?.1,
            }
        };
        let span = match &self.version {
            Some(version) if !is_registry => version.span,
            _ => span,
        };
        let scope = match self {
            Entry { is_optional: true, .. } => Scope::Optional,
            Entry { is_development: true, .. } => Scope::Development,
            _ => Scope::Runtime,
        };
        Some(lock_entry::declared(name, name.to_owned(), stated, scope, span))
    }
}

fn scope(section: &str) -> Option<Scope> {
    match section {
        "dependencies" => Some(Scope::Runtime),
        "optionalDependencies" => Some(Scope::Optional),
        "devDependencies" => Some(Scope::Development),
        _ => None,
    }
}

fn texts<'t>(cursor: &mut Cursor<'t>) -> HashMap<Cow<'t, str>, String> {
    let mut texts = HashMap::new();
    if cursor.mapping() {
        while let Some(name) = cursor.key() {
            if let Some(text) = cursor.text() {
                texts.insert(name.value, text.value.into_owned());
            }
        }
    }
    texts
}

/// Writes version 5's `specifiers` to what they belong to.
fn complete(uses: &mut [Use<'_>], folder: &str, specifiers: &HashMap<Cow<'_, str>, String>) {
    for used in uses.iter_mut().filter(|used| used.specifier.is_none() && used.folder == folder) {
        used.specifier = specifiers.get(&used.name).cloned();
    }
}

/// A key or value without the set of peers behind it: `(…)`, or `_…` behind a version of version 5, or a further `/…` in
/// older ones.
fn without_peers(key: &str) -> &str {
    let key = key.split_once('(').map_or(key, |(key, _)| key);
    let head = key.split('_').next().unwrap_or_default();
    if key.starts_with(|c: char| c.is_ascii_digit()) && NpmVersion::parse(head).is_ok() {
        return head;
    }
    let Some((_, start)) = parse(key).or(Some(("", 0))) else { return key };
    let version = &key[start..];
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return key;
    }
    let end = version.find(['_', '/']).unwrap_or(version.len());
    &key[..start + end]
}

/// The name in a key and where the version starts behind it: `/name/1.0.0`, `/name@1.0.0`, `name@1.0.0`, each with a scope or
/// not, the first also behind a registry's host. `None` for what is taken from elsewhere.
fn parse(key: &str) -> Option<(&str, usize)> {
    let offset = key.starts_with('/').then_some(1).or_else(|| {
        // `registry.example/name/1.0.0`
        let host = key.find('/').filter(|slash| key[..*slash].contains('.') && !key[..*slash].contains('@'));
        host.map(|slash| slash + 1)
    });
    let start = offset.unwrap_or(0);
    let rest = &key[start..];
    if let Some((name, version)) = split_name(rest)
        && (start <= 1 || rest[version..].starts_with(|c: char| c.is_ascii_digit()))
    {
        return Some((name, start + version));
    }
    offset?;
    let scope = if rest.starts_with('@') { rest.find('/')? + 1 } else { 0 };
    let slash = scope + rest[scope..].find('/')?;
    let is_version = rest[slash + 1..].starts_with(|c: char| c.is_ascii_digit());
    is_version.then(|| (&rest[..slash], start + slash + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_version_are_taken_apart() {
        for (key, name, version) in [
            ("/@s/n/0.10.3", "@s/n", "0.10.3"),
            ("/n/1.0.0-rc.1_a@1.0.0", "n", "1.0.0-rc.1"),
            ("/n/1.0.0/a@1.0.0", "n", "1.0.0"),
            ("registry.example/@s/n/1.0.0", "@s/n", "1.0.0"),
            ("/@s/n@0.10.3(a@1.0.0)(b@2.0.0)", "@s/n", "0.10.3"),
            ("@s/n@0.10.3", "@s/n", "0.10.3"),
            ("n@0.10.3(patch_hash=a_b)", "n", "0.10.3"),
            ("n@https://host.example/a/b_c", "n", "https://host.example/a/b_c"),
            ("n@file:a_b.tgz", "n", "file:a_b.tgz"),
        ] {
            let base = without_peers(key);
            assert_eq!(parse(base).map(|(name, start)| (name, &base[start..])), Some((name, version)), "{key}");
        }
        for key in ["github.com/u/r/0123abc", "file:a", "link:../a"] {
            assert_eq!(parse(key), None, "{key}");
        }
        assert_eq!(without_peers("1.0.0_a@1"), "1.0.0");
        assert_eq!(without_peers("github.com/u/r_s/0a"), "github.com/u/r_s/0a");
    }
}
