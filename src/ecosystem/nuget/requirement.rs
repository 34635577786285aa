//! Requirements on NuGet packages: version ranges (NuGet documentation, "Package versioning", sections "Version ranges" and
//! "Floating version resolutions"), the exact versions of packages.config, and Paket's constraints ("The paket.dependencies
//! file").
//!
//! Traps:
//! - A bare version is a minimum that is included, and of a range without a star NuGet takes the lowest version there is. So an
//!   included lower bound is what is selected ([`selected`]), as long as that version was published.
//! - A star is no upper bound: `6.*` is the highest 6.x, but where there is none the nearest version above.
//! - Pre-releases count only if a bound is one or the part behind the hyphen has a star.
//! - A star stands for digits too: `1.5*` is read as `1.50`, then floats over all of major version 1; `1*` is read as `10` and
//!   does not float. Only the last character may be a star, and the one before a hyphen with a star at the end.
//! - `(1.0)` and `[2.0,1.0]` are none; `(1.0,1.0)` is one that holds nothing.
//!
//! Not done here: ranges of ranges, which NuGet does not have; Paket's resolver strategies and its words for stages of
//! pre-releases but for that there are some.

use std::ops::Bound;

use super::version::NugetVersion;
use crate::model::{Grammar, Selected};
use crate::version::{Order, Version, VersionRange};

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(text: &str, grammar: Grammar) -> Result<VersionRange, String> {
    match grammar {
        Grammar::PackagesConfig => version(text).map(VersionRange::exactly),
        Grammar::Paket => paket(text),
        _ => nuget(text).map(|requirement| requirement.range),
    }
}

/// What a requirement selects when nothing else decides.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn selected(text: &str, grammar: Grammar) -> Result<Selected, String> {
    if grammar != Grammar::Nuget {
        return Ok(Selected::from_range(range(text, grammar)?, text));
    }
    let requirement = nuget(text)?;
    Ok(match requirement.lowest {
        Some(lowest) if !requirement.range.is_empty() => Selected::Exact(lowest),
        _ => Selected::from_range(requirement.range, text),
    })
}

/// A version range as NuGet reads it.
struct Requirement {
    range: VersionRange,
    /// The version that is taken if it was published: the lower bound, where it is included and nothing floats.
    lowest: Option<Version>,
}

/// A lower bound that may hold a star.
struct Lower {
    version: Version,
    floats: bool,
    /// Whether the star admits pre-releases.
    prereleases: bool,
    /// Whether no version that counts is below it.
    is_least: bool,
}

fn nuget(text: &str) -> Result<Requirement, String> {
    let text = text.trim();
    let Some((inside, includes_lower, includes_upper)) = brackets(text)? else {
        return Ok(requirement(Some(lower(text)?), true, None, false));
    };
    let parts: Vec<&str> = inside.split(',').collect();
    let (low, high) = match parts[..] {
        [""] | ["", ""] => return Err("no bound is written".into()),
        [_] if !includes_lower || !includes_upper => return Err("a single version needs square brackets".into()),
        [one] => (one, one),
        [low, high] => (low, high),
        _ => return Err("it has more than two bounds".into()),
    };
    let low = (!low.trim().is_empty()).then(|| lower(low)).transpose()?;
    let high = (!high.trim().is_empty()).then(|| version(high)).transpose()?;
    if let (Some(low), Some(high)) = (&low, &high)
        && (low.version > *high || low.version == *high && includes_lower != includes_upper)
    {
        return Err("the bounds are out of order".into());
    }
    Ok(requirement(low, includes_lower, high, includes_upper))
}

/// What stands between brackets, and whether they include the bounds; `None` where there are none.
fn brackets(text: &str) -> Result<Option<(&str, bool, bool)>, String> {
    let Some(rest) = text.strip_prefix(['[', '(']) else { return Ok(None) };
    match rest.strip_suffix([']', ')']) {
        Some(inside) => Ok(Some((inside, text.starts_with('['), text.ends_with(']')))),
        None => Err("a bracket is never closed".into()),
    }
}

fn requirement(low: Option<Lower>, includes_lower: bool, high: Option<Version>, includes_upper: bool) -> Requirement {
    let prereleases = low.as_ref().is_some_and(|low| low.prereleases || low.version.is_prerelease())
        || high.as_ref().is_some_and(Version::is_prerelease);
    let is_point = low.as_ref().is_some_and(|low| high.as_ref() == Some(&low.version));
    // Nothing is below 0: as a lower bound it says nothing.
    let low = low.filter(|low| is_point || !includes_lower || !low.is_least);
    let lower = match &low {
        None => Bound::Unbounded,
        Some(low) if includes_lower => Bound::Included(low.version.clone()),
        Some(low) => Bound::Excluded(low.version.clone()),
    };
    let upper = match high {
        None => Bound::Unbounded,
        Some(high) if includes_upper => Bound::Included(high),
        Some(high) => Bound::Excluded(high),
    };
    let lowest = low.filter(|low| includes_lower && !low.floats).map(|low| low.version);
    Requirement { range: VersionRange::between(lower, upper, prereleases), lowest }
}

