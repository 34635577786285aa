//! Which files decide together: the project that a manifest belongs to, who manages it, and what its root says about other
//! packages.
//!
//! Traps:
//! - Only the root's overrides count. The root is the nearest manifest above whose workspace globs name the manifest's
//!   folder; for pnpm the globs stand in pnpm-workspace.yaml. A manifest that no root names is a root itself.
//! - Package managers read different sections; where none is named, every section is taken as meant.
//! - A later glob with `!` takes out what an earlier one took in.

use std::collections::{BTreeMap, HashMap};

use globset::{GlobBuilder, GlobMatcher};

use super::locks::{Locks, stated_manager};
use crate::ecosystem::npm::package_json::{self, BELOW, OVERRIDES, PNPM_OVERRIDES, RESOLUTIONS, WORKSPACES};
use crate::ecosystem::npm::{deno_json, pnpm_workspace_yaml, yarnrc_yml};
use crate::model::{self, Declared, Ecosystem, Effect, File, FileId, Files, Override};

/// The programs that install a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// npm.
    Npm,
    /// Bun.
    Bun,
    /// pnpm.
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn 2 and later.
    YarnBerry,
    /// Deno.
    Deno,
    /// Nothing in the tree tells.
    Unknown,
}

impl Manager {
    /// The package manager that a `packageManager` field names.
    pub fn named(text: &str) -> Manager {
        let (name, version) = text.split_once('@').unwrap_or((text, ""));
        match name {
            "npm" => Manager::Npm,
            "bun" => Manager::Bun,
            "pnpm" => Manager::Pnpm,
            "yarn" if version.starts_with("1.") || version.starts_with("0.") => Manager::YarnClassic,
            "yarn" if !version.is_empty() => Manager::YarnBerry,
            _ => Manager::Unknown,
        }
    }

    /// Whether it reads a section of overrides.
    fn reads(self, section: &str) -> bool {
        match self {
            Manager::Npm => section == OVERRIDES,
            Manager::Bun => section == OVERRIDES || section == RESOLUTIONS,
            Manager::Pnpm => section == PNPM_OVERRIDES || section == RESOLUTIONS,
            Manager::YarnClassic | Manager::YarnBerry => section == RESOLUTIONS,
            Manager::Deno => false,
            Manager::Unknown => true,
        }
    }

    /// Whether a lockfile of another's kind is its own: Yarn 2 still reads that of Yarn 1.
    pub fn writes(self, lock: Manager) -> bool {
        self == lock || self == Manager::YarnBerry && lock == Manager::YarnClassic
    }
}

/// An override or catalog entry and the file it stands in.
#[derive(Clone, Copy)]
pub struct Pin<'a> {
    /// The file.
    pub file: FileId,
    /// What it says.
    pub change: &'a Override,
}

impl<'a> Pin<'a> {
    /// The section of an override.
    pub fn section(&self) -> &'a str {
        self.path().next().unwrap_or_default()
    }

    /// The packages below which an override holds.
    pub fn parents(&self) -> impl Iterator<Item = &'a str> {
        self.path().skip(1)
    }

    fn path(&self) -> impl Iterator<Item = &'a str> {
        self.change.then.condition.as_deref().unwrap_or_default().split(BELOW)
    }
}

/// A root and what it decides for its members.
pub struct Unit<'a> {
    /// The root's manifest.
    pub root: FileId,
    /// Who installs it.
    pub manager: Manager,
    overrides: HashMap<&'a str, Vec<Pin<'a>>>,
    catalogs: HashMap<(&'a str, &'a str), Pin<'a>>,
    declared: HashMap<&'a str, &'a Declared>,
    pins: Vec<Pin<'a>>,
}

impl<'a> Unit<'a> {
    /// The overrides of the dependency called `key`, in the order of the files.
    pub fn overrides(&self, key: &str) -> &[Pin<'a>] {
        self.overrides.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entry of a catalog; the empty name is the default one.
    pub fn catalog(&self, catalog: &str, key: &str) -> Option<Pin<'a>> {
        let find = |label: &str| self.catalogs.get(&(label, key)).copied();
        match catalog {
            "" | "default" => find("catalog").or_else(|| find("catalogs.default")),
            name => find(&format!("catalogs.{name}")),
        }
    }

