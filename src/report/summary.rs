//! What a run found in one sentence, and how numbers are written in it.

use super::Report;
use super::neutral::brief;

/// Most characters of a revision's name.
const MAX_NAME: usize = 100;

/// `3 incompatible, 1 to check, 12 compatible in 40 manifests of 1,204 files`.
pub(super) fn summary(report: &Report) -> String {
    let counts = report.counts();
    let revision = report.revision.as_ref();
    let revision = revision.map_or(String::new(), |revision| format!(" at `{}`", brief(&revision.name, MAX_NAME)));
    let where_to = format!("{} of {}{revision}", many(report.files_read, "manifest"), many(report.files_seen, "file"));
    if report.clients.is_empty() {
        let problems = problems_after(report);
        return format!("no Kubernetes client in {where_to}{problems}");
    }
    let mut parts = vec![format!("{} incompatible", number(counts.incompatible))];
    let others = [
        (counts.maybe_incompatible, "to check"),
        (counts.undetermined, "undetermined"),
        (counts.compatible, "compatible"),
        (counts.ignored, "ignored"),
    ];
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        parts.push(format!("{} {word}", number(count)));
    }
    let hidden = counts.incompatible + counts.maybe_incompatible + counts.undetermined - report.findings().count();
    let hidden = if hidden > 0 { format!("; {} not shown", number(hidden)) } else { String::new() };
    format!("{} in {where_to}{hidden}{}{}", parts.join(", "), compared(report), problems_after(report))
}

/// How many of the findings are new, as far as that is known.
fn compared(report: &Report) -> String {
    let Some(base) = &report.base else { return String::new() };
    let name = brief(&base.name, MAX_NAME);
    if !base.is_there {
        return format!("; not held against `{name}`");
    }
    let count = |new| report.clients.iter().filter(|entry| entry.new == Some(new)).count();
    match (count(true), count(false)) {
        (0, 0) => String::new(),
        (new, 0) => format!("; {} new since `{name}`", number(new)),
        (new, known) => format!("; {} new since `{name}`, {} known", number(new), number(known)),
    }
}

fn problems_after(report: &Report) -> String {
    match report.problems.len() {
        0 => String::new(),
        count => format!("; {}", many(count, "problem")),
    }
}

/// A sentence with a capital first: advice, which begins with a verb, not with a name.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().to_string() + rest.as_str())
}

/// `1,204 files`, `1 file`.
pub(super) fn many(count: usize, word: &str) -> String {
    format!("{} {word}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A number with commas between thousands.
pub(super) fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
