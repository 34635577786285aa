//! One client at one place, as all forms of output show it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::excerpt::Excerpt;
use super::fingerprint;
use crate::data::Day;
use crate::fix::{Command, Fix};
use crate::judge::{FailOn, Finding, Severity, Verdict};
use crate::model::{Ecosystem, FileId, Files, Origin, Reason, Scope, Selected};
use crate::purl;
use crate::source::{LineCol, SourceText, Span};

/// One client at one place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id of the rule.
    pub rule: String,
    /// The verdict.
    pub verdict: Verdict,
    /// A machine's word for why.
    pub reason: Reason,
    /// How much it matters.
    pub severity: Severity,
    /// Where the package is published.
    pub ecosystem: Ecosystem,
    /// Its name.
    pub package: String,
    /// Its purl, with the version if that is exact.
    pub purl: String,
    /// What it is for.
    pub scope: Scope,
    /// Whether the project itself asks for it.
    pub direct: Option<bool>,
    /// The group, profile, component or marker it hangs on.
    pub condition: Option<String>,
    /// The version text as written.
    pub declared: Option<String>,
    /// The version that is selected, if it is exact.
    pub selected: Option<String>,
    /// The version from which on the client is good: the published minimum, else what the facts give.
    pub minimum: Option<String>,
    /// Where a person would edit.
    pub place: Place,
    /// The other places that led here.
    pub related: Vec<Related>,
    /// Why, for people.
    pub message: String,
    /// What to change.
    pub help: Option<String>,
    /// What mends it, where an old version can be moved up or why it is not.
    pub fix: Option<Remedy>,
    /// GitHub's hash of the line in which the place starts.
    pub line_hash: String,
    /// Whether it is a finding that an earlier state did not have; `None` where that is not known or it is no finding.
    pub new: Option<bool>,
    /// Who owns the file.
    pub owners: Vec<String>,
    /// Why it is no finding though its verdict would make it one.
    pub ignored: Option<Ignored>,
    /// From which verdict on it makes the run fail, where that is not as for all others.
    pub fail_on: Option<FailOn>,
}

/// Why a client is no finding; the text and the place are the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The reason that is given.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Day>,
    /// The file in which that is said, from the root.
    pub path: String,
    /// Its line there.
    pub line: usize,
}

/// A place that bears on an entry.
#[derive(Clone, Debug)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it does.
    pub message: String,
}

/// What mends an entry.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// All of it in a sentence.
    pub text: String,
    /// The version to move to.
    pub to: Option<String>,
    /// Whether that is a breaking change by its number.
    pub breaking: bool,
    /// What to put where; one line each.
    pub edits: Vec<Replacement>,
    /// Why nothing is edited.
    pub refusal: Option<String>,
    /// What to run afterwards or instead.
    pub commands: Vec<Command>,
}

/// A piece of a file and what takes its place.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The piece; empty where something is put in.
    pub place: Place,
    /// What stands there.
    pub old: String,
    /// What takes its place.
    pub new: String,
}

/// A place in a file.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file, from the root, `/` between folders.
    pub path: String,
    /// Its first character.
    pub start: LineCol,
    /// Just behind its last.
    pub end: LineCol,
    /// Its part on its first line.
    pub first_line: FirstLine,
    /// The lines it stands in.
    pub excerpt: Excerpt,
}

/// Columns of the part of a place that lies on its first line, in the units other programs count; from 1, the end exclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstLine {
    /// In UTF-16 code units.
    pub utf16: Range<usize>,
    /// In bytes of UTF-8.
    pub bytes: Range<usize>,
}

