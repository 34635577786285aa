//! Ruby gems.

pub mod requirement;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name Ruby gems.
pub const FORMATS: &[&Format] = &[];
