//! Versions and sets of versions.
//!
//! A [`Version`] carries the order of its own ecosystem; a [`VersionRange`] is a union of intervals, so that a
//! requirement is judged whole and never flattened to one version.
//!
//! Traps:
//! - Most ecosystems leave pre-releases out of a requirement unless it names one. An [`Interval`] says whether it admits
//!   them; where it does not, its bounds are moved to releases (`>=12.dev0, <13.dev0` is `>=12, <13`), so that set
//!   arithmetic speaks of releases only.
//! - Where versions are triples (Go, npm, Cargo) there is a next release: `>0.10.2` is `>=0.10.3`. Elsewhere there is none.
//! - Haskell's 0.3 is below 0.3.0.0, but nothing is published between two spellings of one number, so an interval from the
//!   one up to the other is empty unless it is the exact pin.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;

use crate::ecosystem::composer::version::ComposerVersion;
use crate::ecosystem::deb::version::DebVersion;
use crate::ecosystem::gem::version::GemVersion;
use crate::ecosystem::golang::version::GolangVersion;
use crate::ecosystem::hackage::version::HackageVersion;
use crate::ecosystem::maven::version::MavenVersion;
use crate::ecosystem::npm::version::NpmVersion;
use crate::ecosystem::nuget::version::NugetVersion;
use crate::ecosystem::pypi::version::PypiVersion;
use crate::ecosystem::semantic::SemanticVersion;

/// One version in the order of one ecosystem, with the text it was read from.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    order: Order,
}

/// The order of a version, by ecosystem. Versions of different ecosystems are never compared in practice; the order of
/// the variants keeps sorting total all the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Go modules.
    Golang(GolangVersion),
    /// Python packages.
    Pypi(PypiVersion),
    /// Maven artifacts.
    Maven(MavenVersion),
    /// npm packages.
    Npm(NpmVersion),
    /// Ruby gems.
    Gem(GemVersion),
    /// Haskell packages.
    Hackage(HackageVersion),
    /// NuGet packages.
    Nuget(NugetVersion),
    /// Cargo, Hex and Swift packages, and tags of repositories that follow Semantic Versioning.
    Semantic(SemanticVersion),
    /// PHP packages.
    Composer(ComposerVersion),
    /// Debian packages.
    Deb(DebVersion),
}

impl Version {
    /// A version with the text it was written as.
    pub fn new(text: impl Into<String>, order: Order) -> Version {
        Version { text: text.into(), order }
    }

    /// The version as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The version in its ecosystem's own form.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Whether the ecosystem calls this a pre-release, which a requirement leaves out unless it names one.
    pub fn is_prerelease(&self) -> bool {
        match &self.order {
            Order::Golang(version) => version.is_prerelease(),
            Order::Pypi(version) => version.is_prerelease(),
            Order::Maven(version) => version.is_prerelease(),
            Order::Npm(version) => version.is_prerelease(),
            Order::Gem(version) => version.is_prerelease(),
            Order::Hackage(version) => version.is_prerelease(),
            Order::Nuget(version) => version.is_prerelease(),
            Order::Semantic(version) => version.is_prerelease(),
            Order::Composer(version) => version.is_prerelease(),
            Order::Deb(_) => false,
        }
    }

    /// The release that a pre-release leads to (12.0.0 for 12.0.0rc1); a release itself otherwise.
    #[must_use]
    pub fn release(&self) -> Version {
        if !self.is_prerelease() {
            return self.clone();
        }
        let release = match &self.order {
            Order::Golang(version) => Order::Golang(version.release()),
            Order::Pypi(version) => Order::Pypi(version.release()),
            Order::Maven(version) => Order::Maven(version.release()),
            Order::Npm(version) => Order::Npm(version.release()),
            Order::Gem(version) => Order::Gem(version.release()),
            Order::Hackage(version) => Order::Hackage(version.release()),
            Order::Nuget(version) => Order::Nuget(version.release()),
            Order::Semantic(version) => Order::Semantic(version.release()),
            Order::Composer(version) => Order::Composer(version.release()),
            Order::Deb(version) => Order::Deb(version.clone()),
        };
        Version::new(release.to_string(), release)
    }

    /// The release after this one where versions are triples and so there is such a thing.
    pub fn next_release(&self) -> Option<Version> {
        match &self.order {
            Order::Golang(version) => {
                let next = version.next_patch();
                (!version.is_prerelease()).then(|| Version::new(next.to_string(), Order::Golang(next)))
            }
            Order::Npm(version) => version.next_release().map(|next| Version::new(next.to_string(), Order::Npm(next))),
            Order::Semantic(version) => {
                let next = Order::Semantic(version.next_release()?);
                Some(Version::new(next.to_string(), next))
            }
            Order::Pypi(_) | Order::Maven(_) | Order::Gem(_) | Order::Hackage(_) => None,
            Order::Nuget(_) | Order::Composer(_) | Order::Deb(_) => None,
        }
    }

