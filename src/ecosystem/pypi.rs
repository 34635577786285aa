//! Python packages.

pub mod pep508;
pub mod pipfile;
mod poetry_constraint;
pub mod pyproject_toml;
pub mod python_module;
pub mod python_source;
pub mod python_value;
pub mod reference;
pub mod requirement;
mod requirements_lines;
mod requirements_options;
pub mod requirements_txt;
pub mod resolve;
pub mod setup_cfg;
pub mod setup_py;
pub mod spliced;
pub mod toml_dependency;
pub mod version;

use crate::model::Format;

/// The formats that name Python packages.
pub const FORMATS: &[&Format] =
    &[&pipfile::FORMAT, &pyproject_toml::FORMAT, &requirements_txt::FORMAT, &setup_cfg::FORMAT, &setup_py::FORMAT];
