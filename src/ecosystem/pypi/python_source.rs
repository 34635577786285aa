//! The tokens of a Python source (The Python Language Reference, "Lexical analysis"), as far as one needs them to read
//! literals without running anything.
//!
//! Traps:
//! - Inside brackets and triple quotes a line end means nothing; a backslash in front of it joins lines everywhere else.
//! - A raw string keeps its backslashes, yet one in front of a quote still keeps the string open.
//! - Since Python 3.12 an expression in an f-string may hold the quote that surrounds the string.
//! - Sources for Python 2 are read as well: `ur''` is a string, and what else they hold passes as operators.
//! - A tag of a template engine, `{% … %}`, is no Python. It is read over, so that what is around it is still found.

use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::source::{Span, boundary};

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its place, with prefix and quotes.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A string.
    Text(Quoted),
    /// An operator or bracket.
    Operator,
    /// The end of a logical line.
    LineEnd,
}

/// How a string is written.
#[derive(Clone, Copy, Debug)]
pub struct Quoted {
    /// What is between the quotes.
    pub body: Span,
    /// Whether the closing quotes are there.
    pub closed: bool,
    /// Whether backslashes stand for themselves.
    raw: bool,
    /// Whether braces hold expressions.
    formatted: bool,
}

/// The tokens of a source.
#[derive(Debug, Default)]
pub struct Tokens<'a> {
    /// The source.
    pub text: &'a str,
    /// The tokens.
    pub list: Vec<Token>,
    /// For each opening bracket the index of the closing one, else of the end; for other tokens their own index.
    pub closing: Vec<usize>,
    /// What breaks the grammar, first to last.
    pub errors: Vec<(Span, &'static str)>,
}

/// Operators of more than one character, longest first.
const LONG_OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "==", "!=", "<>", "<=", ">=", "->", ":=", "+=", "-=",
    "*=", "/=", "%=", "@=", "&=", "|=", "^=",
];

/// How far an expression in an f-string is followed when it holds quotes.
const MAX_EXPRESSION: usize = 512;

/// The longest tag of a template engine that is read over.
const MAX_TAG: usize = 512;

impl<'a> Tokens<'a> {
    /// The tokens of a text.
    pub fn new(text: &'a str) -> Tokens<'a> {
        let mut tokens = Tokens { text, ..Tokens::default() };
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            if let Some(length) = line_end(rest) {
                if open.is_empty() {
                    tokens.push(Kind::LineEnd, at, at + length);
                }
                at += length;
            } else if first == '\\' && line_end(&rest[1..]).is_some() {
                at += 1 + line_end(&rest[1..]).unwrap_or_default();
            } else if first.is_whitespace() || first == '\u{FEFF}' {
                at += first.len_utf8();
            } else if first == '#' {
                at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if let Some((quoted, end)) = string(text, at) {
                if !quoted.closed {
                    tokens.errors.push((Span::new(at, end), "a string is never closed"));
                }
                tokens.push(Kind::Text(quoted), at, end);
                at = end;
            } else if let Some(length) = template_tag(rest) {
                tokens.errors.push((Span::new(at, at + length), "a template engine's tag stands here"));
                at += length;
            } else if first.is_ascii_digit() {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').unwrap_or(rest.len());
                tokens.push(Kind::Number, at, at + length);
                at += length;
            } else if first.is_alphabetic() || first == '_' {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push(Kind::Name, at, at + length);
                at += length;
            } else {
                let length = LONG_OPERATORS.iter().find(|long| rest.starts_with(**long)).map(|long| long.len());
                let length = length.unwrap_or(first.len_utf8());
                match first {
                    '(' | '[' | '{' => open.push(tokens.list.len()),
                    ')' | ']' | '}' => tokens.close(&mut open, at),
                    _ => {}
                }
                tokens.push(Kind::Operator, at, at + length);
                at += length;
            }
        }
        let end = tokens.list.len();
        for index in open.iter().rev() {
            tokens.closing[*index] = end;
        }
        if let Some(index) = open.first() {
            tokens.errors.push((tokens.list[*index].span, "a bracket is never closed"));
        }
        tokens.push(Kind::LineEnd, text.len(), text.len());
        tokens.errors.sort_by_key(|(span, _)| *span);
        tokens
    }

    /// The text of a token; nothing behind the last.
    pub fn word(&self, index: usize) -> &'a str {
        self.list.get(index).map_or("", |token| &self.text[token.span.start..token.span.end])
    }

