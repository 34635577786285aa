//! YAML as a tree with places. For large files there is [`cursor`], which keeps no tree.
//!
//! Traps:
//! - A scalar keeps its text: `0.10` is not a number here, and `no` no boolean.
//! - An alias is the node of its anchor itself, not a copy, so that no text can grow. A short text can still mean a very long
//!   list, so what a document hands out is counted, and ends at a limit ([`Document::is_exhausted`]).
//! - `<<` takes in the members of other mappings (YAML 1.1, "Merge Key"); a mapping's own come first, then those of the first
//!   mapping named. Quoted it is a name like others.
//! - Of one name written twice the last counts. Members whose name is no scalar are left out.
//! - Behind the first error nothing is read; what stands before it is.

pub mod cursor;

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, options};

use crate::model::{Problem, ProblemKind};
use crate::source::{SourceText, Span};

/// Deepest chain of `<<` that is followed.
const MAX_MERGES: usize = 32;

/// Most members and items that one document hands out.
const MAX_STEPS: usize = 1_000_000;

/// One document of a text.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Content>,
    root: Option<usize>,
    steps: Cell<usize>,
}

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    document: &'d Document,
    number: usize,
}

/// A text and its place.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text with escapes undone and lines folded.
    pub text: String,
    /// Where it stands, without quotes.
    pub span: Span,
    /// Whether it is written without quotes and not as a block, so that YAML may take it for something else than text.
    pub is_plain: bool,
}

#[derive(Debug)]
enum Content {
    Scalar(Scalar),
    Mapping(Vec<(usize, usize)>),
    Sequence(Vec<usize>),
}

/// Reads the first document of a text; errors become problems.
pub fn read(source: &SourceText, problems: &mut Vec<Problem>) -> Document {
    documents(source, problems, 1).into_iter().next().unwrap_or_default()
}

/// Reads every document of a text; errors become problems.
pub fn read_all(source: &SourceText, problems: &mut Vec<Problem>) -> Vec<Document> {
    documents(source, problems, usize::MAX)
}

fn documents(source: &SourceText, problems: &mut Vec<Problem>, limit: usize) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(source.text(), options! { emit_comments: false }) {
        match event {
            Ok((Event::DocumentEnd, _)) => {
                documents.push(std::mem::take(&mut builder).finish());
                if documents.len() == limit {
                    return documents;
                }
            }
            Ok((event, span)) => builder.take(source.text(), event, &span.byte_range().unwrap_or(0..0)),
            Err(error) => {
                problems.push(refused(source, &error));
                documents.push(builder.finish());
                return documents;
            }
        }
    }
    documents
}

fn refused(source: &SourceText, error: &granit_parser::ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(0).min(source.text().len());
    let message = format!("this is not YAML: {}; nothing behind it is read", error.info());
    Problem { kind: ProblemKind::Syntax, message, span: Span::new(at, at) }
}

/// A document that is being read.
#[derive(Default)]
struct Builder {
    document: Document,
    anchors: HashMap<usize, usize>,
    open: Vec<Open>,
}

/// A mapping or sequence that is not closed yet.
struct Open {
    anchor: usize,
    is_mapping: bool,
    nodes: Vec<usize>,
}

impl Builder {
    fn take(&mut self, text: &str, event: Event<'_>, range: &Range<usize>) {
        let number = match event {
            Event::Scalar(content, style, anchor, _) => {
                let number = self.push(Content::Scalar(scalar(text, &content, style, range)));
                self.anchors.insert(anchor, number);
                number
            }
            // An alias inside its own anchor has no node yet, but must keep its place among keys and values.
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(number) => *number,
                None => self.push(Content::Sequence(Vec::new())),
            },
            Event::MappingStart(_, anchor, _) => {
                return self.open.push(Open { anchor, is_mapping: true, nodes: Vec::new() });
            }
            Event::SequenceStart(_, anchor, _) => {
                return self.open.push(Open { anchor, is_mapping: false, nodes: Vec::new() });
            }
            Event::MappingEnd | Event::SequenceEnd => return self.close(),
            _ => return,
        };
        self.place(number);
    }

    fn push(&mut self, content: Content) -> usize {
        self.document.nodes.push(content);
        self.document.nodes.len() - 1
    }

    fn place(&mut self, number: usize) {
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(number),
            None => self.document.root = Some(number),
        }
    }

    fn close(&mut self) {
        let Some(Open { anchor, is_mapping, nodes }) = self.open.pop() else { return };
        let content = if is_mapping {
            Content::Mapping(nodes.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
        } else {
            Content::Sequence(nodes)
        };
        let number = self.push(content);
        self.anchors.insert(anchor, number);
        self.place(number);
    }

    fn finish(mut self) -> Document {
        while !self.open.is_empty() {
            self.close();
        }
        self.document
    }
}

