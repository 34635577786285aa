//! The report for people: each finding with its line and a mark under the version, why, what to change and which other
//! places led there; then the problems; then one line that sums up.
//!
//! Traps:
//! - annotate-snippets panics on a span that is not in its source or not on character boundaries, takes time by the length
//!   of the source, and prints paths and titles as they are. It gets an [`super::Excerpt`] and neutral text only.
//! - The column it would compute is wrong where a long line was cut. It gets a mark instead of each path, and where it has
//!   written the mark with its own numbers, the report's place is put.
//! - Nothing here depends on the terminal but the colours, which the writer behind strips where there is none.

use std::fmt::Write;

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Snippet};

use super::neutral::{brief, neutral_lines};
use super::summary::{many, summary};
use super::{Entry, Place, Problem, Report};
use crate::judge::Severity;

/// Wider than any line of an excerpt with what stands before it, so that nothing is cut a second time.
const WIDTH: usize = 400;

/// Most related places that are shown with their lines; the rest are counted.
const MAX_RELATED: usize = 5;

/// Most characters of a name, path or sentence.
const MAX_TEXT: usize = 4096;

/// Stands before and behind the number of a place; no character, and so not in any neutral text.
const MARK: char = '\u{10fffe}';

/// The report as text with colours.
pub fn write(report: &Report) -> String {
    let renderer = Renderer::styled().term_width(WIDTH);
    let mut text = String::new();
    for entry in report.news() {
        let shown = renderer.render(&[group(entry)]);
        let related = entry.related.iter().map(|related| &related.place);
        let places: Vec<&Place> = [&entry.place].into_iter().chain(related).collect();
        text.push_str(&with_places(&shown, report, &places));
        text.push_str("\n\n");
    }
    problems(report, &mut text);
    text.push_str(&summary(report));
    text.push('\n');
    text
}

fn group<'a>(entry: &Entry) -> Group<'a> {
    let level = match entry.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let label = entry.verdict.title();
    let title = level.primary_title(short(&entry.message)).id(short(&entry.rule));
    let mut group = title.element(snippet(0, &entry.place, AnnotationKind::Primary, label));
    for (index, related) in entry.related.iter().take(MAX_RELATED).enumerate() {
        group = group.element(snippet(index + 1, &related.place, AnnotationKind::Context, &related.message));
    }
    if let Some(more) = entry.related.len().checked_sub(MAX_RELATED).filter(|more| *more > 0) {
        group = group.element(Level::NOTE.message(format!("and {} more", many(more, "place"))));
    }
    if let Some(condition) = &entry.condition {
        group = group.element(Level::NOTE.message(format!("this hangs on `{}`", short(condition))));
    }
    if let Some(owners) = entry.owned_by() {
        group = group.element(Level::NOTE.message(short(&owners)));
    }
    if let Some(help) = &entry.help {
        group = group.element(Level::HELP.message(short(help)));
    }
    if let Some(fix) = &entry.fix {
        group = group.element(Level::HELP.with_name("fix").message(short(&fix.text)));
    }
    group
}

fn snippet<'a>(index: usize, place: &Place, kind: AnnotationKind, label: &str) -> Snippet<'a, Annotation<'a>> {
    let (text, mark) = neutral_lines(&place.excerpt.text, place.excerpt.mark.clone());
    Snippet::source(text)
        .path(format!("{MARK}{index}{MARK}"))
        .line_start(place.excerpt.first_line)
        .fold(false)
        .annotation(kind.span(mark).label(short(label)))
}

/// Puts the places where their marks are, and leaves out the line and column behind those.
fn with_places(rendered: &str, report: &Report, places: &[&Place]) -> String {
    let mut parts = rendered.split(MARK);
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(index), Some(rest)) = (parts.next(), parts.next()) {
        if let Some(place) = index.parse().ok().and_then(|index: usize| places.get(index)) {
            let path = short(&report.from_here(&place.path));
            let _ = write!(text, "{path}:{}:{}", place.start.line, place.start.column);
        }
        text.push_str(rest.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    text
}

fn problems(report: &Report, text: &mut String) {
    let (grave, others) = report.problems_by_weight();
    list(report, text, "problems, behind which something may be missed:\n", &grave);
    list(report, text, "ignores and settings that do nothing:\n", &others);
}

fn list(report: &Report, text: &mut String, title: &str, problems: &[&Problem]) {
    if problems.is_empty() {
        return;
    }
    text.push_str(title);
    for problem in problems {
        let path = short(&report.from_here(&problem.path));
        let at = problem.at.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        let _ = writeln!(text, "  {path}{at}: {} [{}]", short(&problem.message), problem.kind.word());
    }
    text.push('\n');
}

/// A text from a file, so short that it does not drown the rest.
fn short(text: &str) -> String {
    brief(text, MAX_TEXT)
}
