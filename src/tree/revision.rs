//! The files of one revision, read from git's objects: no checkout, no `git` command, nothing is written or fetched.
//!
//! A file has the path that it would have if the revision were checked out at the top of the repository. Nothing is at that
//! path: the file system is asked for git's own data only.
//!
//! Traps:
//! - A repository's configuration can name programs to run (filters, hooks, a pager, credentials). None of that code is
//!   built in, and the user's and the system's settings are not read at all.
//! - Objects can be missing: a shallow clone lacks old commits, a partial one the content of files. What is missing is not
//!   fetched; it is said.
//! - Ten folders that hold each other's objects ten times over are ten thousand million files. The walk stops at a limit, and
//!   an object is never made larger in memory than the largest file that is read.
//! - A name in a tree can be `..` or hold a slash. Such an entry is none.
//! - Replaced objects (`refs/replace`) are read as they were, so that a clone's own settings change no verdict.
//! - A repository can borrow its objects from another (`objects/info/alternates`), and then shows what its owner perhaps could
//!   not read. git refuses repositories of other users (`safe.directory`), since it would run what their settings name; here
//!   nothing is run, and only those are refused that borrow.
//! - A submodule is a commit of another repository. What it holds is not known here.

mod resolve;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::objs::tree::EntryKind;
use gix::objs::{Kind as ObjectKind, TreeRefIter};
use gix::{ObjectId, Repository, ThreadSafeRepository};

use super::{Kind, Located, NoRevision, Unread, too_large};
use crate::model::ProblemKind;

/// Most bytes of any object.
const MAX_OBJECT: u64 = 256 * 1024 * 1024;

/// Most bytes of all files together.
const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Most links on the way to a file, as Linux has it.
const MAX_LINKS: usize = 40;

/// Most bytes of a link's target.
const MAX_TARGET: u64 = 4096;

/// The tree of a commit.
#[derive(Debug)]
pub struct Revision {
    top: PathBuf,
    commit: ObjectId,
    root: ObjectId,
    shared: ThreadSafeRepository,
    /// Handles that no thread uses at present; each has caches of its own.
    idle: Mutex<Vec<Repository>>,
    folders: Mutex<HashMap<ObjectId, Listing>>,
    bytes: AtomicU64,
    troubles: Mutex<Troubles>,
}

/// How many objects could not be read, and what was wrong with the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// How many.
    pub count: usize,
    /// The first one's sentence.
    pub first: String,
}

/// What is right inside a folder, by name; or why that cannot be told.
type Listing = Arc<Result<Vec<Item>, Unread>>;

#[derive(Debug)]
struct Item {
    name: OsString,
    kind: Kind,
    id: ObjectId,
}

impl Revision {
    /// Opens a revision of the repository whose work tree begins at a folder, or that a folder is.
    ///
    /// # Errors
    /// [`NoRevision`] says what is missing, and how to get it.
    pub(super) fn open(top: &Path, revision: &str) -> Result<Revision, NoRevision> {
        Revision::opened(top, |repository| resolve::single(repository, revision))
    }

    /// Opens the state before a change that led to another revision of that repository, or to `HEAD`.
    ///
    /// # Errors
    /// [`NoRevision`] says what is missing, and how to get it.
    pub(super) fn open_base(top: &Path, revision: &str, head: Option<&Revision>) -> Result<Revision, NoRevision> {
        Revision::opened(top, |repository| resolve::before(repository, revision, head.map(|head| head.commit)))
    }

    fn opened(
        top: &Path,
        resolve: impl FnOnce(&Repository) -> Result<ObjectId, NoRevision>,
    ) -> Result<Revision, NoRevision> {
        // A repository of somebody else (a volume in a container) is no less one: its settings tell where to fetch from and
        // how its objects are named, and nothing that they name is run.
        let options = gix::open::Options::isolated().filter_config_section(|_| true).config_overrides([
            format!("gitoxide.objects.allocLimit={MAX_OBJECT}"),
            "core.useReplaceRefs=false".to_owned(),
        ]);
        let shared = options.open(top).map_err(|error| {
            NoRevision(format!("the git repository `{}` cannot be read: {}", top.display(), error.probable_cause()))
        })?;
        stays_inside(&shared)?;
        let repository = shared.to_thread_local();
        let commit = resolve(&repository)?;
        let root = resolve::tree_of(&repository, commit)?;
        let opened = Revision {
            top: top.to_owned(),
            commit,
            root,
            shared,
            idle: Mutex::new(vec![repository]),
            folders: Mutex::default(),
            bytes: AtomicU64::new(0),
            troubles: Mutex::default(),
        };
        match &*opened.listing(root) {
            Ok(_) => Ok(opened),
            Err(why) => Err(NoRevision(format!(
                "the files of commit `{commit}` are not in this clone: {}; {}",
                why.message,
                opened.how_to_get_files()
            ))),
        }
    }

