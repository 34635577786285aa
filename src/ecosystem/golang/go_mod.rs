//! `go.mod`: the module's own path, its requirements, and what it says of them (Go Modules Reference, "go.mod files":
//! "Lexical elements", "Grammar" and the directives).
//!
//! Traps:
//! - The lexer and its traps: `modfile`.
//! - `exclude` and `retract` list bad versions on purpose: they are no dependencies.
//! - The go command refuses a whole file for one unknown directive; the reader reports it and goes on, since what the file
//!   requires is still what its authors meant.
//!
//! Not done here: choosing among duplicate requirements and applying `replace` and `exclude` is `resolve`'s.

use super::modfile::{self, Line, pin, report};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Grammar, Identity, Override, Reading, Scope, Stated, Variable,
};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "go_mod", name: "go.mod", ecosystem: Ecosystem::Golang, globs: &["go.mod"], read };

/// The name under which the `go` directive's version stands among the variables.
pub const GO_DIRECTIVE: &str = "go";

fn read(source: &SourceText) -> Reading {
    modfile::read(source, statement)
}

fn statement(reading: &mut Reading, line: &Line<'_>) {
    match line.directive {
        "module" => module(reading, line),
        "go" => go(reading, line),
        "require" => require(reading, line),
        "replace" => modfile::replace(reading, line),
        "exclude" => exclude(reading, line),
        "retract" | "toolchain" | "tool" | "godebug" | "ignore" => {}
        _ => modfile::report_unknown(reading, line, "go.mod"),
    }
}

fn module(reading: &mut Reading, line: &Line<'_>) {
    match line.words {
        [path] => reading.identity = Some(Identity { name: path.value.clone(), version: None }),
        _ => report(reading, line.span, "`module` takes one path"),
    }
}

fn go(reading: &mut Reading, line: &Line<'_>) {
    match line.words {
        [version] => reading.variables.push(Variable {
            name: GO_DIRECTIVE.into(),
            value: version.value.clone(),
            condition: None,
            span: version.span,
        }),
        _ => report(reading, line.span, "`go` takes one version"),
    }
}

fn require(reading: &mut Reading, line: &Line<'_>) {
    let [path, version] = line.words else {
        return report(reading, line.span, "`require` takes a module path and a version");
    };
    reading.declared.push(Declared {
        name: path.value.clone(),
        stated: Stated::Requirement(version.value.clone(), Grammar::GoMod),
        scope: Scope::Runtime,
        direct: Some(!line.indirect),
        condition: None,
        span: version.span,
    });
}

fn exclude(reading: &mut Reading, line: &Line<'_>) {
    let [path, version] = line.words else {
        return report(reading, line.span, "`exclude` takes a module path and a version");
    };
    reading.overrides.push(Override {
        effect: Effect::Exclude,
        name: path.value.clone(),
        when: Some(version.value.clone()),
        then: pin(&path.value, Stated::Nothing, version.span),
    });
}
