//! From bytes to the lines of a log, and from these to the unwrapper.
//!
//! Most logs have an event, or an envelope with one, in each line, and few of the lines are of interest. So a block is searched for a
//! few phrases, which no way of writing JSON into JSON changes: no quote or slash in them has anything before it. A line that holds
//! one is taken apart. Of the others a sample is, to find out what the log can show. All that is no such line is taken apart from
//! end to end: pretty-printed documents, documents one after another, tables.
//!
//! What the API server itself wrote is known to the byte. There two short phrases do, and searching for each by itself costs half of a
//! search for all at once.
//!
//! Traps:
//! - Container runtimes cut a line at 16 KiB and mark the pieces, which are glued again here; a phrase can be cut as well.
//! - A line can be as long as the file. What does not fit the buffer is passed on in pieces.
//! - `{` at the beginning of a line is a new document even if the one before has not ended: that one was cut.
//! - What is sampled depends on places in the text alone, so that it does not matter how a file was divided.

use std::io::{self, Read};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, packed};
use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::event::Hint;
use super::table::Table;
use super::tally::{MAX_PLACES, Tally};
use super::unwrap::{Sink, Unwrapper};

/// How each line of the API server's own begins: its fields have an order, and no blanks between them.
const OWN: &[u8] = b"{\"kind\":\"Event\",";

/// What must stand in such a line for it to be taken apart: a key of an annotation on stale tokens or on tokens from secrets, or the
/// code of a refused request.
const OWN_PHRASES: [&[u8]; 2] = [b"-token", b"\":401"];

/// What must stand in any other.
const PHRASES: &[&str] = &[
    "seconds after warning threshold",
    "legacy-token",
    // Requests that were refused; with the blank that some programs write, and as Cloud Logging counts.
    "\":401",
    "\": 401",
    "\":16,",
    "\": 16,",
    // What lost its annotations or its objects.
    "[Truncated",
    "/truncated",
    // A row of a query's result.
    "max_seconds",
    // Data in base64, in which no phrase shows: packed with gzip, or a document.
    "\"H4sI",
    "\"eyJ",
];

/// How each line of a container's log begins that Docker writes; the second if somebody wrote it anew.
const DOCKER: [&[u8]; 2] = [b"{\"log\":\"", b"{\"log\": \""];

/// How much is read at once, and how long a line can be before it is passed on in pieces.
const BLOCK: usize = 128 << 10;
const LONGEST: usize = 1 << 20;

/// Lines up to here are all taken apart, so that little is guessed of small logs; behind it one line of so many bytes is, and the
/// last one, which says when the log ends.
const ALL_UP_TO: u64 = 1 << 20;
pub(super) const SAMPLE: u64 = 1 << 20;

/// A line of this length is likely many events, and is taken apart.
const LONG_LINE: usize = 32 << 10;

enum Search {
    One(memmem::Finder<'static>),
    /// With vectors, where the machine has them.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Search {
    /// The search for all phrases in one pass.
    fn for_all() -> Search {
        match packed::Config::new().builder().extend(PHRASES).build() {
            Some(searcher) => Search::Packed(searcher),
            None => Search::Automaton(AhoCorasick::new(PHRASES).expect("the phrases are few and short")),
        }
    }

    /// Where the first phrase begins, at or behind a place.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        match self {
            Search::One(finder) => finder.find(&text[from..]).map(|found| from + found),
            Search::Packed(searcher) => {
                searcher.find_in(text, aho_corasick::Span { start: from, end: text.len() }).map(|found| found.start())
            }
            Search::Automaton(searcher) => searcher.find(&text[from..]).map(|found| from + found.start()),
        }
    }
}

static ALL: LazyLock<Search> = LazyLock::new(Search::for_all);
static OWN_SEARCHES: LazyLock<[Search; 2]> =
    LazyLock::new(|| OWN_PHRASES.map(|phrase| Search::One(memmem::Finder::new(phrase))));

/// A search that goes through a block, as far as it is asked to.
struct Hits<'s> {
    search: &'s Search,
    /// The next hit that is known of; behind the block if there is none.
    next: Option<usize>,
}

impl<'s> Hits<'s> {
    fn new(search: &'s Search) -> Hits<'s> {
        Hits { search, next: None }
    }

    /// Whether there is a hit in a line of the block.
    fn is_in(&mut self, block: &[u8], start: usize, end: usize) -> bool {
        if self.next.is_none_or(|next| next < start) {
            self.next = Some(self.search.find(block, start).unwrap_or(usize::MAX));
        }
        self.next.is_some_and(|next| next < end)
    }
}

/// What a stream is read as.
enum Manner {
    /// Nothing has been seen of it.
    Unknown,
    Lines,
    Table(Box<Table>),
}

/// A reader of one stream, or of a part of one that begins with a line.
pub(super) struct Stream<'t> {
    tally: &'t mut Tally,
    manner: Manner,
    /// The text of the log, and those of the two outputs of a container whose lines were cut.
    unwrapper: Unwrapper,
    outputs: [Option<Box<Unwrapper>>; 2],
    /// Where the next line begins.
    offset: u64,
    /// Whether a line is being passed on in pieces.
    in_long_line: bool,
    /// The line in which the open document began.
    began: u64,
    /// The line that was read last, if it was passed over.
    passed: Vec<u8>,
}

