//! Named values: variables of a script, extra properties, constants of objects, maps of all these.

use std::collections::HashMap;

use super::blocks::{Block, Region};
use super::condition::{Condition, Target};
use super::dependencies::call;
use super::{BOM_PROPERTY, CONSTANT, EVERYTHING, EXTRA, IMPORT};
use crate::ecosystem::maven::script::template;
use crate::ecosystem::maven::script::{Chain, Dialect, Range, Script};
use crate::model::{Reading, Variable};
use crate::source::boundary;

/// The variables that were seen so far, with the condition of each.
pub(super) type Known<'a> = HashMap<&'a str, Option<String>>;

/// Words that may stand before a declaration.
const MODIFIERS: &[&str] = &[
    "final",
    "static",
    "public",
    "private",
    "protected",
    "internal",
    "const",
    "override",
    "lateinit",
    "open",
    "implicit",
    "lazy",
];

/// Deepest nesting of maps.
const MAX_NESTING: usize = 6;

/// Longest expression that is kept whole, in bytes.
const MAX_EXPRESSION: usize = 400;

/// Longest name with the maps around it.
const MAX_NAME: usize = 300;

/// The words of a file that is one object after another need no `val`.
const KEYWORDS: &[&str] = &[
    "return",
    "import",
    "package",
    "new",
    "throw",
    "else",
    "in",
    "instanceof",
    "is",
    "as",
    "task",
    "case",
    "fun",
    "class",
    "object",
    "interface",
    "assert",
    "apply",
    "include",
    "id",
];

/// Reads `def x = …`, `val x = …`, `String x = …`, `val x by extra(…)`; whether the statement is one of those.
pub(super) fn declaration<'a>(
    script: &Script<'a>,
    statement: Range,
    block: &Block<'a>,
    known: &mut Known<'a>,
    reading: &mut Reading,
) -> bool {
    let end = statement.end;
    let mut index = statement.start;
    loop {
        if script.is(index, "@") {
            index += 2;
            if script.is(index, "(") {
                index = script.skip(index, end);
            }
        } else if script.is_word(index) && MODIFIERS.contains(&script.word(index)) {
            index += 1;
        } else {
            break;
        }
        while index < end && script.tokens[index].kind == crate::ecosystem::maven::script::token::Kind::Line {
            index += 1;
        }
    }
    if !script.is_word(index) || index + 1 >= end {
        return false;
    }
    let first = script.word(index);
    let keyword = matches!(first, "def" | "val" | "var");
    if !keyword && (KEYWORDS.contains(&first) || !script.is_word(index + 1)) {
        return false;
    }
    index += 1;
    // `def String x` names a type, too.
    if keyword
        && script.is_word(index)
        && script.is_word(index + 1)
        && script.word(index + 1) != "by"
        && script.word(index + 1) != "get"
    {
        index += 1;
    }
    if !script.is_word(index) {
        return keyword;
    }
    let name = script.word(index);
    index += 1;
    if script.is(index, ":") {
        // A type: up to what gives the value.
        while index < end && !script.is(index, "=") && script.word(index) != "by" && script.word(index) != "get" {
            index = script.skip(index, end);
        }
    }
    let condition = if block.region == Region::Object { Some(CONSTANT.to_owned()) } else { None };
    let full = if block.region == Region::Object { format!("{}{name}", block.objects) } else { name.to_owned() };
    if script.is(index, "=") {
        known.insert(name, condition.clone());
        record(script, &full, Range::new(index + 1, end), condition, 0, reading);
        return true;
    }
    if script.is_word(index) && script.word(index) == "by" {
        by(script, name, &full, Range::new(index + 1, end), condition, block, reading);
        return true;
    }
    if let Some(getter) = (index..end.min(index + 4)).find(|at| script.word(*at) == "get" && script.is(at + 1, "(")) {
        let equals = script.skip(getter + 1, end);
        if script.is(equals, "=") {
            record(script, &full, Range::new(equals + 1, end), condition, 0, reading);
        }
        return true;
    }
    if keyword {
        known.insert(name, condition);
    }
    keyword
}

