//! Raising the lower bound of a requirement: which characters of its text change, and to what.
//!
//! A text is taken as comparators, each an operator and a version. What bounds from below is moved up with its operator and
//! its precision (`~> 4.6` to `~> 4.10`); what bounds from above, and what is left out, stays as it is. Whether that does what
//! is meant is not for this module to believe: each candidate is put to the ecosystem's own reading of requirements.
//!
//! Traps:
//! - A pin needs the whole number: 5.12 was never published, 5.12.4 was.
//! - A wildcard that is moved up can still let a broken version in (`0.10.x`); then it becomes the operator that says the same
//!   from a version on.
//! - PEP 440's `===` compares text, and is left to people. So are alternatives, sets and what has several words in it.

use std::ops::Range;

use crate::model::Grammar;

/// A piece of the text and what takes its place.
pub(super) type Piece = (Range<usize>, String);

/// An operator with its version.
#[derive(Debug)]
struct Comparator {
    kind: Kind,
    /// From the operator's first character.
    whole: Range<usize>,
    version: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// This version, or a minimum that is written bare.
    Pin,
    /// From this version on, up to some other.
    Compatible,
    /// From this version on.
    AtLeast,
    /// Above this version.
    Above,
    /// What bounds from above, and what is left out.
    Other,
}

/// The pieces to change so that the requirement is good and admits `to`; none if it is so already.
///
/// # Errors
/// Why it is left to people.
pub(super) fn raise(
    text: &str,
    grammar: Grammar,
    to: &str,
    is_good: impl Fn(&str) -> bool,
) -> Result<Vec<Piece>, String> {
    if is_good(text) {
        return Ok(Vec::new());
    }
    if matches!(grammar, Grammar::Dep | Grammar::Glide) {
        // The suffix is no part of the tag; only go.mod has it.
        let tag = to.trim_end_matches("+incompatible");
        return Err(format!(
            "what tools before Go modules are asked for is not edited; move to Go modules, or ask for the tag `{tag}` there"
        ));
    }
    if text.trim().is_empty() || text.trim() == "*" {
        let Some(least) = at_least(grammar, to) else { return Err(not_understood(text)) };
        let pieces = vec![(0..text.len(), least)];
        return if is_good(&put(text, &pieces)) { Ok(pieces) } else { Err(not_understood(text)) };
    }
    let comparators = comparators(text, grammar).ok_or_else(|| not_understood(text))?;
    let mut candidates: Vec<Vec<Piece>> = Vec::new();
    let lower: Vec<&Comparator> = comparators.iter().filter(|one| one.kind != Kind::Other).collect();
    if lower.is_empty() {
        let no_lower = || format!("`{text}` has no lower bound that could be raised");
        let between = between(grammar).ok_or_else(no_lower)?;
        candidates.push(vec![(0..0, format!(">={to}{between}"))]);
    }
    for form in [short, full, from] {
        let pieces = lower.iter().map(|one| form(text, one, grammar, to)).collect::<Option<Vec<Piece>>>();
        candidates.extend(pieces.filter(|pieces| !pieces.is_empty()));
    }
    let good = candidates.into_iter().find(|pieces| is_good(&put(text, pieces)));
    good.ok_or_else(|| match comparators.len() {
        1 if lower.is_empty() => format!("`{text}` leaves out {to}; whether that bound can go is for a person to say"),
        1 => not_understood(text),
        _ => format!("`{text}` has other bounds, which leave out {to}; whether they can go is for a person to say"),
    })
}

/// The versions that bound from below, without wildcards.
pub(super) fn lower_bounds(text: &str, grammar: Grammar) -> Vec<&str> {
    let comparators = comparators(text, grammar).unwrap_or_default();
    let lower = comparators.into_iter().filter(|one| one.kind != Kind::Other);
    lower.map(|one| fixed(&text[one.version])).filter(|version| !version.is_empty()).collect()
}

/// A text with pieces of it changed.
pub(super) fn put(text: &str, pieces: &[Piece]) -> String {
    let mut out = text.to_owned();
    for (range, new) in pieces.iter().rev() {
        out.replace_range(range.clone(), new);
    }
    out
}

fn not_understood(text: &str) -> String {
    format!("`{text}` is not of a form that is edited")
}

/// What stands between two requirements that hold together in one text.
fn between(grammar: Grammar) -> Option<&'static str> {
    match grammar {
        Grammar::Pep440 | Grammar::Poetry | Grammar::Pipfile | Grammar::Conda => Some(","),
        Grammar::Cargo => Some(", "),
        Grammar::Npm | Grammar::Paket => Some(" "),
        Grammar::Cabal | Grammar::Hpack => Some(" && "),
        Grammar::Gem | Grammar::Maven | Grammar::Gradle | Grammar::Nuget | Grammar::PackagesConfig => None,
        Grammar::GoMod | Grammar::Dep | Grammar::Glide => None,
    }
}

