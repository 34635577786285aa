//! What stands at a place: a requirement, a named value, a package's name without a version.

use crate::model::{Declared, Ecosystem, File, Files, Grammar, Origin, Stated, Variable};
use crate::source::Span;

/// What stands at the place of a finding.
#[derive(Debug)]
pub(super) enum Statement<'f> {
    /// A requirement, in the words of the reader, and its grammar.
    Requirement(&'f str, Grammar),
    /// A value that requirements refer to, and the grammar they are read in.
    Value(&'f Variable, Grammar),
    /// The name of a package of which no version is written.
    Name,
    /// Something that is left to people; the words say what it is.
    Other(String),
}

/// What stands at a place that speaks of a package.
pub(super) fn statement<'f>(files: &'f Files, origin: Origin, package: &str) -> Statement<'f> {
    let file = files.get(origin.file);
    let mut here = statements(file).filter(|declared| declared.span == origin.span);
    let own = here.clone().find(|declared| is_same(file, &declared.name, package));
    if let Some(variable) = file.reading.variables.iter().find(|variable| variable.span == origin.span) {
        return Statement::Value(variable, grammar_of_values(file));
    }
    match own.or_else(|| here.next()).map(|declared| &declared.stated) {
        Some(Stated::Requirement(text, grammar)) => Statement::Requirement(text, *grammar),
        Some(Stated::Locked(text)) => Statement::Requirement(text, grammar_of_values(file)),
        Some(Stated::Nothing) => Statement::Name,
        Some(Stated::Source(_)) => Statement::Other("it is taken from a source that is no registry".into()),
        Some(Stated::Elsewhere(words) | Stated::Computed(words)) => {
            Statement::Other(format!("`{words}` is no version but an expression"))
        }
        None => Statement::Other("what stands here is not a version".into()),
    }
}

/// All that a file says of packages.
pub(super) fn statements(file: &File) -> impl Iterator<Item = &Declared> + Clone {
    file.reading.declared.iter().chain(file.reading.overrides.iter().map(|other| &other.then))
}

/// Whether two names are of one package.
pub(super) fn is_same(file: &File, a: &str, b: &str) -> bool {
    let ecosystem = file.format.ecosystem;
    ecosystem.folded(a) == ecosystem.folded(b)
}

/// Where a piece of what a reader made of a span stands in the text. A reader leaves out quotes and blanks, and adds an
/// operator that stands elsewhere; so a piece has to be found, and found once.
pub(super) fn locate(file: &File, span: Span, stated: &str, piece: std::ops::Range<usize>) -> Option<Span> {
    let written = file.source.slice(span);
    if written == stated {
        return Some(Span::new(span.start + piece.start, span.start + piece.end));
    }
    let wanted = &stated[piece];
    if wanted.is_empty() {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '*');
    let mut found = written.match_indices(wanted).filter(|(at, _)| {
        let before = written[..*at].chars().next_back();
        let behind = written[at + wanted.len()..].chars().next();
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    });
    let (at, _) = found.next()?;
    found.next().is_none().then(|| Span::new(span.start + at, span.start + at + wanted.len()))
}

/// The grammar in which a named value, or a bare version, is read.
fn grammar_of_values(file: &File) -> Grammar {
    match file.format.ecosystem {
        Ecosystem::Golang => Grammar::GoMod,
        Ecosystem::Pypi => Grammar::Pep440,
        Ecosystem::Maven if matches!(file.format.id, "pom_xml" | "maven_config" | "bazel_maven") => Grammar::Maven,
        Ecosystem::Maven => Grammar::Gradle,
        Ecosystem::Npm => Grammar::Npm,
        Ecosystem::Gem => Grammar::Gem,
        // In a list of packages for Stack a bare version is exact, as hpack has it.
        Ecosystem::Hackage => Grammar::Hpack,
        Ecosystem::Nuget => Grammar::Nuget,
        Ecosystem::Cargo => Grammar::Cargo,
        Ecosystem::Hex | Ecosystem::Composer | Ecosystem::Swift | Ecosystem::Deb | Ecosystem::Generic => Grammar::Maven,
    }
}
