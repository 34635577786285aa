//! What mends a finding: which characters of which files change, to which version, and what to run afterwards.
//!
//! A finding is mended in the place where it is reported, by moving the version that stands there up to the smallest one that
//! is known to be good and to be published (`move_to` in the rules). Nothing here touches the disk. Every edit is tried on
//! the texts that were read: they are read, resolved and judged again, and an edit that does not make its place good, or
//! makes another bad, is withdrawn.
//!
//! Traps:
//! - A lockfile still holds the old version until its tool is run. So it is left out of the trial, and the tool is named.
//! - Packages that are released together may not be torn apart: they move in the same edit, or the place is left alone.
//! - A version that others use as well (a property, a loop in a setup.py) moves only if all of them move with the client.
//! - A new major version can ask for changes of the code. It is proposed where no smaller one is good, and that is said.

mod follow;
mod place;
mod propose;
mod requirement;
mod shared;
mod trial;

use std::fmt::Write;

use crate::ecosystem;
use crate::judge::{Finding, Verdict};
use crate::model::{Ecosystem, Files, Origin};
use crate::rules::RuleSet;
use crate::version::Version;

/// What mends a finding, or why nothing does.
#[derive(Clone, Debug)]
pub struct Fix {
    /// The version to move to, if there is one.
    pub to: Option<Version>,
    /// Whether that is a breaking change by its number, for which the code may have to change.
    pub breaking: bool,
    /// What to put where, in the order of the places; none where a lockfile alone is behind, or where the place is left alone.
    pub edits: Vec<Edit>,
    /// Why the place is left alone.
    pub refusal: Option<String>,
    /// What to run afterwards, or instead.
    pub commands: Vec<Command>,
}

/// One piece of a file and what takes its place; it never spans lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The piece; empty where something is put in.
    pub at: Origin,
    /// What takes its place.
    pub new: String,
    /// The version in that.
    pub to: Version,
}

/// A command to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Command {
    /// In this folder, as a path from the root; empty for the root.
    pub folder: String,
    /// The command.
    pub line: String,
}

/// Finds what mends each of the findings that speak of an old version.
pub fn plan(rules: &RuleSet, files: &Files, findings: &mut [Finding<'_>]) {
    let is_old =
        |finding: &Finding<'_>| matches!(finding.judgement.verdict, Verdict::Incompatible | Verdict::MaybeIncompatible);
    for finding in findings.iter_mut().filter(|finding| is_old(finding)) {
        finding.fix = propose::propose(rules, files, finding);
    }
    trial::settle(findings);
    trial::hold(rules, files, findings);
    for finding in findings.iter_mut() {
        let Some(mut fix) = finding.fix.take() else { continue };
        fix.commands = follow::commands(files, finding, &fix);
        if let Some(why) = follow::held_back(files, finding, &fix) {
            fix.commands.clear();
            fix.refusal = Some(why);
        }
        if fix.edits.is_empty() && fix.refusal.is_none() && fix.commands.is_empty() {
            fix.withdraw("what stands here is good, and something else decides".into());
        }
        finding.fix = Some(fix);
    }
}

impl Fix {
    fn refused(to: Option<Version>, why: String) -> Fix {
        Fix { to, breaking: false, edits: Vec::new(), refusal: Some(why), commands: Vec::new() }
    }

    /// Takes the edits back.
    fn withdraw(&mut self, why: String) {
        self.edits.clear();
        self.refusal = Some(why);
    }

    /// All of it in a sentence without a full stop.
    pub fn text(&self) -> String {
        let to = self.to.as_ref().map_or("a good version", Version::text);
        let mut text = match (&self.refusal, self.edits.len()) {
            (Some(why), _) => format!("to be done by hand, since {why}"),
            (None, 0) => format!("what is written here already asks for {to} or later; the lockfile must follow"),
            (None, 1) => format!("`kubefloor fix` moves it to {to}"),
            (None, count) => format!("`kubefloor fix` moves it to {to}, with what goes with it ({count} edits)"),
        };
        if self.breaking && !self.edits.is_empty() {
            text.push_str(", a breaking change by its number");
        }
        for (index, command) in self.commands.iter().enumerate() {
            let folder = if command.folder.is_empty() { String::new() } else { format!(" in `{}`", command.folder) };
            let run = match (index, self.refusal.is_some()) {
                (0, false) => "; then run",
                (0, true) => "; run",
                (_, _) => " and",
            };
            let _ = write!(text, "{run} `{}`{folder}", command.line);
        }
        text
    }
}

/// Whether the way from one version to another leads over a major one: the first number that is not 0.
fn is_breaking(ecosystem: Ecosystem, from: &str, to: &Version) -> bool {
    let major = |text: &str| {
        let numbers = text.trim_start_matches(['v', 'V']).split(['.', '-', '+']);
        // Haskell's major version is its first two numbers (PVP).
        let (zeros, rest): (Vec<&str>, Vec<&str>) = match ecosystem {
            Ecosystem::Hackage => numbers.take(2).partition(|_| true),
            _ => {
                let numbers: Vec<&str> = numbers.collect();
                let zeros = numbers.iter().take_while(|number| **number == "0").count();
                (numbers[..zeros].to_vec(), numbers[zeros..].to_vec())
            }
        };
        let first = rest.first().map(|first| (*first).to_owned());
        (zeros.into_iter().map(str::to_owned).collect::<Vec<_>>(), first)
    };
    ecosystem::version(ecosystem, from).is_ok() && major(from) != major(to.text())
}
