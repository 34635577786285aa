//! `glide.yaml`: what Glide is asked for (Glide, "The glide.yaml File").
//!
//! Traps:
//! - `version` is a range, a tag, a branch or a commit, and the file does not say which. A bare version is exact.
//! - `repo` names another place to take the code from.

use super::{is_version, yaml_string};
use crate::ecosystem::yaml::{self, Node};
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "glide_yaml", name: "glide.yaml", ecosystem: Ecosystem::Golang, globs: &["glide.yaml"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    for (list, scope) in [("import", Scope::Runtime), ("testImport", Scope::Test)] {
        for import in document.get(list).map(|node| node.items()).unwrap_or_default() {
            reading.declared.extend(declared(import, scope));
        }
    }
    reading
}

fn declared(import: Node<'_>, scope: Scope) -> Option<Declared> {
    let name = yaml_string(import, "package")?;
    let from = yaml_string(import, "repo").map_or(name.text.as_str(), |repository| &repository.text);
    let (stated, span) = match yaml_string(import, "version") {
        Some(version) if from == name.text && is_version(&version.text, Grammar::Glide) => {
            (Stated::Requirement(version.text.clone(), Grammar::Glide), version.span)
        }
        Some(version) => {
            let reference = GitReference::Any(version.text.clone());
            (Stated::Source(Source::Git { repository: from.into(), reference }), version.span)
        }
        None => (Stated::Nothing, name.span),
    };
    Some(Declared { name: name.text.clone(), stated, scope, direct: Some(true), condition: None, span })
}
