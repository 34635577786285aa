//! The report as one HTML file, for people: the findings by project, the inventory of all clients with charts, the
//! problems.
//!
//! It holds no script and asks for nothing from anywhere, which a content security policy in it enforces; charts are SVG
//! inside it; the buttons that hide findings are checkboxes and style. It is light or dark as the reader's system is, and
//! can be printed.
//!
//! Trap: text from files goes between tags only, never into an attribute, a style or an address, and always through
//! [`text`] or [`sentence`].

mod inventory;

use std::fmt::Write;
use std::ops::Range;

use super::neutral::{brief, neutral_lines};
use super::project::{Owned, Project, by_owners};
use super::summary::{capitalised, many, number, summary};
use super::{Entry, Place, Problem, Report};
use crate::judge::Verdict;

const STYLE: &str = include_str!("html.css");

/// Most characters of a name or path, and of a sentence.
const MAX_NAME: usize = 400;
const MAX_SENTENCE: usize = 1500;

/// Most owners that are named in a heading.
const MAX_OWNERS: usize = 10;

/// Most related places that are shown of a finding.
const MAX_RELATED: usize = 5;

/// The verdicts from worst to best, with what they mean.
const VERDICTS: [(Verdict, &str); 4] = [
    (
        Verdict::Incompatible,
        "every version that the files allow keeps sending an expired token, or is below the minimum",
    ),
    (Verdict::MaybeIncompatible, "the files allow versions on both sides; nothing pins a good one"),
    (Verdict::Undetermined, "the files do not tell the version, and the finding says what is missing"),
    (Verdict::Compatible, "every version that the files allow re-reads the token"),
];

/// The report as HTML.
pub fn write(report: &Report) -> String {
    let title = match report.root.as_str() {
        "." | "" => "Kubernetes clients".to_owned(),
        root => format!("Kubernetes clients in {}", text(root)),
    };
    let mut page = opening(&title, "");
    head(&mut page, report, &title);
    page.push_str("<main>\n");
    findings(&mut page, report);
    ignored(&mut page, report);
    inventory::write(&mut page, report);
    problems(&mut page, report);
    about(&mut page, report);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// The beginning of a page, with a style of its own besides; nothing in it may be asked for from anywhere.
pub(super) fn opening(title: &str, more: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{more}</style>\n</head>\n<body>\n"
    )
}

fn head(page: &mut String, report: &Report, title: &str) {
    let _ = write!(page, "<header>\n<h1>{title}</h1>\n<p class=\"lead\">{}.</p>\n", sentence(&summary(report)));
    if let Some(problem) = report.base.as_ref().and_then(super::Base::problem) {
        let _ = writeln!(page, "<p class=\"lead\">{}.</p>", sentence(&capitalised(&problem)));
    }
    let counts = report.counts();
    let count = |verdict| match verdict {
        Verdict::Incompatible => counts.incompatible,
        Verdict::MaybeIncompatible => counts.maybe_incompatible,
        Verdict::Undetermined => counts.undetermined,
        Verdict::Compatible => counts.compatible,
    };
    if !report.clients.is_empty() {
        let parts = VERDICTS.map(|(verdict, _)| (verdict, count(verdict)));
        page.push_str(&bar(&parts, report.clients.len() - counts.ignored));
        page.push_str("\n<ul class=\"tiles\">\n");
        for (verdict, meaning) in VERDICTS {
            let (word, title, count) = (verdict.word(), verdict.title(), number(count(verdict)));
            let _ = writeln!(
                page,
                "<li class=\"{word}\"><b>{count}</b> <strong>{title}</strong> <small>{meaning}</small></li>"
            );
        }
        page.push_str("</ul>\n");
    }
    page.push_str("<nav>");
    for (id, name) in [
        ("findings", "Findings"),
        ("ignored", "Ignored"),
        ("inventory", "Inventory"),
        ("problems", "Problems"),
        ("about", "About"),
    ] {
        let is_there = match id {
            "ignored" => counts.ignored > 0,
            "inventory" => !report.clients.is_empty(),
            "problems" => !report.problems.is_empty(),
            _ => true,
        };
        if is_there {
            let _ = write!(page, "<a href=\"#{id}\">{name}</a> ");
        }
    }
    page.push_str("</nav>\n</header>\n");
}

