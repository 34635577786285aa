//! What NuGet and Paket select for the projects of a tree (NuGet documentation, "How NuGet resolves package dependencies",
//! "PackageReference in project files", "Central Package Management"; Paket documentation).
//!
//! - Each project is evaluated (`evaluate`), once for each of its target frameworks where those bear on something. Files that
//!   no project takes in are evaluated by themselves.
//! - The place to edit is the text that holds the version: the reference's own, the property it consists of, the central version,
//!   an `Update`. Several projects that lead to one place are one dependency.
//! - A range selects its included lower bound (`requirement`), unless a lockfile says otherwise (`locks`). What the project itself asks for
//!   beats what other packages ask for.
//! - Of two references to one package in one project the first counts.
//! - With central management a reference without a version takes the central one, and its `VersionOverride` beats that. What a
//!   reference then says with `Version` NuGet refuses; it is told as it stands.
//! - A project with `IsTestProject`, or with a reference to Microsoft.NET.Test.Sdk, is one of tests.
//! - A central version or an `Update` that no project uses is a pin for others (scope `managed`).
//! - Build output (project.assets.json) tells only of packages that come in through others, and where no project is beside it.
//!
//! Not done: what packages ask for of each other, of which a tree shows nothing without a lockfile.

mod evaluate;
mod locks;
mod paket;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::condition::Truth;
use super::{csproj, msbuild_props, nuspec, packages_config, requirement};
use crate::ecosystem;
use crate::model::{
    Declared, Dependency, Ecosystem, FileId, Files, Grammar, Origin, Package, Problem, ProblemKind, Reason, Related,
    Resolution, Scope, Selected, Stated, Why, places_of_properties,
};
use crate::version::VersionRange;
use evaluate::{Entry, Evaluation, Stating};
use locks::Locks;

/// Most related places of one dependency.
const MAX_RELATED: usize = 100;

/// The package that makes a project one of tests.
const TEST_SDK: &str = "microsoft.net.test.sdk";

/// Resolves all NuGet packages of a tree.
pub fn resolve(files: &Files) -> Resolution {
    let mut resolver = Resolver {
        files,
        locks: Locks::new(files),
        found: Found::default(),
        used: HashSet::new(),
        visited: HashSet::new(),
        missing: BTreeSet::new(),
    };
    let of = |format: &'static str| files.of(Ecosystem::Nuget).filter(move |(_, file)| file.format.id == format);
    for (id, _) in of(csproj::FORMAT.id) {
        resolver.project(id);
    }
    // A file that none of these takes in may itself take in others.
    let mut rest: Vec<FileId> = of(msbuild_props::FORMAT.id).map(|(id, _)| id).collect();
    rest.retain(|id| !resolver.visited.contains(id));
    for id in rest {
        let reading = &files.get(id).reading;
        let says_something = !reading.declared.is_empty() || !reading.overrides.is_empty();
        if says_something && !resolver.visited.contains(&id) {
            resolver.project(id);
        }
    }
    resolver.unused_pins();
    for (id, file) in files.of(Ecosystem::Nuget) {
        if file.format.id == packages_config::FORMAT.id || file.format.id == nuspec::FORMAT.id {
            resolver.plain(id);
        }
    }
    let problems = resolver.missing.iter().map(|origin| (origin.file, missing(files, *origin))).collect();
    let mut resolution = Resolution { dependencies: resolver.found.dependencies, problems };
    resolver.locks.finish(files, &mut resolution);
    paket::resolve(files, &mut resolution);
    resolution
}

struct Resolver<'a> {
    files: &'a Files,
    locks: Locks<'a>,
    found: Found,
    /// The overrides that bear on some reference, by file and number.
    used: HashSet<(FileId, usize)>,
    visited: HashSet<FileId>,
    /// The imports of files that are not there.
    missing: BTreeSet<Origin>,
}

