//! An audit as one HTML page for people: a timeline of what breaks when, each workload with the place to change, who was refused, what
//! could not be seen, and the answer on the extension of tokens.
//!
//! As the page of a scan it holds no script, asks for nothing from anywhere, is light or dark, and can be printed; text from logs goes
//! between tags only. The numbers in its drawings are computed here.

use std::fmt::Write;

use super::source;
use super::text::{minute, times};
use super::words::{self, QUESTION, size};
use crate::audit::picture::{PodUse, StaleUse};
use crate::audit::refused::{RefusedUse, Standing};
use crate::audit::{Answer, Joins, Outlook, Picture, Refresh};
use crate::report::html::{code, opening, sentence, text};
use crate::report::summary::{capitalised, many, number};

const STYLE: &str = include_str!("html.css");

/// Most pods and places that are shown of one workload.
const MAX_PODS: usize = 10;
const MAX_PLACES: usize = 10;

/// What becomes of clients, from worst to best: a title and what it means.
const OUTLOOKS: [(Outlook, &str, &str); 5] = [
    (Outlook::Broken, "broken", "is refused already"),
    (Outlook::Breaks, "breaks", "does not re-read its token, and will be refused"),
    (Outlook::Late, "late", "re-reads its token, but too late for a cluster without the extension"),
    (Outlook::Heals, "heals", "re-reads its token once it is refused"),
    (Outlook::Gone, "gone", "no pod of its account is in the list"),
];

/// The picture as HTML; with the answer to the question of the extension, if that was asked.
pub fn write(picture: &Picture, with_answer: bool) -> String {
    let title = "Stale service-account tokens";
    let mut page = opening(title, STYLE);
    let _ = write!(
        page,
        "<header>\n<h1>{title}</h1>\n<p class=\"lead\">{}.</p>\n",
        sentence(&capitalised(&words::headline(picture)))
    );
    tiles(&mut page, picture);
    page.push_str("</header>\n<main>\n");
    if with_answer {
        answer(&mut page, picture);
    }
    timeline(&mut page, picture);
    workloads(&mut page, picture);
    refused(&mut page, picture);
    legacy(&mut page, picture);
    gaps(&mut page, picture);
    problems(&mut page, picture);
    let _ = write!(
        page,
        "<section id=\"about\">\n<h2>About this report</h2>\n<p>{}.</p>\n<p>Made by kubefloor {} from {}. “Now” is the last event in \
         the logs, {}.</p>\n</section>\n</main>\n</body>\n</html>\n",
        sentence(&capitalised(&words::reckoned(picture))),
        env!("CARGO_PKG_VERSION"),
        many(picture.files, "file"),
        picture.as_of().map_or_else(|| "of which none has a time".to_owned(), minute)
    );
    page
}

fn tiles(page: &mut String, picture: &Picture) {
    if picture.stale.is_empty() {
        return;
    }
    page.push_str("<ul class=\"tiles\">\n");
    for (outlook, title, meaning) in OUTLOOKS {
        let count = picture.stale.iter().filter(|one| one.outlook == outlook).count();
        if count > 0 {
            let (word, count) = (outlook.word(), number(count));
            let _ = writeln!(
                page,
                "<li class=\"{word}\"><b>{count}</b> <strong>{title}</strong> <small>{meaning}</small></li>"
            );
        }
    }
    page.push_str("</ul>\n");
}

fn answer(page: &mut String, picture: &Picture) {
    let ready = &picture.readiness;
    let (class, answer) = match ready.answer {
        Answer::Yes => ("gone", "Yes"),
        Answer::No => ("broken", "No"),
        Answer::CannotTell => ("breaks", "Cannot tell"),
    };
    let _ = write!(
        page,
        "<section id=\"ready\">\n<h2>{}</h2>\n<p class=\"answer version {class}\">{answer}</p>\n<ul>\n",
        text(QUESTION)
    );
    for (list, before) in [(&ready.reasons, "because"), (&ready.missing, "missing:"), (&ready.caveats, "note that")] {
        for one in list {
            let _ = writeln!(page, "<li>{before} {}</li>", sentence(one));
        }
    }
    page.push_str("</ul>\n</section>\n");
}

