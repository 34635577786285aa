//! What Haskell packages select, from their manifests.
//!
//! - All requirements on one package that a component has hold together: its own, those of the conditions around a place,
//!   and those of the common stanzas it takes in (Cabal User Guide, "build-depends", "Common stanzas").
//! - A common stanza that nothing takes in is a pin nobody uses (scope `managed`).
//! - hpack writes the `.cabal` file beside a `package.yaml`. What the latter declares is reported there alone; what only the
//!   generated file has, from defaults that hpack fetched, is reported in that.
//! - A package that lies in the tree is built from there, whatever the requirement says (Cabal User Guide, "cabal.project":
//!   local packages). Among vendored sources its version is what is used; else the repository is the package's own, and
//!   there is nothing to report.
//!
//! What projects decide on top of that is `project`'s.

mod combine;
mod project;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::combine::Combiner;
use self::project::{Outcome, Projects, Statement};
use super::parts::path;
use super::{cabal, package_yaml};
use crate::ecosystem;
use crate::model::{
    Declared, Dependency, Ecosystem, File, FileId, Files, Origin, Package, Reason, Related, Resolution, Selected,
    Source, Stated, Why, folder,
};
use crate::source::Span;
use crate::version::VersionRange;

/// Folders whose content was written elsewhere.
const VENDORED: &[&str] =
    &["vendor", "vendored", "third_party", "third-party", "thirdparty", "external", "extern", "deps", "submodules"];

/// Most places that take in a stanza which are named.
const MAX_TAKERS: usize = 8;

/// Resolves all manifests together.
pub fn resolve(files: &Files) -> Resolution {
    let mut resolution = Resolution::default();
    let local = local_packages(files);
    let mut projects = Projects::new(files);
    for (id, file) in files.of(Ecosystem::Hackage).filter(|(_, file)| !file.reading.declared.is_empty()) {
        manifest(files, &local, &mut projects, id, file, &mut resolution);
    }
    resolution.dependencies.extend(projects.dependencies(files, |name| local.contains_key(name)));
    resolution.problems = projects.contradictions(files);
    resolution
}

fn is_manifest(file: &File) -> bool {
    file.format.id == cabal::FORMAT.id || file.format.id == package_yaml::FORMAT.id
}

/// The packages that lie in the tree, by name.
fn local_packages(files: &Files) -> HashMap<&str, FileId> {
    let mut packages: HashMap<&str, FileId> = HashMap::new();
    for (id, file) in files.of(Ecosystem::Hackage).filter(|(_, file)| is_manifest(file)) {
        let Some(name) = own_name(file) else { continue };
        let known = packages.entry(name).or_insert(id);
        // The repository's own package counts more than a copy, and a manifest with a version more than one without.
        let rank = |file: &File| (is_vendored(&file.path), own_version(file).is_none());
        if rank(file) < rank(files.get(*known)) {
            *known = id;
        }
    }
    packages
}

/// The name of the package that a manifest builds; hpack takes the folder's where none is written.
fn own_name(file: &File) -> Option<&str> {
    match &file.reading.identity {
        Some(identity) => Some(identity.name.as_str()),
        None if file.format.id == package_yaml::FORMAT.id => {
            let folder = folder(&file.path);
            Some(folder.rsplit_once('/').map_or(folder, |(_, last)| last)).filter(|name| !name.is_empty())
        }
        None => None,
    }
}

fn own_version(file: &File) -> Option<&str> {
    file.reading.identity.as_ref().and_then(|identity| identity.version.as_deref())
}

fn is_vendored(path: &str) -> bool {
    folder(path).split('/').any(|part| VENDORED.iter().any(|name| part.eq_ignore_ascii_case(name)))
}

