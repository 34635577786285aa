//! One requirement in the notation of PEP 508, `name[extras] specifiers; marker` or `name @ reference; marker`, with the
//! places of its parts.
//!
//! Traps:
//! - Only the name decides whether a text is a requirement. What follows it is the specifier, valid or not: `kubernetes
//!   11.0` names kubernetes, and that pip refuses it is for whoever reads the specifier to say.
//! - A `;` ends the specifiers wherever it stands, but a reference only behind a blank: addresses may hold `;`.
//! - Old metadata wraps the specifiers in parentheses, and a comma or `;` with nothing behind it does no harm.
//! - A name's spelling is free: `Kube.Client` and `kube--client` are one package ([`name_normalised`]).
//!
//! Not done here: specifiers are kept as text and markers are neither parsed nor evaluated, so no nesting of theirs can
//! exhaust the stack.

use crate::ecosystem::pypi::reference;
use crate::model::{Declared, Grammar, Problem, ProblemKind, Scope, Stated};
use crate::source::Span;

/// How much of a text that is no requirement is shown.
const MAX_SHOWN: usize = 100;

/// A requirement; spans are offsets into the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// The package's name as written.
    pub name: &'a str,
    /// Its place.
    pub name_span: Span,
    /// The extras asked for, as written.
    pub extras: Vec<&'a str>,
    /// The version specifiers, without blanks, parentheses and a trailing comma around them.
    pub specifier: Option<Part<'a>>,
    /// The address behind `@`.
    pub reference: Option<Part<'a>>,
    /// The environment marker behind `;`.
    pub marker: Option<Part<'a>>,
}

/// A part of a requirement and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The text.
    pub text: &'a str,
    /// Its place.
    pub span: Span,
}

/// What a dependency is for and the group or extra it belongs to.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// What it is for.
    pub scope: Scope,
    /// The group, extra or environment.
    pub group: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// In a list or table without a name of its own.
    pub fn new(scope: Scope) -> Place<'a> {
        Place { scope, group: None }
    }

    /// In a named group.
    pub fn group(scope: Scope, group: &'a str) -> Place<'a> {
        Place { scope, group: Some(group) }
    }

    /// In a named group of people who work on the project; a group whose name speaks of tests is for those.
    pub fn development(group: &'a str) -> Place<'a> {
        let is_test = name_normalised(group).split('-').any(|word| matches!(word, "test" | "tests" | "testing"));
        Place::group(if is_test { Scope::Test } else { Scope::Development }, group)
    }
}

impl<'a> Requirement<'a> {
    /// Reads a requirement.
    ///
    /// # Errors
    /// A sentence without the text itself, if it does not name a package.
    pub fn parse(text: &'a str) -> Result<Requirement<'a>, &'static str> {
        let start = text.len() - text.trim_start().len();
        let name = name(&text[start..])?;
        let name_span = Span::new(start, start + name.len());
        let mut requirement =
            Requirement { name, name_span, extras: Vec::new(), specifier: None, reference: None, marker: None };
        let mut rest = skip_blanks(text, name_span.end);
        if let Some((extras, end)) = extras(text, rest) {
            requirement.extras = extras;
            rest = skip_blanks(text, end);
        }
        if text[rest..].starts_with('@') {
            let start = skip_blanks(text, rest + 1);
            let end = reference_end(text, start);
            requirement.reference = part(text, start, end);
            requirement.marker = marker(text, end);
            return Ok(requirement);
        }
        let end = text[rest..].find(';').map_or(text.len(), |index| rest + index);
        requirement.specifier = specifier(text, rest, end);
        requirement.marker = marker(text, end);
        Ok(requirement)
    }

    /// What it says of the version.
    pub fn stated(&self) -> Stated {
        match (self.reference, self.specifier) {
            (Some(reference), _) => Stated::Source(reference::read(reference.text).source),
            (None, Some(specifier)) => Stated::Requirement(specifier.text.into(), Grammar::Pep440),
            (None, None) => Stated::Nothing,
        }
    }

    /// The place of the version: the specifiers or the address, else the name.
    pub fn span(&self) -> Span {
        self.specifier.or(self.reference).map_or(self.name_span, |part| part.span)
    }

    /// The requirement as a declaration; `place` finds an offset's place in the file, and `group` is the extra or group
    /// that it belongs to.
    pub fn declare(&self, scope: Scope, group: Option<&str>, place: impl Fn(Span) -> Span) -> Declared {
        Declared {
            name: name_normalised(self.name),
            stated: self.stated(),
            scope,
            direct: Some(true),
            condition: condition(group, self.marker.map(|marker| marker.text)),
            span: place(self.span()),
        }
    }
}

/// The declaration in a text that ought to be a requirement, or an address that gives a name away; `at` finds the place of
/// a part of the text in the file.
///
/// # Errors
/// A problem that says why the text is none.
pub fn declare(text: &str, place: Place<'_>, at: impl Fn(Span) -> Span) -> Result<Declared, Problem> {
    let message = match Requirement::parse(text) {
        Ok(requirement) => return Ok(requirement.declare(place.scope, place.group, at)),
        Err(message) => message,
    };
    let span = at(Span::new(0, text.len()));
    let reference = reference::read(text);
    let Some(name) = reference.name else {
        let start: String = text.chars().take(MAX_SHOWN).collect();
        let message = format!("`{}` is no requirement: {message}", start.escape_debug());
        return Err(Problem { kind: ProblemKind::Syntax, message, span });
    };
    Ok(Declared {
        name,
        stated: Stated::Source(reference.source),
        scope: place.scope,
        direct: Some(true),
        condition: condition(place.group, None),
        span,
    })
}

/// A name in the form in which the index compares it: lower case, each run of `-`, `_` and `.` one `-` (PEP 503,
/// "Normalized Names").
pub fn name_normalised(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if normalised.ends_with('-') => {}
            '-' | '_' | '.' => normalised.push('-'),
            _ => normalised.push(c.to_ascii_lowercase()),
        }
    }
    normalised
}

