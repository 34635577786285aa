//! What statements that hold together select, and which of them a person would edit.
//!
//! The one that says most is the place to edit: a source or what cannot be read, then a pin, then a bound above, then
//! another bound, then nothing; among equals a requirement before a constraint, then the first.

use std::ops::Bound;

use super::units::Statement;
use crate::ecosystem::pypi::reference;
use crate::ecosystem::pypi::requirement::Specifiers;
use crate::ecosystem::pypi::requirements_txt::environment_variable;
use crate::ecosystem::{self, MAX_VERSION_LENGTH};
use crate::model::{Declared, Ecosystem, GitReference, Grammar, Reason, Selected, Source, Stated, Why};
use crate::version::VersionRange;

/// How many requirements on one package are put together.
const MAX_STATEMENTS: usize = 1000;

/// What is selected, and where one would edit.
pub(super) struct Decision<'s, 'a> {
    pub(super) selected: Selected,
    pub(super) place: &'s Statement<'a>,
}

/// What a single statement says.
#[derive(Clone)]
pub(super) enum Saying {
    /// Something that no range can say: a source, an exact archive, or nothing that could be known.
    Selected(Selected),
    /// A requirement.
    Specifiers(Specifiers),
    /// Nothing.
    Nothing,
}

/// Puts statements together; there is at least one.
pub(super) fn decide<'s, 'a>(statements: &[&'s Statement<'a>], prereleases: bool) -> Decision<'s, 'a> {
    let mut place = (u8::MAX, statements[0]);
    let mut fixed: Option<Selected> = None;
    let mut all = Specifiers::any();
    let mut texts: Vec<&str> = Vec::new();
    for statement in statements.iter().take(MAX_STATEMENTS) {
        let saying = saying(statement.declared);
        let rank = rank(&saying);
        if rank < place.0 {
            place = (rank, statement);
        }
        match saying {
            Saying::Selected(selected) => {
                fixed.get_or_insert(selected);
            }
            Saying::Specifiers(specifiers) => {
                let text = super::stated_text(statement.declared).unwrap_or_default();
                if !texts.contains(&text) {
                    texts.push(text);
                    all = all.and(&specifiers);
                }
            }
            Saying::Nothing => {}
        }
    }
    let selected = match fixed {
        Some(selected) => selected,
        None if statements.len() > MAX_STATEMENTS => {
            let message = format!("more than {MAX_STATEMENTS} requirements speak of it");
            Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
        }
        None => Selected::from_range(all.range(prereleases), &texts.join(", ")),
    };
    Decision { selected, place: place.1 }
}

/// What statements require together, as far as they are requirements.
pub(super) fn required(statements: &[&Statement<'_>]) -> Specifiers {
    let mut all = Specifiers::any();
    for statement in statements.iter().take(MAX_STATEMENTS) {
        if let Saying::Specifiers(specifiers) = saying(statement.declared) {
            all = all.and(&specifiers);
        }
    }
    all
}

fn rank(saying: &Saying) -> u8 {
    let range = match saying {
        Saying::Selected(_) => return 0,
        Saying::Specifiers(specifiers) => specifiers.range(true),
        Saying::Nothing => return 4,
    };
    let has_top = range.intervals().iter().all(|interval| !matches!(interval.upper(), Bound::Unbounded));
    match (range.pinned(), has_top) {
        (Some(_), _) => 1,
        (None, true) => 2,
        (None, false) => 3,
    }
}

pub(super) fn saying(declared: &Declared) -> Saying {
    match &declared.stated {
        Stated::Requirement(text, grammar) => requirement(text, *grammar),
        Stated::Locked(text) => Saying::Selected(exact(text)),
        Stated::Source(source) => Saying::Selected(from_source(&declared.name, source)),
        Stated::Elsewhere(text) => {
            let message = format!("`{}` leaves the version to a place that is not in the tree", text.escape_debug());
            Saying::Selected(Selected::Unknown(Why::new(Reason::DecidedElsewhere, message)))
        }
        Stated::Computed(text) => {
            let why = match environment_variable(text) {
                Some(name) => {
                    let message =
                        format!("the environment variable `{name}` in `{}` is not known", text.escape_debug());
                    Why::new(Reason::UnresolvedVariable, message)
                }
                None => {
                    Why::new(Reason::Computed, format!("`{}` is computed when the build runs", text.escape_debug()))
                }
            };
            Saying::Selected(Selected::Unknown(why))
        }
        Stated::Nothing => Saying::Nothing,
    }
}

fn requirement(text: &str, grammar: Grammar) -> Saying {
    let read = match text.len() {
        0..=MAX_VERSION_LENGTH => Specifiers::parse(text, grammar),
        _ => Err(format!("it is longer than {MAX_VERSION_LENGTH} bytes")),
    };
    match read {
        Ok(specifiers) => Saying::Specifiers(specifiers),
        Err(why) => {
            let start: String = text.chars().take(100).collect();
            let message = format!("`{}` cannot be read as a version requirement: {why}", start.escape_debug());
            Saying::Selected(Selected::Unknown(Why::new(Reason::UnparsableVersion, message)))
        }
    }
}

fn exact(text: &str) -> Selected {
    match ecosystem::version(Ecosystem::Pypi, text) {
        Ok(version) => Selected::Exact(version),
        Err(why) => {
            let message = format!("`{}` is no version: {}", text.escape_debug(), why.message);
            Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
        }
    }
}

/// An archive's file name tells its version; GitHub's archives of a repository tell what is checked out of it.
fn from_source(name: &str, source: &Source) -> Selected {
    let (Source::Url(address) | Source::Path(address)) = source else { return Selected::Source(source.clone()) };
    if let Some(archive) = reference::archive(address)
        && archive.name == name
        && let Ok(version) = ecosystem::version(Ecosystem::Pypi, archive.version)
    {
        return Selected::Exact(version);
    }
    Selected::Source(github_archive(address).unwrap_or_else(|| source.clone()))
}

/// `https://github.com/OWNER/NAME/archive/[refs/tags/|refs/heads/]WORD.zip` (GitHub, "Source code archive URLs").
fn github_archive(address: &str) -> Option<Source> {
    let address = address.split(['#', '?']).next()?;
    let (repository, word) = address.split_once("/archive/")?;
    if !repository.starts_with("https://github.com/") {
        return None;
    }
    let word = word.strip_suffix(".zip").or_else(|| word.strip_suffix(".tar.gz"))?;
    let reference = match (word.strip_prefix("refs/tags/"), word.strip_prefix("refs/heads/")) {
        (Some(tag), _) => GitReference::Tag(tag.into()),
        (None, Some(branch)) => GitReference::Branch(branch.into()),
        (None, None) => GitReference::Any(word.into()),
    };
    Some(Source::Git { repository: repository.into(), reference })
}

/// The one version or the several that a lock holds.
pub(super) fn one_of(mut found: Vec<Selected>) -> Option<Selected> {
    if found.len() < 2 {
        return found.pop();
    }
    let mut range = VersionRange::none();
    for selected in &found {
        match selected {
            Selected::Exact(version) if range.contains(version) => {}
            Selected::Exact(version) => range = range.union(VersionRange::exactly(version.clone())),
            _ => return Some(selected.clone()),
        }
    }
    Some(Selected::from_range(range, ""))
}