/// A row for each workload that has a time: since when its token is used, when it was seen last, until when it is accepted.
fn timeline(page: &mut String, picture: &Picture) {
    let Some(now) = picture.as_of() else { return };
    let start_of =
        |one: &StaleUse| one.pods.iter().filter_map(|pod| pod.issued).min().or(one.times.map(|(first, _)| first));
    let starts = picture.stale.iter().filter_map(start_of);
    let Some(start) = starts.min().map(|start| start.min(now)) else { return };
    let end = picture.stale.iter().filter_map(|one| one.breaks).max().unwrap_or(now).max(now);
    let scale = Scale { start, length: (end - start).max(1) };
    page.push_str("<section id=\"timeline\">\n<h2>What breaks when</h2>\n<table class=\"chart timeline\">\n");
    for one in &picture.stale {
        let Some(from) = start_of(one) else { continue };
        let until = one.breaks.unwrap_or(now);
        let seen = one.times.map_or(now, |(_, last)| last).clamp(from, until.max(from));
        let _ = write!(page, "<tr class=\"{}\"><th scope=\"row\">{}</th><td>", one.outlook.word(), name(one));
        let label = format!("from {} to {}", minute(from), minute(until));
        let _ = write!(
            page,
            "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\">"
        );
        scale.rect(page, "line", start, end, 4);
        scale.rect(page, "known", from, seen, 2);
        if one.breaks.is_some() {
            scale.rect(page, "left", seen, until, 2);
            scale.mark(page, "end", until);
        }
        scale.mark(page, "now", now);
        let when = match (one.outlook, one.breaks) {
            (Outlook::Broken, _) => "refused already".to_owned(),
            (Outlook::Gone, _) => "gone".to_owned(),
            (_, Some(breaks)) => minute(breaks),
            (_, None) => "no date".to_owned(),
        };
        let _ = writeln!(page, "</svg></td><td class=\"until\">{when}</td></tr>");
    }
    let _ = write!(
        page,
        "<tr class=\"ends\"><td></td><td><span>{}</span> <span>{}</span></td><td></td></tr>\n</table>\n<p class=\"lead\">Each bar begins \
         with the issue of the oldest token that is still used. Full colour: until it was seen last; pale: until it is refused; \
         the upright line: the end of the log.</p>\n</section>\n",
        minute(start),
        minute(end)
    );
}

/// From times to places in a drawing that is 100 wide.
struct Scale {
    start: i64,
    length: i64,
}

impl Scale {
    /// In hundredths.
    fn place(&self, time: i64) -> i64 {
        let offset = i128::from(time - self.start).clamp(0, i128::from(self.length)) * 10_000 / i128::from(self.length);
        i64::try_from(offset).unwrap_or_default()
    }

    fn rect(&self, page: &mut String, class: &str, from: i64, to: i64, y: u8) {
        let (from, to) = (self.place(from), self.place(to));
        put(page, class, from, (to - from).max(0), y, 10 - 2 * y);
    }

    fn mark(&self, page: &mut String, class: &str, at: i64) {
        put(page, class, self.place(at).clamp(0, 9_960), 40, 0, 10);
    }
}

