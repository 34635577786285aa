//! Which files of a tree are looked at: the ignore rules, the folders that are not the project's own, and the globs of the
//! format table. `docs/walk.md` says the same to users.
//!
//! Traps:
//! - Rules of folders above the walked one count only inside a git repository; else a `.gitignore` in someone's home folder
//!   could hide a whole tree. An exported tree without `.git` has its own `.gitignore` files obeyed all the same.
//! - Only `.gitignore` files count. `.ignore` files and a user's own git settings would make runs differ, and would let a
//!   manifest be hidden from us that git knows.
//! - A file that git tracks is the project's own whatever a `.gitignore` says of it. Such a file is
//!   asked for after the walk ([`tracked_but_ignored`]).
//! - A name with a dot in front hides, but not the file that a format is called after (`.yarnrc.yml`).
//! - Threads bring files in any order; whoever collects them sorts.

mod manifests;
mod revision;
mod skipped;
mod tracked;

use std::collections::HashSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

pub use manifests::Matcher;
pub use skipped::{SKIPPED, Skipped, When};

use crate::tree::{self, Tree};

/// What is left out of a walk.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Options {
    /// Whether to disregard `.gitignore` files.
    pub no_ignore: bool,
    /// Whether to look at files and folders whose name starts with a dot, too; at those that a format asks for in any case.
    pub hidden: bool,
    /// Whether to look into the folders of [`SKIPPED`]; a repository's own data is never looked at.
    pub include_vendored: bool,
    /// Whether what a walk would leave out is left out where it is named, too.
    pub force_exclude: bool,
    /// What to leave out besides: globs from the base, in the manner of a `.gitignore`.
    pub exclude: Vec<String>,
}

