//! The words the house speaks: what a file states ([`Reading`] and its parts), and what the files of one tree together
//! select ([`Dependency`]). Types only.

mod dependency;
mod files;
mod pattern;
mod reading;

use std::borrow::Cow;
use std::fmt;

pub use dependency::*;
pub use files::*;
pub use pattern::*;
pub use reading::*;

use crate::source::SourceText;

/// A closed set of words: an enum whose variants carry the word that machines read.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word for machines.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

pub(crate) use words;

words! {
    /// A registry and its rules: how packages are named, versions ordered and requirements written.
    Ecosystem {
        /// Go modules.
        Golang = "golang",
        /// The Python Package Index.
        Pypi = "pypi",
        /// Maven repositories, whatever tool builds.
        Maven = "maven",
        /// The npm registry.
        Npm = "npm",
        /// RubyGems.
        Gem = "gem",
        /// Hackage.
        Hackage = "hackage",
        /// NuGet packages.
        Nuget = "nuget",
        /// Rust crates.
        Cargo = "cargo",
        /// Erlang and Elixir packages.
        Hex = "hex",
        /// PHP packages.
        Composer = "composer",
        /// Swift packages, by repository.
        Swift = "swift",
        /// Debian packages.
        Deb = "deb",
        /// What is published by its repository's tags alone.
        Generic = "generic",
    }
}

/// A package as its registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Where it is published.
    pub ecosystem: Ecosystem,
    /// Its whole, normalised name: a module path, `group:artifact`, `@scope/name`.
    pub name: String,
}

/// A file format: how its files are named and how they are read. One constant per reader.
#[derive(Debug)]
pub struct Format {
    /// The reader's file name without its ending, unique.
    pub id: &'static str,
    /// What the format is called, for people.
    pub name: &'static str,
    /// Whose packages it names.
    pub ecosystem: Ecosystem,
    /// Globs over a file's path from the root, `/` between folders; one without `/` is matched against the file's name.
    pub globs: &'static [&'static str],
    /// Reads a text; never fails and never panics.
    pub read: fn(&SourceText) -> Reading,
}

/// What the ids of formats that tools write have in them.
const WRITTEN_BY_TOOLS: &[&str] = &[
    "lock",
    "shrinkwrap",
    "freeze",
    "modules_txt",
    "vendor_json",
    "vendor_manifest",
    "go_sum",
    "install_json",
    "assets_json",
    "godeps",
];

impl Format {
    /// Whether tools write its files and people do not: lockfiles and the like.
    pub fn is_written_by_tools(&self) -> bool {
        WRITTEN_BY_TOOLS.iter().any(|part| self.id.contains(part))
    }
}

impl Ecosystem {
    /// Whether a name as people write it, perhaps not in its normal form, is a known one; that may end in `*`.
    pub fn is_name_of(self, name: &str, known: &str) -> bool {
        let normal = |name: &str| match self {
            // PEP 503, roughly: a run counts as one.
            Ecosystem::Pypi => name.to_lowercase().replace(['_', '.'], "-"),
            Ecosystem::Golang | Ecosystem::Nuget | Ecosystem::Composer | Ecosystem::Swift => name.to_lowercase(),
            Ecosystem::Maven => name.replace('/', ":"),
            Ecosystem::Cargo => name.replace('_', "-"),
            Ecosystem::Npm
            | Ecosystem::Gem
            | Ecosystem::Hackage
            | Ecosystem::Hex
            | Ecosystem::Deb
            | Ecosystem::Generic => name.to_owned(),
        };
        match known.strip_suffix('*') {
            Some(beginning) => normal(name).starts_with(&normal(beginning)),
            None => normal(name) == normal(known),
        }
    }

    /// A name as the registry compares it: NuGet and Composer do not tell capitals from small letters.
    pub fn folded(self, name: &str) -> Cow<'_, str> {
        match self {
            Ecosystem::Nuget | Ecosystem::Composer => Cow::Owned(name.to_lowercase()),
            Ecosystem::Golang
            | Ecosystem::Pypi
            | Ecosystem::Maven
            | Ecosystem::Npm
            | Ecosystem::Gem
            | Ecosystem::Hackage
            | Ecosystem::Cargo
            | Ecosystem::Hex
            | Ecosystem::Swift
            | Ecosystem::Deb
            | Ecosystem::Generic => Cow::Borrowed(name),
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
