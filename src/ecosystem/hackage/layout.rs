//! The syntax of `.cabal` and `cabal.project` files: fields and sections by indentation or in braces (Cabal User Guide,
//! "Package descriptions", and what Cabal's own lexer makes of it).
//!
//! Traps:
//! - A line belongs to the field above it if it is indented more than that field's *name*; a tab counts as one column,
//!   and so does a no-break space.
//! - Comments are whole lines. Only behind a section's head does `--` also open one; in a field it is content.
//! - `{` opens explicit layout, even as the first thing on the next line. In explicit layout, fields on lines of their own
//!   still follow indentation, and so can swallow a `}`; only `{ field: value }` on one line ends at the brace.
//! - Cabal refuses a whole file for one bad line. Here the line is reported and kept as a stray one of the field above, so
//!   that what its author meant is not lost.

use crate::model::{Problem, ProblemKind};
use crate::source::Span;

/// Deepest nesting of sections that is kept; what lies deeper counts as part of the deepest one kept.
const MAX_DEPTH: usize = 128;

/// A file as fields and sections in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Fields and sections; what is inside a section comes after it.
    pub(super) nodes: Vec<Node>,
    /// What breaks the syntax.
    pub(super) problems: Vec<Problem>,
}

/// A field or a section.
#[derive(Debug)]
pub(super) struct Node {
    /// The section around it.
    pub(super) parent: Option<usize>,
    /// Its name in lower case.
    pub(super) name: String,
    /// Its name's place.
    pub(super) span: Span,
    /// What it holds.
    pub(super) body: Body,
}

/// What a field or section holds.
#[derive(Debug)]
pub(super) enum Body {
    /// A field.
    Field {
        /// Its lines without surrounding blanks; no empty ones and no comments.
        lines: Vec<Span>,
        /// Lines behind it that belong to nothing, most likely meant to be its continuation.
        strays: Vec<Span>,
    },
    /// A section and the text between its name and its content.
    Section(Span),
}

/// Reads a text.
pub(super) fn read(text: &str) -> Layout {
    let mut reader =
        Reader { lexer: Lexer { text, at: 0, starts_line: true }, layout: Layout::default(), open: Vec::new() };
    reader.run();
    reader.layout
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// The first token of a line is so far in; the token itself follows.
    Indent(usize),
    Name(Span),
    Other(Span),
    Colon(Span),
    OpenBrace(Span),
    CloseBrace(Span),
    End,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    starts_line: bool,
}

/// A section whose content is being read.
struct Open {
    /// Lines indented less end it; with braces only the brace does.
    indent: usize,
    brace: Option<Span>,
    node: Option<usize>,
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    layout: Layout,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn run(&mut self) {
        loop {
            let before = self.lexer.at;
            match self.lexer.token() {
                Token::End => break,
                Token::Indent(indent) => match self.lexer.token() {
                    Token::Name(name) => {
                        while self.open.last().is_some_and(|open| open.brace.is_none() && indent < open.indent) {
                            self.open.pop();
                        }
                        self.element(name, Some(indent + 1));
                    }
                    _ => self.stray(before, "neither a field nor a section starts here"),
                },
                Token::Name(name) => self.element(name, None),
                Token::CloseBrace(span) => self.close(span),
                Token::Other(span) | Token::Colon(span) | Token::OpenBrace(span) => {
                    self.stray(span.start, "neither a field nor a section starts here");
                }
            }
        }
        if let Some(brace) = self.open.iter().find_map(|open| open.brace) {
            self.problem(ProblemKind::Syntax, brace, "this brace is never closed");
        }
    }

