//! Files that .NET projects take in: Directory.Build.props and Directory.Build.targets, Directory.Packages.props with central
//! versions, and others by their names, see [`msbuild`].

use super::msbuild;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "msbuild_props",
    name: "MSBuild properties and targets",
    ecosystem: Ecosystem::Nuget,
    globs: &["*.props", "*.targets", "*.projitems"],
    read: msbuild::read,
};
