//! Debian packages.

pub mod version;
