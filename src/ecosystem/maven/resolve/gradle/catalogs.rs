//! The version catalogs of a tree: those in files and those that settings scripts make.
//!
//! `-`, `_` and `.` in an alias are one in the accessors of scripts: `k8s-client` is `libs.k8s.client`.

use std::collections::HashMap;

use super::builds::{Builds, Project, is_script};
use super::values::At;
use crate::ecosystem::maven::gradle::{ALIAS, BUNDLES, CATALOG, VERSIONS};
use crate::ecosystem::maven::libs_versions_toml;
use crate::model::{self, Ecosystem, Effect, FileId, Files, Override};

/// The name of a catalog whose file does not tell.
const DEFAULT_NAME: &str = "libs";

/// A library of a catalog.
#[derive(Clone, Copy)]
pub(super) struct Library<'a> {
    /// The number of its catalog.
    catalog: usize,
    /// The file that holds it.
    pub(super) file: FileId,
    /// What it says.
    pub(super) entry: &'a Override,
}

/// All catalogs of a tree.
pub(super) struct Catalogs<'a> {
    by_name: HashMap<(String, String), Vec<usize>>,
    catalogs: Vec<Catalog<'a>>,
}

/// One catalog.
#[derive(Default)]
struct Catalog<'a> {
    number: usize,
    libraries: HashMap<String, Library<'a>>,
    bundles: HashMap<String, Vec<&'a str>>,
    versions: HashMap<String, At<'a>>,
    exact_versions: HashMap<&'a str, At<'a>>,
}

impl<'a> Catalogs<'a> {
    /// Finds the catalogs among all files.
    pub(super) fn new(files: &'a Files) -> Catalogs<'a> {
        let mut catalogs = Catalogs { by_name: HashMap::new(), catalogs: Vec::new() };
        let mut by_file: HashMap<FileId, usize> = HashMap::new();
        for (id, file) in files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == libs_versions_toml::FORMAT.id)
        {
            let mut catalog = Catalog { number: catalogs.catalogs.len(), ..Catalog::default() };
            catalog.fill(id, &file.reading.overrides, &file.reading.variables, "");
            by_file.insert(id, catalogs.catalogs.len());
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let name = name.strip_suffix(".versions.toml").unwrap_or(DEFAULT_NAME);
            let folder = model::folder(&file.path);
            let root =
                folder.strip_suffix("gradle").filter(|root| root.is_empty() || root.ends_with('/')).unwrap_or(folder);
            catalogs.name(root.trim_end_matches('/'), name, catalogs.catalogs.len());
            catalogs.catalogs.push(catalog);
        }
        for (id, file) in files.of(Ecosystem::Maven).filter(|(_, file)| is_script(file)) {
            let root = model::folder(&file.path);
            for include in &file.reading.includes {
                let Some(name) = include.identity.as_ref().and_then(|identity| identity.name.strip_prefix(CATALOG))
                else {
                    continue;
                };
                if let Some(index) = files.included(id, include).and_then(|file| by_file.get(&file)) {
                    catalogs.name(root, name, *index);
                }
            }
            let mut names: Vec<&str> = Vec::new();
            let overrides = file.reading.overrides.iter().filter_map(|change| change.then.condition.as_deref());
            for condition in
                overrides.chain(file.reading.variables.iter().filter_map(|variable| variable.condition.as_deref()))
            {
                if let Some(name) = condition.strip_prefix(CATALOG).and_then(|rest| rest.split(' ').next())
                    && !names.contains(&name)
                {
                    names.push(name);
                }
            }
            for name in names {
                let mut catalog = Catalog { number: catalogs.catalogs.len(), ..Catalog::default() };
                catalog.fill(id, &file.reading.overrides, &file.reading.variables, &format!("{CATALOG}{name} "));
                catalogs.name(root, name, catalogs.catalogs.len());
                catalogs.catalogs.push(catalog);
            }
        }
        catalogs
    }

    fn name(&mut self, root: &str, name: &str, index: usize) {
        let list = self.by_name.entry((root.to_owned(), name.to_owned())).or_default();
        if !list.contains(&index) {
            list.push(index);
        }
    }

    /// The catalogs that a project knows under a name.
    fn of<'c>(&'c self, builds: &Builds<'_>, project: &Project, name: &str) -> impl Iterator<Item = &'c Catalog<'a>> {
        let roots = builds.roots(project);
        let found = roots.into_iter().find_map(|root| self.by_name.get(&(root.to_owned(), name.to_owned())));
        found.into_iter().flatten().map(|index| &self.catalogs[*index])
    }

    /// The libraries that an accessor such as `libs.k8s.client` or `libs.bundles.k8s` stands for.
    pub(super) fn libraries(&self, builds: &Builds<'_>, project: &Project, accessor: &str) -> Vec<Library<'a>> {
        let Some((name, alias)) = accessor.split_once('.') else { return Vec::new() };
        let alias = normalised(alias);
        for catalog in self.of(builds, project, name) {
            if let Some(library) = catalog.libraries.get(&alias) {
                return vec![*library];
            }
            if let Some(bundle) = alias.strip_prefix("bundles.").and_then(|bundle| catalog.bundles.get(bundle)) {
                let aliases = bundle.iter().filter_map(|alias| catalog.libraries.get(&normalised(alias)));
                return aliases.copied().collect();
            }
        }
        Vec::new()
    }

    /// The version that an accessor such as `libs.versions.k8s` stands for.
    pub(super) fn version(&self, builds: &Builds<'_>, project: &Project, accessor: &str) -> Option<At<'a>> {
        let (name, rest) = accessor.split_once('.')?;
        let alias = normalised(rest.strip_prefix("versions.").unwrap_or(rest));
        self.of(builds, project, name).find_map(|catalog| catalog.versions.get(&alias)).copied()
    }

    /// The version that a library's `version.ref` names.
    pub(super) fn referenced(&self, library: Library<'a>, reference: &str) -> Option<At<'a>> {
        self.catalogs[library.catalog].exact_versions.get(reference).copied()
    }

    /// Every library of every catalog.
    pub(super) fn all(&self) -> impl Iterator<Item = Library<'a>> {
        self.catalogs.iter().flat_map(|catalog| catalog.libraries.values().copied())
    }
}

impl<'a> Catalog<'a> {
    fn fill(&mut self, file: FileId, overrides: &'a [Override], variables: &'a [model::Variable], prefix: &str) {
        for change in overrides.iter().filter(|change| change.effect == Effect::Manage) {
            let condition = change.then.condition.as_deref().and_then(|condition| condition.strip_prefix(prefix));
            if let Some(alias) = condition.and_then(|condition| condition.strip_prefix(ALIAS)) {
                let library = Library { catalog: self.number, file, entry: change };
                self.libraries.entry(normalised(alias)).or_insert(library);
            }
        }
        for variable in variables {
            match variable.condition.as_deref().and_then(|condition| condition.strip_prefix(prefix)) {
                Some(VERSIONS) => {
                    self.versions.entry(normalised(&variable.name)).or_insert((file, variable));
                    self.exact_versions.entry(&variable.name).or_insert((file, variable));
                }
                Some(BUNDLES) => self.bundles.entry(normalised(&variable.name)).or_default().push(&variable.value),
                _ => {}
            }
        }
    }
}

/// An alias as accessors have it.
fn normalised(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}
