//! What an audit says, in sentences that all forms for people share.

use anstream::adapter::strip_str;

use super::text;
use crate::audit::picture::{StaleUse, words_of_seconds};
use crate::audit::refused::RefusedUse;
use crate::audit::{Guess, Outlook, Picture};
use crate::report::neutral::brief;
use crate::report::summary::{many, number};

/// The most characters of a name and of a sentence from elsewhere.
const MAX_NAME: usize = 200;
const MAX_SENTENCE: usize = 500;

/// The most clients that are named where it can be one of several.
const MAX_NAMES: usize = 5;

/// What `--ready` answers.
pub(super) const QUESTION: &str =
    "May --service-account-extend-token-expiration be set to false, or the cluster be moved to a platform without it?";

/// What was found and in how much.
pub(super) fn headline(picture: &Picture) -> String {
    let seen = &picture.seen;
    let broken = picture.stale.iter().filter(|one| one.outlook == Outlook::Broken).count();
    let breaks = picture.stale.iter().filter(|one| one.outlook == Outlook::Breaks).count();
    let others = picture.stale.len() - broken - breaks;
    let found = if picture.stale.is_empty() {
        "no stale token".to_owned()
    } else {
        let mut parts = vec![format!("{} to break", number(breaks))];
        if broken > 0 {
            parts.insert(0, format!("{} broken", number(broken)));
        }
        if others > 0 {
            parts.push(format!("{} not to break", number(others)));
        }
        format!("{} with stale tokens: {}", many(picture.stale.len(), "workload"), parts.join(", "))
    };
    let rows = if seen.rows > 0 { format!(" and {}", many(size(seen.rows), "row")) } else { String::new() };
    format!(
        "{found}; {}, {} read in full with {}{rows}, in {}; {}",
        many(size(seen.lines), "line"),
        number(size(seen.lines_read)),
        many(size(seen.events), "event"),
        many(picture.files, "file"),
        text::times(seen.span)
    )
}

/// How long tokens are taken to live, and why.
pub(super) fn reckoned(picture: &Picture) -> String {
    let levels: Vec<&str> = picture.seen.levels.iter().map(|level| level.word()).collect();
    let levels = if levels.is_empty() { String::new() } else { format!("; levels in the log: {}", levels.join(", ")) };
    // Where a stale token was seen, tokens are extended.
    let note = picture.lifetime.note.as_ref().filter(|_| picture.stale.is_empty() || picture.lifetime.is_exceeded);
    let note = note.map_or(String::new(), |note| format!("; {}", brief(note, MAX_SENTENCE)));
    format!(
        "tokens are reckoned to live {} ({}: {}{note}){levels}",
        words_of_seconds(picture.lifetime.seconds),
        brief(&picture.lifetime.name, MAX_NAME),
        brief(&picture.lifetime.why, MAX_SENTENCE)
    )
}

/// What becomes of a client.
pub(super) fn outlook(picture: &Picture, one: &StaleUse) -> String {
    strip_str(&text::outlook(picture, one)).to_string()
}

/// What is known of the library, in a line.
pub(super) fn library(user_agent: Option<&str>, guess: &Guess, is_stale: bool) -> String {
    strip_str(&text::library(user_agent, guess, is_stale)).to_string()
}

/// The clients with stale tokens that were refused, or one of which was.
pub(super) fn one_of(one: &RefusedUse) -> Option<String> {
    let (shown, more) = one.one_of.split_at(one.one_of.len().min(MAX_NAMES));
    let names: Vec<String> = shown.iter().map(|suspect| brief(&suspect.name(), MAX_NAME)).collect();
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", number(more.len())) };
    let what = "which send stale tokens from the same address; which of them is not to be seen";
    (!names.is_empty()).then(|| format!("one of {}{more}, {what}", names.join(", ")))
}

/// The libraries that it can be.
pub(super) fn libraries(guess: &Guess) -> String {
    let names = guess.candidates.iter().map(|one| match &one.version {
        Some(version) => format!("{} {}", brief(&one.package, MAX_NAME), brief(version, MAX_NAME)),
        None => brief(&one.package, MAX_NAME),
    });
    names.collect::<Vec<_>>().join(" or ")
}

pub(super) fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