    /// What the root itself declares for `key`, in npm's order for `$key`.
    pub fn declared(&self, key: &str) -> Option<&'a Declared> {
        self.declared.get(key).copied()
    }

    /// Every override and catalog entry that its manager reads.
    pub fn pins(&self) -> &[Pin<'a>] {
        &self.pins
    }
}

/// What a dependency is called: the name before an alias where it is one.
pub fn key(declared: &Declared) -> &str {
    let alias = declared.condition.as_deref().and_then(|condition| condition.strip_prefix(package_json::ALIAS));
    alias.unwrap_or(&declared.name)
}

/// The files that decide for a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owners {
    /// The root's manifest, which may be the manifest itself; the workspace file where no manifest stands beside it.
    pub root: FileId,
    /// The nearest pnpm-workspace.yaml.
    pub pnpm: Option<FileId>,
    yarnrc: Option<FileId>,
}

/// All manifests of a tree by folder and by name.
pub struct Tree<'a> {
    files: &'a Files,
    manifests: HashMap<&'a str, FileId>,
    pnpm: HashMap<&'a str, FileId>,
    yarnrc: HashMap<&'a str, FileId>,
    imports: Vec<FileId>,
    named: HashMap<&'a str, Vec<FileId>>,
    globs: HashMap<FileId, Vec<(bool, GlobMatcher)>>,
    owners: BTreeMap<FileId, Owners>,
}

