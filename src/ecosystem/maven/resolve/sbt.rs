//! What sbt's builds select (sbt Reference Manual, "Library dependencies", "Library management").
//!
//! - A build is a folder with its `project` folder, and the folders of its projects below. A name in a version is looked for in
//!   the file, then in those of its folder, then in the code of the build's `project` folder: by its whole name, then by its end,
//!   since imports of objects may leave out the rest.
//! - `%%` adds the Scala version: that of the project, else that of all projects of the build, else that of its sbt.
//! - `dependencyOverrides` counts for every module of its name in the build; what it overrides is a related place.
//! - What stands in `project/*.sbt` is for the build itself.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::super::build_properties::{self, SBT_VERSION};
use super::super::build_sbt::{
    FORMAT, OWN_SCALA, SCALA, SCALA_3, SCALA_NOT_3, SCALA_VERSION, SHARED, WHOLE_BUILD, binary_version,
};
use super::super::places::Found;
use super::super::script::mentions::{OPEN, Words, filled, words_of};
use super::super::script::template::{self, PartKind};
use super::super::script::{Chain, Dialect, Script};
use crate::ecosystem;
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, FileId, Files, Grammar, Origin, Package, Reason, Related, Scope,
    Selected, Stated, Variable, Why,
};
use crate::source::Span;

/// Longest chain of names.
const MAX_DEPTH: usize = 16;

/// The Scala version where one is set that is not understood.
const DEFAULT_SCALA: &str = "2.13";

type At<'a> = (FileId, &'a Variable);

/// A version and where it stands.
struct Value {
    text: Result<String, Why>,
    origin: Origin,
    because: Vec<Related>,
}

struct Builds<'a> {
    files: &'a Files,
    variables: HashMap<(&'a str, &'a str), Vec<At<'a>>>,
    ends: HashMap<(&'a str, &'a str), Vec<At<'a>>>,
    /// The folders that have a `project` folder, with the version of sbt if it is known.
    with_project: HashMap<&'a str, Option<&'a str>>,
    /// All folders with definitions.
    folders: HashSet<&'a str>,
    /// The words that may be parts of names, by the folder of the build, once they were asked for.
    words: RefCell<HashMap<&'a str, Rc<Words>>>,
}

/// Resolves all builds of sbt in a tree.
pub(super) fn resolve(files: &Files) -> Vec<Dependency> {
    let mut builds = Builds {
        files,
        variables: HashMap::new(),
        ends: HashMap::new(),
        with_project: HashMap::new(),
        folders: HashSet::new(),
        words: RefCell::default(),
    };
    let ids: Vec<FileId> =
        files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == FORMAT.id).map(|(id, _)| id).collect();
    for (_, file) in files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == build_properties::FORMAT.id) {
        let version = file.reading.variables.iter().find(|variable| variable.name == SBT_VERSION);
        builds.with_project.insert(root(&file.path), version.map(|version| version.value.as_str()));
    }
    for id in &ids {
        let file = files.get(*id);
        let root = root(&file.path);
        builds.folders.insert(root);
        if root != model::folder(&file.path) {
            builds.with_project.entry(root).or_default();
        }
        for variable in &file.reading.variables {
            builds.variables.entry((root, &variable.name)).or_default().push((*id, variable));
            let mut name = variable.name.as_str();
            while let Some((_, end)) = name.split_once('.') {
                builds.ends.entry((root, end)).or_default().push((*id, variable));
                name = end;
            }
        }
    }
    let mut found = Found::default();
    let mut overridden: HashMap<(&str, String), Vec<Related>> = HashMap::new();
    let mut forced: HashSet<(&str, String)> = HashSet::new();
    for id in &ids {
        let file = files.get(*id);
        for change in file.reading.overrides.iter().filter(|change| change.effect == Effect::Force) {
            let names = builds.names(*id, &change.name, &change.then).into_iter();
            forced.extend(names.map(|name| (root(&file.path), name)));
        }
    }
    for id in &ids {
        let file = files.get(*id);
        for declared in &file.reading.declared {
            for name in builds.names(*id, &declared.name, declared) {
                let key = (root(&file.path), name);
                if forced.contains(&key) {
                    let origin = Origin { file: *id, span: declared.span };
                    overridden.entry(key).or_default().push(Related::new(origin, "declared here, and overridden"));
                    continue;
                }
                found.merge(builds.dependency(*id, key.1, declared));
            }
        }
    }
    for id in &ids {
        let file = files.get(*id);
        for change in file.reading.overrides.iter().filter(|change| change.effect == Effect::Force) {
            for name in builds.names(*id, &change.name, &change.then) {
                let mut dependency = builds.dependency(*id, name.clone(), &change.then);
                if let Some(places) = overridden.get(&(root(&file.path), name)) {
                    dependency.because.extend(places.iter().cloned());
                    (dependency.scope, dependency.direct) = (Scope::Runtime, Some(true));
                }
                found.merge(dependency);
            }
        }
    }
    for id in &ids {
        for mention in &files.get(*id).reading.mentions {
            let names = builds.names(*id, &mention.then.name, &mention.then).into_iter();
            for name in names.filter(|name| files.wants(Ecosystem::Maven, name)) {
                found.merge(builds.dependency(*id, name, &mention.then));
            }
        }
    }
    found.finish()
}

