//! `setup.cfg`: what setuptools takes from it (Setuptools, "Configuring setuptools using setup.cfg files"), by the rules of
//! Python's `configparser`.
//!
//! Traps:
//! - A value goes on as long as lines are indented deeper than its key; blank lines and comments do not end it. Lines whose
//!   first character is `#` or `;` are comments, but behind a value only ` #` opens one, and only in requirements.
//! - A list with several lines is split at the lines; one that fits behind its key is split at `;`, so a marker there is
//!   no marker.
//! - `=` and `:` both separate key and value, whichever comes first.
//! - `%(key)s` inserts a value of the same section or of `[DEFAULT]`, `%%` is a percent sign.
//! - Option names are free in case and in `-` for `_`; section names are not.
//! - `install_requires` and the extras may name files (`file: a.txt, b.txt`) instead.
//!
//! Not done here: tests' environments (`[tox:tox]`) are another tool's.

use std::collections::HashMap;

use crate::ecosystem::pypi::pep508::{self, Place, name_normalised};
use crate::ecosystem::pypi::requirements_txt;
use crate::ecosystem::pypi::spliced::Spliced;
use crate::model::{Ecosystem, Format, Identity, Include, Problem, ProblemKind, Reading, Role, Scope};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "setup_cfg", name: "setup.cfg", ecosystem: Ecosystem::Pypi, globs: &["setup.cfg"], read };

/// How deep values may insert each other (`configparser.MAX_INTERPOLATION_DEPTH`).
const MAX_DEPTH: usize = 10;

/// How many lines are inserted in one file.
const MAX_INSERTIONS: usize = 20_000;

/// Longest text that insertions make of a value.
const MAX_LENGTH: usize = 64 * 1024;

/// One option: its key and the lines of its value, without blanks around them.
struct Setting<'a> {
    key: &'a str,
    lines: Vec<(&'a str, usize)>,
}

