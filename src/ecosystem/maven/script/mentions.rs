//! Coordinates in a script of which nothing else was made: `"group:artifact:version"` as a value, an argument, an element of a
//! list, a map with `group`, `name` and `version`, or the three one after another. What a program does with such a text is not
//! followed everywhere, but it is seldom nothing.
//!
//! Traps:
//! - A text that is compared, looked up, excluded, printed or given as a reason asks for nothing, and neither does a key.
//! - A parameter of a function is no variable, even if one has the same name. Where a part of the artifact's name is one, it is
//!   each element of the list that the function goes through; else the function's name stands there between two [`OPEN`]: its
//!   calls have the rest.

use super::parameters::Given;
use super::template::{self, PartKind, Written};
use super::{Range, Script};
use crate::model::{Declared, Grammar, Mention, Scope, Stated};
use crate::source::Span;

/// What stands in a name around the function of which only the calls know that part; around nothing where any may.
pub const OPEN: char = '…';

/// Most tokens before and behind `group` in which the other fields of a map are looked for.
const MAX_FIELDS: usize = 40;

/// Most names that one stands for.
const MAX_NAMES: usize = 100;

/// Longest text with all that is added to it, in bytes.
const MAX_TEXT: usize = 2000;

/// Most strings that are added to one text.
const MAX_OPERANDS: usize = 8;

/// Most calls around a word that are looked at.
const MAX_CALLS: usize = 3;

/// What names have in them of calls, blocks and values that ask for no module.
const QUIET_PARTS: &[&str] = &[
    "exclu",
    "ignor",
    "suppress",
    "forbid",
    "banned",
    "denied",
    "deny",
    "reject",
    "licen",
    "substitut",
    "because",
    "allowlist",
    "whitelist",
    "blacklist",
];

/// The names of others.
const QUIET: &[&str] = &[
    "println",
    "print",
    "logger",
    "log",
    "throw",
    "replacedBy",
    "description",
    "contains",
    "containsKey",
    "startsWith",
    "endsWith",
    "equals",
    "matches",
    "assert",
    "assertEquals",
    "assertThat",
    "assertTrue",
];

/// A coordinate with the tokens it stands in.
struct Candidate {
    range: Range,
    name: Written,
    version: Written,
    /// Whether it is a map of fields.
    fields: bool,
}

/// The coordinates of a script that stand outside of the notations that were understood.
pub fn mentions(script: &Script<'_>) -> Vec<Mention> {
    let mut candidates = candidates(script);
    let mut understood = script.understood.borrow().clone();
    understood.sort_unstable();
    candidates.retain(|candidate| {
        let span = script.span(candidate.range);
        let next = understood.partition_point(|known| known.start < span.start);
        let touches = |known: &Span| known.start < span.end && span.start < known.end;
        !understood.get(next).is_some_and(touches)
            && !next.checked_sub(1).and_then(|before| understood.get(before)).is_some_and(touches)
    });
    if candidates.is_empty() {
        return Vec::new();
    }
    let starts: Vec<usize> = candidates.iter().map(|candidate| candidate.range.start).collect();
    let quiet = quiet(script, &starts);
    let is_key = |candidate: &Candidate| !candidate.fields && is_key(script, candidate.range.start);
    let loud = candidates.iter().zip(quiet).filter(|(candidate, quiet)| !quiet && !is_key(candidate));
    loud.flat_map(|(candidate, _)| mentioned(script, candidate)).collect()
}

fn mentioned(script: &Script<'_>, candidate: &Candidate) -> Vec<Mention> {
    let at = candidate.range.start;
    let (stated, span) = stated(script, &candidate.version, at);
    let names = names(script, &candidate.name.text, at).into_iter();
    let names = names.filter(|name| !name.starts_with(OPEN) && name.matches(OPEN).count() <= 2);
    names
        .map(|name| {
            let stated = stated.clone();
            let then = Declared { name, stated, scope: Scope::Managed, direct: None, condition: None, span };
            Mention { then, span: script.span(candidate.range) }
        })
        .collect()
}

