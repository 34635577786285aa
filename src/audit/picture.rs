//! The finished value of an audit: what the sums over the events mean.
//!
//! Traps:
//! - The same workload has many pods, and each pod its own token. Whether a client re-reads its token is seen pod by pod ([`Habit`]);
//!   when the workload breaks is when its first pod does.
//! - There is no clock here. "Now" is the last event, so that the same log gives the same picture tomorrow.

use std::collections::{BTreeMap, BTreeSet};

use super::agents::{Agents, Guess};
use super::event::{LegacyUse, service_account};
use super::gaps::{self, Gap};
use super::habit::Habit;
use super::join::Joins;
use super::pods::{Pod, Pods};
use super::ready::{self, Readiness};
use super::refused::{self, RefusedUse, Suspect};
use super::tally::{Cell, Filter, Seat, Seen, Span, StaleKey, Tally};
use super::workload::Workload;
use crate::model::words;
use crate::platform::{Platform, Platforms, WARN_AFTER};
use crate::rules::{Index, RuleSet};

/// What the reader of the logs wants to know.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The word of the platform; found out if there is none.
    pub platform: Option<String>,
    /// For how many seconds a token is accepted, whatever the platform.
    pub lifetime: Option<i64>,
    /// The cluster's pods, if they are known.
    pub pods: Option<Pods>,
    /// What is known of client libraries.
    pub rules: &'a RuleSet,
    /// What is known of how they call themselves.
    pub agents: &'a Agents,
    /// What is known of platforms.
    pub platforms: &'a Platforms,
}

/// What the logs show.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What was asked for.
    pub filter: Filter,
    /// How long tokens live, and how that is known.
    pub lifetime: Lifetime,
    /// What was seen at all.
    pub seen: Seen,
    /// How many files were read.
    pub files: usize,
    /// Whether a list of pods was given.
    pub has_pods: bool,
    /// Whether that is of none that the log knows.
    pub is_of_other_pods: bool,
    /// Who sends stale tokens: what breaks first comes first.
    pub stale: Vec<StaleUse>,
    /// Who was refused; who most often comes first.
    pub refused: Vec<RefusedUse>,
    /// Who uses tokens from secrets.
    pub legacy: Vec<SecretUse>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
    /// Whether the extension can be switched off.
    pub readiness: Readiness,
    /// What was scanned for the source of all that, as the user calls it.
    pub scans: Vec<String>,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
}

/// For how long tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// In seconds, from their issue.
    pub seconds: i64,
    /// The word of the platform.
    pub platform: String,
    /// What people call it.
    pub name: String,
    /// How that is known, as a sentence.
    pub why: String,
    /// What else there is to know.
    pub note: Option<String>,
    /// Whether a token was accepted that was older than that.
    pub is_exceeded: bool,
}

words! {
    /// Whether a client re-reads its token.
    Refresh {
        /// It sends a token that is days old.
        Never = "never",
        /// It sends one token after the other, each for too long.
        Late = "late",
        /// The log is too short to tell.
        Unknown = "unknown",
    }
}

words! {
    /// What becomes of a client.
    Outlook {
        /// It is refused already.
        Broken = "broken",
        /// It will be refused from a certain day on.
        Breaks = "breaks",
        /// It re-reads its token, if too late; without the extension it would be refused for a while each time.
        Late = "late",
        /// It re-reads its token as soon as it is refused.
        Heals = "heals",
        /// None of its pods is there any more, and no other of its service account.
        Gone = "gone",
    }
}

/// The requests of one workload with stale tokens, by one user agent.
#[derive(Clone, Debug)]
pub struct StaleUse {
    /// The service account, by its full name.
    pub subject: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub account: Option<String>,
    /// The workload.
    pub workload: Option<Workload>,
    /// The pods; those that break first come first.
    pub pods: Vec<PodUse>,
    /// What the client calls itself; empty where it does not, `None` where several are summed up.
    pub user_agent: Option<String>,
    /// What that reveals.
    pub library: Guess,
    /// Events in the log.
    pub events: u64,
    /// Requests, and whether their number is exact.
    pub requests: u64,
    /// Whether each request was told from the others.
    pub is_exact: bool,
    /// Distinct tokens.
    pub tokens: u64,
    /// The first and the last request.
    pub times: Option<(i64, i64)>,
    /// The greatest age, in seconds, of a token when it was sent.
    pub age: i64,
    /// Whether the client re-reads its token.
    pub refresh: Refresh,
    /// Where the requests came from; the first few.
    pub addresses: Vec<String>,
    /// Whether there were more.
    pub has_more_addresses: bool,
    /// Requests from the same addresses by the same user agent that were refused.
    pub refused: Option<Span>,
    /// The images it runs, by the list of pods.
    pub images: BTreeSet<String>,
    /// What becomes of it.
    pub outlook: Outlook,
    /// From when on it is refused.
    pub breaks: Option<i64>,
    /// Where its source is; nothing if that was not asked for.
    pub source: Option<Joins>,
}