/// The folder of the build that a file belongs to.
fn root(path: &str) -> &str {
    let folder = model::folder(path);
    match folder.strip_suffix("project") {
        Some(root) if root.is_empty() || root.ends_with('/') => root.trim_end_matches('/'),
        _ => folder,
    }
}

/// Whether a file is a definition rather than code beside it.
fn is_sbt(path: &str) -> bool {
    path.rsplit('.').next() == Some("sbt")
}

impl<'a> Builds<'a> {
    /// The packages that a name stands for: several where a part of it is known to a loop or a call alone, which then is one of
    /// the words that the build has.
    fn names(&self, file: FileId, template: &str, declared: &Declared) -> Vec<String> {
        let own = declared.condition.as_deref().and_then(|condition| condition.strip_prefix(OWN_SCALA));
        let own = own.and_then(|text| self.template(file, text, Span::new(0, 0), 0).text.ok());
        let scala = own.and_then(|version| binary_version(&version)).unwrap_or_else(|| self.scala(file));
        let crossed = |from: &str, to: &str| if scala == from { to.to_owned() } else { scala.clone() };
        let template = template.replace(SCALA, &scala);
        let template = template.replace(SCALA_NOT_3, &crossed("3", "2.13")).replace(SCALA_3, &crossed("2.13", "3"));
        let mut name = String::new();
        for part in template::parts(&template, Dialect::Scala) {
            let value = self.template(file, &template[part.outer.start..part.outer.end], Span::new(0, 0), 0);
            match value.text {
                Ok(text) => name.push_str(&text),
                Err(_) => name.extend([OPEN, OPEN]),
            }
        }
        let Some((before, _)) = name.split_once(OPEN) else { return vec![name] };
        let is_one = name.matches(OPEN).count() == 2;
        if !is_one || !before.contains(':') || !self.files.wants_any(Ecosystem::Maven, before) {
            return Vec::new();
        }
        let names = filled(&name, &self.words(file)).into_iter();
        let wanted: BTreeSet<String> = names.filter(|name| self.files.wants(Ecosystem::Maven, name)).collect();
        wanted.into_iter().collect()
    }

    /// The words that may be parts of names, of all definitions of a file's build, each with the calls around it.
    fn words(&self, file: FileId) -> Rc<Words> {
        let own = root(&self.files.get(file).path);
        if let Some(words) = self.words.borrow().get(own) {
            return Rc::clone(words);
        }
        let files = self.files.of(Ecosystem::Maven);
        let definitions = files.filter(|(_, file)| file.format.id == FORMAT.id && root(&file.path) == own);
        let scripts = definitions.map(|(_, file)| Script::new(file.source.text(), Dialect::Scala));
        let words = Rc::new(scripts.flat_map(|script| words_of(&script)).collect());
        self.words.borrow_mut().insert(own, Rc::clone(&words));
        words
    }

