//! `setup.py`: the dependencies that a call of setuptools' `setup` states, read from the source and never run.
//!
//! Traps:
//! - Only what reaches a keyword of `setup` is required, by whatever literals, names, sums, loops and functions: a list in a
//!   docstring, a comment or an unused name is not. What reads like a requirement and is used in a way that is not
//!   followed is mentioned.
//! - Requirements that are read from a file are stated by that file, which is read by itself.
//! - A key of `extras_require` may be an extra, a marker behind `:`, or both.
//!
//! Not done here: functions of other modules.

use crate::ecosystem::pypi::pep508::{Place, name_normalised};
use crate::ecosystem::pypi::python_mentions::mentions;
use crate::ecosystem::pypi::python_module::{Module, join, split};
use crate::ecosystem::pypi::python_requirements::Found;
use crate::ecosystem::pypi::python_source::Tokens;
use crate::ecosystem::pypi::python_value::{Evaluator, Item, Value};
use crate::ecosystem::pypi::spliced::HOLE;
use crate::model::{Ecosystem, Format, Identity, Problem, ProblemKind, Reading, Scope};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "setup_py", name: "setup.py", ecosystem: Ecosystem::Pypi, globs: &["setup.py"], read };

/// How many breaches of the grammar are reported: most follow from the first.
const MAX_ERRORS: usize = 3;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let tokens = Tokens::new(source.text());
    for (span, message) in tokens.errors.iter().take(MAX_ERRORS) {
        let message = format!("{message}, so something may be missed");
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: *span });
    }
    let module = Module::new(&tokens);
    let evaluator = Evaluator::new(&tokens, &module);
    let mut found = Found::new(&mut reading, source);
    // `from setuptools import setup as other`
    let aliases = (0..tokens.list.len()).filter(|index| tokens.name(index + 1) == Some("as"));
    let mut names: Vec<&str> =
        aliases.filter(|index| tokens.word(*index) == "setup").take(8).map(|index| tokens.word(index + 2)).collect();
    names.push("setup");
    names.dedup();
    for index in 0..tokens.list.len() {
        let is_call =
            tokens.name(index).is_some_and(|name| names.contains(&name)) && tokens.is_operator(index + 1, "(");
        if is_call && tokens.name(index.wrapping_sub(1)) != Some("def") {
            call(&mut found, &tokens, &module, &evaluator, index + 1);
        }
    }
    found.finish();
    if evaluator.is_exhausted() {
        let message = "the expressions are too long to follow, so something may be missed".into();
        reading.problems.push(Problem { kind: ProblemKind::Limit, message, span: Span::new(0, 0) });
    }
    reading.declared.sort_by_key(|declared| declared.span);
    reading.mentions = mentions(source, &tokens, &module, &reading.declared, &names);
    reading
}

/// The keywords of a call whose bracket opens at a token.
fn call(found: &mut Found<'_>, tokens: &Tokens<'_>, module: &Module, evaluator: &Evaluator<'_>, open: usize) {
    let (scope, condition) = module.at(open);
    let arguments = open + 1..tokens.closing[open].min(tokens.list.len());
    let mut keywords: Vec<(String, Item)> = Vec::new();
    for argument in split(tokens, &arguments, ",") {
        let condition = condition.map(str::to_owned);
        if tokens.is_operator(argument.start, "**") {
            if let Value::Dict(entries) = evaluator.value(argument.start + 1..argument.end, scope) {
                let entries = entries.into_iter().filter_map(|(key, item)| Some((key?.text().to_owned(), item)));
                keywords.extend(entries.map(|(key, item)| {
                    let condition = join(condition.as_deref(), item.condition.as_deref());
                    (key, Item { value: item.value, condition })
                }));
            }
        } else if tokens.is_operator(argument.start + 1, "=") {
            let name = tokens.name(argument.start).unwrap_or_default();
            if ["name", "version", "install_requires", "extras_require", "tests_require", "setup_requires"]
                .contains(&name)
            {
                let value = evaluator.value(argument.start + 2..argument.end, scope);
                keywords.push((name.to_owned(), Item { value, condition }));
            }
        }
    }
    // What is installed counts first where extras only repeat it.
    keywords.sort_by_key(|(name, _)| name != "install_requires");
    identity(found.reading, &keywords);
    for (name, item) in keywords {
        match name.as_str() {
            "install_requires" => found.collect(item, Place::new(Scope::Runtime), None, 0),
            "setup_requires" => found.collect(item, Place::new(Scope::Build), None, 0),
            "tests_require" => found.collect(item, Place::new(Scope::Test), None, 0),
            "extras_require" => extras(found, item),
            _ => {}
        }
    }
}