/// The requests of one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodUse {
    /// Its name, or its address if the log has no name.
    pub name: String,
    /// Whether that is an address.
    pub is_address: bool,
    /// When the token was issued that is refused first, of those that it still sends.
    pub issued: Option<i64>,
    /// How many tokens it sent.
    pub tokens: u64,
    /// The first and the last request.
    pub times: Option<(i64, i64)>,
    /// Whether it re-reads its token.
    pub refresh: Refresh,
    /// From when on it is refused.
    pub breaks: Option<i64>,
    /// Whether it is in the list of pods; nothing if there is no list.
    pub exists: Option<bool>,
}

/// Requests with a token from a secret.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// Who.
    pub username: String,
    /// What kind of secret.
    pub legacy: LegacyUse,
    /// Its name, if the log has it.
    pub secret: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// How many, and when.
    pub span: Span,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// The line, if it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl Picture {
    /// What a tally means.
    pub fn new(tally: &Tally, options: &Options<'_>, files: usize, mut problems: Vec<Problem>) -> Picture {
        problems.sort();
        let index = options.rules.index();
        let most = tally.stale_sums().map(|(_, cell)| cell.most_seconds).max();
        let lifetime = Lifetime::find(options, &tally.seen, most);
        let mut stale = stale_uses(tally, options, &index, lifetime.seconds);
        let (refused, of_stale) = refused::find(tally, options, &index, &stale);
        for (one, refused) in stale.iter_mut().zip(of_stale) {
            one.decide(refused);
        }
        stale.sort_by(|a, b| a.key().cmp(&b.key()));
        let legacy = tally.legacy.iter().map(|(key, span)| SecretUse {
            username: key.username.to_string(),
            legacy: key.legacy,
            secret: Some(key.secret.to_string()).filter(|secret| !secret.is_empty()),
            user_agent: key.user_agent.as_deref().map(str::to_owned),
            span: *span,
        });
        let mut picture = Picture {
            filter: tally.filter.clone(),
            lifetime,
            seen: tally.seen.clone(),
            files,
            has_pods: options.pods.is_some(),
            is_of_other_pods: options.pods.as_ref().is_some_and(|pods| is_of_others(pods, tally)),
            stale,
            refused,
            legacy: legacy.collect(),
            gaps: Vec::new(),
            readiness: Readiness::default(),
            scans: Vec::new(),
            problems,
        };
        picture.gaps = gaps::find(&picture, tally);
        picture.readiness = ready::judge(&picture);
        picture
    }

    /// The time of the last event.
    pub fn as_of(&self) -> Option<i64> {
        self.seen.span.map(|(_, last)| last)
    }
}

impl Lifetime {
    fn find(options: &Options<'_>, seen: &Seen, most: Option<i64>) -> Lifetime {
        let known = |id: &str| options.platforms.find(id);
        let upstream = known("upstream");
        let (platform, why) = match &options.platform {
            Some(id) => (known(id), "it was stated".to_owned()),
            None => {
                let hinted = seen.hints.iter().filter_map(|hint| known(hint.word()));
                let reckoned = seen.lifetime.and_then(|lifetime| options.platforms.with_lifetime(lifetime));
                let mut found: Vec<&Platform> = hinted.chain(reckoned).collect();
                // What breaks first is what matters.
                found.sort_by_key(|platform| platform.lifetime);
                found.dedup_by_key(|platform| &platform.id);
                match found.as_slice() {
                    [] => (upstream, "nothing in the log says otherwise".to_owned()),
                    [one] => (Some(*one), format!("the log looks like one of {}", one.name)),
                    [first, ..] => {
                        (Some(*first), "the logs are of several platforms, and this one is the strictest".to_owned())
                    }
                }
            }
        };
        let seconds =
            options.lifetime.or(platform.map(|platform| platform.lifetime)).unwrap_or(crate::platform::EXTENDED);
        let mut lifetime = Lifetime {
            seconds,
            platform: platform.map_or("upstream", |platform| platform.id.as_str()).to_owned(),
            name: platform.map_or("Kubernetes", |platform| platform.name.as_str()).to_owned(),
            why: if options.lifetime.is_some() { "the lifetime was stated".to_owned() } else { why },
            note: platform.and_then(|platform| platform.note.clone()).filter(|_| options.lifetime.is_none()),
            is_exceeded: false,
        };
        // A token that was accepted at an age was not refused at that age.
        let Some(age) = most.map(|most| most + WARN_AFTER).filter(|age| *age > lifetime.seconds) else {
            return lifetime;
        };
        let days = age / 86_400;
        if let (None, None, Some(upstream)) = (&options.platform, options.lifetime, upstream)
            && age <= upstream.lifetime
        {
            lifetime = Lifetime {
                seconds: upstream.lifetime,
                platform: upstream.id.clone(),
                name: upstream.name.clone(),
                why: format!(
                    "a token of {days} days was accepted, so none is refused at {} days",
                    lifetime.seconds / 86_400
                ),
                note: None,
                is_exceeded: false,
            };
        } else {
            lifetime.is_exceeded = true;
            lifetime.note = Some(format!("yet a token of {days} days was accepted, which is longer than that"));
        }
        lifetime
    }
}

