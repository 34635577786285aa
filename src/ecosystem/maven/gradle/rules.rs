//! Statements outside of blocks of dependencies that bear on them: forced versions, resolution rules, scripts and plugins that
//! are applied, projects of a settings script.

use std::collections::HashMap;

use super::arguments::{self, Module};
use super::blocks::{Absence, Block, Region};
use super::condition::{Condition, Target};
use super::{EXTRA, PLUGIN, dependencies};
use crate::ecosystem::maven::script::template::{self, PartKind};
use crate::ecosystem::maven::script::{Range, Script, Segment};
use crate::ecosystem::maven::{build_gradle, build_gradle_kts};
use crate::model::{
    Declared, Effect, Format, Grammar, Identity, Include, Override, Reading, Role, Scope, Stated, Variable,
};
use crate::source::Span;

/// What is understood once all statements are known.
#[derive(Default)]
pub(super) struct Later<'a> {
    /// The folders of projects that lie elsewhere than their path says, by the path without its first colon.
    moved: HashMap<&'a str, &'a str>,
    /// The scripts that are applied.
    applied: Vec<Applied>,
}

/// A script that is applied.
struct Applied {
    /// What names it.
    value: Range,
    /// The projects that it is applied to, and when.
    condition: Condition,
    /// What is said if it is not there.
    absence: Absence,
}

/// Most properties that one path leads through.
const MAX_PROPERTIES: usize = 4;

/// How far up the folder of the build may be.
const MAX_UP: usize = 6;

/// Most tokens before the parameters of a function.
const MAX_HEAD: usize = 40;

/// Most names in one condition.
const MAX_NAMES: usize = 32;

/// A statement anywhere else.
pub(super) fn statement<'a>(
    script: &Script<'a>,
    statement: Range,
    block: &Block<'_>,
    later: &mut Later<'a>,
    reading: &mut Reading,
) {
    let Some(chain) = script.chain(statement.start, statement.end) else { return };
    let mut names = chain.names();
    if names.by_ref().any(|name| name == "resolutionStrategy") {
        return force(script, statement, block, reading);
    }
    // `project.dependencies.add("implementation", "g:a:v")`, Java's `getDependencies().add(…)`, `dependencies.api 'g:a:v'`.
    let is_handler = |segment: &Segment<'_>| match segment.arguments {
        None => segment.name == "dependencies",
        Some(arguments) => segment.name == "getDependencies" && arguments.is_empty(),
    };
    let at = chain.segments.iter().position(is_handler);
    let is_command = !script.is(chain.end, "=") && !script.is(chain.end, "{") && chain.end < statement.end;
    if let Some(at) = at
        && let Some(next) = chain.segments.get(at + 1)
        && (next.arguments.is_some() || (is_command && at + 2 == chain.segments.len()))
        && block.region != Region::Closed
    {
        let position = (statement.start + 1..chain.end).find(|index| {
            script.word(*index) == next.name && (script.is(index - 1, ".") || script.is(index - 1, "?."))
        });
        let region = if next.name == "constraints" { Region::Constraints } else { Region::Dependencies };
        let inner = Block { region, ..block.clone() };
        if let Some(position) = position {
            dependencies::statement(script, Range::new(position, statement.end), &inner, reading);
        }
        return;
    }
    // Kotlin's `fun DependencyHandler.k8s() = "implementation"("g:a:v")`.
    if script.word(statement.start) == "fun" {
        if let Some(equals) = script.find(statement, "=").filter(|equals| extends_handler(script, statement, *equals)) {
            let inner = Block { region: Region::Dependencies, function: Some(equals), ..block.clone() };
            dependencies::statement(script, Range::new(equals + 1, statement.end), &inner, reading);
        }
        return;
    }
    match chain.last() {
        "apply" => {
            let arguments = chain.segments.last().and_then(|segment| segment.arguments);
            apply(script, arguments.unwrap_or(Range::new(chain.end, statement.end)), block, later, reading);
        }
        "include" if block.depth == 0 && chain.segments.len() == 1 => {
            let arguments = chain.segments[0].arguments.unwrap_or(Range::new(chain.end, statement.end));
            for part in script.split(arguments, ",") {
                if part.end - part.start == 1 && script.is_string(part.start) {
                    reading.includes.extend(member(script, part.start));
                }
            }
        }
        "includeBuild" if block.region == Region::PluginManagement => {
            let arguments = chain.segments.last().and_then(|segment| segment.arguments);
            let arguments = script.trimmed(arguments.unwrap_or(Range::new(chain.end, statement.end)));
            if script.is_string(arguments.start) {
                let folder = script.word(arguments.start).trim_end_matches('/');
                let is_inside = !matches!(folder, "" | "." | "..") && template::is_literal(folder);
                let span = script.tokens[arguments.start].span;
                reading.includes.extend(sources(&format!("{folder}/"), span).into_iter().filter(|_| is_inside));
            }
        }
        "projectDir" if script.is(chain.end, "=") => {
            project_folder(script, &chain.segments, statement, &mut later.moved);
        }
        _ => {}
    }
}

