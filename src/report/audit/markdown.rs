//! An audit as Markdown, for a job summary, a comment or a wiki: who breaks when and what to change, who was refused, what could not
//! be seen. Escaped as the table of a scan is, and short enough for GitHub to show.

use std::fmt::Write;

use super::source;
use super::text::times;
use super::words::{self, QUESTION, size};
use crate::audit::picture::StaleUse;
use crate::audit::refused::{RefusedUse, Standing};
use crate::audit::{Joins, Outlook, Picture};
use crate::report::markdown::{code, prose, table};
use crate::report::neutral::brief;
use crate::report::summary::{capitalised, many};

/// Most bytes of the whole, as GitHub drops a job summary of more than 1,024 KiB.
const MAX: usize = 900 * 1024;

/// Most characters of a name and of a sentence.
const MAX_NAME: usize = 150;
const MAX_SENTENCE: usize = 500;

/// Most places in source of one workload.
const MAX_PLACES: usize = 5;

/// The picture as Markdown; with the answer to the question of the extension, if that was asked.
pub fn write(picture: &Picture, with_answer: bool) -> String {
    let mut text =
        format!("## Stale service-account tokens\n\n{}.\n", sentence(&capitalised(&words::headline(picture))));
    let _ = writeln!(text, "\n{}.", sentence(&capitalised(&words::reckoned(picture))));
    if !picture.stale.is_empty() {
        let source = if picture.scans.is_empty() { "" } else { " in source |" };
        let line = if picture.scans.is_empty() { "" } else { "---|" };
        let _ =
            write!(text, "\n| workload | what becomes of it | library | requests |{source}\n|---|---|---|---|{line}\n");
        let rows = picture.stale.iter().map(|one| stale(picture, one));
        table(&mut text, rows, MAX, "workload");
    }
    let alone: Vec<&RefusedUse> = picture.refused.iter().filter(|one| one.standing != Standing::FollowsStale).collect();
    if !alone.is_empty() {
        text.push_str(
            "\n### Refused with 401, without a name in the log\n\n| from | library | requests |\n|---|---|---|\n",
        );
        table(&mut text, alone.into_iter().map(refused), MAX, "client");
    }
    if !picture.legacy.is_empty() {
        text.push_str("\n### Tokens from secrets, which never expire\n\n| who | secret | events |\n|---|---|---|\n");
        let rows = picture.legacy.iter().map(|one| {
            let secret = one.secret.as_ref().map_or(String::new(), |secret| format!(" {}", name(secret)));
            let (who, means) = (name(&one.username), prose(one.legacy.means()));
            format!(
                "| {who} | {means}{secret} | {}, {} |\n",
                many(size(one.span.events), "event"),
                times(one.span.times)
            )
        });
        table(&mut text, rows, MAX, "account");
    }
    if !picture.gaps.is_empty() {
        text.push_str("\n### What could not be seen\n\n| what | kind |\n|---|---|\n");
        let rows = picture.gaps.iter().map(|gap| format!("| {} | {} |\n", sentence(&gap.message), gap.kind.word()));
        table(&mut text, rows, MAX, "gap");
    }
    if !picture.problems.is_empty() {
        text.push_str("\n### Problems\n\n| place | problem |\n|---|---|\n");
        let rows = picture.problems.iter().map(|problem| {
            let line = problem.line.map_or(String::new(), |line| format!(":{line}"));
            let place = code(&format!("{}{line}", brief(&problem.path, MAX_NAME)));
            format!("| {place} | {} |\n", sentence(&problem.message))
        });
        table(&mut text, rows, MAX, "problem");
    }
    if with_answer {
        answer(picture, &mut text);
    }
    text
}

fn stale(picture: &Picture, one: &StaleUse) -> String {
    let workload = one.workload.as_ref().map_or(String::new(), |workload| {
        let guess = if workload.is_guess { ", by the names of its pods" } else { "" };
        format!("<br>{} {}{guess}", name(&workload.kind), name(&workload.name))
    });
    let symbol = match one.outlook {
        Outlook::Broken => "❌",
        Outlook::Breaks => "⚠️",
        Outlook::Late | Outlook::Heals => "❔",
        Outlook::Gone => "✅",
    };
    let mut row = format!(
        "| {}{workload} | {symbol} {} | {} | {}<br>{} |",
        name(&one.subject),
        sentence(&words::outlook(picture, one)),
        sentence(&words::library(one.user_agent.as_deref(), &one.library, true)),
        many(size(one.requests), "request"),
        times(one.times)
    );
    if let Some(joins) = &one.source {
        let _ = write!(row, " {} |", places(joins));
    }
    row.push('\n');
    row
}

fn refused(one: &RefusedUse) -> String {
    let pod =
        one.pod.as_ref().map_or(String::new(), |pod| format!("pod {} in {}, ", name(&pod.name), name(&pod.namespace)));
    let who = words::one_of(one).map_or(String::new(), |who| format!("<br>{}", sentence(&who)));
    let source = one.source.as_ref().map_or(String::new(), |joins| format!("<br>{}", places(joins)));
    format!(
        "| {pod}{} | {}{who}{source} | {}, {} |\n",
        name(&one.address),
        sentence(&words::library(one.user_agent.as_deref(), &one.library, false)),
        many(size(one.span.events), "request"),
        times(one.span.times)
    )
}

fn places(joins: &Joins) -> String {
    let mut parts = vec![prose(&source::heading(joins))];
    for join in joins.places.iter().take(MAX_PLACES) {
        parts.push(match &join.client {
            Some(client) => {
                let (place, what) = (source::place(client), source::what(client));
                format!("{} {}, {}", name(&place), name(&what), client.verdict.title().to_lowercase())
            }
            None => name(&join.scan),
        });
        parts.push(sentence(&source::why(join)));
    }
    let more = joins.places.len().saturating_sub(MAX_PLACES) + joins.left_out;
    if more > 0 {
        parts.push(format!("and {}", many(more, "place")));
    }
    parts.join("<br>")
}

fn answer(picture: &Picture, text: &mut String) {
    let ready = &picture.readiness;
    let _ = writeln!(text, "\n### {}\n", prose(QUESTION));
    let _ = writeln!(text, "**{}**\n", ready.answer.word().replace('-', " "));
    for (list, before) in [(&ready.reasons, "because"), (&ready.missing, "missing:"), (&ready.caveats, "note that")] {
        for one in list {
            let _ = writeln!(text, "- {before} {}", sentence(one));
        }
    }
}

fn name(text: &str) -> String {
    code(&brief(text, MAX_NAME))
}

fn sentence(text: &str) -> String {
    prose(&brief(text, MAX_SENTENCE))
}
