//! May the extension of tokens be switched off (`--service-account-extend-token-expiration=false`), or the cluster be moved to a platform
//! without it?
//!
//! Without the extension a token is refused after an hour. So whoever sends a stale token today would be refused, but for those that
//! re-read their token once they are: these lose a request an hour and go on.
//!
//! Traps:
//! - "Yes" needs a log that would have shown a stale token. Whatever can have hidden one makes the answer "cannot tell".
//! - A program that started less than an hour before the end of the log has not had time to become stale.

use super::picture::{Outlook, Picture};
use super::refused::{Standing, Suspect};
use crate::model::words;

/// How many reasons of one kind are written out.
const MAX_REASONS: usize = 10;

words! {
    /// The answer.
    Answer {
        /// Nothing seen speaks against it, and it would have been seen.
        Yes = "yes",
        /// Something would break.
        No = "no",
        /// The log cannot show whether something would.
        CannotTell = "cannot-tell",
    }
}

/// The answer, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub reasons: Vec<String>,
    /// What is missing for a better one.
    pub missing: Vec<String>,
    /// What holds whatever the answer is.
    pub caveats: Vec<String>,
}

impl Default for Readiness {
    fn default() -> Readiness {
        Readiness { answer: Answer::CannotTell, reasons: Vec::new(), missing: Vec::new(), caveats: Vec::new() }
    }
}

/// Answers from all else in a picture.
pub(super) fn judge(picture: &Picture) -> Readiness {
    let mut reasons = Vec::new();
    let (mut healing, mut gone) = (0, Vec::new());
    for one in &picture.stale {
        let name = one.suspect().name();
        match one.outlook {
            Outlook::Broken => reasons.push(format!("{name} is refused already")),
            Outlook::Breaks => reasons.push(format!("{name} sends tokens that are older than an hour")),
            Outlook::Late => {
                reasons.push(format!("{name} re-reads its token too late, and would be refused meanwhile"));
            }
            Outlook::Heals => healing += 1,
            Outlook::Gone => gone.push(name),
        }
    }
    for one in picture.refused.iter().filter(|one| one.standing == Standing::Ours) {
        let who = match &one.pod {
            Some(pod) => format!("pod {} in {}", pod.name, pod.namespace),
            None if one.one_of.is_empty() => format!("a client at {}", one.address),
            None => {
                let names = one.one_of.iter().map(Suspect::name).collect::<Vec<_>>();
                format!("one of {}", names.join(", "))
            }
        };
        reasons.push(format!("{who} is refused with 401"));
    }
    let mut missing: Vec<String> = picture.gaps.iter().filter(|gap| gap.hides).map(|gap| gap.message.clone()).collect();
    missing.extend(open_refusals(picture));
    missing.extend(gone.iter().take(MAX_REASONS).map(|name| {
        format!("{name} sent stale tokens, and no pod of its account is in the list: whether it runs again is not to be seen")
    }));
    if let (Some(_), true) = (picture.filter.until, picture.seen.outside > 0) {
        missing.push("what came after `--until` was left out".to_owned());
    }
    let answer = match (reasons.is_empty(), missing.is_empty()) {
        (false, _) => Answer::No,
        (true, false) => Answer::CannotTell,
        (true, true) => Answer::Yes,
    };
    if reasons.len() > MAX_REASONS {
        let more = reasons.len() - MAX_REASONS;
        reasons.truncate(MAX_REASONS);
        reasons.push(format!("and {more} more"));
    }
    if answer != Answer::No {
        let legacy = if picture.legacy.is_empty() {
            ""
        } else {
            " but tokens from secrets, which the extension has nothing to do with"
        };
        reasons.push(match healing {
            0 if gone.is_empty() => format!("no request with a stale token was seen{legacy}"),
            0 => format!("whoever sent stale tokens is gone{legacy}"),
            _ => "whoever sends stale tokens re-reads its token once it is refused".to_owned(),
        });
    }
    if healing > 0 {
        let them = if healing == 1 { "one client".to_owned() } else { format!("{healing} clients") };
        reasons.push(format!("{them} would lose a request an hour, and re-read the token then"));
    }
    Readiness { answer, reasons, missing, caveats: caveats(picture) }
}

/// What is missing where requests were refused and it is not to be seen whose they are.
fn open_refusals(picture: &Picture) -> Option<String> {
    let open: Vec<u64> =
        picture.refused.iter().filter(|one| one.standing == Standing::Open).map(|one| one.span.events).collect();
    let requests = match (open.iter().sum(), open.len()) {
        (_, 0) => return None,
        (1, _) => "one request was refused (401)".to_owned(),
        (events, 1) => format!("{events} requests of one client were refused (401)"),
        (events, clients) => format!("{events} requests of {clients} clients were refused (401)"),
    };
    Some(if picture.has_pods {
        format!("{requests}, at addresses of nodes or of several pods, so whose they were is not to be seen")
    } else {
        format!("{requests} and may be any pod's: give the pods' addresses with `--pods`")
    })
}

/// What no log can show.
fn caveats(picture: &Picture) -> Vec<String> {
    let mut caveats = vec![
        "each API server writes its own log; this is about those that were given".to_owned(),
        "what the audit policy drops (level None), or a sampling shipper, cannot be seen".to_owned(),
        "a program that has not run in this time, or not for an hour on end, cannot be seen".to_owned(),
    ];
    if !picture.filter.namespaces.is_empty() {
        caveats.push(format!("only accounts in {} were looked at", picture.filter.namespaces.join(", ")));
    }
    if picture.filter.since.is_some() || picture.filter.until.is_some() {
        caveats.push(match picture.seen.outside_stale {
            0 => "only a part of the time was looked at".to_owned(),
            1 => "only a part of the time was looked at, and one request with a stale token is not in it".to_owned(),
            many => format!("only a part of the time was looked at, and {many} events with stale tokens are not in it"),
        });
    }
    caveats
}
