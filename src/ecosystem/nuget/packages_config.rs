//! `packages.config`: the packages of a project that predates PackageReference, transitive ones too (NuGet documentation,
//! "packages.config reference").
//!
//! Traps:
//! - The version is exact. `allowedVersions` binds only whoever looks for updates.
//! - The file does not tell which packages the project itself asks for.

use super::requirement_text;
use crate::ecosystem::xml::{Element, Tree};
use crate::model::{Declared, Ecosystem, Format, Grammar, Reading, Scope, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "packages_config",
    name: "packages.config",
    ecosystem: Ecosystem::Nuget,
    globs: &["packages.config", "packages.*.config"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut tree = Tree::read(source.text());
    let mut reading = Reading { problems: std::mem::take(&mut tree.problems), ..Reading::default() };
    let Some(root) = tree.root().filter(|root| root.name == "packages") else { return reading };
    // A package stands in a package only where a tag is not closed.
    let mut packages: Vec<&Element> = tree.named(root, "package").collect();
    let mut at = 0;
    while let Some(package) = packages.get(at).copied() {
        packages.extend(tree.named(package, "package"));
        at += 1;
    }
    packages.sort_by_key(|package| package.tag.start);
    for package in packages {
        let Some(id) = package.attribute("id").filter(|id| !id.value.trim().is_empty()) else { continue };
        let version = package.attribute("version").and_then(|version| requirement_text(version, source.text()));
        let (stated, span) = match version {
            Some((text, span)) => (Stated::Requirement(text.to_owned(), Grammar::PackagesConfig), span),
            None => (Stated::Nothing, id.span),
        };
        let is_for_development = package
            .attribute("developmentDependency")
            .is_some_and(|word| word.value.trim().eq_ignore_ascii_case("true"));
        reading.declared.push(Declared {
            name: id.value.trim().to_owned(),
            stated,
            scope: if is_for_development { Scope::Development } else { Scope::Runtime },
            direct: None,
            condition: package.attribute("targetFramework").map(|framework| framework.value.trim().to_owned()),
            span,
        });
    }
    reading
}
