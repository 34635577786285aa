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
mod entry;
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

use std::collections::HashMap;

pub use entry::*;
pub use excerpt::Excerpt;

use crate::judge::{FailOn, Finding, Severity, Verdict};
use crate::model::{self, FileId, Files, ProblemKind, words};
use crate::rules::{Rule, RuleSet};
use crate::source::LineCol;

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
