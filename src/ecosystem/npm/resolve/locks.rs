//! Which lockfiles decide for a manifest, and which entry of one a dependency is.
//!
//! Traps:
//! - npm, Bun and Yarn 1 keep the lockfile beside the root of the workspace; one inside a member counts only where the root has
//!   none. Yarn 2 takes the nearest above. pnpm's lists the folders it is for; for Rush those are
//!   paths from `common/temp`, where it copies the lockfile to.
//! - npm-shrinkwrap.json hides package-lock.json in the same folder.
//! - Where lockfiles of several package managers lie side by side, `packageManager` decides; without it each may be the one.
//! - A lockfile that is broken or holds merge-conflict markers decides nothing.

use std::collections::{HashMap, HashSet};

use super::unit::{Manager, Owners, Tree};
use crate::ecosystem;
use crate::ecosystem::npm::package_json::PACKAGE_MANAGER;
use crate::ecosystem::npm::requirement::is_range;
use crate::ecosystem::npm::specifier;
use crate::ecosystem::npm::{bun_lock, bun_lockb, deno_lock, lock_entry, package_lock_json, pnpm_lock_yaml, yarn_lock};
use crate::ecosystem::repository::address;
use crate::model::{
    self, Declared, Ecosystem, File, FileId, Files, Grammar, Problem, ProblemKind, Reason, Root, Source, Stated, Why,
};

/// A lockfile and who writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// The file.
    pub file: FileId,
    /// Its package manager.
    pub manager: Manager,
}

/// The package manager whose lockfile a file is.
pub fn manager(file: &File) -> Option<Manager> {
    Some(match file.format.id {
        id if id == package_lock_json::FORMAT.id => Manager::Npm,
        id if id == yarn_lock::FORMAT.id && yarn_lock::is_berry(file.source.text()) => Manager::YarnBerry,
        id if id == yarn_lock::FORMAT.id => Manager::YarnClassic,
        id if id == pnpm_lock_yaml::FORMAT.id => Manager::Pnpm,
        id if id == bun_lock::FORMAT.id || id == bun_lockb::FORMAT.id => Manager::Bun,
        id if id == deno_lock::FORMAT.id => Manager::Deno,
        _ => return None,
    })
}

/// Why a lockfile decides nothing, if it is so.
pub fn unusable(file: &File) -> Option<Why> {
    let is_broken = |problem: &Problem| {
        let kinds = [ProblemKind::Syntax, ProblemKind::Template, ProblemKind::LfsPointer, ProblemKind::Binary];
        kinds.contains(&problem.kind)
    };
    if file.conflicted {
        let message = format!("`{}` holds merge-conflict markers, so no version of it is certain", file.path);
        return Some(Why::new(Reason::MergeConflict, message));
    }
    file.reading.problems.iter().any(is_broken).then(|| {
        let message = format!("`{}` is broken, so its package manager refuses it whole", file.path);
        Why::new(Reason::BrokenManifest, message)
    })
}

/// The lockfiles of a tree.
pub struct Locks<'a> {
    files: &'a Files,
    beside: HashMap<&'a str, Vec<Lock>>,
    of: HashMap<FileId, Vec<Lock>>,
    indexes: HashMap<FileId, Index<'a>>,
}

/// What manifests get from a lockfile.
#[derive(Default)]
struct Index<'a> {
    /// The manifests' folders from the root of the tree, as numbers.
    folders: HashMap<String, usize>,
    /// What those of a folder get, by what they call it.
    here: HashMap<(usize, &'a str), &'a Root>,
    /// What any manifest gets, by what it is called.
    anywhere: HashMap<&'a str, Vec<&'a Root>>,
}

impl<'a> Index<'a> {
    fn here(&self, folder: &str, name: &str) -> Option<&'a Root> {
        self.here.get(&(*self.folders.get(folder)?, name)).copied()
    }
}

