//! The notations in which a script names a module: one string, a map, named or positional arguments, or an expression that
//! stands for one of those.

use crate::ecosystem::maven::script::template::{self, PartKind, Written};
use crate::ecosystem::maven::script::{Chain, Range, Script};
use crate::source::Span;

/// A module as it is named.
#[derive(Clone, Debug)]
pub(super) struct Module {
    /// `group:artifact`, or an expression for the whole notation.
    pub(super) name: Written,
    /// Its version, if there is one.
    pub(super) version: Option<Written>,
    /// Whether it is a platform, whose management is taken over.
    pub(super) platform: bool,
    /// Whether the name is an expression for a whole notation.
    pub(super) elsewhere: bool,
}

/// Calls around a module that do not change which one it is.
const WRAPPERS: &[&str] = &["create", "module", "testFixtures", "variantOf", "optional", "dependency", "provider"];

/// Calls that put several together, or the fields of one.
const LISTS: &[&str] = &["listOf", "setOf", "arrayOf", "mapOf"];

/// Calls that make something which is no module of a repository.
const NO_MODULES: &[&str] = &[
    "project",
    "files",
    "fileTree",
    "gradleApi",
    "gradleTestKit",
    "gradleKotlinDsl",
    "localGroovy",
    "kotlin",
    "embeddedKotlin",
    "npm",
    "devNpm",
    "peerNpm",
    "optionalNpm",
    "zipTree",
    "file",
    "fg",
];

/// Deepest nesting of lists and calls around a module.
const MAX_NESTING: usize = 8;

/// The modules that the arguments of a call name.
pub(super) fn modules(script: &Script<'_>, arguments: Range) -> Vec<Module> {
    let mut modules = Vec::new();
    collect(script, arguments, false, 0, &mut modules);
    modules
}

fn collect(script: &Script<'_>, arguments: Range, platform: bool, depth: usize, modules: &mut Vec<Module>) {
    if depth > MAX_NESTING {
        script.too_deep.set(script.too_deep.get().or(Some(script.span(arguments))));
        return;
    }
    let parts = script.split(script.trimmed(arguments), ",");
    let named: Vec<(&str, Range)> = parts.iter().filter_map(|part| named(script, *part)).collect();
    let plain: Vec<Range> = parts.iter().copied().filter(|part| named_at(script, *part).is_none()).collect();
    if !named.is_empty() || is_positional(script, &plain) {
        if let Some(mut module) = from_fields(script, &named, &plain) {
            module.platform = platform;
            modules.push(module);
            return;
        }
        if plain.is_empty() {
            return;
        }
    }
    for part in plain {
        one(script, part, platform, depth, modules);
    }
}

/// One argument.
fn one(script: &Script<'_>, mut part: Range, platform: bool, depth: usize, modules: &mut Vec<Module>) {
    // Round brackets alone change nothing.
    while script.is(part.start, "(") && script.skip(part.start, part.end) == part.end {
        let inside = script.trimmed(script.inside(part.start, part.end));
        if inside.is_empty() || inside == part || script.split(inside, ",").len() != 1 {
            break;
        }
        part = inside;
    }
    // `*list`
    if script.is(part.start, "*") {
        part.start += 1;
    }
    let is_whole = |close: usize| close == part.end;
    if script.is(part.start, "[") || script.is(part.start, "(") {
        if is_whole(script.skip(part.start, part.end)) {
            collect(script, script.inside(part.start, part.end), platform, depth + 1, modules);
        }
        return;
    }
    if script.is(part.start, "{") {
        return;
    }
    if let Some(chain) =
        script.chain(part.start, part.end).filter(|chain| is_whole(chain.end) || is_attached(script, chain))
        && let Some(call) = chain.segments.iter().find(|segment| segment.arguments.is_some())
        && let Some(inner) = call.arguments
    {
        if let Some(module) = of_function(script, &chain, platform) {
            modules.push(module);
            return;
        }
        if call.name == "toTypedArray" && chain.segments.len() > 1 && inner.is_empty() {
            part.end = inner.start - 3;
            return one(script, part, platform, depth + 1, modules);
        }
        match call.name {
            "platform" | "enforcedPlatform" => return collect(script, inner, true, depth + 1, modules),
            name if NO_MODULES.contains(&name) => {
                if name == "project" && platform {
                    modules.extend(project(script, inner));
                }
                return;
            }
            name if WRAPPERS.contains(&name) || LISTS.contains(&name) => {
                return collect(script, inner, platform, depth + 1, modules);
            }
            _ => {
                let before = modules.len();
                let strings = script.split(inner, ",");
                for string in
                    strings.iter().filter(|range| range.end - range.start == 1 && script.is_string(range.start))
                {
                    let written = template::of_string(script, &script.tokens[string.start]);
                    if template::split(&written.text, script.dialect, ':').len() > 2 {
                        modules.extend(from_notation(script, &written, platform));
                    }
                }
                if modules.len() > before {
                    return;
                }
            }
        }
    }
    if let Some(written) = template::of_value(script, part) {
        modules.extend(from_notation(script, &written, platform));
    }
}

