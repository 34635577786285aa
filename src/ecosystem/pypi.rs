//! Python packages.

pub mod pep508;
mod poetry_constraint;
pub mod reference;
pub mod requirement;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name Python packages.
pub const FORMATS: &[&Format] = &[];
