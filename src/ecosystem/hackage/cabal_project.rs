//! `cabal.project` and `cabal.project.local`: what a Cabal project demands of all its packages' dependencies (Cabal User
//! Guide, "Package Description — cabal.project").
//!
//! Traps:
//! - The syntax is that of `.cabal` files, with sections of its own.
//! - A constraint names a version range, a flag (`+fast`) or a state (`installed`); only the first is a version.
//! - `name` holds for everything but Setup scripts, `setup.name` and `other:setup.name` for those only. `any.name` holds for
//!   both; for Setup scripts that is left aside, which can only leave more versions than there are.
//! - `allow-newer` takes the upper bounds off what packages require of a dependency, `allow-older` the lower ones.
//! - `source-repository-package` puts a repository's package in the place of the published one. Which package that is, the
//!   section does not say: its folder, or else the repository, is mostly named like it.
//! - `preferences` are no demands.
//!
//! Not done here: `import` of addresses; which packages `packages` matches.

use super::cabal::Content;
use super::entry;
use super::layout::{self, Body, Layout, Node};
use super::requirement;
use crate::model::{
    Declared, Ecosystem, Effect, Format, GitReference, Grammar, Include, Override, Reading, Role, Scope, Source,
    Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "cabal_project",
    name: "cabal.project",
    ecosystem: Ecosystem::Hackage,
    globs: &["cabal.project", "cabal.project.local"],
    read,
};

/// The name under which packages without upper bounds stand among the variables.
pub(super) const ALLOW_NEWER: &str = "allow-newer";

/// The name under which packages without lower bounds stand among the variables.
pub(super) const ALLOW_OLDER: &str = "allow-older";

/// For a constraint: that it holds for Setup scripts only.
pub(super) const SETUP: &str = "setup";

/// Reads a project file; freeze files are written alike.
pub(super) fn read(source: &SourceText) -> Reading {
    let text = source.text();
    let layout = layout::read(text);
    let mut reading = Reading { problems: layout.problems.clone(), ..Reading::default() };
    for (number, node) in layout.nodes.iter().enumerate() {
        let condition = match node.parent {
            None => None,
            Some(parent) if is_condition(&layout.nodes[parent]) => Some(heading(text, &layout.nodes[parent])),
            Some(_) => continue,
        };
        match &node.body {
            Body::Field { lines, .. } => field(&mut reading, node, &Content::new(text, lines), condition.as_deref()),
            Body::Section(_) if node.name == "source-repository-package" => {
                repository(&mut reading, text, &layout, number);
            }
            Body::Section(_) => {}
        }
    }
    reading
}

fn is_condition(node: &Node) -> bool {
    matches!(node.name.as_str(), "if" | "elif" | "else")
}

fn heading(text: &str, node: &Node) -> String {
    match node.body {
        Body::Section(arguments) => super::parts::title(&node.name, &text[arguments.start..arguments.end]),
        Body::Field { .. } => node.name.clone(),
    }
}

fn field(reading: &mut Reading, node: &Node, content: &Content, condition: Option<&str>) {
    let text = content.text.as_str();
    match node.name.as_str() {
        "constraints" => {
            for part in split(text, &[',']) {
                constraint(reading, content, part, condition);
            }
        }
        "extra-packages" => {
            for entry in entry::list(text) {
                let stated = entry.range.as_ref().map_or(Stated::Nothing, |range| {
                    Stated::Requirement(text[range.clone()].to_owned(), Grammar::Cabal)
                });
                let span = content.span(entry.range.as_ref().unwrap_or(&entry.name));
                reading.declared.push(Declared {
                    name: text[entry.name].to_owned(),
                    stated,
                    scope: Scope::Runtime,
                    direct: Some(true),
                    condition: condition.map(str::to_owned),
                    span,
                });
            }
        }
        ALLOW_NEWER | ALLOW_OLDER => {
            for part in split(text, &[',', ' ', '\t', '\n']) {
                reading.variables.push(Variable {
                    name: node.name.clone(),
                    value: text[part.clone()].to_owned(),
                    condition: condition.map(str::to_owned),
                    span: content.span(&part),
                });
            }
        }
        "import" => {
            for part in split(text, &[',', '\n']).filter(|part| !text[part.clone()].contains("://")) {
                reading.includes.push(Include {
                    role: Role::Requirements,
                    paths: vec![text[part.clone()].to_owned()],
                    format: &FORMAT,
                    identity: None,
                    condition: condition.map(str::to_owned),
                    span: content.span(&part),
                });
            }
        }
        _ => {}
    }
}

