//! Where files come from: folders of the file system, or of a revision in a git repository, seen as paths from one base.
//! Everything above knows a file by its path from the base and its bytes.
//!
//! Traps:
//! - A manifest's name can belong to a folder, a named pipe or a device; opening a pipe waits for ever. So a file is looked
//!   at first, opened without waiting where that can be asked for, and looked at again once it is open.
//! - A link, or a path with `..` in a manifest, can lead out of what was asked for. Only what lies in one of the given
//!   folders after all links are resolved is read.
//! - A file can grow or vanish between two looks; nothing is mapped into memory, and no more than the limit is read.

#[cfg(feature = "git")]
mod revision;
#[cfg(not(feature = "git"))]
#[path = "tree/no_revision.rs"]
mod revision;

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

pub use revision::{Revision, Troubles};

use crate::model::ProblemKind;

/// Whether revisions of git repositories can be read: whether that is built in.
pub const READS_REVISIONS: bool = cfg!(feature = "git");

/// The folders that may be read, and the base from which paths are counted.
#[derive(Debug)]
pub struct Tree {
    base: PathBuf,
    name: String,
    here: String,
    roots: Vec<PathBuf>,
    store: Store,
}

/// What holds the files.
#[derive(Debug)]
enum Store {
    /// The file system.
    Disk,
    /// A revision; paths are as if it were checked out.
    Revision(Box<Revision>),
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A link.
    Link,
    /// A folder.
    Folder,
    /// A pipe, socket or device; in a revision a submodule.
    Other,
}

/// What an argument of a run names, all links in it resolved but for a file that is itself one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A folder, to be walked.
    Folder(PathBuf),
    /// Anything else, to be read as it is.
    File(PathBuf),
}

/// An argument that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing of that name.
    Missing(String),
    /// It is there and may not be looked at; the second text says why.
    Unreadable(String, String),
    /// The revision is not to be had.
    Revision(NoRevision),
}

/// Why a revision is not to be had, and what to do: a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRevision(pub String);

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The kind of problem that this is.
    pub kind: ProblemKind,
    /// What is wrong, for people.
    pub message: String,
}

/// A place in the tree and what is there.
#[derive(Debug, PartialEq, Eq)]
pub enum Located {
    /// A file or folder inside, by its path without links.
    Inside(PathBuf),
    /// Nothing.
    Missing,
    /// Something that lies in none of the folders that may be read.
    Outside,
}

impl Tree {
    /// The tree that a run's arguments span, and what each of them names. A file that is named may take in others from the
    /// git repository it lies in, else from the current folder if it lies in that, else from its own.
    ///
    /// # Errors
    /// [`Refusal`] for the first argument that is missing or may not be looked at.
    pub fn open(arguments: &[PathBuf]) -> Result<(Tree, Vec<Argument>), Refusal> {
        let current = std::env::current_dir().and_then(std::fs::canonicalize).ok();
        let mut roots: Vec<PathBuf> = Vec::new();
        let mut found = Vec::new();
        for argument in arguments {
            let (named, root) = resolve(argument, current.as_deref())?;
            if !roots.contains(&root) {
                roots.push(root);
            }
            found.push(named);
        }
        Ok((Tree::spanning(arguments, &found, roots, current.as_deref(), Store::Disk), found))
    }

    /// The tree that a run's arguments span in a revision, and what each of them names there; they need not be checked out.
    ///
    /// # Errors
    /// [`Refusal`] if the revision is not to be had, or for the first argument that is missing in it.
    pub fn at(arguments: &[PathBuf], revision: &str) -> Result<(Tree, Vec<Argument>), Refusal> {
        let current = std::env::current_dir().and_then(std::fs::canonicalize).ok();
        let places: Vec<PathBuf> = arguments.iter().map(|argument| place(argument, current.as_deref())).collect();
        let top = common_top(&places).map_err(Refusal::Revision)?;
        let revision = Revision::open(&top, revision).map_err(Refusal::Revision)?;
        let mut roots: Vec<PathBuf> = Vec::new();
        let mut found = Vec::new();
        for (argument, place) in arguments.iter().zip(&places) {
            let named = named(&revision, place).ok_or_else(|| Refusal::Missing(given(argument)))?;
            let root = match &named {
                Argument::Folder(folder) => folder.clone(),
                Argument::File(_) => top.clone(),
            };
            if !roots.contains(&root) {
                roots.push(root);
            }
            found.push(named);
        }
        let store = Store::Revision(Box::new(revision));
        Ok((Tree::spanning(arguments, &found, roots, current.as_deref(), store), found))
    }

