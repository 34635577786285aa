//! What calls are worth: the methods of texts, lists and dictionaries, and the functions of the same source.
//!
//! Of any other function only its arguments are known.

use super::values::{each, find, mentions, merge, pairs};
use super::{Evaluator, Item, Use, Value, fill, split_text};
use crate::ecosystem::pypi::python_module::{Expression, Parameter, split};
use crate::ecosystem::pypi::spliced::Spliced;
use crate::source::Span;

impl<'a> Evaluator<'a> {
    /// `.name` or `.name(…)` behind a value, and the token behind that.
    pub(super) fn attribute(&self, value: Value, dot: usize, end: usize, at: Use) -> (Value, usize) {
        let tokens = self.tokens;
        let name = tokens.name(dot + 1).unwrap_or_default();
        let open = dot + 2;
        if open >= end || !tokens.is_operator(open, "(") {
            return (Value::Unknown, open.min(end));
        }
        let arguments = self.inside(open, end);
        (self.method(value, name, arguments, at), self.behind(open, end))
    }

    pub(super) fn method(&self, value: Value, name: &str, arguments: Expression, at: Use) -> Value {
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
            ("items" | "iteritems", Value::Dict(entries)) => Value::Pairs(entries),
            ("keys", dict @ Value::Dict(_)) => Value::List(each(dict)),
            ("values" | "itervalues", Value::Dict(entries)) => {
                Value::List(entries.into_iter().map(|(_, item)| item).collect())
            }
            ("get" | "pop" | "setdefault", dict @ Value::Dict(_)) => {
                let mut parts = split(tokens, &arguments, ",");
                let found = parts.next().map_or(Value::Unknown, |key| self.item(&dict, key, at));
                match (found, parts.next()) {
                    (Value::Unknown, Some(default)) => self.expression(default, at),
                    (found, _) => found,
                }
            }
            ("deepcopy" | "copy", Value::Unknown) if !arguments.is_empty() => self.call("copy", arguments, at),
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
    pub(super) fn format(&self, format: &Spliced, arguments: &Expression, at: Use) -> Value {
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

    pub(super) fn call(&self, name: &str, arguments: Expression, at: Use) -> Value {
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
            "str" | "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "copy" | "deepcopy"
                if !self.module.returns.contains_key(name) =>
            {
                if let Some(first) = split(tokens, &arguments, ",").next() {
                    return self.expression(first, at);
                }
                return Value::List(Vec::new());
            }
            _ => {}
        }
        let known = self.module.returns.get_key_value(name);
        let Some((name, returns)) = known.filter(|(name, _)| !self.calling.borrow().contains(&name.as_str())) else {
            return self.unknown_call(arguments, at);
        };
        let time = if at.scope == 0 { at.position } else { at.time };
        let bound = self.parameters(name, &arguments, at);
        let hidden = self.visible.get();
        let before = self.take(bound);
        self.visible.set(before);
        self.calling.borrow_mut().push(name);
        let values = returns.iter().map(|returned| self.in_turns(returned, time, at.depth + 1)).collect();
        self.calling.borrow_mut().pop();
        self.taken.borrow_mut().truncate(before);
        self.visible.set(hidden);
        match merge(values) {
            Value::Unknown => self.unknown_call(arguments, at),
            value => value,
        }
    }

    /// What a call gives the parameters of a function.
    fn parameters(&self, function: &str, arguments: &Expression, at: Use) -> Vec<(&'a str, Option<Value>)> {
        let tokens = self.tokens;
        let module = self.module;
        let parameters = module.parameters.get(function).map_or(&[][..], Vec::as_slice);
        let mut bound: Vec<(&'a str, Option<Value>)> = Vec::new();
        let mut next = 0;
        let mut rest: Vec<Item> = Vec::new();
        for argument in split(tokens, arguments, ",") {
            if tokens.is_operator(argument.start + 1, "=") {
                let name = tokens.word(argument.start);
                if let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) {
                    let value = self.expression(argument.start + 2..argument.end, at);
                    bound.push((&parameter.name, Some(value)));
                }
                continue;
            }
            let value = self.expression(argument.clone(), at);
            if tokens.word(argument.start).starts_with('*') {
                // How many parameters that is for is not known.
                rest.push(Item::new(value));
                next = parameters.iter().position(|parameter| parameter.takes_rest).unwrap_or(parameters.len());
                continue;
            }
            match parameters.get(next) {
                Some(Parameter { name, takes_rest: false, .. }) => {
                    bound.push((name, Some(value)));
                    next += 1;
                }
                _ => rest.push(Item::new(value)),
            }
        }
        for parameter in parameters {
            if bound.iter().any(|(name, _)| *name == parameter.name) {
                continue;
            }
            if parameter.takes_rest {
                bound.push((&parameter.name, Some(Value::List(std::mem::take(&mut rest)))));
            } else if let Some(default) = &parameter.default {
                let inner = Use { scope: 0, position: default.start, time: usize::MAX, depth: at.depth + 1 };
                bound.push((&parameter.name, Some(self.expression(default.clone(), inner))));
            }
        }
        bound
    }

    /// What an unknown function was given.
    pub(super) fn unknown_call(&self, arguments: Expression, at: Use) -> Value {
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
}