/// Whether a function of Kotlin, from its first word to its body, is one on what declares dependencies.
pub(super) fn extends_handler(script: &Script<'_>, statement: Range, body: usize) -> bool {
    let head = Range::new(statement.start, body.min(statement.start + MAX_HEAD));
    let open = (head.start..head.end).find(|index| script.is(*index, "(")).unwrap_or(head.end);
    let is_function = (head.start..open).any(|index| script.is_word(index) && script.word(index) == "fun");
    let is_handler = |index: usize| {
        let name = script.word(index);
        script.is(index + 1, ".") && (name.ends_with("DependencyHandler") || name.ends_with("DependencyHandlerScope"))
    };
    is_function && (head.start..open).any(is_handler)
}

/// The sources of a project that makes plugins, by its folder with a slash behind it.
fn sources(folder: &str, span: Span) -> Vec<Include> {
    let include = |format: &'static Format, endings: &[&str]| Include {
        role: Role::Sources,
        paths: endings.iter().map(|ending| format!("{folder}**/*.{ending}")).collect(),
        format,
        identity: None,
        condition: None,
        span,
    };
    vec![include(&build_gradle_kts::FORMAT, &["kt"]), include(&build_gradle::FORMAT, &["groovy", "java"])]
}

/// A project of a settings script.
fn member(script: &Script<'_>, index: usize) -> Vec<Include> {
    let path = script.word(index);
    if path.is_empty() || path.contains(['*', '$', '/', '\\']) {
        return Vec::new();
    }
    let path = path.trim_start_matches(':');
    let folder = path.replace(':', "/");
    let include = |format: &'static Format, name: &str| Include {
        role: Role::Member,
        paths: vec![format!("{folder}/{name}")],
        format,
        identity: Some(Identity { name: format!(":{path}"), version: None }),
        condition: None,
        span: script.tokens[index].span,
    };
    vec![include(&build_gradle::FORMAT, "build.gradle"), include(&build_gradle_kts::FORMAT, "build.gradle.kts")]
}

/// `project(':a').projectDir = file('folder')` moves a project.
fn project_folder<'a>(
    script: &Script<'a>,
    segments: &[Segment<'_>],
    statement: Range,
    moved: &mut HashMap<&'a str, &'a str>,
) {
    let project = segments.iter().find(|segment| segment.name == "project").and_then(|segment| segment.arguments);
    let Some(path) = project.filter(|range| script.is_string(range.start)).map(|range| script.word(range.start)) else {
        return;
    };
    let strings: Vec<usize> = (statement.start..statement.end).filter(|index| script.is_string(*index)).collect();
    let Some(folder) = strings.last().filter(|_| strings.len() > 1).map(|index| script.word(*index)) else { return };
    let folder = ["$rootDir/", "${rootDir}/", "${settingsDir}/", "$settingsDir/", "${rootProject.projectDir}/"]
        .iter()
        .find_map(|prefix| folder.strip_prefix(prefix))
        .unwrap_or(folder);
    if folder.contains('$') {
        return;
    }
    moved.insert(path.trim_start_matches(':'), folder.trim_start_matches("./").trim_end_matches('/'));
}

/// Finds out where applied scripts are, and puts the projects that were moved where they are.
pub(super) fn finish(script: &Script<'_>, later: &Later<'_>, reading: &mut Reading) {
    let includes: Vec<Include> =
        later.applied.iter().filter_map(|applied| applied.include(script, &reading.variables)).collect();
    reading.includes.extend(includes);
    for include in reading.includes.iter_mut().filter(|include| include.role == Role::Member) {
        let name = include.identity.as_ref().map_or("", |identity| identity.name.trim_start_matches(':'));
        let Some(folder) = later.moved.get(name) else { continue };
        for path in &mut include.paths {
            let name = path.rsplit('/').next().unwrap_or_default();
            *path = format!("{folder}/{name}");
        }
    }
}

/// `apply from: 'x.gradle'` and `apply plugin: 'x'`.
fn apply(script: &Script<'_>, arguments: Range, block: &Block<'_>, later: &mut Later<'_>, reading: &mut Reading) {
    for part in script.split(script.trimmed(arguments), ",") {
        let (name, mark) = (script.word(part.start), part.start + 1);
        if !(script.is(mark, ":") || script.is(mark, "=")) {
            continue;
        }
        let value = script.trimmed(Range::new(mark + 1, part.end));
        match name {
            "plugin" if script.is_string(value.start) => {
                let include = plugin_include(script, value.start);
                reading.includes.extend(of_plugin(script, value.start));
                reading.includes.push(Include { condition: block.condition("").text(), ..include });
            }
            "from" => {
                later.applied.push(Applied { value, condition: block.condition(""), absence: block.absence });
            }
            _ => {}
        }
    }
}