/// The parts of a text between separators, without the white space around them; empty ones are left out.
fn split<'a>(text: &'a str, separators: &'a [char]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
    let mut start = 0;
    let parts = text.split(separators).map(move |part| {
        let range = start..start + part.len();
        start = range.end + 1;
        entry::trimmed(text, range)
    });
    parts.filter(|part| !part.is_empty())
}

fn constraint(reading: &mut Reading, content: &Content, part: std::ops::Range<usize>, condition: Option<&str>) {
    let text = content.text.as_str();
    let word_end = text[part.clone()].find(char::is_whitespace).map_or(part.end, |length| part.start + length);
    let qualifier = text[part.start..word_end].split_once('.').map(|(qualifier, _)| qualifier);
    let (start, when) = match qualifier {
        Some("any") => (part.start + "any.".len(), None),
        Some(qualifier) if qualifier == SETUP || qualifier.ends_with(":setup") => {
            (part.start + qualifier.len() + 1, Some(SETUP.to_owned()))
        }
        Some(_) | None => (part.start, None),
    };
    let Some(entry) = entry::entry(text, start..part.end) else { return };
    let Some(range) = entry.range else { return };
    let requirement = &text[range.clone()];
    let is_version = requirement.starts_with(['<', '>', '=', '^', '(', '{'])
        || requirement.starts_with('-') && requirement::range(requirement, Grammar::Cabal).is_ok();
    if !is_version {
        return;
    }
    let name = text[entry.name].to_owned();
    let stated = Stated::Requirement(requirement.to_owned(), Grammar::Cabal);
    let condition = condition.map(str::to_owned);
    let then = Declared {
        name: name.clone(),
        stated,
        scope: Scope::Managed,
        direct: None,
        condition,
        span: content.span(&range),
    };
    reading.overrides.push(Override { effect: Effect::Constrain, name, when, then });
}

fn repository(reading: &mut Reading, text: &str, layout: &Layout, section: usize) {
    let value = |name: &str| -> Vec<Span> {
        let inside = layout.nodes[section + 1..].iter().take_while(|node| node.parent.is_some_and(|p| p >= section));
        let mut fields = inside.filter(|node| node.parent == Some(section) && node.name == name);
        match fields.next().map(|node| &node.body) {
            Some(Body::Field { lines, .. }) => lines.clone(),
            Some(Body::Section(_)) | None => Vec::new(),
        }
    };
    let Some(location) = value("location").first().copied() else { return };
    let repository = &text[location.start..location.end];
    let (tag, branch) = (value("tag").first().copied(), value("branch").first().copied());
    let written = |span: Span| text[span.start..span.end].to_owned();
    let (reference, span) = match (tag, branch) {
        (Some(tag), _) => (GitReference::Any(written(tag)), tag),
        (None, Some(branch)) => (GitReference::Branch(written(branch)), branch),
        (None, None) => (GitReference::Default, location),
    };
    let folders: Vec<String> = value("subdir")
        .into_iter()
        .flat_map(|line| text[line.start..line.end].split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    sources(reading, repository, &reference, &folders, span);
}

/// Adds the packages that a repository puts in the place of published ones: those named like its folders, or like itself.
pub(super) fn sources(
    reading: &mut Reading,
    repository: &str,
    reference: &GitReference,
    folders: &[String],
    span: Span,
) {
    let last = |path: &str| path.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = folders.iter().map(|folder| last(folder)).filter(|name| name != ".").collect();
    if names.is_empty() {
        names.push(last(repository.trim_end_matches('/').trim_end_matches(".git")));
    }
    for name in names {
        let source = Source::Git { repository: repository.to_owned(), reference: reference.clone() };
        replace(reading, name, source, span);
    }
}

/// Adds a source that takes a published package's place.
pub(super) fn replace(reading: &mut Reading, name: String, source: Source, span: Span) {
    let stated = Stated::Source(source);
    let then = Declared { name: name.clone(), stated, scope: Scope::Managed, direct: None, condition: None, span };
    reading.overrides.push(Override { effect: Effect::Replace, name, when: None, then });
}
