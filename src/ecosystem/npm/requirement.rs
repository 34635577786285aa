//! Requirements on npm packages: node-semver's ranges in strict mode (its README, "Ranges" and "Advanced Range Syntax"),
//! else the name of a dist-tag.
//!
//! node-semver reads a range by rewriting its text step by step, and its corner cases come from those steps (`0.10.3||` is
//! anything, `1.2.3*` is `1.2.3`, `==1.2` is a range and `==1.2.3` is none). So this follows the same steps:
//! hyphen ranges, blanks behind operators, `^`, `~`, x-ranges, stars, and only then comparators.
//!
//! Traps:
//! - A pre-release satisfies a set of comparators only if one of them names a pre-release of the same three numbers. So a
//!   set gives one interval of releases and, for each triple named that way, one of its pre-releases.
//! - An upper bound such as `<0.11.0-0` names the triple 0.11.0, but admits nothing of it.
//! - A tag says nothing about the version: `latest` may point anywhere, and the publisher can move it.
//!
//! Not done here: what only node-semver's loose mode reads is refused, see `version`.

use std::ops::Bound;

use super::version::{NpmVersion, is_white_space, trim};
use crate::ecosystem::number::Number;
use crate::model::Grammar;
use crate::version::{Interval, Order, Version, VersionRange};

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is neither a range nor the name of a tag.
pub fn range(text: &str, _grammar: Grammar) -> Result<VersionRange, String> {
    match semver_range(text) {
        Ok(range) => Ok(range),
        Err(_) if is_tag(trim(text)) => Ok(VersionRange::all(false)),
        Err(why) => Err(why),
    }
}

/// Whether a text is a range in node-semver's grammar.
pub fn is_range(text: &str) -> bool {
    semver_range(text).is_ok()
}

/// Whether a text can name a dist-tag: nothing in it needs escaping in an address, it starts with a letter or digit, and it
/// does not look like a version that is spelled wrong (`01.2.3`, `0.10.3.1`).
fn is_tag(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || !text.bytes().all(is_plain) {
        return false;
    }
    let number = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() == number.len() || !(rest.is_empty() || rest.starts_with('.'))
}

fn semver_range(text: &str) -> Result<VersionRange, String> {
    let words: Vec<&str> = text.split(is_white_space).filter(|word| !word.is_empty()).collect();
    let joined = words.join(" ");
    let alternatives = joined.split("||").map(|alternative| comparators(alternative.trim_matches(' ')));
    let alternatives: Vec<Vec<Comparator>> = alternatives.collect::<Result<_, _>>()?;
    if alternatives.iter().any(Vec::is_empty) {
        // Next to an alternative that asks for nothing, node-semver forgets the others, pre-releases that they name too.
        return Ok(VersionRange::all(false));
    }
    let mut intervals: Vec<Interval> = Vec::new();
    for alternative in alternatives {
        for interval in admitted(&alternative).intervals() {
            if !intervals.contains(interval) {
                intervals.push(interval.clone());
            }
        }
    }
    Ok(VersionRange::from_intervals(intervals))
}

