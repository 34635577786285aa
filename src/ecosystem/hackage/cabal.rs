//! `*.cabal`: a Haskell package's components and what each of them depends on (Cabal User Guide, "Package descriptions":
//! "build-depends", "Common stanzas", "Conditional blocks").
//!
//! Traps:
//! - `build-depends` may be repeated, and a package may stand in it several times: all of it holds.
//! - It counts in components, in common stanzas and in conditions of these. At the top of a file that has sections it is an
//!   unknown field; a file without any section is written in the old style, where it is the package's.
//! - A common stanza holds where it is imported, and imports stand at the head of a section or condition only. Stanzas
//!   are defined before they are used.
//! - `if`, `elif` and `else` are sections. All branches are read; only what is under `if false` is left out.
//! - `custom-setup` builds the package and has `setup-depends`. `build-tool-depends` names programs, `mixins` no versions.
//! - Before `cabal-version: 2.2` there are neither stanzas nor `elif`; Cabal ignores what looks like them.
//! - Before `cabal-version: 3.4` a name that an internal library of the same package has means that library.
//! - There are no comments at the end of a line: what looks like one makes the requirement unreadable, for Cabal too.
//!
//! Not done here: which requirements on one package hold together is `resolve`'s, from the reading's parts.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::entry::{self, Entry};
use super::layout::{self, Body, Layout, Node};
use super::parts::{is_never, path, title};
use super::requirement;
use super::version::HackageVersion;
use crate::model::{
    Declared, Ecosystem, Format, Grammar, Identity, Part, Problem, ProblemKind, Reading, Scope, Stated,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format =
    Format { id: "cabal", name: ".cabal", ecosystem: Ecosystem::Hackage, globs: &["*.cabal"], read };

/// The words with which hpack opens the files it writes (hpack's own `header`).
const GENERATED: &str = "-- This file has been generated from package.yaml by hpack";

/// The first `cabal-version` with common stanzas and `elif` (Cabal User Guide, "Common stanzas", "Conditional blocks").
const COMMON_STANZAS: &[u32] = &[2, 2];

/// The first `cabal-version` in which a name alone always means a package.
const LIBRARIES_BY_PACKAGE: &[u32] = &[3, 4];

/// Most problems reported of one file.
const MAX_PROBLEMS: usize = 10;

/// Whether hpack wrote this file: it says so in a comment at its head.
pub(super) fn is_generated(source: &SourceText) -> bool {
    let head = source.text().lines().take_while(|line| {
        line.trim_start().starts_with("--") || line.trim().is_empty() || line.starts_with("cabal-version")
    });
    head.into_iter().any(|line| line.starts_with(GENERATED))
}

/// A field's content: its lines joined, and where each of them lies in the file.
pub(super) struct Content {
    /// The text.
    pub(super) text: String,
    lines: Vec<(usize, usize)>,
}

impl Content {
    /// Joins lines of a text.
    pub(super) fn new(source: &str, spans: &[Span]) -> Content {
        let mut content = Content { text: String::new(), lines: Vec::new() };
        for span in spans {
            if !content.lines.is_empty() {
                content.text.push('\n');
            }
            content.lines.push((content.text.len(), span.start));
            content.text.push_str(&source[span.start..span.end]);
        }
        content
    }

    /// The place of a part of the content that neither starts nor ends at a line end.
    pub(super) fn span(&self, part: &Range<usize>) -> Span {
        let place = |offset: usize| {
            let line = self.lines.partition_point(|(start, _)| *start <= offset);
            let (start, source) = self.lines[line - 1];
            source + offset - start
        };
        Span::new(place(part.start), if part.is_empty() { place(part.start) } else { place(part.end - 1) + 1 })
    }
}

struct Reader<'a> {
    text: &'a str,
    layout: &'a Layout,
    reading: Reading,
    /// The part that each node is, if any.
    parts: Vec<Option<usize>>,
    /// Whether a node other than an import was seen in a part, after which imports are ignored.
    begun: Vec<bool>,
    /// The common stanzas defined so far.
    stanzas: HashMap<String, usize>,
    /// Whether the file is of a version that has common stanzas and `elif`.
    has_stanzas: bool,
    /// Names that mean an internal library.
    internal: HashSet<String>,
}