fn manifest(
    files: &Files,
    local: &HashMap<&str, FileId>,
    projects: &mut Projects<'_>,
    id: FileId,
    file: &File,
    resolution: &mut Resolution,
) {
    let own = own_name(file);
    let elsewhere = declared_in_source(files, file);
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, declared) in file.reading.declared.iter().enumerate() {
        if Some(declared.name.as_str()) != own && !elsewhere.contains(declared.name.as_str()) {
            by_name.entry(&declared.name).or_default().push(number);
        }
    }
    let mut combiner = Combiner::new(&file.reading);
    for (name, statements) in by_name {
        let copy = local.get(name).map(|copy| files.get(*copy));
        if copy.is_some_and(|copy| !is_vendored(&copy.path)) {
            continue;
        }
        for (statement, range) in statements.iter().zip(combiner.ranges(&statements)) {
            let declared = &file.reading.declared[*statement];
            let others: Vec<&Declared> = combiner
                .beside(*statement, &statements)
                .into_iter()
                .map(|other| &file.reading.declared[other])
                .collect();
            let mut because = Vec::new();
            // Everything takes in the top of a package.yaml; that goes without saying.
            if file.format.id == cabal::FORMAT.id {
                because = takers(id, file, &combiner, *statement);
            }
            because.extend(others.iter().filter(|other| !text(other).is_empty()).map(|other| {
                let message = format!("`{}` is required here, which holds as well", one_line(text(other)));
                Related { origin: Origin { file: id, span: other.span }, message }
            }));
            let origin = Origin { file: id, span: declared.span };
            let scope = combiner.scope(*statement, &statements);
            let selected = if let Some(copy) = copy {
                because.push(copied_from(local[name]));
                copied(copy)
            } else {
                let stated = Statement { owner: own, folder: folder(&file.path), declared, scope, origin };
                match projects.decide(&stated, range) {
                    Outcome::Left => continue,
                    Outcome::Own(range, pins) => {
                        let is_pinned = !pins.is_empty();
                        because.extend(pins);
                        match range {
                            Ok(range) if range.is_empty() && is_pinned => {
                                let text = one_line(text(declared));
                                let message = format!("no version can satisfy `{text}` and the project together");
                                Selected::Unknown(Why::new(Reason::NothingSatisfies, message))
                            }
                            range => select(declared, range, &others),
                        }
                    }
                }
            };
            resolution.dependencies.push(Dependency {
                package: Package { ecosystem: Ecosystem::Hackage, name: name.into() },
                declared: Some(text(declared)).filter(|text| !text.is_empty()).map(str::to_owned),
                selected,
                scope,
                direct: declared.direct,
                condition: declared.condition.clone(),
                origin,
                because,
                through: None,
            });
        }
    }
}

/// The names that the `package.yaml` declares from which hpack wrote this file.
fn declared_in_source<'a>(files: &'a Files, file: &File) -> HashSet<&'a str> {
    if file.format.id != cabal::FORMAT.id || !cabal::is_generated(&file.source) {
        return HashSet::new();
    }
    let folder = folder(&file.path);
    let path = if folder.is_empty() { "package.yaml".into() } else { format!("{folder}/package.yaml") };
    let Some(source) = files.find(&path, &package_yaml::FORMAT) else { return HashSet::new() };
    files.get(source).reading.declared.iter().map(|declared| declared.name.as_str()).collect()
}

/// The places that take in the stanza in which a statement stands.
fn takers(id: FileId, file: &File, combiner: &Combiner<'_>, statement: usize) -> Vec<Related> {
    let parts = &file.reading.parts;
    let root = combiner.root(statement);
    let takes = combiner.takers(statement).iter().take(MAX_TAKERS).flat_map(|taker| {
        let places = parts[*taker].takes.iter().filter(|(stanza, _)| Some(*stanza) == root);
        places.map(|(_, span)| (path(parts, *taker), *span))
    });
    takes
        .map(|(title, span)| Related { origin: Origin { file: id, span }, message: format!("`{title}` takes it in") })
        .collect()
}

fn select(declared: &Declared, range: Result<VersionRange, Why>, others: &[&Declared]) -> Selected {
    match range {
        Err(why) => Selected::Unknown(why),
        Ok(range) if range.is_empty() && others.iter().any(|other| !text(other).is_empty()) => {
            let all: Vec<String> = std::iter::once(&declared)
                .chain(others)
                .map(|declared| text(declared))
                .filter(|text| !text.is_empty())
                .map(|text| format!("`{}`", one_line(text)))
                .collect();
            let message = format!("no version can satisfy {} together", all.join(" and "));
            Selected::Unknown(Why::new(Reason::NothingSatisfies, message))
        }
        Ok(range) => Selected::from_range(range, text(declared)),
    }
}

/// What a copy in the tree selects: its own version.
fn copied(copy: &File) -> Selected {
    match own_version(copy).map(|version| ecosystem::version(Ecosystem::Hackage, version)) {
        Some(Ok(version)) => Selected::Exact(version),
        Some(Err(_)) | None => Selected::Source(Source::Path(folder(&copy.path).into())),
    }
}

fn copied_from(copy: FileId) -> Related {
    let origin = Origin { file: copy, span: Span::new(0, 0) };
    Related { origin, message: "the copy in the tree is built instead".into() }
}

fn text(declared: &Declared) -> &str {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Locked(text) | Stated::Elsewhere(text) | Stated::Computed(text) => text,
        Stated::Source(_) | Stated::Nothing => "",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
