//! Clients by package name.

use std::collections::HashMap;

use super::{Client, Rule, RuleSet};
use crate::model::{Ecosystem, Wanted};

/// The clients of a set of rules by name. A whole name goes before a pattern, a longer pattern before a shorter one.
#[derive(Debug)]
pub struct Index<'a> {
    rules: Vec<Names<'a>>,
}

#[derive(Debug)]
struct Names<'a> {
    rule: &'a Rule,
    whole: HashMap<(Ecosystem, String), &'a Client>,
    /// What stands before the `*`, longest first.
    prefixes: Vec<(Ecosystem, String, &'a Client)>,
}

impl<'a> Index<'a> {
    /// Sorts the names of all clients, aliases too.
    pub(super) fn new(rules: &'a RuleSet) -> Index<'a> {
        Index { rules: rules.rules.iter().map(Names::new).collect() }
    }

    /// The clients that a package is, at most one for each rule, in the order of the rules.
    pub fn find(&self, ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = (&'a Rule, &'a Client)> {
        let name = ecosystem.folded(name).into_owned();
        self.rules.iter().filter_map(move |names| Some((names.rule, names.find(ecosystem, &name)?)))
    }
}

impl<'a> Names<'a> {
    fn new(rule: &'a Rule) -> Names<'a> {
        let mut names = Names { rule, whole: HashMap::new(), prefixes: Vec::new() };
        for client in &rule.clients {
            for name in client.names() {
                let name = client.ecosystem.folded(name);
                match pattern_prefix(&name) {
                    Some(prefix) => names.prefixes.push((client.ecosystem, prefix.to_owned(), client)),
                    None => {
                        names.whole.insert((client.ecosystem, name.into_owned()), client);
                    }
                }
            }
        }
        names.prefixes.sort_by_key(|(_, prefix, _)| std::cmp::Reverse(prefix.len()));
        names
    }

    fn find(&self, ecosystem: Ecosystem, name: &str) -> Option<&'a Client> {
        if let Some(client) = self.whole.get(&(ecosystem, name.to_owned())) {
            return Some(client);
        }
        let mut prefixes = self.prefixes.iter();
        let found = prefixes.find(|(of, prefix, _)| *of == ecosystem && name.starts_with(prefix.as_str()));
        found.map(|(_, _, client)| *client)
    }
}

impl RuleSet {
    /// The packages that the rules speak of, and their tags.
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for client in self.rules.iter().flat_map(|rule| &rule.clients) {
            for name in client.names() {
                wanted.add(client.ecosystem, name);
                client.tags.iter().for_each(|tag| wanted.add_tag(client.ecosystem, name, &tag.name, &tag.commit));
            }
        }
        wanted
    }
}

impl Client {
    /// The names it is known by: the package and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.package.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// What stands before a trailing `*`.
pub(super) fn pattern_prefix(name: &str) -> Option<&str> {
    name.strip_suffix('*')
}