/// The requirement of a version or any later one.
fn at_least(grammar: Grammar, to: &str) -> Option<String> {
    match grammar {
        Grammar::Pep440 | Grammar::Poetry | Grammar::Pipfile | Grammar::Conda | Grammar::Cargo | Grammar::Npm => {
            Some(format!(">={to}"))
        }
        Grammar::Cabal | Grammar::Hpack | Grammar::Gem | Grammar::Paket => Some(format!(">= {to}")),
        Grammar::Maven | Grammar::Gradle => Some(format!("[{to},)")),
        Grammar::Nuget => Some(to.to_owned()),
        Grammar::PackagesConfig | Grammar::GoMod | Grammar::Dep | Grammar::Glide => None,
    }
}

/// The comparators of a text; `None` if it is not made of such.
fn comparators(text: &str, grammar: Grammar) -> Option<Vec<Comparator>> {
    let mut found: Vec<Comparator> = Vec::new();
    let mut rest = 0;
    while let Some(version) = next_version(text, rest) {
        let gap = &text[rest..version.start];
        let bare = gap.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '&'));
        let start = version.start - bare.len();
        let operator: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
        let kind = kind(&operator, found.last(), text, grammar)?;
        found.push(Comparator { kind, whole: start..version.end, version: version.clone() });
        rest = version.end;
    }
    let closed = |c: char| c.is_whitespace() || matches!(c, ']' | ')' | '[' | ',' | '!' | '(');
    let is_whole = text[rest..].chars().all(closed);
    (is_whole && !found.is_empty()).then_some(found)
}

fn kind(operator: &str, before: Option<&Comparator>, text: &str, grammar: Grammar) -> Option<Kind> {
    let is_first = before.is_none();
    let has_brackets = matches!(grammar, Grammar::Maven | Grammar::Gradle | Grammar::Nuget)
        && text.trim_start().starts_with(['[', '(', ']']);
    Some(match operator {
        "" if has_brackets && !is_first => Kind::Other,
        // `(,2.0]`: the first number is the upper bound.
        "(" | "]" | "[" if text.trim_start()[1..].trim_start().starts_with(',') => Kind::Other,
        "[" if has_brackets && is_first => Kind::Pin,
        "(" | "]" if has_brackets && is_first => Kind::Above,
        "" | "=" | "==" | "strictly" | "require" | "prefer" if is_first => Kind::Pin,
        "~" | "^" | "~>" | "~=" | "^>=" => Kind::Compatible,
        ">=" => Kind::AtLeast,
        ">" => Kind::Above,
        "<" | "<=" | "!=" => Kind::Other,
        // npm's `1.0 - 2.0`
        "-" if grammar == Grammar::Npm && !is_first => Kind::Other,
        _ => return None,
    })
}

/// The next run of characters that is a version: it starts with a digit, a `v` before one, or a wildcard.
fn next_version(text: &str, from: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '*');
    let mut at = from;
    while at < text.len() {
        let run: usize = text[at..].chars().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
        let word = &text[at..at + run];
        let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
        if digits.starts_with(|c: char| c.is_ascii_digit()) || matches!(word, "*" | "x" | "X" | "+") {
            return Some(at..at + run);
        }
        at += run.max(text[at..].chars().next().map_or(1, char::len_utf8));
    }
    None
}

/// A version as far as it has no wildcard.
fn fixed(version: &str) -> &str {
    let parts = version.split_inclusive('.');
    let is_wild = |part: &&str| matches!(part.trim_end_matches('.'), "*" | "x" | "X" | "+");
    let length: usize = parts.take_while(|part| !is_wild(part)).map(str::len).sum();
    version[..length].trim_end_matches('.')
}

fn is_wild(version: &str) -> bool {
    fixed(version).len() < version.len()
}

/// How many numbers a version has, if it is made of nothing else.
fn precision(version: &str) -> Option<usize> {
    let digits = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.split('.').all(is_number).then(|| digits.split('.').count())
}

/// The first numbers of a version.
fn cut(version: &str, count: usize) -> Option<String> {
    let parts: Vec<&str> = version.split('.').collect();
    (precision(version).is_some() && parts.len() >= count && count > 0).then(|| parts[..count].join("."))
}

