//! `meta.yaml` and `recipe.yaml`: conda recipes (conda-build's "Defining metadata", rattler-build's "Recipe file").
//!
//! Traps:
//! - A meta.yaml is a template of Jinja's first and YAML only then, and its `# [linux]` comments are conditions under which a key may stand
//!   there twice. So nothing parses it as YAML; its lines are read by their indentation.
//! - `{% set name = "text" %}` and the `context` of a recipe.yaml give `{{ name }}` and `${{ name }}` their text. What else an
//!   expression stands for only a build would tell.
//! - `requirements` holds lists for `build`, `host` and `run`, here and below `outputs`; `test` has `requires`. A requirement
//!   list may also be a list by itself.
//! - Names are conda's ([`super::conda`]).
//!
//! - In a recipe.yaml an item may be `if`, `then` and `else`, each of the latter an item or a list.
//! - What stands in brackets may do so over several lines ([`super::flow`]), and a list of one item without any.

use std::collections::HashMap;

use super::conda::{MatchSpec, pypi_name};
use super::flow;
use super::pep508;
use super::spliced::{HOLE, Spliced};
use crate::model::{Declared, Ecosystem, Format, Grammar, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "meta_yaml",
    name: "conda recipe",
    ecosystem: Ecosystem::Pypi,
    globs: &["meta.{yaml,yml}", "recipe.{yaml,yml}"],
    read,
};

/// How deep keys may lie in each other.
const MAX_DEPTH: usize = 32;

/// How many items in brackets are read at a time.
const MAX_ITEMS: usize = 2000;

/// A key above a line.
struct Above<'a> {
    indent: usize,
    key: &'a str,
    /// What it holds for, if it is a branch.
    condition: Option<String>,
}

/// The texts that names stand for, with their places.
type Names<'a> = HashMap<&'a str, (&'a str, usize)>;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut names = Names::new();
    let mut above: Vec<Above<'_>> = Vec::new();
    let mut branch = "";
    // How far the last brackets reach, and whether some never close.
    let (mut behind, mut is_open) = (0, false);
    for number in 1..=source.line_count() {
        let line = source.line(number);
        if source.line_start(number) < behind {
            continue;
        }
        let text = line.trim_start();
        let mut indent = line.len() - text.len();
        let mut text = text.trim_end();
        let start = source.line_start(number);
        if let Some((name, value, at)) = set(text) {
            names.insert(name, (value, start + indent + at));
            continue;
        }
        if text.is_empty() || text.starts_with('#') || text.starts_with("{%") {
            continue;
        }
        let is_item = text.starts_with("- ");
        // A list may stand as deep as its key.
        above.retain(|key| key.indent < indent || is_item && key.indent == indent);
        if is_item {
            let rest = text[1..].trim_start();
            indent += text.len() - rest.len();
            text = rest;
        }
        let (item, place) = match key(text) {
            Some((key, value)) => {
                let at = start + indent + text.len() - value.len();
                if above.last().is_some_and(|above| above.key == "context") && !value.is_empty() {
                    names.insert(key, unquoted(value, at));
                }
                let condition = match key {
                    "if" => {
                        branch = value;
                        None
                    }
                    "then" => Some(branch.to_owned()),
                    "else" => Some(format!("not {branch}")),
                    _ => None,
                };
                if above.len() < MAX_DEPTH {
                    above.push(Above { indent, key, condition });
                }
                // What is no list, a text over several lines or an anchor, names nothing.
                let is_value = value.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\'' | '$'));
                if !is_value && !flow::opens(value) {
                    continue;
                }
                (value, at)
            }
            None if is_item => (text, start + indent),
            None => continue,
        };
        let condition = above.iter().rev().find_map(|above| above.condition.as_deref());
        if flow::opens(item) {
            let text = if is_open { item } else { &source.text()[place..] };
            let (mut items, end) = flow::items(text);
            if end.is_none() {
                is_open = true;
                items = flow::items(item).0;
            }
            behind = place + end.unwrap_or(0);
            let within: Vec<&str> = above.iter().map(|above| above.key).collect();
            for item in items.iter().take(MAX_ITEMS) {
                let keys = [&within[..], &item.keys[..]].concat();
                if let Some(scope) = scope(&keys) {
                    let found = declared(item.text, place + item.at, scope, &names);
                    reading
                        .declared
                        .extend(found.map(|found| Declared { condition: condition.map(str::to_owned), ..found }));
                }
            }
        } else if let Some(scope) = scope(&above.iter().map(|above| above.key).collect::<Vec<_>>()) {
            let selector = item.split_once("# [").and_then(|(_, rest)| rest.split_once(']')).map(|(inside, _)| inside);
            let (item, place) = unquoted(item, place);
            if let Some(mut declared) = declared(item, place, scope, &names) {
                declared.condition = pep508::condition(condition, selector);
                reading.declared.push(declared);
            }
        }
    }
    reading
}

