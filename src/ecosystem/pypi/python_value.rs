//! What an expression of a Python source is worth, as far as literals tell, without running it.
//!
//! Traps:
//! - A part that only running would tell is a hole in a text ([`HOLE`]) and nothing in a list, so that a version is never
//!   made up and the literals around it are kept.
//! - Both sides of `a if c else b` count, each under its condition.
//! - What is handed to an unknown function may come out in any form: its lists are taken as they are, its texts only as
//!   mentions.
//! - Expressions can name each other in circles and double at each step; depth and work are limited.

use std::cell::{Cell, RefCell};

use crate::ecosystem::pypi::python_module::{
    Binding, Change, Expression, Module, Scope, join, outside_brackets, shown, split, top_level,
};
use crate::ecosystem::pypi::python_source::{Kind, Tokens, decode};
use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::source::Span;

/// How deep expressions are followed into each other.
const MAX_DEPTH: usize = 48;

/// How much work is done for one source, in tokens and bytes looked at.
const MAX_WORK: usize = 400_000;

/// How many names of a comprehension are looked at.
const MAX_NAMES: usize = 16;

/// How many turns of a comprehension are followed.
const MAX_TURNS: usize = 500;

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
    Dict(Vec<(Option<Spliced>, Item)>),
    /// Nothing that can be told.
    Unknown,
}

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

/// A turn of a loop: what its names are, and the condition under which there is one.
struct Turn<'a> {
    bound: Vec<(&'a str, Option<Value>)>,
    condition: Option<String>,
}

/// Evaluates the expressions of one source.
pub struct Evaluator<'a> {
    tokens: &'a Tokens<'a>,
    module: &'a Module,
    work: Cell<usize>,
    /// The names that are being followed.
    following: RefCell<Vec<(Scope, String)>>,
    /// The names that the comprehensions around here bind, with their values where these are known.
    taken: RefCell<Vec<(&'a str, Option<Value>)>>,
}

/// Where an expression is used: names bound behind it in its own scope do not count.
#[derive(Clone, Copy)]
struct Use {
    scope: Scope,
    position: usize,
    depth: usize,
}

