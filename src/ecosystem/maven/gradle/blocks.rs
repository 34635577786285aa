//! The blocks of a script, from the outside in, and what a statement means in each.
//!
//! Blocks that are still to be read stand on a list, so that no depth of nesting can exhaust the stack.

mod loops;

use loops::{is_loop, list_before, list_of_loop};

use super::arguments::Each;
use super::condition::{Condition, Target};
use super::{catalog, dependencies, rules, values};
use crate::ecosystem::maven::script::{Chain, Range, Script};
use crate::model::{Reading, Scope};
use crate::source::boundary;

/// What statements mean in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Region {
    /// Anything else.
    #[default]
    Open,
    /// `dependencies`.
    Dependencies,
    /// `constraints` in `dependencies`.
    Constraints,
    /// The block behind a dependency, and others of which no statement counts.
    Closed,
    /// `plugins`.
    Plugins,
    /// `pluginManagement`, which names the builds that plugins come from.
    PluginManagement,
    /// Spring's `dependencyManagement`.
    SpringManagement,
    /// `imports` in it.
    SpringImports,
    /// `dependencies` in it.
    SpringDependencies,
    /// `dependencySet` in that.
    SpringSet,
    /// `resolutionStrategy`.
    Resolution,
    /// `eachDependency` in it.
    EachDependency,
    /// `dependencySubstitution` in it.
    Substitution,
    /// `ext`, `extra`.
    Extra,
    /// `versionCatalogs`.
    Catalogs,
    /// One of them.
    Catalog,
    /// An object or class.
    Object,
}

/// What is said of a script that is applied and is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Absence {
    /// That it is missing.
    #[default]
    Told,
    /// Nothing: the block is entered only if a file is there, or does without what fails.
    Fine,
}

/// A block and what it is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) region: Region,
    /// How many blocks are around it.
    pub(super) depth: usize,
    /// Whether it speaks of the build itself.
    pub(super) build: bool,
    /// Whether it belongs to tests.
    pub(super) test: bool,
    /// Whether it names sets of sources.
    pub(super) sources: bool,
    /// The projects it is for.
    pub(super) target: Target,
    /// The condition of the nearest `if`.
    pub(super) when: Option<&'a str>,
    /// What is said of a script that is applied here and is not there.
    pub(super) absence: Absence,
    /// The objects it lies in, each with a dot behind it.
    pub(super) objects: String,
    /// The arguments of a `dependencySet`.
    pub(super) set: Option<Range>,
    /// The name of a catalog.
    pub(super) catalog: Option<&'a str>,
    /// What `eachDependency` asks for.
    pub(super) asked: Vec<Range>,
    /// The brace of the function that it belongs to, whose parameters are no variables.
    pub(super) function: Option<usize>,
    /// The loop over a list that it lies in.
    pub(super) each: Option<Each<'a>>,
}

/// Blocks of control flow, which change nothing in what their statements mean.
const TRANSPARENT: &[&str] = &[
    "if",
    "else",
    "for",
    "while",
    "try",
    "catch",
    "finally",
    "each",
    "forEach",
    "apply",
    "also",
    "let",
    "run",
    "with",
    "when",
    "switch",
    "all",
    "configureEach",
    "afterEvaluate",
    "beforeEvaluate",
    "invoke",
    "onEach",
    "eachWithIndex",
];

/// Longest name of an object, with those around it.
const MAX_NAME: usize = 200;

/// Most conditions that one rule hangs on.
const MAX_CONDITIONS: usize = 16;

/// Longest condition that is shown, in bytes.
const MAX_SHOWN: usize = 120;

/// Most tokens before a block that are looked at for names.
const MAX_HEAD: usize = 40;

