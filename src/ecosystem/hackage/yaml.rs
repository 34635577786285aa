//! YAML as a tree with places, as hpack and stack read it.
//!
//! Traps:
//! - A scalar keeps its text: `0.30` is no number here.
//! - An alias is the node of its anchor itself, not a copy, so that no text can grow; whoever walks the tree has to count
//!   its steps, since a short text can mean a very long list.
//! - `<<` takes in the members of other mappings; a mapping's own come first, then those of the first mapping named.
//! - Behind the first error nothing is read; what stands before it is.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, options};

use crate::model::{Problem, ProblemKind};
use crate::source::{SourceText, Span};

/// Deepest chain of `<<` that is followed.
const MAX_MERGES: usize = 32;

/// Most members and items looked at in one file.
const MAX_STEPS: usize = 200_000;

/// The number of a node.
pub(super) type NodeId = usize;

/// A document's nodes.
#[derive(Debug, Default)]
pub(super) struct Document {
    nodes: Vec<Node>,
    root: Option<NodeId>,
    steps: usize,
}

/// A node.
#[derive(Debug)]
enum Node {
    Scalar(Scalar),
    Mapping(Vec<(NodeId, NodeId)>),
    Sequence(Vec<NodeId>),
}

/// A text and its place.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// The text with escapes undone.
    pub(super) text: String,
    /// Where it stands, without quotes.
    pub(super) span: Span,
    /// Whether it is written without quotes, so that it can be no text at all.
    plain: bool,
}

/// A mapping or sequence that is not closed yet, and its anchor.
struct Open {
    anchor: usize,
    is_mapping: bool,
    nodes: Vec<NodeId>,
}

/// Reads the first document of a text; its errors become problems.
pub(super) fn read(source: &SourceText, problems: &mut Vec<Problem>) -> Document {
    let mut document = Document::default();
    let mut anchors: HashMap<usize, NodeId> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str_with_options(source.text(), options! { emit_comments: false }) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(source.text().len());
                let message = format!("this is not YAML: {}; nothing behind it is read", error.info());
                problems.push(Problem { kind: ProblemKind::Syntax, message, span: Span::new(at, at) });
                break;
            }
        };
        let id = match event {
            Event::Scalar(text, style, anchor, _) => {
                let range = span.byte_range().unwrap_or(0..0);
                let id = document.push(Node::Scalar(scalar(source.text(), text.into_owned(), style, &range)));
                anchors.insert(anchor, id);
                Some(id)
            }
            Event::Alias(anchor) => anchors.get(&anchor).copied(),
            Event::MappingStart(_, anchor, _) => {
                open.push(Open { anchor, is_mapping: true, nodes: Vec::new() });
                continue;
            }
            Event::SequenceStart(_, anchor, _) => {
                open.push(Open { anchor, is_mapping: false, nodes: Vec::new() });
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => document.close(&mut open, &mut anchors),
            Event::DocumentEnd => break,
            _ => continue,
        };
        // Where an alias has no node (it lies inside its own anchor) a place must be kept, or keys and values would change
        // sides.
        let id = id.unwrap_or_else(|| document.push(Node::Sequence(Vec::new())));
        match open.last_mut() {
            Some(parent) => parent.nodes.push(id),
            None => document.root = Some(id),
        }
    }
    while let Some(id) = document.close(&mut open, &mut anchors) {
        match open.last_mut() {
            Some(parent) => parent.nodes.push(id),
            None => document.root = Some(id),
        }
    }
    document
}

fn scalar(source: &str, text: String, style: ScalarStyle, range: &Range<usize>) -> Scalar {
    let raw = source.get(range.clone()).unwrap_or_default();
    let quotes = usize::from(matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted));
    let span = if quotes == 1 && raw.len() >= 2 {
        Span::new(range.start + 1, range.end - 1)
    } else {
        Span::new(range.start, range.start + raw.trim_end().len())
    };
    Scalar { text, span, plain: matches!(style, ScalarStyle::Plain) }
}

