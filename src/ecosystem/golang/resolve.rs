//! What Go modules select (Go Modules Reference, "Minimal version selection", "replace directive", "exclude directive",
//! "Workspaces", "Vendoring").
//!
//! - Duplicate requirements: the highest counts; in a workspace the highest of all its modules.
//! - `replace` with the selected version on its left beats the one without; it is not applied to its own result, and the
//!   original module keeps its identity. The place to edit is then the replacement. A workspace's replacements beat its
//!   modules', and those hold for all of its modules. Two of one file that replace the same by different things are refused
//!   by the go command, so neither is selected.
//! - An excluded requirement is dropped by the go command, and what is selected instead depends on the module graph.
//! - A requirement, direct or not, is what is selected: where the module graph asks for more, the go command refuses to build until
//!   go.mod says so ("updates to go.mod needed"), and before `go 1.16` it wrote that itself. So lines of other versions in `go.sum`
//!   are left over from another time, unless the required version has none there: then go.mod was not brought up to date, and
//!   before `go 1.17` what is built is the version that has one. From then on all that is built is listed.
//! - A `replace` alone requires nothing; before `go 1.17` someone below may ask for the module, so the pin is still worth a
//!   look (scope `managed`).
//! - `vendor/modules.txt` is what is built where it is there. Where it agrees with go.mod it is a related place. Where it does not, both
//!   are judged: from `go 1.14` on the go command refuses to build, before it does not compare them; what is vendored there above
//!   what is required was raised by the module graph. A module that only it names came in through another. One that starts with
//!   `## workspace` stands for all modules of the workspace beside it.

mod bazel;
mod before_modules;
mod workspace;

use std::collections::{BTreeMap, HashSet};

use self::workspace::{Workspace, Workspaces};
use super::go_mod::{self, GO_DIRECTIVE};
use super::vendor_modules_txt::{NO_PACKAGES, OF_WORKSPACE};
use super::version::GolangVersion;
use super::{go_sum, go_work, vendor_modules_txt};
use crate::ecosystem;
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, File, FileId, Files, Origin, Override, Package, Problem,
    ProblemKind, Reason, Related, Resolution, Selected, Source, Stated, Why,
};
use crate::version::{Version, VersionRange};

/// Resolves all Go modules of a tree.
pub fn resolve(files: &Files) -> Resolution {
    let mut resolution = Resolution::default();
    let workspaces = workspace::find(files);
    let mut vendor_folders = Vec::new();
    for (id, file) in files.of(Ecosystem::Golang) {
        if file.format.id == go_mod::FORMAT.id {
            Module { files, id, file, workspace: workspaces.of(id) }.resolve(&mut resolution);
        }
        if file.format.id == vendor_modules_txt::FORMAT.id {
            vendor_folders.push(id);
        }
    }
    for id in vendor_folders {
        vendored(files, id, &workspaces, &mut resolution);
    }
    resolution.problems.extend(workspaces.conflicts(files));
    before_modules::resolve(files, &mut resolution);
    bazel::resolve(files, &mut resolution);
    resolution
}

/// A place that states something: the file and the statement.
type At<'a, T> = (FileId, &'a T);

/// One module and the files that decide together with it.
struct Module<'a> {
    files: &'a Files,
    id: FileId,
    file: &'a File,
    workspace: Option<&'a Workspace<'a>>,
}

impl<'a> Module<'a> {
    fn resolve(&self, resolution: &mut Resolution) {
        let own = self.file.reading.identity.as_ref().map(|identity| identity.name.as_str());
        let mut required: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
        for declared in &self.file.reading.declared {
            required.entry(&declared.name).or_default().push(declared);
        }
        for (name, declared) in &required {
            if Some(*name) != own && self.files.wants(Ecosystem::Golang, name) {
                resolution.dependencies.push(self.requirement(name, declared));
            }
        }
        if self.lists_everything() {
            return;
        }
        let alone = replacements(self.file).filter(|replacement| !required.contains_key(replacement.name.as_str()));
        for replacement in alone.filter(|replacement| own != Some(&replacement.name)) {
            resolution.dependencies.push(replaced(self.files, (self.id, replacement), None, Vec::new()));
        }
    }

    /// Whether the go directive is 1.17 or later, so that the file lists all modules that are built ("Module graph pruning").
    fn lists_everything(&self) -> bool {
        go_directive(self.file).is_some_and(|go| go >= (1, 17))
    }

