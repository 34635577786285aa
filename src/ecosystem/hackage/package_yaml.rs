//! `package.yaml`: a Haskell package as hpack takes it, to write a `.cabal` file from it (hpack README, "Top-level fields",
//! "Common fields", "Dependencies", "Conditionals").
//!
//! Traps:
//! - What stands at the top holds for every component, as a common stanza does, but a component's own entry takes the place
//!   of one on the same package at the top; conditions hold besides. `custom-setup` stands aside.
//! - Of two entries on one package in one list, the last counts alone.
//! - `dependencies` is a text, a list of texts and objects, or a map. In a list an entry is written as in Cabal
//!   (`name >=0.3`), where a bare version is an error; in a map and in an object's `version` it is a pin.
//! - A version keeps its text: 0.30 is not 0.3. No value is no requirement.
//! - `when` is one condition or a list of them, with fields of its own or with `then` and `else`.
//! - Fields that `<<` takes in give way to the mapping's own; lists are not joined.
//! - hpack ignores `executables` beside `executable`.
//!
//! Not done here: `defaults` are fetched from elsewhere, and `verbatim` is Cabal's own text. Both end up in the `.cabal` file
//! that hpack writes, which `resolve` looks at for what this file does not declare.

use std::collections::{HashMap, HashSet};

use super::entry;
use super::parts::{is_never, path, title};
use crate::ecosystem::yaml::{self, Node, Scalar};
use crate::model::{
    Declared, Ecosystem, Format, Grammar, Identity, Part, Problem, ProblemKind, Reading, Scope, Stated,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "package_yaml",
    name: "package.yaml (hpack)",
    ecosystem: Ecosystem::Hackage,
    globs: &["package.yaml"],
    read,
};

/// Deepest nesting of conditions that is read.
const MAX_DEPTH: usize = 32;

/// Where components stand: the field, whether it holds several by name, the title's word, what they are for.
const COMPONENTS: &[(&str, bool, &str, Scope)] = &[
    ("library", false, "library", Scope::Runtime),
    ("internal-libraries", true, "library", Scope::Runtime),
    ("executable", false, "executable", Scope::Runtime),
    ("executables", true, "executable", Scope::Runtime),
    ("tests", true, "test-suite", Scope::Test),
    ("benchmarks", true, "benchmark", Scope::Development),
    ("custom-setup", false, "custom-setup", Scope::Build),
];

/// One entry of a list of dependencies.
struct Entry {
    name: String,
    stated: Stated,
    span: Span,
}

struct Reader<'a> {
    source: &'a SourceText,
    reading: Reading,
    /// Names that mean an internal library.
    internal: HashSet<String>,
}

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let document = yaml::read(source, &mut reading.problems);
    let mut reader = Reader { source, reading, internal: HashSet::new() };
    if let Some(root) = document.root() {
        reader.package(root);
    }
    if document.is_exhausted() {
        let message = "this file holds more fields and entries, aliases followed, than are read".into();
        reader.reading.problems.push(Problem { kind: ProblemKind::Limit, message, span: Span::new(0, 0) });
    }
    reader.reading
}

/// The fields of a mapping.
type Fields<'d> = [(&'d Scalar, Node<'d>)];

