//! The POMs of a tree as a build finds them: by coordinates, by reactor, and each with its parent (Maven Model Builder,
//! "parent resolution").
//!
//! Traps:
//! - The file at `relativePath` is the parent only if group, artifact and version are what the child asks for. Otherwise Maven
//!   looks among the modules that are built together, then in the repository, which is not at hand here.
//! - A POM without group or version has its parent's, and what the child says of its parent is enough to know them.
//! - The asked-for version may be a range, or hold `${revision}` and the like.
//! - A POM that lies as in a Maven repository (`app/1.0/app-1.0.pom`) was installed there. It can be a parent or a BOM, but it is
//!   not this tree's project, and nobody edits it.

use std::collections::{HashMap, HashSet};

use super::maven_config;
use super::pom_xml::{ACTIVE_BY_DEFAULT, FORMAT, PROFILE, PROFILE_CONDITION};
use super::requirement;
use super::version::MavenVersion;
use crate::model::{Ecosystem, Effect, FileId, Files, Grammar, Identity, Include, Reading, Role, Variable, folder};
use crate::version::{Order, Version};

/// Longest version of a parent that is put together from properties, in bytes.
const MAX_LENGTH: usize = 1024;

/// The number of a POM in [`Poms`].
pub type PomId = usize;

/// Every POM of a tree.
pub struct Poms<'a> {
    all: Vec<Pom<'a>>,
    by_name: HashMap<String, Vec<PomId>>,
    paths: Vec<&'a str>,
    /// The properties that arguments in `.mvn` set.
    pub arguments: Arguments<'a>,
}

/// The properties that arguments in `.mvn` set, by the name of the file and the folder that holds `.mvn`.
#[derive(Default)]
pub struct Arguments<'a> {
    files: HashMap<(&'a str, &'a str), FileId>,
    variables: HashMap<(FileId, &'a str), &'a Variable>,
}

/// One POM, with what is looked up in it.
pub struct Pom<'a> {
    /// Its file.
    pub file: FileId,
    /// What it says.
    pub reading: &'a Reading,
    /// Its own group, artifact and version as written, or as it names its parent's.
    pub coordinates: Coordinates<'a>,
    /// Where its parent is.
    pub parent: Parent<'a>,
    /// The ids of its profiles, in the order of the file.
    pub profiles: Vec<&'a str>,
    /// Whether it lies in a Maven repository inside the tree.
    pub installed: bool,
    profile_ids: HashSet<&'a str>,
    by_default: HashSet<&'a str>,
    properties: HashMap<&'a str, Property>,
    /// The management entries of each artifact whose name is literal, in the order of the file.
    management: HashMap<&'a str, Vec<usize>>,
    /// Those whose artifact's name is an expression.
    computed_management: Vec<usize>,
    /// The conditions that anything but a module hangs on.
    conditions: HashSet<&'a str>,
    reactor: PomId,
}

/// The definitions of one property in a POM, by their number; of several in one section the last.
#[derive(Default)]
struct Property {
    own: Option<usize>,
    by_default: Option<usize>,
    profiles: HashMap<String, usize>,
}

/// Group, artifact and version.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coordinates<'a> {
    /// The group.
    pub group: &'a str,
    /// The artifact.
    pub artifact: &'a str,
    /// The version, if there is one.
    pub version: Option<&'a str>,
}