fn identity(reading: &mut Reading, keywords: &[(String, Item)]) {
    let text = |wanted: &str| {
        let (_, item) = keywords.iter().find(|(name, _)| name == wanted)?;
        match &item.value {
            Value::Text(text) if !text.text().contains(HOLE) => Some(text.text().to_owned()),
            _ => None,
        }
    };
    if let Some(name) = text("name").filter(|_| reading.identity.is_none()) {
        reading.identity = Some(Identity { name: name_normalised(&name), version: text("version") });
    }
}

/// The requirements by extra.
fn extras(found: &mut Found<'_>, item: Item) {
    let entries = match item.value {
        Value::Dict(entries) => entries,
        value => return found.collect(Item { value, ..item }, Place::new(Scope::Optional), None, 0),
    };
    for (key, inner) in entries {
        let key = key.unwrap_or_default();
        let (extra, marker) = key.text().split_once(':').unwrap_or((key.text(), ""));
        let place = match extra.trim() {
            "" if !marker.is_empty() => Place::new(Scope::Runtime),
            "" => Place::new(Scope::Optional),
            extra => Place::group(Scope::Optional, extra),
        };
        let condition = join(item.condition.as_deref(), inner.condition.as_deref());
        let marker = Some(marker.trim()).filter(|marker| !marker.is_empty());
        found.collect(Item { value: inner.value, condition }, place, marker, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn hostile_sources_take_neither_the_stack_nor_the_day() {
        let call = |expression: &str| format!("setup(install_requires={expression})");
        let (mut doubling, mut growing) = ("a0 = ['kubernetes']\n".to_owned(), "a0 = 'kubernetes'\n".to_owned());
        let mut nested = String::new();
        for n in 0..60 {
            let _ = writeln!(doubling, "a{} = [a{n}, a{n}]", n + 1);
            let _ = writeln!(growing, "a{} = a{n} + a{n}", n + 1);
        }
        for n in 0..2000 {
            let _ = writeln!(nested, "{}if x{n}:", " ".repeat(n));
        }
        let (mut calling, mut rebound) = (String::new(), "x = ['kubernetes']\n".to_owned());
        for n in 0..60 {
            let _ = writeln!(calling, "def f{n}(): return f{0}() + f{0}()", n + 1);
            let _ = writeln!(rebound, "def g{n}(): return x + x\nx = g{n}()");
        }
        let loops = "for a in l:\n for b in l:\n  for c in l:\n   for d in l:\n";
        let sources = [
            call(&"[".repeat(100_000)),
            call(&("(".repeat(100_000) + &")".repeat(100_000))),
            call(&"a.b(".repeat(50_000)),
            call(&"'%s' % ".repeat(50_000)),
            call(&"x if y else ".repeat(50_000)),
            call(&"a[0]".repeat(50_000)),
            call(&format!("[{}]", "x, ".repeat(50_000))) + &"\nx = x + 1".repeat(1000),
            "x = x + 1\n".repeat(5_000) + &call(&format!("[{}]", "x, ".repeat(20_000))),
            "a = ".repeat(50_000) + "1",
            doubling + &call("a40"),
            growing + &call("a40"),
            "if x:\n".repeat(50_000) + &call("['kubernetes']"),
            nested + &" ".repeat(2001) + &call("['kubernetes']"),
            "setup(".repeat(50_000),
            "def f(a): return f(a) + f(a)\n".to_owned() + &call("f(['kubernetes'])"),
            calling + &call("f0()"),
            rebound + &call("x"),
            format!("l = [{}]\n", "'a', ".repeat(450)) + loops + "    x += a\n" + &call("x"),
            format!("x = [{}]\ngather(x)", "'kubernetes<12', ".repeat(20_000)),
            format!("setup({})", "'kubernetes<12', ".repeat(20_000)),
            format!("def f(a={}'kubernetes<12'", "[".repeat(50_000)),
            format!("gather({})", "'kubernetes<12' or ".repeat(20_000)),
            "x = ['kubernetes<12']\ngather(x)\n".repeat(5_000),
            "EX = {}\ndef f():\n for a, b in EX.items():\n  for c in b:\n   b[c] = a\n   EX[a] = b\n".to_owned()
                + &call("EX"),
            "from a import setup as b\n".repeat(20_000) + "b()",
        ];
        for source in sources {
            read(&SourceText::new(source));
        }
    }
}
