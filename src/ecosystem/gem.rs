//! Ruby gems.

mod declaration;
mod gem_source;
pub mod gemfile;
pub mod gemfile_lock;
pub mod gemspec;
pub mod requirement;
pub mod resolve;
mod ruby;
pub mod version;

use crate::model::Format;

/// The formats that name Ruby gems.
pub const FORMATS: &[&Format] = &[&gemfile::FORMAT, &gemfile_lock::FORMAT, &gemspec::FORMAT];
