//! What packages.lock.json says of a project's references and of packages that come in through others, and what build output says
//! of the latter.
//!
//! - The lockfile of a project is the one that `NuGetLockFilePath` names, else `packages.PROJECT.lock.json`, else
//!   `packages.lock.json`, in the project's folder.
//! - An entry holds for a reference as long as the project asks for what it asked for when the file was written.
//! - The same package can be locked to several versions, by target framework; then any of them is used.
//! - A package that comes in through others and has a central version is at that version; the place to edit is there.

use std::collections::{HashMap, HashSet, VecDeque};

use super::super::{csproj, packages_lock_json, project_assets_json, requirement};
use super::evaluate::{Entry, Evaluation};
use super::{dependency, related};
use crate::ecosystem;
use crate::model::{
    self, Dependency, Ecosystem, File, FileId, Files, Grammar, Origin, Reading, Reason, Related, Resolution, Selected,
    Stated, Why,
};
use crate::version::{Version, VersionRange};

/// Most packages that are named between a project and one that comes in through others.
const MAX_CHAIN: usize = 8;

/// The lockfiles of a tree.
pub(super) struct Locks<'a> {
    files: &'a Files,
    /// Numbers of a lockfile's statements by name in small letters.
    by_name: HashMap<FileId, HashMap<String, Vec<usize>>>,
    /// The statements that belong to a reference or a central version.
    taken: HashSet<(FileId, usize)>,
}

impl<'a> Locks<'a> {
    pub(super) fn new(files: &'a Files) -> Locks<'a> {
        let mut by_name = HashMap::new();
        for (id, file) in files.of(Ecosystem::Nuget).filter(|(_, file)| is_lock(file) || is_output(file)) {
            let names: &mut HashMap<String, Vec<usize>> = by_name.entry(id).or_default();
            for (index, declared) in file.reading.declared.iter().enumerate() {
                names.entry(declared.name.to_lowercase()).or_default().push(index);
            }
        }
        Locks { files, by_name, taken: HashSet::new() }
    }

    /// The lockfile of a project.
    fn of(&self, project: &Evaluation<'_>) -> Option<FileId> {
        let path = &self.files.get(project.project).path;
        let folder = model::folder(path);
        let stem = path.rsplit('/').next().unwrap_or(path).rsplit_once('.').map_or("", |(stem, _)| stem);
        let named = format!("packages.{}.lock.json", stem.replace(' ', "_"));
        let own = project.known("NuGetLockFilePath").and_then(|path| match path.strip_prefix('/') {
            Some(path) => Some(path.to_owned()),
            None => model::join(folder, &path),
        });
        let beside = [named.as_str(), "packages.lock.json"].map(|name| model::join(folder, name));
        let mut paths = [own].into_iter().chain(beside).flatten();
        paths.find_map(|path| self.files.find(&path, &packages_lock_json::FORMAT))
    }

    /// The build output of a project.
    fn output_of(&self, project: &Evaluation<'_>) -> Option<FileId> {
        let folder = model::folder(&self.files.get(project.project).path);
        self.files.find(&model::join(folder, "obj/project.assets.json")?, &project_assets_json::FORMAT)
    }

    /// The statements of a lockfile on a package.
    fn on(&self, lock: FileId, name: &str) -> &[usize] {
        self.by_name.get(&lock).and_then(|names| names.get(&name.to_lowercase())).map_or(&[], Vec::as_slice)
    }

    /// Lets the lockfile of a project decide a dependency.
    pub(super) fn apply(&mut self, project: &Evaluation<'_>, dependency: &mut Dependency) {
        if let Some(output) = self.output_of(project) {
            let output: Vec<_> =
                self.on(output, &dependency.package.name).iter().map(|index| (output, *index)).collect();
            self.taken.extend(output);
        }
        let Some(lock) = self.of(project) else { return };
        let file = self.files.get(lock);
        if file.conflicted {
            return;
        }
        let mut versions: Vec<Version> = Vec::new();
        let mut because = Vec::new();
        let mut is_stale = false;
        for index in self.on(lock, &dependency.package.name).to_vec() {
            let declared = &file.reading.declared[index];
            let Stated::Locked(text) = &declared.stated else { continue };
            let Ok(version) = ecosystem::version(Ecosystem::Nuget, text) else { continue };
            if declared.direct != Some(true) {
                continue;
            }
            self.taken.insert((lock, index));
            let origin = Origin { file: lock, span: declared.span };
            let requested = file.reading.graph.roots.iter().find(|root| root.package as usize == index);
            if is_still_asked(requested.and_then(|root| root.requirement.as_deref()), dependency, &version) {
                because.push(related(origin, &format!("locked to {text} here")));
                if !versions.contains(&version) {
                    versions.push(version);
                }
            } else {
                is_stale = true;
                because.push(related(
                    origin,
                    &format!("locked to {text} here, for another requirement; the lock is stale"),
                ));
            }
        }
        dependency.because.append(&mut because);
        if !is_stale && !versions.is_empty() {
            let points = versions.into_iter().map(VersionRange::exactly);
            let range = points.fold(VersionRange::none(), VersionRange::union);
            dependency.selected = Selected::from_range(range, &dependency.package.name);
        }
    }

    /// The central versions at which packages stand in a project's lockfile that come in through others.
    pub(super) fn pinned<'e>(
        &mut self,
        project: &Evaluation<'a>,
        pins: &HashMap<String, Vec<&'e Entry<'a>>>,
    ) -> Vec<(&'e Entry<'a>, Related)> {
        let Some(lock) = self.of(project) else { return Vec::new() };
        let mut found = Vec::new();
        for (index, declared) in self.files.get(lock).reading.declared.iter().enumerate() {
            let Some(pin) = pins.get(&declared.name.to_lowercase()).and_then(|pins| pins.first()) else { continue };
            let Stated::Locked(text) = &declared.stated else { continue };
            let mut values = pin.versions.iter().flat_map(|stating| project.values(stating.text(), stating.origin()));
            let is_at_pin = values.any(|value| {
                let selected = value.known().ok().and_then(|pin| requirement::selected(pin, Grammar::Nuget).ok());
                let version = ecosystem::version(Ecosystem::Nuget, text).ok();
                matches!((selected, version), (Some(Selected::Exact(pin)), Some(version)) if pin == version)
            });
            if declared.direct == Some(false) && is_at_pin && !self.taken.contains(&(lock, index)) {
                self.taken.insert((lock, index));
                let origin = Origin { file: lock, span: declared.span };
                found.push((*pin, related(origin, &format!("comes in through other packages, locked to {text} here"))));
            }
        }
        found
    }

