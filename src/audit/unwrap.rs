//! One unwrapper for everything that audit events are shipped in: it takes text piece by piece, finds JSON documents in it, takes
//! those apart, and does the same with each text in them that holds a document or packed data again.
//!
//! Every program that ships logs has an envelope of its own, and most of them are an event as text in a field of another document,
//! perhaps twice, perhaps packed with gzip and written in base64. So nothing is known here of any of them: what counts is where an
//! event's own keys stand ([`Meaning`]). A *unit* is what belongs together: a document, or an element of an array in one; the
//! documents in the texts of a unit belong to it. What a unit states is given to the sink when it ends.
//!
//! Traps:
//! - A list answered at level `RequestResponse` is one event of a hundred megabytes, and an export one array of a gigabyte. So
//!   nothing is collected but the few short texts that are looked for; all else passes through.
//! - Text comes in blocks, so each character may be the last of its block: an escape can be cut anywhere.
//! - Packed data in packed data, and documents in documents, could go on for ever: [`MAX_LAYERS`] deep at most, and no text may
//!   yield more than [`MAX_UNPACKED`].
//! - Not all that begins with `{` is JSON. What breaks before its first key was none; what breaks later is counted.
//!
//! Not done: checking that a document is good JSON. Its structure must hold; numbers, words and the bytes of texts may be anything.

mod text;

use super::event::{Facts, Hint};
use super::field::{Field, Meaning, Role, hint_of, is_of_cloudwatch};
use super::packed::Packed;

/// How many texts can be in each other.
const MAX_LAYERS: usize = 8;

/// How many brackets can be open in a document; what is deeper is passed over, and counted unless a client sent it.
const MAX_DEPTH: usize = 64;

/// The most that the packed data of one record may yield.
const MAX_UNPACKED: u64 = 64 << 20;

/// Bytes of a key, and of a text that is looked for. The API server cuts user agents at 1,024.
const MAX_KEY: usize = 256;
const MAX_TEXT: usize = 2048;

/// How much of a text in a document is collected before it is looked at.
const PIECE: usize = 8192;

/// What takes the facts of each unit.
pub(super) trait Sink {
    /// A unit has ended.
    fn unit(&mut self, facts: &Facts);
    /// An envelope tells where the cluster runs.
    fn hint(&mut self, hint: Hint);
}

/// The machine: a stack of texts that are in each other.
pub(super) struct Unwrapper {
    layers: Vec<Layer>,
    units: Vec<Facts>,
    /// How many of the units are in use.
    open: usize,
    /// The names of the columns of the table that was seen last.
    columns: Vec<String>,
    /// How much the packed data of this record has yielded.
    unpacked: u64,
    /// Documents that broke off, since this was last asked.
    broken: u64,
    /// Texts and brackets that were not unwrapped any further, since this was last asked.
    left_out: u64,
}

/// One text: that of the file, or of a text in a document.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
struct Layer {
    state: State,
    frames: Vec<Frame>,
    /// How many brackets are open beyond the depth that is looked at.
    beyond: u64,
    /// The key that was read last.
    meaning: Meaning,
    /// What is done with the text that is being read.
    taking: Taking,
    escape: Escape,
    /// The key or text so far, or what is to be given to the next layer.
    taken: Vec<u8>,
    packed: Option<Box<Packed>>,
    /// The name in a pair of name and value.
    pair: String,
    /// What the document in this text is, and whether documents are units of their own.
    role: Role,
    closed: bool,
    own_units: bool,
    documents: u64,
    /// Whether the document has a key, and whether a quote stands before it.
    has_key: bool,
    is_quoted: bool,
    /// The last byte of the piece before.
    before: u8,
    /// How many units were open before the document.
    units_before: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Between documents.
    #[default]
    Between,
    /// Where a value must stand.
    Value,
    /// Where a value or the end of an array must stand.
    ValueOrEnd,
    /// Where a key must stand.
    Key,
    /// Where a key or the end of an object must stand.
    KeyOrEnd,
    Colon,
    /// Behind a value.
    After,
    Text,
    /// In a number or word.
    Word,
    /// In brackets beyond the depth.
    Beyond,
    BeyondText,
    /// Behind what broke a document, up to the end of the line.
    Skip,
}

