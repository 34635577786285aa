//! What a run found, finished: every form of output is made from one [`Report`] and nothing else.
//!
//! - Entries are sorted by path, line, column, package and rule; problems by path, line, column and kind.
//! - Lines and columns start at 1, columns count characters, the end is exclusive.
//! - A place also carries the lines it stands in, cut to what fits a screen, for the forms that show them.
//! - The forms for other programs name files from the top of the git repository, as those programs do.

pub mod audit;
pub mod csv;
pub mod diff;
pub mod duration;
mod excerpt;
pub mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod known;
pub mod markdown;
pub mod neutral;
pub mod project;
pub mod rdjson;
pub mod sarif;
mod summary;
pub mod text;
pub mod token;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

pub use excerpt::Excerpt;

use crate::data::Day;
use crate::fix::{Command, Fix};
use crate::judge::{FailOn, Finding, Severity, Verdict};
use crate::model::{self, Ecosystem, FileId, Files, Origin, ProblemKind, Reason, Scope, Selected, words};
use crate::purl;
use crate::rules::{Rule, RuleSet};
use crate::source::{LineCol, SourceText, Span};

words! {
    /// The forms of output.
    Form {
        /// For people.
        Text = "text",
        /// For programs.
        Json = "json",
        /// For code scanning.
        Sarif = "sarif",
        /// For annotations on GitHub.
        Github = "github",
        /// For GitHub's job summary.
        Markdown = "markdown",
        /// For GitLab's Code Quality.
        Gitlab = "gitlab",
        /// For the test pages of CI systems.
        Junit = "junit",
        /// For reviewdog.
        Rdjson = "rdjson",
        /// For spreadsheets.
        Csv = "csv",
        /// For people who look at it in a browser.
        Html = "html",
    }
}

impl Form {
    /// Who it is for and what it is, in half a line.
    pub fn what(self) -> &'static str {
        match self {
            Form::Text => "For people: each finding with its line",
            Form::Sarif => "For code scanning and IDEs: SARIF 2.1.0",
            Form::Github => {
                "For annotations on GitHub: workflow commands, at most nine errors and a notice of the rest"
            }
            Form::Markdown => "For a job summary or a comment: a table of every finding, below GitHub's limit of size",
            Form::Gitlab => "For GitLab: a Code Quality report",
            Form::Junit => "For the test pages of CI systems: JUnit's XML, a case for each client",
            Form::Rdjson => "For reviewdog, which comments on changes: rdjson",
            Form::Html => "For people: one page by project, ecosystem and version, with charts; needs no network",
            Form::Csv => "For spreadsheets: every client, compatible ones too, with formulas made harmless",
            Form::Json => "For programs: one document, described by schema/report.schema.json",
        }
    }

    /// A report in this form; text has colours.
    pub fn write(self, report: &Report) -> String {
        match self {
            Form::Text => text::write(report),
            Form::Json => json::write(report),
            Form::Sarif => sarif::write(report),
            Form::Github => github::write(report),
            Form::Markdown => markdown::write(report),
            Form::Gitlab => gitlab::write(report),
            Form::Junit => junit::write(report),
            Form::Rdjson => rdjson::write(report),
            Form::Csv => csv::write(report),
            Form::Html => html::write(report),
        }
    }
}

/// Everything that a run found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The base of all paths, as the user would write it.
    pub root: String,
    /// Where the run was started, as a path from the root; empty if that does not lie below it.
    pub here: String,
    /// The root as a path from the top of its git repository; empty if it is that or lies in none.
    pub within_repository: String,
    /// The date of the newest rule.
    pub rules_date: String,
    /// The rules that were held against everything.
    pub rules: Vec<Rule>,
    /// Every client that was judged, compatible ones too.
    pub clients: Vec<Entry>,
    /// What could not be read, or does not hold.
    pub problems: Vec<Problem>,
    /// How many files were seen.
    pub files_seen: usize,
    /// How many of them were read.
    pub files_read: usize,
    /// The least severity that is shown as a finding and counts for the exit code.
    pub least: Severity,
    /// The mildest verdict that makes a run fail; `None` if none does.
    pub fail_on: Option<Verdict>,
    /// The revision that was scanned, if it was not what lies there.
    pub revision: Option<Revision>,
    /// The earlier state that everything was held against.
    pub base: Option<Base>,
    /// The configuration that counted, as a path from the root.
    pub config: Option<String>,
    /// How many of the files that were named are excluded.
    pub excluded: usize,
    /// Whether SARIF holds the ignored findings too, as suppressed ones.
    pub shows_ignored: bool,
}

/// A revision in a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What the user calls it.
    pub name: String,
    /// The commit's name, all digits of it.
    pub commit: String,
}

