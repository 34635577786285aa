//! Dependencies in the comments of a script (PEP 723, "Inline script metadata"): TOML between `# /// script` and `# ///`.
//!
//! Traps:
//! - Each line of the block is `#` alone or starts with `# `. Comments may go on behind the block: the last `# ///` among
//!   them closes it. One that is never closed is none.
//! - Only a block of the type `script` counts, and there may be only one.
//! - `[tool.uv]` speaks as it does in a pyproject.toml.
//!
//! Almost no Python file has such a block, so whoever loads files looks for [`MARK`] first and reads no other.

use super::part::{append, placed};
use super::pep508::Place;
use super::pyproject_toml::uv;
use super::toml_dependency::requirements;
use crate::ecosystem::toml_text::{Document, Text};
use crate::model::{Ecosystem, Format, Problem, ProblemKind, Reading, Scope};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "script_metadata",
    name: "Python script metadata (PEP 723)",
    ecosystem: Ecosystem::Pypi,
    globs: &["*.py"],
    read,
};

/// How the line starts that opens a block.
pub const MARK: &str = "# /// script";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let blocks = blocks(source);
    if let Some(second) = blocks.get(1) {
        let message = "a script may hold only one block of this type, so it is refused".to_owned();
        let span = Span::new(second.opening.start, second.opening.end);
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
    if let Some(first) = blocks.first() {
        let start = first.content.start;
        let part = document(&uncommented(source.slice(first.content)));
        append(&mut reading, placed(part, |span| span.shifted(start)));
    }
    reading
}

/// A block: the line that opens it and the lines in it.
struct Block {
    opening: Span,
    content: Span,
}

fn blocks(source: &SourceText) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut number = 1;
    while number <= source.line_count() {
        let first = number;
        number += 1;
        if !is_opening(source.line(first)) {
            continue;
        }
        let mut last = None;
        while number <= source.line_count() && is_inside(source.line(number)) {
            if source.line(number) == "# ///" && number > first + 1 {
                last = Some(number);
            }
            number += 1;
        }
        // Without a closing line nothing in these comments is closed, whatever else opens in them.
        let Some(last) = last else { continue };
        number = last + 1;
        if source.line(first) == MARK {
            let start = source.line_start(first);
            let content = Span::new(source.line_start(first + 1), source.line_start(last));
            blocks.push(Block { opening: Span::new(start, start + MARK.len()), content });
        }
        if blocks.len() > 1 {
            break;
        }
    }
    blocks
}

fn is_opening(line: &str) -> bool {
    let kind = line.strip_prefix("# /// ").unwrap_or_default();
    !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_inside(line: &str) -> bool {
    line == "#" || line.starts_with("# ")
}

/// The lines with blanks for what makes them comments.
fn uncommented(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    for line in content.split_inclusive('\n') {
        match line.strip_prefix('#') {
            Some(rest) => {
                text.push(' ');
                text.push_str(rest);
            }
            None => text.push_str(line),
        }
    }
    text
}

fn document(text: &str) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(text);
    let document = Document::parse(&text, &mut reading);
    let root = document.root();
    requirements(&mut reading, root.get("dependencies"), Place::new(Scope::Runtime));
    if let Some(tool) = root.get("tool") {
        uv(&mut reading, tool);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_open_and_never_close_take_linear_time() {
        for text in ["# /// script\n".repeat(200_000), "# /// script\n# ///\n".repeat(200_000)] {
            read(&SourceText::new(text));
        }
    }
}
