//! What the lockfiles of npm's package managers have in common: entries with a version and a source, and what they state.
//!
//! Traps:
//! - What is locked from a repository is that commit; the version beside it is only what its package.json says, which stays
//!   the same from one release to the next.
//! - A folder, a link or a workspace member is the project's own code and no package of a registry.

use std::ops::Range;

use super::package_json::ALIAS;
use super::specifier;
use super::version::NpmVersion;
use crate::model::{Declared, GitReference, Scope, Source, Stated};
use crate::source::Span;

/// What a version in a lockfile states of the package called `key`: the package's name, the statement, and the version's
/// bytes in the text. `None` where it is the project's own code, or nothing.
pub fn version(key: &str, text: &str) -> Option<(String, Stated, Range<usize>)> {
    if text.trim().is_empty() {
        return None;
    }
    if NpmVersion::parse(text).is_ok() {
        return Some((key.into(), Stated::Locked(text.into()), 0..text.len()));
    }
    let specifier = specifier::read(key, text);
    let stated = match specifier.stated {
        Stated::Requirement(version, _) => Stated::Locked(version),
        Stated::Source(Source::Git { repository, reference }) => {
            Stated::Source(Source::Git { repository, reference: commit(reference) })
        }
        Stated::Source(Source::Path(path)) if !is_archive(&path) => return None,
        Stated::Source(Source::Workspace(_)) => return None,
        Stated::Nothing => Stated::Locked(text.into()),
        other => other,
    };
    Some((specifier.name, stated, specifier.place))
}

/// The repository and commit that an entry was taken from, if `resolved` names one.
pub fn repository(key: &str, resolved: &str) -> Option<Stated> {
    match specifier::read(key, resolved).stated {
        Stated::Source(Source::Git { repository, reference }) => {
            Some(Stated::Source(Source::Git { repository, reference: commit(reference) }))
        }
        _ => None,
    }
}

/// A lockfile notes commits; a word that looks like a whole one is.
fn commit(reference: GitReference) -> GitReference {
    match reference {
        GitReference::Any(word) if word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            GitReference::Revision(word)
        }
        other => other,
    }
}

/// Whether a path names a packed package and no folder.
pub fn is_archive(path: &str) -> bool {
    let path = path.split(['#', '?']).next().unwrap_or_default();
    [".tgz", ".tar.gz", ".tar"].iter().any(|ending| path.ends_with(ending))
}

/// The statement of an entry that the project calls `key`.
pub fn declared(key: &str, name: String, stated: Stated, scope: Scope, span: Span) -> Declared {
    let condition = (name != key).then(|| format!("{ALIAS}{key}"));
    Declared { name, stated, scope, direct: None, condition, span }
}

/// A number as the graph holds it.
pub fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
