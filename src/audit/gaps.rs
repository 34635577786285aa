//! What a log could not show, and whether a stale token can have been missed because of it.
//!
//! Traps:
//! - "Nothing found" in a log that somebody filtered, or that holds no requests that read, reads as good news and is none.
//! - Of a plain log a part of the lines is taken apart; a verb that is not among those of a large sample is not in the log.

use super::picture::{Picture, words_of_seconds};
use super::stream::SAMPLE;
use super::tally::{Seen, Tally};
use crate::model::words;

/// How long, in seconds, a log must be for its silence to mean something: a day, for what runs at night.
const LONG_ENOUGH: i64 = 86_400;

/// Verbs that ask for objects. Some logs have none of them, and yet watches.
const ASKS: &[&str] = &["get", "list"];

/// Of how many events one at least must only read: in any cluster far more do.
const ONE_READS_OF: u64 = 10;

/// In how many hours, at least, there must be events: some fewer than a day has.
const HOURS_ENOUGH: i64 = 20;

words! {
    /// Why a log may not show a stale token.
    GapKind {
        /// No event was found.
        NoEvents = "no-events",
        /// There are results of queries only.
        RowsOnly = "query-results-only",
        /// There are events with stale tokens only, so others were left out.
        StaleOnly = "stale-events-only",
        /// No request that reads was found.
        NoReads = "no-read-requests",
        /// Few requests read.
        FewReads = "few-read-requests",
        /// No event has an annotation.
        NoAnnotations = "no-annotations",
        /// No request is of a service account.
        NoAccounts = "no-service-accounts",
        /// Hardly an hour has an event.
        Sparse = "few-hours",
        /// The log is short.
        ShortSpan = "short-span",
        /// The events have no times.
        NoTimes = "no-times",
        /// Events have lost their annotations.
        Cut = "cut-events",
        /// Lines are broken.
        Broken = "broken-lines",
        /// Data was not unpacked to its end.
        LeftOut = "left-out",
        /// There are lines of a format without annotations.
        OldFormat = "old-text-format",
        /// Annotations could not be read.
        OddAnnotations = "odd-annotations",
        /// Dates could not be.
        OddDates = "odd-dates",
        /// There were too many clients to tell all apart.
        TooMany = "too-many-clients",
        /// The cluster may issue tokens that are never stale.
        ExtensionOff = "extension-may-be-off",
        /// The list of pods is of others.
        OtherPods = "other-pods",
        /// A file could not be read.
        Unreadable = "unreadable-files",
    }
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What kind.
    pub kind: GapKind,
    /// What it is, for people.
    pub message: String,
    /// Whether a stale token can have been missed because of it.
    pub hides: bool,
}