impl<'a> Locks<'a> {
    /// Attaches the lockfiles of a tree to its manifests.
    pub fn new(files: &'a Files, tree: &Tree<'a>) -> Locks<'a> {
        let mut locks = Locks { files, beside: HashMap::new(), of: HashMap::new(), indexes: HashMap::new() };
        let mut importers: HashMap<String, Vec<Lock>> = HashMap::new();
        for (id, file) in files.of(Ecosystem::Npm) {
            let Some(manager) = manager(file) else { continue };
            let lock = Lock { file: id, manager };
            let folder = model::folder(&file.path);
            locks.beside.entry(folder).or_default().push(lock);
            let index = index(file);
            for folder in index.folders.keys() {
                importers.entry(folder.clone()).or_default().push(lock);
            }
            locks.indexes.insert(id, index);
        }
        for beside in locks.beside.values_mut() {
            if beside.iter().any(|lock| is_shrinkwrap(files.get(lock.file))) {
                beside.retain(|lock| lock.manager != Manager::Npm || is_shrinkwrap(files.get(lock.file)));
            }
            beside.sort();
        }
        for (manifest, owners) in tree.owners() {
            let of = locks.attached(*manifest, owners, &importers);
            locks.of.insert(*manifest, of);
        }
        locks
    }

    /// The lockfiles that decide for a manifest: one, or several where nothing tells which.
    pub fn of(&self, manifest: FileId) -> &[Lock] {
        self.of.get(&manifest).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every lockfile that something may be read from, with the manifests it decides for, in order. One that is hidden by
    /// another is left out.
    pub fn users(&self) -> Vec<(Lock, Vec<FileId>)> {
        let mut users: HashMap<Lock, Vec<FileId>> = HashMap::new();
        for (manifest, locks) in &self.of {
            for lock in locks {
                users.entry(*lock).or_default().push(*manifest);
            }
        }
        let folders: HashSet<&str> = self.of.keys().map(|id| model::folder(&self.files.get(*id).path)).collect();
        for (folder, locks) in &self.beside {
            if !folders.contains(folder) {
                for lock in locks {
                    users.entry(*lock).or_default();
                }
            }
        }
        let mut users: Vec<(Lock, Vec<FileId>)> = users.into_iter().collect();
        users.sort();
        for (_, manifests) in &mut users {
            manifests.sort_unstable();
        }
        users
    }

    /// Who installs what lies in a folder, as far as its lockfiles tell.
    pub fn manager(&self, manifest: FileId) -> Manager {
        match self.of(manifest) {
            [lock] => lock.manager,
            _ => Manager::Unknown,
        }
    }

    fn attached(&self, manifest: FileId, owners: &Owners, importers: &HashMap<String, Vec<Lock>>) -> Vec<Lock> {
        let own = model::folder(&self.files.get(manifest).path);
        let root = model::folder(&self.files.get(owners.root).path);
        let of = |folder: &str, manager: Manager| {
            self.beside.get(folder).into_iter().flatten().copied().filter(move |lock| lock.manager == manager)
        };
        let mut found: Vec<Lock> = Vec::new();
        for manager in [Manager::Npm, Manager::Bun, Manager::YarnClassic, Manager::Deno] {
            found.extend(of(root, manager));
        }
        let berry = model::ancestors(own).find_map(|folder| of(folder, Manager::YarnBerry).next());
        found.extend(berry.filter(|lock| self.lists(*lock, own)));
        let workspace = owners.pnpm.map(|file| model::folder(&self.files.get(file).path));
        let listing = importers.get(own).into_iter().flatten().copied().filter(|lock| lock.manager == Manager::Pnpm);
        let pnpm = workspace
            .and_then(|folder| of(folder, Manager::Pnpm).find(|lock| self.lists(*lock, own)))
            .or_else(|| of(own, Manager::Pnpm).next())
            .or_else(|| listing.min())
            .or_else(|| workspace.and_then(|folder| of(folder, Manager::Pnpm).next()));
        found.extend(pnpm);
        if found.is_empty() && own != root {
            found.extend(self.beside.get(own).into_iter().flatten());
        }
        found.sort();
        found.dedup();
        let stated = stated_manager(self.files.get(owners.root));
        if found.iter().any(|lock| stated.writes(lock.manager)) {
            found.retain(|lock| stated.writes(lock.manager));
        }
        found
    }

    /// Whether a lockfile is for a folder, as far as it names folders at all.
    fn lists(&self, lock: Lock, folder: &str) -> bool {
        let folders = &self.indexes[&lock.file].folders;
        folders.is_empty() || folders.contains_key(folder)
    }

    /// The folders of the manifests that a lockfile was written for, as far as it tells, and what each asked for.
    pub fn listed(&self, lock: Lock) -> impl Iterator<Item = (&str, u32)> {
        let index = &self.indexes[&lock.file];
        let mut folders = vec![""; index.folders.len()];
        for (folder, number) in &index.folders {
            folders[*number] = folder;
        }
        let listed = index.here.iter().filter(|(_, root)| root.requirement.is_some());
        listed.map(move |((folder, _), root)| (folders[*folder], root.package))
    }

    /// What a lockfile of Deno holds for imports anywhere, be it in sources.
    pub fn imported(&self, lock: Lock) -> impl Iterator<Item = u32> {
        let anywhere = self.indexes[&lock.file].anywhere.values().flatten();
        anywhere.filter(move |_| lock.manager == Manager::Deno).map(|root| root.package)
    }

    /// The entry of a lockfile that a manifest gets for `key`, where `stated` are the forms in which the lockfile may name what
    /// was asked for.
    pub fn find(&self, lock: Lock, folder: &str, key: &str, name: &str, stated: &[&Declared]) -> Option<u32> {
        let index = self.indexes.get(&lock.file)?;
        let at = |folder: &str| index.here(folder, key);
        let is_asked = |root: &Root, declared: &Declared| {
            let text = root.requirement.as_deref().unwrap_or_default();
            let specifier = specifier::read(&root.name, text);
            specifier.name == declared.name && specifier.stated == declared.stated
        };
        let root = match lock.manager {
            Manager::Npm => model::ancestors(folder).find_map(at)?,
            Manager::Pnpm | Manager::Bun => at(folder)?,
            Manager::YarnClassic | Manager::YarnBerry => {
                let roots = index.anywhere.get(key).map(Vec::as_slice).unwrap_or_default();
                let anywhere = |declared: &Declared| roots.iter().copied().find(|root| is_asked(root, declared));
                let here = || at(folder).filter(|root| stated.iter().any(|declared| is_asked(root, declared)));
                stated.iter().find_map(|declared| anywhere(declared)).or_else(here)?
            }
            Manager::Deno => {
                // Deno writes a range in its own way, and a package under its own name.
                let roots = index.anywhere.get(name).map(Vec::as_slice).unwrap_or_default();
                let is_alike = |root: &&&Root| {
                    let range = |text: &str| ecosystem::range(text, Grammar::Npm).ok();
                    let text = root.requirement.as_deref().unwrap_or_default();
                    stated.iter().any(|declared| match &declared.stated {
                        Stated::Requirement(asked, _) => asked == text || range(asked) == range(text),
                        _ => text.is_empty(),
                    })
                };
                let fits =
                    |root: &&&Root| stated.iter().any(|declared| fits(declared, self.package(lock, root.package)));
                roots.iter().find(is_alike).or_else(|| roots.iter().find(fits)).copied()?
            }
            Manager::Unknown => return None,
        };
        Some(root.package)
    }

    /// Whether a lockfile is bound to hold what the manifest of a folder asks for. That of pnpm and Bun lists the folders it is
    /// for, and Deno's need not hold what no source imports.
    pub fn is_for(&self, lock: Lock, folder: &str) -> bool {
        match lock.manager {
            Manager::Npm | Manager::YarnClassic | Manager::YarnBerry => true,
            Manager::Pnpm | Manager::Bun => self.indexes[&lock.file].folders.contains_key(folder),
            Manager::Deno | Manager::Unknown => false,
        }
    }

    /// The first entry of a lockfile of Yarn under a name, whatever was asked for.
    pub fn named(&self, lock: Lock, key: &str) -> Option<u32> {
        let roots = self.indexes.get(&lock.file)?.anywhere.get(key)?;
        roots.first().map(|root| root.package)
    }

    /// An entry of a lockfile.
    pub fn package(&self, lock: Lock, number: u32) -> &'a Declared {
        &self.files.get(lock.file).reading.declared[number as usize]
    }
}