/// The names that one with parameters in it stands for.
pub fn names(script: &Script<'_>, name: &str, at: usize) -> Vec<String> {
    if template::is_literal(name) {
        return vec![name.to_owned()];
    }
    let mut names = vec![String::new()];
    for part in template::parts(name, script.dialect) {
        let outer = &name[part.outer.start..part.outer.end];
        let parameter = match part.kind {
            PartKind::Expression => script.parameters().find(script, root(&name[part.span.start..part.span.end]), at),
            PartKind::Literal | PartKind::Escape => None,
        };
        let texts = match parameter.map(|parameter| parameter.given(script)) {
            None => vec![outer.to_owned()],
            Some(Given::Calls(function)) => vec![format!("{OPEN}{function}{OPEN}")],
            Some(Given::Unknown) => vec![format!("{OPEN}{OPEN}")],
            Some(Given::Elements(list)) => {
                let elements = script.split(list, ",").into_iter();
                elements.filter_map(|element| template::of_value(script, element)).map(|element| element.text).collect()
            }
        };
        names = names.iter().flat_map(|name| texts.iter().map(move |text| format!("{name}{text}"))).collect();
        names.truncate(MAX_NAMES);
    }
    names
}

/// A version, unless a parameter is part of it; of one that is nothing else, what it has when a call gives none.
pub fn stated(script: &Script<'_>, version: &Written, at: usize) -> (Stated, Span) {
    if !template::is_literal(&version.text) {
        let parts = template::parts(&version.text, script.dialect);
        for part in parts.iter().filter(|part| part.kind == PartKind::Expression) {
            let expression = &version.text[part.span.start..part.span.end];
            let Some(parameter) = script.parameters().find(script, root(expression), at) else { continue };
            let default = parameter.default.and_then(|default| template::of_value(script, default));
            if let Some(default) = default.filter(|_| parts.len() == 1) {
                return (Stated::Requirement(default.text.clone(), Grammar::Gradle), default.span());
            }
            return (Stated::Computed(expression.to_owned()), version.span());
        }
    }
    (Stated::Requirement(version.text.clone(), Grammar::Gradle), version.span())
}

/// The first word of an expression.
fn root(expression: &str) -> &str {
    let expression = expression.trim();
    let end = expression.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(expression.len());
    &expression[..end]
}

fn candidates(script: &Script<'_>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for index in 0..script.tokens.len() {
        let is_named = (script.is_word(index) || script.is_string(index)) && script.word(index) == "group";
        if is_named && is_mark(script, index + 1) {
            candidates.extend(of_fields(script, index));
        } else if script.is_string(index) && !(index > 0 && script.is(index - 1, "+")) {
            candidates.extend(of_text(script, index).or_else(|| of_row(script, index)));
        }
    }
    candidates
}

/// `"group:artifact:version"`, be it the sum of several texts.
fn of_text(script: &Script<'_>, index: usize) -> Option<Candidate> {
    let mut range = Range::new(index, end_of_value(script, index));
    // `String.format("group:artifact:%s", version)`
    if let Some(start) = index.checked_sub(4).filter(|start| script.word(*start) == "String")
        && script.word(index - 2) == "format"
        && script.is(index - 1, "(")
    {
        range = Range::new(start, script.skip(index - 1, script.tokens.len()));
    }
    let span = script.span(range);
    if span.end - span.start > MAX_TEXT {
        range = Range::new(index, index + 1);
    }
    if range.end == index + 1 && script.word(index).bytes().filter(|byte| *byte == b':').count() < 2 {
        return None;
    }
    let written = template::of_value(script, range)?;
    let parts = template::split(&written.text, script.dialect, ':');
    let [group, artifact, version, ..] = parts.as_slice() else { return None };
    // A classifier may follow, and an extension; no more.
    if parts.len() > 4 {
        return None;
    }
    let version = match template::split(&written.text[version.start..version.end], script.dialect, '@').as_slice() {
        [first, _] if first.end > 0 => Span::new(version.start, version.start + first.end),
        _ => *version,
    };
    let candidate = Candidate {
        range,
        name: written.part(Span::new(group.start, artifact.end)),
        version: written.part(version),
        fields: false,
    };
    candidate.is_plausible(script).then_some(candidate)
}

/// `"group", "artifact", "version"`.
fn of_row(script: &Script<'_>, index: usize) -> Option<Candidate> {
    let is_part = |index: usize| script.is_string(index) && !script.word(index).contains([':', ' ']);
    if !(script.is(index + 1, ",") && is_part(index) && script.word(index).contains('.')) {
        return None;
    }
    let is_row = is_part(index + 2) && script.is(index + 3, ",");
    let is_first = index == 0 || !script.is(index - 1, ",");
    if !is_row || !is_first {
        return None;
    }
    let end = match script.chain(index + 4, script.tokens.len()) {
        Some(chain) if !matches!(chain.last(), "true" | "false" | "null") => chain.end,
        None if is_part(index + 4) && looks_like_version(script.word(index + 4)) => index + 5,
        Some(_) | None => return None,
    };
    if script.is(end, ",") {
        return None;
    }
    let text = |index: usize| template::of_string(script, &script.tokens[index]);
    let name = Written::joined(&text(index), ":", &text(index + 2));
    let version = template::of_value(script, Range::new(index + 4, end))?;
    let candidate = Candidate { range: Range::new(index, end), name, version, fields: false };
    candidate.is_plausible(script).then_some(candidate)
}