impl Document {
    /// The outermost node.
    pub(super) fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// A node's text, if it is one.
    pub(super) fn scalar(&self, id: NodeId) -> Option<&Scalar> {
        match &self.nodes[id] {
            Node::Scalar(scalar) => Some(scalar),
            Node::Mapping(_) | Node::Sequence(_) => None,
        }
    }

    /// Whether a node is a mapping.
    pub(super) fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.nodes[id], Node::Mapping(_))
    }

    /// The items of a sequence; anything else is a sequence of itself.
    pub(super) fn items(&mut self, id: NodeId) -> Vec<NodeId> {
        let items = match &self.nodes[id] {
            Node::Sequence(items) => items.clone(),
            Node::Scalar(_) | Node::Mapping(_) => vec![id],
        };
        self.counted(items)
    }

    /// The members of a mapping with those it takes in, in the order of the file; no name twice.
    pub(super) fn members(&mut self, id: NodeId) -> Vec<(Scalar, NodeId)> {
        let mut members: Vec<(Scalar, NodeId)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut next = vec![(id, 0)];
        while let Some((id, depth)) = next.pop() {
            let Node::Mapping(own) = &self.nodes[id] else { continue };
            let own = self.counted(own.clone());
            let mut taken = Vec::new();
            let mut here: HashMap<String, usize> = HashMap::new();
            for (key, value) in own {
                let Node::Scalar(key) = &self.nodes[key] else { continue };
                if key.text == "<<" && key.plain {
                    match &self.nodes[value] {
                        Node::Sequence(items) => taken.extend(items.iter().copied()),
                        Node::Mapping(_) => taken.push(value),
                        Node::Scalar(_) => {}
                    }
                } else if let Some(member) = here.get(&key.text) {
                    // Of one name written twice the last counts.
                    members[*member] = (key.clone(), value);
                } else if !known.contains_key(&key.text) {
                    here.insert(key.text.clone(), members.len());
                    members.push((key.clone(), value));
                }
            }
            known.extend(here);
            if depth < MAX_MERGES {
                let taken = self.counted(taken);
                next.extend(taken.into_iter().rev().map(|id| (id, depth + 1)));
            }
        }
        members
    }

    /// Whether more was asked for than is looked at.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= MAX_STEPS
    }

    fn counted<T>(&mut self, mut list: Vec<T>) -> Vec<T> {
        list.truncate(MAX_STEPS - self.steps);
        self.steps += list.len();
        list
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn close(&mut self, open: &mut Vec<Open>, anchors: &mut HashMap<usize, NodeId>) -> Option<NodeId> {
        let Open { anchor, is_mapping, nodes } = open.pop()?;
        let id = if is_mapping {
            let pairs = nodes.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            self.push(Node::Mapping(pairs))
        } else {
            self.push(Node::Sequence(nodes))
        };
        anchors.insert(anchor, id);
        Some(id)
    }
}

impl Scalar {
    /// Whether this is written as no value at all (YAML 1.1, "Null").
    pub(super) fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The place of a part of the text: of the whole where escapes or a block's indentation make it unclear.
    pub(super) fn place(&self, source: &str, part: &Range<usize>) -> Span {
        let raw = &source[self.span.start..self.span.end];
        let Some(start) = aligned(&self.text[..part.start], raw) else { return self.span };
        let Some(length) = aligned(&self.text[part.clone()], &raw[start..]) else { return self.span };
        Span::new(self.span.start + start, self.span.start + start + length)
    }
}

/// How much of a raw text another is, where a blank can stand for any white space (YAML 1.2, "Line folding").
fn aligned(text: &str, raw: &str) -> Option<usize> {
    let mut at = 0;
    for c in text.chars() {
        let rest = &raw[at..];
        if c == ' ' && !rest.starts_with([' ', '\t']) || c == '\n' {
            let length = rest.len() - rest.trim_start().len();
            if length == 0 {
                return None;
            }
            at += length;
        } else {
            at += rest.strip_prefix(c).map(|_| c.len_utf8())?;
            // A blank before a line end belongs to the fold.
            if c == ' ' && raw[at..].trim_start_matches([' ', '\t']).starts_with(['\n', '\r']) {
                at += raw[at..].len() - raw[at..].trim_start().len();
            }
        }
    }
    Some(at)
}
