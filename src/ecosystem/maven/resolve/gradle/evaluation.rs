//! The worth of one expression: strings and names, sums of those, defaults, and choices that ask for a property.

use super::builds::ProjectId;
use super::values::{At, Piece, Place, Value, Values, dialect};
use crate::ecosystem::maven::gradle::CONSTANT;
use crate::ecosystem::maven::script::template::{self, PartKind};
use crate::ecosystem::maven::script::{Chain, Dialect, Range, Script};
use crate::model::{FileId, Origin, Reason, Why};
use crate::source::Span;

/// Most expressions that are looked into for one value.
const MAX_STEPS: usize = 400;

/// Deepest nesting of names in values of names.
const MAX_DEPTH: usize = 24;

/// Longest value, in bytes.
const MAX_VALUE: usize = 16 * 1024;

/// Words before a property's name that only say where it is.
const RECEIVERS: &[&str] = &[
    "this",
    "project",
    "rootProject",
    "parent",
    "ext",
    "extra",
    "properties",
    "gradle",
    "providers",
    "settings",
    "extensions",
];

/// Words behind a property's name that do not change its value.
const ENDINGS: &[&str] = &[
    "get",
    "toString",
    "trim",
    "getOrNull",
    "orNull",
    "asProvider",
    "forUseAtConfigurationTime",
    "requiredVersion",
    "asString",
];

/// The evaluation of one value.
pub(super) struct Evaluation<'v, 'a> {
    pub(super) values: &'v Values<'a>,
    /// How many expressions may still be looked into.
    pub(super) left: usize,
    /// Whether the other case of a condition is wanted.
    pub(super) other: bool,
    /// The conditions of which it is not known whether they hold.
    pub(super) undecided: Vec<Undecided>,
    /// The variables whose values are being put together.
    pub(super) being_set: Vec<(FileId, Span)>,
}

/// A condition of which it is not known whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undecided {
    /// The choice as written.
    pub(super) choice: String,
    /// Whether it asks for a property that nothing in the tree sets, but a command may.
    pub(super) property: bool,
}

impl Undecided {
    /// Why there is no single value.
    pub(super) fn why(&self) -> Why {
        Why::new(Reason::Computed, format!("`{}` is decided when the build runs", self.choice))
    }
}

impl<'v, 'a> Evaluation<'v, 'a> {
    /// One with everything still to be looked into.
    pub(super) fn new(values: &'v Values<'a>) -> Evaluation<'v, 'a> {
        Evaluation { values, left: MAX_STEPS, other: false, undecided: Vec::new(), being_set: Vec::new() }
    }

