//! YAML as a tree with places.
//!
//! Traps:
//! - A scalar keeps its text: `0.10` is not a number here.
//! - An alias is the scalar of its anchor, at the anchor's place; aliases of larger nodes are left out, so that no text can
//!   grow.
//! - Behind the first error nothing is read; what stands before it is.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

use crate::model::{Problem, ProblemKind};
use crate::source::{SourceText, Span};

/// A node.
#[derive(Clone, Debug)]
pub enum Node {
    /// A text.
    Scalar(Scalar),
    /// Names and what they stand for, in the order of the file.
    Mapping(Vec<(Scalar, Node)>),
    /// A list.
    Sequence(Vec<Node>),
    /// Something that is not read.
    Other,
}

/// A text and its place.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text with escapes undone.
    pub text: String,
    /// Where it stands, without quotes.
    pub span: Span,
}

/// A mapping or sequence that is not closed yet.
enum Open {
    Mapping { members: Vec<(Scalar, Node)>, key: Option<Node> },
    Sequence(Vec<Node>),
}

/// Reads the first document of a text; its errors become problems.
pub fn read(source: &SourceText, problems: &mut Vec<Problem>) -> Node {
    let mut anchors: HashMap<usize, Scalar> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut root = Node::Other;
    for event in Parser::new_from_str(source.text()) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(source.text().len());
                let message = format!("this is not YAML: {}; nothing behind it is read", error.info());
                problems.push(Problem { kind: ProblemKind::Syntax, message, span: Span::new(at, at) });
                break;
            }
        };
        let range = span.byte_range().unwrap_or(0..0);
        let node = match event {
            Event::Scalar(text, style, anchor, _) => {
                let quotes = usize::from(matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted));
                let span = Span::new(range.start + quotes, range.end.saturating_sub(quotes).max(range.start + quotes));
                // Nothing at all is read as `~`.
                let text = if range.is_empty() { String::new() } else { text.into_owned() };
                let scalar = Scalar { text, span };
                if anchor != 0 {
                    anchors.insert(anchor, scalar.clone());
                }
                Node::Scalar(scalar)
            }
            Event::Alias(anchor) => anchors.get(&anchor).cloned().map_or(Node::Other, Node::Scalar),
            Event::MappingStart(..) => {
                open.push(Open::Mapping { members: Vec::new(), key: None });
                continue;
            }
            Event::SequenceStart(..) => {
                open.push(Open::Sequence(Vec::new()));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => match open.pop() {
                Some(closed) => closed.node(),
                None => continue,
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        root = match open.last_mut() {
            Some(parent) => {
                parent.push(node);
                continue;
            }
            None => node,
        };
    }
    while let Some(closed) = open.pop() {
        match open.last_mut() {
            Some(parent) => parent.push(closed.node()),
            None => root = closed.node(),
        }
    }
    root
}

impl Open {
    fn push(&mut self, node: Node) {
        match self {
            Open::Sequence(items) => items.push(node),
            Open::Mapping { members, key } => match key.take() {
                None => *key = Some(node),
                Some(Node::Scalar(name)) => members.push((name, node)),
                Some(_) => {}
            },
        }
    }

    fn node(self) -> Node {
        match self {
            Open::Sequence(items) => Node::Sequence(items),
            Open::Mapping { members, .. } => Node::Mapping(members),
        }
    }
}

impl Node {
    /// The member of a mapping, of several with one name the last.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().rev().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    /// The members of a mapping; none of anything else.
    pub fn members(&self) -> &[(Scalar, Node)] {
        match self {
            Node::Mapping(members) => members,
            Node::Scalar(_) | Node::Sequence(_) | Node::Other => &[],
        }
    }

    /// The items of a sequence; none of anything else.
    pub fn items(&self) -> &[Node] {
        match self {
            Node::Sequence(items) => items,
            Node::Scalar(_) | Node::Mapping(_) | Node::Other => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_depth_overflows_the_stack() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "a: {".repeat(100_000), "? ".repeat(100_000)] {
            let mut problems = Vec::new();
            read(&SourceText::new(format!("catalog:\n  a: 1.0.0\nb: {text}")), &mut problems);
            assert_eq!(problems.len(), 1);
        }
    }
}
