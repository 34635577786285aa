//! `gradle.properties`: project properties in Java's format (`java.util.Properties`, "load").
//!
//! Traps:
//! - `=`, `:` and blanks separate a key from its value; a blank before `=` or `:` belongs to the separator.
//! - A line that ends in an odd number of backslashes goes on in the next, whose leading blanks do not count.
//! - `\uXXXX` is a UTF-16 unit; any other character behind a backslash is itself, `n`, `t`, `r` and `f` aside.
//! - `#` and `!` open a comment only as the first character of a line.
//! - Blanks at the end of a value belong to it for Java. No version has one, so they are cut off here.

use crate::model::{Ecosystem, Format, Reading, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "gradle_properties",
    name: "gradle.properties",
    ecosystem: Ecosystem::Maven,
    globs: &["gradle.properties"],
    read,
};

/// Reads properties in Java's format.
pub(super) fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut number = 1;
    while number <= source.line_count() {
        let first = source.line(number);
        let start = source.line_start(number);
        number += 1;
        let indent = first.len() - first.trim_start_matches(is_blank).len();
        let rest = &first[indent..];
        if rest.is_empty() || rest.starts_with(['#', '!']) {
            continue;
        }
        // The characters of the logical line with their places.
        let mut characters: Vec<(usize, char)> = Vec::new();
        let (mut line, mut offset) = (rest, start + indent);
        loop {
            let goes_on = line.len() - line.trim_end_matches('\\').len();
            let goes_on = goes_on % 2 == 1 && number <= source.line_count();
            let length = line.len() - usize::from(goes_on);
            characters.extend(line[..length].char_indices().map(|(index, c)| (offset + index, c)));
            if !goes_on {
                break;
            }
            let next = source.line(number);
            let indent = next.len() - next.trim_start_matches(is_blank).len();
            (line, offset) = (&next[indent..], source.line_start(number) + indent);
            number += 1;
        }
        reading.variables.extend(property(&characters));
    }
    reading
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// One property.
fn property(characters: &[(usize, char)]) -> Option<Variable> {
    let mut end = 0;
    while let Some((_, c)) = characters.get(end) {
        match c {
            '\\' => end += 2,
            '=' | ':' => break,
            c if is_blank(*c) => break,
            _ => end += 1,
        }
    }
    let end = end.min(characters.len());
    let (key, rest) = characters.split_at(end);
    let blanks = |rest: &[(usize, char)]| rest.iter().take_while(|(_, c)| is_blank(*c)).count();
    let mut start = blanks(rest);
    if rest.get(start).is_some_and(|(_, c)| matches!(c, '=' | ':')) {
        start += 1;
        start += blanks(&rest[start..]);
    }
    let mut value = &rest[start..];
    while let Some(((_, last), before)) = value.split_last() {
        if !is_blank(*last) || before.last().is_some_and(|(_, c)| *c == '\\') {
            break;
        }
        value = before;
    }
    let span = match (value.first(), value.last()) {
        (Some((first, _)), Some((last, c))) => Span::new(*first, last + c.len_utf8()),
        _ => {
            let end = characters.last().map_or(0, |(last, c)| last + c.len_utf8());
            Span::new(end, end)
        }
    };
    let name = unescape(key);
    (!name.is_empty()).then(|| Variable { name, value: unescape(value), condition: None, span })
}

fn unescape(characters: &[(usize, char)]) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0; 2];
    let mut index = 0;
    while let Some((_, c)) = characters.get(index) {
        index += 1;
        let mut c = *c;
        if c == '\\' {
            let Some((_, escaped)) = characters.get(index) else { break };
            index += 1;
            if *escaped == 'u' {
                let digits: String = characters[index..].iter().take(4).map(|(_, c)| *c).collect();
                if let (4, Ok(unit)) = (digits.len(), u16::from_str_radix(&digits, 16)) {
                    units.push(unit);
                    index += 4;
                    continue;
                }
            }
            c = match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'f' => '\u{c}',
                other => *other,
            };
        }
        units.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    String::from_utf16_lossy(&units)
}
