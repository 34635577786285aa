//! Go modules.

pub mod go_mod;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name Go modules.
pub const FORMATS: &[&Format] = &[&go_mod::FORMAT];
