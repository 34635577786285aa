//! Where in our source a client is that the logs show: a stale workload, joined with the clients of scanned repositories.
//!
//! There are four ways, and each join says by which it was made. From the surest to the weakest: somebody has written it down
//! ([`Mapping`]); a Kubernetes manifest beside the client names the service account ([`Mention`]); the user agent tells a library and
//! a version, and a client is of both; a client is of the library alone. A weaker way is not asked where a surer one has an answer.
//!
//! Traps:
//! - What runs can be older than what is in the repository: an upgrade that was not rolled out. So another version does not end
//!   a join, but it is said ([`Fit::Differs`]).
//! - A manifest without a namespace can be of any; one that states another is of another account.
//! - Several places can fit. All are given, the likelier first; which one it is remains open.
//!
//! Not done: joining by images, and rendering the templates of manifests.

pub mod manifests;
pub mod mapping;

use std::cmp::Reverse;
use std::collections::BTreeSet;

pub use manifests::Mention;
pub use mapping::Mapping;

use super::agents::{Candidate, Guess};
use super::event::service_account;
use super::picture::Picture;
use super::refused::Standing;
use crate::ecosystem;
use crate::judge::Verdict;
use crate::model::{Ecosystem, Scope, words};
use crate::source::LineCol;

/// Most places of one workload that are kept.
const MAX_PLACES: usize = 50;

words! {
    /// By what a workload and a client were joined, the surest first.
    How {
        /// The user's own mapping.
        Mapping = "mapping",
        /// A Kubernetes manifest of the repository names the service account.
        Account = "service-account",
        /// The user agent tells this library and this version.
        Version = "version",
        /// The user agent tells this library, or one of several.
        Library = "library",
    }
}

words! {
    /// How a client in source fits what the user agent tells.
    Fit {
        /// It is of the library and of the version.
        Same = "same",
        /// It is of the library; the version is not told, here or there.
        Possible = "possible",
        /// It is of the library, and of another version: it may have been changed since.
        Differs = "differs",
        /// The user agent tells no library for sure.
        Untold = "untold",
        /// No client of the library is where it should be.
        Missing = "missing",
    }
}

/// What was scanned, and what the user says of it.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Each repository, or part of one.
    pub scans: Vec<Scanned>,
    /// Which account is where.
    pub mapping: Option<Mapping>,
}

/// What is known of a repository.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// What the user calls it.
    pub name: String,
    /// Where its paths count from, as the user would write it.
    pub root: String,
    /// Its clients.
    pub clients: Vec<SourceClient>,
    /// Where its Kubernetes manifests name stale accounts.
    pub mentions: Vec<Mention>,
}

/// A client in source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceClient {
    /// Where it is published.
    pub ecosystem: Ecosystem,
    /// Its package.
    pub package: String,
    /// The version that is selected, if it is exact.
    pub selected: Option<String>,
    /// The version text as written.
    pub declared: Option<String>,
    /// What it is for.
    pub scope: Scope,
    /// What the rules say of it.
    pub verdict: Verdict,
    /// What to change.
    pub help: Option<String>,
    /// The file.
    pub path: String,
    /// The place in it where a person would edit.
    pub at: LineCol,
}

/// A place in source that a workload can come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// By what they were joined.
    pub how: How,
    /// How they fit.
    pub fit: Fit,
    /// What was scanned.
    pub scan: String,
    /// The client; none if there is no such client where it should be.
    pub client: Option<SourceClient>,
    /// The manifest that names the account.
    pub manifest: Option<Mention>,
    /// Whether no other client lies nearer to that.
    pub is_nearest: bool,
}

/// The places that a workload can come from, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joins {
    /// The places.
    pub places: Vec<Join>,
    /// How many more there are.
    pub left_out: usize,
}

/// A client beside the repository it is in.
type Seen<'a> = (&'a Scanned, &'a SourceClient);

impl Picture {
    /// The namespaces and names of the accounts whose source is looked for.
    pub fn accounts(&self) -> BTreeSet<(String, String)> {
        let stale = self.stale.iter().filter_map(|one| one.namespace.clone().zip(one.account.clone()));
        let refused = self.refused.iter().filter(|one| one.standing == Standing::Ours);
        let refused = refused.filter_map(|one| one.pod.as_ref());
        stale.chain(refused.map(|pod| (pod.namespace.clone(), pod.account.clone()))).collect()
    }

