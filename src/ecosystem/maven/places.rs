//! The dependencies of a tree by the place where a person would edit: several modules that lead to one place and select the
//! same are one dependency.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::poms::PomId;
use crate::model::{Dependency, FileId, Origin, Reason, Selected};
use crate::source::Span;

/// Most related places of one dependency.
const MAX_RELATED: usize = 100;

/// A declaration, by its POM and its number there.
pub type DeclaredId = (PomId, usize);

/// What was found so far.
#[derive(Default)]
pub struct Found {
    dependencies: Vec<Option<Dependency>>,
    by_place: HashMap<(Origin, String, String), usize>,
    /// Declarations that a value was found for.
    known: HashSet<DeclaredId>,
    /// Dependencies without a value that only lack something which is in the tree elsewhere.
    without_value: Vec<(DeclaredId, usize)>,
    /// Management entries that are used, by POM and number.
    pub used: HashSet<(PomId, usize)>,
    /// Known BOMs that are used, by POM and the place of their import.
    pub used_boms: HashSet<(PomId, Span)>,
    /// Packages that a POM depends on, its parents' dependencies included.
    pub depended_on: HashSet<(PomId, String)>,
}

/// What was found of a dependency.
pub struct Outcome {
    /// The dependency.
    pub dependency: Dependency,
    /// Whether a POM outside the tree may hold what is missing.
    pub remote: bool,
}

impl Found {
    /// Takes in what was found of a declaration.
    pub fn add(&mut self, id: DeclaredId, outcome: Outcome) {
        let lacks_value = match &outcome.dependency.selected {
            Selected::Unknown(why) => matches!(why.reason, Reason::UnresolvedVariable | Reason::DecidedElsewhere),
            Selected::Exact(_) | Selected::Within(_) | Selected::Source(_) => {
                self.known.insert(id);
                false
            }
        };
        let index = self.merge(outcome.dependency);
        if lacks_value && !outcome.remote {
            self.without_value.push((id, index));
        }
    }

    /// Takes a dependency in, or into the one at the same place that selects the same.
    pub fn merge(&mut self, new: Dependency) -> usize {
        let selected = match &new.selected {
            Selected::Exact(version) => version.text().to_owned(),
            Selected::Within(range) => range.to_string(),
            Selected::Source(source) => format!("{source:?}"),
            Selected::Unknown(why) => why.message.clone(),
        };
        let index = self.dependencies.len();
        let index = *self.by_place.entry((new.origin, new.package.name.clone(), selected)).or_insert(index);
        match self.dependencies.get_mut(index) {
            None => self.dependencies.push(Some(new)),
            Some(old) => {
                if let Some(old) = old {
                    // What is needed by the program that runs matters more than what only tests need.
                    old.scope = old.scope.min(new.scope);
                    old.direct = old.direct.or(new.direct);
                    if new.condition.is_none() {
                        old.condition = None;
                    }
                    for related in new.because {
                        if old.because.len() < MAX_RELATED && !old.because.contains(&related) {
                            old.because.push(related);
                        }
                    }
                }
            }
        }
        index
    }

    /// The places of all that was found, related ones included.
    pub fn places(&self) -> impl Iterator<Item = Origin> {
        let dependencies = self.dependencies.iter().flatten();
        dependencies.flat_map(|dependency| {
            std::iter::once(dependency.origin).chain(dependency.because.iter().map(|related| related.origin))
        })
    }

    /// The packages that were found, by the files of all their places.
    pub fn packages(&self) -> impl Iterator<Item = (FileId, String)> {
        self.dependencies.iter().flatten().flat_map(|dependency| {
            let because = dependency.because.iter().map(|related| related.origin.file);
            std::iter::once(dependency.origin.file).chain(because).map(|file| (file, dependency.package.name.clone()))
        })
    }

    /// Everything, without the dependencies for which another module or profile has the value that one lacks.
    pub fn finish(mut self) -> Vec<Dependency> {
        let lacking: BTreeSet<usize> =
            self.without_value.iter().filter(|(id, _)| self.known.contains(id)).map(|(_, index)| *index).collect();
        for index in lacking {
            self.dependencies[index] = None;
        }
        self.dependencies.into_iter().flatten().collect()
    }
}

impl Outcome {
    /// Whether something was selected.
    pub fn is_known(&self) -> bool {
        !matches!(self.dependency.selected, Selected::Unknown(_))
    }
}
