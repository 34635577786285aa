//! `paket.dependencies`: the packages of a repository that uses Paket (Paket documentation, "The paket.dependencies file" and
//! "NuGet dependencies").
//!
//! Traps:
//! - A bare version is exact; two bounds may follow each other; behind them stand words for stages of pre-releases, then
//!   options (`framework: net45`, with or without a comma in front).
//! - `!` and `@` before an operator choose how packages that come in through others are selected.
//! - Quotes mean nothing. A comment starts with `#` or `//` at the start of a line, or behind a blank.
//! - A group's name holds until the next group; the first lines belong to the group `Main`.
//!
//! Not done: `github`, `git`, `http` and other sources that are no packages; `external_lock`.

use super::paket_lock;
use crate::model::{Declared, Ecosystem, Format, Grammar, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "paket_dependencies",
    name: "paket.dependencies",
    ecosystem: Ecosystem::Nuget,
    globs: &["paket.dependencies"],
    read,
};

/// Paket's operators, without the strategy in front.
const OPERATORS: &[&str] = &["~>", "==", "<=", ">=", "=", ">", "<"];

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut group: Option<String> = None;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        let words = words(line);
        match words.split_first() {
            Some((first, rest)) if first.is("group", line) => {
                group = rest.first().and_then(|name| paket_lock::group_name(name.text(line)));
            }
            Some((first, rest)) if first.is("nuget", line) || first.is("clitool", line) => {
                let scope = if first.is("nuget", line) { Scope::Runtime } else { Scope::Development };
                let start = source.line_start(number);
                reading.declared.extend(package(rest, line, start, scope, group.as_deref()));
            }
            _ => {}
        }
    }
    reading
}

/// A word of a line, without quotes and without a comma behind it.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    has_comma: bool,
}

impl Word {
    fn text(self, line: &str) -> &str {
        &line[self.start..self.end]
    }

    fn is(self, word: &str, line: &str) -> bool {
        self.text(line).eq_ignore_ascii_case(word)
    }
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    for part in line.split([' ', '\t', '"', '\u{FEFF}']) {
        let start = at;
        at = start + part.len();
        if part.starts_with('#') || part.starts_with("//") {
            break;
        }
        let word = part.trim_end_matches(',');
        if !word.is_empty() {
            words.push(Word { start, end: start + word.len(), has_comma: word.len() < part.len() });
        }
        at += line[at..].chars().next().map_or(0, char::len_utf8);
    }
    words
}

fn package(words: &[Word], line: &str, start: usize, scope: Scope, group: Option<&str>) -> Option<Declared> {
    let (name, rest) = words.split_first()?;
    let end = constraint(rest, line);
    let (stated, first, last) = match end.and_then(|end| Some((rest.first()?, rest.get(end)?))) {
        Some((first, last)) => {
            let text = line[first.start..last.end].replace('"', "");
            (Stated::Requirement(text, Grammar::Paket), first, last)
        }
        None => (Stated::Nothing, name, name),
    };
    Some(Declared {
        name: name.text(line).to_owned(),
        stated,
        scope,
        direct: Some(true),
        condition: group.map(str::to_owned),
        span: Span::new(first.start, last.end).shifted(start),
    })
}

/// The number of the last word that belongs to the constraint.
fn constraint(words: &[Word], line: &str) -> Option<usize> {
    let is_operator = |word: &Word| OPERATORS.contains(&word.text(line).trim_start_matches(['!', '@']));
    let is_version = |word: &Word| word.text(line).starts_with(|c: char| c.is_ascii_digit());
    let mut count = 0;
    let has_bound = |at: usize| words.get(at).is_some_and(is_operator) && words.get(at + 1).is_some();
    while count < 4 && has_bound(count) {
        count += 2;
    }
    if count == 0 && words.first().is_some_and(is_version) {
        count = 1;
    }
    let ends = |count: usize| count > 0 && words[count - 1].has_comma;
    while let Some(word) = words.get(count).filter(|_| !ends(count)).map(|word| word.text(line)) {
        let is_stage = word.chars().all(|c| c.is_ascii_alphanumeric());
        let is_option = words.get(count + 1).is_some_and(|next| next.text(line).starts_with(':'));
        if !is_stage || is_option {
            break;
        }
        count += 1;
    }
    count.checked_sub(1)
}
