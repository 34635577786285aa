//! Requirements on Haskell packages: Cabal's version ranges (Cabal User Guide, "build-depends") and hpack's dialect of
//! them (hpack README, "Dependencies").
//!
//! Traps:
//! - `&&` binds tighter than `||`. Spaces are free between the parts, but not inside `||`, `-any` or a version.
//! - `==0.3.*` is `>=0.3 && <0.4`; a wildcard may follow no other operator. `^>=1` is `>=1 && <1.1`.
//! - The sets `== { 1, 2 }` and `^>= { 1, 2 }` hold plain versions: no wildcards, no tags, no trailing comma.
//! - `-any` and `-none` are read although Cabal refuses them from `cabal-version: 3.4` on, where they could mean nothing
//!   else; likewise operators that are younger than the file's `cabal-version`.
//! - Every version is at least 0, so `>=0` bounds nothing and nothing satisfies `<0`.
//! - hpack puts `==` in front and, if that is no range, takes the text as it stands: `0.3`, `0.3.*` and even `{0.3, 0.4}`
//!   are pins, `>=0.3` is what it says.
//!
//! There are no pre-releases: every interval admits them.

use std::cmp::Ordering;
use std::ops::Bound;

use super::version::{HackageVersion, is_space, number};
use crate::model::Grammar;
use crate::version::{Interval, Order, Version, VersionRange};

/// Deepest nesting of parentheses that is read.
const MAX_DEPTH: usize = 128;

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    if grammar == Grammar::Hpack
        && let Ok(range) = cabal(&format!("=={text}"))
    {
        return Ok(range);
    }
    cabal(text)
}

/// The versions that are in both; sorted and free of overlaps, so that a chain of intersections cannot grow.
pub fn intersect(a: &VersionRange, b: &VersionRange) -> VersionRange {
    merged(a.intersect(b))
}

/// The versions that are in one or the other; sorted and free of overlaps.
pub fn union(a: VersionRange, b: VersionRange) -> VersionRange {
    merged(a.union(b))
}

fn cabal(text: &str) -> Result<VersionRange, String> {
    let mut parser = Parser { rest: text };
    let range = parser.alternatives(0)?;
    if parser.rest.is_empty() { Ok(range) } else { Err(parser.unexpected("an operator")) }
}

/// What is still to be read.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(&format!("`{token}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.rest.chars().next() {
            Some(c) => format!("{wanted} is expected where `{}` stands", c.escape_debug()),
            None => format!("{wanted} is expected at its end"),
        }
    }

    fn alternatives(&mut self, depth: usize) -> Result<VersionRange, String> {
        let mut range = self.conjunction(depth)?;
        while self.eat("||") {
            range = union(range, self.conjunction(depth)?);
        }
        Ok(range)
    }

    fn conjunction(&mut self, depth: usize) -> Result<VersionRange, String> {
        let mut range = self.factor(depth)?;
        while self.eat("&&") {
            range = intersect(&range, &self.factor(depth)?);
        }
        Ok(range)
    }

    /// A range in parentheses or one comparison, and the spaces on both sides.
    fn factor(&mut self, depth: usize) -> Result<VersionRange, String> {
        self.skip_spaces();
        let range = if self.eat("(") {
            if depth == MAX_DEPTH {
                return Err(format!("its parentheses are nested more than {MAX_DEPTH} deep"));
            }
            let range = self.alternatives(depth + 1)?;
            self.expect(")")?;
            range
        } else {
            self.comparison()?
        };
        self.skip_spaces();
        Ok(range)
    }

    fn comparison(&mut self) -> Result<VersionRange, String> {
        let length = self.rest.find(|c| !matches!(c, '<' | '=' | '>' | '^' | '-')).unwrap_or(self.rest.len());
        let (operator, rest) = self.rest.split_at(length);
        if operator.is_empty() {
            return Err(self.unexpected("an operator"));
        }
        self.rest = rest;
        if operator == "-" {
            return self.word();
        }
        self.skip_spaces();
        match operator {
            "==" | "^>=" if self.eat("{") => self.set(operator),
            "==" | "^>=" | ">=" | "<=" | ">" | "<" => {
                let (version, wildcard) = self.version()?;
                match (operator, wildcard) {
                    ("==", true) => Ok(from_up_to(version.clone(), after_prefix(&version))),
                    (_, true) => Err(format!("a wildcard may not follow `{operator}`")),
                    (_, false) => Ok(compared(operator, version)),
                }
            }
            _ => Err(format!("`{operator}` is no operator")),
        }
    }

    fn word(&mut self) -> Result<VersionRange, String> {
        if self.eat("any") {
            Ok(VersionRange::all(true))
        } else if self.eat("none") {
            Ok(VersionRange::none())
        } else {
            Err("`-` is no operator".into())
        }
    }

    fn set(&mut self, operator: &str) -> Result<VersionRange, String> {
        let mut range = VersionRange::none();
        loop {
            self.skip_spaces();
            range = union(range, compared(operator, HackageVersion::new(self.numbers()?.0)));
            self.skip_spaces();
            if self.eat("}") {
                return Ok(range);
            }
            self.expect(",")?;
        }
    }

    /// A version with its tags, or a prefix and `.*`.
    fn version(&mut self) -> Result<(HackageVersion, bool), String> {
        let (numbers, dot) = self.numbers_and_dot()?;
        if dot {
            self.expect("*")?;
            return Ok((HackageVersion::new(numbers), true));
        }
        while self.eat("-") {
            let length = self.rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(self.rest.len());
            if length == 0 {
                return Err("a tag is empty".into());
            }
            self.rest = &self.rest[length..];
        }
        Ok((HackageVersion::new(numbers), false))
    }

    fn numbers(&mut self) -> Result<(Vec<u32>, bool), String> {
        match self.numbers_and_dot()? {
            (_, true) => Err(self.unexpected("a number")),
            numbers => Ok(numbers),
        }
    }

    /// Numbers joined by dots, and whether a dot follows that no number follows.
    fn numbers_and_dot(&mut self) -> Result<(Vec<u32>, bool), String> {
        let mut numbers = Vec::new();
        loop {
            let length = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            if length == 0 && !numbers.is_empty() {
                return Ok((numbers, true));
            }
            if length == 0 {
                return Err(self.unexpected("a version"));
            }
            numbers.push(number(&self.rest[..length])?);
            self.rest = &self.rest[length..];
            if !self.eat(".") {
                return Ok((numbers, false));
            }
        }
    }
}