impl StaleUse {
    fn key(&self) -> (bool, i64, &str, Option<&Workload>, &Option<String>) {
        let at = self.breaks.unwrap_or(i64::MAX);
        let is_harmless = matches!(self.outlook, Outlook::Late | Outlook::Heals | Outlook::Gone);
        (is_harmless, at, &self.subject, self.workload.as_ref(), &self.user_agent)
    }

    /// Who that is.
    pub fn suspect(&self) -> Suspect {
        Suspect { subject: self.subject.clone(), workload: self.workload.clone() }
    }

    /// Decides what becomes of it, given its requests that were refused.
    fn decide(&mut self, refused: Span) {
        if refused.events > 0 {
            self.refused = Some(refused);
        }
        let last_stale = self.times.map(|(_, last)| last);
        let is_refused_since = refused.times.zip(last_stale).is_some_and(|((_, last), stale)| last >= stale);
        if is_refused_since && (!self.library.heals() || refused::lasts(refused)) {
            self.outlook = Outlook::Broken;
        } else if self.outlook == Outlook::Breaks && self.library.heals() {
            self.outlook = Outlook::Heals;
        }
    }
}

/// Whether a list of pods has none of any service account that the log names.
fn is_of_others(pods: &Pods, tally: &Tally) -> bool {
    let stale = tally.stale_sums().map(|(key, _)| key.subject.as_ref());
    let mut accounts =
        tally.seen.accounts.iter().map(AsRef::as_ref).chain(stale).filter_map(service_account).peekable();
    accounts.peek().is_some() && !accounts.any(|(namespace, account)| pods.has_account(namespace, account))
}

fn stale_uses(tally: &Tally, options: &Options<'_>, index: &Index<'_>, lifetime: i64) -> Vec<StaleUse> {
    // Pods that are gone have the same workload as those that the list knows, by another way.
    type Key = (String, Option<String>, Option<String>);
    let mut uses: BTreeMap<Key, StaleUse> = BTreeMap::new();
    for (key, cell) in tally.stale_sums() {
        let (pod, workload, listed) = place(key, cell, options.pods.as_ref());
        let user_agent = key.user_agent.as_deref().map(str::to_owned);
        let name = workload.as_ref().map(|workload| workload.name.clone());
        let place = (key.subject.to_string(), name, user_agent.clone());
        let one = uses.entry(place).or_insert_with(|| {
            let account = service_account(&key.subject);
            StaleUse {
                subject: key.subject.to_string(),
                namespace: account.map(|(namespace, _)| namespace.to_owned()),
                account: account.map(|(_, name)| name.to_owned()),
                workload: workload.clone(),
                pods: Vec::new(),
                library: match &user_agent {
                    Some(text) => options.agents.guess(options.rules, index, text),
                    None => Guess::nothing(),
                },
                user_agent,
                events: 0,
                requests: 0,
                is_exact: true,
                tokens: 0,
                times: None,
                age: 0,
                refresh: Refresh::Unknown,
                addresses: Vec::new(),
                has_more_addresses: false,
                refused: None,
                images: BTreeSet::new(),
                outlook: Outlook::Breaks,
                breaks: None,
                source: None,
            }
        });
        one.add(tally, cell);
        if workload.as_ref().is_some_and(|workload| !workload.is_guess) {
            one.workload = workload;
        }
        if let Some(listed) = listed {
            one.images.extend(listed.images.iter().cloned());
        }
        let has_list = options.pods.is_some();
        one.pods.push(pod_use(pod, cell, &one.library, lifetime, has_list.then_some(listed.is_some())));
    }
    uses.into_values().map(|one| finished(one, options.pods.as_ref())).collect()
}

