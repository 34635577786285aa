//! From the text of a `kubefloor.toml` to a [`Config`]. The keys are described in `docs/configuration.md`.

use super::{Config, Globs, Ignore, Named, Override, Selector};
use crate::data::{self, Fault, Refused, Shape, Table, Text};
use crate::judge::{FailOn, Severity};
use crate::model::Scope;
use crate::source::{LineCol, SourceText};

/// The file itself.
pub(super) const CONFIG: Shape =
    Shape { name: "the configuration", keys: &["exclude", "fail-on", "min-severity", "override", "ignore"] };
/// What differs.
pub(super) const OVERRIDE: Shape =
    Shape { name: "an `[[override]]`", keys: &["rule", "package", "path", "group", "scope", "severity", "fail-on"] };
/// What is accepted.
pub(super) const IGNORE: Shape =
    Shape { name: "an `[[ignore]]`", keys: &["rule", "package", "path", "group", "scope", "reason", "until"] };

/// Most globs of a file.
const MOST_GLOBS: usize = 5000;

/// Reads a configuration.
pub(super) fn config(text: &str) -> Result<Config, Refused> {
    let document = data::document(text)?;
    let table = Table::new(&CONFIG, &document, 0)?;
    let source = SourceText::new(text);
    let mut left = MOST_GLOBS;
    let exclude = table.one_or_more("exclude")?;
    globs(&exclude, true, &mut left)?;
    let mut overrides = Vec::new();
    for table in table.tables("override", &OVERRIDE)? {
        overrides.push(an_override(table, source.line_col(table.at), &mut left)?);
    }
    let mut ignores = Vec::new();
    for table in table.tables("ignore", &IGNORE)? {
        table.text("rule")?;
        let of = selector(table, &mut left)?;
        if !of.is_narrow() {
            return Err(lacks(&["package", "path", "group", "scope"], table, IGNORE.name));
        }
        let (reason, until) = (one_line(table.text("reason")?), table.maybe_day("until")?);
        ignores.push(Ignore { of, reason, until, at: source.line_col(table.at) });
    }
    Ok(Config {
        exclude: exclude.into_iter().map(|text| text.value.to_owned()).collect(),
        fail_on: table.maybe_text("fail-on")?.map(fail_on).transpose()?,
        min_severity: table.maybe_text("min-severity")?.map(severity).transpose()?,
        overrides,
        ignores,
    })
}

fn an_override(table: Table<'_>, at: LineCol, left: &mut usize) -> Result<Override, Refused> {
    let of = selector(table, left)?;
    if of.rule.is_none() && !of.is_narrow() {
        return Err(lacks(&["rule", "package", "path", "group", "scope"], table, OVERRIDE.name));
    }
    let severity = table.maybe_text("severity")?.map(severity).transpose()?;
    let fail_on = table.maybe_text("fail-on")?.map(fail_on).transpose()?;
    if severity.is_none() && fail_on.is_none() {
        return Err(lacks(&["severity", "fail-on"], table, OVERRIDE.name));
    }
    Ok(Override { of, severity, fail_on, at })
}

fn selector(table: Table<'_>, left: &mut usize) -> Result<Selector, Refused> {
    let paths = table.one_or_more("path")?;
    let trimmed = |texts: Vec<Text<'_>>| texts.into_iter().map(|text| text.value.trim().to_owned()).collect();
    let scopes: Vec<(&str, Scope)> = Scope::ALL.iter().map(|each| (each.word(), *each)).collect();
    Ok(Selector {
        rule: table.maybe_text("rule")?.map(|text| text.value.trim().to_owned()),
        packages: table.one_or_more("package")?.into_iter().map(package).collect::<Result<_, _>>()?,
        groups: trimmed(table.one_or_more("group")?),
        scopes: table.one_or_more("scope")?.iter().map(|text| text.word(&scopes)).collect::<Result<_, _>>()?,
        paths: if paths.is_empty() { None } else { Some(globs(&paths, false, left)?) },
    })
}

fn package(text: Text<'_>) -> Result<Named, Refused> {
    Named::parse(text.value.trim()).ok_or_else(|| {
        let instead = "a name, or a purl without a version such as `pkg:golang/k8s.io/client-go`".into();
        text.refuse(Fault::BadName { found: text.value.chars().take(100).collect(), instead })
    })
}

/// The globs of some texts. What begins with `!` takes back what others say, which makes sense for `exclude` alone.
fn globs(texts: &[Text<'_>], is_exclude: bool, left: &mut usize) -> Result<Globs, Refused> {
    let refuse = |index: usize, why: String| {
        let text = texts.get(index).copied().unwrap_or(Text { value: "", at: 0 });
        text.refuse(Fault::BadGlob { found: text.value.chars().take(100).collect(), why })
    };
    if let Some(index) = texts.iter().position(|text| !is_exclude && text.value.starts_with('!')) {
        return Err(refuse(index, "it would take back what no other says".into()));
    }
    if texts.len() > *left {
        return Err(refuse(*left, format!("there are more than {MOST_GLOBS} of them")));
    }
    *left -= texts.len();
    Globs::new(texts.iter().map(|text| text.value)).map_err(|(index, why)| refuse(index, why))
}

fn severity(text: Text<'_>) -> Result<Severity, Refused> {
    let words: Vec<(&str, Severity)> = Severity::ALL.iter().map(|each| (each.word(), *each)).collect();
    text.word(&words)
}

fn fail_on(text: Text<'_>) -> Result<FailOn, Refused> {
    let words: Vec<(&str, FailOn)> = FailOn::ALL.iter().map(|each| (each.word(), *each)).collect();
    text.word(&words)
}

fn one_line(text: Text<'_>) -> String {
    text.value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lacks(keys: &'static [&'static str], table: Table<'_>, name: &'static str) -> Refused {
    Refused { at: table.at, fault: Fault::NoneOf { keys, table: name } }
}
