//! `setup.cfg`: what setuptools takes from it (Setuptools, "Configuring setuptools using setup.cfg files"), and pbr (pbr, "Using
//! pbr"), by the rules of Python's `configparser`.
//!
//! Traps:
//! - Behind a value only ` #` opens a comment, and only in requirements.
//! - A list with several lines is split at the lines; one that fits behind its key is split at `;`, so a marker there is
//!   no marker.
//! - `%(key)s` inserts a value of the same section or of `[DEFAULT]`, `%%` is a percent sign.
//! - Option names are free in case and in `-` for `_`; section names are not.
//! - pbr has sections of its own: a line of `[extras]` may end with a marker behind the first `:`, and `[metadata]` holds
//!   `requires_dist`.
//! - `install_requires` and the extras may name files (`file: a.txt, b.txt`) instead.
//!
//! Not done here: tests' environments (`[tox:tox]`) are another tool's.

use crate::ecosystem::pypi::ini::{Sections, Setting};
use crate::ecosystem::pypi::pep508::{self, Place, name_normalised};
use crate::ecosystem::pypi::requirements_txt;
use crate::ecosystem::pypi::spliced::Spliced;
use crate::model::{Ecosystem, Format, Identity, Include, Reading, Role, Scope};
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

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let sections = Sections::read(&mut reading, source);
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
    pbr(&mut reading, &sections);
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

/// What only pbr reads. That it is used stands in setup.py, so what is no requirement here is no fault.
fn pbr(reading: &mut Reading, sections: &Sections<'_>) {
    for setting in sections.of("extras") {
        pbr_list(reading, setting, Place::group(Scope::Optional, setting.key), true);
    }
    for setting in sections.of("metadata") {
        match option_name(setting.key).as_str() {
            "requires_dist" => pbr_list(reading, setting, Place::new(Scope::Runtime), false),
            "setup_requires_dist" => pbr_list(reading, setting, Place::new(Scope::Build), false),
            _ => {}
        }
    }
}

/// A requirement per line, in extras with its marker behind a `:`, in parentheses or not.
fn pbr_list(reading: &mut Reading, setting: &Setting<'_>, place: Place<'_>, is_extra: bool) {
    for (line, offset) in &setting.lines {
        let comment = line.find(" #").unwrap_or(line.len());
        let text = if line.starts_with('#') { "" } else { line[..comment].trim_end() };
        let (text, marker) = match text.split_once(':') {
            Some((text, marker)) if is_extra && !marker.starts_with("//") => (text.trim_end(), Some(marker.trim())),
            _ => (text, None),
        };
        let marker = marker.filter(|marker| !marker.is_empty());
        if let Ok(mut declared) = pep508::declare(text, place, |span| span.shifted(*offset)) {
            declared.condition = pep508::condition(declared.condition.as_deref(), marker);
            reading.declared.push(declared);
        }
    }
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
