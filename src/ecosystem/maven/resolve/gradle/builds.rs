//! The builds and projects of a tree, and which script speaks for which project (Gradle User Manual, "Multi-project builds",
//! "Sharing build logic").
//!
//! - A build starts at a settings script or at `buildSrc`; without those, at the outermost folder with a build script.
//! - A script that is applied, by path or as a plugin of the same tree, speaks for whoever applies it; one that nobody is seen to
//!   apply stands for itself, among the values of the project whose folder it lies in.
//! - `allprojects`, `subprojects` and `project(':a')` speak for other projects of the build. A script that is applied there by a
//!   path is looked for in the folder of each.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::ecosystem::maven::gradle::{Condition, PLUGIN, Target};
use crate::ecosystem::maven::{build_gradle, build_gradle_kts};
use crate::model::{self, Ecosystem, File, FileId, Files, Include, Problem, ProblemKind, Role};
use crate::source::Span;

/// The number of a project in [`Builds`].
pub(super) type ProjectId = usize;

/// Most scripts that one project applies.
const MAX_APPLIED: usize = 200;

/// The folders of code that is built for the build.
const BUILD_LOGIC: &[&str] =
    &["buildSrc", "build-logic", "buildLogic", "build-plugin", "build-plugins", "gradle-plugins"];

/// Every project of a tree.
pub(super) struct Builds<'a> {
    pub(super) files: &'a Files,
    pub(super) projects: Vec<Project>,
    by_folder: BTreeMap<String, ProjectId>,
    by_path: HashMap<(String, String), ProjectId>,
    below: HashSet<ProjectId>,
    /// The scripts that are applied to other projects, by the places that say so: whether any was found.
    applied_to_others: BTreeMap<(FileId, Span), bool>,
}

/// A project.
pub(super) struct Project {
    /// Its folder, from the root of the tree.
    pub(super) folder: String,
    /// The folder of its build.
    pub(super) root: String,
    /// Its path in the build.
    pub(super) path: String,
    /// The scripts that speak for it: its own, and what they apply.
    pub(super) scripts: Vec<FileId>,
    /// The projects whose folders are around it in the same build, nearest first.
    pub(super) above: Vec<ProjectId>,
    /// The ids of the plugins that are applied to it.
    pub(super) plugins: Vec<String>,
    /// Whether it only stands for a script that nobody is seen to apply.
    pub(super) stray: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Build,
    Settings,
    Applied,
    Source,
}