/// How the reading of a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Whether it ended within a document, a cut line or a table, so that what follows cannot be read on its own.
    pub(super) is_open: bool,
}

impl<'t> Stream<'t> {
    /// A reader whose first byte stands at an offset of the text.
    pub(super) fn new(tally: &'t mut Tally, offset: u64) -> Stream<'t> {
        Stream {
            tally,
            manner: if offset == 0 { Manner::Unknown } else { Manner::Lines },
            unwrapper: Unwrapper::new(),
            outputs: [None, None],
            offset,
            in_long_line: false,
            began: 0,
            passed: Vec::new(),
        }
    }

    /// Reads all lines that begin before an offset of the text; the whole text if none is given.
    ///
    /// # Errors
    /// If the reader fails. What came before that is in the tally.
    pub(super) fn read(&mut self, reader: &mut impl Read, until: Option<u64>) -> io::Result<End> {
        let mut buffer = vec![0; BLOCK];
        let mut filled = 0;
        let mut result = Ok(());
        loop {
            if until.is_some_and(|until| self.offset >= until && !self.in_long_line) {
                let is_open = self.is_open();
                return Ok(End { is_open });
            }
            if filled == buffer.len() {
                if buffer.len() >= LONGEST {
                    self.long_line(&buffer[..filled]);
                    filled = 0;
                } else {
                    buffer.resize(buffer.len() * 2, 0);
                }
            }
            let count = match reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            };
            let before = filled;
            filled += count;
            // Where the lines end that are there as a whole.
            let Some(last) = memrchr(b'\n', &buffer[before..filled]) else { continue };
            let end = before + last + 1;
            let mut start = 0;
            if self.in_long_line {
                start = memchr(b'\n', &buffer[..end]).map_or(end, |at| at + 1);
                self.long_line(&buffer[..start - 1]);
                self.end_long_line();
            }
            let wanted =
                until.map_or(end, |until| lines_before(&buffer[start..end], until.saturating_sub(self.offset)) + start);
            self.lines(&buffer[start..wanted]);
            if wanted < end {
                return Ok(End { is_open: self.is_open() });
            }
            buffer.copy_within(end..filled, 0);
            filled -= end;
        }
        if filled > 0 || self.in_long_line {
            // A last line without an end.
            if self.in_long_line {
                self.long_line(&buffer[..filled]);
                self.end_long_line();
            } else if until.is_none_or(|until| self.offset < until) {
                buffer.truncate(filled);
                buffer.push(b'\n');
                self.lines(&buffer);
                self.tally.seen.bytes -= 1;
            }
        }
        self.finish();
        result.map(|()| End { is_open: false })
    }

    fn is_open(&self) -> bool {
        self.unwrapper.is_open() || self.outputs.iter().any(Option::is_some) || matches!(self.manner, Manner::Table(_))
    }

    /// The text is over: what is open is broken, and the last line is taken apart.
    fn finish(&mut self) {
        let passed = std::mem::take(&mut self.passed);
        if !passed.is_empty() && !self.is_open() {
            self.line(&passed);
        }
        match &mut self.manner {
            Manner::Table(table) => table.finish(&mut self.unwrapper, self.tally),
            Manner::Unknown | Manner::Lines => {}
        }
        let was_open = self.unwrapper.is_open();
        self.unwrapper.break_off(self.tally);
        for output in &mut self.outputs {
            if let Some(mut output) = output.take() {
                output.break_off(self.tally);
                self.unwrapper.adopt(&mut output);
            }
        }
        self.note_broken(was_open);
    }

    /// Counts what has broken off: what was open before this line, or is of this line.
    fn note_broken(&mut self, was_open: bool) {
        let broken = self.unwrapper.take_broken();
        let seen = &mut self.tally.seen;
        seen.left_out += self.unwrapper.take_left_out();
        if broken > 0 {
            seen.broken += broken;
            if seen.broken_lines.len() < MAX_PLACES {
                seen.broken_lines.push(if was_open { self.began } else { seen.lines }.max(1));
            }
        }
    }

