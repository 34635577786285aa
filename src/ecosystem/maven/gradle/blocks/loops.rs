//! Loops over lists: which list a block is read for each element of.

use crate::ecosystem::maven::gradle::arguments::Each;
use crate::ecosystem::maven::script::parameters::list_ending_at;
use crate::ecosystem::maven::script::{Range, Script};

/// Whether what stands in brackets is the head of a loop.
pub(super) fn is_loop(script: &Script<'_>, head: Range) -> bool {
    head.start >= 2 && script.is(head.start - 1, "(") && script.word(head.start - 2) == "for"
}

/// The list that a block is called with each element of: `['a', 'b'].each {`, `listOf("a", "b").forEach {`, `clients.each {`.
pub(super) fn list_before<'a>(script: &Script<'a>, statement: Range, brace: usize) -> Option<Each<'a>> {
    let name = brace.checked_sub(1).filter(|name| *name > statement.start + 1)?;
    if !matches!(script.word(name), "each" | "forEach") || !script.is(name - 1, ".") {
        return None;
    }
    let close = name - 2;
    if script.is_word(close) {
        return Some(named_list(script, "it", statement.start, close));
    }
    let open = script.tokens[close].partner.filter(|open| *open < close && *open >= statement.start)?;
    let is_list = script.is(open, "[")
        || (open > statement.start && matches!(script.word(open - 1), "listOf" | "setOf" | "arrayOf"));
    is_list.then(|| Each { name: "it", elements: Some(script.inside(open, brace)), list: None })
}

/// The list that `x in list` and `Type x : list` go through.
pub(super) fn list_of_loop<'a>(script: &Script<'a>, head: Range) -> Option<Each<'a>> {
    let head = script.trimmed(head);
    let mark = (head.start..head.end)
        .find(|index| script.is(*index, ":") || (script.is_word(*index) && script.word(*index) == "in"))?;
    let name = mark.checked_sub(1).filter(|name| *name >= head.start && script.is_word(*name))?;
    let last = head.end.checked_sub(1).filter(|last| *last > mark)?;
    if script.is_word(last) {
        return Some(named_list(script, script.word(name), mark + 1, last));
    }
    let elements = list_ending_at(script, last)?;
    Some(Each { name: script.word(name), elements: Some(elements), list: None })
}

/// A list that words name, of which the last stands at a token.
fn named_list<'a>(script: &Script<'a>, name: &'a str, floor: usize, last: usize) -> Each<'a> {
    let mut start = last;
    while start > floor + 1 && script.is(start - 1, ".") && script.is_word(start - 2) {
        start -= 2;
    }
    Each { name, elements: list_ending_at(script, last), list: Some(Range::new(start, last + 1)) }
}