    /// Looks for the source of whoever sends stale tokens or is refused.
    pub fn join(&mut self, sources: &Sources) {
        self.scans = sources.scans.iter().map(|scan| scan.name.clone()).collect();
        for one in &mut self.stale {
            let account = service_account(&one.subject);
            let workload = one.workload.as_ref().map(|workload| workload.name.as_str());
            one.source = Some(sources.places(account, workload, &one.library));
        }
        for one in self.refused.iter_mut().filter(|one| one.standing == Standing::Ours) {
            let account = one.pod.as_ref().map(|pod| (pod.namespace.as_str(), pod.account.as_str()));
            let workload = one.pod.as_ref().map(|pod| pod.workload.name.as_str());
            one.source = Some(sources.places(account, workload, &one.library));
        }
    }
}

impl Sources {
    /// The places that a workload can come from.
    pub fn places(&self, account: Option<(&str, &str)>, workload: Option<&str>, guess: &Guess) -> Joins {
        let mut places = Vec::new();
        if let Some((namespace, name)) = account {
            places = self.mapped(namespace, name, guess);
            if places.is_empty() {
                places = self.named(namespace, name, workload, guess);
            }
        }
        if places.is_empty() {
            places = self.alike(guess);
        }
        let left_out = places.len().saturating_sub(MAX_PLACES);
        places.truncate(MAX_PLACES);
        Joins { places, left_out }
    }

    /// By the user's mapping.
    fn mapped(&self, namespace: &str, name: &str, guess: &Guess) -> Vec<Join> {
        let mut places = Vec::new();
        let entries = self.mapping.iter().flat_map(|mapping| mapping.of(namespace, name));
        let entries = entries.filter(|entry| self.scans.iter().any(|scan| entry.is_about(&scan.name)));
        for entry in entries {
            let clients: Vec<Seen<'_>> = self
                .clients()
                .filter(|(scan, client)| entry.holds(&scan.name, &client.path, &scan.shown(&client.path)))
                .collect();
            let mut found = fitting(How::Mapping, guess, &clients, None);
            if found.is_empty() {
                let (how, fit, scan) = (How::Mapping, Fit::Missing, entry.paths().to_owned());
                found.push(Join { how, fit, scan, client: None, manifest: None, is_nearest: false });
            }
            places.extend(found);
        }
        // Of one place in two entries one is enough, and what is there tells more than what is not.
        places.sort_by_key(|place| place.client.is_none());
        let mut kept: Vec<Join> = Vec::new();
        for place in places {
            if !kept.iter().any(|other| other.client == place.client && other.scan == place.scan) {
                kept.push(place);
            }
        }
        kept
    }

    /// By the manifests that name the account.
    fn named(&self, namespace: &str, name: &str, workload: Option<&str>, guess: &Guess) -> Vec<Join> {
        let is_of = |mention: &&Mention| {
            mention.account == name && mention.namespace.as_deref().is_none_or(|stated| stated == namespace)
        };
        let all = || self.scans.iter().flat_map(|scan| &scan.mentions).filter(is_of);
        let is_stated = all().any(|mention| mention.namespace.is_some());
        let mut places = Vec::new();
        for scan in &self.scans {
            let rank = |mention: &Mention| {
                let is_workload = workload.is_some_and(|workload| mention.name.as_deref() == Some(workload));
                (is_workload && !mention.is_account, !mention.is_account)
            };
            let mentions: Vec<&Mention> =
                scan.mentions.iter().filter(is_of).filter(|one| !is_stated || one.namespace.is_some()).collect();
            let Some(best) = mentions.iter().map(|mention| rank(mention)).max() else { continue };
            let mentions: Vec<&Mention> = mentions.into_iter().filter(|mention| rank(mention) == best).collect();
            let clients: Vec<Seen<'_>> = scan.clients.iter().map(|client| (scan, client)).collect();
            let mut found = fitting(How::Account, guess, &clients, Some(&mentions));
            if found.is_empty() {
                found = mentions
                    .iter()
                    .map(|mention| Join {
                        how: How::Account,
                        fit: Fit::Missing,
                        scan: scan.name.clone(),
                        client: None,
                        manifest: Some(scan.shown_mention(mention)),
                        is_nearest: false,
                    })
                    .collect();
            }
            places.extend(found);
        }
        // A repository with the account and the client tells more than one with the account alone.
        places.sort_by_key(|place| (place.client.is_none(), place.fit));
        places
    }