    /// The value of a template.
    pub(super) fn template(&mut self, text: &str, span: Span, place: Place<'_>, depth: usize) -> Result<Value, Why> {
        let file = self.values.builds.files.get(place.file);
        let written = file.source.slice(span);
        let verbatim = written == text;
        // An expression that stands outside of a string has braces put around it.
        let wrapped = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) == Some(written);
        let at = |part: Span| {
            if verbatim { part.shifted(span.start) } else { span }
        };
        let mut value = Value::default();
        let Some(dialect) = dialect(file) else {
            let origin = Origin { file: place.file, span };
            value.pieces.push(Piece { text: text.to_owned(), origin, verbatim, via: Vec::new() });
            return Ok(value);
        };
        for part in template::parts(text, dialect) {
            let inside = &text[part.span.start..part.span.end];
            let origin = Origin { file: place.file, span: at(part.outer) };
            match part.kind {
                PartKind::Literal => {
                    value.pieces.push(Piece { text: inside.to_owned(), origin, verbatim, via: Vec::new() });
                }
                PartKind::Escape => {
                    let text = template::escaped(inside);
                    value.pieces.push(Piece { text, origin, verbatim: false, via: Vec::new() });
                }
                PartKind::Expression => {
                    let base = if verbatim {
                        Some(span.start + part.span.start)
                    } else if wrapped {
                        Some(span.start)
                    } else {
                        None
                    };
                    let script = Script::new(inside, dialect);
                    let source = Source { script: &script, base, origin };
                    let inner = self.expression(&source, script.all(), place, depth + 1)?;
                    value.pieces.extend(inner.pieces);
                }
            }
            let length: usize = value.pieces.iter().map(|piece| piece.text.len()).sum();
            if length > MAX_VALUE {
                return Err(Why::new(
                    Reason::UnresolvedVariable,
                    format!("its value is longer than {MAX_VALUE} bytes"),
                ));
            }
        }
        Ok(value)
    }

    fn expression(&mut self, source: &Source<'_>, range: Range, place: Place<'_>, depth: usize) -> Result<Value, Why> {
        let script = source.script;
        let mut range = script.trimmed(range);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth > MAX_DEPTH {
            let message = format!("`{}` leads to more names than are followed", excerpt(script.slice(range)));
            return Err(Why::new(Reason::UnresolvedVariable, message));
        }
        while script.is(range.start, "(") && script.skip(range.start, range.end) == range.end {
            range = script.trimmed(script.inside(range.start, range.end));
        }
        let whole = script.slice(range);
        let computed = || {
            let message = format!("`{}` is computed when the build runs", excerpt(whole));
            Err(Why::new(Reason::Computed, message))
        };
        if let Some(elvis) = script.find(range, "?:") {
            let left = Range::new(range.start, elvis);
            let value = self.expression(source, left, place, depth + 1);
            return match value {
                Ok(value) => Ok(value),
                Err(why) if why.reason == Reason::UnresolvedVariable => {
                    self.expression(source, Range::new(elvis + 1, range.end), place, depth + 1)
                }
                Err(why) => Err(why),
            };
        }
        // `x as String`, and the type of nothing else matters.
        if let Some(cast) = cast(script, range) {
            return self.expression(source, Range::new(range.start, cast), place, depth + 1);
        }
        if let Some(question) = script.find(range, "?")
            && let Some(colon) = script.find(Range::new(question + 1, range.end), ":")
        {
            let condition = Range::new(range.start, question);
            let (yes, no) = (Range::new(question + 1, colon), Range::new(colon + 1, range.end));
            let taken = self.taken(source, condition, (yes, no), whole, place);
            return self.expression(source, taken, place, depth + 1);
        }
        if script.is_word(range.start)
            && script.word(range.start) == "if"
            && script.is(range.start + 1, "(")
            && let Some((yes, no)) = branches(script, range)
        {
            let condition = script.inside(range.start + 1, range.end);
            let taken = self.taken(source, condition, (yes, no), whole, place);
            return self.expression(source, taken, place, depth + 1);
        }
        let operands = script.split(range, "+");
        if operands.len() > 1 {
            let mut sum = Value::default();
            for operand in operands {
                sum.pieces.extend(self.expression(source, operand, place, depth + 1)?.pieces);
            }
            return Ok(sum);
        }
        if range.end - range.start == 1 {
            let token = script.tokens[range.start];
            let is_number = script.word(range.start).starts_with(|c: char| c.is_ascii_digit());
            if script.is_string(range.start) {
                let written = template::of_string(script, &token);
                let span = source.base.map_or(source.origin.span, |base| token.span.shifted(base));
                return self.template(&written.text, span, place, depth + 1);
            }
            if is_number {
                let origin = source.origin(token.span);
                let piece = Piece {
                    text: script.word(range.start).to_owned(),
                    origin,
                    verbatim: source.base.is_some(),
                    via: Vec::new(),
                };
                return Ok(Value { pieces: vec![piece] });
            }
        }
        match script.chain(range.start, range.end) {
            Some(chain) if chain.end == range.end => self.chain(source, &chain, place, depth),
            _ => computed(),
        }
    }

    /// The branch of a choice that counts, or that is looked at this time.
    fn taken(
        &mut self,
        source: &Source<'_>,
        condition: Range,
        (yes, no): (Range, Range),
        whole: &str,
        place: Place<'_>,
    ) -> Range {
        let has = self.has_property(source, condition, place);
        if has == Some(true) {
            return yes;
        }
        let undecided = Undecided { choice: excerpt(whole), property: has.is_some() };
        if !self.undecided.contains(&undecided) {
            self.undecided.push(undecided);
        }
        if self.other { yes } else { no }
    }

    /// Whether a condition asks for a property, and whether there is one.
    fn has_property(&mut self, source: &Source<'_>, condition: Range, place: Place<'_>) -> Option<bool> {
        let script = source.script;
        let chain =
            script.chain(condition.start, condition.end).filter(|chain| chain.end == script.trimmed(condition).end)?;
        let asks = chain.segments.iter().find(|segment| matches!(segment.name, "hasProperty" | "has"))?;
        let argument = asks.arguments.filter(|range| script.is_string(range.start))?;
        let name = script.word(argument.start);
        let of_root = self.root(&chain, place).map(|root| self.values.of_project(name, root, &self.being_set));
        let found = of_root.unwrap_or_else(|| self.values.find_before(name, place, &self.being_set));
        Some(!found.is_empty())
    }

    fn chain(&mut self, source: &Source<'_>, chain: &Chain<'_>, place: Place<'_>, depth: usize) -> Result<Value, Why> {
        let script = source.script;
        let written = &script.text[chain.span.start..chain.span.end];
        let computed = |what: String| Err(Why::new(Reason::Computed, what));
        let mut path: Vec<&str> = Vec::new();
        let mut default = None;
        for segment in &chain.segments {
            let argument = segment.arguments.map(|range| script.trimmed(range));
            let text = argument.filter(|range| range.end - range.start == 1 && script.is_string(range.start));
            let text = text.map(|range| script.word(range.start));
            match (segment.name, argument) {
                ("getenv" | "environmentVariable", _) => {
                    return computed(format!("`{}` is taken from the environment of the build", excerpt(written)));
                }
                ("getProperty" | "systemProperty" | "getInteger", _)
                    if path == ["System"] || segment.name == "systemProperty" =>
                {
                    // `gradle.properties` can set those, too.
                    let first = argument.filter(|range| script.is_string(range.start));
                    let name = first.map(|range| format!("systemProp.{}", script.word(range.start)));
                    if let Some(name) = name.filter(|name| !self.values.find(name, place).is_empty()) {
                        return self.used(source, chain, &name, place, depth);
                    }
                    return computed(format!(
                        "`{}` is taken from the system properties of the build",
                        excerpt(written)
                    ));
                }
                (name, None) if path.is_empty() && RECEIVERS.contains(&name) => {}
                (name, None) if !path.is_empty() && ENDINGS.contains(&name) => {}
                (name, None) => path.push(name),
                (name, Some(range)) if range.is_empty() && ENDINGS.contains(&name) => {}
                ("project", Some(_)) if path.is_empty() => {}
                (
                    "property" | "findProperty" | "getProperty" | "gradleProperty" | "get" | "getValue" | "findVersion"
                    | "getAt",
                    Some(_),
                ) => {
                    let Some(text) = text else {
                        return computed(format!("`{}` is computed when the build runs", excerpt(written)));
                    };
                    path.push(text);
                }
                ("getOrElse" | "orElse", Some(range)) => default = Some(range),
                (_, Some(_)) => {
                    return computed(format!("`{}` is computed when the build runs", excerpt(written)));
                }
            }
            if let Some(index) = segment.index {
                if !(script.is_string(index.start) && index.end - index.start == 1) {
                    return computed(format!("`{}` is computed when the build runs", excerpt(written)));
                }
                path.push(script.word(index.start));
            }
        }
        match (self.used(source, chain, &path.join("."), place, depth), default) {
            (Err(why), Some(default)) if why.reason == Reason::UnresolvedVariable => {
                self.expression(source, default, place, depth + 1)
            }
            (result, _) => result,
        }
    }

    /// The value of a name where a chain uses it.
    fn used(
        &mut self,
        source: &Source<'_>,
        chain: &Chain<'_>,
        name: &str,
        place: Place<'_>,
        depth: usize,
    ) -> Result<Value, Why> {
        let of_root = self.root(chain, place).map(|root| (root, self.values.of_project(name, root, &self.being_set)));
        let mut value = match of_root {
            // No variable of this script is meant, nor anything of its own project.
            Some((root, found)) if !found.is_empty() => {
                self.only(name, &found, Place { project: root, ..place }, depth)?
            }
            _ => self.look_up(name, place, depth)?,
        };
        let used = source.origin(chain.span);
        for piece in &mut value.pieces {
            piece.via.insert(0, (used, name.to_owned()));
        }
        Ok(value)
    }

    fn look_up(&mut self, name: &str, place: Place<'_>, depth: usize) -> Result<Value, Why> {
        let unresolved = |message: String| Err(Why::new(Reason::UnresolvedVariable, message));
        if name.is_empty() || depth > MAX_DEPTH {
            return unresolved("a value leads to more names than are followed".into());
        }
        let project = &self.values.builds.projects[place.project];
        if let Some(version) = self.values.catalogs.version(self.values.builds, project, name) {
            return self.variable(version, place, depth + 1);
        }
        let found = self.values.find_before(name, place, &self.being_set);
        if !found.is_empty() {
            return self.only(name, &found, place, depth);
        }
        // A name that stands for a map which has another name.
        for (dot, _) in name.match_indices('.').collect::<Vec<_>>().into_iter().rev() {
            let (first, rest) = (&name[..dot], &name[dot + 1..]);
            let [(file, variable)] = self.values.find(first, place)[..] else { continue };
            let other = alias(&variable.value, dialect(self.values.builds.files.get(file)));
            if let Some(other) = other.filter(|other| other != first) {
                return self.look_up(&format!("{other}.{rest}"), Place { file, ..place }, depth + 1);
            }
            if variable.value.starts_with("${") {
                return Err(Why::new(Reason::Computed, format!("`{first}` is computed when the build runs")));
            }
        }
        if !self.values.find(name, place).is_empty() {
            return unresolved(format!("`{name}` leads to more names than are followed, or to itself"));
        }
        unresolved(format!("`{name}` is not assigned in this repository"))
    }

    /// The value that all variables of a name have.
    fn only(&mut self, name: &str, found: &[At<'a>], place: Place<'_>, depth: usize) -> Result<Value, Why> {
        if let [first, rest @ ..] = found
            && rest.iter().all(|(_, other)| other.value == first.1.value)
        {
            return self.variable(*first, place, depth + 1);
        }
        let message =
            format!("`{name}` is assigned more than once, and which assignment counts is decided by the build");
        Err(Why::new(Reason::Computed, message))
    }

    /// The root project, where a chain starts with it.
    fn root(&self, chain: &Chain<'_>, place: Place<'_>) -> Option<ProjectId> {
        let mut names = chain.segments.iter();
        let first = names.find(|segment| segment.name != "project" || segment.arguments.is_some())?;
        let builds = self.values.builds;
        let is_root = first.name == "rootProject" && first.arguments.is_none();
        is_root.then(|| builds.named(&builds.projects[place.project].root, ":")).flatten()
    }

    /// The value of a variable.
    pub(super) fn variable(&mut self, (file, variable): At<'a>, place: Place<'_>, depth: usize) -> Result<Value, Why> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth > MAX_DEPTH {
            let message = format!("`{}` leads to more names than are followed, or to itself", variable.name);
            return Err(Why::new(Reason::UnresolvedVariable, message));
        }
        let is_constant = variable.condition.as_deref() == Some(CONSTANT);
        let objects = variable.name.rsplit_once('.').filter(|_| is_constant);
        let objects = objects.map_or("", |(outer, _)| &variable.name[..=outer.len()]);
        // What it asks for under its own name is what was there before it.
        self.being_set.push((file, variable.span));
        let place = Place { file, project: place.project, objects };
        let value = self.template(&variable.value, variable.span, place, depth + 1);
        self.being_set.pop();
        value
    }
}

