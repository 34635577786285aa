//! What Paket selects: paket.lock beside paket.dependencies, by group.

use std::collections::{HashMap, HashSet};

use super::super::{paket_dependencies, paket_lock};
use super::locks::exactly;
use super::{dependency, select};
use crate::ecosystem;
use crate::ecosystem::transitive::{Claim, Standing, Standings};
use crate::model::{
    self, Declared, Ecosystem, FileId, Files, Origin, Problem, ProblemKind, Related, Resolution, Selected, Stated,
};
use crate::version::VersionRange;

/// Adds the packages of all repositories that use Paket.
pub(super) fn resolve(files: &Files, resolution: &mut Resolution) {
    let mut beside: HashSet<FileId> = HashSet::new();
    for (id, file) in files.of(Ecosystem::Nuget).filter(|(_, file)| file.format.id == paket_dependencies::FORMAT.id) {
        let path = model::join(model::folder(&file.path), "paket.lock");
        let lock = path.and_then(|path| files.find(&path, &paket_lock::FORMAT));
        beside.extend(lock);
        let asked: Vec<&Declared> = file.reading.declared.iter().collect();
        for declared in &asked {
            let mut dependency = dependency(&declared.name, declared, Origin { file: id, span: declared.span });
            dependency.selected = match &declared.stated {
                Stated::Requirement(text, grammar) => {
                    dependency.declared = Some(text.clone());
                    select(text, *grammar)
                }
                _ => Selected::Within(VersionRange::all(false)),
            };
            let locked = lock.into_iter().flat_map(|lock| {
                let declared = files.get(lock).reading.declared.iter();
                declared.filter(move |_| !files.get(lock).conflicted).map(move |locked| (lock, locked))
            });
            for (lock, locked) in locked.filter(|(_, locked)| is_same(declared, locked)) {
                let Stated::Locked(text) = &locked.stated else { continue };
                let Ok(version) = ecosystem::version(Ecosystem::Nuget, text) else { continue };
                let is_asked = match &dependency.selected {
                    Selected::Exact(asked) => *asked == version,
                    Selected::Within(range) => range.is_unbounded() || range.contains(&version),
                    Selected::Source(_) | Selected::Unknown(_) => true,
                };
                let origin = Origin { file: lock, span: locked.span };
                if is_asked {
                    dependency.because.push(Related::new(origin, format!("locked to {text} here")));
                    dependency.selected = Selected::Exact(version);
                } else {
                    let message = format!("locked to {text} here, for another requirement; the lock is stale");
                    dependency.because.push(Related::new(origin, &message));
                    let message = format!(
                        "`{}` is locked to `{text}`, but `{}` asks for `{}`; the lockfile is out of date there, so the manifest decides",
                        locked.name,
                        file.path,
                        dependency.declared.as_deref().unwrap_or("any version")
                    );
                    let problem = Problem { kind: ProblemKind::Contradiction, message, span: locked.span };
                    if files.wants(Ecosystem::Nuget, &locked.name) {
                        resolution.problems.push((lock, problem));
                    }
                }
            }
            resolution.dependencies.push(dependency);
        }
        if let Some(lock) = lock {
            locked(files, lock, id, &asked, resolution);
        }
    }
    for (id, _) in files.of(Ecosystem::Nuget).filter(|(_, file)| file.format.id == paket_lock::FORMAT.id) {
        if !beside.contains(&id) {
            locked(files, id, id, &[], resolution);
        }
    }
}

/// Whether a line of the lockfile is the package that is asked for, in the same group.
fn is_same(asked: &Declared, locked: &Declared) -> bool {
    let group = |declared: &Declared| declared.condition.as_ref().map(|group| group.to_lowercase());
    asked.name.eq_ignore_ascii_case(&locked.name) && group(asked) == group(locked)
}

/// The packages that only the lockfile names.
fn locked(files: &Files, id: FileId, manifest: FileId, asked: &[&Declared], resolution: &mut Resolution) {
    let reading = &files.get(id).reading;
    let mut by_name: HashMap<String, Vec<&Declared>> = HashMap::new();
    for asked in asked {
        by_name.entry(asked.name.to_lowercase()).or_default().push(asked);
    }
    let mut claims = Vec::new();
    for (package, declared) in (0u32..).zip(&reading.declared) {
        let named = by_name.get(&declared.name.to_lowercase()).into_iter().flatten();
        claims.extend(named.filter(|asked| is_same(asked, declared)).map(|asked| {
            let origin = Origin { file: manifest, span: asked.span };
            Claim { scope: asked.scope, origin, package }
        }));
    }
    let standings = Standings::new(reading, &claims, &[], &[]);
    for (number, declared) in (0u32..).zip(&reading.declared) {
        let Stated::Locked(text) = &declared.stated else { continue };
        let scope = match standings.of(number) {
            Standing::Declared => continue,
            Standing::Needed { scope, .. } => scope,
            Standing::Leftover | Standing::Unowned { .. } | Standing::Unreached => declared.scope,
        };
        let mut dependency = dependency(&declared.name, declared, Origin { file: id, span: declared.span });
        dependency.declared = Some(text.clone());
        dependency.direct = (!asked.is_empty()).then_some(false);
        dependency.scope = scope;
        dependency.selected = exactly(text);
        if let Some(told) = standings.told(id, &reading.declared, number, Declared::locked_version) {
            told.of(&mut dependency);
        }
        resolution.dependencies.push(dependency);
    }
}
