//! `tox.toml`, and what a pyproject.toml holds for tox: what its environments install (tox, "Configuration").
//!
//! Traps:
//! - `env_run_base` is what tox.ini calls `[testenv]`, `env.NAME` is `[testenv:NAME]`.
//! - `legacy_tox_ini` is the text of a tox.ini as one string.
//! - A table in a list of `deps` replaces itself by something else; what it refers to is told where that stands.

use std::collections::HashSet;

use super::part::{append, placed};
use super::pep508::Place;
use super::spliced::Spliced;
use super::toml_dependency::requirement;
use super::tox_ini::{PROVISION, environments, single};
use crate::ecosystem::toml_text::{Document, Literal, Node, Text};
use crate::model::{Ecosystem, Format, Reading, Scope};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "tox_toml",
    name: "tox.toml",
    ecosystem: Ecosystem::Pypi,
    globs: &["tox.toml", "pyproject.toml"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = source.text();
    if !["env_run_base", "legacy_tox_ini", "[env.", "tool.tox"].iter().any(|word| text.contains(word)) {
        return reading;
    }
    let text = Text::new(text);
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    if root.get("tool").is_some() || root.get("project").is_some() {
        // Of a pyproject.toml its own reader says what is broken.
        reading.problems.clear();
    }
    let tox = root.at(&["tool", "tox"]).unwrap_or(root);
    if let Some(literal) = tox.get("legacy_tox_ini").and_then(Node::string) {
        let part = environments(&SourceText::new(literal.value));
        append(&mut reading, placed(part, |span| literal.place(span)));
    }
    let mut seen = HashSet::new();
    environment(&mut reading, tox, "requires", PROVISION, &mut seen);
    if let Some(base) = tox.get("env_run_base") {
        environment(&mut reading, base, "deps", "testenv", &mut seen);
    }
    for (key, node) in tox.get("env").into_iter().flat_map(Node::entries) {
        environment(&mut reading, node, "deps", &format!("testenv:{}", key.text), &mut seen);
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

/// What a list under a key of a table installs in an environment.
fn environment(reading: &mut Reading, table: Node<'_>, key: &str, name: &str, seen: &mut HashSet<(Span, String)>) {
    let Some(list) = table.get(key) else { return };
    let items = if list.is_array() { list.items() } else { vec![list] };
    for literal in items.into_iter().filter_map(Node::string) {
        if !literal.closed {
            let declared = requirement(reading, literal, Place::group(Scope::Test, name));
            reading.declared.extend(declared);
            continue;
        }
        for line in lines(literal) {
            append(reading, single(&line, name, seen));
        }
    }
}

/// The lines of a string, which is mostly one.
fn lines(literal: Literal<'_>) -> Vec<Spliced> {
    let mut lines = Vec::new();
    let mut start = 0;
    for text in literal.value.split('\n') {
        let span = literal.place(Span::new(start, start + text.len()));
        start += text.len() + 1;
        let mut line = Spliced::default();
        if span.end - span.start == text.len() {
            line.push(text, span.start);
        } else {
            line.push_escaped(text, span);
        }
        lines.push(line.trimmed());
    }
    lines
}
