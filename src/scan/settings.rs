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
use crate::owners::{self, Owners};
use crate::source::SourceText;
use crate::tree;
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
    pub(super) fn from_root(&self, base: &Path, path: &str) -> String {
        match base.strip_prefix(&self.root) {
            Ok(between) if !between.as_os_str().is_empty() => format!("{}/{path}", slashed(between)),
            _ => path.to_owned(),
        }
    }
}

/// The nearest `kubefloor.toml` in a folder or above it, up to the top of the repository; without one up to the current
/// folder, if that lies above. What is vendored is passed by.
fn nearest(base: &Path) -> Option<PathBuf> {
    let current = std::env::current_dir().and_then(fs::canonicalize).ok();
    let current = current.as_deref().filter(|current| base.starts_with(current));
    let top = tree::repository(base).or(current).unwrap_or(base);
    let folders: Vec<&Path> = base.ancestors().take_while(|folder| folder.starts_with(top)).collect();
    let is_own = |index: usize| !folders[index..].iter().any(|folder| *folder != top && walk::is_vendored(folder));
    let found =
        (0..folders.len()).find(|index| is_own(*index) && folders[*index].join(FILE).symlink_metadata().is_ok());
    found.map(|index| folders[index].join(FILE))
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

/// The CODEOWNERS of the repository that a folder lies in, or of the folder itself.
pub(super) fn owners(base: &Path) -> Option<Owners> {
    let top = tree::repository(base).unwrap_or(base);
    let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let path = owners::PLACES.iter().map(|place| top.join(place)).find(is_file)?;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(owners::LIMIT + 1).read_to_end(&mut bytes).ok()?;
    let decoded = (bytes.len() as u64 <= owners::LIMIT).then(|| SourceText::decode(&bytes).ok())??;
    Some(Owners::parse(decoded.source.text()))
}

/// A file as a path from a folder.
fn relative(folder: &Path, file: &Path) -> String {
    let mut up = 0;
    for above in folder.ancestors() {
        if let Ok(rest) = file.strip_prefix(above) {
            return "../".repeat(up) + &slashed(rest);
        }
        up += 1;
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