/// Reads every block.
pub(super) fn walk(script: &Script<'_>, reading: &mut Reading) {
    let mut known = values::Known::default();
    let mut later = rules::Later::default();
    let mut blocks = vec![(script.all(), Block::default())];
    while let Some((range, block)) = blocks.pop() {
        let mut inner = Vec::new();
        for whole in script.statements(range) {
            let (statement, conditions) = without_conditions(script, whole);
            understand(script, statement, &block, &conditions, &mut known, &mut later, reading);
            let mut index = whole.start;
            while index < whole.end {
                if script.is(index, "{") {
                    let (inside, parameter) = without_parameters(script, script.inside(index, whole.end));
                    let mut inside_of = enter(script, whole, index, &block);
                    if list_before(script, whole, index).is_some()
                        && let Some(each) = &mut inside_of.each
                    {
                        each.name = parameter.unwrap_or(each.name);
                    }
                    let block = inside_of;
                    inner.push((inside, block));
                    index = script.skip(index, whole.end);
                } else {
                    index += 1;
                }
            }
        }
        blocks.extend(inner.into_iter().rev());
    }
    values::finish(reading);
    rules::finish(script, &later, reading);
}

/// A statement behind its `if (…)` and `else`, and what it asks for.
fn without_conditions(script: &Script<'_>, statement: Range) -> (Range, Vec<Range>) {
    let mut conditions = Vec::new();
    let mut start = statement.start;
    for _ in 0..MAX_CONDITIONS {
        match script.word(start) {
            "if" | "while" | "for" if script.is_word(start) && script.is(start + 1, "(") => {
                conditions.push(script.inside(start + 1, statement.end));
                start = script.skip(start + 1, statement.end);
            }
            "else" if script.is_word(start) => {
                conditions.push(Range::new(start, start + 1));
                start += 1;
            }
            // The block of one branch is read by itself; the statement of the other may follow.
            "{" if !conditions.is_empty() => {
                let mut next = script.skip(start, statement.end);
                while next < statement.end && script.is_line_end(next) {
                    next += 1;
                }
                if next >= statement.end || script.word(next) != "else" {
                    break;
                }
                start = next;
            }
            _ => break,
        }
    }
    (script.trimmed(Range::new(start.min(statement.end), statement.end)), conditions)
}

/// The inside of a block behind `names ->`, and the last of those names.
fn without_parameters<'a>(script: &Script<'a>, inside: Range) -> (Range, Option<&'a str>) {
    let inside = script.trimmed(inside);
    for index in inside.start..inside.end.min(inside.start + 16) {
        if script.is(index, "->") {
            let name = (inside.start..index).rev().find(|index| script.is_word(*index)).map(|index| script.word(index));
            return (Range::new(index + 1, inside.end), name);
        }
        let is_name =
            script.is_word(index) || [",", ":", ".", "(", ")", "<", ">", "?"].iter().any(|mark| script.is(index, mark));
        if !is_name {
            break;
        }
    }
    (inside, None)
}

fn understand<'a>(
    script: &Script<'a>,
    statement: Range,
    block: &Block<'a>,
    conditions: &[Range],
    known: &mut values::Known<'a>,
    later: &mut rules::Later<'a>,
    reading: &mut Reading,
) {
    if statement.is_empty() || script.is(statement.start, "{") {
        return;
    }
    let conditioned;
    let block = match conditions.last() {
        Some(last) if is_loop(script, *last) => {
            conditioned = Block { each: list_of_loop(script, *last).or(block.each), ..block.clone() };
            &conditioned
        }
        Some(last) => {
            let absence = if asks_for_file(script, *last) { Absence::Fine } else { block.absence };
            conditioned = Block { when: Some(shown(script.slice(*last))), absence, ..block.clone() };
            &conditioned
        }
        None => block,
    };
    match block.region {
        Region::Dependencies | Region::Constraints => {
            if !values::declaration(script, statement, block, known, reading) {
                dependencies::statement(script, statement, block, reading);
            }
        }
        Region::SpringImports | Region::SpringDependencies | Region::SpringSet => {
            dependencies::managed(script, statement, block, reading);
        }
        Region::Resolution => rules::force(script, statement, block, reading),
        Region::EachDependency => rules::each_dependency(script, statement, block, conditions, reading),
        Region::Substitution => rules::substitution(script, statement, block, reading),
        Region::Catalog => catalog::statement(script, statement, block, reading),
        Region::Plugins => rules::plugin(script, statement, reading),
        Region::Extra => {
            if !values::declaration(script, statement, block, known, reading) {
                values::assignment(script, statement, block, known, reading);
            }
        }
        Region::Open | Region::Object | Region::Catalogs | Region::SpringManagement | Region::PluginManagement => {
            if !values::import(script, statement, reading)
                && !values::declaration(script, statement, block, known, reading)
                && !values::assignment(script, statement, block, known, reading)
            {
                rules::statement(script, statement, block, later, reading);
            }
        }
        Region::Closed => {}
    }
}