/// The version with as many numbers as were written, and with the wildcard that was; for a pin all of it.
fn short(text: &str, one: &Comparator, grammar: Grammar, to: &str) -> Option<Piece> {
    let written = &text[one.version.clone()];
    let (fixed, wild) = written.split_at(fixed(written).len());
    // A bare version is a range of its own here.
    let is_cut = matches!(grammar, Grammar::Npm | Grammar::Cargo | Grammar::Conda) || one.kind != Kind::Pin;
    if one.kind == Kind::Above || (wild.is_empty() && !is_cut) {
        return full(text, one, grammar, to);
    }
    let version = precision(fixed).and_then(|count| cut(to, count)).unwrap_or_else(|| to.to_owned());
    if fixed.is_empty() || (!wild.is_empty() && version == to) {
        return None;
    }
    Some((one.version.clone(), format!("{}{version}{wild}", mark(fixed, to))))
}

/// The whole version under the operator that was written.
fn full(text: &str, one: &Comparator, grammar: Grammar, to: &str) -> Option<Piece> {
    let written = &text[one.version.clone()];
    if is_wild(written) {
        return None;
    }
    if one.kind == Kind::Above {
        let is_bracket = text[one.whole.clone()].starts_with(['(', ']']);
        let operator = match (is_bracket, grammar) {
            (true, _) => "[",
            (false, Grammar::Gem | Grammar::Cabal | Grammar::Hpack) => ">= ",
            (false, _) => ">=",
        };
        return Some((one.whole.clone(), format!("{operator}{to}")));
    }
    Some((one.version.clone(), format!("{}{to}", mark(written, to))))
}

/// For a wildcard: the operator that admits as much from the version on.
fn from(text: &str, one: &Comparator, grammar: Grammar, to: &str) -> Option<Piece> {
    let written = &text[one.version.clone()];
    if !is_wild(written) {
        return full(text, one, grammar, to);
    }
    // Blanks between operator and version stay.
    let operator = &text[one.whole.start..one.version.start];
    let blank = &operator[operator.trim_end().len()..];
    let count = precision(fixed(written)).unwrap_or(0);
    let numbers = to.split('.').count();
    let new = match (grammar, count) {
        (Grammar::Npm | Grammar::Poetry | Grammar::Cargo, 1) => format!("^{blank}{to}"),
        (Grammar::Npm | Grammar::Poetry | Grammar::Cargo, 2..) => format!("~{blank}{to}"),
        (Grammar::Pep440 | Grammar::Pipfile, _) if count > 0 && numbers == count + 1 => format!("~={blank}{to}"),
        (Grammar::Gradle | Grammar::Nuget, 1..) => format!("[{to},{})", next(to, count)?),
        _ => at_least(grammar, to)?,
    };
    Some((one.whole.clone(), new))
}

/// The first version behind all that start with the same numbers.
fn next(version: &str, count: usize) -> Option<String> {
    let mut parts: Vec<String> = cut(version, count)?.split('.').map(str::to_owned).collect();
    let last = parts.last_mut()?;
    *last = (last.parse::<u64>().ok()?.checked_add(1)?).to_string();
    Some(parts.join("."))
}

