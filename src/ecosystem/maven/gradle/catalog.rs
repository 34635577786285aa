//! Version catalogs that a settings script makes or takes from a file (Gradle User Manual, "Version catalogs").

use super::arguments;
use super::blocks::Block;
use super::dependencies::{self, Configured};
use super::{ALIAS, BUNDLES, CATALOG, VERSIONS};
use crate::ecosystem::maven::libs_versions_toml;
use crate::ecosystem::maven::script::template::{self, Written};
use crate::ecosystem::maven::script::{Range, Script};
use crate::model::{Declared, Effect, Grammar, Identity, Include, Override, Reading, Role, Scope, Stated, Variable};

/// A statement of one catalog.
pub(super) fn statement(script: &Script<'_>, statement: Range, block: &Block<'_>, reading: &mut Reading) {
    let Some(catalog) = block.catalog else { return };
    // `val k8s = version("k8s", "8.0.2")`: libraries refer to it by that name.
    let (mut statement, mut variable) = (statement, None);
    if let Some(equals) = script.find(statement, "=").filter(|_| script.is_word(statement.start + 1)) {
        variable = (statement.start..equals).rev().find(|index| script.is_word(*index)).map(|index| script.word(index));
        statement = script.trimmed(Range::new(equals + 1, statement.end));
    }
    let Some(chain) = script.chain(statement.start, statement.end) else { return };
    let first = chain.segments[0];
    let arguments = first.arguments.unwrap_or_else(|| script.trimmed(Range::new(chain.end, statement.end)));
    let parts = script.split(arguments, ",");
    let text =
        |index: usize| parts.get(index).filter(|part| script.is_string(part.start)).map(|part| script.word(part.start));
    let value = |index: usize| parts.get(index).and_then(|part| template::of_value(script, *part));
    match first.name {
        "version" => {
            let Some(name) = text(0) else { return };
            let block = (statement.start..statement.end).find(|index| script.is(*index, "{"));
            let (value, span) = match (value(1), block) {
                (Some(version), None) => (version.text.clone(), version.span()),
                (_, Some(brace)) => {
                    let rich = dependencies::rich(script, script.inside(brace, statement.end));
                    if rich.is_empty() {
                        return;
                    }
                    dependencies::rich_text(None, &rich)
                }
                (None, None) => return,
            };
            let condition = Some(format!("{CATALOG}{catalog} {VERSIONS}"));
            for name in [name].into_iter().chain(variable.filter(|variable| *variable != name)) {
                let (name, value, condition) = (name.to_owned(), value.clone(), condition.clone());
                reading.variables.push(Variable { name, value, condition, span });
            }
        }
        "library" => {
            let Some(alias) = text(0) else { return };
            let module = match (value(1), value(2)) {
                (Some(group), Some(name)) => Some((Written::joined(&group, ":", &name), None)),
                (Some(notation), None) => {
                    arguments::from_notation(script, &notation, false).map(|module| (module.name, module.version))
                }
                _ => None,
            };
            library(script, alias, module, &chain.segments[1..], catalog, reading);
        }
        // The calls of Gradle 7.0 to 7.3: `alias("a").to("g:a:v")`.
        "alias" => {
            let Some(alias) = text(0) else { return };
            let Some(to) =
                chain.segments.get(1).filter(|segment| segment.name == "to").and_then(|segment| segment.arguments)
            else {
                return;
            };
            let parts = script.split(to, ",");
            let values: Vec<Written> = parts.iter().filter_map(|part| template::of_value(script, *part)).collect();
            let module = match values.as_slice() {
                [group, name] => Some((Written::joined(group, ":", name), None)),
                [notation] => {
                    arguments::from_notation(script, notation, false).map(|module| (module.name, module.version))
                }
                _ => None,
            };
            library(script, alias, module, &chain.segments[2..], catalog, reading);
        }
        "bundle" => {
            let Some(name) = text(0) else { return };
            let (Some(first), Some(last)) = (parts.get(1), parts.last()) else { return };
            for index in first.start..last.end {
                if script.is_string(index) {
                    reading.variables.push(Variable {
                        name: name.to_owned(),
                        value: script.word(index).to_owned(),
                        condition: Some(format!("{CATALOG}{catalog} {BUNDLES}")),
                        span: script.tokens[index].span,
                    });
                }
            }
        }
        "from" => from(script, arguments, catalog, reading),
        _ => {}
    }
}

/// The name of a version, be it written as text or as the variable that holds it.
fn named(reference: &Written) -> &str {
    let text = reference.text.as_str();
    text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(text)
}

fn library(
    script: &Script<'_>,
    alias: &str,
    module: Option<(Written, Option<Written>)>,
    calls: &[crate::ecosystem::maven::script::Segment<'_>],
    catalog: &str,
    reading: &mut Reading,
) {
    let Some((name, mut version)) = module else { return };
    let mut reference = None;
    for call in calls {
        let argument = call.arguments.and_then(|arguments| template::of_value(script, arguments));
        match call.name {
            "version" => version = argument.or(version),
            "versionRef" => reference = argument,
            _ => {}
        }
    }
    let condition = Some(format!("{CATALOG}{catalog} {ALIAS}{alias}"));
    let then = match (reference, &version) {
        (Some(reference), _) => Declared {
            name: name.text.clone(),
            stated: Stated::Elsewhere(named(&reference).to_owned()),
            scope: Scope::Managed,
            direct: None,
            condition,
            span: reference.span(),
        },
        (None, Some(version)) => Declared {
            name: name.text.clone(),
            stated: Stated::Requirement(version.text.clone(), Grammar::Gradle),
            scope: Scope::Managed,
            direct: None,
            condition,
            span: version.span(),
        },
        (None, None) => Configured::default().declared(
            &arguments::Module { name: name.clone(), version: None, platform: false, elsewhere: false },
            Scope::Managed,
            None,
            condition,
        ),
    };
    reading.overrides.push(Override { effect: Effect::Manage, name: name.text, when: None, then });
}

/// `from(files("../gradle/libs.versions.toml"))`, or a published catalog.
fn from(script: &Script<'_>, arguments: Range, catalog: &str, reading: &mut Reading) {
    let Some(index) = (arguments.start..arguments.end).find(|index| script.is_string(*index)) else { return };
    let path = script.word(index);
    script.understood.borrow_mut().push(script.tokens[index].span);
    let path = ["$rootDir/", "${rootDir}/", "$rootProjectDir/", "${settingsDir}/", "$settingsDir/"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .unwrap_or(path);
    let is_file = path.rsplit_once('.').is_some_and(|(_, ending)| ending == "toml") && template::is_literal(path);
    reading.includes.push(Include {
        role: Role::Bom,
        paths: if is_file { vec![path.to_owned()] } else { Vec::new() },
        format: &libs_versions_toml::FORMAT,
        identity: Some(Identity { name: format!("{CATALOG}{catalog}"), version: None }),
        condition: (!is_file).then(|| script.word(index).to_owned()),
        span: script.tokens[index].span,
    });
}