/// `group: 'g', name: 'a', version: 'v'` in any order.
fn of_fields(script: &Script<'_>, group: usize) -> Option<Candidate> {
    let all = script.tokens.len();
    let ends = |index: usize| {
        let is_break = script.is_line_end(index) && !(index > 0 && script.is(index - 1, ","));
        is_break || script.is(index, ";")
    };
    let mut start = group;
    while start > group.saturating_sub(MAX_FIELDS) {
        let before = start - 1;
        match script.tokens[before].partner {
            Some(open) if open < before => start = open,
            Some(_) => break,
            None if ends(before) => break,
            None => start = before,
        }
    }
    let mut end = group;
    while end < all.min(group + MAX_FIELDS) && !ends(end) {
        let closes = script.tokens[end].partner.is_some_and(|open| open < end);
        if closes || script.is(end, "{") {
            break;
        }
        end = script.skip(end, all);
    }
    let mut fields: [Option<Range>; 3] = [None; 3];
    let mut whole: Option<Range> = None;
    for mut part in script.split(Range::new(start, end), ",") {
        // The word before the first field is what is called.
        if (part.start..part.end).contains(&group) {
            part.start = group;
        } else if script.is_word(part.start) && !is_mark(script, part.start + 1) && is_mark(script, part.start + 2) {
            part.start += 1;
        }
        let which = match script.word(part.start) {
            "group" => 0,
            "name" => 1,
            "version" => 2,
            _ => continue,
        };
        if is_mark(script, part.start + 1) && part.start + 2 < part.end {
            fields[which] = Some(Range::new(part.start + 2, part.end));
            whole = Some(whole.map_or(part, |whole| Range::new(whole.start.min(part.start), part.end.max(whole.end))));
        }
    }
    let [group, name, version] = fields.map(|field| field.and_then(|field| template::of_value(script, field)));
    let candidate =
        Candidate { range: whole?, name: Written::joined(&group?, ":", &name?), version: version?, fields: true };
    candidate.is_plausible(script).then_some(candidate)
}

fn is_mark(script: &Script<'_>, index: usize) -> bool {
    script.is(index, ":") || script.is(index, "=") || (script.is_word(index) && script.word(index) == "to")
}

/// Behind a string and all that is added to it or put into it.
fn end_of_value(script: &Script<'_>, index: usize) -> usize {
    let mut end = index + 1;
    for _ in 0..MAX_OPERANDS {
        if script.is(end, "+") {
            let mut next = end + 1;
            while script.is_line_end(next) {
                next += 1;
            }
            end = match script.chain(next, script.tokens.len()) {
                Some(chain) => chain.end,
                None if script.is_string(next) => next + 1,
                None => break,
            };
        } else if script.is(end, ".")
            && matches!(script.word(end + 1), "plus" | "concat" | "format")
            && script.is(end + 2, "(")
        {
            end = script.skip(end + 2, script.tokens.len());
        } else {
            break;
        }
    }
    end
}

impl Candidate {
    /// Whether it can be a coordinate at all: a path, a time or a task has colons, too.
    fn is_plausible(&self, script: &Script<'_>) -> bool {
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        };
        let is_name = |text: &str| text.contains('$') || is_word(text);
        let parts = template::split(&self.name.text, script.dialect, ':');
        let [group, artifact] = parts.as_slice() else { return false };
        let (group, artifact) =
            (&self.name.text[group.start..group.end], &self.name.text[artifact.start..artifact.end]);
        let version = self.version.text.as_str();
        let is_version = version.contains('$') || !version.contains(['/', ' ', '\t', '\n', '\r']);
        is_name(group)
            && is_name(artifact)
            && (is_word(group) || is_word(artifact))
            && is_version
            && (looks_like_version(version) || group.contains('.'))
    }
}

/// Whether a text is a version rather than anything else behind a colon.
fn looks_like_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | '+' | '$'))
        || text.starts_with("latest.")
        || text.to_ascii_lowercase().contains("version")
}

