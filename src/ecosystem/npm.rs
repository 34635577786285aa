//! npm packages.

pub mod requirement;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name npm packages.
pub const FORMATS: &[&Format] = &[];