impl<'a> Tree<'a> {
    /// Sorts the files of a tree.
    pub fn new(files: &'a Files) -> Tree<'a> {
        let mut tree = Tree {
            files,
            manifests: HashMap::new(),
            pnpm: HashMap::new(),
            yarnrc: HashMap::new(),
            imports: Vec::new(),
            named: HashMap::new(),
            globs: HashMap::new(),
            owners: BTreeMap::new(),
        };
        for (id, file) in files.of(Ecosystem::Npm) {
            let folder = model::folder(&file.path);
            if file.format.id == package_json::FORMAT.id {
                tree.manifests.insert(folder, id);
                if let Some(identity) = &file.reading.identity {
                    tree.named.entry(identity.name.as_str()).or_default().push(id);
                }
            } else if file.format.id == pnpm_workspace_yaml::FORMAT.id {
                tree.pnpm.insert(folder, id);
            } else if file.format.id == yarnrc_yml::FORMAT.id {
                tree.yarnrc.insert(folder, id);
            } else if file.format.id == deno_json::FORMAT.id {
                tree.imports.push(id);
            }
            let globs = globs(file);
            if !globs.is_empty() {
                tree.globs.insert(id, globs);
            }
        }
        let manifests = tree.manifests.iter().map(|(folder, id)| (*id, tree.owners_in(folder, *id)));
        let alone = tree.pnpm.iter().chain(&tree.yarnrc).filter(|(folder, _)| !tree.manifests.contains_key(*folder));
        let imports =
            tree.imports.iter().map(|id| (*id, Owners { root: tree.imports_root(*id), pnpm: None, yarnrc: None }));
        tree.owners =
            alone.map(|(folder, id)| (*id, tree.owners_in(folder, *id))).chain(manifests).chain(imports).collect();
        tree
    }

    /// Every manifest, and every workspace file without one beside it, with the files that decide for it.
    pub fn owners(&self) -> &BTreeMap<FileId, Owners> {
        &self.owners
    }

    /// The manifests of packages called `name`.
    pub fn named(&self, name: &str) -> &[FileId] {
        self.named.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The manifest in a folder.
    pub fn manifest(&self, folder: &str) -> Option<FileId> {
        self.manifests.get(folder).copied()
    }

    fn owners_in(&self, own: &str, manifest: FileId) -> Owners {
        let nearest =
            |files: &HashMap<&str, FileId>| model::ancestors(own).find_map(|folder| files.get(folder).copied());
        Owners { root: self.root(own, manifest), pnpm: nearest(&self.pnpm), yarnrc: nearest(&self.yarnrc) }
    }

    /// The deno.json whose workspace names that of a folder.
    fn imports_root(&self, id: FileId) -> FileId {
        let folder = |id: FileId| model::folder(&self.files.get(id).path);
        let own = folder(id);
        let names = |other: &FileId| {
            let globs = self.globs.get(other);
            *other != id
                && is_above(folder(*other), own)
                && globs.is_some_and(|globs| is_member(globs, below(folder(*other), own)))
        };
        let roots = self.imports.iter().copied().filter(names);
        roots.max_by_key(|other| folder(*other).len()).unwrap_or(id)
    }

    fn root(&self, own: &str, manifest: FileId) -> FileId {
        for folder in model::ancestors(own) {
            let holders = [self.pnpm.get(folder), self.manifests.get(folder)];
            for holder in holders.into_iter().flatten() {
                let Some(globs) = self.globs.get(holder) else { continue };
                if folder == own || is_member(globs, below(folder, own)) {
                    return self.manifests.get(folder).copied().unwrap_or(*holder);
                }
            }
        }
        manifest
    }

    /// What the owners say.
    pub fn unit(&self, owners: Owners, locks: &Locks<'a>) -> Unit<'a> {
        let root = self.files.get(owners.root);
        let manager = manager(owners, root, locks);
        let mut unit = Unit {
            root: owners.root,
            manager,
            overrides: HashMap::new(),
            catalogs: HashMap::new(),
            declared: HashMap::new(),
            pins: Vec::new(),
        };
        let beside = [owners.pnpm, owners.yarnrc].into_iter().flatten().filter(|file| *file != owners.root);
        for file in std::iter::once(owners.root).chain(beside) {
            // The overrides in a pnpm-workspace.yaml above hold only for its members.
            let is_owner = model::folder(&self.files.get(file).path) == model::folder(&root.path);
            for change in &self.files.get(file).reading.overrides {
                let pin = Pin { file, change };
                match change.effect {
                    Effect::Manage => {
                        let label = change.then.condition.as_deref().unwrap_or_default();
                        unit.catalogs.entry((label, &change.name)).or_insert(pin);
                    }
                    Effect::Force | Effect::Exclude if is_owner && manager.reads(pin.section()) => {
                        unit.overrides.entry(&change.name).or_default().push(pin);
                    }
                    _ => continue,
                }
                if is_owner {
                    unit.pins.push(pin);
                }
            }
        }
        for declared in root.reading.declared.iter().rev() {
            let known = unit.declared.entry(key(declared)).or_insert(declared);
            if rank(declared) < rank(known) {
                *known = declared;
            }
        }
        unit
    }
}

/// Who installs a project: whom its root asks for, else whose lockfile, else whose other files lie beside it.
fn manager(owners: Owners, root: &File, locks: &Locks<'_>) -> Manager {
    let stated = stated_manager(root);
    let stated = if stated == Manager::Unknown { locks.manager(owners.root) } else { stated };
    match (stated, owners.pnpm, owners.yarnrc) {
        (Manager::Unknown, Some(_), None) => Manager::Pnpm,
        (Manager::Unknown, None, Some(_)) => Manager::YarnBerry,
        (stated, _, _) => stated,
    }
}

/// npm looks a `$name` up in this order of sections.
fn rank(declared: &Declared) -> u8 {
    match declared.scope {
        model::Scope::Development => 0,
        model::Scope::Optional => 1,
        model::Scope::Runtime => 2,
        _ => 3,
    }
}

fn globs(file: &File) -> Vec<(bool, GlobMatcher)> {
    let globs = file.reading.variables.iter().filter(|variable| variable.name == WORKSPACES);
    globs
        .filter_map(|variable| {
            let (takes_in, glob) = match variable.value.strip_prefix('!') {
                Some(glob) => (false, glob),
                None => (true, variable.value.as_str()),
            };
            let glob = glob.trim_start_matches("./").trim_matches('/');
            let glob = GlobBuilder::new(glob).literal_separator(true).build().ok()?;
            Some((takes_in, glob.compile_matcher()))
        })
        .collect()
}

fn is_member(globs: &[(bool, GlobMatcher)], folder: &str) -> bool {
    globs.iter().rev().find(|(_, glob)| glob.is_match(folder)).is_some_and(|(takes_in, _)| *takes_in)
}

/// A folder as a path from one above it.
fn below<'a>(above: &str, folder: &'a str) -> &'a str {
    folder.strip_prefix(above).unwrap_or(folder).trim_start_matches('/')
}

/// Whether one folder is another or lies above it.
pub fn is_above(above: &str, folder: &str) -> bool {
    model::ancestors(folder).any(|ancestor| ancestor == above)
}
