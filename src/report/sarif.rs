//! The report as SARIF 2.1.0, for code scanning, IDEs and other programs that read it.
//!
//! Written to GitHub's ingestion rules, which are stricter than the schema: every rule with its help, whether it fired or
//! not; one location, on one line; paths from the top of the repository.
//!
//! Traps:
//! - Columns are UTF-16 code units, which has to be said; an end is exclusive.
//! - `[words](1)` in a message is a link to a related location, so brackets before a parenthesis in text from files are
//!   parted (SARIF 3.11.6), and so are braces round a number (3.11.5).
//! - Known findings stay in, as `unchanged` ones: GitHub compares for itself, others read the state (3.27.24).
//! - An analysis is a whole statement: what is left out counts as fixed. So nothing is left out but beyond GitHub's limit
//!   of results, and then the mildest.
//! - GitHub opens an alert for a suppressed result as for any other. So what is ignored is left out, which closes its alert;
//!   for other programs it can be asked for, with its reason.
//! - No address of the machine's folders and no time stamp goes in.

use std::cmp::Reverse;
use std::fmt::Write;

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::json;
use super::markdown;
use super::neutral::brief;
use super::summary::capitalised;
use super::{Entry, FirstLine, Ignored, Place, Problem, Report};
use crate::rules::{Client, Rule};

/// Most results of a run that GitHub takes.
const MAX_RESULTS: usize = 25_000;

/// Most related places of a result.
const MAX_RELATED: usize = 99;

/// Most related places that the message links to.
const MAX_LINKS: usize = 3;

/// Most owners of a result.
const MAX_OWNERS: usize = 100;

/// Most characters of a description, and of other texts.
const MAX_DESCRIPTION: usize = 1000;
const MAX_TEXT: usize = 2000;

/// What all paths count from.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Identified<'a>,
    invocations: [Invocation<'a>; 1],
    original_uri_base_ids: Bases,
    column_kind: &'static str,
    results: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
struct Identified<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: String,
    name: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    tags: [&'a str; 3],
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
    date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<Identified<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Serialize)]
struct Bases {
    #[serde(rename = "%SRCROOT%")]
    root: Base,
}

#[derive(Serialize)]
struct Base {
    description: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Prints<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Mending>,
    properties: Properties,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
    location: Location,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mending {
    description: Text,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replaced>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replaced {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    physical: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    end_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

#[derive(Serialize)]
struct Prints<'a> {
    #[serde(rename = "primaryLocationLineHash")]
    line: &'a str,
    #[serde(rename = "kubefloor/v1")]
    own: String,
}

#[derive(Serialize)]
struct Properties {
    verdict: &'static str,
    reason: &'static str,
    ecosystem: &'static str,
    scope: &'static str,
    package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owners: Vec<String>,
}

/// The report as SARIF.
pub fn write(report: &Report) -> String {
    let is_wanted = |entry: &&Entry| {
        let is_ignored = || entry.ignored.is_some() && entry.severity >= report.least;
        report.is_finding(entry) || (report.shows_ignored && is_ignored())
    };
    let mut findings: Vec<&Entry> = report.clients.iter().filter(is_wanted).collect();
    let beyond = findings.len().saturating_sub(MAX_RESULTS);
    if beyond > 0 {
        findings.sort_by_key(|entry| Reverse((entry.severity, entry.verdict)));
        findings.truncate(MAX_RESULTS);
    }
    let mut prints = Fingerprints::default();
    let results = findings.into_iter().map(|entry| found(report, entry, &mut prints)).collect();
    let mut notifications: Vec<Notification<'_>> =
        report.problems.iter().map(|problem| notification(report, problem)).collect();
    if let Some(text) = report.base.as_ref().and_then(super::Base::problem) {
        let text = or_dash(inert(&brief(&text, MAX_TEXT)));
        notifications.push(Notification {
            level: "warning",
            message: Text { text },
            descriptor: None,
            locations: Vec::new(),
        });
    }
    if beyond > 0 {
        let text = format!("{beyond} milder findings are left out, since GitHub takes no more than {MAX_RESULTS}");
        notifications.push(Notification {
            level: "warning",
            message: Text { text },
            descriptor: None,
            locations: Vec::new(),
        });
    }
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: report.rules.iter().map(descriptor).collect(),
    };
    let description = "the top of the repository, or the scanned folder outside of one".to_owned();
    let run = Run {
        tool: Tool { driver },
        automation_details: Identified { id: concat!(env!("CARGO_PKG_NAME"), "/") },
        invocations: [Invocation { execution_successful: true, tool_execution_notifications: notifications }],
        original_uri_base_ids: Bases { root: Base { description: Text { text: description } } },
        column_kind: "utf16CodeUnits",
        results,
    };
    json::print(&Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] })
}