    /// The folder of the build that a file belongs to, which may lie around that of its project.
    fn build(&self, file: FileId) -> &'a str {
        let own = root(&self.files.get(file).path);
        let mut around = std::iter::successors(Some(own), |folder| (!folder.is_empty()).then(|| model::folder(folder)));
        let with_project = around.find(|folder| self.with_project.contains_key(folder));
        with_project.unwrap_or_else(|| {
            let around = std::iter::successors(Some(own), |folder| (!folder.is_empty()).then(|| model::folder(folder)));
            around.filter(|folder| self.folders.contains(folder)).last().unwrap_or(own)
        })
    }

    /// The Scala version that artifacts' names have: the first two numbers, from 3 on the first.
    fn scala(&self, file: FileId) -> String {
        let build = self.build(file);
        let set = self.scala_setting(file, build);
        let version = match set {
            Some(at) => self.variable(at, 0).text.unwrap_or_else(|_| DEFAULT_SCALA.to_owned()),
            None => match self.with_project.get(build).copied().flatten() {
                Some(sbt) if sbt.starts_with("0.") => "2.10".to_owned(),
                Some(sbt) if sbt.starts_with("2.") => "3".to_owned(),
                Some(_) | None => "2.12".to_owned(),
            },
        };
        binary_version(&version).unwrap_or_else(|| DEFAULT_SCALA.to_owned())
    }

    /// What sets the Scala version for a file: its project, or all projects of its build.
    fn scala_setting(&self, file: FileId, build: &'a str) -> Option<At<'a>> {
        let path = &self.files.get(file).path;
        let own = root(path);
        // What builds the build is of the Scala version of sbt.
        if own != model::folder(path) && is_sbt(path) {
            return self.variables.get(&(own, SCALA_VERSION))?.iter().find(|(other, _)| *other == file).copied();
        }
        let found = self.own(file, SCALA_VERSION);
        if let Some(first) = found.first() {
            return Some(*first);
        }
        let all = self.variables.get(&(build, SCALA_VERSION)).filter(|_| build != own)?;
        let of_all = |wanted: &str| all.iter().find(|(_, variable)| variable.condition.as_deref() == Some(wanted));
        let of_code = || all.iter().find(|(other, _)| self.is_code(*other));
        of_all(WHOLE_BUILD).or_else(of_code).or_else(|| of_all(SHARED)).copied()
    }

    /// Whether a file is code that all definitions of its build see.
    fn is_code(&self, file: FileId) -> bool {
        !is_sbt(&self.files.get(file).path)
    }

    fn dependency(&self, id: FileId, name: String, declared: &Declared) -> Dependency {
        let file = self.files.get(id);
        let at = Origin { file: id, span: declared.span };
        let value = match &declared.stated {
            Stated::Requirement(text, _) => Some(self.template(id, text, declared.span, 0)),
            _ => None,
        };
        let is_build = model::folder(&file.path).rsplit('/').next() == Some("project") && is_sbt(&file.path);
        let missing = || match &declared.stated {
            Stated::Computed(expression) => {
                let message = format!("`{expression}` is given by a call, which is not followed");
                Selected::Unknown(Why::new(Reason::Computed, message))
            }
            _ => Selected::Unknown(Why::new(Reason::DecidedElsewhere, "no version is written here")),
        };
        let origin = value.as_ref().map_or(at, |value| value.origin);
        Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name },
            declared: value
                .as_ref()
                .map(|value| self.files.get(value.origin.file).source.slice(value.origin.span).to_owned()),
            selected: value.as_ref().map_or_else(missing, |value| select(&value.text)),
            scope: if is_build { Scope::Build } else { declared.scope },
            direct: declared.direct,
            condition: None,
            origin,
            because: value.map(|value| value.because).unwrap_or_default(),
            through: None,
        }
    }

    /// The variables of a name that a file sees.
    fn find(&self, file: FileId, name: &str) -> Vec<At<'a>> {
        let found = self.own(file, name);
        let build = self.build(file);
        if !found.is_empty() || build == root(&self.files.get(file).path) {
            return found;
        }
        let seen =
            |all: &Vec<At<'a>>| all.iter().copied().filter(|(other, _)| self.is_code(*other)).collect::<Vec<_>>();
        let found = self.variables.get(&(build, name)).map(seen).filter(|found| !found.is_empty());
        found.or_else(|| self.ends.get(&(build, name)).map(seen)).unwrap_or_default()
    }

    /// The variables of a name in the definitions of a file's folder.
    fn own(&self, file: FileId, name: &str) -> Vec<At<'a>> {
        let root = root(&self.files.get(file).path);
        let all = self.variables.get(&(root, name)).or_else(|| self.ends.get(&(root, name)));
        let all = all.cloned().unwrap_or_default();
        let own: Vec<At<'a>> = all.iter().copied().filter(|(other, _)| *other == file).collect();
        if own.is_empty() { all } else { own }
    }

    fn variable(&self, (file, variable): At<'a>, depth: usize) -> Value {
        self.template(file, &variable.value, variable.span, depth + 1)
    }

    fn template(&self, file: FileId, text: &str, span: Span, depth: usize) -> Value {
        let origin = Origin { file, span };
        let mut out = String::new();
        let mut because = Vec::new();
        let parts = template::parts(text, Dialect::Scala);
        for part in &parts {
            let inside = &text[part.span.start..part.span.end];
            match part.kind {
                PartKind::Literal => out.push_str(inside),
                PartKind::Escape => out.push_str(&template::escaped(inside)),
                PartKind::Expression => {}
            }
            if part.kind != PartKind::Expression {
                continue;
            }
            let value = self.expression(origin, inside, depth);
            // One name and nothing else: its value is the place.
            if parts.len() == 1 {
                return value;
            }
            because.push(Related::new(value.origin, format!("the value of `{inside}` is part of it")));
            match value.text {
                Ok(text) => out.push_str(&text),
                Err(why) => return Value { text: Err(why), origin, because: Vec::new() },
            }
        }
        Value { text: Ok(out), origin, because }
    }

    fn expression(&self, at: Origin, text: &str, depth: usize) -> Value {
        let unknown =
            |reason, message: String| Value { text: Err(Why::new(reason, message)), origin: at, because: Vec::new() };
        let script = Script::new(text, Dialect::Scala);
        let chain = script.chain(0, script.tokens.len()).filter(|chain| chain.end == script.tokens.len());
        let Some(names) = chain.and_then(|chain| names(&script, &chain)) else {
            return unknown(Reason::Computed, format!("`{}` is computed when the build runs", text.trim()));
        };
        let name = names.join(".");
        if depth > MAX_DEPTH {
            return unknown(Reason::UnresolvedVariable, format!("`{name}` leads to more names than are followed"));
        }
        let found = self.find(at.file, &name);
        let Some(first) = found.first() else {
            return unknown(Reason::UnresolvedVariable, format!("no value of `{name}` is found in this repository"));
        };
        if found.iter().any(|(_, other)| other.value != first.1.value) {
            let message =
                format!("`{name}` is assigned more than once, and which assignment counts is decided by the build");
            return unknown(Reason::Computed, message);
        }
        let mut value = self.variable(*first, depth);
        value.because.insert(0, Related::new(at, format!("declared here with the value of `{name}`")));
        value
    }
}