/// The `as` behind a value.
fn cast(script: &Script<'_>, range: Range) -> Option<usize> {
    let mut index = script.skip(range.start, range.end);
    while index < range.end && !(script.is_word(index) && script.word(index) == "as") {
        index = script.skip(index, range.end);
    }
    (index > range.start && index < range.end).then_some(index)
}

/// The branches of Kotlin's `if (a) b else c`, with or without braces.
fn branches(script: &Script<'_>, range: Range) -> Option<(Range, Range)> {
    let start = script.skip(range.start + 1, range.end);
    let mut index = start;
    while index < range.end && !(script.is_word(index) && script.word(index) == "else") {
        index = script.skip(index, range.end);
    }
    let bare = |branch: Range| {
        let branch = script.trimmed(branch);
        let is_block = script.is(branch.start, "{") && script.skip(branch.start, branch.end) == branch.end;
        if is_block { script.trimmed(script.inside(branch.start, branch.end)) } else { branch }
    };
    let (yes, no) = (bare(Range::new(start, index)), bare(Range::new(index + 1, range.end)));
    (index < range.end && !yes.is_empty() && !no.is_empty()).then_some((yes, no))
}

/// The plain name that a value consists of.
pub(super) fn alias(value: &str, dialect: Option<Dialect>) -> Option<String> {
    let inside = value.strip_prefix("${")?.strip_suffix('}')?;
    let script = Script::new(inside, dialect?);
    let chain = script
        .chain(0, script.tokens.len())
        .filter(|chain| chain.end == script.tokens.len() || script.word(chain.end) == "as")?;
    let mut path = Vec::new();
    for segment in &chain.segments {
        if segment.arguments.is_some()
            || (path.is_empty() && RECEIVERS.contains(&segment.name) && segment.index.is_none())
        {
            continue;
        }
        if !(path.is_empty() && RECEIVERS.contains(&segment.name)) {
            path.push(segment.name);
        }
        if let Some(index) = segment.index.filter(|index| script.is_string(index.start)) {
            path.push(script.word(index.start));
        }
    }
    (!path.is_empty()).then(|| path.join("."))
}

/// An expression's text and where it stands.
struct Source<'s> {
    script: &'s Script<'s>,
    /// The offset in the file at which the text starts, if it stands there as it is.
    base: Option<usize>,
    /// The place of all of it.
    origin: Origin,
}

impl Source<'_> {
    fn origin(&self, span: Span) -> Origin {
        match self.base {
            // The place of a whole expression keeps its `$` and braces.
            Some(_) if span == Span::new(0, self.script.text.len()) => self.origin,
            Some(base) => Origin { span: span.shifted(base), ..self.origin },
            None => self.origin,
        }
    }
}

/// The beginning of a text on one line.
fn excerpt(text: &str) -> String {
    let mut excerpt: String = text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}
