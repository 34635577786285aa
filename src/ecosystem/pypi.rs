//! Python packages.

pub mod conda;
mod conda_constraint;
pub mod conda_lock_yml;
pub mod environment_yml;
mod ini;
mod lock;
pub mod meta_yaml;
pub mod noxfile_py;
mod part;
pub mod pdm_lock;
pub mod pep508;
pub mod pipfile;
pub mod pipfile_lock;
pub mod pixi_lock;
pub mod pixi_toml;
mod poetry_constraint;
pub mod poetry_lock;
pub mod pylock_toml;
pub mod pyproject_toml;
mod python_mentions;
pub mod python_module;
mod python_requirements;
pub mod python_source;
pub mod python_value;
pub mod reference;
pub mod requirement;
mod requirements_lines;
pub mod requirements_lock;
mod requirements_options;
pub mod requirements_txt;
pub mod resolve;
pub mod script_metadata;
pub mod setup_cfg;
pub mod setup_py;
pub mod spliced;
pub mod toml_dependency;
pub mod tox_ini;
pub mod tox_toml;
pub mod uv_lock;
pub mod version;

use crate::model::Format;

/// The formats that name Python packages.
pub const FORMATS: &[&Format] = &[
    &conda_lock_yml::FORMAT,
    &environment_yml::FORMAT,
    &meta_yaml::FORMAT,
    &noxfile_py::FORMAT,
    &pdm_lock::FORMAT,
    &pipfile::FORMAT,
    &pipfile_lock::FORMAT,
    &pixi_lock::FORMAT,
    &pixi_toml::FORMAT,
    &poetry_lock::FORMAT,
    &pylock_toml::FORMAT,
    &pyproject_toml::FORMAT,
    &requirements_lock::FORMAT,
    &requirements_txt::FORMAT,
    &script_metadata::FORMAT,
    &setup_cfg::FORMAT,
    &setup_py::FORMAT,
    &tox_ini::FORMAT,
    &tox_toml::FORMAT,
    &uv_lock::FORMAT,
];
