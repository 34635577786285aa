//! What names and expressions of scripts are worth (Gradle User Manual, "Build environment", "Project properties", "Extra
//! properties").
//!
//! The order in which a name is looked for: the script itself; what it imports; extra properties of the project;
//! `gradle.properties` of the project and of its build; extra properties of the projects around it; constants of `buildSrc`; any
//! other script of the build that sets it. A name that has several values, or none, has no value.
//!
//! Traps:
//! - What `gradle.properties` sets is there before a script runs: a property's own name in its value asks for that.
//! - `rootProject.x` is the root project's, whatever the project itself has under that name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::builds::{Builds, ProjectId, is_script};
use super::catalogs::Catalogs;
use super::evaluation::{Evaluation, alias};
use crate::ecosystem::maven::gradle::{CONSTANT, Condition, EVERYTHING, EXTRA, IMPORT};
use crate::ecosystem::maven::script::Dialect;
use crate::ecosystem::maven::script::mentions::Words;
use crate::ecosystem::maven::{build_gradle_kts, gradle_properties, versions_properties};
use crate::model::{self, Ecosystem, File, FileId, Files, Origin, Reason, Variable, Why};
use crate::source::Span;

/// Most elements of one list.
const MAX_ELEMENTS: usize = 400;

/// A value as it is put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// Its pieces.
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a value.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Its text.
    pub(super) text: String,
    /// Where that text stands.
    pub(super) origin: Origin,
    /// Whether it stands there letter by letter.
    pub(super) verbatim: bool,
    /// The names on the way to it, outermost first: where each is used.
    pub(super) via: Vec<(Origin, String)>,
}

/// Where something is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    /// The script or other file.
    pub(super) file: FileId,
    /// The project.
    pub(super) project: ProjectId,
    /// The objects around it, each with a dot behind it.
    pub(super) objects: &'s str,
}

/// A variable and its file.
pub(super) type At<'a> = (FileId, &'a Variable);

