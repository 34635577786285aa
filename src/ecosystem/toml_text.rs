//! A TOML document with the places of its strings.
//!
//! Traps:
//! - The parser goes on after an error and then holds values that nobody wrote: a number 0 for `= = 2`, a string that was
//!   never closed, a table that swallowed the lines below. So every error is reported, and whoever reads a value asks
//!   [`Node::is_broken`] first.
//! - Tables come sorted by key; [`Node::entries`] gives them in the order of the file.
//! - The lines of a template engine would hide what is around them, so those count as comments ([`Text`]).
//! - A place inside a string is known only where the string is written as it reads; behind an escape it is the whole string.
//!
//! The parser itself stops at 80 levels of nesting, dotted keys included, so walking a document cannot exhaust the stack.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{Problem, ProblemKind, Reading};
use crate::source::{Span, boundary};

/// How much of a line is taken that breaks the grammar.
const MAX_LINE: usize = 120;

/// A text whose lines that belong to other tools are comments; every place in it is the same place in the file.
pub struct Text<'a> {
    text: Cow<'a, str>,
    template: Option<Span>,
}

/// A parsed document.
pub struct Document<'a> {
    text: &'a str,
    root: DeValue<'a>,
    errors: Vec<Span>,
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document<'d>,
    value: &'d DeValue<'d>,
    /// Its place, quotes and brackets included.
    pub span: Span,
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key<'d> {
    /// The key.
    pub text: &'d str,
    /// Its place, without quotes.
    pub span: Span,
}

/// A string.
#[derive(Clone, Copy, Debug)]
pub struct Literal<'d> {
    /// What it reads; for a string that is never closed the text with its quote.
    pub value: &'d str,
    /// Its place, without quotes.
    pub span: Span,
    /// Whether it is written as it reads.
    verbatim: bool,
    /// Whether the closing quote is there.
    pub closed: bool,
}

impl<'a> Text<'a> {
    /// Prepares the text of a file.
    pub fn new(text: &'a str) -> Text<'a> {
        let mut prepared = Text { text: Cow::Borrowed(text), template: None };
        let mut comments = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end();
            let is_template = content.trim_start().starts_with("{%") && content.ends_with("%}");
            if is_template {
                let indent = content.len() - content.trim_start().len();
                comments.push(Span::new(start + indent, start + content.len()));
            }
            prepared.template = prepared.template.or(comments.first().copied());
            start += line.len();
        }
        if !comments.is_empty() {
            let mut bytes = text.as_bytes().to_vec();
            for span in comments {
                bytes[span.start..span.end].fill(b'#');
            }
            prepared.text = Cow::Owned(String::from_utf8_lossy(&bytes).into_owned());
        }
        prepared
    }
}

impl<'a> Document<'a> {
    /// Parses a text; the first error becomes a problem of the reading.
    pub fn parse(text: &'a Text<'_>, reading: &mut Reading) -> Document<'a> {
        if let Some(span) = text.template {
            reading.problems.push(template(span));
        }
        let text = text.text.as_ref();
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut found: Vec<(Span, &str)> = Vec::new();
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let span = Span::new(boundary(text, span.start), boundary(text, span.end));
            // Between CR and LF is no place that could be shown.
            let back = usize::from(text[..span.start].ends_with('\r') && text[span.start..].starts_with('\n'));
            let start = span.start - back;
            found.push((Span::new(start, if span.end == span.start { start } else { span.end }), error.message()));
        }
        found.sort_by_key(|(span, _)| *span);
        if let Some((span, message)) = found.first()
            && reading.problems.is_empty()
        {
            reading.problems.push(problem(text, *span, message));
        }
        let errors = found.into_iter().map(|(span, _)| span).collect();
        Document { text, root: DeValue::Table(root.into_inner()), errors }
    }

    /// The root table.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, value: &self.root, span: Span::new(0, self.text.len()) }
    }
}

