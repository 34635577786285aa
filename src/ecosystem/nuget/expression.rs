//! MSBuild's expressions in texts: `$(Name)` and property functions (MSBuild documentation, "MSBuild properties" and
//! "Property functions").
//!
//! Paths are those of the tree, with `/` for its root. Of the functions those are done that tell where files lie, and those on
//! texts that conditions ask; any other makes the whole text unknown.
//!
//! Traps:
//! - A property that nobody sets is the empty text; but the command line or the environment may set it, so whoever uses it is
//!   told ([`Text::doubtful`]).
//! - Parentheses and quotes nest: `$([MSBuild]::GetPathOfFileAbove('a', '$(MSBuildThisFileDirectory)..'))`.

use crate::model;

/// Deepest nesting of expressions.
const MAX_DEPTH: usize = 16;

/// Longest text that expressions may grow to, in bytes.
const MAX_TEXT: usize = 8 * 1024;

/// A text with its expressions put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The first property on the way that nothing in the tree sets.
    pub doubtful: Option<String>,
}

/// Why a text is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It holds something that is computed when the build runs; the words are the expression.
    Computed(String),
    /// A property has several values, depending on conditions.
    Ambiguous(String),
    /// A property whose own value is not known.
    Property(String),
}

/// What expressions can ask.
pub trait Properties {
    /// The value of a property; `None` where nothing sets it.
    fn property(&self, name: &str) -> Option<Result<Text, Gap>>;

    /// Whether a file is in the tree, by its path from `/`; `None` where that is not known.
    fn exists(&self, path: &str) -> Option<bool>;
}

/// The name in a text that is one property and nothing else.
pub fn sole_property(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("$(")?.strip_suffix(')')?.trim();
    is_name(name).then_some(name)
}

/// Puts in the expressions of a text.
///
/// # Errors
/// [`Gap`] if one of them is not known.
pub fn expand(text: &str, properties: &dyn Properties) -> Result<Text, Gap> {
    expand_at(text, properties, 0)
}

fn expand_at(text: &str, properties: &dyn Properties, depth: usize) -> Result<Text, Gap> {
    let mut out = Text::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        out.text.push_str(before);
        let end = closing(after).ok_or_else(|| Gap::Computed(text.to_owned()))?;
        let value = expression(after[..end].trim(), properties, depth + 1)?;
        out.text.push_str(&value.text);
        out.doubtful = out.doubtful.or(value.doubtful);
        rest = &after[end + 1..];
        if out.text.len() > MAX_TEXT {
            return Err(Gap::Computed(text.to_owned()));
        }
    }
    out.text.push_str(rest);
    if out.text.contains("@(") || out.text.contains("%(") {
        return Err(Gap::Computed(text.to_owned()));
    }
    Ok(out)
}

