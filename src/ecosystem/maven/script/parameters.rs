//! The parameters of functions and closures: names whose values only the calls know, whatever else has the same name.
//!
//! - Kotlin and Scala: `fun f(a: String, b: String = "1")`, `def f(a: String)`, `{ a, b -> … }`, `a => …`, and the names in the head
//!   of a class.
//! - Groovy and Java: `def f(a, b = '1') { }`, `void f(String a) { }`, `{ String a, b -> … }`.
//! - `for (a in …)`, `for (String a : …)`.
//! - `it` and Scala's `_` are parameters wherever they stand.

use std::cell::RefCell;
use std::collections::HashMap;

use super::{Range, Script};

/// The parameters of a script.
pub struct Parameters<'a> {
    by_name: HashMap<&'a str, Vec<Parameter>>,
    /// The elements of lists that have names, once they were looked for.
    lists: RefCell<HashMap<&'a str, Option<Range>>>,
}

/// One parameter.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Where its name means it.
    scope: Range,
    /// The bracket of its closure, or of the list of a function's parameters.
    open: usize,
    /// The value that it has when a call gives none.
    pub default: Option<Range>,
}

/// Where the values of a parameter come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// From the calls of a function, by its name.
    Calls(&'a str),
    /// From a list, one after another: what is inside its brackets.
    Elements(Range),
    /// From somewhere else.
    Unknown,
}

/// Calls that give a closure each element of what they are called on.
const EACH: &[&str] =
    &["each", "forEach", "foreach", "map", "flatMap", "onEach", "eachWithIndex", "collect", "mapNotNull"];

/// What makes a list.
const LISTS: &[&str] =
    &["listOf", "setOf", "arrayOf", "sequenceOf", "mutableListOf", "Seq", "List", "Set", "Vector", "Array", "asList"];

/// Most tokens that are looked at for the bracket around a name that stands for a closure's argument.
const MAX_AROUND: usize = 400;

/// Most tokens between the start of a function and its parameters, or before the arrow of a closure.
const MAX_HEAD: usize = 24;

/// Longest body without braces, in tokens.
const MAX_BODY: usize = 2000;

/// Most functions before a name that are looked at for whether it is a parameter of theirs.
const MAX_FUNCTIONS: usize = 64;

/// Most parameters of one function.
const MAX_PARAMETERS: usize = 32;

