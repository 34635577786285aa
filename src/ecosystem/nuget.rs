//! NuGet packages.

pub mod version;