fn read(source: &SourceText) -> Reading {
    let text = source.text();
    let layout = layout::read(text);
    let version = cabal_version(text, &layout);
    let mut reader = Reader {
        text,
        layout: &layout,
        reading: Reading { problems: layout.problems.clone(), ..Reading::default() },
        parts: Vec::new(),
        begun: Vec::new(),
        stanzas: HashMap::new(),
        internal: HashSet::new(),
        has_stanzas: version.as_slice() >= COMMON_STANZAS,
    };
    if version.as_slice() < LIBRARIES_BY_PACKAGE {
        reader.internal = internal_libraries(text, &layout);
    }
    if layout.nodes.iter().all(|node| matches!(node.body, Body::Field { .. })) {
        reader.open(Part { title: "package".into(), scope: Some(Scope::Runtime), ..Part::default() });
    }
    let whole_package = (!reader.reading.parts.is_empty()).then_some(0);
    for node in &layout.nodes {
        let around = match node.parent {
            Some(parent) => reader.parts[parent],
            None => whole_package,
        };
        let part = match &node.body {
            Body::Field { lines, strays } => {
                reader.field(node, lines, strays, around);
                None
            }
            Body::Section(arguments) => reader.section(node, *arguments, around),
        };
        reader.parts.push(part);
    }
    reader.identity();
    reader.reading
}