/// What a picture lacks, given the sums it was made of.
pub(super) fn find(picture: &Picture, tally: &Tally) -> Vec<Gap> {
    let seen = &picture.seen;
    let mut gaps = Vec::new();
    let mut add = |kind, hides, message: String| gaps.push(Gap { kind, message, hides });
    let stale: u64 = picture.stale.iter().map(|one| one.events).sum();
    match (seen.events, seen.rows) {
        (0, 0) => add(GapKind::NoEvents, true, "no audit event was found".into()),
        (0, rows) => add(
            GapKind::RowsOnly,
            true,
            format!("all that was read are results of queries (rows: {rows}), which show what was asked for"),
        ),
        (events, _) => {
            if stale > 0 && stale >= events {
                let message =
                    "every event that was taken apart has a stale token, so the log was filtered before".into();
                add(GapKind::StaleOnly, true, message);
            } else if !ASKS.iter().any(|verb| seen.verbs.contains_key(*verb)) {
                let message = format!(
                    "no request that reads (get, list) is among the {events} events that were taken apart: clients that only read \
                     cannot be seen (on GKE these are Data Access logs, on AKS the category kube-audit)"
                );
                add(GapKind::NoReads, true, message);
            } else if seen.reading * ONE_READS_OF < seen.answered {
                let message = format!(
                    "only {} of the {} requests that were taken apart read (get, list, watch), so most of these are not in the log",
                    seen.reading, seen.answered
                );
                add(GapKind::FewReads, true, message);
            }
            if seen.annotated * 2 < seen.answered || seen.annotated == 0 {
                let message = format!(
                    "{} of {} events of answered requests have an annotation, where each should have one on what was decided \
                     (`authorization.k8s.io/decision`): somebody left them out, or dropped the stages that have them",
                    seen.annotated, seen.answered
                );
                add(GapKind::NoAnnotations, true, message);
            }
            if seen.by_accounts == 0 {
                let of = match picture.filter.namespaces.as_slice() {
                    [] => String::new(),
                    namespaces => format!(" in {}", namespaces.join(", ")),
                };
                let message = format!("no request of a service account{of} is among the events that were taken apart");
                add(GapKind::NoAccounts, true, message);
            }
        }
    }
    match seen.span {
        None if seen.events + seen.rows > 0 => add(GapKind::NoTimes, true, "the events have no times".into()),
        Some((first, last)) if last - first < LONG_ENOUGH => {
            let length =
                if last - first < 60 { "less than a minute".to_owned() } else { words_of_seconds(last - first) };
            let message = format!(
                "the log covers {length} only: a token is stale after an hour, and what runs once a day is not seen in less"
            );
            add(GapKind::ShortSpan, true, message);
        }
        Some(span) if seen.events > stale && hours_covered(seen, span) < HOURS_ENOUGH => {
            let message = format!(
                "events lie in {} of the log's {} hours only, and what ran in the others cannot be seen",
                seen.hours.len(),
                span.1 / 3_600 - span.0 / 3_600 + 1
            );
            add(GapKind::Sparse, true, message);
        }
        _ => {}
    }
    if picture.is_of_other_pods {
        let message =
            "no service account that the log names has a pod in the list, so that is of another cluster or namespace";
        add(GapKind::OtherPods, true, message.into());
    }
    add_counted(seen, tally, &mut add);
    if seen.has_old_format {
        let message = "lines are of the old text format (`--audit-log-format=legacy`), which has no annotations".into();
        add(GapKind::OldFormat, true, message);
    }
    if picture.lifetime.platform == "aks" && stale == 0 && seen.rows == 0 {
        let message = "clusters of AKS with an OIDC issuer do not extend tokens, and mark no request: look at those that were refused";
        add(GapKind::ExtensionOff, true, message.into());
    }
    let unreadable = picture.problems.iter().filter(|problem| problem.line.is_none()).count();
    if unreadable > 0 {
        let files = if unreadable == 1 { "one file" } else { "several files" };
        add(GapKind::Unreadable, true, format!("of {files} not all could be read, or nothing"));
    }
    gaps
}

/// How many hours have events, as far as that is seen: where lines were passed over, hours between two that were not count as
/// well, unless the lines between them can hardly fill that time.
fn hours_covered(seen: &Seen, span: (i64, i64)) -> i64 {
    let mut covered = i64::try_from(seen.hours.len()).unwrap_or(i64::MAX);
    if seen.lines_read >= seen.lines {
        return covered;
    }
    let whole = span.1 / 3_600 - span.0 / 3_600 + 1;
    let lines = i64::try_from(seen.bytes / SAMPLE).unwrap_or(i64::MAX).max(1);
    let fair = (whole.saturating_mul(3) / lines).min(whole / 3);
    for (before, after) in seen.hours.iter().zip(seen.hours.iter().skip(1)) {
        if after - before <= fair {
            covered += after - before - 1;
        }
    }
    covered
}

/// Those that are counts of something.
fn add_counted(seen: &Seen, tally: &Tally, add: &mut impl FnMut(GapKind, bool, String)) {
    let counted = [
        (
            seen.cut,
            GapKind::Cut,
            true,
            "event ends before its end and has lost its annotations (`[Truncated...]`)",
            "events end before their end and have lost their annotations (`[Truncated...]`)",
        ),
        (
            seen.broken,
            GapKind::Broken,
            true,
            "line holds a document that breaks off",
            "lines hold a document that breaks off",
        ),
        (
            seen.left_out,
            GapKind::LeftOut,
            true,
            "text could not be unpacked to its end",
            "texts could not be unpacked to their end",
        ),
        (
            seen.odd_annotations,
            GapKind::OddAnnotations,
            true,
            "annotation on a stale token cannot be read",
            "annotations on stale tokens cannot be read",
        ),
        (
            seen.odd_dates,
            GapKind::OddDates,
            false,
            "event has a date that cannot be",
            "events have a date that cannot be",
        ),
        (
            tally.folded,
            GapKind::TooMany,
            false,
            "event is of one user agent too many, and is in a sum of several",
            "events are of so many user agents that they are in a sum of several",
        ),
        (
            tally.lost,
            GapKind::TooMany,
            true,
            "event is of one client too many, and was only counted",
            "events are of so many clients that they were only counted",
        ),
    ];
    for (count, kind, hides, one, many) in counted {
        if count > 0 {
            add(kind, hides, format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
}
