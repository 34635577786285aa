//! Functions and closures whose body is one value, and what a call of one is worth: the body with the arguments in the place of
//! the parameters.
//!
//! - Kotlin: `fun f(a: String, b: String = "1") = "g:$a:$b"`, the same with `{ return … }`, `val f = { a: String -> … }`.
//! - Groovy: `def f(a, b = '1') { "g:$a:$b" }`, `String f(a) { return … }`, `ext.f = { a -> … }`.
//!
//! Traps:
//! - A name that is defined twice is no function here: which one a call means is left open.
//! - Of a function that is used in other ways than were followed the body still stands for something (`Functions::unfinished`).

use std::cell::Cell;
use std::collections::HashMap;

use super::template::{self, PartKind, Written};
use super::{Range, Script};
use crate::source::Span;

/// Longest body, in tokens.
const MAX_BODY: usize = 120;

/// Most tokens of the head of a closure, or between a function's name and its body.
const MAX_HEAD: usize = 40;

/// Most parameters.
const MAX_PARAMETERS: usize = 16;

/// The functions of a script by name; of those that are defined twice nothing.
pub struct Functions<'a> {
    by_name: HashMap<&'a str, Option<Function<'a>>>,
}

/// A function.
struct Function<'a> {
    /// Its parameters, with what they are when a call does not say.
    parameters: Vec<(&'a str, Option<Range>)>,
    body: Range,
    /// How often its name stands anywhere but where it is defined.
    uses: usize,
    /// How many calls were followed.
    followed: Cell<usize>,
}

/// A call with the function's body.
pub struct Call<'a> {
    /// The body, parameters and all.
    pub body: Written,
    arguments: Vec<(&'a str, Written)>,
}

impl<'a> Functions<'a> {
    /// Finds all functions.
    pub fn new(script: &Script<'a>) -> Functions<'a> {
        let mut functions = Functions { by_name: HashMap::new() };
        for index in 0..script.tokens.len() {
            if script.is_word(index)
                && let Some((parameters, body)) = definition(script, index)
            {
                let function = Function { parameters, body, uses: 0, followed: Cell::new(0) };
                let known = functions.by_name.entry(script.word(index));
                known.and_modify(|known| *known = None).or_insert(Some(function));
            }
        }
        if !functions.by_name.is_empty() {
            for index in 0..script.tokens.len() {
                let is_name = script.is_word(index);
                if let Some(Some(function)) = functions.by_name.get_mut(script.word(index)).filter(|_| is_name) {
                    function.uses += 1;
                }
            }
        }
        functions
    }

    /// What a call of a function stands for, if all arguments are given.
    pub fn call(&self, script: &Script<'a>, name: &str, arguments: Range) -> Option<Call<'a>> {
        let function = self.by_name.get(name)?.as_ref()?;
        let mut given: Vec<(&'a str, Written)> = Vec::new();
        for (position, part) in script.split(script.trimmed(arguments), ",").into_iter().enumerate() {
            let is_named = script.is_word(part.start) && script.is(part.start + 1, "=");
            let (name, value) = if is_named {
                (script.word(part.start), Range::new(part.start + 2, part.end))
            } else {
                (function.parameters.get(position)?.0, part)
            };
            let is_known = function.parameters.iter().any(|(known, _)| *known == name);
            if !is_known || script.is(value.start + 1, ":") || given.iter().any(|(known, _)| *known == name) {
                return None;
            }
            given.push((name, template::of_value(script, value)?));
        }
        for (name, default) in &function.parameters {
            if !given.iter().any(|(known, _)| known == name) {
                given.push((name, template::of_value(script, (*default)?)?));
            }
        }
        let body = template::of_value(script, function.body)?;
        Some(Call { body, arguments: given })
    }

    /// Notes that a call of a function was followed.
    pub fn follow(&self, name: &str) {
        if let Some(Some(function)) = self.by_name.get(name) {
            function.followed.set(function.followed.get() + 1);
        }
    }

    /// The bodies of functions of which only some uses were followed.
    pub fn unfinished(&self, script: &Script<'a>) -> Vec<Span> {
        let functions = self.by_name.values().flatten();
        let unfinished = functions.filter(|function| (1..function.uses - 1).contains(&function.followed.get()));
        unfinished.filter_map(|function| Some(template::of_value(script, function.body)?.span())).collect()
    }
}

impl Call<'_> {
    /// A part of the body with the arguments put in: what is an argument and nothing else stands where that stands.
    pub fn filled(&self, script: &Script<'_>, written: &Written) -> Written {
        let parts = template::parts(&written.text, script.dialect);
        let argument = |expression: &str| {
            let found = self.arguments.iter().find(|(name, _)| *name == expression.trim());
            found.map(|(_, argument)| argument)
        };
        let mut text = String::new();
        let mut place = None;
        for part in &parts {
            let inside = &written.text[part.span.start..part.span.end];
            match argument(inside).filter(|_| part.kind == PartKind::Expression) {
                Some(only) if parts.len() == 1 => return only.clone(),
                Some(argument) => {
                    text.push_str(&argument.text);
                    place.get_or_insert(argument.span());
                }
                None => text.push_str(&written.text[part.outer.start..part.outer.end]),
            }
        }
        match place {
            Some(place) => Written::whole(text, place),
            None => written.clone(),
        }
    }
}

type Definition<'a> = (Vec<(&'a str, Option<Range>)>, Range);