impl Reader<'_> {
    fn identity(&mut self) {
        let value = |name: &str| {
            let mut fields = self.layout.nodes.iter().filter(|node| node.parent.is_none() && node.name == name);
            fields.find_map(|node| match &node.body {
                Body::Field { lines, .. } => lines.first().map(|line| self.text[line.start..line.end].to_owned()),
                Body::Section(_) => None,
            })
        };
        if let Some(name) = value("name") {
            self.reading.identity = Some(Identity { name, version: value("version") });
        }
    }

    fn open(&mut self, part: Part) -> usize {
        self.reading.parts.push(part);
        self.begun.push(false);
        self.reading.parts.len() - 1
    }

    fn field(&mut self, node: &Node, lines: &[Span], strays: &[Span], around: Option<usize>) {
        let Some(part) = around else { return };
        let is_setup = self.reading.parts[part].scope == Some(Scope::Build);
        match node.name.as_str() {
            "import" if self.has_stanzas && !self.begun[part] => {
                return self.imports(part, &Content::new(self.text, lines));
            }
            "build-depends" if !is_setup => self.dependencies(part, lines, strays),
            "setup-depends" if is_setup => self.dependencies(part, lines, strays),
            _ => {}
        }
        self.begun[part] = true;
    }

    fn imports(&mut self, part: usize, content: &Content) {
        let mut start = 0;
        for name in content.text.split(',') {
            let name = entry::trimmed(&content.text, start..start + name.len());
            start = start.max(name.end) + content.text[name.end..].find(',').map_or(0, |comma| comma + 1);
            if name.is_empty() {
                continue;
            }
            match self.stanzas.get(&content.text[name.clone()]) {
                Some(stanza) if *stanza < part => {
                    self.reading.parts[part].takes.push((*stanza, content.span(&name)));
                }
                _ => self.problem(content.span(&name), "no common stanza of this name is defined before".into()),
            }
        }
    }

    fn section(&mut self, node: &Node, arguments: Span, around: Option<usize>) -> Option<usize> {
        let arguments = words(&self.text[arguments.start..arguments.end]);
        if node.parent.is_some() {
            let around = around?;
            self.begun[around] = true;
            return self.branch(node, &arguments, around);
        }
        let scope = match node.name.as_str() {
            "library" | "foreign-library" | "executable" => Scope::Runtime,
            "test-suite" => Scope::Test,
            "benchmark" => Scope::Development,
            "custom-setup" => Scope::Build,
            "common" if self.has_stanzas => Scope::Managed,
            _ => return None,
        };
        let name = arguments.trim_matches('"');
        let part = self.open(Part { title: title(&node.name, name), scope: Some(scope), ..Part::default() });
        if scope == Scope::Managed {
            self.stanzas.insert(name.to_owned(), part);
        }
        Some(part)
    }

    fn branch(&mut self, node: &Node, condition: &str, around: usize) -> Option<usize> {
        let number = self.reading.parts.len();
        let before = self.last_branch(around);
        let (title, choice) = match (node.name.as_str(), before) {
            ("if", _) => (title("if", condition), number),
            ("elif", _) if !self.has_stanzas => return None,
            ("elif", Some(choice)) => (title("elif", condition), choice),
            ("else", Some(choice)) => (title("else of", &self.reading.parts[choice].title), choice),
            ("elif" | "else", None) => {
                self.problem(node.span, format!("`{}` follows no `if`", node.name));
                return None;
            }
            _ => return None,
        };
        let scope = self.reading.parts[around].scope;
        let otherwise = node.name == "else";
        self.open(Part { title, within: Some(around), choice: Some(choice), otherwise, scope, ..Part::default() });
        Some(number)
    }

    /// The choice to which an `else` behind everything read so far belongs.
    fn last_branch(&self, around: usize) -> Option<usize> {
        let mut inside = self.reading.parts[around + 1..].iter().rev();
        let last = inside.find(|part| part.within == Some(around))?;
        if last.otherwise { None } else { last.choice }
    }

    fn dependencies(&mut self, part: usize, lines: &[Span], strays: &[Span]) {
        if is_never(&self.reading.parts, part) {
            return;
        }
        let content = Content::new(self.text, lines);
        for entry in entry::list(&content.text) {
            self.dependency(part, &content, &entry, true);
        }
        let content = Content::new(self.text, strays);
        for entry in entry::list(&content.text) {
            self.dependency(part, &content, &entry, false);
        }
    }

    fn dependency(&mut self, part: usize, content: &Content, entry: &Entry, belongs: bool) {
        let name = content.text[entry.name.clone()].to_owned();
        if self.internal.contains(&name) {
            return;
        }
        let requirement = entry.range.as_ref().map(|range| content.text[range.clone()].to_owned());
        let stated = match requirement {
            Some(text) if belongs => Stated::Requirement(text, Grammar::Cabal),
            Some(text) => Stated::Computed(text),
            None if belongs => Stated::Nothing,
            None => Stated::Computed(String::new()),
        };
        let span = content.span(entry.range.as_ref().unwrap_or(&entry.name));
        if let Stated::Requirement(text, grammar) = &stated
            && text.starts_with(char::is_alphabetic)
            && requirement::range(text, *grammar).is_err()
        {
            self.problem(span, format!("a comma is missing behind `{name}`; Cabal refuses the file"));
        }
        if belongs {
            let number = self.reading.declared.len();
            self.reading.parts[part].declared.push(number);
        }
        self.reading.declared.push(Declared {
            name,
            stated,
            scope: self.reading.parts[part].scope.unwrap_or(Scope::Runtime),
            direct: Some(true),
            condition: Some(path(&self.reading.parts, part)),
            span,
        });
    }

    fn problem(&mut self, span: Span, message: String) {
        if self.reading.problems.len() >= MAX_PROBLEMS {
            return;
        }
        self.reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
}

/// Words joined by single spaces.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The `cabal-version` of a file, as numbers: none is an old one, an unreadable one as good as the newest.
fn cabal_version(text: &str, layout: &Layout) -> Vec<u32> {
    let mut fields = layout.nodes.iter().filter(|node| node.parent.is_none() && node.name == "cabal-version");
    let Some(Body::Field { lines, .. }) = fields.next().map(|node| &node.body) else { return Vec::new() };
    let Some(line) = lines.first() else { return Vec::new() };
    let version = text[line.start..line.end].trim_start_matches(['>', '=', ' ', '\t']);
    HackageVersion::parse(version).map_or(vec![u32::MAX], |version| version.numbers().to_vec())
}

/// The names of internal libraries.
fn internal_libraries(text: &str, layout: &Layout) -> HashSet<String> {
    let libraries = layout.nodes.iter().filter_map(|node| match &node.body {
        Body::Section(arguments) if node.parent.is_none() && node.name == "library" => {
            Some(words(&text[arguments.start..arguments.end]))
        }
        Body::Section(_) | Body::Field { .. } => None,
    });
    libraries.filter(|name| !name.is_empty()).collect()
}
