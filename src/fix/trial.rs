//! Edits that get in each other's way, and what the files would say after them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Edit;
use super::place::is_written_by_tool;
use crate::ecosystem;
use crate::judge::{self, Finding, Verdict};
use crate::model::{Ecosystem, File, FileId, Files, Format, Origin, Reading};
use crate::rules::RuleSet;
use crate::source::{SourceText, Span, replaced};

/// How often edits are withdrawn and the rest tried again.
const ROUNDS: usize = 8;

/// Takes the place of the format of a file that is left out.
const NO_FORMAT: Format =
    Format { id: "none", name: "none", ecosystem: Ecosystem::Generic, globs: &[], read: |_| Reading::default() };

/// Lets the higher of two versions win that are wanted in one place, and withdraws what overlaps otherwise.
pub(super) fn settle(findings: &mut [Finding<'_>]) {
    let mut wanted: BTreeMap<Origin, Edit> = BTreeMap::new();
    let edits = findings.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits);
    for edit in edits {
        let winner = wanted.entry(edit.at).or_insert_with(|| edit.clone());
        if edit.to > winner.to {
            *winner = edit.clone();
        }
    }
    let mut last: Option<Origin> = None;
    let mut overlapping = HashSet::new();
    for at in wanted.keys() {
        match last {
            Some(before) if before.file == at.file && at.span.start < before.span.end => {
                overlapping.insert(*at);
            }
            _ => last = Some(*at),
        }
    }
    for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
        if fix.edits.iter().any(|edit| overlapping.contains(&edit.at)) {
            fix.withdraw("another edit is wanted in the same place".into());
        }
        for edit in &mut fix.edits {
            edit.clone_from(&wanted[&edit.at]);
        }
        fix.edits.sort_by_key(|edit| edit.at);
    }
}

/// Withdraws the edits that do not make their place good, or make another bad.
pub(super) fn hold(rules: &RuleSet, files: &Files, findings: &mut [Finding<'_>]) {
    for round in 0..=ROUNDS {
        let edits = edits(findings);
        if edits.is_empty() {
            return;
        }
        let after = after(rules, files, &edits);
        let mut there: HashMap<Line, Vec<&After<'_>>> = HashMap::new();
        for other in &after {
            there.entry(other.at).or_default().push(other);
        }
        let mut failed: Vec<(usize, String)> = Vec::new();
        // The findings that edit a line, and those that were there before.
        let mut edited: HashMap<Line, BTreeSet<usize>> = HashMap::new();
        let mut bad: HashMap<Line, Vec<&Finding<'_>>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            let at = line(files, finding.dependency.origin);
            if is_bad(finding) {
                bad.entry(at).or_default().push(finding);
            }
            let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
            let mut has_edits = false;
            for edit in edits {
                has_edits = true;
                edited.entry(line(files, edit.at)).or_default().insert(index);
            }
            let here = there.get(&at).map(Vec::as_slice).unwrap_or_default();
            if let Some(why) = has_edits.then(|| still_bad(finding, here)).flatten() {
                failed.push((index, why));
            }
        }
        for other in after.iter().filter(|other| is_bad(&other.finding)) {
            let Some(touching) = edited.get(&other.at) else { continue };
            let was_bad =
                bad.get(&other.at).is_some_and(|bad| bad.iter().any(|before| is_same(before, &other.finding)));
            if !was_bad {
                let name = &other.finding.dependency.package.name;
                let why = format!("{name} would not be good then: {}", other.finding.judgement.message);
                failed.extend(touching.iter().map(|index| (*index, why.clone())));
            }
        }
        if failed.is_empty() {
            return;
        }
        for (index, why) in failed {
            if let Some(fix) = findings[index].fix.as_mut() {
                fix.withdraw(why);
            }
        }
        if round == ROUNDS {
            for fix in
                findings.iter_mut().filter_map(|finding| finding.fix.as_mut()).filter(|fix| !fix.edits.is_empty())
            {
                fix.withdraw("edits in this tree stand in each other's way".into());
            }
        }
    }
}

/// All edits by file, in order, each once.
pub(crate) fn edits<'e>(findings: &'e [Finding<'_>]) -> BTreeMap<FileId, Vec<&'e Edit>> {
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in findings.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits) {
        edits.entry(edit.at.file).or_default().push(edit);
    }
    for list in edits.values_mut() {
        list.sort_by_key(|edit| edit.at);
        list.dedup();
    }
    edits
}

/// What would be found in a line after the edits.
struct After<'a> {
    finding: Finding<'a>,
    at: Line,
}

/// What would be found after the edits, and without what tools write.
fn after<'a>(rules: &'a RuleSet, files: &Files, edits: &BTreeMap<FileId, Vec<&Edit>>) -> Vec<After<'a>> {
    let ecosystems: HashSet<Ecosystem> = edits.keys().map(|id| files.get(*id).format.ecosystem).collect();
    let changed = files.changed(|id, file| match edits.get(&id) {
        Some(edits) => Some(edited(file, edits)),
        None if is_written_by_tool(file) => Some(left_out(file)),
        None => None,
    });
    let ecosystems = Ecosystem::ALL.iter().filter(|ecosystem| ecosystems.contains(ecosystem));
    let dependencies = ecosystems.flat_map(|ecosystem| ecosystem::resolve(*ecosystem, &changed).dependencies);
    let dependencies = dependencies.filter(|one| files.wants(one.package.ecosystem, &one.package.name));
    let findings = judge::judge(rules, &changed, dependencies.collect());
    findings.into_iter().map(|finding| After { at: line(&changed, finding.dependency.origin), finding }).collect()
}

fn left_out(file: &File) -> File {
    File {
        path: file.path.clone(),
        format: &NO_FORMAT,
        source: SourceText::new(""),
        reading: Reading::default(),
        conflicted: false,
        context: file.context,
    }
}

fn edited(file: &File, edits: &[&Edit]) -> File {
    let edits: Vec<(Span, &str)> = edits.iter().map(|edit| (edit.at.span, edit.new.as_str())).collect();
    let text = replaced(file.source.text(), &edits).unwrap_or_else(|| file.source.text().to_owned());
    let source = SourceText::new(text);
    let reading = (file.format.read)(&source);
    File { source, reading, ..file.clone() }
}

/// A file and a line in it, which no edit changes.
type Line = (FileId, usize);

fn line(files: &Files, origin: Origin) -> Line {
    (origin.file, files.get(origin.file).source.line_col(origin.span.start).line)
}

fn is_bad(finding: &Finding<'_>) -> bool {
    finding.judgement.verdict != Verdict::Compatible
}

/// Whether two findings in one line speak of one thing.
fn is_same(before: &Finding<'_>, after: &Finding<'_>) -> bool {
    before.rule.id == after.rule.id && before.dependency.package == after.dependency.package
}

/// Why a place is not good after all, by what would be found in its line.
fn still_bad(finding: &Finding<'_>, here: &[&After<'_>]) -> Option<String> {
    let mut here = here.iter().filter(|other| is_same(finding, &other.finding)).peekable();
    if here.peek().is_none() {
        return Some("what would stand here then is not understood".into());
    }
    let bad = here.find(|other| is_bad(&other.finding))?;
    Some(format!("an edit of this place would not be enough: {}", bad.finding.judgement.message))
}