/// Whether tokens stand where nothing is asked for; they are given in order.
pub fn quiet(script: &Script<'_>, wanted: &[usize]) -> Vec<bool> {
    #[derive(Default)]
    struct Level {
        close: usize,
        around: bool,
        statement: bool,
    }
    let mut levels = vec![Level { close: usize::MAX, ..Level::default() }];
    let mut quiet = Vec::with_capacity(wanted.len());
    let mut wanted = wanted.iter().copied().peekable();
    for index in 0..script.tokens.len() {
        let Some(next) = wanted.peek() else { break };
        while levels.len() > 1 && levels.last().is_some_and(|level| level.close == index) {
            levels.pop();
        }
        let Some(level) = levels.last_mut() else { break };
        if *next == index {
            quiet.push(level.around || level.statement || is_compared(script, index));
            wanted.next();
        }
        if let Some(close) = script.tokens[index].partner.filter(|close| *close > index) {
            let around = level.around || level.statement;
            levels.push(Level { close, around, statement: false });
        } else if script.is(index, ";") || (script.is_line_end(index) && !(index > 0 && script.is(index - 1, ","))) {
            level.statement = false;
        } else if script.is_word(index) {
            level.statement |= is_quiet(script.word(index));
        }
    }
    quiet
}

fn is_quiet(word: &str) -> bool {
    QUIET.contains(&word) || {
        let lower = word.to_ascii_lowercase();
        QUIET_PARTS.iter().any(|part| lower.contains(part))
    }
}

/// Whether a value is held against another.
fn is_compared(script: &Script<'_>, index: usize) -> bool {
    let is_mark = |index: usize| ["==", "!=", "===", "!==", "=~", "->"].iter().any(|mark| script.is(index, mark));
    let before = index.checked_sub(1);
    before.is_some_and(|before| {
        (is_mark(before) && !script.is(before, "->"))
            || (script.is_word(before) && matches!(script.word(before), "in" | "case"))
    }) || is_mark(index + 1)
}

/// Whether a string is a key of a map.
fn is_key(script: &Script<'_>, index: usize) -> bool {
    let starts = match index.checked_sub(1) {
        None => true,
        Some(before) => script.is_line_end(before) || ["[", ",", "(", "{"].iter().any(|mark| script.is(before, mark)),
    };
    let is_named = script.is_word(index + 1) && script.word(index + 1) == "to";
    script.is_string(index) && starts && (script.is(index + 1, ":") || script.is(index + 1, "->") || is_named)
}

/// Texts that may be parts of names, each with the calls that it is an argument of, or an element of one.
pub type Words = Vec<(String, Vec<String>)>;

/// The texts of a script that a call or a list may give for a part of a name: plain words, and none that belongs to another
/// coordinate.
pub fn words_of(script: &Script<'_>) -> Words {
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let is_loose = |index: &usize| {
        let index = *index;
        if !script.is_string(index) || !is_plain(script.word(index)) || is_key(script, index) {
            return false;
        }
        let Some(before) = index.checked_sub(1) else { return true };
        let belongs =
            [":", "%", "%%", "%%%", "+"].iter().any(|mark| script.is(before, mark) || script.is(index + 1, mark));
        let is_row = script.is(before, ",")
            && before > 0
            && script.is_string(before - 1)
            && script.word(before - 1).contains('.');
        !belongs && !is_row
    };
    let places: Vec<usize> = (0..script.tokens.len()).filter(is_loose).collect();
    let quiet = quiet(script, &places);
    let mut words = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut index = 0;
    for (place, _) in places.into_iter().zip(quiet).filter(|(_, quiet)| !quiet) {
        while index < place {
            while open.last().is_some_and(|open| script.tokens[*open].partner == Some(index)) {
                open.pop();
            }
            if script.tokens[index].partner.is_some_and(|close| close > index) {
                open.push(index);
            }
            index += 1;
        }
        let around = open.iter().rev().take(MAX_CALLS).filter_map(|open| open.checked_sub(1));
        let calls = around.chain(place.checked_sub(1)).filter(|index| script.is_word(*index));
        words.push((script.word(place).to_owned(), calls.map(|index| script.word(index).to_owned()).collect()));
    }
    words
}

/// What a name with an open part may be, given the words of a build: those that the function is called with.
pub fn filled(name: &str, words: &Words) -> Vec<String> {
    let mut parts = name.splitn(3, OPEN);
    let (Some(before), Some(function), Some(after)) = (parts.next(), parts.next(), parts.next()) else {
        return Vec::new();
    };
    let gives = |(_, calls): &&(String, Vec<String>)| function.is_empty() || calls.iter().any(|call| call == function);
    words.iter().filter(gives).map(|(word, _)| format!("{before}{word}{after}")).collect()
}
