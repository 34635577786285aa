//! What lockfiles hold beyond what manifests declare: which declared dependency each package comes in through.
//!
//! Traps:
//! - A package can be reached in many ways; the shortest from what runs is told, else from what is optional, else from what
//!   is for development. What is declared for development can itself be needed by what runs.
//! - What only a manifest's former dependencies need, or what it asked for when the lockfile was written and no longer does,
//!   is a leftover that the next installation drops.
//! - What a manifest asks for that is not in the tree is of unknown standing, and so is what only that needs.

use std::collections::VecDeque;

use crate::model::{Declared, Dependency, FileId, Graph, Origin, Reading, Related, Scope};

/// A declared dependency whose package stands in the lockfile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// What it is for.
    pub scope: Scope,
    /// Where it is declared.
    pub origin: Origin,
    /// Its package in the lockfile.
    pub package: u32,
}

/// How a package of a lockfile stands to the manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A manifest declares it.
    Declared,
    /// It comes in through a declared dependency.
    Needed {
        /// Where that is declared.
        head: Origin,
        /// Its package.
        first: u32,
        /// What it is for.
        scope: Scope,
    },
    /// The next installation drops it.
    Leftover,
    /// A manifest that is not in the tree asks for it, or something that it asks for.
    Unowned {
        /// The package that is asked for.
        first: u32,
    },
    /// Nothing leads to it.
    Unreached,
}

/// How a package comes in.
#[derive(Clone, Debug)]
pub struct Told {
    /// The name of the declared dependency that brings it in.
    pub through: String,
    /// The way from there, at its declaration.
    pub related: Related,
}

impl Told {
    /// Says it of a dependency.
    pub fn of(self, dependency: &mut Dependency) {
        dependency.because.push(self.related);
        dependency.through = Some(self.through);
    }
}

/// The packages of a lockfile and how they stand.
pub struct Standings {
    reached: Vec<Standing>,
    parents: Vec<Option<u32>>,
    declared: Vec<bool>,
}

/// Most packages shown of a chain behind the declared one.
const SHOWN: usize = 8;

impl Standings {
    /// Follows the graph from what manifests declare, from what manifests outside of the tree ask for (`unowned`), and from what
    /// manifests no longer declare (`former`).
    pub fn new(reading: &Reading, claims: &[Claim], unowned: &[u32], former: &[u32]) -> Standings {
        let count = reading.declared.len();
        let mut standings = Standings {
            reached: vec![Standing::Unreached; count],
            parents: vec![None; count],
            declared: vec![false; count],
        };
        let needs = Needs::new(&reading.graph, count);
        let mut claims = claims.to_vec();
        claims.sort();
        for claim in &claims {
            standings.declared[claim.package as usize] = true;
        }
        for scope in Scope::ALL {
            let claims = claims.iter().filter(|claim| claim.scope == *scope);
            standings.spread(
                &needs,
                claims.map(|claim| {
                    let (head, first) = (claim.origin, claim.package);
                    (first, Standing::Needed { head, first, scope: *scope })
                }),
            );
        }
        standings.spread(&needs, unowned.iter().map(|first| (*first, Standing::Unowned { first: *first })));
        standings.spread(&needs, former.iter().map(|first| (*first, Standing::Leftover)));
        standings
    }

    /// How a package stands.
    pub fn of(&self, package: u32) -> Standing {
        if self.declared[package as usize] { Standing::Declared } else { self.reached[package as usize] }
    }

    /// The package that needs another, on the way from the declared dependency.
    pub fn parent(&self, package: u32) -> Option<u32> {
        self.parents[package as usize]
    }

    /// How a package comes in, at the declaration of what brings it in; at the lockfile's own entry of that where no manifest of
    /// the tree asks for it.
    pub fn told(
        &self,
        lock: FileId,
        packages: &[Declared],
        package: u32,
        written: fn(&Declared) -> String,
    ) -> Option<Told> {
        let (origin, first) = match self.of(package) {
            Standing::Needed { head, first, .. } => (head, first),
            Standing::Unowned { first } if first != package => {
                (Origin { file: lock, span: packages[first as usize].span }, first)
            }
            Standing::Unowned { .. } | Standing::Declared | Standing::Leftover | Standing::Unreached => return None,
        };
        let show = |number: &Option<u32>| match number {
            Some(number) => {
                let package = &packages[*number as usize];
                format!("`{}` {}", package.name, written(package)).trim_end().to_owned()
            }
            None => "…".to_owned(),
        };
        let chain: Vec<String> = self.chain(first, package).iter().map(show).collect();
        let related = Related { origin, message: format!("comes in through {}", chain.join(" > ")) };
        Some(Told { through: packages[first as usize].name.clone(), related })
    }

    /// The packages through which one comes in, the declared one, `first`, in front; `None` stands for those left out.
    fn chain(&self, first: u32, package: u32) -> Vec<Option<u32>> {
        let mut chain: VecDeque<Option<u32>> = VecDeque::new();
        let mut next = self.parent(package).filter(|parent| *parent != first);
        while let Some(package) = next.filter(|_| chain.len() < SHOWN) {
            chain.push_front(Some(package));
            next = self.parent(package).filter(|parent| *parent != first);
        }
        if next.is_some() {
            chain.push_front(None);
        }
        chain.push_front(Some(first));
        chain.into()
    }

    fn spread(&mut self, needs: &Needs, starts: impl Iterator<Item = (u32, Standing)>) {
        let mut queue = VecDeque::new();
        for (package, standing) in starts {
            self.reach(package, standing, None, &mut queue);
        }
        while let Some(package) = queue.pop_front() {
            let standing = self.reached[package as usize];
            for needed in needs.of(package) {
                self.reach(*needed, standing, Some(package), &mut queue);
            }
        }
    }

    fn reach(&mut self, package: u32, standing: Standing, by: Option<u32>, queue: &mut VecDeque<u32>) {
        if self.reached[package as usize] == Standing::Unreached {
            self.reached[package as usize] = standing;
            self.parents[package as usize] = by;
            queue.push_back(package);
        }
    }
}

/// The edges of a graph, by who needs.
struct Needs {
    starts: Vec<usize>,
    needed: Vec<u32>,
}

impl Needs {
    fn new(graph: &Graph, count: usize) -> Needs {
        let mut starts = vec![0; count + 1];
        for (from, _) in &graph.edges {
            starts[*from as usize + 1] += 1;
        }
        for index in 0..count {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut needed = vec![0; graph.edges.len()];
        for (from, to) in &graph.edges {
            needed[next[*from as usize]] = *to;
            next[*from as usize] += 1;
        }
        Needs { starts, needed }
    }

    fn of(&self, package: u32) -> &[u32] {
        &self.needed[self.starts[package as usize]..self.starts[package as usize + 1]]
    }
}
