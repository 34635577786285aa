//! Build scripts in Groovy, Kotlin and Scala as far as they are literal: tokens, statements and the words of a chain of calls.
//! Nothing is ever executed.
//!
//! Traps:
//! - A new line ends a statement only if neither side of it goes on: an operator, a comma or an open bracket before it, a dot or
//!   an operator that cannot start a statement behind it.
//! - A block belongs to what stands before it: a call with or without brackets, or a whole command (`compile 'a:b:1', {`).
//! - Brackets that do not match must not hide the rest of the file: a bracket that is never closed ends where the one around it
//!   does.

pub mod functions;
pub mod mentions;
pub mod parameters;
pub mod template;
pub mod token;

use std::cell::{Cell, OnceCell, RefCell};

use crate::source::Span;
use functions::Functions;
use parameters::Parameters;
use token::{Broken, Kind, Token};

pub use token::Dialect;

/// A script's text and its tokens.
pub struct Script<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Its language.
    pub dialect: Dialect,
    /// What is never closed.
    pub broken: Broken,
    /// The notations of modules that were understood, by their places.
    pub understood: RefCell<Vec<Span>>,
    /// Where brackets are nested more deeply than is followed.
    pub too_deep: Cell<Option<Span>>,
    parameters: OnceCell<Parameters<'a>>,
    functions: OnceCell<Functions<'a>>,
}

/// Some tokens of a script, from the first up to, not including, the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The number of the first token.
    pub start: usize,
    /// The number behind the last one.
    pub end: usize,
}

/// One word of a chain such as `project(":a").ext["b"]`.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The word.
    pub name: &'a str,
    /// What stands in round brackets behind it.
    pub arguments: Option<Range>,
    /// What stands in square brackets behind it.
    pub index: Option<Range>,
}

/// A chain of words, calls and look-ups.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// Its words.
    pub segments: Vec<Segment<'a>>,
    /// The number of the token behind it.
    pub end: usize,
    /// Its place.
    pub span: Span,
}

/// Longest chain that is followed.
const MAX_SEGMENTS: usize = 64;

/// Marks behind which a statement goes on in the next line.
const BEFORE: &[&str] =
    &[",", ".", "?.", "=", "+", "+=", "++=", ":=", ":", "?", "?:", "%", "%%", "%%%", "&&", "||", "==", "->", "<<"];

/// Marks with which a line goes on with the statement of the one before it.
const BEHIND: &[&str] = &[".", "?.", "?:", "?", ":", "%", "%%", "%%%", "&&", "||", "==", "{", "!!", ","];

impl Range {
    /// A range of tokens.
    pub fn new(start: usize, end: usize) -> Range {
        Range { start, end: end.max(start) }
    }

    /// Whether it holds no token.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

impl<'a> Script<'a> {
    /// Splits a text into tokens.
    pub fn new(text: &'a str, dialect: Dialect) -> Script<'a> {
        let (tokens, broken) = token::tokens(text, dialect);
        Script {
            text,
            tokens,
            dialect,
            broken,
            understood: RefCell::default(),
            too_deep: Cell::default(),
            parameters: OnceCell::new(),
            functions: OnceCell::new(),
        }
    }

    /// The parameters of its functions and closures.
    pub fn parameters(&self) -> &Parameters<'a> {
        self.parameters.get_or_init(|| Parameters::new(self))
    }

    /// Its functions whose body is one value.
    pub fn functions(&self) -> &Functions<'a> {
        self.functions.get_or_init(|| Functions::new(self))
    }

    /// All of it.
    pub fn all(&self) -> Range {
        Range::new(0, self.tokens.len())
    }