    /// A field or section whose name was read; `indent` is what its content has to be indented by, or nothing where the
    /// name does not start its line.
    fn element(&mut self, name: Span, indent: Option<usize>) {
        let start = self.lexer.at;
        match self.lexer.token() {
            Token::Colon(_) => self.field(name, indent),
            mut token => {
                let mut end = start;
                let mut begin = None;
                let mut before = start;
                while let Token::Name(span) | Token::Other(span) = token {
                    begin.get_or_insert(span.start);
                    end = span.end;
                    before = self.lexer.at;
                    token = self.lexer.token();
                }
                if let Token::Colon(_) = token {
                    return self.stray(name.start, "a colon follows no field name here");
                }
                let brace = if let Token::OpenBrace(span) = token { Some(span) } else { None };
                if brace.is_none() {
                    self.lexer.back_to(before);
                }
                let arguments = Span::new(begin.unwrap_or(end), end);
                let node = self.push(name, Body::Section(arguments));
                match (brace, indent) {
                    (Some(_), _) => self.open.push(Open { indent: 0, brace, node }),
                    (None, Some(indent)) => self.open.push(Open { indent, brace, node }),
                    (None, None) => {}
                }
            }
        }
    }

    fn field(&mut self, name: Span, indent: Option<usize>) {
        let before = (self.lexer.at, self.lexer.starts_line);
        let mut lines = Vec::new();
        if let Token::OpenBrace(brace) = self.lexer.token() {
            self.braced(brace, &mut lines);
        } else {
            (self.lexer.at, self.lexer.starts_line) = before;
            match indent {
                Some(indent) => {
                    lines.extend(self.lexer.rest_of_line());
                    while let Some(line) = self.lexer.indented_line(indent) {
                        lines.push(line);
                    }
                }
                None => {
                    let mut line = self.lexer.until_brace();
                    while line.is_none() && self.lexer.starts_line && self.lexer.at < self.lexer.text.len() {
                        line = self.lexer.until_brace();
                    }
                    lines.extend(line);
                }
            }
        }
        self.push(name, Body::Field { lines, strays: Vec::new() });
    }

    /// The content of a field in braces, up to the one that closes it.
    fn braced(&mut self, brace: Span, lines: &mut Vec<Span>) {
        let mut depth = 1;
        while depth > 0 {
            lines.extend(self.lexer.until_brace());
            match self.lexer.brace() {
                Some(b'}') => depth -= 1,
                Some(_) => {
                    self.problem(ProblemKind::Syntax, brace, "a field in braces cannot hold further braces");
                    depth += 1;
                }
                None if self.lexer.at == self.lexer.text.len() => {
                    return self.problem(ProblemKind::Syntax, brace, "this brace is never closed");
                }
                None => {}
            }
        }
    }

    fn push(&mut self, name: Span, body: Body) -> Option<usize> {
        let parent = self.open.last().and_then(|open| open.node);
        let is_section = matches!(body, Body::Section(_));
        self.layout.nodes.push(Node {
            parent,
            name: self.lexer.text[name.start..name.end].to_lowercase(),
            span: name,
            body,
        });
        if is_section && self.open.len() >= MAX_DEPTH {
            self.problem(ProblemKind::Limit, name, &format!("sections are nested more than {MAX_DEPTH} deep"));
            return parent;
        }
        Some(self.layout.nodes.len() - 1)
    }

    fn close(&mut self, span: Span) {
        if self.open.iter().all(|open| open.brace.is_none()) {
            return self.problem(ProblemKind::Syntax, span, "this brace closes nothing");
        }
        while self.open.pop().is_some_and(|open| open.brace.is_none()) {}
    }

    /// Gives the rest of the line that holds `start` to the field above.
    fn stray(&mut self, start: usize, message: &str) {
        self.lexer.at = start;
        self.lexer.skip_to_content();
        self.lexer.starts_line = false;
        let at = self.lexer.at;
        let line = self.lexer.rest_of_line().unwrap_or(Span::new(at, at));
        self.problem(ProblemKind::Syntax, line, &format!("{message}; Cabal refuses the file"));
        if let Some(Node { body: Body::Field { strays, .. }, .. }) = self.layout.nodes.last_mut() {
            strays.push(line);
        }
    }

    /// One problem of a kind is enough: Cabal stops at the first.
    fn problem(&mut self, kind: ProblemKind, span: Span, message: &str) {
        if self.layout.problems.iter().all(|problem| problem.kind != kind) {
            self.layout.problems.push(Problem { kind, message: message.into(), span });
        }
    }
}

