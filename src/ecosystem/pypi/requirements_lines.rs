//! The logical lines of a requirements file, put together as pip does it ("Requirements File Format").
//!
//! Traps:
//! - Python ends lines at more than line feeds: form feeds, vertical tabs, the separators of ASCII and Unicode.
//! - Lines are joined before comments are cut: a `\` at the end of a trailing comment swallows the next line. A line that
//!   is nothing but a comment is never continued, and ends the one before it.
//! - `#` opens a comment only at the start or behind white space.
//! - Joining takes away the `\` on both ends of a line, so a place in the joined text has to be mapped back.

use super::version::{is_space, trim};
use crate::source::Span;

/// A logical line without its comment.
#[derive(Clone, Debug)]
pub(super) struct LogicalLine {
    /// The text, without white space around it; may be empty.
    pub(super) text: String,
    /// The comment behind it, without its `#`.
    pub(super) comment: Option<String>,
    /// Where the parts of the text come from.
    pieces: Vec<Piece>,
}

/// A part of a logical line that lies in one piece in the file.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it starts in the logical line.
    start: usize,
    /// Where it starts in the file.
    source: usize,
}

impl LogicalLine {
    /// The place in the file of a part of the text.
    pub(super) fn place(&self, span: Span) -> Span {
        let start = self.source(span.start);
        let end = if span.end > span.start { self.source(span.end - 1) + 1 } else { start };
        Span::new(start, end)
    }

    /// The place of the whole text.
    pub(super) fn span(&self) -> Span {
        self.place(Span::new(0, self.text.len()))
    }

    fn source(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.start <= offset).saturating_sub(1);
        self.pieces.get(index).map_or(0, |piece| piece.source + offset - piece.start)
    }

    /// Puts a line together from its physical parts.
    fn join(parts: &[(usize, &str)]) -> LogicalLine {
        let mut joined = String::new();
        let mut pieces = Vec::with_capacity(parts.len());
        for (source, text) in parts {
            // A comment line ends what it continues: pip puts a blank before it.
            if is_comment(text) && !joined.is_empty() {
                joined.push(' ');
            }
            pieces.push(Piece { start: joined.len(), source: *source });
            joined.push_str(text);
        }
        let comment = comment_start(&joined);
        let kept = trim(&joined[..comment.unwrap_or(joined.len())]);
        let cut = joined[..comment.unwrap_or(joined.len())].trim_start_matches(is_space);
        let before = comment.unwrap_or(joined.len()) - cut.len();
        for piece in &mut pieces {
            // What starts before the kept text starts with it.
            piece.source += before.saturating_sub(piece.start);
            piece.start = piece.start.saturating_sub(before);
        }
        LogicalLine { text: kept.to_owned(), comment: comment.map(|at| joined[at + 1..].to_owned()), pieces }
    }
}

/// The logical lines of a text, empty ones too.
pub(super) fn lines(text: &str) -> Vec<LogicalLine> {
    let mut lines = Vec::new();
    let mut parts: Vec<(usize, &str)> = Vec::new();
    for (offset, line) in physical_lines(text) {
        if line.ends_with('\\') && !is_comment(line) {
            let inner = line.trim_start_matches('\\');
            parts.push((offset + line.len() - inner.len(), inner.trim_end_matches('\\')));
            continue;
        }
        parts.push((offset, line));
        lines.push(LogicalLine::join(&parts));
        parts.clear();
    }
    if !parts.is_empty() {
        lines.push(LogicalLine::join(&parts));
    }
    lines
}

/// Lines as Python's `str.splitlines` has them, with their offsets.
fn physical_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_end = |c: char| {
        matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &text[start..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.find(is_end).unwrap_or(rest.len());
        let line = (start, &rest[..length]);
        let end = rest[length..].chars().next().map_or(0, char::len_utf8);
        start += length + if rest[length..].starts_with("\r\n") { 2 } else { end };
        Some(line)
    })
}

fn is_comment(line: &str) -> bool {
    line.trim_start_matches(is_space).starts_with('#')
}

/// The offset of the `#` that opens a comment.
fn comment_start(line: &str) -> Option<usize> {
    let mut before = None;
    for (index, c) in line.char_indices() {
        if c == '#' && before.is_none_or(is_space) {
            return Some(index);
        }
        before = Some(c);
    }
    None
}
