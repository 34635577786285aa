//! Sums over events: what is kept of them. Its size depends on how many accounts, pods and clients there are, not on how long a log
//! is, and has a bound whatever clients call themselves.
//!
//! Traps:
//! - A client chooses its user agent, and whoever reaches the API server can be refused by it. So each pod and each address has
//!   room for some user agents only, and all together have room for so many; what finds none is added to a sum without a user agent
//!   and counted ([`Tally::folded`]).
//! - One request makes up to three events, and a shipper may deliver an event twice. Requests are counted by their audit ids, as
//!   far as there is room for these; beyond, by stages.
//! - Two events of one token can disagree by ten seconds about when it was issued ([`Stale::issued`]).
//! - The result must not depend on which thread was faster: tallies of parts are added in the order of the parts.

mod cell;
mod seen;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::event::{Facts, Hint, LegacyUse, Stage, Stale, service_account};
use super::unwrap::Sink;
use crate::platform::WARN_AFTER;

pub use cell::Span;
use cell::join;
pub(super) use cell::{Cell, SAME_TOKEN, Token};
pub(super) use seen::MAX_PLACES;
pub use seen::Seen;

/// How many clients with stale tokens there can be, and how many more sums that stand for what found no room.
const MAX_SUMS: usize = 1536;
const MAX_FOLDED: usize = 384;

/// The same of clients that were refused, who can be anyone, and of secrets.
const MAX_OTHERS: usize = 768;
const MAX_OTHERS_FOLDED: usize = 128;

/// How many user agents one pod or address can have.
const MAX_AGENTS: usize = 32;

/// How many requests are told apart by their audit ids: what fits a table of 65,536 places.
const MAX_IDS: usize = 57_344;

/// The most characters of a name from a log: a service account's has up to 338.
const MAX_NAME: usize = 340;

/// The most characters of a user agent. What tells the library stands at its beginning.
const MAX_AGENT: usize = 200;

/// What events are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those from this second on.
    pub since: Option<i64>,
    /// Those before this second.
    pub until: Option<i64>,
    /// Those of accounts in these namespaces; all if there is none.
    pub namespaces: Vec<String>,
}

/// The sums over a log or a part of one.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub(super) filter: Filter,
    /// What was seen at all.
    pub seen: Seen,
    keys: BTreeMap<StaleKey, usize>,
    cells: Vec<Cell>,
    /// Which sum the request with a certain audit id was counted in.
    ids: HashMap<u64, usize>,
    ids_are_full: bool,
    pub(super) legacy: BTreeMap<LegacyKey, Span>,
    pub(super) refused: BTreeMap<RefusedKey, Span>,
    /// How many events found no room under their own user agent, and how many found none at all.
    pub(super) folded: u64,
    pub(super) lost: u64,
}

/// Who sent a stale token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StaleKey {
    pub(super) subject: Box<str>,
    pub(super) seat: Seat,
    /// Empty where the client sent none; nothing where it is not told apart.
    pub(super) user_agent: Option<Box<str>>,
}

/// Where a client runs, as far as the event says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Seat {
    Pod(Box<str>),
    Address(Box<str>),
    #[default]
    Unknown,
}

/// Who used a token from a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LegacyKey {
    pub(super) username: Box<str>,
    pub(super) legacy: LegacyUse,
    pub(super) secret: Box<str>,
    pub(super) user_agent: Option<Box<str>>,
}

/// Who was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RefusedKey {
    pub(super) address: Box<str>,
    pub(super) user_agent: Option<Box<str>>,
}

impl Sink for Tally {
    fn hint(&mut self, hint: Hint) {
        self.seen.hints.insert(hint);
    }

    fn unit(&mut self, facts: &Facts) {
        if facts.row.is_stated() && !facts.is_event() {
            self.row(facts);
        } else if facts.is_event() {
            self.event(facts);
        }
    }
}