    fn requirement(&self, name: &str, declared: &[&'a Declared]) -> Dependency {
        let (chosen, mut selected) = highest(name, declared);
        let mut because = Vec::new();
        for other in declared.iter().filter(|other| !std::ptr::eq(**other, chosen)) {
            because.push(related(self.id, other, "also required here; the highest version counts"));
        }
        if let Some((id, sibling, version)) = self.raised_by_sibling(name, &selected) {
            because.push(related(id, sibling, "required here, and built together in one workspace"));
            selected = version;
        }
        if let Some(replacement) = self.replacement(name, &selected, text(chosen)) {
            return replaced(self.files, replacement, Some((self.id, chosen)), because);
        }
        if let Some(exclusion) = self.exclusion(name, text(chosen)) {
            because.push(related(self.id, &exclusion.then, "excluded here"));
            let message = format!("`{}` is excluded in the same file, so the module graph decides", text(chosen));
            selected = Selected::Unknown(Why::new(Reason::Excluded, message));
        } else if let Some((raised, sum)) = self.raised_by_graph(name, chosen, &selected) {
            because.extend(sum);
            selected = raised;
        }
        dependency((self.id, chosen), chosen, name, selected, because)
    }

    /// A higher requirement of another module of the workspace.
    fn raised_by_sibling(&self, name: &str, selected: &Selected) -> Option<(FileId, &'a Declared, Selected)> {
        let Selected::Exact(own) = selected else { return None };
        let (id, declared, version) = self.workspace?.highest(name)?;
        (version > own).then(|| (id, declared, Selected::Exact(version.clone())))
    }

    /// The replacement that holds for a selected version: the workspace's before the modules', each versioned before not.
    fn replacement(&self, name: &str, selected: &Selected, stated: &str) -> Option<At<'a, Override>> {
        let version = match selected {
            Selected::Exact(version) => version.text(),
            Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => stated,
        };
        let own = replacements(self.file).filter(|replacement| replacement.name == name);
        let own: Vec<At<'a, Override>> = own.map(|replacement| (self.id, replacement)).collect();
        let Some(workspace) = self.workspace else { return that_holds(&own, version) };
        let of_all = || that_holds(workspace.of_members(name), version);
        that_holds(workspace.own(name), version).or_else(|| that_holds(&own, version)).or_else(of_all)
    }

    fn exclusion(&self, name: &str, version: &str) -> Option<&'a Override> {
        self.file.reading.overrides.iter().find(|change| {
            change.effect == Effect::Exclude && change.name == name && change.when.as_deref() == Some(version)
        })
    }

    /// What go.sum says is selected where no checksum of the required version's source stands in it: then the client cannot be built
    /// from go.mod as that is, and the go command raises the requirement to what its graph asks for before it builds.
    fn raised_by_graph(
        &self,
        name: &str,
        required: &Declared,
        selected: &Selected,
    ) -> Option<(Selected, Vec<Related>)> {
        let (Selected::Exact(bound), Selected::Exact(own)) = (selected, select(name, required)) else { return None };
        if self.lists_everything() {
            return None;
        }
        let path = model::join(model::folder(&self.file.path), "go.sum")?;
        let sum = self.files.find(&path, &go_sum::FORMAT)?;
        let mut needed: Vec<(Version, &Declared)> = Vec::new();
        for declared in self.files.get(sum).reading.declared.iter().filter(|declared| declared.name == name) {
            if let Selected::Exact(version) = select(name, declared) {
                needed.push((version, declared));
            }
        }
        if needed.iter().any(|(version, _)| *version == own) {
            return None;
        }
        let is_in_graph = |declared: &Declared| declared.condition.as_deref() != Some(go_sum::NOT_IN_GRAPH);
        needed.retain(|(version, declared)| version > bound && is_in_graph(declared));
        if needed.is_empty() {
            return None;
        }
        let message = "its source was needed and the required one was not, so the module graph raised the requirement";
        let because = needed.iter().map(|(_, declared)| related(sum, declared, message)).collect();
        let points = needed.into_iter().map(|(version, _)| VersionRange::exactly(version));
        let range = points.fold(VersionRange::none(), VersionRange::union);
        Some((Selected::from_range(range, name), because))
    }
}

