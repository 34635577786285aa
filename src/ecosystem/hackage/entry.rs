//! One entry of a dependency list, as Cabal writes it (Cabal User Guide, "build-depends"): a package, perhaps the parts of
//! it that are meant, and a version range.
//!
//! Traps:
//! - A part of a package's name needs a letter: in `kubernetes-client-0.3` the name ends before `-0.3`, which is no range.
//! - `package:library` and `package:{a,b}` choose among the libraries of one package; the commas between braces, those of
//!   version sets too, separate no entries.

use std::ops::Range;

use super::version::is_space;

/// An entry, as places in the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The package's name.
    pub(super) name: Range<usize>,
    /// The text behind the name and its libraries, without surrounding white space; `None` where nothing stands.
    pub(super) range: Option<Range<usize>>,
}

/// The entries of a list; empty ones, as before a leading or behind a trailing comma, are left out.
pub(super) fn list(text: &str) -> Vec<Entry> {
    // A brace that is never closed holds no list.
    let last_brace = text.rfind('}').unwrap_or(0);
    let mut entries = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' if index < last_brace => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                entries.extend(entry(text, start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    entries.extend(entry(text, start..text.len()));
    entries
}

/// The entry that stands in a part of a text; nothing if no name starts there.
pub(super) fn entry(text: &str, part: Range<usize>) -> Option<Entry> {
    let part = trimmed(text, part);
    let length = name_length(&text[part.clone()]);
    if length == 0 {
        return None;
    }
    let name = part.start..part.start + length;
    let libraries = libraries_length(&text[name.end..part.end]);
    let range = trimmed(text, name.end + libraries..part.end);
    Some(Entry { name, range: (!range.is_empty()).then_some(range) })
}

/// The part of a text without the white space around it.
pub(super) fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let found = &text[part.clone()];
    let start = part.start + found.len() - found.trim_start_matches(is_space).len();
    let length = text[start..part.end].trim_end_matches(is_space).len();
    start..start + length
}

/// How long the package name is that a text starts with: words joined by `-`, each with a letter in it.
fn name_length(text: &str) -> usize {
    let mut end = 0;
    loop {
        let start = if end == 0 { 0 } else { end + 1 };
        let word = text.get(start..).unwrap_or_default();
        let word = &word[..word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len())];
        if word.chars().all(|c| c.is_ascii_digit()) {
            return end;
        }
        end = start + word.len();
        if !text[end..].starts_with('-') {
            return end;
        }
    }
}

/// How long the choice of libraries is that a text starts with: `:name` or `:{a, b}`.
fn libraries_length(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(':') else { return 0 };
    if rest.starts_with('{') {
        return rest.find('}').map_or(0, |end| end + 2);
    }
    1 + rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(&str, Option<&str>)> {
        let entries = list(text);
        entries.into_iter().map(|entry| (&text[entry.name], entry.range.map(|range| &text[range]))).collect()
    }

    #[test]
    fn commas_in_braces_separate_nothing() {
        assert_eq!(
            shown(", a:{b, c} == {1, 2}, d:e, , f-g>1 ,"),
            [("a", Some("== {1, 2}")), ("d", None), ("f-g", Some(">1"))]
        );
        assert_eq!(shown("a == {1, b >2"), [("a", Some("== {1")), ("b", Some(">2"))], "never closed");
    }

    #[test]
    fn a_part_of_a_name_needs_a_letter() {
        assert_eq!(shown("kubernetes-client-0.3"), [("kubernetes-client", Some("-0.3"))]);
        assert_eq!(shown("base64-2x-any"), [("base64-2x-any", None)]);
        assert_eq!(shown("a-, 3, -, ä"), [("a", Some("-")), ("ä", None)]);
    }
}
