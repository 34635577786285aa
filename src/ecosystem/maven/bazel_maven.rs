//! Maven artifacts of Bazel's builds: `maven.install` in `MODULE.bazel`, `maven_install` in `WORKSPACE` and in macros
//! (`rules_jvm_external`, "Specifying artifacts"; `jvm_maven_import_external`, `maven_jar`).
//!
//! Traps:
//! - Coordinates are `group:artifact:version`, or with packaging and classifier before the version.
//! - `maven.artifact` has them one by one, and may say `testonly`.
//! - `excluded_artifacts`, `override_targets` and labels hold names that are no versions.
//! - Lists may stand in names, and names in other files: every text of this form in a list counts, wherever the list is.
//!
//! Not done: versions that are put together with `format` or `%`; `maven.from_toml`, whose catalog is read by itself.

use super::script::template::{self, Written};
use super::script::{Dialect, Range, Script};
use crate::model::{
    Declared, Ecosystem, Format, Grammar, Identity, Include, Problem, ProblemKind, Reading, Role, Scope, Stated,
    Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "bazel_maven",
    name: "Maven artifacts of Bazel",
    ecosystem: Ecosystem::Maven,
    globs: &["MODULE.bazel", "*.MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "*.bzl"],
    read,
};

/// Arguments that hold names of artifacts which are not asked for.
const NO_ARTIFACTS: &[&str] =
    &["excluded_artifacts", "override_targets", "known_contributing_modules", "exclusions", "deps"];

fn read(source: &SourceText) -> Reading {
    let script = Script::new(source.text(), Dialect::Starlark);
    let mut reading = Reading::default();
    let (mut skip_until, mut depth) = (0, 0usize);
    for index in 0..script.tokens.len() {
        if index < skip_until {
            continue;
        }
        match script.word(index) {
            "(" | "[" | "{" if !script.is_string(index) => depth += 1,
            ")" | "]" | "}" if !script.is_string(index) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if script.is_word(index) && script.is(index + 1, "=") && NO_ARTIFACTS.contains(&script.word(index)) {
            skip_until = script.skip(index + 2, script.tokens.len());
            continue;
        }
        if script.is_word(index) && script.is(index + 1, "=") && depth == 0 && is_statement(&script, index) {
            reading.variables.extend(variable(&script, index));
        }
        if script.is_word(index) && script.word(index) == "artifact" && script.is(index + 1, "(") {
            reading.declared.extend(artifact(&script, script.inside(index + 1, script.tokens.len())));
        }
        if script.is_word(index)
            && script.word(index) == "boms"
            && script.is(index + 1, "=")
            && script.is(index + 2, "[")
        {
            let list = script.inside(index + 2, script.tokens.len());
            reading.includes.extend(script.split(list, ",").into_iter().filter_map(|part| bom(&script, part)));
            skip_until = list.end + 1;
            continue;
        }
        let opens = index.checked_sub(1);
        let is_element = opens.is_some_and(|before| {
            ["[", ",", "=", "("].iter().any(|mark| script.is(before, mark)) || script.is_line_end(before)
        });
        if script.is_string(index) && is_element {
            let end = element_end(&script, index);
            reading.declared.extend(coordinates(&script, Range::new(index, end)));
        }
    }
    // A build file of Bazel that has nothing to do with Maven may be in any state.
    if let Some((span, what)) = script.broken
        && (!reading.declared.is_empty() || source.text().contains("maven"))
    {
        let message = format!("{what}, so something may be missed");
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
    reading
}

/// Whether a token is the first of its line.
fn is_statement(script: &Script<'_>, index: usize) -> bool {
    index == 0 || script.is_line_end(index - 1)
}

/// Where the element that starts with a string ends: at a comma, a bracket or, outside of brackets, the line.
fn element_end(script: &Script<'_>, start: usize) -> usize {
    let mut end = start + 1;
    while script.is(end, "+") || script.is(end, "%") || script.is(end, ".") {
        end += 2;
        if script.is(end, "(") {
            end = script.skip(end, script.tokens.len());
        }
    }
    end
}

fn variable(script: &Script<'_>, index: usize) -> Option<Variable> {
    if !script.is_string(index + 2) {
        return None;
    }
    let written = template::of_value(script, Range::new(index + 2, element_end(script, index + 2)))?;
    let name = script.word(index).to_owned();
    Some(Variable { name, value: written.text.clone(), condition: None, span: written.span() })
}

/// `group:artifact[:packaging[:classifier]]:version`.
fn parts(written: &Written) -> Option<(String, Option<Written>)> {
    let text = &written.text;
    let spans = template::split(text, Dialect::Starlark, ':');
    if !(2..=5).contains(&spans.len()) || text.contains([' ', '/', '@', '\n']) {
        return None;
    }
    let is_group = |span: &Span| {
        let group = &text[span.start..span.end];
        !group.is_empty() && group.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    let is_name = spans[..2].iter().all(is_group);
    let name = || text[..spans[1].end].to_owned();
    match spans.as_slice() {
        [_, _] => None,
        [.., version] => {
            let version = written.part(*version);
            let is_version =
                version.text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '[' | '('));
            (is_name && is_version).then(|| (name(), Some(version)))
        }
        [] => None,
    }
}

fn coordinates(script: &Script<'_>, element: Range) -> Option<Declared> {
    let written = template::of_value(script, element)?;
    if let Some((name, Some(version))) = parts(&written) {
        return Some(declared(name, Some(&version), version.span(), Scope::Runtime));
    }
    // `"g:a:%s" % VERSION`, `"g:a:{}".format(VERSION)`
    let format = template::of_string(script, &script.tokens[element.start]);
    let (name, rest) = format.text.match_indices(':').nth(1).map(|(index, _)| format.text.split_at(index))?;
    let is_module =
        element.end > element.start + 1 && rest.contains(['%', '{']) && !name.contains(['/', ' ', '%', '{']);
    is_module.then(|| Declared {
        stated: Stated::Computed(script.slice(element).to_owned()),
        ..declared(name.to_owned(), None, script.span(element), Scope::Runtime)
    })
}

fn bom(script: &Script<'_>, element: Range) -> Option<Include> {
    let written = template::of_value(script, element)?;
    let (name, version) = parts(&written)?;
    let version = version?;
    Some(Include {
        role: Role::Bom,
        paths: Vec::new(),
        format: &FORMAT,
        identity: Some(Identity { name, version: Some(version.text.clone()) }),
        condition: None,
        span: version.span(),
    })
}

/// `maven.artifact(group = "g", artifact = "a", version = "v", testonly = True)`, also by position.
fn artifact(script: &Script<'_>, arguments: Range) -> Option<Declared> {
    let parts = script.split(arguments, ",");
    let plain: Vec<Range> = parts.iter().copied().filter(|part| !script.is(part.start + 1, "=")).collect();
    let field = |name: &str, position: usize| {
        let mut named = parts.iter().filter(|part| script.word(part.start) == name && script.is(part.start + 1, "="));
        let named = named.next().map(|part| Range::new(part.start + 2, part.end));
        template::of_value(script, named.or_else(|| plain.get(position).copied())?)
    };
    let (group, artifact) = (field("group", 0)?, field("artifact", 1)?);
    let version = field("version", 2);
    let is_test = field("testonly", 9).is_some_and(|value| value.text == "${True}");
    let span = version.as_ref().map_or_else(|| artifact.span(), Written::span);
    let name = format!("{}:{}", group.text, artifact.text);
    let scope = if is_test { Scope::Test } else { Scope::Runtime };
    Some(declared(name, version.as_ref(), span, scope))
}

fn declared(name: String, version: Option<&Written>, span: Span, scope: Scope) -> Declared {
    let stated = version.map_or(Stated::Nothing, |version| Stated::Requirement(version.text.clone(), Grammar::Maven));
    Declared { name, stated, scope, direct: Some(true), condition: None, span }
}