    /// Whole lines.
    fn lines(&mut self, text: &[u8]) {
        if matches!(self.manner, Manner::Unknown) && !text.is_empty() {
            let first = &text[..memchr(b'\n', text).unwrap_or(text.len())];
            self.manner = match Table::new(first) {
                Some(table) => Manner::Table(Box::new(table)),
                None => Manner::Lines,
            };
        }
        self.tally.seen.bytes += text.len() as u64;
        if let Manner::Table(table) = &mut self.manner {
            let count = memchr_iter(b'\n', text).count() as u64;
            self.tally.seen.lines += count;
            self.tally.seen.lines_read += count;
            table.feed(text, &mut self.unwrapper, self.tally);
            self.offset += text.len() as u64;
            return;
        }
        let [token, refused] = &*OWN_SEARCHES;
        let (mut token, mut refused, mut any) = (Hits::new(token), Hits::new(refused), Hits::new(&ALL));
        let mut start = 0;
        let mut lines = 0;
        let mut is_open = self.is_open();
        let mut passed = None;
        for end in memchr_iter(b'\n', text) {
            lines += 1;
            let line = &text[start..end];
            let is_quiet = if line.starts_with(OWN) && line.ends_with(b"}") && line.len() < LONG_LINE {
                !token.is_in(text, start, end) && !refused.is_in(text, start, end)
            } else {
                !any.is_in(text, start, end) && is_alone(line)
            };
            if !is_quiet || is_open || is_sampled(self.offset + start as u64, line.len()) {
                self.tally.seen.lines += lines;
                lines = 0;
                self.line(line);
                is_open = self.is_open();
                passed = None;
            } else {
                passed = Some(line);
            }
            start = end + 1;
        }
        if start > 0 {
            self.passed.clear();
            self.passed.extend_from_slice(passed.unwrap_or_default());
        }
        self.tally.seen.lines += lines;
        self.offset += text.len() as u64;
    }

    /// One line, without its end.
    fn line(&mut self, line: &[u8]) {
        self.tally.seen.lines_read += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let piece = Piece::of(line);
        if piece.is_cut || self.outputs[piece.output].is_some() {
            return self.piece(&piece);
        }
        if line.first() == Some(&b'{') && self.unwrapper.is_open() && !self.unwrapper.takes_element() {
            self.unwrapper.break_off(self.tally);
            self.note_broken(true);
        }
        let was_open = self.unwrapper.is_open();
        if !was_open && memchr(b'{', line).is_none() {
            self.tally.seen.other_lines += u64::from(!line.iter().all(|byte| b" \t[],}".contains(byte)));
            self.tally.seen.has_old_format |= memmem::find(line, b" AUDIT: id=\"").is_some();
            return;
        }
        // A command-line tool of Amazon writes the name of the stream before each event.
        if let Some(start) = memchr(b'{', &line[..line.len().min(256)])
            && memmem::find(&line[..start], b"kube-apiserver-audit-").is_some()
        {
            self.tally.hint(Hint::Eks);
        }
        // What EKS cut says so at its end.
        let tail = line.len().saturating_sub(24);
        match memmem::rfind(&line[tail..], b"[Truncated") {
            Some(end) => {
                self.unwrapper.feed(&line[..tail + end], self.tally);
                self.unwrapper.cut(self.tally);
            }
            None => self.unwrapper.feed(line, self.tally),
        }
        self.unwrapper.end_line(self.tally);
        self.note_broken(was_open);
        if !was_open {
            self.began = self.tally.seen.lines;
        }
    }

    /// A piece of a line that a container runtime cut, or the last one.
    fn piece(&mut self, piece: &Piece<'_>) {
        let output = self.outputs[piece.output].get_or_insert_with(|| Box::new(Unwrapper::new()));
        if piece.is_escaped {
            output.feed(&unescaped(piece.text), self.tally);
        } else {
            output.feed(piece.text, self.tally);
        }
        if !piece.is_cut {
            output.end_line(self.tally);
            output.break_off(self.tally);
            self.unwrapper.adopt(output);
            self.outputs[piece.output] = None;
            self.note_broken(false);
        }
    }

    fn long_line(&mut self, text: &[u8]) {
        if let Manner::Table(table) = &mut self.manner {
            table.feed(text, &mut self.unwrapper, self.tally);
        } else {
            if !self.in_long_line {
                if text.first() == Some(&b'{') && !self.unwrapper.takes_element() {
                    let was_open = self.unwrapper.is_open();
                    self.unwrapper.break_off(self.tally);
                    self.note_broken(was_open);
                }
                if !self.unwrapper.is_open() {
                    self.began = self.tally.seen.lines + 1;
                }
            }
            self.unwrapper.feed(text, self.tally);
            if matches!(self.manner, Manner::Unknown) {
                self.manner = Manner::Lines;
            }
        }
        self.in_long_line = true;
        self.tally.seen.bytes += text.len() as u64;
        self.offset += text.len() as u64;
    }