/// What a dependency hangs on, from its group and its marker: `group; marker`.
pub fn condition(group: Option<&str>, marker: Option<&str>) -> Option<String> {
    match (group, marker) {
        (Some(group), Some(marker)) => Some(format!("{group}; {marker}")),
        (Some(only), None) | (None, Some(only)) => Some(only.into()),
        (None, None) => None,
    }
}

/// The name at the start of a text: letters and digits with `-`, `_` and `.` between them (PEP 508, "Names").
fn name(text: &str) -> Result<&str, &'static str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(text.len());
    let name = &text[..end];
    if name.is_empty() {
        return Err(if text.is_empty() { "it is empty" } else { "it does not start with a package name" });
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || name.ends_with(['-', '_', '.']) {
        return Err("a package name starts and ends with a letter or digit");
    }
    match text[end..].chars().next() {
        Some(':' | '/' | '\\' | '+') => Err("it is an address or path without a name"),
        Some(c) if !c.is_ascii() && !c.is_whitespace() => Err("a package name holds only ASCII letters and digits"),
        _ => Ok(name),
    }
}

/// The extras in brackets at an offset and the offset behind them; `None` if there are none or the bracket stays open.
fn extras(text: &str, start: usize) -> Option<(Vec<&str>, usize)> {
    let inside = text[start..].strip_prefix('[')?;
    let length = inside.find(']')?;
    let extras = inside[..length].split(',').map(str::trim).filter(|extra| !extra.is_empty());
    Some((extras.collect(), start + length + 2))
}

/// Where the address that starts at an offset ends: before the first blank.
fn reference_end(text: &str, start: usize) -> usize {
    text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length)
}

