//! Explicit specifications of conda's: an archive's address per line, below `@EXPLICIT` (CEP 23, "Text spec input files";
//! `conda list --explicit`, `conda-lock --kind explicit`, `conda export --format=explicit`).
//!
//! Traps:
//! - They are called anything; only the line `@EXPLICIT` tells, wherever it stands.
//! - An address may be a path, and ends with the archive's hash behind `#`. It may hold a password, which is not kept.
//! - What pip installs stands in comments, `# pip name @ address --hash=…`, which conda-lock obeys and conda does not.
//! - Names are conda's ([`super::conda`]).
//!
//! Not done here: whose lock it is, `resolve` tells from the files' names.

use super::conda::{MatchSpec, pypi_name};
use super::part::append;
use super::requirements_txt;
use crate::model::{Declared, Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "conda_explicit_lock",
    name: "explicit conda lock",
    ecosystem: Ecosystem::Pypi,
    globs: &[
        "*.lock",
        "*{explicit,spec,conda,environment,packages,package-list,requirements}*.txt",
        "*{linux,osx,win}-*.txt",
        "{env,*[-_.]env,env[-_.]*,lock,*[-_.]lock}.txt",
    ],
    read,
};

/// How the line starts that makes a file one of the format.
pub const MARK: &str = "@EXPLICIT";

/// What stands before the platform that a file is for.
const PLATFORM: &str = "platform:";

/// Whether a text is an explicit specification.
pub(super) fn is_explicit(text: &str) -> bool {
    text.contains(MARK) && text.split(['\n', '\r']).any(|line| line.trim() == MARK)
}

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    if !is_explicit(source.text()) {
        return reading;
    }
    let mut platform = None;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        let text = line.trim();
        let start = source.line_start(number) + line.len() - line.trim_start().len();
        if let Some(comment) = text.strip_prefix('#') {
            let said = comment.trim_start();
            if let Some(word) = said.strip_prefix(PLATFORM) {
                platform = Some(word.trim().to_owned()).filter(|word| !word.is_empty());
            } else if let Some(requirement) = said.strip_prefix("pip ") {
                let at = start + text.len() - requirement.len();
                append(&mut reading, pip(requirement, at));
            }
            continue;
        }
        if text.is_empty() || text == MARK {
            continue;
        }
        let spec = MatchSpec::parse(text).filter(|spec| spec.is_archive);
        if let Some(spec) = spec {
            reading.declared.extend(package(&spec, start));
        } else if reading.problems.is_empty() {
            let message = "conda refuses this line and with it the whole file: it names no archive".into();
            let span = Span::new(start, start + text.len());
            reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
        }
    }
    for declared in &mut reading.declared {
        declared.condition.clone_from(&platform);
    }
    reading
}

/// The package in an archive, if it is one of Python's.
fn package(spec: &MatchSpec<'_>, start: usize) -> Option<Declared> {
    let (version, span) = spec.version?;
    Some(Declared {
        name: pypi_name(&spec.name)?,
        stated: Stated::Locked(version.into()),
        scope: Scope::Runtime,
        direct: None,
        condition: None,
        span: span.shifted(start),
    })
}

/// What conda-lock has pip install.
fn pip(requirement: &str, start: usize) -> Reading {
    let mut part = requirements_txt::read_part(requirement, |span| span.shifted(start));
    for declared in &mut part.declared {
        declared.direct = None;
    }
    // A comment that says something else is no harm.
    part.problems.clear();
    part.includes.clear();
    part
}
