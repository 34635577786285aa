//! `go.sum`: checksums of module versions (Go Modules Reference, "go.sum files").
//!
//! It declares nothing. But a line without `/go.mod` is there only if the module's source was needed, so for a main module
//! older than go 1.17, whose requirements are lower bounds, it tells which version was selected. Only those lines are read.

use crate::model::{Declared, Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "go_sum", name: "go.sum", ecosystem: Ecosystem::Golang, globs: &["go.sum"], read };

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some(_), Some(version), Some(_), None) if version.ends_with("/go.mod") => {}
            (Some(path), Some(version), Some(_hash), None) => {
                let at = start + offset(line, version);
                reading.declared.push(Declared {
                    name: path.to_owned(),
                    stated: Stated::Locked(version.to_owned()),
                    scope: Scope::Runtime,
                    direct: None,
                    condition: None,
                    span: Span::new(at, at + version.len()),
                });
            }
            _ if reading.problems.is_empty() => reading.problems.push(Problem {
                kind: ProblemKind::Syntax,
                message: "a line of go.sum holds a module path, a version and a checksum".into(),
                span: Span::new(start, start + line.trim_end().len()),
            }),
            _ => {}
        }
        start += line.len();
    }
    reading
}

/// Where a word that was split off a line starts in it.
fn offset(line: &str, word: &str) -> usize {
    word.as_ptr() as usize - line.as_ptr() as usize
}
