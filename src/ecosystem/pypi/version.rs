//! Versions of Python packages: PEP 440 ("Version scheme", "Normalization", "Summary of permitted suffixes and relative
//! ordering"), as the `packaging` library reads and orders them.
//!
//! Traps:
//! - Numbers have no upper limit, only ASCII digits count, and leading zeros mean nothing.
//! - Trailing zeros of the release mean nothing either: 12 and 12.0.0 are one version.
//! - `1.0-1` is a post-release; `1.0a-1` is the pre-release 1.0a1, but `1.0a--1` is a post-release of 1.0a0.
//! - A bare dev release sorts below every pre-release of its number: 1.0.dev9 < 1.0a1.dev1 < 1.0a1 < 1.0.
//! - A local version (`+cu118`) sorts above its public one; its numeric parts above its textual ones.
//! - `>1.0` leaves out 1.0.post1 and 1.0+local, `<=1.0` takes 1.0+local in. No version lies at such a bound, so a
//!   [`PypiVersion`] can also stand for the place behind all locals or behind all post-releases of a version
//!   ([`PypiVersion::behind_locals`], [`PypiVersion::behind_posts`]).
//!
//! No library: uv's `pep440_rs` stops at 64-bit numbers.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::number::Number;

/// A version, or a place just behind some versions.
#[derive(Clone, Debug)]
pub struct PypiVersion {
    epoch: Number,
    release: Vec<Number>,
    pre: Option<(Phase, Number)>,
    post: Option<Number>,
    dev: Option<Number>,
    local: Vec<LocalPart>,
    place: Place,
}

/// The kinds of pre-releases, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Alpha,
    Beta,
    Candidate,
}

/// A part of a local version: text sorts below numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LocalPart {
    Text(String),
    Number(Number),
}

/// Where on the line of versions this stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// At the version itself.
    Here,
    /// Behind it and its local versions, before anything else.
    BehindLocals,
    /// Behind it and its post-releases, before anything else.
    BehindPosts,
}

