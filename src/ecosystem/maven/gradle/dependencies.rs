//! Statements of `dependencies`, `constraints` and `dependencyManagement`.

use super::arguments::{self, Module};
use super::blocks::{Block, Region};
use super::values;
use crate::ecosystem::maven::script::template::{self, Written};
use crate::ecosystem::maven::script::{Range, Script, mentions};
use crate::model::{Declared, Effect, Grammar, Identity, Include, Override, Reading, Role, Scope, Stated};
use crate::source::Span;

/// Calls in a block of dependencies that declare none.
const NO_CONFIGURATIONS: &[&str] = &[
    "exclude",
    "because",
    "println",
    "print",
    "apply",
    "id",
    "module",
    "modules",
    "components",
    "project",
    "attributesSchema",
    "artifactTypes",
    "registerTransform",
    "registerTransformAsync",
    "return",
    "throw",
    "assert",
    "import",
    "listOf",
    "setOf",
    "arrayOf",
    "mapOf",
    "forEach",
    "each",
    "eachWithIndex",
    "logger",
    "attribute",
    "attributes",
    "capabilities",
    "requireCapability",
    "requireCapabilities",
    "artifact",
    "url",
    "name",
    "version",
    "strictly",
    "require",
    "prefer",
    "reject",
    "substitute",
    "transitive",
    "isTransitive",
    "force",
    "isForce",
    "changing",
    "isChanging",
    "configurations",
    "def",
    "val",
    "var",
    "tasks",
    "constraints",
    "kotlin",
    "function",
];

/// A statement of `dependencies` or `constraints`.
pub(super) fn statement(script: &Script<'_>, statement: Range, block: &Block<'_>, reading: &mut Reading) {
    let Some(call) = call(script, statement) else { return };
    let mut modules = arguments::modules(script, call.arguments);
    if let Some(each) = block.each {
        modules = modules.into_iter().flat_map(|module| arguments::for_each(script, module, each)).collect();
    }
    let configured = call.block.map(|inside| Configured::read(script, inside)).unwrap_or_default();
    for module in modules {
        let condition = block.condition(call.configuration).text();
        let scope = block.scope(call.configuration);
        if module.platform {
            reading.includes.push(bom(&module, condition));
            continue;
        }
        let constraint = block.region == Region::Constraints;
        let (direct, scope) = if constraint { (None, Scope::Managed) } else { (Some(true), scope) };
        let mut declared = configured.declared(&module, scope, direct, condition);
        if block.function.is_some() {
            let others = of_function(script, statement.start, &module, &mut declared);
            reading.declared.extend(others.into_iter().filter(|_| !constraint));
        }
        if constraint {
            let name = declared.name.clone();
            reading.overrides.push(Override { effect: Effect::Constrain, name, when: None, then: declared });
            continue;
        }
        if configured.forced {
            let then = Declared { scope: Scope::Managed, direct: None, ..declared.clone() };
            reading.overrides.push(Override { effect: Effect::Force, name: declared.name.clone(), when: None, then });
        }
        reading.declared.push(declared);
    }
}

/// What a function declares, of which the parameters are known to its calls alone; gives what else one with a list declares.
fn of_function(script: &Script<'_>, at: usize, module: &Module, declared: &mut Declared) -> Vec<Declared> {
    if let (Some(version), Stated::Requirement(text, _)) = (&module.version, &declared.stated)
        && *text == version.text
    {
        (declared.stated, declared.span) = mentions::stated(script, version, at);
    }
    if module.elsewhere {
        return Vec::new();
    }
    let mut names = mentions::names(script, &module.name.text, at).into_iter();
    if let Some(first) = names.next() {
        declared.name = first;
    }
    names.map(|name| Declared { name, ..declared.clone() }).collect()
}