impl<'a> Builds<'a> {
    /// Finds the projects among all files.
    pub(super) fn new(files: &'a Files) -> Builds<'a> {
        let scripts: Vec<(FileId, Kind)> = files
            .of(Ecosystem::Maven)
            .filter(|(_, file)| is_script(file))
            .map(|(id, file)| (id, kind(&file.path)))
            .collect();
        let folders = |wanted: Kind| -> HashSet<&str> {
            let of_kind = scripts.iter().filter(move |(_, kind)| *kind == wanted);
            of_kind.map(|(id, _)| model::folder(&files.get(*id).path)).collect()
        };
        let roots = Roots { settings: folders(Kind::Settings), builds: folders(Kind::Build) };
        let mut builds = Builds {
            files,
            projects: Vec::new(),
            by_folder: BTreeMap::new(),
            by_path: HashMap::new(),
            below: HashSet::new(),
            applied_to_others: BTreeMap::new(),
        };
        for (id, kind) in &scripts {
            if matches!(kind, Kind::Build | Kind::Settings) {
                let project = builds.at(model::folder(&files.get(*id).path), &roots);
                builds.projects[project].scripts.push(*id);
            }
        }
        builds.add_members(&scripts, &roots);
        builds.connect();
        builds.apply(&scripts);
        builds.add_strays(&scripts, &roots);
        builds
    }

    /// The project of a folder, which is made if it is not there.
    fn at(&mut self, folder: &str, roots: &Roots<'_>) -> ProjectId {
        if let Some(id) = self.by_folder.get(folder) {
            return *id;
        }
        let root = roots.of(folder);
        let relative = folder.strip_prefix(root.as_str()).unwrap_or(folder).trim_matches('/');
        let path = format!(":{}", relative.replace('/', ":"));
        let id = self.projects.len();
        self.by_folder.insert(folder.to_owned(), id);
        self.by_path.entry((root.clone(), path.clone())).or_insert(id);
        self.projects.push(Project {
            folder: folder.to_owned(),
            root,
            path,
            scripts: Vec::new(),
            above: Vec::new(),
            plugins: Vec::new(),
            stray: false,
        });
        id
    }

    /// The projects that settings scripts name.
    fn add_members(&mut self, scripts: &[(FileId, Kind)], roots: &Roots<'_>) {
        for (id, _) in scripts.iter().filter(|(_, kind)| *kind == Kind::Settings) {
            let file = self.files.get(*id);
            let root = model::folder(&file.path).to_owned();
            for include in file.reading.includes.iter().filter(|include| include.role == Role::Member) {
                let Some(folder) = include.paths.first().and_then(|path| model::join(&root, model::folder(path)))
                else {
                    continue;
                };
                let project = self.at(&folder, roots);
                if let Some(identity) = &include.identity {
                    self.projects[project].path.clone_from(&identity.name);
                    self.by_path.insert((root.clone(), identity.name.clone()), project);
                }
            }
        }
    }

    /// Finds the projects around each.
    fn connect(&mut self) {
        for id in 0..self.projects.len() {
            let mut folder = self.projects[id].folder.as_str();
            let mut above = Vec::new();
            while !folder.is_empty() {
                folder = model::folder(folder);
                if let Some(other) = self.by_folder.get(folder)
                    && self.projects[*other].root == self.projects[id].root
                {
                    above.push(*other);
                }
            }
            self.below.extend(above.iter().copied());
            self.projects[id].above = above;
        }
    }

    /// Adds what each project's scripts apply.
    fn apply(&mut self, scripts: &[(FileId, Kind)]) {
        let mut plugins: HashMap<String, Vec<FileId>> = HashMap::new();
        for (id, _) in scripts.iter().filter(|(_, kind)| *kind == Kind::Applied) {
            let path = &self.files.get(*id).path;
            if path.contains("src/main/") {
                plugins.entry(stem(path).to_owned()).or_default().push(*id);
            }
        }
        // Outer projects first, since they apply scripts for those inside them.
        let mut order: Vec<ProjectId> = (0..self.projects.len()).collect();
        order.sort_by_key(|id| self.projects[*id].above.len());
        for id in order {
            let mut index = 0;
            let mut list = self.projects[id].scripts.clone();
            let mut names = Vec::new();
            let folder = self.projects[id].folder.clone();
            let of_others = &mut self.applied_to_others;
            let mut applied =
                |files: &Files, from: FileId, wanted: &dyn Fn(&Target) -> bool, list: &mut Vec<FileId>| {
                    let is_applied = |include: &&Include| matches!(include.role, Role::Requirements | Role::Optional);
                    for include in files.get(from).reading.includes.iter().filter(is_applied) {
                        let condition = include.condition.as_deref().map(Condition::parse).unwrap_or_default();
                        let target = condition.target;
                        if !wanted(&target) {
                            continue;
                        }
                        let plugin = include.identity.as_ref().and_then(|identity| identity.name.strip_prefix(PLUGIN));
                        let found: Vec<FileId> = match plugin {
                            Some(name) => {
                                names.push(name.to_owned());
                                plugins.get(name).cloned().unwrap_or_default()
                            }
                            None if include.role == Role::Optional && target != Target::Own => {
                                let own = include.paths.first().and_then(|path| model::join(&folder, path));
                                let own = own.and_then(|path| files.find(&path, include.format));
                                let found = own.or_else(|| files.included(from, include));
                                let may_be_absent = condition.when.is_some_and(|when| when.contains("exists"));
                                *of_others.entry((from, include.span)).or_default() |= found.is_some() || may_be_absent;
                                found.into_iter().collect()
                            }
                            None => files.included(from, include).into_iter().collect(),
                        };
                        for file in found {
                            if list.len() < MAX_APPLIED && !list.contains(&file) {
                                list.push(file);
                            }
                        }
                    }
                };
            for above in &self.projects[id].above {
                for script in self.projects[*above].scripts.clone() {
                    let path = &self.projects[id].path;
                    let is_for_it = |target: &Target| match target {
                        Target::All | Target::Below => true,
                        Target::Project(other) => other == path,
                        Target::Own => false,
                    };
                    applied(self.files, script, &is_for_it, &mut list);
                }
            }
            while index < list.len() {
                let from = list[index];
                index += 1;
                applied(self.files, from, &|target| matches!(target, Target::Own | Target::All), &mut list);
            }
            self.projects[id].scripts = list;
            self.projects[id].plugins = names;
        }
    }

    /// The scripts that are applied to other projects and are there for none of them.
    pub(super) fn absent(&self) -> Vec<(FileId, Problem)> {
        let absent = self.applied_to_others.iter().filter(|(_, found)| !**found).map(|((file, span), _)| {
            let written = self.files.get(*file).source.slice(*span);
            let message = format!("`{written}` is not there, so what it says is missing here");
            (*file, Problem { kind: ProblemKind::MissingInclude, message, span: *span })
        });
        absent.collect()
    }

    /// Projects for scripts and classes that no project is seen to apply.
    fn add_strays(&mut self, scripts: &[(FileId, Kind)], roots: &Roots<'_>) {
        let applied: HashSet<FileId> =
            self.projects.iter().flat_map(|project| project.scripts.iter().copied()).collect();
        for (id, kind) in scripts {
            if applied.contains(id) {
                continue;
            }
            let file = self.files.get(*id);
            let says_nothing = file.reading.declared.is_empty()
                && file.reading.overrides.is_empty()
                && file.reading.includes.is_empty()
                && file.reading.mentions.is_empty();
            if *kind == Kind::Source && says_nothing {
                continue;
            }
            let home = self.home(&file.path);
            let (root, path, above) = match home {
                Some(home) => {
                    let project = &self.projects[home];
                    let above = [home].into_iter().chain(project.above.iter().copied()).collect();
                    (project.root.clone(), project.path.clone(), above)
                }
                None => (roots.of(model::folder(&file.path)), ":".to_owned(), Vec::new()),
            };
            let plugins = Vec::new();
            let folder = model::folder(&file.path).to_owned();
            self.projects.push(Project { folder, root, path, scripts: vec![*id], above, plugins, stray: true });
        }
    }

    /// The project whose values a stray script sees: the nearest around it, for the code of a build the build's own.
    fn home(&self, path: &str) -> Option<ProjectId> {
        let outside = outside_of_build_logic(path);
        let mut folder = outside.unwrap_or(model::folder(path));
        loop {
            if let Some(id) = self.by_folder.get(folder) {
                return Some(*id);
            }
            if folder.is_empty() {
                return None;
            }
            folder = model::folder(folder);
        }
    }

    /// The project of a path in a build.
    pub(super) fn named(&self, root: &str, path: &str) -> Option<ProjectId> {
        self.by_path.get(&(root.to_owned(), path.to_owned())).copied()
    }

    /// The folders of the build that a project is in and of those around it, nearest first.
    pub(super) fn roots(&self, project: &Project) -> Vec<&str> {
        let mut roots = Vec::new();
        let mut folder = project.root.as_str();
        loop {
            if let Some(id) = self.by_folder.get(folder)
                && !roots.contains(&self.projects[*id].root.as_str())
            {
                roots.push(self.projects[*id].root.as_str());
            }
            if folder.is_empty() {
                break;
            }
            folder = model::folder(folder);
        }
        if roots.is_empty() {
            roots.push("");
        }
        roots
    }

    /// What speaks for a project: the scripts, and which targets count in each.
    pub(super) fn speakers(&self, id: ProjectId) -> Vec<(FileId, bool)> {
        let project = &self.projects[id];
        let mut speakers: Vec<(FileId, bool)> = project.scripts.iter().map(|file| (*file, true)).collect();
        if project.stray {
            return speakers;
        }
        for above in &project.above {
            for file in &self.projects[*above].scripts {
                if !project.scripts.contains(file) {
                    speakers.push((*file, false));
                }
            }
        }
        speakers
    }

    /// Whether a statement with a target counts for a project, in one of its own scripts or in one of a project around it.
    pub(super) fn counts(&self, id: ProjectId, target: &Target, own: bool) -> bool {
        let project = &self.projects[id];
        match target {
            Target::Own => own,
            Target::All => true,
            // Where no project below is known, the statement is looked at where it stands.
            Target::Below => !own || project.stray || !self.below.contains(&id),
            Target::Project(path) => {
                let named = self.named(&project.root, path);
                named == Some(id) || (own && named.is_none()) || (own && project.stray)
            }
        }
    }

    /// The folder for whose scripts the constants of a class count.
    pub(super) fn reach(path: &str) -> &str {
        // A build that is taken in lies beside or below those who take it in.
        let of_included = || path.find("/src/main/").map(|end| model::folder(&path[..end]));
        outside_of_build_logic(path).or_else(of_included).unwrap_or_else(|| model::folder(path))
    }
}

/// The folder around the code of a build that a path leads into.
fn outside_of_build_logic(path: &str) -> Option<&str> {
    let mut start = 0;
    for part in path.split('/') {
        if BUILD_LOGIC.contains(&part) {
            return Some(path[..start].trim_end_matches('/'));
        }
        start += part.len() + 1;
    }
    None
}

struct Roots<'a> {
    settings: HashSet<&'a str>,
    builds: HashSet<&'a str>,
}

