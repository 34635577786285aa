//! The report as GitLab's Code Quality report: one JSON array, empty where there is nothing to say.
//!
//! Traps:
//! - A fingerprint that is there twice hides the second issue. GitLab compares branches by it, so it holds neither version
//!   nor line.
//! - GitLab does not show the name of a check, so the description begins with it.
//! - Paths have no `./`, and a line is at least 1.

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::json;
use super::neutral::brief;
use super::{Entry, Problem, Report};
use crate::judge::Severity;

/// Most characters of a sentence.
const MAX_TEXT: usize = 2000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// The report as a Code Quality report.
pub fn write(report: &Report) -> String {
    let mut prints = Fingerprints::default();
    let mut issues: Vec<Issue> = report.findings().map(|entry| finding(report, entry, &mut prints)).collect();
    issues.extend(report.problems.iter().map(|problem| trouble(report, problem, &mut prints)));
    json::print(&issues)
}

fn finding(report: &Report, entry: &Entry, prints: &mut Fingerprints) -> Issue {
    let check_name = brief(&entry.rule, MAX_TEXT);
    let mut description = format!("{check_name}: {}", brief(&entry.message, MAX_TEXT));
    if let Some(help) = &entry.help {
        description.push_str("; ");
        description.push_str(&brief(help, MAX_TEXT));
    }
    if let Some(owners) = entry.owned_by() {
        description.push_str("; ");
        description.push_str(&brief(&owners, MAX_TEXT));
    }
    Issue {
        description,
        check_name,
        fingerprint: prints.of(report, entry),
        severity: match entry.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: location(report.from_repository(&entry.place.path), entry.place.start.line),
    }
}

fn trouble(report: &Report, problem: &Problem, prints: &mut Fingerprints) -> Issue {
    let path = report.from_repository(&problem.path);
    let kind = problem.kind.word();
    Issue {
        description: format!("problem: {} ({kind})", brief(&problem.message, MAX_TEXT)),
        check_name: format!("problem-{kind}"),
        fingerprint: prints.of_parts(&["problem", kind, &path, &problem.message]),
        severity: "info",
        location: location(path, problem.at.map_or(1, |at| at.line)),
    }
}

fn location(path: String, begin: usize) -> Location {
    Location { path, lines: Lines { begin } }
}
