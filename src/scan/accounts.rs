//! Where the Kubernetes manifests of a tree name certain service accounts.
//!
//! Traps:
//! - Any YAML file can be a manifest, and most of those that are name none of the accounts. So a file is parsed only if its bytes hold
//!   the word and one of the names.
//! - What cannot be read is passed over: it is no dependency manifest, and a join that is missed is not said to be none.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aho_corasick::AhoCorasick;

use super::{Refusal, Request, open, settings};
use crate::audit::join::manifests::{self, Mention};
use crate::source::SourceText;
use crate::tree::Argument;
use crate::walk::{self, Excluded, Found};

/// Largest file that is read.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Most places that are kept.
const MAX_MENTIONS: usize = 10_000;

/// What every place stands behind: `serviceAccountName`, `serviceAccount`, `ServiceAccount`.
const WORD: &[u8] = b"erviceAccount";

/// The places in the folders of a request that name one of some accounts, in the order of paths.
///
/// # Errors
/// [`Refusal`] if the request cannot be carried out.
pub fn accounts(request: &Request, names: &BTreeSet<String>) -> Result<Vec<Mention>, Refusal> {
    let (tree, arguments) = open(request)?;
    let mut excluded = Excluded::new(tree.base(), &request.options.exclude).map_err(Refusal::Glob)?;
    if let Some(settings) = settings(&tree, request)? {
        excluded.add(&settings.root, &settings.config.exclude).map_err(Refusal::Glob)?;
    }
    let folders = arguments.into_iter().filter_map(|argument| match argument {
        Argument::Folder(folder) => Some(folder),
        Argument::File(_) => None,
    });
    let folders: Vec<_> = folders.collect();
    // More names than fit into a search are none that a cluster has.
    let Ok(search) = AhoCorasick::new(names) else { return Ok(Vec::new()) };
    let found = Mutex::new(Vec::new());
    walk::walk(&tree, &folders, &request.options, &excluded, &|entry| {
        let Found::File(real) = entry else { return };
        if !is_yaml(real) {
            return;
        }
        let Ok(bytes) = tree.read(real, LIMIT) else { return };
        if memchr::memmem::find(&bytes, WORD).is_none() || !search.is_match(&bytes) {
            return;
        }
        let Ok(decoded) = SourceText::decode(&bytes) else { return };
        let mentions = manifests::read(&tree.relative(real), &decoded.source, names);
        found.lock().unwrap_or_else(PoisonError::into_inner).extend(mentions);
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort();
    found.truncate(MAX_MENTIONS);
    Ok(found)
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml"))
}
