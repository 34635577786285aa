//! The report as GitHub's workflow commands, which a runner turns into annotations.
//!
//! Traps:
//! - Of each kind the runner keeps ten per step and drops the rest without a word, and a step that fails adds an error of
//!   its own. So nine errors, ten warnings and eight notices are written, the worst first, and a last notice says how many
//!   are not.
//! - `%`, CR and LF mean something in a message, `:` and `,` in a property as well; a `%` that is there already goes first.
//! - `##[` is a command anywhere in a line; [`super::neutral`] breaks it, in paths as well.
//! - What was known before the change is not annotated, only counted.
//! - Columns are dropped unless the end is on the same line.

use std::cmp::Reverse;
use std::fmt::Write;

use super::neutral::brief;
use super::summary::{many, summary};
use super::{Entry, Problem, Report};
use crate::judge::Severity;

const MAX_ERRORS: usize = 9;
const MAX_WARNINGS: usize = 10;

/// One less than for errors: the last is for what is left out.
const MAX_NOTICES: usize = 8;

/// Most characters of a sentence; the runner cuts a message at 4,096.
const MAX_TEXT: usize = 1000;

/// Most characters of a path, which is as long as one can be.
const MAX_PATH: usize = 4096;

/// Most characters of a title.
const MAX_TITLE: usize = 200;

/// The report as workflow commands, and a last line that sums up.
pub fn write(report: &Report) -> String {
    let mut text = String::new();
    let mut left_out = Vec::new();
    let kinds = [(Severity::Error, MAX_ERRORS), (Severity::Warning, MAX_WARNINGS), (Severity::Note, MAX_NOTICES)];
    for (severity, most) in kinds {
        let mut entries: Vec<&Entry> = report.news().filter(|entry| entry.severity == severity).collect();
        entries.sort_by_key(|entry| Reverse(entry.verdict));
        let mut commands: Vec<String> = entries.into_iter().map(|entry| annotation(report, entry)).collect();
        if severity == Severity::Warning {
            let base = report.base.as_ref().and_then(super::Base::problem);
            commands.extend(base.map(|base| format!("::warning title=kubefloor::{}\n", data(&brief(&base, MAX_TEXT)))));
            commands.extend(report.problems.iter().map(|problem| trouble(report, problem)));
        }
        if commands.len() > most {
            left_out.push(many(commands.len() - most, kind(severity)));
            commands.truncate(most);
        }
        text.extend(commands);
    }
    if !left_out.is_empty() {
        let _ = writeln!(
            text,
            "::notice title=kubefloor::not annotated, since GitHub shows ten of a kind: {}; the job summary or another form \
             of the report has them all",
            left_out.join(", ")
        );
    }
    text.push_str(&summary(report));
    text.push('\n');
    text
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn annotation(report: &Report, entry: &Entry) -> String {
    let place = &entry.place;
    let mut message = brief(&entry.message, MAX_TEXT);
    if let Some(help) = &entry.help {
        let _ = write!(message, "; {}", brief(help, MAX_TEXT));
    }
    if let Some(owners) = entry.owned_by() {
        let _ = write!(message, "; {}", brief(&owners, MAX_TEXT));
    }
    format!(
        "::{} file={},line={},endLine={},col={},endColumn={},title={}::{}\n",
        kind(entry.severity),
        property(&brief(&report.from_repository(&place.path), MAX_PATH)),
        place.start.line,
        place.start.line,
        place.first_line.utf16.start,
        place.first_line.utf16.end,
        property(&brief(&format!("{} {}", entry.verdict.title(), entry.package), MAX_TITLE)),
        data(&message)
    )
}

fn trouble(report: &Report, problem: &Problem) -> String {
    let line = problem.at.map_or(String::new(), |at| format!(",line={}", at.line));
    let path = property(&brief(&report.from_repository(&problem.path), MAX_PATH));
    let title = property(&format!("problem: {}", problem.kind.word()));
    format!("::warning file={path}{line},title={title}::{}\n", data(&brief(&problem.message, MAX_TEXT)))
}

/// The text of a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
