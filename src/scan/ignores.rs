//! Applies to a report what the configuration and the comments of manifests say: other severities, and which findings are
//! ignored.
//!
//! Ignored findings stay among the clients, with the reason. Nothing is ignored in silence: an ignore that is malformed, has
//! expired, or matches no finding is a problem at its place.
//!
//! Trap: what the configuration ignores may lie outside of what this run looked at. That it matches nothing is said only of a
//! run that walked the whole folder of the configuration.

use std::collections::BTreeMap;
use std::path::Path;

use super::comments::{self, Comment};
use super::settings::Settings;
use super::{Loaded, Today};
use crate::config::Ignore;
use crate::data::Day;
use crate::judge::Verdict;
use crate::model::ProblemKind;
use crate::report::{Entry, Ignored, Problem, Report};
use crate::source::LineCol;

/// The comments of one file, each with whether it matched a finding.
type Comments = Vec<(Comment, bool)>;

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
        if let Some((comments, _)) = comments.get_mut(&entry.place.path) {
            by_comments(entry, comments, today);
        }
        if let Some(settings) = settings {
            by_configuration(entry, settings, &loaded.base, &mut is_used, today);
        }
    }
    for (path, (comments, is_asked_for)) in &comments {
        let wrong = comments.iter().filter_map(|(comment, is_used)| wrong_comment(comment, *is_used, today));
        for (at, kind, message) in wrong.filter(|_| *is_asked_for) {
            report.add_problem(Problem { path: path.clone(), at: Some(at), kind, message });
        }
    }
    if let Some(settings) = settings {
        let is_whole = loaded.is_whole(&settings.root);
        for (ignore, is_used) in settings.config.ignores.iter().zip(is_used) {
            if let Some((kind, message)) = wrong_ignore(ignore, is_used || !is_whole, today) {
                report.add_problem(Problem { path: settings.path.clone(), at: Some(ignore.at), kind, message });
            }
        }
    }
}

/// The comments by file, and whether the file was asked for; one that is read as several formats has its comments once.
fn all_comments(loaded: &Loaded) -> BTreeMap<String, (Comments, bool)> {
    let mut all: BTreeMap<String, (Comments, bool)> = BTreeMap::new();
    for (id, file) in loaded.files.iter() {
        let found = comments::comments(file.format, &file.source);
        if found.is_empty() {
            continue;
        }
        let (known, is_asked_for) = all.entry(file.path.clone()).or_default();
        *is_asked_for |= loaded.is_asked_for(id);
        for comment in found {
            if !known.iter().any(|(other, _)| other.at == comment.at) {
                known.push((comment, false));
            }
        }
    }
    all
}

fn change(entry: &mut Entry, settings: &Settings, base: &Path) {
    let path = settings.from_root(base, &entry.place.path);
    for each in &settings.config.overrides {
        if !each.of.selects(&entry.rule, entry.ecosystem, &entry.package, &path) {
            continue;
        }
        if let Some(severity) = each.severity.filter(|_| entry.verdict != Verdict::Compatible) {
            entry.severity = severity;
        }
        entry.fail_on = each.fail_on.or(entry.fail_on);
    }
}

fn by_comments(entry: &mut Entry, comments: &mut Comments, today: Today) {
    let lines = entry.place.start.line..=entry.place.end.line;
    for (comment, is_used) in comments.iter_mut().filter(|(comment, _)| lines.contains(&comment.line)) {
        let Ok(says) = &comment.says else { continue };
        if !says.rules.contains(&entry.rule) || has_expired(says.until, today) {
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
    let path = settings.from_root(base, &entry.place.path);
    for (ignore, is_used) in settings.config.ignores.iter().zip(is_used) {
        let is_meant = ignore.of.selects(&entry.rule, entry.ecosystem, &entry.package, &path);
        if !is_meant || has_expired(ignore.until, today) {
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

fn has_expired(until: Option<Day>, today: Today) -> bool {
    until.zip(today).is_some_and(|(until, today)| until < today)
}

fn wrong_comment(comment: &Comment, is_used: bool, today: Today) -> Option<(LineCol, ProblemKind, String)> {
    let (kind, message) = match &comment.says {
        Err(wrong) => (ProblemKind::MalformedIgnore, format!("this ignore does nothing: {wrong}")),
        Ok(says) => idle(says.until, is_used, today)?,
    };
    Some((comment.at, kind, message))
}

fn wrong_ignore(ignore: &Ignore, is_used: bool, today: Today) -> Option<(ProblemKind, String)> {
    idle(ignore.until, is_used, today)
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