/// An earlier state of what was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The revision or the file, as the user calls it.
    pub name: String,
    /// The commit, all digits of it, if it is one.
    pub commit: Option<String>,
    /// Whether everything was held against it.
    pub is_there: bool,
    /// Why it is not there, or what of it could not be read.
    pub why: Option<String>,
}

impl Base {
    /// What is to be said where findings count as new that perhaps are not.
    pub fn problem(&self) -> Option<String> {
        let (name, why) = (&self.name, self.why.as_ref()?);
        Some(if self.is_there {
            format!("some findings may count as new that `{name}` has as well: {why}")
        } else {
            format!("nothing is held against `{name}`, and every finding counts: {why}")
        })
    }
}

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

/// What could not be read, or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder, from the root.
    pub path: String,
    /// Where in it; `None` where it is about the whole.
    pub at: Option<LineCol>,
    /// What kind.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
}

/// How many clients got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Too old or broken.
    pub incompatible: usize,
    /// Perhaps.
    pub maybe_incompatible: usize,
    /// Not known.
    pub undetermined: usize,
    /// Good.
    pub compatible: usize,
    /// None of these, since they are ignored.
    pub ignored: usize,
}

impl Report {
    /// The report of findings and problems in some files.
    pub fn new<'a>(
        root: &str,
        rules: &RuleSet,
        files: &Files,
        findings: &[Finding<'_>],
        problems: impl IntoIterator<Item = (FileId, &'a model::Problem)>,
    ) -> Report {
        let mut hashes = HashMap::new();
        let entries = findings.iter().map(|finding| Entry::new(files, finding, &mut hashes));
        let mut clients: Vec<Entry> = entries.collect();
        clients.sort_by(|a, b| a.key().cmp(&b.key()));
        let mut report = Report {
            root: root.to_owned(),
            here: String::new(),
            within_repository: String::new(),
            rules_date: rules.rules.iter().map(|rule| rule.date.clone()).max().unwrap_or_default(),
            rules: rules.rules.clone(),
            clients,
            problems: Vec::new(),
            files_seen: 0,
            files_read: 0,
            least: Severity::Note,
            fail_on: Some(Verdict::Incompatible),
            revision: None,
            base: None,
            config: None,
            excluded: 0,
            shows_ignored: false,
        };
        for (id, problem) in problems {
            report.add_problem(Problem::in_file(files, id, problem));
        }
        report
    }

    /// Adds a problem in its place; one that is there already is not said twice.
    pub fn add_problem(&mut self, problem: Problem) {
        if let Err(index) = self.problems.binary_search(&problem) {
            self.problems.insert(index, problem);
        }
    }

    /// The entries that are not compatible, not ignored, and severe enough to be shown.
    pub fn findings(&self) -> impl Iterator<Item = &Entry> {
        self.clients.iter().filter(|entry| self.is_finding(entry))
    }

    /// The entries that would be findings if they were not ignored, each with why it is.
    pub fn ignored(&self) -> impl Iterator<Item = (&Entry, &Ignored)> {
        self.clients.iter().filter_map(|entry| Some((entry, entry.ignored.as_ref()?)))
    }

    /// Whether an entry is shown as a finding.
    pub fn is_finding(&self, entry: &Entry) -> bool {
        entry.counts() && entry.severity >= self.least
    }

    /// The findings that an earlier state did not have; all where there is none to hold them against.
    pub fn news(&self) -> impl Iterator<Item = &Entry> {
        self.findings().filter(|entry| !entry.is_known())
    }

    /// Whether everything was held against an earlier state.
    pub fn is_compared(&self) -> bool {
        self.base.as_ref().is_some_and(|base| base.is_there)
    }

    /// Whether an entry makes the run fail.
    pub fn is_failure(&self, entry: &Entry) -> bool {
        !entry.is_known() && self.can_fail(entry)
    }

    /// Whether an entry makes the run fail if it is new.
    pub fn can_fail(&self, entry: &Entry) -> bool {
        let mildest = entry.fail_on.map_or(self.fail_on, FailOn::mildest);
        self.is_finding(entry) && mildest.is_some_and(|mildest| entry.verdict >= mildest)
    }

    /// The problems behind which something may be missed, and those of ignores that do nothing.
    pub fn problems_by_weight(&self) -> (Vec<&Problem>, Vec<&Problem>) {
        self.problems.iter().partition(|problem| !problem.kind.is_of_an_ignore())
    }

    /// How many clients got which verdict, whatever is shown.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.clients {
            let count = match entry.verdict {
                _ if entry.ignored.is_some() => &mut counts.ignored,
                Verdict::Incompatible => &mut counts.incompatible,
                Verdict::MaybeIncompatible => &mut counts.maybe_incompatible,
                Verdict::Undetermined => &mut counts.undetermined,
                Verdict::Compatible => &mut counts.compatible,
            };
            *count += 1;
        }
        counts
    }

    /// A path from the top of the git repository, or from the root where there is no repository.
    pub fn from_repository(&self, path: &str) -> String {
        match (self.within_repository.as_str(), path) {
            ("", "") => ".".to_owned(),
            ("", path) => path.to_owned(),
            (root, "") => root.to_owned(),
            (root, path) => below(root, path),
        }
    }

    /// A path as the user can open it from where the run was started.
    pub fn from_here(&self, path: &str) -> String {
        if !self.here.is_empty() {
            let (mut here, mut path) = (self.here.split('/').peekable(), path.split('/').peekable());
            while here.peek().is_some() && here.peek() == path.peek() {
                here.next();
                path.next();
            }
            let up = here.map(|_| "..");
            return up.chain(path).collect::<Vec<_>>().join("/");
        }
        match (self.root.as_str(), path) {
            (".", "") => ".".to_owned(),
            (".", path) => path.to_owned(),
            (root, "") => root.to_owned(),
            ("/", path) => format!("/{path}"),
            (root, path) => below(root, path),
        }
    }
}