/// The pod that a sum is of, its workload, and what the list of pods says of it.
fn place<'p>(
    key: &StaleKey,
    cell: &Cell,
    pods: Option<&'p Pods>,
) -> (Option<(String, bool)>, Option<Workload>, Option<&'p Pod>) {
    let namespace = service_account(&key.subject).map_or("", |(namespace, _)| namespace);
    match &key.seat {
        Seat::Pod(name) => {
            let listed = pods.and_then(|pods| pods.find(namespace, name));
            let workload = listed.map_or_else(|| Workload::of_pod(name), |pod| pod.workload.clone());
            (Some((name.to_string(), false)), Some(workload), listed)
        }
        Seat::Address(address) => {
            let at = |address: &str| pods.and_then(|pods| pods.at(address)).filter(|pod| pod.namespace == namespace);
            let listed = at(address).or_else(|| cell.addresses.iter().find_map(|address| at(address)));
            let name = listed.map_or((address.to_string(), true), |pod| (pod.name.clone(), false));
            (Some(name), listed.map(|pod| pod.workload.clone()), listed)
        }
        Seat::Unknown => (None, None, None),
    }
}

fn pod_use(name: Option<(String, bool)>, cell: &Cell, library: &Guess, lifetime: i64, exists: Option<bool>) -> PodUse {
    let is_pod = name.as_ref().is_some_and(|(_, is_address)| !is_address);
    let habit = Habit::of(cell, is_pod, library.keeps());
    let (refresh, issued) = match &name {
        Some(_) => (habit.refresh, habit.issued),
        // Where it is not known whose tokens they are, the oldest one is refused first.
        None => (Refresh::Unknown, cell.tokens.first().map(|token| token.issued.0)),
    };
    let (name, is_address) = name.unwrap_or_default();
    PodUse {
        is_address,
        issued,
        tokens: cell.tokens.len() as u64 + cell.tokens_before,
        times: cell.span.times,
        refresh,
        breaks: match refresh {
            Refresh::Late => None,
            Refresh::Never | Refresh::Unknown => issued.map(|issued| issued + lifetime),
        },
        // An address that is not in the list says nothing about the pod.
        exists: if is_address || name.is_empty() { None } else { exists },
        name,
    }
}

impl StaleUse {
    fn add(&mut self, tally: &Tally, cell: &Cell) {
        let (requests, is_exact) = tally.requests(cell);
        self.requests += requests;
        self.is_exact &= is_exact;
        let mut span = Span { events: self.events, times: self.times };
        span.add(cell.span);
        (self.events, self.times) = (span.events, span.times);
        self.tokens += cell.tokens.len() as u64 + cell.tokens_before;
        self.age = self.age.max(cell.most_seconds + WARN_AFTER);
        self.addresses.extend(cell.addresses.iter().map(ToString::to_string));
        self.has_more_addresses |= cell.has_more_addresses;
    }
}

/// What follows from all pods of a workload.
fn finished(mut one: StaleUse, pods: Option<&Pods>) -> StaleUse {
    one.addresses.sort();
    one.addresses.dedup();
    let is_there = |pod: &&PodUse| pod.exists != Some(false);
    let there: Vec<&PodUse> = one.pods.iter().filter(is_there).collect();
    one.breaks = there.iter().filter_map(|pod| pod.breaks).min();
    let all = |refresh: Refresh| !one.pods.is_empty() && one.pods.iter().all(|pod| pod.refresh == refresh);
    one.refresh = if one.pods.iter().any(|pod| pod.refresh == Refresh::Never) {
        Refresh::Never
    } else if all(Refresh::Late) {
        Refresh::Late
    } else {
        Refresh::Unknown
    };
    // Where its pods are gone, those of the same account that came after them do as they did.
    let account = one.namespace.as_deref().zip(one.account.as_deref());
    let goes_on = account.is_some_and(|(namespace, name)| pods.is_some_and(|pods| pods.has_account(namespace, name)));
    one.outlook = if there.is_empty() && !goes_on {
        Outlook::Gone
    } else if there.is_empty() {
        Outlook::Breaks
    } else if there.iter().all(|pod| pod.refresh == Refresh::Late) {
        Outlook::Late
    } else {
        Outlook::Breaks
    };
    one.pods.sort_by(|a, b| {
        let key = |pod: &PodUse| (pod.exists == Some(false), pod.breaks.unwrap_or(i64::MAX));
        (key(a), &a.name).cmp(&(key(b), &b.name))
    });
    one.pods.retain(|pod| !pod.name.is_empty());
    one
}

/// `3 days 4 hours`, `12 minutes`: the two greatest units.
pub fn words_of_seconds(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (name, size) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
}
