//! `tox.ini`, and what setup.cfg holds for tox: what the environments of tox install (tox, "Configuration").
//!
//! Traps:
//! - `deps` of `[testenv]` holds for every environment that has none of its own; `[testenv:NAME]` is one of its own.
//! - `requires` of `[tox]` is what the environment needs in which tox itself runs (`provision_tox_env`, `.tox`).
//! - A line may start with factors, `py38,py39-django:`, and holds only for environments with these.
//! - `{[section]key}` inserts another value, with all its lines; `{env:NAME:default}` the environment's or the default;
//!   `{toxinidir}` is the file's folder. In setup.cfg the section is `[tox:tox]`.
//! - What remains are lines of a requirements file, `-r` and `-c` among them; unlike there, a comment opens at any `#` that
//!   no backslash precedes. `#egg=` is kept, since old versions of tox keep it and it says what is installed.
//!
//! Not done here: environments that `envlist` does not name are told like the others.

use std::collections::HashSet;

use super::ini::{Sections, Setting};
use super::part::{append, placed};
use super::pep508;
use super::requirements_txt::read_part;
use super::spliced::{HOLE, Spliced};
use crate::model::{Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "tox_ini", name: "tox.ini", ecosystem: Ecosystem::Pypi, globs: &["tox.ini", "setup.cfg"], read };

/// The section of tox itself, in a tox.ini and in a setup.cfg.
const CORE: &[&str] = &["tox", "tox:tox"];

/// The environment in which tox itself runs.
pub(super) const PROVISION: &str = ".tox";

/// How deep values may insert each other.
const MAX_DEPTH: usize = 10;

/// How many lines are made in one file.
const MAX_LINES: usize = 20_000;

/// Longest line that insertions make.
const MAX_LENGTH: usize = 16 * 1024;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let is_testenv =
        |line: &str| line.starts_with("[testenv") || CORE.iter().any(|name| line.trim_end() == format!("[{name}]"));
    // A setup.cfg without environments is another reader's alone.
    if (1..=source.line_count()).any(|number| is_testenv(source.line(number))) {
        reading = environments(source);
        if (1..=source.line_count()).any(|number| matches!(source.line(number), "[metadata]" | "[options]")) {
            // In a setup.cfg that other reader says what is broken.
            reading.problems.retain(|problem| problem.kind != ProblemKind::Syntax);
        }
    }
    reading
}

/// What the environments of a text in tox's notation install.
pub(super) fn environments(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let sections = Sections::read(&mut reading, source);
    let mut expander = Expander { sections: &sections, left: MAX_LINES };
    let mut names: Vec<&str> = sections.names().filter(|name| is_environment(name)).collect();
    names.sort_unstable();
    let mut seen = HashSet::new();
    for name in CORE {
        for setting in sections.of(name).filter(|setting| setting.key == "requires") {
            for line in expander.setting(name, setting) {
                let part = dependency(&line, PROVISION, &mut seen);
                append(&mut reading, part);
            }
        }
    }
    for name in names {
        for setting in sections.of(name).filter(|setting| setting.key == "deps") {
            for line in expander.setting(name, setting) {
                let part = dependency(&line, name, &mut seen);
                append(&mut reading, part);
            }
        }
    }
    reading.declared.sort_by_key(|declared| declared.span);
    let mut told = HashSet::new();
    reading.problems.retain(|problem| told.insert(problem.message.clone()));
    if expander.left == 0 {
        let message = "the values insert more lines than are read, so something may be missed".to_owned();
        reading.problems.push(Problem { kind: ProblemKind::Limit, message, span: Span::new(0, 0) });
    }
    reading
}

/// What one line of the dependencies of an environment states that refers to no other section.
pub(super) fn single(line: &Spliced, environment: &str, seen: &mut HashSet<(Span, String)>) -> Reading {
    let sections = Sections::default();
    let mut expander = Expander { sections: &sections, left: MAX_DEPTH };
    let mut reading = Reading::default();
    for line in expander.line("", line, 0) {
        append(&mut reading, dependency(&line, environment, seen));
    }
    reading
}

fn is_environment(section: &str) -> bool {
    section == "testenv" || section.starts_with("testenv:")
}

/// What a line of `deps` states. A line that several environments insert is told once.
fn dependency(line: &Spliced, environment: &str, seen: &mut HashSet<(Span, String)>) -> Reading {
    let (factors, rest) = factors(line);
    let rest = without_comment(&rest);
    let whole = Span::new(0, rest.text().len());
    if rest.is_empty() || !seen.insert((rest.place(whole), rest.text().to_owned())) {
        return Reading::default();
    }
    let mut part = placed(read_part(rest.text(), |span| span), |span| rest.place(span));
    let condition = pep508::condition(Some(environment), factors.as_deref());
    for declared in &mut part.declared {
        declared.scope = Scope::Test;
        declared.condition = pep508::condition(condition.as_deref(), declared.condition.as_deref());
        let is_known = match &declared.stated {
            Stated::Requirement(text, _) => !text.contains(HOLE),
            Stated::Source(source) => !format!("{source:?}").contains(HOLE),
            Stated::Locked(_) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => true,
        };
        if !is_known {
            declared.stated = Stated::Computed(rest.text().replace(HOLE, "{…}"));
        }
    }
    part.includes.retain(|include| !include.paths.iter().any(|path| path.contains(HOLE)));
    for include in &mut part.includes {
        include.condition.clone_from(&condition);
    }
    // What is no requirement here is most likely a substitution that is not known.
    part.problems.retain(|problem| problem.kind != ProblemKind::Syntax || !rest.text().contains(HOLE));
    part
}

