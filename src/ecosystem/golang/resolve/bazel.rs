//! What Bazel builds with: the modules that rules and macros name.
//!
//! - Where the nearest go.mod above selects the same, the rule was written from that, and is a related place. Where it does not,
//!   both are judged: the go command builds one, Bazel the other.
//! - A module that only rules name came in through others, or there is no go.mod.

use super::before_modules;
use super::{related, same, select};
use crate::ecosystem::golang::version::{Commit, commit};
use crate::ecosystem::golang::{bazel_go, go_mod};
use crate::model::{
    self, Declared, Dependency, Ecosystem, FileId, Files, GitReference, Origin, Package, Reason, Resolution, Selected,
    Source, Stated, Why,
};

/// The shortest abbreviation of a commit that is taken for one.
const SHORTEST_COMMIT: usize = 7;

/// Adds what the rules of Bazel's builds name.
pub(super) fn resolve(files: &Files, resolution: &mut Resolution) {
    for (id, file) in files.of(Ecosystem::Golang).filter(|(_, file)| file.format.id == bazel_go::FORMAT.id) {
        let go_mod = above(files, &file.path);
        let own = go_mod.and_then(|go_mod| files.get(go_mod).reading.identity.as_ref());
        let own = own.map(|identity| identity.name.as_str());
        for declared in file.reading.declared.iter().filter(|declared| Some(declared.name.as_str()) != own) {
            if !files.wants(Ecosystem::Golang, &declared.name) {
                continue;
            }
            let selected = selected(declared);
            let mut is_known = false;
            for manifest in &mut resolution.dependencies {
                let places = manifest.because.iter().map(|related| related.origin).chain([manifest.origin]);
                let is_of_go_mod = places.into_iter().any(|place| Some(place.file) == go_mod);
                let is_same = same(&manifest.selected, &selected) || is_commit_of(&manifest.selected, &selected);
                if manifest.package.name == declared.name && is_of_go_mod && is_same {
                    manifest.because.push(related(id, declared, "Bazel builds with it from here"));
                    is_known = true;
                }
            }
            if !is_known {
                resolution.dependencies.push(Dependency {
                    package: Package { ecosystem: Ecosystem::Golang, name: declared.name.clone() },
                    declared: Some(file.source.slice(declared.span).to_owned()),
                    selected,
                    scope: declared.scope,
                    direct: declared.direct,
                    condition: None,
                    origin: Origin { file: id, span: declared.span },
                    because: Vec::new(),
                    through: None,
                });
            }
        }
    }
}

/// Whether a version of go.mod is that of a commit that a rule names.
fn is_commit_of(version: &Selected, rule: &Selected) -> bool {
    let Selected::Exact(version) = version else { return false };
    let Selected::Source(Source::Git { reference: GitReference::Revision(named), .. }) = rule else { return false };
    let is_named = |commit: &Commit<'_>| named.starts_with(commit.revision) || commit.revision.starts_with(named);
    named.len() >= SHORTEST_COMMIT && commit(version.text()).as_ref().is_some_and(is_named)
}

/// The go.mod in a file's folder or the nearest above.
fn above(files: &Files, path: &str) -> Option<FileId> {
    let mut folder = model::folder(path);
    loop {
        let found = model::join(folder, "go.mod").and_then(|path| files.find(&path, &go_mod::FORMAT));
        if found.is_some() || folder.is_empty() {
            return found;
        }
        folder = model::folder(folder);
    }
}

fn selected(declared: &Declared) -> Selected {
    match &declared.stated {
        Stated::Requirement(..) | Stated::Locked(_) => select(&declared.name, declared),
        Stated::Computed(text) => {
            Selected::Unknown(Why::new(Reason::Computed, format!("`{text}` is set when the build runs")))
        }
        Stated::Source(_) | Stated::Elsewhere(_) | Stated::Nothing => before_modules::select(declared),
    }
}