/// The release of Go that a go.mod asks for.
fn go_directive(file: &File) -> Option<(u32, u32)> {
    let go = file.reading.variables.iter().find(|variable| variable.name == GO_DIRECTIVE)?;
    let mut numbers = go.value.split(['.', 'r', 'b']).map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Of the replacements of a module the one that holds for a version: one for just that before one for all.
fn that_holds<'a>(all: &[At<'a, Override>], version: &str) -> Option<At<'a, Override>> {
    let versioned = all.iter().find(|(_, replacement)| replacement.when.as_deref() == Some(version));
    versioned.or_else(|| all.iter().find(|(_, replacement)| replacement.when.is_none())).copied()
}

fn replacements(file: &File) -> impl Iterator<Item = &Override> {
    file.reading.overrides.iter().filter(|change| change.effect == Effect::Replace)
}

/// The requirement that counts among duplicates: the highest version, else the first.
fn highest<'a>(name: &str, declared: &[&'a Declared]) -> (&'a Declared, Selected) {
    let mut chosen = (declared[0], select(name, declared[0]));
    for other in &declared[1..] {
        let selected = select(name, other);
        if let (Selected::Exact(new), Selected::Exact(old)) = (&selected, &chosen.1)
            && new > old
        {
            chosen = (other, selected);
        }
    }
    chosen
}

fn replaced(
    files: &Files,
    (id, replacement): At<'_, Override>,
    required: Option<At<'_, Declared>>,
    because: Vec<Related>,
) -> Dependency {
    let name = &replacement.name;
    let mut selected = match &replacement.then.stated {
        Stated::Source(source) => Selected::Source(source.clone()),
        _ => select(name, &replacement.then),
    };
    let required_here = required.map(|(id, required)| related(id, required, "required here, replaced"));
    let mut because: Vec<Related> = required_here.into_iter().chain(because).collect();
    let others = replacements(files.get(id)).filter(|other| contradicts(replacement, other));
    for other in others {
        let message = "the same is replaced by two different things, which the go command refuses";
        selected = Selected::Unknown(Why::new(Reason::NothingSatisfies, message));
        because.push(related(id, &other.then, "replaced by something else here"));
    }
    let stated = required.map_or(&replacement.then, |(_, required)| required);
    dependency((id, &replacement.then), stated, name, selected, because)
}

/// Whether two replacements speak of the same and do not agree ("replace directive").
fn contradicts(replacement: &Override, other: &Override) -> bool {
    replacement.name == other.name && replacement.when == other.when && replacement.then.stated != other.then.stated
}

/// The modules that a vendor folder holds.
fn vendored(files: &Files, id: FileId, workspaces: &Workspaces<'_>, resolution: &mut Resolution) {
    let file = files.get(id);
    let above = |name: &str| model::join(model::folder(&file.path), name);
    let is_of_workspace = file.reading.variables.iter().any(|variable| variable.name == OF_WORKSPACE);
    let (owners, is_compared): (Vec<FileId>, bool) = if is_of_workspace {
        let go_work = above("../go.work").and_then(|path| files.find(&path, &go_work::FORMAT));
        let workspace = go_work.and_then(|go_work| workspaces.at(go_work));
        let members = workspace.into_iter().flat_map(|workspace| workspace.members.iter().copied());
        (go_work.into_iter().chain(members).collect(), true)
    } else {
        let go_mod = above("../go.mod").and_then(|path| files.find(&path, &go_mod::FORMAT));
        let is_compared = go_mod.is_some_and(|go_mod| go_directive(files.get(go_mod)).is_some_and(|go| go >= (1, 14)));
        (go_mod.into_iter().collect(), is_compared)
    };
    let owners: HashSet<FileId> = owners.into_iter().collect();
    for declared in &file.reading.declared {
        if declared.condition.as_deref() == Some(NO_PACKAGES) || !files.wants(Ecosystem::Golang, &declared.name) {
            continue;
        }
        let selected = match &declared.stated {
            Stated::Source(source) => Selected::Source(source.clone()),
            _ => select(&declared.name, declared),
        };
        let mut manifests: Vec<&mut Dependency> = resolution
            .dependencies
            .iter_mut()
            .filter(|dependency| {
                let mut places = dependency.because.iter().map(|related| related.origin).chain([dependency.origin]);
                dependency.package.name == declared.name && places.any(|place| owners.contains(&place.file))
            })
            .collect();
        let mut vendored = dependency((id, declared), declared, &declared.name, selected, Vec::new());
        if manifests.is_empty() {
            resolution.dependencies.push(vendored);
            continue;
        }
        let mut other = None;
        for manifest in &mut manifests {
            if same(&manifest.selected, &vendored.selected) {
                if matches!(manifest.selected, Selected::Within(_)) {
                    manifest.selected = vendored.selected.clone();
                }
                manifest.because.push(related(id, declared, "vendored here"));
            } else if !is_compared && is_raised(files, manifest, &vendored.selected) {
                manifest.selected = vendored.selected.clone();
                manifest.because.push(related(id, declared, "vendored here, raised by the module graph"));
            } else {
                other = other.or(Some(manifest.origin));
            }
        }
        let Some(origin) = other else { continue };
        let consequence = if is_compared {
            "so the go command refuses to build"
        } else {
            "and taken by builds with `-mod=vendor` only"
        };
        let (says, mode) =
            if is_of_workspace { ("the workspace's go.mod files say", "work") } else { ("go.mod says", "mod") };
        let message = format!(
            "`{}` is vendored at `{}`, which is not what {says}, {consequence}; run `go {mode} vendor`",
            declared.name,
            text(declared)
        );
        let problem = Problem { kind: ProblemKind::Contradiction, message, span: declared.span };
        vendored.because.push(Related { origin, message: "go.mod says something else".into() });
        resolution.problems.push((id, problem));
        resolution.dependencies.push(vendored);
    }
}

