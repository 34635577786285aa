//! The tokens of Groovy, Kotlin and Scala, all three at once: where their words and strings differ, the dialect decides.
//!
//! Traps:
//! - A string in double quotes may hold `${…}` with strings inside; it is one token. How deep that goes is kept on a list, so
//!   that no text can exhaust the stack.
//! - Groovy's `/…/` is a string only where a value may start, and only if it is closed on its line; otherwise it divides.
//! - Kotlin's block comments nest, Groovy's do not.
//! - A string in single or double quotes ends at the end of its line if it is never closed. In Groovy and Starlark a backslash
//!   there goes on with it in the next line.

use crate::source::Span;

/// The language of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Groovy; Java's constants read the same.
    Groovy,
    /// Kotlin.
    Kotlin,
    /// Scala.
    Scala,
    /// Starlark, which is written like Python.
    Starlark,
}

impl Dialect {
    /// Whether a backslash at the end of a line goes on with a string in the next one.
    pub fn continues_strings(self) -> bool {
        matches!(self, Dialect::Groovy | Dialect::Starlark)
    }
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its place; of a string without quotes.
    pub span: Span,
    /// Its place with quotes.
    pub outer: Span,
    /// For a bracket the number of the one that belongs to it.
    pub partner: Option<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, or a number.
    Word,
    /// A string.
    Text(Quote),
    /// A mark: a bracket, a comma, an operator.
    Mark,
    /// The end of a line.
    Line,
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `'…'` or `'''…'''`: no expressions inside.
    Plain,
    /// `"…"`, `"""…"""`, Scala's `s"…"`: expressions and escapes.
    Interpolated,
    /// Kotlin's `"""…"""`: expressions, no escapes.
    Raw,
    /// Groovy's `/…/` and `$/…/$`.
    Slashy,
}

/// The marks of more than one character, longest first.
const MARKS: &[&str] = &[
    "%%%", "++=", "===", "!==", "?.", "?:", "!!", "->", "<-", "=>", "==", "!=", "=~", "+=", "-=", ":=", "&&", "||",
    "%%", "::", "..", "<<", ">=", "<=", "++", "--",
];

/// The first string, comment or bracket that is never closed: where it opens, and a sentence.
pub type Broken = Option<(Span, &'static str)>;

/// Longest string with expressions in it, in bytes.
const MAX_EXPRESSION: usize = 16 * 1024;

/// Splits a text.
pub fn tokens(text: &str, dialect: Dialect) -> (Vec<Token>, Broken) {
    let mut lexer = Lexer {
        text,
        dialect,
        at: 0,
        tokens: Vec::new(),
        open: Vec::new(),
        broken: None,
        no_dollar_slash: false,
        flat_until: 0,
        line: (0, 0),
    };
    if text.starts_with("#!") {
        lexer.at = line_end(text, 0);
    }
    while lexer.at < text.len() {
        lexer.next();
    }
    for index in std::mem::take(&mut lexer.open) {
        lexer.tokens[index].partner = Some(lexer.tokens.len());
        let span = lexer.tokens[index].span;
        lexer.broken.get_or_insert((span, "this bracket is never closed"));
    }
    (lexer.tokens, lexer.broken)
}

struct Lexer<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    tokens: Vec<Token>,
    open: Vec<usize>,
    broken: Broken,
    /// Whether no `/$` follows any more.
    no_dollar_slash: bool,
    /// Up to where an expression in a string is known to be never closed, so that none is looked for again.
    flat_until: usize,
    /// A place and the end of its line.
    line: (usize, usize),
}