    /// The same places before the change, in the repository they lie in, as far as they were there.
    ///
    /// The state before the change is where a revision and this tree (or `HEAD`) have parted, as in `git diff REV...`: what
    /// others have mended or broken since is none of the change. Where the history that would show it is not there, in a
    /// shallow clone, it is the revision itself; so it is for `REV..`, and for `ONE...OTHER` it is where those have parted.
    ///
    /// # Errors
    /// [`NoRevision`] if there is not one repository, or not the revision.
    pub fn before(&self, arguments: &[Argument], revision: &str) -> Result<(Tree, Vec<Argument>), NoRevision> {
        let revision = match &self.store {
            Store::Disk => Revision::open_base(&common_top(&self.roots)?, revision, None)?,
            Store::Revision(head) => Revision::open_base(head.top(), revision, Some(head))?,
        };
        let mut found = arguments.to_vec();
        found.retain(|argument| match argument {
            Argument::Folder(folder) => revision.kind(folder) == Some(Kind::Folder),
            Argument::File(file) => matches!(revision.kind(file), Some(Kind::File | Kind::Link)),
        });
        let Tree { base, name, here, roots, store: _ } = self;
        let (base, name, here, roots) = (base.clone(), name.clone(), here.clone(), roots.clone());
        Ok((Tree { base, name, here, roots, store: Store::Revision(Box::new(revision)) }, found))
    }

    fn spanning(
        arguments: &[PathBuf],
        found: &[Argument],
        roots: Vec<PathBuf>,
        current: Option<&Path>,
        store: Store,
    ) -> Tree {
        let base = common(&roots).unwrap_or_default();
        let below = |path: &Path, folder: &Path| path.strip_prefix(folder).ok().map(given);
        let here = current.and_then(|current| below(current, &base)).filter(|here| here != ".");
        let name = match (arguments, found, &here, current) {
            ([argument], [Argument::Folder(_)], ..) => given(argument),
            (_, _, Some(here), _) => vec![".."; here.split('/').count()].join("/"),
            (_, _, None, Some(current)) => below(&base, current).unwrap_or_else(|| given(&base)),
            (_, _, None, None) => given(&base),
        };
        Tree { base, name, here: here.unwrap_or_default(), roots, store }
    }

    /// The tree of one folder.
    ///
    /// # Errors
    /// [`Refusal`] if the folder is missing or may not be looked at.
    pub fn of(folder: &Path) -> Result<Tree, Refusal> {
        Tree::open(&[folder.to_owned()]).map(|(tree, _)| tree)
    }

    /// The base as the user would write it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The current folder as a path from the base; empty if it is the base or does not lie below it.
    pub fn here(&self) -> &str {
        &self.here
    }

    /// The folder from which paths are counted.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The base as a path from the top of the git repository it lies in; empty if it is that or lies in none.
    pub fn within_repository(&self) -> String {
        let top = match &self.store {
            Store::Disk => repository(&self.base),
            Store::Revision(revision) => Some(revision.top()),
        };
        let inside = top.and_then(|top| self.base.strip_prefix(top).ok());
        inside.map(given).filter(|inside| inside != ".").unwrap_or_default()
    }

    /// A path from the base, `/` between folders.
    pub fn relative(&self, real: &Path) -> String {
        let relative = real.strip_prefix(&self.base).unwrap_or(real).to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' { relative.into_owned() } else { relative.replace('\\', "/") }
    }

    /// The revision that the files are of, if they are not the file system's.
    pub fn revision(&self) -> Option<&Revision> {
        match &self.store {
            Store::Disk => None,
            Store::Revision(revision) => Some(revision),
        }
    }

    /// What is at a path, its last part not followed if it is a link.
    pub fn kind(&self, path: &Path) -> Option<Kind> {
        match &self.store {
            Store::Disk => path.symlink_metadata().ok().map(|metadata| match metadata.file_type() {
                kind if kind.is_symlink() => Kind::Link,
                kind if kind.is_dir() => Kind::Folder,
                kind if kind.is_file() => Kind::File,
                _ => Kind::Other,
            }),
            Store::Revision(revision) => revision.kind(path),
        }
    }

