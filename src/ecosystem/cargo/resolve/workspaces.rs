//! Which files decide together: the workspace of a package, its lockfile, and the packages that are built with it (the Cargo
//! Book, "Workspaces").
//!
//! Traps:
//! - The root of a package is what `package.workspace` names, else the nearest manifest above with `[workspace]` that does not
//!   exclude it. `exclude` holds folders, not globs, and yields to a member that is named outright.
//! - Members are those that the globs name, the root's own package, and what they need by path inside the workspace.
//! - What lies below a root and is no member cannot be built there; it stands for itself, with the lockfile beside it. What it
//!   inherits still comes from that root.
//! - A package outside of every workspace that members need by path has no lockfile of its own: theirs decides.

use std::collections::{BTreeMap, HashMap, HashSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::super::cargo_lock;
use super::super::cargo_toml::{self, EXCLUDE, MEMBERS, WORKSPACE, WORKSPACE_DEPENDENCIES};
use crate::model::{self, Declared, Ecosystem, Effect, File, FileId, Files, Include, Override, Role, Source, Stated};

/// The name of the lockfile that Cargo itself reads.
const LOCKFILE: &str = "Cargo.lock";

/// Manifests that are built together.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// The manifests, the root's included where it is a package.
    pub(super) manifests: Vec<FileId>,
    /// The lockfile beside the root.
    pub(super) lock: Option<FileId>,
}

/// The manifests of a tree and how they belong together.
pub(super) struct Workspaces<'a> {
    files: &'a Files,
    manifests: BTreeMap<&'a str, FileId>,
    /// The root that each manifest inherits from, itself included.
    roots: HashMap<FileId, FileId>,
    /// The root whose member each manifest is.
    member_of: HashMap<FileId, FileId>,
    /// Members that their root names, and roots that are packages.
    named: HashSet<FileId>,
    /// The entries of `[workspace.dependencies]`, by file and key.
    entries: HashMap<(FileId, &'a str), &'a Override>,
    /// The patches and replacements, by file and crate.
    patches: HashMap<FileId, HashMap<&'a str, Vec<&'a Override>>>,
    /// The paths that dependencies name.
    paths: HashMap<Named<'a>, &'a Include>,
    /// By its root.
    pub(super) units: BTreeMap<FileId, Unit>,
    /// Lockfiles beside members, which Cargo disregards.
    pub(super) disregarded: HashSet<FileId>,
}

/// A dependency as its path is found by: its file, crate, requirement, and the condition of the path.
type Named<'a> = (FileId, &'a str, Option<&'a str>, Option<&'a str>);

/// What a root says of its members.
struct Config<'a> {
    folder: &'a str,
    globs: GlobSet,
    members: HashSet<String>,
    exclude: HashSet<String>,
}