fn findings(page: &mut String, report: &Report) {
    let owned = by_owners(report);
    let has_owners = owned.iter().any(|owned| !owned.owners.is_empty());
    let by = if has_owners { "owner and project" } else { "project" };
    let _ = writeln!(page, "<section id=\"findings\">\n<h2>Findings by {by}</h2>");
    if owned.is_empty() {
        let why = if report.clients.is_empty() { "No Kubernetes client was found." } else { "Nothing to complain of." };
        let _ = writeln!(page, "<p class=\"nothing\">{why}</p>\n</section>");
        return;
    }
    page.push_str("<p class=\"filter\">Show ");
    for (verdict, _) in &VERDICTS[..3] {
        let (word, title) = (verdict.word(), verdict.title());
        let _ = write!(
            page,
            "<label class=\"{word}\"><input type=\"checkbox\" id=\"show-{word}\" checked> {title}</label> "
        );
    }
    page.push_str("</p>\n");
    for owned in &owned {
        if has_owners {
            page.push_str("<section class=\"owner\">\n");
            owners(page, owned);
        }
        for project in &owned.projects {
            write_project(page, report, project);
        }
        if has_owners {
            page.push_str("</section>\n");
        }
    }
    page.push_str("</section>\n");
}

/// The heading over the projects of some owners.
fn owners(page: &mut String, owned: &Owned<'_>) {
    let names: Vec<String> = owned.owners.iter().take(MAX_OWNERS).map(|owner| code(owner)).collect();
    let more = owned.owners.len().saturating_sub(MAX_OWNERS);
    let names = match (names.is_empty(), more) {
        (true, _) => "nobody owns these".to_owned(),
        (false, 0) => names.join(" "),
        (false, more) => format!("{} and {more} more", names.join(" ")),
    };
    let _ = write!(page, "<h3 class=\"owners\">{names}");
    chips(page, |verdict| owned.projects.iter().map(|project| project.count(verdict)).sum());
    page.push_str("</h3>\n");
}

/// How many findings of each verdict, in a heading.
fn chips(page: &mut String, count: impl Fn(Verdict) -> usize) {
    for (verdict, _) in &VERDICTS[..3] {
        let count = count(*verdict);
        if count > 0 {
            let (word, count, title) = (verdict.word(), number(count), verdict.title());
            let _ = write!(page, " <span class=\"chip {word}\">{count} {title}</span>");
        }
    }
}

fn write_project(page: &mut String, report: &Report, project: &Project<'_>) {
    let folder = if project.folder == "." { "the top folder".to_owned() } else { code(&project.folder) };
    let _ = write!(page, "<section class=\"project\">\n<h3>{folder}");
    chips(page, |verdict| project.count(verdict));
    page.push_str("</h3>\n");
    for entry in &project.findings {
        finding(page, report, entry);
    }
    page.push_str("</section>\n");
}

fn finding(page: &mut String, report: &Report, entry: &Entry) {
    let (word, title) = (entry.verdict.word(), entry.verdict.title());
    let version = entry.selected.as_ref().or(entry.declared.as_ref());
    let version = version.map_or(String::new(), |version| format!(" <span class=\"version\">{}</span>", text(version)));
    let state = entry.new.map_or("", |new| if new { "<b>new</b> " } else { "<small>known</small> " });
    let _ = write!(
        page,
        "<article class=\"finding {word}\">\n<h4><span class=\"chip {word}\">{title}</span> {state}<span class=\"package\">{}</span>{version} \
         <span class=\"place\">{}</span></h4>\n",
        text(&entry.package),
        place(report, &entry.place)
    );
    excerpt(page, &entry.place);
    let _ = write!(page, "<p>{}.", sentence(&entry.message));
    if let Some(condition) = &entry.condition {
        let _ = write!(page, " This hangs on {}.", code(condition));
    }
    page.push_str("</p>\n");
    if let Some(help) = &entry.help {
        let _ = writeln!(page, "<p class=\"help\">{}.</p>", sentence(&capitalised(help)));
    }
    if let Some(fix) = &entry.fix {
        let _ = writeln!(page, "<p class=\"help\">{}.</p>", sentence(&capitalised(&fix.text)));
    }
    for related in entry.related.iter().take(MAX_RELATED) {
        let _ = write!(page, "<div class=\"related\">\n<p>{}: ", sentence(&related.message));
        let _ = writeln!(page, "<span class=\"place\">{}</span></p>", place(report, &related.place));
        excerpt(page, &related.place);
        page.push_str("</div>\n");
    }
    if let Some(more) = entry.related.len().checked_sub(MAX_RELATED).filter(|more| *more > 0) {
        let _ = writeln!(page, "<p class=\"related\">and {}</p>", many(more, "place"));
    }
    page.push_str("</article>\n");
}

/// The lines of a place, each with its number, the place marked.
fn excerpt(page: &mut String, place: &Place) {
    let (lines, mark) = neutral_lines(&place.excerpt.text, place.excerpt.mark.clone());
    page.push_str("<pre>");
    let mut offset = 0;
    for (index, line) in lines.split('\n').enumerate() {
        let within = |at: usize| at.clamp(offset, offset + line.len()) - offset;
        let marked: Range<usize> = within(mark.start)..within(mark.end);
        let number = place.excerpt.first_line + index;
        let _ = write!(page, "<span class=\"number\">{number}</span>{}", escaped(&line[..marked.start]));
        if !marked.is_empty() {
            let _ = write!(page, "<mark>{}</mark>", escaped(&line[marked.clone()]));
        }
        let _ = writeln!(page, "{}", escaped(&line[marked.end..]));
        offset += line.len() + 1;
    }
    page.push_str("</pre>\n");
}