    /// How to get what a clone has left out of the commit's files.
    pub fn how_to_get_files(&self) -> String {
        let repository = self.handle();
        let advice = resolve::get_files(&repository, self.commit);
        self.give_back(repository);
        advice
    }

    /// The top of the repository.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The commit's name, all digits of it.
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// What could not be read so far.
    pub fn troubles(&self) -> Troubles {
        lock(&self.troubles).clone()
    }

    /// What is at a path, its last part not followed if it is a link.
    pub fn kind(&self, path: &Path) -> Option<Kind> {
        self.find(path).map(|(kind, _)| kind)
    }

    /// The submodule in which a path lies, and the commit of it that the revision names.
    pub fn submodule(&self, path: &Path) -> Option<(PathBuf, String)> {
        let (mut above, mut id) = (self.top.clone(), self.root);
        for name in path.strip_prefix(&self.top).ok()? {
            let (kind, child) = self.child(id, name)?;
            above.push(name);
            match kind {
                Kind::Folder => id = child,
                Kind::Other => return Some((above, child.to_string())),
                Kind::File | Kind::Link => return None,
            }
        }
        None
    }

    /// The paths right inside a folder, and what they are.
    ///
    /// # Errors
    /// [`Unread`] if the folder's object is missing or damaged.
    pub fn entries(&self, folder: &Path) -> Result<Vec<(PathBuf, Kind)>, Unread> {
        let Some((Kind::Folder, id)) = self.find(folder) else { return Ok(Vec::new()) };
        match &*self.listing(id) {
            Ok(items) => Ok(items.iter().map(|item| (folder.join(&item.name), item.kind)).collect()),
            Err(why) => Err(why.clone()),
        }
    }

    /// Where a path leads once all links are followed, wherever in the repository that is.
    pub(super) fn follow(&self, path: &Path) -> Located {
        match self.reach(path) {
            Ok(path) => Located::Inside(self.top.join(path)),
            Err(located) => located,
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`Unread`] if it is no file, is larger, or its object is missing or damaged.
    pub(super) fn read(&self, real: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
        match self.find(real) {
            Some((Kind::File, id)) => self.blob(id, limit),
            Some((Kind::Folder, _)) => Err(Unread::new(ProblemKind::NotAFile, "a folder has the name of a manifest")),
            Some((Kind::Link | Kind::Other, _)) => {
                Err(Unread::new(ProblemKind::NotAFile, "it is no file; it is not read"))
            }
            None => Err(Unread::new(ProblemKind::Unreadable, "the revision has no such file")),
        }
    }

    fn blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, Unread> {
        let repository = self.handle();
        let header = repository.try_find_header(id);
        let read = match header {
            Ok(Some(header)) if header.kind() != ObjectKind::Blob => Err(damaged("it is no file's")),
            Ok(Some(header)) if header.size() > limit => return Err(too_large(limit)),
            Ok(Some(header)) => {
                if self.bytes.fetch_add(header.size(), Ordering::Relaxed) > MAX_BYTES {
                    let message = format!("not read, since no more than {} GiB of a revision are", MAX_BYTES >> 30);
                    return Err(Unread::new(ProblemKind::Limit, message));
                }
                repository
                    .find_object(id)
                    .map(|object| object.detach().data)
                    .map_err(|error| damaged(&error.to_string()))
            }
            Ok(None) => Err(missing()),
            Err(error) => Err(damaged(&error.to_string())),
        };
        self.give_back(repository);
        read.inspect_err(|why| self.note(why))
    }

    fn listing(&self, id: ObjectId) -> Listing {
        if let Some(listing) = lock(&self.folders).get(&id) {
            return Arc::clone(listing);
        }
        let repository = self.handle();
        let listing = list(&repository, id);
        self.give_back(repository);
        if let Err(why) = &listing {
            self.note(why);
        }
        let listing = Arc::new(listing);
        lock(&self.folders).insert(id, Arc::clone(&listing));
        listing
    }

    fn find(&self, path: &Path) -> Option<(Kind, ObjectId)> {
        let (mut kind, mut id) = (Kind::Folder, self.root);
        for name in path.strip_prefix(&self.top).ok()? {
            if kind != Kind::Folder {
                return None;
            }
            (kind, id) = self.child(id, name)?;
        }
        Some((kind, id))
    }

    fn child(&self, folder: ObjectId, name: &OsStr) -> Option<(Kind, ObjectId)> {
        let listing = self.listing(folder);
        let items = listing.as_ref().as_ref().ok()?;
        let index = items.binary_search_by(|item| item.name.as_os_str().cmp(name)).ok()?;
        Some((items[index].kind, items[index].id))
    }

    /// That path from the top.
    fn reach(&self, path: &Path) -> Result<PathBuf, Located> {
        let Ok(relative) = path.strip_prefix(&self.top) else { return Err(Located::Outside) };
        // What is still to be walked, the next part last.
        let mut ahead: Vec<OsString> = relative.iter().rev().map(OsStr::to_owned).collect();
        let mut behind: Vec<(OsString, Kind, ObjectId)> = Vec::new();
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            let (kind, id) = behind.last().map_or((Kind::Folder, self.root), |(_, kind, id)| (*kind, *id));
            if kind != Kind::Folder {
                return Err(Located::Missing);
            }
            if name == ".." {
                behind.pop().ok_or(Located::Outside)?;
                continue;
            }
            let (kind, id) = self.child(id, &name).ok_or(Located::Missing)?;
            if kind != Kind::Link {
                behind.push((name, kind, id));
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Located::Missing);
            }
            let target = self.blob(id, MAX_TARGET).map_err(|_| Located::Missing)?;
            let target = PathBuf::from(name_of(&target));
            for part in target.components().rev() {
                match part {
                    Component::Normal(name) => ahead.push(name.to_owned()),
                    Component::ParentDir => ahead.push("..".into()),
                    Component::CurDir => {}
                    Component::RootDir | Component::Prefix(_) => return Err(Located::Outside),
                }
            }
        }
        // Nothing of another repository is here.
        if behind.last().is_some_and(|(_, kind, _)| *kind == Kind::Other) {
            return Err(Located::Missing);
        }
        Ok(behind.iter().map(|(name, ..)| name).collect())
    }

    /// A handle for this thread alone, until it is given back.
    fn handle(&self) -> Repository {
        lock(&self.idle).pop().unwrap_or_else(|| self.shared.to_thread_local())
    }

    fn give_back(&self, repository: Repository) {
        lock(&self.idle).push(repository);
    }

    fn note(&self, why: &Unread) {
        if why.kind == ProblemKind::Unreadable {
            let mut troubles = lock(&self.troubles);
            if troubles.count == 0 {
                troubles.first.clone_from(&why.message);
            }
            troubles.count += 1;
        }
    }
}

