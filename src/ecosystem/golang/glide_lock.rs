//! `glide.lock`: the commits that Glide chose (Glide, "The glide.lock file").

use super::{locked, yaml_string};
use crate::ecosystem::yaml;
use crate::model::{Ecosystem, Format, Reading, Scope};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "glide_lock", name: "glide.lock", ecosystem: Ecosystem::Golang, globs: &["glide.lock"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    for (list, scope) in [("imports", Scope::Runtime), ("testImports", Scope::Test)] {
        for import in document.get(list).map(|node| node.items()).unwrap_or_default() {
            let Some(name) = yaml_string(import, "name") else { continue };
            let revision = yaml_string(import, "version").map(|version| (version.text.as_str(), version.span));
            reading.declared.extend(locked(&name.text, None, revision).map(|mut declared| {
                declared.scope = scope;
                declared
            }));
        }
    }
    reading
}
