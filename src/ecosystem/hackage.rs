//! Haskell packages.

pub mod cabal;
mod entry;
mod layout;
pub mod requirement;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name Haskell packages.
pub const FORMATS: &[&Format] = &[&cabal::FORMAT];
