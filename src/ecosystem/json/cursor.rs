//! JSON read from front to back, with places and without a tree, for lockfiles of any size.
//!
//! The reader asks for what it wants and skips the rest; nothing recurses, so no depth can overflow the stack. It reads JSON
//! with comments and with commas too many or too few; whether the text is JSON at all is asked separately ([`read`]).
//!
//! Traps:
//! - Every name that [`Cursor::key`] hands out must be followed by one call that takes its value, if only [`Cursor::skip`].
//! - At the first break everything ends: each call then finds nothing.
//! - Of two members with one name both are handed out; the last counts.

use std::borrow::Cow;

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use super::{Blanked, first_error, refused};
use crate::model::{Problem, ProblemKind};
use crate::source::{SourceText, Span};

/// What a format allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// JSON as RFC 8259 has it; its tool refuses the rest.
    Strict,
    /// Comments and trailing commas as well.
    Commented,
}

/// A place in the text.
pub struct Cursor<'t> {
    scanner: Scanner<'t>,
    ahead: Option<(Token<'t>, Span)>,
    broken: Option<usize>,
}

/// A string and its place.
#[derive(Clone, Debug)]
pub struct Text<'t> {
    /// The string with escapes undone.
    pub value: Cow<'t, str>,
    /// Where it stands, without quotes.
    pub span: Span,
}

/// What was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// An object.
    Object,
    /// An array.
    Array,
    /// Neither; it is skipped.
    Other,
}

impl Text<'_> {
    /// The place of a part of the string: of the whole where escapes make it unclear.
    pub fn place(&self, start: usize, end: usize) -> Span {
        match self.value {
            Cow::Borrowed(_) => Span::new(start, end).shifted(self.span.start),
            Cow::Owned(_) => self.span,
        }
    }
}