/// Where the parenthesis closes that was opened before a text.
pub fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (index, byte) in text.bytes().enumerate().take(MAX_TEXT) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') if depth == 0 => return Some(index),
            (None, b')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// The value of what stands between `$(` and `)`.
fn expression(body: &str, properties: &dyn Properties, depth: usize) -> Result<Text, Gap> {
    let computed = || Gap::Computed(format!("$({body})"));
    if depth > MAX_DEPTH {
        return Err(computed());
    }
    if is_name(body) {
        let unset = || Ok(Text { text: String::new(), doubtful: Some(body.to_owned()) });
        return properties.property(body).unwrap_or_else(unset);
    }
    let (mut value, mut rest) = if let Some(call) = body.strip_prefix('[') {
        let (class, call) = call.split_once("]::").ok_or_else(computed)?;
        let (name, arguments, rest) = call_of(call).ok_or_else(computed)?;
        let arguments = expand_all(&arguments, properties, depth)?;
        let text = function(&class.to_ascii_lowercase(), &name, &arguments, properties).ok_or_else(computed)?;
        (Text { text, doubtful: arguments.into_iter().find_map(|argument| argument.doubtful) }, rest)
    } else {
        let (name, rest) = body.split_once('.').filter(|(name, _)| is_name(name)).ok_or_else(computed)?;
        (expression(name, properties, depth)?, &body[body.len() - rest.len() - 1..])
    };
    while !rest.is_empty() {
        let call = rest.strip_prefix('.').ok_or_else(computed)?;
        let (name, arguments, behind) = call_of(call).ok_or_else(computed)?;
        let arguments = expand_all(&arguments, properties, depth)?;
        value.text = method(&value.text, &name, &arguments).ok_or_else(computed)?;
        value.doubtful = value.doubtful.or_else(|| arguments.into_iter().find_map(|argument| argument.doubtful));
        rest = behind;
    }
    Ok(value)
}

fn expand_all(texts: &[&str], properties: &dyn Properties, depth: usize) -> Result<Vec<Text>, Gap> {
    texts.iter().map(|text| expand_at(text, properties, depth + 1)).collect()
}

/// The name and the arguments of a call at the start of a text, and what follows it.
fn call_of(text: &str) -> Option<(String, Vec<&str>, &str)> {
    let (name, rest) = text.split_once('(')?;
    let end = closing(rest)?;
    Some((name.trim().to_ascii_lowercase(), arguments(&rest[..end]), rest[end + 1..].trim()))
}

/// The arguments of a call, without their quotes.
fn arguments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_usize, None);
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, b',') if depth == 0 => {
                found.push(&text[start..index]);
                start = index + 1;
            }
            (None, _) => {}
        }
    }
    if !text[start..].trim().is_empty() || start > 0 {
        found.push(&text[start..]);
    }
    found.into_iter().map(without_quotes).collect()
}

fn without_quotes(text: &str) -> &str {
    let text = text.trim();
    let quotes = ['\'', '"', '`'];
    let inside = quotes.iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inside.unwrap_or(text)
}

/// A method of a text.
fn method(text: &str, name: &str, arguments: &[Text]) -> Option<String> {
    let first = arguments.first().map(|argument| argument.text.as_str());
    let second = arguments.get(1).map(|argument| argument.text.as_str());
    let truth = |holds: bool| Some(if holds { "True" } else { "False" }.to_owned());
    match (name, first, second) {
        ("startswith", Some(start), _) => truth(text.starts_with(start)),
        ("endswith", Some(end), _) => truth(text.ends_with(end)),
        ("contains", Some(part), _) => truth(text.contains(part)),
        ("equals", Some(other), None) => truth(text == other),
        ("tolower" | "tolowerinvariant", None, _) => Some(text.to_lowercase()),
        ("toupper" | "toupperinvariant", None, _) => Some(text.to_uppercase()),
        ("trim", None, _) => Some(text.trim().to_owned()),
        ("replace", Some(old), Some(new)) if !old.is_empty() => {
            Some(text.replace(old, new)).filter(|text| text.len() <= MAX_TEXT)
        }
        _ => None,
    }
}

/// A function of a class.
fn function(class: &str, name: &str, arguments: &[Text], properties: &dyn Properties) -> Option<String> {
    let argument = |index: usize| arguments.get(index).map(|argument| argument.text.as_str());
    let here = || argument_or_here(argument(1), properties);
    match (class, name) {
        ("msbuild", "getpathoffileabove") => {
            let folder = folder_above(&here()?, argument(0)?, properties)?;
            Some(if folder.is_empty() { folder } else { in_folder(&folder, argument(0)?) })
        }
        ("msbuild", "getdirectorynameoffileabove") => folder_above(&absolute(argument(0)?)?, argument(1)?, properties),
        ("msbuild", "normalizepath") | ("system.io.path", "getfullpath") => absolute(&joined(arguments)),
        ("msbuild", "normalizedirectory") => absolute(&joined(arguments)).map(|path| in_folder(&path, "")),
        ("msbuild", "ensuretrailingslash") => Some(in_folder(argument(0)?, "")),
        ("msbuild", "valueordefault") => {
            Some(argument(0).filter(|value| !value.is_empty()).or(argument(1))?.to_owned())
        }
        ("system.io.path", "combine") => Some(joined(arguments)),
        ("system.io.path", "getdirectoryname") => Some(model::folder(&slashes(argument(0)?)).to_owned()),
        ("system.string", "isnullorempty" | "isnullorwhitespace") => {
            Some(if argument(0)?.trim().is_empty() { "True" } else { "False" }.to_owned())
        }
        ("system.string", "copy" | "new") => argument(0).map(str::to_owned),
        _ => None,
    }
}

