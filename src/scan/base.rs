//! Which findings are new: the state before a change is scanned in the same run, by the same rules, or read from a report of
//! an earlier one.
//!
//! Where the state before cannot be had, every finding counts, and the report says why: a gate that nothing can pass is
//! noticed, one that is open is not.
//!
//! Traps:
//! - A file that has moved must not make all its findings new, nor a new file that merely resembles another hide its own. Git
//!   takes two files for one if half of their lines are the same; so do we, for a file that is gone and one that has come. A
//!   report holds no lines: there the file's name has to be the same.
//! - Every file that has come could be every one that is gone. Beyond a number of pairs only files that are the same to the
//!   byte are one.
//! - What lies in a submodule is in no tree of this repository. If it is checked out at the commit that it was at before, it is
//!   what it was.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::{Base, Loaded, Progress, Request, gather, judged};
use crate::model::Files;
use crate::report::known::Known;
use crate::report::{self, Report};
use crate::rules::RuleSet;
use crate::source::SourceText;
use crate::tree::{self, Argument, NoRevision, Tree};

/// Most pairs of files whose lines are compared.
const MAX_PAIRS: usize = 10_000;

/// How many of a hundred lines two files have in common if they are one.
const ALIKE: usize = 50;

/// How alike two files are that are the same to the byte.
const SAME: u32 = 100;

/// Says of each finding whether it is new.
pub(super) fn compare(
    report: &mut Report,
    base: &Base,
    loaded: &Loaded,
    scanned: (&Tree, &[Argument]),
    request: &Request,
    rules: &RuleSet,
) {
    match base {
        Base::Revision(name) => with_revision(report, name, loaded, scanned, request, rules),
        Base::Findings(name, known) => with_findings(report, name, known, loaded),
    }
}

fn with_findings(report: &mut Report, name: &str, known: &[Known], loaded: &Loaded) {
    let there = by_path(report, &loaded.files);
    let before: HashSet<&str> = known.iter().map(|known| known.path.as_str()).collect();
    report.compare(known, |gone, come| {
        let has_moved = !there.contains_key(gone) && !before.contains(come) && file_name(gone) == file_name(come);
        has_moved.then_some(SAME)
    });
    report.base = Some(report::Base { name: name.to_owned(), commit: None, is_there: true, why: None });
}

fn with_revision(
    report: &mut Report,
    name: &str,
    loaded: &Loaded,
    (tree, arguments): (&Tree, &[Argument]),
    request: &Request,
    rules: &RuleSet,
) {
    let mut base = report::Base { name: name.to_owned(), commit: None, is_there: false, why: None };
    match tree.before(arguments, name) {
        Err(NoRevision(why)) => base.why = Some(why),
        Ok((before, arguments)) => {
            base.is_there = true;
            base.commit = before.revision().map(tree::Revision::commit);
            // Where nothing was found nothing is new, and the other tree need not be looked at.
            if report.clients.iter().any(report::Entry::counts) {
                base.why = with_tree(report, loaded, (&before, &arguments), request, rules);
            }
        }
    }
    report.base = Some(base);
}

/// Scans the state before, and gives what of it could not be read.
fn with_tree(
    report: &mut Report,
    loaded: &Loaded,
    (tree, arguments): (&Tree, &[Argument]),
    request: &Request,
    rules: &RuleSet,
) -> Option<String> {
    // A request that could be carried out for what is there now is carried out, if there was anything to name.
    let before = match arguments {
        [] => None,
        _ => {
            let (options, settings) = (&request.options, loaded.settings.clone());
            gather(tree, arguments, options, settings, Some(rules.wanted()), &Progress::default()).ok()
        }
    };
    let (mut known, files) = match &before {
        None => (Vec::new(), &Files::default()),
        Some(before) => {
            // What was ignored before is not known: an ignore that is taken away brings its finding back.
            let (earlier, _) = judged(before, rules, request.today, |_, _, _| ());
            let known = earlier.clients.iter().filter(|entry| entry.counts());
            (known.map(|entry| Known::of(&earlier, entry)).collect(), &before.files)
        }
    };
    known.extend(in_submodules(report, tree));
    let (there, gone) = (by_path(report, &loaded.files), by_path(report, files));
    let mut moves = Moves { there, gone, pairs: HashMap::new() };
    report.compare(&known, |gone, come| moves.likeness(gone, come));
    let revision = tree.revision()?;
    let troubles = revision.troubles();
    (troubles.count > 0).then(|| {
        let objects = if troubles.count == 1 { "one object".to_owned() } else { format!("{} objects", troubles.count) };
        let (first, advice) = (troubles.first, revision.how_to_get_files());
        format!("{objects} of commit `{}` could not be read ({first}); {advice}", revision.commit())
    })
}

