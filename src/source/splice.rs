//! Changing pieces of a text in the bytes it was decoded from, and nothing else.
//!
//! Traps:
//! - Spans count bytes of the decoded text; the file can have a byte-order mark, be UTF-16, or be in the encoding that it
//!   declares. Line ends, marks and what is malformed elsewhere stay as they are, since those bytes are copied.
//! - Not every text goes back to the bytes it came from (a stateful encoding, an odd byte at the end). What does not is
//!   refused: the result is decoded again and must be the text that was meant.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{SourceText, Span, declared_encoding};

/// The bytes with some spans of their text replaced; `None` if that cannot be done without a doubt, or the bytes are of
/// another text.
pub fn splice(bytes: &[u8], source: &SourceText, edits: &[(Span, &str)]) -> Option<Vec<u8>> {
    if SourceText::decode(bytes).ok()?.source.text() != source.text() {
        return None;
    }
    let wanted = replaced(source.text(), edits)?;
    let encoding = Encoded::of(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut copied = 0;
    for (span, text) in edits {
        let start = encoding.offset(bytes, source.text(), span.start)?;
        let end = encoding.offset(bytes, source.text(), span.end)?;
        out.extend_from_slice(bytes.get(copied..start)?);
        out.extend(encoding.encode(text)?);
        copied = end;
    }
    out.extend_from_slice(bytes.get(copied..)?);
    let again = SourceText::decode(&out).ok()?;
    (again.source.text() == wanted).then_some(out)
}

/// A text with some spans replaced; `None` if they are not in order, overlap or cut characters.
pub fn replaced(text: &str, edits: &[(Span, &str)]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut copied = 0;
    for (span, replacement) in edits {
        if span.end < span.start {
            return None;
        }
        out.push_str(text.get(copied..span.start)?);
        out.push_str(replacement);
        text.get(span.start..span.end)?;
        copied = span.end;
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}

/// How a text stands in bytes: the encoding, and the length of the mark before it.
struct Encoded {
    encoding: &'static Encoding,
    mark: usize,
}

impl Encoded {
    /// As [`SourceText::decode`] finds it.
    fn of(bytes: &[u8]) -> Encoded {
        if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
            return Encoded { encoding, mark };
        }
        let is_unicode = std::str::from_utf8(bytes).is_ok();
        let declared = if is_unicode { None } else { declared_encoding(bytes) };
        Encoded { encoding: declared.unwrap_or(UTF_8), mark: 0 }
    }

    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        if self.encoding == UTF_16LE {
            return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        if self.encoding == UTF_16BE {
            return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        let (bytes, used, unmappable) = self.encoding.encode(text);
        (!unmappable && used == self.encoding).then(|| bytes.into_owned())
    }

    /// Where an offset into the text stands in the bytes.
    fn offset(&self, bytes: &[u8], text: &str, offset: usize) -> Option<usize> {
        if self.encoding == UTF_8 {
            return offset_in_utf8(bytes.get(self.mark..)?, offset).map(|at| at + self.mark);
        }
        let before = self.encode(text.get(..offset)?)?;
        let end = self.mark + before.len();
        (bytes.get(self.mark..end)? == before).then_some(end)
    }
}

/// In UTF-8 each malformed piece stands for one replacement character.
fn offset_in_utf8(bytes: &[u8], offset: usize) -> Option<usize> {
    let (mut at, mut decoded) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().len();
        if offset <= decoded + valid {
            return Some(at + (offset - decoded));
        }
        at += valid + chunk.invalid().len();
        decoded += valid + if chunk.invalid().is_empty() { 0 } else { '\u{FFFD}'.len_utf8() };
        if offset < decoded {
            return None;
        }
    }
    (offset == decoded).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(bytes: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
        let source = SourceText::decode(bytes).ok()?.source;
        let start = source.text().find(old)?;
        splice(bytes, &source, &[(Span::new(start, start + old.len()), new)])
    }

    #[test]
    fn only_the_span_changes_in_any_encoding() {
        assert_eq!(changed(b"\xef\xbb\xbfa\r\n11\r\n", "11", "12.0"), Some(b"\xef\xbb\xbfa\r\n12.0\r\n".to_vec()));
        assert_eq!(changed(b"\xff\xfe\xe4\x001\0\n\0", "1", "22"), Some(b"\xff\xfe\xe4\x002\x002\0\n\0".to_vec()));
        assert_eq!(changed(b"\xfe\xff\0\xe4\x001", "1", "2"), Some(b"\xfe\xff\0\xe4\x002".to_vec()));
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4 1</a>\xf6";
        let wanted = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4 2</a>\xf6";
        assert_eq!(changed(latin, " 1<", " 2<"), Some(wanted.to_vec()));
        assert_eq!(changed(b"\xff\xe4 11 \xe2\x82", "11", "12"), Some(b"\xff\xe4 12 \xe2\x82".to_vec()));
    }

    #[test]
    fn what_is_not_certain_is_refused() {
        let source = SourceText::new("ab");
        assert_eq!(splice(b"ac", &source, &[(Span::new(0, 1), "x")]), None, "other bytes");
        assert_eq!(splice(b"ab", &source, &[(Span::new(1, 9), "x")]), None, "behind the end");
        assert_eq!(splice(b"ab", &source, &[(Span::new(1, 2), "x"), (Span::new(0, 1), "y")]), None, "out of order");
        let latin = b"# coding: latin-1\n\xe4 1";
        assert_eq!(changed(latin, "1", "\u{20ac}\u{3b1}"), None, "no such character in the encoding");
    }
}