/// Where a POM's parent is.
#[derive(Clone, Copy)]
pub enum Parent<'a> {
    /// There is none.
    None,
    /// In the tree.
    Here(PomId, &'a Include),
    /// Not in the tree.
    Elsewhere(&'a Include),
}

impl<'a> Coordinates<'a> {
    /// The parts of an identity.
    pub fn of(identity: &'a Identity) -> Coordinates<'a> {
        let (group, artifact) = identity.name.split_once(':').unwrap_or_default();
        Coordinates { group, artifact, version: identity.version.as_deref() }
    }
}

impl<'a> Poms<'a> {
    /// Finds the POMs among all files.
    pub fn new(files: &'a Files) -> Poms<'a> {
        let ids: Vec<FileId> =
            files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == FORMAT.id).map(|(id, _)| id).collect();
        let reactors = reactors(files, &ids);
        let paths = ids.iter().map(|id| files.get(*id).path.as_str()).collect();
        let arguments = Arguments::new(files);
        let mut poms = Poms { all: Vec::new(), by_name: HashMap::new(), paths, arguments };
        for (id, reactor) in ids.iter().zip(reactors) {
            let pom = Pom::new(files, *id, reactor);
            let name = format!("{}:{}", pom.coordinates.group, pom.coordinates.artifact);
            poms.by_name.entry(name).or_default().push(poms.all.len());
            poms.all.push(pom);
        }
        let by_file: HashMap<FileId, PomId> = ids.iter().enumerate().map(|(pom, file)| (*file, pom)).collect();
        let parents: Vec<Parent> = (0..poms.all.len()).map(|id| poms.find_parent(files, &by_file, id)).collect();
        for (pom, parent) in poms.all.iter_mut().zip(parents) {
            pom.parent = parent;
        }
        poms
    }

    /// The path of a POM's file.
    pub fn path(&self, id: PomId) -> &'a str {
        self.paths[id]
    }

    /// A POM by its number.
    pub fn get(&self, id: PomId) -> &Pom<'a> {
        &self.all[id]
    }

    /// Every POM.
    pub fn iter(&self) -> impl Iterator<Item = (PomId, &Pom<'a>)> {
        self.all.iter().enumerate()
    }

    /// The POMs of a `group:artifact`, by the text of both.
    pub fn named(&self, name: &str) -> &[PomId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether two POMs are built together.
    pub fn same_reactor(&self, a: PomId, b: PomId) -> bool {
        self.all[a].reactor == self.all[b].reactor
    }

    fn find_parent(&self, files: &'a Files, by_file: &HashMap<FileId, PomId>, id: PomId) -> Parent<'a> {
        let pom = &self.all[id];
        let mut parents = pom.reading.includes.iter().filter(|include| include.role == Role::Parent);
        let Some((include, identity)) = parents.next().and_then(|include| Some((include, include.identity.as_ref()?)))
        else {
            return Parent::None;
        };
        let wanted = Coordinates::of(identity);
        if let Some(found) = files.included(pom.file, include).and_then(|file| by_file.get(&file))
            && *found != id
            && self.is(wanted, *found, pom)
        {
            return Parent::Here(*found, include);
        }
        let candidates = self.named(&identity.name).iter().copied();
        let mut known = candidates.filter(|other| self.all[*other].installed || self.same_reactor(*other, id));
        match known.find(|other| *other != id && self.is(wanted, *other, pom)) {
            Some(found) => Parent::Here(found, include),
            None => Parent::Elsewhere(include),
        }
    }

    /// Whether a POM is the one that `asking` wants for its parent.
    fn is(&self, wanted: Coordinates<'_>, found: PomId, asking: &Pom<'_>) -> bool {
        let found = &self.all[found];
        if wanted.artifact.is_empty() {
            // Model 4.1.0 lets the path alone name the parent.
            return true;
        }
        if (wanted.group, wanted.artifact) != (found.coordinates.group, found.coordinates.artifact) {
            return false;
        }
        let (Some(wanted), Some(version)) = (wanted.version, found.coordinates.version) else { return true };
        if wanted == version {
            return true;
        }
        if wanted.contains("${") || version.contains("${") {
            let (wanted, version) = (revision(wanted, &[asking, found]), revision(version, &[found, asking]));
            return wanted == version || wanted.contains("${") || version.contains("${");
        }
        if !wanted.starts_with(['[', '(']) {
            return false;
        }
        let range = requirement::range(wanted, Grammar::Maven);
        let order = MavenVersion::parse(version).map(|order| Version::new(version, Order::Maven(order)));
        matches!((range, order), (Ok(range), Ok(version)) if range.contains(&version))
    }
}

impl<'a> Arguments<'a> {
    fn new(files: &'a Files) -> Arguments<'a> {
        let mut arguments = Arguments::default();
        for (id, file) in files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == maven_config::FORMAT.id) {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            arguments.files.insert((name, folder(folder(&file.path))), id);
            for variable in &file.reading.variables {
                arguments.variables.insert((id, &variable.name), variable);
            }
        }
        arguments
    }

    /// The property of a name that the nearest `.mvn` in a folder or above it sets.
    pub fn find(&self, file: &str, mut from: &str, name: &str) -> Option<(FileId, &'a Variable)> {
        if self.files.is_empty() {
            return None;
        }
        loop {
            let kinds = ["maven.config", "jvm.config"];
            if kinds.iter().any(|kind| self.files.contains_key(&(*kind, from))) {
                let id = *self.files.get(&(file, from))?;
                return self.variables.get(&(id, name)).map(|variable| (id, *variable));
            }
            if from.is_empty() {
                return None;
            }
            from = folder(from);
        }
    }
}

impl<'a> Pom<'a> {
    fn new(files: &'a Files, id: FileId, reactor: PomId) -> Pom<'a> {
        let file = files.get(id);
        let reading = &file.reading;
        let own = reading.identity.as_ref().map(Coordinates::of).unwrap_or_default();
        let parent = reading.includes.iter().find(|include| include.role == Role::Parent);
        let parent = parent.and_then(|include| include.identity.as_ref()).map(Coordinates::of).unwrap_or_default();
        let coordinates = Coordinates {
            group: if own.group.is_empty() { parent.group } else { own.group },
            artifact: own.artifact,
            version: own.version.or(parent.version),
        };
        let mut pom = Pom {
            file: id,
            reading,
            coordinates,
            parent: Parent::None,
            profiles: Vec::new(),
            installed: is_installed(&file.path, coordinates),
            profile_ids: HashSet::new(),
            by_default: HashSet::new(),
            properties: HashMap::new(),
            management: HashMap::new(),
            computed_management: Vec::new(),
            conditions: HashSet::new(),
            reactor,
        };
        pom.index();
        pom
    }

    fn index(&mut self) {
        let reading = self.reading;
        for variable in reading.variables.iter().filter(|variable| variable.name == PROFILE) {
            self.profiles.push(&variable.value);
            self.profile_ids.insert(&variable.value);
            if variable.condition.as_deref() == Some(ACTIVE_BY_DEFAULT) {
                self.by_default.insert(&variable.value);
            }
        }
        for (index, variable) in reading.variables.iter().enumerate().filter(|(_, variable)| variable.name != PROFILE) {
            let property = self.properties.entry(&variable.name).or_default();
            let Some(condition) = variable.condition.as_deref() else {
                property.own = Some(index);
                continue;
            };
            let profile = profile_id(condition);
            if self.by_default.contains(profile) {
                property.by_default = Some(index);
            }
            property.profiles.insert(profile.to_owned(), index);
            self.conditions.insert(condition);
        }
        for (index, change) in
            reading.overrides.iter().enumerate().filter(|(_, change)| change.effect == Effect::Manage)
        {
            self.conditions.extend(change.then.condition.as_deref());
            match artifact(&change.name) {
                computed if computed.contains("${") => self.computed_management.push(index),
                literal => self.management.entry(literal).or_default().push(index),
            }
        }
        self.conditions.extend(reading.declared.iter().filter_map(|declared| declared.condition.as_deref()));
        let boms = reading.includes.iter().filter(|include| include.role == Role::Bom);
        self.conditions.extend(boms.filter_map(|include| include.condition.as_deref()));
    }

    /// The property of a name, with a profile asked for: a profile's before the POM's own.
    pub fn property(&self, name: &str, asked: Option<&str>) -> Option<&'a Variable> {
        let property = self.properties.get(name)?;
        let of_profile = match asked.filter(|asked| self.has_profile(asked)) {
            Some(asked) => property.profiles.get(asked).copied(),
            None => property.by_default,
        };
        Some(&self.reading.variables[of_profile.or(property.own)?])
    }

    /// Whether something that hangs on a condition counts, with a profile asked for. Profiles that are active by default are
    /// not where the POM has the one that is asked for.
    pub fn is_active(&self, condition: Option<&str>, asked: Option<&str>) -> bool {
        let Some(profile) = condition.map(profile_id) else { return true };
        match asked.filter(|asked| self.has_profile(asked)) {
            Some(asked) => asked == profile,
            None => self.by_default.contains(profile),
        }
    }

    /// The management entries that may be about an artifact, in the order of the file.
    pub fn management_of(&self, artifact: &str) -> Vec<usize> {
        let literal = self.management.get(artifact).map_or(&[][..], Vec::as_slice);
        let mut entries = [literal, &self.computed_management].concat();
        entries.sort_unstable();
        entries
    }

    /// Whether the POM has a profile of this id.
    pub fn has_profile(&self, id: &str) -> bool {
        self.profile_ids.contains(id)
    }

    /// Whether anything in the POM changes when a profile of it is asked for by its id.
    pub fn profile_matters(&self, id: &str) -> bool {
        let switches_off = self.by_default.len() > usize::from(self.by_default.contains(id));
        self.has_profile(id) && (switches_off || self.conditions.contains(format!("{PROFILE_CONDITION}{id}").as_str()))
    }
}

/// The profile's id in a condition.
pub fn profile_id(condition: &str) -> &str {
    condition.strip_prefix(PROFILE_CONDITION).unwrap_or(condition)
}

/// The artifact in `group:artifact` with or without more parts.
pub fn artifact(name: &str) -> &str {
    name.split(':').nth(1).unwrap_or_default()
}

/// A version with the properties of some POMs put in, as far as that goes: enough to compare a child's idea of its parent's
/// version with the parent's own.
fn revision(version: &str, poms: &[&Pom<'_>]) -> String {
    let mut version = version.to_owned();
    for _ in 0..8 {
        let Some((start, end)) =
            version.find("${").and_then(|start| Some((start, start + version[start..].find('}')?)))
        else {
            break;
        };
        let name = &version[start + 2..end];
        let Some(value) = poms.iter().find_map(|pom| pom.property(name, None)) else { break };
        version.replace_range(start..=end, &value.value);
        if version.len() > MAX_LENGTH {
            break;
        }
    }
    version
}

/// Whether a POM lies where a repository would have it.
fn is_installed(path: &str, coordinates: Coordinates<'_>) -> bool {
    let mut parts = path.rsplit('/');
    let (file, version, artifact) = (parts.next(), parts.next(), parts.next());
    match (file, version, artifact) {
        (Some(file), Some(version), Some(artifact)) => {
            artifact == coordinates.artifact && file == format!("{artifact}-{version}.pom")
        }
        _ => false,
    }
}

/// For each file the number of a POM that stands for its reactor: all that are linked by `modules`.
fn reactors(files: &Files, ids: &[FileId]) -> Vec<PomId> {
    let number: HashMap<FileId, PomId> = ids.iter().enumerate().map(|(pom, file)| (*file, pom)).collect();
    let mut leader: Vec<PomId> = (0..ids.len()).collect();
    for (pom, file) in ids.iter().enumerate() {
        let members = files.get(*file).reading.includes.iter().filter(|include| include.role == Role::Member);
        for member in members.filter_map(|include| files.included(*file, include)) {
            if let Some(member) = number.get(&member) {
                let (a, b) = (lead(&mut leader, pom), lead(&mut leader, *member));
                leader[b] = a;
            }
        }
    }
    (0..ids.len()).map(|pom| lead(&mut leader, pom)).collect()
}

/// The leader of a POM's reactor; the way to it is shortened for the next who asks.
fn lead(leader: &mut [PomId], pom: PomId) -> PomId {
    let mut top = pom;
    while leader[top] != top {
        leader[top] = leader[leader[top]];
        top = leader[top];
    }
    top
}