/// The findings in submodules that are checked out at the very commit that the state before names.
fn in_submodules(report: &Report, before: &Tree) -> Vec<Known> {
    let mut is_unchanged: HashMap<PathBuf, bool> = HashMap::new();
    let findings = report.clients.iter().filter(|entry| entry.counts());
    let unchanged = findings.filter(|entry| {
        let path = before.base().join(&entry.place.path);
        let Some((folder, commit)) = before.revision().and_then(|revision| revision.submodule(&path)) else {
            return false;
        };
        let is_at_commit = |folder: &PathBuf| tree::head(folder).is_some_and(|head| head == commit);
        *is_unchanged.entry(folder).or_insert_with_key(is_at_commit)
    });
    unchanged.map(|entry| Known::of(report, entry)).collect()
}

/// The texts of files by their path from the top of the repository.
fn by_path<'a>(report: &Report, files: &'a Files) -> HashMap<String, &'a SourceText> {
    files.iter().map(|(_, file)| (report.from_repository(&file.path), &file.source)).collect()
}

/// Which files have moved.
struct Moves<'a> {
    there: HashMap<String, &'a SourceText>,
    gone: HashMap<String, &'a SourceText>,
    pairs: HashMap<(String, String), Option<u32>>,
}

impl Moves<'_> {
    fn likeness(&mut self, gone: &str, come: &str) -> Option<u32> {
        if self.there.contains_key(gone) || self.gone.contains_key(come) {
            return None;
        }
        let (before, after) = (self.gone.get(gone)?, self.there.get(come)?);
        // Of two that are as alike, the one that kept its name.
        let named = u32::from(file_name(gone) == file_name(come));
        if before.text() == after.text() {
            return Some(SAME * 2 + named);
        }
        let pair = (gone.to_owned(), come.to_owned());
        if let Some(known) = self.pairs.get(&pair) {
            return *known;
        }
        if self.pairs.len() >= MAX_PAIRS {
            return None;
        }
        let likeness = lines_in_common(before.text(), after.text()).map(|common| common * 2 + named);
        self.pairs.insert(pair, likeness);
        likeness
    }
}

/// How many of a hundred lines of the longer text stand in the other, if enough do.
fn lines_in_common(before: &str, after: &str) -> Option<u32> {
    let longer = before.lines().count().max(after.lines().count());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for line in before.lines() {
        *counts.entry(line).or_default() += 1;
    }
    let mut common = 0;
    for line in after.lines() {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    let share = common * 100 / longer.max(1);
    if share >= ALIKE { u32::try_from(share).ok() } else { None }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::lines_in_common;

    #[test]
    fn half_of_the_lines_make_two_files_one() {
        assert_eq!(lines_in_common("a\nb\nc\nd\n", "a\nb\nx\ny\n"), Some(50));
        assert_eq!(lines_in_common("a\nb\nc\nd\n", "a\nx\ny\nz\n"), None);
        assert_eq!(lines_in_common("a\na\na\n", "a\nb\nc\n"), None, "a line counts as often as it is there");
        assert_eq!(lines_in_common("", ""), None);
    }
}