/// The `v` of a version that has one, if the other has none.
fn mark<'a>(written: &'a str, to: &str) -> &'a str {
    match written.chars().next() {
        Some('v' | 'V') if !to.starts_with('v') => &written[..1],
        Some(_) | None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem;
    use crate::model::Ecosystem;
    use crate::version::VersionRange;
    use std::ops::Bound;

    fn raised(text: &str, grammar: Grammar, ecosystem: Ecosystem, to: &str) -> Result<String, String> {
        let version = ecosystem::version(ecosystem, to).map_err(|why| why.message)?;
        let good = VersionRange::between(Bound::Included(version.clone()), Bound::Unbounded, true);
        let is_good = |text: &str| {
            let range = ecosystem::range(text, grammar);
            range.is_ok_and(|range| range.contains(&version) && good.covers(&range))
        };
        raise(text, grammar, to, is_good).map(|pieces| put(text, &pieces))
    }

    #[test]
    fn operators_and_precision_stay() {
        let cases = [
            ("==11.0.0", "==12.0.0"),
            ("== 11", "== 12.0.0"),
            ("~=11.0", "~=12.0"),
            (">=10", ">=12"),
            (">10.0, <20", ">=12.0.0, <20"),
            ("==11.*", "==12.*"),
            (">=9.0,!=12.1", ">=12.0,!=12.1"),
            ("<20", ">=12.0.0,<20"),
            ("", ">=12.0.0"),
            (">=12.0.0", ">=12.0.0"),
        ];
        for (text, wanted) in cases {
            let found = raised(text, Grammar::Pep440, Ecosystem::Pypi, "12.0.0");
            assert_eq!(found.as_deref(), Ok(wanted), "{text}");
        }
        for text in ["===11.0.0", ">=10,<12", "<12", "1!11.0", "==11.0.0,<12"] {
            assert!(raised(text, Grammar::Pep440, Ecosystem::Pypi, "12.0.0").is_err(), "{text}");
        }
    }

    #[test]
    fn each_grammar_has_its_own_forms() {
        let cases = [
            ("^0.8.2", Grammar::Npm, "0.10.3", Some("^0.10.3")),
            ("^0.8", Grammar::Npm, "0.10.3", Some("^0.10.3")),
            ("0.8.x", Grammar::Npm, "0.10.3", Some("~0.10.3")),
            ("0.8", Grammar::Npm, "0.10.3", Some("0.10.3")),
            ("=v0.8.2", Grammar::Npm, "0.10.3", Some("=v0.10.3")),
            ("*", Grammar::Npm, "0.10.3", Some(">=0.10.3")),
            (">0.8.0 <1", Grammar::Npm, "0.10.3", Some(">=0.10.3 <1")),
            ("0.8.0 - 0.12", Grammar::Npm, "0.10.3", Some("0.10.3 - 0.12")),
            ("^0.8 || ^0.9", Grammar::Npm, "0.10.3", None),
            ("latest", Grammar::Npm, "0.10.3", None),
            ("~> 4.6", Grammar::Gem, "4.10.0", Some("~> 4.10")),
            ("~> 4.6, >= 4.6.1", Grammar::Gem, "4.10.1", Some("~> 4.10, >= 4.10.1")),
            (">= 3, < 5", Grammar::Gem, "4.10.1", Some(">= 4.10.1, < 5")),
            ("4.0.0", Grammar::Maven, "9.0.0", Some("9.0.0")),
            ("[4.0.0]", Grammar::Maven, "9.0.0", Some("[9.0.0]")),
            ("[4.0,10)", Grammar::Maven, "9.0.0", Some("[9.0.0,10)")),
            ("(4.0,)", Grammar::Maven, "9.0.0", Some("[9.0.0,)")),
            ("(,4.0]", Grammar::Maven, "9.0.0", None),
            ("5.+", Grammar::Gradle, "5.12.4", Some("[5.12.4,6)")),
            ("5.4.0!!", Grammar::Gradle, "5.12.4", Some("5.12.4!!")),
            ("strictly 5.4.0", Grammar::Gradle, "5.12.4", Some("strictly 5.12.4")),
            ("==0.1.*", Grammar::Cabal, "0.3.0.0", Some("==0.3.*")),
            (">=0.1 && <0.4", Grammar::Cabal, "0.3.0.0", Some(">=0.3 && <0.4")),
            ("^>=0.1.0.1", Grammar::Cabal, "0.3.0.0", Some("^>=0.3.0.0")),
            ("^>= { 0.1, 0.2 }", Grammar::Cabal, "0.3.0.0", None),
            ("0.68", Grammar::Cargo, "0.69.1", Some("0.69.1")),
            ("=0.68.0", Grammar::Cargo, "0.69.1", Some("=0.69.1")),
            (">=0.60, <0.70", Grammar::Cargo, "0.69.1", Some(">=0.69.1, <0.70")),
            ("6.0.1", Grammar::Nuget, "7.0.5", Some("7.0.5")),
            ("6.*", Grammar::Nuget, "7.0.5", Some("[7.0.5,8)")),
            ("[6.0.1]", Grammar::Nuget, "7.0.5", Some("[7.0.5]")),
            ("v0.14.0", Grammar::GoMod, "v0.15.7", Some("v0.15.7")),
            ("kubernetes-1.14.0", Grammar::GoMod, "v0.15.7", None),
        ];
        for (text, grammar, to, wanted) in cases {
            let ecosystem = match grammar {
                Grammar::Npm => Ecosystem::Npm,
                Grammar::Gem => Ecosystem::Gem,
                Grammar::Maven | Grammar::Gradle => Ecosystem::Maven,
                Grammar::Cabal => Ecosystem::Hackage,
                Grammar::Cargo => Ecosystem::Cargo,
                Grammar::Nuget => Ecosystem::Nuget,
                _ => Ecosystem::Golang,
            };
            let found = raised(text, grammar, ecosystem, to);
            assert_eq!(found.as_deref().ok(), wanted, "{text}: {found:?}");
        }
    }
}
