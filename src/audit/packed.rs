//! Data that was packed with gzip and written in base64, taken piece by piece: how CloudWatch hands logs to a subscriber.
//!
//! The bytes between base64 and gzip are never collected. Blanks and line ends in base64 are passed over, padding ends it.

use std::io::Write;

use flate2::write::MultiGzDecoder;

/// A text that is being unpacked.
pub(super) struct Packed {
    /// Up to four characters, as sixes of bits, that do not make up three bytes yet.
    bits: u32,
    count: u8,
    bytes: Vec<u8>,
    gzip: MultiGzDecoder<Vec<u8>>,
    is_broken: bool,
}

impl Packed {
    pub(super) fn new() -> Packed {
        let gzip = MultiGzDecoder::new(Vec::new());
        Packed { bits: 0, count: 0, bytes: Vec::new(), gzip, is_broken: false }
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
        if !self.is_broken && !self.bytes.is_empty() && self.gzip.write_all(&self.bytes).is_err() {
            self.is_broken = true;
        }
    }

    /// What has been unpacked and not been forgotten.
    pub(super) fn output(&self) -> &[u8] {
        self.gzip.get_ref()
    }

    /// Forgets the output.
    pub(super) fn forget(&mut self) {
        self.gzip.get_mut().clear();
    }

    /// The text has ended; more output may come of that. Whether all was well.
    pub(super) fn finish(&mut self) -> bool {
        self.bytes.clear();
        let bits = self.bits << (6 * (4 - u32::from(self.count.min(4))));
        let whole = usize::from(self.count) * 6 / 8;
        self.bytes.extend_from_slice(&bits.to_be_bytes()[1..=whole]);
        self.write();
        !self.is_broken && self.gzip.try_finish().is_ok()
    }
}