impl Tally {
    /// Nothing yet.
    pub fn new(filter: Filter) -> Tally {
        Tally { filter, ..Tally::default() }
    }

    fn event(&mut self, facts: &Facts) {
        let time = facts.seconds();
        if !self.filter.holds_for(time) {
            self.seen.outside += 1;
            self.seen.outside_stale += u64::from(!facts.stale.is_empty());
            return;
        }
        self.seen.add(facts, time, self.filter.takes(&facts.username));
        if !facts.stale.is_empty() {
            self.stale(facts, time);
        }
        if let Some((legacy, value)) = &facts.legacy {
            self.legacy(facts, *legacy, value, Span::of(1, time));
        }
        if facts.is_refused() && service_account(&facts.username).is_none() {
            self.refused(&facts.address, &facts.user_agent, Span::of(1, time));
        }
    }

    fn stale(&mut self, facts: &Facts, time: Option<i64>) {
        let Some(stale) = Stale::read(&facts.stale) else {
            self.seen.odd_annotations += 1;
            return;
        };
        if !self.filter.takes(stale.subject) {
            self.seen.outside += 1;
            return;
        }
        let seat = match (facts.pod.as_str(), facts.address.as_str()) {
            ("", "") => Seat::Unknown,
            ("", address) => Seat::Address(short(address)),
            (pod, _) => Seat::Pod(short(pod)),
        };
        let Some(index) = self.cell(stale.subject, seat, &facts.user_agent, 1) else { return };
        let is_new = match (facts.audit_id.as_str(), self.ids_are_full) {
            ("", _) => None,
            (_, true) => Some(false),
            (id, false) => {
                let mut hasher = DefaultHasher::new();
                id.hash(&mut hasher);
                Some(self.is_new_id(hasher.finish(), index))
            }
        };
        let cell = &mut self.cells[index];
        cell.span.add(Span::of(1, time));
        match is_new {
            Some(is_new) => cell.requests += u64::from(is_new),
            None => cell.anonymous += 1,
        }
        let at = facts.stage.unwrap_or(Stage::Complete);
        cell.stages[Stage::ALL.iter().position(|known| *known == at).unwrap_or_default()] += 1;
        cell.most_seconds = cell.most_seconds.max(stale.seconds);
        if let Some(time) = time {
            cell.add_token(Token::new(stale.issued(time), time, &facts.pod_uid));
        }
        cell.add_address(&facts.address);
    }