    /// The token, if it is a name.
    pub fn name(&self, index: usize) -> Option<&'a str> {
        let token = self.list.get(index)?;
        matches!(token.kind, Kind::Name).then(|| self.word(index))
    }

    /// Whether a token is a certain operator.
    pub fn is_operator(&self, index: usize, operator: &str) -> bool {
        let token = self.list.get(index);
        token.is_some_and(|token| matches!(token.kind, Kind::Operator)) && self.word(index) == operator
    }

    /// The place from the first token of a range to its last.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let at = |index: usize| self.list.get(index).map_or(self.text.len(), |token| token.span.start);
        let last = end.checked_sub(1).filter(|last| *last >= start).and_then(|last| self.list.get(last));
        Span::new(at(start), last.map_or(at(start), |token| token.span.end))
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.closing.push(self.list.len());
        self.list.push(Token { kind, span: Span::new(start, end) });
    }

    fn close(&mut self, open: &mut Vec<usize>, at: usize) {
        match open.pop() {
            Some(index) => self.closing[index] = self.list.len(),
            None => self.errors.push((Span::new(at, at + 1), "a bracket closes that was never opened")),
        }
    }
}

/// The length of the line end that a text starts with.
fn line_end(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}

/// The length of the template engine's tag that a text starts with, on one line.
fn template_tag(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("{%")?;
    let line = inside[..boundary(inside, MAX_TAG)].split(['\n', '\r']).next()?;
    Some("{%".len() + line.find("%}")? + "%}".len())
}

/// The string that starts at an offset, and where it ends.
fn string(text: &str, start: usize) -> Option<(Quoted, usize)> {
    let prefix = text[start..].bytes().take(3).take_while(u8::is_ascii_alphabetic).count();
    let (prefix, rest) = text[start..].split_at(prefix);
    if !prefix.chars().all(|c| matches!(c.to_ascii_lowercase(), 'r' | 'b' | 'u' | 'f' | 't')) {
        return None;
    }
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote))?;
    let has = |wanted: char| prefix.chars().any(|c| c.eq_ignore_ascii_case(&wanted));
    let body = start + prefix.len() + quote.len();
    let formatted = has('f') || has('t');
    let nested = if formatted { string_end(text, body, quote, true) } else { None };
    let (end, closed) = match nested.or_else(|| string_end(text, body, quote, false)) {
        Some(end) => (end, true),
        None if quote.len() == 3 => (text.len(), false),
        None => (text[body..].find(['\n', '\r']).map_or(text.len(), |length| body + length), false),
    };
    let quoted = Quoted { body: Span::new(body, end), closed, raw: has('r'), formatted };
    Some((quoted, if closed { end + quote.len() } else { end }))
}