/// The block that opens at a brace of a statement.
fn enter<'a>(script: &Script<'a>, statement: Range, brace: usize, outer: &Block<'a>) -> Block<'a> {
    let mut block = Block { depth: outer.depth + 1, ..outer.clone() };
    let head = head(script, statement, brace);
    if let Some(name) = object(script, Range::new(statement.start, brace)) {
        block.region = Region::Object;
        if block.objects.len() + name.len() < MAX_NAME && !name.is_empty() {
            block.objects = format!("{}{name}.", block.objects);
        }
        return block;
    }
    if rules::extends_handler(script, statement, brace) {
        (block.region, block.function) = (Region::Dependencies, Some(brace));
        return block;
    }
    if is_function(script, statement, brace) {
        block.function = Some(brace);
    }
    let before = Range::new(statement.start.max(brace.saturating_sub(MAX_HEAD)), brace);
    let names_tests = || (before.start..before.end).any(|index| is_test(script.word(index)));
    if outer.sources && names_tests() {
        block.test = true;
    }
    if let Some(each) = list_before(script, statement, brace) {
        block.each = Some(each);
        if each.list.is_none() {
            return block;
        }
    }
    let Some(head) = head else {
        if matches!(outer.region, Region::Dependencies | Region::Constraints) {
            block.region = Region::Closed;
        }
        return block;
    };
    let last = head.last();
    if is_control(script, &head, &mut block) {
        return block;
    }
    let target = target(script, &head);
    if target != Target::Own {
        block.target = target;
    }
    if head.segments.len() > 1 && head.names().any(is_test) {
        block.test = true;
    }
    block.sources |= head.names().any(|name| matches!(name, "sourceSets" | "suites" | "testing"));
    block.region = match (last, outer.region) {
        ("buildscript" | "initscript", _) => {
            block.build = true;
            Region::Open
        }
        ("pluginManagement", Region::Open) => Region::PluginManagement,
        // What a block does not know itself is asked of those around it.
        ("dependencies", Region::SpringManagement | Region::SpringImports) => Region::SpringDependencies,
        ("dependencies", Region::Closed) => Region::Closed,
        ("dependencies", _) => Region::Dependencies,
        ("constraints", Region::Dependencies) => Region::Constraints,
        ("dependencyManagement", _) => Region::SpringManagement,
        ("imports", Region::SpringManagement | Region::SpringDependencies) => Region::SpringImports,
        ("dependencySet", Region::SpringDependencies) => {
            let arguments = head.segments.last().and_then(|segment| segment.arguments);
            let command = Range::new(head.end.min(brace), brace);
            block.set = Some(without_comma(script, arguments.unwrap_or(command)));
            Region::SpringSet
        }
        ("resolutionStrategy", _) => Region::Resolution,
        ("eachDependency", _) => {
            block.asked.clear();
            Region::EachDependency
        }
        ("dependencySubstitution", _) => Region::Substitution,
        ("ext" | "extra", _) => Region::Extra,
        ("apply" | "with" | "run", _) if is_extra(script, &head) => Region::Extra,
        ("versionCatalogs", _) => Region::Catalogs,
        (name, Region::Catalogs) if !TRANSPARENT.contains(&name) => {
            let argument = head.segments.last().and_then(|segment| segment.arguments);
            block.catalog = Some(
                argument.filter(|range| script.is_string(range.start)).map_or(name, |range| script.word(range.start)),
            );
            Region::Catalog
        }
        ("plugins", Region::Open | Region::PluginManagement) => Region::Plugins,
        (name, Region::Dependencies | Region::Constraints) if !TRANSPARENT.contains(&name) => Region::Closed,
        (name, Region::Extra) if !TRANSPARENT.contains(&name) => Region::Closed,
        (_, Region::Catalog | Region::Plugins | Region::SpringImports | Region::SpringSet) => Region::Closed,
        (name, Region::SpringDependencies) if !TRANSPARENT.contains(&name) => Region::Closed,
        (_, region) => region,
    };
    block
}