/// Whether only a block stands behind a chain.
fn is_attached(script: &Script<'_>, chain: &Chain<'_>) -> bool {
    script.is(chain.end, "{")
}

/// Another project that is a platform: `:path`.
fn project(script: &Script<'_>, arguments: Range) -> Option<Module> {
    let mut range = *script.split(arguments, ",").first()?;
    if let Some((_, value)) = named(script, range) {
        range = value;
    }
    let name = template::of_value(script, range)?;
    let is_path = name.text.starts_with(':');
    is_path.then_some(Module { name, version: None, platform: true, elsewhere: false })
}

/// The name of a named argument and its value, `group: 'g'` or `group = "g"` or `"group" to "g"`.
fn named<'a>(script: &Script<'a>, part: Range) -> Option<(&'a str, Range)> {
    let mark = named_at(script, part)?;
    Some((script.word(part.start), script.trimmed(Range::new(mark + 1, part.end))))
}

fn named_at(script: &Script<'_>, part: Range) -> Option<usize> {
    let mark = part.start + 1;
    let is_name = script.is_word(part.start) || script.is_string(part.start);
    let is_mark = script.is(mark, ":") || script.is(mark, "=") || (script.is_word(mark) && script.word(mark) == "to");
    (is_name && is_mark && mark + 1 < part.end).then_some(mark)
}

/// Whether arguments are group, name and version one by one: none of the first two is a notation of its own.
fn is_positional(script: &Script<'_>, plain: &[Range]) -> bool {
    let is_part = |range: &Range| {
        range.end - range.start == 1 && script.is_string(range.start) && !script.word(range.start).contains(':')
    };
    plain.len() >= 2 && plain.iter().take(2).all(is_part)
}

fn from_fields(script: &Script<'_>, named: &[(&str, Range)], plain: &[Range]) -> Option<Module> {
    let field = |name: &str, position: usize| {
        let of_name = named.iter().find(|(found, _)| *found == name).map(|(_, range)| *range);
        let range = of_name.or_else(|| plain.get(position).copied().filter(|range| !script.is(range.start, "{")))?;
        template::of_value(script, range)
    };
    let (group, artifact) = (field("group", 0)?, field("name", 1).or_else(|| field("module", 1))?);
    let name = Written::joined(&group, ":", &artifact);
    if name.text.contains(['\n', '\r']) {
        return None;
    }
    let version = field("version", 2).filter(|version| !version.text.is_empty());
    let last = version.as_ref().unwrap_or(&artifact);
    script.understood.borrow_mut().push(group.span().to(last.span()));
    Some(Module { name, version, platform: false, elsewhere: false })
}

