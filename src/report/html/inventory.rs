//! The part of the page that lists every client: by ecosystem, package and version, with a bar for how often each is found
//! and a line where the minimum lies.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{VERDICTS, bar, place, text};
use crate::ecosystem;
use crate::judge::Verdict;
use crate::model::Ecosystem;
use crate::report::summary::{many, number};
use crate::report::{Entry, Report};
use crate::version::Version;

/// The widths of a client's table, whatever its first row is.
const COLUMNS: &str = "<colgroup><col class=\"label\"><col><col class=\"word\"><col class=\"places\"></colgroup>";

/// The clients of one package that show one version and got one verdict.
struct Line<'a> {
    /// The exact version, if there is one and it can be compared.
    version: Option<Version>,
    /// What the files say instead.
    label: &'a str,
    verdict: Verdict,
    entries: Vec<&'a Entry>,
}

pub(super) fn write(page: &mut String, report: &Report) {
    if report.clients.is_empty() {
        return;
    }
    let mut ecosystems: BTreeMap<Ecosystem, Vec<&Entry>> = BTreeMap::new();
    for entry in &report.clients {
        ecosystems.entry(entry.ecosystem).or_default().push(entry);
    }
    page.push_str("<section id=\"inventory\">\n<h2>All clients by ecosystem and version</h2>\n");
    if ecosystems.len() > 1 {
        overview(page, &ecosystems);
    }
    for (ecosystem, entries) in &ecosystems {
        let title = title(*ecosystem);
        let _ = writeln!(page, "<section class=\"ecosystem\">\n<h3>{title}</h3>");
        let mut packages: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            packages.entry(&entry.package).or_default().push(entry);
        }
        let packages: Vec<(&str, Vec<Line<'_>>)> =
            packages.into_iter().map(|(package, entries)| (package, lines(*ecosystem, &entries))).collect();
        let most = packages.iter().flat_map(|(_, lines)| lines).map(|line| line.entries.len()).max().unwrap_or(1);
        for (package, lines) in &packages {
            client(page, report, *ecosystem, package, lines, most);
        }
        page.push_str("</section>\n");
    }
    page.push_str("</section>\n");
}

/// A bar for each ecosystem.
fn overview(page: &mut String, ecosystems: &BTreeMap<Ecosystem, Vec<&Entry>>) {
    let most = ecosystems.values().map(Vec::len).max().unwrap_or(1);
    page.push_str("<table class=\"chart overview\">\n");
    for (ecosystem, entries) in ecosystems {
        let count = |verdict| entries.iter().filter(|entry| entry.verdict == verdict).count();
        let bar = bar(&VERDICTS.map(|(verdict, _)| (verdict, count(verdict))), most);
        let (title, places) = (title(*ecosystem), number(entries.len()));
        let _ =
            writeln!(page, "<tr><th scope=\"row\">{title}</th><td>{bar}</td><td class=\"count\">{places}</td></tr>");
    }
    page.push_str("</table>\n");
}

fn client(page: &mut String, report: &Report, ecosystem: Ecosystem, package: &str, lines: &[Line<'_>], most: usize) {
    let minimum = lines.iter().flat_map(|line| &line.entries).find_map(|entry| entry.minimum.as_deref());
    let floor = minimum.and_then(|minimum| ecosystem::version(ecosystem, minimum).ok());
    let has = |verdict| lines.iter().any(|line| line.verdict == verdict);
    let known = match minimum {
        Some(minimum) => format!("minimum {}", text(minimum)),
        None if has(Verdict::Incompatible) && !has(Verdict::Compatible) => "no version is known to be good".to_owned(),
        None => "no minimum is known".to_owned(),
    };
    let _ = writeln!(
        page,
        "<section class=\"client\">\n<h4>{} <small>{known}</small></h4>\n<table class=\"chart\">\n{COLUMNS}",
        text(package)
    );
    let (mut was_below, mut was_exact) = (false, false);
    for line in lines {
        let is_below = line.version.as_ref().is_some_and(|version| floor.as_ref().is_some_and(|floor| version < floor));
        if was_below && !is_below && line.version.is_some() {
            divider(page, &known);
        }
        if was_exact && line.version.is_none() {
            divider(page, "no exact version");
        }
        (was_below, was_exact) = (is_below, line.version.is_some());
        let (label, word, verdict) = (text(line.label), line.verdict.word(), line.verdict.title());
        let bar = bar(&[(line.verdict, line.entries.len())], most);
        let places = many(line.entries.len(), "place");
        let _ = writeln!(
            page,
            "<tr class=\"{word}\"><th scope=\"row\">{label}</th><td>{bar}</td><td class=\"verdict\">{verdict}</td><td \
             class=\"count\">{places}</td></tr>"
        );
    }
    page.push_str("</table>\n<details><summary>where</summary>\n<ul>");
    for line in lines {
        for entry in &line.entries {
            let ignored = if entry.ignored.is_some() { " (ignored)" } else { "" };
            let _ = write!(page, "<li>{} <b>{}</b>{ignored}</li>", place(report, &entry.place), text(line.label));
        }
    }
    page.push_str("</ul></details>\n</section>\n");
}

/// A dashed line between rows, with words on it.
fn divider(page: &mut String, words: &str) {
    let _ = writeln!(page, "<tr class=\"divider\"><td colspan=\"4\">{words}</td></tr>");
}

/// The lines of a package: exact versions in their order, then what is no version.
fn lines<'a>(ecosystem: Ecosystem, entries: &[&'a Entry]) -> Vec<Line<'a>> {
    let mut lines: BTreeMap<(&str, Verdict, bool), Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let label = entry.selected.as_deref().or(entry.declared.as_deref()).unwrap_or("no version is written");
        lines.entry((label, entry.verdict, entry.selected.is_some())).or_default().push(entry);
    }
    let mut lines: Vec<Line<'a>> = lines
        .into_iter()
        .map(|((label, verdict, is_exact), entries)| {
            let version = if is_exact { ecosystem::version(ecosystem, label).ok() } else { None };
            Line { version, label, verdict, entries }
        })
        .collect();
    lines.sort_by(|a, b| (a.version.is_none(), &a.version).cmp(&(b.version.is_none(), &b.version)));
    lines
}

/// The name of an ecosystem for people.
fn title(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Golang => "Go",
        Ecosystem::Pypi => "Python",
        Ecosystem::Maven => "Java",
        Ecosystem::Npm => "JavaScript",
        Ecosystem::Gem => "Ruby",
        Ecosystem::Hackage => "Haskell",
        Ecosystem::Nuget => ".NET",
        Ecosystem::Cargo => "Rust",
        Ecosystem::Hex => "Erlang and Elixir",
        Ecosystem::Composer => "PHP",
        Ecosystem::Swift => "Swift",
        Ecosystem::Deb => "Debian",
        Ecosystem::Generic => "Others",
    }
}
