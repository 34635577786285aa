//! The parts of a Haskell manifest: their titles, and which of them never hold.

use crate::model::Part;

/// Longest title of a part or of a path of parts, in characters; many entries repeat it.
const MAX_TITLE: usize = 160;

/// A part's title: a word and what stands behind it.
pub(super) fn title(word: &str, arguments: &str) -> String {
    shortened(format!("{word} {arguments}").trim_end())
}

/// A part's title behind those of the parts around it.
pub(super) fn path(parts: &[Part], part: usize) -> String {
    let mut titles = Vec::new();
    let mut at = Some(part);
    while let Some(part) = at.map(|number| &parts[number]) {
        titles.push(part.title.as_str());
        at = part.within;
    }
    titles.reverse();
    shortened(&titles.join(", "))
}

/// Whether a part or one around it is a branch that is never taken: under `if false`, or the `else` of `if true`.
pub(super) fn is_never(parts: &[Part], part: usize) -> bool {
    let is_literal = |title: &str, literal: &str| {
        title.split_once(' ').is_some_and(|(_, condition)| condition.trim().eq_ignore_ascii_case(literal))
    };
    let mut at = Some(part);
    while let Some(part) = at.map(|number| &parts[number]) {
        if let Some(choice) = part.choice {
            let (branch, literal) = if part.otherwise { (&parts[choice], "true") } else { (part, "false") };
            if is_literal(&branch.title, literal) {
                return true;
            }
        }
        at = part.within;
    }
    false
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TITLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