impl Roots<'_> {
    /// The folder of the build that a folder is in.
    fn of(&self, folder: &str) -> String {
        let mut outermost = folder;
        let mut current = folder;
        loop {
            let name = current.rsplit('/').next().unwrap_or(current);
            if self.settings.contains(current) || name == "buildSrc" {
                return current.to_owned();
            }
            if self.builds.contains(current) {
                outermost = current;
            }
            if current.is_empty() {
                return outermost.to_owned();
            }
            current = model::folder(current);
        }
    }
}

impl Project {
    /// Whether it holds code that is built for the build.
    pub(super) fn builds_the_build(&self) -> bool {
        !self.stray && outside_of_build_logic(&self.folder).is_some()
    }
}

/// Whether a file is a script of Gradle.
pub(super) fn is_script(file: &File) -> bool {
    file.format.id == build_gradle::FORMAT.id || file.format.id == build_gradle_kts::FORMAT.id
}

fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = model::folder(path).rsplit('/').next().unwrap_or_default();
    match stem(path) {
        _ if !name.ends_with(".gradle") && !name.ends_with(".gradle.kts") => Kind::Source,
        "build" => Kind::Build,
        "settings" => Kind::Settings,
        stem if stem == folder => Kind::Build,
        _ => Kind::Applied,
    }
}

/// The name of a script without its ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".kts").unwrap_or(name);
    name.strip_suffix(".gradle").unwrap_or(name)
}
