//! Packages that scripts name where it is not understood what becomes of them: as the value of a name that nobody is seen to
//! use, in the code of a plugin, as the text that a function puts together. None is passed over: each is a pin, with its
//! version if that is known.
//!
//! Where a part of a name is known to a call alone (`"io.kubernetes:$module:8.0.2"`), it is one of the words that the scripts
//! of the build have anywhere, as far as that makes a package which is asked for.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::builds::{ProjectId, is_script};
use super::requests::Version;
use super::values::{Place, Values, dialect};
use crate::ecosystem::maven::gradle::{CONSTANT, is_test};
use crate::ecosystem::maven::places::Found;
use crate::ecosystem::maven::script::Script;
use crate::ecosystem::maven::script::mentions::{OPEN, Words, filled, words_of};
use crate::ecosystem::maven::script::template::{self, PartKind};
use crate::model::{Dependency, Ecosystem, File, FileId, Mention, Origin, Package, Reason, Scope, Stated, Why};
use crate::source::Span;

/// Makes a pin of each mention that is no part of anything that was found.
pub(super) fn pins(values: &Values<'_>, found: &mut Found) {
    let files = values.builds.files;
    let mentioning = |(_, file): &(FileId, &File)| is_script(file) && !file.reading.mentions.is_empty();
    let mentioning: Vec<(FileId, &File)> = files.of(Ecosystem::Maven).filter(mentioning).collect();
    if mentioning.is_empty() {
        return;
    }
    let mut projects: HashMap<FileId, ProjectId> = HashMap::new();
    for (id, project) in values.builds.projects.iter().enumerate() {
        for file in &project.scripts {
            projects.entry(*file).or_insert(id);
        }
    }
    let mut covered: HashMap<FileId, Vec<Span>> = HashMap::new();
    // What a declaration names counts there, even if another version is taken in the end.
    for origin in found.places().chain(values.named.borrow().iter().copied()) {
        covered.entry(origin.file).or_default().push(origin.span);
    }
    let known: HashSet<(FileId, String)> = found.packages().collect();
    for spans in covered.values_mut() {
        spans.sort_unstable();
    }
    for (id, file) in mentioning {
        // What tests of a plugin build is no part of this build.
        if is_of_tests(&file.path) {
            continue;
        }
        let Some(project) = projects.get(&id) else { continue };
        let spans = covered.get(&id).map_or(&[][..], Vec::as_slice);
        for mention in &file.reading.mentions {
            let next = spans.partition_point(|span| span.start < mention.span.start);
            let is_covered = spans.get(next).is_some_and(|span| span.start < mention.span.end);
            // Of what a function makes, only some calls may have been followed.
            if is_covered && !mention.then.name.contains(OPEN) {
                continue;
            }
            let place = Place { file: id, project: *project, objects: "" };
            for package in values.packages(&mention.then.name, mention.then.span, place) {
                if is_covered && known.contains(&(id, package.clone())) {
                    continue;
                }
                found.merge(values.pin(package, mention, place));
            }
        }
    }
}

/// Whether a file lies among the sources of tests.
fn is_of_tests(path: &str) -> bool {
    path.split('/').zip(path.split('/').skip(1)).any(|(folder, set)| folder == "src" && is_test(set))
}