    /// Whether the two bound a single version: they are equal, or the upper one is the place behind the lower one's local
    /// versions (`==1.0` in PEP 440 also takes 1.0+local).
    fn pins_with(&self, upper: &Version) -> bool {
        match (&self.order, &upper.order) {
            (Order::Pypi(lower), Order::Pypi(upper)) if lower.pins_with(upper) => true,
            _ => self == upper,
        }
    }

    /// Whether the two are spellings of one number that are never published side by side (Haskell's 0.3 and 0.3.0.0).
    fn is_respelling_of(&self, other: &Version) -> bool {
        match (&self.order, &other.order) {
            (Order::Hackage(a), Order::Hackage(b)) => a.is_respelling_of(b),
            _ => false,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Golang(version) => version.fmt(f),
            Order::Pypi(version) => version.fmt(f),
            Order::Maven(version) => version.fmt(f),
            Order::Npm(version) => version.fmt(f),
            Order::Gem(version) => version.fmt(f),
            Order::Hackage(version) => version.fmt(f),
            Order::Nuget(version) => version.fmt(f),
            Order::Semantic(version) => version.fmt(f),
            Order::Composer(version) => version.fmt(f),
            Order::Deb(version) => version.fmt(f),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

/// The versions between two bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    lower: Bound<Version>,
    upper: Bound<Version>,
    prereleases: bool,
}

impl Interval {
    /// The versions between two bounds; with `prereleases` false, only the releases among them.
    pub fn new(lower: Bound<Version>, upper: Bound<Version>, prereleases: bool) -> Interval {
        if prereleases {
            return Interval { lower, upper, prereleases };
        }
        let lower = match lower {
            Bound::Included(v) | Bound::Excluded(v) if v.is_prerelease() => Bound::Included(v.release()),
            Bound::Excluded(v) => v.next_release().map_or(Bound::Excluded(v), Bound::Included),
            other => other,
        };
        let upper = match upper {
            Bound::Included(v) | Bound::Excluded(v) if v.is_prerelease() => Bound::Excluded(v.release()),
            other => other,
        };
        Interval { lower, upper, prereleases }
    }

    /// The lower bound.
    pub fn lower(&self) -> &Bound<Version> {
        &self.lower
    }

    /// The upper bound.
    pub fn upper(&self) -> &Bound<Version> {
        &self.upper
    }

    /// Whether pre-releases between the bounds belong to it.
    pub fn admits_prereleases(&self) -> bool {
        self.prereleases
    }

    fn is_empty(&self) -> bool {
        match (&self.lower, &self.upper) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
            (Bound::Included(lower) | Bound::Excluded(lower), Bound::Excluded(upper)) => {
                lower >= upper || lower.is_respelling_of(upper)
            }
            (Bound::Excluded(lower), Bound::Included(upper)) => lower >= upper,
        }
    }

    fn contains(&self, version: &Version) -> bool {
        let above = match &self.lower {
            Bound::Unbounded => true,
            Bound::Included(lower) => version >= lower,
            Bound::Excluded(lower) => version > lower,
        };
        let below = match &self.upper {
            Bound::Unbounded => true,
            Bound::Included(upper) => version <= upper,
            Bound::Excluded(upper) => version < upper,
        };
        above && below && (self.prereleases || !version.is_prerelease())
    }

    fn intersect(&self, other: &Interval) -> Interval {
        let lower = match (&self.lower, &other.lower) {
            (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => match a.cmp(b) {
                Ordering::Less => other.lower.clone(),
                Ordering::Greater => self.lower.clone(),
                Ordering::Equal if matches!(self.lower, Bound::Excluded(_)) => self.lower.clone(),
                Ordering::Equal => other.lower.clone(),
            },
        };
        let upper = match (&self.upper, &other.upper) {
            (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => match a.cmp(b) {
                Ordering::Less => self.upper.clone(),
                Ordering::Greater => other.upper.clone(),
                Ordering::Equal if matches!(self.upper, Bound::Excluded(_)) => self.upper.clone(),
                Ordering::Equal => other.upper.clone(),
            },
        };
        Interval::new(lower, upper, self.prereleases && other.prereleases)
    }
}

/// A set of versions: a union of intervals, none of them empty. Intervals may overlap where one admits pre-releases and
/// the other does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    intervals: Vec<Interval>,
}

impl VersionRange {
    /// Every version; with `prereleases` false every release.
    pub fn all(prereleases: bool) -> VersionRange {
        VersionRange::between(Bound::Unbounded, Bound::Unbounded, prereleases)
    }

    /// No version.
    pub fn none() -> VersionRange {
        VersionRange { intervals: Vec::new() }
    }

    /// One version, pre-release or not.
    pub fn exactly(version: Version) -> VersionRange {
        VersionRange::between(Bound::Included(version.clone()), Bound::Included(version), true)
    }

    /// The versions between two bounds.
    pub fn between(lower: Bound<Version>, upper: Bound<Version>, prereleases: bool) -> VersionRange {
        VersionRange::from_intervals([Interval::new(lower, upper, prereleases)])
    }

    /// The union of intervals; empty ones are dropped.
    pub fn from_intervals(intervals: impl IntoIterator<Item = Interval>) -> VersionRange {
        VersionRange { intervals: intervals.into_iter().filter(|interval| !interval.is_empty()).collect() }
    }

    /// The intervals.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether nothing can satisfy it.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Whether nothing bounds it, neither above nor below.
    pub fn is_unbounded(&self) -> bool {
        self.intervals.iter().any(|i| matches!((&i.lower, &i.upper), (Bound::Unbounded, Bound::Unbounded)))
    }

    /// The one version it admits, if it is a pin.
    pub fn pinned(&self) -> Option<&Version> {
        match self.intervals.as_slice() {
            [Interval { lower: Bound::Included(lower), upper: Bound::Included(upper), .. }]
                if lower.pins_with(upper) =>
            {
                Some(lower)
            }
            _ => None,
        }
    }

    /// Whether it admits a version.
    pub fn contains(&self, version: &Version) -> bool {
        self.intervals.iter().any(|interval| interval.contains(version))
    }

    /// The versions that are in both.
    #[must_use]
    pub fn intersect(&self, other: &VersionRange) -> VersionRange {
        let pairs = self.intervals.iter().flat_map(|a| other.intervals.iter().map(|b| a.intersect(b)));
        VersionRange::from_intervals(pairs)
    }

    /// The versions that are in one or the other.
    #[must_use]
    pub fn union(mut self, other: VersionRange) -> VersionRange {
        self.intervals.extend(other.intervals);
        self
    }

    /// The versions, pre-releases too, that lie between none of its bounds.
    #[must_use]
    pub fn complement(&self) -> VersionRange {
        let mut rest = VersionRange::all(true);
        for interval in &self.intervals {
            let mut outside = Vec::new();
            match &interval.lower {
                Bound::Unbounded => {}
                Bound::Included(v) => outside.push(Interval::new(Bound::Unbounded, Bound::Excluded(v.clone()), true)),
                Bound::Excluded(v) => outside.push(Interval::new(Bound::Unbounded, Bound::Included(v.clone()), true)),
            }
            match &interval.upper {
                Bound::Unbounded => {}
                Bound::Included(v) => outside.push(Interval::new(Bound::Excluded(v.clone()), Bound::Unbounded, true)),
                Bound::Excluded(v) => outside.push(Interval::new(Bound::Included(v.clone()), Bound::Unbounded, true)),
            }
            rest = rest.intersect(&VersionRange { intervals: outside });
        }
        rest
    }

    /// The same bounds, admitting pre-releases or not.
    #[must_use]
    pub fn with_prereleases(&self, prereleases: bool) -> VersionRange {
        let intervals = self.intervals.iter();
        VersionRange::from_intervals(intervals.map(|i| Interval::new(i.lower.clone(), i.upper.clone(), prereleases)))
    }

    /// Whether every version of `other` lies between the bounds of this one.
    pub fn covers(&self, other: &VersionRange) -> bool {
        other.intersect(&self.complement()).is_empty()
    }

    /// Whether the two have a version in common.
    pub fn meets(&self, other: &VersionRange) -> bool {
        !self.intersect(other).is_empty()
    }
}

impl fmt::Display for VersionRange {
    /// The intervals in mathematical notation, for messages and tests: `[1.0, 2.0) or [3.0, )`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.intervals.is_empty() {
            return f.write_str("nothing");
        }
        for (index, interval) in self.intervals.iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            match (&interval.lower, &interval.upper) {
                (Bound::Included(a), Bound::Included(b)) if a.pins_with(b) => {
                    write!(f, "[{a}]")?;
                    continue;
                }
                _ => {}
            }
            match &interval.lower {
                Bound::Unbounded => f.write_str("(")?,
                Bound::Included(v) => write!(f, "[{v}")?,
                Bound::Excluded(v) => write!(f, "({v}")?,
            }
            f.write_str(", ")?;
            match &interval.upper {
                Bound::Unbounded => f.write_str(")")?,
                Bound::Included(v) => write!(f, "{v}]")?,
                Bound::Excluded(v) => write!(f, "{v})")?,
            }
        }
        Ok(())
    }
}
