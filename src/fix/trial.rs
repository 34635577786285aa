//! Edits that get in each other's way, and what the files would say after them.

use std::collections::{BTreeMap, HashSet};

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
        let mut failed: Vec<(usize, String)> = Vec::new();
        for (index, finding) in findings.iter().enumerate() {
            let has_edits = finding.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty());
            if let Some(why) = has_edits.then(|| still_bad(files, finding, &after)).flatten() {
                failed.push((index, why));
            }
        }
        for worse in after.iter().filter(|other| is_worse(files, findings, other)) {
            let touches = |finding: &Finding<'_>| {
                let mut edits = finding.fix.iter().flat_map(|fix| &fix.edits);
                edits.any(|edit| line(files, edit.at) == worse.at)
            };
            let name = &worse.finding.dependency.package.name;
            let why = format!("{name} would not be good then: {}", worse.finding.judgement.message);
            let touching = findings.iter().enumerate().filter(|(_, finding)| touches(finding));
            failed.extend(touching.map(|(index, _)| (index, why.clone())));
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
    at: (FileId, usize),
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
fn line(files: &Files, origin: Origin) -> (FileId, usize) {
    (origin.file, files.get(origin.file).source.line_col(origin.span.start).line)
}

/// Whether two findings speak of one thing.
fn is_same(files: &Files, before: &Finding<'_>, after: &After<'_>) -> bool {
    before.rule.id == after.finding.rule.id
        && before.dependency.package == after.finding.dependency.package
        && line(files, before.dependency.origin) == after.at
}

/// Why a place is not good after all.
fn still_bad(files: &Files, finding: &Finding<'_>, after: &[After<'_>]) -> Option<String> {
    let mut here = after.iter().filter(|other| is_same(files, finding, other)).peekable();
    if here.peek().is_none() {
        return Some("what would stand here then is not understood".into());
    }
    let bad = here.find(|other| other.finding.judgement.verdict != Verdict::Compatible)?;
    Some(format!("an edit of this place would not be enough: {}", bad.finding.judgement.message))
}

/// Whether something in a line that was edited is bad now and was not before.
fn is_worse(files: &Files, before: &[Finding<'_>], after: &After<'_>) -> bool {
    let is_bad = |finding: &Finding<'_>| finding.judgement.verdict != Verdict::Compatible;
    let mut edits = before.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits);
    is_bad(&after.finding)
        && edits.any(|edit| line(files, edit.at) == after.at)
        && !before.iter().any(|finding| is_bad(finding) && is_same(files, finding, after))
}
