//! An audit as a table for spreadsheets (RFC 4180): a row for each place in source that a workload with stale tokens can come from, one
//! for a workload without any; and for whoever was refused, each token from a secret, each gap and each problem one.
//!
//! Times are RFC 3339 in UTC. Cells are made inert as in the table of a scan.

use super::{rfc3339, source, words};
use crate::audit::picture::{SecretUse, StaleUse};
use crate::audit::refused::{RefusedUse, Standing};
use crate::audit::{Guess, Join, Joins, Picture};
use crate::report::csv::row;

const HEAD: [&str; 27] = [
    "kind",
    "outlook",
    "breaks",
    "subject",
    "workload_kind",
    "workload",
    "user_agent",
    "library",
    "verdict",
    "certainty",
    "refresh",
    "age",
    "requests",
    "tokens",
    "first",
    "last",
    "addresses",
    "source",
    "line",
    "column",
    "package",
    "selected",
    "joined_by",
    "fit",
    "candidates",
    "manifest",
    "message",
];

type Cells = [String; HEAD.len()];

/// The picture as CSV.
pub fn write(picture: &Picture) -> String {
    let mut text = String::new();
    row(&mut text, HEAD);
    for one in &picture.stale {
        rows(&mut text, &stale(one), one.source.as_ref());
    }
    for one in picture.refused.iter().filter(|one| one.standing != Standing::FollowsStale) {
        rows(&mut text, &refused(one), one.source.as_ref());
    }
    for one in &picture.legacy {
        put(&mut text, &secret(one));
    }
    for gap in &picture.gaps {
        put(&mut text, &said("gap", gap.kind.word(), &gap.message));
    }
    for problem in &picture.problems {
        let mut cells = said("problem", "", &problem.message);
        cells[17].clone_from(&problem.path);
        cells[18] = problem.line.map_or(String::new(), |line| line.to_string());
        put(&mut text, &cells);
    }
    text
}

fn put(text: &mut String, cells: &Cells) {
    row(text, cells.each_ref().map(String::as_str));
}

/// The row of a client, once for each place that it can come from.
fn rows(text: &mut String, cells: &Cells, joins: Option<&Joins>) {
    let places = joins.map_or(&[][..], |joins| &joins.places);
    if places.is_empty() {
        put(text, cells);
    }
    let count = joins.map_or(0, |joins| joins.places.len() + joins.left_out);
    for join in places {
        let mut cells = cells.clone();
        add_place(&mut cells, join, count);
        put(text, &cells);
    }
}

fn add_place(cells: &mut Cells, join: &Join, count: usize) {
    match &join.client {
        Some(client) => {
            cells[17].clone_from(&client.path);
            cells[18] = client.at.line.to_string();
            cells[19] = client.at.column.to_string();
            cells[20].clone_from(&client.package);
            cells[21] = client.selected.clone().or_else(|| client.declared.clone()).unwrap_or_default();
        }
        None => cells[17].clone_from(&join.scan),
    }
    cells[22] = join.how.word().into();
    cells[23] = join.fit.word().into();
    cells[24] = count.to_string();
    cells[25] = join.manifest.as_ref().map_or(String::new(), source::mention_place);
    cells[26] = source::why(join);
}

fn stale(one: &StaleUse) -> Cells {
    let mut cells = empty("stale");
    cells[1] = one.outlook.word().into();
    cells[2] = one.breaks.map_or(String::new(), rfc3339);
    cells[3].clone_from(&one.subject);
    if let Some(workload) = &one.workload {
        cells[4].clone_from(&workload.kind);
        cells[5].clone_from(&workload.name);
    }
    cells[6] = one.user_agent.clone().unwrap_or_default();
    add_library(&mut cells, &one.library);
    cells[10] = one.refresh.word().into();
    cells[11] = one.age.to_string();
    cells[12] = one.requests.to_string();
    cells[13] = one.tokens.to_string();
    add_times(&mut cells, one.times);
    cells[16] = one.addresses.join(" ");
    cells
}

fn refused(one: &RefusedUse) -> Cells {
    let mut cells = empty("refused");
    if let Some(pod) = &one.pod {
        cells[3] = format!("system:serviceaccount:{}:{}", pod.namespace, pod.account);
        cells[4].clone_from(&pod.workload.kind);
        cells[5].clone_from(&pod.workload.name);
    }
    cells[6] = one.user_agent.clone().unwrap_or_default();
    add_library(&mut cells, &one.library);
    cells[12] = one.span.events.to_string();
    add_times(&mut cells, one.span.times);
    cells[16].clone_from(&one.address);
    cells[26] = words::one_of(one).unwrap_or_default();
    cells
}

fn secret(one: &SecretUse) -> Cells {
    let mut cells = empty("legacy");
    cells[3].clone_from(&one.username);
    cells[6] = one.user_agent.clone().unwrap_or_default();
    cells[12] = one.span.events.to_string();
    add_times(&mut cells, one.span.times);
    cells[26] = match &one.secret {
        Some(secret) => format!("{} `{secret}`", one.legacy.means()),
        None => one.legacy.means().to_owned(),
    };
    cells
}

fn said(kind: &str, word: &str, message: &str) -> Cells {
    let mut cells = empty(kind);
    cells[1] = word.into();
    cells[26] = message.into();
    cells
}

fn empty(kind: &str) -> Cells {
    let mut cells = [const { String::new() }; HEAD.len()];
    cells[0] = kind.into();
    cells
}

fn add_library(cells: &mut Cells, guess: &Guess) {
    cells[7] = words::libraries(guess);
    cells[8] = guess.verdict.word().into();
    cells[9] = guess.certainty.word().into();
}

fn add_times(cells: &mut Cells, times: Option<(i64, i64)>) {
    if let Some((first, last)) = times {
        cells[14] = rfc3339(first);
        cells[15] = rfc3339(last);
    }
}
