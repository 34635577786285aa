//! JSON as a tree with places, strict in judgement and forgiving in reading. For large files there is [`cursor`], which keeps
//! no tree.
//!
//! Whether a text is JSON is decided as `JSON.parse` decides it (RFC 8259). A text that is none is refused by its tool as a
//! whole, so nothing in it is certain; what it would state is read all the same, so that a person hears of it:
//! comments, trailing commas and single quotes are read over; the marks of templates are blanked out;
//! else what stands before the break is read.
//!
//! Traps:
//! - Of two members with one name the last counts (ECMA-262, `JSON.parse`).
//! - Half a surrogate pair is valid JSON, but no text.
//! - The parser refuses deep nesting; then, too, the part before it is read.

pub mod cursor;

use std::collections::HashMap;

use jsonc_parser::ast::{Object, ObjectPropName, StringLit, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::model::{Problem, ProblemKind};
use crate::source::{SourceText, Span, boundary};

/// How many levels of a broken text are kept; what a manifest states lies far above.
const MAX_KEPT_DEPTH: usize = 64;

/// Longest template expression that is blanked out, in bytes.
const MAX_TEMPLATE_LENGTH: usize = 1000;

/// Reads a text, adds a problem if its tool would refuse it, and hands its value to `then`, if there is one.
pub fn read(
    source: &SourceText,
    tool: &str,
    problems: &mut Vec<Problem>,
    then: impl FnOnce(&Value<'_>, &mut Vec<Problem>),
) {
    let text = source.text();
    let strict = first_error(text);
    if let Ok(Some(value)) = parse(text) {
        problems.extend(strict.map(|(at, message)| refused(source, tool, at, &message, None)));
        return then(&value, problems);
    }
    let blanked = Blanked::of(text);
    let parsed = parse(&blanked.text);
    let (closed, end) = match &parsed {
        Ok(_) => (String::new(), None),
        Err(at) => {
            let (closed, end) = closed_before(&blanked.text, *at);
            (closed, Some(end))
        }
    };
    let deep = end.map(|end| (end, "it is nested too deeply to be read".to_owned()));
    if let Some((at, message)) = strict.or(deep) {
        let mut problem = refused(source, tool, at, &message, end);
        if blanked.is_template {
            problem.kind = ProblemKind::Template;
            let message = "this is a template, not yet JSON, so no version in it is certain";
            problem.message = format!("{message}{}", behind(source, end));
        }
        problems.push(problem);
    }
    match parsed {
        Ok(Some(value)) => then(&value, problems),
        Ok(None) => {}
        Err(_) => {
            if let Ok(Some(value)) = parse(&closed) {
                then(&value, problems);
            }
        }
    }
}

/// Reads a text that may hold comments and trailing commas, adds a problem where it is broken beyond those, and hands its value
/// to `then`, if there is one.
pub fn read_commented(
    source: &SourceText,
    tool: &str,
    problems: &mut Vec<Problem>,
    then: impl FnOnce(&Value<'_>, &mut Vec<Problem>),
) {
    match parse(source.text()) {
        Ok(Some(value)) => then(&value, problems),
        Ok(None) | Err(_) => read(source, tool, problems, then),
    }
}

/// Whether a text is JSON.
pub fn is_json(text: &str) -> bool {
    first_error(text).is_none()
}

fn refused(source: &SourceText, tool: &str, at: usize, message: &str, end: Option<usize>) -> Problem {
    let text = source.text();
    let length = text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
    let message = format!("this is not JSON, so {tool} refuses the whole file: {message}{}", behind(source, end));
    Problem { kind: ProblemKind::Syntax, message, span: Span::new(at, at + length) }
}

fn behind(source: &SourceText, end: Option<usize>) -> String {
    end.map_or(String::new(), |end| format!("; nothing behind line {} is read", source.line_col(end).line))
}

/// Where and why a text is not JSON.
fn first_error(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = boundary(text, line_start + error.column().saturating_sub(1));
    if text[at..].starts_with("//") || text[at..].starts_with("/*") {
        return Some((at, "it holds a comment".into()));
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    Some((at, message.to_owned()))
}

/// The value of a text in the widest sense of JSON, or where it breaks.
fn parse(text: &str) -> Result<Option<Value<'_>>, usize> {
    match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
        Ok(result) => Ok(result.value),
        Err(error) => {
            let range = error.range();
            Err(match error.kind() {
                // These are reported for the whole of what is open.
                ParseErrorKind::UnterminatedObject
                | ParseErrorKind::UnterminatedArray
                | ParseErrorKind::NestingDepthExceeded => range.end,
                _ => range.start,
            })
        }
    }
}

/// A text of the same length with spaces for what breaks its JSON.
struct Blanked {
    text: String,
    is_template: bool,
}

impl Blanked {
    fn of(text: &str) -> Blanked {
        let bytes = text.as_bytes();
        let mut out = bytes.to_vec();
        let mut is_template = false;
        let mut closing = ClosingMarks::default();
        let mut previous = b' ';
        let mut is_in_string = false;
        let mut at = 0;
        while at < bytes.len() {
            let rest = &text.as_bytes()[at..];
            let step = if is_in_string {
                is_in_string = !matches!(rest[0], b'"' | b'\n');
                if rest[0] == b'\\' { escape(rest, &mut out[at..]) } else { 1 }
            } else if let Some(length) = closing.template(bytes, at) {
                is_template = true;
                out[at..at + length].fill(b' ');
                if previous == b':' {
                    // It stands for a value: an empty string keeps its place.
                    out[at] = b'"';
                    out[at + length - 1] = b'"';
                }
                length
            } else {
                is_in_string = rest[0] == b'"';
                previous = if rest[0].is_ascii_whitespace() { previous } else { rest[0] };
                1
            };
            at += step;
        }
        Blanked { text: String::from_utf8(out).unwrap_or_default(), is_template }
    }
}

/// The length of an escape; half a surrogate pair is replaced in `out`.
fn escape(rest: &[u8], out: &mut [u8]) -> usize {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
        (Some(0xD800..=0xDFFF), _) => {
            out[2..6].copy_from_slice(b"FFFD");
            6
        }
        // The byte behind may start a character or end the line; it is looked at by itself if so.
        _ => 1 + usize::from(matches!(rest.get(1), Some(b'"' | b'\\'))),
    }
}

/// The marks between which template engines write.
const TEMPLATE_MARKS: [(&[u8], &[u8]); 4] = [(b"{{", b"}}"), (b"{%", b"%}"), (b"{#", b"#}"), (b"<%", b"%>")];

/// Where the next closing mark of each kind is, so that a text of opening ones is still read in linear time.
#[derive(Default)]
struct ClosingMarks([usize; TEMPLATE_MARKS.len()]);

impl ClosingMarks {
    /// The length of a template's expression that starts at `at`.
    fn template(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let kind = TEMPLATE_MARKS.iter().position(|(open, _)| bytes[at..].starts_with(open))?;
        let inside = at + 2;
        if self.0[kind] < inside {
            let close = bytes[inside..].windows(2).position(|pair| pair == TEMPLATE_MARKS[kind].1);
            self.0[kind] = close.map_or(usize::MAX, |close| inside + close);
        }
        let end = Some(self.0[kind]).filter(|close| *close < inside + MAX_TEMPLATE_LENGTH)? + 2;
        // `{{{name}}}` closes with three.
        let is_tripled = bytes[at..].starts_with(b"{{{") && bytes.get(end) == Some(&b'}');
        Some(end - at + usize::from(is_tripled))
    }
}

/// The text up to the last whole value before `at`, with every bracket closed, and where that is.
fn closed_before(text: &str, at: usize) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut open: Vec<u8> = Vec::new();
    let (mut cut, mut depth) = (0, 0);
    let mut previous = b' ';
    let mut index = 0;
    while index < at.min(bytes.len()) {
        let byte = bytes[index];
        index += 1;
        let is_whole = match byte {
            b'"' => {
                let Some(end) = string_end(bytes, index) else { break };
                index = end;
                matches!(previous, b':' | b'[')
            }
            b'{' | b'[' => {
                open.push(if byte == b'{' { b'}' } else { b']' });
                true
            }
            b'}' | b']' => {
                open.pop();
                true
            }
            b'/' if bytes.get(index) == Some(&b'/') => {
                index += bytes[index..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - index);
                continue;
            }
            b'/' if bytes.get(index) == Some(&b'*') => {
                index +=
                    bytes[index..].windows(2).position(|pair| pair == b"*/").map_or(bytes.len() - index, |at| at + 2);
                continue;
            }
            byte if byte.is_ascii_whitespace() => continue,
            byte => byte == b',',
        };
        previous = byte;
        if is_whole && index <= at && open.len() <= MAX_KEPT_DEPTH {
            (cut, depth) = (index, open.len());
        }
    }
    let mut closed = text[..cut].to_owned();
    closed.extend(open[..depth.min(open.len())].iter().rev().map(|byte| char::from(*byte)));
    (closed, cut)
}

