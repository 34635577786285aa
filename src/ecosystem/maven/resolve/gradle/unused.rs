//! What nothing in the tree makes use of: pins for others.

use super::decide::Seen;
use super::requests::{Platform, Requests, Rule, UNREAD, Version};
use super::values::{Place, Values};
use crate::ecosystem::maven::known_boms::KnownBoms;
use crate::ecosystem::maven::places::Found;
use crate::model::{Dependency, Ecosystem, Effect, Package, Scope};

/// Constraints, managed and forced versions of packages that nobody asks for.
pub(super) fn unused_rules(rules: &[Rule], seen: &Seen, found: &mut Found) {
    for rule in rules.iter().filter(|rule| rule.effect != Effect::Replace) {
        let is_pattern = rule.pattern.contains('*');
        if is_pattern || seen.rules.contains(&(rule.then.at, rule.then.package.clone())) {
            continue;
        }
        if let Some(version) = &rule.then.version {
            found.merge(pin(&rule.then.package, version));
        }
    }
}

/// A platform is a pin of all that it manages.
pub(super) fn platform_itself(platform: &Platform, requests: &Requests, seen: &Seen, found: &mut Found) {
    let Some(version) = platform.version.as_ref().filter(|_| !platform.name.starts_with(':')) else { return };
    let text = version.text.as_ref().map_or(UNREAD, String::as_str);
    match KnownBoms::built_in().foremost(&platform.name, text) {
        Some(package) => {
            let is_asked_for = requests.packages.iter().any(|request| request.package == package);
            if !is_asked_for && !seen.platforms.contains(&platform.at) {
                found.merge(pin(package, version));
            }
        }
        None => {
            found.merge(pin(&platform.name, version));
        }
    }
}

/// The libraries of catalogs that no script refers to.
pub(super) fn unused_libraries(values: &Values<'_>, seen: &Seen, found: &mut Found) {
    for library in values.catalogs.all() {
        if seen.libraries.contains(&(library.file, library.entry.then.span)) {
            continue;
        }
        let place = Place { file: library.file, project: 0, objects: "" };
        if let Some((package, Some(version))) = values.library(library, place) {
            found.merge(pin(&package, &version));
        }
    }
}

fn pin(package: &str, version: &Version) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Maven, name: package.to_owned() },
        declared: Some(version.written.clone()),
        selected: version.selected(),
        scope: Scope::Managed,
        direct: None,
        condition: None,
        origin: version.origin,
        because: version.because.clone(),
        through: None,
    }
}