impl<'a> Parameters<'a> {
    /// Finds all parameters.
    pub fn new(script: &Script<'a>) -> Parameters<'a> {
        let mut parameters = Parameters { by_name: HashMap::new(), lists: RefCell::default() };
        let all = script.all();
        for index in all.start..all.end {
            if script.is(index, "{") || script.is(index, "(") {
                parameters.closure(script, index);
            }
            if script.is(index, "(") {
                parameters.function(script, index);
            }
        }
        parameters
    }

    /// The parameter that a name stands for at a token.
    pub fn find(&self, script: &Script<'a>, name: &str, at: usize) -> Option<Parameter> {
        if matches!(name, "it" | "_") {
            let open = around(script, at, if name == "it" { "{" } else { "(" }).unwrap_or(usize::MAX);
            return Some(Parameter { scope: script.all(), open, default: None });
        }
        let found = self.by_name.get(name)?;
        let before = found.partition_point(|parameter| parameter.open <= at);
        let mut nearest = found[..before].iter().rev().take(MAX_FUNCTIONS);
        nearest.find(|parameter| (parameter.scope.start..parameter.scope.end).contains(&at)).copied()
    }

    /// A closure: names and an arrow behind its bracket.
    fn closure(&mut self, script: &Script<'a>, open: usize) {
        let inside = script.inside(open, script.tokens.len());
        let limit = inside.end.min(inside.start + MAX_HEAD);
        let is_arrow = |index: &usize| script.is(*index, "->") || script.is(*index, "=>");
        let Some(arrow) = (inside.start..limit).find(is_arrow) else { return };
        let mut names = script.trimmed(Range::new(inside.start, arrow));
        if script.is_word(names.start) && script.word(names.start) == "case" {
            names.start += 1;
        }
        if script.is(names.start, "(") {
            names = script.inside(names.start, arrow);
        }
        let is_plain = |index: usize| {
            script.is_word(index)
                || script.is_string(index)
                || script.is_line_end(index)
                || [",", ":", ".", "<", ">", "?", "="].iter().any(|mark| script.is(index, mark))
        };
        if (names.start..names.end).all(is_plain) {
            self.add(script, names, open, Range::new(arrow, inside.end));
        }
    }

    /// A function: its name before the bracket, its body behind.
    fn function(&mut self, script: &Script<'a>, open: usize) {
        let end = script.tokens.len();
        let Some(name) = open.checked_sub(1).filter(|name| script.is_word(*name)) else { return };
        let close = script.skip(open, end);
        match script.word(name) {
            "if" | "while" | "switch" | "when" | "catch" => return,
            "for" => {
                let inside = script.inside(open, end);
                let limit = Range::new(inside.start, inside.end.min(inside.start + MAX_HEAD));
                let mark = (limit.start..limit.end)
                    .find(|index| script.is(*index, ":") || (script.is_word(*index) && script.word(*index) == "in"));
                if let Some(mark) = mark {
                    self.add(script, Range::new(limit.start, mark), open, Range::new(open, script.skip(close, end)));
                }
                return;
            }
            _ => {}
        }
        let floor = name.saturating_sub(MAX_HEAD);
        let keyword = (floor..name)
            .rev()
            .take_while(|index| {
                script.is_word(*index) || [".", "<", ">", ",", "?"].iter().any(|mark| script.is(*index, mark))
            })
            .find(|index| matches!(script.word(*index), "fun" | "def" | "class"));
        // `String f(String a) {`: a type, a name, and a body.
        let is_typed = name > 0 && (script.is_word(name - 1) || script.is(name - 1, ">")) && script.is(close, "{");
        if keyword.is_none() && !is_typed {
            return;
        }
        let body = (close..end.min(close + MAX_HEAD))
            .take_while(|index| !script.is_line_end(*index) || script.is(index + 1, "{"))
            .find(|index| script.is(*index, "{") || script.is(*index, "="));
        let scope_end = match body {
            Some(body) if script.is(body, "{") => script.skip(body, end),
            Some(body) => script.end_of_statement(body, end.min(body + MAX_BODY)),
            None => close,
        };
        self.add(script, script.inside(open, end), open, Range::new(open, scope_end));
    }

    fn add(&mut self, script: &Script<'a>, names: Range, open: usize, scope: Range) {
        for part in script.split(names, ",").into_iter().take(MAX_PARAMETERS) {
            let equals = script.find(part, "=");
            let head = Range::new(part.start, equals.unwrap_or(part.end));
            let colon = script.find(head, ":").unwrap_or(head.end);
            let Some(name) = (head.start..colon).rev().find(|index| script.is_word(*index)) else { continue };
            let default = equals.map(|equals| script.trimmed(Range::new(equals + 1, part.end)));
            self.by_name.entry(script.word(name)).or_default().push(Parameter { scope, open, default });
        }
    }
}

impl Parameter {
    /// Where its values come from.
    pub fn given<'a>(&self, script: &Script<'a>) -> Given<'a> {
        let Some(mut before) = self.open.checked_sub(1).filter(|before| *before < script.tokens.len()) else {
            return Given::Unknown;
        };
        // `.map({ … })`
        if script.is(before, "(") && before > 0 {
            before -= 1;
        }
        if script.is(before, "=") {
            return match before.checked_sub(1).filter(|name| script.is_word(*name)) {
                Some(name) => Given::Calls(script.word(name)),
                None => Given::Unknown,
            };
        }
        if !script.is_word(before) {
            return Given::Unknown;
        }
        let name = script.word(before);
        if name == "for" {
            let inside = script.inside(self.open, script.tokens.len());
            let mark = (inside.start..inside.end.min(inside.start + MAX_HEAD))
                .find(|index| script.is(*index, ":") || (script.is_word(*index) && script.word(*index) == "in"));
            return mark
                .and_then(|mark| elements(script, mark + 1, inside.end))
                .map_or(Given::Unknown, Given::Elements);
        }
        if !EACH.contains(&name) {
            return if script.is(self.open, "(") { Given::Calls(name) } else { Given::Unknown };
        }
        let receiver = before.checked_sub(1).filter(|dot| script.is(*dot, ".") || script.is(*dot, "?."));
        let last = receiver.unwrap_or(before).checked_sub(1);
        last.and_then(|last| list_ending_at(script, last)).map_or(Given::Unknown, Given::Elements)
    }
}

/// The bracket around a token.
fn around(script: &Script<'_>, at: usize, mark: &str) -> Option<usize> {
    let mut index = at;
    for _ in 0..MAX_AROUND {
        index = index.checked_sub(1)?;
        match script.tokens.get(index)?.partner {
            Some(open) if open < index => index = open,
            Some(_) if script.is(index, mark) => return Some(index),
            _ => {}
        }
    }
    None
}

/// The elements of the list that ends at a token, or of that which has the name there.
pub fn list_ending_at(script: &Script<'_>, last: usize) -> Option<Range> {
    if let Some(open) = script.tokens.get(last)?.partner.filter(|open| *open < last) {
        let is_list = script.is(open, "[") || (open > 0 && LISTS.contains(&script.word(open - 1)));
        return is_list.then(|| script.inside(open, last + 1));
    }
    let name = script.word(last);
    let lists = &script.parameters().lists;
    if let Some(known) = lists.borrow().get(name) {
        return *known;
    }
    let mut places = (0..script.tokens.len()).filter(|index| script.is_word(*index) && script.word(*index) == name);
    let found = places.find_map(|index| {
        let equals = (index + 1..script.tokens.len().min(index + MAX_HEAD))
            .take_while(|next| !script.is_line_end(*next))
            .find(|next| script.is(*next, "="))?;
        elements(script, equals + 1, script.tokens.len())
    });
    lists.borrow_mut().insert(name, found);
    found
}

/// The elements of the list that starts at a token.
fn elements(script: &Script<'_>, start: usize, end: usize) -> Option<Range> {
    if script.is(start, "[") {
        return Some(script.inside(start, end));
    }
    let chain = script.chain(start, end)?;
    let call = chain.segments.last().filter(|call| LISTS.contains(&call.name))?;
    call.arguments
}