/// Whether a block is a branch or the body of a loop; then what it hangs on is noted.
fn is_control<'a>(script: &Script<'a>, head: &Chain<'a>, block: &mut Block<'a>) -> bool {
    let last = head.last();
    if matches!(last, "if" | "for" | "while")
        && let Some(arguments) = head.segments.last().and_then(|segment| segment.arguments)
    {
        if last == "for" {
            block.each = list_of_loop(script, arguments).or(block.each);
        }
        if last == "if" {
            if asks_for_file(script, arguments) {
                block.absence = Absence::Fine;
            }
            block.when = Some(shown(script.slice(arguments)));
            if block.asked.len() < MAX_CONDITIONS {
                block.asked.push(arguments);
            }
        }
        return true;
    }
    if last == "try" {
        block.absence = Absence::Fine;
    }
    if last == "else" {
        block.when = Some(last);
        // What a rule asks for when something does not hold is not followed.
        if block.region == Region::EachDependency {
            block.region = Region::Closed;
        }
        return true;
    }
    false
}

/// Whether a condition holds only if a file is there: `file('x.gradle').exists()`.
fn asks_for_file(script: &Script<'_>, condition: Range) -> bool {
    let asks = |index: usize| script.is_word(index) && matches!(script.word(index), "exists" | "isFile" | "canRead");
    (condition.start..condition.end).any(asks) && !(condition.start..condition.end).any(|index| script.is(index, "!"))
}

/// Whether a statement is a function whose body starts at a brace: a closing bracket before it, and words that no call begins with.
fn is_function(script: &Script<'_>, statement: Range, brace: usize) -> bool {
    const BEGINNINGS: &[&str] =
        &["fun", "def", "void", "public", "private", "protected", "static", "internal", "override", "final"];
    script.is_word(statement.start)
        && BEGINNINGS.contains(&script.word(statement.start))
        && (statement.start..brace).any(|index| script.is(index, "(") && script.is_word(index.saturating_sub(1)))
        && script.find(Range::new(statement.start, brace), "=").is_none()
}

fn without_comma(script: &Script<'_>, range: Range) -> Range {
    let range = script.trimmed(range);
    let last = range.end.saturating_sub(1);
    if last > range.start && script.is(last, ",") { Range::new(range.start, last) } else { range }
}

/// Whether `apply`, `with` or `run` is called on extra properties.
fn is_extra(script: &Script<'_>, head: &Chain<'_>) -> bool {
    let is_name = |name: &str| matches!(name, "ext" | "extra");
    let argument = head.segments.last().and_then(|segment| segment.arguments);
    let of_argument = argument.is_some_and(|range| range.end > range.start && is_name(script.word(range.end - 1)));
    let receiver = head.segments.len().checked_sub(2).and_then(|index| head.segments.get(index));
    of_argument || receiver.is_some_and(|segment| is_name(segment.name))
}

/// What a block belongs to.
fn head<'a>(script: &Script<'a>, statement: Range, brace: usize) -> Option<Chain<'a>> {
    let mut last = brace;
    loop {
        last = last.checked_sub(1).filter(|last| *last >= statement.start)?;
        let token = script.tokens[last];
        if token.kind != super::super::script::token::Kind::Line {
            break;
        }
    }
    if script.is(last, "(") {
        last = last.checked_sub(1).filter(|last| *last >= statement.start)?;
    }
    if script.is_word(last) || script.is(last, ")") || script.is(last, "]") {
        return script.chain_before(last, statement.start);
    }
    script.chain(statement.start, brace)
}

/// The name of the object or class that a block is the body of; empty where it has none.
fn object<'a>(script: &Script<'a>, head: Range) -> Option<&'a str> {
    let start = head.start.max(head.end.saturating_sub(MAX_HEAD));
    if let Some(name) = anonymous(script, head) {
        return Some(name);
    }
    let is_keyword = |index: &usize| {
        let word = matches!(script.word(*index), "object" | "class" | "interface" | "enum" | "trait");
        word && script.is_word(*index) && !(*index > start && (script.is(index - 1, "::") || script.is(index - 1, ".")))
    };
    let keyword = (start..head.end).rev().find(is_keyword)?;
    // A value or a call that merely has such a word somewhere.
    let is_called = (start..keyword).any(|index| ["(", "=", ","].iter().any(|mark| script.is(index, mark)));
    if is_called {
        return None;
    }
    let has_name = keyword + 1 < head.end && script.is_word(keyword + 1);
    Some(if has_name { script.word(keyword + 1) } else { "" })
}

