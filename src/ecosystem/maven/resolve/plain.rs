//! What Ivy's and Bazel's files select: as they state it, and for Bazel as it was pinned.
//!
//! A lockfile of `rules_jvm_external` counts for the files in its folder and above it; what is pinned and not asked for came in
//! through something else. A version may be a name that the same file, or another of the same format, sets.

use std::collections::{HashMap, HashSet};

use super::super::places::Found;
use super::super::script::Dialect;
use super::super::script::template::{self, PartKind};
use super::super::{bazel_maven, ivy_xml, maven_install_json};
use crate::ecosystem;
use crate::model::{
    self, Declared, Dependency, Ecosystem, FileId, Files, Grammar, Origin, Package, Reason, Related, Role, Scope,
    Selected, Stated, Variable, Why,
};
use crate::source::Span;

/// Longest chain of names.
const MAX_DEPTH: usize = 16;

/// Resolves the files of both tools.
pub(super) fn resolve(files: &Files) -> Vec<Dependency> {
    let of = |id: &'static str| files.of(Ecosystem::Maven).filter(move |(_, file)| file.format.id == id);
    let mut found = Found::default();
    for (id, file) in of(ivy_xml::FORMAT.id) {
        for declared in &file.reading.declared {
            found.merge(stated(id, declared));
        }
    }
    let names = Names::new(files);
    let locks: Vec<FileId> = of(maven_install_json::FORMAT.id).map(|(id, _)| id).collect();
    let mut asked_for: HashSet<(FileId, Span)> = HashSet::new();
    for (id, file) in of(bazel_maven::FORMAT.id) {
        for declared in &file.reading.declared {
            let mut dependency = stated(id, declared);
            names.put_in(id, declared, &mut dependency);
            lock(files, &locks, id, &mut dependency, &mut asked_for);
            found.merge(dependency);
        }
        for include in file.reading.includes.iter().filter(|include| include.role == Role::Bom) {
            let Some(identity) = &include.identity else { continue };
            let version = identity.version.clone().unwrap_or_default();
            let declared = Declared {
                name: identity.name.clone(),
                stated: Stated::Requirement(version, Grammar::Maven),
                scope: Scope::Managed,
                direct: None,
                condition: None,
                span: include.span,
            };
            let mut dependency = stated(id, &declared);
            names.put_in(id, &declared, &mut dependency);
            found.merge(dependency);
        }
    }
    for lock in locks {
        for declared in &files.get(lock).reading.declared {
            if !asked_for.contains(&(lock, declared.span)) {
                found.merge(stated(lock, declared));
            }
        }
    }
    found.finish()
}

/// A dependency as its declaration has it.
fn stated(id: FileId, declared: &Declared) -> Dependency {
    let (text, selected) = match &declared.stated {
        Stated::Requirement(text, grammar) => (Some(text), select(text, *grammar)),
        Stated::Locked(text) => (Some(text), select(text, Grammar::Maven)),
        Stated::Computed(text) => {
            let message = format!("`{text}` is set when the build runs");
            (Some(text), Selected::Unknown(Why::new(Reason::UnresolvedVariable, message)))
        }
        Stated::Nothing | Stated::Elsewhere(_) | Stated::Source(_) => {
            let message = "no version is written here";
            (None, Selected::Unknown(Why::new(Reason::DecidedElsewhere, message)))
        }
    };
    Dependency {
        package: Package { ecosystem: Ecosystem::Maven, name: declared.name.clone() },
        declared: text.cloned(),
        selected,
        scope: declared.scope,
        direct: declared.direct,
        condition: None,
        origin: Origin { file: id, span: declared.span },
        because: Vec::new(),
        through: None,
    }
}

fn select(text: &str, grammar: Grammar) -> Selected {
    match ecosystem::range(text, grammar) {
        Ok(range) => Selected::from_range(range, text),
        Err(why) => Selected::Unknown(why),
    }
}

