//! Logs and results of queries as CSV (RFC 4180): what consoles give for download.
//!
//! The first line names the columns; each further record is a unit whose fields are the columns', in the unwrapper's sense, so that
//! a column may hold an event as text. Nothing is collected here; records may go over several lines.

use super::event::Hint;
use super::field::is_of_cloudwatch;
use super::tally::Tally;
use super::unwrap::{Sink, Unwrapper};

/// Columns that make a first line a head.
const KNOWN: &[&str] = &[
    "@message",
    "message",
    "_raw",
    "log_s",
    "line",
    "log",
    "annotations",
    "max_seconds",
    "max_secs",
    "elapsedtime",
    "subject",
    "requests",
];

/// The most columns, and the most bytes of a head.
const MAX_COLUMNS: usize = 256;
const MAX_HEAD: usize = 16 << 10;

/// The name of a column; the portal of Azure says of times that they are in UTC.
fn column(name: &str) -> String {
    let name = name.trim_matches(['"', ' ']);
    name.strip_suffix(" [UTC]").unwrap_or(name).to_owned()
}

/// A table that is being read.
pub(super) struct Table {
    columns: Vec<String>,
    separator: u8,
    state: State,
    column: usize,
    is_in_head: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first field of a record.
    Record,
    /// Before another field.
    Field,
    Plain,
    Quoted,
    /// Behind a quote in a quoted field: the end of it, or half of a quote.
    Quote,
}

impl Table {
    /// A table, if a line is the head of one.
    pub(super) fn new(head: &[u8]) -> Option<Table> {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let head = std::str::from_utf8(head).ok().filter(|head| head.len() < MAX_HEAD)?.trim();
        if head.is_empty() || head.starts_with(['{', '[']) {
            return None;
        }
        let separator = [',', '\t', ';'].into_iter().find(|separator| head.contains(*separator));
        let columns: Vec<String> = match separator {
            Some(separator) => head.split(separator).map(column).collect(),
            None => vec![column(head)],
        };
        let is_known = |name: &String| KNOWN.contains(&name.to_ascii_lowercase().as_str());
        if columns.len() > MAX_COLUMNS || !columns.iter().any(is_known) {
            return None;
        }
        let separator = separator.map_or(b',', |separator| u8::try_from(separator).unwrap_or(b','));
        Some(Table { columns, separator, state: State::Record, column: 0, is_in_head: true })
    }

    /// Takes a piece of the table, from its head on.
    pub(super) fn feed(&mut self, text: &[u8], unwrapper: &mut Unwrapper, tally: &mut Tally) {
        let mut rest = text;
        if self.is_in_head {
            if self.columns.iter().any(|column| is_of_cloudwatch(column)) {
                tally.hint(Hint::Eks);
            }
            let Some(end) = memchr::memchr(b'\n', text) else { return };
            rest = &text[end + 1..];
            self.is_in_head = false;
        }
        while let Some(byte) = rest.first().copied() {
            match self.state {
                State::Record if matches!(byte, b'\r' | b'\n') => rest = &rest[1..],
                State::Record | State::Field => {
                    if self.state == State::Record {
                        unwrapper.begin_row();
                        self.column = 0;
                    }
                    unwrapper.begin_field(self.columns.get(self.column).map_or("", String::as_str));
                    self.state = if byte == b'"' { State::Quoted } else { State::Plain };
                    if byte == b'"' {
                        rest = &rest[1..];
                    }
                }
                State::Plain => {
                    let end = memchr::memchr2(self.separator, b'\n', rest).unwrap_or(rest.len());
                    let run = &rest[..end];
                    unwrapper.feed_field(run.strip_suffix(b"\r").unwrap_or(run), tally);
                    rest = &rest[end..];
                    self.end_field(&mut rest, unwrapper, tally);
                }
                State::Quoted => {
                    let end = memchr::memchr(b'"', rest).unwrap_or(rest.len());
                    unwrapper.feed_field(&rest[..end], tally);
                    rest = &rest[end..];
                    if !rest.is_empty() {
                        rest = &rest[1..];
                        self.state = State::Quote;
                    }
                }
                State::Quote if byte == b'"' => {
                    unwrapper.feed_field(b"\"", tally);
                    rest = &rest[1..];
                    self.state = State::Quoted;
                }
                State::Quote if byte == b'\r' => rest = &rest[1..],
                State::Quote if byte == self.separator || byte == b'\n' => self.end_field(&mut rest, unwrapper, tally),
                // Text behind a quoted field: no such CSV should be, and it belongs to the field.
                State::Quote => self.state = State::Plain,
            }
        }
    }

    /// At a separator or the end of a record, if there is one.
    fn end_field(&mut self, rest: &mut &[u8], unwrapper: &mut Unwrapper, tally: &mut Tally) {
        let Some(byte) = rest.first().copied() else { return };
        *rest = &rest[1..];
        unwrapper.end_field(tally);
        self.column += 1;
        self.state = State::Field;
        if byte == b'\n' {
            unwrapper.end_row(tally);
            self.state = State::Record;
        }
    }

    /// The text is over.
    pub(super) fn finish(&mut self, unwrapper: &mut Unwrapper, tally: &mut Tally) {
        match self.state {
            State::Record => return,
            State::Field => {}
            State::Plain | State::Quoted | State::Quote => unwrapper.end_field(tally),
        }
        unwrapper.end_row(tally);
        self.state = State::Record;
    }
}
