//! The lines in which a place stands, cut so that one screen can hold them: a minified file is one line of megabytes.

use std::ops::Range;

use crate::source::{SourceText, Span};

/// Most lines of an excerpt.
const MAX_LINES: usize = 5;

/// Most characters of a line that are kept, before and behind the place's first character.
const BEFORE: usize = 60;
const BEHIND: usize = 100;

/// What stands for text that was cut off.
const CUT: char = '…';

/// Some lines of a file and the place in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line.
    pub first_line: usize,
    /// The lines, `\n` between them.
    pub text: String,
    /// The place, as offsets into `text`, on character boundaries.
    pub mark: Range<usize>,
}

impl Excerpt {
    /// The lines that a span touches.
    pub fn new(source: &SourceText, span: Span) -> Excerpt {
        let start = source.line_col(span.start);
        let end = source.line_col(span.end.max(span.start));
        let mut text = String::new();
        let mut mark = 0..0;
        let last = end.line.min(start.line + MAX_LINES - 1);
        for number in start.line..=last {
            if number > start.line {
                text.push('\n');
            }
            let (line, offset) = (source.line(number), source.line_start(number));
            let from = if number == start.line { start.column - 1 } else { 0 };
            let kept = window(line, from);
            let before = text.len();
            if kept.start > 0 {
                text.push(CUT);
            }
            let shift = |at: usize| {
                let within = at.saturating_sub(offset).clamp(kept.start, kept.end);
                within - kept.start
            };
            let lead = text.len();
            text.push_str(&line[kept.clone()]);
            if number == start.line {
                mark.start = lead + shift(span.start);
            }
            mark.end = if number == end.line { lead + shift(span.end) } else { text.len() };
            if kept.end < line.len() {
                text.push(CUT);
            }
            debug_assert!(before <= lead);
        }
        mark.end = mark.end.max(mark.start);
        Excerpt { first_line: start.line, text, mark }
    }
}

/// The part of a line round a column (from 0) that is kept, in bytes.
fn window(line: &str, column: usize) -> Range<usize> {
    let mut offsets = line.char_indices().map(|(offset, _)| offset).chain([line.len()]);
    let skipped = column.saturating_sub(BEFORE);
    let start = offsets.nth(skipped).unwrap_or(line.len());
    let end =
        line[start..].char_indices().nth(column - skipped + BEHIND).map_or(line.len(), |(offset, _)| start + offset);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_round_the_place() {
        let text = format!("{}äb{}", "x".repeat(1000), "é".repeat(1000));
        let source = SourceText::new(text);
        let excerpt = Excerpt::new(&source, Span::new(1000, 1003));
        assert_eq!(&excerpt.text[excerpt.mark.clone()], "äb");
        assert!(excerpt.text.starts_with("…x") && excerpt.text.ends_with("é…"));
        assert_eq!(excerpt.text.chars().count(), BEFORE + BEHIND + 2);
    }

    #[test]
    fn a_place_can_span_lines() {
        let source = SourceText::new("a\r\nb >= 1\n  && < 2\nc\n");
        let start = source.text().find(">=").unwrap();
        let end = source.text().find("\nc").unwrap();
        let excerpt = Excerpt::new(&source, Span::new(start, end));
        assert_eq!(excerpt, Excerpt { first_line: 2, text: "b >= 1\n  && < 2".into(), mark: 2..15 });
        assert_eq!(Excerpt::new(&SourceText::new(""), Span::new(0, 0)).mark, 0..0);
    }
}