/// The words of a chain: of a call only its text, as that of a map is (`versions("k8s")`).
fn names<'s>(script: &Script<'s>, chain: &Chain<'s>) -> Option<Vec<&'s str>> {
    let mut names = Vec::new();
    for segment in &chain.segments {
        let is_value = matches!(segment.name, "value" | "toString" | "get" | "apply");
        if !is_value || names.is_empty() {
            names.push(segment.name);
        }
        let Some(arguments) = segment.arguments.map(|range| script.trimmed(range)).filter(|range| !range.is_empty())
        else {
            continue;
        };
        let is_text = arguments.end - arguments.start == 1 && script.is_string(arguments.start);
        names.push(is_text.then(|| script.word(arguments.start))?);
    }
    Some(names)
}

fn select(text: &Result<String, Why>) -> Selected {
    match text {
        // Ivy's words for the newest, and its open ends, mean the same as Gradle's.
        Ok(text) if text.ends_with('+') || text.starts_with("latest.") || text.starts_with(['[', ']', '(']) => {
            match ecosystem::range(text, Grammar::Gradle) {
                Ok(range) => Selected::from_range(range, text),
                Err(why) => Selected::Unknown(why),
            }
        }
        Ok(text) => match ecosystem::range(text, Grammar::Maven) {
            Ok(range) => Selected::from_range(range, text),
            Err(why) => Selected::Unknown(why),
        },
        Err(why) => Selected::Unknown(why.clone()),
    }
}
