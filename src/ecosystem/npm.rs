//! npm packages.

pub mod package_json;
pub mod pnpm_workspace_yaml;
pub mod requirement;
pub mod resolve;
pub mod specifier;
pub mod unit;
pub mod version;
pub mod yarnrc_yml;

use crate::model::Format;

/// The formats that name npm packages.
pub const FORMATS: &[&Format] = &[&package_json::FORMAT, &pnpm_workspace_yaml::FORMAT, &yarnrc_yml::FORMAT];
