//! Versions of Ruby gems, as `Gem::Version` reads and orders them (RubyGems, `lib/rubygems/version.rb`).
//!
//! Traps:
//! - `-` stands for `.pre.`: `1.0.0-alpha2` is 1.0.0.pre.alpha2, and `1.0.0-1` is a pre-release below 1.0.0.
//! - A version is cut into runs of digits and runs of letters, dots or not: `1.0.rc1` is 1, 0, `rc`, 1.
//! - Any letter makes a pre-release, and a letter is below a number, so 1.0.0.pre.alpha2 < 1.0.0.pre < 1.0.0.
//! - Zeros at the end of the numbers before the first letters, and at the very end, do not count: 1 = 1.0.0 and
//!   1.a = 1.0.0.a.
//! - An empty text is version 0; `v1.0` and `1.0+build` are none.
//! - Numbers have no upper limit; letters are compared byte by byte, so `RC` is below `alpha`.
//!
//! No library: what there is pulls in regular expressions for sixty lines.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::number::Number;

/// A version of a gem.
#[derive(Clone, Debug)]
pub struct GemVersion {
    /// As RubyGems prints it: as written, `-` spelt out.
    text: String,
    /// The runs as they are written.
    segments: Vec<Segment>,
}

/// A run of digits or of letters. The order of the variants is theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// Below any letters: in no written version, only in the bound that [`GemVersion::below_prereleases`] makes.
    Lowest,
    /// Compared byte by byte.
    Text(String),
    /// Compared by value.
    Numeric(Number),
}

impl Segment {
    fn word(&self) -> Option<String> {
        match self {
            Segment::Lowest => None,
            Segment::Text(text) => Some(text.clone()),
            Segment::Numeric(number) => Some(number.to_string()),
        }
    }
}

impl GemVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<GemVersion, String> {
        let text = text.trim_matches(is_space);
        if text.is_empty() {
            return Ok(GemVersion::from_segments(vec![Segment::Numeric(Number::from(0))]));
        }
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease)),
            None => (text, None),
        };
        let mut parts = numbers.split('.');
        if parts.next().is_none_or(|first| Number::parse(first).is_none()) {
            return Err("it does not start with a number".into());
        }
        let is_word = |part: &str, also: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
        };
        let prerelease_parts = prerelease.map(|prerelease| prerelease.split('.'));
        if !parts.all(|part| is_word(part, ""))
            || !prerelease_parts.into_iter().flatten().all(|part| is_word(part, "-"))
        {
            return Err("it is not made of numbers and letters with a dot between each two".into());
        }
        let text = text.replace('-', ".pre.");
        Ok(GemVersion { segments: segments(&text), text })
    }

    fn from_segments(segments: Vec<Segment>) -> GemVersion {
        let words: Vec<String> = segments.iter().filter_map(Segment::word).collect();
        GemVersion { text: words.join("."), segments }
    }

    /// Whether the version has a letter.
    pub fn is_prerelease(&self) -> bool {
        self.segments.iter().any(|segment| !matches!(segment, Segment::Numeric(_)))
    }

    /// The numbers before the first letters.
    #[must_use]
    pub fn release(&self) -> GemVersion {
        GemVersion::from_segments(self.head().to_vec())
    }

    /// The version below which `~>` stays: the last number but one is raised, the last one and all letters are dropped.
    #[must_use]
    pub fn bump(&self) -> GemVersion {
        let mut segments = self.head().to_vec();
        if segments.len() > 1 {
            segments.pop();
        }
        if let Some(Segment::Numeric(last)) = segments.last_mut() {
            *last = last.successor();
        }
        GemVersion::from_segments(segments)
    }

    /// A bound below every pre-release of this release and above everything that is below those.
    #[must_use]
    pub(crate) fn below_prereleases(&self) -> GemVersion {
        let mut segments = self.head().to_vec();
        segments.push(Segment::Lowest);
        GemVersion::from_segments(segments)
    }

    fn head(&self) -> &[Segment] {
        let end = self.segments.iter().position(|segment| !matches!(segment, Segment::Numeric(_)));
        &self.segments[..end.unwrap_or(self.segments.len())]
    }

    /// What is compared: the numbers before the first letters and the rest, each without the zeros at its end.
    fn canonical(&self) -> impl Iterator<Item = &Segment> {
        let head = self.head();
        let tail = &self.segments[head.len()..];
        without_zeros(head).iter().chain(without_zeros(tail))
    }
}

/// What `\s` is in Ruby.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

fn segments(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| {
            if first.is_ascii_digit() { c.is_ascii_digit() } else { c.is_ascii_alphabetic() }
        };
        let end = rest.find(|c| !is_same(c)).unwrap_or(rest.len());
        if let Some(number) = Number::parse(&rest[..end]) {
            segments.push(Segment::Numeric(number));
        } else if end > 0 {
            segments.push(Segment::Text(rest[..end].into()));
        }
        rest = &rest[end.max(first.len_utf8())..];
    }
    segments
}

fn without_zeros(segments: &[Segment]) -> &[Segment] {
    let is_zero = |segment: &Segment| matches!(segment, Segment::Numeric(number) if number.is_zero());
    let end = segments.iter().rposition(|segment| !is_zero(segment)).map_or(0, |last| last + 1);
    &segments[..end]
}

impl Ord for GemVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let zero = Segment::Numeric(Number::from(0));
        let (mut a, mut b) = (self.canonical(), other.canonical());
        loop {
            let (left, right) = (a.next(), b.next());
            if left.is_none() && right.is_none() {
                return Ordering::Equal;
            }
            match left.unwrap_or(&zero).cmp(right.unwrap_or(&zero)) {
                Ordering::Equal => {}
                decided => return decided,
            }
        }
    }
}

impl PartialOrd for GemVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GemVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for GemVersion {}

impl fmt::Display for GemVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