impl Values<'_> {
    fn pin(&self, package: String, mention: &Mention, place: Place<'_>) -> Dependency {
        let version = self.mentioned(&package, mention, place);
        Dependency {
            package: Package { ecosystem: Ecosystem::Maven, name: package },
            declared: Some(version.written.clone()).filter(|written| !written.is_empty()),
            selected: version.selected(),
            scope: Scope::Managed,
            direct: None,
            condition: None,
            origin: version.origin,
            because: version.because,
            through: None,
        }
    }

    /// The version of a mention; as the value of a constant it sees those beside it.
    fn mentioned(&self, package: &str, mention: &Mention, place: Place<'_>) -> Version {
        let span = mention.then.span;
        let text = match &mention.then.stated {
            Stated::Requirement(text, _) => text,
            other => return self.of_call(other, Origin { file: place.file, span }),
        };
        let variables = &self.builds.files.get(place.file).reading.variables;
        let is_around = |span: Span| mention.span.start <= span.start && span.end <= mention.span.end;
        let constant = variables
            .iter()
            .find(|variable| variable.condition.as_deref() == Some(CONSTANT) && is_around(variable.span));
        let outer = constant
            .and_then(|variable| variable.name.rsplit_once('.').map(|(outer, _)| &variable.name[..=outer.len()]));
        let version = self.version(text, span, Place { objects: outer.unwrap_or_default(), ..place });
        self.refreshed(package, version, place.file)
    }

    /// A version that only a call knows.
    pub(super) fn of_call(&self, stated: &Stated, origin: Origin) -> Version {
        let written = self.builds.files.get(origin.file).source.slice(origin.span).to_owned();
        let message = match stated {
            Stated::Computed(expression) => format!("`{expression}` is given by a call, which is not followed"),
            _ => "no version is written here".to_owned(),
        };
        Version::unknown(Why::new(Reason::Computed, message), origin, written)
    }

    /// The packages that a name stands for, of those that are asked for: several where a part of it is open.
    pub(super) fn packages(&self, name: &str, span: Span, place: Place<'_>) -> Vec<String> {
        let wants = |name: &str| self.builds.files.wants(Ecosystem::Maven, name);
        let Some(pattern) = self.pattern(name, span, place) else { return Vec::new() };
        let Some((before, _)) = pattern.split_once(OPEN) else {
            return if wants(&pattern) { vec![pattern] } else { Vec::new() };
        };
        if !before.contains(':') || !self.builds.files.wants_any(Ecosystem::Maven, before) {
            return Vec::new();
        }
        let mut packages = filled(&pattern, &self.words(place.project));
        packages.retain(|package| wants(package));
        packages.sort();
        packages.dedup();
        packages
    }

    /// A name with two [`OPEN`] in the place of what is not known of it; `None` if that is more than one part.
    fn pattern(&self, name: &str, span: Span, place: Place<'_>) -> Option<String> {
        if template::is_literal(name) {
            return Some(name.to_owned());
        }
        let mut pattern = String::new();
        for part in template::parts(name, dialect(self.builds.files.get(place.file))?) {
            let written = &name[part.outer.start..part.outer.end];
            match part.kind {
                PartKind::Literal => pattern.push_str(written),
                PartKind::Escape => pattern.push_str(&template::escaped(&name[part.span.start..part.span.end])),
                PartKind::Expression => match self.template(written, span, place) {
                    Ok(value) => pattern.push_str(&value.text()),
                    Err(_) => pattern.extend([OPEN, OPEN]),
                },
            }
        }
        (pattern.matches(OPEN).count() <= 2).then_some(pattern)
    }

    /// The words that the scripts of a project's build have.
    fn words(&self, project: ProjectId) -> Rc<Words> {
        let root = &self.builds.projects[project].root;
        if let Some(words) = self.words_of_build.borrow().get(root) {
            return Rc::clone(words);
        }
        let is_inside =
            |path: &str| root.is_empty() || path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let scripts =
            self.builds.files.of(Ecosystem::Maven).filter(|(_, file)| is_script(file) && is_inside(&file.path));
        let mut words = Vec::new();
        for (_, file) in scripts {
            let Some(dialect) = dialect(file) else { continue };
            let script = Script::new(file.source.text(), dialect);
            words.extend(words_of(&script));
        }
        words.sort();
        words.dedup();
        let words = Rc::new(words);
        self.words_of_build.borrow_mut().insert(root.clone(), Rc::clone(&words));
        words
    }

    /// What an expression that has no value looks up by the name of a package that is asked for: `libraries['g:a']`.
    pub(super) fn looked_up(&self, name: &str, place: Place<'_>) -> Option<String> {
        let inside = name.strip_prefix("${")?.strip_suffix('}')?;
        let script = Script::new(inside, dialect(self.builds.files.get(place.file))?);
        let is_alone = |index: usize| {
            index > 0
                && ["[", "("].iter().any(|mark| script.is(index - 1, mark))
                && ["]", ")"].iter().any(|mark| script.is(index + 1, mark))
        };
        let mut found = (0..script.tokens.len()).filter(|index| script.is_string(*index) && is_alone(*index));
        let package = found.find_map(|index| {
            let text = script.word(index);
            let is_name = text.matches(':').count() == 1 && !text.starts_with(':') && !text.ends_with(':');
            (is_name && template::is_literal(text)).then_some(text)
        })?;
        self.builds.files.wants(Ecosystem::Maven, package).then(|| package.to_owned())
    }
}