fn argument_or_here(argument: Option<&str>, properties: &dyn Properties) -> Option<String> {
    match argument {
        Some(start) => absolute(start),
        None => absolute(&properties.property("MSBuildThisFileDirectory")?.ok()?.text),
    }
}

/// The nearest folder, from one upwards, that holds a file, empty if none does; `None` where that is not known.
fn folder_above(start: &str, name: &str, properties: &dyn Properties) -> Option<String> {
    let mut folder = start.trim_end_matches('/');
    loop {
        if properties.exists(&format!("{folder}/{name}"))? {
            return Some(if folder.is_empty() { "/".to_owned() } else { folder.to_owned() });
        }
        if folder.is_empty() {
            return Some(String::new());
        }
        folder = model::folder(folder);
    }
}

/// A path with `/` between its parts.
pub fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// A path from `/` with `.` and `..` taken out; `None` if it does not start there or leads out of the tree.
pub fn absolute(path: &str) -> Option<String> {
    let path = slashes(path);
    let relative = path.strip_prefix('/')?;
    model::join("", relative.trim_start_matches('/')).map(|path| format!("/{path}"))
}

fn in_folder(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches(['/', '\\']))
}

/// Paths put together; one that starts at the root forgets those before it.
fn joined(paths: &[Text]) -> String {
    let mut out = String::new();
    for path in paths.iter().map(|path| slashes(&path.text)) {
        if path.starts_with('/') || out.is_empty() {
            out = path;
        } else if !path.is_empty() {
            out = in_folder(&out, &path);
        }
    }
    out
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Few;

    impl Properties for Few {
        fn property(&self, name: &str) -> Option<Result<Text, Gap>> {
            let text = match name.to_ascii_lowercase().as_str() {
                "msbuildthisfiledirectory" => "/src/app/",
                "tf" => "net6.0",
                _ => return None,
            };
            Some(Ok(Text { text: text.into(), doubtful: None }))
        }

        fn exists(&self, path: &str) -> Option<bool> {
            path.ends_with("props").then(|| path == "/Directory.Build.props")
        }
    }

    #[test]
    fn functions_are_computed_as_far_as_the_tree_tells() {
        let expand = |text: &str| expand(text, &Few).map(|text| text.text);
        let above = "$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))";
        assert_eq!(expand(above).as_deref(), Ok("/Directory.Build.props"));
        let above = "$([MSBuild]::GetDirectoryNameOfFileAbove($(MSBuildThisFileDirectory), x.props))a";
        assert_eq!(expand(above).as_deref(), Ok("a"));
        assert_eq!(expand("$(TF.StartsWith('net')) $(tf.Replace('net', 'x'))").as_deref(), Ok("True x6.0"));
        assert_eq!(
            expand("$([System.IO.Path]::Combine('$(MSBuildThisFileDirectory)', `b`))").as_deref(),
            Ok("/src/app/b")
        );
        for unknown in ["$([System.DateTime]::Now)", "$(TF", "@(A)", "$(TF.Foo())", "$(Registry:HKEY)"] {
            assert!(expand(unknown).is_err(), "{unknown}");
        }
        assert_eq!(super::expand("1$(X)", &Few).unwrap().doubtful.as_deref(), Some("X"));
        assert!(expand(&"$(A.B(".repeat(50_000)).is_err());
        let deep = format!("{}TF{}", "$([System.String]::Copy(".repeat(5000), "))".repeat(5000));
        assert!(expand(&deep).is_err());
    }
}