    /// Whether a path leads to a file, through links or not.
    pub fn is_file(&self, path: &Path) -> bool {
        match &self.store {
            Store::Disk => path.is_file(),
            Store::Revision(revision) => match revision.follow(path) {
                Located::Inside(real) => revision.kind(&real) == Some(Kind::File),
                Located::Missing => false,
                // What is there is not to be known from here.
                Located::Outside => true,
            },
        }
    }

    /// The paths right inside a folder; none if it cannot be looked into.
    pub fn entries(&self, folder: &Path) -> Vec<PathBuf> {
        match &self.store {
            Store::Disk => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                entries.map(|entry| entry.path()).collect()
            }
            Store::Revision(revision) => {
                revision.entries(folder).unwrap_or_default().into_iter().map(|(path, _)| path).collect()
            }
        }
    }

    /// What is at a path from the base.
    pub fn locate(&self, path: &str) -> Located {
        self.follow(&self.base.join(path))
    }

    /// Where a link, or any other path, leads in the end.
    pub fn follow(&self, path: &Path) -> Located {
        let located = match &self.store {
            Store::Disk => path.canonicalize().map_or(Located::Missing, Located::Inside),
            Store::Revision(revision) => revision.follow(path),
        };
        match located {
            Located::Inside(real) if !self.contains(&real) => Located::Outside,
            located => located,
        }
    }

    /// The innermost folder that was asked for and holds this one or is it.
    pub fn contains(&self, real: &Path) -> bool {
        self.roots.iter().any(|root| real.starts_with(root))
    }

    /// The bytes of a regular file, at most `limit` of them; `real` has no links left in it.
    ///
    /// # Errors
    /// [`Unread`] if it is no regular file, is larger, or cannot be read.
    pub fn read(&self, real: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
        if let Store::Revision(revision) = &self.store {
            return revision.read(real, limit);
        }
        let before = std::fs::symlink_metadata(real).map_err(|error| unreadable(&error))?;
        check(&before, limit)?;
        let file = open(real).map_err(|error| unreadable(&error))?;
        let opened = file.metadata().map_err(|error| unreadable(&error))?;
        check(&opened, limit)?;
        if !is_same(&before, &opened) {
            return Err(Unread::new(ProblemKind::Unreadable, "the file was exchanged while it was read"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0) + 1);
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
    }
}

impl Unread {
    /// A kind and its sentence.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Unread {
        Unread { kind, message: message.into() }
    }
}

/// What an argument names, and the folder that may be read for its sake.
fn resolve(argument: &Path, current: Option<&Path>) -> Result<(Argument, PathBuf), Refusal> {
    let refuse = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Refusal::Missing(given(argument)),
        kind => Refusal::Unreadable(given(argument), kind.to_string()),
    };
    let is_link = argument.symlink_metadata().map_err(|error| refuse(&error))?.is_symlink();
    let is_folder = argument.metadata().is_ok_and(|metadata| metadata.is_dir());
    if is_folder {
        let real = argument.canonicalize().map_err(|error| refuse(&error))?;
        std::fs::read_dir(&real).map_err(|error| refuse(&error))?;
        return Ok((Argument::Folder(real.clone()), real));
    }
    let real = if is_link {
        let folder = argument.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().map_err(|error| refuse(&error))?;
        folder.join(argument.file_name().unwrap_or_default())
    } else {
        argument.canonicalize().map_err(|error| refuse(&error))?
    };
    let folder = real.parent().unwrap_or(&real);
    let root = repository(folder).or(current.filter(|current| real.starts_with(current))).unwrap_or(folder).to_owned();
    Ok((Argument::File(real), root))
}

/// Where an argument is, or would be if it were checked out: links resolved as far as the file system has it.
fn place(argument: &Path, current: Option<&Path>) -> PathBuf {
    let whole = current.map_or_else(|| argument.to_owned(), |current| current.join(argument));
    let mut there = whole.as_path();
    let mut rest: Vec<OsString> = Vec::new();
    loop {
        if let Ok(real) = there.canonicalize() {
            let mut place = real;
            for name in rest.iter().rev() {
                if name == ".." {
                    place.pop();
                } else {
                    place.push(name);
                }
            }
            return place;
        }
        match there.components().next_back() {
            Some(Component::Normal(name)) => rest.push(name.to_owned()),
            Some(Component::ParentDir) => rest.push("..".into()),
            Some(Component::CurDir) => {}
            Some(Component::RootDir | Component::Prefix(_)) | None => return whole,
        }
        let Some(above) = there.parent() else { return whole };
        there = above;
    }
}