/// All values of a tree.
pub(super) struct Values<'a> {
    pub(super) builds: &'a Builds<'a>,
    pub(super) catalogs: &'a Catalogs<'a>,
    locals: HashMap<(FileId, &'a str), Vec<At<'a>>>,
    extra: HashMap<(ProjectId, &'a str), Vec<At<'a>>>,
    /// Extra properties that are set only where there is no property of the name.
    defaults: HashMap<(ProjectId, &'a str), Vec<At<'a>>>,
    properties: HashMap<(&'a str, &'a str), At<'a>>,
    refreshed: HashMap<(&'a str, &'a str), At<'a>>,
    constants: HashMap<&'a str, Vec<At<'a>>>,
    /// What a file imports, by the name that it has there: the full names.
    imports: HashMap<(FileId, &'a str), Vec<&'a str>>,
    /// The constants of one file, by the last part of their names.
    of_file: HashMap<(FileId, &'a str), Vec<At<'a>>>,
    anywhere: HashMap<(&'a str, &'a str), Vec<At<'a>>>,
    /// The places of the names of modules that declarations have from elsewhere.
    pub(super) named: RefCell<Vec<Origin>>,
    /// The loose words of the scripts of a build, by its folder, once they were asked for.
    pub(super) words_of_build: RefCell<HashMap<String, Rc<Words>>>,
}

impl Value {
    /// The text.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// A part of the value, with places.
    pub(super) fn slice(&self, from: usize, to: usize) -> Value {
        let mut pieces = Vec::new();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.text.len();
            let (a, b) = (from.max(start), to.min(end));
            if a < b {
                let mut part = piece.clone();
                piece.text[a - start..b - start].clone_into(&mut part.text);
                if piece.verbatim {
                    let at = piece.origin.span.start;
                    part.origin.span = Span::new(at + a - start, at + b - start);
                }
                pieces.push(part);
            }
            start = end;
        }
        Value { pieces }
    }
}

/// Whether a variable is none of those that are just being set.
fn is_before((file, variable): &At<'_>, being_set: &[(FileId, Span)]) -> bool {
    !being_set.contains(&(*file, variable.span))
}

/// Whether a file holds classes and no script.
fn is_class(file: &File) -> bool {
    !file.path.ends_with(".gradle") && !file.path.ends_with(".gradle.kts")
}

/// The dialect of a file's templates; `None` where texts stand for themselves.
pub(super) fn dialect(file: &File) -> Option<Dialect> {
    if !is_script(file) {
        return None;
    }
    Some(if file.format.id == build_gradle_kts::FORMAT.id { Dialect::Kotlin } else { Dialect::Groovy })
}

impl<'a> Values<'a> {
    /// Collects the variables of all files.
    pub(super) fn new(files: &'a Files, builds: &'a Builds<'a>, catalogs: &'a Catalogs<'a>) -> Values<'a> {
        let mut values = Values {
            builds,
            catalogs,
            locals: HashMap::new(),
            extra: HashMap::new(),
            defaults: HashMap::new(),
            properties: HashMap::new(),
            refreshed: HashMap::new(),
            constants: HashMap::new(),
            imports: HashMap::new(),
            of_file: HashMap::new(),
            anywhere: HashMap::new(),
            named: RefCell::default(),
            words_of_build: RefCell::default(),
        };
        for (id, file) in files.of(Ecosystem::Maven) {
            if file.format.id == gradle_properties::FORMAT.id {
                for variable in &file.reading.variables {
                    values.properties.insert((model::folder(&file.path), &variable.name), (id, variable));
                }
            }
            if file.format.id == versions_properties::FORMAT.id {
                for variable in &file.reading.variables {
                    values.refreshed.insert((model::folder(&file.path), &variable.name), (id, variable));
                }
            }
            if !is_script(file) {
                continue;
            }
            let is_class = is_class(file);
            for variable in &file.reading.variables {
                match variable.condition.as_deref() {
                    None if !is_class => values.locals.entry((id, &variable.name)).or_default().push((id, variable)),
                    None | Some(CONSTANT) => {
                        values.constants.entry(&variable.name).or_default().push((id, variable));
                        if is_class {
                            let last = variable.name.rsplit('.').next().unwrap_or_default();
                            values.of_file.entry((id, last)).or_default().push((id, variable));
                        }
                    }
                    Some(IMPORT) => values.imports.entry((id, &variable.name)).or_default().push(&variable.value),
                    Some(_) => {}
                }
            }
        }
        for (project, about) in builds.projects.iter().enumerate() {
            for (file, own) in builds.speakers(project) {
                for variable in &builds.files.get(file).reading.variables {
                    let Some(condition) = variable.condition.as_deref().map(Condition::parse) else { continue };
                    if condition.configuration != EXTRA {
                        continue;
                    }
                    if builds.counts(project, &condition.target, own) {
                        let all = if condition.when.is_some() { &mut values.defaults } else { &mut values.extra };
                        all.entry((project, &variable.name)).or_default().push((file, variable));
                    }
                    if own {
                        let all = values.anywhere.entry((&about.root, &variable.name)).or_default();
                        if !all.iter().any(|(other, known)| *other == file && known.span == variable.span) {
                            all.push((file, variable));
                        }
                    }
                }
            }
        }
        values
    }

    /// The value of a template that a reader handed on, with its place; none where a condition decides that is not known.
    pub(super) fn template(&self, text: &str, span: Span, place: Place<'_>) -> Result<Value, Why> {
        let mut steps = Evaluation::new(self);
        let value = steps.template(text, span, place, 0)?;
        match steps.undecided.iter().find(|undecided| !undecided.property) {
            Some(undecided) => Err(undecided.why()),
            None => Ok(value),
        }
    }

    /// The value of a template, and the one that it has in the other case, if it hangs on a condition that is not known. What
    /// only a command can ask for, and gives a value for that is not in the tree, is no case.
    pub(super) fn either(&self, text: &str, span: Span, place: Place<'_>) -> Result<(Value, Option<Value>), Why> {
        let mut steps = Evaluation::new(self);
        let first = steps.template(text, span, place, 0);
        let [undecided] = steps.undecided.as_slice() else {
            return match steps.undecided.first() {
                Some(undecided) => Err(undecided.why()),
                None => Ok((first?, None)),
            };
        };
        let mut steps = Evaluation { other: true, ..Evaluation::new(self) };
        match (first, steps.template(text, span, place, 0)) {
            (Ok(first), Ok(other)) => Ok((first, Some(other))),
            (Ok(first), Err(why)) if undecided.property && why.reason == Reason::UnresolvedVariable => {
                Ok((first, None))
            }
            (Err(why), _) | (_, Err(why)) => Err(why),
        }
    }

    /// The variables of a name, from the nearest place that has any.
    pub(super) fn find(&self, name: &str, place: Place<'_>) -> Vec<At<'a>> {
        self.find_before(name, place, &[])
    }

    /// The variables of a name but for those that are just being set, whose values can only ask for what was there before.
    pub(super) fn find_before(&self, name: &str, place: Place<'_>, being_set: &[(FileId, Span)]) -> Vec<At<'a>> {
        let before = |found: Option<&Vec<At<'a>>>| {
            let found = found.into_iter().flatten().filter(|at| is_before(at, being_set));
            Some(found.copied().collect::<Vec<_>>()).filter(|found| !found.is_empty())
        };
        if let Some(found) = before(self.locals.get(&(place.file, name))) {
            return found;
        }
        let builds = self.builds;
        let project = &builds.projects[place.project];
        // A constant sees those beside and around it.
        let mut objects = place.objects;
        while !objects.is_empty() {
            if let Some(found) = before(Some(&self.constant(&format!("{objects}{name}"), place.file))) {
                return found;
            }
            objects = objects[..objects.len() - 1].rsplit_once('.').map_or("", |(outer, _)| &objects[..=outer.len()]);
        }
        // So does the code of a class, before anything that a project has.
        if let Some(found) = before(self.of_file.get(&(place.file, name))) {
            return found;
        }
        if let Some(found) = before(Some(&self.imported(name, place.file))) {
            return found;
        }
        let found = self.of_project(name, place.project, being_set);
        if !found.is_empty() {
            return found;
        }
        if let Some(found) = before(Some(&self.constant(name, place.file))) {
            return found;
        }
        let mut roots = builds.roots(project).into_iter();
        roots.find_map(|root| before(self.anywhere.get(&(root, name)))).unwrap_or_default()
    }

    /// The properties of a name that a project has, or inherits.
    pub(super) fn of_project(&self, name: &str, id: ProjectId, being_set: &[(FileId, Span)]) -> Vec<At<'a>> {
        let builds = self.builds;
        let project = &builds.projects[id];
        let of = |all: &HashMap<(ProjectId, &'a str), Vec<At<'a>>>, id: ProjectId| {
            let found = all.get(&(id, name)).into_iter().flatten().filter(|at| is_before(at, being_set));
            Some(found.copied().collect::<Vec<_>>()).filter(|found| !found.is_empty())
        };
        if let Some(found) = of(&self.extra, id) {
            return found;
        }
        let mut folders = vec![project.folder.as_str()];
        folders.extend(
            project.above.iter().map(|above| builds.projects[*above].folder.as_str()).filter(|_| project.stray),
        );
        folders.extend(builds.roots(project));
        if let Some(found) = folders.iter().find_map(|folder| self.properties.get(&(*folder, name))) {
            return vec![*found];
        }
        let inherited = project.above.iter().find_map(|above| of(&self.extra, *above));
        let default = || of(&self.defaults, id);
        let of_others = || project.above.iter().find_map(|above| of(&self.defaults, *above));
        inherited.or_else(default).or_else(of_others).unwrap_or_default()
    }

    /// The constants that a name, or the first part of one, means by an import of the file.
    fn imported(&self, name: &str, file: FileId) -> Vec<At<'a>> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, rest) = name.split_at(end);
        let of_name = self.imports.get(&(file, first)).into_iter().flatten().map(|full| format!("{full}{rest}"));
        // What is in a package is known by its bare name anyway, but does not count before what a project has.
        let is_object = |full: &&&str| full.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
        let all = self.imports.get(&(file, EVERYTHING)).into_iter().flatten().filter(is_object);
        let of_all = all.map(|full| format!("{full}.{name}"));
        of_name.chain(of_all).map(|full| self.constant(&full, file)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The constants of a name that a file sees; packages before the name do not count.
    fn constant(&self, name: &str, file: FileId) -> Vec<At<'a>> {
        let path = &self.builds.files.get(file).path;
        let mut rest = name;
        loop {
            let reaches = |(other, _): &&At<'a>| {
                let reach = Builds::reach(&self.builds.files.get(*other).path);
                *other == file || reach.is_empty() || path.starts_with(&format!("{reach}/"))
            };
            let found: Vec<At<'a>> = self.constants.get(rest).into_iter().flatten().filter(reaches).copied().collect();
            if !found.is_empty() {
                return found;
            }
            match rest.split_once('.') {
                Some((first, behind)) if first.starts_with(|c: char| c.is_lowercase()) => rest = behind,
                _ => return Vec::new(),
            }
        }
    }

    /// The version that the plugin `refreshVersions` has under a key for the scripts of a file's folder and of those below it.
    pub(super) fn refreshed_at(&self, key: &str, file: FileId) -> Option<At<'a>> {
        let mut folder = model::folder(&self.builds.files.get(file).path);
        loop {
            if let Some(found) = self.refreshed.get(&(folder, key)) {
                return Some(*found);
            }
            if folder.is_empty() {
                return None;
            }
            folder = model::folder(folder);
        }
    }

    /// The elements of a list of a name.
    pub(super) fn elements(&self, name: &str, place: Place<'_>) -> Vec<At<'a>> {
        let mut elements = Vec::new();
        for index in 0..MAX_ELEMENTS {
            let found = self.find(&format!("{name}[{index}]"), place);
            let Some(first) = found.first() else { break };
            elements.push(*first);
        }
        elements
    }

    /// The group, artifact and version of a map of a name: all that it says of a module.
    pub(super) fn fields(&self, name: &str, place: Place<'_>) -> Option<Value> {
        let field = |field: &str| {
            let [one] = self.find(&format!("{name}.{field}"), place)[..] else { return None };
            self.variable(one, place).ok()
        };
        let colon = |value: &Value| {
            let origin = value.pieces.last().map(|piece| piece.origin)?;
            Some(Piece { text: ":".into(), origin, verbatim: false, via: Vec::new() })
        };
        let (group, artifact) = (field("group")?, field("name")?);
        let mut value = Value::default();
        let (first, second) = (colon(&group)?, colon(&artifact)?);
        value.pieces.extend(group.pieces);
        value.pieces.push(first);
        value.pieces.extend(artifact.pieces);
        if let Some(version) = field("version") {
            value.pieces.push(second);
            value.pieces.extend(version.pieces);
        }
        Some(value)
    }

    /// The name that a variable of a name stands for, if its value is nothing but one.
    pub(super) fn alias(&self, name: &str, place: Place<'_>) -> Option<String> {
        let [(file, variable)] = self.find(name, place)[..] else { return None };
        alias(&variable.value, dialect(self.builds.files.get(file))).filter(|other| other != name)
    }

    /// The value of a variable.
    pub(super) fn variable(&self, (file, variable): At<'a>, place: Place<'_>) -> Result<Value, Why> {
        let mut steps = Evaluation::new(self);
        let value = steps.variable((file, variable), place, 0)?;
        match steps.undecided.iter().find(|undecided| !undecided.property) {
            Some(undecided) => Err(undecided.why()),
            None => Ok(value),
        }
    }
}
