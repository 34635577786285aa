//! What was seen of a log, apart from tokens: how much, when, and what may be missing.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::join;
use super::short;
use crate::audit::event::{Facts, Hint, Level, Stage, service_account};

/// Verbs that only read.
const READS: &[&str] = &["get", "list", "watch"];

/// How many hours are told apart: more than a year has.
const MAX_HOURS: usize = 10_000;

/// How many service accounts are remembered: enough to find one of them in a list of pods.
const MAX_ACCOUNTS: usize = 256;

/// How many verbs are told apart; there are about a dozen.
const MAX_VERBS: usize = 64;

/// How many broken places are remembered.
pub(in crate::audit) const MAX_PLACES: usize = 20;

/// What was seen, apart from tokens.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Bytes, after unpacking.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines that were taken apart; of the others it was only seen that they hold none of the phrases.
    pub lines_read: u64,
    /// Lines without a document.
    pub other_lines: u64,
    /// Events that were taken apart.
    pub events: u64,
    /// Events outside of the time or the namespaces that were asked for.
    pub outside: u64,
    /// How many of them, outside of the time, have a stale token.
    pub outside_stale: u64,
    /// Rows of queries' results.
    pub rows: u64,
    /// The time of the first and the last event.
    pub span: Option<(i64, i64)>,
    /// The policy's levels.
    pub levels: BTreeSet<Level>,
    /// How many events there were of each verb.
    pub verbs: BTreeMap<String, u64>,
    /// Events of requests that were let in and answered: these have annotations, and their verbs are what programs do.
    pub(in crate::audit) answered: u64,
    /// How many of them have one.
    pub(in crate::audit) annotated: u64,
    /// How many of them only read.
    pub(in crate::audit) reading: u64,
    /// How many are of service accounts.
    pub(in crate::audit) by_accounts: u64,
    /// Service accounts that requests are of; the first that were seen.
    pub(in crate::audit) accounts: BTreeSet<Box<str>>,
    /// The hours, counted from 1970, that have an event.
    pub(in crate::audit) hours: BTreeSet<i64>,
    /// Events whose objects the API server dropped; their annotations stay.
    pub truncated: u64,
    /// Events that end before their end; their annotations are gone.
    pub cut: u64,
    /// Events with a date that cannot be, and annotations that cannot be read.
    pub odd_dates: u64,
    /// Annotations on stale tokens that cannot be read.
    pub odd_annotations: u64,
    /// Whether there are lines of the old text format, which has no annotations.
    pub has_old_format: bool,
    /// Lines with a document that breaks off.
    pub broken: u64,
    /// The first of them, by number.
    pub broken_lines: Vec<u64>,
    /// Texts that were not unwrapped to their end.
    pub left_out: u64,
    /// For how many seconds a token is accepted by what a query reckoned with; the least.
    pub(in crate::audit) lifetime: Option<i64>,
    /// What the envelopes tell of the platform.
    pub hints: BTreeSet<Hint>,
}

impl Seen {
    pub(super) fn add(&mut self, facts: &Facts, time: Option<i64>, is_wanted: bool) {
        self.events += 1;
        self.span = join(self.span, time.map(|time| (time, time)));
        self.levels.extend(facts.level);
        self.truncated += u64::from(facts.truncated);
        self.cut += u64::from(facts.cut);
        self.odd_dates += u64::from(facts.odd_date);
        if let Some(time) = time
            && self.hours.len() < MAX_HOURS
        {
            self.hours.insert(time.div_euclid(3_600));
        }
        if facts.stage != Some(Stage::Received) && !facts.is_refused() {
            let is_annotated = facts.is_decided || !facts.stale.is_empty() || facts.legacy.is_some();
            let is_by_account = is_wanted && (service_account(&facts.username).is_some() || !facts.stale.is_empty());
            self.answered += 1;
            self.annotated += u64::from(is_annotated);
            self.reading += u64::from(READS.contains(&facts.verb.as_str()));
            self.by_accounts += u64::from(is_by_account);
            if service_account(&facts.username).is_some()
                && self.accounts.len() < MAX_ACCOUNTS
                && !self.accounts.contains(facts.username.as_str())
            {
                self.accounts.insert(short(&facts.username));
            }
        }
        if facts.is_grpc {
            self.hints.insert(Hint::Gke);
        }
        // Nobody else can have such a name there.
        if facts.username.starts_with("eks:") {
            self.hints.insert(Hint::Eks);
        }
        if !facts.verb.is_empty() && facts.verb.len() <= 24 {
            if let Some(count) = self.verbs.get_mut(facts.verb.as_str()) {
                *count += 1;
            } else if self.verbs.len() < MAX_VERBS {
                self.verbs.insert(facts.verb.clone(), 1);
            }
        }
    }

    pub(super) fn join(&mut self, other: Seen, lines_before: u64) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.lines_read += other.lines_read;
        self.other_lines += other.other_lines;
        self.events += other.events;
        self.outside += other.outside;
        self.outside_stale += other.outside_stale;
        self.rows += other.rows;
        self.span = join(self.span, other.span);
        self.levels.extend(other.levels);
        for (verb, count) in other.verbs {
            *self.verbs.entry(verb).or_default() += count;
        }
        self.answered += other.answered;
        self.annotated += other.annotated;
        self.reading += other.reading;
        self.by_accounts += other.by_accounts;
        let room = MAX_ACCOUNTS.saturating_sub(self.accounts.len());
        self.accounts.extend(other.accounts.into_iter().take(room));
        let room = MAX_HOURS.saturating_sub(self.hours.len());
        self.hours.extend(other.hours.into_iter().take(room));
        self.truncated += other.truncated;
        self.cut += other.cut;
        self.odd_dates += other.odd_dates;
        self.odd_annotations += other.odd_annotations;
        self.has_old_format |= other.has_old_format;
        self.broken += other.broken;
        let room = MAX_PLACES.saturating_sub(self.broken_lines.len());
        self.broken_lines.extend(other.broken_lines.into_iter().take(room).map(|line| line + lines_before));
        self.left_out += other.left_out;
        self.hints.extend(other.hints);
        self.lifetime = self.lifetime.into_iter().chain(other.lifetime).min();
    }
}