fn specifier(text: &str, start: usize, end: usize) -> Option<Part<'_>> {
    let mut part = part(text, start, end)?;
    if part.text.starts_with('(') && part.text.ends_with(')') {
        part = self::part(text, part.span.start + 1, part.span.end - 1)?;
    }
    let kept = part.text.trim_end_matches(|c: char| c == ',' || c.is_whitespace());
    self::part(text, part.span.start, part.span.start + kept.len())
}

/// The marker behind an offset, without its `;`; `None` if it is empty.
fn marker(text: &str, start: usize) -> Option<Part<'_>> {
    let start = skip_blanks(text, start);
    let start = if text[start..].starts_with(';') { start + 1 } else { start };
    part(text, start, text.len())
}

/// The text between two offsets without blanks around it; `None` if nothing is left.
fn part(text: &str, start: usize, end: usize) -> Option<Part<'_>> {
    let whole = &text[start..end];
    let trimmed = whole.trim();
    let start = start + whole.len() - whole.trim_start().len();
    (!trimmed.is_empty()).then(|| Part { text: trimmed, span: Span::new(start, start + trimmed.len()) })
}

fn skip_blanks(text: &str, start: usize) -> usize {
    text.len() - text[start..].trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<&str>, Option<&str>, Option<&str>) {
        let requirement = Requirement::parse(text).expect(text);
        let of = |part: Option<Part<'_>>| part.map(|part| text.get(part.span.start..part.span.end).expect(text));
        assert_eq!(&text[requirement.name_span.start..requirement.name_span.end], requirement.name);
        let name = [&[requirement.name], requirement.extras.as_slice()].concat().join("+");
        (name, of(requirement.specifier), of(requirement.reference), of(requirement.marker))
    }

    #[test]
    fn the_parts_of_a_requirement_have_places() {
        assert_eq!(parts("kubernetes"), ("kubernetes".into(), None, None, None));
        assert_eq!(parts(" kubernetes >= 11 , <12 "), ("kubernetes".into(), Some(">= 11 , <12"), None, None));
        assert_eq!(parts("A.b[x, y]==1;"), ("A.b+x+y".into(), Some("==1"), None, None));
        assert_eq!(parts("a (>=1, <2,) ; m"), ("a".into(), Some(">=1, <2"), None, Some("m")));
        assert_eq!(parts("a()"), ("a".into(), None, None, None));
        assert_eq!(parts("a==1,"), ("a".into(), Some("==1"), None, None));
        assert_eq!(
            parts("a @ https://h/x;y ; os_name=='nt'"),
            ("a".into(), None, Some("https://h/x;y"), Some("os_name=='nt'"))
        );
        assert_eq!(
            parts("a[b]@git+ssh://git@h/r@v1#egg=a"),
            ("a+b".into(), None, Some("git+ssh://git@h/r@v1#egg=a"), None)
        );
    }

    #[test]
    fn what_follows_the_name_is_the_specifier_even_if_it_is_none() {
        for (text, specifier) in [
            ("kubernetes 12.0.0", "12.0.0"),
            ("kubernetes=12", "=12"),
            ("kubernetes>=12 <13", ">=12 <13"),
            ("kubernetes[adal==12", "[adal==12"),
            ("kubernetes(>=12", "(>=12"),
            ("kubernetes==${V}", "==${V}"),
            ("kubernetes{{ v }}", "{{ v }}"),
        ] {
            assert_eq!(parts(text).1, Some(specifier), "{text}");
        }
    }

    #[test]
    fn what_names_no_package_is_refused() {
        for text in [
            "",
            "  ",
            "./x.whl",
            "dir/x.whl",
            "https://h/x.whl",
            "git+https://h/r",
            "C:\\x",
            "-e .",
            "é",
            "aé",
            "a-",
            "-a",
        ] {
            assert!(Requirement::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spellings_of_a_name_are_one() {
        assert_eq!(name_normalised("Kubernetes_-.Asyncio"), "kubernetes-asyncio");
    }
}
