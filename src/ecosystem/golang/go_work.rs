//! `go.work`: the modules that are built together, and replacements that beat theirs (Go Modules Reference, "Workspaces").
//!
//! Traps:
//! - The lexer and its traps: `modfile`.
//! - A `use` of a path outside the root cannot be followed; its modules are unknown then.

use super::go_mod::{self, GO_DIRECTIVE};
use super::modfile::{self, Line, report};
use crate::model::{Ecosystem, Format, Include, Reading, Role, Variable};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "go_work", name: "go.work", ecosystem: Ecosystem::Golang, globs: &["go.work"], read };

fn read(source: &SourceText) -> Reading {
    modfile::read(source, statement)
}

fn statement(reading: &mut Reading, line: &Line<'_>) {
    match (line.directive, line.words) {
        ("use", [path]) => reading.includes.push(Include {
            role: Role::Member,
            paths: vec![format!("{}/go.mod", path.value.trim_end_matches('/'))],
            format: &go_mod::FORMAT,
            identity: None,
            condition: None,
            span: path.span,
        }),
        ("use", _) => report(reading, line.span, "`use` takes one folder"),
        ("go", [version]) => reading.variables.push(Variable {
            name: GO_DIRECTIVE.into(),
            value: version.value.clone(),
            condition: None,
            span: version.span,
        }),
        ("replace", _) => modfile::replace(reading, line),
        ("go" | "toolchain" | "godebug", _) => {}
        _ => modfile::report_unknown(reading, line, "go.work"),
    }
}
