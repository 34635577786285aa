//! NuGet packages.

pub mod requirement;
pub mod version;
