//! Rust crates.

pub mod cargo_lock;
pub mod cargo_toml;
pub mod requirement;
pub mod resolve;

use crate::model::Format;

/// The formats that name crates.
pub const FORMATS: &[&Format] = &[&cargo_toml::FORMAT, &cargo_lock::FORMAT];
