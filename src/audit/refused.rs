//! Requests that were refused with 401: whose they can be, and whether they matter.
//!
//! Traps:
//! - Such a request has no name in the log. Its address and its user agent are all that joins it with a client that sent stale tokens
//!   before. Both can be shared, as by pods with the host's network or behind one gateway. Where several clients fit it is one of them,
//!   and which one stays open.
//! - An address is given to another pod later. What was refused only after another client began to use the address is not the first
//!   one's.
//! - Anyone who reaches an API server can be refused by it; a scanner on the internet is none of ours.
//! - A token dies with its pod, so what still runs then is refused once more or twice, whatever its library. What was let in is not
//!   known of most requests, so a client that was refused once, and not for an hour, is taken to go on.
//! - A list of pods is of one moment. An address that is not in it may have been a pod's before.

use super::agents::{Certainty, Guess};
use super::join::Joins;
use super::picture::{Options, StaleUse};
use super::pods::{Pod, Pods};
use super::tally::{RefusedKey, Span, Tally};
use super::workload::Workload;
use crate::judge::Verdict;
use crate::model::words;
use crate::rules::Index;

/// A client that re-reads its token once it is refused is refused so often for each token, by each of its connections.
const REFUSED_PER_TOKEN: u64 = 3;

/// How many seconds pass from one token to the next, at least.
const PER_TOKEN: i64 = 2_880;

/// For how many seconds a client must not have been refused to be taken to go on.
const OVER: i64 = 3_600;

words! {
    /// What refused requests say of the cluster's programs.
    Standing {
        /// They follow stale tokens of one client, and are counted with these.
        FollowsStale = "follows-stale",
        /// One of our programs is refused: a pod, one of several clients with stale tokens, or a library that keeps a dead token.
        Ours = "ours",
        /// They may be of one of our programs that is refused.
        Open = "open",
        /// They are of nobody in the cluster, or the client goes on.
        Harmless = "harmless",
    }
}

/// Requests that were refused.
#[derive(Clone, Debug)]
pub struct RefusedUse {
    /// Where they came from.
    pub address: String,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// What that reveals.
    pub library: Guess,
    /// How many, and when.
    pub span: Span,
    /// The pod at that address, by the list of pods.
    pub pod: Option<Pod>,
    /// What they say of the cluster's programs.
    pub standing: Standing,
    /// The clients whose stale tokens they can follow, if there are several.
    pub one_of: Vec<Suspect>,
    /// Where its source is; nothing if that was not asked for.
    pub source: Option<Joins>,
}

/// A client that can have been refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspect {
    /// The service account, by its full name.
    pub subject: String,
    /// The workload.
    pub workload: Option<Workload>,
}

impl Suspect {
    /// What people call it: workload and service account.
    pub fn name(&self) -> String {
        match &self.workload {
            Some(workload) => format!("{} {} ({})", workload.kind, workload.name, self.subject),
            None => self.subject.clone(),
        }
    }
}

impl RefusedUse {
    /// What they say, given whether addresses of pods are known and when the log ends.
    fn stand(&self, suspects: usize, pods: Option<&Pods>, end: Option<i64>) -> Standing {
        match suspects {
            0 => {}
            1 => return Standing::FollowsStale,
            _ => return Standing::Ours,
        }
        let (library, span) = (&self.library, self.span);
        let is_pod = self.pod.is_some();
        let is_stranger = !is_pod && pods.is_some_and(|pods| !pods.is_shared(&self.address));
        let lasts = lasts(span);
        // Whoever keeps a token is refused each time it comes, however seldom that is.
        let comes_again = span.times.is_some_and(|(first, last)| last - first > OVER);
        let is_over = span.times.zip(end).is_some_and(|((_, last), end)| end - last > OVER);
        match library.verdict {
            Verdict::Compatible if library.certainty == Certainty::Certain && !lasts => Standing::Harmless,
            Verdict::Incompatible if !is_stranger && (lasts || comes_again) => Standing::Ours,
            _ if lasts && is_pod => Standing::Ours,
            _ if lasts => Standing::Open,
            _ if is_stranger => Standing::Harmless,
            Verdict::Compatible | Verdict::MaybeIncompatible | Verdict::Undetermined
                if is_pod && is_over && !comes_again =>
            {
                Standing::Harmless
            }
            _ => Standing::Open,
        }
    }
}

