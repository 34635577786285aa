//! `stack.yaml`: what stack takes besides its snapshot (Stack documentation, "Project-level configuration", "Snapshot and
//! package location").
//!
//! Traps:
//! - An extra dependency is `name-version`, split at the last dash that a version follows, with `@sha256:…` or `@rev:…` behind;
//!   or a repository with a commit and perhaps folders; or an archive; or a folder.
//! - Files before stack 1.7 put repositories under `packages`, in `location`.
//! - Other tools call their files `stack-production.yaml` as well.
//! - The snapshot decides everything else, and is not in the tree.
//! - `allow-newer: true` makes stack overlook what packages require.

use super::cabal_project::{ALLOW_NEWER, replace, sources};
use super::version::HackageVersion;
use crate::ecosystem::yaml::{self, Node, Scalar};
use crate::model::{
    Declared, Ecosystem, Effect, Format, GitReference, Grammar, Override, Reading, Scope, Source, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "stack_yaml",
    name: "stack.yaml",
    ecosystem: Ecosystem::Hackage,
    globs: &["stack.yaml", "stack-*.yaml"],
    read,
};

/// The name under which the snapshot stands among the variables.
pub(super) const SNAPSHOT: &str = "snapshot";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    let Some(root) = document.root() else { return reading };
    for (key, value) in root.members() {
        match key.text.as_str() {
            "resolver" | "snapshot" => {
                let (value, span) = match value.scalar() {
                    Some(scalar) => (scalar.text.clone(), scalar.span),
                    None => ("a snapshot of its own".into(), key.span),
                };
                reading.variables.push(Variable { name: SNAPSHOT.into(), value, condition: None, span });
            }
            ALLOW_NEWER if value.scalar().is_some_and(|scalar| scalar.text.eq_ignore_ascii_case("true")) => {
                let value = "true".into();
                reading.variables.push(Variable { name: ALLOW_NEWER.into(), value, condition: None, span: key.span });
            }
            "extra-deps" | "packages" => {
                for item in value.items_or_itself() {
                    // A text under `packages` is a folder, whatever it is called.
                    if key.text == "extra-deps" || item.is_mapping() {
                        extra(&mut reading, source, item);
                    }
                }
            }
            _ => {}
        }
    }
    // Other tools have stacks too. A file in which nothing is stack's has no problems that matter here.
    if reading.variables.is_empty() && reading.overrides.is_empty() {
        reading.problems.clear();
    }
    reading
}

fn extra(reading: &mut Reading, source: &SourceText, item: Node<'_>) {
    if let Some(scalar) = item.scalar() {
        pin(reading, source, scalar);
        return;
    }
    let mut fields = item.members();
    if let Some((_, location)) = fields.iter().find(|(key, _)| key.text == "location")
        && location.is_mapping()
    {
        let outer = fields.clone();
        fields = location.members();
        fields.extend(outer);
    }
    let node = |name: &str| fields.iter().find(|(key, _)| key.text == name).map(|(_, node)| *node);
    let folders: Vec<String> = match node("subdirs") {
        Some(list) => {
            let items = list.items_or_itself();
            items.into_iter().filter_map(|item| item.scalar()).map(|scalar| scalar.text.clone()).collect()
        }
        None => Vec::new(),
    };
    let text = |name: &str| node(name).and_then(|node| node.scalar());
    let repository = match (text("git").or_else(|| text("hg")), text("github")) {
        (Some(address), _) => Some((address.text.clone(), address.span)),
        (None, Some(short)) => Some((format!("https://github.com/{}", short.text), short.span)),
        (None, None) => None,
    };
    if let Some((repository, span)) = repository {
        let commit = text("commit");
        let reference = commit.map_or(GitReference::Default, |commit| GitReference::Revision(commit.text.clone()));
        sources(reading, &repository, &reference, &folders, commit.map_or(span, |commit| commit.span));
    } else if let Some(archive) = text("archive").or_else(|| text("url")).or_else(|| text("location")) {
        if folders.is_empty() {
            return pin(reading, source, archive);
        }
        for folder in folders {
            let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
            replace(reading, name, Source::Url(archive.text.clone()), archive.span);
        }
    }
}

/// A package as `name-version` or as an archive of that name.
fn pin(reading: &mut Reading, source: &SourceText, scalar: &Scalar) {
    let start = scalar.text.find("://").map_or(0, |_| scalar.text.rfind('/').map_or(0, |slash| slash + 1));
    let rest = &scalar.text[start..];
    let length = rest.find('@').unwrap_or(rest.len());
    let identifier = &rest[..length];
    let bare = identifier.trim_end_matches(".tar.gz").trim_end_matches(".zip");
    let is_archive = start > 0 || bare != identifier;
    let Some((name, version)) = name_and_version(bare.trim_end()) else { return };
    let place = start + name.len() + 1..start + name.len() + 1 + version.len();
    let span = scalar.place(source, &place);
    let stated = if is_archive {
        Stated::Locked(version.to_owned())
    } else {
        Stated::Requirement(version.to_owned(), Grammar::Hpack)
    };
    push(reading, name, stated, span);
}

/// Adds a version that holds whatever packages require.
pub(super) fn push(reading: &mut Reading, name: &str, stated: Stated, span: Span) {
    let then = Declared { name: name.into(), stated, scope: Scope::Managed, direct: None, condition: None, span };
    reading.overrides.push(Override { effect: Effect::Force, name: name.into(), when: None, then });
}

/// The name and version of a package identifier.
pub(super) fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.rsplit_once('-')?;
    let is_identifier = !name.is_empty() && !name.contains('/') && HackageVersion::parse(version).is_ok();
    is_identifier.then_some((name, version))
}
