//! Text from scanned files, made harmless for people's eyes, terminals and the logs of CI systems.
//!
//! What is replaced by a visible escape (`\u{1b}`):
//! - control characters, with which a terminal can be steered;
//! - marks that change the direction of writing or take no room, with which a name can be made to look like another
//!   (Unicode Standard Annex #9; UTS #39);
//! - what is no character at all (Unicode 23.7), which the text form uses as a mark of its own;
//! - the second `#` of `##[`, `##vso[` and `##teamcity[`, which CI systems read as commands anywhere in a line.

use std::fmt::Write;
use std::ops::Range;

/// The openings of commands in the logs of CI systems, without their first character.
const COMMANDS: &[&str] = &["#[", "#vso[", "#teamcity["];

/// A text without anything that acts instead of being read.
pub fn neutral(text: &str) -> String {
    with_mark(text, 0..0, false).0
}

/// Like [`neutral`], for lines of source: tabs and line ends stay; a range in the text is moved along.
pub fn neutral_lines(text: &str, mark: Range<usize>) -> (String, Range<usize>) {
    with_mark(text, mark, true)
}

/// Like [`neutral`], cut so that no text from a file can drown the rest; `…` stands for what is gone.
pub fn brief(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((offset, _)) => neutral(&text[..offset]) + "…",
        None => neutral(text),
    }
}

/// A JSON document that says the same and does nothing to a terminal or a log that it is printed to: what would is written
/// in JSON's own escapes.
pub fn inert_json(document: String) -> String {
    // Most documents hold nothing that acts, and some are large.
    if !document.contains("##") && document.chars().all(|character| character == '\n' || !acts(character)) {
        return document;
    }
    let mut out = String::with_capacity(document.len());
    for (offset, character) in document.char_indices() {
        // `##` stands only inside strings, and no escape ends in `#`.
        if character != '\n' && (acts(character) || is_command(&out, character, &document[offset..])) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

fn with_mark(text: &str, mark: Range<usize>, lines: bool) -> (String, Range<usize>) {
    let mut out = String::with_capacity(text.len());
    let mut moved = 0..0;
    for (offset, character) in text.char_indices() {
        if offset == mark.start {
            moved.start = out.len();
        }
        if offset == mark.end {
            moved.end = out.len();
        }
        let stays = lines && matches!(character, '\t' | '\n');
        if !stays && (acts(character) || is_command(&out, character, &text[offset..])) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    if mark.start >= text.len() {
        moved.start = out.len();
    }
    if mark.end >= text.len() {
        moved.end = out.len();
    }
    (out, moved)
}

/// Whether a character, with what stands before and from it on, is the second of a command's opening.
fn is_command(before: &str, character: char, from: &str) -> bool {
    character == '#' && before.ends_with('#') && COMMANDS.iter().any(|rest| from.starts_with(rest))
}

/// Whether a character steers, reorders or hides.
fn acts(character: char) -> bool {
    let is_none = u32::from(character) & 0xfffe == 0xfffe || matches!(character, '\u{fdd0}'..='\u{fdef}');
    character.is_control()
        || is_none
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        assert_eq!(neutral("a\u{1b}[31mb\tc\u{202e}d"), "a\\u{1b}[31mb\\u{9}c\\u{202e}d");
        assert_eq!(
            neutral("x ##[set-output name=y]1 ###[x ##vso[y"),
            "x #\\u{23}[set-output name=y]1 ##\\u{23}[x #\\u{23}vso[y"
        );
        assert_eq!(neutral("größe ##heading"), "größe ##heading");
    }

    #[test]
    fn json_says_the_same() {
        let text = "##[error]\u{9b}\u{202e}\u{e0001} ##vso[x \\ größe";
        let document = serde_json::to_string(text).unwrap();
        let inert = inert_json(document);
        assert!(!inert.contains(char::is_control) && !inert.contains("##[") && !inert.contains('\u{202e}'), "{inert}");
        assert_eq!(serde_json::from_str::<String>(&inert).unwrap(), text);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!((brief("größe", 3).as_str(), brief("größe", 5).as_str()), ("grö…", "größe"));
    }

    #[test]
    fn the_mark_moves_along() {
        let (text, mark) = neutral_lines("\u{200b}ab\tc", 3..5);
        assert_eq!((text.as_str(), &text[mark]), ("\\u{200b}ab\tc", "ab"));
        let (text, mark) = neutral_lines("ab\u{7}", 2..3);
        assert_eq!(&text[mark], "\\u{7}");
    }
}
