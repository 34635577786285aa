//! Which requirements on one package hold together, by the parts of a file: what a place in a `.cabal` file or a
//! `package.yaml` selects is more than what is written there.
//!
//! - A part's statements hold with those of the parts around it and of the stanzas that these take in.
//! - Of a choice, one branch holds: its branches are joined, and if none is the last resort, it demands nothing.
//! - A stanza holds with whatever takes it in. Several takers are several builds, so theirs are joined. hpack's components
//!   replace what stands at the top of the file; the branches there hold all the same.
//!
//! Every step but the first may leave the set of versions larger than it is, never smaller; that is what happens behind the
//! limits below.

use std::collections::HashSet;

use crate::ecosystem;
use crate::ecosystem::hackage::requirement::{intersect, union};
use crate::model::{Reading, Reason, Scope, Stated, Why};
use crate::version::{Interval, VersionRange};

/// Most intervals of a set; a larger one is taken from its lowest to its highest version.
const MAX_INTERVALS: usize = 128;

/// Most choices of one part that are taken into account for each other.
const MAX_CHOICES: usize = 32;

/// Most parts visited in one file, over all its packages.
const MAX_VISITS: usize = 4_000_000;

/// Most places of one package for which the others are named.
const MAX_PLACES: usize = 64;

/// A set of versions; nothing for every version.
type Set = Option<VersionRange>;

/// What is known of a file's parts whatever the package.
pub(super) struct Combiner<'a> {
    reading: &'a Reading,
    /// The part of each statement.
    part_of: Vec<Option<usize>>,
    /// The outermost part around each.
    root_of: Vec<usize>,
    /// The first branches of each part's choices.
    choices_of: Vec<Vec<usize>>,
    /// The parts that take a stanza in.
    takers_of: Vec<Vec<usize>>,
    /// What each outermost part is for; a stanza is for the most important of its takers.
    scopes: Vec<Scope>,
    visits: usize,
}

