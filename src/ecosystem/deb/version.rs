//! Versions of Debian packages: `[epoch:]upstream[-revision]`, in the order of dpkg (deb-version(7)).
//!
//! Traps:
//! - `~` sorts before everything, even before the end: `4.10.0~rc1` is below `4.10.0`.
//! - Letters sort before all other characters; digits count as a number of any size, and an empty one is 0.
//! - The revision begins at the last hyphen; a missing one is `0`, so `1.0` and `1.0-0` are equal.
//! - A higher epoch wins whatever follows.
//!
//! Debian has no pre-releases that a requirement would leave out.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::number::Number;

/// The largest epoch that dpkg reads.
const MAX_EPOCH: u32 = i32::MAX as u32;

/// A version.
#[derive(Clone, Debug)]
pub struct DebVersion {
    epoch: u32,
    upstream: String,
    revision: String,
}

impl DebVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<DebVersion, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty".into());
        }
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) => (self::epoch(epoch)?, rest),
            None => (0, text),
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            Some((_, "")) => return Err("its revision is empty".into()),
            Some((upstream, revision)) => (upstream, revision),
            None => (rest, ""),
        };
        if !upstream.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("it does not start with a digit".into());
        }
        let is_of = |byte: u8, others: &str| byte.is_ascii_alphanumeric() || others.as_bytes().contains(&byte);
        if !upstream.bytes().all(|byte| is_of(byte, ".-+~:")) {
            return Err("it holds a character that no version may hold".into());
        }
        if !revision.bytes().all(|byte| is_of(byte, ".+~")) {
            return Err("its revision holds a character that no revision may hold".into());
        }
        Ok(DebVersion { epoch, upstream: upstream.into(), revision: revision.into() })
    }
}

fn epoch(text: &str) -> Result<u32, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("its epoch is no number".into());
    }
    text.parse().ok().filter(|epoch| *epoch <= MAX_EPOCH).ok_or_else(|| "its epoch is too large".into())
}

/// Compares two parts: by turns the text up to the next digit, and the number up to the next text.
fn compare(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b);
        (text_a, a) = split(a, |byte| !byte.is_ascii_digit());
        (text_b, b) = split(b, |byte| !byte.is_ascii_digit());
        let (digits_a, digits_b);
        (digits_a, a) = split(a, |byte| byte.is_ascii_digit());
        (digits_b, b) = split(b, |byte| byte.is_ascii_digit());
        let order = compare_texts(text_a, text_b).then_with(|| {
            Number::parse(digits_a).unwrap_or_default().cmp(&Number::parse(digits_b).unwrap_or_default())
        });
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn split(text: &str, belongs: fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len()))
}

fn compare_texts(a: &str, b: &str) -> Ordering {
    let rank = |text: &str, index: usize| match text.as_bytes().get(index) {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let places = 0..a.len().max(b.len());
    places.map(|index| rank(a, index).cmp(&rank(b, index))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

impl Ord for DebVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let epochs = self.epoch.cmp(&other.epoch);
        epochs
            .then_with(|| compare(&self.upstream, &other.upstream))
            .then_with(|| compare(&self.revision, &other.revision))
    }
}

impl PartialOrd for DebVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DebVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DebVersion {}

impl fmt::Display for DebVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(f, "{}:", self.epoch)?;
        }
        f.write_str(&self.upstream)?;
        if !self.revision.is_empty() {
            write!(f, "-{}", self.revision)?;
        }
        Ok(())
    }
}
