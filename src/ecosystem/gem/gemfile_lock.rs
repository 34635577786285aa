//! Bundler's lockfile, `Gemfile.lock` (Bundler, `lib/bundler/lockfile_parser.rb`).
//!
//! Traps:
//! - The depth of a line says what it is: four spaces a gem that was resolved, six spaces a requirement of the gem above.
//! - The section says where a gem comes from. The same name and version can come from a registry (`GEM`) or from a commit
//!   (`GIT`), and only one of the two may have a fix.
//! - A version ends at the first `-`; behind it stands a platform. A gem has a line for each platform.
//! - A gem that is only needed on other platforms stands under `DEPENDENCIES` and has no line of its own.
//! - Bundler refuses the file if conflict markers stand anywhere in it.
//!
//! Six-space lines are the graph: which gem needs which. A gem with lines for several platforms is needed on each of them.
//!
//! Not done: `PLATFORMS`, `CHECKSUMS`, `RUBY VERSION` and `BUNDLED WITH` bear on no gem's version.

use std::collections::{HashMap, HashSet};

use super::requirement;
use crate::model::{
    Declared, Ecosystem, Format, GitReference, Grammar, Problem, ProblemKind, Reading, Root, Scope, Source, Stated,
};
use crate::source::{SourceText, Span};

/// Bundler's lockfile.
pub const FORMAT: Format = Format {
    id: "gemfile_lock",
    name: "Gemfile.lock",
    ecosystem: Ecosystem::Gem,
    globs: &["Gemfile.lock", "gems.locked", "*.gemfile.lock", "Gemfile[._-]*.lock"],
    read,
};

/// What Bundler looks for anywhere in the text.
const CONFLICT_MARKERS: [&str; 4] = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];

/// The kinds of sections that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Git,
    Gem,
    Path,
    Plugin,
    Dependencies,
    Other,
}

/// The options of a source section.
#[derive(Default)]
struct Options {
    remote: String,
    revision: Option<String>,
}

/// A line `name (version-platform)!`, whatever its depth.
struct Line<'a> {
    name: &'a str,
    name_span: Span,
    /// What stands in the parentheses, and where.
    inside: Option<(&'a str, Span)>,
    pinned: bool,
}

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let text = source.text();
    if let Some(at) = CONFLICT_MARKERS.iter().filter_map(|marker| text.find(marker)).min() {
        let message = "the lockfile holds merge-conflict markers, so Bundler refuses it".to_owned();
        reading.problems.push(Problem { kind: ProblemKind::Conflict, message, span: Span::new(at, at + 7) });
    }
    let mut section = Section::Other;
    let mut options = Options::default();
    let mut above = None;
    let mut needs: Vec<(u32, &str)> = Vec::new();
    let mut asked_for = Vec::new();
    let mut has_dependencies = false;
    let mut offset = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let start = offset;
        offset += whole.len();
        if CONFLICT_MARKERS.iter().any(|marker| line.starts_with(marker)) {
            continue;
        }
        if !line.is_empty() && !line.starts_with(' ') {
            section = section_of(line);
            options = Options::default();
            has_dependencies |= section == Section::Dependencies;
            continue;
        }
        match (section, line.len() - line.trim_start_matches(' ').len()) {
            (Section::Dependencies, 2) => asked_for.push(parts(line, start, 2)),
            (Section::Dependencies | Section::Other, _) => {}
            (_, 2) => option(&mut options, line),
            (_, 4) => above = resolved(&mut reading, section, &options, &parts(line, start, 4)),
            (_, 6) => needs.extend(above.map(|above| (above, parts(line, start, 6).name))),
            (Section::Git | Section::Gem | Section::Path | Section::Plugin, _) => {}
        }
    }
    link(&mut reading, &needs, &asked_for);
    if has_dependencies {
        direct(&mut reading, &asked_for);
    }
    reading
}

fn section_of(line: &str) -> Section {
    match line {
        "GIT" => Section::Git,
        "GEM" => Section::Gem,
        "PATH" => Section::Path,
        "PLUGIN SOURCE" => Section::Plugin,
        "DEPENDENCIES" => Section::Dependencies,
        _ => Section::Other,
    }
}

