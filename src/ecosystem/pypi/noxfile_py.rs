//! `noxfile.py`: what the sessions of Nox install, read from the source and never run.
//!
//! Traps:
//! - Anything's method `install` counts, since a session may be called otherwise; of `run` only what runs pip.
//! - The arguments are those of pip on its command line: options, some with a value behind them, files behind `-r`.
//! - `*names` hands over a list.
//!
//! Not done here: what `session.conda_install` asks for, constraints, which hold for one call only, and projects that are installed from their folder, which have a
//! manifest of their own.

use crate::ecosystem::pypi::pep508::Place;
use crate::ecosystem::pypi::python_module::{Module, join, split};
use crate::ecosystem::pypi::python_requirements::Found;
use crate::ecosystem::pypi::python_source::Tokens;
use crate::ecosystem::pypi::python_value::{Evaluator, Item, Value};
use crate::ecosystem::pypi::requirements_txt;
use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::model::{Ecosystem, Format, Include, Problem, ProblemKind, Reading, Role, Scope};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "noxfile_py", name: "noxfile.py", ecosystem: Ecosystem::Pypi, globs: &["noxfile.py"], read };

/// Options of pip that take the next argument as their value.
const TAKE_VALUES: &[&str] = &[
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--python",
];

/// How deep lists may lie in each other.
const MAX_NESTING: usize = 8;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let tokens = Tokens::new(source.text());
    if let Some((span, message)) = tokens.errors.first() {
        let message = format!("{message}, so something may be missed");
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: *span });
    }
    let module = Module::new(&tokens);
    let evaluator = Evaluator::new(&tokens, &module);
    let mut includes = Vec::new();
    let mut found = Found::new(&mut reading, source);
    for index in 0..tokens.list.len() {
        let is_call = tokens.is_operator(index.wrapping_sub(1), ".") && tokens.is_operator(index + 1, "(");
        let Some(method) = tokens.name(index).filter(|_| is_call) else { continue };
        let arguments = match method {
            "install" => arguments(&tokens, &module, &evaluator, index + 1),
            "run" | "run_always" | "run_install" => {
                let arguments = arguments(&tokens, &module, &evaluator, index + 1);
                let Some(behind) = behind_pip_install(&arguments) else { continue };
                arguments[behind..].to_vec()
            }
            _ => continue,
        };
        install(&mut found, &mut includes, arguments);
    }
    reading.includes = includes;
    reading.declared.sort_by_key(|declared| declared.span);
    reading
}

/// The arguments of a call that are no keywords, lists taken apart.
fn arguments(tokens: &Tokens<'_>, module: &Module, evaluator: &Evaluator<'_>, open: usize) -> Vec<Item> {
    let (scope, condition) = module.at(open);
    let range = open + 1..tokens.closing[open].min(tokens.list.len());
    let mut arguments = Vec::new();
    for argument in split(tokens, &range, ",") {
        if tokens.is_operator(argument.start, "**") || tokens.is_operator(argument.start + 1, "=") {
            continue;
        }
        let is_list = tokens.is_operator(argument.start, "*");
        let start = argument.start + usize::from(is_list);
        let value = evaluator.value(start..argument.end, scope);
        flatten(Item { value, condition: condition.map(str::to_owned) }, &mut arguments, 0);
    }
    arguments
}

fn flatten(item: Item, arguments: &mut Vec<Item>, depth: usize) {
    match item.value {
        Value::List(items) | Value::Choice(items) if depth < MAX_NESTING => {
            for inner in items {
                let condition = join(item.condition.as_deref(), inner.condition.as_deref());
                flatten(Item { value: inner.value, condition }, arguments, depth + 1);
            }
        }
        _ => arguments.push(item),
    }
}

/// Where the arguments of `pip install` start among those of a command.
fn behind_pip_install(arguments: &[Item]) -> Option<usize> {
    let words: Vec<&str> = arguments.iter().map(|item| word(item).unwrap_or_default()).collect();
    let at = words.iter().position(|word| *word == "install")?;
    (at > 0 && words[..at].contains(&"pip")).then_some(at + 1)
}

fn word(item: &Item) -> Option<&str> {
    match &item.value {
        Value::Text(text) => Some(text.text()),
        _ => None,
    }
}

fn install(found: &mut Found<'_>, includes: &mut Vec<Include>, arguments: Vec<Item>) {
    let mut is_file = false;
    let mut is_value = false;
    for item in arguments {
        if std::mem::take(&mut is_value) {
            continue;
        }
        let Value::Text(text) = &item.value else {
            is_file = false;
            found.collect(item, Place::new(Scope::Test), None, 0);
            continue;
        };
        if std::mem::take(&mut is_file) {
            includes.extend(include(text));
            continue;
        }
        let option = text.text();
        if !option.starts_with('-') {
            found.collect(item, Place::new(Scope::Test), None, 0);
            continue;
        }
        is_value = TAKE_VALUES.contains(&option);
        let attached = |names: [&str; 2]| {
            let value = names.iter().find_map(|name| option.strip_prefix(name))?.trim_start_matches(['=', ' ']);
            Some(text.part(Span::new(option.len() - value.len(), option.len())))
        };
        match attached(["--requirement", "-r"]) {
            Some(value) if value.is_empty() => is_file = true,
            Some(value) => includes.extend(include(&value)),
            None => {}
        }
    }
}

fn include(path: &Spliced) -> Option<Include> {
    let whole = Span::new(0, path.text().len());
    let is_known = !path.text().contains(HOLE) && !path.text().contains("://");
    is_known.then(|| Include {
        role: Role::Requirements,
        paths: vec![path.text().to_owned()],
        format: &requirements_txt::FORMAT,
        identity: None,
        condition: None,
        span: path.place(whole),
    })
}
