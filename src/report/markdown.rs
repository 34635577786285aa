//! The report as Markdown, for a job summary, a comment or a release note: every finding, the worst first, and the
//! problems.
//!
//! Traps:
//! - GitHub drops a job summary of more than 1,024 KiB whole, so this stays below 900 KiB: first the reasons are left out,
//!   then the mildest findings, and it says so.
//! - Text from files goes into `<code>` or prose with every character that means something to Markdown as a numeric entity.
//!   Backslashes would not do: in a table `\\|` ends the cell. In prose a zero-width space stands behind `@` and `#`, which
//!   GitHub makes mentions and references of after the Markdown is gone, and in code behind the `@` of an address of mail,
//!   which its parser makes a link of even there.

use std::cmp::Reverse;
use std::fmt::Write;

use super::neutral::brief;
use super::summary::{capitalised, number, summary};
use super::{Entry, Ignored, Problem, Report};
use crate::judge::Verdict;

/// Most bytes of the table of findings, and of the whole.
const MAX_FINDINGS: usize = 800 * 1024;
const MAX: usize = 900 * 1024;

/// Most characters of a name, a path and a sentence.
const MAX_NAME: usize = 150;
const MAX_PATH: usize = 300;
const MAX_SENTENCE: usize = 500;

/// The report as Markdown.
pub fn write(report: &Report) -> String {
    let mut text = format!("## Kubernetes clients\n\n{}\n", prose(&summary(report)));
    if let Some(problem) = report.base.as_ref().and_then(super::Base::problem) {
        let _ = writeln!(text, "\n{}", prose(&capitalised(&brief(&problem, MAX_SENTENCE))));
    }
    let mut findings: Vec<&Entry> = report.findings().collect();
    findings.sort_by_key(|entry| (entry.is_known(), Reverse((entry.verdict, entry.severity))));
    let (news, known) = findings.split_at(findings.iter().take_while(|entry| !entry.is_known()).count());
    let full: usize = findings.iter().map(|entry| row(report, entry, true).len()).sum();
    let with_reasons = full <= MAX_FINDINGS;
    let most = if with_reasons { MAX_FINDINGS + 1024 } else { MAX_FINDINGS };
    if !with_reasons {
        text.push_str("\nThere are too many findings to say why for each; the other forms of the report do.\n");
    }
    for (heading, findings) in [("New", news), ("Known before", known)] {
        if findings.is_empty() {
            continue;
        }
        if report.is_compared() {
            let _ = writeln!(text, "\n### {heading}");
        }
        text.push_str(if with_reasons {
            "\n| verdict | client | version | place | why, and what to do |\n|---|---|---|---|---|\n"
        } else {
            "\n| verdict | client | version | place |\n|---|---|---|---|\n"
        });
        table(&mut text, findings.iter().map(|entry| row(report, entry, with_reasons)), most, "finding");
    }
    let (grave, others) = report.problems_by_weight();
    problems(&mut text, report, "Problems, behind which something may be missed", &grave);
    problems(&mut text, report, "Ignores and settings that do nothing", &others);
    let mut ignored = report.ignored().peekable();
    if ignored.peek().is_some() {
        text.push_str("\n### Ignored\n\n| client | place | reason |\n|---|---|---|\n");
        table(
            &mut text,
            ignored.map(|(entry, ignored)| row_of_ignored(report, entry, ignored)),
            MAX,
            "ignored finding",
        );
    }
    text
}

fn problems(text: &mut String, report: &Report, title: &str, problems: &[&Problem]) {
    if problems.is_empty() {
        return;
    }
    let _ = write!(text, "\n### {title}\n\n| place | problem |\n|---|---|\n");
    let rows = problems.iter().map(|problem| {
        let at = problem.at.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        let place = code(&format!("{}{at}", brief(&report.from_repository(&problem.path), MAX_PATH)));
        format!("| {place} | {} ({}) |\n", prose(&brief(&problem.message, MAX_SENTENCE)), problem.kind.word())
    });
    table(text, rows, MAX, "problem");
}

