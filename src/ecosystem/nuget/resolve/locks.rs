//! What packages.lock.json says of a project's references and of packages that come in through others, and what build output says
//! of the latter.
//!
//! - The lockfile of a project is the one that `NuGetLockFilePath` names, else `packages.PROJECT.lock.json`, else
//!   `packages.lock.json`, in the project's folder.
//! - An entry holds for a reference as long as the project asks for what it asked for when the file was written. If it does not,
//!   NuGet resolves anew, and refuses in locked mode: the project decides, and the contradiction is a problem.
//! - The same package can be locked to several versions, by target framework; then any of them is used.
//! - A package that comes in through others and has a central version is at that version; the place to edit is there.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::msbuild::LOCK_FILE_PATH;
use super::super::{csproj, expression, packages_lock_json, project_assets_json, requirement};
use super::dependency;
use super::evaluate::{Entry, Evaluation};
use crate::ecosystem;
use crate::ecosystem::transitive::{Claim, Standing, Standings};
use crate::model::{
    self, Declared, Dependency, Ecosystem, File, FileId, Files, Grammar, Origin, Problem, ProblemKind, Reason, Related,
    Resolution, Selected, Source, Stated, Why,
};
use crate::version::{Version, VersionRange};

/// The lockfiles of a tree.
pub(super) struct Locks<'a> {
    files: &'a Files,
    /// Numbers of a lockfile's statements by name in small letters.
    by_name: HashMap<FileId, HashMap<String, Vec<usize>>>,
    /// The statements that belong to a reference or a central version.
    taken: HashSet<(FileId, usize)>,
    /// The references whose packages stand in a lockfile or in build output.
    claims: HashMap<FileId, Vec<Claim>>,
    /// The entries that are there for another requirement than a project has now, each with what to tell.
    stale: BTreeMap<Origin, String>,
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
        Locks { files, by_name, taken: HashSet::new(), claims: HashMap::new(), stale: BTreeMap::new() }
    }

    /// The lockfile of a project.
    fn of(&self, project: &Evaluation<'_>) -> Option<FileId> {
        let path = &self.files.get(project.project).path;
        let folder = model::folder(path);
        let stem = path.rsplit('/').next().unwrap_or(path).rsplit_once('.').map_or("", |(stem, _)| stem);
        let named = format!("packages.{}.lock.json", stem.replace(' ', "_"));
        let own = project.known(LOCK_FILE_PATH).map(|path| expression::slashes(path.trim()));
        let own = own.map(|path| if path.starts_with('/') { path } else { format!("/{folder}/{path}") });
        let own = own.and_then(|path| expression::absolute(&path)).map(|path| path.trim_start_matches('/').to_owned());
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
            for index in self.on(output, &dependency.package.name).to_vec() {
                self.taken.insert((output, index));
                self.claim(output, index, dependency);
            }
        }
        let Some(lock) = self.of(project) else { return };
        let file = self.files.get(lock);
        if file.conflicted {
            return;
        }
        let mut versions: Vec<Version> = Vec::new();
        let mut because = Vec::new();
        let mut is_stale = false;
        for index in self.of_framework(lock, project.framework(), &dependency.package.name) {
            let declared = &file.reading.declared[index];
            let Stated::Locked(text) = &declared.stated else { continue };
            let Ok(version) = ecosystem::version(Ecosystem::Nuget, text) else { continue };
            if declared.direct != Some(true) {
                continue;
            }
            self.taken.insert((lock, index));
            self.claim(lock, index, dependency);
            let origin = Origin { file: lock, span: declared.span };
            let requested = file.reading.graph.roots.iter().find(|root| root.package as usize == index);
            let requested = requested.and_then(|root| root.requirement.as_deref());
            if is_still_asked(requested, dependency, &version) {
                because.push(Related::new(origin, format!("locked to {text} here")));
                if !versions.contains(&version) {
                    versions.push(version);
                }
            } else {
                is_stale = true;
                because.push(Related::new(
                    origin,
                    format!("locked to {text} here, for another requirement; the lock is stale"),
                ));
                let message = format!(
                    "`{}` is locked to `{text}`{}, but `{}` asks for `{}` now; the lockfile is out of date there, so the project \
                     decides",
                    declared.name,
                    requested.map(|requested| format!(" for `{requested}`")).unwrap_or_default(),
                    self.files.get(project.project).path,
                    dependency.declared.as_deref().unwrap_or("any version")
                );
                if self.files.wants(Ecosystem::Nuget, &declared.name) {
                    self.stale.insert(origin, message);
                }
            }
        }
        dependency.because.append(&mut because);
        if !is_stale && !versions.is_empty() {
            let points = versions.into_iter().map(VersionRange::exactly);
            let range = points.fold(VersionRange::none(), VersionRange::union);
            dependency.selected = Selected::from_range(range, &dependency.package.name);
        }
    }

    /// Notes that an entry is what a reference asks for.
    fn claim(&mut self, file: FileId, index: usize, dependency: &Dependency) {
        let package = super::super::number(index);
        let claim = Claim { scope: dependency.scope, origin: dependency.origin, package };
        self.claims.entry(file).or_default().push(claim);
    }

    /// The statements of a lockfile on a package, for one target framework if any are for just that.
    fn of_framework(&self, lock: FileId, framework: Option<&str>, name: &str) -> Vec<usize> {
        let all = self.on(lock, name);
        let Some(framework) = framework else { return all.to_vec() };
        let declared = &self.files.get(lock).reading.declared;
        let is_of = |index: &&usize| {
            let of = declared[**index].condition.as_deref();
            of.is_some_and(|of| short(of.split('/').next().unwrap_or(of)) == framework.to_lowercase())
        };
        let own: Vec<usize> = all.iter().filter(is_of).copied().collect();
        if own.is_empty() { all.to_vec() } else { own }
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
                found.push((
                    *pin,
                    Related::new(origin, format!("comes in through other packages, locked to {text} here")),
                ));
            }
        }
        found
    }

    /// Adds the packages that only lockfiles and build output name, and what contradicts the projects.
    pub(super) fn finish(&mut self, files: &'a Files, resolution: &mut Resolution) {
        for (origin, message) in std::mem::take(&mut self.stale) {
            let problem = Problem { kind: ProblemKind::Contradiction, message, span: origin.span };
            resolution.problems.push((origin.file, problem));
        }
        for (id, file) in files.of(Ecosystem::Nuget).filter(|(_, file)| is_lock(file) || is_output(file)) {
            if is_output(file) && self.has_lock(file) {
                continue;
            }
            let packages = &file.reading.declared;
            let claims = self.claims.remove(&id).unwrap_or_default();
            // Projects bring in what they ask for, and are listed whichever way they come in themselves.
            let projects =
                (0u32..).zip(packages).filter(|(_, declared)| is_project(declared)).map(|(number, _)| number);
            let unowned: Vec<u32> = file.reading.graph.roots.iter().map(|root| root.package).chain(projects).collect();
            let standings = Standings::new(&file.reading, &claims, &unowned, &[]);
            let mut seen: HashSet<(String, String)> = HashSet::new();
            for (number, declared) in (0u32..).zip(packages) {
                let Stated::Locked(text) = &declared.stated else { continue };
                // Build output repeats for each runtime what it says of a framework.
                let is_new = !is_output(file) || seen.insert((declared.name.to_lowercase(), text.clone()));
                if self.taken.contains(&(id, number as usize)) || !is_new {
                    continue;
                }
                let origin = Origin { file: id, span: declared.span };
                let mut dependency = dependency(&declared.name, declared, origin);
                dependency.declared = Some(text.clone());
                dependency.selected = exactly(text);
                if let Standing::Needed { scope, .. } = standings.of(number) {
                    dependency.scope = scope;
                }
                if let Some(told) = standings.told(id, packages, number, Declared::locked_version) {
                    told.of(&mut dependency);
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

/// What an entry selects.
pub(super) fn exactly(text: &str) -> Selected {
    match ecosystem::version(Ecosystem::Nuget, text) {
        Ok(version) => Selected::Exact(version),
        Err(why) => {
            let message = format!("`{text}` is no version: {}", why.message);
            Selected::Unknown(Why::new(Reason::UnparsableVersion, message))
        }
    }
}

fn is_project(declared: &Declared) -> bool {
    matches!(declared.stated, Stated::Source(Source::Workspace(_)))
}

/// The name that projects use for a target framework of which a lockfile may write the long one (NuGet documentation, "Target
/// frameworks").
fn short(framework: &str) -> String {
    let framework = framework.to_lowercase();
    let Some((name, version)) = framework.split_once(",version=v") else { return framework };
    match name {
        ".netframework" => format!("net{}", version.replace('.', "")),
        name => format!("{}{version}", name.trim_start_matches('.')),
    }
}