/// Takes what is pinned for a dependency.
fn lock(
    files: &Files,
    locks: &[FileId],
    id: FileId,
    dependency: &mut Dependency,
    asked_for: &mut HashSet<(FileId, Span)>,
) {
    let folder = model::folder(&files.get(id).path);
    for lock in locks {
        let file = files.get(*lock);
        let own = model::folder(&file.path);
        let is_beside = [own, folder].iter().all(|one| {
            let (outer, inner) = if own.len() < folder.len() { (own, folder) } else { (folder, own) };
            outer.is_empty() || *one == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
        });
        let pinned = file.reading.declared.iter().filter(|declared| declared.name == dependency.package.name);
        for declared in pinned.filter(|_| is_beside) {
            asked_for.insert((*lock, declared.span));
            dependency.selected = stated(*lock, declared).selected;
            let origin = Origin { file: *lock, span: declared.span };
            dependency.because.push(Related { origin, message: "pinned here".into() });
        }
    }
}

/// The names that Bazel's files set.
struct Names<'a> {
    files: &'a Files,
    by_name: HashMap<&'a str, Vec<(FileId, &'a Variable)>>,
}

impl<'a> Names<'a> {
    fn new(files: &'a Files) -> Names<'a> {
        let mut by_name: HashMap<&str, Vec<(FileId, &Variable)>> = HashMap::new();
        for (id, file) in files.of(Ecosystem::Maven).filter(|(_, file)| file.format.id == bazel_maven::FORMAT.id) {
            for variable in &file.reading.variables {
                by_name.entry(&variable.name).or_default().push((id, variable));
            }
        }
        Names { files, by_name }
    }

    /// Puts the value of a version's name in the place of the name.
    fn put_in(&self, id: FileId, declared: &Declared, dependency: &mut Dependency) {
        let Stated::Requirement(text, grammar) = &declared.stated else { return };
        if template::is_literal(text) {
            return;
        }
        let at = Origin { file: id, span: declared.span };
        match self.value(id, text, at, 0) {
            Ok((value, origin)) => {
                dependency.selected = select(&value, *grammar);
                if origin != at {
                    let message = format!("declared here with the value of `{}`", bare(text));
                    dependency.because.push(Related { origin: at, message });
                    dependency.origin = origin;
                }
                dependency.declared = Some(self.files.get(origin.file).source.slice(origin.span).to_owned());
            }
            Err(why) => {
                dependency.selected = Selected::Unknown(why);
                dependency.declared = Some(self.files.get(id).source.slice(declared.span).to_owned());
            }
        }
    }

    fn value(&self, id: FileId, text: &str, at: Origin, depth: usize) -> Result<(String, Origin), Why> {
        let parts = template::parts(text, Dialect::Starlark);
        let mut out = String::new();
        let mut origin = at;
        for part in &parts {
            let inside = &text[part.span.start..part.span.end];
            if part.kind != PartKind::Expression {
                out.push_str(inside);
                continue;
            }
            let is_name = inside.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !is_name {
                return Err(Why::new(Reason::Computed, format!("`{inside}` is computed when the build runs")));
            }
            let all = self.by_name.get(inside).map_or(&[][..], Vec::as_slice);
            let own: Vec<(FileId, &Variable)> = all.iter().copied().filter(|(file, _)| *file == id).collect();
            let found = if own.is_empty() { all } else { own.as_slice() };
            let message = match found {
                [] => format!("`{inside}` is not assigned in this repository"),
                [(_, first), rest @ ..] if rest.iter().any(|(_, other)| other.value != first.value) => {
                    format!(
                        "`{inside}` is assigned more than once, and which assignment counts is decided by the build"
                    )
                }
                [(file, variable), ..] if depth < MAX_DEPTH => {
                    let place = Origin { file: *file, span: variable.span };
                    let (value, place) = self.value(*file, &variable.value, place, depth + 1)?;
                    out.push_str(&value);
                    if parts.len() == 1 {
                        origin = place;
                    }
                    continue;
                }
                _ => format!("`{inside}` leads to more names than are followed"),
            };
            return Err(Why::new(Reason::UnresolvedVariable, message));
        }
        Ok((out, origin))
    }
}

/// A name without its braces.
fn bare(text: &str) -> &str {
    text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(text)
}
