//! `requirements.txt` and its relatives, as pip reads them ("Requirements File Format", "Constraints Files"): a requirement
//! or options on each logical line ([`super::requirements_lines`], [`super::requirements_options`]).
//!
//! Traps:
//! - The first word that starts with `-` ends the requirement; where it is the first of the line, nothing on the line is
//!   required.
//! - Of several `-r` and `-c` on a line only one counts, `-r` before `-c`; behind a requirement neither does.
//! - `${NAME}` is replaced from the environment before anything else, `$NAME` never.
//! - What ends like an archive is a file, even `kubernetes-12.0.0.tar.gz` without a folder.
//! - Compilers write a comment `via` behind a pin that says who asked for it.
//! - pip refuses the whole file for one line. The reader goes on, since the rest is still what its authors meant, and
//!   reports the first such line only.
//! - Notes for people bear the same names. A file that is mostly lines which pip refuses, next to which no requirement says more than
//!   a name, is none of the format, and so is one that has only a few requirements among many such lines: an example in a text.
//!
//! Not done here: including files and telling a constraints file by its name are `resolve`'s.

use std::collections::BTreeMap;

use super::part::placed;
use super::pep508::{Requirement, condition, name_normalised};
use super::reference;
use super::requirement::Specifiers;
use super::requirements_lines::{LogicalLine, lines};
use super::requirements_options::{Setting, settings};
use super::version::trim;
use crate::model::{
    Declared, Ecosystem, Format, Include, Problem, ProblemKind, Reading, Role, Scope, Source, Stated, Variable,
};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "requirements_txt",
    name: "requirements.txt",
    ecosystem: Ecosystem::Pypi,
    globs: &[
        "*[Rr]equirements*.{txt,in,pip}",
        "*REQUIREMENTS*.{txt,in,pip}",
        "*requirements/*.{txt,in,pip}",
        "*requirements/**/*.{txt,in,pip}",
        "*constraints*.txt",
        "{requirement,reqs,req,requires,require}.txt",
        "{requirement,reqs,requires}[-_.]*.txt",
        "*[-_.]{requirement,reqs,req,requires,require}.txt",
        "{pip,test}-requires",
    ],
    read,
};

/// Whether a file has a name that others use as well, for a request or for prose: one without any requirement is none of the
/// format.
pub fn is_doubtful(path: &str) -> bool {
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.contains("req") && !["requirements", "constraints"].iter().any(|part| path.contains(part))
}

/// The name under which the `--pre` option stands among the variables.
pub const PRE_OPTION: &str = "--pre";

/// The name under which the files that a compiled file was compiled from stand among the variables.
pub const COMPILED_FROM: &str = "compiled from";

/// The endings of files that pip takes for archives.
const ARCHIVES: &[&str] =
    &[".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"];

/// How many lines that pip refuses come on one requirement in a text for people, at least.
const PROSE: usize = 5;

/// Reads a file.
pub(super) fn read(source: &SourceText) -> Reading {
    let (reading, kinds) = read_lines(source);
    if kinds.are_prose() { Reading::default() } else { reading }
}

/// How many lines there are of each kind.
#[derive(Clone, Copy, Default)]
struct LineKinds {
    /// Those that pip refuses.
    refused: usize,
    /// Those that say no more than a name that it takes, or that can only be told from it.
    bare: usize,
    /// Requirements with a version, marker or place, and options.
    telling: usize,
}

impl LineKinds {
    fn count(&mut self, line: &LogicalLine, declared: Option<&Declared>, outcome: Result<(), ProblemKind>) {
        let is_marker = |text: &str| text.contains(['<', '>', '=']) || text.contains(" in ");
        match (outcome, declared.map(|declared| (&declared.stated, declared.condition.as_deref()))) {
            (Err(ProblemKind::Syntax), _) => self.refused += 1,
            (Err(_), _) => self.telling += 1,
            (Ok(()), Some((Stated::Requirement(text, grammar), _))) => match Specifiers::parse(text, *grammar) {
                Ok(_) => self.telling += 1,
                // A word where pip wants a version.
                Err(_) if text.starts_with(|c: char| c.is_ascii_alphabetic()) => self.refused += 1,
                Err(_) => self.bare += 1,
            },
            (Ok(()), Some((Stated::Nothing, condition))) if !condition.is_some_and(is_marker) => self.bare += 1,
            (Ok(()), Some(_)) => self.telling += 1,
            // An item of a list in a text: pip takes a `-` alone for an argument, and no notice of it.
            (Ok(()), None) if line.text.starts_with("- ") => self.refused += 1,
            (Ok(()), None) => self.telling += usize::from(line.text.starts_with('-') || line.text.contains('/')),
        }
    }

