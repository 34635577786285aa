//! What an expression is worth, as far as it is literal.

use std::collections::HashMap;

use ruby_prism::{CallNode, Location, Node, NodeList};

use super::variables::read_name;
use super::{Program, name};
use crate::source::Span;

/// How deep expressions are folded, variables that stand for variables included.
const MAX_DEPTH: usize = 32;

/// Methods that give their receiver, as far as a requirement goes.
const IDENTITY: [&str; 11] =
    ["freeze", "dup", "clone", "itself", "to_s", "to_str", "to_a", "strip", "chomp", "-@", "+@"];

/// Methods that give the elements of their receiver in another order.
const ORDER: [&str; 3] = ["sort", "uniq", "reverse"];

/// What block parameters stand for.
pub(crate) type Bindings = HashMap<String, Located>;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string, or a number as Ruby prints it.
    Text(String),
    /// A symbol.
    Symbol(String),
    /// An array.
    List(Vec<Located>),
    /// A hash; a pair without a key is one that is not known.
    Map(Vec<(Option<Located>, Located)>),
    /// Each of the paths that a pattern of `Dir` finds.
    Paths(String),
    /// Nil.
    Nil,
    /// True or false.
    Flag(bool),
    /// Not to be known from the text.
    Computed,
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// The value.
    pub(crate) value: Value,
    /// Its text; of a string what is between the quotes.
    pub(crate) span: Span,
    /// The variable or constant that stands for it, and where that is used.
    pub(crate) variable: Option<(String, Span)>,
}

impl Located {
    fn new(value: Value, span: Span) -> Located {
        Located { value, span, variable: None }
    }

    /// Where it stands in the expression that was asked for.
    pub(crate) fn place(&self) -> Span {
        self.variable.as_ref().map_or(self.span, |(_, used)| *used)
    }

    /// The words of a string or symbol.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Symbol(text) => Some(text),
            Value::List(_) | Value::Map(_) | Value::Paths(_) | Value::Nil | Value::Flag(_) | Value::Computed => None,
        }
    }

    fn is_paths(&self) -> bool {
        matches!(self.value, Value::Paths(_))
    }

    /// The elements of an array, or the value itself as the only one.
    pub(crate) fn elements(&self) -> Vec<&Located> {
        match &self.value {
            Value::List(elements) => elements.iter().flat_map(Located::elements).collect(),
            _ => vec![self],
        }
    }
}

impl<'p> Program<'p> {
    /// What an expression is worth.
    pub(crate) fn value(&self, node: &Node<'p>, bindings: &Bindings) -> Located {
        self.fold(node, bindings, 0)
    }