impl<'a> Combiner<'a> {
    /// Looks at the parts of a reading.
    pub(super) fn new(reading: &'a Reading) -> Combiner<'a> {
        let count = reading.parts.len();
        let mut combiner = Combiner {
            reading,
            part_of: vec![None; reading.declared.len()],
            root_of: (0..count).collect(),
            choices_of: vec![Vec::new(); count],
            takers_of: vec![Vec::new(); count],
            scopes: Vec::new(),
            visits: 0,
        };
        for (number, part) in reading.parts.iter().enumerate() {
            for statement in &part.declared {
                combiner.part_of[*statement] = Some(number);
            }
            if let Some(around) = part.within {
                combiner.root_of[number] = combiner.root_of[around];
                if part.choice == Some(number) {
                    combiner.choices_of[around].push(number);
                }
            }
            for (stanza, _) in &part.takes {
                combiner.takers_of[*stanza].push(number);
            }
        }
        combiner.scopes = reading.parts.iter().map(|part| part.scope.unwrap_or(Scope::Runtime)).collect();
        for stanza in (0..count).rev().filter(|number| !combiner.takers_of[*number].is_empty()) {
            let takers = combiner.takers_of[stanza].iter().map(|taker| combiner.scopes[combiner.root_of[*taker]]);
            combiner.scopes[stanza] = takers.min().unwrap_or(Scope::Managed);
        }
        combiner
    }

    /// What a statement is for, given all statements on its package.
    pub(super) fn scope(&self, statement: usize, statements: &[usize]) -> Scope {
        let Some(part) = self.part_of[statement] else { return self.reading.declared[statement].scope };
        let takers = &self.takers_of[part];
        if takers.iter().any(|taker| self.reading.parts[*taker].replaces) && statements.len() > 1 {
            let replacing: HashSet<usize> = statements.iter().filter_map(|other| self.part_of[*other]).collect();
            let kept =
                takers.iter().filter(|taker| !replacing.contains(taker) || !self.reading.parts[**taker].replaces);
            return kept.map(|taker| self.scopes[self.root_of[*taker]]).min().unwrap_or(Scope::Managed);
        }
        self.scopes[self.root_of[part]]
    }

    /// The outermost part around a statement.
    pub(super) fn root(&self, statement: usize) -> Option<usize> {
        self.part_of[statement].map(|part| self.root_of[part])
    }

    /// The numbers of the parts that take in the stanza of a statement.
    pub(super) fn takers(&self, statement: usize) -> &[usize] {
        self.part_of[statement].map_or(&[], |part| &self.takers_of[self.root_of[part]])
    }

    /// What each of some statements on one package selects, all of them taken together.
    pub(super) fn ranges(&mut self, statements: &[usize]) -> Vec<Result<VersionRange, Why>> {
        let own: Vec<Result<Set, Why>> = statements.iter().map(|statement| own(self.reading, *statement)).collect();
        let together = self.together(statements, &own);
        let ranges = statements.iter().zip(own).map(|(statement, own)| {
            let own = own?;
            let range = match (&together, self.part_of[*statement]) {
                (Some(together), Some(part)) => together[part].clone(),
                _ => own,
            };
            Ok(range.unwrap_or_else(|| VersionRange::all(true)))
        });
        ranges.collect()
    }

    /// The other statements on the same package that hold together with one.
    pub(super) fn beside(&self, statement: usize, statements: &[usize]) -> Vec<usize> {
        let Some(part) = self.part_of[statement].filter(|_| statements.len() <= MAX_PLACES) else { return Vec::new() };
        let replacing = self.replacing(statements);
        let mut holding = HashSet::new();
        let mut next = vec![part];
        next.extend(self.takers_of[self.root_of[part]].iter().find(|taker| !replacing.contains(taker)));
        while let Some(part) = next.pop() {
            if holding.insert(part) && holding.len() < MAX_PLACES {
                next.extend(self.reading.parts[part].within);
                if !replacing.contains(&part) {
                    next.extend(self.reading.parts[part].takes.iter().map(|(stanza, _)| stanza));
                }
            }
        }
        let others = statements.iter().copied().filter(|other| *other != statement);
        others.filter(|other| self.part_of[*other].is_some_and(|part| holding.contains(&part))).collect()
    }

    /// The parts whose statements among these stand in place of others.
    fn replacing(&self, statements: &[usize]) -> HashSet<usize> {
        let parts = statements.iter().filter_map(|statement| self.part_of[*statement]);
        parts.filter(|part| self.reading.parts[*part].replaces).collect()
    }

    /// What holds in each part, or nothing where every statement stands alone.
    fn together(&mut self, statements: &[usize], own: &[Result<Set, Why>]) -> Option<Vec<Set>> {
        let count = self.reading.parts.len();
        if statements.len() < 2 || self.visits + count > MAX_VISITS {
            return None;
        }
        self.visits += count;
        let mut inside = vec![None; count];
        for (statement, own) in statements.iter().zip(own) {
            if let (Some(part), Ok(own)) = (self.part_of[*statement], own) {
                inside[part] = and(&inside[part], own);
            }
        }
        let roots: Vec<usize> = (0..count).filter(|number| self.root_of[*number] == *number).collect();
        let tree = |index: usize| roots[index]..roots.get(index + 1).copied().unwrap_or(count);

        // From the leaves up, stanzas before their takers: what a part demands, and what its choices alone demand.
        let replacing = self.replacing(statements);
        let mut choices: Vec<Choice> = vec![Choice::default(); count];
        let mut demanding: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut branches: Vec<Set> = vec![None; count];
        let mut whole: Vec<Set> = vec![None; count];
        for index in 0..roots.len() {
            for number in tree(index).rev() {
                let part = &self.reading.parts[number];
                for (stanza, _) in &part.takes {
                    let set = if replacing.contains(&number) { &branches[*stanza] } else { &whole[*stanza] };
                    inside[number] = and(&inside[number], set);
                }
                for choice in self.choices_of[number].iter().filter(|choice| choices[**choice].demands()) {
                    branches[number] = and(&branches[number], &choices[*choice].set);
                    if demanding[number].len() < MAX_CHOICES {
                        demanding[number].push(*choice);
                    }
                }
                whole[number] = and(&inside[number], &branches[number]);
                if let Some(choice) = part.choice {
                    choices[choice].add(&whole[number], part.otherwise);
                }
            }
        }

        // From the roots down, takers before their stanzas: what the parts around demand, of what is directly in a part and
        // of what is in its branches.
        let mut holds: Vec<Set> = vec![None; count];
        let mut taken: Vec<Option<Set>> = vec![None; count];
        let mut replaced: Vec<Option<Set>> = vec![None; count];
        for index in (0..roots.len()).rev() {
            for number in tree(index) {
                let part = &self.reading.parts[number];
                if let Some(around) = part.within {
                    let mut set = joined(taken[around].as_ref(), &inside[around], replaced[around].as_ref());
                    if self.reading.parts[around].within.is_some() || self.takers_of[around].is_empty() {
                        set = and(&holds[around], &inside[around]);
                    }
                    for choice in demanding[around].iter().filter(|choice| Some(**choice) != part.choice) {
                        set = and(&set, &choices[*choice].set);
                    }
                    holds[number] = set;
                } else if let Some(set) = &taken[number] {
                    holds[number].clone_from(set);
                }
                let here = and(&holds[number], &whole[number]);
                for (stanza, _) in &part.takes {
                    let takers = if replacing.contains(&number) { &mut replaced } else { &mut taken };
                    takers[*stanza] = Some(match takers[*stanza].take() {
                        Some(others) => or(others, &here),
                        None => here.clone(),
                    });
                }
            }
        }
        Some(holds.iter().zip(&whole).map(|(holds, whole)| and(holds, whole)).collect())
    }
}

/// The branches of a choice, joined.
#[derive(Clone, Default)]
struct Choice {
    set: Set,
    begun: bool,
    exhaustive: bool,
}

impl Choice {
    fn add(&mut self, branch: &Set, otherwise: bool) {
        self.set = if self.begun { or(self.set.take(), branch) } else { branch.clone() };
        self.begun = true;
        self.exhaustive |= otherwise;
    }