impl Reader<'_> {
    fn package(&mut self, root: Node<'_>) {
        let fields = root.members();
        let text = |name: &str| {
            let (_, node) = fields.iter().find(|(key, _)| key.text == name)?;
            node.scalar().filter(|scalar| !scalar.is_null()).map(|scalar| scalar.text.trim().to_owned())
        };
        if let Some(name) = text("name") {
            self.reading.identity = Some(Identity { name, version: text("version") });
        }
        if let Some(libraries) = node(&fields, "internal-libraries") {
            self.internal = libraries.members().into_iter().map(|(name, _)| name.text.clone()).collect();
        }
        let common = self.open(Part { title: "package".into(), scope: Some(Scope::Managed), ..Part::default() });
        self.section(&fields, common, 0);
        for (at, field, (several, word, scope)) in components(&fields) {
            let sections = if several {
                field.members().into_iter().map(|(name, node)| (title(word, &name.text), node)).collect()
            } else {
                vec![(word.to_owned(), field)]
            };
            for (title, node) in sections {
                let takes = if scope == Scope::Build { Vec::new() } else { vec![(common, at)] };
                let part = self.open(Part { title, scope: Some(scope), takes, replaces: true, ..Part::default() });
                let fields = node.members();
                self.section(&fields, part, 0);
            }
        }
    }

    fn open(&mut self, part: Part) -> usize {
        self.reading.parts.push(part);
        self.reading.parts.len() - 1
    }

    /// The fields that components, conditions and the file itself have in common.
    fn section(&mut self, fields: &Fields<'_>, part: usize, depth: usize) {
        if let Some(dependencies) = node(fields, "dependencies").filter(|_| !is_never(&self.reading.parts, part)) {
            self.dependencies(dependencies, part);
        }
        let Some(conditions) = node(fields, "when") else { return };
        if depth == MAX_DEPTH {
            let message = format!("conditions are nested more than {MAX_DEPTH} deep");
            let span = fields.iter().find(|(key, _)| key.text == "when").map_or(Span::new(0, 0), |(key, _)| key.span);
            if self.reading.problems.iter().all(|problem| problem.kind != ProblemKind::Limit) {
                self.reading.problems.push(Problem { kind: ProblemKind::Limit, message, span });
            }
            return;
        }
        for condition in conditions.items_or_itself() {
            let fields = condition.members();
            let text = node(&fields, "condition").and_then(|node| node.scalar());
            let Some(text) = text.map(|scalar| scalar.text.split_whitespace().collect::<Vec<_>>().join(" ")) else {
                continue;
            };
            let first = self.branch(title("if", &text), part, None);
            match (node(&fields, "then"), node(&fields, "else")) {
                (None, None) => self.section(&fields, first, depth + 1),
                (then, otherwise) => {
                    if let Some(then) = then {
                        let fields = then.members();
                        self.section(&fields, first, depth + 1);
                    }
                    if let Some(otherwise) = otherwise {
                        let branch = self.branch(title("else of", &format!("if {text}")), part, Some(first));
                        let fields = otherwise.members();
                        self.section(&fields, branch, depth + 1);
                    }
                }
            }
        }
    }

    fn branch(&mut self, title: String, around: usize, choice: Option<usize>) -> usize {
        let scope = self.reading.parts[around].scope;
        let number = self.reading.parts.len();
        let (otherwise, choice) = (choice.is_some(), Some(choice.unwrap_or(number)));
        self.open(Part { title, within: Some(around), choice, otherwise, scope, ..Part::default() })
    }

    fn dependencies(&mut self, node: Node<'_>, part: usize) {
        let mut entries: Vec<(String, Option<Entry>)> = Vec::new();
        if node.is_mapping() {
            for (name, value) in node.members() {
                entries.push(self.named(name, Some(value)));
            }
        } else {
            for item in node.items_or_itself() {
                if let Some(scalar) = item.scalar() {
                    entries.push(self.written(scalar));
                } else if item.is_mapping() {
                    let fields = item.members();
                    let name = self::node(&fields, "name").and_then(|name| name.scalar()).cloned();
                    match (name, fields.as_slice()) {
                        (Some(name), _) => entries.push(self.named(&name, self::node(&fields, "version"))),
                        // A map's entry in a list, which hpack refuses.
                        (None, [(name, _)]) => entries.push(self.refused(name)),
                        (None, _) => {}
                    }
                }
            }
        }
        let mut last: HashMap<String, usize> = HashMap::new();
        for (index, (key, _)) in entries.iter().enumerate() {
            last.insert(key.clone(), index);
        }
        for (index, (key, entry)) in entries.into_iter().enumerate() {
            if let Some(entry) = entry.filter(|_| last[&key] == index) {
                self.declare(entry, part);
            }
        }
    }

    /// An entry as Cabal writes it, behind what it is known by.
    fn written(&self, scalar: &Scalar) -> (String, Option<Entry>) {
        let text = scalar.text.as_str();
        let Some(entry) = entry::entry(text, 0..text.len()) else { return (text.into(), None) };
        let stated = match &entry.range {
            Some(range) => Stated::Requirement(text[range.clone()].to_owned(), Grammar::Cabal),
            None => Stated::Nothing,
        };
        let span = scalar.place(self.source, entry.range.as_ref().unwrap_or(&entry.name));
        let key = &text[entry.name.start..entry.range.map_or(text.len(), |range| range.start)];
        (key.trim_end().to_owned(), Some(Entry { name: text[entry.name].to_owned(), stated, span }))
    }

    /// A package and its requirement apart from each other.
    fn named(&mut self, name: &Scalar, value: Option<Node<'_>>) -> (String, Option<Entry>) {
        let value = match value {
            Some(value) if value.is_mapping() => {
                let fields = value.members();
                node(&fields, "version")
            }
            other => other,
        };
        let Some(value) = value else { return self.written(name) };
        let Some(scalar) = value.scalar() else { return self.refused(name) };
        let (key, entry) = self.written(name);
        if scalar.is_null() {
            return (key, entry);
        }
        let range = entry::trimmed(&scalar.text, 0..scalar.text.len());
        let stated = Stated::Requirement(scalar.text[range.clone()].to_owned(), Grammar::Hpack);
        (key, entry.map(|entry| Entry { stated, span: scalar.place(self.source, &range), ..entry }))
    }

    /// A package at a place where hpack takes no requirement as it is written.
    fn refused(&self, name: &Scalar) -> (String, Option<Entry>) {
        let (key, entry) = self.written(name);
        (key, entry.map(|entry| Entry { stated: Stated::Computed(String::new()), ..entry }))
    }

    fn declare(&mut self, entry: Entry, part: usize) {
        if self.internal.contains(&entry.name) {
            return;
        }
        let number = self.reading.declared.len();
        self.reading.parts[part].declared.push(number);
        self.reading.declared.push(Declared {
            name: entry.name,
            stated: entry.stated,
            scope: self.reading.parts[part].scope.unwrap_or(Scope::Runtime),
            direct: Some(true),
            condition: Some(path(&self.reading.parts, part)),
            span: entry.span,
        });
    }
}

fn node<'d>(fields: &Fields<'d>, name: &str) -> Option<Node<'d>> {
    fields.iter().find(|(key, _)| key.text == name).map(|(_, node)| *node)
}

/// The fields that hold components, with where they are named and what they are.
fn components<'d>(fields: &Fields<'d>) -> Vec<(Span, Node<'d>, (bool, &'static str, Scope))> {
    let one = node(fields, "executable").is_some();
    let known = COMPONENTS.iter().filter(|(name, ..)| !(one && *name == "executables"));
    let present = known.filter_map(|(name, several, word, scope)| {
        let (key, node) = fields.iter().find(|(key, _)| key.text == *name)?;
        Some((key.span, *node, (*several, *word, *scope)))
    });
    present.collect()
}
