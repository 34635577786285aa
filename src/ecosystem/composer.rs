//! PHP packages.

pub mod version;