/// Where the closing quote of a string stands; with `nested`, quotes inside the braces of an f-string are its own.
fn string_end(text: &str, start: usize, quote: &str, nested: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    // Where the outermost expression opened, and how many braces are open.
    let (mut expression, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        if depth > 0 && at - expression > MAX_EXPRESSION {
            return None;
        }
        match byte {
            b'\\' if depth == 0 => at += 1,
            b'\n' | b'\r' if quote.len() == 1 => return None,
            b'{' if nested && depth == 0 && bytes.get(at + 1) == Some(&b'{') => at += 1,
            b'{' if nested => {
                if depth == 0 {
                    expression = at;
                }
                depth += 1;
            }
            b'}' if nested => depth = depth.saturating_sub(1),
            b'"' | b'\'' if depth > 0 => {
                let inner = &text[at + 1..];
                at += 1 + inner[..boundary(inner, MAX_EXPRESSION)].find(char::from(*byte))?;
            }
            _ if depth == 0 && text[boundary(text, at)..].starts_with(quote) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What a string reads (Language Reference, "Escape sequences"); `expression` gives the text of an expression in an
/// f-string, and what it cannot give is a hole.
pub fn decode(text: &str, quoted: Quoted, mut expression: impl FnMut(&str) -> Option<Spliced>) -> Spliced {
    let mut value = Spliced::default();
    let end = quoted.body.end;
    let mut at = quoted.body.start;
    while at < end {
        let special = |c: char| (c == '\\' && !quoted.raw) || (quoted.formatted && matches!(c, '{' | '}'));
        let plain = text[at..end].find(special).map_or(end, |length| at + length);
        value.push(&text[at..plain], at);
        at = plain;
        let rest = &text[at..end];
        if rest.starts_with('\\') {
            let (reads, length) = escape(rest);
            value.push_escaped(&reads, Span::new(at, at + length));
            at += length;
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            value.push_escaped(&rest[..1], Span::new(at, at + 2));
            at += 2;
        } else if rest.starts_with('{') {
            let length = field_length(rest);
            let inside = rest[1..length].strip_suffix('}').unwrap_or_default();
            match expression(inside.trim()) {
                Some(known) => value.push_spliced(&known),
                None => value.push_escaped(&HOLE.to_string(), Span::new(at, at + length)),
            }
            at += length;
        } else if !rest.is_empty() {
            value.push(&rest[..1], at);
            at += 1;
        }
    }
    value
}

/// The length of the field in braces that a text starts with.
fn field_length(text: &str) -> usize {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return index + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// What the escape at the start of a text stands for, and its length.
fn escape(text: &str) -> (String, usize) {
    let Some(second) = text.chars().nth(1) else { return (text.to_owned(), text.len()) };
    if let Some(length) = line_end(&text[1..]) {
        return (String::new(), 1 + length);
    }
    let simple = match second {
        '\\' | '\'' | '"' => Some(second),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        _ => None,
    };
    if let Some(simple) = simple {
        return (simple.into(), 2);
    }
    let (digits, radix, skip) = match second {
        'x' => (2, 16, 2),
        'u' => (4, 16, 2),
        'U' => (8, 16, 2),
        '0'..='7' => (3, 8, 1),
        // An unknown escape stands for itself.
        _ => {
            let length = 1 + second.len_utf8();
            return (text[..length].to_owned(), length);
        }
    };
    let found = text[skip..].chars().take(digits).take_while(|c| c.is_digit(radix)).count();
    let code = u32::from_str_radix(&text[skip..skip + found], radix).ok().and_then(char::from_u32);
    match code {
        Some(code) => (code.into(), skip + found),
        None => (text[..2].to_owned(), 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let tokens = Tokens::new(text);
        (0..tokens.list.len()).map(|index| tokens.word(index)).collect()
    }

    fn strings(text: &str) -> Vec<String> {
        let tokens = Tokens::new(text);
        let quoted = tokens.list.iter().filter_map(|token| match token.kind {
            Kind::Text(quoted) => Some(decode(text, quoted, |_| None).text().replace(HOLE, "?")),
            _ => None,
        });
        quoted.collect()
    }

    #[test]
    fn lines_join_in_brackets_and_behind_backslashes() {
        assert_eq!(words("a = (b, # c\n d)\ne \\\n f"), ["a", "=", "(", "b", ",", "d", ")", "\n", "e", "f", ""]);
    }

    #[test]
    fn strings_of_every_kind() {
        assert_eq!(
            strings(r#"'a' "b\x41" r'\n' b'c' Rb"\d" u'\u00e9' ur'x' '\q' '\101'"#),
            ["a", "bA", "\\n", "c", "\\d", "é", "x", "\\q", "A"]
        );
        assert_eq!(strings("'''a\n'b' \\''''  \"\"\"#\"\"\""), ["a\n'b' '", "#"]);
        assert_eq!(strings(r#"f"a=={V}" f'{x!r}{{}}' f"{d["k"]}-{'}'}""#), ["a==?", "?{}", "?-?'}"]);
        assert_eq!(strings("'a\\\nb'"), ["ab"]);
    }

    #[test]
    fn what_never_closes_is_an_error() {
        for text in ["'a\nb", "'''a", "(a", "a)", "f'{", "'\\"] {
            assert_eq!(Tokens::new(text).errors.len(), 1, "{text}");
        }
    }

    #[test]
    fn long_lines_take_linear_time() {
        for text in [
            "f\"{".repeat(200_000),
            "(".repeat(500_000),
            "'".repeat(500_001),
            "f'{'".repeat(100_000),
            "r".repeat(500_000),
            "{%".repeat(20_000),
        ] {
            let tokens = Tokens::new(&text);
            for token in &tokens.list {
                if let Kind::Text(quoted) = token.kind {
                    decode(&text, quoted, |_| None);
                }
            }
        }
    }
}