impl PypiVersion {
    /// Reads a version in any of its spellings.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<PypiVersion, String> {
        let text = trim(text);
        if text.is_empty() {
            return Err("it is empty".into());
        }
        let mut scanner = Scanner { rest: text.strip_prefix(['v', 'V']).unwrap_or(text) };
        let version = scanner.version().ok_or("it does not start with a number")?;
        match scanner.rest.chars().next() {
            None => Ok(version),
            Some(c) => Err(format!("`{}` does not belong into a PEP 440 version", c.escape_debug())),
        }
    }

    /// Whether this is a pre-release in pip's sense: alpha, beta, candidate or any dev release.
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// The lowest release above a pre-release; the version itself otherwise.
    #[must_use]
    pub fn release(&self) -> PypiVersion {
        if !self.is_prerelease() {
            return self.clone();
        }
        // A dev release of a post-release leads to that post-release; the final one lies below it.
        let post = if self.pre.is_some() { None } else { self.post.clone() };
        let release = PypiVersion { pre: None, post, dev: None, ..self.clone() };
        PypiVersion { local: Vec::new(), place: Place::Here, ..release }
    }

    /// The lowest release there can be.
    pub(super) fn zero() -> PypiVersion {
        let zero = Number::default();
        PypiVersion {
            epoch: zero.clone(),
            release: vec![zero],
            pre: None,
            post: None,
            dev: None,
            local: Vec::new(),
            place: Place::Here,
        }
    }

    /// Whether it is numbers alone, without any suffix or local part.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_prerelease() && self.post.is_none() && self.local.is_empty()
    }

    /// Whether it has a local part.
    pub fn is_local(&self) -> bool {
        !self.local.is_empty()
    }

    /// The numbers of the release.
    pub(super) fn numbers(&self) -> &[Number] {
        &self.release
    }

    /// The epoch's release with these numbers: no suffix, no local part.
    #[must_use]
    pub(super) fn with_numbers(&self, numbers: Vec<Number>) -> PypiVersion {
        PypiVersion { epoch: self.epoch.clone(), release: numbers, ..PypiVersion::zero() }
    }

    /// The first dev release of this version: below everything that could be called a pre-release of it.
    #[must_use]
    pub(super) fn first_dev(&self) -> PypiVersion {
        PypiVersion { dev: Some(Number::default()), local: Vec::new(), place: Place::Here, ..self.clone() }
    }

    /// The next dev or post-release, for a version that is one; `None` for any other.
    pub(super) fn next_suffix(&self) -> Option<PypiVersion> {
        let next = match (&self.dev, &self.post) {
            (Some(dev), _) => PypiVersion { dev: Some(dev.successor()), ..self.clone() },
            (None, Some(post)) => {
                PypiVersion { post: Some(post.successor()), dev: Some(Number::default()), ..self.clone() }
            }
            (None, None) => return None,
        };
        Some(PypiVersion { local: Vec::new(), ..next })
    }

    /// The version without dev and pre-release parts; a post-release keeps its number unless it is one of a pre-release.
    #[must_use]
    pub(super) fn stable(&self) -> PypiVersion {
        if self.is_prerelease() { self.release() } else { self.clone() }
    }

    /// The place behind this version and all its local versions.
    #[must_use]
    pub(super) fn behind_locals(&self) -> PypiVersion {
        PypiVersion { place: Place::BehindLocals, ..self.clone() }
    }

    /// The place behind this version, its local versions and its post-releases.
    #[must_use]
    pub(super) fn behind_posts(&self) -> PypiVersion {
        PypiVersion { place: Place::BehindPosts, ..self.clone() }
    }

    /// Whether `other` is the place just behind this version's local versions, so that the two bound a pin.
    pub fn pins_with(&self, other: &PypiVersion) -> bool {
        self.place == Place::Here
            && other.place == Place::BehindLocals
            && *self == PypiVersion { place: Place::Here, ..other.clone() }
    }

    fn significant_release(&self) -> &[Number] {
        let length = self.release.iter().rposition(|number| !number.is_zero()).map_or(0, |index| index + 1);
        &self.release[..length]
    }

    /// Dev releases that are nothing else come first, then pre-releases, then everything without a pre-release part.
    fn pre_order(&self) -> (u8, Option<&(Phase, Number)>) {
        match &self.pre {
            Some(pre) => (1, Some(pre)),
            None if self.post.is_none() && self.dev.is_some() && self.place != Place::BehindPosts => (0, None),
            None => (2, None),
        }
    }

    /// No post-release, then post-releases by number, then the place behind them.
    fn post_order(&self) -> (u8, Option<&Number>) {
        match (self.place, &self.post) {
            (Place::BehindPosts, _) => (2, None),
            (_, Some(post)) => (1, Some(post)),
            (_, None) => (0, None),
        }
    }

    /// Dev releases by number, then what is none.
    fn dev_order(&self) -> (u8, Option<&Number>) {
        match (self.place, &self.dev) {
            (Place::BehindPosts, _) | (_, None) => (1, None),
            (_, Some(dev)) => (0, Some(dev)),
        }
    }
}

/// White space in Python's sense, which also counts the information separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A text without white space around it, in Python's sense.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

impl Ord for PypiVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| self.significant_release().cmp(other.significant_release()))
            .then_with(|| self.pre_order().cmp(&other.pre_order()))
            .then_with(|| self.post_order().cmp(&other.post_order()))
            .then_with(|| self.dev_order().cmp(&other.dev_order()))
            .then_with(|| match (self.place, other.place) {
                (Place::Here, Place::Here) => self.local.cmp(&other.local),
                (place, other) => place.cmp(&other),
            })
    }
}

impl PartialOrd for PypiVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PypiVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PypiVersion {}

