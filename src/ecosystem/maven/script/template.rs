//! Texts with expressions in them, as a string in double quotes holds them: `io.kubernetes:client-java:$version`.
//!
//! This is the form in which readers hand on everything that a version or a name is made of, and in which it is put together
//! once all files are known. A literal is its own template; what stands outside of a string is `${…}`.
//!
//! Traps:
//! - `$a.b` is the property `b` of `a` in Groovy, and `a` followed by `.b` in Kotlin and Scala.
//! - A `$` that means itself, as in Groovy's single quotes, is written `\$` here.

use super::token::{Dialect, Kind, Quote, Token};
use super::{Range, Script};
use crate::source::Span;

/// A template and where its parts stand in the file.
#[derive(Clone, Debug)]
pub struct Written {
    /// The template.
    pub text: String,
    /// The pieces it is made of: where each starts in the template, and its place; one of the same length stands there as it is.
    pieces: Vec<(usize, Span)>,
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its place in the template: of an expression without `${` and `}`.
    pub span: Span,
    /// Its place with those.
    pub outer: Span,
}

/// What a part of a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Text that stands for itself.
    Literal,
    /// A character behind a backslash.
    Escape,
    /// An expression.
    Expression,
}

/// Most parts in one template.
const MAX_PARTS: usize = 256;

/// Longest template in which expressions are looked for, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// Longest concatenation that is read.
const MAX_OPERANDS: usize = 16;

impl Written {
    /// A template that stands at a place as a whole.
    pub fn whole(text: String, span: Span) -> Written {
        Written { text, pieces: vec![(0, span)] }
    }

    /// The place of a part of the template.
    pub fn place(&self, part: Span) -> Span {
        let piece = |offset: usize| {
            let index = self.pieces.partition_point(|(start, _)| *start <= offset).max(1) - 1;
            let (start, span) = self.pieces[index];
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |(start, _)| *start);
            (start, span, end - start == span.end - span.start)
        };
        let (start, span, verbatim) = piece(part.start);
        let from = if verbatim { span.start + part.start - start } else { span.start };
        let (start, span, verbatim) = piece(part.end.saturating_sub(1).max(part.start));
        let to = if verbatim { span.start + part.end - start } else { span.end };
        Span::new(from, to.max(from))
    }

    /// The place of all of it.
    pub fn span(&self) -> Span {
        self.place(Span::new(0, self.text.len()))
    }

    /// A part of it as a template of its own.
    #[must_use]
    pub fn part(&self, part: Span) -> Written {
        Written::whole(self.text[part.start..part.end].to_owned(), self.place(part))
    }

    /// Two templates with something between them that stands nowhere.
    #[must_use]
    pub fn joined(first: &Written, between: &str, second: &Written) -> Written {
        let start = first.text.len() + between.len();
        let shifted = second.pieces.iter().map(|(at, span)| (at + start, *span));
        let gap = first.span().end;
        let pieces = first.pieces.iter().copied().chain([(first.text.len(), Span::new(gap, gap))]).chain(shifted);
        Written { text: [&first.text, between, &second.text].concat(), pieces: pieces.collect() }
    }
}

/// The template of a string.
pub fn of_string(script: &Script<'_>, token: &Token) -> Written {
    let raw = &script.text[token.span.start..token.span.end];
    let special = match token.kind {
        Kind::Text(Quote::Plain) => '$',
        Kind::Text(Quote::Raw | Quote::Slashy) => '\\',
        Kind::Text(Quote::Interpolated) | Kind::Word | Kind::Mark | Kind::Line => {
            return Written::whole(raw.to_owned(), token.span);
        }
    };
    let mut written = Written { text: String::new(), pieces: vec![(0, token.span)] };
    for (index, part) in raw.split(special).enumerate() {
        let start = token.span.start + (part.as_ptr() as usize - raw.as_ptr() as usize);
        if index > 0 {
            written.pieces.push((written.text.len(), Span::new(start - 1, start)));
            written.text.extend(['\\', special]);
        }
        written.pieces.push((written.text.len(), Span::new(start, start + part.len())));
        written.text.push_str(part);
    }
    written
}