/// Reads `import x.Deps.K8S`, with `static` in Groovy and Java, with `as` and another name, or with `*`; whether the statement is
/// one of those.
pub(super) fn import(script: &Script<'_>, statement: Range, reading: &mut Reading) -> bool {
    let Range { start, end } = statement;
    // Scala's imports are made otherwise.
    let is_import = script.is_word(start) && script.word(start) == "import" && script.dialect != Dialect::Scala;
    if !is_import {
        return false;
    }
    let first = if script.is_word(start + 1) && script.word(start + 1) == "static" { start + 2 } else { start + 1 };
    let Some(chain) = script.chain(first, end) else { return true };
    let path = chain.names().collect::<Vec<_>>().join(".");
    let behind = chain.end;
    let name = if script.is(behind, ".") && script.is(behind + 1, "*") {
        EVERYTHING
    } else if script.is_word(behind) && script.word(behind) == "as" && script.is_word(behind + 1) {
        script.word(behind + 1)
    } else {
        chain.last()
    };
    if path.len() <= MAX_NAME {
        let condition = Some(IMPORT.to_owned());
        reading.variables.push(Variable { name: name.to_owned(), value: path, condition, span: chain.span });
    }
    true
}

/// `by extra("v")`, `by extra { "v" }`, `by lazy { "v" }`; `by project` and the like name a property and hold no value.
fn by(
    script: &Script<'_>,
    name: &str,
    full: &str,
    range: Range,
    condition: Option<String>,
    block: &Block<'_>,
    reading: &mut Reading,
) {
    let Some(chain) = script.chain(range.start, range.end) else { return };
    if chain.last() == "getProperties" {
        let value = format!("${{System.getProperty(\"{name}\")}}");
        reading.variables.push(Variable { name: full.to_owned(), value, condition, span: chain.span });
        return;
    }
    let inside = match chain.segments.last().and_then(|segment| segment.arguments) {
        Some(arguments) if !arguments.is_empty() => arguments,
        _ if script.is(chain.end, "{") => script.inside(chain.end, range.end),
        _ => return,
    };
    if chain.names().any(|name| name == "extra") {
        record(script, name, inside, extra(block, name), 0, reading);
    } else if chain.last() == "lazy" {
        record(script, full, inside, condition, 0, reading);
    }
}

/// The condition of an extra property that is set in a block: what it hangs on only where that is its own absence.
fn extra(block: &Block<'_>, name: &str) -> Option<String> {
    let when = block.when.filter(|when| asks_for_absence(when, name)).map(str::to_owned);
    Condition { configuration: EXTRA.into(), target: block.target.clone(), when }.text()
}

/// Whether a condition is that there is no property of a name: `!project.hasProperty('x')`, `!ext.has("x")`,
/// `findProperty('x') == null`.
fn asks_for_absence(condition: &str, name: &str) -> bool {
    let bare: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(asked) = bare.strip_prefix('!').or_else(|| bare.strip_suffix("==null")) else { return false };
    let inside = |open, close| asked.split_once(open).and_then(|(call, rest)| Some((call, rest.strip_suffix(close)?)));
    let Some((call, argument)) = inside('(', ')').or_else(|| inside('[', ']')) else { return false };
    let is_property = match call.rsplit('.').next() {
        Some("properties" | "ext" | "extra") => asked.ends_with(']'),
        Some(last) => matches!(last, "hasProperty" | "has" | "containsKey" | "findProperty"),
        None => false,
    };
    is_property && argument.len() == name.len() + 2 && argument.trim_matches(['"', '\'']) == name
}

