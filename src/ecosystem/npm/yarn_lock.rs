//! `yarn.lock`: what Yarn chose for each descriptor (`name@range`). Yarn 1 writes a grammar of its own, Yarn 2 and later YAML
//! with a `__metadata` entry; the content tells which ([`classic`], [`berry`]).
//!
//! Traps:
//! - Several descriptors share an entry; a descriptor's name is what it is called, and an alias names the package behind
//!   `npm:`.
//! - An override stands in the descriptor: where `resolutions` name a version, what was asked for is not written down, so an
//!   edge whose descriptor is not there leads to every entry of that name.

pub mod berry;
pub mod classic;

use std::collections::HashMap;

use super::lock_entry::number;
use crate::model::{Declared, Ecosystem, Format, Graph, Reading, Root};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "yarn_lock", name: "yarn.lock", ecosystem: Ecosystem::Npm, globs: &["yarn.lock"], read };

/// Most entries of one name to which an edge without a descriptor leads.
const MAX_GUESSES: usize = 8;

fn read(source: &SourceText) -> Reading {
    if is_berry(source.text()) { berry::read(source) } else { classic::read(source) }
}

/// Whether a lockfile is that of Yarn 2 or later.
pub fn is_berry(text: &str) -> bool {
    text.starts_with("__metadata:") || text.contains("\n__metadata:")
}

/// An entry of either form.
struct Entry {
    /// Its descriptors: what the package is called, and the range.
    descriptors: Vec<(String, String)>,
    /// What it states; `None` where it is the project's own code.
    declared: Option<Declared>,
    /// For the project's own code its folder.
    folder: Option<String>,
    /// What it needs, as descriptors.
    needs: Vec<(String, String)>,
}

/// Puts the entries together; of two with one descriptor the last counts.
fn assemble(reading: &mut Reading, entries: &[Entry]) {
    let mut owner: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        for (name, range) in &entry.descriptors {
            owner.insert((name, bare(range)), index);
        }
    }
    let mut numbers: Vec<Option<u32>> = vec![None; entries.len()];
    let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
    let mut graph = Graph::default();
    for (index, entry) in entries.iter().enumerate() {
        let Some(declared) = &entry.declared else { continue };
        let own = entry.descriptors.iter().filter(|(name, range)| owner[&(name.as_str(), bare(range))] == index);
        let package = number(reading.declared.len());
        let roots = graph.roots.len();
        for (name, range) in own {
            let (name, requirement) = (name.clone(), Some(range.clone()));
            graph.roots.push(Root { folder: None, name, requirement, package });
        }
        if graph.roots.len() > roots {
            numbers[index] = Some(package);
            for (name, _) in &entry.descriptors {
                let named = by_name.entry(name).or_default();
                if named.len() < MAX_GUESSES && !named.contains(&package) {
                    named.push(package);
                }
            }
            reading.declared.push(declared.clone());
        }
    }
    for (index, entry) in entries.iter().enumerate() {
        for (name, range) in &entry.needs {
            let found = match owner.get(&(name.as_str(), bare(range))) {
                Some(owner) => numbers[*owner].as_slice(),
                None => by_name.get(name.as_str()).map(Vec::as_slice).unwrap_or_default(),
            };
            for package in found {
                match (&entry.folder, numbers[index]) {
                    (Some(folder), _) => graph.roots.push(Root {
                        folder: Some(folder.clone()),
                        name: name.clone(),
                        requirement: Some(range.clone()),
                        package: *package,
                    }),
                    (None, Some(own)) if own != *package => graph.edges.push((own, *package)),
                    (None, Some(_) | None) => {}
                }
            }
        }
    }
    reading.graph = graph;
}

/// A range without the protocol that Yarn writes or leaves out; an alias keeps it.
fn bare(range: &str) -> &str {
    match range.strip_prefix("npm:") {
        Some(rest) if !rest.get(1..).unwrap_or_default().contains('@') => rest,
        _ => range,
    }
}