/// The template of any value: a string as it is, strings and names that are added to each other, or else one expression.
pub fn of_value(script: &Script<'_>, range: Range) -> Option<Written> {
    let range = script.trimmed(range);
    if range.is_empty() {
        return None;
    }
    let operands = script.split(range, "+");
    if operands.len() > MAX_OPERANDS {
        return Some(expression(script, range));
    }
    let is_string = |range: &Range| range.end - range.start == 1 && script.is_string(range.start);
    if operands.len() < 2 || !operands.iter().any(is_string) {
        return Some(if is_string(&range) {
            of_string(script, &script.tokens[range.start])
        } else {
            expression(script, range)
        });
    }
    let mut sum = Written { text: String::new(), pieces: Vec::new() };
    for operand in operands {
        let written = if is_string(&operand) {
            of_string(script, &script.tokens[operand.start])
        } else {
            expression(script, operand)
        };
        let start = sum.text.len();
        sum.pieces.extend(written.pieces.iter().map(|(at, span)| (at + start, *span)));
        sum.text.push_str(&written.text);
    }
    Some(sum)
}

fn expression(script: &Script<'_>, range: Range) -> Written {
    let span = script.span(range);
    let written = &script.text[span.start..span.end];
    if range.end - range.start == 1 && written.starts_with(|c: char| c.is_ascii_digit()) {
        return Written::whole(written.to_owned(), span);
    }
    Written::whole(format!("${{{written}}}"), span)
}

/// The parts of a template.
pub fn parts(text: &str, dialect: Dialect) -> Vec<Part> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut at, mut literal, mut closes) = (0, 0, text.len() <= MAX_LENGTH);
    while at < bytes.len() && parts.len() < MAX_PARTS {
        let part = match bytes[at] {
            b'\\' if at + 1 < bytes.len() => {
                let length = text[at + 1..].chars().next().map_or(1, char::len_utf8);
                Some((PartKind::Escape, Span::new(at + 1, at + 1 + length), at + 1 + length))
            }
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                let end = if closes { closing_brace(text, at + 2) } else { None };
                closes = end.is_some();
                end.map(|end| (PartKind::Expression, Span::new(at + 2, end), end + 1))
            }
            b'$' => {
                let end = name_end(text, at + 1, dialect);
                (end > at + 1).then_some((PartKind::Expression, Span::new(at + 1, end), end))
            }
            _ => None,
        };
        let Some((kind, span, end)) = part else {
            at += 1;
            continue;
        };
        if literal < at {
            let span = Span::new(literal, at);
            parts.push(Part { kind: PartKind::Literal, span, outer: span });
        }
        parts.push(Part { kind, span, outer: Span::new(at, end) });
        (at, literal) = (end, end);
    }
    if literal < text.len() {
        let span = Span::new(literal, text.len());
        parts.push(Part { kind: PartKind::Literal, span, outer: span });
    }
    parts
}

/// Whether a template stands for itself.
pub fn is_literal(text: &str) -> bool {
    !text.contains(['$', '\\'])
}

/// Splits a template at a character that is part of no expression.
pub fn split(text: &str, dialect: Dialect, at: char) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for part in parts(text, dialect).iter().filter(|part| part.kind == PartKind::Literal) {
        for (index, _) in text[part.span.start..part.span.end].match_indices(at) {
            let end = part.span.start + index;
            spans.push(Span::new(start, end));
            start = end + at.len_utf8();
        }
    }
    spans.push(Span::new(start, text.len()));
    spans
}

/// The brace that closes an expression, those in strings left out.
fn closing_brace(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (1usize, None, false);
    for (index, c) in text[start..].char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) => {
                if c == open {
                    quote = None;
                }
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(start + index);
                    }
                }
                _ => {}
            },
        }
    }
    None
}

/// The end of the name behind a `$`, with its properties in Groovy.
fn name_end(text: &str, start: usize, dialect: Dialect) -> usize {
    let mut end = start;
    loop {
        let rest = &text[end..];
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return if end > start { end - 1 } else { start };
        }
        end += length;
        if dialect != Dialect::Groovy || !text[end..].starts_with('.') {
            return end;
        }
        end += 1;
    }
}
