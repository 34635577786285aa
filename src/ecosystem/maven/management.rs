//! The dependency management that holds for a POM: its own, its parents' and that of the BOMs they import (Maven Model Builder,
//! "dependency management import", "dependency management injection").
//!
//! Traps:
//! - A POM's own management beats its parent's, and the parent's beats every BOM, the child's too. Of BOMs the first counts, and
//!   a child's import of a BOM replaces its parent's import of the same in another version.
//! - A parent's entries are read in the context of the child, a BOM's in the context of the BOM.
//! - Of two entries with one key the first counts, unless management from somewhere else was merged into the list: then the last.
//!   The same holds for two imports of one BOM.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::effective::{Context, End, MAX_CHAIN, Missing, Models};
use super::known_boms::{KnownBoms, ManagedIn};
use super::poms::{PomId, artifact};
use crate::model::{Declared, Effect, Include, Override, Role, Scope, Stated};
use crate::source::Span;

/// Most BOMs that one POM imports with its parents.
const MAX_BOMS: usize = 1000;

/// Most absent POMs that are named where a version is missing.
const MAX_MISSING: usize = 12;

/// What the dependency management says of a package, where it was found.
pub struct Managed<'a> {
    /// What says it.
    pub by: By<'a>,
    /// The POM that holds it.
    pub pom: PomId,
    /// The context in which its expressions are read.
    pub context: Rc<Context<'a>>,
}

/// What looking for the management of a package gave.
pub struct Lookup<'a> {
    /// What manages it.
    pub managed: Option<Managed<'a>>,
    /// The POMs that are not in the tree and could say what counts more than that.
    pub missing: Vec<Missing<'a>>,
    /// Whether BOMs import each other in a longer chain than is followed.
    pub cut: bool,
}

/// What manages a package.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// An entry, with its number among the POM's overrides.
    Entry(&'a Override, usize),
    /// The import of a BOM that is not in the tree, but known to manage the package.
    KnownBom(&'a Include, ManagedIn<'static>),
}

/// A BOM that is imported.
#[derive(Clone, Copy)]
pub struct Bom<'a> {
    /// Where it is asked for.
    pub import: Missing<'a>,
    /// Its POM, if it is in the tree.
    pub pom: Option<PomId>,
}

impl<'a> Managed<'a> {
    /// The version, expressions and all; `None` where an entry has none.
    pub fn version(&self) -> Option<&'a str> {
        match self.by {
            By::Entry(entry, _) => version_text(&entry.then),
            By::KnownBom(include, _) => include.identity.as_ref()?.version.as_deref(),
        }
    }

    /// The place of the version.
    pub fn span(&self) -> Span {
        match self.by {
            By::Entry(entry, _) => entry.then.span,
            By::KnownBom(include, _) => include.span,
        }
    }

    /// What it is managed for, where that is said.
    pub fn scope(&self) -> Option<Scope> {
        match self.by {
            By::Entry(entry, _) => Some(entry.then.scope).filter(|scope| *scope != Scope::Managed),
            By::KnownBom(..) => None,
        }
    }

    /// How the place is spoken of.
    pub fn what(&self) -> &'static str {
        match self.by {
            By::Entry(..) => "managed here",
            By::KnownBom(..) => "managed by the BOM imported here",
        }
    }
}

/// The version that a file states, expressions and all.
pub fn version_text(declared: &Declared) -> Option<&str> {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Computed(text) => Some(text),
        Stated::Locked(_) | Stated::Source(_) | Stated::Elsewhere(_) | Stated::Nothing => None,
    }
}

