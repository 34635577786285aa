//! Which findings are new: held against what an earlier state of the same files had.
//!
//! A finding is known by its rule, package, file and group (`condition`), not by its line or version, so that neither an edit
//! above it nor another bad version makes a new one of it. It is new if the earlier state has no such finding, or only a milder
//! one: a better verdict, a lower severity, a scope further from what runs. In a file that has moved it is known as long as
//! whoever compares says that the file has.
//!
//! Traps:
//! - A file can name a package several times in one group. Each finding of the earlier state stands for one; a further one is
//!   new.
//! - A copy is new: the file that it was made of is still there, and has its own findings.
//! - The roots of the two can differ, so files go by their path from the top of the repository.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Entry, Report};
use crate::judge::{Severity, Verdict};
use crate::model::Scope;

/// A finding of an earlier state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The id of the rule.
    pub rule: String,
    /// The word for the ecosystem.
    pub ecosystem: String,
    /// The package's name.
    pub package: String,
    /// The file, from the top of the repository.
    pub path: String,
    /// The group, profile, component or marker it hangs on.
    pub condition: Option<String>,
    /// What it is for.
    pub scope: Scope,
    /// The verdict.
    pub verdict: Verdict,
    /// How much it matters.
    pub severity: Severity,
    /// The version text as written.
    pub declared: Option<String>,
    /// Whether it made a run fail, as far as that is known.
    pub failed: bool,
}

/// What a finding is known by, but for its file: rule, ecosystem, package and group.
type Kind<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

/// How a finding can be one that was known.
#[derive(Clone, Copy)]
enum Pass {
    Unchanged,
    InPlace,
    Moved,
}

impl Known {
    /// What is known of an entry.
    pub fn of(report: &Report, entry: &Entry) -> Known {
        Known {
            rule: entry.rule.clone(),
            ecosystem: entry.ecosystem.word().to_owned(),
            package: entry.package.clone(),
            path: report.from_repository(&entry.place.path),
            condition: entry.condition.clone(),
            scope: entry.scope,
            verdict: entry.verdict,
            severity: entry.severity,
            declared: entry.declared.clone(),
            failed: report.can_fail(entry),
        }
    }

    fn kind(&self) -> Kind<'_> {
        (&self.rule, &self.ecosystem, &self.package, self.condition.as_deref())
    }

    /// Whether it is at least as bad as a later one of its name.
    fn is_as_bad_as(&self, later: &Known) -> bool {
        // Scopes are in order, from what runs to what is a mere pin.
        let is_as_severe = self.severity >= later.severity && (self.failed || !later.failed);
        self.verdict >= later.verdict && is_as_severe && self.scope <= later.scope
    }
}

impl Report {
    /// Says of each finding whether it is new since an earlier state that had these. `likeness` tells how alike a file that
    /// is gone and one that has come are, by their paths from the top of the repository: nothing if one is not the other,
    /// moved.
    pub fn compare(&mut self, known: &[Known], mut likeness: impl FnMut(&str, &str) -> Option<u32>) {
        let mut found: Vec<(usize, Known)> = Vec::new();
        for (index, entry) in self.clients.iter().enumerate() {
            if entry.counts() {
                found.push((index, Known::of(self, entry)));
            }
        }
        for (index, _) in &found {
            self.clients[*index].new = Some(true);
        }
        let mut left: HashMap<Kind<'_>, Vec<&Known>> = HashMap::new();
        for known in known.iter().filter(|known| known.verdict != Verdict::Compatible) {
            left.entry(known.kind()).or_default().push(known);
        }
        // First those that are as they were, so that of several in one file the one that was added is the new one. What
        // stands where it stood comes before what has moved.
        for pass in [Pass::Unchanged, Pass::InPlace, Pass::Moved] {
            for (index, later) in &found {
                let Some(earlier) = left.get_mut(&later.kind()) else { continue };
                if self.clients[*index].is_known() {
                    continue;
                }
                let fits = earlier.iter().enumerate().filter(|(_, known)| known.is_as_bad_as(later));
                let mut there = fits.clone().filter(|(_, known)| known.path == later.path);
                let chosen = match pass {
                    Pass::Unchanged => there.find(|(_, known)| known.declared == later.declared),
                    Pass::InPlace => there.next(),
                    Pass::Moved => {
                        let moved = fits.filter_map(|one| Some((likeness(&one.1.path, &later.path)?, one)));
                        moved.max_by_key(|(likeness, _)| *likeness).map(|(_, one)| one)
                    }
                };
                if let Some((position, _)) = chosen {
                    earlier.remove(position);
                    self.clients[*index].new = Some(false);
                }
            }
        }
    }
}

/// The part of a report in JSON that is compared.
#[derive(Deserialize)]
struct Document {
    schema_version: u32,
    #[serde(default)]
    within_repository: String,
    clients: Vec<Client>,
}

#[derive(Deserialize)]
struct Client {
    rule: String,
    ecosystem: String,
    package: String,
    path: String,
    condition: Option<String>,
    scope: String,
    verdict: String,
    severity: String,
    declared: Option<String>,
    #[serde(default)]
    ignored: Option<IgnoredAny>,
}

/// What a report in JSON, that an earlier run wrote, knows.
///
/// # Errors
/// A sentence on why the text is no such report.
pub fn read(text: &str) -> Result<Vec<Known>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document.schema_version != super::json::SCHEMA_VERSION {
        return Err(format!("its `schema_version` is {}", document.schema_version));
    }
    let root = document.within_repository.trim_end_matches('/').to_owned();
    let counted = document.clients.into_iter().filter(|client| client.ignored.is_none());
    let known = counted.map(|client| {
        let path = if root.is_empty() { client.path } else { format!("{root}/{}", client.path) };
        Ok(Known {
            rule: client.rule,
            ecosystem: client.ecosystem,
            package: client.package,
            path,
            condition: client.condition,
            scope: word(Scope::ALL, Scope::word, &client.scope)?,
            verdict: word(Verdict::ALL, Verdict::word, &client.verdict)?,
            severity: word(Severity::ALL, Severity::word, &client.severity)?,
            declared: client.declared,
            failed: true,
        })
    });
    known.collect()
}

/// What one of our own words stands for in a report that is read back.
///
/// # Errors
/// A sentence that names the word, if it is none of them.
pub(super) fn word<T: Copy>(all: &[T], of: impl Fn(T) -> &'static str, text: &str) -> Result<T, String> {
    all.iter().copied().find(|one| of(*one) == text).ok_or_else(|| format!("it has the unknown word `{text}`"))
}