/// A plugin of a `plugins` block: `id 'x' version 'y'`.
pub(super) fn plugin(script: &Script<'_>, statement: Range, reading: &mut Reading) {
    let start = statement.start;
    if !script.is_word(start) {
        return;
    }
    if script.word(start) != "id" {
        // Kotlin's accessor of a plugin in the same build: `acme.conventions` in backticks.
        if script.tokens[start].outer != script.tokens[start].span {
            reading.includes.extend(of_plugin(script, start));
            reading.includes.push(plugin_include(script, start));
        }
        return;
    }
    if let Some(index) = (start + 1..statement.end.min(start + 3)).find(|index| script.is_string(*index)) {
        reading.includes.extend(of_plugin(script, index));
        reading.includes.push(plugin_include(script, index));
    }
}

/// What a project builds that applies one of the plugins for making plugins: code of other builds, or of this very one.
fn of_plugin(script: &Script<'_>, index: usize) -> Vec<Include> {
    let is_for_plugins = matches!(
        script.word(index),
        "kotlin-dsl" | "java-gradle-plugin" | "groovy-gradle-plugin" | "org.gradle.kotlin.kotlin-dsl"
    );
    if is_for_plugins { sources("", script.tokens[index].span) } else { Vec::new() }
}

fn plugin_include(script: &Script<'_>, index: usize) -> Include {
    Include {
        role: Role::Requirements,
        paths: Vec::new(),
        format: &build_gradle::FORMAT,
        identity: Some(Identity { name: format!("{PLUGIN}{}", script.word(index)), version: None }),
        condition: None,
        span: script.tokens[index].span,
    }
}

impl Applied {
    /// Where the script may lie. A path is relative to the folder of the project, which need not be the script's: in a block for
    /// other projects it is that of each of those.
    fn include(&self, script: &Script<'_>, variables: &[Variable]) -> Option<Include> {
        let index = (self.value.start..self.value.end).find(|index| script.is_string(*index))?;
        let span = script.tokens[index].span;
        let mut text = template::of_string(script, &script.tokens[index]).text;
        let mut from_root = script.slice(self.value).contains("root");
        for _ in 0..MAX_PROPERTIES {
            let parts = template::parts(&text, script.dialect);
            let Some(part) = parts.first().filter(|part| part.kind == PartKind::Expression) else { break };
            let name = &text[part.span.start..part.span.end];
            let rest = text[part.outer.end..].trim_start_matches('/');
            if ["rootDir", "projectDir", "absolutePath", "settingsDir"].iter().any(|folder| name.ends_with(folder)) {
                from_root |= name.contains("root") || name.ends_with("settingsDir");
                text = rest.to_owned();
                break;
            }
            text = format!("{}/{rest}", property(name, variables)?.trim_end_matches('/'));
        }
        if !template::is_literal(&text) || text.is_empty() || text.contains(':') {
            return None;
        }
        let text = text.trim_start_matches("./");
        let is_kotlin = text.rsplit_once('.').is_some_and(|(_, ending)| ending == "kts");
        let format: &'static Format = if is_kotlin { &build_gradle_kts::FORMAT } else { &build_gradle::FORMAT };
        let of_others = self.condition.target != Target::Own && !from_root;
        let depth = if from_root || !text.starts_with("..") { MAX_UP } else { 1 };
        let mut paths: Vec<String> = (0..depth).map(|up| format!("{}{text}", "../".repeat(up))).collect();
        if of_others {
            // Seen from the folder of this script, a project below it is that much nearer.
            let nearer = std::iter::successors(Some(text), |text| text.strip_prefix("../"));
            paths.extend(nearer.skip(1).map(str::to_owned));
        }
        let role = if of_others || self.absence == Absence::Fine { Role::Optional } else { Role::Requirements };
        Some(Include { role, paths, format, identity: None, condition: self.condition.text(), span })
    }
}

/// The value of a property or variable of the script: the template of a path.
fn property<'v>(name: &str, variables: &'v [Variable]) -> Option<&'v str> {
    let name = ["project.", "rootProject.", "ext."]
        .iter()
        .fold(name, |name, before| name.strip_prefix(before).unwrap_or(name));
    let is_it = |variable: &&Variable| {
        let condition = variable.condition.as_deref().unwrap_or(EXTRA);
        variable.name == name && Condition::parse(condition).configuration == EXTRA
    };
    let mut found = variables.iter().filter(is_it);
    let first = found.next()?;
    found.all(|other| other.value == first.value).then_some(first.value.as_str())
}