/// Whether a vendored version is above the one that a go.mod requires and does not replace.
fn is_raised(files: &Files, manifest: &Dependency, vendored: &Selected) -> bool {
    let is_replacement = |change: &Override| change.then.span == manifest.origin.span;
    let is_replaced = files.get(manifest.origin.file).reading.overrides.iter().any(is_replacement);
    match (&manifest.selected, vendored) {
        (Selected::Exact(required), Selected::Exact(vendored)) => !is_replaced && vendored > required,
        _ => false,
    }
}

fn same(a: &Selected, b: &Selected) -> bool {
    match (a, b) {
        (Selected::Exact(a), Selected::Exact(b)) => a == b,
        (Selected::Source(a), Selected::Source(b)) => a == b,
        (Selected::Within(range), Selected::Exact(version)) => range.contains(version),
        (Selected::Unknown(_), _) => true,
        _ => false,
    }
}

/// A dependency whose place is `at` and whose scope and directness are those of `stated`.
fn dependency(
    (id, at): At<'_, Declared>,
    stated: &Declared,
    name: &str,
    selected: Selected,
    because: Vec<Related>,
) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Golang, name: name.into() },
        declared: Some(text(at).to_owned()),
        selected,
        scope: stated.scope,
        direct: stated.direct,
        condition: None,
        origin: Origin { file: id, span: at.span },
        because,
        through: None,
    }
}

fn related(id: FileId, declared: &Declared, message: &str) -> Related {
    Related { origin: Origin { file: id, span: declared.span }, message: message.into() }
}

fn text(declared: &Declared) -> &str {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Locked(text) | Stated::Elsewhere(text) | Stated::Computed(text) => text,
        Stated::Source(Source::Fork { version, .. }) => version,
        Stated::Source(Source::Path(path) | Source::Url(path) | Source::Workspace(path)) => path,
        Stated::Source(Source::Git { repository, .. }) => repository,
        Stated::Nothing => "",
    }
}

fn select(name: &str, declared: &Declared) -> Selected {
    let text = text(declared);
    match version(name, text) {
        Ok(version) => Selected::Exact(version),
        Err(why) => Selected::Unknown(Why::new(Reason::UnparsableVersion, format!("`{text}` is no version: {why}"))),
    }
}

/// A version that fits its module path: above v1 the path ends in `/vN` or the version in `+incompatible` ("Major version
/// suffixes", "Compatibility with non-module repositories").
fn version(name: &str, text: &str) -> Result<Version, String> {
    let version = ecosystem::version(Ecosystem::Golang, text).map_err(|why| why.message)?;
    let parsed = GolangVersion::parse(text)?;
    let major = parsed.major();
    let in_path = name.rsplit_once(['/', '.']).and_then(|(_, last)| last.strip_prefix('v'));
    let fits = match (major.as_str(), in_path) {
        ("0" | "1", _) => true,
        (major, Some(suffix)) if suffix.trim_end_matches("-unstable") == major => true,
        _ => parsed.is_incompatible(),
    };
    if fits { Ok(version) } else { Err(format!("a version {major} of `{name}` needs `+incompatible` or `/v{major}`")) }
}
