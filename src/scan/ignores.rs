//! Applies to a report what the configuration and the comments of manifests say: other severities, and which findings are
//! ignored.
//!
//! Ignored findings stay among the clients, with the reason. Nothing is ignored in silence: an ignore that is malformed, has
//! expired, or matches no finding is a problem at its place.
//!
//! Trap: what the configuration ignores may lie outside of what this run looked at. That it matches nothing is said only of a
//! run that walked the whole folder of the configuration.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::comments::{self, Comment};
use super::settings::{self, Settings};
use super::{Loaded, Today};
use crate::config::Subject;
use crate::data::Day;
use crate::judge::Verdict;
use crate::model::ProblemKind;
use crate::report::{Entry, Ignored, Problem, Report};
use crate::source::LineCol;

/// The comments of one file.
#[derive(Default)]
struct Comments {
    /// In the order of the lines they speak of, each with whether it matched a finding.
    all: Vec<(Comment, bool)>,
    /// Whether the file was asked for.
    is_asked_for: bool,
    /// Whether it is somebody else's, who has no say here.
    is_vendored: bool,
}

/// Applies the configuration and the comments of the files of a run.
pub(super) fn apply(report: &mut Report, loaded: &Loaded, today: Today) {
    let settings = loaded.settings.as_ref();
    let mut comments = all_comments(loaded);
    let mut is_used = vec![false; settings.map_or(0, |settings| settings.config.ignores.len())];
    for entry in &mut report.clients {
        if let Some(settings) = settings {
            change(entry, settings, &loaded.base);
        }
        if entry.verdict == Verdict::Compatible {
            continue;
        }
        if let Some(comments) = comments.get_mut(&entry.place.path) {
            by_comments(entry, comments, today);
        }
        if let Some(settings) = settings {
            by_configuration(entry, settings, &loaded.base, &mut is_used, today);
        }
    }
    let rules: Vec<String> = report.rules.iter().map(|rule| rule.id.clone()).collect();
    for (path, comments) in comments.iter().filter(|(_, comments)| comments.is_asked_for) {
        for (comment, is_used) in &comments.all {
            if let Some((kind, message)) = wrong_comment(comment, comments.is_vendored, *is_used, &rules, today) {
                report.add_problem(Problem { path: path.clone(), at: Some(comment.at), kind, message });
            }
        }
    }
    let Some(settings) = settings else { return };
    let mut wrong = Vec::new();
    for each in &settings.config.overrides {
        let unknown = each.of.rule.as_deref().and_then(|rule| unknown_rule(rule, &rules));
        wrong.extend(unknown.map(|message| (each.at, ProblemKind::UnknownRule, message)));
    }
    let is_whole = loaded.is_whole(&settings.root);
    for (ignore, is_used) in settings.config.ignores.iter().zip(is_used) {
        let unknown = ignore.of.rule.as_deref().and_then(|rule| unknown_rule(rule, &rules));
        let unknown = unknown.map(|message| (ProblemKind::UnknownRule, message));
        let idle = unknown.or_else(|| idle(ignore.until, is_used || !is_whole, today));
        wrong.extend(idle.map(|(kind, message)| (ignore.at, kind, message)));
    }
    for (at, kind, message) in wrong {
        report.add_problem(Problem { path: settings.path.clone(), at: Some(at), kind, message });
    }
}

/// The comments by file; one that is read as several formats has its comments once.
fn all_comments(loaded: &Loaded) -> BTreeMap<String, Comments> {
    let mut files: BTreeMap<String, Comments> = BTreeMap::new();
    for (id, file) in loaded.files.iter() {
        let found = comments::comments(file.format, &file.source);
        if found.is_empty() {
            continue;
        }
        let is_first = !files.contains_key(&file.path);
        let of_file = files.entry(file.path.clone()).or_default();
        of_file.is_asked_for |= loaded.is_asked_for(id);
        if is_first {
            of_file.is_vendored = settings::is_vendored(&loaded.base, &file.path);
        }
        let known: HashSet<LineCol> = of_file.all.iter().map(|(comment, _)| comment.at).collect();
        let new = found.into_iter().filter(|comment| !known.contains(&comment.at));
        of_file.all.extend(new.map(|comment| (comment, false)));
        of_file.all.sort_by_key(|(comment, _)| *comment.lines.start());
    }
    files
}

