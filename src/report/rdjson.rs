//! The report as reviewdog's rdjson, with which it comments on changes in many forges.
//!
//! Columns are bytes of UTF-8, unlike anybody else's; an end is exclusive. What could not be read is a diagnostic too; what was
//! known before is none, since nobody wants a comment on it.

use serde::Serialize;

use super::json;
use super::neutral::brief;
use super::{Entry, Place, Problem, Report};
use crate::judge::Severity;

/// Most characters of a sentence.
const MAX_TEXT: usize = 2000;

#[derive(Serialize)]
struct Document {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related>,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Code {
    value: String,
}

#[derive(Serialize)]
struct Related {
    message: String,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Position>,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

/// The report as rdjson.
pub fn write(report: &Report) -> String {
    let findings = report.news().map(|entry| finding(report, entry));
    let problems = report.problems.iter().map(|problem| trouble(report, problem));
    let document =
        Document { source: Source { name: env!("CARGO_PKG_NAME") }, diagnostics: findings.chain(problems).collect() };
    json::print(&document)
}

fn finding(report: &Report, entry: &Entry) -> Diagnostic {
    let mut message = brief(&entry.message, MAX_TEXT);
    if let Some(help) = &entry.help {
        message.push_str("; ");
        message.push_str(&brief(help, MAX_TEXT));
    }
    if let Some(owners) = entry.owned_by() {
        message.push_str("; ");
        message.push_str(&brief(&owners, MAX_TEXT));
    }
    let related = entry.related.iter().map(|related| Related {
        message: brief(&related.message, MAX_TEXT),
        location: location(report, &related.place),
    });
    Diagnostic {
        message,
        location: location(report, &entry.place),
        severity: match entry.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code { value: brief(&entry.rule, MAX_TEXT) },
        suggestions: suggestions(entry),
        related_locations: related.collect(),
    }
}

/// The edit that mends it, if it is one: what a person accepts must be all of it.
fn suggestions(entry: &Entry) -> Vec<Suggestion> {
    let edits = entry.fix.as_ref().map_or(&[][..], |fix| fix.edits.as_slice());
    match edits {
        [edit] if edit.place.path == entry.place.path => {
            vec![Suggestion { range: range(&edit.place), text: edit.new.clone() }]
        }
        _ => Vec::new(),
    }
}

fn location(report: &Report, place: &Place) -> Location {
    Location { path: report.from_repository(&place.path), range: Some(range(place)) }
}

fn range(place: &Place) -> Range {
    let position = |column| Position { line: place.start.line, column: Some(column) };
    let bytes = &place.first_line.bytes;
    Range { start: position(bytes.start), end: Some(position(bytes.end)) }
}

fn trouble(report: &Report, problem: &Problem) -> Diagnostic {
    let range = problem.at.map(|at| Range { start: Position { line: at.line, column: None }, end: None });
    Diagnostic {
        message: brief(&problem.message, MAX_TEXT),
        location: Location { path: report.from_repository(&problem.path), range },
        severity: "WARNING",
        code: Code { value: format!("problem-{}", problem.kind.word()) },
        suggestions: Vec::new(),
        related_locations: Vec::new(),
    }
}