impl<'a> Workspaces<'a> {
    pub(super) fn new(files: &'a Files) -> Workspaces<'a> {
        let mut found = Workspaces {
            files,
            manifests: BTreeMap::new(),
            roots: HashMap::new(),
            member_of: HashMap::new(),
            named: HashSet::new(),
            entries: HashMap::new(),
            patches: HashMap::new(),
            paths: HashMap::new(),
            units: BTreeMap::new(),
            disregarded: HashSet::new(),
        };
        let mut configs: BTreeMap<FileId, Config<'a>> = BTreeMap::new();
        for (id, file) in files.of(Ecosystem::Cargo).filter(|(_, file)| is_manifest(file)) {
            found.manifests.insert(model::folder(&file.path), id);
            for entry in &file.reading.overrides {
                match entry.effect {
                    Effect::Manage => {
                        found.entries.entry((id, &entry.name)).or_insert(entry);
                    }
                    Effect::Replace => {
                        found.patches.entry(id).or_default().entry(&entry.name).or_default().push(entry);
                    }
                    Effect::Exclude | Effect::Constrain | Effect::Force | Effect::Update | Effect::Remove => {}
                }
            }
            for include in file.reading.includes.iter().filter(|include| include.role == Role::Member) {
                if let Some(identity) = &include.identity {
                    let key = (id, identity.name.as_str(), identity.version.as_deref(), include.condition.as_deref());
                    found.paths.entry(key).or_insert(include);
                }
            }
            if values(file, WORKSPACE).next().is_some() {
                configs.insert(id, Config::new(file));
            }
        }
        let ids: Vec<FileId> = found.manifests.values().copied().collect();
        for id in &ids {
            if let Some(root) = found.root_of(*id, &configs) {
                found.roots.insert(*id, root);
            }
        }
        for (root, config) in &configs {
            found.gather(*root, config);
        }
        for id in ids {
            let root = found.member_of.get(&id).copied().unwrap_or(id);
            found.units.entry(root).or_default().manifests.push(id);
        }
        for root in configs.keys() {
            found.units.entry(*root).or_default();
        }
        found.attach_locks();
        found.take_in_guests();
        found
    }

    /// The root that a manifest inherits from.
    pub(super) fn root(&self, manifest: FileId) -> Option<FileId> {
        self.roots.get(&manifest).copied()
    }

    /// The entry of the table `[workspace.dependencies]` that a manifest means, and its file.
    pub(super) fn inherited(&self, manifest: FileId, key: &str) -> Option<(FileId, &'a Override)> {
        let root = self.root(manifest)?;
        let entry = self.entries.get(&(root, key))?;
        Some((root, entry))
    }

    /// The patches and replacements of a crate in a root.
    pub(super) fn patches(&self, root: FileId, name: &str) -> &[&'a Override] {
        self.patches.get(&root).and_then(|patches| patches.get(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The path that a dependency names; `condition` tells the tables apart.
    pub(super) fn path(&self, file: FileId, declared: &Declared, condition: Option<&str>) -> Option<&'a Include> {
        let requirement = match &declared.stated {
            Stated::Requirement(text, _) => Some(text.as_str()),
            Stated::Source(Source::Path(_)) => None,
            _ => return None,
        };
        self.paths.get(&(file, declared.name.as_str(), requirement, condition)).copied()
    }

    /// Whether a package is developed here rather than copied: a workspace names it, and the manifest `from` lies in that
    /// workspace's folder too.
    pub(super) fn is_own(&self, package: FileId, from: FileId) -> bool {
        let root = self.member_of.get(&package).copied().unwrap_or(package);
        let is_named = root == package || self.named.contains(&package);
        is_named && is_below(model::folder(&self.files.get(from).path), model::folder(&self.files.get(root).path))
    }

    /// What Cargo searches for: the workspace named in the manifest, its own table, then the folders above.
    fn root_of(&self, id: FileId, configs: &BTreeMap<FileId, Config<'a>>) -> Option<FileId> {
        let file = self.files.get(id);
        if configs.contains_key(&id) {
            return Some(id);
        }
        if let Some(include) = named_root(file) {
            return self.files.included(id, include).filter(|root| configs.contains_key(root));
        }
        let own = model::folder(&file.path);
        for folder in model::ancestors(own).skip(1) {
            let Some(above) = self.manifests.get(folder) else { continue };
            match configs.get(above) {
                Some(config) if !config.excludes(own) => return Some(*above),
                Some(_) => {}
                None => {
                    let root = named_root(self.files.get(*above));
                    let root = root.and_then(|include| self.files.included(*above, include));
                    if let Some(root) = root.filter(|root| configs.contains_key(root)) {
                        return Some(root);
                    }
                }
            }
        }
        None
    }

    /// Finds the members of a root.
    fn gather(&mut self, root: FileId, config: &Config<'a>) {
        let mut waiting: Vec<FileId> = Vec::new();
        if self.files.get(root).reading.identity.is_some() {
            waiting.push(root);
        }
        for (folder, id) in &self.manifests {
            // Whoever names the root means to be a member, even if the root forgot it.
            let names_root =
                || *id != root && named_root(self.files.get(*id)).is_some() && self.roots.get(id) == Some(&root);
            let is_named = config.names(folder) && !config.excludes(folder) || names_root();
            if is_named && self.roots.get(id).is_none_or(|other| *other == root) {
                waiting.push(*id);
            }
        }
        self.named.extend(&waiting);
        while let Some(id) = waiting.pop() {
            if self.member_of.contains_key(&id) {
                continue;
            }
            self.member_of.insert(id, root);
            for needed in self.needed_by_path(id) {
                let folder = model::folder(&self.files.get(needed).path);
                let is_of_root = self.roots.get(&needed) == Some(&root);
                let is_inside = is_below(folder, config.folder) && self.roots.get(&needed).is_none_or(|r| *r == root);
                if (is_inside || is_of_root) && !config.excludes(folder) {
                    waiting.push(needed);
                }
            }
        }
    }

    /// The manifests in the tree that a manifest needs by path.
    fn needed_by_path(&self, id: FileId) -> Vec<FileId> {
        let reading = &self.files.get(id).reading;
        let own = reading.includes.iter().filter(|include| include.condition.is_none() && include.role == Role::Member);
        let mut needed: Vec<FileId> = own.filter_map(|include| self.files.included(id, include)).collect();
        for declared in reading.declared.iter().filter(|declared| matches!(declared.stated, Stated::Elsewhere(_))) {
            if let Some((root, entry)) = self.inherited(id, &declared.name)
                && let Some(include) = self.path(root, &entry.then, Some(WORKSPACE_DEPENDENCIES))
            {
                needed.extend(self.files.included(root, include));
            }
        }
        needed
    }

    fn attach_locks(&mut self) {
        for (id, file) in self.files.of(Ecosystem::Cargo).filter(|(_, file)| is_lock(file)) {
            let Some(manifest) = self.manifests.get(model::folder(&file.path)) else { continue };
            match self.units.get_mut(manifest) {
                Some(unit) => unit.lock = Some(id),
                None => {
                    self.disregarded.insert(id);
                }
            }
        }
    }

    /// Moves packages that stand for themselves without a lockfile to the units with one that need them by path.
    fn take_in_guests(&mut self) {
        let hosts: Vec<FileId> = self.units.iter().filter(|(_, unit)| unit.lock.is_some()).map(|(id, _)| *id).collect();
        for host in hosts {
            let mut waiting = self.units[&host].manifests.clone();
            while let Some(id) = waiting.pop() {
                for guest in self.needed_by_path(id) {
                    let is_alone = !self.member_of.contains_key(&guest) && guest != host;
                    let stands = self.units.get(&guest).is_some_and(|unit| unit.lock.is_none());
                    if is_alone && stands {
                        self.units.remove(&guest);
                        if let Some(unit) = self.units.get_mut(&host) {
                            unit.manifests.push(guest);
                        }
                        waiting.push(guest);
                    }
                }
            }
        }
    }
}

impl<'a> Config<'a> {
    fn new(file: &'a File) -> Config<'a> {
        let folder = model::folder(&file.path);
        let paths = |name| values(file, name).filter_map(|path| model::join(folder, path)).collect();
        let mut globs = GlobSetBuilder::new();
        for glob in values(file, MEMBERS).filter_map(|glob| model::join(folder, glob)) {
            // The folder itself may hold characters that mean something in a glob.
            let glob = match glob.strip_prefix(folder) {
                Some(rest) => globset::escape(folder) + rest,
                None => glob,
            };
            if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                globs.add(glob);
            }
        }
        let globs = globs.build().unwrap_or_else(|_| GlobSet::empty());
        Config { folder, globs, members: paths(MEMBERS), exclude: paths(EXCLUDE) }
    }

    fn names(&self, folder: &str) -> bool {
        self.globs.is_match(folder) || self.members.contains(folder)
    }

    fn excludes(&self, folder: &str) -> bool {
        let is_in = |paths: &HashSet<String>| model::ancestors(folder).any(|folder| paths.contains(folder));
        is_in(&self.exclude) && !is_in(&self.members)
    }
}

/// What `package.workspace` names.
fn named_root(file: &File) -> Option<&Include> {
    file.reading.includes.iter().find(|include| include.role == Role::Parent)
}

/// The values of a variable, in the order of the file.
pub(super) fn values<'a>(file: &'a File, name: &'static str) -> impl Iterator<Item = &'a str> {
    let variables = file.reading.variables.iter().filter(move |variable| variable.name == name);
    variables.map(|variable| variable.value.as_str())
}

fn is_manifest(file: &File) -> bool {
    file.format.id == cargo_toml::FORMAT.id
}

fn is_lock(file: &File) -> bool {
    file.format.id == cargo_lock::FORMAT.id && file.path.rsplit('/').next() == Some(LOCKFILE)
}

/// Whether a folder is another one or lies in it.
fn is_below(folder: &str, other: &str) -> bool {
    other.is_empty() || folder.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
