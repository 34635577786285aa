//! The requirements in the values of a Python source: texts, and lists of them at any depth.
//!
//! Traps:
//! - A version that only running would tell is computed, and is shown with its expression.
//! - A text may hold several requirements, a line each, with comments.

use std::collections::HashMap;

use crate::ecosystem::pypi::pep508::{self, Place, Requirement};
use crate::ecosystem::pypi::python_module::join;
use crate::ecosystem::pypi::python_value::{Item, Value, unpaired};
use crate::ecosystem::pypi::spliced::{HOLE, Spliced};
use crate::model::{Declared, Reading, Stated};
use crate::source::{SourceText, Span};

/// How deep lists may lie in each other.
const MAX_NESTING: usize = 16;

/// How the names of files end that functions are given to read.
const FILES: &[&str] = &[".txt", ".in", ".md", ".rst", ".py", ".toml", ".cfg", ".ini", ".json", ".yml", ".yaml"];

/// What has been found, and the places that are stated already.
pub(super) struct Found<'a> {
    pub(super) reading: &'a mut Reading,
    source: &'a SourceText,
    seen: HashMap<(Span, String), usize>,
    /// The extras that each statement belongs to, and what else it hangs on.
    extras: HashMap<usize, (Vec<String>, Option<String>)>,
    /// How many statements belong to an extra.
    sizes: HashMap<String, usize>,
}

/// How many extras are named.
const MAX_EXTRAS: usize = 4;

impl<'a> Found<'a> {
    /// Nothing yet.
    pub(super) fn new(reading: &'a mut Reading, source: &'a SourceText) -> Found<'a> {
        Found { reading, source, seen: HashMap::new(), extras: HashMap::new(), sizes: HashMap::new() }
    }

    /// Names the extras of what stands in several: the small ones, which are there for its sake, before those that gather
    /// what others hold.
    pub(super) fn finish(self) {
        for (index, (mut extras, rest)) in self.extras {
            extras.sort_by_key(|extra| self.sizes.get(extra));
            let mut named = extras[..extras.len().min(MAX_EXTRAS)].join(", ");
            if extras.len() > MAX_EXTRAS {
                named.push_str(", …");
            }
            self.reading.declared[index].condition = pep508::condition(Some(&named), rest.as_deref());
        }
    }

    /// The requirements in a value; `marker` is what the key of an extra adds.
    pub(super) fn collect(&mut self, item: Item, place: Place<'_>, marker: Option<&str>, depth: usize) {
        if depth > MAX_NESTING {
            return;
        }
        match item.value {
            Value::List(items) | Value::Choice(items) => {
                for inner in items {
                    let condition = join(item.condition.as_deref(), inner.condition.as_deref());
                    self.collect(Item { value: inner.value, condition }, place, marker, depth + 1);
                }
            }
            Value::Dict(entries) => {
                for (_, inner) in entries {
                    self.collect(inner, place, marker, depth + 1);
                }
            }
            Value::Pairs(entries) => {
                for inner in unpaired(entries) {
                    self.collect(inner, place, marker, depth + 1);
                }
            }
            Value::Text(text) => self.text(&text, place, marker, item.condition.as_deref(), false),
            Value::Mention(text) => self.text(&text, place, marker, item.condition.as_deref(), true),
            Value::Made | Value::Unknown => {}
        }
    }

    /// The requirements in a text, a line each.
    fn text(&mut self, text: &Spliced, place: Place<'_>, marker: Option<&str>, condition: Option<&str>, vague: bool) {
        let mut start = 0;
        for line in text.text().split('\n') {
            let comment = line.find(" #").unwrap_or(line.len());
            let part = text.part(Span::new(start, start + comment)).trimmed();
            start += line.len() + 1;
            if part.is_empty() || part.text().starts_with('#') {
                continue;
            }
            if let Some(mut declared) = self.requirement(&part, Place { group: None, ..place }, vague) {
                declared.condition = declared.condition.map(|text| text.replace(HOLE, "…"));
                for more in [marker, condition] {
                    declared.condition = pep508::condition(declared.condition.as_deref(), more);
                }
                self.add(declared, place.group);
            }
        }
    }

    /// Adds a statement; of one that is there already, the extra.
    fn add(&mut self, mut declared: Declared, extra: Option<&str>) {
        let key = (declared.span, declared.name.clone());
        let index = *self.seen.entry(key).or_insert(self.reading.declared.len());
        let is_new = index == self.reading.declared.len();
        if let Some(extra) = extra {
            let (extras, rest) = match self.extras.get_mut(&index) {
                Some(known) => known,
                None if is_new => self.extras.entry(index).or_insert((Vec::new(), declared.condition.clone())),
                None => return,
            };
            if *rest != declared.condition {
                // Where it holds without a condition counts before where it may not.
                if declared.condition.is_some() {
                    return;
                }
                *rest = None;
                extras.clear();
            }
            if !extras.iter().any(|known| known == extra) {
                extras.push(extra.to_owned());
                *self.sizes.entry(extra.to_owned()).or_default() += 1;
            }
        }
        if is_new {
            declared.condition = pep508::condition(extra, declared.condition.as_deref());
            self.reading.declared.push(declared);
        }
    }

    /// The requirement in a text; of a vague one only the name is certain.
    fn requirement(&self, text: &Spliced, place: Place<'_>, vague: bool) -> Option<Declared> {
        let whole = Span::new(0, text.text().len());
        let computed = || Stated::Computed(self.source.slice(text.place(whole)).to_owned());
        // A hole right behind the name may be its end or the version.
        let name = text.text().split(HOLE).next().unwrap_or_default();
        if name.len() < text.text().len()
            && name.ends_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        {
            let requirement = Requirement::parse(name).ok()?;
            let mut declared = requirement.declare(place.scope, place.group, |span| text.place(span));
            declared.stated = computed();
            return Some(declared);
        }
        let mut declared = pep508::declare(text.text(), place, |span| text.place(span)).ok()?;
        let is_file = FILES.iter().any(|ending| text.text().ends_with(ending));
        if vague && (is_file || !text.text().contains(|c: char| c.is_ascii_alphabetic())) {
            return None;
        }
        let unknown = match &declared.stated {
            Stated::Requirement(specifier, _) => specifier.contains(HOLE),
            Stated::Source(source) => format!("{source:?}").contains(HOLE),
            Stated::Nothing => vague,
            Stated::Locked(_) | Stated::Elsewhere(_) | Stated::Computed(_) => false,
        };
        if unknown {
            declared.stated = computed();
        }
        Some(declared)
    }
}
