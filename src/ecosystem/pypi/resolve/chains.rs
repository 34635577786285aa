//! How what a lock holds beyond the manifests' own wishes comes in: the shortest chain from something that is asked for.
//!
//! A package can be needed in many ways; one from what runs is told before one from what is optional or for development.

use std::collections::VecDeque;

use crate::model::{Declared, Origin, Reading, Scope, Stated};

/// Most packages shown of a chain.
const MAX_SHOWN: usize = 8;

/// A package of a lock that a manifest asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Head {
    /// What it is for.
    pub(super) scope: Scope,
    /// Where it is asked for.
    pub(super) origin: Origin,
    /// Its number in the lock.
    pub(super) package: usize,
}

/// Who needs what in a lock.
pub(super) struct Chains<'a> {
    declared: &'a [Declared],
    /// For each package that is reached: the head of its chain, and who needs it.
    reached: Vec<Option<(Head, Option<usize>)>>,
}

impl<'a> Chains<'a> {
    /// Follows a lock's graph from what is asked for.
    pub(super) fn new(reading: &'a Reading, mut heads: Vec<Head>) -> Chains<'a> {
        let count = reading.declared.len();
        let mut needed: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (from, to) in &reading.graph.edges {
            if let Some(needed) = needed.get_mut(*from as usize) {
                needed.push(*to as usize);
            }
        }
        heads.sort_unstable();
        let mut chains = Chains { declared: &reading.declared, reached: vec![None; count] };
        for scope in Scope::ALL {
            let mut queue = VecDeque::new();
            for head in heads.iter().filter(|head| head.scope == *scope) {
                chains.reach(head.package, *head, None, &mut queue);
            }
            while let Some((package, head)) = queue.pop_front() {
                for next in &needed[package] {
                    chains.reach(*next, head, Some(package), &mut queue);
                }
            }
        }
        chains
    }

    fn reach(&mut self, package: usize, head: Head, by: Option<usize>, queue: &mut VecDeque<(usize, Head)>) {
        if let Some(reached @ None) = self.reached.get_mut(package) {
            *reached = Some((head, by));
            queue.push_back((package, head));
        }
    }

    /// Where the chain to a package starts, and the packages on it from there on; `None` if no chain leads to it.
    pub(super) fn to(&self, package: usize) -> Option<(Head, String)> {
        let (head, mut next) = (*self.reached.get(package)?)?;
        let mut chain = VecDeque::new();
        while let Some(package) = next {
            if chain.len() < MAX_SHOWN || package == head.package {
                chain.push_front(self.show(package));
            } else if chain.len() == MAX_SHOWN {
                chain.push_front("…".to_owned());
            }
            next = self.reached[package].and_then(|(_, by)| by);
        }
        Some((head, Vec::from(chain).join(" > ")))
    }

    fn show(&self, package: usize) -> String {
        let declared = &self.declared[package];
        match &declared.stated {
            Stated::Locked(version) => format!("`{}` {version}", declared.name),
            Stated::Requirement(..)
            | Stated::Source(_)
            | Stated::Elsewhere(_)
            | Stated::Computed(_)
            | Stated::Nothing => format!("`{}`", declared.name),
        }
    }
}