    fn end_long_line(&mut self) {
        self.in_long_line = false;
        self.tally.seen.lines += 1;
        self.tally.seen.lines_read += 1;
        self.tally.seen.bytes += 1;
        self.offset += 1;
        if let Manner::Table(table) = &mut self.manner {
            table.feed(b"\n", &mut self.unwrapper, self.tally);
        } else {
            self.unwrapper.end_line(self.tally);
            self.note_broken(true);
        }
    }
}

/// Whether the line at an offset is in the sample: among the first, or where another part of the text begins in it.
fn is_sampled(at: u64, length: usize) -> bool {
    at < ALL_UP_TO || at / SAMPLE != (at + length as u64 + 1) / SAMPLE
}

/// The bytes of the lines that begin within so many bytes.
fn lines_before(text: &[u8], bytes: u64) -> usize {
    let Ok(bytes) = usize::try_from(bytes) else { return text.len() };
    match bytes.checked_sub(1) {
        None => 0,
        Some(last) if last < text.len() => last + memchr(b'\n', &text[last..]).map_or(text.len() - last, |end| end + 1),
        Some(_) => text.len(),
    }
}

/// Whether a line holds whole documents only, by its two ends, and no other line is needed to read it.
fn is_alone(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (Some(first), true) = (line.first(), line.len() < LONG_LINE) else { return line.is_empty() };
    if !line.ends_with(b"}") && !line.ends_with(b"},") {
        return false;
    }
    match first {
        b'{' => !DOCKER.iter().any(|start| line.starts_with(start)) || !Piece::of(line).is_cut,
        b'0'..=b'9' => !Piece::of(line).is_cut,
        // What is blank at its beginning is a part of a document in several lines.
        b' ' | b'\t' | b'[' | b'}' | b']' | b'"' => false,
        _ => true,
    }
}

/// A line of a container's log.
struct Piece<'a> {
    text: &'a [u8],
    /// Whether the line goes on.
    is_cut: bool,
    is_escaped: bool,
    /// Which output of the container it is of.
    output: usize,
}

impl<'a> Piece<'a> {
    fn of(line: &'a [u8]) -> Piece<'a> {
        let plain = Piece { text: line, is_cut: false, is_escaped: false, output: 0 };
        match line.first() {
            Some(b'0'..=b'9') => Piece::of_cri(line).unwrap_or(plain),
            Some(b'{') => Piece::of_docker(line).unwrap_or(plain),
            _ => plain,
        }
    }

    /// `2026-03-01T10:00:00.004Z stdout P …`: Kubernetes' `pkg/kubelet/kuberuntime/logs`. `F` marks the last piece.
    fn of_cri(line: &'a [u8]) -> Option<Piece<'a>> {
        let head = &line[..line.len().min(64)];
        let rest = &line[memchr(b' ', head)? + 1..];
        let (output, rest) = match (rest.strip_prefix(b"stdout "), rest.strip_prefix(b"stderr ")) {
            (Some(rest), _) => (0, rest),
            (None, Some(rest)) => (1, rest),
            (None, None) => return None,
        };
        // Other tags may follow the first, behind a colon.
        let end = memchr(b' ', &rest[..rest.len().min(64)])?;
        let is_cut = rest[0] == b'P' && matches!(rest.get(1), Some(b' ' | b':'));
        Some(Piece { text: &rest[end + 1..], is_cut, is_escaped: false, output })
    }

    /// `{"log":"…\n","stream":"stdout","time":"…"}`: the last piece of a line ends with its end.
    fn of_docker(line: &'a [u8]) -> Option<Piece<'a>> {
        let text = DOCKER.iter().find_map(|start| line.strip_prefix(*start))?;
        let tail = text.len().saturating_sub(128);
        let end = ["\",\"stream\":\"", "\", \"stream\": \""]
            .iter()
            .find_map(|key| memmem::rfind(&text[tail..], key.as_bytes()));
        let end = tail + end?;
        let output = usize::from(memmem::find(&text[end..], b"\"stderr\"").is_some());
        let text = &text[..end];
        Some(Piece { text, is_cut: !text.ends_with(b"\\n"), is_escaped: true, output })
    }
}

/// The text that a JSON string stands for.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(text);
    quoted.push(b'"');
    serde_json::from_slice::<String>(&quoted).map_or_else(|_| text.to_vec(), String::into_bytes)
}

/// Whether the first lines are such that no other is needed to read them.
pub(super) fn is_of_lines(head: &[u8]) -> bool {
    let Some(end) = memrchr(b'\n', head) else { return false };
    let mut lines = head[..end].split(|byte| *byte == b'\n');
    lines.clone().next().is_some_and(|first| Table::new(first).is_none()) && lines.all(is_alone)
}