/// The factors before a `:` at the start of a line, and what follows. In an address or path no blank follows the `:`.
fn factors(line: &Spliced) -> (Option<String>, Spliced) {
    let text = line.text();
    if let Some(colon) = text.find(':') {
        let before = text[..colon].trim();
        let is_factor =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | '-' | '!' | '{' | '}' | ' ');
        let is_address = text[colon + 1..].starts_with(['/', '\\']);
        if !before.is_empty()
            && before.chars().all(|c| is_factor(c) || matches!(c, '{' | '}'))
            && !before.starts_with('-')
            && !is_address
        {
            let rest = line.part(Span::new(colon + 1, text.len())).trimmed();
            return (Some(before.to_owned()), rest);
        }
    }
    (None, line.clone())
}

fn is_factor(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | '-' | '!' | ' ')
}

fn without_comment(line: &Spliced) -> Spliced {
    let text = line.text();
    let opens = |at: &usize| {
        let is_escaped = text[..*at].ends_with('\\');
        !is_escaped && !["#egg=", "#subdirectory="].iter().any(|kept| text[*at..].starts_with(kept))
    };
    let comment = text.match_indices('#').map(|(at, _)| at).find(opens);
    line.part(Span::new(0, comment.unwrap_or(text.len()))).trimmed()
}

/// Replaces what stands in braces.
struct Expander<'s, 'a> {
    sections: &'s Sections<'a>,
    /// How many lines may still be made.
    left: usize,
}

impl Expander<'_, '_> {
    /// The lines of a value.
    fn setting(&mut self, section: &str, setting: &Setting<'_>) -> Vec<Spliced> {
        let mut lines = Vec::new();
        for (text, offset) in joined(&setting.lines) {
            let mut line = Spliced::default();
            line.push(text, offset);
            lines.extend(self.line(section, &line, 0));
        }
        lines
    }

    /// The lines that a line becomes.
    fn line(&mut self, section: &str, line: &Spliced, depth: usize) -> Vec<Spliced> {
        if self.left == 0 {
            return Vec::new();
        }
        self.left -= 1;
        let mut lines = vec![Spliced::default()];
        let mut rest = 0;
        while let Some((open, close)) = braces(line.text(), rest) {
            extend(&mut lines, &[line.part(Span::new(rest, open))]);
            let braced = line.part(Span::new(open, close + 1));
            extend(&mut lines, &self.replacement(section, &braced, depth));
            rest = close + 1;
        }
        extend(&mut lines, &[line.part(Span::new(rest, line.text().len()))]);
        lines
    }

    /// What stands for a text in braces: one or more lines.
    fn replacement(&mut self, section: &str, braced: &Spliced, depth: usize) -> Vec<Spliced> {
        let whole = Span::new(0, braced.text().len());
        let inside = braced.part(Span::new(1, whole.end - 1));
        let text = inside.text();
        let instead = |text: &str| {
            let mut line = Spliced::default();
            line.push_escaped(text, braced.place(whole));
            vec![line]
        };
        // `py{38,39}` are two factors.
        let is_factors = text.contains(',') && text.chars().all(is_factor);
        let unknown = || if is_factors { vec![braced.clone()] } else { instead(&HOLE.to_string()) };
        match text {
            "toxinidir" | "tox_root" => return instead("."),
            "/" => return instead("/"),
            _ => {}
        }
        if depth >= MAX_DEPTH {
            return unknown();
        }
        if let Some(default) = text.strip_prefix("env:").or_else(|| text.strip_prefix("posargs:")) {
            let name = if text.starts_with("env:") { default.find(':') } else { Some(usize::MAX) };
            let start = match name {
                Some(usize::MAX) => text.len() - default.len(),
                Some(colon) => text.len() - default.len() + colon + 1,
                None => return unknown(),
            };
            return self.line(section, &inside.part(Span::new(start, text.len())).inserted(), depth + 1);
        }
        let (of, key) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((of, key)) => (of, key),
            None => (section, text),
        };
        let setting = self.sections.of(of).find(|setting| setting.key == key);
        let setting =
            setting.or_else(|| self.sections.of("testenv").find(|setting| of == section && setting.key == key));
        let Some(setting) = setting else { return unknown() };
        // What an environment states itself is told where that stands.
        if key == "deps" && is_environment(of) {
            return vec![Spliced::default()];
        }
        let mut lines = Vec::new();
        for (text, offset) in joined(&setting.lines) {
            let mut line = Spliced::default();
            line.push(text, offset);
            lines.extend(self.line(of, &line, depth + 1).into_iter().map(Spliced::inserted));
        }
        lines
    }
}

/// Lines; a `\` at the end of one joins the next, which deps seldom need: such a line is left as it is without it.
fn joined<'l>(lines: &[(&'l str, usize)]) -> Vec<(&'l str, usize)> {
    lines.iter().map(|(text, offset)| (text.trim_end_matches('\\').trim_end(), *offset)).collect()
}

/// The first outermost pair of braces behind an offset.
fn braces(text: &str, from: usize) -> Option<(usize, usize)> {
    let open = from + text[from..].find('{')?;
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some((open, at)),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Puts texts behind what there is: the first goes on with the last line, the others are lines of their own.
fn extend(lines: &mut Vec<Spliced>, more: &[Spliced]) {
    for (index, piece) in more.iter().enumerate() {
        match lines.last_mut() {
            Some(last) if index == 0 => {
                if last.text().len() + piece.text().len() <= MAX_LENGTH {
                    last.push_spliced(piece);
                }
            }
            _ => lines.push(piece.clone()),
        }
    }
}
