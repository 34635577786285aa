//! `.yarnrc.yml`: the catalogs of a Yarn project (Yarn, "Settings": `catalog`, `catalogs`). Its other settings say nothing of
//! versions.

use super::pnpm_workspace_yaml::catalogs;
use crate::ecosystem::yaml;
use crate::model::{Ecosystem, Format, Reading};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "yarnrc_yml", name: ".yarnrc.yml", ecosystem: Ecosystem::Npm, globs: &[".yarnrc.yml"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    catalogs(source, &document, &mut reading);
    reading
}