    /// By what the user agent tells.
    fn alike(&self, guess: &Guess) -> Vec<Join> {
        if guess.candidates.is_empty() {
            return Vec::new();
        }
        let clients: Vec<Seen<'_>> = self.clients().collect();
        let mut places = fitting(How::Library, guess, &clients, None);
        places.retain(|place| place.fit != Fit::Untold);
        for place in places.iter_mut().filter(|place| place.fit == Fit::Same) {
            place.how = How::Version;
        }
        places
    }

    fn clients(&self) -> impl Iterator<Item = Seen<'_>> {
        self.scans.iter().flat_map(|scan| scan.clients.iter().map(move |client| (scan, client)))
    }
}

/// The clients that fit what a user agent tells: those of the version, else those of the library. Where it tells nothing for sure,
/// any can be it.
fn fitting(how: How, guess: &Guess, clients: &[Seen<'_>], mentions: Option<&[&Mention]>) -> Vec<Join> {
    let is_hint = guess.certainty == super::Certainty::Unknown;
    let fits = |client: &SourceClient| guess.candidates.iter().filter_map(|one| fit(one, client)).min();
    let mut found: Vec<(Fit, Seen<'_>)> =
        clients.iter().filter_map(|seen| fits(seen.1).map(|fit| (fit, *seen))).collect();
    if found.iter().any(|(fit, _)| *fit == Fit::Same) {
        found.retain(|(fit, _)| *fit == Fit::Same);
    }
    if found.is_empty() && is_hint {
        found = clients.iter().map(|seen| (Fit::Untold, *seen)).collect();
    }
    let nearest = |path: &str| {
        let mentions = mentions.unwrap_or_default().iter();
        mentions.map(|mention| (nearness(&mention.path, path), Reverse(*mention))).max()
    };
    found.sort_by_cached_key(|(fit, (scan, client))| {
        let near = nearest(&client.path).map(|(near, _)| near);
        (*fit, client.scope, Reverse(near), scan.shown(&client.path), client.at)
    });
    let best = found.iter().filter_map(|(_, (_, client))| nearest(&client.path)).map(|(near, _)| near).max();
    let joins = found.into_iter().map(|(fit, (scan, client))| Join {
        how,
        fit,
        scan: scan.name.clone(),
        client: Some(SourceClient { path: scan.shown(&client.path), ..client.clone() }),
        manifest: nearest(&client.path).map(|(_, Reverse(mention))| scan.shown_mention(mention)),
        is_nearest: nearest(&client.path).is_some_and(|(near, _)| Some(near) == best),
    });
    joins.collect()
}

/// How a client fits one library that a user agent can stand for; nothing if it is another library.
fn fit(candidate: &Candidate, client: &SourceClient) -> Option<Fit> {
    if candidate.ecosystem != client.ecosystem || !client.ecosystem.is_name_of(&candidate.package, &client.package) {
        return None;
    }
    let selected = client.selected.as_ref().and_then(|text| ecosystem::version(client.ecosystem, text).ok());
    Some(match selected {
        None => Fit::Possible,
        Some(version) if !candidate.versions.contains(&version) => Fit::Differs,
        Some(_) if candidate.is_exact => Fit::Same,
        Some(_) => Fit::Possible,
    })
}

/// How many folders two paths have in common.
fn nearness(a: &str, b: &str) -> usize {
    let (a, _) = a.rsplit_once('/').unwrap_or_default();
    let (b, _) = b.rsplit_once('/').unwrap_or_default();
    let pairs = a.split('/').zip(b.split('/'));
    pairs.take_while(|(a, b)| a == b && !a.is_empty()).count()
}

impl Scanned {
    /// A path as the user would write it.
    pub fn shown(&self, path: &str) -> String {
        match self.root.trim_end_matches('/') {
            "." => path.to_owned(),
            "" if self.root.is_empty() => path.to_owned(),
            root => format!("{root}/{path}"),
        }
    }

    fn shown_mention(&self, mention: &Mention) -> Mention {
        Mention { path: self.shown(&mention.path), ..mention.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Agents;
    use crate::rules::RuleSet;

    fn client(path: &str, selected: Option<&str>) -> SourceClient {
        SourceClient {
            ecosystem: Ecosystem::Pypi,
            package: "kubernetes".into(),
            selected: selected.map(str::to_owned),
            declared: None,
            scope: Scope::Runtime,
            verdict: Verdict::Incompatible,
            help: None,
            path: path.into(),
            at: LineCol { line: 1, column: 1 },
        }
    }

    fn mention(path: &str, namespace: Option<&str>) -> Mention {
        Mention {
            account: "cart".into(),
            namespace: namespace.map(str::to_owned),
            kind: Some("Deployment".into()),
            name: Some("cart".into()),
            is_account: false,
            path: path.into(),
            at: LineCol { line: 9, column: 3 },
        }
    }

    fn scan(name: &str, clients: Vec<SourceClient>, mentions: Vec<Mention>) -> Scanned {
        Scanned { name: name.into(), root: name.into(), clients, mentions }
    }

    fn found(scans: Vec<Scanned>, map: Option<&str>, agent: &str) -> Vec<(How, Fit, String)> {
        let rules = RuleSet::built_in();
        let guess = Agents::built_in().guess(rules, &rules.index(), agent);
        let mapping = map.map(|text| Mapping::parse("map.toml", text).unwrap_or_else(|error| panic!("{error}")));
        let sources = Sources { scans, mapping };
        let places = sources.places(Some(("shop", "cart")), Some("cart"), &guess).places;
        let path = |join: &Join| join.client.as_ref().map_or_else(String::new, |client| client.path.clone());
        places.iter().map(|join| (join.how, join.fit, path(join))).collect()
    }

    const AGENT: &str = "OpenAPI-Generator/11.0.0/python";

    #[test]
    fn the_surest_way_wins_and_a_weak_one_says_that_it_is() {
        let scans = || {
            let clients = vec![client("a/p", Some("11.0.0")), client("b/p", Some("29.0.0")), client("c/p", None)];
            vec![scan("x", clients, Vec::new())]
        };
        let place = |how, fit, path: &str| (how, fit, path.to_owned());
        assert_eq!(found(scans(), None, AGENT), [place(How::Version, Fit::Same, "x/a/p")]);
        let map = "[[map]]\naccount = \"shop/*\"\npath = \"b/\"\n";
        assert_eq!(found(scans(), Some(map), AGENT), [place(How::Mapping, Fit::Differs, "x/b/p")]);
        let map = "[[map]]\naccount = \"shop/*\"\npath = \"d/\"\n";
        assert_eq!(found(scans(), Some(map), AGENT), [place(How::Mapping, Fit::Missing, "")]);
        let map = "[[map]]\naccount = \"other/*\"\npath = \"b/\"\n";
        assert_eq!(found(scans(), Some(map), AGENT), [place(How::Version, Fit::Same, "x/a/p")]);
        let all = [
            place(How::Library, Fit::Possible, "x/c/p"),
            place(How::Library, Fit::Differs, "x/a/p"),
            place(How::Library, Fit::Differs, "x/b/p"),
        ];
        assert_eq!(found(scans(), None, "OpenAPI-Generator/12.0.0/python"), all);
        assert_eq!(found(scans(), None, "OpenAPI-Generator/10.0.0/python"), [], "the library never printed that");
        assert_eq!(found(scans(), None, "curl/8.0"), []);
    }

    #[test]
    fn manifests_bring_the_nearest_client_first() {
        let clients = || vec![client("a/p", Some("11.0.0")), client("cart/p", Some("11.0.0"))];
        let named = scan("x", clients(), vec![mention("cart/deploy/d.yaml", None)]);
        let others = scan("y", clients(), Vec::new());
        let place = |path: &str| (How::Account, Fit::Same, path.to_owned());
        assert_eq!(found(vec![others.clone(), named.clone()], None, AGENT), [place("x/cart/p"), place("x/a/p")]);
        let stated = scan("z", clients(), vec![mention("d.yaml", Some("shop"))]);
        assert_eq!(found(vec![named, stated], None, AGENT), [place("z/a/p"), place("z/cart/p")]);
        let other = scan("x", clients(), vec![mention("d.yaml", Some("test"))]);
        assert!(found(vec![other], None, AGENT).iter().all(|(how, ..)| *how == How::Version));
    }
}
