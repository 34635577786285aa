//! YAML read from front to back, with places and without a tree, for lockfiles of any size.
//!
//! Traps:
//! - Every name that [`Cursor::key`] hands out must be followed by one call that takes its value, if only [`Cursor::skip`].
//! - At the first break everything ends: each call then finds nothing.
//! - Aliases are not followed; the tools that write lockfiles write none.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, options};

use super::{inside, refused};
use crate::model::Problem;
use crate::source::{SourceText, Span};

/// A place in the text.
pub struct Cursor<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    ahead: Option<(Event<'t>, Span)>,
    broken: Option<granit_parser::ScanError>,
    is_over: bool,
}

/// A scalar and its place.
#[derive(Clone, Debug)]
pub struct Text<'t> {
    /// The text with escapes undone and lines folded.
    pub value: Cow<'t, str>,
    /// Where it stands, without quotes.
    pub span: Span,
    is_literal: bool,
}

/// What stands where a scalar or a mapping may.
#[derive(Clone, Debug)]
pub enum Either<'t> {
    /// A scalar.
    Text(Text<'t>),
    /// A mapping, which is entered.
    Mapping,
    /// Something else, which is skipped.
    Neither,
}

impl Text<'_> {
    /// The place of a part of the text: of the whole where escapes make it unclear.
    pub fn place(&self, start: usize, end: usize) -> Span {
        if self.is_literal { Span::new(start, end).shifted(self.span.start) } else { self.span }
    }
}

/// Hands a text to `then`, and adds a problem if it is not YAML.
pub fn read(source: &SourceText, problems: &mut Vec<Problem>, then: impl FnOnce(&mut Cursor<'_>)) {
    let mut cursor = Cursor::new(source.text());
    then(&mut cursor);
    problems.extend(cursor.broken.as_ref().map(|error| refused(source, error)));
}

impl<'t> Cursor<'t> {
    /// A cursor before the first document of a text.
    pub fn new(text: &'t str) -> Cursor<'t> {
        let events = Parser::new_from_str_with_options(text, options! { emit_comments: false });
        Cursor { text, events, ahead: None, broken: None, is_over: false }
    }

    /// Moves on to the next document, if there is one.
    pub fn document(&mut self) -> bool {
        while let Some((event, _)) = self.next() {
            if matches!(event, Event::DocumentStart(..)) {
                return true;
            }
        }
        false
    }

    /// Enters the mapping that comes next; anything else is skipped.
    pub fn mapping(&mut self) -> bool {
        self.enter(|event| matches!(event, Event::MappingStart(..)))
    }

    /// Enters the sequence that comes next; anything else is skipped.
    pub fn sequence(&mut self) -> bool {
        self.enter(|event| matches!(event, Event::SequenceStart(..)))
    }

    /// The name of the next member of an entered mapping; `None` leaves the mapping. Names that are no scalars are left out.
    pub fn key(&mut self) -> Option<Text<'t>> {
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::MappingEnd) {
                return None;
            }
            self.ahead = Some(next);
            match self.text() {
                Some(name) => return Some(name),
                None => self.skip(),
            }
        }
    }

    /// Whether an entered sequence has another item; if not, the sequence is left.
    pub fn item(&mut self) -> bool {
        match self.next() {
            None | Some((Event::SequenceEnd, _)) => false,
            next => {
                self.ahead = next;
                true
            }
        }
    }

    /// The scalar that comes next; anything else is skipped.
    pub fn text(&mut self) -> Option<Text<'t>> {
        match self.next()? {
            (Event::Scalar(value, style, ..), range) => {
                let span = inside(self.text, style, &(range.start..range.end));
                let is_literal = self.text.get(span.start..span.end) == Some(&value);
                // Nothing at all is read as `~`.
                let is_nothing = range.start == range.end && style == ScalarStyle::Plain;
                let value = if is_nothing { Cow::Borrowed("") } else { value };
                Some(Text { value, span, is_literal })
            }
            other => {
                self.ahead = Some(other);
                self.skip();
                None
            }
        }
    }

    /// The scalar that comes next, or else whether a mapping was entered; anything else is skipped.
    pub fn text_or_mapping(&mut self) -> Either<'t> {
        match self.next() {
            Some((Event::MappingStart(..), _)) => Either::Mapping,
            Some(next) => {
                self.ahead = Some(next);
                self.text().map_or(Either::Neither, Either::Text)
            }
            None => Either::Neither,
        }
    }

    /// Skips the node that comes next.
    pub fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some((event, _)) = self.next() {
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => open += 1,
                Event::MappingEnd | Event::SequenceEnd => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    fn enter(&mut self, is_start: impl FnOnce(&Event<'t>) -> bool) -> bool {
        let Some(next) = self.next() else { return false };
        if is_start(&next.0) {
            return true;
        }
        self.ahead = Some(next);
        self.skip();
        false
    }

    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        if let Some(ahead) = self.ahead.take() {
            return Some(ahead);
        }
        if self.is_over {
            return None;
        }
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Some((event, Span::new(range.start, range.end)))
            }
            Some(Err(error)) => {
                self.broken = Some(error);
                self.is_over = true;
                None
            }
            None => {
                self.is_over = true;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_found_and_the_rest_is_skipped() {
        let text = "a: {b: [1, {}]}\n? [x]\n: y\nc: ['x', \"y\\n\"]\n---\nd:\n";
        let mut cursor = Cursor::new(text);
        assert!(cursor.document() && cursor.mapping());
        assert_eq!(cursor.key().unwrap().value, "a");
        assert!(cursor.text().is_none());
        assert_eq!(cursor.key().unwrap().value, "c");
        assert!(cursor.sequence());
        let mut texts = Vec::new();
        while cursor.item() {
            texts.extend(cursor.text().map(|text| (text.value.to_string(), text.place(0, 1))));
        }
        let place = |text: &str, at: usize, length: usize| (text.to_owned(), Span::new(at, at + length));
        assert_eq!(texts, [place("x", 31, 1), place("y\n", 36, 3)]);
        assert!(cursor.key().is_none() && cursor.document() && cursor.mapping());
        assert_eq!(cursor.key().unwrap().value, "d");
        assert_eq!(cursor.text().unwrap().value, "");
        assert!(cursor.key().is_none() && !cursor.document() && cursor.broken.is_none());
    }
}