fn put(page: &mut String, class: &str, x: i64, width: i64, y: u8, height: u8) {
    let decimal = |hundredths: i64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let (x, width) = (decimal(x), decimal(width));
    let _ = write!(page, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
}

/// The service account, without what all of them begin with.
fn name(one: &StaleUse) -> String {
    match (&one.namespace, &one.account) {
        (Some(namespace), Some(account)) => text(&format!("{namespace}/{account}")),
        _ => text(&one.subject),
    }
}

fn workloads(page: &mut String, picture: &Picture) {
    page.push_str("<section id=\"findings\">\n<h2>Workloads with stale tokens</h2>\n");
    if picture.stale.is_empty() {
        page.push_str("<p>No stale token was seen. What could not be seen is listed below.</p>\n");
    }
    for one in &picture.stale {
        let word = one.outlook.word();
        let workload = one.workload.as_ref().map_or(String::new(), |workload| {
            let guess = if workload.is_guess { ", by the names of its pods" } else { "" };
            format!("{} {}{guess}", text(&workload.kind), text(&workload.name))
        });
        let _ = write!(
            page,
            "<article class=\"finding {word}\">\n<h4><span class=\"chip {word}\">{word}</span> <span class=\"package\">{}</span> \
             <span class=\"place\">{workload}</span></h4>\n<p>{}.</p>\n<p>{}.</p>\n",
            name(one),
            sentence(&capitalised(&words::outlook(picture, one))),
            sentence(&words::library(one.user_agent.as_deref(), &one.library, true))
        );
        if let Some(joins) = &one.source {
            places(page, joins);
        }
        let about = if one.is_exact { "" } else { "about " };
        let _ = writeln!(
            page,
            "<p>{about}{} with {}, {}.</p>",
            many(size(one.requests), "request"),
            many(size(one.tokens), "token"),
            times(one.times)
        );
        pods(page, &one.pods);
        page.push_str("</article>\n");
    }
    page.push_str("</section>\n");
}

fn pods(page: &mut String, pods: &[PodUse]) {
    if pods.is_empty() {
        return;
    }
    let _ = write!(page, "<details><summary>{}</summary>\n<ul>", many(pods.len(), "pod"));
    for pod in pods.iter().take(MAX_PODS) {
        let until = match (pod.exists, pod.breaks) {
            (Some(false), _) => "is not in the list of pods".to_owned(),
            (_, Some(breaks)) => format!("until {}", minute(breaks)),
            (_, None) if pod.refresh == Refresh::Late => "re-reads its token".to_owned(),
            (_, None) => "until a day that is not to be seen".to_owned(),
        };
        let _ = write!(page, "<li>{} {until}</li>", text(&pod.name));
    }
    if let Some(more) = pods.len().checked_sub(MAX_PODS).filter(|more| *more > 0) {
        let _ = write!(page, "<li>and {}</li>", many(more, "pod"));
    }
    page.push_str("</ul></details>\n");
}

/// Where its source is.
fn places(page: &mut String, joins: &Joins) {
    let heading = source::heading(joins);
    let _ = writeln!(page, "<p class=\"help\">{}</p>", sentence(&capitalised(&heading)));
    for join in joins.places.iter().take(MAX_PLACES) {
        let what = match &join.client {
            Some(client) => format!(
                "<span class=\"place\">{}</span> <b>{}</b>, <span class=\"version {}\">{}</span>",
                text(&source::place(client)),
                text(&source::what(client)),
                client.verdict.word(),
                client.verdict.title().to_lowercase()
            ),
            None => format!("<span class=\"place\">{}</span>", text(&join.scan)),
        };
        let _ = writeln!(page, "<p class=\"where\">{what}<br>{}</p>", sentence(&source::why(join)));
        if let Some(help) = join.client.as_ref().and_then(|client| client.help.as_ref()) {
            let _ = writeln!(page, "<p class=\"where\"><b>{}.</b></p>", sentence(&capitalised(help)));
        }
    }
    let more = joins.places.len().saturating_sub(MAX_PLACES) + joins.left_out;
    if more > 0 {
        let _ = writeln!(page, "<p class=\"where\">and {}</p>", many(more, "place"));
    }
}

fn refused(page: &mut String, picture: &Picture) {
    let alone: Vec<&RefusedUse> = picture.refused.iter().filter(|one| one.standing != Standing::FollowsStale).collect();
    if alone.is_empty() {
        return;
    }
    table(page, "refused", "Refused with 401, without a name in the log", ["From", "Library", "Requests"]);
    for one in alone {
        let pod = one
            .pod
            .as_ref()
            .map_or(String::new(), |pod| format!("pod {} in {}<br>", code(&pod.name), code(&pod.namespace)));
        let _ = write!(
            page,
            "<tr><td>{pod}<span class=\"place\">{}</span></td><td>{}",
            text(&one.address),
            sentence(&words::library(one.user_agent.as_deref(), &one.library, false))
        );
        if let Some(who) = words::one_of(one) {
            let _ = write!(page, "<br>{}", sentence(&who));
        }
        if let Some(joins) = &one.source {
            places(page, joins);
        }
        let _ =
            writeln!(page, "</td><td>{}, {}</td></tr>", many(size(one.span.events), "request"), times(one.span.times));
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn legacy(page: &mut String, picture: &Picture) {
    if picture.legacy.is_empty() {
        return;
    }
    table(page, "legacy", "Tokens from secrets, which never expire", ["Who", "Secret", "Events"]);
    for one in &picture.legacy {
        let secret = one.secret.as_ref().map_or(String::new(), |secret| format!(" {}", code(secret)));
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}{secret}</td><td>{}, {}</td></tr>",
            text(&one.username),
            sentence(one.legacy.means()),
            many(size(one.span.events), "event"),
            times(one.span.times)
        );
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn gaps(page: &mut String, picture: &Picture) {
    if picture.gaps.is_empty() {
        return;
    }
    table(page, "gaps", "What could not be seen", ["What", "Kind", "Hides stale tokens"]);
    for gap in &picture.gaps {
        let hides = if gap.hides { "it can" } else { "no" };
        let _ =
            writeln!(page, "<tr><td>{}</td><td>{}</td><td>{hides}</td></tr>", sentence(&gap.message), gap.kind.word());
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn problems(page: &mut String, picture: &Picture) {
    if picture.problems.is_empty() {
        return;
    }
    table(page, "problems", "Problems", ["Where", "Line", "What"]);
    for problem in &picture.problems {
        let line = problem.line.map_or(String::new(), |line| line.to_string());
        let (path, message) = (text(&problem.path), sentence(&problem.message));
        let _ = writeln!(page, "<tr><td class=\"place\">{path}</td><td>{line}</td><td>{message}</td></tr>");
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

/// The beginning of a section that is a table.
fn table(page: &mut String, id: &str, title: &str, heads: [&str; 3]) {
    let [first, second, third] = heads;
    let _ = write!(
        page,
        "<section id=\"{id}\">\n<h2>{title}</h2>\n<table class=\"facts\">\n<thead><tr><th>{first}</th><th>{second}</th><th>{third}</th></tr></thead>\n<tbody>\n"
    );
}