/// One comparison with a version.
#[derive(Clone, Debug)]
struct Comparator {
    operator: Operator,
    version: NpmVersion,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// The versions that satisfy all of some comparators.
fn admitted(comparators: &[Comparator]) -> VersionRange {
    let mut intervals = Vec::new();
    let mut triples: Vec<NpmVersion> = Vec::new();
    for comparator in comparators.iter().filter(|comparator| comparator.version.is_prerelease()) {
        let triple = comparator.version.release();
        if !triples.contains(&triple) {
            triples.push(triple);
        }
    }
    for triple in triples {
        let lower = Bound::Included(version(triple.lowest_prerelease()));
        let all = VersionRange::between(lower, Bound::Excluded(version(triple)), true);
        let some = comparators.iter().fold(all, |range, comparator| range.intersect(&comparator.range(true)));
        intervals.extend_from_slice(some.intervals());
    }
    // Nothing is below 0.0.0; as a bound it makes `<0.0.0` empty.
    let lowest = Bound::Included(version(lowest()));
    let all = VersionRange::between(lowest, Bound::Unbounded, false);
    let releases = comparators.iter().fold(all, |range, comparator| range.intersect(&comparator.range(false)));
    intervals.extend(releases.intervals().iter().map(without_lowest));
    VersionRange::from_intervals(intervals)
}

/// The interval with 0.0.0 and up as its lower end said as what it is: no bound.
fn without_lowest(interval: &Interval) -> Interval {
    match interval.lower() {
        Bound::Included(lower)
            if *lower == version(lowest()) && interval.upper() != &Bound::Included(lower.clone()) =>
        {
            Interval::new(Bound::Unbounded, interval.upper().clone(), interval.admits_prereleases())
        }
        _ => interval.clone(),
    }
}

fn lowest() -> NpmVersion {
    NpmVersion::parse("0.0.0").unwrap_or_else(|_| unreachable!("0.0.0 is a version"))
}

fn version(order: NpmVersion) -> Version {
    Version::new(order.to_string(), Order::Npm(order))
}

impl Comparator {
    fn range(&self, prereleases: bool) -> VersionRange {
        let version = version(self.version.clone());
        let (lower, upper) = match self.operator {
            Operator::Less => (Bound::Unbounded, Bound::Excluded(version)),
            Operator::LessOrEqual => (Bound::Unbounded, Bound::Included(version)),
            Operator::Greater => (Bound::Excluded(version), Bound::Unbounded),
            Operator::GreaterOrEqual => (Bound::Included(version), Bound::Unbounded),
            Operator::Equal => (Bound::Included(version.clone()), Bound::Included(version)),
        };
        VersionRange::between(lower, upper, prereleases)
    }

    /// Reads a comparator as it stands after all rewriting (node-semver's `COMPARATOR`); an empty one asks for nothing.
    fn parse(text: &str) -> Result<Option<Comparator>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let (operator, rest) = operator(text);
        let operator = match operator {
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            _ => Operator::Equal,
        };
        match NpmVersion::parse_comparator(rest) {
            Ok(version) => Ok(Some(Comparator { operator, version })),
            Err(why) => Err(format!("`{text}` is no comparison with a version: {why}")),
        }
    }
}

/// The comparators of one alternative, whose blanks are single spaces.
fn comparators(text: &str) -> Result<Vec<Comparator>, String> {
    let text = hyphen_range(&without_build(text));
    let text = trim_behind_carets_and_tildes(&trim_behind_operators(&text));
    let mut comparators = Vec::new();
    for word in text.split(' ') {
        let rewritten = caret(word).or_else(|| tilde(word)).unwrap_or_else(|| word.to_owned());
        let rewritten: Vec<String> = rewritten.split(' ').map(x_range).collect();
        let rewritten = without_star(rewritten.join(" ").trim());
        for comparator in rewritten.split(' ').filter(|comparator| *comparator != ">=0.0.0") {
            comparators.extend(Comparator::parse(comparator)?);
        }
    }
    Ok(comparators)
}

/// Takes out every `+build.metadata`.
fn without_build(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(plus) = rest.find('+') {
        let (before, behind) = rest.split_at(plus);
        let length = build_length(&behind[1..]);
        out.push_str(before);
        out.push_str(if length == 0 { "+" } else { "" });
        rest = &behind[1 + length..];
    }
    out + rest
}

/// Length of the dot-separated words at the start of a text.
fn build_length(text: &str) -> usize {
    let mut end = 0;
    for (number, word) in text.split('.').enumerate() {
        let length = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(word.len());
        if length == 0 {
            break;
        }
        end += length + usize::from(number > 0);
        if length < word.len() {
            break;
        }
    }
    end
}

/// `A - B` as two comparators; a partial `B` admits all that starts like it.
fn hyphen_range(text: &str) -> String {
    let parts =
        text.split_once(" - ").and_then(|(from, to)| Some((from, Partial::parse(from)?, to, Partial::parse(to)?)));
    let Some((from_text, from, to_text, to)) = parts else { return text.to_owned() };
    let lower = match from.parts() {
        (None, _, _) => String::new(),
        (Some(major), None, _) => format!(">={major}.0.0"),
        (Some(major), Some(minor), None) => format!(">={major}.{minor}.0"),
        (Some(_), Some(_), Some(_)) => format!(">={from_text}"),
    };
    let upper = match (to.parts(), to.prerelease) {
        ((None, _, _), _) => String::new(),
        ((Some(major), None, _), _) => format!("<{}.0.0-0", successor(major)),
        ((Some(major), Some(minor), None), _) => format!("<{major}.{}.0-0", successor(minor)),
        ((Some(major), Some(minor), Some(patch)), Some(prerelease)) => {
            format!("<={major}.{minor}.{patch}-{prerelease}")
        }
        ((Some(_), Some(_), Some(_)), None) => format!("<={to_text}"),
    };
    format!("{lower} {upper}").trim().to_owned()
}