/// A path below a folder; what it begins with, `..`, leads out of the folder, as a configuration above it does.
fn below(folder: &str, path: &str) -> String {
    let (mut folder, mut path) = (folder, path);
    while let Some(rest) = path.strip_prefix("../") {
        let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        if matches!(name, "" | "." | "..") {
            break;
        }
        (folder, path) = (above, rest);
        if folder.is_empty() {
            return path.to_owned();
        }
    }
    format!("{folder}/{path}")
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

    fn new(files: &Files, finding: &Finding<'_>, hashes: &mut HashMap<FileId, Vec<String>>) -> Entry {
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

    fn key(&self) -> (&str, LineCol, &str, &str, LineCol) {
        (&self.place.path, self.place.start, &self.package, &self.rule, self.place.end)
    }
}

impl Remedy {
    fn new(files: &Files, fix: &Fix) -> Remedy {
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
    fn new(files: &Files, origin: Origin) -> Place {
        let file = files.get(origin.file);
        let start = file.source.line_col(origin.span.start);
        let end = file.source.line_col(origin.span.end.max(origin.span.start));
        let first_line = FirstLine::new(&file.source, start.line, origin.span);
        Place { path: file.path.clone(), start, end, first_line, excerpt: Excerpt::new(&file.source, origin.span) }
    }
}

impl FirstLine {
    fn new(source: &SourceText, line: usize, span: Span) -> FirstLine {
        let offset = source.line_start(line);
        let until = offset + source.line(line).len();
        let units = |until: usize| source.slice(Span::new(offset, until)).encode_utf16().count() + 1;
        let (start, end) = (span.start.min(until), span.end.clamp(span.start.min(until), until));
        FirstLine { utf16: units(start)..units(end), bytes: start - offset + 1..end - offset + 1 }
    }
}

impl Problem {
    /// A problem of a whole file or folder.
    pub fn without_place(path: &str, kind: ProblemKind, message: &str) -> Problem {
        Problem { path: path.to_owned(), at: None, kind, message: message.to_owned() }
    }

    fn in_file(files: &Files, id: FileId, problem: &model::Problem) -> Problem {
        let file = files.get(id);
        let at = (!problem.kind.has_no_place()).then(|| file.source.line_col(problem.span.start));
        Problem { path: file.path.clone(), at, kind: problem.kind, message: problem.message.clone() }
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

    #[test]
    fn paths_can_be_opened_from_here() {
        let report = |root: &str, here: &str| {
            let mut report = Report::new(root, &RuleSet::default(), &Files::default(), &[], []);
            here.clone_into(&mut report.here);
            report
        };
        assert_eq!(report(".", "").from_here("a/go.mod"), "a/go.mod");
        assert_eq!(report("x", "").from_here("a/go.mod"), "x/a/go.mod");
        assert_eq!(report("/", "").from_here("a/go.mod"), "/a/go.mod");
        assert_eq!(report("../..", "a/b").from_here("a/b/go.mod"), "go.mod");
        assert_eq!(report("../..", "a/b").from_here("a/c/go.mod"), "../c/go.mod");
        assert_eq!(report("../..", "a/b").from_here("go.mod"), "../../go.mod");
        assert_eq!(report("x/y", "").from_here("../go.mod"), "x/go.mod");
        assert_eq!(report("x", "").from_here("../go.mod"), "go.mod");
        assert_eq!(report("x", "").from_here("../../go.mod"), "../go.mod");
        assert_eq!(report("../x", "").from_here("../../go.mod"), "../../go.mod");
        assert_eq!(report(".", "").from_here("../go.mod"), "../go.mod");
    }
}
