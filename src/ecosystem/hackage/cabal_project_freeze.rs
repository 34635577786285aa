//! `cabal.project.freeze`: the versions that `cabal freeze` found, as constraints (Cabal User Guide, "cabal freeze"), and the
//! `cabal.config` of older tools, which is written alike.
//!
//! They hold together with those of `cabal.project`; what that module says of constraints goes for these.

use super::cabal_project;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "cabal_project_freeze",
    name: "cabal.project.freeze",
    ecosystem: Ecosystem::Hackage,
    globs: &["cabal.project.freeze", "cabal.config"],
    read: cabal_project::read,
};
