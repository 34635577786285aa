//! `paket.lock`: what Paket selected (Paket documentation, "The paket.lock file").
//!
//! Traps:
//! - Four blanks stand before a package, six before what it needs. Behind ` - ` stand restrictions and settings.
//! - `GROUP NAME` holds until the next one; the first lines belong to the group `Main`.
//! - The file does not tell which packages were asked for; paket.dependencies beside it does.
//!
//! Not done: sections other than `NUGET`.

use std::collections::HashMap;

use super::{number, packages_lock_json};
use crate::model::{Declared, Ecosystem, Format, Problem, ProblemKind, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "paket_lock", name: "paket.lock", ecosystem: Ecosystem::Nuget, globs: &["paket.lock"], read };

/// Most problems of one file that are reported.
const MAX_PROBLEMS: usize = 20;

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut lock = Lock::default();
    for number in 1..=source.line_count() {
        lock.line(source.line(number), source.line_start(number), &mut reading);
    }
    lock.finish(&mut reading);
    reading
}

/// A group's name as conditions hold it; the first group goes without.
pub fn group_name(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty() && !name.eq_ignore_ascii_case("main")).then(|| name.to_owned())
}

#[derive(Default)]
struct Lock {
    group: Option<String>,
    is_nuget: bool,
    numbers: HashMap<String, u32>,
    needs: Vec<(u32, String)>,
    last: Option<u32>,
}

impl Lock {
    fn line(&mut self, line: &str, start: usize, reading: &mut Reading) {
        let text = line.trim_start_matches('\u{FEFF}');
        let trimmed = text.trim();
        let indent = text.len() - text.trim_start().len();
        match indent {
            _ if trimmed.is_empty() => {}
            0 => {
                self.last = None;
                self.is_nuget = trimmed == "NUGET";
                if let Some(name) = trimmed.strip_prefix("GROUP ") {
                    self.finish(reading);
                    self.group = group_name(name);
                }
            }
            4 if self.is_nuget => self.package(line, start, reading),
            6.. if self.is_nuget => {
                let name = trimmed.split(' ').next().unwrap_or_default();
                self.needs.extend(self.last.map(|last| (last, name.to_owned())));
            }
            _ => {}
        }
    }

    fn package(&mut self, line: &str, start: usize, reading: &mut Reading) {
        let package = line.split(" - ").next().unwrap_or_default();
        let open = package.find('(');
        let place = open.and_then(|open| Some((open, open + package[open..].find(')')?)));
        let Some((open, close)) = place else {
            if reading.problems.len() < MAX_PROBLEMS {
                let message = "a package with its version in parentheses was expected here".to_owned();
                let span = Span::new(start, start + line.len());
                reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
            }
            return;
        };
        let name = line[..open].trim();
        let inside = &line[open + 1..close];
        let before = inside.len() - inside.trim_start().len();
        let span = Span::new(open + 1 + before, open + 1 + before + inside.trim().len()).shifted(start);
        let package = number(reading.declared.len());
        self.last = Some(package);
        self.numbers.insert(name.to_lowercase(), package);
        reading.declared.push(Declared {
            name: name.to_owned(),
            stated: Stated::Locked(inside.trim().to_owned()),
            scope: Scope::Runtime,
            direct: None,
            condition: self.group.clone(),
            span,
        });
    }

    /// Links the packages of a group that ends.
    fn finish(&mut self, reading: &mut Reading) {
        packages_lock_json::link(&mut reading.graph, &self.numbers, &self.needs);
        self.numbers.clear();
        self.needs.clear();
        self.last = None;
    }
}