fn is_shrinkwrap(file: &File) -> bool {
    file.path.ends_with("npm-shrinkwrap.json")
}

/// The package manager that a manifest asks for.
pub fn stated_manager(file: &File) -> Manager {
    let mut stated = file.reading.variables.iter().filter(|variable| variable.name == PACKAGE_MANAGER);
    stated.next().map_or(Manager::Unknown, |variable| Manager::named(&variable.value))
}

/// The folder to which Rush copies a lockfile before pnpm reads it, so that its paths start there.
fn rush_folder(path: &str) -> Option<String> {
    let is_below = |folder: &str, end: &str| folder == end || folder.ends_with(&format!("/{end}"));
    let folder = model::folder(path);
    if is_below(folder, "common/config/rush") {
        return model::join(folder, "../../temp");
    }
    let (above, subspace) = folder.rsplit_once('/')?;
    if is_below(above, "common/config/subspaces") {
        return model::join(above, &format!("../../temp/{subspace}"));
    }
    None
}

fn index(file: &File) -> Index<'_> {
    let mut index = Index::default();
    let folder = model::folder(&file.path);
    let installed_in = rush_folder(&file.path);
    for root in &file.reading.graph.roots {
        let Some(relative) = &root.folder else {
            index.anywhere.entry(root.name.as_str()).or_default().push(root);
            continue;
        };
        let moved = installed_in.as_ref().and_then(|folder| model::join(folder, relative));
        let Some(absolute) = moved.or_else(|| model::join(folder, relative)) else { continue };
        let count = index.folders.len();
        let number = *index.folders.entry(absolute).or_insert(count);
        index.here.entry((number, root.name.as_str())).or_insert(root);
    }
    index
}