    fn demands(&self) -> bool {
        self.exhaustive && self.set.is_some()
    }
}

/// What holds for the branches of a stanza: its own statements with those of the takers that keep them, or those of the
/// takers that replace them.
fn joined(taken: Option<&Set>, inside: &Set, replaced: Option<&Set>) -> Set {
    match (taken, replaced) {
        (None, None) => inside.clone(),
        (Some(taken), None) => and(taken, inside),
        (None, Some(replaced)) => replaced.clone(),
        (Some(taken), Some(replaced)) => or(and(taken, inside), replaced),
    }
}

fn own(reading: &Reading, statement: usize) -> Result<Set, Why> {
    match &reading.declared[statement].stated {
        Stated::Requirement(text, grammar) => ecosystem::range(text, *grammar).map(Some),
        Stated::Computed(text) => {
            let what = if text.is_empty() { "the entry".into() } else { format!("`{text}`") };
            let message = format!("{what} stands where or as it may not stand, so the file is refused");
            Err(Why::new(Reason::UnparsableVersion, message))
        }
        Stated::Locked(_) | Stated::Source(_) | Stated::Elsewhere(_) | Stated::Nothing => Ok(None),
    }
}

fn and(a: &Set, b: &Set) -> Set {
    match (a, b) {
        (Some(a), Some(b)) => Some(limited(intersect(a, b))),
        (Some(set), None) | (None, Some(set)) => Some(set.clone()),
        (None, None) => None,
    }
}

fn or(a: Set, b: &Set) -> Set {
    let (Some(a), Some(b)) = (a, b) else { return None };
    Some(limited(union(a, b.clone())))
}

fn limited(range: VersionRange) -> VersionRange {
    match range.intervals() {
        [first, .., last] if range.intervals().len() > MAX_INTERVALS => {
            VersionRange::from_intervals([Interval::new(first.lower().clone(), last.upper().clone(), true)])
        }
        _ => range,
    }
}