/// A lower bound. The blanks round it are still there: behind a star they make it none.
fn lower(text: &str) -> Result<Lower, String> {
    let Some(first_star) = text.find('*') else { return Lower::new(text, false, false) };
    let Some(before_last) = text.strip_suffix('*').filter(|_| !text.contains('+')) else {
        return Err("a star stands where none may".into());
    };
    if first_star < before_last.len() {
        return lower_with_two_stars(text, first_star, before_last);
    }
    match before_last.split_once('-') {
        None => Lower::new(&format!("{before_last}0"), text == "*" || before_last.contains('.'), false),
        // An empty label is none, so a 0 is put in its place; with another hyphen in the labels it is not.
        Some((_, labels)) if !labels.contains('-') && (labels.is_empty() || labels.ends_with('.')) => {
            Lower::new(&format!("{before_last}0"), true, true)
        }
        Some(_) => Lower::new(before_last, true, true),
    }
}

/// A lower bound such as `1.*-rc*`: one star before the hyphen, one at the end.
fn lower_with_two_stars(text: &str, first_star: usize, before_last: &str) -> Result<Lower, String> {
    if text.as_bytes().get(first_star + 1) != Some(&b'-') || text.find('-') != Some(first_star + 1) {
        return Err("a star stands where none may".into());
    }
    let (numbers, labels) = (&text[..first_star], before_last.get(first_star + 2..).unwrap_or_default());
    let zero = if labels.is_empty() || labels.ends_with('.') { "0" } else { "" };
    Lower::new(&format!("{numbers}0-{labels}{zero}"), true, true)
}

impl Lower {
    fn new(text: &str, floats: bool, prereleases: bool) -> Result<Lower, String> {
        let version = NugetVersion::parse(text)?;
        let is_least = version.is_zero() && (!version.is_prerelease() || floats && text.trim().ends_with("-0"));
        let version = Version::new(text.trim(), Order::Nuget(version));
        Ok(Lower { version, floats, prereleases, is_least })
    }
}

fn version(text: &str) -> Result<Version, String> {
    NugetVersion::parse(text).map(|version| Version::new(text.trim(), Order::Nuget(version)))
}

/// A constraint as Paket reads it: one version or bound or two bounds, then words for stages of pre-releases.
fn paket(text: &str) -> Result<VersionRange, String> {
    let mut words = text.split_whitespace().peekable();
    let mut range = VersionRange::all(true);
    let mut prereleases = false;
    let mut bounds = 0;
    while let Some(word) = words.peek() {
        let word = word.trim_start_matches(['!', '@']);
        let operator = OPERATORS.iter().find(|operator| word == **operator);
        let version = match operator {
            Some(_) => words.nth(1).ok_or("nothing follows the operator")?,
            None if bounds == 0 && word.starts_with(|c: char| c.is_ascii_digit()) => words.next().unwrap_or_default(),
            None => break,
        };
        let (bound, is_prerelease) = paket_bound(operator.copied().unwrap_or("="), version)?;
        prereleases |= is_prerelease;
        range = range.intersect(&bound);
        bounds += 1;
    }
    if bounds > 2 {
        return Err("it has more than two bounds".into());
    }
    for word in words {
        if !word.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("`{word}` is no stage of pre-releases"));
        }
        prereleases = true;
    }
    Ok(if prereleases || range.pinned().is_some() { range } else { range.with_prereleases(false) })
}

/// Paket's operators.
const OPERATORS: &[&str] = &["~>", "==", "<=", ">=", "=", ">", "<"];

/// The versions that one bound admits, and whether it names a pre-release.
fn paket_bound(operator: &str, text: &str) -> Result<(VersionRange, bool), String> {
    let bound = version(text)?;
    let is_prerelease = bound.is_prerelease();
    let range = match operator {
        ">=" => VersionRange::between(lower_of_paket(bound), Bound::Unbounded, true),
        ">" => VersionRange::between(Bound::Excluded(bound), Bound::Unbounded, true),
        "<" => VersionRange::between(Bound::Unbounded, Bound::Excluded(bound), true),
        "<=" => VersionRange::between(Bound::Unbounded, Bound::Included(bound), true),
        "~>" => {
            let promoted = version(&promoted(text)?)?;
            VersionRange::between(lower_of_paket(bound), Bound::Excluded(promoted), true)
        }
        _ => VersionRange::exactly(bound),
    };
    Ok((range, is_prerelease))
}

/// `>= 0` is how Paket says that anything will do.
fn lower_of_paket(bound: Version) -> Bound<Version> {
    let is_zero = matches!(bound.order(), Order::Nuget(version) if version.is_zero() && !version.is_prerelease());
    if is_zero { Bound::Unbounded } else { Bound::Included(bound) }
}

/// The version that `~>` stops before: its last number is dropped, and the one before it is one more.
fn promoted(text: &str) -> Result<String, String> {
    let numbers = text.split('-').next().unwrap_or_default().split('.');
    let mut numbers: Vec<i32> = numbers.map_while(|number| number.parse().ok()).collect();
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = numbers.last_mut().ok_or("it does not start with a number")?;
    *last = last.checked_add(1).ok_or("a number is too large")?;
    Ok(numbers.iter().map(i32::to_string).collect::<Vec<_>>().join("."))
}