/// The first error of a document as a problem. What a template engine leaves behind it is no TOML yet.
fn problem(text: &str, span: Span, message: &str) -> Problem {
    let start = text[..span.start].rfind('\n').map_or(0, |index| index + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if ["{%", "{{", "<%"].iter().any(|mark| line.contains(mark)) {
        return template(span);
    }
    let message = format!("this is no TOML, so something may be missed: {message}");
    Problem { kind: ProblemKind::Syntax, message, span }
}

fn template(span: Span) -> Problem {
    let message = "this is a template and no TOML yet, so something may be missed".into();
    Problem { kind: ProblemKind::Template, message, span }
}

impl<'d> Node<'d> {
    /// The value under a key, if this is a table that has it.
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        let value = self.value.as_table()?.get(key)?;
        Some(self.child(value))
    }

    /// The key as written and its value, if this is a table that has it.
    pub fn entry(self, key: &str) -> Option<(Key<'d>, Node<'d>)> {
        let (key, value) = self.value.as_table()?.get_key_value(key)?;
        Some((self.key(key), self.child(value)))
    }

    /// The value under a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Node<'d>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The keys and values of a table in the order of the file; nothing for another value.
    pub fn entries(self) -> Vec<(Key<'d>, Node<'d>)> {
        let Some(table) = self.value.as_table() else { return Vec::new() };
        let mut entries: Vec<_> = table.iter().map(|(key, value)| (self.key(key), self.child(value))).collect();
        entries.sort_by_key(|(key, _)| key.span);
        entries
    }

    /// The values of an array; nothing for another value.
    pub fn items(self) -> Vec<Node<'d>> {
        let items = self.value.as_array().map(|array| array.iter()).into_iter().flatten();
        items.map(|value| self.child(value)).collect()
    }

    /// Whether this is a table.
    pub fn is_table(self) -> bool {
        self.value.is_table()
    }

    /// Whether this is an array.
    pub fn is_array(self) -> bool {
        self.value.is_array()
    }

    /// Whether this is the boolean `true`.
    pub fn is_true(self) -> bool {
        self.value.as_bool() == Some(true)
    }

    /// The string, if this is one.
    pub fn string(self) -> Option<Literal<'d>> {
        let value = self.value.as_str()?;
        Some(literal(self.document.text, self.span, value))
    }

    /// The text of the string, if this is one that is whole.
    pub fn text(self) -> Option<&'d str> {
        self.string().filter(|literal| literal.closed).map(|literal| literal.value)
    }

    /// Whether the text breaks the grammar between a key and the end of its value, so that the value may be an invention
    /// of the parser.
    pub fn is_broken(self, key: Key<'_>) -> bool {
        let errors = &self.document.errors;
        let first = errors.partition_point(|error| error.end < key.span.start);
        self.span.end <= key.span.start || errors.get(first).is_some_and(|error| error.start <= self.span.end)
    }

    /// The line that a key stands on, from the key; not all of it if it is long.
    pub fn line(self, key: Key<'_>) -> Literal<'d> {
        let text = self.document.text;
        let rest = &text[key.span.start..boundary(text, key.span.start + MAX_LINE)];
        let value = rest.lines().next().unwrap_or_default().trim_end();
        let span = Span::new(key.span.start, key.span.start + value.len());
        Literal { value, span, verbatim: true, closed: true }
    }

    fn key(self, key: &'d Spanned<Cow<'d, str>>) -> Key<'d> {
        let span = span(key);
        let raw = &self.document.text[span.start..span.end];
        let quotes = usize::from(raw.len() >= 2 && raw.starts_with(['"', '\'']));
        Key { text: key.get_ref(), span: Span::new(span.start + quotes, span.end - quotes) }
    }

    fn child(self, value: &'d Spanned<DeValue<'d>>) -> Node<'d> {
        let span = span(value);
        let text = self.document.text;
        let span = Span::new(boundary(text, span.start), boundary(text, span.end));
        Node { document: self.document, value: value.get_ref(), span }
    }
}

impl Literal<'_> {
    /// The place of a part of the value.
    pub fn place(&self, part: Span) -> Span {
        if self.verbatim { part.shifted(self.span.start) } else { self.span }
    }
}

fn span<T>(value: &Spanned<T>) -> Span {
    let range = value.span();
    Span::new(range.start, range.end)
}

/// The string under a span that holds its quotes (TOML 1.1, "String").
fn literal<'d>(text: &'d str, span: Span, value: &'d str) -> Literal<'d> {
    let raw = &text[span.start..span.end];
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| raw.starts_with(quote)).unwrap_or_default();
    let closed = !quote.is_empty() && raw.len() >= 2 * quote.len() && raw.ends_with(quote);
    if !closed {
        let raw = raw.trim_end();
        let span = Span::new(span.start, span.start + raw.len());
        return Literal { value: raw, span, verbatim: true, closed };
    }
    let mut start = quote.len();
    if quote.len() == 3 {
        // A line end right behind the opening quotes is dropped.
        let inside = &raw[start..];
        let trimmed = inside.strip_prefix("\r\n").or(inside.strip_prefix('\n')).unwrap_or(inside);
        start += inside.len() - trimmed.len();
    }
    let end = raw.len().saturating_sub(quote.len()).max(start);
    let verbatim = raw.get(start..end) == Some(value);
    Literal { value, span: Span::new(span.start + start, span.start + end), verbatim, closed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String, bool)> {
        let prepared = Text::new(text);
        let document = Document::parse(&prepared, &mut Reading::default());
        let entries = document.root().entries();
        let strings = entries.into_iter().filter_map(|(key, node)| Some((key, node.string()?)));
        strings
            .map(|(key, literal)| {
                let place = literal.place(Span::new(0, literal.value.len()));
                (text[key.span.start..key.span.end].to_owned(), text[place.start..place.end].to_owned(), literal.closed)
            })
            .collect()
    }

    #[test]
    fn strings_have_places_inside_their_quotes() {
        let text = "b = \"x\"\n\"a b\" = 'y'\nc = '''\nz'''\nd = \"\"\n";
        let expected = [("b", "x"), ("a b", "y"), ("c", "z"), ("d", "")];
        let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned(), true)).collect();
        assert_eq!(found(text), expected);
    }

    #[test]
    fn escapes_and_open_strings_have_the_whole_place() {
        assert_eq!(found(r#"a = "x\u0041""#), [("a".into(), r"x\u0041".into(), true)]);
        assert_eq!(found("a = \"x\nb = 1\n"), [("a".into(), "\"x".into(), false)]);
    }

    #[test]
    fn what_the_parser_invents_is_broken() {
        let text = "a = = 2\nb = 1\nc = { d = 1 e = 2 }\n";
        let text = Text::new(text);
        let document = Document::parse(&text, &mut Reading::default());
        let broken: Vec<bool> = document.root().entries().iter().map(|(key, node)| node.is_broken(*key)).collect();
        assert_eq!(broken, [true, false, true]);
    }

    #[test]
    fn nesting_cannot_exhaust_the_stack() {
        for text in
            ["x = ".to_owned() + &"[".repeat(100_000), vec!["a"; 100_000].join(".") + " = 1", "x={a=".repeat(100_000)]
        {
            let mut reading = Reading::default();
            let _ = Document::parse(&Text::new(&text), &mut reading).root().entries();
            assert!(!reading.problems.is_empty());
        }
    }
}
