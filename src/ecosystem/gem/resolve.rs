//! What the manifests of Ruby gems select (Bundler, `lib/bundler/dsl.rb`, `lib/bundler/definition.rb`).
//!
//! - A Gemfile and what it takes in are one list. A gem that stands in it twice without conditions must be asked for alike
//!   both times; Bundler refuses the file otherwise.
//! - The lockfile beside the Gemfile says what is selected, as long as that still is what the Gemfile asks for. If it is not,
//!   Bundler resolves anew or refuses: then the Gemfile decides, and the contradiction is a problem.
//! - The place to edit is the declaration. What no declaration of the Gemfile names was brought in by another gem; its place
//!   is the lockfile, and the declaration through which it comes in is related.
//! - A gemspec that a Gemfile takes in is a place of its own, with the Gemfile's lock; its requirements on a gem also bind the
//!   Gemfile's.
//! - A file that several Gemfiles take in is selected for by each of them; one place then has the union of the answers.
//! - A gem whose folder holds the Gemfile is the repository's own package and no dependency.
//! - What a local copy calls itself is told and decides nothing: one that is kept here may have been changed here.

mod lock;
mod units;

use std::collections::{BTreeMap, HashSet};

use self::lock::{Locked, Locks};
use self::units::{Member, Unit};
use super::requirement::Requirement;
use super::ruby::is_conditional;
use crate::ecosystem;
use crate::model::{
    self, Declared, Dependency, Ecosystem, File, FileId, Files, Origin, Package, Problem, ProblemKind, Reason, Related,
    Resolution, Scope, Selected, Source, Stated, Variable, Why,
};
use crate::source::Span;
use crate::version::VersionRange;

/// A declaration in the list of a unit.
#[derive(Clone, Copy)]
struct Entry<'a> {
    file: FileId,
    /// Its number in the file.
    index: usize,
    declared: &'a Declared,
    /// The variable that holds its requirement.
    variable: Option<&'a Variable>,
    is_of_gemspec: bool,
    is_conditional: bool,
}

impl Entry<'_> {
    /// The text to edit.
    fn place(&self) -> Origin {
        let span = self.variable.map_or(self.declared.span, |variable| variable.span);
        Origin { file: self.file, span }
    }
}

/// What the units say of a declaration.
#[derive(Default)]
struct Answer {
    /// By lockfiles.
    locked: Vec<Selected>,
    /// By manifests alone, in units that have no lockfile or not one that fits.
    stated: Vec<Selected>,
    because: Vec<Related>,
}

/// What the units say, by file and number of the declaration.
type Answers = BTreeMap<(FileId, usize), Answer>;

/// Resolves all files of the ecosystem together.
pub fn resolve(files: &Files) -> Resolution {
    let mut resolution = Resolution::default();
    let units = units::find(files, &mut resolution);
    let mut locks = Locks::default();
    let mut answers = Answers::new();
    let mut entries = BTreeMap::new();
    for unit in &units {
        let list = list(files, unit);
        let mut by_name: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in list {
            entries.insert((entry.file, entry.index), entry);
            if !is_own(files, entry) {
                by_name.entry(&entry.declared.name).or_default().push(entry);
            }
        }
        for (name, entries) in by_name {
            decide(files, unit, name, &entries, &mut locks, &mut answers);
        }
    }
    for (key, answer) in answers {
        resolution.dependencies.push(dependency(files, entries[&key], answer));
    }
    locks.finish(files, &units, &mut resolution);
    resolution
}

/// The declarations of a unit.
fn list<'a>(files: &'a Files, unit: &Unit) -> Vec<Entry<'a>> {
    let mut list = Vec::new();
    for Member { file, is_of_gemspec, is_conditional: conditional, is_of_path } in unit.members.iter().copied() {
        let reading = &files.get(file).reading;
        for (index, declared) in reading.declared.iter().enumerate() {
            let variable = match &declared.stated {
                Stated::Elsewhere(name) => reading.variables.iter().find(|variable| variable.name == *name),
                _ => None,
            };
            let is_left_out = is_of_path && declared.scope != Scope::Runtime;
            let is_conditional = conditional || is_left_out || is_conditional(declared.condition.as_deref());
            list.push(Entry { file, index, declared, variable, is_of_gemspec, is_conditional });
        }
    }
    list
}

/// Whether a gem is taken from the folder that its Gemfile lies in, or one above: the package that the repository is.
fn is_own(files: &Files, entry: Entry<'_>) -> bool {
    match &entry.declared.stated {
        Stated::Source(Source::Path(path)) => is_above(path, model::folder(&files.get(entry.file).path)),
        _ => false,
    }
}