/// Reads `ext.x = …`, `extra["x"] = …`, `x = …` inside `ext`, `versions.x = …`; whether the statement is one of those.
pub(super) fn assignment<'a>(
    script: &Script<'a>,
    statement: Range,
    block: &Block<'a>,
    known: &mut Known<'a>,
    reading: &mut Reading,
) -> bool {
    let Range { start, end } = statement;
    let Some(chain) = script.chain(start, end) else { return false };
    let is_assigned = script.is(chain.end, "=") || script.is(chain.end, "+=");
    let names = names(script, &chain);
    let position = names.iter().rposition(|name| matches!(name.as_str(), "ext" | "extra"));
    if !is_assigned {
        return set(script, &chain, position, block, reading) || own_version(script, &chain, end, block, reading);
    }
    let value = Range::new(chain.end + 1, end);
    if let Some(position) = position {
        let target = match position.checked_sub(1).and_then(|before| chain.segments.get(before)) {
            Some(segment) if segment.name == "project" && segment.arguments.is_some() => segment.arguments,
            _ => None,
        };
        let name = names[position + 1..].join(".");
        let mut condition = extra(block, &name);
        if let Some(path) = target.filter(|range| script.is_string(range.start)).map(|range| script.word(range.start))
            && path != ":"
        {
            let target = Target::Project(format!(":{}", path.trim_start_matches(':')));
            condition = Condition { configuration: EXTRA.into(), target, when: None }.text();
        }
        if name.is_empty() {
            // `ext = [ … ]`
            return false;
        }
        if let Some(first) = chain.segments.get(position + 1) {
            known.entry(first.name).or_insert_with(|| condition.clone());
        }
        record(script, &name, value, condition, 0, reading);
        return true;
    }
    let receiver =
        matches!(names.first().map(String::as_str), Some("this" | "project" | "rootProject")) && names.len() > 1;
    let names = &names[usize::from(receiver)..];
    let full = names.join(".");
    if block.region == Region::Extra {
        if let Some(first) = chain.segments.last() {
            known.entry(first.name).or_insert_with(|| extra(block, &full));
        }
        record(script, &full, value, extra(block, &full), 0, reading);
        return true;
    }
    if matches!(full.as_str(), "version" | "group") && block.is_of_project() {
        record(script, &full, value, extra(block, &full), 0, reading);
        return true;
    }
    match known.get(names.first().map_or("", String::as_str)) {
        Some(condition) => {
            let condition = condition.clone();
            record(script, &full, value, condition, 0, reading);
            true
        }
        None => false,
    }
}

/// The names in a chain, look-ups by text included.
fn names(script: &Script<'_>, chain: &Chain<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for segment in &chain.segments {
        if segment.arguments.is_none() {
            names.push(segment.name.to_owned());
        }
        if let Some(index) = segment.index.filter(|range| script.is_string(range.start)) {
            names.push(script.word(index.start).to_owned());
        }
    }
    names
}

/// `ext.set("x", "v")`, and `set("x", "v")` inside `ext`.
fn set(
    script: &Script<'_>,
    chain: &Chain<'_>,
    extra_at: Option<usize>,
    block: &Block<'_>,
    reading: &mut Reading,
) -> bool {
    let Some(last) = chain.segments.last() else { return false };
    let is_set = matches!(last.name, "set" | "put") && (extra_at.is_some() || block.region == Region::Extra);
    let Some(arguments) = last.arguments.filter(|_| is_set) else { return false };
    if let [name, value] = script.split(arguments, ",").as_slice()
        && script.is_string(name.start)
    {
        let name = script.word(name.start);
        record(script, name, *value, extra(block, name), 0, reading);
    }
    true
}

/// `bomProperty 'x', 'v'` and `bomProperties([x: 'v'])` in the block behind a BOM.
pub(super) fn bom_properties(script: &Script<'_>, inside: Range, block: &Block<'_>, reading: &mut Reading) {
    for statement in script.statements(inside) {
        let Some(call) = call(script, statement).filter(|call| !call.arguments.is_empty()) else { continue };
        let arguments = script.trimmed(call.arguments);
        match call.configuration {
            "bomProperty" => {
                if let [name, value] = script.split(arguments, ",").as_slice()
                    && script.is_string(name.start)
                {
                    let name = format!("{BOM_PROPERTY}{}", script.word(name.start));
                    record(script, &name, *value, extra(block, &name), 0, reading);
                }
            }
            "bomProperties" => {
                let entries = elements(script, arguments).unwrap_or(arguments);
                for (key, value) in
                    script.split(entries, ",").into_iter().filter_map(|entry| key_and_value(script, entry))
                {
                    let name = format!("{BOM_PROPERTY}{key}");
                    record(script, &name, value, extra(block, &name), 0, reading);
                }
            }
            _ => {}
        }
    }
}

