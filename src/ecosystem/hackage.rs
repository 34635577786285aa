//! Haskell packages.

pub mod cabal;
mod combine;
mod entry;
mod layout;
pub mod package_yaml;
mod parts;
pub mod requirement;
pub mod resolve;
pub mod version;
mod yaml;

use crate::model::Format;

/// The formats that name Haskell packages.
pub const FORMATS: &[&Format] = &[&cabal::FORMAT, &package_yaml::FORMAT];
