//! Sections with options and values, by the rules of Python's `configparser`.
//!
//! Traps:
//! - A value goes on as long as lines are indented deeper than its key; blank lines and comments do not end it. Lines whose
//!   first character is `#` or `;` are comments.
//! - `=` and `:` both separate key and value, whichever comes first.

use std::collections::HashMap;

use crate::model::{Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span};

/// One option: its key and the lines of its value, without blanks around them.
pub(super) struct Setting<'a> {
    pub(super) key: &'a str,
    pub(super) lines: Vec<(&'a str, usize)>,
}

/// The options of the sections.
#[derive(Default)]
pub(super) struct Sections<'a> {
    /// By section, in the order of the file.
    settings: HashMap<&'a str, Vec<Setting<'a>>>,
    /// Where the last option of a section and key stands in its section.
    last: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Sections<'a> {
    /// The sections of a text, as `configparser` reads them.
    pub(super) fn read(reading: &mut Reading, source: &'a SourceText) -> Sections<'a> {
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
                    report(
                        reading,
                        Span::new(start, start + text.len()),
                        "a section must open before the first option",
                    );
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

    /// The names of the sections that hold an option.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.settings.keys().copied()
    }

    /// The options of a section.
    pub(super) fn of(&self, section: &str) -> impl Iterator<Item = &Setting<'a>> {
        self.settings.get(section).into_iter().flatten()
    }

    /// The value that `%(key)s` inserts.
    pub(super) fn value(&self, section: &str, key: &str) -> Option<&Setting<'a>> {
        let found = |section| self.settings.get(section)?.get(*self.last.get(&(section, key))?);
        found(section).or_else(|| found("DEFAULT"))
    }
}

fn report(reading: &mut Reading, span: Span, message: &str) {
    let message = format!("{message}, so something may be missed");
    reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
}
