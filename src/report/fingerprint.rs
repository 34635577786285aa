//! By what other programs know a finding again when the file round it has changed.
//!
//! - [`line_hashes`] is GitHub's own: code scanning tracks an alert by the hash of its line, and warns of each result that
//!   brings another value than its upload action computes (github/codeql-action, `fingerprints`).
//! - [`Fingerprints`] are ours: of the rule, the package, the file and the condition, without version and line, so that
//!   neither an edit above nor a new bad version makes another finding of it.
//!
//! Traps:
//! - GitHub hashes the text as UTF-8, mark and all. Where a file begins with a byte-order mark the first line differs, in a
//!   file of another encoding every line can.
//! - The window is a hundred characters, so a line's hash changes with the lines below it.

use std::collections::{HashMap, HashSet};

use super::{Entry, Report};

/// How many characters from a line's first on are hashed.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;

/// What stands behind the last character.
const END: u16 = 0xffff;

/// GitHub's hash of each line of a text, in order: the hash and, behind a colon, the how manyth line it is with that hash.
///
/// Spaces and tabs do not count, CR and CRLF are LF, and arithmetic is modulo 2⁶⁴.
pub fn line_hashes(text: &str) -> Vec<String> {
    // The characters that count, and where among them each line starts.
    let mut units: Vec<u16> = Vec::with_capacity(text.len() + 1 + WINDOW);
    let mut starts = Vec::new();
    let (mut at_start, mut behind_cr) = (true, false);
    for unit in text.encode_utf16().chain([END]) {
        let is_skipped = matches!(unit, 0x20 | 0x9) || (behind_cr && unit == 0xa);
        behind_cr = unit == 0xd;
        if is_skipped {
            continue;
        }
        if at_start {
            starts.push(units.len());
        }
        let unit = if unit == 0xd { 0xa } else { unit };
        at_start = unit == 0xa;
        units.push(unit);
    }
    units.resize(units.len() + WINDOW, 0);

    let first = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
    let mut starts = starts.into_iter().peekable();
    let mut counts: HashMap<u64, usize> = HashMap::new();
    let mut hashes = Vec::new();
    let mut hash = 0_u64;
    for (index, unit) in units.iter().enumerate() {
        let gone = index.checked_sub(WINDOW).map_or(0, |index| u64::from(units[index]));
        hash = hash.wrapping_mul(FACTOR).wrapping_add(u64::from(*unit)).wrapping_sub(first.wrapping_mul(gone));
        if starts.next_if(|start| start + WINDOW == index + 1).is_some() {
            let count = counts.entry(hash).or_default();
            *count += 1;
            hashes.push(format!("{hash:x}:{count}"));
        }
    }
    hashes
}

/// Words for things, 32 hexadecimal digits each, none of them twice.
#[derive(Debug, Default)]
pub struct Fingerprints {
    seen: HashSet<u128>,
}

impl Fingerprints {
    /// The word for an entry; a second one for the same package in the same file gets another.
    pub fn of(&mut self, report: &Report, entry: &Entry) -> String {
        let path = report.from_repository(&entry.place.path);
        let condition = entry.condition.as_deref().unwrap_or_default();
        self.of_parts(&[&entry.rule, entry.ecosystem.word(), &entry.package, &path, condition])
    }

    /// The word for anything else that some texts tell from others.
    pub fn of_parts(&mut self, parts: &[&str]) -> String {
        let mut value = hash(parts);
        while !self.seen.insert(value) {
            value = hash(&[&format!("{value:032x}")]);
        }
        format!("{value:032x}")
    }
}

/// FNV-1a in 128 bits over the texts, each with its length before it.
fn hash(parts: &[&str]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.len().to_le_bytes().into_iter().chain(part.bytes()));
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tests of github/codeql-action.
    #[test]
    fn the_hashes_are_github_s() {
        let lorem = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let cases: &[(&str, &str)] = &[
            ("", "c129715d7a2bc9a3:1"),
            (" a\nb\n  \t\tc\n d", "271789c17abda88f:1 54703d4cd895b18:1 180aee12dab6264:1 a23a3dc5e078b07b:1"),
            (
                " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
                "e9496ae3ebfced30:1 fb7c023a8b9ccb3f:1 ce8ba1a563dcdaca:1 e20e36e16fcb0cc8:1 b3edc88f2938467e:1 \
                 c8e28b0b4002a3a0:1 c129715d7a2bc9a3:1",
            ),
            (
                &lorem,
                "a7f2ff13bc495cf2:1 a7f2ff13bc495cf2:2 a7f2ff13bc495cf2:3 a7f2ff13bc495cf2:4 a7f2ff13bc495cf2:5 \
                 a7f2ff13bc495cf2:6 a7f2ff1481e87703:1 a9cf91f7bbf1862b:1 55ec222b86bcae53:1 cc97dc7b1d7d8f7b:1 \
                 c129715d7a2bc9a3:1",
            ),
        ];
        for (text, hashes) in cases {
            assert_eq!(line_hashes(text).join(" "), *hashes, "{text:?}");
        }
    }

    #[test]
    fn line_ends_and_blanks_do_not_count() {
        assert_eq!(line_hashes("a b\r\nc\rd\n"), line_hashes("ab\n\tc\nd\n"));
    }

    #[test]
    fn no_word_comes_twice() {
        let mut words = Fingerprints::default();
        let found: HashSet<String> = (0..9).map(|_| words.of_parts(&["a", "b"])).collect();
        assert_eq!(found.len(), 9);
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }
}