/// What a walk comes across.
#[derive(Debug)]
pub enum Found<'a> {
    /// A regular file.
    File(&'a Path),
    /// A link.
    Link(&'a Path),
    /// A pipe, socket or device.
    Other(&'a Path),
    /// A folder that cannot be read, and why.
    Unreadable(PathBuf, String),
}

/// The globs of `--exclude` and of a configuration, each from its folder.
#[derive(Clone, Debug)]
pub struct Excluded(Vec<Gitignore>);

/// A glob that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// The glob.
    pub glob: String,
    /// What is wrong with it.
    pub why: String,
}

impl Excluded {
    /// The globs, to be matched against paths below the base.
    ///
    /// # Errors
    /// [`BadGlob`] for the first that cannot be read.
    pub fn new(base: &Path, globs: &[String]) -> Result<Excluded, BadGlob> {
        let mut excluded = Excluded(Vec::new());
        excluded.add(base, globs)?;
        Ok(excluded)
    }

    /// Adds globs that are to be matched against paths below another folder.
    ///
    /// # Errors
    /// [`BadGlob`] for the first that cannot be read.
    pub fn add(&mut self, base: &Path, globs: &[String]) -> Result<(), BadGlob> {
        let bad = |glob: &str, error: &ignore::Error| BadGlob { glob: glob.into(), why: error.to_string() };
        let mut builder = GitignoreBuilder::new(base);
        for glob in globs {
            builder.add_line(None, glob).map_err(|error| bad(glob, &error))?;
        }
        let globs = builder.build().map_err(|error| bad(&globs.join(" "), &error))?;
        if !globs.is_empty() {
            self.0.push(globs);
        }
        Ok(())
    }

    /// Whether a path or one of the folders above it is excluded.
    pub fn excludes(&self, real: &Path, is_folder: bool) -> bool {
        self.0.iter().any(|globs| {
            real.starts_with(globs.path()) && globs.matched_path_or_any_parents(real, is_folder).is_ignore()
        })
    }

    /// Whether a file or one of the folders above it, up to one that is walked whatever excludes it, is excluded.
    fn excludes_below(&self, walked: &Path, file: &Path) -> bool {
        file.ancestors().take_while(|above| *above != walked).any(|above| self.matches(above, above != file))
    }

    /// Whether a path by itself is excluded.
    fn matches(&self, real: &Path, is_folder: bool) -> bool {
        self.0.iter().any(|globs| globs.matched(real, is_folder).is_ignore())
    }
}

/// Whether a folder is one of those that hold what is not the project's own.
pub fn is_vendored(folder: &Path) -> bool {
    skipped::rule_for(folder, Path::exists).is_some()
}

/// Walks the folders with as many threads as there are cores; a folder inside another is walked once, as one that was asked
/// for.
pub fn walk(
    tree: &Tree,
    folders: &[PathBuf],
    options: &Options,
    excluded: &Excluded,
    visit: &(dyn Fn(Found<'_>) + Sync),
) {
    if let Some(revision) = tree.revision() {
        return revision::walk(revision, folders, options, excluded, visit);
    }
    for folder in folders {
        let others: Vec<PathBuf> = folders.iter().filter(|other| *other != folder).cloned().collect();
        let exceptions = Arc::new(Mutex::new(Vec::new()));
        let filter = Filter {
            include_vendored: options.include_vendored,
            hidden: options.hidden,
            hidden_names: manifests::hidden_names(),
            excluded: excluded.clone(),
            others,
            exceptions: Arc::clone(&exceptions),
        };
        let in_repository = tree::repository(folder).is_some();
        let mut builder = WalkBuilder::new(folder);
        builder
            .standard_filters(false)
            .git_ignore(!options.no_ignore)
            .require_git(in_repository)
            .parents(in_repository && !options.no_ignore)
            .threads(available_parallelism().map_or(1, NonZero::get))
            .filter_entry(move |entry| filter.lets_pass(entry));
        builder.build_parallel().run(|| {
            Box::new(|entry| {
                report(folder, entry, visit);
                WalkState::Continue
            })
        });
        for path in exceptions.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            visit(Found::File(path));
        }
    }
}

/// The files and links that git tracks and an ignore rule kept out of the walk of these folders, as far as they are wanted.
pub fn tracked_but_ignored(
    tree: &Tree,
    folders: &[PathBuf],
    options: &Options,
    excluded: &Excluded,
    is_wanted: impl Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // All of a revision is tracked, and no ignore rule kept any of it out.
    if options.no_ignore || tree.revision().is_some() {
        return found;
    }
    for folder in folders {
        let Some(repository) = tree::repository(folder) else { continue };
        let tracked = tracked::tracked(repository).into_iter().filter(|path| path.starts_with(folder));
        found.extend(tracked.filter(|path| {
            let passes = || !excluded.excludes_below(folder, path) && is_the_projects_own(path, folder, options);
            // What was deleted and not committed is tracked still; what now lies behind a link does not count.
            let is_there = || path.symlink_metadata().is_ok() && has_no_links_above(path);
            is_wanted(path) && passes() && is_there()
        }));
    }
    found
}

/// Whether a path leads to its folder without links and `..`.
fn has_no_links_above(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.canonicalize().is_ok_and(|real| real == folder))
}

/// Whether a file below a folder would be come by but for ignore rules.
pub fn is_the_projects_own(path: &Path, folder: &Path, options: &Options) -> bool {
    let names = manifests::hidden_names();
    let hidden = |path: &Path| manifests::is_hidden(path, &names);
    let name = path.file_name().unwrap_or_default();
    let mut above = path.ancestors().take_while(|above| *above != folder);
    let is_hidden = !options.hidden && above.clone().any(hidden);
    let skipped =
        above.by_ref().skip(1).find_map(|above| skipped::rule_for(above, Path::exists).map(|rule| (above, rule)));
    let is_skipped = skipped.is_some_and(|(above, rule)| {
        let is_exception = path.parent() == Some(above) && rule.except.iter().any(|except| name == *except);
        !is_exception && (rule.is_repository_data() || !options.include_vendored)
    });
    !is_hidden && !is_skipped
}

fn report(folder: &Path, entry: Result<DirEntry, ignore::Error>, visit: &(dyn Fn(Found<'_>) + Sync)) {
    match entry {
        Ok(entry) if entry.depth() == 0 => {}
        Ok(entry) => {
            let path = entry.path();
            visit(match entry.file_type() {
                // Whatever a folder is called, it is no manifest.
                Some(kind) if kind.is_dir() => return,
                Some(kind) if kind.is_symlink() => Found::Link(path),
                Some(kind) if kind.is_file() => Found::File(path),
                Some(_) | None => Found::Other(path),
            });
        }
        Err(error) => {
            let path = path_of(&error).unwrap_or(folder).to_owned();
            let why = error.io_error().map_or_else(|| error.to_string(), |error| error.kind().to_string());
            visit(Found::Unreadable(path, why));
        }
    }
}

/// The path that an error of the walk speaks of.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

/// What keeps an entry, and all below it, out of a walk, besides the ignore rules.
struct Filter {
    include_vendored: bool,
    hidden: bool,
    hidden_names: HashSet<&'static str>,
    excluded: Excluded,
    others: Vec<PathBuf>,
    exceptions: Arc<Mutex<Vec<PathBuf>>>,
}

impl Filter {
    fn lets_pass(&self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        let path = entry.path();
        if !self.hidden && manifests::is_hidden(path, &self.hidden_names) {
            return false;
        }
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if self.excluded.matches(path, is_folder) {
            return false;
        }
        if !is_folder {
            return true;
        }
        if self.others.iter().any(|other| other == path) {
            return false;
        }
        let Some(rule) = skipped::rule_for(path, Path::exists) else { return true };
        if self.include_vendored && !rule.is_repository_data() {
            return true;
        }
        let exceptions = rule.except.iter().map(|name| path.join(name));
        let there = exceptions.filter(|path| {
            path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) && !self.excluded.matches(path, false)
        });
        self.exceptions.lock().unwrap_or_else(PoisonError::into_inner).extend(there);
        false
    }
}
