//! Yarn 1's lockfile (the tokens and the parser of `@yarnpkg/lockfile`).
//!
//! Traps:
//! - It looks like YAML and is none: a name and its value stand side by side, and only spaces in pairs indent.
//! - A word without quotes ends at a blank, a comma or a colon, so anything with an `@` in front, a blank or a second colon is
//!   quoted.
//! - One break and Yarn refuses all of it.

use super::{Entry, assemble};
use crate::ecosystem::npm::lock_entry;
use crate::ecosystem::npm::specifier::{self, split_name};
use crate::model::{Declared, Problem, ProblemKind, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// Reads a lockfile of Yarn 1.
pub fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut lock = Lock::default();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        lock.line(line.trim_end_matches(['\n', '\r']), at);
        at += line.len();
    }
    lock.close();
    let Lock { entries, problem, .. } = lock;
    reading.problems.extend(problem);
    assemble(&mut reading, &entries);
    reading
}

#[derive(Default)]
struct Lock<'t> {
    entries: Vec<Entry>,
    open: Option<Open<'t>>,
    problem: Option<Problem>,
}

/// The entry whose lines are read.
struct Open<'t> {
    descriptors: Vec<Word<'t>>,
    version: Option<Word<'t>>,
    resolved: Option<Word<'t>>,
    needs: Vec<(String, String)>,
    /// Whether the lines of a block of needs follow.
    is_in_needs: bool,
}

/// A word of a line.
#[derive(Clone)]
struct Word<'t> {
    text: std::borrow::Cow<'t, str>,
    span: Span,
}

impl Word<'_> {
    fn place(&self, start: usize, end: usize) -> Span {
        match self.text {
            std::borrow::Cow::Borrowed(_) => Span::new(start, end).shifted(self.span.start),
            std::borrow::Cow::Owned(_) => self.span,
        }
    }
}

impl<'t> Lock<'t> {
    fn line(&mut self, line: &'t str, at: usize) {
        let rest = line.trim_start_matches(' ');
        let indent = line.len() - rest.len();
        if rest.is_empty() || rest.starts_with('#') {
            return;
        }
        if indent % 2 == 1 {
            self.refuse(at, indent, "the spaces in front are not in pairs");
        }
        let Some((words, opens)) = self.words(rest, at + indent) else { return };
        match indent {
            0 | 1 => {
                self.close();
                if !opens {
                    self.refuse(at, line.len(), "an entry starts with its descriptors and a colon");
                    return;
                }
                self.open = Some(Open {
                    descriptors: words,
                    version: None,
                    resolved: None,
                    needs: Vec::new(),
                    is_in_needs: false,
                });
            }
            2 | 3 => self.member(&words, opens),
            _ => self.need(&words),
        }
    }

    fn member(&mut self, words: &[Word<'t>], opens: bool) {
        let Some(open) = &mut self.open else { return };
        let name = words.first().map_or("", |word| word.text.as_ref());
        open.is_in_needs = opens && matches!(name, "dependencies" | "optionalDependencies");
        match (name, words.get(1)) {
            ("version", Some(value)) => open.version = Some(value.clone()),
            ("resolved", Some(value)) => open.resolved = Some(value.clone()),
            _ => {}
        }
    }

    fn need(&mut self, words: &[Word<'t>]) {
        let Some(open) = &mut self.open else { return };
        if let [name, range] = words
            && open.is_in_needs
        {
            open.needs.push((name.text.to_string(), range.text.to_string()));
        }
    }

    /// The words of a line, and whether a colon follows them.
    fn words(&mut self, line: &'t str, at: usize) -> Option<(Vec<Word<'t>>, bool)> {
        let mut words = Vec::new();
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            let start = at + line.len() - rest.len();
            match rest.bytes().next() {
                None | Some(b'#') => return Some((words, false)),
                Some(b':') => return Some((words, true)),
                Some(b'"') => {
                    let Some(length) = quoted_length(rest) else {
                        self.refuse(start, rest.len(), "the quote is not closed");
                        return None;
                    };
                    let raw = &rest[1..length - 1];
                    let span = Span::new(start + 1, start + length - 1);
                    let text = if raw.contains('\\') {
                        // The words are JSON's strings.
                        match serde_json::from_str::<String>(&rest[..length]) {
                            Ok(text) => text.into(),
                            Err(_) => raw.into(),
                        }
                    } else {
                        raw.into()
                    };
                    words.push(Word { text, span });
                    rest = &rest[length..];
                }
                Some(first) => {
                    let length = rest.find([':', ' ', ',']).unwrap_or(rest.len());
                    if !(first.is_ascii_alphanumeric() || matches!(first, b'/' | b'.' | b'-')) {
                        self.refuse(start, length, "no word without quotes starts like this");
                    }
                    words.push(Word { text: rest[..length].into(), span: Span::new(start, start + length) });
                    rest = &rest[length..];
                }
            }
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let descriptors: Vec<(String, String)> =
            open.descriptors.iter().map(|descriptor| split(&descriptor.text)).collect();
        let declared = declared(&open, &descriptors);
        let folder = if declared.is_none() { folder(&descriptors) } else { None };
        self.entries.push(Entry { descriptors, declared, folder, needs: open.needs });
    }

    fn refuse(&mut self, at: usize, length: usize, message: &str) {
        let message = format!("Yarn refuses the whole file: {message}");
        let span = Span::new(at, at + length);
        self.problem.get_or_insert(Problem { kind: ProblemKind::Syntax, message, span });
    }
}

/// The length of the quoted word at the start of a text, quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A descriptor's name and range.
fn split(descriptor: &str) -> (String, String) {
    match split_name(descriptor) {
        Some((name, start)) => (name.to_owned(), descriptor[start..].to_owned()),
        None => (descriptor.to_owned(), String::new()),
    }
}

/// The folder that the first descriptor names.
fn folder(descriptors: &[(String, String)]) -> Option<String> {
    let (key, range) = descriptors.first()?;
    match specifier::read(key, range).stated {
        Stated::Source(Source::Path(path)) => Some(path),
        _ => None,
    }
}

/// What an entry states; `None` where it is a folder or a link.
fn declared(open: &Open<'_>, descriptors: &[(String, String)]) -> Option<Declared> {
    let (key, range) = descriptors.first()?;
    let specifier = specifier::read(key, range);
    if matches!(&specifier.stated, Stated::Source(Source::Path(path)) if !lock_entry::is_archive(path)) {
        return None;
    }
    let (stated, span) = match (&open.version, open.descriptors.first()) {
        (Some(version), _) => {
            let (_, stated, place) = lock_entry::version(key, &version.text)?;
            (stated, version.place(place.start, place.end))
        }
        (None, Some(descriptor)) => (Stated::Nothing, descriptor.place(0, key.len())),
        (None, None) => return None,
    };
    let repository = open.resolved.as_ref().and_then(|resolved| lock_entry::repository(key, &resolved.text));
    Some(lock_entry::declared(key, specifier.name, repository.unwrap_or(stated), Scope::Runtime, span))
}
