//! What a repository says of itself beside its manifests: its `kubefloor.toml` and its CODEOWNERS file.
//!
//! Traps:
//! - Either can be the work of whoever opened a pull request. A link, which could lead to anybody's file, whose text an error
//!   would show, is refused; so is what is too long.
//! - A `kubefloor.toml` counts only at the root of what is scanned or above it, never below: a vendored or copied project must
//!   not decide about the one it lies in. It is not looked for above the repository, where it would be another's.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::{Config, FILE};
use crate::data::{Fault, RuleError};
use crate::model::ProblemKind;
use crate::owners::{self, Forge, Owners};
use crate::source::SourceText;
use crate::tree::{self, Unread};
use crate::walk;

/// Largest configuration that is read.
const LIMIT: u64 = 1024 * 1024;
const LIMIT_IN_WORDS: &str = "1 MiB";

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The nearest `kubefloor.toml` from the root upwards.
    #[default]
    Found,
    /// This file. Its globs count from the top of the repository that is scanned.
    File(PathBuf),
    /// Nowhere.
    Nowhere,
}

/// A configuration and what its globs count from.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// What it says.
    pub(super) config: Config,
    /// The folder that globs count from.
    pub(super) root: PathBuf,
    /// The file as a path from the base of the run.
    pub(super) path: String,
}

impl Settings {
    /// The configuration of a run whose paths count from a base; `None` if there is none.
    pub(super) fn find(base: &Path, source: &Source) -> Result<Option<Settings>, RuleError> {
        match source {
            Source::Nowhere => Ok(None),
            Source::File(path) => {
                let name = path.to_string_lossy();
                let file = fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(fault(&name, Fault::NotAFile));
                }
                let config = Config::parse(&name, &read(&name, file)?)?;
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let root = tree::repository(base).unwrap_or(base).to_owned();
                Ok(Some(Settings { config, root, path: relative(base, &real) }))
            }
            Source::Found => {
                let Some(path) = nearest(base) else { return Ok(None) };
                let current = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
                let name = relative(&current, &path);
                let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
                if !is_file {
                    return Err(fault(&name, Fault::NotAFile));
                }
                let file = fs::File::open(&path).map_err(|error| unreadable(&name, &error))?;
                let config = Config::parse(&name, &read(&name, file)?)?;
                let root = path.parent().unwrap_or(base).to_owned();
                Ok(Some(Settings { config, root, path: relative(base, &path) }))
            }
        }
    }

    /// A path from the base as one that globs are held against.
    pub(super) fn path_from_root(&self, base: &Path, path: &str) -> String {
        match base.strip_prefix(&self.root) {
            Ok(between) if !between.as_os_str().is_empty() => format!("{}/{path}", slashed(between)),
            _ => path.to_owned(),
        }
    }
}

/// The nearest `kubefloor.toml` in a folder or above it, up to the top of the repository; without one up to the current
/// folder, if that lies above. What is vendored is passed by.
fn nearest(base: &Path) -> Option<PathBuf> {
    let top = &top(base);
    let folders: Vec<&Path> = base.ancestors().take_while(|folder| folder.starts_with(top)).collect();
    let is_own = |index: usize| !folders[index..].iter().any(|folder| folder != top && walk::is_vendored(folder));
    let found =
        (0..folders.len()).find(|index| is_own(*index) && folders[*index].join(FILE).symlink_metadata().is_ok());
    found.map(|index| folders[index].join(FILE))
}

/// The folder above which nothing is the user's own: the top of the repository that a folder lies in; without one the current
/// folder, if that lies above.
fn top(base: &Path) -> PathBuf {
    let current = || std::env::current_dir().and_then(fs::canonicalize).ok();
    match tree::repository(base) {
        Some(top) => top.to_owned(),
        None => current().filter(|current| base.starts_with(current)).unwrap_or_else(|| base.to_owned()),
    }
}

/// Whether a file of a run lies in a folder of what is not the user's own. That it brings a repository of its own makes it no
/// more so.
pub(super) fn is_vendored(base: &Path, path: &str) -> bool {
    let (top, file) = (top(base), base.join(path));
    file.ancestors().skip(1).take_while(|folder| *folder != top).any(walk::is_vendored)
}

fn read(name: &str, file: fs::File) -> Result<String, RuleError> {
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(fault(name, Fault::TooLarge { limit: LIMIT_IN_WORDS }));
    }
    let decoded = SourceText::decode(&bytes).ok().filter(|decoded| decoded.replaced_at.is_none());
    decoded.map(|decoded| decoded.source.text().to_owned()).ok_or_else(|| fault(name, Fault::NotText))
}

fn unreadable(name: &str, error: &std::io::Error) -> RuleError {
    fault(name, Fault::Unreadable(error.kind().to_string()))
}

fn fault(name: &str, fault: Fault) -> RuleError {
    RuleError { path: name.to_owned(), at: None, fault }
}

/// The CODEOWNERS of the repository that a folder lies in, or of the folder itself; or why it cannot be used, with its path
/// from the base.
pub(super) fn owners(base: &Path) -> Option<Result<Owners, (String, Unread)>> {
    let top = tree::repository(base).unwrap_or(base);
    let is_file = |place: &&&str| top.join(place).symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let place = owners::PLACES.iter().find(is_file)?;
    Some(read_owners(top, place).map_err(|unread| (relative(base, &top.join(place)), unread)))
}

fn read_owners(top: &Path, place: &str) -> Result<Owners, Unread> {
    let refuse = |kind, why: &str| Unread::new(kind, format!("{why}, so owners are not known"));
    let mut bytes = Vec::new();
    let file = fs::File::open(top.join(place));
    file.and_then(|file| file.take(owners::LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| refuse(ProblemKind::Unreadable, &format!("the file cannot be read: {}", error.kind())))?;
    if bytes.len() as u64 > owners::LIMIT {
        return Err(refuse(ProblemKind::TooLarge, "the file is larger than the 3 MiB that are read of its kind"));
    }
    let decoded = SourceText::decode(&bytes).map_err(|_| refuse(ProblemKind::Binary, "the file is binary"))?;
    let text = decoded.source.text();
    let is_there = |name: &str| top.join(name).exists();
    let is_on_gitlab = (is_there(".gitlab-ci.yml") || is_there(".gitlab")) && !is_there(".github");
    let owners = Owners::parse(Forge::of(place, is_on_gitlab, text), text);
    owners.ok_or_else(|| refuse(ProblemKind::Limit, "the file holds more patterns than can be matched"))
}

/// A file as a path from a folder.
fn relative(folder: &Path, file: &Path) -> String {
    for (up, above) in folder.ancestors().enumerate() {
        if let Ok(rest) = file.strip_prefix(above) {
            return "../".repeat(up) + &slashed(rest);
        }
    }
    slashed(file)
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_from_a_folder() {
        let relative = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(relative("/a/b", "/a/b/c.toml"), "c.toml");
        assert_eq!(relative("/a/b/c", "/a/x/c.toml"), "../../x/c.toml");
        assert_eq!(relative("/", "/c.toml"), "c.toml");
    }
}