impl<'a> Resolver<'a> {
    /// A project, for each of its target frameworks.
    fn project(&mut self, id: FileId) {
        let base = Evaluation::new(self.files, id, None);
        let frameworks = base.frameworks();
        if frameworks.is_empty() || !self.mentions_framework(&base.visited) {
            return self.evaluated(&base);
        }
        for framework in frameworks {
            self.evaluated(&Evaluation::new(self.files, id, Some(framework)));
        }
    }

    /// Whether anything in some files depends on the target framework.
    fn mentions_framework(&self, files: &[FileId]) -> bool {
        let mentions = |id: &FileId| {
            let reading = &self.files.get(*id).reading;
            let conditions = reading.variables.iter().map(|variable| &variable.condition);
            let conditions = conditions.chain(reading.includes.iter().map(|include| &include.condition));
            let conditions = conditions.chain(reading.declared.iter().map(|declared| &declared.condition));
            let conditions = conditions.chain(reading.overrides.iter().map(|change| &change.then.condition));
            let texts = reading.variables.iter().map(|variable| &variable.value);
            let mut texts = texts.chain(conditions.flatten());
            texts.any(|text| text.to_ascii_lowercase().contains("$(targetframework"))
        };
        files.iter().any(mentions)
    }

    fn evaluated(&mut self, project: &Evaluation<'a>) {
        self.visited.extend(&project.visited);
        self.missing.extend(&project.missing);
        let mut pins: HashMap<String, Vec<&Entry<'a>>> = HashMap::new();
        for pin in project.pins.iter() {
            pins.entry(pin.name.to_lowercase()).or_default().push(pin);
        }
        let mut first: HashMap<String, &Entry<'a>> = HashMap::new();
        let mut beaten: HashMap<String, Vec<Related>> = HashMap::new();
        for entry in project.references.iter().filter(|entry| entry.truth == Truth::Yes) {
            let name = entry.name.to_lowercase();
            let counting = *first.entry(name.clone()).or_insert(entry);
            if !std::ptr::eq(counting, entry) {
                beaten
                    .entry(name)
                    .or_default()
                    .push(Related::new(place(entry), "also referenced here; the first counts"));
            }
        }
        let is_of_tests = project.is_true("IsTestProject") == Some(true) || first.contains_key(TEST_SDK);
        for entry in project.references.iter() {
            let name = entry.name.to_lowercase();
            let is_first = first.get(&name).is_none_or(|first| std::ptr::eq(*first, entry));
            if !is_first && entry.truth == Truth::Yes {
                continue;
            }
            let pins = pins.get(&name).map_or(&[][..], Vec::as_slice);
            for mut dependency in self.reference(project, entry, pins) {
                dependency.because.extend(beaten.get(&name).into_iter().flatten().cloned());
                if is_of_tests && dependency.scope == Scope::Runtime {
                    dependency.scope = Scope::Test;
                }
                self.locks.apply(project, &mut dependency);
                self.found.add(dependency);
            }
        }
        let pinned = self.locks.pinned(project, &pins);
        for (pin, because) in pinned {
            for stating in &pin.versions {
                self.used.extend(stating.index.map(|index| (stating.file, index)));
                for mut dependency in stated(project, pin, stating, "managed centrally here") {
                    dependency.scope = Scope::Runtime;
                    dependency.direct = Some(false);
                    dependency.because.push(because.clone());
                    self.found.add(dependency);
                }
            }
        }
    }