/// `{% set name = "text" %}`: the name, the text and where that starts.
fn set(line: &str) -> Option<(&str, &str, usize)> {
    let inside = line.strip_prefix("{%")?.split("%}").next()?;
    let assignment = inside.trim_start_matches('-').trim_start().strip_prefix("set ")?;
    let (name, value) = assignment.split_once('=')?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = value[1..].split(quote).next()?;
    let at = line.find(value)? + 1;
    Some((name.trim(), text, at))
}

/// `key:` or `key: value` at the start of a line.
fn key(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_end = value.is_empty() || value.starts_with(' ');
    (is_key && is_end).then(|| (key, value.trim_start()))
}

/// A text without the quotes around it and without the comment behind it.
fn unquoted(text: &str, at: usize) -> (&str, usize) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote.and_then(|quote| text[1..].find(quote)) {
        Some(length) => (&text[1..=length], at + 1),
        None => (text[..text.find(" #").unwrap_or(text.len())].trim_end(), at),
    }
}

/// What a list below these keys is for, if it is one of requirements.
fn scope(above: &[&str]) -> Option<Scope> {
    if above.last() == Some(&"if") {
        return None;
    }
    let keys: Vec<&str> = above.iter().copied().filter(|key| !matches!(*key, "then" | "else" | "if")).collect();
    let is_test = keys.iter().any(|key| matches!(*key, "test" | "tests"));
    match keys.as_slice() {
        [.., "test", "requires"] => Some(Scope::Test),
        [.., "requirements", "run" | "host" | "build"] if is_test => Some(Scope::Test),
        [.., "requirements", "run"] | [.., "requirements"] => Some(Scope::Runtime),
        [.., "requirements", "host" | "build"] => Some(Scope::Build),
        _ => None,
    }
}

fn declared(text: &str, at: usize, scope: Scope, names: &Names<'_>) -> Option<Declared> {
    let line = substituted(text, at, names);
    let spec = MatchSpec::parse(line.text())?;
    if spec.name.contains(HOLE) {
        return None;
    }
    let (stated, span) = match spec.version {
        Some((text, span)) if text.contains(HOLE) => (Stated::Computed(line.text().replace(HOLE, "{…}")), span),
        Some((text, span)) => (Stated::Requirement(text.into(), Grammar::Conda), span),
        None => (Stated::Nothing, spec.name_span),
    };
    let name = pypi_name(&spec.name)?;
    Some(Declared { name, stated, scope, direct: Some(true), condition: None, span: line.place(span) })
}

/// The text with what its expressions stand for.
fn substituted(text: &str, at: usize, names: &Names<'_>) -> Spliced {
    let mut line = Spliced::default();
    let mut rest = 0;
    while let Some(open) = text[rest..].find("{{").map(|open| rest + open) {
        let Some(close) = text[open..].find("}}").map(|close| open + close) else { break };
        let start = open - usize::from(text[..open].ends_with('$'));
        line.push(&text[rest..start], at + rest);
        match names.get(text[open + 2..close].trim()) {
            Some((value, place)) => {
                let mut piece = Spliced::default();
                piece.push(value, *place);
                line.push_spliced(&piece.inserted());
            }
            None => line.push_escaped(&HOLE.to_string(), Span::new(at + start, at + close + 2)),
        }
        rest = close + 2;
    }
    line.push(&text[rest..], at + rest);
    line
}
