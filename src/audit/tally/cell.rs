//! The requests of one client with stale tokens, and its tokens.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::short;

/// How many tokens of one pod are remembered.
const MAX_TOKENS: usize = 12;

/// How many addresses of one client are remembered.
const MAX_ADDRESSES: usize = 8;

/// How far two issue times of one token can be apart, in seconds.
pub(in crate::audit) const SAME_TOKEN: i64 = 15;

/// Events and when they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// How many.
    pub events: u64,
    /// The first and the last, where times are known.
    pub times: Option<(i64, i64)>,
}

/// The requests of one client with stale tokens.
#[derive(Clone, Debug, Default)]
pub(in crate::audit) struct Cell {
    pub(in crate::audit) span: Span,
    /// Requests, by audit ids.
    pub(in crate::audit) requests: u64,
    /// Requests, by rows of queries' results.
    pub(in crate::audit) by_rows: u64,
    /// Events without an audit id.
    pub(in crate::audit) anonymous: u64,
    /// By stage, in the order of [`Stage::ALL`](crate::audit::event::Stage::ALL).
    pub(in crate::audit) stages: [u64; 4],
    /// The greatest count of seconds over the threshold.
    pub(in crate::audit) most_seconds: i64,
    /// The tokens, by when they were issued; the newest ones.
    pub(in crate::audit) tokens: Vec<Token>,
    /// How many older ones there were.
    pub(in crate::audit) tokens_before: u64,
    /// In order.
    pub(in crate::audit) addresses: Vec<Box<str>>,
    pub(in crate::audit) has_more_addresses: bool,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) struct Token {
    /// When it was issued: the earliest and the latest that events make of it.
    pub(in crate::audit) issued: (i64, i64),
    /// When it was used.
    pub(in crate::audit) used: (i64, i64),
    /// Which pod of its name it was issued to, by a hash of the pod's own id; 0 where that is not known.
    pub(in crate::audit) pod: u32,
}

impl Token {
    pub(super) fn new(issued: i64, used: i64, pod_uid: &str) -> Token {
        Token { issued: (issued, issued), used: (used, used), pod: hash_of_id(pod_uid) }
    }

    /// Whether events of both can be of one token.
    pub(super) fn is_same(&self, other: &Token) -> bool {
        self.issued.0 <= other.issued.1 + SAME_TOKEN
            && self.issued.1 >= other.issued.0 - SAME_TOKEN
            && (self.pod == other.pod || self.pod == 0 || other.pod == 0)
    }
}

impl Span {
    pub(in crate::audit) fn add(&mut self, other: Span) {
        self.events += other.events;
        self.times = join(self.times, other.times);
    }

    pub(super) fn of(events: u64, time: Option<i64>) -> Span {
        Span { events, times: time.map(|time| (time, time)) }
    }
}

/// The smallest span that holds both.
pub(super) fn join(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

impl Cell {
    pub(super) fn add_token(&mut self, token: Token) {
        let mut whole = token;
        self.tokens.retain(|known| {
            let is_same = token.is_same(known);
            if is_same {
                whole.issued = (whole.issued.0.min(known.issued.0), whole.issued.1.max(known.issued.1));
                whole.used = (whole.used.0.min(known.used.0), whole.used.1.max(known.used.1));
                whole.pod = whole.pod.max(known.pod);
            }
            !is_same
        });
        let place = self.tokens.partition_point(|known| known.issued < whole.issued);
        self.tokens.reserve_exact(1);
        self.tokens.insert(place, whole);
        if self.tokens.len() > MAX_TOKENS {
            self.tokens.remove(0);
            self.tokens_before += 1;
        }
    }

    pub(super) fn add_address(&mut self, address: &str) {
        let Err(place) = self.addresses.binary_search_by(|known| known.as_ref().cmp(address)) else { return };
        if address.is_empty() {
            // A row of a query's result may have none.
        } else if self.addresses.len() < MAX_ADDRESSES {
            self.addresses.reserve_exact(1);
            self.addresses.insert(place, short(address));
        } else {
            self.has_more_addresses = true;
        }
    }

    /// Adds another sum, but for its requests that are counted by audit ids.
    pub(super) fn join(&mut self, other: Cell) {
        self.span.add(other.span);
        self.anonymous += other.anonymous;
        self.by_rows += other.by_rows;
        for (stage, more) in self.stages.iter_mut().zip(other.stages) {
            *stage += more;
        }
        self.most_seconds = self.most_seconds.max(other.most_seconds);
        other.tokens.into_iter().for_each(|token| self.add_token(token));
        self.tokens_before += other.tokens_before;
        other.addresses.iter().for_each(|address| self.add_address(address));
        self.has_more_addresses |= other.has_more_addresses;
    }
}

/// A hash of a pod's own id that is the same wherever it is asked for, and 0 for none.
fn hash_of_id(id: &str) -> u32 {
    if id.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    let hash = hasher.finish();
    u32::try_from(hash >> 32).unwrap_or_default().max(1)
}
