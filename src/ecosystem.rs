//! The switchboard: everything that differs by ecosystem, one exhaustive match each.

pub mod cargo;
pub mod composer;
pub mod deb;
pub mod gem;
pub mod golang;
pub mod hackage;
pub mod json;
pub mod maven;
pub mod npm;
pub mod nuget;
pub mod number;
pub mod prerelease;
pub mod pypi;
pub mod repository;
pub mod semantic;
pub mod toml_text;
pub mod transitive;
pub mod xml;
pub mod yaml;

use crate::model::{Ecosystem, Files, Format, Grammar, Reason, Resolution, Why};
use crate::version::{Order, Version, VersionRange};

/// Every format that is read, by ecosystem.
pub fn formats() -> impl Iterator<Item = &'static Format> {
    Ecosystem::ALL.iter().flat_map(|ecosystem| formats_of(*ecosystem)).copied()
}

fn formats_of(ecosystem: Ecosystem) -> &'static [&'static Format] {
    match ecosystem {
        Ecosystem::Golang => golang::FORMATS,
        Ecosystem::Pypi => pypi::FORMATS,
        Ecosystem::Maven => maven::FORMATS,
        Ecosystem::Npm => npm::FORMATS,
        Ecosystem::Gem => gem::FORMATS,
        Ecosystem::Hackage => hackage::FORMATS,
        Ecosystem::Nuget => nuget::FORMATS,
        Ecosystem::Cargo => cargo::FORMATS,
        // The rules hold facts about these; no reader names their packages yet.
        Ecosystem::Hex | Ecosystem::Composer | Ecosystem::Swift | Ecosystem::Deb | Ecosystem::Generic => &[],
    }
}

/// Longest version or requirement text that is read, in bytes.
pub const MAX_VERSION_LENGTH: usize = 1024;

/// Reads a version in the order of its ecosystem.
///
/// # Errors
/// [`Reason::UnparsableVersion`] and what is wrong with the text.
pub fn version(ecosystem: Ecosystem, text: &str) -> Result<Version, Why> {
    let unparsable = |message: String| Why::new(Reason::UnparsableVersion, message);
    if text.len() > MAX_VERSION_LENGTH {
        return Err(unparsable(format!("it is longer than {MAX_VERSION_LENGTH} bytes")));
    }
    let order = match ecosystem {
        Ecosystem::Golang => golang::version::GolangVersion::parse(text).map(Order::Golang),
        Ecosystem::Pypi => pypi::version::PypiVersion::parse(text).map(Order::Pypi),
        Ecosystem::Maven => maven::version::MavenVersion::parse(text).map(Order::Maven),
        Ecosystem::Npm => npm::version::NpmVersion::parse(text).map(Order::Npm),
        Ecosystem::Gem => gem::version::GemVersion::parse(text).map(Order::Gem),
        Ecosystem::Hackage => hackage::version::HackageVersion::parse(text).map(Order::Hackage),
        Ecosystem::Nuget => nuget::version::NugetVersion::parse(text).map(Order::Nuget),
        Ecosystem::Cargo | Ecosystem::Hex => semantic::SemanticVersion::parse(text).map(Order::Semantic),
        Ecosystem::Composer => composer::version::ComposerVersion::parse(text).map(Order::Composer),
        Ecosystem::Swift | Ecosystem::Generic => semantic::SemanticVersion::parse_tag(text).map(Order::Semantic),
        Ecosystem::Deb => deb::version::DebVersion::parse(text).map(Order::Deb),
    };
    order.map(|order| Version::new(text.trim(), order)).map_err(unparsable)
}

/// The set of versions that a requirement admits, by the grammar it is written in.
///
/// # Errors
/// [`Reason::UnparsableVersion`] and what is wrong with the text; the message quotes the text.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, Why> {
    let unparsable = |message: String| {
        Why::new(Reason::UnparsableVersion, format!("`{text}` cannot be read as a version requirement: {message}"))
    };
    if text.len() > MAX_VERSION_LENGTH {
        return Err(Why::new(Reason::UnparsableVersion, format!("the text is longer than {MAX_VERSION_LENGTH} bytes")));
    }
    match grammar {
        Grammar::GoMod | Grammar::Dep | Grammar::Glide => golang::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Pep440 | Grammar::Poetry | Grammar::Pipfile | Grammar::Conda => {
            pypi::requirement::range(text, grammar).map_err(unparsable)
        }
        Grammar::Maven | Grammar::Gradle => maven::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Npm => npm::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Gem => gem::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Cabal | Grammar::Hpack => hackage::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Cargo => cargo::requirement::range(text, grammar).map_err(unparsable),
        Grammar::Nuget | Grammar::PackagesConfig | Grammar::Paket => {
            nuget::requirement::range(text, grammar).map_err(unparsable)
        }
    }
}

/// What the files of an ecosystem together select.
pub fn resolve(ecosystem: Ecosystem, files: &Files) -> Resolution {
    match ecosystem {
        Ecosystem::Golang => golang::resolve::resolve(files),
        Ecosystem::Pypi => pypi::resolve::resolve(files),
        Ecosystem::Maven => maven::resolve::resolve(files),
        Ecosystem::Npm => npm::resolve::resolve(files),
        Ecosystem::Gem => gem::resolve::resolve(files),
        Ecosystem::Hackage => hackage::resolve::resolve(files),
        Ecosystem::Nuget => nuget::resolve::resolve(files),
        Ecosystem::Cargo => cargo::resolve::resolve(files),
        Ecosystem::Hex | Ecosystem::Composer | Ecosystem::Swift | Ecosystem::Deb | Ecosystem::Generic => {
            Resolution::default()
        }
    }
}