fn descriptor(rule: &Rule) -> Descriptor<'_> {
    let description = one_line(&rule.description);
    let or_title = |text: String| if text.is_empty() { inert(&rule.id) } else { text };
    Descriptor {
        id: brief(&rule.id, 250),
        name: pascal(&rule.id),
        short_description: Text { text: or_title(inert(&brief(&one_line(&rule.title), MAX_DESCRIPTION))) },
        full_description: Text { text: or_title(inert(&brief(&description, MAX_DESCRIPTION))) },
        help: Help { text: help_text(rule, &description), markdown: help_markdown(rule, &description) },
        default_configuration: Configuration { level: "error" },
        properties: RuleProperties {
            tags: ["dependencies", "kubernetes", "reliability"],
            precision: "high",
            severity: "error",
            date: brief(&rule.date, 30),
        },
    }
}

/// `bound-token` as `BoundToken`, the way names of rules are written.
fn pascal(id: &str) -> String {
    let words = id.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    if name.is_empty() { "Rule".into() } else { name.chars().take(250).collect() }
}

fn help_text(rule: &Rule, description: &str) -> String {
    let mut text = format!("{}\n", inert(&brief(description, MAX_TEXT)));
    for client in &rule.clients {
        let advice = inert(&brief(&client.advice, MAX_TEXT));
        let _ = write!(text, "\n{} {}: {advice}", client.ecosystem, inert(&brief(&client.package, MAX_TEXT)));
    }
    text
}

fn help_markdown(rule: &Rule, description: &str) -> String {
    let mut text = format!("{}\n\n", markdown::prose(&brief(description, MAX_TEXT)));
    text.push_str("| ecosystem | client | first good version | what to do |\n|---|---|---|---|\n");
    for client in &rule.clients {
        let package = markdown::code(&brief(&client.package, MAX_TEXT));
        let advice = markdown::prose(&brief(&client.advice, MAX_TEXT));
        let _ = writeln!(text, "| {} | {package} | {} | {advice} |", client.ecosystem, first_good(client));
    }
    text.push_str(
        "\nA version that the files leave open, or do not tell, is reported as well: the message says what is missing. A \
         manifest shows which client is used, not how: only the in-cluster configuration of a client re-reads the token.\n",
    );
    text
}

fn first_good(client: &Client) -> String {
    match client.floor() {
        Some(version) => markdown::code(&brief(version.text(), MAX_TEXT)),
        None if client.is_never_fixed() => "none".into(),
        None => "–".into(),
    }
}

fn found<'a>(report: &Report, entry: &'a Entry, prints: &mut Fingerprints) -> Found<'a> {
    let short = |text: &String| brief(text, MAX_TEXT);
    let related = entry.related.iter().take(MAX_RELATED).enumerate();
    Found {
        rule_id: brief(&entry.rule, 250),
        rule_index: report.rules.iter().position(|rule| rule.id == entry.rule),
        level: entry.severity.word(),
        message: Text { text: message(entry) },
        locations: [location(report, &entry.place)],
        related_locations: related
            .map(|(index, related)| Location {
                id: Some(index + 1),
                message: Some(Text { text: or_dash(inert(&brief(&related.message, MAX_TEXT))) }),
                ..location(report, &related.place)
            })
            .collect(),
        partial_fingerprints: Prints { line: &entry.line_hash, own: prints.of(report, entry) },
        baseline_state: entry.new.map(|new| if new { "new" } else { "unchanged" }),
        fixes: fixes(report, entry),
        properties: Properties {
            verdict: entry.verdict.word(),
            reason: entry.reason.word(),
            ecosystem: entry.ecosystem.word(),
            scope: entry.scope.word(),
            package: short(&entry.package),
            declared: entry.declared.as_ref().map(short),
            selected: entry.selected.as_ref().map(short),
            minimum: entry.minimum.as_ref().map(short),
            owners: entry.owners.iter().take(MAX_OWNERS).map(short).collect(),
        },
        suppressions: entry.ignored.iter().map(|ignored| suppression(report, entry, ignored)).collect(),
    }
}

