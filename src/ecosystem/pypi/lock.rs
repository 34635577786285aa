//! A lock under construction: the packages in it, and who needs whom.
//!
//! Locks name what a package needs by its name alone where there is one of that name; where there are several (forks for
//! environments) a version or a requirement tells which.

use std::collections::{HashMap, HashSet, VecDeque};

use super::pep508::name_normalised;
use super::requirement::Specifiers;
use super::version::PypiVersion;
use crate::ecosystem::toml_text::{Document, Literal, Node, Text};
use crate::model::{Declared, Grammar, Reading, Scope};
use crate::source::SourceText;
use crate::version::{Order, Version};

/// How many packages of one name a need is compared with.
const MAX_FORKS: usize = 32;

/// What is gathered.
#[derive(Default)]
pub(super) struct Lock<'a> {
    /// The reading that grows.
    pub(super) reading: Reading,
    versions: Vec<Option<&'a str>>,
    by_name: HashMap<String, Vec<u32>>,
    needs: Vec<(u32, Need<'a>)>,
}

/// What a package needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'a> {
    /// The name as written.
    pub(super) name: &'a str,
    /// The version, where the lock tells which of several.
    pub(super) version: Option<&'a str>,
    /// What is asked for.
    pub(super) requirement: Option<(&'a str, Grammar)>,
}

/// Reads a lock whose packages are an array of tables; `take` takes them in.
pub(super) fn read(source: &SourceText, key: &str, take: impl for<'d> FnOnce(&mut Lock<'d>, Vec<Node<'d>>)) -> Reading {
    let mut lock = Lock::default();
    let text = Text::new(source.text());
    let document = Document::parse(&text, &mut lock.reading);
    take(&mut lock, document.root().get(key).map(Node::items).unwrap_or_default());
    lock.connect();
    lock.reading
}

impl<'a> Lock<'a> {
    /// Adds a package and gives its number.
    pub(super) fn add(&mut self, declared: Declared, version: Option<&'a str>) -> u32 {
        let number = u32::try_from(self.reading.declared.len()).unwrap_or(u32::MAX);
        self.by_name.entry(declared.name.clone()).or_default().push(number);
        self.reading.declared.push(declared);
        self.versions.push(version);
        number
    }

    /// The package of a name and version, if it was added.
    pub(super) fn find(&self, name: &str, version: Option<&str>) -> Option<u32> {
        let mut numbers = self.by_name.get(name)?.iter().take(MAX_FORKS);
        numbers.find(|number| self.versions[**number as usize] == version).copied()
    }

    /// Notes that a package needs another.
    pub(super) fn need(&mut self, from: u32, need: Need<'a>) {
        self.needs.push((from, need));
    }

    /// The packages that a need is met by.
    pub(super) fn meeting(&self, need: Need<'_>) -> Vec<u32> {
        let Some(numbers) = self.by_name.get(&name_normalised(need.name)) else { return Vec::new() };
        let numbers = &numbers[..numbers.len().min(MAX_FORKS)];
        if numbers.len() < 2 {
            return numbers.to_vec();
        }
        let of_version = |number: &&u32| need.version.is_some() && self.versions[**number as usize] == need.version;
        let mut met: Vec<u32> = numbers.iter().filter(of_version).copied().collect();
        if met.is_empty()
            && let Some((text, grammar)) = need.requirement
            && let Ok(specifiers) = Specifiers::parse(text, grammar)
        {
            let range = specifiers.range(true);
            let admits = |number: &&u32| {
                let version = self.versions[**number as usize].and_then(|text| PypiVersion::parse(text).ok());
                version.is_some_and(|version| range.contains(&Version::new("", Order::Pypi(version))))
            };
            met = numbers.iter().filter(admits).copied().collect();
        }
        if met.is_empty() { numbers.to_vec() } else { met }
    }

    /// Turns what was noted into the graph.
    pub(super) fn connect(&mut self) {
        let mut known = HashSet::new();
        for (from, need) in std::mem::take(&mut self.needs) {
            for to in self.meeting(need) {
                if from != to && known.insert((from, to)) {
                    self.reading.graph.edges.push((from, to));
                }
            }
        }
    }

    /// Says what each package is for: the first of the scopes from which the graph leads to it.
    pub(super) fn spread(&mut self, seeds: &[(u32, Scope)]) {
        let count = self.reading.declared.len();
        let mut needed: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (from, to) in &self.reading.graph.edges {
            needed[*from as usize].push(*to);
        }
        let mut reached = vec![false; count];
        for scope in Scope::ALL {
            let mut queue: VecDeque<u32> = VecDeque::new();
            queue.extend(seeds.iter().filter(|(_, of)| of == scope).map(|(number, _)| *number));
            while let Some(number) = queue.pop_front() {
                if !std::mem::replace(&mut reached[number as usize], true) {
                    self.reading.declared[number as usize].scope = *scope;
                    queue.extend(&needed[number as usize]);
                }
            }
        }
    }
}

/// The text under a key of a table, unless the grammar is broken there.
pub(super) fn word<'d>(table: Node<'d>, key: &str) -> Option<Literal<'d>> {
    let (key, node) = table.entry(key)?;
    node.string().filter(|literal| literal.closed && !node.is_broken(key))
}

/// The version of a package; where none can be read from what is there, the line as it stands.
pub(super) fn version(table: Node<'_>) -> Option<Literal<'_>> {
    let (key, node) = table.entry("version")?;
    Some(word(table, "version").unwrap_or_else(|| node.line(key)))
}
