//! `environment.yml` and whatever people call it: a conda environment (conda's "Creating an environment file manually").
//!
//! Traps:
//! - `dependencies` lists match specifications of conda's, and in it a mapping `pip` lists lines of a requirements file.
//! - Names are conda's ([`super::conda`]).
//! - A text that many aliases take in is read once, so that a short file cannot take long.
//! - Files of this name are also written for other tools; only one with a list `dependencies` at its root is an environment.
//!   A `requirements.yml` is mostly Ansible's or a chart's: the dependencies of a chart are mappings with a name, none of them `pip`.
//!
//! Not done here: the selectors and templates of conda-devenv.

use std::collections::HashSet;

use super::conda::{MatchSpec, pypi_name};
use super::part::append;
use super::pep508;
use super::requirements_txt;
use crate::ecosystem::yaml::{self, Node, Scalar};
use crate::model::{Declared, Ecosystem, Format, Grammar, Reading, Scope, Stated};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "environment_yml",
    name: "conda environment",
    ecosystem: Ecosystem::Pypi,
    globs: &[
        "*[Ee]nvironment*.{yml,yaml}",
        "*conda*.{yml,yaml}",
        "{env,*[-_.]env,env[-_.]*}.{yml,yaml}",
        "{conda,envs,environments}/*.{yml,yaml}",
        "*requirements*.{yml,yaml}",
        "*requirements/*.{yml,yaml}",
        "*requirements/**/*.{yml,yaml}",
    ],
    read,
};

/// What hangs on pip's part of an environment.
const PIP: &str = "pip";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let is_list = source.text().split(['\n', '\r']).any(|line| line.starts_with("dependencies:"));
    if !is_list {
        return reading;
    }
    let document = yaml::read(source, &mut reading.problems);
    let dependencies = document.get("dependencies");
    let items = dependencies.map(|node| node.items()).unwrap_or_default();
    let is_of_a_chart = if items.is_empty() {
        source.text().lines().any(|line| line.trim_start().starts_with("- name:"))
    } else {
        items.iter().all(is_no_requirement)
    };
    if is_of_a_chart {
        return Reading::default();
    }
    let mut seen = HashSet::new();
    for node in items {
        match node.scalar() {
            Some(scalar) if seen.insert(scalar.span) => reading.declared.extend(declared(source, scalar)),
            Some(_) => {}
            None => pip(&mut reading, source, node, &mut seen),
        }
    }
    reading
}

/// Whether an item is a mapping of something else than lines for pip.
fn is_no_requirement(item: &Node<'_>) -> bool {
    item.scalar().is_none() && item.is_mapping() && item.get(PIP).is_none()
}

fn declared(source: &SourceText, scalar: &Scalar) -> Option<Declared> {
    let spec = MatchSpec::parse(&scalar.text)?;
    let place = |span: Span| scalar.place(source, &(span.start..span.end));
    let (stated, span) = match spec.version {
        Some((text, span)) if spec.is_archive => (Stated::Locked(text.into()), span),
        Some((text, span)) => (Stated::Requirement(text.into(), Grammar::Conda), span),
        None => (Stated::Nothing, spec.name_span),
    };
    Some(Declared {
        name: pypi_name(&spec.name)?,
        stated,
        scope: Scope::Runtime,
        direct: Some(true),
        condition: None,
        span: place(span),
    })
}

/// The lines that conda hands on to pip.
fn pip(reading: &mut Reading, source: &SourceText, node: Node<'_>, seen: &mut HashSet<Span>) {
    for line in node.get(PIP).map(|node| node.items()).unwrap_or_default() {
        let Some(scalar) = line.scalar().filter(|scalar| seen.insert(scalar.span)) else { continue };
        let places = scalar.places(source);
        let place = |span: Span| places.place(&(span.start..span.end));
        let mut part = requirements_txt::read_part(&scalar.text, place);
        for declared in &mut part.declared {
            declared.condition = pep508::condition(Some(PIP), declared.condition.as_deref());
        }
        append(reading, part);
    }
}
