//! The text of one file and the places in it.
//!
//! Everything above speaks of places as byte offsets ([`Span`]) into the decoded text; lines and columns are computed
//! late, when a place is shown.
//!
//! Traps:
//! - A byte-order mark is not a column: decoding drops it, so offset 0 is the first visible character.
//! - Lines end at LF, CRLF or a lone CR, whatever the format itself thinks of other separators.
//! - UTF-16 files are decoded first, so a span never points into the original bytes.

mod splice;

use std::borrow::Cow;

pub use splice::{replaced, splice};

/// A half-open range of byte offsets into a [`SourceText`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just behind the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// This span moved `by` bytes towards the end, for a reader that works on a part of a text.
    #[must_use]
    pub fn shifted(self, by: usize) -> Span {
        Span::new(self.start + by, self.end + by)
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// A place as people count it: both numbers start at 1, columns are Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// A decoded text and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceText {
    text: String,
    line_starts: Vec<usize>,
}

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotText {
    /// The bytes hold NUL and no byte-order mark: a binary file, or UTF-16 without a mark, which no tool reads.
    Binary,
}

/// A decoded text and whether bytes had to be replaced.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The text, without its byte-order mark.
    pub source: SourceText,
    /// Offset of the first replacement character that stands for a byte that is not valid in the encoding.
    pub replaced_at: Option<usize>,
}

impl SourceText {
    /// A text that is already decoded.
    pub fn new(text: impl Into<String>) -> SourceText {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let ends_line = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends_line {
                line_starts.push(index + 1);
            }
        }
        SourceText { text, line_starts }
    }

    /// Decodes the bytes of a file: by byte-order mark (UTF-8, UTF-16), else as UTF-8, else as the text itself declares
    /// (a Python `coding` comment in the first two lines, PEP 263; an XML declaration, XML 1.0 section 4.3.3), else as
    /// UTF-8 with replacement characters.
    ///
    /// # Errors
    /// [`NotText::Binary`] if NUL bytes show that this is no text.
    pub fn decode(bytes: &[u8]) -> Result<Decoded, NotText> {
        if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
            let (text, malformed) = encoding.decode_with_bom_removal(bytes);
            return Ok(Decoded::new(text, malformed));
        }
        if bytes.contains(&0) {
            return Err(NotText::Binary);
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(Decoded { source: SourceText::new(text), replaced_at: None });
        }
        let encoding = declared_encoding(bytes).unwrap_or(encoding_rs::UTF_8);
        let (text, malformed) = encoding.decode_without_bom_handling(bytes);
        Ok(Decoded::new(text, malformed))
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under a span, clamped to the text and to character boundaries, so that no span can panic.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end).max(start);
        &self.text[start..end]
    }

    /// Line and column of an offset; an offset behind the end is the end.
    pub fn line_col(&self, offset: usize) -> LineCol {
        let offset = self.boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        LineCol { line, column: self.text[start..offset].chars().count() + 1 }
    }

    /// The text of a line (from 1) without its line end; empty behind the last line.
    pub fn line(&self, line: usize) -> &str {
        let Some(start) = line.checked_sub(1).and_then(|index| self.line_starts.get(index)) else { return "" };
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\n', '\r'])
    }

    /// Offset at which a line (from 1) starts; the end of the text behind the last line.
    pub fn line_start(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|index| self.line_starts.get(index)).copied().unwrap_or(self.text.len())
    }

    /// How many lines there are; a text that ends in a line end has an empty last one.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    fn boundary(&self, offset: usize) -> usize {
        boundary(&self.text, offset)
    }
}

/// The nearest place between two characters at an offset or before it; the end of the text for one beyond.
pub fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl Decoded {
    fn new(text: Cow<'_, str>, malformed: bool) -> Decoded {
        let replaced_at = if malformed { text.find('\u{FFFD}') } else { None };
        Decoded { source: SourceText::new(text), replaced_at }
    }
}

/// The encoding a text names in its first two lines, in Python's or XML's way.
fn declared_encoding(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(512)];
    let head = String::from_utf8_lossy(head);
    let name_after = |text: &str| {
        let name: String = text
            .trim_start_matches([' ', '\t', '"', '\'', '='])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            .collect();
        // Python also takes `latin-1` and `utf_8`, which are no labels of the Encoding Standard.
        let spellings = [name.replace('_', "-"), name.replace(['-', '_'], ""), name];
        spellings.iter().find_map(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
    };
    if head.starts_with("<?xml") {
        let declaration = head.split("?>").next()?;
        let (_, rest) = declaration.split_once("encoding")?;
        return name_after(rest.trim_start());
    }
    for line in head.lines().take(2).filter(|line| line.trim_start().starts_with('#')) {
        if let Some((_, rest)) = line.split_once("coding:").or_else(|| line.split_once("coding=")) {
            return name_after(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_lone_cr() {
        let source = SourceText::new("a\r\nbé\rc\n");
        assert_eq!(source.line_count(), 4);
        assert_eq!((source.line(1), source.line(2), source.line(3), source.line(4)), ("a", "bé", "c", ""));
        assert_eq!(source.line_col(source.text().find('c').unwrap()), LineCol { line: 3, column: 1 });
        assert_eq!(source.line_col(6), LineCol { line: 2, column: 3 }, "columns are characters, not bytes");
        assert_eq!(source.line_col(999), LineCol { line: 4, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let utf8 = SourceText::decode(b"\xef\xbb\xbfx").unwrap().source;
        let utf16 = SourceText::decode(b"\xff\xfex\0").unwrap().source;
        assert_eq!((utf8.text(), utf16.text()), ("x", "x"));
    }

    #[test]
    fn encodings_are_taken_from_the_text() {
        let python = SourceText::decode(b"# -*- coding: latin-1 -*-\nn\xe4me").unwrap();
        let xml = SourceText::decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>").unwrap();
        assert!(python.source.text().ends_with("näme") && python.replaced_at.is_none());
        assert!(xml.source.text().contains('ä'));
        let neither = SourceText::decode(b"a\n\xe4").unwrap();
        assert_eq!(neither.replaced_at, Some(2));
        assert_eq!(SourceText::decode(b"a\0b").unwrap_err(), NotText::Binary);
    }

    #[test]
    fn slices_never_panic() {
        let source = SourceText::new("é");
        assert_eq!(source.slice(Span::new(1, 9)), "é");
        assert_eq!(source.slice(Span::new(5, 2)), "");
    }
}
