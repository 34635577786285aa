//! Versions of Go modules: Semantic Versioning 2.0 with a leading `v`, as the Go Modules Reference ("Versions",
//! "Pseudo-versions", "Compatibility with non-module repositories") and `golang.org/x/mod/semver` have it.
//!
//! Traps:
//! - All three numbers are needed: `v0.15` in a go.mod is a query that the go command rewrites, not a version.
//! - Numbers have no upper limit.
//! - Build metadata, `+incompatible` included, takes no part in the order.
//! - A pseudo-version names a commit. Its base can be older or younger than the commit's content, so rules read stamp and
//!   commit instead ([`commit`]).
//!
//! No library: the `semver` crate stops at 64-bit numbers and ranks `+incompatible` in its `Ord`.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ecosystem::number::Number;
use crate::ecosystem::prerelease::{Prerelease, is_word};

/// A canonical Go module version.
#[derive(Clone, Debug)]
pub struct GolangVersion {
    numbers: [Number; 3],
    prerelease: Prerelease,
    incompatible: bool,
}

/// The commit that a pseudo-version names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The commit time in UTC, as 14 digits `yyyymmddhhmmss`.
    pub stamp: &'a str,
    /// The beginning of the commit's name, twelve characters where the go command wrote it.
    pub revision: &'a str,
}

impl GolangVersion {
    /// Reads a canonical version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<GolangVersion, String> {
        let rest = text.strip_prefix('v').ok_or("it does not start with `v`")?;
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (rest, None),
        };
        let (core, prerelease) = match rest.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (rest, None),
        };
        let mut numbers = core.split('.').map(number);
        let (Some(major), Some(minor), Some(patch), None) =
            (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return Err("it does not have three numbers".into());
        };
        let prerelease = prerelease.map_or_else(|| Ok(Prerelease::default()), Prerelease::parse)?;
        if build.is_some_and(|build| build.split('.').any(|part| !is_word(part))) {
            return Err("its build metadata is malformed".into());
        }
        Ok(GolangVersion { numbers: [major?, minor?, patch?], prerelease, incompatible: build == Some("incompatible") })
    }

    /// Whether the version has a pre-release part; every pseudo-version has one.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// Whether it carries `+incompatible`: a major version above 1 of a module without go.mod.
    pub fn is_incompatible(&self) -> bool {
        self.incompatible
    }

    /// The version without its pre-release part.
    #[must_use]
    pub fn release(&self) -> GolangVersion {
        GolangVersion { prerelease: Prerelease::default(), ..self.clone() }
    }

    /// The release after this one.
    #[must_use]
    pub fn next_patch(&self) -> GolangVersion {
        let [major, minor, patch] = &self.numbers;
        GolangVersion::of([major.clone(), minor.clone(), patch.successor()])
    }

    /// The first release of the next minor version.
    #[must_use]
    pub fn next_minor(&self) -> GolangVersion {
        let [major, minor, _] = &self.numbers;
        GolangVersion::of([major.clone(), minor.successor(), Number::default()])
    }

    /// The first release of the next major version.
    #[must_use]
    pub fn next_major(&self) -> GolangVersion {
        GolangVersion::of([self.numbers[0].successor(), Number::default(), Number::default()])
    }

    /// Whether the major number is 0.
    pub fn is_major_zero(&self) -> bool {
        self.numbers[0].is_zero()
    }

    /// Whether the minor number is 0.
    pub fn is_minor_zero(&self) -> bool {
        self.numbers[1].is_zero()
    }

    fn of(numbers: [Number; 3]) -> GolangVersion {
        GolangVersion { numbers, prerelease: Prerelease::default(), incompatible: false }
    }

    /// The major number as text, to compare with a module path's suffix.
    pub fn major(&self) -> String {
        self.numbers[0].to_string()
    }
}

/// The commit that the text of a pseudo-version names, whatever its base (Go Modules Reference, "Pseudo-versions"): it ends in
/// fourteen digits, `-` and a revision, behind `vX.0.0-`, or behind `0.` as the last identifier of a pre-release.
pub fn commit(text: &str) -> Option<Commit<'_>> {
    GolangVersion::parse(text).ok()?;
    let version = text.split_once('+').map_or(text, |(version, _)| version);
    let (rest, revision) = version.rsplit_once('-')?;
    let stamp_start = rest.len().checked_sub(14)?;
    let (base, stamp) = (rest.get(..stamp_start)?, rest.get(stamp_start..)?);
    let is_stamp = stamp.bytes().all(|byte| byte.is_ascii_digit());
    let is_revision = revision.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_base = base.ends_with(".0.0-") && base.matches('.').count() == 2
        || base.split_once('-').is_some_and(|(_, prerelease)| prerelease == "0." || prerelease.ends_with(".0."));
    (is_stamp && is_revision && is_base).then_some(Commit { stamp, revision })
}

/// The pseudo-version of a whole commit of a module without tags, from the commit's time as RFC 3339 has it.
pub(super) fn pseudo_version(time: &str, revision: &str) -> Option<String> {
    let time = TimeZone::UTC.to_datetime(time.parse::<Timestamp>().ok()?);
    let revision = revision.get(..12).filter(|_| revision.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some(format!("v0.0.0-{}-{}", time.strftime("%Y%m%d%H%M%S"), revision.to_ascii_lowercase()))
}

fn number(digits: &str) -> Result<Number, String> {
    let number = Number::parse(digits).ok_or("it does not have three numbers")?;
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("a number starts with a zero".into());
    }
    Ok(number)
}

impl Ord for GolangVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| self.prerelease.cmp(&other.prerelease))
    }
}

impl PartialOrd for GolangVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GolangVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for GolangVersion {}

impl fmt::Display for GolangVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = &self.numbers;
        write!(f, "v{major}.{minor}.{patch}{}", self.prerelease)?;
        f.write_str(if self.incompatible { "+incompatible" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudo_version_names_its_commit_whatever_its_base() {
        for text in [
            "v0.0.0-20190918160344-1fbdaa4c8d90",
            "v11.0.1-0.20190918160344-1fbdaa4c8d90+incompatible",
            "v2.0.0-alpha.0.0.20190918160344-1fbdaa4c8d90+incompatible",
        ] {
            let found = commit(text).expect(text);
            assert_eq!((found.stamp, found.revision), ("20190918160344", "1fbdaa4c8d90"));
        }
        assert_eq!(commit("v1.2.3-rc.1"), None);
        assert_eq!(commit("v1.2.3-20190918160344-1fbdaa4c8d90"), None, "a tag of that name, no pseudo-version");
    }

    #[test]
    fn a_commit_and_its_time_make_a_pseudo_version() {
        let revision = "6daa6a29b8b866679a5be039ad0c8149de1cd60a";
        for time in ["2017-07-05T23:52:01Z", "2017-07-06T01:52:01+02:00"] {
            assert_eq!(pseudo_version(time, revision).as_deref(), Some("v0.0.0-20170705235201-6daa6a29b8b8"), "{time}");
        }
        for (time, revision) in
            [("2017-07-05", revision), ("-000044-07-05T23:52:01Z", revision), ("2017-07-05T23:52:01Z", "6daa6a2")]
        {
            let made = pseudo_version(time, revision);
            assert!(made.is_none_or(|made| commit(&made).is_none()), "{time} {revision}");
        }
    }
}