fn change(entry: &mut Entry, settings: &Settings, base: &Path) {
    let path = settings.path_from_root(base, &entry.place.path);
    for each in &settings.config.overrides {
        if !each.of.selects(subject(entry, &path)) {
            continue;
        }
        if let Some(severity) = each.severity.filter(|_| entry.verdict != Verdict::Compatible) {
            entry.severity = severity;
        }
        entry.fail_on = each.fail_on.or(entry.fail_on);
    }
}

fn by_comments(entry: &mut Entry, comments: &mut Comments, today: Today) {
    if comments.is_vendored {
        return;
    }
    let (first, last) = (entry.place.start.line, entry.place.end.line);
    let from = comments.all.partition_point(|(comment, _)| comment.lines.start() + comments::LONGEST < first);
    for (comment, is_used) in &mut comments.all[from..] {
        if *comment.lines.start() > last {
            break;
        }
        let Ok(says) = &comment.says else { continue };
        if *comment.lines.end() < first || !says.rules.contains(&entry.rule) || has_expired(says.until, today) {
            continue;
        }
        *is_used = true;
        entry.ignored.get_or_insert_with(|| Ignored {
            reason: says.reason.clone(),
            until: says.until,
            path: entry.place.path.clone(),
            line: comment.at.line,
        });
    }
}

fn by_configuration(entry: &mut Entry, settings: &Settings, base: &Path, is_used: &mut [bool], today: Today) {
    let path = settings.path_from_root(base, &entry.place.path);
    for (ignore, is_used) in settings.config.ignores.iter().zip(is_used) {
        if has_expired(ignore.until, today) || !ignore.of.selects(subject(entry, &path)) {
            continue;
        }
        *is_used = true;
        entry.ignored.get_or_insert_with(|| Ignored {
            reason: ignore.reason.clone(),
            until: ignore.until,
            path: settings.path.clone(),
            line: ignore.at.line,
        });
    }
}

fn subject<'a>(entry: &'a Entry, path: &'a str) -> Subject<'a> {
    let (rule, package, group) = (&entry.rule, &entry.package, entry.condition.as_deref());
    Subject { rule, ecosystem: entry.ecosystem, package, path, group, scope: entry.scope }
}

fn has_expired(until: Option<Day>, today: Today) -> bool {
    until.zip(today).is_some_and(|(until, today)| until < today)
}

fn wrong_comment(
    comment: &Comment,
    is_vendored: bool,
    is_used: bool,
    rules: &[String],
    today: Today,
) -> Option<(ProblemKind, String)> {
    if is_vendored {
        let message = "this ignore does nothing, since the file is vendored; kubefloor.toml can ignore what is in it";
        return Some((ProblemKind::UnusedIgnore, message.into()));
    }
    let says = match &comment.says {
        Err(wrong) => return Some((ProblemKind::MalformedIgnore, format!("this ignore does nothing: {wrong}"))),
        Ok(says) => says,
    };
    let unknown = says.rules.iter().find_map(|rule| unknown_rule(rule, rules));
    unknown.map(|message| (ProblemKind::UnknownRule, message)).or_else(|| idle(says.until, is_used, today))
}

/// What is to be said of a rule that there is not.
fn unknown_rule(rule: &str, rules: &[String]) -> Option<String> {
    let is_known = rules.iter().any(|known| known == rule);
    (!is_known).then(|| format!("there is no rule `{rule}` in this run; the rules are {}", rules.join(", ")))
}

/// What is to be said of an ignore that does nothing.
fn idle(until: Option<Day>, is_used: bool, today: Today) -> Option<(ProblemKind, String)> {
    match until {
        Some(until) if has_expired(Some(until), today) => {
            let message = format!("this ignore expired on {until}; upgrade now, or give it a later day and say why");
            Some((ProblemKind::ExpiredIgnore, message))
        }
        _ if is_used => None,
        _ => Some((ProblemKind::UnusedIgnore, "this ignore matches no finding; remove it".into())),
    }
}