/// A notation in one template: `group:artifact[:version[:classifier]][@extension]`, or an expression for one.
pub(super) fn from_notation(script: &Script<'_>, written: &Written, platform: bool) -> Option<Module> {
    let text = &written.text;
    if text.is_empty() || text.contains(['\n', '\r']) {
        return None;
    }
    let parts = template::split(text, script.dialect, ':');
    let without_extension = |part: Span| {
        let text = &text[part.start..part.end];
        // `@VERSION@` is no extension but a template.
        let marked = text.strip_prefix('@').and_then(|rest| rest.find('@')).map_or(0, |end| end + 2);
        let at = template::split(&text[marked..], script.dialect, '@');
        Span::new(part.start, part.start + marked + at[0].end)
    };
    let is_open = |part: Span| text[part.start..part.end].contains('$');
    if parts.len() > 1 {
        script.understood.borrow_mut().push(written.span());
    }
    Some(match parts.as_slice() {
        // A word without a colon is no module, unless an expression may turn out to be one.
        [only] if !is_open(*only) => return None,
        [only] => Module { name: written.part(*only), version: None, platform, elsewhere: true },
        // `"$module:1.0"` may be a whole name and its version.
        [name, version] if is_open(*name) && looks_like_version(&text[version.start..version.end]) => Module {
            name: written.part(*name),
            version: Some(written.part(without_extension(*version))),
            platform,
            elsewhere: false,
        },
        [group, artifact] => {
            let artifact = without_extension(*artifact);
            let name = written.part(Span::new(group.start, artifact.end));
            Module { name, version: None, platform, elsewhere: false }
        }
        [group, artifact, version, ..] => {
            let version = without_extension(*version);
            let version = (version.end > version.start).then(|| written.part(version));
            let name = written.part(Span::new(group.start, artifact.end));
            Module { name, version, platform, elsewhere: false }
        }
        [] => return None,
    })
}

/// Whether a part of a notation is a version rather than the name of an artifact.
fn looks_like_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | '+'))
        || text.starts_with("latest.")
        || text.to_ascii_lowercase().contains("version")
}

/// What a call of a function of the script makes.
fn of_function(script: &Script<'_>, chain: &Chain<'_>, platform: bool) -> Option<Module> {
    let (call, receivers) = chain.segments.split_last()?;
    let is_own = |name: &str| matches!(name, "project" | "rootProject" | "ext" | "extra" | "this");
    if !receivers.iter().all(|segment| is_own(segment.name) && segment.arguments.is_none()) {
        return None;
    }
    let function = script.functions().call(script, call.name, call.arguments?)?;
    if template::split(&function.body.text, script.dialect, ':').len() < 2 {
        return None;
    }
    let module = from_notation(script, &function.body, platform)?;
    script.functions().follow(call.name);
    let name = function.filled(script, &module.name);
    let version = module.version.as_ref().map(|version| function.filled(script, version));
    Some(Module { name, version: version.filter(|version| !version.text.is_empty()), ..module })
}

/// A loop over the elements of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Each<'a> {
    /// The name that each element has in it.
    pub(super) name: &'a str,
    /// The elements, where they are written in the script.
    pub(super) elements: Option<Range>,
    /// The list, where it is only named.
    pub(super) list: Option<Range>,
}

/// The modules that one in a loop stands for: each element of the list in the place of the loop's name.
pub(super) fn for_each(script: &Script<'_>, module: Module, each: Each<'_>) -> Vec<Module> {
    let is_it = |part: &template::Part| {
        part.kind == PartKind::Expression && &module.name.text[part.span.start..part.span.end] == each.name
    };
    let parts = template::parts(&module.name.text, script.dialect);
    if !parts.iter().any(is_it) {
        return vec![module];
    }
    let is_whole = module.elsewhere && parts.len() == 1;
    let elements = each.elements.map(|elements| script.split(script.trimmed(elements), ","));
    let is_text = |element: &Range| element.end - element.start == 1 && script.is_string(element.start);
    // What the list of a name holds is found out when all files are known, unless functions make it.
    if let Some(list) = each.list
        && is_whole
        && elements.as_ref().is_none_or(|elements| elements.iter().all(is_text))
    {
        let named = template::of_value(script, list).map(|name| Module { name, ..module.clone() });
        return vec![named.unwrap_or(module)];
    }
    let Some(elements) = elements else { return vec![module] };
    let mut modules = Vec::new();
    for element in elements {
        if is_whole {
            one(script, element, module.platform, 0, &mut modules);
            continue;
        }
        let Some(element) = template::of_value(script, element) else { continue };
        let mut text = String::new();
        for part in &parts {
            text.push_str(if is_it(part) {
                &element.text
            } else {
                &module.name.text[part.outer.start..part.outer.end]
            });
        }
        // Without a version of its own, the element is the place.
        let place = if module.version.is_some() { module.name.span() } else { element.span() };
        modules.push(Module { name: Written::whole(text, place), ..module.clone() });
    }
    modules
}
