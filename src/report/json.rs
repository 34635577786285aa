//! The report for machines: one JSON document, `schema_version` 1, described by `schema/report.schema.json`.
//!
//! Within a schema version fields are only added. Text is what the files say, unchanged: JSON's own escapes keep it from
//! breaking the document, and from acting on whatever the document is printed to.

use serde::Serialize;

use super::neutral::inert_json;
use super::{Entry, Place, Problem, Related, Remedy, Replacement, Report, Revision};
use crate::source::LineCol;

/// The version of the form.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    root: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    within_repository: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<Commit<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Earlier<'a>>,
    config: Option<&'a str>,
    findings: Vec<Client<'a>>,
    clients: Vec<Client<'a>>,
    problems: Vec<Trouble<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'static str,
    rules_date: &'a str,
}

#[derive(Serialize)]
struct Commit<'a> {
    name: &'a str,
    commit: &'a str,
}

#[derive(Serialize)]
struct Earlier<'a> {
    name: &'a str,
    commit: Option<&'a str>,
    compared: bool,
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct Client<'a> {
    rule: &'a str,
    verdict: &'static str,
    reason: &'static str,
    severity: &'static str,
    ecosystem: &'static str,
    package: &'a str,
    purl: &'a str,
    scope: &'static str,
    direct: Option<bool>,
    condition: Option<&'a str>,
    declared: Option<&'a str>,
    selected: Option<&'a str>,
    minimum: Option<&'a str>,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    related: Vec<Bearing<'a>>,
    message: &'a str,
    help: Option<&'a str>,
    fix: Option<Cure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
    owners: &'a [String],
    ignored: Option<Ignore<'a>>,
}

#[derive(Serialize)]
struct Ignore<'a> {
    reason: &'a str,
    until: Option<String>,
    path: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Cure<'a> {
    text: &'a str,
    to: Option<&'a str>,
    breaking: bool,
    edits: Vec<Edit<'a>>,
    refused: Option<&'a str>,
    commands: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    old: &'a str,
    new: &'a str,
}

#[derive(Serialize)]
struct Run<'a> {
    folder: &'a str,
    command: &'a str,
}

#[derive(Serialize)]
struct Bearing<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct Trouble<'a> {
    kind: &'static str,
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    files_seen: usize,
    files_read: usize,
    clients: usize,
    incompatible: usize,
    maybe_incompatible: usize,
    undetermined: usize,
    compatible: usize,
    ignored: usize,
    problems: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<usize>,
}

/// The report as JSON.
pub fn write(report: &Report) -> String {
    let counts = report.counts();
    let count = |new| report.clients.iter().filter(|entry| entry.new == Some(new)).count();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), rules_date: &report.rules_date },
        root: &report.root,
        within_repository: &report.within_repository,
        revision: report.revision.as_ref().map(|Revision { name, commit }| Commit { name, commit }),
        base: report.base.as_ref().map(|base| Earlier {
            name: &base.name,
            commit: base.commit.as_deref(),
            compared: base.is_there,
            problem: base.why.as_deref(),
        }),
        config: report.config.as_deref(),
        findings: report.findings().map(client).collect(),
        clients: report.clients.iter().map(client).collect(),
        problems: report.problems.iter().map(trouble).collect(),
        summary: Summary {
            files_seen: report.files_seen,
            files_read: report.files_read,
            clients: report.clients.len(),
            incompatible: counts.incompatible,
            maybe_incompatible: counts.maybe_incompatible,
            undetermined: counts.undetermined,
            compatible: counts.compatible,
            ignored: counts.ignored,
            problems: report.problems.len(),
            new: report.is_compared().then(|| count(true)),
            known: report.is_compared().then(|| count(false)),
        },
    };
    print(&document)
}

/// A document as it is printed, in lines and with a line end behind it.
///
/// # Panics
/// If the document holds what JSON cannot; one of plain text, numbers and lists does not.
pub(super) fn print(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("a report is plain data");
    text.push('\n');
    inert_json(text)
}

fn client(entry: &Entry) -> Client<'_> {
    let Place { path, start, end, first_line: _, excerpt: _ } = &entry.place;
    Client {
        rule: &entry.rule,
        verdict: entry.verdict.word(),
        reason: entry.reason.word(),
        severity: entry.severity.word(),
        ecosystem: entry.ecosystem.word(),
        package: &entry.package,
        purl: &entry.purl,
        scope: entry.scope.word(),
        direct: entry.direct,
        condition: entry.condition.as_deref(),
        declared: entry.declared.as_deref(),
        selected: entry.selected.as_deref(),
        minimum: entry.minimum.as_deref(),
        path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        related: entry.related.iter().map(bearing).collect(),
        message: &entry.message,
        help: entry.help.as_deref(),
        fix: entry.fix.as_ref().map(cure),
        new: entry.new,
        owners: &entry.owners,
        ignored: entry.ignored.as_ref().map(|ignored| Ignore {
            reason: &ignored.reason,
            until: ignored.until.map(|day| day.to_string()),
            path: &ignored.path,
            line: ignored.line,
        }),
    }
}

fn cure(fix: &Remedy) -> Cure<'_> {
    let commands = fix.commands.iter().map(|command| Run { folder: &command.folder, command: &command.line });
    Cure {
        text: &fix.text,
        to: fix.to.as_deref(),
        breaking: fix.breaking,
        edits: fix.edits.iter().map(edit).collect(),
        refused: fix.refusal.as_deref(),
        commands: commands.collect(),
    }
}

fn edit(replacement: &Replacement) -> Edit<'_> {
    let Place { path, start, end, first_line: _, excerpt: _ } = &replacement.place;
    Edit {
        path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        old: &replacement.old,
        new: &replacement.new,
    }
}

fn bearing(related: &Related) -> Bearing<'_> {
    let LineCol { line, column } = related.place.start;
    Bearing { path: &related.place.path, line, column, message: &related.message }
}

fn trouble(problem: &Problem) -> Trouble<'_> {
    Trouble {
        kind: problem.kind.word(),
        path: &problem.path,
        line: problem.at.map(|at| at.line),
        column: problem.at.map(|at| at.column),
        message: &problem.message,
    }
}
