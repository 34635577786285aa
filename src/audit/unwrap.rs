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

use super::event::{Facts, Hint, Level, Stage};
use super::field::{Column, Field, Meaning, Role};
use super::packed::{Form, HEAD, Packed};

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

    fn begin_text(&mut self, at: usize, layer: &mut Layer, meaning: Meaning, is_element: bool) {
        let parent_is_closed = layer.frames.last().is_some_and(|top| top.meaning.closed);
        let may_hold_one = match meaning.role {
            Role::User | Role::Extra | Role::Annotations | Role::Status | Role::AuditLog => !parent_is_closed,
            Role::None | Role::Rows => !meaning.closed,
            Role::Agent | Role::Operation | Role::Columns => false,
        };
        layer.taken.clear();
        layer.escape = Escape::None;
        layer.taking = match meaning.field {
            _ if meaning.ignored => Taking::Nothing,
            Field::PairValue if !layer.pair.is_empty() => {
                let named = Meaning::of(Role::None, &layer.pair);
                layer.pair.clear();
                layer.meaning = named;
                // Pairs have no pairs in them, so this goes one deep.
                return self.begin_text(at, layer, named, is_element);
            }
            Field::None | Field::PairValue if !may_hold_one => Taking::Nothing,
            Field::None | Field::PairValue => {
                if self.layers.len() == at + 1 {
                    self.layers.push(Layer::default());
                }
                let below = &mut self.layers[at + 1];
                below.frames.clear();
                (below.state, below.documents) = (State::Between, 0);
                (below.role, below.closed) = (meaning.role, meaning.closed);
                below.own_units = is_element;
                below.units_before = self.open;
                Taking::Probe
            }
            _ => Taking::Text,
        };
    }

    /// A piece of a text: up to its end, or the end of the piece.
    fn text(&mut self, at: usize, layer: &mut Layer, text: &[u8], mut offset: usize, sink: &mut impl Sink) -> usize {
        while offset < text.len() {
            if layer.escape != Escape::None {
                offset = self.escaped(at, layer, text, offset, sink);
                continue;
            }
            let rest = &text[offset..];
            let end = memchr::memchr2(b'"', b'\\', rest);
            let run = &rest[..end.unwrap_or(rest.len())];
            if !run.is_empty() && layer.taking != Taking::Nothing {
                self.take_run(at, layer, run, sink);
            }
            match end {
                None => return text.len(),
                Some(end) if rest[end] == b'\\' => {
                    layer.escape = Escape::Backslash;
                    offset += end + 1;
                }
                Some(end) => {
                    self.end_text(at, layer, sink);
                    return offset + end + 1;
                }
            }
        }
        offset
    }

    /// One byte of an escape; RFC 8259, section 7.
    fn escaped(&mut self, at: usize, layer: &mut Layer, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        const REPLACEMENT: char = '\u{fffd}';
        let byte = text[offset];
        let digit = char::from(byte).to_digit(16);
        let next = offset + 1;
        let half = match layer.escape {
            Escape::Half(half) | Escape::HalfBackslash(half) | Escape::HalfUnicode(half, ..) => Some(half),
            Escape::None | Escape::Backslash | Escape::Unicode(..) => None,
        };
        match (layer.escape, byte) {
            (Escape::Half(half), b'\\') => layer.escape = Escape::HalfBackslash(half),
            (Escape::HalfBackslash(half), b'u') => layer.escape = Escape::HalfUnicode(half, 0, 0),
            (Escape::Backslash, b'u') => layer.escape = Escape::Unicode(0, 0),
            (Escape::Half(_), _) => {
                layer.escape = Escape::None;
                self.take_char(at, layer, REPLACEMENT, sink);
                return offset;
            }
            (Escape::Backslash | Escape::HalfBackslash(_), _) => {
                layer.escape = Escape::None;
                if half.is_some() {
                    self.take_char(at, layer, REPLACEMENT, sink);
                }
                let meant = match byte {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'b' => 8,
                    b'f' => 12,
                    other => other,
                };
                self.take_run(at, layer, &[meant], sink);
            }
            (Escape::Unicode(count, value) | Escape::HalfUnicode(_, count, value), _) => {
                let Some(digit) = digit else {
                    layer.escape = Escape::None;
                    self.take_char(at, layer, REPLACEMENT, sink);
                    return offset;
                };
                let value = value << 4 | digit;
                match (half, count) {
                    (None, 0..3) => layer.escape = Escape::Unicode(count + 1, value),
                    (Some(half), 0..3) => layer.escape = Escape::HalfUnicode(half, count + 1, value),
                    (None, _) if (0xd800..0xdc00).contains(&value) => layer.escape = Escape::Half(value),
                    (None, _) => {
                        layer.escape = Escape::None;
                        self.take_char(at, layer, char::from_u32(value).unwrap_or(REPLACEMENT), sink);
                    }
                    (Some(half), _) => {
                        layer.escape = Escape::None;
                        if (0xdc00..0xe000).contains(&value) {
                            let whole = 0x1_0000 + ((half - 0xd800) << 10) + (value - 0xdc00);
                            self.take_char(at, layer, char::from_u32(whole).unwrap_or(REPLACEMENT), sink);
                        } else {
                            self.take_char(at, layer, REPLACEMENT, sink);
                            self.take_char(at, layer, char::from_u32(value).unwrap_or(REPLACEMENT), sink);
                        }
                    }
                }
            }
            (Escape::None, _) => return offset,
        }
        next
    }

    fn take_char(&mut self, at: usize, layer: &mut Layer, character: char, sink: &mut impl Sink) {
        self.take_run(at, layer, character.encode_utf8(&mut [0; 4]).as_bytes(), sink);
    }

    /// A piece of what a text says.
    fn take_run(&mut self, at: usize, layer: &mut Layer, run: &[u8], sink: &mut impl Sink) {
        match layer.taking {
            Taking::Nothing => {}
            Taking::Key => take(&mut layer.taken, run, MAX_KEY),
            Taking::Text => take(&mut layer.taken, run, MAX_TEXT),
            Taking::Probe => self.probe(at, layer, run, sink),
            Taking::Layer => {
                layer.taken.extend_from_slice(run);
                if layer.taken.len() >= PIECE {
                    self.hand_down(at, layer, sink);
                }
            }
            Taking::Packed => self.unpack(at, layer, run, sink),
        }
    }

    /// Finds out whether a text holds something: a document somewhere in it, or data in base64 from its beginning.
    fn probe(&mut self, at: usize, layer: &mut Layer, run: &[u8], sink: &mut impl Sink) {
        let before = layer.taken.len();
        if before < HEAD {
            layer.taken.extend_from_slice(&run[..run.len().min(HEAD - before)]);
            if layer.taken.len() == HEAD
                && let Some(form) = Form::of(&layer.taken)
            {
                if at + 1 >= MAX_LAYERS || self.unpacked >= MAX_UNPACKED {
                    self.left_out += 1;
                    layer.taking = Taking::Nothing;
                    return;
                }
                layer.packed = Some(Box::new(Packed::new(form)));
                layer.taking = Taking::Packed;
                // What came in earlier pieces is known.
                let head = std::mem::take(&mut layer.taken);
                self.unpack(at, layer, &head[..before], sink);
                self.unpack(at, layer, run, sink);
                return;
            }
        }
        if let Some(start) = memchr::memchr(b'{', run) {
            if at + 1 >= MAX_LAYERS {
                self.left_out += 1;
                layer.taking = Taking::Nothing;
                return;
            }
            layer.taking = Taking::Layer;
            layer.taken.clear();
            layer.taken.extend_from_slice(&run[start..]);
        }
    }

    fn hand_down(&mut self, at: usize, layer: &mut Layer, sink: &mut impl Sink) {
        if !layer.taken.is_empty() {
            let taken = std::mem::take(&mut layer.taken);
            self.feed_layer(at + 1, &taken, sink);
            layer.taken = taken;
            layer.taken.clear();
        }
    }

    fn unpack(&mut self, at: usize, layer: &mut Layer, run: &[u8], sink: &mut impl Sink) {
        let Some(mut packed) = layer.packed.take() else { return };
        for piece in run.chunks(512) {
            let more = packed.feed(piece);
            let out = packed.output();
            self.unpacked += out.len() as u64;
            self.feed_layer(at + 1, out, sink);
            packed.forget();
            if self.unpacked > MAX_UNPACKED {
                self.left_out += 1;
                layer.taking = Taking::Nothing;
                break;
            }
            if !more {
                self.end_packed(at, &mut packed, sink);
                layer.taking = Taking::Nothing;
                return;
            }
        }
        layer.packed = Some(packed);
    }

    /// Packed data has ended, or broken off.
    fn end_packed(&mut self, at: usize, packed: &mut Packed, sink: &mut impl Sink) {
        let is_whole = packed.finish();
        let out = packed.output();
        self.unpacked += out.len() as u64;
        self.feed_layer(at + 1, out, sink);
        // A token begins with a document in base64 as well, and goes on behind it.
        let is_open = !matches!(self.layers[at + 1].state, State::Between | State::Skip);
        self.left_out += u64::from(!is_whole || is_open);
        self.end_layer(at + 1, sink);
    }

    fn end_text(&mut self, at: usize, layer: &mut Layer, sink: &mut impl Sink) {
        layer.state = State::After;
        match layer.taking {
            Taking::Nothing | Taking::Probe => {}
            Taking::Key => {
                let role = layer.frames.last().map_or(Role::None, |top| top.meaning.role);
                layer.meaning = match std::str::from_utf8(&layer.taken) {
                    Ok(key) => Meaning::of(role, key),
                    Err(_) => Meaning::NONE,
                };
                layer.has_key = true;
                layer.state = State::Colon;
            }
            Taking::Text => self.state_field(layer, sink),
            Taking::Layer => {
                self.hand_down(at, layer, sink);
                self.end_layer(at + 1, sink);
            }
            Taking::Packed => {
                if let Some(mut packed) = layer.packed.take() {
                    self.end_packed(at, &mut packed, sink);
                }
            }
        }
        layer.taking = Taking::Nothing;
        if layer.frames.is_empty() {
            layer.state = State::Between;
        }
    }

    /// The text that a layer is of has ended. A document that has not is cut.
    fn end_layer(&mut self, at: usize, sink: &mut impl Sink) {
        let mut layer = std::mem::take(&mut self.layers[at]);
        if !matches!(layer.state, State::Between | State::Skip) {
            if layer.state == State::Text && matches!(layer.taking, Taking::Layer | Taking::Packed) {
                self.end_text(at, &mut layer, sink);
            }
            while self.open > layer.units_before.max(1) {
                self.units[self.open - 1].cut = true;
                self.pop_unit(sink);
            }
            if layer.has_key && self.open > 0 && !layer.own_units {
                self.units[self.open - 1].cut = true;
            }
        }
        layer.frames.clear();
        layer.state = State::Between;
        self.layers[at] = layer;
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
            }
            Field::ColumnName => {
                if self.columns.len() < MAX_KEY {
                    self.columns.push(text.into_owned());
                }
            }
            Field::Hint => {
                if let Some(hint) = hint(&text) {
                    sink.hint(hint);
                }
                // Cloud Logging's own type of a payload.
                facts.is_grpc |= text.ends_with("google.cloud.audit.AuditLog");
            }
            field => set(facts, field, &text),
        }
    }
}

