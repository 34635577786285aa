//! Packed logs, told by their first bytes and unpacked as they are read.
//!
//! Traps:
//! - A gzip file is a row of members, and CloudWatch's deliveries are many of them; likewise a zstd file of frames, some of which hold
//!   nothing that is for us (RFC 8878, section 3.1.2).
//! - What Firehose packs may be packed already.
//! - A zstd frame says how much must be remembered to unpack it. [`MAX_WINDOW`] is what a program has to bear (RFC 8878, section
//!   3.1.1.1.2); whoever packs with `--long` or `--ultra` can ask for more, and is refused rather than given all memory.

use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// The most that a frame may ask to be remembered.
const MAX_WINDOW: u64 = 8 << 20;

/// How many bytes tell a form.
const HEAD: usize = 4;

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// A reader of what a reader's bytes stand for.
pub(super) enum Unpacked<R: Read> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
    Zstd(Box<Frames<BufReader<Whole<R>>>>),
}

/// Whether a file's first bytes are those of packed data.
pub(super) fn is_packed(head: &[u8]) -> bool {
    is_gzip(head) || is_zstd(head)
}

/// RFC 1952, section 2.3.1.
fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
}

/// RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one to be skipped.
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// What may be wrong with a file in which no event was found, by its first bytes.
pub(super) fn why_nothing(head: &[u8]) -> &'static str {
    const FORMS: [(&[u8], &str); 9] = [
        (b"\xfd7zXZ\0", "is packed with xz, which is not read: unpack it"),
        (b"BZh", "is packed with bzip2, which is not read: unpack it"),
        (b"PK\x03\x04", "is a zip archive, which is not read: unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive, which is not read: unpack it"),
        (b"\x04\x22\x4d\x18", "is packed with lz4, which is not read: unpack it"),
        (b"\x5d\0\0", "is packed with lzma, which is not read: unpack it"),
        (b"\xff\xfe", "is written in UTF-16, which is not read: write it in UTF-8"),
        (b"\xfe\xff", "is written in UTF-16, which is not read: write it in UTF-8"),
        (b"{\0", "is written in UTF-16, which is not read: write it in UTF-8"),
    ];
    let known = FORMS.iter().find(|(magic, _)| head.starts_with(magic));
    known.map_or("holds no audit event that could be found", |(_, why)| why)
}

impl<R: Read> Unpacked<R> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// If the reader fails.
    pub(super) fn new(mut reader: R) -> io::Result<Unpacked<R>> {
        let mut head = Vec::with_capacity(HEAD);
        reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let (is_gzip, is_zstd) = (is_gzip(&head), is_zstd(&head));
        let whole = Cursor::new(head).chain(reader);
        Ok(if is_gzip {
            Unpacked::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else if is_zstd {
            Unpacked::Zstd(Box::new(Frames::new(BufReader::with_capacity(64 << 10, whole))))
        } else {
            Unpacked::Plain(whole)
        })
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacked::Plain(reader) => reader.read(buffer),
            Unpacked::Gzip(reader) => reader.read(buffer),
            Unpacked::Zstd(reader) => reader.read(buffer),
        }
    }
}

/// The frames of a zstd file.
pub(super) struct Frames<R: Read> {
    reader: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
    is_at_end: bool,
}

impl<R: Read> Frames<R> {
    fn new(reader: R) -> Frames<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Frames { reader, decoder, is_in_frame: false, is_at_end: false }
    }

    /// Begins the next frame with content. Whether there is one.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            let mut magic = Vec::with_capacity(HEAD);
            self.reader.by_ref().take(HEAD as u64).read_to_end(&mut magic)?;
            if magic.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(Cursor::new(magic).chain(&mut self.reader)) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.reader.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        while !self.is_at_end {
            if !self.is_in_frame {
                self.is_in_frame = self.next_frame()?;
                self.is_at_end = !self.is_in_frame;
                continue;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.reader, UptoBlocks(1)).map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.is_in_frame = false;
        }
        Ok(0)
    }
}
