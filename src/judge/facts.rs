//! What the facts of a client say of its versions.

use std::ops::Bound;

use crate::rules::{Client, Confidence, Reload, ReloadRange};
use crate::version::{Version, VersionRange};

impl Client {
    /// What is known of one version.
    pub(super) fn fact(&self, version: &Version) -> Option<&ReloadRange> {
        self.reloads.iter().find(|fact| fact.range.contains(version))
    }

    /// The version from which on none is known to keep a dead token: the published minimum, else what the facts give; `None` if
    /// there is no such version.
    pub fn floor(&self) -> Option<Version> {
        if let Some(minimum) = &self.minimum {
            return Some(minimum.version.clone());
        }
        let dead = self.dead();
        let mut floor: Option<Version> = None;
        for interval in dead.intervals() {
            let behind = match interval.upper() {
                Bound::Excluded(version) => version.clone(),
                Bound::Included(version) => {
                    let known = self.reloads.iter().flat_map(|fact| fact.range.intervals());
                    let starts = known.filter_map(|interval| match interval.lower() {
                        Bound::Included(start) if start > version => Some(start.clone()),
                        _ => None,
                    });
                    starts.min()?
                }
                Bound::Unbounded => return None,
            };
            floor = floor.max(Some(behind));
        }
        let floor = floor?.release();
        let is_broken = self.broken.iter().any(|broken| broken.version == floor);
        Some(if is_broken { floor.next_release().unwrap_or(floor) } else { floor })
    }

    /// The versions below [`Client::floor`], as far as a published minimum's numbering speaks of them.
    pub(super) fn below_floor(&self) -> VersionRange {
        self.bounded(|floor| VersionRange::between(Bound::Unbounded, Bound::Excluded(floor), true))
    }

    /// The versions from [`Client::floor`] on.
    pub(super) fn above_floor(&self) -> VersionRange {
        self.bounded(|floor| VersionRange::between(Bound::Included(floor), Bound::Unbounded, true))
    }

    fn bounded(&self, range: impl FnOnce(Version) -> VersionRange) -> VersionRange {
        let range = self.floor().map_or(VersionRange::none(), range);
        self.minimum.as_ref().map_or(range.clone(), |minimum| range.intersect(&minimum.numbering))
    }

    /// The versions below the published minimum, as far as its numbering speaks of them.
    pub(super) fn below_published(&self) -> VersionRange {
        self.minimum.as_ref().map_or(VersionRange::none(), |_| self.below_floor())
    }

    /// The versions that keep sending an expired token.
    pub(super) fn dead(&self) -> VersionRange {
        let facts = self.reloads.iter().filter(|fact| fact.reload.keeps_a_dead_token());
        facts.fold(VersionRange::none(), |range, fact| range.union(fact.range.clone()))
    }

    /// The versions of which something is known.
    pub(super) fn known(&self) -> VersionRange {
        let minimum = self.minimum.as_ref().map_or(VersionRange::none(), |minimum| minimum.numbering.clone());
        self.reloads.iter().fold(minimum, |range, fact| range.union(fact.range.clone()))
    }

    /// Whether no version re-reads the token.
    pub fn is_never_fixed(&self) -> bool {
        self.dead().complement().is_empty()
    }
}

impl Reload {
    pub(super) fn keeps_a_dead_token(self) -> bool {
        match self {
            Reload::Never | Reload::Partial => true,
            Reload::AfterRejection | Reload::Periodic | Reload::PerRequest => false,
        }
    }
}

impl ReloadRange {
    /// What the versions do, as the end of a sentence.
    pub(super) fn does(&self) -> String {
        let does = match self.reload {
            Reload::Never => "reads its token once",
            Reload::AfterRejection => "re-reads the token only after the API server has refused a request",
            Reload::Periodic => "re-reads the token from time to time",
            Reload::PerRequest => "reads the token for every request",
            Reload::Partial => "re-reads the token in some uses only",
        };
        match self.confidence {
            Confidence::Verified => does.into(),
            Confidence::Reported => format!("{does} (reported, not verified)"),
        }
    }
}
