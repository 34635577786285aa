//! The report as a table for spreadsheets (RFC 4180): every client, compatible ones too, and the problems.
//!
//! Traps:
//! - A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, quoted or not. Such a text from a file
//!   gets an apostrophe before it; a program that reads the table back takes one such apostrophe away, or reads JSON.
//! - A cell holds at most 32,767 characters in common programs, so longer texts are cut.

use super::neutral::brief;
use super::{Entry, Problem, Report};

/// Most characters of a cell.
const MAX_CELL: usize = 32_000;

const HEAD: [&str; 21] = [
    "kind",
    "verdict",
    "severity",
    "reason",
    "ecosystem",
    "package",
    "declared",
    "selected",
    "minimum",
    "scope",
    "condition",
    "path",
    "line",
    "column",
    "rule",
    "purl",
    "message",
    "help",
    "state",
    "owners",
    "ignored",
];

/// The report as CSV.
pub fn write(report: &Report) -> String {
    let mut text = String::new();
    row(&mut text, HEAD);
    for entry in &report.clients {
        row(&mut text, client(report, entry).each_ref().map(String::as_str));
    }
    for problem in &report.problems {
        row(&mut text, trouble(report, problem).each_ref().map(String::as_str));
    }
    text
}

fn client(report: &Report, entry: &Entry) -> [String; HEAD.len()] {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        "client".into(),
        entry.verdict.word().into(),
        entry.severity.word().into(),
        entry.reason.word().into(),
        entry.ecosystem.word().into(),
        entry.package.clone(),
        optional(&entry.declared),
        optional(&entry.selected),
        optional(&entry.minimum),
        entry.scope.word().into(),
        optional(&entry.condition),
        report.from_repository(&entry.place.path),
        entry.place.start.line.to_string(),
        entry.place.start.column.to_string(),
        entry.rule.clone(),
        entry.purl.clone(),
        entry.message.clone(),
        optional(&entry.help),
        entry.new.map_or("", |new| if new { "new" } else { "known" }).into(),
        entry.owners.join(" "),
        entry.ignored.as_ref().map_or(String::new(), |ignored| ignored.reason.clone()),
    ]
}

fn trouble(report: &Report, problem: &Problem) -> [String; HEAD.len()] {
    let mut cells = [const { String::new() }; HEAD.len()];
    cells[0] = "problem".into();
    cells[3] = problem.kind.word().into();
    cells[11] = report.from_repository(&problem.path);
    cells[12] = problem.at.map_or(String::new(), |at| at.line.to_string());
    cells[13] = problem.at.map_or(String::new(), |at| at.column.to_string());
    cells[16].clone_from(&problem.message);
    cells
}

pub(super) fn row<const N: usize>(text: &mut String, cells: [&str; N]) {
    let cells = cells.map(cell);
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

fn cell(text: &str) -> String {
    let mut text = brief(text, MAX_CELL);
    // Some programs trim blanks first, and the wide forms of the signs are taken for the signs.
    if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\'']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_inert_and_quoted() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@scope/a, \"b\""), "\"'@scope/a, \"\"b\"\"\"");
        assert_eq!(cell(" -x"), "' -x");
        assert_eq!(cell(">=1.0"), ">=1.0");
        assert_eq!(cell("a\nb"), "a\\u{a}b");
    }
}
