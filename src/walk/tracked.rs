//! Which files a git repository tracks, from its index (gitformat-index): a tracked file is the project's own, even if a
//! `.gitignore` names it.
//!
//! Traps:
//! - Object names are 20 bytes, or 32 in a repository of the other kind; the index does not say which. The length of each
//!   path, which an entry repeats, tells a wrong guess.
//! - In version 4 a path is written as what it adds to the one before.
//! - In a submodule or a second work tree `.git` is a file that names a place elsewhere, which is not looked at.
//! - A split or sparse index leaves entries out. Then those are not known here, and the ignore rules decide.

use std::path::{Path, PathBuf};

/// Largest index that is read: some millions of files.
const LIMIT: u64 = 512 * 1024 * 1024;

/// Bytes of an entry before the object's name, of which the mode stands at 24.
const BEFORE_OBJECT: usize = 40;
const MODE_AT: usize = 24;

/// The files that a repository tracks; none if its index cannot be read.
pub(super) fn tracked(repository: &Path) -> Vec<PathBuf> {
    let index = repository.join(".git").join("index");
    let is_readable = index.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LIMIT);
    let Some(bytes) = is_readable.then(|| std::fs::read(&index).ok()).flatten() else { return Vec::new() };
    let paths = paths(&bytes, 20).or_else(|| paths(&bytes, 32)).unwrap_or_default();
    paths.iter().filter_map(|path| std::str::from_utf8(path).ok()).map(|path| repository.join(path)).collect()
}

/// The paths of the files and links in an index; `None` if it is none with object names of this length.
fn paths(bytes: &[u8], object: usize) -> Option<Vec<Vec<u8>>> {
    let header = bytes.strip_prefix(b"DIRC")?;
    let version = number(header.get(..4)?);
    if !(2..=4).contains(&version) {
        return None;
    }
    let count = number(header.get(4..8)?);
    let mut paths = Vec::new();
    let mut path: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let start = at;
        let mode = number(bytes.get(start + MODE_AT..start + MODE_AT + 4)?);
        at += BEFORE_OBJECT + object;
        let flags = bytes.get(at..at + 2)?;
        let (is_extended, length) = (flags[0] & 0x40 != 0, usize::from(flags[0] & 0x0f) << 8 | usize::from(flags[1]));
        at += if is_extended { 4 } else { 2 };
        if version == 4 {
            let dropped = offset(bytes, &mut at)?;
            path.truncate(path.len().checked_sub(dropped)?);
        } else {
            path.clear();
        }
        let rest = bytes.get(at..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(&rest[..end]);
        at += end + 1;
        if version < 4 {
            // One to eight zeros make the entry's length a multiple of eight.
            at = start + (at - 1 - start) / 8 * 8 + 8;
        }
        if length < 0xfff && length != path.len() {
            return None;
        }
        if matches!(mode >> 12, 0o10 | 0o12) {
            paths.push(path.clone());
        }
    }
    Some(paths)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// A number in the manner of pack files' offsets: seven bits a byte, one more for each that follows.
fn offset(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0usize;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u32, object: usize, mode: u32, path: &str, written: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; MODE_AT];
        bytes.extend(mode.to_be_bytes());
        bytes.resize(BEFORE_OBJECT + object, 7);
        bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        bytes.extend(written);
        bytes.push(0);
        while version < 4 && !bytes.len().is_multiple_of(8) {
            bytes.push(0);
        }
        bytes
    }

    fn index(version: u32, entries: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        bytes.extend(entries.concat());
        bytes
    }

    #[test]
    fn entries_of_all_versions_are_read() {
        let names = ["a/go.mod", "a/link", "a/sub", "b"];
        let modes = [0o100_644, 0o120_000, 0o160_000, 0o100_755];
        for object in [20, 32] {
            let whole: Vec<_> =
                names.iter().zip(modes).map(|(name, mode)| entry(2, object, mode, name, name.as_bytes())).collect();
            let found = paths(&index(2, &whole), object).unwrap();
            assert_eq!(found, [b"a/go.mod".to_vec(), b"a/link".to_vec(), b"b".to_vec()]);
            assert_eq!(paths(&index(2, &whole), 52 - object), None, "the other kind of object names");
        }
        let added: [&[u8]; 4] = [b"\0a/go.mod", b"\x06link", b"\x04sub", b"\x05b"];
        let short = names.iter().zip(modes).zip(added);
        let short: Vec<_> = short.map(|((name, mode), added)| entry(4, 20, mode, name, added)).collect();
        assert_eq!(paths(&index(4, &short), 20).unwrap().len(), 3);
    }

    #[test]
    fn a_damaged_index_is_none() {
        let whole = index(2, &[entry(2, 20, 0o100_644, "go.mod", b"go.mod")]);
        for length in 0..whole.len() - 1 {
            let _ = paths(&whole[..length], 20);
        }
        let mut many = whole.clone();
        many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(paths(&many, 20), None);
        assert_eq!(offset(&[0xff; 20], &mut 0), None);
    }
}
