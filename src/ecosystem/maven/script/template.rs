//! Texts with expressions in them, as a string in double quotes holds them: `io.kubernetes:client-java:$version`.
//!
//! This is the form in which readers hand on everything that a version or a name is made of, and in which it is put together
//! once all files are known. A literal is its own template; what stands outside of a string is `${…}`.
//!
//! Traps:
//! - `$a.b` is the property `b` of `a` in Groovy, and `a` followed by `.b` in Kotlin and Scala.
//! - `\\u0038` is the digit 8, in quotes of every kind but Kotlin's three.
//! - A backslash at the end of a line goes on with the string in the next one, in Groovy and Starlark.
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

/// Longest text with calls that fill it, in bytes.
const MAX_FILLED: usize = 2000;

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
        Kind::Text(Quote::Plain) => Some('$'),
        Kind::Text(Quote::Raw | Quote::Slashy) => Some('\\'),
        Kind::Text(Quote::Interpolated) | Kind::Word | Kind::Mark | Kind::Line => None,
    };
    let continues =
        script.dialect.continues_strings() && matches!(token.kind, Kind::Text(Quote::Plain | Quote::Interpolated));
    let lines = if continues { continued(raw) } else { vec![Span::new(0, raw.len())] };
    if let ([_], None) = (lines.as_slice(), special) {
        return Written::whole(raw.to_owned(), token.span);
    }
    let mut written = Written { text: String::new(), pieces: vec![(0, token.span)] };
    for (number, line) in lines.into_iter().enumerate() {
        let mut start = token.span.start + line.start;
        if number > 0 {
            written.pieces.push((written.text.len(), Span::new(start, start)));
        }
        let parts: Vec<&str> = match special {
            Some(special) => raw[line.start..line.end].split(special).collect(),
            None => vec![&raw[line.start..line.end]],
        };
        for (index, part) in parts.into_iter().enumerate() {
            if let (true, Some(special)) = (index > 0, special) {
                written.pieces.push((written.text.len(), Span::new(start, start + 1)));
                written.text.extend(['\\', special]);
                start += 1;
            }
            written.pieces.push((written.text.len(), Span::new(start, start + part.len())));
            written.text.push_str(part);
            start += part.len();
        }
    }
    written
}

/// The lines of a string in which a backslash continues each but the last (Groovy Language Documentation, "Strings"): without
/// the backslash and the end of the line.
fn continued(raw: &str) -> Vec<Span> {
    let bytes = raw.as_bytes();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let end = match &bytes[at..] {
            [b'\\', b'\r', b'\n', ..] => at + 3,
            [b'\\', b'\r' | b'\n', ..] => at + 2,
            [b'\\', _, ..] => {
                at += 2;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push(Span::new(start, at));
        (start, at) = (end, end);
    }
    lines.push(Span::new(start, raw.len()));
    lines
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
            filled(script, range).unwrap_or_else(|| expression(script, range))
        });
    }
    let written = operands.into_iter().map(|operand| {
        if is_string(&operand) {
            of_string(script, &script.tokens[operand.start])
        } else {
            filled(script, operand).unwrap_or_else(|| expression(script, operand))
        }
    });
    Some(sum(written))
}

/// Templates one behind the other.
fn sum(operands: impl Iterator<Item = Written>) -> Written {
    let mut sum = Written { text: String::new(), pieces: Vec::new() };
    for written in operands {
        let start = sum.text.len();
        sum.pieces.extend(written.pieces.iter().map(|(at, span)| (at + start, *span)));
        sum.text.push_str(&written.text);
    }
    sum
}

/// A string, or else one expression, whatever it is made of.
fn simple(script: &Script<'_>, range: Range) -> Written {
    let is_string = range.end - range.start == 1 && script.is_string(range.start);
    if is_string { of_string(script, &script.tokens[range.start]) } else { expression(script, range) }
}

/// A string that calls add to or fill: `"a:".plus(b)`, `"a:%s".format(b)`, `String.format("a:%s", b)`.
fn filled(script: &Script<'_>, range: Range) -> Option<Written> {
    let last = range.end.checked_sub(1)?;
    let span = script.span(range);
    if !script.is(last, ")") || span.end - span.start > MAX_FILLED {
        return None;
    }
    let open = script.tokens[last].partner.filter(|open| *open > range.start + 1)?;
    let arguments = script.split(script.inside(open, range.end), ",");
    let name = script.word(open - 1);
    let is_called_on_string = script.is_string(range.start) && range.start + 3 == open && script.is(open - 2, ".");
    match name {
        "plus" | "concat" if is_called_on_string => {
            let [argument] = arguments.as_slice() else { return None };
            let first = of_string(script, &script.tokens[range.start]);
            Some(sum([first, simple(script, *argument)].into_iter()))
        }
        "format" if is_called_on_string => {
            let pattern = of_string(script, &script.tokens[range.start]);
            formatted(script, &pattern, &arguments)
        }
        "format" if script.word(range.start) == "String" && range.start + 3 == open => {
            let (first, rest) = arguments.split_first()?;
            let is_string = first.end - first.start == 1 && script.is_string(first.start);
            let pattern = is_string.then(|| of_string(script, &script.tokens[first.start]))?;
            formatted(script, &pattern, rest)
        }
        _ => None,
    }
}

/// A pattern of which each `%s` stands for an argument.
fn formatted(script: &Script<'_>, pattern: &Written, arguments: &[Range]) -> Option<Written> {
    let places: Vec<usize> = pattern.text.match_indices("%s").map(|(at, _)| at).collect();
    if places.len() != arguments.len() || pattern.text.matches('%').count() != places.len() {
        return None;
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, argument) in places.iter().zip(arguments) {
        if *at > start {
            parts.push(pattern.part(Span::new(start, *at)));
        }
        parts.push(simple(script, *argument));
        start = at + 2;
    }
    if start < pattern.text.len() {
        parts.push(pattern.part(Span::new(start, pattern.text.len())));
    }
    Some(sum(parts.into_iter()))
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
                let length = if is_unicode_escape(&text[at + 1..]) {
                    UNICODE_ESCAPE
                } else {
                    text[at + 1..].chars().next().map_or(1, char::len_utf8)
                };
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

/// How long the number of a character is behind its backslash: `u0038`.
const UNICODE_ESCAPE: usize = 5;

fn is_unicode_escape(text: &str) -> bool {
    let digits = text.strip_prefix('u').and_then(|rest| rest.get(..UNICODE_ESCAPE - 1));
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What an escape stands for, given without its backslash.
pub fn escaped(escape: &str) -> String {
    match escape {
        "n" => "\n".into(),
        "t" => "\t".into(),
        "r" => "\r".into(),
        "b" => "\u{8}".into(),
        _ if is_unicode_escape(escape) => {
            let unit = u32::from_str_radix(&escape[1..], 16).unwrap_or_default();
            char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER).into()
        }
        _ => escape.to_owned(),
    }
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