impl<'a> Evaluator<'a> {
    /// An evaluator for a source.
    pub fn new(tokens: &'a Tokens<'a>, module: &'a Module) -> Evaluator<'a> {
        Evaluator { tokens, module, work: Cell::new(0), following: RefCell::default(), taken: RefCell::default() }
    }

    /// Whether expressions were left out because there was too much to do.
    pub fn is_exhausted(&self) -> bool {
        self.work.get() >= MAX_WORK
    }

    /// The value of an expression in a scope.
    pub fn value(&self, range: Expression, scope: Scope) -> Value {
        let position = range.start;
        self.expression(range, Use { scope, position, depth: 0 })
    }

    /// Counts work; false if there was too much of it.
    fn spend(&self, amount: usize) -> bool {
        self.work.set(self.work.get().saturating_add(amount + 1));
        !self.is_exhausted()
    }

    fn expression(&self, range: Expression, at: Use) -> Value {
        let at = Use { depth: at.depth + 1, ..at };
        if range.is_empty() || at.depth > MAX_DEPTH || !self.spend(range.len()) {
            return Value::Unknown;
        }
        let tokens = self.tokens;
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
                "[" => (self.item(value, self.inside(next, range.end), at), self.behind(next, range.end)),
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
        let mut items = Vec::new();
        for element in split(tokens, &inside, ",") {
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
        let before = self.taken.borrow().len();
        self.taken.borrow_mut().extend(names);
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

    /// What the names of a loop are in each of its turns, if the values are known.
    fn turns(&self, targets: Expression, values: Expression, at: Use) -> Option<Vec<Turn<'a>>> {
        let tokens = self.tokens;
        let mut names = Vec::new();
        for index in targets {
            match tokens.name(index) {
                Some(name) => names.push(name),
                None if ["(", ")", ","].iter().any(|mark| tokens.is_operator(index, mark)) => {}
                None => return None,
            }
        }
        let is_items = |dot: &usize| {
            *dot > values.start
                && tokens.is_operator(*dot, ".")
                && matches!(tokens.name(dot + 1), Some("items" | "iteritems"))
                && tokens.is_operator(dot + 2, "(")
                && tokens.is_operator(dot + 3, ")")
        };
        let turn = |values: Vec<Value>, condition| {
            let bound = names.iter().copied().zip(values.into_iter().map(Some)).collect();
            Turn { bound, condition }
        };
        let elements = match values.end.checked_sub(4).filter(is_items) {
            Some(dot) => {
                let Value::Dict(entries) = self.expression(values.start..dot, at) else { return None };
                let known = entries.into_iter().filter_map(|(key, item)| Some((Value::Text(key?), item)));
                let pairs = known.map(|(key, item)| Item {
                    value: Value::List(vec![Item::new(key), Item::new(item.value)]),
                    condition: item.condition,
                });
                pairs.collect()
            }
            None => match self.expression(values, at) {
                Value::List(items) => items,
                dict @ Value::Dict(_) => each(dict),
                _ => return None,
            },
        };
        if elements.is_empty() || elements.len() > MAX_TURNS || names.is_empty() || names.len() > MAX_NAMES {
            return None;
        }
        let turns = elements.into_iter().map(|Item { value, condition }| match value {
            value if names.len() == 1 => Some(turn(vec![value], condition)),
            Value::List(parts) if parts.len() == names.len() => {
                Some(turn(parts.into_iter().map(|part| part.value).collect(), condition))
            }
            _ => None,
        });
        turns.collect()
    }

    /// What the element of a comprehension is in each turn.
    fn unrolled(&self, element: &Expression, turns: Vec<Turn<'a>>, filter: Option<&str>, at: Use) -> Value {
        let colon = top_level(self.tokens, element, ":").next();
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for Turn { bound, condition } in turns {
            // Where running would tell what is made of them, they are there all the same; values behind keys are versions.
            let first = bound.first().and_then(|(_, value)| value.clone());
            let before = self.taken.borrow().len();
            self.taken.borrow_mut().extend(bound);
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

    /// `.name` or `.name(…)` behind a value, and the token behind that.
    fn attribute(&self, value: Value, dot: usize, end: usize, at: Use) -> (Value, usize) {
        let tokens = self.tokens;
        let name = tokens.name(dot + 1).unwrap_or_default();
        let open = dot + 2;
        if open >= end || !tokens.is_operator(open, "(") {
            return (Value::Unknown, open.min(end));
        }
        let arguments = self.inside(open, end);
        (self.method(value, name, arguments, at), self.behind(open, end))
    }

    fn method(&self, value: Value, name: &str, arguments: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        match (name, value) {
            ("format", Value::Text(text)) => self.format(&text, &arguments, at),
            ("strip" | "lstrip" | "rstrip", Value::Text(text)) => Value::Text(text.trimmed()),
            ("lower" | "encode" | "decode" | "expandtabs", text @ Value::Text(_)) => text,
            ("split" | "splitlines" | "rsplit", Value::Text(text)) => {
                let separator = split(tokens, &arguments, ",").next();
                let separator = separator.and_then(|range| self.key(range, at));
                let separator = separator.as_ref().map(Spliced::text);
                split_text(&text, if name == "splitlines" { Some("\n") } else { separator })
            }
            ("join", Value::Text(_)) => match self.expression(arguments, at) {
                list @ Value::List(_) => list,
                _ => Value::Unknown,
            },
            ("items" | "iteritems", dict @ Value::Dict(_)) => choice(mentions(each(dict))),
            ("keys", dict @ Value::Dict(_)) => Value::List(each(dict)),
            ("values" | "itervalues", Value::Dict(entries)) => {
                Value::List(entries.into_iter().map(|(_, item)| item).collect())
            }
            ("get" | "pop" | "setdefault", dict @ Value::Dict(_)) => {
                let mut parts = split(tokens, &arguments, ",");
                let found = parts.next().map_or(Value::Unknown, |key| self.item(dict, key, at));
                match (found, parts.next()) {
                    (Value::Unknown, Some(default)) => self.expression(default, at),
                    (found, _) => found,
                }
            }
            ("copy", value) => value,
            ("union", value @ Value::List(_)) => {
                let mut all = vec![Item::new(value)];
                all.extend(split(tokens, &arguments, ",").map(|argument| Item::new(self.expression(argument, at))));
                merge(all)
            }
            (_, _) => self.unknown_call(arguments, at),
        }
    }

    /// `text.format(values)` (Library Reference, "Format String Syntax").
    fn format(&self, format: &Spliced, arguments: &Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let mut positional: Vec<Value> = Vec::new();
        let mut named: Vec<(Option<Spliced>, Item)> = Vec::new();
        let mut all_names = false;
        for argument in split(tokens, arguments, ",") {
            if tokens.is_operator(argument.start, "**") {
                let word = tokens.name(argument.start + 1);
                all_names |= matches!(word, Some("locals" | "globals" | "vars"));
                if let Value::Dict(entries) = self.expression(argument.start + 1..argument.end, at) {
                    named.extend(entries);
                }
            } else if tokens.is_operator(argument.start + 1, "=") {
                let value = self.expression(argument.start + 2..argument.end, at);
                named.push((Some(self.keyword(argument.start)), Item::new(value)));
            } else if tokens.is_operator(argument.start, "*")
                && let Value::List(items) = self.expression(argument.clone(), at)
            {
                positional.extend(items.into_iter().map(|item| item.value));
            } else {
                positional.push(self.expression(argument, at));
            }
        }
        let source = format.text();
        let mut text = Spliced::default();
        let mut next = 0;
        let mut rest = 0;
        while let Some(brace) = source[rest..].find(['{', '}']).map(|index| rest + index) {
            text.push_spliced(&format.part(Span::new(rest, brace)));
            let tail = &source[brace..];
            if tail.starts_with("{{") || tail.starts_with("}}") || tail.starts_with('}') {
                text.push_spliced(&format.part(Span::new(brace, brace + 1)));
                rest = brace + if tail.starts_with("{{") || tail.starts_with("}}") { 2 } else { 1 };
                continue;
            }
            let length = tail.find('}').map_or(tail.len(), |index| index + 1);
            let field = tail[1..length].trim_end_matches('}');
            let value = if field.is_empty() {
                next += 1;
                positional.get(next - 1).cloned()
            } else if let Ok(index) = field.parse::<usize>() {
                positional.get(index).cloned()
            } else {
                find(&named, field).or_else(|| all_names.then(|| self.field(field, at)))
            };
            fill(&mut text, value, format, Span::new(brace, brace + length));
            rest = brace + length;
        }
        text.push_spliced(&format.part(Span::new(rest, source.len())));
        positional.extend(named.into_iter().map(|(_, item)| item.value));
        self.text(text, positional)
    }

    /// The value of a name in braces.
    fn field(&self, name: &str, at: Use) -> Value {
        self.name(name, Use { depth: at.depth + 1, ..at })
    }

    fn item(&self, value: Value, key: Expression, at: Use) -> Value {
        match value {
            Value::Dict(entries) => {
                let Some(key) = self.key(key, at) else { return Value::Unknown };
                let is_key = |name: &Option<Spliced>| name.as_ref().is_some_and(|name| name.text() == key.text());
                let found = entries.into_iter().filter(|(name, _)| is_key(name));
                let found: Vec<Item> = found.map(|(_, item)| item).collect();
                if found.is_empty() { Value::Unknown } else { merge(found) }
            }
            // A slice, or one element of which it is not known which.
            list @ Value::List(_) if top_level(self.tokens, &key, ":").next().is_some() => list,
            _ => Value::Unknown,
        }
    }

    fn call(&self, name: &str, arguments: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        match name {
            "dict" | "OrderedDict" | "defaultdict" => {
                let mut entries = Vec::new();
                for argument in split(tokens, &arguments, ",") {
                    if tokens.is_operator(argument.start + 1, "=") {
                        let value = self.expression(argument.start + 2..argument.end, at);
                        entries.push((Some(self.keyword(argument.start)), Item::new(value)));
                    } else {
                        entries.extend(pairs(self.expression(argument, at)));
                    }
                }
                return Value::Dict(entries);
            }
            "str" | "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" => {
                if let Some(first) = split(tokens, &arguments, ",").next() {
                    return self.expression(first, at);
                }
                return Value::List(Vec::new());
            }
            _ => {}
        }
        let Some(returns) = self.module.returns.get(name) else { return self.unknown_call(arguments, at) };
        let mut values = Vec::new();
        for (scope, range, condition) in returns {
            let inner = Use { scope: *scope, position: range.start, depth: at.depth + 1 };
            values.push(Item::new(self.expression(range.clone(), inner)).under(condition.as_deref()));
        }
        match merge(values) {
            Value::Unknown => self.unknown_call(arguments, at),
            value => value,
        }
    }

    /// What an unknown function was given.
    fn unknown_call(&self, arguments: Expression, at: Use) -> Value {
        let tokens = self.tokens;
        let mut given = Vec::new();
        for argument in split(tokens, &arguments, ",") {
            let named = tokens.name(argument.start).is_some() && tokens.is_operator(argument.start + 1, "=");
            let value = if named { argument.start + 2..argument.end } else { argument };
            given.push(Item::new(self.expression(value, at)));
        }
        let items = mentions(given);
        if items.is_empty() { Value::Unknown } else { Value::Choice(items) }
    }

    fn name(&self, name: &str, at: Use) -> Value {
        if let Some((_, value)) = self.taken.borrow().iter().rev().find(|(taken, _)| *taken == name) {
            return match value {
                Some(Value::Text(text)) => Value::Text(text.clone().inserted()),
                Some(value) if self.spend(0) => value.clone(),
                Some(_) | None => Value::Unknown,
            };
        }
        let (scope, bindings) = self.module.bindings(at.scope, name);
        let key = (scope, name.to_owned());
        if bindings.is_empty()
            || at.depth > MAX_DEPTH
            || self.following.borrow().contains(&key)
            || !self.spend(bindings.len())
        {
            return Value::Unknown;
        }
        // In one scope the source is run from top to bottom.
        let seen = |binding: &&Binding| scope != at.scope || binding.position < at.position;
        let bindings: Vec<&Binding> = bindings.iter().filter(seen).collect();
        let last = bindings.iter().rposition(|binding| binding.fresh);
        self.following.borrow_mut().push(key);
        let mut values = Vec::new();
        let mut single = true;
        for binding in &bindings[last.unwrap_or(0)..] {
            let value = self.bound(&binding.change, scope, at.depth);
            single &= matches!(binding.change, Change::Assign(_));
            values.push(Item::new(value).under(binding.condition.as_deref()));
        }
        self.following.borrow_mut().pop();
        if single && values.len() == 1 && values[0].condition.is_none() {
            return match values.remove(0).value {
                Value::Text(text) => Value::Text(text.inserted()),
                value => value,
            };
        }
        merge(values)
    }

    /// What a binding adds to its name.
    fn bound(&self, change: &Change, scope: Scope, depth: usize) -> Value {
        let value = |range: &Expression| self.expression(range.clone(), Use { scope, position: range.start, depth });
        let element = |range: &Expression| Value::List(vec![Item::new(value(range))]);
        let key = |range: &Expression| self.key(range.clone(), Use { scope, position: range.start, depth });
        match change {
            Change::Opaque => Value::Unknown,
            Change::Each(range) => choice(each(value(range))),
            Change::Assign(range) => value(range),
            Change::Extend(range) => {
                // `update(key=value)` as well.
                if self.tokens.is_operator(range.start + 1, "=") {
                    return self.call("dict", range.clone(), Use { scope, position: range.start, depth });
                }
                value(range)
            }
            Change::Append(range) => element(range),
            Change::SetItem(name, range) => Value::Dict(vec![(key(name), Item::new(value(range)))]),
            Change::AppendItem(name, range) => Value::Dict(vec![(key(name), Item::new(element(range)))]),
        }
    }
}

/// One value of several: lists and dictionaries grow together, texts are alternatives.
fn merge(values: Vec<Item>) -> Value {
    let is_dict = values.iter().any(|item| matches!(item.value, Value::Dict(_)));
    let is_list = values.iter().any(|item| matches!(item.value, Value::List(_)));
    if is_dict {
        let mut entries = Vec::new();
        for Item { value, condition } in values {
            if let Value::Dict(more) = value {
                entries.extend(more.into_iter().map(|(key, item)| (key, item.under(condition.as_deref()))));
            }
        }
        return Value::Dict(entries);
    }
    if is_list {
        let mut items = Vec::new();
        for Item { value, condition } in values {
            match value {
                Value::List(more) | Value::Choice(more) => {
                    items.extend(more.into_iter().map(|item| item.under(condition.as_deref())));
                }
                Value::Unknown | Value::Made => {}
                value => items.push(Item { value, condition }),
            }
        }
        return Value::List(items);
    }
    choice(values)
}

/// One of several values.
fn choice(values: Vec<Item>) -> Value {
    if values.iter().any(|item| matches!(item.value, Value::List(_) | Value::Dict(_))) {
        return merge(values);
    }
    if values.iter().all(|item| matches!(item.value, Value::Unknown | Value::Made)) {
        return Value::Unknown;
    }
    Value::Choice(values)
}

/// Values that an unknown function or loop turns into others: lists stay, of texts it is only known that they were there.
fn mentions(values: Vec<Item>) -> Vec<Item> {
    let mut items = Vec::new();
    for item in values {
        match item.value {
            Value::Text(text) => items.push(Item { value: Value::Mention(text), condition: item.condition }),
            Value::Unknown | Value::Made => {}
            Value::Dict(entries) => {
                items.extend(entries.into_iter().map(|(_, inner)| inner.under(item.condition.as_deref())));
            }
            Value::List(inner) | Value::Choice(inner) => {
                items.extend(inner.into_iter().map(|inner| inner.under(item.condition.as_deref())));
            }
            value @ Value::Mention(_) => items.push(Item { value, condition: item.condition }),
        }
    }
    items
}

/// What a loop takes out of a value; out of a dictionary its keys. Of lists in a list, which it takes apart, it is only
/// known what is in them.
fn each(value: Value) -> Vec<Item> {
    match value {
        Value::Dict(entries) => {
            let keys = entries.into_iter().filter_map(|(key, item)| Some((Value::Text(key?), item.condition)));
            keys.map(|(value, condition)| Item { value, condition }).collect()
        }
        Value::List(items) | Value::Choice(items) => {
            let mut taken = Vec::new();
            for item in items {
                match item.value {
                    Value::Text(_) => taken.push(item),
                    _ => taken.extend(mentions(mentions(vec![item]))),
                }
            }
            taken
        }
        Value::Text(_) | Value::Mention(_) | Value::Made | Value::Unknown => Vec::new(),
    }
}

fn find(entries: &[(Option<Spliced>, Item)], wanted: &str) -> Option<Value> {
    let entry = entries.iter().rfind(|(key, _)| key.as_ref().is_some_and(|key| key.text() == wanted));
    entry.map(|(_, item)| item.value.clone())
}

/// The entries of a dictionary, or of a list of pairs.
fn pairs(value: Value) -> Vec<(Option<Spliced>, Item)> {
    match value {
        Value::Dict(entries) => entries,
        Value::List(items) => {
            let mut entries = Vec::new();
            for item in items {
                if let Value::List(pair) = item.value
                    && let [key, value] = pair.as_slice()
                {
                    let key = match &key.value {
                        Value::Text(text) => Some(text.clone()),
                        _ => None,
                    };
                    entries.push((key, value.clone().under(item.condition.as_deref())));
                }
            }
            entries
        }
        _ => Vec::new(),
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