/// A statement of the `dependencyManagement` of Spring's plugin.
pub(super) fn managed(script: &Script<'_>, statement: Range, block: &Block<'_>, reading: &mut Reading) {
    let Some(call) = call(script, statement) else { return };
    let condition = || block.condition("").text();
    match (block.region, call.configuration) {
        (Region::SpringImports, "mavenBom") => {
            for module in arguments::modules(script, call.arguments) {
                reading.includes.push(bom(&module, condition()));
            }
            if let Some(inside) = call.block {
                values::bom_properties(script, inside, block, reading);
            }
        }
        (Region::SpringDependencies, "dependency") => {
            for module in arguments::modules(script, call.arguments) {
                let declared = Configured::default().declared(&module, Scope::Managed, None, condition());
                let name = declared.name.clone();
                reading.overrides.push(Override { effect: Effect::Manage, name, when: None, then: declared });
            }
        }
        (Region::SpringSet, "entry") => {
            let Some((group, version)) = block.set.and_then(|set| spring_set(script, set)) else { return };
            let first = script.split(call.arguments, ",").first().copied();
            let Some(artifact) = first.and_then(|range| template::of_value(script, range)) else { return };
            let name = Written::joined(&group, ":", &artifact);
            let module = Module { name, version: Some(version), platform: false, elsewhere: false };
            let declared = Configured::default().declared(&module, Scope::Managed, None, condition());
            let name = declared.name.clone();
            reading.overrides.push(Override { effect: Effect::Manage, name, when: None, then: declared });
        }
        _ => {}
    }
}

/// Group and version of a `dependencySet`.
fn spring_set(script: &Script<'_>, arguments: Range) -> Option<(Written, Written)> {
    let parts = script.split(arguments, ",");
    let field = |name: &str| {
        let part = parts.iter().find(|part| script.word(part.start) == name && part.end - part.start > 2)?;
        template::of_value(script, Range::new(part.start + 2, part.end))
    };
    if let (Some(group), Some(version)) = (field("group"), field("version")) {
        return Some((group, version));
    }
    let whole = template::of_value(script, *parts.first()?)?;
    match template::split(&whole.text, script.dialect, ':').as_slice() {
        [group, version] => Some((whole.part(*group), whole.part(*version))),
        _ => None,
    }
}

/// A call that declares something.
pub(super) struct Call<'a> {
    /// What is called: the configuration.
    pub(super) configuration: &'a str,
    /// Its arguments.
    pub(super) arguments: Range,
    /// What is inside the block behind it.
    pub(super) block: Option<Range>,
}

/// The call that a statement is: `implementation 'x'`, `implementation("x") { }`, `"implementation"("x")`, `add("implementation", "x")`.
pub(super) fn call<'a>(script: &Script<'a>, statement: Range) -> Option<Call<'a>> {
    let Range { start, end } = statement;
    let (mut configuration, mut arguments, mut behind);
    if script.is_string(start) {
        configuration = script.word(start);
        (arguments, behind) = command(script, start + 1, end);
    } else {
        let chain = script.chain(start, end)?;
        match chain.segments.iter().position(|segment| segment.arguments.is_some()) {
            Some(index) => {
                let segment = chain.segments[index];
                configuration = segment.name;
                arguments = segment.arguments?;
                behind = script.tokens[arguments.start - 1].partner.map_or(end, |close| close + 1);
            }
            None => {
                if script.is(chain.end, "=") || script.is(chain.end, "+=") || script.is(chain.end, "->") {
                    return None;
                }
                configuration = chain.last();
                (arguments, behind) = command(script, chain.end, end);
            }
        }
    }
    if configuration == "add" {
        let parts = script.split(arguments, ",");
        let [first, second, ..] = parts.as_slice() else { return None };
        let name = script.trimmed(*first);
        configuration = script.word(name.end.saturating_sub(1));
        arguments = Range::new(second.start, arguments.end);
    }
    while behind < end && !script.is(behind, "{") {
        behind = script.skip(behind, end);
    }
    if NO_CONFIGURATIONS.contains(&configuration) || arguments.is_empty() {
        return None;
    }
    let block = (behind < end).then(|| script.inside(behind, end));
    Some(Call { configuration, arguments, block })
}