    /// Adds the packages that only lockfiles and build output name.
    pub(super) fn finish(&self, files: &'a Files, resolution: &mut Resolution) {
        for (id, file) in files.of(Ecosystem::Nuget).filter(|(_, file)| is_lock(file) || is_output(file)) {
            if is_output(file) && self.has_lock(file) {
                continue;
            }
            let chains = Chains::new(&file.reading);
            let mut seen: HashSet<(String, String)> = HashSet::new();
            for (index, declared) in file.reading.declared.iter().enumerate() {
                let Stated::Locked(text) = &declared.stated else { continue };
                // Build output repeats for each runtime what it says of a framework.
                let is_new = !is_output(file) || seen.insert((declared.name.to_lowercase(), text.clone()));
                if self.taken.contains(&(id, index)) || !is_new {
                    continue;
                }
                let origin = Origin { file: id, span: declared.span };
                let mut dependency = dependency(&declared.name, declared, origin);
                dependency.declared = Some(text.clone());
                dependency.selected = match ecosystem::version(Ecosystem::Nuget, text) {
                    Ok(version) => Selected::Exact(version),
                    Err(why) => {
                        let message = format!("`{text}` is no version: {}", why.message);
                        Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
                    }
                };
                if declared.direct != Some(true) {
                    dependency.because.extend(chains.to(id, &file.reading, index));
                }
                resolution.dependencies.push(dependency);
            }
        }
    }

    /// Whether the project whose build output a file is has a lockfile.
    fn has_lock(&self, output: &File) -> bool {
        let folder = model::folder(model::folder(&output.path));
        let projects = self.files.of(Ecosystem::Nuget).filter(|(_, file)| file.format.id == csproj::FORMAT.id);
        let mut beside = projects.filter(|(_, file)| model::folder(&file.path) == folder);
        beside.any(|(id, _)| self.of(&Evaluation::new(self.files, id, None)).is_some())
    }
}

fn is_lock(file: &File) -> bool {
    file.format.id == packages_lock_json::FORMAT.id
}

fn is_output(file: &File) -> bool {
    file.format.id == project_assets_json::FORMAT.id
}

/// Whether a project asks for what it asked for when its lockfile was written. Where the project's own text is not known,
/// the lockfile is believed.
fn is_still_asked(requested: Option<&str>, dependency: &Dependency, locked: &Version) -> bool {
    let requested = requested.and_then(|text| requirement::selected(text, Grammar::Nuget).ok());
    match (&dependency.selected, requested) {
        (Selected::Unknown(why), _) => why.reason != Reason::UnparsableVersion,
        (Selected::Exact(now), Some(Selected::Exact(then))) => *now == then,
        (Selected::Within(now), Some(Selected::Within(then))) => *now == then,
        (Selected::Exact(now), None) => locked >= now,
        (Selected::Within(now), None) => now.contains(locked),
        _ => false,
    }
}

/// How the packages of a lockfile come in.
pub(super) struct Chains {
    /// For each package the one that needs it, on the shortest way from what a project asks for; itself if a project does.
    parents: Vec<Option<u32>>,
}

impl Chains {
    pub(super) fn new(reading: &Reading) -> Chains {
        let graph = &reading.graph;
        let count = reading.declared.len();
        let mut needs: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (from, to) in &graph.edges {
            needs[*from as usize].push(*to);
        }
        let mut parents: Vec<Option<u32>> = vec![None; count];
        let mut queue: VecDeque<u32> = graph.roots.iter().map(|root| root.package).collect();
        for root in &queue {
            parents[*root as usize] = Some(*root);
        }
        while let Some(package) = queue.pop_front() {
            for needed in &needs[package as usize] {
                if parents[*needed as usize].is_none() {
                    parents[*needed as usize] = Some(package);
                    queue.push_back(*needed);
                }
            }
        }
        Chains { parents }
    }

    /// The places of the packages through which one comes in, nearest first.
    pub(super) fn to(&self, id: FileId, reading: &Reading, index: usize) -> Vec<Related> {
        let mut chain = Vec::new();
        let mut at = index;
        while let Some(parent) = self.parents.get(at).copied().flatten().map(|parent| parent as usize) {
            if parent == at || chain.len() == MAX_CHAIN {
                break;
            }
            let declared = &reading.declared[parent];
            let origin = Origin { file: id, span: declared.span };
            let needed = &reading.declared[at].name;
            chain.push(related(origin, &format!("`{}` needs `{needed}`", declared.name)));
            at = parent;
        }
        chain
    }
}