fn suppression(report: &Report, entry: &Entry, ignored: &Ignored) -> Suppression {
    let until = ignored.until.map_or(String::new(), |day| format!(" (until {day})"));
    let region = Region {
        start_line: ignored.line,
        start_column: None,
        end_line: ignored.line,
        end_column: None,
        snippet: None,
    };
    Suppression {
        kind: if ignored.path == entry.place.path { "inSource" } else { "external" },
        status: "accepted",
        justification: format!("{}{until}", or_dash(inert(&brief(&ignored.reason, MAX_TEXT)))),
        location: Location { id: None, physical: physical(report, &ignored.path, Some(region)), message: None },
    }
}

/// The edits that mend it, together one fix (SARIF 3.55). What is put in goes where nothing is deleted.
fn fixes(report: &Report, entry: &Entry) -> Vec<Mending> {
    let Some(fix) = entry.fix.as_ref().filter(|fix| !fix.edits.is_empty()) else { return Vec::new() };
    let mut changes: Vec<ArtifactChange> = Vec::new();
    for edit in &fix.edits {
        let location = physical(report, &edit.place.path, None).artifact_location;
        let replaced = Replaced {
            deleted_region: Region { snippet: None, ..region(&edit.place) },
            inserted_content: Some(Text { text: edit.new.clone() }),
        };
        match changes.last_mut().filter(|change| change.artifact_location.uri == location.uri) {
            Some(change) => change.replacements.push(replaced),
            None => changes.push(ArtifactChange { artifact_location: location, replacements: vec![replaced] }),
        }
    }
    let text = capitalised(&inert(&brief(&fix.text, MAX_TEXT)));
    vec![Mending { description: Text { text }, artifact_changes: changes }]
}

/// Where space is short only the first sentence is shown.
fn message(entry: &Entry) -> String {
    let mut text = format!("{}.", or_dash(inert(&brief(&entry.message, MAX_TEXT))));
    if let Some(help) = &entry.help {
        let _ = write!(text, " {}.", capitalised(&inert(&brief(help, MAX_TEXT))));
    }
    for (index, related) in entry.related.iter().take(MAX_LINKS).enumerate() {
        let words = brief(&related.message, MAX_TEXT).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        let _ = write!(text, "{} [{}]({})", if index == 0 { " See:" } else { "," }, or_dash(words), index + 1);
    }
    if !entry.related.is_empty() {
        text.push('.');
    }
    text
}

/// A message may not be empty.
fn or_dash(text: String) -> String {
    if text.is_empty() { "–".into() } else { text }
}

/// A text of which no part is a link or a placeholder.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (offset, character) in text.char_indices() {
        out.push(character);
        let rest = &text[offset + character.len_utf8()..];
        let is_placeholder = character == '{' && rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('}');
        if is_placeholder && !rest.starts_with('}') || character == ']' && rest.starts_with('(') {
            out.push(' ');
        }
    }
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn location(report: &Report, place: &Place) -> Location {
    Location { id: None, physical: physical(report, &place.path, Some(region(place))), message: None }
}

fn region(place: &Place) -> Region {
    let FirstLine { utf16, .. } = &place.first_line;
    Region {
        start_line: place.start.line,
        start_column: Some(utf16.start),
        end_line: place.start.line,
        end_column: Some(utf16.end),
        snippet: snippet(place),
    }
}

/// The text of the region, if the excerpt has all of it.
fn snippet(place: &Place) -> Option<Text> {
    let text = place.excerpt.text.get(place.excerpt.mark.clone())?.lines().next()?;
    let utf16 = &place.first_line.utf16;
    (text.encode_utf16().count() == utf16.end - utf16.start).then(|| Text { text: text.to_owned() })
}

fn physical(report: &Report, path: &str, region: Option<Region>) -> PhysicalLocation {
    let uri = uri(&report.from_repository(path));
    PhysicalLocation { artifact_location: ArtifactLocation { uri, uri_base_id: ROOT }, region }
}

/// A path as a relative reference (RFC 3986): everything but unreserved characters and `/` as percent signs and digits.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn notification<'a>(report: &Report, problem: &'a Problem) -> Notification<'a> {
    let region = problem.at.map(|at| Region {
        start_line: at.line,
        start_column: None,
        end_line: at.line,
        end_column: None,
        snippet: None,
    });
    Notification {
        level: "warning",
        message: Text { text: or_dash(inert(&brief(&problem.message, MAX_TEXT))) },
        descriptor: Some(Identified { id: problem.kind.word() }),
        locations: vec![Location { id: None, physical: physical(report, &problem.path, region), message: None }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_link_or_a_placeholder() {
        assert_eq!(inert("[a](1) {0} ${x} {} {200b}"), "[a] (1) { 0} ${x} {} {200b}");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/größe:%#?.txt"), "a%20b/gr%C3%B6%C3%9Fe%3A%25%23%3F.txt");
    }
}
