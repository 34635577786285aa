//! Data in a text that is written in base64, taken piece by piece: packed with gzip, as CloudWatch hands logs to a subscriber, or as it
//! is, as Kinesis, Event Hubs and Pub/Sub hand on whatever they were given.
//!
//! The bytes between base64 and gzip are never collected. Blanks and line ends in base64 are passed over, padding ends it.

use std::io::Write;

use flate2::write::MultiGzDecoder;

/// What a text begins with that is written in base64, and what that is: the first three bytes of gzip (RFC 1952, section 2.3.1, with
/// deflate as the method), or an object of JSON with a key that begins with a letter.
const BEGINNINGS: [(&[u8], Form); 2] = [(b"H4sI", Form::Gzip), (b"eyJ", Form::Plain)];

/// How many characters tell what a text is.
pub(super) const HEAD: usize = 4;

/// What a text in base64 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Gzip,
    Plain,
}

impl Form {
    /// What a text holds that begins so, if it is written in base64.
    pub(super) fn of(head: &[u8]) -> Option<Form> {
        BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, form)| *form)
    }
}

/// A text that is being unpacked.
pub(super) struct Packed {
    /// Up to four characters, as sixes of bits, that do not make up three bytes yet.
    bits: u32,
    count: u8,
    bytes: Vec<u8>,
    output: Output,
    is_broken: bool,
}

enum Output {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Plain(Vec<u8>),
}

impl Packed {
    pub(super) fn new(form: Form) -> Packed {
        let output = match form {
            Form::Gzip => Output::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Form::Plain => Output::Plain(Vec::new()),
        };
        Packed { bits: 0, count: 0, bytes: Vec::new(), output, is_broken: false }
    }

    /// Whether it is packed, and not only in base64.
    pub(super) fn is_gzip(&self) -> bool {
        matches!(self.output, Output::Gzip(_))
    }

    /// Takes a piece of the text. Whether more can follow.
    pub(super) fn feed(&mut self, text: &[u8]) -> bool {
        self.bytes.clear();
        for byte in text {
            // RFC 4648, sections 4 and 5: both alphabets.
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' | b' ' | b'\n' | b'\r' => continue,
                _ => {
                    self.is_broken = true;
                    break;
                }
            };
            self.bits = self.bits << 6 | u32::from(six);
            self.count += 1;
            if self.count == 4 {
                self.bytes.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                (self.bits, self.count) = (0, 0);
            }
        }
        self.write();
        !self.is_broken
    }

    fn write(&mut self) {
        match &mut self.output {
            Output::Plain(output) => output.extend_from_slice(&self.bytes),
            Output::Gzip(_) if self.is_broken || self.bytes.is_empty() => {}
            Output::Gzip(gzip) => self.is_broken = gzip.write_all(&self.bytes).is_err(),
        }
    }

    /// What has been unpacked and not been forgotten.
    pub(super) fn output(&self) -> &[u8] {
        match &self.output {
            Output::Gzip(gzip) => gzip.get_ref(),
            Output::Plain(output) => output,
        }
    }

    /// Forgets the output.
    pub(super) fn forget(&mut self) {
        match &mut self.output {
            Output::Gzip(gzip) => gzip.get_mut().clear(),
            Output::Plain(output) => output.clear(),
        }
    }

    /// The text has ended; more output may come of that. Whether all was well. What is not packed ends where its document does, and
    /// whoever reads that sees whether it has.
    pub(super) fn finish(&mut self) -> bool {
        self.bytes.clear();
        let bits = self.bits << (6 * (4 - u32::from(self.count.min(4))));
        let whole = usize::from(self.count) * 6 / 8;
        self.bytes.extend_from_slice(&bits.to_be_bytes()[1..=whole]);
        (self.bits, self.count) = (0, 0);
        self.write();
        match &mut self.output {
            Output::Gzip(gzip) => !self.is_broken && gzip.try_finish().is_ok(),
            Output::Plain(_) => true,
        }
    }
}
