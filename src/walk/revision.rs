//! The walk through a revision. Everything in it is tracked, so no ignore rule hides any of it; hidden files, what is
//! excluded and the folders that are not the project's own are left out as on disk.
//!
//! One thread looks into the folders, which is quick, and the others visit the files, which means to read and parse them.

use std::collections::HashSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

use super::{Excluded, Found, Options, manifests, skipped};
use crate::tree::{Kind, Revision};

/// Most files and folders that are looked at: more than the largest repositories have.
const MAX_ENTRIES: usize = 5_000_000;

/// Most folders inside each other.
const MAX_DEPTH: usize = 500;

/// How many files are handed over at once.
const BATCH: usize = 128;

/// Walks folders of a revision; a folder inside another is walked once, as one that was asked for.
pub(super) fn walk(
    revision: &Revision,
    folders: &[PathBuf],
    options: &Options,
    excluded: &Excluded,
    visit: &(dyn Fn(Found<'_>) + Sync),
) {
    let threads = available_parallelism().map_or(1, NonZero::get);
    let (give, take) = sync_channel::<Vec<PathBuf>>(threads * 4);
    let take = Mutex::new(take);
    scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let batch = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(batch) = batch else { break };
                    for path in &batch {
                        visit(Found::File(path));
                    }
                }
            });
        }
        let mut batch = Vec::new();
        let mut left = MAX_ENTRIES;
        for folder in folders {
            let hidden_names = manifests::hidden_names();
            let walk = Walk { revision, options, hidden_names, excluded, folders, folder };
            walk.run(&mut left, visit, &mut |path| {
                batch.push(path);
                if batch.len() >= BATCH {
                    // Where all that take are gone, one of them has panicked, and the scope says so.
                    let _ = give.send(std::mem::take(&mut batch));
                }
            });
        }
        let _ = give.send(batch);
        drop(give);
    });
}

struct Walk<'a> {
    revision: &'a Revision,
    options: &'a Options,
    hidden_names: HashSet<&'static str>,
    excluded: &'a Excluded,
    /// All that are walked.
    folders: &'a [PathBuf],
    /// The one that is walked here.
    folder: &'a Path,
}

impl Walk<'_> {
    fn run(&self, left: &mut usize, visit: &(dyn Fn(Found<'_>) + Sync), file: &mut dyn FnMut(PathBuf)) {
        let mut ahead = vec![(self.folder.to_owned(), 0)];
        while let Some((folder, depth)) = ahead.pop() {
            let entries = match self.revision.entries(&folder) {
                Ok(entries) => entries,
                Err(why) => {
                    visit(Found::Unreadable(folder, why.message));
                    continue;
                }
            };
            if entries.len() > *left || depth > MAX_DEPTH {
                let why = format!("there are more than {MAX_ENTRIES} files, or {MAX_DEPTH} folders in each other");
                visit(Found::Unreadable(folder, why));
                continue;
            }
            *left -= entries.len();
            for (path, kind) in entries {
                if !self.lets_pass(&path, kind == Kind::Folder) {
                    continue;
                }
                match kind {
                    Kind::File => file(path),
                    Kind::Link => visit(Found::Link(&path)),
                    Kind::Other => {
                        let why = "it is a submodule, whose files are in another repository".to_owned();
                        visit(Found::Unreadable(path, why));
                    }
                    Kind::Folder => {
                        if self.is_skipped(&path, file) {
                            continue;
                        }
                        ahead.push((path, depth + 1));
                    }
                }
            }
        }
    }

    fn lets_pass(&self, path: &Path, is_folder: bool) -> bool {
        let is_hidden = || manifests::is_hidden(path, &self.hidden_names);
        let is_other = || self.folders.iter().any(|other| other == path);
        !(!self.options.hidden && is_hidden() || self.excluded.matches(path, is_folder) || is_folder && is_other())
    }

    /// Whether a folder is not the project's own; the files in it that are read all the same are handed over.
    fn is_skipped(&self, folder: &Path, file: &mut dyn FnMut(PathBuf)) -> bool {
        let Some(rule) = skipped::rule_for(folder, |path| self.revision.kind(path).is_some()) else { return false };
        if self.options.include_vendored && !rule.is_repository_data() {
            return false;
        }
        for name in rule.except {
            let path = folder.join(name);
            if self.revision.kind(&path) == Some(Kind::File) && !self.excluded.matches(&path, false) {
                file(path);
            }
        }
        true
    }
}
