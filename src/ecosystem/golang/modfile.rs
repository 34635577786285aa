//! The grammar that `go.mod` and `go.work` share (Go Modules Reference, "Lexical elements", "Grammar").
//!
//! Traps:
//! - A block may open without a space (`require(`) and be empty (`require ()`); only `//` comments exist.
//! - Strings may be quoted with `"`; the reference also speaks of back-quoted ones, but the go command refuses those and any
//!   other quote in paths and versions, so they stay what they are: no version, and a problem.
//! - `// indirect` is a comment with exactly that word, alone or followed by `;` and more; no blank is needed before it.

use crate::model::{Declared, Effect, Grammar, Override, Problem, ProblemKind, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// A word of a line: its value and its place, without quotes.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) value: String,
    pub(super) span: Span,
}

/// One statement: the directive and its arguments.
pub(super) struct Line<'a> {
    pub(super) directive: &'a str,
    pub(super) words: &'a [Word],
    pub(super) indirect: bool,
    pub(super) span: Span,
    /// The directive of the block it stands in.
    pub(super) block: Option<Span>,
}

/// Reads every statement and hands it on, whether it stands in a block or alone.
pub(super) fn read(source: &SourceText, understand: fn(&mut Reading, &Line<'_>)) -> Reading {
    let mut reading = Reading::default();
    let mut block: Option<Word> = None;
    for number in 1..=source.line_count() {
        let (tokens, comment) = tokens(source.line(number), source.line_start(number));
        let indirect = is_indirect(comment);
        let mut words: Vec<Word> = Vec::new();
        for token in tokens {
            match token.value.as_str() {
                "(" if token.span.end - token.span.start == 1 && block.is_none() => match words.pop() {
                    Some(directive) if words.is_empty() => block = Some(directive),
                    Some(word) => {
                        words.push(word);
                        report(&mut reading, token.span, "`(` may only follow a directive");
                    }
                    None => report(&mut reading, token.span, "`(` without a directive"),
                },
                ")" if token.span.end - token.span.start == 1 => {
                    statement(&mut reading, block.as_ref(), &words, indirect, understand);
                    words.clear();
                    if block.take().is_none() {
                        report(&mut reading, token.span, "`)` without `(`");
                    }
                }
                _ => words.push(token),
            }
        }
        statement(&mut reading, block.as_ref(), &words, indirect, understand);
    }
    if let Some(directive) = block {
        let message = format!("the block `{}` is never closed", directive.value);
        report(&mut reading, directive.span, &message);
    }
    reading
}

/// Splits a line into words and the comment behind them, without its `//`.
fn tokens(line: &str, offset: usize) -> (Vec<Word>, &str) {
    let mut words = Vec::new();
    let mut rest = 0;
    while let Some(first) = line[rest..].chars().next() {
        let start = rest;
        if first.is_whitespace() {
            rest += first.len_utf8();
            continue;
        }
        if line[start..].starts_with("//") {
            return (words, &line[start + 2..]);
        }
        let mut value = None;
        rest = match first {
            '(' | ')' | ',' | '[' | ']' => start + 1,
            '"' => match interpreted_string(&line[start..]) {
                Some((text, length)) => {
                    value = Some(text);
                    start + length
                }
                None => line.len(),
            },
            '`' => line[start + 1..].find('`').map_or(line.len(), |end| start + end + 2),
            _ => start + word_length(&line[start..]),
        };
        let quotes = usize::from(value.is_some());
        words.push(Word {
            value: value.unwrap_or_else(|| line[start..rest].to_owned()),
            span: Span::new(offset + start + quotes, offset + rest - quotes),
        });
    }
    (words, "")
}

fn word_length(text: &str) -> usize {
    let mut end = 0;
    for (index, c) in text.char_indices() {
        if c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',') && index > 0 {
            break;
        }
        if text[index..].starts_with("//") {
            break;
        }
        end = index + c.len_utf8();
    }
    end
}

/// The value of a string that opens with `"`, and its length with both quotes; `None` if it is never closed.
fn interpreted_string(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return Some((value, index + 1)),
            '\\' => value.push(chars.next()?.1),
            _ => value.push(c),
        }
    }
    None
}

/// As the go command decides it: the first word is `indirect`, alone, or `indirect;` with more behind it.
fn is_indirect(comment: &str) -> bool {
    let words: Vec<&str> = comment.split_whitespace().take(2).collect();
    matches!(words.as_slice(), ["indirect"] | ["indirect;", _])
}

fn statement(
    reading: &mut Reading,
    block: Option<&Word>,
    words: &[Word],
    indirect: bool,
    understand: fn(&mut Reading, &Line<'_>),
) {
    let (directive, words) = match (block, words) {
        (_, []) => return,
        (Some(directive), words) => (directive, words),
        (None, [directive, words @ ..]) => (directive, words),
    };
    let end = words.last().map_or(directive.span, |word| word.span);
    let start = if block.is_some() { words[0].span } else { directive.span };
    let block = block.map(|directive| directive.span);
    let before = reading.problems.len();
    understand(reading, &Line { directive: &directive.value, words, indirect, span: start.to(end), block });
    let is_understood = reading.problems.len() == before;
    if let Some(word) = words.iter().find(|word| is_understood && word.value.contains(['"', '\'', '`'])) {
        report(reading, word.span, "the go command refuses a quote here; only `\"` may stand around a whole word");
    }
}

/// Reports a directive that the file does not have; a whole block of it once, where it opens.
pub(super) fn report_unknown(reading: &mut Reading, line: &Line<'_>, file: &str) {
    let span = line.block.unwrap_or(line.span);
    if reading.problems.last().is_none_or(|problem| problem.span != span) {
        report(reading, span, &format!("`{}` is no directive of {file}", line.directive));
    }
}

/// Reads a `replace`, which both files have.
pub(super) fn replace(reading: &mut Reading, line: &Line<'_>) {
    let Some(arrow) = line.words.iter().position(|word| word.value == "=>") else {
        return report(reading, line.span, "`replace` needs `=>`");
    };
    let (left, right) = (&line.words[..arrow], &line.words[arrow + 1..]);
    let (path, when) = match left {
        [path] => (path, None),
        [path, version] => (path, Some(version.value.clone())),
        _ => return report(reading, line.span, "the left side of `=>` takes a module path and at most a version"),
    };
    let (stated, span) = match right {
        [target] => (Stated::Source(Source::Path(target.value.clone())), target.span),
        [target, version] if target.value == path.value => {
            (Stated::Requirement(version.value.clone(), Grammar::GoMod), version.span)
        }
        [target, version] => {
            let fork = Source::Fork { name: target.value.clone(), version: version.value.clone() };
            (Stated::Source(fork), version.span)
        }
        _ => return report(reading, line.span, "the right side of `=>` takes a path, or a module path and a version"),
    };
    reading.overrides.push(Override {
        effect: Effect::Replace,
        name: path.value.clone(),
        when,
        then: pin(&path.value, stated, span),
    });
}

/// What an override puts in place of a statement.
pub(super) fn pin(name: &str, stated: Stated, span: Span) -> Declared {
    Declared { name: name.into(), stated, scope: Scope::Managed, direct: None, condition: None, span }
}

/// Reports that a statement breaks the grammar.
pub(super) fn report(reading: &mut Reading, span: Span, message: &str) {
    reading.problems.push(Problem { kind: ProblemKind::Syntax, message: message.into(), span });
}
