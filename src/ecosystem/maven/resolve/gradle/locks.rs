//! What the lockfiles of a project hold (Gradle User Manual, "Locking dependency versions").

use std::collections::HashMap;

use super::decide::{Seen, either, select};
use super::requests::Request;
use super::values::Values;
use crate::ecosystem::maven::gradle::is_test;
use crate::ecosystem::maven::gradle_lockfile;
use crate::ecosystem::maven::places::Found;
use crate::ecosystem::maven::requirement::gradle::Rich;
use crate::model::{self, Declared, Dependency, Ecosystem, FileId, Origin, Package, Related, Scope, Selected, Stated};

/// The lockfiles by the folder of their project, with whether each is of the build itself.
pub(super) fn locks(values: &Values<'_>) -> HashMap<String, Vec<(FileId, bool)>> {
    let mut locks: HashMap<String, Vec<(FileId, bool)>> = HashMap::new();
    let files = values.builds.files.of(Ecosystem::Maven);
    for (id, file) in files.filter(|(_, file)| file.format.id == gradle_lockfile::FORMAT.id) {
        let folder = model::folder(&file.path);
        let folder =
            folder.strip_suffix("gradle/dependency-locks").map_or(folder, |folder| folder.trim_end_matches('/'));
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let of_build = name.starts_with("buildscript-") || name.starts_with("settings-");
        locks.entry(folder.to_owned()).or_default().push((id, of_build));
    }
    locks
}

/// Takes what is locked, if the request allows it.
pub(super) fn take(
    values: &Values<'_>,
    locks: &[(FileId, bool)],
    dependency: &mut Dependency,
    rich: Option<&Rich>,
    request: &Request,
    seen: &mut Seen,
) {
    let is_build = request.scope == Scope::Build && request.configuration == "classpath";
    let mut entries: Vec<(FileId, &Declared, String)> = Vec::new();
    for (file, of_build) in locks {
        let path = &values.builds.files.get(*file).path;
        for declared in values
            .builds
            .files
            .get(*file)
            .reading
            .declared
            .iter()
            .filter(|declared| declared.name == dependency.package.name)
        {
            let configurations = configurations(path, declared);
            let of_build = *of_build || configurations == "buildscript-classpath";
            if of_build == is_build {
                entries.push((*file, declared, configurations));
            }
        }
    }
    let is_for_tests = |(_, _, configurations): &(FileId, &Declared, String)| {
        !configurations.is_empty() && configurations.split(',').all(is_test)
    };
    if request.scope != Scope::Test && !entries.iter().all(is_for_tests) {
        for (file, declared, _) in entries.iter().filter(|entry| is_for_tests(entry)) {
            seen.locked.insert((*file, declared.span));
        }
        entries.retain(|entry| !is_for_tests(entry));
    }
    // What is on the class paths of what runs, in another version for tests, is not asked for by tests.
    let is_on_tests = |(_, _, configurations): &(FileId, &Declared, String)| {
        configurations.is_empty() || configurations.split(',').any(is_test)
    };
    if request.scope == Scope::Test && entries.iter().any(is_on_tests) {
        entries.retain(is_on_tests);
    }
    let mut locked: Option<Selected> = None;
    for (file, declared, _) in entries {
        seen.locked.insert((file, declared.span));
        let Stated::Locked(text) = &declared.stated else { continue };
        let at = Origin { file, span: declared.span };
        let is_allowed = rich.is_none_or(|rich| rich.accepts(text));
        if !is_allowed {
            dependency.because.push(Related::new(at, format!("locked at `{text}`, which the declaration does not allow, so the build fails until the lock is renewed")));
            let files = values.builds.files;
            let name = &dependency.package.name;
            if files.wants(Ecosystem::Maven, name) {
                let path = &files.get(dependency.origin.file).path;
                let message = format!(
                    "`{name}` is locked at `{text}`, which `{path}` does not allow, so the build fails until the lock is renewed"
                );
                seen.stale.entry(at).or_insert(message);
            }
            continue;
        }
        dependency.because.push(Related::new(at, "locked here"));
        let selected = select(&Ok(text.clone()));
        locked = Some(match locked {
            Some(other) => either(other, selected),
            None => selected,
        });
    }
    if let Some(locked) = locked {
        dependency.selected = locked;
    }
}

/// The configurations of a locked module; those of the older lockfiles are their names.
fn configurations(path: &str, declared: &Declared) -> String {
    match &declared.condition {
        Some(condition) => condition.clone(),
        None => path.rsplit('/').next().and_then(|name| name.strip_suffix(".lockfile")).unwrap_or_default().to_owned(),
    }
}

/// What is locked and not asked for by the project itself.
pub(super) fn transitive(values: &Values<'_>, file: FileId, seen: &Seen, found: &mut Found) {
    let lock = values.builds.files.get(file);
    for declared in lock.reading.declared.iter().filter(|declared| !seen.locked.contains(&(file, declared.span))) {
        let Stated::Locked(text) = &declared.stated else { continue };
        let configurations = configurations(&lock.path, declared);
        let scope = if lock.path.contains("buildscript") || lock.path.contains("settings-gradle") {
            Scope::Build
        } else if declared.condition.is_none() && is_test(&configurations) {
            Scope::Test
        } else {
            declared.scope
        };
        found.merge(Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name: declared.name.clone() },
            declared: Some(text.clone()),
            selected: select(&Ok(text.clone())),
            scope,
            direct: Some(false),
            condition: None,
            origin: Origin { file, span: declared.span },
            because: Vec::new(),
            through: None,
        });
    }
}