impl<'a> Models<'a> {
    /// What the management says of a key.
    pub fn managed(&self, context: &Rc<Context<'a>>, key: &str) -> Lookup<'a> {
        let mut lookup = Lookup { managed: None, missing: Vec::new(), cut: false };
        lookup.managed = self.managed_below(context, key, 0, &mut HashSet::new(), &mut lookup);
        lookup
    }

    fn managed_below(
        &self,
        context: &Rc<Context<'a>>,
        key: &str,
        depth: usize,
        seen: &mut HashSet<PomId>,
        lookup: &mut Lookup<'a>,
    ) -> Option<Managed<'a>> {
        for (level, id) in context.chain.iter().enumerate() {
            if let Some(index) = self.own_entry(context, level, key) {
                let entry = &self.poms.get(*id).reading.overrides[index];
                return Some(Managed { by: By::Entry(entry, index), pom: *id, context: Rc::clone(context) });
            }
        }
        if let End::Remote(parent) = context.end
            && self.known_bom(context, parent.include, key) != Some(ManagedIn::Nothing)
            && lookup.missing.len() < MAX_MISSING
        {
            lookup.missing.push(parent);
        }
        if depth >= MAX_CHAIN {
            lookup.cut |= !self.boms(context).is_empty();
            return None;
        }
        for bom in self.boms(context) {
            let Some(pom) = bom.pom else {
                match self.known_bom(context, bom.import.include, key) {
                    Some(ManagedIn::Nothing) => {}
                    Some(managed_in @ (ManagedIn::OwnVersion | ManagedIn::Version(_))) => {
                        let by = By::KnownBom(bom.import.include, managed_in);
                        return Some(Managed { by, pom: bom.import.asking, context: Rc::clone(context) });
                    }
                    None if lookup.missing.len() < MAX_MISSING => lookup.missing.push(bom.import),
                    None => {}
                }
                continue;
            };
            // What had no entry before has none now.
            if !seen.insert(pom) {
                continue;
            }
            let found = self.managed_below(&self.bom_context(pom), key, depth + 1, seen, lookup);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What is known of a BOM that a context imports, or of its parent, where that is not in the tree.
    fn known_bom(&self, context: &Context<'a>, include: &Include, key: &str) -> Option<ManagedIn<'static>> {
        let (name, version) = self.bom(context, include)?;
        KnownBoms::built_in().find(&name, &version, key)
    }

    /// The name and the version of a BOM that a context imports.
    pub fn bom(&self, context: &Context<'a>, include: &Include) -> Option<(String, String)> {
        let identity = include.identity.as_ref()?;
        Some((self.name(context, &identity.name), self.name(context, identity.version.as_deref()?)))
    }

    /// The entry for a key in one POM of a chain.
    fn own_entry(&self, context: &Context<'a>, level: usize, key: &str) -> Option<usize> {
        let id = context.chain[level];
        let pom = self.poms.get(id);
        let entries: Vec<usize> = pom
            .management_of(artifact(key))
            .into_iter()
            .filter(|index| {
                let entry = &pom.reading.overrides[*index];
                self.is_active(context, id, entry.then.condition.as_deref()) && self.name(context, &entry.name) == key
            })
            .collect();
        let of_profile = |index: &&usize| pom.reading.overrides[**index].then.condition.is_some();
        match entries.iter().rev().find(of_profile) {
            Some(index) => Some(*index),
            None if entries.len() > 1 && self.merges_management(context, level) => entries.last().copied(),
            None => entries.first().copied(),
        }
    }

    /// Whether management from elsewhere is merged into that of one POM of a chain: from its parents, a profile of its own, or
    /// BOMs. Those come last, when a child's merging has already sorted out what it inherits.
    fn merges_management(&self, context: &Context<'a>, level: usize) -> bool {
        self.is_merged(context, level) || (level == 0 && !self.boms(context).is_empty())
    }

    /// Whether the management of parents, or of a profile, is merged into that of one POM of a chain.
    fn is_merged(&self, context: &Context<'a>, level: usize) -> bool {
        let manages = |id: PomId, of_profile: bool| {
            let reading = self.poms.get(id).reading;
            let entries = reading.overrides.iter().filter(|change| change.effect == Effect::Manage);
            let boms = reading.includes.iter().filter(|include| include.role == Role::Bom);
            let mut conditions = entries
                .map(|change| change.then.condition.as_deref())
                .chain(boms.map(|include| include.condition.as_deref()));
            conditions.any(|condition| self.is_active(context, id, condition) && (condition.is_some() || !of_profile))
        };
        context.chain[level + 1..].iter().any(|id| manages(*id, false)) || manages(context.chain[level], true)
    }

    /// The BOMs that a context imports, first to last; a nearer POM's import of the same BOM replaces a farther one's.
    pub fn boms<'c>(&self, context: &'c Context<'a>) -> &'c [Bom<'a>] {
        context.boms.get_or_init(|| self.find_boms(context))
    }

    fn find_boms(&self, context: &Context<'a>) -> Vec<Bom<'a>> {
        let mut boms = Vec::new();
        let mut names = HashSet::new();
        for (level, id) in context.chain.iter().enumerate() {
            let reading = self.poms.get(*id).reading;
            let mut of_name: HashMap<String, Vec<&'a Include>> = HashMap::new();
            let mut order = Vec::new();
            for include in reading.includes.iter().filter(|include| include.role == Role::Bom) {
                let Some(identity) = &include.identity else { continue };
                if self.is_active(context, *id, include.condition.as_deref()) {
                    let name = self.name(context, &identity.name);
                    let imports = of_name.entry(name.clone()).or_default();
                    if imports.is_empty() {
                        order.push(name);
                    }
                    imports.push(include);
                }
            }
            let is_merged = self.is_merged(context, level);
            for name in order {
                let Some(imports) = of_name.get(&name).filter(|_| names.insert(name.clone())) else { continue };
                let of_profile = imports.iter().rev().find(|include| include.condition.is_some());
                let counting = match of_profile {
                    Some(include) => std::slice::from_ref(include),
                    None if is_merged => &imports[imports.len() - 1..],
                    // What the first one does not manage, the next may.
                    None if level == 0 => imports,
                    None => &imports[..1],
                };
                boms.extend(counting.iter().map(|include| {
                    let import = Missing { asking: *id, include };
                    Bom { import, pom: self.find_bom(context, import) }
                }));
            }
        }
        boms.truncate(MAX_BOMS);
        boms
    }

    /// The POM of a BOM, if it is in the tree: one of the same reactor before others.
    fn find_bom(&self, context: &Context<'a>, bom: Missing<'a>) -> Option<PomId> {
        let identity = bom.include.identity.as_ref()?;
        let name = self.name(context, &identity.name);
        let version = self.name(context, identity.version.as_deref()?);
        let asking = *context.chain.first()?;
        let is_it = |id: &PomId| {
            let own = self.poms.get(*id).coordinates.version.unwrap_or_default();
            own == version || self.name(&self.bom_context(*id), own) == version
        };
        let found: Vec<PomId> = self.poms.named(&name).iter().copied().filter(is_it).collect();
        found.iter().find(|id| self.poms.same_reactor(**id, asking)).or(found.first()).copied()
    }
}
