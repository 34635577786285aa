//! `Gopkg.toml`: what dep is asked for (dep, "Gopkg.toml").
//!
//! Traps:
//! - A `[[constraint]]` speaks of a direct import, an `[[override]]` of any, and beats it.
//! - A bare version is a caret range; a tag that is no version is taken as a name.
//! - A rule has one of `version`, `branch` and `revision`; with none it only says where the code comes from (`source`).

use super::{is_version, toml_string};
use crate::ecosystem::toml_text::{Document, Node, Text};
use crate::model::{Declared, Ecosystem, Format, GitReference, Grammar, Reading, Scope, Source, Stated};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "gopkg_toml", name: "Gopkg.toml", ecosystem: Ecosystem::Golang, globs: &["Gopkg.toml"], read };

/// The condition of a rule that beats the others.
pub const OVERRIDE: &str = "override";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut reading);
    for (table, condition) in [("constraint", None), ("override", Some(OVERRIDE))] {
        for rule in document.root().get(table).map(Node::items).unwrap_or_default() {
            reading.declared.extend(declared(rule, condition));
        }
    }
    reading
}

fn declared(rule: Node<'_>, condition: Option<&str>) -> Option<Declared> {
    let (name, name_span) = toml_string(rule, "name")?;
    let from = toml_string(rule, "source").map_or(name, |(source, _)| source);
    let git = |reference| Stated::Source(Source::Git { repository: from.into(), reference });
    let part = |key| toml_string(rule, key);
    let (stated, span) = match (part("version"), part("branch"), part("revision")) {
        (Some((version, span)), _, _) if from != name || !is_version(version, Grammar::Dep) => {
            (git(GitReference::Tag(version.into())), span)
        }
        (Some((version, span)), _, _) => (Stated::Requirement(version.into(), Grammar::Dep), span),
        (None, Some((branch, span)), _) => (git(GitReference::Branch(branch.into())), span),
        (None, None, Some((revision, span))) => (git(GitReference::Revision(revision.into())), span),
        (None, None, None) => (Stated::Nothing, name_span),
    };
    Some(Declared {
        name: name.into(),
        stated,
        scope: Scope::Runtime,
        direct: condition.is_none().then_some(true),
        condition: condition.map(str::to_owned),
        span,
    })
}