    pub(super) fn fold(&self, node: &Node<'p>, bindings: &Bindings, depth: usize) -> Located {
        let span = self.span(&node.location());
        let computed = Located::new(Value::Computed, span);
        if depth > MAX_DEPTH || self.budget.get() == 0 {
            return computed;
        }
        self.budget.set(self.budget.get() - 1);
        if let Some(node) = node.as_string_node() {
            let text = String::from_utf8_lossy(node.unescaped()).into_owned();
            return Located::new(
                Value::Text(text),
                self.content(node.opening_loc().as_ref(), self.span(&node.content_loc())),
            );
        }
        if let Some(node) = node.as_symbol_node() {
            let text = String::from_utf8_lossy(node.unescaped()).into_owned();
            return Located::new(Value::Symbol(text), span);
        }
        if let Some(node) = node.as_interpolated_string_node() {
            return self.parts(&node.parts(), node.opening_loc().as_ref(), node.closing_loc().as_ref(), span);
        }
        if let Some(node) = node.as_array_node() {
            return Located::new(self.list(&node.elements(), bindings, depth), span);
        }
        if let Some(node) = node.as_hash_node() {
            return Located::new(self.map(&node.elements(), bindings, depth), span);
        }
        if let Some(node) = node.as_keyword_hash_node() {
            return Located::new(self.map(&node.elements(), bindings, depth), span);
        }
        if let Some(name) = read_name(node) {
            return self.variable(&name, span, bindings, depth);
        }
        if let Some(node) = node.as_call_node() {
            return self.call(&node, span, bindings, depth).unwrap_or(computed);
        }
        if let Some(node) = node.as_implicit_node() {
            return self.fold(&node.value(), bindings, depth + 1);
        }
        if let Some(node) = node.as_splat_node() {
            return node.expression().map_or(computed, |inner| self.fold(&inner, bindings, depth + 1));
        }
        if let Some(node) = node.as_parentheses_node() {
            let body = node.body().and_then(|body| body.as_statements_node());
            return match body.map(|body| body.body()) {
                Some(body) if body.len() == 1 => {
                    body.first().map_or(computed, |only| self.fold(&only, bindings, depth + 1))
                }
                _ => computed,
            };
        }
        let value = match node {
            Node::NilNode { .. } => Value::Nil,
            Node::TrueNode { .. } => Value::Flag(true),
            Node::FalseNode { .. } => Value::Flag(false),
            Node::IntegerNode { .. } | Node::FloatNode { .. } => number(self.slice(span)),
            _ => Value::Computed,
        };
        Located::new(value, span)
    }

    fn is_heredoc(&self, opening: &Location<'p>) -> bool {
        self.slice(self.span(opening)).starts_with("<<")
    }

    /// The place of a string's content; that of a heredoc without the white space around it.
    fn content(&self, opening: Option<&Location<'p>>, span: Span) -> Span {
        if !opening.is_some_and(|opening| self.is_heredoc(opening)) {
            return span;
        }
        let text = self.slice(span);
        let start = span.start + text.len() - text.trim_start().len();
        Span::new(start, start + text.trim().len())
    }

    /// A string in several parts: literals side by side or lines of a heredoc; with an interpolation it is not known.
    fn parts(
        &self,
        parts: &NodeList<'p>,
        opening: Option<&Location<'p>>,
        closing: Option<&Location<'p>>,
        span: Span,
    ) -> Located {
        let mut text = String::new();
        let mut place: Option<Span> = None;
        for part in parts {
            let Some(part) = part.as_string_node() else {
                let inner = match (opening, closing) {
                    (Some(opening), Some(closing)) if !self.is_heredoc(opening) => {
                        Span::new(self.span(opening).end, self.span(closing).start)
                    }
                    _ => span,
                };
                return Located::new(Value::Computed, inner);
            };
            text.push_str(&String::from_utf8_lossy(part.unescaped()));
            let at = self.span(&part.content_loc());
            place = Some(place.map_or(at, |place| place.to(at)));
        }
        Located::new(Value::Text(text), self.content(opening, place.unwrap_or(span)))
    }

    fn list(&self, nodes: &NodeList<'p>, bindings: &Bindings, depth: usize) -> Value {
        let mut elements = Vec::new();
        for node in nodes {
            let element = self.fold(&node, bindings, depth + 1);
            match element.value {
                Value::List(inner) if node.as_splat_node().is_some() => elements.extend(inner),
                _ => elements.push(element),
            }
        }
        Value::List(elements)
    }

    fn map(&self, nodes: &NodeList<'p>, bindings: &Bindings, depth: usize) -> Value {
        let mut pairs = Vec::new();
        for node in nodes {
            if let Some(pair) = node.as_assoc_node() {
                let key = self.fold(&pair.key(), bindings, depth + 1);
                let value = self.fold(&pair.value(), bindings, depth + 1);
                pairs.push((key.word().is_some().then_some(key), value));
                continue;
            }
            let splat = node.as_assoc_splat_node().and_then(|splat| splat.value());
            match splat.map(|splat| self.fold(&splat, bindings, depth + 1)) {
                Some(Located { value: Value::Map(inner), .. }) => pairs.extend(inner),
                _ => pairs.push((None, Located::new(Value::Computed, self.span(&node.location())))),
            }
        }
        Value::Map(pairs)
    }

