//! The requirements that a Python source writes out and of which nothing else was made: what becomes of them is not
//! understood, so that none may be passed over.
//!
//! Traps:
//! - Only what carries a version, or an address behind `@`, reads like a requirement: a bare name may be a package of the
//!   project, a keyword or a key. In one list with such requirements it is one of them.
//! - In several lines all must be requirements, else it is prose.
//! - What a value is compared with, searched for or printed is required by nobody, nor is what `setup` takes for other
//!   purposes. The same goes for a name that nobody reads, and for what a later statement replaces unread.
//!
//! Not done here: what is done with a value, which is the evaluator's.

use std::collections::{HashMap, HashSet};

use super::pep508::{Place, Requirement, name_normalised};
use super::python_module::{Expression, Module, split, top_level};
use super::python_requirements::Found;
use super::python_source::{Kind, Tokens, decode};
use super::python_value::{Evaluator, Item, Value};
use super::requirement::Specifiers;
use super::spliced::Spliced;
use crate::model::{Declared, Grammar, Mention, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// How many brackets around a text are looked at.
const MAX_NESTING: usize = 32;

/// How far back a `for` may stand from its `in`.
const MAX_TARGETS: usize = 16;

/// How many places are looked at where a name is read.
const MAX_READ: usize = 1000;

/// Functions that do nothing with a text but show it, look for it or take it away.
const LOOKING: &[&str] = &[
    "count",
    "critical",
    "debug",
    "discard",
    "endswith",
    "error",
    "exception",
    "exit",
    "find",
    "fullmatch",
    "getenv",
    "index",
    "info",
    "log",
    "match",
    "print",
    "remove",
    "replace",
    "search",
    "startswith",
    "sub",
    "warn",
    "warning",
    "write",
];

/// Keywords of `setup` that take no requirements.
const OTHERWISE: &[&str] = &[
    "author",
    "author_email",
    "classifiers",
    "command_options",
    "data_files",
    "dependency_links",
    "description",
    "download_url",
    "entry_points",
    "keywords",
    "license",
    "license_files",
    "long_description",
    "maintainer",
    "maintainer_email",
    "name",
    "obsoletes",
    "options",
    "package_data",
    "package_dir",
    "packages",
    "platforms",
    "project_urls",
    "provides",
    "py_modules",
    "scripts",
    "url",
    "version",
];

/// Names through which a source may read names that it does not write.
const READING_ALL: &[&str] = &["__dict__", "eval", "exec", "getattr", "globals", "locals", "vars"];

/// The requirements of a source that are not among those that were found.
pub(super) fn mentions(
    source: &SourceText,
    tokens: &Tokens<'_>,
    module: &Module,
    found: &[Declared],
    calls: &[&str],
) -> Vec<Mention> {
    let mut places: Vec<Span> = found.iter().map(|declared| declared.span).collect();
    places.sort_unstable();
    let mut mentions = Vec::new();
    let evaluator = Evaluator::new(tokens, module);
    let mut finder = Finder::new(tokens, module, calls);
    for index in 0..tokens.list.len() {
        if !finder.starts_element(index) {
            continue;
        }
        let element = finder.element(index);
        let whole = tokens.span(element.start, element.end);
        let declared = match finder.pair(index) {
            Some(declared) => vec![declared],
            None if tokens.is_operator(element.end, ":") => continue,
            None => finder.requirements(source, &evaluator, element),
        };
        for then in declared {
            let is_found = |span: Span| {
                let next = places.partition_point(|place| place.start < span.start);
                places.get(next).is_some_and(|place| place.start < span.end.max(span.start + 1))
            };
            if !is_found(whole) && !is_found(then.span) && finder.counts(index) {
                mentions.push(Mention { then, span: whole });
            }
        }
    }
    mentions
}

struct Finder<'a> {
    tokens: &'a Tokens<'a>,
    module: &'a Module,
    /// What `setup` is called.
    calls: &'a [&'a str],
    /// The bracket around each token.
    around: Vec<Option<usize>>,
    /// The first token of each token's line.
    line: Vec<usize>,
    /// Where names are read, in order.
    read: HashMap<&'a str, Vec<usize>>,
    /// Whether names may be read that are not written.
    reads_all: bool,
    /// Whether there is a requirement with a version in a bracket.
    lists: HashMap<usize, bool>,
    /// The arguments in brackets.
    arguments: HashMap<usize, Vec<Expression>>,
}