/// What is ignored, each with the reason.
fn ignored(page: &mut String, report: &Report) {
    if report.ignored().next().is_none() {
        return;
    }
    page.push_str(
        "<section id=\"ignored\">\n<h2>Ignored findings</h2>\n<table>\n<thead><tr><th>What</th><th>Why</th></tr></thead>\n<tbody>\n",
    );
    for (entry, ignored) in report.ignored() {
        let until = ignored.until.map_or(String::new(), |day| format!("until {day}, "));
        let _ = writeln!(
            page,
            "<tr><td><span class=\"package\">{}</span><br><span class=\"place\">{}</span></td><td>{}<br><small>{until}said in {}:{}</small></td></tr>",
            text(&entry.package),
            place(report, &entry.place),
            sentence(&ignored.reason),
            text(&report.from_repository(&ignored.path)),
            ignored.line
        );
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn problems(page: &mut String, report: &Report) {
    if report.problems.is_empty() {
        return;
    }
    let (grave, others) = report.problems_by_weight();
    page.push_str("<section id=\"problems\">\n");
    table_of_problems(page, report, "Problems, behind which something may be missed", &grave);
    table_of_problems(page, report, "Ignores and settings that do nothing", &others);
    page.push_str("</section>\n");
}

fn table_of_problems(page: &mut String, report: &Report, title: &str, problems: &[&Problem]) {
    if problems.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "<h2>{title}</h2>\n<table>\n<thead><tr><th>Where</th><th>What</th><th>Kind</th></tr></thead>\n<tbody>\n"
    );
    for problem in problems {
        let at = problem.at.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        let path = text(&report.from_repository(&problem.path));
        let _ = writeln!(
            page,
            "<tr><td class=\"place\">{path}{at}</td><td>{}</td><td>{}</td></tr>",
            sentence(&problem.message),
            problem.kind.word()
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

fn about(page: &mut String, report: &Report) {
    page.push_str("<section id=\"about\">\n<h2>About this report</h2>\n");
    for rule in &report.rules {
        let description = rule.description.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(page, "<h3>{}</h3>\n<p>{}</p>", sentence(&rule.title), sentence(&description));
    }
    let config = report.config.as_ref().map(|config| report.from_repository(config));
    let _ = writeln!(
        page,
        "<p>A manifest shows which client is used, not how: only the in-cluster configuration of a client re-reads the token. An old \
         client is a reason to look, a new one no proof.</p>\n<p>Made by kubefloor {} with rules of {} from {} of {}{}.</p>\n</section>",
        env!("CARGO_PKG_VERSION"),
        text(&report.rules_date),
        many(report.files_read, "manifest"),
        many(report.files_seen, "file"),
        config.map_or(String::new(), |config| format!(" with the settings in {}", code(&config)))
    );
}

fn place(report: &Report, place: &Place) -> String {
    let path = text(&report.from_repository(&place.path));
    format!("{path}:{}:{}", place.start.line, place.start.column)
}

/// A bar of counts by verdict, all of it being `whole`.
fn bar(parts: &[(Verdict, usize)], whole: usize) -> String {
    let label: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{} {}", number(*count), verdict.title()))
        .collect();
    let label = label.join(", ");
    let mut out = format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>"
    );
    let percent = |count: usize| {
        let hundredths = count * 10_000 / whole.max(1);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let mut before = 0;
    for (verdict, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let (x, width, word) = (percent(before), percent(*count), verdict.word());
        let _ = write!(out, "<rect class=\"{word}\" x=\"{x}\" width=\"{width}\" height=\"10\"/>");
        before += count;
    }
    out.push_str("</svg>");
    out
}

/// A name or path from a file.
pub(super) fn text(text: &str) -> String {
    escaped(&brief(text, MAX_NAME))
}

pub(super) fn code(name: &str) -> String {
    format!("<code>{}</code>", text(name))
}

/// A message, whose values stand in backticks: those become code.
pub(super) fn sentence(message: &str) -> String {
    let message = brief(message, MAX_SENTENCE);
    let parts: Vec<&str> = message.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&message);
    }
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let part = escaped(part);
        if index % 2 == 0 {
            out.push_str(&part);
        } else {
            let _ = write!(out, "<code>{part}</code>");
        }
    }
    out
}

/// A text between tags.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            character => out.push(character),
        }
    }
    out
}