/// What is done with a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Taking {
    #[default]
    Nothing,
    Key,
    Text,
    /// It may hold a document, or be packed: its first bytes tell.
    Probe,
    /// It holds a document: it is given to the next layer.
    Layer,
    Packed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Backslash,
    /// `\u`: how many digits, and their value; the half of a pair that came before.
    Unicode(u8, u32),
    /// The first half of a pair; then what was seen of the second.
    Half(u32),
    HalfBackslash(u32),
    HalfUnicode(u32, u8, u32),
}

#[derive(Clone, Copy)]
struct Frame {
    is_array: bool,
    /// Whether an array is an element of another.
    is_inner: bool,
    is_unit: bool,
    meaning: Meaning,
    /// The number of the element in an array.
    index: usize,
}

impl Default for Meaning {
    fn default() -> Meaning {
        Meaning::NONE
    }
}

impl Unwrapper {
    pub(super) fn new() -> Unwrapper {
        Unwrapper {
            layers: vec![Layer::default()],
            units: vec![Facts::default()],
            open: 0,
            columns: Vec::new(),
            unpacked: 0,
            broken: 0,
            left_out: 0,
        }
    }

    /// Whether a document is open.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.layers[0].state, State::Between | State::Skip)
    }

    /// Whether the open document could go on with an element of an array.
    pub(super) fn takes_element(&self) -> bool {
        let layer = &self.layers[0];
        matches!(layer.state, State::Value | State::ValueOrEnd)
            && layer.frames.last().is_some_and(|frame| frame.is_array)
    }

    /// How many documents have broken off since this was last asked.
    pub(super) fn take_broken(&mut self) -> u64 {
        std::mem::take(&mut self.broken)
    }

    /// How many texts and brackets were not unwrapped any further since this was last asked.
    pub(super) fn take_left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }

    /// Takes a piece of text.
    pub(super) fn feed(&mut self, text: &[u8], sink: &mut impl Sink) {
        self.feed_layer(0, text, sink);
    }

    /// A line has ended. JSON has no line ends in texts, so one that is open there is broken.
    pub(super) fn end_line(&mut self, sink: &mut impl Sink) {
        match self.layers[0].state {
            State::Text | State::BeyondText => self.break_off(sink),
            State::Word => {
                // The end of the line ends it, too, and is not among what is fed.
                let mut layer = std::mem::take(&mut self.layers[0]);
                self.end_word(&mut layer, sink);
                self.layers[0] = layer;
            }
            _ => {}
        }
        if self.layers[0].state == State::Skip {
            self.layers[0].state = State::Between;
        }
        if self.layers[0].state == State::Between {
            self.unpacked = 0;
        }
    }

    /// Gives up the document that is open, if one is.
    pub(super) fn break_off(&mut self, sink: &mut impl Sink) {
        if self.is_open() {
            let mut layer = std::mem::take(&mut self.layers[0]);
            self.give_up(0, &mut layer, sink);
            layer.state = State::Between;
            self.layers[0] = layer;
        }
    }

    /// The document that is open was cut by whoever shipped it, who said so: what it has stated stands.
    pub(super) fn cut(&mut self, sink: &mut impl Sink) {
        if !self.is_open() {
            return;
        }
        let mut layer = std::mem::take(&mut self.layers[0]);
        if layer.state == State::Text && matches!(layer.taking, Taking::Layer | Taking::Packed) {
            self.end_text(0, &mut layer, sink);
        }
        while self.open > 0 {
            self.units[self.open - 1].cut = true;
            self.pop_unit(sink);
        }
        layer.frames.clear();
        layer.state = State::Between;
        self.layers[0] = layer;
    }

    /// Takes over what another has counted.
    pub(super) fn adopt(&mut self, other: &mut Unwrapper) {
        self.broken += other.take_broken();
        self.left_out += other.take_left_out();
    }

    /// Begins a unit whose fields are given one by one: a line of a table.
    pub(super) fn begin_row(&mut self) {
        self.push_unit();
    }

    /// Begins a field of such a unit.
    pub(super) fn begin_field(&mut self, name: &str) {
        self.layers[0].meaning = Meaning::of(Role::None, name);
        self.layers[0].state = State::Text;
        let mut layer = std::mem::take(&mut self.layers[0]);
        self.begin_text(0, &mut layer, Meaning::of(Role::None, name), false);
        self.layers[0] = layer;
    }

    /// Takes a piece of the field.
    pub(super) fn feed_field(&mut self, text: &[u8], sink: &mut impl Sink) {
        let mut layer = std::mem::take(&mut self.layers[0]);
        self.take_run(0, &mut layer, text, sink);
        self.layers[0] = layer;
    }

    /// Ends the field.
    pub(super) fn end_field(&mut self, sink: &mut impl Sink) {
        let mut layer = std::mem::take(&mut self.layers[0]);
        self.end_text(0, &mut layer, sink);
        layer.state = State::Between;
        self.layers[0] = layer;
    }

    /// Ends the unit.
    pub(super) fn end_row(&mut self, sink: &mut impl Sink) {
        self.pop_unit(sink);
        self.unpacked = 0;
    }

    fn feed_layer(&mut self, at: usize, text: &[u8], sink: &mut impl Sink) {
        // Taken out, so that the layers below can be used meanwhile.
        let mut layer = std::mem::take(&mut self.layers[at]);
        let mut offset = 0;
        while offset < text.len() {
            offset = match layer.state {
                State::Between => self.between(at, &mut layer, text, offset, sink),
                State::Text => self.text(at, &mut layer, text, offset, sink),
                State::Word => self.word(&mut layer, text, offset, sink),
                State::Beyond | State::BeyondText => beyond(&mut layer, text, offset),
                State::Skip => memchr::memchr(b'\n', &text[offset..]).map_or(text.len(), |end| {
                    layer.state = State::Between;
                    offset + end + 1
                }),
                State::Value | State::ValueOrEnd | State::Key | State::KeyOrEnd | State::Colon | State::After => {
                    self.structure(at, &mut layer, text, offset, sink)
                }
            };
        }
        // What was collected for the layer below need not wait.
        if layer.state == State::Text && layer.taking == Taking::Layer {
            self.hand_down(at, &mut layer, sink);
        }
        layer.before = text.last().copied().unwrap_or(layer.before);
        self.layers[at] = layer;
    }

    fn between(&mut self, at: usize, layer: &mut Layer, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        let Some(start) = memchr::memchr(b'{', &text[offset..]) else { return text.len() };
        // Several events in one text are several events.
        if at > 0 && layer.documents > 0 && !layer.own_units && self.units[self.open - 1].is_event() {
            let facts = std::mem::take(&mut self.units[self.open - 1]);
            sink.unit(&facts);
            self.units[self.open - 1] = facts;
            self.units[self.open - 1].clear();
        }
        layer.units_before = self.open;
        layer.has_key = false;
        let before = if offset + start == 0 { layer.before } else { text[offset + start - 1] };
        layer.is_quoted = at == 0 && before == b'"';
        let is_unit = at == 0 || layer.own_units;
        if is_unit {
            self.push_unit();
        }
        let meaning = Meaning { role: layer.role, closed: layer.closed, ..Meaning::NONE };
        layer.frames.clear();
        layer.frames.push(Frame { is_array: false, is_inner: false, is_unit, meaning, index: 0 });
        layer.state = State::KeyOrEnd;
        offset + start + 1
    }

    /// One character of a document's structure, or the blanks before it.
    fn structure(&mut self, at: usize, layer: &mut Layer, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        let next = offset + 1;
        match (text[offset], layer.state) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => return next,
            (b'"', State::Key | State::KeyOrEnd) => {
                layer.taking = Taking::Key;
                layer.taken.clear();
                layer.state = State::Text;
            }
            (b'"', State::Value | State::ValueOrEnd) => {
                let (meaning, is_element) = self.expected(layer);
                layer.meaning = meaning;
                layer.state = State::Text;
                self.begin_text(at, layer, meaning, is_element);
            }
            // A text that holds a document, alone or in a list: what a query of a command-line tool leaves of an answer.
            (b'\\', State::KeyOrEnd) if layer.is_quoted && !layer.has_key => {
                self.open = layer.units_before;
                layer.frames.clear();
                layer.meaning = Meaning::NONE;
                layer.state = State::Text;
                self.begin_text(at, layer, Meaning::NONE, true);
                layer.taking = Taking::Layer;
                layer.taken.push(b'{');
                layer.escape = Escape::Backslash;
            }
            (b':', State::Colon) => layer.state = State::Value,
            (b',', State::After) => {
                let top = layer.frames.last_mut().expect("a document is open");
                top.index += 1;
                layer.state = if top.is_array { State::Value } else { State::Key };
            }
            (bracket @ (b'{' | b'['), State::Value | State::ValueOrEnd) => self.open(layer, bracket == b'['),
            (b'}', State::After | State::KeyOrEnd) if layer.frames.last().is_some_and(|top| !top.is_array) => {
                self.close(layer, sink);
            }
            (b']', State::After | State::ValueOrEnd) if layer.frames.last().is_some_and(|top| top.is_array) => {
                self.close(layer, sink);
            }
            (b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z', State::Value | State::ValueOrEnd) => {
                layer.meaning = self.expected(layer).0;
                layer.taken.clear();
                layer.state = State::Word;
                return offset;
            }
            _ => {
                self.give_up(at, layer, sink);
                // It may be where another document begins.
                return offset;
            }
        }
        next
    }

    /// The meaning of the value that comes, and whether it is an element of an array that is no row.
    fn expected(&self, layer: &Layer) -> (Meaning, bool) {
        let top = layer.frames.last().expect("a document is open");
        if !top.is_array {
            let mut meaning = layer.meaning;
            meaning.closed |= top.meaning.closed;
            meaning.ignored |= top.meaning.ignored;
            return (meaning, false);
        }
        if top.meaning.role == Role::Rows
            && top.is_inner
            && let Some(column) = self.columns.get(top.index)
        {
            return (Meaning::of(Role::None, column), false);
        }
        (top.meaning, !top.is_inner)
    }

    fn open(&mut self, layer: &mut Layer, is_array: bool) {
        let (meaning, is_element) = self.expected(layer);
        if layer.frames.len() >= MAX_DEPTH {
            // In what a client sent there is nothing to miss.
            self.left_out += u64::from(!meaning.ignored);
            layer.beyond = 1;
            layer.state = State::Beyond;
            return;
        }
        let parent = layer.frames.last().expect("a document is open");
        let is_inner = is_array && parent.is_array;
        let is_unit = parent.is_array && is_element && !meaning.ignored && !meaning.closed;
        if is_unit {
            self.push_unit();
        }
        if meaning.role == Role::Columns && is_array {
            self.columns.clear();
        }
        layer.frames.push(Frame { is_array, is_inner, is_unit, meaning, index: 0 });
        layer.state = if is_array { State::ValueOrEnd } else { State::KeyOrEnd };
    }

    fn close(&mut self, layer: &mut Layer, sink: &mut impl Sink) {
        let closed = layer.frames.pop().expect("a document is open");
        if closed.is_unit {
            self.pop_unit(sink);
        }
        layer.pair.clear();
        layer.state = State::After;
        if layer.frames.is_empty() {
            layer.state = State::Between;
            layer.documents += 1;
        }
    }

    /// A document is none, or has broken off.
    fn give_up(&mut self, at: usize, layer: &mut Layer, sink: &mut impl Sink) {
        let was_one = layer.has_key || layer.state == State::Text;
        if layer.state == State::Text && matches!(layer.taking, Taking::Layer | Taking::Packed) {
            self.end_text(at, layer, sink);
        }
        if at == 0 {
            self.broken += u64::from(was_one);
        } else if was_one && self.open > 0 {
            self.units[self.open - 1].cut = true;
        }
        // A unit that has said all that matters is one, whatever comes behind it.
        while self.open > layer.units_before {
            let facts = &self.units[self.open - 1];
            if facts.stale.is_empty() || facts.time.is_none() {
                self.open -= 1;
            } else {
                self.pop_unit(sink);
            }
        }
        layer.frames.clear();
        layer.escape = Escape::None;
        layer.state = if at == 0 && was_one { State::Skip } else { State::Between };
    }

    fn push_unit(&mut self) {
        self.open += 1;
        if self.units.len() < self.open {
            self.units.push(Facts::default());
        }
        self.units[self.open - 1].clear();
    }

    fn pop_unit(&mut self, sink: &mut impl Sink) {
        if let Some(index) = self.open.checked_sub(1) {
            sink.unit(&self.units[index]);
            self.open = index;
        }
    }

    fn word(&mut self, layer: &mut Layer, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        let rest = &text[offset..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        if layer.meaning.field != Field::None {
            take(&mut layer.taken, &rest[..end], MAX_KEY);
        }
        if end < rest.len() {
            self.end_word(layer, sink);
        }
        offset + end
    }

    fn end_word(&mut self, layer: &mut Layer, sink: &mut impl Sink) {
        layer.state = State::After;
        if layer.meaning.field != Field::None && !layer.meaning.ignored && layer.taken != b"null" {
            self.state_field(layer, sink);
        }
    }

    /// A text or number that is looked for has been read.
    fn state_field(&mut self, layer: &mut Layer, sink: &mut impl Sink) {
        let text = String::from_utf8_lossy(&layer.taken);
        let Some(facts) = self.open.checked_sub(1).and_then(|index| self.units.get_mut(index)) else { return };
        match layer.meaning.field {
            Field::PairName => {
                layer.pair.clear();
                layer.pair.push_str(&text);
                if is_of_cloudwatch(&text) {
                    sink.hint(Hint::Eks);
                }
            }
            Field::ColumnName => {
                if self.columns.len() < MAX_KEY {
                    self.columns.push(text.into_owned());
                }
            }
            Field::Hint => {
                if let Some(hint) = hint_of(&text) {
                    sink.hint(hint);
                }
                // Cloud Logging's own type of a payload.
                facts.is_grpc |= text.ends_with("google.cloud.audit.AuditLog");
            }
            field => field.set(facts, &text),
        }
    }
}

/// Takes a piece as far as there is room.
fn take(taken: &mut Vec<u8>, run: &[u8], most: usize) {
    let room = most.saturating_sub(taken.len());
    taken.extend_from_slice(&run[..run.len().min(room)]);
}

/// Passes over what is too deep.
fn beyond(layer: &mut Layer, text: &[u8], mut offset: usize) -> usize {
    while offset < text.len() {
        if layer.state == State::BeyondText {
            let rest = &text[offset..];
            if layer.escape != Escape::None {
                layer.escape = Escape::None;
                offset += 1;
                continue;
            }
            match memchr::memchr2(b'"', b'\\', rest) {
                None => return text.len(),
                Some(end) => {
                    offset += end + 1;
                    if rest[end] == b'"' {
                        layer.state = State::Beyond;
                    } else {
                        layer.escape = Escape::Backslash;
                    }
                }
            }
            continue;
        }
        match text[offset] {
            b'{' | b'[' => layer.beyond += 1,
            b'}' | b']' => {
                layer.beyond -= 1;
                if layer.beyond == 0 {
                    layer.state = State::After;
                    return offset + 1;
                }
            }
            b'"' => layer.state = State::BeyondText,
            _ => {}
        }
        offset += 1;
    }
    offset
}