/// Whether a path leads from a folder to itself or to one above.
fn is_above(path: &str, folder: &str) -> bool {
    let Some(target) = model::join(folder, path) else { return false };
    target.is_empty()
        || folder == target
        || folder.strip_prefix(target.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

fn decide<'a>(
    files: &'a Files,
    unit: &Unit,
    name: &'a str,
    entries: &[Entry<'a>],
    locks: &mut Locks<'a>,
    answers: &mut Answers,
) {
    let contradiction = contradiction(entries);
    let locked = locks.locked(files, unit, name);
    let bounds = bounds(entries);
    let mut is_matched = locked.is_empty();
    for entry in entries {
        let answer = answers.entry((entry.file, entry.index)).or_default();
        let mut notes = Vec::new();
        if let Some(other) = contradiction
            && !entry.is_of_gemspec
            && !entry.is_conditional
        {
            let message =
                format!("`{name}` is declared twice with different requirements or sources, which Bundler refuses");
            answer.stated.push(Selected::Unknown(Why::new(Reason::NothingSatisfies, message)));
            let other = if same_place(other, *entry) { contradicted(entries, *entry) } else { Some(other) };
            notes.extend(other.map(|other| related(other, "declared differently here")));
            is_matched = true;
        } else {
            let mut accepted = Vec::new();
            for locked in &locked {
                if let Some(found) = locked.accepted(*entry) {
                    locks.claim(locked, entry.declared.scope, entry.place());
                    accepted.push(found);
                }
            }
            // Of a branch that is not taken the lockfile says nothing.
            is_matched |= !accepted.is_empty() || entry.is_conditional || is_unreadable(*entry);
            if matches!(entry.declared.stated, Stated::Source(Source::Path(_))) {
                notes.extend(copies(files, unit, *entry));
            }
            if accepted.is_empty() {
                answer.stated.push(manifest(*entry, &bounds, &mut notes));
                notes.extend(locked.iter().filter_map(Locked::refused));
            }
            for (selected, related) in accepted {
                answer.locked.push(selected);
                notes.push(related);
            }
        }
        if let Some(variable) = entry.variable {
            let origin = Origin { file: entry.file, span: entry.declared.span };
            notes.push(Related { origin, message: format!("`{}` is used here", variable.name) });
        }
        answer.because.extend(notes);
    }
    for locked in &locked {
        locks.taken(locked);
        if !is_matched {
            locks.contradicts(locked);
        }
    }
}

/// Where the gemspecs in the folder that a gem is taken from write down its version.
fn copies(files: &Files, unit: &Unit, entry: Entry<'_>) -> Vec<Related> {
    let mut found = Vec::new();
    for member in unit.members.iter().filter(|member| member.is_of_path) {
        let Some(identity) = &files.get(member.file).reading.identity else { continue };
        if let Some(version) = identity.version.as_ref().filter(|_| identity.name == entry.declared.name) {
            let origin = Origin { file: member.file, span: Span::new(0, 0) };
            found.push(Related { origin, message: format!("the copy here calls itself {version}") });
        }
    }
    found
}

fn same_place(a: Entry<'_>, b: Entry<'_>) -> bool {
    (a.file, a.index) == (b.file, b.index)
}

/// A declaration of the Gemfile that the first one contradicts.
fn contradiction<'a>(entries: &[Entry<'a>]) -> Option<Entry<'a>> {
    let first = entries.iter().find(|entry| !entry.is_of_gemspec && !entry.is_conditional)?;
    contradicted(entries, *first)
}

fn contradicted<'a>(entries: &[Entry<'a>], entry: Entry<'a>) -> Option<Entry<'a>> {
    let mut others = entries.iter().filter(|other| !other.is_of_gemspec && !other.is_conditional);
    others.find(|other| !same_place(**other, entry) && differ(entry, **other)).copied()
}

/// Whether two declarations ask for different things, as far as that is known.
fn differ(a: Entry<'_>, b: Entry<'_>) -> bool {
    let source = |entry: Entry<'_>| match &entry.declared.stated {
        Stated::Source(source) => Some(source.clone()),
        _ => None,
    };
    if source(a).is_some() || source(b).is_some() {
        return source(a) != source(b);
    }
    match (requirement(a), requirement(b)) {
        (Some(a), Some(b)) => a != b && Requirement::parse(&a) != Requirement::parse(&b),
        _ => false,
    }
}

/// Whether a requirement is none, so that nothing can be held against it.
fn is_unreadable(entry: Entry<'_>) -> bool {
    requirement(entry).is_some_and(|text| Requirement::parse(&text).is_err())
}

/// The requirement that a declaration states, its variable looked up; no requirement is `>= 0`.
fn requirement(entry: Entry<'_>) -> Option<String> {
    match (&entry.declared.stated, entry.variable) {
        (Stated::Requirement(text, _), _) => Some(text.clone()),
        (Stated::Elsewhere(_), Some(variable)) => Some(variable.value.clone()),
        (Stated::Nothing, _) => Some(">= 0".into()),
        _ => None,
    }
}

