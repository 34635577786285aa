//! `stack.yaml.lock`: what stack made of the extra dependencies (Stack documentation, "Lock files").
//!
//! Traps:
//! - A published package stands in `completed` as `hackage: name-version@sha256:…,size`; one from a repository with `name` and
//!   `version`, which tells what the repository held at that commit.
//! - `original` repeats what `stack.yaml` says and locks nothing.

use super::stack_yaml::{name_and_version, push};
use crate::ecosystem::yaml;
use crate::model::{Ecosystem, Format, Reading, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "stack_yaml_lock",
    name: "stack.yaml.lock",
    ecosystem: Ecosystem::Hackage,
    globs: &["stack.yaml.lock", "stack-*.yaml.lock"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    let fields = document.root().map(|root| root.members()).unwrap_or_default();
    let Some((_, packages)) = fields.into_iter().find(|(key, _)| key.text == "packages") else { return reading };
    for item in packages.items_or_itself() {
        let entry = item.members();
        let Some((_, completed)) = entry.into_iter().find(|(key, _)| key.text == "completed") else { continue };
        let fields = completed.members();
        let text = |name: &str| {
            let (_, node) = fields.iter().find(|(key, _)| key.text == name)?;
            node.scalar()
        };
        if let Some(scalar) = text("hackage") {
            let length = scalar.text.find('@').unwrap_or(scalar.text.len());
            if let Some((name, version)) = name_and_version(&scalar.text[..length]) {
                let span = scalar.place(source, &(name.len() + 1..name.len() + 1 + version.len()));
                push(&mut reading, name, Stated::Locked(version.to_owned()), span);
            }
        } else if let (Some(name), Some(version)) = (text("name"), text("version")) {
            let span = version.place(source, &(0..version.text.len()));
            push(&mut reading, &name.text, Stated::Locked(version.text.clone()), span);
        }
    }
    reading
}
