//! npm packages.

pub mod bun_lock;
pub mod bun_lockb;
pub mod deno_json;
pub mod deno_lock;
pub mod lock_entry;
pub mod package_json;
pub mod package_lock_json;
pub mod pnpm_lock_yaml;
pub mod pnpm_workspace_yaml;
pub mod requirement;
pub mod resolve;
pub mod specifier;
pub mod version;
pub mod yarn_lock;
pub mod yarnrc_yml;

use crate::model::Format;

/// The formats that name npm packages.
pub const FORMATS: &[&Format] = &[
    &package_json::FORMAT,
    &pnpm_workspace_yaml::FORMAT,
    &yarnrc_yml::FORMAT,
    &package_lock_json::FORMAT,
    &yarn_lock::FORMAT,
    &pnpm_lock_yaml::FORMAT,
    &bun_lock::FORMAT,
    &bun_lockb::FORMAT,
    &deno_json::FORMAT,
    &deno_lock::FORMAT,
];