    fn is_new_id(&mut self, id: u64, cell: usize) -> bool {
        if self.ids.len() >= MAX_IDS && !self.ids.contains_key(&id) {
            self.ids_are_full = true;
            return false;
        }
        match self.ids.entry(id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(cell);
                true
            }
        }
    }

    /// The sum for a client, for so many events; one of all pods or clients of its account if there is no room for its own.
    fn cell(&mut self, subject: &str, seat: Seat, user_agent: &str, events: u64) -> Option<usize> {
        let key = StaleKey { subject: short(subject), seat, user_agent: Some(cut(user_agent, MAX_AGENT)) };
        self.cell_of(key, events)
    }

    fn cell_of(&mut self, mut key: StaleKey, events: u64) -> Option<usize> {
        let (mut most, mut is_folded) = (MAX_SUMS, false);
        loop {
            if let Some(index) = self.keys.get(&key) {
                self.folded += if is_folded { events } else { 0 };
                return Some(*index);
            }
            if self.keys.len() < most && self.agents_of(&key) < MAX_AGENTS {
                self.folded += if is_folded { events } else { 0 };
                let index = self.cells.len();
                self.cells.push(Cell::default());
                self.keys.insert(key, index);
                return Some(index);
            }
            is_folded = true;
            // First the pods are no longer told apart, then the user agents.
            if key.seat != Seat::Unknown {
                key.seat = Seat::Unknown;
                most = MAX_SUMS + MAX_FOLDED / 2;
            } else if key.user_agent.is_some() {
                key.user_agent = None;
                most = MAX_SUMS + MAX_FOLDED;
            } else {
                self.lost += events;
                return None;
            }
        }
    }

    /// How many user agents a pod or address has; a sum without one is always let in.
    fn agents_of(&self, key: &StaleKey) -> usize {
        if key.user_agent.is_none() {
            return 0;
        }
        let first = StaleKey { user_agent: None, ..key.clone() };
        self.keys
            .range(&first..)
            .take_while(|(other, _)| other.subject == key.subject && other.seat == key.seat)
            .count()
    }

    fn legacy(&mut self, facts: &Facts, legacy: LegacyUse, value: &str, span: Span) {
        // The older annotation's value is the subject, the others' the secret.
        let (username, secret) = match legacy {
            LegacyUse::Used => (value, ""),
            LegacyUse::Autogenerated | LegacyUse::Manual | LegacyUse::Invalidated => (facts.username.as_str(), value),
        };
        if !self.filter.takes(username) {
            return;
        }
        let (username, secret) = (short(username), short(secret));
        let key = LegacyKey { username, legacy, secret, user_agent: Some(cut(&facts.user_agent, MAX_AGENT)) };
        self.add_legacy(key, span);
    }

    fn add_legacy(&mut self, key: LegacyKey, span: Span) {
        let has_room = self.legacy.len() < MAX_OTHERS || self.legacy.contains_key(&key);
        let key = if has_room { key } else { LegacyKey { user_agent: None, ..key } };
        if has_room || self.legacy.len() < MAX_OTHERS + MAX_OTHERS_FOLDED || self.legacy.contains_key(&key) {
            self.folded += if has_room { 0 } else { span.events };
            self.legacy.entry(key).or_default().add(span);
        } else {
            self.lost += span.events;
        }
    }

    fn refused(&mut self, address: &str, user_agent: &str, span: Span) {
        self.add_refused(RefusedKey { address: short(address), user_agent: Some(cut(user_agent, MAX_AGENT)) }, span);
    }

    fn add_refused(&mut self, key: RefusedKey, span: Span) {
        if let Some(known) = self.refused.get_mut(&key) {
            return known.add(span);
        }
        let all = RefusedKey { address: key.address.clone(), user_agent: None };
        let agents = self.refused.range(&all..).take_while(|(other, _)| other.address == key.address).count();
        if agents < MAX_AGENTS && self.refused.len() < MAX_OTHERS {
            self.refused.insert(key, span);
        } else if self.refused.len() < MAX_OTHERS + MAX_OTHERS_FOLDED || self.refused.contains_key(&all) {
            self.folded += if key.user_agent.is_some() { span.events } else { 0 };
            self.refused.entry(all).or_default().add(span);
        } else {
            self.lost += span.events;
        }
    }

    /// A row of a query's result stands for many events, or for one.
    fn row(&mut self, facts: &Facts) {
        let row = &facts.row;
        let time = row.last_seen.or(facts.seconds());
        if !self.filter.holds_for(time) {
            self.seen.outside += 1;
            return;
        }
        let count = u64::try_from(row.requests.unwrap_or(1)).unwrap_or(1);
        let span =
            Span { events: count, times: join(row.first_seen.map(|time| (time, time)), time.map(|time| (time, time))) };
        // The query knew how long tokens live.
        let lifetime = row.issued_last.zip(row.breaks_at).map(|(issued, breaks)| breaks - issued);
        self.seen.lifetime = self.seen.lifetime.into_iter().chain(lifetime).min();
        if row.subject.is_empty() || row.max_seconds.is_none() {
            if facts.is_refused() {
                self.seen.rows += 1;
                self.seen.span = join(self.seen.span, span.times);
                self.refused(&facts.address, &facts.user_agent, span);
            }
            return;
        }
        self.seen.rows += 1;
        self.seen.span = join(self.seen.span, span.times);
        if !self.filter.takes(&row.subject) {
            self.seen.outside += 1;
            return;
        }
        let seat = match (row.pod.as_str(), facts.address.as_str()) {
            ("", "") => Seat::Unknown,
            ("", address) => Seat::Address(short(address)),
            (pod, _) => Seat::Pod(short(pod)),
        };
        let Some(index) = self.cell(&row.subject, seat, &facts.user_agent, count) else { return };
        let cell = &mut self.cells[index];
        let most = row.max_seconds.unwrap_or_default();
        cell.span.add(span);
        cell.by_rows += count;
        cell.most_seconds = cell.most_seconds.max(most);
        let last = row.issued_last.or(time.map(|time| time - most - WARN_AFTER));
        let first = row.issued_first.or(last);
        if let (Some(first), Some(last), Some(used)) = (first, last, span.times) {
            // Of the tokens between nothing is known but their number.
            cell.add_token(Token { issued: (last, last), used, pod: 0 });
            cell.add_token(Token { issued: (first, first), used: (used.0, used.0), pod: 0 });
            let known = if last - first > SAME_TOKEN { 2 } else { 1 };
            cell.tokens_before += u64::try_from(row.tokens.unwrap_or_default()).unwrap_or(0).saturating_sub(known);
        }
        cell.add_address(&facts.address);
    }

    /// Adds the sums over the part of the log that comes next.
    pub fn add(&mut self, other: Tally) {
        let lines_before = self.seen.lines;
        self.seen.join(other.seen, lines_before);
        self.folded += other.folded;
        self.lost += other.lost;
        let mut cells: Vec<Option<Cell>> = other.cells.into_iter().map(Some).collect();
        let mut moved = vec![None; cells.len()];
        for (key, index) in other.keys {
            let Some(cell) = cells[index].take() else { continue };
            if let Some(new) = self.cell_of(key, cell.span.events) {
                moved[index] = Some(new);
                self.cells[new].join(cell);
            }
        }
        self.ids_are_full |= other.ids_are_full;
        for (id, index) in other.ids {
            if let Some(new) = moved[index]
                && self.is_new_id(id, new)
            {
                self.cells[new].requests += 1;
            }
        }
        for (key, span) in other.legacy {
            self.add_legacy(key, span);
        }
        for (key, span) in other.refused {
            self.add_refused(key, span);
        }
    }

    /// How many sums there are: what a tally weighs.
    pub fn weight(&self) -> usize {
        self.keys.len() + self.refused.len() + self.legacy.len()
    }

    /// The sums over requests with stale tokens, in the order of their keys.
    pub(super) fn stale_sums(&self) -> impl Iterator<Item = (&StaleKey, &Cell)> {
        self.keys.iter().map(|(key, index)| (key, &self.cells[*index]))
    }

    /// How many requests a sum is of, and whether that is exact.
    pub(super) fn requests(&self, cell: &Cell) -> (u64, bool) {
        let by_stage = cell.stages.iter().copied().max().unwrap_or_default();
        match (self.ids_are_full, cell.anonymous) {
            (false, anonymous) => (cell.requests + anonymous + cell.by_rows, anonymous == 0),
            (true, _) => (by_stage.max(cell.requests) + cell.by_rows, false),
        }
    }
}

impl Filter {
    fn holds_for(&self, time: Option<i64>) -> bool {
        // What has no time may lie in it.
        time.is_none_or(|time| {
            self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
        })
    }

    fn takes(&self, username: &str) -> bool {
        self.namespaces.is_empty()
            || service_account(username)
                .is_some_and(|(namespace, _)| self.namespaces.iter().any(|wanted| wanted == namespace))
    }
}

/// A name from a log, so short that many have room.
fn short(name: &str) -> Box<str> {
    cut(name, MAX_NAME)
}

fn cut(text: &str, most: usize) -> Box<str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].into(),
        None => text.into(),
    }
}
