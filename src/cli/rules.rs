//! `kubefloor rules`.

use std::fmt::Write;

use anstream::ColorChoice;
use clap::ValueEnum;
use serde::Serialize;

use super::{CLEAN, Failure, RulesArguments};
use crate::model::Package;
use crate::purl;
use crate::report::neutral::neutral;
use crate::rules::{Client, Rule, RuleSet};

const EXAMPLES: &str = "\
Examples:
  kubefloor rules
  kubefloor rules --format json
  kubefloor rules --rules our-clients.toml     check a rules file of your own and show what it says";

/// List the clients that are known, and their minimums.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    format: Format,
    #[command(flatten)]
    rules: RulesArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table.
    Text,
    /// One document.
    Json,
}

/// One client as JSON shows it.
#[derive(Serialize)]
struct Line<'a> {
    rule: &'a str,
    date: &'a str,
    ecosystem: &'static str,
    package: &'a str,
    purl: String,
    minimum: Option<String>,
    published: bool,
    minimum_evidence: Option<&'a str>,
    advice: &'a str,
    caveat: Option<&'a str>,
    evidence: &'a [String],
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let rules = arguments.rules.load()?;
    match arguments.format {
        Format::Text => super::print(&table(&rules), color)?,
        Format::Json => super::print_raw(&json(&rules))?,
    }
    Ok(CLEAN)
}

fn table(rules: &RuleSet) -> String {
    let mut text = String::new();
    for rule in &rules.rules {
        let _ = writeln!(text, "{}: {} ({})\n", neutral(&rule.id), neutral(&rule.title), neutral(&rule.date));
        let mut rows = vec![["ECOSYSTEM".to_owned(), "PACKAGE".into(), "MINIMUM".into(), "WHAT TO DO".into()]];
        rows.extend(rule.clients.iter().map(row));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        for [ecosystem, package, minimum, advice] in &rows {
            let [a, b, c] = widths;
            let _ = writeln!(text, "  {ecosystem:a$}  {package:b$}  {minimum:c$}  {advice}");
        }
        if !rule.not_clients.is_empty() {
            let names: Vec<String> = rule.not_clients.iter().map(|other| neutral(&other.purl)).collect();
            let _ = writeln!(text, "\n  not judged: {}", names.join(", "));
        }
        text.push('\n');
    }
    text.push_str("`kubefloor explain PACKAGE` says more of each.\n");
    text
}

fn row(client: &Client) -> [String; 4] {
    let minimum = match client.floor() {
        Some(version) => version.text().to_owned(),
        None if client.is_never_fixed() => "none".into(),
        None => "-".into(),
    };
    [client.ecosystem.to_string(), neutral(&client.package), neutral(&minimum), neutral(&client.advice)]
}

fn json(rules: &RuleSet) -> String {
    let lines: Vec<Line<'_>> =
        rules.rules.iter().flat_map(|rule| rule.clients.iter().map(move |client| line(rule, client))).collect();
    let mut text = serde_json::to_string_pretty(&lines).unwrap_or_default();
    text.push('\n');
    text
}

fn line<'a>(rule: &'a Rule, client: &'a Client) -> Line<'a> {
    let package = Package { ecosystem: client.ecosystem, name: client.package.clone() };
    Line {
        rule: &rule.id,
        date: &rule.date,
        ecosystem: client.ecosystem.word(),
        package: &client.package,
        purl: purl::write(&package, None),
        minimum: client.floor().map(|version| version.text().to_owned()),
        published: client.minimum.is_some(),
        minimum_evidence: client.minimum.as_ref().map(|minimum| minimum.evidence.as_str()),
        advice: &client.advice,
        caveat: client.caveat.as_deref(),
        evidence: &client.evidence,
    }
}
