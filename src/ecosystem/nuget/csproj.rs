//! Project files of .NET: `*.csproj` and its siblings in other languages, see [`msbuild`].

use super::msbuild;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "csproj",
    name: ".NET project",
    ecosystem: Ecosystem::Nuget,
    globs: &["*.csproj", "*.fsproj", "*.vbproj", "*.proj"],
    read: msbuild::read,
};
