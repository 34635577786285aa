//! Haskell packages.

pub mod cabal;
pub mod cabal_project;
pub mod cabal_project_freeze;
mod entry;
mod layout;
pub mod package_yaml;
mod parts;
pub mod requirement;
pub mod resolve;
pub mod stack_yaml;
pub mod stack_yaml_lock;
pub mod version;

use crate::model::Format;

/// The formats that name Haskell packages.
pub const FORMATS: &[&Format] = &[
    &cabal::FORMAT,
    &package_yaml::FORMAT,
    &cabal_project::FORMAT,
    &cabal_project_freeze::FORMAT,
    &stack_yaml::FORMAT,
    &stack_yaml_lock::FORMAT,
];