impl<'a> Finder<'a> {
    fn new(tokens: &'a Tokens<'a>, module: &'a Module, calls: &'a [&'a str]) -> Finder<'a> {
        let count = tokens.list.len();
        let mut finder = Finder {
            tokens,
            module,
            calls,
            around: vec![None; count],
            line: vec![0; count],
            read: HashMap::new(),
            reads_all: false,
            lists: HashMap::new(),
            arguments: HashMap::new(),
        };
        let mut open: Vec<usize> = Vec::new();
        let mut start = 0;
        for index in 0..count {
            while open.last().is_some_and(|bracket| tokens.closing[*bracket] <= index) {
                open.pop();
            }
            finder.around[index] = open.last().copied();
            if tokens.closing[index] > index {
                open.push(index);
            }
            finder.line[index] = start;
            if matches!(tokens.list[index].kind, Kind::LineEnd) {
                start = index + 1;
            }
            if let Some(name) = tokens.name(index) {
                finder.reads_all |= READING_ALL.contains(&name);
                let binds = index == finder.line[index] && is_binding(tokens, index);
                let is_keyword = tokens.is_operator(index + 1, "=") && finder.around[index].is_some();
                if !binds && !is_keyword && !tokens.is_operator(index.wrapping_sub(1), ".") {
                    finder.read.entry(name).or_default().push(index);
                }
            }
        }
        finder
    }

    /// Whether a text stands where an element, an argument or another value of its own starts.
    fn starts_element(&self, index: usize) -> bool {
        let tokens = self.tokens;
        let Some(Kind::Text(quoted)) = tokens.list.get(index).map(|token| token.kind) else { return false };
        let Some(before) = index.checked_sub(1).filter(|_| quoted.closed) else { return false };
        match tokens.list[before].kind {
            Kind::Operator => {
                let word = tokens.word(before);
                let is_value = word == ":" && self.around[index].is_some_and(|open| tokens.is_operator(open, "{"));
                is_value || matches!(word, "[" | "(" | "{" | "," | "=" | "+=" | ":=")
            }
            Kind::Name => matches!(tokens.word(before), "return" | "yield" | "else" | "or"),
            Kind::Number | Kind::Text(_) | Kind::LineEnd => false,
        }
    }

    /// The element that starts at a token.
    fn element(&self, start: usize) -> Expression {
        let tokens = self.tokens;
        let limit = self.around[start].map_or(tokens.list.len(), |open| tokens.closing[open]);
        let mut end = start;
        while end < limit {
            let token = &tokens.list[end];
            let word = tokens.word(end);
            let ends = match token.kind {
                Kind::LineEnd => true,
                Kind::Name => matches!(word, "for" | "async" | "if" | "else" | "or" | "and"),
                Kind::Operator => matches!(word, "," | ":" | ";" | "="),
                Kind::Number | Kind::Text(_) => false,
            };
            if ends {
                break;
            }
            end = tokens.closing[end].max(end) + 1;
        }
        start..end.min(limit)
    }

    /// `"name": ">=1"` in a dictionary.
    fn pair(&self, index: usize) -> Option<Declared> {
        let tokens = self.tokens;
        let is_key = self.around[index].is_some_and(|open| tokens.is_operator(open, "{"));
        let ends = |index| [",", "}"].iter().any(|end| tokens.is_operator(index, end));
        if !is_key || !tokens.is_operator(index + 1, ":") || !ends(index + 3) {
            return None;
        }
        let (name, version) = (self.text(index)?, self.text(index + 2)?);
        let requirement = Requirement::parse(name.text()).ok().filter(|requirement| requirement.name == name.text())?;
        let specifier = version.text().trim();
        let is_comparison = specifier.starts_with(['<', '>', '=', '!', '~']);
        Specifiers::parse(specifier, Grammar::Pep440).ok().filter(|_| is_comparison)?;
        Some(Declared {
            name: name_normalised(requirement.name),
            stated: Stated::Requirement(specifier.to_owned(), Grammar::Pep440),
            scope: Scope::Managed,
            direct: None,
            condition: self.module.at(index).1.map(str::to_owned),
            span: version.place(Span::new(0, version.text().len())),
        })
    }

    /// The requirements in an element, if it reads like that.
    fn requirements(&mut self, source: &SourceText, evaluator: &Evaluator<'_>, element: Expression) -> Vec<Declared> {
        let index = element.start;
        let Some(literal) = self.text(index) else { return Vec::new() };
        // Most texts name no package.
        if literal.text().trim_start().is_empty() || !could_be(literal.text()) {
            return Vec::new();
        }
        let (scope, condition) = self.module.at(index);
        let mut value = evaluator.value(element, scope);
        if matches!(value, Value::Unknown) && evaluator.is_exhausted() {
            value = Value::Text(literal.clone());
        }
        let mut scratch = Reading::default();
        let mut found = Found::new(&mut scratch, source);
        let condition = condition.map(str::to_owned);
        found.collect(Item { value, condition }, Place::new(Scope::Managed), None, 0);
        let text = literal.text();
        let has_version = |text: &str| versioned(text).is_some_and(|is_known| is_known);
        let in_lines = text.trim().contains('\n') && text.lines().any(has_version);
        let in_list = self.around[index].is_some_and(|open| self.is_list(open));
        scratch.declared.retain(|declared| match &declared.stated {
            Stated::Requirement(specifier, grammar) => Specifiers::parse(specifier, *grammar).is_ok(),
            // `name@host` is where mail goes to.
            Stated::Source(source) => !matches!(source, Source::Path(_)),
            Stated::Computed(_) => versioned(text).is_some(),
            Stated::Nothing => in_lines || in_list,
            Stated::Locked(_) | Stated::Elsewhere(_) => false,
        });
        for declared in &mut scratch.declared {
            declared.direct = None;
        }
        scratch.declared
    }

    /// Whether a bracket is a list with a requirement in it that has a version.
    fn is_list(&mut self, open: usize) -> bool {
        if let Some(known) = self.lists.get(&open) {
            return *known;
        }
        let tokens = self.tokens;
        let is_call = tokens.is_operator(open, "(") && is_value(tokens, open.wrapping_sub(1));
        let inside = open + 1..tokens.closing[open].min(tokens.list.len());
        let is_list = !is_call
            && !inside.is_empty()
            && top_level(tokens, &inside, ":").next().is_none()
            && split(tokens, &inside, ",").filter(|element| element.len() == 1).any(|element| {
                self.text(element.start).is_some_and(|text| versioned(text.text()).is_some_and(|is_known| is_known))
            });
        self.lists.insert(open, is_list);
        is_list
    }

    /// Whether what is written at a token may come to something.
    fn counts(&mut self, index: usize) -> bool {
        let tokens = self.tokens;
        let mut inner = index;
        for _ in 0..MAX_NESTING {
            let before = inner.wrapping_sub(1);
            if tokens.name(before) == Some("in") && !self.is_loop(before) {
                return false;
            }
            let Some(open) = self.around[inner] else { break };
            if tokens.is_operator(open, "(")
                && let Some(name) = tokens.name(open.wrapping_sub(1))
            {
                let is_error = ["Error", "Exception", "Warning", "Exit"].iter().any(|end| name.ends_with(end));
                if is_error || LOOKING.contains(&name) || self.calls.contains(&name) && self.is_otherwise(open, inner) {
                    return false;
                }
            }
            inner = open;
        }
        !self.is_dead(index)
    }

    /// Whether the `in` at a token belongs to a loop.
    fn is_loop(&self, word: usize) -> bool {
        let before = (word.saturating_sub(MAX_TARGETS)..word).rev();
        let mut keywords = before.filter_map(|index| self.tokens.name(index));
        keywords.find(|name| matches!(*name, "for" | "if" | "elif" | "and" | "or" | "not" | "while" | "in"))
            == Some("for")
    }

    /// Whether the argument of `setup` around a token takes no requirements.
    fn is_otherwise(&mut self, open: usize, inner: usize) -> bool {
        let Some(start) = self.argument(open, inner) else { return false };
        self.tokens.is_operator(start + 1, "=") && OTHERWISE.contains(&self.tokens.word(start))
    }

    /// Where the argument around a token starts.
    fn argument(&mut self, open: usize, inner: usize) -> Option<usize> {
        let tokens = self.tokens;
        let arguments = self.arguments.entry(open).or_insert_with(|| {
            let inside = open + 1..tokens.closing[open].min(tokens.list.len());
            split(tokens, &inside, ",").collect()
        });
        let next = arguments.partition_point(|argument| argument.end <= inner);
        arguments.get(next).filter(|argument| argument.contains(&inner)).map(|argument| argument.start)
    }

    /// Whether the line of a token binds a name that nobody reads before it is bound anew.
    fn is_dead(&mut self, index: usize) -> bool {
        let start = self.line[index];
        if self.reads_all {
            return false;
        }
        if let Some(parameter) = self.parameter(index) {
            return !self.read.contains_key(parameter);
        }
        let read = |name: &str| self.read.get(name).map_or(&[][..], Vec::as_slice);
        let Some(name) = self.tokens.name(start).filter(|_| is_binding(self.tokens, start)) else { return false };
        let (scope, _) = self.module.at(start);
        let (bound, bindings) = self.module.bindings(scope, name);
        let behind = bindings.partition_point(|binding| binding.position <= start);
        let anew = bindings[behind..].iter().find(|binding| bound == scope && binding.fresh);
        let next = anew.map_or(usize::MAX, |binding| binding.position);
        let is_read = |name: &str| {
            let places = read(name);
            let first = if next == usize::MAX { 0 } else { places.partition_point(|place| *place <= start) };
            places.get(first).is_some_and(|place| *place < next)
        };
        let places = read(name);
        let is_read_inside = |place: &usize| {
            let within = self.module.at(*place).0;
            let function = within.checked_sub(1).filter(|_| within != scope);
            function.and_then(|index| self.module.functions.get(index)).is_some_and(|function| is_read(function))
        };
        places.len() <= MAX_READ && !is_read(name) && !places.iter().any(is_read_inside)
    }

    /// The parameter whose default a token belongs to.
    fn parameter(&mut self, index: usize) -> Option<&'a str> {
        let tokens = self.tokens;
        let start = self.line[index];
        let def = [start, start + 1].into_iter().find(|index| tokens.name(*index) == Some("def"))?;
        let argument = self.argument(def + 2, index)?;
        tokens.name(argument)
    }

    /// The text of a literal, with those that are written behind it.
    fn text(&self, index: usize) -> Option<Spliced> {
        let mut text = Spliced::default();
        let mut next = index;
        while let Some(Kind::Text(quoted)) = self.tokens.list.get(next).map(|token| token.kind) {
            text.push_spliced(&decode(self.tokens.text, quoted, |_| None));
            next += 1;
        }
        (next > index).then_some(text)
    }
}

/// Whether the name at the start of a line is bound there and not read.
fn is_binding(tokens: &Tokens<'_>, start: usize) -> bool {
    [":", "=", "+=", "|="].iter().any(|operator| tokens.is_operator(start + 1, operator))
}

/// Whether a token may end a value, so that a bracket behind it is a call.
fn is_value(tokens: &Tokens<'_>, index: usize) -> bool {
    let keywords: HashSet<&str> = ["in", "return", "or", "and", "else", "yield", "if", "not", "is"].into();
    tokens.name(index).is_some_and(|name| !keywords.contains(name))
        || [")", "]"].iter().any(|end| tokens.is_operator(index, end))
}

/// Whether a text could be a requirement, or lines of them.
fn could_be(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if !text.trim().contains('\n') {
        return lines.all(|line| {
            Requirement::parse(line).is_ok() && (versioned(line).is_some() || is_bare(line) || line.contains("://"))
                || line.contains("egg=")
        });
    }
    lines.all(|line| {
        let line = line.split(" #").next().unwrap_or_default();
        versioned(line).is_some_and(|is_known| is_known) || is_bare(line) || line.contains("egg=")
    })
}

/// Whether a text is nothing but a name, with extras and a marker at most.
fn is_bare(text: &str) -> bool {
    Requirement::parse(text).is_ok_and(|requirement| requirement.specifier.is_none() && requirement.reference.is_none())
}

/// Whether a requirement's version is known; `None` if there is no requirement with one.
fn versioned(text: &str) -> Option<bool> {
    let requirement = Requirement::parse(text).ok()?;
    let specifier = requirement.specifier?.text;
    if !["<", ">", "==", "!=", "~="].iter().any(|operator| specifier.starts_with(operator)) {
        return None;
    }
    if Specifiers::parse(specifier, Grammar::Pep440).is_ok() {
        return Some(true);
    }
    // Where a version is put in later, what is there so far holds no words.
    let mut words = specifier.split_whitespace().skip(1);
    let is_word = |word: &str| word.starts_with(|c: char| c.is_alphabetic());
    (!words.any(is_word)).then_some(false)
}