/// Hands a text to `then`, and adds a problem if its tool would refuse it.
pub fn read(
    source: &SourceText,
    dialect: Dialect,
    tool: &str,
    problems: &mut Vec<Problem>,
    then: impl FnOnce(&mut Cursor<'_>),
) {
    let text = source.text();
    let error = match dialect {
        Dialect::Strict => first_error(text),
        Dialect::Commented => None,
    };
    let blanked = error.as_ref().map(|_| Blanked::of(text));
    let mut cursor = Cursor::new(blanked.as_ref().map_or(text, |blanked| &blanked.text));
    then(&mut cursor);
    let broken = cursor.broken.map(|at| (at, "something else was expected here".to_owned()));
    if let Some((at, message)) = error.or_else(|| broken.clone()) {
        let mut problem = refused(source, tool, at, &message, broken.map(|(at, _)| at));
        if blanked.is_some_and(|blanked| blanked.is_template) {
            problem.kind = ProblemKind::Template;
        }
        problems.push(problem);
    } else if text.trim().is_empty() {
        let message = "the file is empty".to_owned();
        problems.push(Problem { kind: ProblemKind::Syntax, message, span: Span::new(0, 0) });
    }
}

impl<'t> Cursor<'t> {
    /// A cursor before a text's value.
    pub fn new(text: &'t str) -> Cursor<'t> {
        Cursor { scanner: Scanner::new(text, &ScannerOptions::default()), ahead: None, broken: None }
    }

    /// Enters the object that comes next; anything else is skipped.
    pub fn object(&mut self) -> bool {
        self.enter(&Token::OpenBrace)
    }

    /// Enters the array that comes next; anything else is skipped.
    pub fn array(&mut self) -> bool {
        self.enter(&Token::OpenBracket)
    }

    /// Enters the object or array that comes next; anything else is skipped.
    pub fn begin(&mut self) -> Begin {
        match self.next() {
            Some((Token::OpenBrace, _)) => Begin::Object,
            Some((Token::OpenBracket, _)) => Begin::Array,
            Some(other) => {
                self.ahead = Some(other);
                self.skip();
                Begin::Other
            }
            None => Begin::Other,
        }
    }

    /// The name of the next member of an entered object; `None` leaves the object.
    pub fn key(&mut self) -> Option<Text<'t>> {
        loop {
            let (token, span) = self.next()?;
            let name = match token {
                Token::Comma => continue,
                Token::CloseBrace => return None,
                Token::String(value) => Text { value, span: without_quotes(span) },
                Token::Word(value) => Text { value: Cow::Borrowed(value), span },
                _ => return self.give_up(span.start),
            };
            return match self.next()? {
                (Token::Colon, _) => Some(name),
                (_, span) => self.give_up(span.start),
            };
        }
    }

    /// Whether an entered array has another item; if not, the array is left.
    pub fn item(&mut self) -> bool {
        while let Some((token, span)) = self.next() {
            match token {
                Token::Comma => {}
                Token::CloseBracket => return false,
                _ => {
                    self.ahead = Some((token, span));
                    return true;
                }
            }
        }
        false
    }

    /// The string that comes next; anything else is skipped.
    pub fn text(&mut self) -> Option<Text<'t>> {
        match self.next()? {
            (Token::String(value), span) => Some(Text { value, span: without_quotes(span) }),
            other => {
                self.ahead = Some(other);
                self.skip();
                None
            }
        }
    }

    /// Whether `true` comes next; anything else is skipped.
    pub fn is_true(&mut self) -> bool {
        match self.next() {
            Some((Token::Boolean(value), _)) => value,
            Some(other) => {
                self.ahead = Some(other);
                self.skip();
                false
            }
            None => false,
        }
    }

    /// Skips the value that comes next.
    pub fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some((token, span)) = self.next() {
            match token {
                Token::OpenBrace | Token::OpenBracket => open += 1,
                Token::CloseBrace | Token::CloseBracket if open == 0 => {
                    self.give_up::<()>(span.start);
                }
                Token::CloseBrace | Token::CloseBracket => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    fn enter(&mut self, open: &Token<'t>) -> bool {
        let Some((token, span)) = self.next() else { return false };
        if token == *open {
            return true;
        }
        self.ahead = Some((token, span));
        self.skip();
        false
    }

    fn next(&mut self) -> Option<(Token<'t>, Span)> {
        if self.broken.is_some() {
            return None;
        }
        if let Some(ahead) = self.ahead.take() {
            return Some(ahead);
        }
        loop {
            match self.scanner.scan() {
                Ok(Some(Token::CommentLine(_) | Token::CommentBlock(_))) => {}
                Ok(Some(token)) => {
                    return Some((token, Span::new(self.scanner.token_start(), self.scanner.token_end())));
                }
                Ok(None) => return self.give_up(self.scanner.token_end()),
                Err(error) => return self.give_up(error.range().start),
            }
        }
    }

    fn give_up<T>(&mut self, at: usize) -> Option<T> {
        self.broken.get_or_insert(at);
        None
    }
}

fn without_quotes(span: Span) -> Span {
    Span::new(span.start + 1, span.end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_found_and_the_rest_is_skipped() {
        let mut cursor = Cursor::new("// c\n{\"a\": {\"b\": [1, {}]}, c: [\"x\", 2 \"y\\n\",],\n\"d\": true}");
        assert!(cursor.object());
        assert_eq!(cursor.key().unwrap().value, "a");
        assert!(cursor.text().is_none());
        assert_eq!(cursor.key().unwrap().value, "c");
        assert!(cursor.array());
        let mut texts = Vec::new();
        while cursor.item() {
            texts.extend(cursor.text().map(|text| text.value.into_owned()));
        }
        assert_eq!(texts, ["x", "y\n"]);
        assert_eq!(cursor.key().unwrap().value, "d");
        assert!(cursor.is_true() && cursor.key().is_none() && cursor.broken.is_none());
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        let text = format!("{{\"deep\": {}, \"a\": 1}}", "[".repeat(1_000_000));
        let mut cursor = Cursor::new(&text);
        assert!(cursor.object() && cursor.key().is_some());
        cursor.skip();
        assert!(cursor.key().is_none() && cursor.broken.is_some());
    }
}