/// Whether a client was refused more often than one that then re-reads its token.
pub(super) fn lasts(span: Span) -> bool {
    let Some((first, last)) = span.times else { return false };
    let tokens = u64::try_from((last - first) / PER_TOKEN).unwrap_or_default() + 1;
    last - first > 300 && span.events > REFUSED_PER_TOKEN * tokens
}

/// Who was refused, and, in the order of the clients with stale tokens, what of that is certain to be of each.
pub(super) fn find(
    tally: &Tally,
    options: &Options<'_>,
    index: &Index<'_>,
    stale: &[StaleUse],
) -> (Vec<RefusedUse>, Vec<Span>) {
    let mut of_stale = vec![Span::default(); stale.len()];
    let mut uses = Vec::new();
    for (key, span) in &tally.refused {
        let pods = options.pods.as_ref();
        let pod = pods.and_then(|pods| pods.at(&key.address)).cloned();
        let namespaces = &tally.filter.namespaces;
        if pod.as_ref().is_some_and(|pod| !namespaces.is_empty() && !namespaces.contains(&pod.namespace)) {
            continue;
        }
        let suspects = suspects(key, *span, stale, pod.as_ref());
        if let [one] = suspects.as_slice() {
            of_stale[*one].add(*span);
        }
        let several = suspects.iter().filter(|_| suspects.len() > 1).map(|at| stale[*at].suspect());
        let agent = key.user_agent.as_deref();
        let library = agent.map_or_else(Guess::nothing, |agent| options.agents.guess(options.rules, index, agent));
        let mut one = RefusedUse {
            address: key.address.to_string(),
            user_agent: agent.map(str::to_owned),
            span: *span,
            standing: Standing::Open,
            one_of: several.collect(),
            source: None,
            library,
            pod,
        };
        one.standing = one.stand(suspects.len(), pods, tally.seen.span.map(|(_, last)| last));
        uses.push(one);
    }
    uses.sort_by(|a, b| (b.span.events, &a.address, &a.user_agent).cmp(&(a.span.events, &b.address, &b.user_agent)));
    (uses, of_stale)
}

/// Which clients with stale tokens the refused requests can be of.
fn suspects(key: &RefusedKey, span: Span, stale: &[StaleUse], pod: Option<&Pod>) -> Vec<usize> {
    let Some(agent) = key.user_agent.as_deref() else { return Vec::new() };
    let (first, last) = span.times.unwrap_or((i64::MIN, i64::MAX));
    let began_before = |at: i64, one: &StaleUse| one.times.is_none_or(|(began, _)| began <= at);
    let fits = |one: &StaleUse| {
        one.user_agent.as_deref() == Some(agent)
            && one.addresses.iter().any(|address| **address == *key.address)
            && began_before(last, one)
    };
    let all: Vec<usize> = (0..stale.len()).filter(|at| fits(&stale[*at])).collect();
    let is_of_pod = |one: &StaleUse| {
        pod.is_some_and(|pod| {
            (one.namespace.as_deref(), one.account.as_deref()) == (Some(&pod.namespace), Some(&pod.account))
        })
    };
    let of_pod: Vec<usize> = all.iter().copied().filter(|at| is_of_pod(&stale[*at])).collect();
    if of_pod.len() == 1 {
        return of_pod;
    }
    // Whoever stopped before another began had left the address by then.
    let has_left = |one: &StaleUse| {
        let Some((_, ended)) = one.times else { return false };
        all.iter().any(|at| stale[*at].times.is_some_and(|(began, _)| began > ended && began <= first))
    };
    all.iter().copied().filter(|at| !has_left(&stale[*at])).collect()
}