/// Where the string ends whose first character is at `index`.
fn string_end(bytes: &[u8], mut index: usize) -> Option<usize> {
    loop {
        match bytes.get(index)? {
            b'"' => return Some(index + 1),
            b'\\' => index += 2,
            _ => index += 1,
        }
    }
}

/// One member of an object.
pub struct Member<'v, 't> {
    /// Its name.
    pub name: &'v str,
    /// The name's content, without quotes.
    pub name_span: Span,
    /// Its value.
    pub value: &'v Value<'t>,
}

/// The members of an object, of several with one name the last.
pub fn members<'v, 't>(object: &'v Object<'t>) -> Vec<Member<'v, 't>> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (number, member) in object.properties.iter().enumerate() {
        last.insert(member.name.as_str(), number);
    }
    let kept = object.properties.iter().enumerate().filter(|(number, member)| last[member.name.as_str()] == *number);
    kept.map(|(_, member)| Member {
        name: member.name.as_str(),
        name_span: match &member.name {
            ObjectPropName::String(name) => content(name),
            ObjectPropName::Word(name) => Span::new(name.range.start, name.range.end),
        },
        value: &member.value,
    })
    .collect()
}

/// The member of an object, of several with one name the last.
pub fn member<'v, 't>(object: &'v Object<'t>, name: &str) -> Option<&'v Value<'t>> {
    object.properties.iter().rev().find(|member| member.name.as_str() == name).map(|member| &member.value)
}

/// The place of a string without its quotes.
pub fn content(string: &StringLit<'_>) -> Span {
    Span::new(string.range.start + 1, string.range.end - 1)
}

/// The place of a value.
pub fn place(value: &Value<'_>) -> Span {
    let range = value.range();
    Span::new(range.start, range.end)
}

/// What a value is, for messages.
pub fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::NullKeyword(_) => "null",
    }
}
