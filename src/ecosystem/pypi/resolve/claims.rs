//! What the manifests of a lock ask for, and which of the lock's entries that is.

use std::collections::HashMap;

use super::selection::{Saying, saying};
use super::units::{Part, Statement, Unit, is_isolated};
use crate::model::{Declared, Effect, Files, Origin, Scope, Selected};

/// How many requirements of one package an entry of a lock is compared with.
const MAX_CLAIMS: usize = 200;

/// A package's name, and its category where that counts.
pub(super) type Key<'a> = (&'a str, Option<&'a str>);

/// What the manifests of a lock ask for, by package.
pub(super) struct Claims<'a> {
    by_name: HashMap<Key<'a>, Vec<(Statement<'a>, Saying)>>,
    /// Packages of which a manifest says in another way which version is taken.
    decided: HashMap<&'a str, Origin>,
    /// Whether each category stands for itself.
    by_category: bool,
}

impl<'a> Claims<'a> {
    pub(super) fn of(files: &'a Files, owners: &[&'a Unit<'a>], by_category: bool) -> Claims<'a> {
        let mut claims = Claims { by_name: HashMap::new(), decided: HashMap::new(), by_category };
        for unit in owners {
            let asks =
                |statement: &&Statement<'_>| statement.part == Part::Requirement && !is_isolated(files, statement);
            for statement in unit.statements.iter().filter(asks) {
                let key = (statement.declared.name.as_str(), claims.category(statement.declared));
                claims.by_name.entry(key).or_default().push((statement.clone(), saying(statement.declared)));
            }
            for change in &files.get(unit.root).reading.overrides {
                if matches!(change.effect, Effect::Force | Effect::Replace) {
                    claims.decided.insert(&change.name, Origin { file: unit.root, span: change.then.span });
                }
            }
        }
        claims
    }

    pub(super) fn category<'d>(&self, declared: &'d Declared) -> Option<&'d str> {
        if self.by_category { category(declared) } else { None }
    }

    fn asked(&self, declared: &'a Declared) -> &[(Statement<'a>, Saying)] {
        self.by_name.get(&(declared.name.as_str(), self.category(declared))).map_or(&[], Vec::as_slice)
    }

    /// Whether anything asks for the package of an entry.
    pub(super) fn ask_for(&self, declared: &'a Declared) -> bool {
        !self.asked(declared).is_empty()
    }

    /// What an entry is for and where it is asked for, if it is.
    pub(super) fn on(&self, declared: &'a Declared) -> Option<(Scope, Origin)> {
        let decided = self.decided.get(declared.name.as_str());
        let asked = self.asked(declared);
        let entry = if asked.is_empty() { Saying::Nothing } else { saying(declared) };
        let asked = asked.iter().take(MAX_CLAIMS).find(|(_, saying)| decided.is_some() || admits(saying, &entry));
        match asked {
            Some((statement, _)) => Some((statement.scope, statement.origin())),
            None => decided.map(|origin| (Scope::Managed, *origin)),
        }
    }
}

/// Whether what a manifest says admits what an entry of a lock says.
fn admits(asked: &Saying, entry: &Saying) -> bool {
    let Saying::Specifiers(specifiers) = asked else { return true };
    match entry {
        Saying::Selected(Selected::Exact(version)) => specifiers.range(true).contains(version),
        Saying::Specifiers(locked) => {
            locked.range(true).pinned().is_none_or(|version| specifiers.range(true).contains(version))
        }
        Saying::Selected(_) | Saying::Nothing => true,
    }
}

/// The category of a Pipfile or its lock.
pub(super) fn category(declared: &Declared) -> Option<&str> {
    if declared.scope == Scope::Runtime {
        return None;
    }
    declared.condition.as_deref().and_then(|condition| condition.split(';').next())
}