/// The name of the value that an object without a class is: Scala's `val name = new {`, Kotlin's `val name = object {`.
fn anonymous<'a>(script: &Script<'a>, head: Range) -> Option<&'a str> {
    let equals = (head.end.saturating_sub(5)..head.end).find(|index| *index > head.start && script.is(*index, "="))?;
    let is_new = script.word(equals + 1) == "new"
        && (equals + 2 == head.end || matches!(script.word(equals + 2), "Object" | "AnyRef"));
    let is_object = script.word(equals + 1) == "object" && equals + 2 == head.end;
    let declares = (head.start..equals).any(|index| matches!(script.word(index), "val" | "var" | "def"));
    let is_name = script.is_word(equals - 1);
    ((is_new || is_object) && declares && is_name).then(|| script.word(equals - 1))
}

/// The projects that a block is for.
fn target(script: &Script<'_>, head: &Chain<'_>) -> Target {
    for segment in &head.segments {
        let argument = segment.arguments;
        match segment.name {
            "allprojects" => return Target::All,
            "subprojects" => return Target::Below,
            "configure" => {
                let Some(range) = argument else { continue };
                let names = |name: &str| (range.start..range.end).any(|index| script.word(index) == name);
                if names("subprojects") {
                    return Target::Below;
                }
                if names("allprojects") || names("rootProject") {
                    return Target::All;
                }
            }
            "project" => {
                let Some(range) = argument.filter(|range| script.is_string(range.start)) else { continue };
                let path = script.word(range.start);
                return if path == ":" {
                    Target::Own
                } else {
                    Target::Project(format!(":{}", path.trim_start_matches(':')))
                };
            }
            _ => {}
        }
    }
    Target::Own
}

/// Whether one of the words of a name is `test`.
pub fn is_test(name: &str) -> bool {
    let mut start = 0;
    let bytes = name.as_bytes();
    for index in 0..=bytes.len() {
        let ends = index == bytes.len()
            || !bytes[index].is_ascii_alphanumeric()
            || (index > start && bytes[index].is_ascii_uppercase());
        if ends {
            let word = name.get(start..index).unwrap_or_default();
            if word.eq_ignore_ascii_case("test") || word.eq_ignore_ascii_case("tests") {
                return true;
            }
            let is_mark = bytes.get(index).is_some_and(|byte| !byte.is_ascii_alphanumeric());
            start = if is_mark { index + 1 } else { index };
        }
    }
    false
}

/// The beginning of a condition.
fn shown(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line[..boundary(line, MAX_SHOWN)].trim()
}

impl Block<'_> {
    /// Whether statements here are about a project, not about something in it.
    pub(super) fn is_of_project(&self) -> bool {
        self.depth == 0 || (self.depth == 1 && self.target != Target::Own)
    }

    /// What a statement with a configuration hangs on here.
    pub(super) fn condition(&self, configuration: &str) -> Condition {
        Condition {
            configuration: configuration.to_owned(),
            target: self.target.clone(),
            when: self.when.map(str::to_owned),
        }
    }

    /// What a dependency of a configuration is for.
    pub(super) fn scope(&self, configuration: &str) -> Scope {
        if self.build || configuration == "classpath" {
            return Scope::Build;
        }
        if self.test || is_test(configuration) {
            return Scope::Test;
        }
        let is = |ending: &str| {
            let length = configuration.len().saturating_sub(ending.len());
            configuration.get(length..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        if ["compileOnly", "compileOnlyApi", "provided", "providedCompile", "providedRuntime"]
            .iter()
            .any(|name| is(name))
        {
            return Scope::Peer;
        }
        if is("developmentOnly") {
            return Scope::Development;
        }
        if is("annotationProcessor") || configuration.starts_with("kapt") || configuration.starts_with("ksp") {
            return Scope::Build;
        }
        if configuration == "optional" { Scope::Optional } else { Scope::Runtime }
    }
}