/// The options of the sections.
#[derive(Default)]
struct Sections<'a> {
    /// By section, in the order of the file.
    settings: HashMap<&'a str, Vec<Setting<'a>>>,
    /// Where the last option of a section and key stands in its section.
    last: HashMap<(&'a str, &'a str), usize>,
}

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let sections = sections(&mut reading, source);
    reading.identity = identity(&sections);
    let mut insertions = Insertions { left: MAX_INSERTIONS };
    for setting in sections.of("options") {
        let place = match option_name(setting.key).as_str() {
            "install_requires" => Place::new(Scope::Runtime),
            "setup_requires" => Place::new(Scope::Build),
            "tests_require" => Place::new(Scope::Test),
            _ => continue,
        };
        list(&mut reading, &sections, "options", setting, place, &mut insertions);
    }
    for setting in sections.of("options.extras_require") {
        let place = Place::group(Scope::Optional, setting.key);
        list(&mut reading, &sections, "options.extras_require", setting, place, &mut insertions);
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

fn identity(sections: &Sections<'_>) -> Option<Identity> {
    let word = |wanted: &str| {
        let setting = sections.of("metadata").find(|setting| option_name(setting.key) == wanted)?;
        setting.lines.first().map(|(text, _)| *text).filter(|text| !text.is_empty())
    };
    let version = word("version").filter(|text| !text.starts_with("attr:") && !text.starts_with("file:"));
    Some(Identity { name: name_normalised(word("name")?), version: version.map(str::to_owned) })
}

fn option_name(key: &str) -> String {
    key.replace('-', "_").to_lowercase()
}

/// The requirements that an option lists, or the files that hold them.
fn list(
    reading: &mut Reading,
    sections: &Sections<'_>,
    section: &str,
    setting: &Setting<'_>,
    place: Place<'_>,
    insertions: &mut Insertions,
) {
    let mut lines: Vec<Spliced> = Vec::new();
    if setting.lines.first().is_some_and(|(text, _)| text.starts_with("file:")) {
        // What only builds or tests need cannot be in a file; setuptools would take the words for a requirement.
        if matches!(place.scope, Scope::Runtime | Scope::Optional) {
            include(reading, setting, place.group);
        }
        return;
    }
    for (text, offset) in &setting.lines {
        if stated_elsewhere(sections, section, text) {
            continue;
        }
        lines.extend(insertions.line(sections, section, text, *offset));
    }
    let last = lines.iter().rposition(|line| !line.text().trim().is_empty()).map_or(0, |index| index + 1);
    let items = match &lines[..last] {
        [] => return,
        [only] => split(only, ';'),
        lines => lines.to_vec(),
    };
    for item in items {
        let item = without_comment(&item).trimmed();
        if !item.is_empty() && !item.text().starts_with('#') {
            match pep508::declare(item.text(), place, |span| item.place(span)) {
                Ok(declared) => reading.declared.push(declared),
                Err(problem) => reading.problems.push(problem),
            }
        }
    }
}

/// The requirements files behind `file:`.
fn include(reading: &mut Reading, setting: &Setting<'_>, extra: Option<&str>) {
    for (index, (text, offset)) in setting.lines.iter().enumerate() {
        let mut start = if index == 0 { "file:".len() } else { 0 };
        for part in text[start..].split(',') {
            let path = part.trim();
            let at = offset + start + part.len() - part.trim_start().len();
            start += part.len() + 1;
            if !path.is_empty() {
                reading.includes.push(Include {
                    role: Role::Requirements,
                    paths: vec![path.to_owned()],
                    format: &requirements_txt::FORMAT,
                    identity: None,
                    condition: extra.map(str::to_owned),
                    span: Span::new(at, at + path.len()),
                });
            }
        }
    }
}

/// Whether a line only inserts another extra, whose requirements are stated there.
fn stated_elsewhere(sections: &Sections<'_>, section: &str, line: &str) -> bool {
    let key = line.strip_prefix("%(").and_then(|rest| rest.strip_suffix(")s"));
    section == "options.extras_require" && key.is_some_and(|key| sections.of(section).any(|setting| setting.key == key))
}

fn split(line: &Spliced, separator: char) -> Vec<Spliced> {
    let mut items = Vec::new();
    let mut start = 0;
    for part in line.text().split(separator) {
        items.push(line.part(Span::new(start, start + part.len())));
        start += part.len() + separator.len_utf8();
    }
    items
}

/// A comment opens behind a blank.
fn without_comment(item: &Spliced) -> Spliced {
    let text = item.text();
    let comment = text.match_indices('#').find(|(index, _)| text[..*index].ends_with(char::is_whitespace));
    item.part(Span::new(0, comment.map_or(text.len(), |(index, _)| index)))
}

/// The sections of a text, as `configparser` reads them.
fn sections<'a>(reading: &mut Reading, source: &'a SourceText) -> Sections<'a> {
    let mut sections = Sections::default();
    let mut section: Option<&str> = None;
    // Whether the last option may go on, and the indentation of its key.
    let mut open = false;
    let mut indentation = 0;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        let start = source.line_start(number) + indent;
        if text.starts_with(['#', ';']) {
            continue;
        }
        let depth = line.chars().take_while(|c| c.is_whitespace()).count();
        if open && (text.is_empty() || depth > indentation) {
            sections.continue_last(section, text, start);
            continue;
        }
        if text.is_empty() {
            continue;
        }
        indentation = depth;
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(name, _)| name)
            && !name.is_empty()
        {
            section = Some(name);
            open = false;
            continue;
        }
        let Some(section) = section else {
            if reading.problems.is_empty() {
                report(reading, Span::new(start, start + text.len()), "a section must open before the first option");
            }
            continue;
        };
        match text.find(['=', ':']) {
            Some(at) if !text[..at].trim().is_empty() => {
                let key = text[..at].trim_end();
                let value = text[at + 1..].trim_start();
                let setting = Setting { key, lines: vec![(value, start + text.len() - value.len())] };
                if !sections.push(section, setting) {
                    report(reading, Span::new(start, start + key.len()), "the option is there twice");
                }
                open = true;
            }
            _ => {
                report(reading, Span::new(start, start + text.len()), "neither a section, an option nor a comment");
            }
        }
    }
    sections
}

