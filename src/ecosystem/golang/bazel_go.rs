//! Go modules of Bazel's builds: Gazelle's `go_repository` in `WORKSPACE` and in macros, and `module` of its extension
//! `go_deps` in `MODULE.bazel` (Gazelle, "Repository rules" and "Bzlmod").
//!
//! Traps:
//! - Rules are called through wrappers (`maybe(go_repository, …)`, `_go_repository(…)`), so what tells one is an import path
//!   beside a version, tag or commit; libraries have an import path alone.
//! - `remote` and `replace` name another repository or module from which the code comes.
//! - An archive has an address instead of a version.
//!
//! Not done: `go_deps.from_file`, whose go.mod is read by itself.

use std::ops::Range;

use crate::ecosystem::pypi::python_module::{Module, split};
use crate::ecosystem::pypi::python_source::{Kind, Token, Tokens, decode};
use crate::ecosystem::pypi::python_value::{Evaluator, Value};
use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::model::{
    Declared, Ecosystem, Format, GitReference, Grammar, Problem, ProblemKind, Reading, Scope, Source, Stated,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "bazel_go",
    name: "Go modules of Bazel",
    ecosystem: Ecosystem::Golang,
    globs: &["MODULE.bazel", "*.MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "*.bzl"],
    read,
};

/// The argument that names a module in Gazelle's rule.
const IMPORT_PATH: &str = "importpath";

/// The arguments that bear on a version.
const KEYWORDS: &[&str] = &[IMPORT_PATH, "path", "version", "tag", "commit", "remote", "replace", "urls"];

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = source.text();
    if !text.contains(IMPORT_PATH) && !text.contains(".module") {
        return reading;
    }
    let tokens = Tokens::new(text);
    let module = Module::new(&tokens);
    let evaluator = Evaluator::new(&tokens, &module);
    for index in 1..tokens.list.len() {
        if tokens.is_operator(index, "(") {
            let is_module = tokens.name(index - 1) == Some("module") && tokens.is_operator(index.wrapping_sub(2), ".");
            reading.declared.extend(Call::new(source, &tokens, index).declared(&module, &evaluator, is_module));
        }
    }
    let is_of_go = !reading.declared.is_empty() || text.contains("go_repository");
    let broken = tokens.errors.first().map(|(span, what)| (ProblemKind::Syntax, *what, *span));
    let endless = || (ProblemKind::Limit, "the expressions are too long to follow", Span::new(0, 0));
    if let Some((kind, what, span)) = broken.or_else(|| evaluator.is_exhausted().then(endless)).filter(|_| is_of_go) {
        let message = format!("{what}, so something may be missed");
        reading.problems.push(Problem { kind, message, span });
    }
    reading
}

/// The keywords of a call that bear on a version, each with the tokens of its value.
struct Call<'a> {
    source: &'a SourceText,
    tokens: &'a Tokens<'a>,
    keywords: Vec<(&'a str, Range<usize>)>,
}

/// The value of a keyword.
struct Written {
    /// What it is, where that can be told.
    text: Option<String>,
    /// What a person would edit.
    span: Span,
}

impl<'a> Call<'a> {
    /// The call whose bracket opens at a token.
    fn new(source: &'a SourceText, tokens: &'a Tokens<'a>, open: usize) -> Call<'a> {
        let inside = open + 1..tokens.closing[open].min(tokens.list.len());
        let keywords = split(tokens, &inside, ",").filter_map(|argument| {
            let name = tokens.name(argument.start).filter(|name| KEYWORDS.contains(name))?;
            tokens.is_operator(argument.start + 1, "=").then_some((name, argument.start + 2..argument.end))
        });
        Call { source, tokens, keywords: keywords.collect() }
    }

    fn declared(&self, module: &Module, evaluator: &Evaluator<'_>, is_module: bool) -> Option<Declared> {
        let text = |keyword: &str| self.text(keyword, module, evaluator);
        let name = text(if is_module { "path" } else { IMPORT_PATH })?.text.filter(|name| !name.is_empty())?;
        let written = ["version", "tag", "commit", "urls"].iter().find_map(|keyword| Some((*keyword, text(keyword)?)));
        let (keyword, Written { text: value, span }) = written?;
        let known = |keyword: &str| text(keyword).and_then(|written| written.text);
        let git = |reference| {
            let repository = known("remote").map_or_else(|| name.clone(), |remote| bare(&remote));
            Stated::Source(Source::Git { repository, reference })
        };
        let stated = match (keyword, value) {
            (_, None) => Stated::Computed(self.source.slice(span).to_owned()),
            ("version", Some(version)) => match known("replace").filter(|replace| *replace != name) {
                Some(name) => Stated::Source(Source::Fork { name, version }),
                None => Stated::Requirement(version, Grammar::GoMod),
            },
            ("tag", Some(tag)) => git(GitReference::Tag(tag)),
            ("commit", Some(commit)) => git(GitReference::Revision(commit)),
            (_, Some(url)) => Stated::Source(Source::Url(url)),
        };
        Some(Declared { name, stated, scope: Scope::Runtime, direct: None, condition: None, span })
    }

    /// The text of a keyword; of a list that of its first element.
    fn text(&self, keyword: &str, module: &Module, evaluator: &Evaluator<'_>) -> Option<Written> {
        let (_, range) = self.keywords.iter().find(|(name, _)| *name == keyword)?;
        let text = match self.tokens.list.get(range.clone()) {
            // Most are this; thousands of them would be more than an evaluator follows.
            Some([Token { kind: Kind::Text(quoted), .. }]) if quoted.closed => {
                Some(decode(self.tokens.text, *quoted, |_| None))
            }
            _ => match evaluator.value(range.clone(), module.at(range.start).0) {
                Value::Text(text) => Some(text),
                Value::List(items) => items.into_iter().find_map(|item| match item.value {
                    Value::Text(text) => Some(text),
                    _ => None,
                }),
                _ => None,
            },
        };
        let known = text.filter(|text: &Spliced| !text.text().contains(HOLE));
        let whole = self.tokens.span(range.start, range.end);
        Some(Written {
            span: known.as_ref().map_or(whole, |text| text.place(Span::new(0, text.text().len()))),
            text: known.map(|text| text.text().to_owned()),
        })
    }
}

/// A repository's address as an import path: without its scheme and ending.
fn bare(remote: &str) -> String {
    let path = remote.split_once("://").map_or(remote, |(_, path)| path);
    path.trim_end_matches('/').trim_end_matches(".git").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_sources_take_neither_the_stack_nor_the_day() {
        let rule = |value: &str| format!("go_repository(importpath = \"a.b/c\", version = {value})\n");
        let sources = [
            rule(&"(".repeat(100_000)),
            rule(&("[".repeat(100_000) + &"]".repeat(100_000))),
            rule(&"'%s' % ".repeat(50_000)),
            "go_repository(".repeat(50_000) + "importpath = 'a', tag = 'v1.0.0'",
            rule("\"v1.0.0\"").repeat(20_000),
        ];
        for source in sources {
            read(&SourceText::new(source));
        }
    }
}