/// Takes out the blank between an operator and its version, and leaves what is none alone.
fn trim_behind_operators(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_prefix = |byte: u8| matches!(byte, b'v' | b'=' | b' ');
    let is_start = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*');
    let is_version = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'*');
    let mut dropped = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        if matches!(bytes[at], b'<' | b'>') {
            at += 1;
        } else if !is_prefix(bytes[at]) && !is_start(bytes[at]) {
            at += 1;
            continue;
        }
        at += bytes[at..].iter().take_while(|byte| is_prefix(**byte)).count();
        if !bytes.get(at).is_some_and(|byte| is_start(*byte)) {
            continue;
        }
        let mut blank = start + usize::from(bytes[start] == b' ');
        blank += usize::from(matches!(bytes.get(blank), Some(b'<' | b'>')));
        blank += usize::from(bytes.get(blank) == Some(&b'='));
        if bytes.get(blank) == Some(&b' ') {
            dropped.push(blank);
        }
        at += bytes[at..].iter().take_while(|byte| is_version(**byte)).count();
    }
    let mut out = String::new();
    let mut from = 0;
    for blank in dropped {
        out.push_str(&text[from..blank]);
        from = blank + 1;
    }
    out + &text[from..]
}

/// Takes out blanks behind `~`, `~>` and `^`.
fn trim_behind_carets_and_tildes(text: &str) -> String {
    text.replace("~> ", "~").replace("~ ", "~").replace("^ ", "^")
}

/// A version of which parts may be missing or wild (node-semver's `XRANGEPLAIN`).
struct Partial<'a> {
    major: &'a str,
    minor: Option<&'a str>,
    patch: Option<&'a str>,
    prerelease: Option<&'a str>,
}

impl<'a> Partial<'a> {
    fn parse(text: &'a str) -> Option<Partial<'a>> {
        let text = text.trim_start_matches(['v', '=', ' ']);
        let (core, prerelease) = match text.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (text, None),
        };
        let mut parts = core.split('.');
        let major = parts.next()?;
        let partial = Partial { major, minor: parts.next(), patch: parts.next(), prerelease };
        let written = [Some(partial.major), partial.minor, partial.patch];
        let is_complete = parts.next().is_none() && (prerelease.is_none() || partial.patch.is_some());
        let is_sound = written.into_iter().flatten().all(is_number_or_wild);
        let is_prerelease =
            |text: &str| !text.contains(' ') && NpmVersion::parse_comparator(&format!("0.0.0-{text}")).is_ok();
        (is_complete && is_sound && prerelease.is_none_or(is_prerelease)).then_some(partial)
    }

    /// The three numbers; `None` from the first on that is missing or wild.
    fn parts(&self) -> (Option<&'a str>, Option<&'a str>, Option<&'a str>) {
        let major = Some(self.major).filter(|part| !is_wild(part));
        let minor = self.minor.filter(|part| major.is_some() && !is_wild(part));
        let patch = self.patch.filter(|part| minor.is_some() && !is_wild(part));
        (major, minor, patch)
    }

    /// Whether a number stands behind a wild part.
    fn is_out_of_order(&self) -> bool {
        let is_number = |part: Option<&str>| part.is_some_and(|part| !is_wild(part));
        let is_missing_or_wild = |part: Option<&str>| part.is_none_or(is_wild);
        is_wild(self.major) && is_number(self.minor) || is_missing_or_wild(self.minor) && is_number(self.patch)
    }
}

fn is_wild(part: &str) -> bool {
    matches!(part, "x" | "X" | "*")
}

fn is_number_or_wild(part: &str) -> bool {
    let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_wild(part) || part == "0" || is_number && !part.starts_with('0')
}

