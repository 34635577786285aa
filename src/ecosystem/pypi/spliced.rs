//! A text that was put together from parts of a file, and where each part stands: Python strings side by side, values
//! that a configuration file inserts into others.
//!
//! Traps:
//! - What an escape stands for has the escape's place as a whole.
//! - Where a version comes from another place than the requirement around it, that place is the one a person would edit.

use crate::source::Span;

/// Stands in a text for what the file computes only when it runs.
pub const HOLE: char = '\u{FFFC}';

/// A text and the places of its parts.
#[derive(Clone, Debug, Default)]
pub struct Spliced {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it starts in the text.
    start: usize,
    /// Its place in the file.
    source: Span,
    /// Whether it is written there as it reads.
    verbatim: bool,
    /// Whether it was inserted from elsewhere.
    inserted: bool,
}

impl Spliced {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends a text that is written at an offset as it reads.
    pub fn push(&mut self, text: &str, offset: usize) {
        self.append(text, Span::new(offset, offset + text.len()), true);
    }

    /// Appends what is written at a place in another way.
    pub fn push_escaped(&mut self, text: &str, source: Span) {
        self.append(text, source, false);
    }

    /// Appends all of another text.
    pub fn push_spliced(&mut self, other: &Spliced) {
        let offset = self.text.len();
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces.iter().map(|piece| Piece { start: piece.start + offset, ..*piece }));
    }

    /// The same text as one that is inserted elsewhere.
    #[must_use]
    pub fn inserted(mut self) -> Spliced {
        for piece in &mut self.pieces {
            piece.inserted = true;
        }
        self
    }

    /// A part of the text.
    #[must_use]
    pub fn part(&self, part: Span) -> Spliced {
        let mut result = Spliced { text: self.text[part.start..part.end].to_owned(), pieces: Vec::new() };
        for (piece, covered) in self.overlapping(part) {
            result.pieces.push(Piece { start: covered.start - part.start, source: piece.source(covered), ..piece });
        }
        result
    }

    /// The text without blanks around it.
    #[must_use]
    pub fn trimmed(&self) -> Spliced {
        let start = self.text.len() - self.text.trim_start().len();
        let end = start + self.text.trim().len();
        self.part(Span::new(start, end))
    }

    /// The place of a part of the text: from its first piece to its last; or, if only some of it was inserted, the last of
    /// that.
    pub fn place(&self, part: Span) -> Span {
        let mut whole: Option<Span> = None;
        let mut inserted = None;
        let mut all_inserted = true;
        for (piece, covered) in self.overlapping(part) {
            let place = piece.source(covered);
            whole = Some(whole.map_or(place, |whole| whole.to(place)));
            if piece.inserted {
                inserted = Some(place);
            } else {
                all_inserted = false;
            }
        }
        inserted.filter(|_| !all_inserted).or(whole).unwrap_or(Span::new(0, 0))
    }

    fn append(&mut self, text: &str, source: Span, verbatim: bool) {
        if !text.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), source, verbatim, inserted: false });
            self.text.push_str(text);
        }
    }

    /// The pieces that share text with a part, and what they share.
    fn overlapping(&self, part: Span) -> impl Iterator<Item = (Piece, Span)> {
        let first = self.pieces.partition_point(|piece| piece.start <= part.start).saturating_sub(1);
        let ends = self.pieces[first..].iter().skip(1).map(|piece| piece.start).chain([self.text.len()]);
        let pieces = self.pieces[first..].iter().zip(ends);
        pieces.take_while(move |(piece, _)| piece.start < part.end).filter_map(move |(piece, end)| {
            let covered = Span::new(piece.start.max(part.start), end.min(part.end));
            (covered.start < covered.end).then_some((*piece, covered))
        })
    }
}

impl Piece {
    /// The place of a part of the text that lies in this piece.
    fn source(&self, covered: Span) -> Span {
        if !self.verbatim {
            return self.source;
        }
        let start = self.source.start + covered.start - self.start;
        Span::new(start, start + covered.end - covered.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_the_pieces() {
        let mut text = Spliced::default();
        text.push("kube", 10);
        text.push_escaped("=", Span::new(20, 24));
        text.push("=11", 30);
        assert_eq!(text.text(), "kube==11");
        assert_eq!(text.place(Span::new(1, 3)), Span::new(11, 13));
        assert_eq!(text.place(Span::new(4, 8)), Span::new(20, 33));
        assert_eq!(text.part(Span::new(2, 6)).place(Span::new(0, 4)), Span::new(12, 31));
        assert_eq!(text.place(Span::new(0, 0)), Span::new(0, 0));
    }

    #[test]
    fn what_is_inserted_is_the_place() {
        let mut value = Spliced::default();
        value.push("11.0", 5);
        let mut text = Spliced::default();
        text.push("kube==", 50);
        text.push_spliced(&value.inserted());
        assert_eq!(text.place(Span::new(4, 10)), Span::new(5, 9));
        assert_eq!(text.place(Span::new(0, 4)), Span::new(50, 54));
    }
}
