//! The files that an include finds by patterns: the sources of a build, and what a loop over a folder takes in.

use std::path::{Path, PathBuf};

use super::{Loader, MAX_INCLUDE_DEPTH};
use crate::model::{self, FileId, Include, Pattern};
use crate::tree::{Kind, Located};

impl Loader<'_> {
    /// The sources that a file takes in by patterns, as far as they are not read yet: below `src/main`, and in no folder that is
    /// hidden or not the project's own.
    pub(super) fn find_sources(&self, id: FileId, include: &Include) -> Vec<(String, PathBuf)> {
        let folder = model::folder(&self.files.get(id).path);
        let mut found = Vec::new();
        for pattern in &include.paths {
            let Some((below, ending)) = pattern.split_once("**/*.") else { continue };
            let Some(start) = model::join(folder, below) else { continue };
            let Located::Inside(start) = self.tree.locate(&start) else { continue };
            let mut folders = vec![(start, 0)];
            while let Some((folder, depth)) = folders.pop() {
                let mut entries = self.tree.entries(&folder);
                entries.sort();
                for real in entries {
                    let path = self.tree.relative(&real);
                    match self.tree.kind(&real) {
                        Some(Kind::Folder) if depth < MAX_INCLUDE_DEPTH && self.may_hold_sources(&real) => {
                            folders.push((real, depth + 1));
                        }
                        Some(Kind::File) if path.contains("src/main/") && path.ends_with(&format!(".{ending}")) => {
                            let is_new = self.files.find(&path, include.format).is_none();
                            if is_new && !self.excluded.excludes(&real, false) {
                                found.push((path, real));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        found.sort();
        found
    }

    /// The files that an include's patterns find, as far as they are not read yet and are not excluded.
    pub(super) fn find_matching(&self, id: FileId, include: &Include) -> Vec<(String, PathBuf)> {
        let folder = model::folder(&self.files.get(id).path);
        let mut found = Vec::new();
        for pattern in include.paths.iter().filter_map(|path| Pattern::new(folder, path)) {
            let Located::Inside(start) = self.tree.locate(&pattern.start) else { continue };
            let mut folders = vec![(start, pattern.start.clone(), 0)];
            while let Some((folder, path, depth)) = folders.pop() {
                for entry in self.tree.entries(&folder) {
                    let name = entry.file_name().unwrap_or_default().to_string_lossy();
                    let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
                    let is_folder = self.tree.kind(&entry) == Some(Kind::Folder);
                    if self.excluded.excludes(&entry, is_folder) {
                        continue;
                    }
                    let is_near = pattern.depth.unwrap_or(MAX_INCLUDE_DEPTH) > depth;
                    if is_folder && is_near && !path.ends_with("/.git") && path != ".git" {
                        folders.push((entry, path, depth + 1));
                    } else if pattern.finds(&path)
                        && self.tree.is_file(&entry)
                        && self.files.find(&path, include.format).is_none()
                        && let Located::Inside(real) = self.tree.follow(&entry)
                    {
                        found.push((path, real));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn may_hold_sources(&self, folder: &Path) -> bool {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let is_under_src = folder.parent().and_then(Path::file_name).is_some_and(|parent| parent == "src");
        !name.starts_with('.')
            && !matches!(name.as_ref(), "build" | "out" | "node_modules" | "resources")
            && (!is_under_src || name == "main")
            && !self.excluded.excludes(folder, true)
    }
}