/// Whether what is locked is what a statement asks for.
pub fn fits(declared: &Declared, locked: &Declared) -> bool {
    match (&declared.stated, &locked.stated) {
        (Stated::Requirement(text, _), Stated::Locked(version)) => {
            // Whatever a tag or `*` leads to is right.
            if !is_range(text) || matches!(text.trim(), "" | "*" | "x" | "X") {
                return true;
            }
            let version = ecosystem::version(Ecosystem::Npm, version);
            let range = ecosystem::range(text, Grammar::Npm);
            matches!((version, range), (Ok(version), Ok(range)) if range.contains(&version))
        }
        (Stated::Source(Source::Git { repository: a, .. }), Stated::Source(Source::Git { repository: b, .. })) => {
            address(a) == address(b)
        }
        // `#semver:` asks for a tag of a repository.
        (Stated::Requirement(..), Stated::Source(Source::Git { .. })) | (Stated::Nothing | Stated::Elsewhere(_), _) => {
            true
        }
        (Stated::Source(Source::Url(_)), Stated::Locked(_) | Stated::Source(_)) => true,
        (Stated::Source(Source::Path(path)), Stated::Locked(_)) => lock_entry::is_archive(path),
        (Stated::Source(a), Stated::Source(b)) => a == b,
        _ => false,
    }
}