/// What the gemspecs of the unit ask for at run time, which binds the Gemfile too.
fn bounds<'a>(entries: &[Entry<'a>]) -> Vec<(Entry<'a>, VersionRange)> {
    let of_gemspecs = entries
        .iter()
        .filter(|entry| entry.is_of_gemspec && !entry.is_conditional && entry.declared.scope == Scope::Runtime);
    let ranges = of_gemspecs.filter_map(|entry| {
        let text = requirement(*entry)?;
        Some((*entry, ecosystem::range(&text, model::Grammar::Gem).ok()?))
    });
    ranges.filter(|(_, range)| !range.is_unbounded()).collect()
}

/// What the manifests select without a lockfile.
fn manifest(entry: Entry<'_>, bounds: &[(Entry<'_>, VersionRange)], notes: &mut Vec<Related>) -> Selected {
    match &entry.declared.stated {
        Stated::Source(source) => return Selected::Source(source.clone()),
        Stated::Computed(text) => {
            let message = format!("the requirement is computed when the Gemfile runs: `{text}`");
            return Selected::Unknown(Why::new(Reason::Computed, message));
        }
        Stated::Requirement(..) | Stated::Locked(_) | Stated::Elsewhere(_) | Stated::Nothing => {}
    }
    let Some(text) = requirement(entry) else {
        let message = "the requirement is written in another place".to_owned();
        return Selected::Unknown(Why::new(Reason::DecidedElsewhere, message));
    };
    let mut range = match ecosystem::range(&text, model::Grammar::Gem) {
        Ok(range) => range,
        Err(why) => return Selected::Unknown(why),
    };
    if !entry.is_of_gemspec {
        for (other, bound) in bounds {
            range = both(&range, bound);
            notes.push(related(*other, "the gemspec that the Gemfile takes in asks for this too"));
        }
    }
    Selected::from_range(range, &text)
}

/// What two requirements admit together: pre-releases count as soon as one of them names one.
fn both(a: &VersionRange, b: &VersionRange) -> VersionRange {
    let admits = |range: &VersionRange| range.intervals().iter().any(model_admits);
    let prereleases = admits(a) || admits(b);
    a.with_prereleases(prereleases).intersect(&b.with_prereleases(prereleases))
}

fn model_admits(interval: &crate::version::Interval) -> bool {
    interval.admits_prereleases() && interval.lower() != interval.upper()
}

fn related(entry: Entry<'_>, message: &str) -> Related {
    Related { origin: Origin { file: entry.file, span: entry.declared.span }, message: message.into() }
}

fn dependency(files: &Files, entry: Entry<'_>, answer: Answer) -> Dependency {
    let declared = entry.declared;
    let Answer { locked, stated, mut because } = answer;
    let mut seen = HashSet::new();
    because.retain(|related| seen.insert((related.origin, related.message.clone())));
    let text = entry.variable.map(|variable| variable.value.clone());
    Dependency {
        package: Package { ecosystem: Ecosystem::Gem, name: declared.name.clone() },
        declared: text.or_else(|| manifest_text(files, entry.file, declared)),
        // A lockfile is what is deployed; a Gemfile of a test matrix that takes in the same file has none.
        selected: union(if locked.is_empty() { stated } else { locked }),
        scope: declared.scope,
        direct: declared.direct,
        condition: declared.condition.clone(),
        origin: entry.place(),
        because,
        through: None,
    }
}

/// The version text as written; `None` where the name stands for it.
fn manifest_text(files: &Files, file: FileId, declared: &Declared) -> Option<String> {
    match &declared.stated {
        // A string that holds a comma is joined in quotes; the text itself has none.
        Stated::Requirement(text, _) if !text.contains('"') => Some(text.clone()),
        Stated::Nothing | Stated::Elsewhere(_) => None,
        Stated::Requirement(..) | Stated::Locked(_) | Stated::Computed(_) | Stated::Source(_) => {
            let text = files.get(file).source.slice(declared.span);
            (text != declared.name).then(|| text.to_owned())
        }
    }
}

/// What several units select at one place: the union of the versions; what is not a version counts before them.
fn union(selected: Vec<Selected>) -> Selected {
    let mut range: Option<VersionRange> = None;
    let mut other = None;
    for selected in selected {
        match selected {
            Selected::Exact(version) => {
                let one = VersionRange::exactly(version);
                range = Some(range.map_or(one.clone(), |range| if range == one { range } else { range.union(one) }));
            }
            Selected::Within(more) => {
                range = Some(range.map_or(more.clone(), |range| if range == more { range } else { range.union(more) }));
            }
            Selected::Source(_) | Selected::Unknown(_) => {
                other.get_or_insert(selected);
            }
        }
    }
    match (other, range) {
        (Some(other), _) => other,
        (None, Some(range)) => Selected::from_range(range, ""),
        (None, None) => Selected::Unknown(Why::new(Reason::DecidedElsewhere, "nothing states a version")),
    }
}

fn contradiction_problem(message: String, span: Span) -> Problem {
    Problem { kind: ProblemKind::Contradiction, message, span }
}

fn is_conflicted(file: &File) -> bool {
    file.conflicted || file.reading.problems.iter().any(|problem| problem.kind == ProblemKind::Conflict)
}