    /// What a reference leads to: one dependency for each text and value that may hold its version.
    fn reference(&mut self, project: &Evaluation<'a>, entry: &Entry<'a>, pins: &[&Entry<'a>]) -> Vec<Dependency> {
        let central = project.is_true("ManagePackageVersionsCentrally");
        let is_off = central == Some(false) && project.sets("ManagePackageVersionsCentrally");
        let may_override = project.is_true("CentralPackageVersionOverrideEnabled") != Some(false)
            || !project.sets("CentralPackageVersionOverrideEnabled");
        let mut texts: Vec<(&Stating<'a>, &str)> = Vec::new();
        if central != Some(false) && may_override {
            texts.extend(entry.overrides.iter().map(|text| (text, "overridden here")));
        }
        if !texts.iter().any(|(text, _)| text.is_sure()) {
            // With central management a version that turns out empty is none.
            let is_left_empty =
                |text: &Stating<'_>| central == Some(true) && !pins.is_empty() && project.is_unset(text.text());
            let versions = entry.versions.iter().filter(|text| !is_left_empty(text));
            texts.extend(versions.map(|text| (text, "referenced here")));
        }
        if !texts.iter().any(|(text, _)| text.is_sure()) && !is_off {
            let sure = pins.iter().position(|pin| pin.truth == Truth::Yes);
            let counting = pins.iter().take(sure.map_or(pins.len(), |sure| sure + 1));
            texts.extend(counting.flat_map(|pin| &pin.versions).map(|text| (text, "managed centrally here")));
        }
        // What is beaten has its use here all the same.
        for text in pins.iter().flat_map(|pin| &pin.versions).chain(&entry.versions).chain(&entry.overrides) {
            self.used.extend(text.index.map(|index| (text.file, index)));
        }
        if texts.is_empty() {
            return vec![unversioned(project, entry, central)];
        }
        let mut dependencies = Vec::new();
        for (text, what) in texts {
            for mut dependency in stated(project, entry, text, what) {
                if !std::ptr::eq(text.declared, entry.declared) && dependency.origin != place(entry) {
                    let because = &mut dependency.because;
                    if !because.iter().any(|related| related.origin == place(entry)) {
                        because.insert(0, Related::new(place(entry), "referenced here"));
                    }
                }
                dependencies.push(dependency);
            }
        }
        dependencies
    }

    /// The pins that no reference uses.
    fn unused_pins(&mut self) {
        let mut files: Vec<FileId> = self.visited.iter().copied().collect();
        files.sort_unstable();
        for id in files {
            let overrides = &self.files.get(id).reading.overrides;
            let is_unused = |index: usize| !self.used.contains(&(id, index));
            let has_version =
                |declared: &Declared| matches!(declared.stated, Stated::Requirement(..) | Stated::Computed(_));
            let unused: Vec<usize> = (0..overrides.len())
                .filter(|index| is_unused(*index) && has_version(&overrides[*index].then))
                .collect();
            if unused.is_empty() {
                continue;
            }
            let project = Evaluation::new(self.files, id, None);
            for index in unused {
                let declared = &overrides[index].then;
                let entry = Entry::new(id, declared, project.name(&declared.name));
                let texts = entry.versions.iter();
                for mut dependency in texts.flat_map(|text| stated(&project, &entry, text, "managed here")) {
                    dependency.scope = Scope::Managed;
                    dependency.direct = None;
                    self.found.add(dependency);
                }
            }
        }
    }

    /// A file whose statements stand for themselves.
    fn plain(&mut self, id: FileId) {
        let reading = &self.files.get(id).reading;
        let own = reading.identity.as_ref().map_or("", |identity| identity.name.as_str());
        for declared in reading.declared.iter().filter(|declared| !declared.name.eq_ignore_ascii_case(own)) {
            let mut dependency = dependency(&declared.name, declared, Origin { file: id, span: declared.span });
            (dependency.selected, dependency.declared) = match &declared.stated {
                Stated::Requirement(text, grammar) => (select(text, *grammar), Some(text.clone())),
                Stated::Computed(text) => {
                    let message = format!("`{text}` is put in when the package is made");
                    (Selected::Unknown(Why::new(Reason::Computed, message)), Some(text.clone()))
                }
                Stated::Locked(_) | Stated::Source(_) | Stated::Elsewhere(_) | Stated::Nothing => {
                    (Selected::Within(VersionRange::all(false)), None)
                }
            };
            self.found.add(dependency);
        }
    }
}

/// The dependencies that a text with a version leads to.
fn stated(project: &Evaluation<'_>, entry: &Entry<'_>, text: &Stating<'_>, what: &str) -> Vec<Dependency> {
    let values = project.values(text.text(), text.origin());
    let values = values.into_iter().map(|value| {
        let mut dependency = dependency(&entry.name, entry.declared, value.origin);
        dependency.condition = entry.declared.condition.clone().or_else(|| text.declared.condition.clone());
        dependency.selected = value.known().map_or_else(Selected::Unknown, |text| select(text, Grammar::Nuget));
        dependency.because = places_of_properties(&value.through, &value.parts, what);
        dependency.declared = Some(value.written);
        dependency
    });
    values.collect()
}

fn missing(files: &Files, import: Origin) -> Problem {
    let written = files.get(import.file).source.slice(import.span);
    let message = format!("`{written}` is not there, so what it says is missing here");
    Problem { kind: ProblemKind::MissingInclude, message, span: import.span }
}

/// A reference for which no text holds a version.
fn unversioned(project: &Evaluation<'_>, entry: &Entry<'_>, central: Option<bool>) -> Dependency {
    let mut dependency = dependency(&entry.name, entry.declared, place(entry));
    let elsewhere = |message: &str| Selected::Unknown(Why::new(Reason::DecidedElsewhere, message));
    if let Some(gap) = project.gap {
        dependency.selected =
            elsewhere("no version is found here, and not all that the project takes in is in this repository");
        dependency.because.push(Related::new(gap, "not in this repository; the version may be there"));
    } else if central == Some(false) {
        // NuGet then takes the lowest version there is (warning NU1604).
        dependency.selected = Selected::Within(VersionRange::all(false));
    } else {
        dependency.selected = elsewhere("the central versions in this repository do not name it");
    }
    dependency
}

/// What a version text selects.
fn select(text: &str, grammar: Grammar) -> Selected {
    // A percent sign with two digits stands for a character.
    let text = unescaped(text);
    if text.trim().is_empty() {
        return Selected::Within(VersionRange::all(false));
    }
    if text.len() <= ecosystem::MAX_VERSION_LENGTH
        && let Ok(selected) = requirement::selected(&text, grammar)
    {
        return selected;
    }
    match ecosystem::range(&text, grammar) {
        Ok(range) => Selected::from_range(range, &text),
        Err(why) => Selected::Unknown(why),
    }
}

/// A text of MSBuild with its escapes undone.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()).filter(u8::is_ascii_graphic);
        match code {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(&part[2..]);
            }
            None => {
                out.push('%');
                out.push_str(part);
            }
        }
    }
    out
}