fn compared(operator: &str, version: HackageVersion) -> VersionRange {
    let is_zero = version.numbers() == [0];
    // Only zeros can lie between 0 and zeros; spelt out, so that an interval below 0 cannot seem to hold something.
    let least = if version.numbers().iter().all(|number| *number == 0) {
        Bound::Included(as_version(HackageVersion::new(vec![0])))
    } else {
        Bound::Unbounded
    };
    match operator {
        "^>=" => {
            let upper = next_major(&version);
            from_up_to(version, upper)
        }
        ">=" if is_zero => VersionRange::all(true),
        ">=" => VersionRange::between(Bound::Included(as_version(version)), Bound::Unbounded, true),
        ">" => VersionRange::between(Bound::Excluded(as_version(version)), Bound::Unbounded, true),
        "<=" => VersionRange::between(least, Bound::Included(as_version(version)), true),
        "<" => VersionRange::between(least, Bound::Excluded(as_version(version)), true),
        _ => VersionRange::exactly(as_version(version)),
    }
}

fn from_up_to(lower: HackageVersion, upper: HackageVersion) -> VersionRange {
    VersionRange::between(Bound::Included(as_version(lower)), Bound::Excluded(as_version(upper)), true)
}

fn as_version(version: HackageVersion) -> Version {
    Version::new(version.to_string(), Order::Hackage(version))
}

/// The first version behind all that start with this one.
fn after_prefix(version: &HackageVersion) -> HackageVersion {
    let mut numbers = version.numbers().to_vec();
    if let Some(last) = numbers.last_mut() {
        *last += 1;
    }
    HackageVersion::new(numbers)
}

/// The next major version, which is two numbers in the Package Versioning Policy.
fn next_major(version: &HackageVersion) -> HackageVersion {
    match version.numbers() {
        [first, second, ..] => HackageVersion::new(vec![*first, second + 1]),
        [first] => HackageVersion::new(vec![*first, 1]),
        [] => HackageVersion::new(vec![0, 1]),
    }
}

/// The same set as intervals in ascending order that neither overlap nor touch.
fn merged(range: VersionRange) -> VersionRange {
    if range.intervals().len() < 2 {
        return range;
    }
    let mut intervals: Vec<Interval> = range.intervals().to_vec();
    intervals.sort_by(|a, b| compare_lower(a.lower(), b.lower()));
    let mut disjoint: Vec<Interval> = Vec::new();
    for interval in intervals {
        match disjoint.last_mut() {
            Some(last) if touches(last.upper(), interval.lower()) => {
                let upper = if compare_upper(last.upper(), interval.upper()) == Ordering::Less {
                    interval.upper()
                } else {
                    last.upper()
                };
                *last = Interval::new(last.lower().clone(), upper.clone(), true);
            }
            _ => disjoint.push(interval),
        }
    }
    VersionRange::from_intervals(disjoint)
}

fn compare_lower(a: &Bound<Version>, b: &Bound<Version>) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Less,
        (_, Bound::Unbounded) => Ordering::Greater,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) if a != b => a.cmp(b),
        (Bound::Included(_), Bound::Excluded(_)) => Ordering::Less,
        (Bound::Excluded(_), Bound::Included(_)) => Ordering::Greater,
        (Bound::Included(_), Bound::Included(_)) | (Bound::Excluded(_), Bound::Excluded(_)) => Ordering::Equal,
    }
}

fn compare_upper(a: &Bound<Version>, b: &Bound<Version>) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Greater,
        (_, Bound::Unbounded) => Ordering::Less,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) if a != b => a.cmp(b),
        (Bound::Included(_), Bound::Excluded(_)) => Ordering::Greater,
        (Bound::Excluded(_), Bound::Included(_)) => Ordering::Less,
        (Bound::Included(_), Bound::Included(_)) | (Bound::Excluded(_), Bound::Excluded(_)) => Ordering::Equal,
    }
}

/// Whether nothing lies between an upper bound and a lower bound that is not below the first interval's own.
fn touches(upper: &Bound<Version>, lower: &Bound<Version>) -> bool {
    match (upper, lower) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(upper), Bound::Excluded(lower)) => lower < upper,
        (Bound::Included(upper) | Bound::Excluded(upper), Bound::Included(lower) | Bound::Excluded(lower)) => {
            lower <= upper
        }
    }
}
