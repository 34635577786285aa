//! Ruby source as a manifest is written in it: parsed by Ruby's own parser, read as far as it is literal, never executed.
//!
//! Traps:
//! - The parser recurses. It stops by itself at a depth of 10,000, for which a test's or a worker's stack is too small, so a
//!   text is read on a thread of its own with a stack that is large enough.
//! - Long runs of unary operators cost the parser the square of their length; no manifest has them, and they are refused.
//! - The text is decoded already, so a magic comment that names another encoding must not count.
//! - A tree can be as deep as its text is long (`a + a + a …`), so nothing here recurses over it: `walk` and `Variables` keep
//!   lists of what is left, and a value is folded to a limited depth.
//!
//! Not done: methods that the text defines are not called, and nothing of another file is known.

mod path;
mod syntax;
mod value;
mod variables;
mod walk;

pub(super) use path::Path;
pub(super) use value::{Bindings, Located, Value};
pub(super) use walk::{Next, Scope, is_conditional, walk};

use std::cell::Cell;
use std::collections::HashSet;
use std::thread;

use ruby_prism::{ConstantId, Location, Node, Options};

use self::variables::Variables;
use crate::model::{Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span, boundary};

/// Enough for the parser's own depth limit, several times over; only what is used of it is ever allocated.
const STACK: usize = 128 << 20;

/// Longest text that is read, in bytes: a Gemfile of ten thousand gems is shorter.
const MAX_LENGTH: usize = 1 << 20;

/// Longest run of unary operators that is read.
const MAX_OPERATORS: usize = 400;

/// Longest excerpt of a text, in characters.
const MAX_EXCERPT: usize = 120;

/// A text that was parsed.
pub(super) struct Program<'p> {
    text: &'p str,
    root: Node<'p>,
    variables: Variables<'p>,
    /// How many more expressions are folded: each loop turn folds anew, so the length of the text is no bound.
    budget: Cell<usize>,
}

/// Reads a text with a reader for its program, and adds what the parser could not read.
pub(super) fn read(source: &SourceText, reader: fn(&Program<'_>) -> Reading) -> Reading {
    let text = source.text();
    if text.len() > MAX_LENGTH {
        let message = format!("the file is longer than {MAX_LENGTH} bytes and is not read");
        return refused(ProblemKind::TooLarge, message, 0);
    }
    if let Some(at) = endless_operators(text) {
        let message = format!("more than {MAX_OPERATORS} operators in a row; the file is not read");
        return refused(ProblemKind::Limit, message, at);
    }
    let reading = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parse(text, reader));
        thread.ok()?.join().ok()
    });
    reading.unwrap_or_else(|| refused(ProblemKind::Limit, "there is no memory to parse the file".into(), 0))
}

fn refused(kind: ProblemKind, message: String, at: usize) -> Reading {
    Reading { problems: vec![Problem { kind, message, span: Span::new(at, at) }], ..Reading::default() }
}

/// Says that a loop's turns are too much to take.
pub(super) fn too_many_turns(span: Span) -> Problem {
    let message = "the loop takes too many turns, so its gems are not known".to_owned();
    Problem { kind: ProblemKind::Limit, message, span }
}

/// Where a run of unary operators starts that is too long, comments aside.
fn endless_operators(text: &str) -> Option<usize> {
    let mut start = 0;
    let mut count = 0;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        if line.trim_start().starts_with('#') {
            continue;
        }
        for (index, byte) in line.bytes().enumerate() {
            match byte {
                b'!' | b'-' | b'~' | b'+' => count += 1,
                b'n' if line.as_bytes()[index..].starts_with(b"not") => count += 1,
                b'o' | b't' | b' ' | b'\t' | b'\r' | b'\n' | b'\\' => {}
                _ => {
                    count = 0;
                    start = at + index + 1;
                }
            }
            if count > MAX_OPERATORS && text.is_char_boundary(start) {
                return Some(start);
            }
        }
    }
    None
}

fn parse(text: &str, reader: fn(&Program<'_>) -> Reading) -> Reading {
    let options = Options::default().encoding("UTF-8").encoding_locked(true).build();
    let parsed = ruby_prism::parse_with_options(text.as_bytes(), &options);
    let root = parsed.node();
    let variables = Variables::gather(&root, text);
    let program = Program { text, root, variables, budget: Cell::new(100_000 + text.len()) };
    let mut reading = reader(&program);
    let mut seen = HashSet::new();
    reading.variables.retain(|variable| seen.insert(variable.name.clone()));
    if let Some(error) = parsed.errors().next() {
        let span = program.span(&error.location());
        // Templates of Ruby files are written in ERB; its marks are no Ruby.
        let (kind, message) = if text.contains("<%") {
            (ProblemKind::Template, "the file is a template of a Ruby file, so gems may be missed".to_owned())
        } else {
            let message = String::from_utf8_lossy(error.message()).into_owned();
            (ProblemKind::Syntax, format!("{message}; gems may be missed"))
        };
        reading.problems.push(Problem { kind, message, span });
    }
    reading
}

impl<'p> Program<'p> {
    /// The bytes of a place, widened to whole characters.
    pub(super) fn span(&self, location: &Location<'_>) -> Span {
        let Span { start, end } = bounds(location);
        let start = boundary(self.text, start);
        let mut end = end.clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Span::new(start, end)
    }

    /// The text at a place.
    pub(super) fn slice(&self, span: Span) -> &'p str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

/// The bytes of a place. Where the text has errors, the parser gives a few nodes a length below zero, on which
/// `Location::end` overflows; they are taken to be empty.
fn bounds(location: &Location<'_>) -> Span {
    let start = location.start() as usize;
    let length = location.as_slice().len();
    Span::new(start, if i32::try_from(length).is_ok() { start + length } else { start })
}

/// The beginning of a text on one line, for messages and conditions.
pub(super) fn excerpt(text: &str) -> String {
    let beginning: String = text.chars().take(MAX_EXCERPT).collect();
    let words = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    if beginning.len() < text.len() { words + "…" } else { words }
}

/// A name as text.
pub(super) fn name(id: &ConstantId<'_>) -> String {
    String::from_utf8_lossy(id.as_slice()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::gemfile;
    use crate::source::SourceText;

    /// Rust's tests run on threads of 2 MiB, on which the parser would overflow.
    #[test]
    fn deep_and_long_texts_end_in_a_problem() {
        let pieces = [
            "[",
            "(",
            "{a=>",
            "\"#{",
            "if a\n",
            "foo ",
            "->{",
            "def a;",
            "a ? ",
            "case a;in [",
            "<<A\n#{",
            "!",
            "not ",
        ];
        for piece in pieces {
            let source = SourceText::new(piece.repeat(100_000 / piece.len()));
            let reading = (gemfile::FORMAT.read)(&source);
            assert!(!reading.problems.is_empty(), "{piece}");
        }
        let loops = SourceText::new("%w[a b c].each { |x| gem x;".repeat(3000));
        assert!(!(gemfile::FORMAT.read)(&loops).problems.is_empty());
    }

    #[test]
    fn long_chains_are_no_problem() {
        for chain in ["x = 1 + 1", "x = 1 && 1", "x = a.b"] {
            let (first, rest) = chain.split_at(5);
            let source = SourceText::new(format!("{first}{}\ngem \"a\"\n", rest.repeat(20_000)));
            let reading = (gemfile::FORMAT.read)(&source);
            assert_eq!((reading.problems.as_slice(), reading.declared.len()), (&[][..], 1), "{chain}");
        }
    }
}
