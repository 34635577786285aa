//! Stands for [`Revision`] where the program is built without the feature `git`: there is none.

use std::path::{Path, PathBuf};

use super::{Kind, Located, NoRevision, Unread};

const NOT_BUILT_IN: &str =
    "this program was built without the feature `git`, and can read no revisions; build it with that feature";

/// The tree of a commit, of which there is none.
#[derive(Debug)]
pub enum Revision {}

/// How many objects could not be read, and what was wrong with the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// How many.
    pub count: usize,
    /// The first one's sentence.
    pub first: String,
}

impl Revision {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(super) fn open(_: &Path, _: &str) -> Result<Revision, NoRevision> {
        Err(NoRevision(NOT_BUILT_IN.into()))
    }

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(super) fn open_base(_: &Path, _: &str, _: Option<&Revision>) -> Result<Revision, NoRevision> {
        Err(NoRevision(NOT_BUILT_IN.into()))
    }

    /// How to get what a clone has left out.
    pub fn how_to_get_files(&self) -> String {
        match *self {}
    }

    /// The top of the repository.
    pub fn top(&self) -> &Path {
        match *self {}
    }

    /// The commit's name.
    pub fn commit(&self) -> String {
        match *self {}
    }

    /// What could not be read.
    pub fn troubles(&self) -> Troubles {
        match *self {}
    }

    /// What is at a path.
    pub fn kind(&self, _: &Path) -> Option<Kind> {
        match *self {}
    }

    /// The submodule in which a path lies.
    pub fn submodule(&self, _: &Path) -> Option<(PathBuf, String)> {
        match *self {}
    }

    /// The paths right inside a folder.
    ///
    /// # Errors
    /// Never.
    pub fn entries(&self, _: &Path) -> Result<Vec<(PathBuf, Kind)>, Unread> {
        match *self {}
    }

    pub(super) fn follow(&self, _: &Path) -> Located {
        match *self {}
    }

    pub(super) fn read(&self, _: &Path, _: u64) -> Result<Vec<u8>, Unread> {
        match *self {}
    }
}
