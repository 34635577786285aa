//! What an expression of a Python source is worth, as far as literals tell, without running it.
//!
//! Traps:
//! - A part that only running would tell is a hole in a text ([`HOLE`]) and nothing in a list, so that a version is never
//!   made up and the literals around it are kept.
//! - Both sides of `a if c else b` count, each under its condition.
//! - What is handed to an unknown function may come out in any form: its lists are taken as they are, its texts only as
//!   mentions.
//! - Expressions can name each other in circles and double at each step; depth and work are limited.

mod calls;
mod names;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use self::names::{Followed, MAX_NAMES, Turn};
pub use self::values::unpaired;
use self::values::{choice, each, find, mentions, merge};
use crate::ecosystem::pypi::python_module::{
    Expression, Module, Scope, join, outside_brackets, shown, split, top_level,
};
use crate::ecosystem::pypi::python_source::{Kind, Tokens, decode};
use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::source::Span;

/// How deep expressions are followed into each other.
const MAX_DEPTH: usize = 48;

/// How much work is done for one source, in tokens and bytes looked at.
const MAX_WORK: usize = 1_000_000;

/// What an expression is worth.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text, or a number.
    Text(Spliced),
    /// A text of which something unknown is made.
    Mention(Spliced),
    /// A text whose start is unknown, and so what it names.
    Made,
    /// The elements of a list, tuple or set.
    List(Vec<Item>),
    /// One of these.
    Choice(Vec<Item>),
    /// Values by key; a key that is no literal is `None`.
    Dict(Entries),
    /// Keys and values as pairs in a list.
    Pairs(Entries),
    /// Nothing that can be told.
    Unknown,
}

/// The entries of a dictionary.
type Entries = Vec<(Option<Spliced>, Item)>;

/// A value and the condition that it stands under.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// The condition, as written.
    pub condition: Option<String>,
}

impl Item {
    fn new(value: Value) -> Item {
        Item { value, condition: None }
    }

    fn under(mut self, condition: Option<&str>) -> Item {
        self.condition = join(condition, self.condition.as_deref());
        self
    }
}

/// Evaluates the expressions of one source.
pub struct Evaluator<'a> {
    tokens: &'a Tokens<'a>,
    module: &'a Module,
    work: Cell<usize>,
    /// The names that are being followed.
    following: RefCell<Vec<Followed>>,
    /// The first of those that kept a name from being followed any further since this was last asked.
    blocking: Cell<usize>,
    /// The functions that are being followed.
    calling: RefCell<Vec<&'a str>>,
    /// The names that the loops and calls around here bind, with their values where these are known.
    taken: RefCell<Vec<(&'a str, Option<Value>)>>,
    /// The first of those that can be seen from here.
    visible: Cell<usize>,
    /// What names of the module were found to be, by how many of their bindings had been made.
    known: RefCell<HashMap<(String, usize), Rc<Value>>>,
}

/// Where an expression is used: names bound behind it in its own scope do not count.
#[derive(Clone, Copy)]
struct Use {
    scope: Scope,
    position: usize,
    /// In a function: where the module was when it called it.
    time: usize,
    depth: usize,
}

