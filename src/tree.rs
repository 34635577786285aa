//! Where files come from: folders of the file system, seen as paths from one base. Everything above knows a file by its
//! path from the base and its bytes.
//!
//! Traps:
//! - A manifest's name can belong to a folder, a named pipe or a device; opening a pipe waits for ever. So a file is looked
//!   at first, opened without waiting where that can be asked for, and looked at again once it is open.
//! - A link, or a path with `..` in a manifest, can lead out of what was asked for. Only what lies in one of the given
//!   folders after all links are resolved is read.
//! - A file can grow or vanish between two looks; nothing is mapped into memory, and no more than the limit is read.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::model::ProblemKind;

/// The folders that may be read, and the base from which paths are counted.
#[derive(Debug)]
pub struct Tree {
    base: PathBuf,
    name: String,
    here: String,
    roots: Vec<PathBuf>,
}

/// What an argument of a run names, all links in it resolved but for a file that is itself one.
#[derive(Debug, PartialEq, Eq)]
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
}

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
        let base = common(&roots).unwrap_or_default();
        let below = |path: &Path, folder: &Path| path.strip_prefix(folder).ok().map(given);
        let here = current.as_deref().and_then(|current| below(current, &base)).filter(|here| here != ".");
        let name = match (arguments, found.as_slice(), &here, current.as_deref()) {
            ([argument], [Argument::Folder(_)], ..) => given(argument),
            (_, _, Some(here), _) => vec![".."; here.split('/').count()].join("/"),
            (_, _, None, Some(current)) => below(&base, current).unwrap_or_else(|| given(&base)),
            (_, _, None, None) => given(&base),
        };
        Ok((Tree { base, name, here: here.unwrap_or_default(), roots }, found))
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
        let inside = repository(&self.base).and_then(|top| self.base.strip_prefix(top).ok());
        inside.map(given).filter(|inside| inside != ".").unwrap_or_default()
    }

    /// A path from the base, `/` between folders.
    pub fn relative(&self, real: &Path) -> String {
        let relative = real.strip_prefix(&self.base).unwrap_or(real).to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' { relative.into_owned() } else { relative.replace('\\', "/") }
    }

    /// What is at a path from the base.
    pub fn locate(&self, path: &str) -> Located {
        self.follow(&self.base.join(path))
    }

    /// Where a link, or any other path, leads in the end.
    pub fn follow(&self, path: &Path) -> Located {
        match path.canonicalize() {
            Ok(real) if self.contains(&real) => Located::Inside(real),
            Ok(_) => Located::Outside,
            Err(_) => Located::Missing,
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
