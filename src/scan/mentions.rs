//! Which lockfiles need not be taken apart: large ones in JSON that are whole and in which no package stands that anybody asks
//! about. Most lockfiles of a monorepo are like that, and reading them costs more than all the rest.
//!
//! Traps:
//! - A file that is cut off may have held the package, and one that is no JSON is a problem of its own; so it is parsed all
//!   the same, only nothing of it is kept.
//! - JSON can write a letter as `\u006b`; then the bytes tell nothing.
//! - A name can be written in other ways than the rules do (`kubernetes_asyncio`, `KubernetesClient`): what is looked for is
//!   the longest run of letters and digits in each name, capital or small.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::de::IgnoredAny;

use crate::ecosystem::maven::maven_install_json;
use crate::ecosystem::npm::package_lock_json;
use crate::ecosystem::nuget::{packages_lock_json, project_assets_json};
use crate::ecosystem::pypi::pipfile_lock;
use crate::model::{Ecosystem, Format, Wanted};

/// The lockfiles in JSON that hold all packages of a project.
const LOCKFILES: &[&Format] = &[
    &package_lock_json::FORMAT,
    &pipfile_lock::FORMAT,
    &packages_lock_json::FORMAT,
    &project_assets_json::FORMAT,
    &maven_install_json::FORMAT,
];

/// How JSON begins a letter that is written by its number.
const ESCAPE: &str = "\\u";

/// Looks for the packages that are asked about, by ecosystem.
pub(super) struct Mentions(Vec<(Ecosystem, AhoCorasick)>);

impl Mentions {
    /// What to look for in lockfiles.
    pub(super) fn new(wanted: &Wanted) -> Mentions {
        let mut ecosystems: Vec<Ecosystem> = LOCKFILES.iter().map(|format| format.ecosystem).collect();
        ecosystems.dedup();
        let search = |ecosystem| {
            let words = wanted.names(ecosystem).filter_map(longest_word).chain([ESCAPE]);
            let search =
                AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words);
            search.ok().map(|search| (ecosystem, search))
        };
        Mentions(ecosystems.into_iter().filter_map(search).collect())
    }

    /// Whether a file may be passed over: a whole lockfile that mentions nothing.
    pub(super) fn are_absent(&self, format: &Format, bytes: &[u8]) -> bool {
        let Some((_, search)) = self.0.iter().find(|(ecosystem, _)| *ecosystem == format.ecosystem) else {
            return false;
        };
        let is_lockfile = LOCKFILES.iter().any(|lockfile| lockfile.id == format.id);
        is_lockfile && !search.is_match(bytes) && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
    }
}

/// The longest run of letters and digits in a name.
fn longest_word(name: &str) -> Option<&str> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.max_by_key(|word| word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_lockfile_without_a_name_is_passed_over() {
        let mut wanted = Wanted::default();
        wanted.add(Ecosystem::Npm, "@kubernetes/client-node");
        wanted.add(Ecosystem::Nuget, "KubernetesClient");
        let mentions = Mentions::new(&wanted);
        let lock = &package_lock_json::FORMAT;
        for (text, absent) in [
            (r#"{"packages": {"node_modules/a": {}}}"#, true),
            (r#"{"packages": {"node_modules/@Kubernetes/client-node": {}}}"#, false),
            (r#"{"packages": {"node_modules/a": {}}"#, false),
            (r#"{"packages": {"node_modules/@\u006bubernetes/client-node": {}}}"#, false),
            ("<<<<<<< a\n{}\n=======\n{}\n>>>>>>> b\n", false),
            ("", false),
        ] {
            assert_eq!(mentions.are_absent(lock, text.as_bytes()), absent, "{text}");
        }
        assert!(!mentions.are_absent(&crate::ecosystem::npm::package_json::FORMAT, b"{}"), "a manifest is always read");
        assert!(!mentions.are_absent(&packages_lock_json::FORMAT, br#"{"kubernetesclient": 1}"#));
    }
}
