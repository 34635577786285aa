//! `vendor/modules.txt`: what the go command copied into `vendor` (Go Modules Reference, "Vendoring").
//!
//! Lines: `# PATH VERSION`, `# PATH VERSION => PATH VERSION`, `# PATH VERSION => ./FOLDER`, annotations `## explicit; go 1.17`, the
//! vendored packages, and at the end replacements without a version, `# PATH => PATH VERSION`, that only repeat go.mod.
//!
//! Traps:
//! - A module without packages below it is listed, but nothing of it is vendored; in a workspace (`## workspace`) several
//!   versions of one module can stand there, and the one with packages is used.

use crate::model::{Declared, Ecosystem, Format, Reading, Scope, Source, Stated, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "vendor_modules_txt",
    name: "vendor/modules.txt",
    ecosystem: Ecosystem::Golang,
    globs: &["vendor/modules.txt"],
    read,
};

/// The condition of a module that is listed without any package.
pub const NO_PACKAGES: &str = "no package vendored";

/// The name of the variable that is there if a workspace's modules are vendored, rather than one module's.
pub const OF_WORKSPACE: &str = "workspace";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut open = false;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        if let Some(module) = line.strip_prefix("# ") {
            open = read_module(&mut reading, module, source.line_start(number) + 2);
        } else if let Some(annotation) = line.strip_prefix("## ") {
            if number == 1 && annotation.trim() == OF_WORKSPACE {
                let at = source.line_start(number) + 3;
                reading.variables.push(Variable {
                    name: OF_WORKSPACE.into(),
                    value: String::new(),
                    condition: None,
                    span: Span::new(at, at + OF_WORKSPACE.len()),
                });
            }
            if open && annotation.split(';').any(|part| part.trim() == "explicit") {
                last(&mut reading).direct = Some(true);
            }
        } else if open && !line.trim().is_empty() {
            last(&mut reading).condition = None;
        }
    }
    reading
}

fn last(reading: &mut Reading) -> &mut Declared {
    reading.declared.last_mut().expect("an open module was declared")
}

/// Reads what stands behind `# `; whether it is a module whose packages follow.
fn read_module(reading: &mut Reading, text: &str, start: usize) -> bool {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (name, word, stated) = match words.as_slice() {
        [path, version] => (path, version, Stated::Locked((*version).to_owned())),
        [path, _, "=>", target, version] if path == target => (path, version, Stated::Locked((*version).to_owned())),
        [path, _, "=>", target, version] => {
            (path, version, Stated::Source(Source::Fork { name: (*target).to_owned(), version: (*version).to_owned() }))
        }
        [path, _, "=>", folder] => (path, folder, Stated::Source(Source::Path((*folder).to_owned()))),
        _ => return false,
    };
    if name == &"=>" || words.get(1) == Some(&"=>") {
        return false;
    }
    let at = start + (word.as_ptr() as usize - text.as_ptr() as usize);
    reading.declared.push(Declared {
        name: (*name).to_owned(),
        stated,
        scope: Scope::Runtime,
        direct: Some(false),
        condition: Some(NO_PACKAGES.into()),
        span: Span::new(at, at + word.len()),
    });
    true
}
