//! `vendor.conf` of vndr and trash: what they copy into `vendor` (vndr, "vendor.conf"; trash, "How to use"). trash reads it under the
//! names `trash.conf` and `trash.yml` as well, and each of them in either form: as lines or as YAML.
//!
//! A line holds an import path, a tag, commit or branch, and perhaps another repository to take it from.
//!
//! Traps:
//! - `#` begins a comment wherever it stands, inside of a word too.
//! - To trash the first line of one word is the project itself, a later one an import of whatever there is; `-` begins what is left
//!   out, `package=` another package that is needed, and a third or fourth word with `=` in it is an option, no repository.
//! - Where an import path is there twice, the first counts. It may be a package of a repository, of which there are many then; they
//!   are gathered by repository ([`super::repository`]).
//! - A commit may be written as `git describe` does: `v3.0.0-6-g63734ea` is no release.
//! - Anything may be called `vendor.conf` or `trash.yml`, so what is not understood is no problem.
//!
//! Not done: `staging=true`, which copies what Kubernetes has in its staging folder over the rest, is not followed; the release of
//! Kubernetes itself is judged.

use std::collections::HashSet;

use super::{described, repository, yaml_string};
use crate::ecosystem::yaml;
use crate::model::{Declared, Ecosystem, Format, GitReference, Identity, Reading, Scope, Source, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "vendor_conf",
    name: "vendor.conf",
    ecosystem: Ecosystem::Golang,
    globs: &["{vendor,trash}.conf", "trash.{yml,yaml}"],
    read,
};

/// The names that YAML of trash has at its top.
const KEYS: &[&str] = &["package", "packages", "import", "exclude"];

fn read(source: &SourceText) -> Reading {
    if is_yaml(source) { read_yaml(source) } else { read_lines(source) }
}

/// Whether a line at the left margin opens one of the members that only the YAML form has.
fn is_yaml(source: &SourceText) -> bool {
    source.text().lines().any(|line| {
        let key = line.split_once(':').map(|(key, rest)| (key.trim_end(), rest));
        key.is_some_and(|(key, rest)| KEYS.contains(&key) && (rest.is_empty() || rest.starts_with([' ', '\t', '\r'])))
    })
}

/// Reads the form that `trash.lock` has as well.
pub(super) fn read_yaml(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    let Some(imports) = document.get("import").filter(yaml::Node::is_sequence) else {
        return Reading::default();
    };
    let own = document.root().and_then(|root| yaml_string(root, "package"));
    reading.identity = own.and_then(|own| identity(&own.text));
    let mut known = HashSet::new();
    for import in imports.items() {
        let Some(name) = yaml_string(import, "package") else { continue };
        let version = yaml_string(import, "version").map(|version| (version.text.as_str(), version.span));
        let from = yaml_string(import, "repo").map(|from| from.text.as_str());
        reading.declared.extend(declared((&name.text, name.span), version, from, &mut known));
    }
    reading
}

fn read_lines(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut known = HashSet::new();
    for number in 1..=source.line_count() {
        let (line, start) = (source.line(number), source.line_start(number));
        let text = line.split_once('#').map_or(line, |(text, _)| text);
        let words: Vec<(&str, Span)> = text.split_whitespace().map(|word| placed(word, line, start)).collect();
        let Some((name, name_span)) = words.first().copied() else { continue };
        if name.starts_with('-') {
            continue;
        }
        if words.len() == 1 && reading.identity.is_none() {
            reading.identity = identity(name);
            continue;
        }
        let from = words.get(2).map(|(from, _)| *from).filter(|from| !from.contains('='));
        reading.declared.extend(declared((name, name_span), words.get(1).copied(), from, &mut known));
    }
    reading
}

/// A word of a line with its place.
fn placed<'a>(word: &'a str, line: &str, start: usize) -> (&'a str, Span) {
    let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
    (word, Span::new(at, at + word.len()))
}

fn identity(name: &str) -> Option<Identity> {
    let name = name.trim_start_matches("package=");
    name.contains('/').then(|| Identity { name: name.into(), version: None })
}

fn declared(
    (path, path_span): (&str, Span),
    version: Option<(&str, Span)>,
    from: Option<&str>,
    known: &mut HashSet<(String, Option<String>)>,
) -> Option<Declared> {
    // What is no import path, a line of another format for one, names nothing.
    if !path.contains('/') || path.starts_with("package=") {
        return None;
    }
    let name = repository(path);
    let text = version.map(|(version, _)| version).unwrap_or_default();
    let is_new = known.insert((path.to_owned(), None)) && known.insert((name.to_owned(), Some(text.to_owned())));
    let (stated, span) = match version {
        Some((version, span)) => {
            let (repository, reference) = (from.unwrap_or(name).to_owned(), reference(version));
            (Stated::Source(Source::Git { repository, reference }), span)
        }
        None => (Stated::Nothing, path_span),
    };
    let (name, scope) = (name.to_owned(), Scope::Runtime);
    is_new.then_some(Declared { name, stated, scope, direct: None, condition: None, span })
}

/// A word that git checks out.
fn reference(word: &str) -> GitReference {
    let is_release = word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    match described(word) {
        Some(commit) => GitReference::Revision(commit.into()),
        None if is_release => GitReference::Tag(word.into()),
        None => GitReference::Any(word.into()),
    }
}