    /// The text of a token, of a string without its quotes.
    pub fn word(&self, index: usize) -> &'a str {
        let Some(token) = self.tokens.get(index) else { return "" };
        &self.text[token.span.start..token.span.end]
    }

    /// Whether a token is a word, and not text in quotes that reads the same.
    pub fn is_word(&self, index: usize) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: Kind::Word, .. }))
    }

    /// Whether a token is a string.
    pub fn is_string(&self, index: usize) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: Kind::Text(_), .. }))
    }

    /// Whether a token is a certain mark.
    pub fn is(&self, index: usize, mark: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| matches!(token.kind, Kind::Mark)) && self.word(index) == mark
    }

    /// Whether a token is the end of a line.
    pub fn is_line_end(&self, index: usize) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: Kind::Line, .. }))
    }

    /// The number of the bracket that closes the one at `index`, at most `end`; the next token for anything else.
    pub fn skip(&self, index: usize, end: usize) -> usize {
        match self.tokens.get(index).and_then(|token| token.partner) {
            Some(partner) if partner > index => (partner + 1).min(end),
            _ => index + 1,
        }
    }

    /// What is inside the bracket at `index`.
    pub fn inside(&self, index: usize, end: usize) -> Range {
        let partner = self.tokens.get(index).and_then(|token| token.partner);
        Range::new(index + 1, partner.unwrap_or(end).min(end))
    }

    /// The place of some tokens, quotes included.
    pub fn span(&self, range: Range) -> Span {
        let range = self.trimmed(range);
        match self.tokens.get(range.start..range.end) {
            Some([first, .., last]) => first.outer.to(last.outer),
            Some([only]) => only.outer,
            Some([]) | None => {
                let start = self.tokens.get(range.start).map_or(self.text.len(), |token| token.outer.start);
                Span::new(start, start)
            }
        }
    }

    /// The text of some tokens, quotes included.
    pub fn slice(&self, range: Range) -> &'a str {
        let span = self.span(range);
        &self.text[span.start..span.end]
    }

    /// Some tokens without the line ends around them.
    pub fn trimmed(&self, range: Range) -> Range {
        let (mut start, mut end) = (range.start, range.end);
        while start < end && self.is_line_end(start) {
            start += 1;
        }
        while end > start && self.is_line_end(end - 1) {
            end -= 1;
        }
        Range { start, end }
    }

    /// The statements of a block or file.
    pub fn statements(&self, range: Range) -> Vec<Range> {
        let mut statements = Vec::new();
        let mut start = range.start;
        let mut index = range.start;
        while index < range.end {
            let ends = self.is(index, ";") || (self.is_line_end(index) && !self.goes_on(start, index, range.end));
            if ends {
                let statement = self.trimmed(Range::new(start, index));
                if !statement.is_empty() {
                    statements.push(statement);
                }
                start = index + 1;
                index += 1;
            } else {
                index = self.skip(index, range.end);
            }
        }
        let last = self.trimmed(Range::new(start, range.end));
        if !last.is_empty() {
            statements.push(last);
        }
        statements
    }

    /// The end of the statement that starts at a token.
    pub fn end_of_statement(&self, start: usize, end: usize) -> usize {
        let mut index = start;
        while index < end {
            if self.is(index, ";") || (self.is_line_end(index) && !self.goes_on(start, index, end)) {
                return index;
            }
            index = self.skip(index, end);
        }
        end
    }

    /// Whether a statement goes on behind the line end at `index`.
    fn goes_on(&self, start: usize, index: usize, end: usize) -> bool {
        if index == start {
            return false;
        }
        let mark = |index: usize| match self.tokens.get(index) {
            Some(Token { kind: Kind::Mark, .. }) => self.word(index),
            _ => "",
        };
        let mut next = index + 1;
        while next < end && self.is_line_end(next) {
            next += 1;
        }
        BEFORE.contains(&mark(index - 1)) || (next < end && BEHIND.contains(&mark(next)))
    }

    /// Splits some tokens at the commas that stand in no bracket.
    pub fn split(&self, range: Range, mark: &str) -> Vec<Range> {
        let mut parts = Vec::new();
        let (mut start, mut index) = (range.start, range.start);
        while index < range.end {
            if self.is(index, mark) {
                parts.push(self.trimmed(Range::new(start, index)));
                start = index + 1;
                index += 1;
            } else {
                index = self.skip(index, range.end);
            }
        }
        parts.push(self.trimmed(Range::new(start, range.end)));
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// The first place of a mark that stands in no bracket.
    pub fn find(&self, range: Range, mark: &str) -> Option<usize> {
        let mut index = range.start;
        while index < range.end {
            if self.is(index, mark) {
                return Some(index);
            }
            index = self.skip(index, range.end);
        }
        None
    }

    /// The chain that starts at a word.
    pub fn chain(&self, start: usize, end: usize) -> Option<Chain<'a>> {
        let mut index = start;
        let mut segments = Vec::new();
        let mut last = start;
        while index < end && self.is_word(index) && segments.len() < MAX_SEGMENTS {
            let mut segment = Segment { name: self.word(index), arguments: None, index: None };
            last = index;
            index += 1;
            // Type arguments, as in `the<SourceSetContainer>()`.
            if self.is(index, "<")
                && let Some(close) = (index + 1..end.min(index + 8)).find(|close| self.is(*close, ">"))
                && self.is(close + 1, "(")
                && (index + 1..close).all(|inner| self.is_word(inner) || self.is(inner, ".") || self.is(inner, ","))
            {
                index = close + 1;
            }
            if index < end && self.is(index, "(") {
                segment.arguments = Some(self.inside(index, end));
                index = self.skip(index, end);
                last = index - 1;
            }
            if index < end && self.is(index, "[") && self.touches(index) {
                segment.index = Some(self.inside(index, end));
                index = self.skip(index, end);
                last = index - 1;
            }
            segments.push(segment);
            while index < end && self.is(index, "!!") {
                last = index;
                index += 1;
            }
            let mut next = index;
            while next < end && self.is_line_end(next) {
                next += 1;
            }
            if next + 1 < end && (self.is(next, ".") || self.is(next, "?.")) && self.is_word(next + 1) {
                index = next + 1;
            } else {
                break;
            }
        }
        let span = self.tokens.get(start)?.outer.to(self.tokens.get(last)?.outer);
        (!segments.is_empty()).then_some(Chain { segments, end: index.min(end), span })
    }

    /// Whether a token stands right behind the one before it.
    fn touches(&self, index: usize) -> bool {
        index > 0 && self.tokens[index - 1].outer.end == self.tokens[index].outer.start
    }

    /// The chain that ends at a token: what a block or a call belongs to.
    pub fn chain_before(&self, last: usize, floor: usize) -> Option<Chain<'a>> {
        let mut start = last;
        loop {
            while self.is(start, ")") || self.is(start, "]") {
                let open = self.tokens[start].partner.filter(|open| *open < start && *open > floor)?;
                start = open - 1;
                if self.is(start, ">") {
                    let angle =
                        (start.saturating_sub(8).max(floor + 1)..start).rev().find(|index| self.is(*index, "<"))?;
                    start = angle - 1;
                }
            }
            if !self.is_word(start) {
                return None;
            }
            let mut before = start;
            while before > floor && self.is_line_end(before - 1) {
                before -= 1;
            }
            let dotted = before > floor + 1 && (self.is(before - 1, ".") || self.is(before - 1, "?."));
            if !dotted {
                break;
            }
            before -= 1;
            while before > floor && self.is_line_end(before - 1) {
                before -= 1;
            }
            if before == floor {
                break;
            }
            start = before - 1;
        }
        self.chain(start, last + 1)
    }
}

impl<'a> Chain<'a> {
    /// The name of its last word.
    pub fn last(&self) -> &'a str {
        self.segments.last().map_or("", |segment| segment.name)
    }

    /// The names of its words.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.segments.iter().map(|segment| segment.name)
    }
}