/// Takes in a line `  key: value`; of several remotes the last one counts.
fn option(options: &mut Options, line: &str) {
    match line.trim_start().split_once(": ") {
        Some(("remote", value)) => value.clone_into(&mut options.remote),
        Some(("revision", value)) => options.revision = Some(value.to_owned()),
        _ => {}
    }
}

fn parts(line: &str, start: usize, depth: usize) -> Line<'_> {
    let start = start + depth;
    let line = &line[depth..];
    let (rest, pinned) = match line.strip_suffix('!') {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (name, inside) = match rest.strip_suffix(')').and_then(|rest| rest.split_once(" (")) {
        Some((name, inside)) => {
            let at = start + name.len() + 2;
            (name, Some((inside, Span::new(at, at + inside.len()))))
        }
        None => (rest, None),
    };
    Line { name, name_span: Span::new(start, start + name.len()), inside, pinned }
}

/// Adds a gem that was resolved; gives its number.
fn resolved(reading: &mut Reading, section: Section, options: &Options, line: &Line<'_>) -> Option<u32> {
    let Some((inside, span)) = line.inside else {
        let message = format!("`{}` has no version in parentheses, so it is not known what is locked", line.name);
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span: line.name_span });
        return None;
    };
    let (version, platform) = match inside.split_once('-') {
        Some((version, platform)) => (version, (!platform.is_empty()).then(|| platform.to_owned())),
        None => (inside, None),
    };
    let remote = options.remote.clone();
    let stated = match section {
        Section::Git => Stated::Source(Source::Git {
            repository: remote,
            reference: match &options.revision {
                Some(revision) => GitReference::Locked { revision: revision.clone(), version: version.to_owned() },
                None => GitReference::Default,
            },
        }),
        Section::Path => Stated::Source(Source::Path(remote)),
        Section::Plugin => Stated::Source(Source::Url(remote)),
        Section::Gem | Section::Dependencies | Section::Other => Stated::Locked(version.to_owned()),
    };
    let span = Span::new(span.start, span.start + version.len());
    reading.declared.push(declared(line.name, stated, None, platform, span));
    u32::try_from(reading.declared.len() - 1).ok()
}

/// Says which gem needs which, and which of them are asked for.
fn link(reading: &mut Reading, needs: &[(u32, &str)], asked_for: &[Line<'_>]) {
    let mut numbers: HashMap<String, Vec<u32>> = HashMap::new();
    for (number, declared) in (0u32..).zip(&reading.declared) {
        numbers.entry(declared.name.clone()).or_default().push(number);
    }
    for (above, name) in needs {
        reading.graph.edges.extend(numbers.get(*name).into_iter().flatten().map(|needed| (*above, *needed)));
    }
    for line in asked_for {
        let requirement = line.inside.map(|(text, _)| text.to_owned());
        let name = line.name.to_owned();
        for package in numbers.get(line.name).into_iter().flatten() {
            let (name, requirement) = (name.clone(), requirement.clone());
            reading.graph.roots.push(Root { folder: Some(String::new()), name, requirement, package: *package });
        }
    }
}

fn requirement(line: &Line<'_>) -> (Stated, Span) {
    match line.inside {
        Some((text, span)) => {
            let strings = text.split(',').map(str::trim);
            (Stated::Requirement(requirement::join(strings), Grammar::Gem), span)
        }
        None => (Stated::Nothing, line.name_span),
    }
}

/// Marks what the `DEPENDENCIES` section names, and adds what has no line of its own there.
fn direct(reading: &mut Reading, asked_for: &[Line<'_>]) {
    let direct: HashSet<&str> = asked_for.iter().map(|line| line.name).collect();
    let resolved: HashSet<String> = reading.declared.iter().map(|declared| declared.name.clone()).collect();
    for declared in &mut reading.declared {
        declared.direct = Some(direct.contains(declared.name.as_str()));
    }
    for line in asked_for.iter().filter(|line| !resolved.contains(line.name)) {
        let (stated, span) = match requirement(line) {
            (_, span) if line.pinned => (Stated::Elsewhere("a source of its own".into()), span),
            stated => stated,
        };
        reading.declared.push(declared(line.name, stated, Some(true), None, span));
    }
}

fn declared(name: &str, stated: Stated, direct: Option<bool>, condition: Option<String>, span: Span) -> Declared {
    Declared { name: name.to_owned(), stated, scope: Scope::Runtime, direct, condition, span }
}