impl fmt::Display for PypiVersion {
    /// The normal form; a place reads as the version it lies behind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.epoch.is_zero() {
            write!(f, "{}!", self.epoch)?;
        }
        for (index, number) in self.release.iter().enumerate() {
            write!(f, "{}{number}", if index > 0 { "." } else { "" })?;
        }
        match &self.pre {
            Some((Phase::Alpha, number)) => write!(f, "a{number}")?,
            Some((Phase::Beta, number)) => write!(f, "b{number}")?,
            Some((Phase::Candidate, number)) => write!(f, "rc{number}")?,
            None => {}
        }
        if let Some(post) = &self.post {
            write!(f, ".post{post}")?;
        }
        if let Some(dev) = &self.dev {
            write!(f, ".dev{dev}")?;
        }
        for (index, part) in self.local.iter().enumerate() {
            f.write_str(if index == 0 { "+" } else { "." })?;
            match part {
                LocalPart::Text(text) => f.write_str(text)?,
                LocalPart::Number(number) => number.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// Reads the parts of a version one after the other; each takes what it can and never gives anything back, as the
/// possessive quantifiers of the reference expression demand (PEP 440, appendix B).
struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn version(&mut self) -> Option<PypiVersion> {
        let mut first = self.digits()?;
        let mut epoch = Number::default();
        if let Some(rest) = self.rest.strip_prefix('!') {
            self.rest = rest;
            epoch = first;
            first = self.digits()?;
        }
        let mut release = vec![first];
        while let Some(number) = self.attempt(|scanner| {
            scanner.rest = scanner.rest.strip_prefix('.')?;
            scanner.digits()
        }) {
            release.push(number);
        }
        let pre = self.attempt(Scanner::pre);
        let post = self.attempt(Scanner::implicit_post).or_else(|| self.attempt(Scanner::post));
        let dev = self.attempt(|scanner| scanner.suffix(&["dev"]));
        let local = self.attempt(Scanner::local).unwrap_or_default();
        Some(PypiVersion { epoch, release, pre, post, dev, local, place: Place::Here })
    }

    /// Runs a part; where it does not fit, nothing is taken.
    fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let found = part(self);
        if found.is_none() {
            self.rest = before;
        }
        found
    }

    fn pre(&mut self) -> Option<(Phase, Number)> {
        let spellings: [(&[&str], Phase); 3] = [
            (&["alpha", "a"], Phase::Alpha),
            (&["beta", "b"], Phase::Beta),
            (&["preview", "pre", "c", "rc"], Phase::Candidate),
        ];
        for (words, phase) in spellings {
            if let Some(number) = self.attempt(|scanner| scanner.suffix(words)) {
                return Some((phase, number));
            }
        }
        None
    }

    fn implicit_post(&mut self) -> Option<Number> {
        self.rest = self.rest.strip_prefix('-')?;
        self.digits()
    }

    fn post(&mut self) -> Option<Number> {
        self.suffix(&["post", "rev", "r"])
    }

    /// A separator, one of the words, a separator, a number; all but the word may be missing.
    fn suffix(&mut self, words: &[&str]) -> Option<Number> {
        self.separator();
        let word = words.iter().find(|word| {
            self.rest.as_bytes().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        })?;
        self.rest = &self.rest[word.len()..];
        self.separator();
        Some(self.digits().unwrap_or_default())
    }

    fn separator(&mut self) {
        self.rest = self.rest.strip_prefix(['.', '_', '-']).unwrap_or(self.rest);
    }

    fn digits(&mut self) -> Option<Number> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        let number = Number::parse(digits)?;
        self.rest = rest;
        Some(number)
    }

    fn local(&mut self) -> Option<Vec<LocalPart>> {
        self.rest = self.rest.strip_prefix('+')?;
        let mut parts = vec![self.local_part()?];
        while let Some(part) = self.attempt(|scanner| {
            scanner.rest = scanner.rest.strip_prefix(['.', '_', '-'])?;
            scanner.local_part()
        }) {
            parts.push(part);
        }
        Some(parts)
    }

    fn local_part(&mut self) -> Option<LocalPart> {
        let length = self.rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (part, rest) = self.rest.split_at(length);
        self.rest = rest;
        if part.is_empty() {
            return None;
        }
        Some(Number::parse(part).map_or_else(|| LocalPart::Text(part.to_ascii_lowercase()), LocalPart::Number))
    }
}
