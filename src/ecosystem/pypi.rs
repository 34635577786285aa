//! Python packages.

pub mod pep508;
pub mod pipfile;
pub mod pyproject_toml;
pub mod reference;
pub mod requirement;
pub mod resolve;
pub mod setup_cfg;
pub mod spliced;
pub mod toml_dependency;
pub mod version;

use crate::model::Format;

/// The formats that name Python packages.
pub const FORMATS: &[&Format] = &[&pipfile::FORMAT, &pyproject_toml::FORMAT, &setup_cfg::FORMAT];
