//! Merge-conflict markers that stand in a file as git left them.
//!
//! Traps:
//! - A line of seven `=` alone is no sign: texts underline headings with it. A line that starts with seven `<` and a blank is.
//! - Both sides are read, one behind the other, so that a person hears of what either states; nothing in it is certain.

use crate::model::{Problem, ProblemKind};
use crate::source::Span;

/// A text of the same length with spaces for the lines of markers.
#[derive(Clone, Debug)]
pub struct Blanked {
    /// The text.
    pub text: String,
    /// What to tell a person, at the first marker.
    pub problem: Problem,
}

/// The text without its markers, if it has some.
pub fn blanked(text: &str) -> Option<Blanked> {
    let first = if text.starts_with("<<<<<<< ") { 0 } else { text.find("\n<<<<<<< ")? + 1 };
    let mut blanked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if is_marker(line) {
            blanked.extend(line.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
        } else {
            blanked.push_str(line);
        }
    }
    let message = "this file holds merge-conflict markers, so no version in it is certain".to_owned();
    let problem = Problem { kind: ProblemKind::Conflict, message, span: Span::new(first, first + 7) };
    Some(Blanked { text: blanked, problem })
}

/// Whether a line is a marker.
pub fn is_marker(line: &str) -> bool {
    let line = line.trim_end_matches(['\n', '\r']);
    line == "=======" || ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|marker| line.starts_with(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_where_they_were() {
        let text = "a\r\n<<<<<<< HEAD é\r\nb\r\n=======\r\nc\r\n>>>>>>> other\r\n";
        let blanked = blanked(text).unwrap();
        assert_eq!(blanked.text.len(), text.len());
        assert_eq!(blanked.text.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(blanked.text.find('c'), text.find("c\r"));
        assert_eq!(super::blanked("Title\n=======\n").map(|blanked| blanked.text), None);
    }
}