/// The arguments of a call without brackets, up to its block, and where they end.
fn command(script: &Script<'_>, start: usize, end: usize) -> (Range, usize) {
    if script.is(start, "(") {
        return (script.inside(start, end), script.skip(start, end));
    }
    let mut index = start;
    while index < end && !script.is(index, "{") {
        index = script.skip(index, end);
    }
    let arguments = script.trimmed(Range::new(start, index));
    let last = arguments.end.saturating_sub(1);
    // The comma before a block.
    let arguments = if last > start && script.is(last, ",") { Range::new(start, last) } else { arguments };
    (arguments, index)
}

fn bom(module: &Module, condition: Option<String>) -> Include {
    let version = module.version.as_ref();
    Include {
        role: Role::Bom,
        paths: Vec::new(),
        format: &crate::ecosystem::maven::build_gradle::FORMAT,
        identity: Some(Identity {
            name: module.name.text.clone(),
            version: version.map(|version| version.text.clone()),
        }),
        condition,
        span: version.map_or_else(|| module.name.span(), Written::span),
    }
}

/// What the block behind a dependency says.
#[derive(Clone, Debug, Default)]
pub(super) struct Configured {
    /// The calls of a rich version with their arguments.
    rich: Vec<(&'static str, Written)>,
    /// Whether the version is forced.
    forced: bool,
}

/// The calls of a rich version.
const RICH: &[&str] = &["strictly", "require", "prefer", "reject", "rejectAll"];

impl Configured {
    fn read(script: &Script<'_>, inside: Range) -> Configured {
        let mut configured = Configured::default();
        for statement in script.statements(inside) {
            let Some(chain) = script.chain(statement.start, statement.end) else { continue };
            match chain.last() {
                "version" if script.is(chain.end, "{") => {
                    configured.rich = rich(script, script.inside(chain.end, statement.end));
                }
                "force" | "isForce" => {
                    let value = script.word(statement.end - 1);
                    configured.forced |= value == "true";
                }
                _ => {}
            }
        }
        configured
    }

    /// The declaration of a module.
    pub(super) fn declared(
        &self,
        module: &Module,
        scope: Scope,
        direct: Option<bool>,
        condition: Option<String>,
    ) -> Declared {
        let name = module.name.text.clone();
        let (stated, span) = match (&module.version, self.rich.as_slice()) {
            (None, []) if module.elsewhere => (Stated::Elsewhere(name.clone()), module.name.span()),
            (None, []) => (Stated::Nothing, module.name.span()),
            (Some(version), []) => (Stated::Requirement(version.text.clone(), Grammar::Gradle), version.span()),
            (version, rich) => {
                let (text, span) = rich_text(version.as_ref(), rich);
                (Stated::Requirement(text, Grammar::Gradle), span)
            }
        };
        Declared { name, stated, scope, direct, condition, span }
    }
}

/// A rich version as one text, its calls joined by `; `, and the place from the first to the last of their arguments.
pub(super) fn rich_text(version: Option<&Written>, rich: &[(&'static str, Written)]) -> (String, Span) {
    let calls = version.map(|version| ("require", version)).into_iter();
    let calls = calls.chain(rich.iter().map(|(call, written)| (*call, written)));
    let words: Vec<String> = calls.map(|(call, written)| format!("{call} {}", written.text)).collect();
    let mut spans = rich.iter().map(|(_, written)| written.span());
    let first = spans.next().or(version.map(Written::span)).unwrap_or(Span::new(0, 0));
    (words.join("; "), spans.fold(first, Span::to))
}

/// The calls inside `version { }`.
pub(super) fn rich(script: &Script<'_>, inside: Range) -> Vec<(&'static str, Written)> {
    let mut calls = Vec::new();
    for statement in script.statements(inside) {
        let Some(chain) = script.chain(statement.start, statement.end) else { continue };
        let Some(name) = RICH.iter().find(|name| **name == chain.last()) else { continue };
        let arguments = chain.segments.last().and_then(|segment| segment.arguments);
        let arguments = arguments.unwrap_or_else(|| script.trimmed(Range::new(chain.end, statement.end)));
        for argument in script.split(arguments, ",") {
            calls.extend(template::of_value(script, argument).map(|written| (*name, written)));
        }
    }
    calls
}
