//! What Paket selects: paket.lock beside paket.dependencies, by group.

use std::collections::HashSet;

use super::super::{paket_dependencies, paket_lock};
use super::locks::Chains;
use super::{dependency, related, select};
use crate::ecosystem;
use crate::model::{self, Declared, Ecosystem, FileId, Files, Origin, Reason, Resolution, Root, Selected, Stated, Why};
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
                    dependency.because.push(related(origin, &format!("locked to {text} here")));
                    dependency.selected = Selected::Exact(version);
                } else {
                    let message = format!("locked to {text} here, for another requirement; the lock is stale");
                    dependency.because.push(related(origin, &message));
                }
            }
            resolution.dependencies.push(dependency);
        }
        if let Some(lock) = lock {
            locked(files, lock, &asked, resolution);
        }
    }
    for (id, _) in files.of(Ecosystem::Nuget).filter(|(_, file)| file.format.id == paket_lock::FORMAT.id) {
        if !beside.contains(&id) {
            locked(files, id, &[], resolution);
        }
    }
}

/// Whether a line of the lockfile is the package that is asked for, in the same group.
fn is_same(asked: &Declared, locked: &Declared) -> bool {
    let group = |declared: &Declared| declared.condition.as_ref().map(|group| group.to_lowercase());
    asked.name.eq_ignore_ascii_case(&locked.name) && group(asked) == group(locked)
}

/// The packages that only the lockfile names.
fn locked(files: &Files, id: FileId, asked: &[&Declared], resolution: &mut Resolution) {
    let mut reading = files.get(id).reading.clone();
    let is_asked = |declared: &Declared| asked.iter().any(|asked| is_same(asked, declared));
    let graph = &mut reading.graph;
    for (package, declared) in reading.declared.iter().enumerate().filter(|(_, declared)| is_asked(declared)) {
        let package = super::super::number(package);
        graph.roots.push(Root { folder: None, name: declared.name.clone(), requirement: None, package });
    }
    let chains = Chains::new(&reading);
    for (index, declared) in reading.declared.iter().enumerate().filter(|(_, declared)| !is_asked(declared)) {
        let Stated::Locked(text) = &declared.stated else { continue };
        let mut dependency = dependency(&declared.name, declared, Origin { file: id, span: declared.span });
        dependency.declared = Some(text.clone());
        dependency.direct = (!asked.is_empty()).then_some(false);
        dependency.selected = match ecosystem::version(Ecosystem::Nuget, text) {
            Ok(version) => Selected::Exact(version),
            Err(why) => {
                let message = format!("`{text}` is no version: {}", why.message);
                Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
            }
        };
        dependency.because = chains.to(id, &reading, index);
        resolution.dependencies.push(dependency);
    }
}