fn scalar(source: &str, content: &str, style: ScalarStyle, range: &Range<usize>) -> Scalar {
    Scalar {
        // Nothing at all is read as `~`.
        text: if range.is_empty() { String::new() } else { content.to_owned() },
        span: inside(source, style, range),
        is_plain: style == ScalarStyle::Plain,
    }
}

/// Where a scalar's text stands, without quotes and without the blanks and line ends behind it.
fn inside(source: &str, style: ScalarStyle, range: &Range<usize>) -> Span {
    let raw = source.get(range.clone()).unwrap_or_default();
    let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    if is_quoted && raw.len() >= 2 {
        return Span::new(range.start + 1, range.end - 1);
    }
    Span::new(range.start, range.start + raw.trim_end().len())
}

impl Document {
    /// The outermost node.
    pub fn root(&self) -> Option<Node<'_>> {
        self.root.map(|number| Node { document: self, number })
    }

    /// The member of the outermost mapping, of several with one name the last.
    pub fn get(&self, name: &str) -> Option<Node<'_>> {
        self.root()?.get(name)
    }

    /// Whether more was asked for than is handed out.
    pub fn is_exhausted(&self) -> bool {
        self.steps.get() >= MAX_STEPS
    }

    /// The beginning of a list that may still be handed out.
    fn counted<'l, T>(&self, list: &'l [T]) -> &'l [T] {
        let list = &list[..list.len().min(MAX_STEPS - self.steps.get())];
        self.steps.set(self.steps.get() + list.len());
        list
    }
}

impl<'d> Node<'d> {
    /// The text, if it is one.
    pub fn scalar(&self) -> Option<&'d Scalar> {
        match self.content() {
            Content::Scalar(scalar) => Some(scalar),
            Content::Mapping(_) | Content::Sequence(_) => None,
        }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.content(), Content::Mapping(_))
    }

    /// Whether it is a sequence.
    pub fn is_sequence(&self) -> bool {
        matches!(self.content(), Content::Sequence(_))
    }

    /// The items of a sequence; none of anything else.
    pub fn items(&self) -> Vec<Node<'d>> {
        match self.content() {
            Content::Sequence(items) => self.document.counted(items).iter().map(|item| self.at(*item)).collect(),
            Content::Scalar(_) | Content::Mapping(_) => Vec::new(),
        }
    }

    /// The items of a sequence; anything else is the one item of itself, as hpack and stack take it.
    pub fn items_or_itself(&self) -> Vec<Node<'d>> {
        if self.is_sequence() { self.items() } else { vec![*self] }
    }

    /// The member of a mapping, of several with one name the last.
    pub fn get(&self, name: &str) -> Option<Node<'d>> {
        self.members().into_iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    /// The members of a mapping with those it takes in, in the order of the file; no name twice. None of anything else.
    pub fn members(&self) -> Vec<(&'d Scalar, Node<'d>)> {
        let mut members: Vec<(&Scalar, Node<'_>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut next = vec![(self.number, 0)];
        while let Some((number, depth)) = next.pop() {
            let Content::Mapping(own) = &self.document.nodes[number] else { continue };
            let mut taken = Vec::new();
            let own_start = members.len();
            for (key, value) in self.document.counted(own) {
                let Content::Scalar(key) = &self.document.nodes[*key] else { continue };
                if key.text == "<<" && key.is_plain {
                    match &self.document.nodes[*value] {
                        Content::Sequence(items) => taken.extend(self.document.counted(items).iter().copied()),
                        Content::Mapping(_) => taken.push(*value),
                        Content::Scalar(_) => {}
                    }
                    continue;
                }
                match known.get(key.text.as_str()) {
                    Some(member) if *member >= own_start => members[*member] = (key, self.at(*value)),
                    Some(_) => {}
                    None => {
                        known.insert(&key.text, members.len());
                        members.push((key, self.at(*value)));
                    }
                }
            }
            if depth < MAX_MERGES {
                next.extend(taken.into_iter().rev().map(|number| (number, depth + 1)));
            }
        }
        members
    }

    fn content(&self) -> &'d Content {
        &self.document.nodes[self.number]
    }

    fn at(&self, number: usize) -> Node<'d> {
        Node { document: self.document, number }
    }
}

