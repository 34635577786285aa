//! What sbt's builds select (sbt Reference Manual, "Library dependencies", "Library management").
//!
//! - A build is a folder with its `project` folder. A name in a version is looked for in the file, then in the build: by its whole
//!   name, then by its end, since imports of objects may leave out the rest.
//! - `%%` adds the Scala version: that of the build, else 2.13, which no rule tells from others.
//! - `dependencyOverrides` counts for every module of its name in the build; what it overrides is a related place.
//! - What stands in `project/*.sbt` is for the build itself.

use std::collections::{HashMap, HashSet};

use super::super::build_sbt::{FORMAT, SCALA};
use super::super::places::Found;
use super::super::script::template::{self, PartKind};
use super::super::script::{Dialect, Script};
use crate::ecosystem;
use crate::model::{
    self, Declared, Dependency, Ecosystem, Effect, FileId, Files, Grammar, Origin, Package, Reason, Related, Scope,
    Selected, Stated, Variable, Why,
};
use crate::source::Span;

/// Longest chain of names.
const MAX_DEPTH: usize = 16;

/// The Scala version where none is known.
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
}

/// Resolves all builds of sbt in a tree.
pub(super) fn resolve(files: &Files) -> Vec<Dependency> {
    let mut builds = Builds { files, variables: HashMap::new(), ends: HashMap::new() };
    let ids: Vec<FileId> =
        files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == FORMAT.id).map(|(id, _)| id).collect();
    for id in &ids {
        let file = files.get(*id);
        let root = root(&file.path);
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
            if let Some(name) = builds.name(*id, &change.name) {
                forced.insert((root(&file.path), name));
            }
        }
    }
    for id in &ids {
        let file = files.get(*id);
        for declared in &file.reading.declared {
            let Some(name) = builds.name(*id, &declared.name) else { continue };
            let key = (root(&file.path), name);
            if forced.contains(&key) {
                let origin = Origin { file: *id, span: declared.span };
                overridden.entry(key).or_default().push(related(origin, "declared here, and overridden"));
                continue;
            }
            found.merge(builds.dependency(*id, key.1, declared));
        }
    }
    for id in &ids {
        let file = files.get(*id);
        for change in file.reading.overrides.iter().filter(|change| change.effect == Effect::Force) {
            let Some(name) = builds.name(*id, &change.name) else { continue };
            let mut dependency = builds.dependency(*id, name.clone(), &change.then);
            if let Some(places) = overridden.get(&(root(&file.path), name)) {
                dependency.because.extend(places.iter().cloned());
                (dependency.scope, dependency.direct) = (Scope::Runtime, Some(true));
            }
            found.merge(dependency);
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

impl<'a> Builds<'a> {
    fn name(&self, file: FileId, template: &str) -> Option<String> {
        let name = template.replace(SCALA, &self.scala(file));
        let value = self.template(file, &name, Span::new(0, 0), 0);
        value.text.ok()
    }

    /// The Scala version that artifacts' names have: the first two numbers, from 3 on the first.
    fn scala(&self, file: FileId) -> String {
        let found = self.find(file, "scalaVersion");
        let version = found.first().and_then(|at| self.variable(*at, 0).text.ok());
        let version = version.unwrap_or_else(|| DEFAULT_SCALA.to_owned());
        let mut numbers = version.split('.');
        match (numbers.next(), numbers.next()) {
            (Some("2"), Some(minor)) => format!("2.{minor}"),
            (Some(major), _) if major.bytes().all(|byte| byte.is_ascii_digit()) => major.to_owned(),
            _ => DEFAULT_SCALA.to_owned(),
        }
    }

    fn dependency(&self, id: FileId, name: String, declared: &Declared) -> Dependency {
        let file = self.files.get(id);
        let at = Origin { file: id, span: declared.span };
        let value = match &declared.stated {
            Stated::Requirement(text, _) => Some(self.template(id, text, declared.span, 0)),
            _ => None,
        };
        let is_build = model::folder(&file.path).rsplit('/').next() == Some("project")
            && file.path.rsplit('.').next() == Some("sbt");
        let missing = || {
            let message = "no version is written here";
            Selected::Unknown(Why::new(Reason::DecidedElsewhere, message))
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
            if part.kind != PartKind::Expression {
                out.push_str(inside);
                continue;
            }
            let value = self.expression(origin, inside, depth);
            // One name and nothing else: its value is the place.
            if parts.len() == 1 {
                return value;
            }
            because.push(related(value.origin, &format!("the value of `{inside}` is part of it")));
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
        let plain = chain.filter(|chain| chain.segments.iter().all(|segment| segment.arguments.is_none()));
        let Some(chain) = plain else {
            return unknown(Reason::Computed, format!("`{}` is computed when the build runs", text.trim()));
        };
        let names: Vec<&str> = chain.names().filter(|name| !matches!(*name, "value" | "toString")).collect();
        let name = names.join(".");
        if depth > MAX_DEPTH {
            return unknown(Reason::UnresolvedVariable, format!("`{name}` leads to more names than are followed"));
        }
        let found = self.find(at.file, &name);
        let Some(first) = found.first() else {
            return unknown(Reason::UnresolvedVariable, format!("`{name}` is not assigned in this repository"));
        };
        if found.iter().any(|(_, other)| other.value != first.1.value) {
            let message =
                format!("`{name}` is assigned more than once, and which assignment counts is decided by the build");
            return unknown(Reason::Computed, message);
        }
        let mut value = self.variable(*first, depth);
        value.because.insert(0, related(at, &format!("declared here with the value of `{name}`")));
        value
    }
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

fn related(origin: Origin, message: &str) -> Related {
    Related { origin, message: message.to_owned() }
}
