//! An audit for people: who breaks when, by which library; who was refused; who uses secrets; what could not be seen; and, if asked,
//! whether the extension of tokens can be switched off.

use std::fmt::Write;

use super::source;
use super::words::{self, QUESTION, size};
use crate::audit::event::service_account;
use crate::audit::picture::{StaleUse, words_of_seconds};
use crate::audit::refused::{RefusedUse, Standing};
use crate::audit::{Answer, Certainty, Guess, Joins, Outlook, Picture, Refresh};
use crate::judge::Verdict;
use crate::report::neutral::brief;
use crate::report::summary::{capitalised, many, number};

/// The most characters of a name from a log.
const MAX_TEXT: usize = 200;

/// The most pods, addresses and refused clients that are shown.
const MAX_PODS: usize = 5;
const MAX_REFUSED: usize = 20;
const MAX_LEGACY: usize = 20;

/// The most places in source that are shown of one workload.
const MAX_PLACES: usize = 5;

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[1m\u{1b}[31m";
const YELLOW: &str = "\u{1b}[33m";
const GREEN: &str = "\u{1b}[32m";
const END: &str = "\u{1b}[0m";

/// The picture as text with colours; with the answer to the question of the extension, if that was asked.
pub fn write(picture: &Picture, with_answer: bool) -> String {
    let mut text = String::new();
    stale(picture, &mut text);
    refused(picture, &mut text);
    legacy(picture, &mut text);
    unseen(picture, &mut text);
    seen(picture, &mut text);
    if with_answer {
        answer(picture, &mut text);
    }
    text
}

fn stale(picture: &Picture, text: &mut String) {
    if picture.stale.is_empty() {
        return;
    }
    let _ = writeln!(text, "{BOLD}stale tokens{END}");
    for one in &picture.stale {
        stale_use(picture, one, text);
    }
    text.push('\n');
}

fn stale_use(picture: &Picture, one: &StaleUse, text: &mut String) {
    let subject = match (&one.namespace, &one.account) {
        (Some(namespace), Some(account)) => format!("{}/{}", short(namespace), short(account)),
        _ => short(&one.subject),
    };
    let workload = one.workload.as_ref().map_or(String::new(), |workload| {
        let guess = if workload.is_guess { ", by the names of its pods" } else { "" };
        format!("  {} {}{guess}", short(&workload.kind), short(&workload.name))
    });
    let _ = writeln!(text, "\n  {BOLD}{subject}{END}{workload}");
    let _ = writeln!(text, "    {}", outlook(picture, one));
    let _ = writeln!(text, "    {}", library(one.user_agent.as_deref(), &one.library, true));
    if let Some(advice) = advice(&one.library) {
        let _ = writeln!(text, "    {advice}");
    }
    let requests =
        if one.is_exact { number(size(one.requests)) } else { format!("about {}", number(size(one.requests))) };
    let request = if one.requests == 1 { "request" } else { "requests" };
    let _ = writeln!(
        text,
        "    {requests} {request} with {}, {}; the oldest was {} old; {}",
        many(size(one.tokens), "token"),
        times(one.times),
        words_of_seconds(one.age),
        match one.refresh {
            Refresh::Never => "the client does not re-read it",
            Refresh::Late => "the client re-reads it, but late",
            Refresh::Unknown => "whether the client re-reads it is not to be seen",
        }
    );
    if let Some(span) = &one.refused {
        let _ = writeln!(
            text,
            "    refused from the same address: {}, {}",
            many(size(span.events), "request"),
            times(span.times)
        );
    }
    if !one.addresses.is_empty() {
        let more = if one.has_more_addresses || one.addresses.len() > MAX_PODS { " and others" } else { "" };
        let addresses: Vec<String> = one.addresses.iter().take(MAX_PODS).map(|address| short(address)).collect();
        let _ = writeln!(text, "    from {}{more}", addresses.join(", "));
    }
    for pod in one.pods.iter().take(MAX_PODS).filter(|pod| !pod.is_address) {
        let until = match (pod.exists, pod.breaks) {
            (Some(false), _) => "is not in the list of pods".to_owned(),
            (_, Some(breaks)) => format!("until {}", minute(breaks)),
            (_, None) if pod.refresh == Refresh::Late => "re-reads its token".to_owned(),
            (_, None) => "until a day that is not to be seen".to_owned(),
        };
        let _ = writeln!(text, "    pod {} {until}", short(&pod.name));
    }
    if one.pods.len() > MAX_PODS {
        let _ = writeln!(text, "    and {} more", many(one.pods.len() - MAX_PODS, "pod"));
    }
    for image in one.images.iter().take(MAX_PODS) {
        let _ = writeln!(text, "    image {}", short(image));
    }
    if let Some(joins) = &one.source {
        places(joins, text);
    }
}

/// Where its source is.
fn places(joins: &Joins, text: &mut String) {
    let _ = writeln!(text, "    {}", source::heading(joins));
    for join in joins.places.iter().take(MAX_PLACES) {
        match &join.client {
            Some(client) => {
                let color = match client.verdict {
                    Verdict::Incompatible => RED,
                    Verdict::MaybeIncompatible | Verdict::Undetermined => YELLOW,
                    Verdict::Compatible => GREEN,
                };
                let (place, what) = (short(&source::place(client)), short(&source::what(client)));
                let _ = writeln!(
                    text,
                    "      {BOLD}{place}{END}  {what}, {color}{}{END}",
                    client.verdict.title().to_lowercase()
                );
            }
            None => {
                let _ = writeln!(text, "      {BOLD}{}{END}", short(&join.scan));
            }
        }
        let _ = writeln!(text, "        {}", brief(&source::why(join), 2 * MAX_TEXT));
    }
    let more = joins.places.len().saturating_sub(MAX_PLACES) + joins.left_out;
    if more > 0 {
        let _ = writeln!(text, "      and {} more", number(more));
    }
}

pub(super) fn outlook(picture: &Picture, one: &StaleUse) -> String {
    match (one.outlook, one.breaks) {
        (Outlook::Broken, _) => format!("{RED}is refused already{END}"),
        (Outlook::Gone, _) => "is gone: no pod of its account is in the list".to_owned(),
        (Outlook::Heals, Some(breaks)) => {
            format!("{YELLOW}is refused on {}{END}, and re-reads its token then", minute(breaks))
        }
        (Outlook::Heals, None) => "re-reads its token once it is refused".to_owned(),
        (Outlook::Late, _) => {
            format!("{YELLOW}re-reads its token late{END}; without the extension it would be refused meanwhile")
        }
        (Outlook::Breaks, None) if one.pods.iter().any(|pod| pod.exists == Some(false)) => {
            format!("{RED}breaks{END}: its pods are gone, and those that came after them began with new tokens")
        }
        (Outlook::Breaks, None) => format!("{RED}breaks{END}; when is not to be seen"),
        (Outlook::Breaks, Some(breaks)) => {
            let unless = if one.refresh == Refresh::Unknown { ", unless it re-reads its token before" } else { "" };
            match picture.as_of().map(|now| breaks - now) {
                Some(left) if left > 0 => {
                    format!("{RED}breaks on {}{END}, in {}{unless}", minute(breaks), words_of_seconds(left))
                }
                _ => format!("{RED}breaks{END}: its token was good until {}{unless}", minute(breaks)),
            }
        }
    }
}

/// What is known of the library, in a line.
pub(super) fn library(user_agent: Option<&str>, guess: &Guess, is_stale: bool) -> String {
    let agent = match user_agent {
        None => return "several user agents, which were not told apart".to_owned(),
        Some("") => return "no user agent, so nothing is known of the library".to_owned(),
        Some(agent) => short(agent),
    };
    let names = words::libraries(guess);
    let note = guess.note.as_ref().map_or(String::new(), |note| format!("; {}", short(note)));
    if names.is_empty() {
        return format!(
            "{agent}: {}",
            guess.note.as_deref().map_or_else(|| "a user agent that says nothing about the library".to_owned(), short)
        );
    }
    let verdict = match (guess.verdict, guess.certainty) {
        (Verdict::Incompatible, Certainty::Certain) => format!("{RED}incompatible{END}, certainly"),
        (Verdict::Incompatible, _) => format!("{YELLOW}incompatible{END}"),
        (Verdict::MaybeIncompatible, _) => format!("{YELLOW}perhaps incompatible{END}"),
        (Verdict::Undetermined, _) => "of which nothing is known".to_owned(),
        (Verdict::Compatible, Certainty::Certain | Certainty::Probable) if guess.heals() => {
            format!("{GREEN}compatible{END}: it re-reads the token once it is refused")
        }
        (Verdict::Compatible, Certainty::Certain) if is_stale => {
            format!("{GREEN}compatible{END}, so the program may read the token itself, or call itself what it is not")
        }
        (Verdict::Compatible, _) => format!("{GREEN}compatible{END}"),
    };
    let perhaps = if guess.certainty == Certainty::Unknown { "perhaps " } else { "" };
    format!("{agent}: {perhaps}{names}, {verdict}{note}")
}

/// What to do about the library.
fn advice(guess: &Guess) -> Option<String> {
    if matches!(guess.verdict, Verdict::Compatible | Verdict::Undetermined) {
        return None;
    }
    let advice: Vec<&str> = guess
        .candidates
        .iter()
        .filter(|one| one.judgement.as_ref().is_some_and(|judgement| judgement.verdict > Verdict::Undetermined))
        .filter_map(|one| one.advice.as_deref())
        .collect();
    (!advice.is_empty()).then(|| capitalised(&brief(&advice.join(", or "), 2 * MAX_TEXT)))
}

fn refused(picture: &Picture, text: &mut String) {
    let alone: Vec<&RefusedUse> = picture.refused.iter().filter(|one| one.standing != Standing::FollowsStale).collect();
    if alone.is_empty() {
        return;
    }
    let _ = writeln!(text, "{BOLD}refused with 401{END}, without a name in the log");
    for one in alone.iter().take(MAX_REFUSED) {
        let who = match &one.pod {
            Some(pod) => format!("pod {}/{}, {}", short(&pod.namespace), short(&pod.name), short(&one.address)),
            None if one.address.is_empty() => "an unknown address".to_owned(),
            None => short(&one.address),
        };
        let _ = writeln!(text, "\n  {BOLD}{who}{END}");
        let _ = writeln!(text, "    {}, {}", many(size(one.span.events), "request"), times(one.span.times));
        let _ = writeln!(text, "    {}", library(one.user_agent.as_deref(), &one.library, false));
        if let Some(who) = words::one_of(one) {
            let _ = writeln!(text, "    {who}");
        }
        if let Some(joins) = &one.source {
            places(joins, text);
        }
    }
    if alone.len() > MAX_REFUSED {
        let _ = writeln!(text, "\n  and {} more", many(alone.len() - MAX_REFUSED, "client"));
    }
    text.push('\n');
}

fn legacy(picture: &Picture, text: &mut String) {
    if picture.legacy.is_empty() {
        return;
    }
    let _ = writeln!(text, "{BOLD}tokens from secrets{END}, which never expire");
    for one in picture.legacy.iter().take(MAX_LEGACY) {
        let name = match service_account(&one.username) {
            Some((namespace, account)) => format!("{}/{}", short(namespace), short(account)),
            None => short(&one.username),
        };
        let secret = one.secret.as_ref().map_or(String::new(), |secret| format!(" `{}`", short(secret)));
        let agent = one.user_agent.as_deref().filter(|agent| !agent.is_empty());
        let agent = agent.map_or(String::new(), |agent| format!(", {}", short(agent)));
        let _ = writeln!(
            text,
            "  {name}: {}{secret}, {}, {}{agent}",
            one.legacy.means(),
            many(size(one.span.events), "event"),
            times(one.span.times)
        );
    }
    if picture.legacy.len() > MAX_LEGACY {
        let _ = writeln!(text, "  and {} more", number(picture.legacy.len() - MAX_LEGACY));
    }
    text.push('\n');
}

fn unseen(picture: &Picture, text: &mut String) {
    if !picture.gaps.is_empty() {
        let _ = writeln!(text, "{BOLD}what could not be seen{END}");
        for gap in &picture.gaps {
            let mark = if gap.hides { "" } else { ", which hides nothing" };
            let _ = writeln!(text, "  {}{mark} [{}]", brief(&gap.message, 2 * MAX_TEXT), gap.kind.word());
        }
        text.push('\n');
    }
    if !picture.problems.is_empty() {
        let _ = writeln!(text, "{BOLD}problems{END}");
        for problem in &picture.problems {
            let line = problem.line.map_or(String::new(), |line| format!(":{line}"));
            let _ = writeln!(text, "  {}{line}: {}", short(&problem.path), short(&problem.message));
        }
        text.push('\n');
    }
}

fn seen(picture: &Picture, text: &mut String) {
    let _ = writeln!(text, "{}\n{}", words::headline(picture), words::reckoned(picture));
}

fn answer(picture: &Picture, text: &mut String) {
    let ready = &picture.readiness;
    let (color, answer) = match ready.answer {
        Answer::Yes => (GREEN, "yes"),
        Answer::No => (RED, "no"),
        Answer::CannotTell => (YELLOW, "cannot tell"),
    };
    let _ = writeln!(text, "\n{QUESTION} {color}{answer}{END}");
    for reason in &ready.reasons {
        let _ = writeln!(text, "  because {}", short(reason));
    }
    for missing in &ready.missing {
        let _ = writeln!(text, "  missing: {}", short(missing));
    }
    for caveat in &ready.caveats {
        let _ = writeln!(text, "  note that {}", short(caveat));
    }
}

pub(super) fn times(span: Option<(i64, i64)>) -> String {
    match span {
        None => "at unknown times".to_owned(),
        Some((first, last)) if first == last => format!("at {}", minute(first)),
        Some((first, last)) => format!("{} to {}", minute(first), minute(last)),
    }
}

/// `2026-03-01 10:00 UTC`.
pub(super) fn minute(seconds: i64) -> String {
    let time = super::rfc3339(seconds);
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time,
    }
}

fn short(text: &str) -> String {
    brief(text, MAX_TEXT)
}