    fn are_prose(self) -> bool {
        self.refused > self.bare && self.telling == 0 || self.refused > self.bare + PROSE * self.telling
    }
}

/// Reads lines of requirements, whatever else stands among them.
fn read_lines(source: &SourceText) -> (Reading, LineKinds) {
    let mut reading = Reading::default();
    let mut kinds = LineKinds::default();
    let mut via: Option<Via> = None;
    let mut refused: Vec<ProblemKind> = Vec::new();
    let mut compiled_from: BTreeMap<String, Span> = BTreeMap::new();
    for line in lines(source.text()) {
        if !line.text.is_empty() {
            let before = reading.declared.len();
            let outcome = statement(&mut reading, &line);
            let kind = outcome.as_ref().map_err(|(kind, _)| *kind);
            kinds.count(&line, reading.declared.get(before), kind.copied());
            if let Err((kind, why)) = outcome
                && !refused.contains(&kind)
            {
                refused.push(kind);
                let message = format!("pip refuses this line and with it the whole file: {why}");
                reading.problems.push(Problem { kind, message, span: line.span() });
            }
            via = (reading.declared.len() > before).then_some(Via { declared: before, open: false });
        }
        match (&mut via, &line.comment) {
            (Some(via), Some(comment)) => via.read(comment, &mut reading.declared, &mut compiled_from),
            (Some(via), None) => via.open = false,
            (None, _) => {}
        }
    }
    for (value, span) in compiled_from {
        reading.variables.push(Variable { name: COMPILED_FROM.into(), value, condition: None, span });
    }
    (reading, kinds)
}

/// Reads lines of a requirements file that stand in another file; `place` finds the place of a part of them there.
pub(super) fn read_part(text: &str, place: impl Fn(Span) -> Span) -> Reading {
    placed(read_lines(&SourceText::new(text)).0, place)
}

fn statement(reading: &mut Reading, line: &LogicalLine) -> Result<(), (ProblemKind, String)> {
    let text = line.text.as_str();
    if ["{%", "{{", "{#"].iter().any(|mark| text.starts_with(mark)) {
        return Err((ProblemKind::Template, "it is a template".into()));
    }
    // Merge-conflict markers are whoever loads the file's to report.
    if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| text.starts_with(mark)) {
        return Ok(());
    }
    let options = options_start(text);
    if options > 0 {
        let requirement = text[..options].trim_end();
        reading.declared.extend(declaration(line, requirement, Span::new(0, requirement.len()))?);
    }
    let settings = settings(text, options).map_err(|why| (ProblemKind::Syntax, why))?;
    // Behind a requirement there are only its hashes and the like.
    if options > 0 { Ok(()) } else { option_line(reading, line, &settings) }
}

/// Where the options start: at the first word, counted in single blanks, that starts with `-`.
fn options_start(text: &str) -> usize {
    let mut start = 0;
    for word in text.split(' ') {
        if word.starts_with('-') {
            return start;
        }
        start += word.len() + 1;
    }
    text.len()
}

fn option_line(reading: &mut Reading, line: &LogicalLine, settings: &[Setting]) -> Result<(), (ProblemKind, String)> {
    let first = |name: &str| settings.iter().find(|setting| setting.name == name);
    if let Some(target) = first("editable") {
        reading.declared.extend(declaration(line, &target.value, target.span)?);
    } else if let Some(file) = first("requirement") {
        include(reading, line, file, Role::Requirements);
    } else if let Some(file) = first("constraint") {
        include(reading, line, file, Role::Constraints);
    }
    if let Some(pre) = first("pre") {
        let span = line.place(pre.span);
        reading.variables.push(Variable { name: PRE_OPTION.into(), value: String::new(), condition: None, span });
    }
    Ok(())
}

fn include(reading: &mut Reading, line: &LogicalLine, file: &Setting, role: Role) {
    let span = line.place(file.span);
    let unread = if is_address(&file.value) {
        Some("it is not in the tree")
    } else if environment_variable(&file.value).is_some() {
        Some("the environment decides where it is")
    } else {
        None
    };
    if let Some(why) = unread {
        let message = format!("`{}` is not read: {why}, so what it says is missing here", file.value.escape_debug());
        reading.problems.push(Problem { kind: ProblemKind::MissingInclude, message, span });
        return;
    }
    let paths = vec![file.value.clone()];
    reading.includes.push(Include { role, paths, format: &FORMAT, identity: None, condition: None, span });
}