impl Lexer<'_> {
    /// The next token outside of a field's content.
    fn token(&mut self) -> Token {
        if self.starts_line {
            let indent = self.skip_to_content();
            self.starts_line = false;
            return match self.text.as_bytes().get(self.at) {
                None => Token::End,
                Some(b'{') => Token::OpenBrace(self.advance(1)),
                Some(b'}') => Token::CloseBrace(self.advance(1)),
                Some(_) => Token::Indent(indent),
            };
        }
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Token::End };
        if matches!(first, '\n' | '\r') || rest.starts_with("--") {
            self.rest_of_line();
            return self.token_on_next_line();
        }
        match first {
            ':' => Token::Colon(self.advance(1)),
            '{' => Token::OpenBrace(self.advance(1)),
            '}' => Token::CloseBrace(self.advance(1)),
            '"' => {
                let end = rest[1..].find(['"', '\n', '\r']).map_or(rest.len(), |end| end + 1);
                let closed = rest[end..].starts_with('"');
                Token::Other(self.advance(if closed { end + 1 } else { end }))
            }
            _ => {
                let length = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
                if length > 0 {
                    Token::Name(self.advance(length))
                } else {
                    Token::Other(self.advance(first.len_utf8()))
                }
            }
        }
    }

    /// A line behind this one is never deeper than one call.
    fn token_on_next_line(&mut self) -> Token {
        self.starts_line = true;
        self.token()
    }

    fn advance(&mut self, length: usize) -> Span {
        let span = Span::new(self.at, self.at + length);
        self.at = span.end;
        span
    }

    /// Goes back to a place behind a token.
    fn back_to(&mut self, at: usize) {
        self.at = at;
        self.starts_line = false;
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// From the start of a line, skips empty lines and comments; the indentation of the line with content.
    fn skip_to_content(&mut self) -> usize {
        loop {
            let start = self.at;
            self.skip_blanks();
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return 0;
            }
            if !rest.starts_with(['\n', '\r']) && !rest.starts_with("--") {
                return self.text[start..self.at].chars().count();
            }
            self.rest_of_line();
        }
    }

    /// Reads to the end of the line and over it; what stands there without surrounding blanks, if anything.
    fn rest_of_line(&mut self) -> Option<Span> {
        let rest = &self.text[self.at..];
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let span = trimmed(self.text, Span::new(self.at, self.at + length));
        let line_end = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
        self.at += length + line_end;
        self.starts_line = true;
        span
    }

    /// The next line with content if it is indented at least that far.
    fn indented_line(&mut self, indent: usize) -> Option<Span> {
        if !self.starts_line {
            return None;
        }
        let start = self.at;
        let found = self.skip_to_content();
        if self.at == self.text.len() || found < indent {
            self.at = start;
            return None;
        }
        self.rest_of_line()
    }

    /// What stands before the next brace or the end of the line, without surrounding blanks; comment lines are skipped.
    fn until_brace(&mut self) -> Option<Span> {
        if self.starts_line {
            self.skip_to_content();
            self.starts_line = false;
        }
        let rest = &self.text[self.at..];
        let length = rest.find(['{', '}', '\n', '\r']).unwrap_or(rest.len());
        let span = trimmed(self.text, Span::new(self.at, self.at + length));
        self.at += length;
        if self.text[self.at..].starts_with(['\n', '\r']) {
            self.rest_of_line();
        }
        span
    }

    /// Takes the brace at this place, if there is one.
    fn brace(&mut self) -> Option<u8> {
        let brace = self.text.as_bytes().get(self.at).copied().filter(|byte| matches!(byte, b'{' | b'}'))?;
        self.at += 1;
        self.starts_line = false;
        Some(brace)
    }
}

fn trimmed(text: &str, span: Span) -> Option<Span> {
    let found = &text[span.start..span.end];
    let start = span.start + found.len() - found.trim_start_matches(is_blank).len();
    let end = span.start + found.trim_end_matches(is_blank).len();
    (start < end).then_some(Span::new(start, end))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{c}')
}

/// Whether a character can stand in a name; anything that is not ASCII is left to whoever reads the name.
fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '\'') || (!c.is_ascii() && !is_blank(c))
}