/// Sets a fact. What was stated first stays: so does the API server's own, which comes before what is below.
fn set(facts: &mut Facts, field: Field, text: &str) {
    let first = |known: &mut String| {
        if known.is_empty() {
            known.push_str(text);
        }
    };
    match field {
        Field::Stale => first(&mut facts.stale),
        Field::Legacy(found) => {
            // The one that names the secret says more.
            if facts.legacy.as_ref().is_none_or(|(known, _)| *known < found) {
                facts.legacy = Some((found, text.to_owned()));
            }
        }
        Field::Truncated => facts.truncated |= text == "true",
        Field::Username => first(&mut facts.username),
        Field::Pod => first(&mut facts.pod),
        Field::UserAgent => first(&mut facts.user_agent),
        Field::Address => {
            // As a text it is a list in brackets; as a list its last element counts.
            let last = text.trim_matches(['[', ']', ' ']).rsplit(',').next().unwrap_or_default();
            facts.address.clear();
            facts.address.push_str(last.trim_matches(['"', ' ']));
        }
        Field::AuditId => first(&mut facts.audit_id),
        Field::Time(quality) => facts.set_time(quality, text),
        Field::Stage => facts.stage = facts.stage.or(Stage::ALL.iter().find(|stage| stage.word() == text).copied()),
        Field::Level => facts.level = facts.level.or(Level::ALL.iter().find(|level| level.word() == text).copied()),
        Field::Verb => first(&mut facts.verb),
        Field::Method => {
            facts.is_grpc = true;
            facts.verb.clear();
            facts.verb.push_str(text.rsplit('.').next().unwrap_or_default());
        }
        Field::Code => facts.code = facts.code.or(text.parse().ok()),
        Field::Column(column) => {
            if column == Column::MaxSeconds || !text.is_empty() {
                column.set(&mut facts.row, text);
            }
        }
        Field::None | Field::Hint | Field::PairName | Field::PairValue | Field::ColumnName => {}
    }
}

/// What the value of a key of an envelope tells of the platform.
fn hint(text: &str) -> Option<Hint> {
    if text.contains("/aws/eks/") || text.starts_with("kube-apiserver-audit-") {
        Some(Hint::Eks)
    } else if text.ends_with("google.cloud.audit.AuditLog") || text == "k8s_cluster" {
        Some(Hint::Gke)
    } else if matches!(text, "kube-audit" | "kube-audit-admin" | "AKSAudit" | "AKSAuditAdmin") {
        Some(Hint::Aks)
    } else {
        None
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