    fn variable(&self, name: &str, at: Span, bindings: &Bindings, depth: usize) -> Located {
        if let Some(bound) = bindings.get(name) {
            return bound.clone();
        }
        let Some(variable) = self.variables.get(name, at.start) else { return Located::new(Value::Computed, at) };
        let value = self.fold(&variable.value, bindings, depth + 1);
        if value.value == Value::Computed {
            return Located::new(Value::Computed, at);
        }
        Located { variable: Some((name.to_owned(), at)), ..value }
    }

    /// The few calls that are known: methods that give their receiver, `+`, requirement objects, and patterns of `Dir`.
    fn call(&self, node: &CallNode<'p>, span: Span, bindings: &Bindings, depth: usize) -> Option<Located> {
        let method = name(&node.name());
        let receiver = node.receiver()?;
        if node.block().is_some() {
            return None;
        }
        let arguments = node.arguments().map(|arguments| arguments.arguments());
        if IDENTITY.contains(&method.as_str()) && arguments.is_none() {
            let mut value = self.fold(&receiver, bindings, depth + 1);
            if let (Value::Text(text), "strip" | "chomp") = (&mut value.value, method.as_str()) {
                *text = text.trim().to_owned();
            }
            return Some(value);
        }
        if ORDER.contains(&method.as_str()) && arguments.is_none() {
            let value = self.fold(&receiver, bindings, depth + 1);
            let is_of_paths = matches!(&value.value, Value::List(elements) if elements.iter().all(Located::is_paths));
            return is_of_paths.then_some(value);
        }
        if let Some(paths) = self.paths(node, bindings, depth) {
            return Some(paths);
        }
        let arguments = arguments?;
        let receiver_text = self.slice(self.span(&receiver.location()));
        if receiver_text.trim_start_matches("::") == "Gem::Requirement" && matches!(method.as_str(), "new" | "create") {
            // It is turned into text again where it is used, so that several clauses become one string.
            let list = Located::new(self.list(&arguments, bindings, depth), span);
            let strings = list.elements();
            let words: Vec<&str> = strings.iter().map(|string| string.word()).collect::<Option<_>>()?;
            let place = strings.iter().map(|string| string.place()).reduce(Span::to).unwrap_or(span);
            return Some(Located::new(Value::Text(words.join(", ")), place));
        }
        if method != "+" || arguments.len() != 1 {
            return None;
        }
        let left = self.fold(&receiver, bindings, depth + 1);
        let right = self.fold(&arguments.first()?, bindings, depth + 1);
        let place = left.place().to(right.place());
        let value = match (left.value, right.value) {
            (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
            (Value::List(left), Value::List(right)) => Value::List([left, right].concat()),
            _ => return None,
        };
        Some(Located::new(value, place))
    }

    /// What `Dir` finds, whether a block takes it or not: a list that has an element for each pattern.
    pub(super) fn paths(&self, node: &CallNode<'p>, bindings: &Bindings, depth: usize) -> Option<Located> {
        let span = self.span(&node.location());
        let patterns = self.patterns(node, bindings, depth)?;
        let each = patterns.into_iter().map(|pattern| Located::new(Value::Paths(pattern), span));
        Some(Located::new(Value::List(each.collect()), span))
    }
}

/// A number as Ruby prints it, which is what becomes of it in a requirement: 4.10 is 4.1.
fn number(text: &str) -> Value {
    let digits = text.replace('_', "");
    match digits.parse::<f64>() {
        Ok(float) if digits.contains('.') && (1e-4..1e15).contains(&float) => Value::Text(format!("{float:?}")),
        Ok(_) if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') => Value::Text(digits),
        _ => Value::Computed,
    }
}