/// `force 'g:a:v'` and `forcedModules = ['g:a:v']`.
pub(super) fn force(script: &Script<'_>, statement: Range, block: &Block<'_>, reading: &mut Reading) {
    let Some(chain) = script.chain(statement.start, statement.end) else { return };
    let is_forcing = |name: &str| matches!(name, "force" | "forcedModules" | "setForcedModules");
    let Some(segment) = chain.segments.iter().find(|segment| is_forcing(segment.name)) else { return };
    let mut rest = Range::new(chain.end, statement.end);
    if script.is(rest.start, "=") || script.is(rest.start, "+=") {
        rest = Range::new(rest.start + 1, rest.end);
    }
    for module in arguments::modules(script, segment.arguments.unwrap_or(rest)) {
        push_force(&module, block, reading);
    }
}

fn push_force(module: &Module, block: &Block<'_>, reading: &mut Reading) {
    let condition = block.condition("").text();
    let then = dependencies::Configured::default().declared(module, Scope::Managed, None, condition);
    reading.overrides.push(Override { effect: Effect::Force, name: then.name.clone(), when: None, then });
}

/// `details.useVersion 'v'` and `details.useTarget 'g:a:v'` behind a comparison of group and name with texts. Other rules are
/// not understood and left out.
pub(super) fn each_dependency(
    script: &Script<'_>,
    statement: Range,
    block: &Block<'_>,
    conditions: &[Range],
    reading: &mut Reading,
) {
    let Some(chain) = script.chain(statement.start, statement.end) else { return };
    let last = chain.last();
    if !matches!(last, "useVersion" | "useTarget") {
        return;
    }
    let arguments = chain.segments.last().and_then(|segment| segment.arguments);
    let arguments = arguments.unwrap_or_else(|| script.trimmed(Range::new(chain.end, statement.end)));
    let conditions: Vec<Range> = block.asked.iter().chain(conditions).copied().collect();
    let Some(names) = asked_for(script, &conditions) else { return };
    if last == "useTarget" {
        let Some(module) = arguments::modules(script, arguments).into_iter().next() else { return };
        for name in names {
            let then =
                dependencies::Configured::default().declared(&module, Scope::Managed, None, block.condition("").text());
            reading.overrides.push(Override { effect: Effect::Replace, name, when: None, then });
        }
        return;
    }
    let Some(version) = template::of_value(script, arguments) else { return };
    for name in names {
        let then = Declared {
            name: name.clone(),
            stated: Stated::Requirement(version.text.clone(), Grammar::Gradle),
            scope: Scope::Managed,
            direct: None,
            condition: block.condition("").text(),
            span: version.span(),
        };
        reading.overrides.push(Override { effect: Effect::Force, name, when: None, then });
    }
}

/// The modules for which conditions hold, `*` for any ending; `None` if they ask for anything else.
fn asked_for(script: &Script<'_>, conditions: &[Range]) -> Option<Vec<String>> {
    let (mut groups, mut names) = (Vec::new(), Vec::new());
    for condition in conditions {
        for index in condition.start..condition.end {
            if script.is(index, "!") || script.is(index, "!=") {
                return None;
            }
            if !script.is_string(index) || index < 2 {
                continue;
            }
            let text = script.word(index);
            let (subject, text) = if script.is(index - 1, "==") {
                (script.word(index - 2), text.to_owned())
            } else if script.is(index - 1, "(") && index >= 4 {
                match script.word(index - 2) {
                    "startsWith" => (script.word(index - 4), format!("{text}*")),
                    "equals" => (script.word(index - 4), text.to_owned()),
                    _ => return None,
                }
            } else {
                return None;
            };
            match subject {
                "group" => groups.push(text),
                "name" => names.push(text),
                _ => return None,
            }
        }
    }
    if groups.is_empty() || groups.len() * names.len().max(1) > MAX_NAMES {
        return None;
    }
    if names.is_empty() {
        names.push("*".into());
    }
    Some(groups.iter().flat_map(|group| names.iter().map(move |name| format!("{group}:{name}"))).collect())
}

/// `substitute module('g:a') using module('g:b:v')`.
pub(super) fn substitution(script: &Script<'_>, statement: Range, block: &Block<'_>, reading: &mut Reading) {
    if !(script.is_word(statement.start) && script.word(statement.start) == "substitute") {
        return;
    }
    let mut named = Vec::new();
    for index in statement.start..statement.end {
        if script.is_word(index) && script.word(index) == "module" && script.is(index + 1, "(") {
            named.extend(arguments::modules(script, script.inside(index + 1, statement.end)));
        }
    }
    if let [from, to] = named.as_slice() {
        let then = dependencies::Configured::default().declared(to, Scope::Managed, None, block.condition("").text());
        let effect = if from.name.text == to.name.text { Effect::Force } else { Effect::Replace };
        reading.overrides.push(Override { effect, name: from.name.text.clone(), when: None, then });
    }
}
