//! The texts in a document: their escapes, and what they hold again: a document, or data in base64.

use super::{Escape, Layer, MAX_KEY, MAX_LAYERS, MAX_TEXT, MAX_UNPACKED, PIECE, Sink, State, Taking, Unwrapper, take};
use crate::audit::field::{Field, Meaning, Role};
use crate::audit::packed::{Form, HEAD, Packed};

impl Unwrapper {
    pub(super) fn begin_text(&mut self, at: usize, layer: &mut Layer, meaning: Meaning, is_element: bool) {
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
    pub(super) fn text(
        &mut self,
        at: usize,
        layer: &mut Layer,
        text: &[u8],
        mut offset: usize,
        sink: &mut impl Sink,
    ) -> usize {
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
    pub(super) fn take_run(&mut self, at: usize, layer: &mut Layer, run: &[u8], sink: &mut impl Sink) {
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

    pub(super) fn hand_down(&mut self, at: usize, layer: &mut Layer, sink: &mut impl Sink) {
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
        let below = &self.layers[at + 1];
        let is_open = !matches!(below.state, State::Between | State::Skip);
        // What was packed for nothing was packed again.
        let is_nothing = packed.is_gzip() && below.documents == 0;
        self.left_out += u64::from(!is_whole || is_open || is_nothing);
        self.end_layer(at + 1, sink);
    }

    pub(super) fn end_text(&mut self, at: usize, layer: &mut Layer, sink: &mut impl Sink) {
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
    pub(super) fn end_layer(&mut self, at: usize, sink: &mut impl Sink) {
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
}
