//! `bun.lockb`: Bun's older lockfile, which is binary. It is not read; that is said, and the manifest decides alone.

use crate::model::{Ecosystem, Format, Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "bun_lockb", name: "bun.lockb", ecosystem: Ecosystem::Npm, globs: &["bun.lockb"], read };

fn read(_: &SourceText) -> Reading {
    let message = "this binary lockfile is not read, so the versions in it are unknown; \
                   `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` writes bun.lock beside it, which is read";
    let problem = Problem { kind: ProblemKind::Unsupported, message: message.to_owned(), span: Span::new(0, 0) };
    Reading { problems: vec![problem], ..Reading::default() }
}
