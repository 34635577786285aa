//! One dependency in a TOML manifest of a Python project: a PEP 508 string in a list, or a name with a version or a table
//! (Poetry's `[tool.poetry.dependencies]`, Pipenv's `[packages]`).
//!
//! Traps:
//! - A table that names a repository, address or path says nothing of versions, whatever else it holds.
//! - Several constraints for one name are a list (Poetry, "Multiple constraints dependencies"): each counts under its own
//!   marker.
//! - What stands where the grammar of TOML is broken is shown as it is written and decided by nobody.

use crate::ecosystem::pypi::pep508::{self, Place, Requirement, name_normalised};
use crate::ecosystem::pypi::reference;
use crate::ecosystem::toml_text::{Key, Literal, Node};
use crate::model::{Declared, GitReference, Grammar, Problem, ProblemKind, Reading, Scope, Source, Stated};
use crate::source::Span;

/// Keys of a table that are environment markers (PEP 508), which Pipenv takes one by one.
const MARKERS: &[&str] = &[
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
];

/// The requirements in a list of PEP 508 strings; what is no string is left to the caller.
pub fn requirements(reading: &mut Reading, list: Option<Node<'_>>, place: Place<'_>) {
    let Some(list) = list else { return };
    let first_key = || list.entries().first().map(|(key, _)| key.span);
    if let Some(span) = list.string().map(|literal| literal.span).or_else(first_key) {
        let message = "requirements stand in an array of strings here; tools refuse anything else".into();
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
    for item in list.items() {
        if let Some(literal) = item.string() {
            let declared = requirement(reading, literal, place);
            reading.declared.extend(declared);
        }
    }
}

/// The requirement in a PEP 508 string; a problem if there is none.
pub fn requirement(reading: &mut Reading, literal: Literal<'_>, place: Place<'_>) -> Option<Declared> {
    if !literal.closed {
        return open_string(literal, place);
    }
    // PDM writes editable packages in the manner of pip, and those may have no name.
    let text = literal.value.strip_prefix("-e ").unwrap_or(literal.value);
    let offset = literal.value.len() - text.len();
    match pep508::declare(text, place, |span| literal.place(span.shifted(offset))) {
        Ok(declared) => Some(declared),
        Err(problem) => {
            reading.problems.extend((offset == 0).then_some(problem));
            None
        }
    }
}

/// What is left of a string that is never closed: the name can be told, the version cannot.
fn open_string(literal: Literal<'_>, place: Place<'_>) -> Option<Declared> {
    let text = literal.value.trim_start_matches(['"', '\'']);
    let requirement = Requirement::parse(text).ok()?;
    Some(Declared {
        name: name_normalised(requirement.name),
        stated: Stated::Requirement(literal.value.into(), Grammar::Pep440),
        scope: place.scope,
        direct: Some(true),
        condition: pep508::condition(place.group, None),
        span: literal.span,
    })
}

/// The declarations of a table that maps names to versions or tables; the interpreter is no package.
pub fn table(reading: &mut Reading, table: Option<Node<'_>>, grammar: Grammar, place: Place<'_>) {
    for (key, node) in table.into_iter().flat_map(Node::entries) {
        if name_normalised(key.text) != "python" {
            entry(reading, key, node, grammar, place);
        }
    }
}

/// The declarations of one name: a version, a table, or a list of them.
pub fn entry(reading: &mut Reading, key: Key<'_>, node: Node<'_>, grammar: Grammar, place: Place<'_>) {
    let broken = node.is_broken(key);
    let alternatives = if node.is_array() && !broken { node.items() } else { vec![node] };
    for node in alternatives {
        let (stated, span) = match node.string() {
            _ if broken => broken_line(node, key, grammar),
            // Pipenv takes an empty version for any.
            Some(literal) if literal.value.is_empty() && grammar == Grammar::Pipfile => (Stated::Nothing, key.span),
            Some(literal) => (Stated::Requirement(literal.value.into(), grammar), literal.span),
            None if node.is_table() => what(node, grammar).unwrap_or((Stated::Nothing, key.span)),
            None => {
                let message = format!("`{}` is neither a version nor a table", key.text);
                reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: node.span });
                (Stated::Nothing, key.span)
            }
        };
        let optional = node.get("optional").is_some_and(Node::is_true);
        reading.declared.push(Declared {
            name: name_normalised(key.text),
            stated,
            scope: if optional { Scope::Optional } else { place.scope },
            direct: Some(true),
            condition: pep508::condition(place.group, marker(node).as_deref()),
            span,
        });
    }
}

/// What the table of a dependency states, and where; `None` if it holds neither a version nor a source.
pub fn what(table: Node<'_>, grammar: Grammar) -> Option<(Stated, Span)> {
    if let Some(found) = source(table) {
        return Some(found);
    }
    let (key, version) = table.entry("version")?;
    if version.is_broken(key) {
        return Some(broken_line(version, key, grammar));
    }
    let literal = version.string()?;
    Some((Stated::Requirement(literal.value.into(), grammar), literal.span))
}

/// The repository, address or path that the table of a dependency names, and where.
pub fn source(table: Node<'_>) -> Option<(Stated, Span)> {
    if let Some(repository) = table.get("git").and_then(Node::string) {
        let (reference, span) = git_reference(table).unwrap_or((GitReference::Default, repository.span));
        let repository = repository.value.strip_prefix("git+").unwrap_or(repository.value).into();
        return Some((Stated::Source(Source::Git { repository, reference }), span));
    }
    let word = |key| table.get(key).and_then(Node::string);
    if let Some(address) = ["url", "hg", "svn", "bzr"].into_iter().find_map(word) {
        return Some((Stated::Source(Source::Url(address.value.into())), address.span));
    }
    let path = ["path", "file"].into_iter().find_map(word)?;
    Some((Stated::Source(reference::read(path.value).source), path.span))
}

fn git_reference(table: Node<'_>) -> Option<(GitReference, Span)> {
    let word = |key| table.get(key).and_then(Node::string).map(|word| (word.value.to_owned(), word.span));
    if let Some((revision, span)) = word("rev") {
        return Some((GitReference::Revision(revision), span));
    }
    if let Some((tag, span)) = word("tag") {
        return Some((GitReference::Tag(tag), span));
    }
    if let Some((branch, span)) = word("branch") {
        return Some((GitReference::Branch(branch), span));
    }
    // Pipenv does not say which of the three it is.
    word("ref").map(|(word, span)| (GitReference::Any(word), span))
}

/// The marker of a table, and what stands for one.
pub fn marker(table: Node<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for key in ["markers", "marker"] {
        parts.extend(table.get(key).and_then(Node::text).map(str::to_owned));
    }
    for key in ["python", "platform"].iter().chain(MARKERS) {
        parts.extend(table.get(key).and_then(Node::text).map(|value| format!("{key} {value}")));
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// A line that breaks the grammar, as a requirement that nobody can read.
fn broken_line(node: Node<'_>, key: Key<'_>, grammar: Grammar) -> (Stated, Span) {
    let line = node.line(key);
    (Stated::Requirement(line.value.into(), grammar), line.span)
}