fn place(entry: &Entry<'_>) -> Origin {
    Origin { file: entry.file, span: entry.declared.span }
}

/// A dependency of which only the package and what the statement says is filled in.
fn dependency(name: &str, declared: &Declared, origin: Origin) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Nuget, name: name.to_owned() },
        declared: None,
        selected: Selected::Unknown(Why::new(Reason::DecidedElsewhere, "")),
        scope: declared.scope,
        direct: declared.direct,
        condition: declared.condition.clone(),
        origin,
        because: Vec::new(),
        through: None,
    }
}

/// The dependencies found so far, one for each place, package and selection.
#[derive(Default)]
struct Found {
    dependencies: Vec<Dependency>,
    by_place: HashMap<(Origin, String, String), usize>,
}

impl Found {
    fn add(&mut self, new: Dependency) {
        let selected = match &new.selected {
            Selected::Exact(version) => version.text().to_owned(),
            Selected::Within(range) => range.to_string(),
            Selected::Source(source) => format!("{source:?}"),
            Selected::Unknown(why) => why.message.clone(),
        };
        let key = (new.origin, new.package.name.to_lowercase(), selected);
        let Some(index) = self.by_place.get(&key) else {
            self.by_place.insert(key, self.dependencies.len());
            return self.dependencies.push(new);
        };
        let old = &mut self.dependencies[*index];
        // What is needed by the program that runs matters more than what only tests need.
        old.scope = old.scope.min(new.scope);
        old.direct = old.direct.max(new.direct);
        if new.condition.is_none() {
            old.condition = None;
        }
        for related in new.because {
            if old.because.len() < MAX_RELATED && !old.because.contains(&related) {
                old.because.push(related);
            }
        }
    }
}