/// What a place is in a revision: all links followed, but for a file that is itself one.
fn named(revision: &Revision, place: &Path) -> Option<Argument> {
    let Located::Inside(real) = revision.follow(place) else {
        // A link that leads nowhere is there all the same, and will be spoken of.
        return (revision.kind(place) == Some(Kind::Link)).then(|| Argument::File(place.to_owned()));
    };
    match revision.kind(&real)? {
        Kind::Folder => Some(Argument::Folder(real)),
        Kind::File if revision.kind(place) == Some(Kind::Link) => Some(Argument::File(place.to_owned())),
        Kind::File | Kind::Link => Some(Argument::File(real)),
        Kind::Other => None,
    }
}

/// The top of the one git repository that all of these lie in.
fn common_top(places: &[PathBuf]) -> Result<PathBuf, NoRevision> {
    let mut tops = places.iter().map(|place| top(place));
    let Some(Some(first)) = tops.next() else {
        return Err(NoRevision("what is scanned lies in no git repository".into()));
    };
    if tops.all(|top| top == Some(first)) {
        Ok(first.to_owned())
    } else {
        Err(NoRevision("what is scanned does not lie in one git repository; scan each by itself".into()))
    }
}

/// The top of the repository's work tree that a place lies in; where it lies in none, the bare repository that holds it.
///
/// A bare repository inside a work tree is none of its own: its files can have come with a commit, and its branches would be
/// what the commit's author says they are.
fn top(place: &Path) -> Option<&Path> {
    let has_folders = |folder: &Path| ["objects", "refs"].iter().all(|name| folder.join(name).is_dir());
    let is_bare = |folder: &&Path| folder.join("HEAD").is_file() && has_folders(folder);
    repository(place).or_else(|| place.ancestors().find(is_bare))
}

/// The commit at which a repository stands, all digits of it.
pub fn head(top: &Path) -> Option<String> {
    Some(Revision::open(top, "HEAD").ok()?.commit())
}

/// The git repository that a folder lies in: the folder with `.git` in it.
pub fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// The longest path that all of these start with.
fn common(paths: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = paths.split_first()?;
    let mut base = first.as_path();
    for path in rest {
        while !path.starts_with(base) {
            base = base.parent()?;
        }
    }
    Some(base.to_owned())
}

/// A path as one would write it: `/` between folders, none at the end, `.` for nothing.
fn given(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") };
    let trimmed = text.trim_end_matches('/');
    match (trimmed, text.as_str()) {
        ("", "") => ".".into(),
        ("", _) => "/".into(),
        (trimmed, _) => trimmed.into(),
    }
}

fn check(metadata: &Metadata, limit: u64) -> Result<(), Unread> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(Unread::new(ProblemKind::NotAFile, "a folder has the name of a manifest"));
    }
    if !kind.is_file() {
        return Err(Unread::new(ProblemKind::NotAFile, "it is a pipe, socket or device, not a file; it is not read"));
    }
    if metadata.len() > limit { Err(too_large(limit)) } else { Ok(()) }
}

fn too_large(limit: u64) -> Unread {
    let message = format!("the file is larger than the {} MiB that are read of its kind", limit / (1024 * 1024));
    Unread::new(ProblemKind::TooLarge, message)
}

fn unreadable(error: &std::io::Error) -> Unread {
    // The kind's words are the same on every system, unlike the error's.
    Unread::new(ProblemKind::Unreadable, format!("the file cannot be read: {}", error.kind()))
}

/// `O_NONBLOCK`, so that a pipe that took the file's place since the first look does not hold up the run.
#[cfg(all(any(target_os = "linux", target_os = "android"), any(target_arch = "x86_64", target_arch = "aarch64")))]
const WITHOUT_WAITING: i32 = 0o4000;
#[cfg(any(target_os = "macos", target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
const WITHOUT_WAITING: i32 = 0x4;
#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "freebsd", target_os = "netbsd", target_os = "openbsd")),
    not(all(any(target_os = "linux", target_os = "android"), any(target_arch = "x86_64", target_arch = "aarch64")))
))]
const WITHOUT_WAITING: i32 = 0;

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).custom_flags(WITHOUT_WAITING).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn is_same(before: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (before.dev(), before.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