fn row_of_ignored(report: &Report, entry: &Entry, ignored: &Ignored) -> String {
    let until = ignored.until.map_or(String::new(), |day| format!(" (until {day})"));
    let client = code(&brief(&entry.package, MAX_NAME));
    format!("| {client} | {} | {}{until} |\n", place(report, entry), prose(&brief(&ignored.reason, MAX_SENTENCE)))
}

fn place(report: &Report, entry: &Entry) -> String {
    let path = brief(&report.from_repository(&entry.place.path), MAX_PATH);
    code(&format!("{path}:{}:{}", entry.place.start.line, entry.place.start.column))
}

/// Writes rows up to a size, and how many of what did not fit.
pub(super) fn table(text: &mut String, rows: impl Iterator<Item = String>, most: usize, what: &str) {
    let mut left_out = 0;
    for row in rows {
        if left_out > 0 || text.len() + row.len() > most {
            left_out += 1;
        } else {
            text.push_str(&row);
        }
    }
    if left_out > 0 {
        let plural = if left_out == 1 { "" } else { "s" };
        let _ = writeln!(
            text,
            "\n**{} more {what}{plural} did not fit here; the other forms of the report have them all.**",
            number(left_out)
        );
    }
}

fn row(report: &Report, entry: &Entry, with_reason: bool) -> String {
    let symbol = match entry.verdict {
        Verdict::Incompatible => "❌",
        Verdict::MaybeIncompatible => "⚠️",
        Verdict::Undetermined => "❔",
        Verdict::Compatible => "✅",
    };
    let version = entry.selected.as_ref().or(entry.declared.as_ref());
    let version = version.map_or_else(|| "–".to_owned(), |version| code(&brief(version, MAX_NAME)));
    let place = place(report, entry);
    let client = code(&brief(&entry.package, MAX_NAME));
    let mut row = format!("| {symbol} {} | {client} | {version} | {place} |", entry.verdict.title());
    if with_reason {
        let _ = write!(row, " {}", prose(&brief(&entry.message, MAX_SENTENCE)));
        if let Some(help) = &entry.help {
            let _ = write!(row, "<br>**{}**", prose(&brief(help, MAX_SENTENCE)));
        }
        if let Some(owners) = entry.owned_by() {
            let _ = write!(row, "<br>{}", prose(&brief(&owners, MAX_SENTENCE)));
        }
        row.push_str(" |");
    }
    row.push('\n');
    row
}

/// A text in the manner of messages, whose values stand in backticks: those become code.
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text, true);
    }
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 0 { out.push_str(&escaped(part, true)) } else { out.push_str(&code(part)) }
    }
    out
}

/// A text as code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text, false))
}

fn escaped(text: &str, in_prose: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_address = match character {
            '.' => ends_in_www(&out),
            ':' => !characters.peek().is_some_and(|next| *next == ' ' || next.is_ascii_digit()),
            _ => false,
        };
        let means_something = matches!(
            character,
            '&' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '|' | '\\' | '~' | '$' | '@' | '#' | '^'
        );
        if means_something || is_address || character.is_control() {
            let is_mail = character == '@' && out.ends_with(|c: char| c.is_ascii_alphanumeric() || ".-_+;".contains(c));
            let _ = write!(out, "&#{};", u32::from(character));
            if is_mail || (in_prose && matches!(character, '@' | '#')) {
                out.push_str("&#8203;");
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a dot behind it would make an address of what follows.
fn ends_in_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything() {
        assert_eq!(prose("a|b `c|<i>`"), "a&#124;b <code>c&#124;&#60;i&#62;</code>");
        assert_eq!(prose("an odd ` mark"), "an odd &#96; mark");
        assert_eq!(prose("@x #1 www.x.org"), "&#64;&#8203;x &#35;&#8203;1 www&#46;x.org");
        assert_eq!(code("@x/y a@b.c"), "<code>&#64;x/y a&#64;&#8203;b.c</code>");
        assert_eq!(prose("a: b:1 https://x"), "a: b:1 https&#58;//x");
    }
}