impl Scalar {
    /// Whether this is written as no value at all (YAML 1.1, "Null").
    pub fn is_null(&self) -> bool {
        self.is_plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The place of a part of the text: of the whole where escapes or a block's indentation make it unclear.
    pub fn place(&self, source: &SourceText, part: &Range<usize>) -> Span {
        let before = self.text.get(..part.end).unwrap_or_default();
        Places { whole: self.span, offsets: aligned(before, source.slice(self.span)) }.place(part)
    }

    /// The places of many parts of the text.
    pub fn places(&self, source: &SourceText) -> Places {
        Places { whole: self.span, offsets: aligned(&self.text, source.slice(self.span)) }
    }
}

/// Where the parts of a text stand.
#[derive(Debug)]
pub struct Places {
    whole: Span,
    /// For each byte of the text its place in the raw one, as far as that is clear.
    offsets: Vec<usize>,
}

impl Places {
    /// The place of a part of the text: of the whole where escapes or a block's indentation make it unclear.
    pub fn place(&self, part: &Range<usize>) -> Span {
        match (self.offsets.get(part.start), self.offsets.get(part.end)) {
            (Some(start), Some(end)) => Span::new(*start, *end).shifted(self.whole.start),
            _ => self.whole,
        }
    }
}

/// Where each byte of a text, and its end, is in a raw one, where a blank can stand for any white space (YAML 1.2, "Line
/// folding"); as far as they agree.
fn aligned(text: &str, raw: &str) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    // The white space around `at`, measured once: where it ends, and where its last line end is.
    let (mut blanks_end, mut last_line_end) = (0, None);
    for c in text.chars() {
        offsets.extend(std::iter::repeat_n(at, c.len_utf8()));
        let rest = &raw[at..];
        if at >= blanks_end {
            blanks_end = at + (rest.len() - rest.trim_start().len());
            last_line_end = raw[at..blanks_end].rfind(['\n', '\r']).map(|line_end| at + line_end);
        }
        let is_fold = last_line_end.is_some_and(|line_end| line_end >= at);
        if matches!(c, ' ' | '\n') && is_fold {
            at = blanks_end;
        } else if rest.starts_with(c) {
            at += c.len_utf8();
        } else {
            return offsets;
        }
    }
    offsets.push(at);
    offsets
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn document(text: &str) -> Document {
        read(&SourceText::new(text), &mut Vec::new())
    }

    fn texts(node: Node<'_>) -> Vec<(&str, &str)> {
        let mut texts = Vec::new();
        for (key, node) in node.members() {
            texts.push((key.text.as_str(), node.scalar().map_or("…", |scalar| scalar.text.as_str())));
        }
        texts
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "a: {".repeat(100_000), "? ".repeat(100_000)] {
            let mut problems = Vec::new();
            read(&SourceText::new(format!("catalog:\n  a: 1.0.0\nb: {text}")), &mut problems);
            assert_eq!(problems.len(), 1);
        }
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        let document = document("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a, z: *a}\nc: {'<<': 1, <<: [*a, {w: 4, x: 5}]}\n");
        assert_eq!(texts(document.get("b").unwrap()), [("y", "3"), ("z", "…"), ("x", "1")]);
        assert_eq!(texts(document.get("c").unwrap()), [("<<", "1"), ("x", "1"), ("y", "2"), ("w", "4")]);
    }

    #[test]
    fn a_short_text_does_not_mean_an_endless_list() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..30 {
            let items = vec![format!("*a{}", level - 1); 10].join(",");
            writeln!(text, "a{level}: &a{level} [{items}]").expect("a text can be written to");
        }
        let document = document(&text);
        let mut next = vec![document.get("a29").unwrap()];
        while let Some(node) = next.pop() {
            next.extend(node.items());
        }
        assert!(document.is_exhausted());
    }

    #[test]
    fn documents_are_told_apart() {
        let source = SourceText::new("a: 1\n---\na: 2\n...\n--- [\n");
        let mut problems = Vec::new();
        let documents = read_all(&source, &mut problems);
        let first = documents.iter().map(|document| document.get("a").and_then(|node| node.scalar()));
        let texts: Vec<Option<&str>> = first.map(|scalar| scalar.map(|scalar| scalar.text.as_str())).collect();
        assert_eq!((texts, problems.len()), (vec![Some("1"), Some("2"), None], 1));
    }

    #[test]
    fn a_part_has_its_own_place() {
        let source = SourceText::new("a: x >= 1\n   , y\nb: \"q\\u0041 1\"\nc: |\n  one\n  two\n");
        let document = read(&source, &mut Vec::new());
        let place = |name: &str, part: &str| {
            let scalar = document.get(name).unwrap().scalar().unwrap();
            let at = scalar.text.find(part).unwrap();
            source.slice(scalar.place(&source, &(at..at + part.len()))).to_owned()
        };
        assert_eq!((place("a", ">= 1 , y"), place("a", "y")), (">= 1\n   , y".into(), "y".into()));
        assert_eq!(place("b", "1"), "q\\u0041 1");
        assert_eq!(place("c", "two"), "two");
    }

    #[test]
    fn many_parts_take_linear_time() {
        let source =
            SourceText::new(format!("a: |\n{}b: 'x{}y'\n", "  one ==1\n".repeat(100_000), "\u{2028}".repeat(100_000)));
        let document = read(&source, &mut Vec::new());
        for name in ["a", "b"] {
            let scalar = document.get(name).unwrap().scalar().unwrap();
            let places = scalar.places(&source);
            let parts: Vec<usize> = scalar.text.match_indices(['1', 'y']).map(|(at, _)| at).collect();
            for at in parts {
                assert_eq!(source.slice(places.place(&(at..at + 1))), &scalar.text[at..=at]);
            }
        }
    }
}