/// The function that is defined under the name at a token.
fn definition<'a>(script: &Script<'a>, name: usize) -> Option<Definition<'a>> {
    let end = script.tokens.len();
    if script.is(name + 1, "(") {
        let before = name.checked_sub(1).filter(|before| script.is_word(*before) || script.is(*before, "."))?;
        let line = (name.saturating_sub(MAX_HEAD)..name).rev().take_while(|index| !script.is_line_end(*index));
        let is_type = |index: usize| script.is_word(index) && script.word(index).starts_with(char::is_uppercase);
        let is_defined = line.into_iter().any(|index| matches!(script.word(index), "fun" | "def")) || is_type(before);
        let close = script.skip(name + 1, end);
        if !is_defined || (before > 0 && script.word(before) == "new") {
            return None;
        }
        let body = (close..end.min(close + MAX_HEAD))
            .take_while(|index| !script.is_line_end(*index) || script.is(index + 1, "{"))
            .find(|index| script.is(*index, "{") || script.is(*index, "="))?;
        let parameters = parameters(script, script.inside(name + 1, end))?;
        if script.is(body, "{") {
            return Some((parameters, only_statement(script, script.inside(body, end))?));
        }
        let body = Range::new(body + 1, script.end_of_statement(body, end.min(body + MAX_BODY)));
        return Some((parameters, script.trimmed(body)));
    }
    // A closure: behind its name, and its type if one is written.
    let limit = end.min(name + MAX_HEAD);
    let equals = if script.is(name + 1, "=") {
        name + 1
    } else if script.is(name + 1, ":") {
        (name + 2..limit).take_while(|index| !script.is_line_end(*index)).find(|index| script.is(*index, "="))?
    } else {
        return None;
    };
    if !script.is(equals + 1, "{") {
        return None;
    }
    let inside = script.trimmed(script.inside(equals + 1, end));
    let arrow = (inside.start..inside.end.min(inside.start + MAX_HEAD)).find(|index| script.is(*index, "->"));
    let (parameters, body) = match arrow {
        Some(arrow) => (parameters(script, Range::new(inside.start, arrow))?, Range::new(arrow + 1, inside.end)),
        None => (vec![("it", None)], inside),
    };
    Some((parameters, only_statement(script, body)?))
}

fn parameters<'a>(script: &Script<'a>, list: Range) -> Option<Vec<(&'a str, Option<Range>)>> {
    let parts = script.split(script.trimmed(list), ",");
    if parts.len() > MAX_PARAMETERS {
        return None;
    }
    let parameter = |part: Range| {
        let equals = script.find(part, "=");
        let head = Range::new(part.start, equals.unwrap_or(part.end));
        let colon = script.find(head, ":").unwrap_or(head.end);
        let name = (head.start..colon).rev().find(|index| script.is_word(*index))?;
        // A call has values where a definition has names.
        let is_value = (head.start..head.end).any(|index| script.is_string(index));
        (!is_value).then(|| (script.word(name), equals.map(|equals| Range::new(equals + 1, part.end))))
    };
    parts.into_iter().map(parameter).collect()
}

/// The value of a body that is one statement.
fn only_statement(script: &Script<'_>, inside: Range) -> Option<Range> {
    let mut inside = script.trimmed(inside);
    if inside.end - inside.start.min(inside.end) > MAX_BODY {
        return None;
    }
    if script.is_word(inside.start) && script.word(inside.start) == "return" {
        inside.start += 1;
    }
    let is_one = script.end_of_statement(inside.start, inside.end) == inside.end;
    (is_one && !inside.is_empty()).then_some(inside)
}