/// A repository of somebody else may not name objects elsewhere, which that somebody perhaps cannot read and this user can.
fn stays_inside(shared: &ThreadSafeRepository) -> Result<(), NoRevision> {
    let repository = shared.to_thread_local();
    let folder = repository.common_dir();
    if gix::sec::identity::is_path_owned_by_current_user(folder).unwrap_or(false) {
        return Ok(());
    }
    let objects = folder.join("objects");
    let real = (folder.canonicalize(), objects.canonicalize());
    let is_inside = matches!(real, (Ok(folder), Ok(objects)) if objects.starts_with(&folder));
    if is_inside && !objects.join("info/alternates").exists() {
        return Ok(());
    }
    Err(NoRevision(format!(
        "the git repository `{}` belongs to another user and borrows its objects from elsewhere; it is not read",
        folder.display()
    )))
}

/// What a tree's object holds; entries that no file system could have are left out.
fn list(repository: &Repository, id: ObjectId) -> Result<Vec<Item>, Unread> {
    let object = match repository.try_find_object(id) {
        Ok(Some(object)) if object.kind == ObjectKind::Tree => object,
        Ok(Some(_)) => return Err(damaged("it is no folder's")),
        Ok(None) => return Err(missing()),
        Err(error) => return Err(damaged(&error.to_string())),
    };
    let mut items = Vec::new();
    for entry in TreeRefIter::from_bytes(&object.data, repository.object_hash()) {
        let entry = entry.map_err(|error| damaged(&error.to_string()))?;
        let name = name_of(entry.filename);
        let is_name = Path::new(&name).components().eq([Component::Normal(&name)]) && !entry.filename.contains(&b'/');
        let kind = match entry.mode.kind() {
            EntryKind::Tree => Kind::Folder,
            EntryKind::Blob | EntryKind::BlobExecutable => Kind::File,
            EntryKind::Link => Kind::Link,
            EntryKind::Commit => Kind::Other,
        };
        if is_name {
            items.push(Item { name, kind, id: entry.oid.to_owned() });
        }
    }
    items.sort_by(|a, b| a.name.cmp(&b.name));
    items.dedup_by(|a, b| a.name == b.name);
    Ok(items)
}

#[cfg(unix)]
fn name_of(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn name_of(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn missing() -> Unread {
    Unread::new(ProblemKind::Unreadable, "its object is not in this clone, and nothing is fetched")
}

fn damaged(why: &str) -> Unread {
    Unread::new(ProblemKind::Unreadable, format!("its object in the git repository is damaged: {why}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