impl<'a> Sections<'a> {
    /// Adds an option; false if the section already has one of its name.
    fn push(&mut self, section: &'a str, setting: Setting<'a>) -> bool {
        let settings = self.settings.entry(section).or_default();
        let new = self.last.insert((section, setting.key), settings.len()).is_none();
        settings.push(setting);
        new
    }

    fn continue_last(&mut self, section: Option<&str>, text: &'a str, offset: usize) {
        let last = section.and_then(|section| self.settings.get_mut(section)).and_then(|settings| settings.last_mut());
        if let Some(last) = last {
            last.lines.push((text, offset));
        }
    }

    fn of(&self, section: &str) -> impl Iterator<Item = &Setting<'a>> {
        self.settings.get(section).into_iter().flatten()
    }

    /// The value that `%(key)s` inserts.
    fn value(&self, section: &str, key: &str) -> Option<&Setting<'a>> {
        let found = |section| self.settings.get(section)?.get(*self.last.get(&(section, key))?);
        found(section).or_else(|| found("DEFAULT"))
    }
}

fn report(reading: &mut Reading, span: Span, message: &str) {
    let message = format!("{message}, so something may be missed");
    reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
}

/// The lines that may still be inserted.
struct Insertions {
    left: usize,
}

impl Insertions {
    /// The lines that a line becomes when values are inserted into it.
    fn line(&mut self, sections: &Sections<'_>, section: &str, text: &str, offset: usize) -> Vec<Spliced> {
        let mut lines = vec![Spliced::default()];
        self.insert(sections, section, text, offset, 0, &mut lines);
        lines
    }

    /// Whether one more value may be inserted.
    fn admit(&mut self, more: usize, depth: usize, lines: &[Spliced]) -> bool {
        let fits = self.left >= more && depth < MAX_DEPTH;
        let fits = fits && lines.iter().map(|line| line.text().len() + 1).sum::<usize>() < MAX_LENGTH;
        self.left -= if fits { more } else { 0 };
        fits
    }

    fn insert(
        &mut self,
        sections: &Sections<'_>,
        section: &str,
        text: &str,
        offset: usize,
        depth: usize,
        lines: &mut Vec<Spliced>,
    ) {
        let mut rest = 0;
        while let Some(percent) = text[rest..].find('%').map(|index| rest + index) {
            append(lines, &text[rest..percent], offset + rest, depth);
            let after = &text[percent + 1..];
            if after.starts_with('%') {
                append(lines, "%", offset + percent, depth);
                rest = percent + 2;
                continue;
            }
            let key = after.strip_prefix('(').and_then(|rest| rest.split_once(")s")).map(|(key, _)| key);
            if let Some(key) = key
                && let Some(setting) = sections.value(section, key)
                && self.admit(setting.lines.len(), depth, lines)
            {
                for (index, (line, start)) in setting.lines.iter().enumerate() {
                    if index > 0 {
                        lines.push(Spliced::default());
                    }
                    self.insert(sections, section, line, *start, depth + 1, lines);
                }
                rest = percent + key.len() + "%()s".len();
            } else {
                // What cannot be inserted stays and is no version.
                append(lines, "%", offset + percent, depth);
                rest = percent + 1;
            }
        }
        append(lines, &text[rest..], offset + rest, depth);
    }
}

fn append(lines: &mut [Spliced], text: &str, offset: usize, depth: usize) {
    let mut piece = Spliced::default();
    piece.push(text, offset);
    if let Some(line) = lines.last_mut() {
        line.push_spliced(&if depth > 0 { piece.inserted() } else { piece });
    }
}