impl<'a> Evaluator<'a> {
    /// An evaluator for a source.
    pub fn new(tokens: &'a Tokens<'a>, module: &'a Module) -> Evaluator<'a> {
        Evaluator {
            tokens,
            module,
            work: Cell::new(0),
            following: RefCell::default(),
            blocking: Cell::new(usize::MAX),
            calling: RefCell::default(),
            taken: RefCell::default(),
            visible: Cell::new(0),
            known: RefCell::default(),
        }
    }

    /// Whether expressions were left out because there was too much to do.
    pub fn is_exhausted(&self) -> bool {
        self.work.get() >= MAX_WORK
    }

    /// The value of an expression in a scope.
    pub fn value(&self, range: Expression, scope: Scope) -> Value {
        let position = range.start;
        self.expression(range, Use { scope, position, time: usize::MAX, depth: 0 })
    }

    /// Counts work; false if there was too much of it.
    fn spend(&self, amount: usize) -> bool {
        self.work.set(self.work.get().saturating_add(amount + 1));
        !self.is_exhausted()
    }

    fn expression(&self, range: Expression, at: Use) -> Value {
        let at = Use { depth: at.depth + 1, ..at };
        if range.is_empty() || !self.spend(range.len()) {
            return Value::Unknown;
        }
        if at.depth > MAX_DEPTH {
            self.blocking.set(0);
            return Value::Unknown;
        }
        let tokens = self.tokens;
        if top_level(tokens, &range, ",").next().is_some() {
            return self.list(&range, at);
        }
        let keyword =
            |word: &'static str| outside_brackets(tokens, &range).find(move |index| tokens.name(*index) == Some(word));
        if tokens.name(range.start) == Some("lambda") {
            return Value::Unknown;
        }
        if let Some(value) = self.conditional(&range, at) {
            return value;
        }
        for word in ["or", "and"] {
            if let Some(index) = keyword(word) {
                let sides = [range.start..index, index + 1..range.end];
                return choice(sides.into_iter().map(|side| Item::new(self.expression(side, at))).collect());
            }
        }
        let compares = |index: usize| {
            let is_word = matches!(tokens.name(index), Some("not" | "in" | "is"));
            is_word || ["==", "!=", "<", ">", "<=", ">=", "<>"].iter().any(|o| tokens.is_operator(index, o))
        };
        if outside_brackets(tokens, &range).any(compares) {
            return Value::Unknown;
        }
        self.arithmetic(range, at)
    }

    /// `a if c else b`: both, each under its condition.
    fn conditional(&self, range: &Expression, at: Use) -> Option<Value> {
        let tokens = self.tokens;
        let mut words = outside_brackets(tokens, range);
        let condition = words.find(|index| tokens.name(*index) == Some("if"))?;
        let otherwise = words.find(|index| tokens.name(*index) == Some("else"))?;
        let text = shown(tokens, &(condition + 1..otherwise));
        let then = Item::new(self.expression(range.start..condition, at)).under(Some(&format!("if {text}")));
        let other = Item::new(self.expression(otherwise + 1..range.end, at)).under(Some(&format!("if not ({text})")));
        Some(choice(vec![then, other]))
    }

    fn arithmetic(&self, range: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        // What stands first is a sign or a star, or a bracket that encloses the rest.
        let binary = |index: &usize| *index > range.start;
        for operator in ["|", "+", "-"] {
            if !top_level(tokens, &range, operator).any(|index| binary(&index)) {
                continue;
            }
            let whole = range.clone();
            let mut operands = split(tokens, &whole, operator);
            if operator == "-" {
                return operands.next().map_or(Value::Unknown, |first| self.expression(first, at));
            }
            let operands = operands.map(|operand| (self.expression(operand.clone(), at), operand));
            return self.sum(operands.collect());
        }
        let products = ["%", "*", "/", "//", "@"];
        let last = outside_brackets(tokens, &range)
            .filter(binary)
            .filter(|index| products.iter().any(|operator| tokens.is_operator(*index, operator)))
            .last();
        let Some(last) = last else { return self.unary(range, at) };
        let left = self.expression(range.start..last, at);
        let right = last + 1..range.end;
        match tokens.word(last) {
            "%" => self.percent(left, right, at),
            "*" => match left {
                elements @ Value::List(_) => elements,
                _ => match self.expression(right, at) {
                    elements @ Value::List(_) => elements,
                    _ => Value::Unknown,
                },
            },
            _ => Value::Unknown,
        }
    }

    /// The sum of texts, or of lists.
    fn sum(&self, operands: Vec<(Value, Expression)>) -> Value {
        let is_text = |value: &Value| matches!(value, Value::Text(_));
        let is_list = |value: &Value| matches!(value, Value::List(_) | Value::Dict(_));
        if operands.iter().any(|(value, _)| is_text(value)) && !operands.iter().any(|(value, _)| is_list(value)) {
            let mut text = Spliced::default();
            for (value, range) in &operands {
                match value {
                    Value::Text(part) => text.push_spliced(part),
                    _ => text.push_escaped(&HOLE.to_string(), self.tokens.span(range.start, range.end)),
                }
            }
            return self.text(text, operands.into_iter().map(|(value, _)| value).collect());
        }
        merge(operands.into_iter().map(|(value, _)| Item::new(value)).collect())
    }

    /// A text made of values. Where it starts with something unknown, what that may be is mentioned instead.
    fn text(&self, text: Spliced, values: Vec<Value>) -> Value {
        if !self.spend(text.text().len()) {
            return Value::Unknown;
        }
        if !text.text().starts_with(HOLE) {
            return Value::Text(text);
        }
        let unknown = values.into_iter().filter(|value| !matches!(value, Value::Text(_)));
        // What is in a list is not there as it stands either.
        let items = mentions(mentions(unknown.map(Item::new).collect()));
        if items.is_empty() { Value::Made } else { Value::Choice(items) }
    }

    /// `text % values` (Library Reference, "printf-style String Formatting").
    fn percent(&self, left: Value, right: Expression, at: Use) -> Value {
        let Value::Text(format) = left else { return Value::Unknown };
        let values = self.expression(right.clone(), at);
        let mut positional = match &values {
            Value::List(items) => items.iter().map(|item| item.value.clone()).collect::<Vec<_>>().into_iter(),
            other => vec![other.clone()].into_iter(),
        };
        let mut text = Spliced::default();
        let mut rest = 0;
        let source = format.text();
        while let Some(percent) = source[rest..].find('%').map(|index| rest + index) {
            text.push_spliced(&format.part(Span::new(rest, percent)));
            let (name, length) = directive(&source[percent..]);
            let place = Span::new(percent, percent + length);
            rest = place.end;
            if source[place.start..place.end].ends_with('%') {
                text.push_spliced(&format.part(Span::new(percent, percent + 1)));
                continue;
            }
            let value = match (name, &values) {
                (Some(name), Value::Dict(entries)) => find(entries, name),
                (Some(_), _) => None,
                (None, _) => positional.next(),
            };
            fill(&mut text, value, &format, place);
        }
        text.push_spliced(&format.part(Span::new(rest, source.len())));
        match values {
            Value::List(items) => self.text(text, items.into_iter().map(|item| item.value).collect()),
            value => self.text(text, vec![value]),
        }
    }

    fn unary(&self, range: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        if ["*", "**"].iter().any(|star| tokens.is_operator(range.start, star)) {
            return self.expression(range.start + 1..range.end, at);
        }
        let Some(token) = tokens.list.get(range.start) else { return Value::Unknown };
        let mut next = range.start + 1;
        let mut value = match token.kind {
            Kind::Text(_) => {
                let mut text = Spliced::default();
                let mut unknown = Vec::new();
                let mut closed = true;
                next = range.start;
                while let Some(Kind::Text(quoted)) = tokens.list.get(next).filter(|_| next < range.end).map(|t| t.kind)
                {
                    let part = decode(tokens.text, quoted, |name| match self.field(name, at) {
                        Value::Text(known) => Some(known.inserted()),
                        value => {
                            unknown.push(value);
                            None
                        }
                    });
                    text.push_spliced(&part);
                    next += 1;
                    closed = quoted.closed;
                    if !closed {
                        // Nobody knows where it was meant to end.
                        text.push_escaped(&HOLE.to_string(), Span::new(quoted.body.end, quoted.body.end));
                        break;
                    }
                }
                let value = self.text(text, unknown);
                if !closed {
                    return value;
                }
                value
            }
            Kind::Number => {
                let mut text = Spliced::default();
                text.push(tokens.word(range.start), token.span.start);
                Value::Text(text)
            }
            Kind::Name => match tokens.word(range.start) {
                "await" | "yield" => return Value::Unknown,
                name if tokens.is_operator(next, "(") && next < range.end => {
                    let arguments = self.inside(next, range.end);
                    next = self.behind(next, range.end);
                    self.call(name, arguments, at)
                }
                name if tokens.is_operator(next, "[") && next < range.end => {
                    let key = self.inside(next, range.end);
                    next = self.behind(next, range.end);
                    self.item(&self.shared(name, at), key, at)
                }
                name => self.name(name, at),
            },
            Kind::Operator => match tokens.word(range.start) {
                "(" | "[" | "{" => {
                    next = self.behind(range.start, range.end);
                    self.group(range.start, self.inside(range.start, range.end), at)
                }
                _ => return Value::Unknown,
            },
            Kind::LineEnd => return Value::Unknown,
        };
        while next < range.end {
            (value, next) = match tokens.word(next) {
                "." => self.attribute(value, next, range.end, at),
                "[" => (self.item(&value, self.inside(next, range.end), at), self.behind(next, range.end)),
                "(" => (self.unknown_call(self.inside(next, range.end), at), self.behind(next, range.end)),
                _ => return Value::Unknown,
            };
        }
        value
    }

    /// What is in the bracket that opens at a token.
    fn inside(&self, open: usize, end: usize) -> Expression {
        (open + 1).min(end)..self.tokens.closing[open].min(end)
    }

    /// The token behind the bracket that opens at a token.
    fn behind(&self, open: usize, end: usize) -> usize {
        (self.tokens.closing[open] + 1).min(end)
    }

    fn group(&self, open: usize, inside: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let mut words = outside_brackets(tokens, &inside);
        if let Some(comprehension) = words.find(|index| tokens.name(*index) == Some("for")) {
            return self.comprehension(inside.start..comprehension, comprehension..inside.end, at);
        }
        let bracket = tokens.word(open);
        if bracket == "{" {
            let first = split(tokens, &inside, ",").next().unwrap_or(inside.clone());
            let is_dict = tokens.is_operator(first.start, "**") || top_level(tokens, &first, ":").next().is_some();
            if is_dict || inside.is_empty() {
                return self.dict(&inside, at);
            }
        }
        if bracket == "(" && !inside.is_empty() && top_level(tokens, &inside, ",").next().is_none() {
            return self.expression(inside, at);
        }
        self.list(&inside, at)
    }

    /// Elements between commas.
    fn list(&self, inside: &Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let mut items = Vec::new();
        for element in split(tokens, inside, ",") {
            let unpacks = tokens.is_operator(element.start, "*");
            match self.expression(element, at) {
                Value::List(elements) if unpacks => items.extend(elements),
                value => items.push(Item::new(value)),
            }
        }
        Value::List(items)
    }

    fn dict(&self, inside: &Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let mut entries = Vec::new();
        for entry in split(tokens, inside, ",") {
            if tokens.is_operator(entry.start, "**") {
                if let Value::Dict(more) = self.expression(entry.start + 1..entry.end, at) {
                    entries.extend(more);
                }
            } else if let Some(colon) = top_level(tokens, &entry, ":").next() {
                let key = self.key(entry.start..colon, at);
                entries.push((key, Item::new(self.expression(colon + 1..entry.end, at))));
            }
        }
        Value::Dict(entries)
    }

    /// The text of a key, if it is known.
    fn key(&self, range: Expression, at: Use) -> Option<Spliced> {
        match self.expression(range, at) {
            Value::Text(text) if !text.text().contains(HOLE) => Some(text),
            _ => None,
        }
    }

    /// The name of a keyword argument.
    fn keyword(&self, index: usize) -> Spliced {
        let mut text = Spliced::default();
        text.push(self.tokens.word(index), self.tokens.span(index, index + 1).start);
        text
    }

    /// `element for names in values …`: the values, if the element is one of them, perhaps without blanks; else what of
    /// the element and the values can be told.
    fn comprehension(&self, element: Expression, rest: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let Some(word) = outside_brackets(tokens, &rest).find(|index| tokens.name(*index) == Some("in")) else {
            return Value::Unknown;
        };
        let ends = |index: &usize| matches!(tokens.name(*index), Some("if" | "for" | "async"));
        let end = outside_brackets(tokens, &(word + 1..rest.end)).find(ends).unwrap_or(rest.end);
        let values = self.expression(word + 1..end, at);
        let is_name = tokens.name(element.start) == tokens.name(rest.start + 1) && word == rest.start + 2;
        let strips =
            element.len() == 5 && matches!(tokens.name(element.start + 2), Some("strip" | "rstrip" | "lstrip"));
        if is_name && (element.len() == 1 || strips) {
            return values;
        }
        let clause = tokens.name(end).unwrap_or_default();
        let is_single = clause.is_empty() || clause == "if";
        if is_single && let Some(turns) = self.turns(rest.start + 1..word, word + 1..end, at) {
            let filter = (clause == "if").then(|| format!("if {}", shown(tokens, &(end + 1..rest.end))));
            return self.unrolled(&element, turns, filter.as_deref(), at);
        }
        let names = (rest.start..word).take(MAX_NAMES).filter_map(|index| Some((tokens.name(index)?, None)));
        let before = self.take(names.collect());
        // The keys of a dictionary, such as the names of extras, are no requirements.
        let colon = top_level(tokens, &element, ":").next();
        let value = self.expression(colon.map_or(element.start, |colon| colon + 1)..element.end, at);
        self.taken.borrow_mut().truncate(before);
        if colon.is_some() {
            return Value::Dict(vec![(None, Item::new(value))]);
        }
        match value {
            // It names what the loop takes out of the values.
            Value::Made | Value::Unknown => choice(mentions(each(values))),
            value => Value::List(vec![Item::new(value)]),
        }
    }

    /// What the element of a comprehension is in each turn.
    fn unrolled(&self, element: &Expression, turns: Vec<Turn<'a>>, filter: Option<&str>, at: Use) -> Value {
        let colon = top_level(self.tokens, element, ":").next();
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for Turn { bound, condition } in turns {
            // Where running would tell what is made of them, they are there all the same; values behind keys are versions.
            let first = bound.first().and_then(|(_, value)| value.clone());
            let before = self.take(bound);
            let key = colon.and_then(|colon| self.key(element.start..colon, at));
            let value = self.expression(colon.map_or(element.start, |colon| colon + 1)..element.end, at);
            self.taken.borrow_mut().truncate(before);
            let value = match value {
                Value::Made | Value::Unknown => choice(mentions(first.map(Item::new).into_iter().collect())),
                value => value,
            };
            let item = Item { value, condition }.under(filter);
            if colon.is_some() {
                entries.push((key, item));
            } else {
                items.push(item);
            }
        }
        if colon.is_some() { Value::Dict(entries) } else { Value::List(items) }
    }

    /// The value of a name in braces.
    fn field(&self, name: &str, at: Use) -> Value {
        self.name(name, Use { depth: at.depth + 1, ..at })
    }

    /// `value[key]`.
    fn item(&self, value: &Value, key: Expression, at: Use) -> Value {
        match value {
            Value::Dict(entries) => {
                let Some(key) = self.key(key, at) else { return Value::Unknown };
                let is_key = |name: &Option<Spliced>| name.as_ref().is_some_and(|name| name.text() == key.text());
                let found = entries.iter().filter(|(name, _)| is_key(name));
                let found: Vec<Item> = found.map(|(_, item)| item.clone()).collect();
                if found.is_empty() { Value::Unknown } else { merge(found) }
            }
            // A slice, or one element of which it is not known which.
            Value::List(_) if top_level(self.tokens, &key, ":").next().is_some() => value.clone(),
            _ => Value::Unknown,
        }
    }
}

/// Puts a value where a format has a field, or a hole if the value is no known text.
fn fill(text: &mut Spliced, value: Option<Value>, format: &Spliced, field: Span) {
    match value {
        Some(Value::Text(known)) => text.push_spliced(&known.inserted()),
        _ => text.push_escaped(&HOLE.to_string(), format.place(field)),
    }
}

/// The name in a `%` directive, if it has one, and the directive's length.
fn directive(text: &str) -> (Option<&str>, usize) {
    let mut at = 1;
    let mut name = None;
    if text[at..].starts_with('(')
        && let Some(length) = text.find(')')
    {
        name = Some(&text[2..length]);
        at = length + 1;
    }
    let flags = |c: char| matches!(c, '#' | '0'..='9' | '-' | ' ' | '+' | '.' | '*');
    at += text[at..].len() - text[at..].trim_start_matches(flags).len();
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    (name, at + length)
}

fn split_text(text: &Spliced, separator: Option<&str>) -> Value {
    let source = text.text();
    let parts: Vec<&str> = match separator {
        Some(separator) if !separator.is_empty() => source.split(separator).collect(),
        _ => source.split_whitespace().collect(),
    };
    let mut items = Vec::new();
    for part in parts {
        let start = part.as_ptr() as usize - source.as_ptr() as usize;
        items.push(Item::new(Value::Text(text.part(Span::new(start, start + part.len())))));
    }
    Value::List(items)
}
