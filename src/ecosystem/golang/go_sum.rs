//! `go.sum`: checksums of module versions (Go Modules Reference, "go.sum files").
//!
//! It declares nothing. But a line without `/go.mod` is there only if the module's source was needed, so for a main module
//! older than go 1.17, whose go.mod was not brought up to date, it tells which version was selected. The other lines are there for each
//! version in the module graph; a version that has none is left over from another time, or was only looked at. The go command removes
//! no line by itself, so one of either kind may be left over as well: only `go mod tidy` takes it away.

use std::collections::HashSet;

use crate::model::{Declared, Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "go_sum", name: "go.sum", ecosystem: Ecosystem::Golang, globs: &["go.sum"], read };

/// The condition of a version whose go.mod no line speaks of.
pub const NOT_IN_GRAPH: &str = "not in the module graph";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut in_graph: HashSet<(&str, &str)> = HashSet::new();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some(path), Some(version), Some(_hash), None) => {
                if let Some(version) = version.strip_suffix("/go.mod") {
                    in_graph.insert((path, version));
                    start += line.len();
                    continue;
                }
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
    for declared in &mut reading.declared {
        let Stated::Locked(version) = &declared.stated else { continue };
        if !in_graph.contains(&(declared.name.as_str(), version.as_str())) {
            declared.condition = Some(NOT_IN_GRAPH.into());
        }
    }
    reading
}

/// Where a word that was split off a line starts in it.
fn offset(line: &str, word: &str) -> usize {
    word.as_ptr() as usize - line.as_ptr() as usize
}