/// `version '1.0'` and `group 'g'` of the project itself.
fn own_version(script: &Script<'_>, chain: &Chain<'_>, end: usize, block: &Block<'_>, reading: &mut Reading) -> bool {
    let [segment] = chain.segments.as_slice() else { return false };
    let is_own = matches!(segment.name, "version" | "group") && block.is_of_project() && block.region == Region::Open;
    if is_own && script.is_string(chain.end) && chain.end + 1 == end {
        record(script, segment.name, Range::new(chain.end, end), extra(block, segment.name), 0, reading);
        return true;
    }
    false
}

/// Records a value under a name: a map by its keys, a list by its numbers.
fn record(
    script: &Script<'_>,
    name: &str,
    value: Range,
    condition: Option<String>,
    depth: usize,
    reading: &mut Reading,
) {
    let value = script.trimmed(value);
    if value.is_empty() || depth > MAX_NESTING || name.len() > MAX_NAME {
        return;
    }
    if let Some(entries) = elements(script, value) {
        for (index, entry) in script.split(entries, ",").into_iter().enumerate() {
            match key_and_value(script, entry) {
                Some((key, value)) => {
                    record(script, &format!("{name}.{key}"), value, condition.clone(), depth + 1, reading);
                }
                None => record(script, &format!("{name}[{index}]"), entry, condition.clone(), depth + 1, reading),
            }
        }
        return;
    }
    // `dependencies.create("g:a:v")` is worth what it makes a dependency of.
    if let Some(inside) = created(script, value) {
        return record(script, name, inside, condition, depth + 1, reading);
    }
    let whole = script.span(value);
    // A function or the like: what it is worth is not found out anyway.
    let (text, span) = if whole.end - whole.start > MAX_EXPRESSION && !script.is_string(value.start) {
        let line = script.slice(value).lines().next().unwrap_or_default();
        (format!("${{{} …}}", &line[..boundary(line, MAX_EXPRESSION)]), whole)
    } else {
        let Some(written) = template::of_value(script, value) else { return };
        (written.text.clone(), written.span())
    };
    reading.variables.push(Variable { name: name.to_owned(), value: text, condition, span });
}

/// The one text that a call makes a dependency of.
fn created(script: &Script<'_>, value: Range) -> Option<Range> {
    let chain = script.chain(value.start, value.end).filter(|chain| chain.end == value.end)?;
    let last = chain.segments.last()?;
    let arguments = script.trimmed(last.arguments?);
    let is_call = matches!(last.name, "create" | "module" | "platform" | "enforcedPlatform");
    let is_text = arguments.end - arguments.start == 1 && script.is_string(arguments.start);
    (is_call && is_text && script.word(arguments.start).contains(':')).then_some(arguments)
}

/// What is inside a literal map or list.
fn elements(script: &Script<'_>, value: Range) -> Option<Range> {
    if script.is(value.start, "[") {
        return (script.skip(value.start, value.end) == value.end).then(|| script.inside(value.start, value.end));
    }
    let chain = script.chain(value.start, value.end)?;
    let [segment] = chain.segments.as_slice() else { return None };
    let is_literal = matches!(
        segment.name,
        "mapOf"
            | "mutableMapOf"
            | "hashMapOf"
            | "linkedMapOf"
            | "listOf"
            | "mutableListOf"
            | "setOf"
            | "Map"
            | "Seq"
            | "List"
    );
    segment.arguments.filter(|_| is_literal && chain.end == value.end)
}

/// `key: value`, `"key" to value` and Scala's `"key" -> value`.
fn key_and_value<'a>(script: &Script<'a>, entry: Range) -> Option<(&'a str, Range)> {
    let mut start = entry.start;
    let mut key = script.word(start);
    let mut mark = start + 1;
    if script.is(start, "(") {
        key = script.word(start + 1);
        mark = script.skip(start, entry.end);
        start += 1;
    }
    let is_key = script.is_word(start) || script.is_string(start);
    let is_mark = script.is(mark, ":") || script.is(mark, "->") || (script.is_word(mark) && script.word(mark) == "to");
    (is_key && is_mark).then(|| (key, Range::new(mark + 1, entry.end)))
}

/// Puts what was found in order.
pub(super) fn finish(reading: &mut Reading) {
    reading.variables.sort_by_key(|variable| variable.span);
    reading.variables.dedup_by(|a, b| a.name == b.name && a.span == b.span && a.condition == b.condition);
}