impl Lexer<'_> {
    fn next(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let Some(c) = rest.chars().next() else { return };
        if c == '\n' || c == '\r' {
            let length = if rest.starts_with("\r\n") { 2 } else { 1 };
            return self.push(Kind::Line, start, start + length);
        }
        if c == '\\' && rest[1..].trim_start_matches('\r').starts_with('\n') {
            // A continued line.
            self.at = start + 1 + rest[1..].find('\n').map_or(0, |end| end + 1);
            return;
        }
        if c.is_whitespace() || c == '\u{feff}' {
            self.at = start + c.len_utf8();
            return;
        }
        if self.dialect == Dialect::Starlark {
            if c == '#' {
                self.at = self.line_end(start);
                return;
            }
        } else if rest.starts_with("//") {
            self.at = self.line_end(start);
            return;
        }
        if rest.starts_with("/*") && self.dialect != Dialect::Starlark {
            return self.comment(start);
        }
        if self.dialect == Dialect::Groovy && rest.starts_with("$/") && !self.no_dollar_slash {
            match rest[2..].find("/$") {
                Some(end) => return self.string(Quote::Slashy, start, 2, start + 2 + end, 2),
                None => self.no_dollar_slash = true,
            }
        }
        if is_word_start(c) {
            return self.word(start);
        }
        if c.is_ascii_digit() {
            let end = start + rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            // A decimal number, but no range (`1..2`) and no call (`1.toString()`).
            let bytes = self.text.as_bytes();
            let decimal = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            let end = match (decimal, self.text.get(end + 1..)) {
                (true, Some(rest)) => {
                    end + 1 + rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
                }
                _ => end,
            };
            return self.push(Kind::Word, start, end);
        }
        if c == '"' || c == '\'' || c == '`' {
            return self.quoted(start, c);
        }
        if self.dialect == Dialect::Groovy && c == '/' && self.value_may_start(start) {
            let end = self.line_end(start);
            let line = &self.text[start + 1..end];
            if let Some(end) = unescaped(line, '/') {
                return self.string(Quote::Slashy, start, 1, start + 1 + end, 1);
            }
        }
        let length = MARKS.iter().find(|mark| rest.starts_with(**mark)).map_or(c.len_utf8(), |mark| mark.len());
        self.push(Kind::Mark, start, start + length);
        match c {
            '(' | '[' | '{' => self.open.push(self.tokens.len() - 1),
            ')' | ']' | '}' => self.close(c),
            _ => {}
        }
    }

    /// The end of the line that an offset lies in.
    fn line_end(&mut self, start: usize) -> usize {
        let (known, end) = self.line;
        if !(known..end).contains(&start) {
            self.line = (start, line_end(self.text, start));
        }
        self.line.1
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let span = Span::new(start, end);
        self.tokens.push(Token { kind, span, outer: span, partner: None });
        self.at = end;
    }

    fn string(&mut self, quote: Quote, start: usize, opening: usize, end: usize, closing: usize) {
        let (span, outer) = (Span::new(start + opening, end), Span::new(start, end + closing));
        self.tokens.push(Token { kind: Kind::Text(quote), span, outer, partner: None });
        self.at = end + closing;
    }

    /// Closes the nearest bracket of this kind; those inside it that are still open end here, too.
    fn close(&mut self, c: char) {
        let own = self.tokens.len() - 1;
        let opening = match c {
            ')' => "(",
            ']' => "[",
            _ => "{",
        };
        let opens = |index: &usize| {
            let span = self.tokens[*index].span;
            &self.text[span.start..span.end] == opening
        };
        // A closing bracket without an opening one is not there; only a brace ends what is open inside it.
        let position = match self.open.last() {
            Some(last) if opens(last) => self.open.len() - 1,
            _ if c == '}' => match self.open.iter().rposition(opens) {
                Some(position) => position,
                None => return,
            },
            _ => return,
        };
        for index in self.open.drain(position..).collect::<Vec<_>>() {
            self.tokens[index].partner = Some(own);
            self.tokens[own].partner = Some(index);
        }
    }

    fn comment(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (start + 2, 1usize);
        while depth > 0 {
            let rest = &bytes[at.min(bytes.len())..];
            let Some(next) = rest.iter().position(|byte| matches!(byte, b'*' | b'/')) else {
                self.broken.get_or_insert((Span::new(start, start + 2), "this comment is never closed"));
                self.at = self.text.len();
                return;
            };
            at += next;
            match (&bytes[at..], self.dialect) {
                ([b'*', b'/', ..], _) => {
                    depth -= 1;
                    at += 2;
                }
                ([b'/', b'*', ..], Dialect::Kotlin | Dialect::Scala) => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        self.at = at;
    }

    fn word(&mut self, start: usize) {
        let rest = &self.text[start..];
        let end = start + rest.find(|c| !is_word_part(c)).unwrap_or(rest.len());
        let is_prefix = match self.dialect {
            Dialect::Scala => matches!(&self.text[start..end], "s" | "f" | "raw"),
            Dialect::Starlark => matches!(&self.text[start..end], "r" | "b" | "rb"),
            Dialect::Groovy | Dialect::Kotlin => false,
        };
        let quotes: &[char] = if self.dialect == Dialect::Scala { &['"'] } else { &['"', '\''] };
        if let (true, Some(quote)) = (is_prefix, self.text[end..].chars().next().filter(|c| quotes.contains(c))) {
            self.at = end;
            return self.quoted(end, quote);
        }
        self.push(Kind::Word, start, end);
    }

    fn quoted(&mut self, start: usize, c: char) {
        let rest = &self.text[start..];
        if c == '`' {
            // A name in Kotlin and Scala.
            match self.text[start + 1..self.line_end(start)].find('`') {
                Some(length) => {
                    let (span, outer) =
                        (Span::new(start + 1, start + 1 + length), Span::new(start, start + length + 2));
                    self.tokens.push(Token { kind: Kind::Word, span, outer, partner: None });
                    self.at = outer.end;
                }
                None => self.at = start + 1,
            }
            return;
        }
        let triple = if c == '"' { "\"\"\"" } else { "'''" };
        let has_both = matches!(self.dialect, Dialect::Groovy | Dialect::Starlark);
        let is_triple = rest.starts_with(triple) && (c == '"' || has_both);
        // A symbol of Scala: one quote before a name.
        if c == '\'' && self.dialect == Dialect::Scala && !is_character(rest) {
            return self.push(Kind::Mark, start, start + 1);
        }
        let quote = match (c, self.dialect, is_triple) {
            ('\'', ..) | (_, Dialect::Starlark, _) => Quote::Plain,
            (_, Dialect::Kotlin, true) => Quote::Raw,
            (_, Dialect::Scala, _) if !self.is_prefixed(start) => Quote::Plain,
            _ => Quote::Interpolated,
        };
        let length = if is_triple { 3 } else { 1 };
        let closing = if is_triple { triple } else { &triple[..1] };
        match self.end_of_string(start + length, closing, quote) {
            Ok(end) => {
                // More quotes right behind three belong to the text.
                let more = self.text[end + length..].bytes().take_while(|byte| is_triple && *byte == c as u8).count();
                self.string(quote, start, length, end + more, length);
            }
            Err(end) => {
                self.broken.get_or_insert((Span::new(start, end), "this string is never closed"));
                self.at = end;
            }
        }
    }

    /// Whether a letter stands right before a string of Scala.
    fn is_prefixed(&self, start: usize) -> bool {
        self.text[..start].ends_with(['s', 'f', 'w'])
    }

    /// Where a string ends, else where the text goes on behind a string that is never closed.
    fn end_of_string(&mut self, start: usize, closing: &str, quote: Quote) -> Result<usize, usize> {
        let bytes = self.text.as_bytes();
        let is_triple = closing.len() == 3;
        // What is open: quotes of strings, and braces of expressions inside them, which may go over several lines.
        let mut open: Vec<(&str, Quote)> = vec![(closing, quote)];
        let mut at = start;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let Some((closing, quote)) = open.last().copied() else { break };
            let ends_line = matches!(rest[0], b'\n' | b'\r');
            if (ends_line && closing.len() == 1 && closing != "}") || (open.len() > 1 && at > start + MAX_EXPRESSION) {
                break;
            }
            if closing == "}" {
                match rest[0] {
                    b'{' => open.push(("}", Quote::Plain)),
                    b'}' => {
                        open.pop();
                    }
                    b'"' => open.push(("\"", Quote::Interpolated)),
                    b'\'' => open.push(("'", Quote::Plain)),
                    _ => {}
                }
                at += 1;
            } else if rest[0] == b'\\' && quote != Quote::Raw {
                let goes_on = is_triple || self.dialect.continues_strings();
                at += match rest.get(1) {
                    Some(b'\r') if goes_on && rest.get(2) == Some(&b'\n') => 3,
                    Some(b'\r' | b'\n') if !goes_on => 1,
                    Some(_) => 2,
                    None => 1,
                };
            } else if rest.starts_with(closing.as_bytes()) {
                open.pop();
                if open.is_empty() {
                    return Ok(at);
                }
                at += closing.len();
            } else if quote != Quote::Plain && start >= self.flat_until && rest.starts_with(b"${") {
                open.push(("}", Quote::Plain));
                at += 2;
            } else {
                at += 1;
            }
        }
        if open.len() > 1 {
            // An expression that is never closed has taken in the closing quote: then the quote alone decides.
            self.flat_until = at.max(start + 1);
            return self.end_of_string(start, closing, quote);
        }
        Err(if is_triple { self.text.len() } else { self.line_end(start) })
    }

    /// Whether a value, and no operator, may stand at an offset.
    fn value_may_start(&self, start: usize) -> bool {
        let Some(last) = self.tokens.last() else { return true };
        let before = &self.text[last.span.start..last.span.end];
        match last.kind {
            Kind::Line => true,
            Kind::Text(_) => false,
            Kind::Mark => !matches!(before, ")" | "]" | "}"),
            // `matching /x/` is a call, `a / b` a division.
            Kind::Word => {
                let is_number = before.starts_with(|c: char| c.is_ascii_digit());
                let rest = &self.text[start + 1..];
                !is_number && last.outer.end < start && !rest.starts_with([' ', '\t', '\n', '\r'])
            }
        }
    }
}

/// Whether a text starts with one character in single quotes, which may be an escape.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => chars.take(7).any(|c| c == '\''),
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The end of the line that an offset lies in.
fn line_end(text: &str, start: usize) -> usize {
    text[start..].find(['\n', '\r']).map_or(text.len(), |end| start + end)
}

/// The first place of a character with no backslash before it.
fn unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == wanted {
            return Some(index);
        }
    }
    None
}