fn successor(digits: &str) -> String {
    Number::parse(digits).map_or_else(String::new, |number| number.successor().to_string())
}

/// `^1.2.3`: what keeps the left-most number that is not zero.
fn caret(word: &str) -> Option<String> {
    let partial = Partial::parse(word.strip_prefix('^')?)?;
    Some(match partial.parts() {
        (None, _, _) => String::new(),
        (Some(major), None, _) => format!(">={major}.0.0 <{}.0.0-0", successor(major)),
        (Some("0"), Some(minor), None) => format!(">=0.{minor}.0 <0.{}.0-0", successor(minor)),
        (Some(major), Some(minor), None) => format!(">={major}.{minor}.0 <{}.0.0-0", successor(major)),
        (Some(major), Some(minor), Some(patch)) => {
            let prerelease = partial.prerelease.map_or(String::new(), |prerelease| format!("-{prerelease}"));
            let upper = match (major, minor) {
                ("0", "0") => format!("0.0.{}", successor(patch)),
                ("0", minor) => format!("0.{}.0", successor(minor)),
                (major, _) => format!("{}.0.0", successor(major)),
            };
            format!(">={major}.{minor}.{patch}{prerelease} <{upper}-0")
        }
    })
}

/// `~1.2.3` or `~>1.2.3`: what keeps the first two numbers, or the first if it is alone.
fn tilde(word: &str) -> Option<String> {
    let rest = word.strip_prefix('~')?;
    let partial = Partial::parse(rest.strip_prefix('>').unwrap_or(rest))?;
    Some(match partial.parts() {
        (None, _, _) => String::new(),
        (Some(major), None, _) => format!(">={major}.0.0 <{}.0.0-0", successor(major)),
        (Some(major), Some(minor), patch) => {
            let prerelease = partial.prerelease.filter(|_| patch.is_some());
            let prerelease = prerelease.map_or(String::new(), |prerelease| format!("-{prerelease}"));
            format!(">={major}.{minor}.{}{prerelease} <{major}.{}.0-0", patch.unwrap_or("0"), successor(minor))
        }
    })
}

/// The comparison operator at the start of a word, and the rest (node-semver's `GTLT`).
fn operator(word: &str) -> (&str, &str) {
    let length = usize::from(word.starts_with(['<', '>']));
    let length = length + usize::from(word[length..].starts_with('='));
    word.split_at(length)
}

/// A comparison with a partial version as comparisons with whole ones; anything else as it is.
fn x_range(word: &str) -> String {
    let (operator, rest) = operator(word);
    let Some(partial) = Partial::parse(rest).filter(|partial| !partial.is_out_of_order()) else {
        return word.to_owned();
    };
    match (partial.parts(), operator) {
        ((None, _, _), "<" | ">") => "<0.0.0-0".into(),
        ((None, _, _), _) => String::new(),
        ((Some(_), Some(_), Some(_)), _) => word.to_owned(),
        ((Some(major), None, _), ">") => format!(">={}.0.0", successor(major)),
        ((Some(major), Some(minor), None), ">") => format!(">={major}.{}.0", successor(minor)),
        ((Some(major), None, _), "<=") => format!("<{}.0.0-0", successor(major)),
        ((Some(major), Some(minor), None), "<=") => format!("<{major}.{}.0-0", successor(minor)),
        ((Some(major), minor, _), "<") => format!("<{major}.{}.0-0", minor.unwrap_or("0")),
        ((Some(major), minor, _), ">=") => format!(">={major}.{}.0", minor.unwrap_or("0")),
        ((Some(major), None, _), _) => format!(">={major}.0.0 <{}.0.0-0", successor(major)),
        ((Some(major), Some(minor), None), _) => format!(">={major}.{minor}.0 <{major}.{}.0-0", successor(minor)),
    }
}

/// Takes out the first `*` with the operator before it, wherever it stands.
fn without_star(text: &str) -> String {
    let Some(star) = text.find('*') else { return text.to_owned() };
    let before = text[..star].trim_end_matches(' ');
    let before = before.strip_suffix('=').unwrap_or(before);
    let before = before.strip_suffix(['<', '>']).unwrap_or(before);
    format!("{before}{}", &text[star + 1..])
}