/// What a requirement declares; nothing if it is a folder, or an archive without a name. `span` is its place in the line.
fn declaration(line: &LogicalLine, text: &str, span: Span) -> Result<Option<Declared>, (ProblemKind, String)> {
    let place = |part: Span| {
        // The value of a quoted option with escapes in it has no finer place than itself.
        let is_literal = line.text.get(span.start..span.end) == Some(text);
        line.place(if is_literal { part.shifted(span.start) } else { span })
    };
    if is_archive(text) {
        return Ok(nameless(text, place));
    }
    match Requirement::parse(text) {
        Ok(requirement) if requirement.specifier.is_some_and(|part| is_prose(part.text)) => {
            Err((ProblemKind::Syntax, "it reads like prose".into()))
        }
        Ok(requirement) => Ok(Some(named(&requirement, place))),
        Err(_) if is_address(text) || text.starts_with('.') || text.contains(['/', '\\']) => Ok(nameless(text, place)),
        Err(_) if text.starts_with("${") => Err((ProblemKind::Template, "the environment decides its name".into())),
        Err(why) => Err((ProblemKind::Syntax, why.into())),
    }
}

fn named(requirement: &Requirement<'_>, place: impl Fn(Span) -> Span) -> Declared {
    let mut declared = requirement.declare(Scope::Runtime, None, place);
    if let Stated::Requirement(text, _) = &declared.stated
        && (environment_variable(text).is_some() || text.contains("{{"))
    {
        declared.stated = Stated::Computed(text.clone());
    }
    declared
}

/// Whether words follow where a version should: `kubernetes cluster with three nodes` speaks of no package.
fn is_prose(specifier: &str) -> bool {
    let mut words = specifier.split_whitespace();
    let is_word = |word: &str| word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '\'' | '-'));
    words.next().is_some_and(is_word) && words.next().is_some()
}

/// An address or path whose own words may name a package.
fn nameless(text: &str, place: impl Fn(Span) -> Span) -> Option<Declared> {
    let separator = if is_address(text) { "; " } else { ";" };
    let (target, marker) = text.split_once(separator).unwrap_or((text, ""));
    let target = trim(target);
    let found = reference::read(target);
    // Extras behind an archive: `./x.whl[extra]`.
    let bare = target.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map_or(target, |(bare, _)| bare);
    let name = found.name.or_else(|| reference::archive(bare).map(|archive| archive.name))?;
    let source = match found.source {
        Source::Path(_) if bare.len() < target.len() => Source::Path(bare.into()),
        other => other,
    };
    Some(Declared {
        name: name_normalised(&name),
        stated: Stated::Source(source),
        scope: Scope::Runtime,
        direct: Some(true),
        condition: condition(None, Some(trim(marker)).filter(|marker| !marker.is_empty())),
        span: place(Span::new(0, target.len())),
    })
}

/// Whether pip takes a requirement for a file because of its ending alone.
fn is_archive(text: &str) -> bool {
    let target = text.split(';').next().map_or("", trim);
    let target = target.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map_or(target, |(bare, _)| bare);
    let lower = target.to_ascii_lowercase();
    let before_at = target.split_once('@').map(|(before, _)| before);
    let is_reference = before_at.is_some_and(|before| !before.starts_with('.') && !before.contains(['/', '\\']));
    ARCHIVES.iter().any(|ending| lower.ends_with(ending)) && !is_reference
}

/// Whether a text starts with a scheme: two characters at least, since one is a drive.
fn is_address(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The name of the first environment variable that pip would replace.
pub(super) fn environment_variable(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("${") {
        let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        let length = behind.bytes().take_while(|byte| is_name(byte)).count();
        if length > 0 && behind[length..].starts_with('}') {
            return Some(&behind[..length]);
        }
        rest = behind;
    }
    None
}

/// Who asked for a pin, from the comments that pip-compile and uv write behind it.
struct Via {
    declared: usize,
    /// Whether a `via` was read and the next comment goes on with it.
    open: bool,
}

impl Via {
    fn read(&mut self, comment: &str, declared: &mut [Declared], compiled_from: &mut BTreeMap<String, Span>) {
        let comment = trim(comment);
        let sources = match comment.strip_prefix("via") {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest,
            _ if self.open => comment,
            _ => return,
        };
        let declared = &mut declared[self.declared];
        if !self.open {
            self.open = true;
            declared.direct = None;
        }
        for source in sources.split(',').map(trim).filter(|source| !source.is_empty()) {
            // `-r requirements.in`, or `project (pyproject.toml)`; a constraint asks for nothing.
            let file = source.strip_prefix("-r ").map(|file| file.split(" (").next().unwrap_or_default());
            if let Some(file) = file {
                compiled_from.entry(file.into()).or_insert(declared.span);
            }
            let is_direct = file.is_some() || source.ends_with(')');
            if is_direct || declared.direct.is_none() && !source.starts_with("-c ") {
                declared.direct = Some(is_direct);
            }
        }
    }
}