impl Entry {
    /// Who owns the file, as a part of a sentence; the names stand in backticks, so that no forge takes them for mentions.
    pub fn owned_by(&self) -> Option<String> {
        const MOST: usize = 5;
        let names: Vec<String> = self.owners.iter().take(MOST).map(|owner| format!("`{owner}`")).collect();
        let more = self.owners.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("owned by {}{more}", names.join(", ")))
    }

    pub(super) fn new(files: &Files, finding: &Finding<'_>, hashes: &mut HashMap<FileId, Vec<String>>) -> Entry {
        let dependency = &finding.dependency;
        // Between the sides of a merge conflict nothing is selected.
        let selected = match &dependency.selected {
            Selected::Exact(_) if finding.judgement.reason == Reason::MergeConflict => None,
            Selected::Exact(version) => Some(version.text().to_owned()),
            Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => None,
        };
        // Two links to one place, or two ways to it, are one place.
        let mut related: BTreeMap<(&str, Origin), Related> = BTreeMap::new();
        for other in &dependency.because {
            let place = Place::new(files, other.origin);
            related.insert((&other.message, other.origin), Related { place, message: other.message.clone() });
        }
        let mut related: Vec<Related> = related.into_values().collect();
        related.sort_by(|a, b| {
            (&a.place.path, a.place.start, &a.message).cmp(&(&b.place.path, b.place.start, &b.message))
        });
        let place = Place::new(files, dependency.origin);
        let source = &files.get(dependency.origin.file).source;
        let hashes = hashes.entry(dependency.origin.file);
        let hashes = hashes.or_insert_with(|| fingerprint::line_hashes(source.text()));
        Entry {
            rule: finding.rule.id.clone(),
            verdict: finding.judgement.verdict,
            reason: finding.judgement.reason,
            severity: finding.judgement.severity,
            ecosystem: dependency.package.ecosystem,
            package: dependency.package.name.clone(),
            purl: purl::write(&dependency.package, selected.as_deref()),
            scope: dependency.scope,
            direct: dependency.direct,
            condition: dependency.condition.clone(),
            declared: dependency.declared.clone().filter(|declared| !declared.is_empty()),
            selected,
            minimum: finding.client.floor().map(|version| version.text().to_owned()),
            line_hash: hashes.get(place.start.line - 1).cloned().unwrap_or_default(),
            place,
            related,
            message: finding.judgement.message.clone(),
            help: finding.help.clone(),
            fix: finding.fix.as_ref().map(|fix| Remedy::new(files, fix)),
            new: None,
            owners: Vec::new(),
            ignored: None,
            fail_on: None,
        }
    }

    /// Whether it is a finding, whatever its severity: not compatible, and not ignored.
    pub fn counts(&self) -> bool {
        self.verdict != Verdict::Compatible && self.ignored.is_none()
    }

    /// Whether it is a finding that an earlier state had as well.
    pub fn is_known(&self) -> bool {
        self.new == Some(false)
    }

    pub(super) fn key(&self) -> (&str, LineCol, &str, &str, LineCol) {
        (&self.place.path, self.place.start, &self.package, &self.rule, self.place.end)
    }
}

impl Remedy {
    pub(super) fn new(files: &Files, fix: &Fix) -> Remedy {
        let edits = fix.edits.iter().map(|edit| Replacement {
            place: Place::new(files, edit.at),
            old: files.get(edit.at.file).source.slice(edit.at.span).to_owned(),
            new: edit.new.clone(),
        });
        Remedy {
            text: fix.text(),
            to: fix.to.as_ref().map(|version| version.text().to_owned()),
            breaking: fix.breaking,
            edits: edits.collect(),
            refusal: fix.refusal.clone(),
            commands: fix.commands.clone(),
        }
    }
}

impl Place {
    pub(super) fn new(files: &Files, origin: Origin) -> Place {
        let file = files.get(origin.file);
        let start = file.source.line_col(origin.span.start);
        let end = file.source.line_col(origin.span.end.max(origin.span.start));
        let first_line = FirstLine::new(&file.source, start.line, origin.span);
        Place { path: file.path.clone(), start, end, first_line, excerpt: Excerpt::new(&file.source, origin.span) }
    }
}

impl FirstLine {
    pub(super) fn new(source: &SourceText, line: usize, span: Span) -> FirstLine {
        let offset = source.line_start(line);
        let until = offset + source.line(line).len();
        let units = |until: usize| source.slice(Span::new(offset, until)).encode_utf16().count() + 1;
        let (start, end) = (span.start.min(until), span.end.clamp(span.start.min(until), until));
        FirstLine { utf16: units(start)..units(end), bytes: start - offset + 1..end - offset + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_in_other_units_stay_on_the_line() {
        let source = SourceText::new("x\n  a🦀é >= 1 &&\r\n < 2\n");
        let start = source.text().find(">=").unwrap();
        let end = source.text().len() - 1;
        let found = FirstLine::new(&source, 2, Span::new(start, end));
        assert_eq!(found, FirstLine { utf16: 8..15, bytes: 11..18 });
        assert_eq!(FirstLine::new(&SourceText::new(""), 1, Span::new(0, 0)), FirstLine { utf16: 1..1, bytes: 1..1 });
    }
}
