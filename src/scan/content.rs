//! From the bytes of a file to what it says: is it text at all, does Git LFS or a merge conflict or a template stand in the
//! place of the content?
//!
//! Traps:
//! - Merge-conflict markers are told by their order, `<<<<<<<` then `=======` then `>>>>>>>` at the start of lines: a row of
//!   equals signs alone underlines a heading. Both sides are read; the markers, and the common ancestor that `diff3` style
//!   puts between `|||||||` and `=======`, are blanked out in place, so that offsets stay.
//! - `{{` and `<%` are legal in many formats. A file counts as a template only if it does not parse.

use std::borrow::Cow;

use crate::ecosystem::gem::gemspec;
use crate::ecosystem::pypi::{conda_explicit_lock, requirements_txt, script_metadata};
use crate::model::{File, Format, Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span};
use crate::tree::Unread;

/// Largest manifest that is read.
const MANIFEST_LIMIT: u64 = 8 * 1024 * 1024;

/// Largest lockfile that is read: tools write those, and monorepos have huge ones.
const LOCKFILE_LIMIT: u64 = 128 * 1024 * 1024;

/// Formats that hardly any of the files so named hold: how a line starts in those that do. The others are none of the format,
/// whatever is wrong with them.
const MARKED: &[(&str, &str)] =
    &[(script_metadata::FORMAT.id, script_metadata::MARK), (conda_explicit_lock::FORMAT.id, conda_explicit_lock::MARK)];

/// First line of a Git LFS pointer (git-lfs `docs/spec.md`).
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The most bytes that a file of a format may have. What hardly any of the files so named hold makes no others larger.
pub(super) fn limit(format: &Format) -> u64 {
    if format.is_written_by_tools() && !is_marked(format) { LOCKFILE_LIMIT } else { MANIFEST_LIMIT }
}

/// Whether only files with a mark are of a format.
pub(super) fn is_marked(format: &Format) -> bool {
    MARKED.iter().any(|(id, _)| *id == format.id)
}

/// Whether files of a format may bear on others, so that they are read around a file that is named: marked ones do if they
/// are locks.
pub(super) fn is_context(format: &Format) -> bool {
    !is_marked(format) || format.is_written_by_tools()
}

/// Whether bytes can be of a format: those of a marked one have a line that starts with the mark.
pub(super) fn can_be(format: &Format, bytes: &[u8]) -> bool {
    let Some((_, mark)) = MARKED.iter().find(|(id, _)| *id == format.id) else { return true };
    let is_line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    match std::str::from_utf8(bytes) {
        // Searching text is several times faster than looking at each line, and this is done with every file of a language.
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            text.match_indices(mark).any(|(at, _)| at == 0 || is_line_end(&text.as_bytes()[at - 1]))
        }
        Err(_) => bytes.split(is_line_end).any(|line| line.starts_with(mark.as_bytes())),
    }
}

/// Reads a file's bytes as a format.
pub fn read(path: &str, format: &'static Format, bytes: &[u8]) -> File {
    let bytes = &*without_stub_separators(format, bytes);
    let Ok(decoded) = SourceText::decode(bytes) else {
        let mut file = unread(path, format, Unread::new(ProblemKind::Binary, "the file is binary; it is not read"));
        // A format that is known and not read says so itself, whatever the bytes are.
        let reading = (format.read)(&file.source);
        if reading.problems.iter().any(|problem| problem.kind == ProblemKind::Unsupported) {
            file.reading = reading;
        }
        return file;
    };
    let source = decoded.source;
    let mut file =
        File { path: path.to_owned(), format, source, reading: Reading::default(), conflicted: false, context: false };
    if bytes.starts_with(LFS_POINTER) && file.source.text().contains("\noid sha256:") {
        let message = "the content is kept in Git LFS and is not checked out; fetch it with `git lfs pull`";
        let span = line_span(&file.source, 1);
        file.reading.problems.push(Problem { kind: ProblemKind::LfsPointer, message: message.into(), span });
        return file;
    }
    match without_conflicts(&file.source) {
        Some((merged, marker)) => {
            file.conflicted = true;
            file.reading = (format.read)(&merged);
            file.reading.problems.retain(|problem| problem.kind != ProblemKind::Syntax);
            let message = "merge-conflict markers: no version in this file is certain until the conflict is resolved";
            let problem = Problem { kind: ProblemKind::Conflict, message: message.into(), span: marker };
            file.reading.problems.insert(0, problem);
        }
        None => {
            file.reading = (format.read)(&file.source);
            if format.id == requirements_txt::FORMAT.id && requirements_txt::is_doubtful(path) {
                requirements_txt::settle_doubt(&mut file.reading);
            }
            name_template(&file.source, &mut file.reading);
        }
    }
    if let Some(offset) = decoded.replaced_at {
        let message = "bytes here and perhaps further down are not valid in the file's encoding; they were replaced";
        let span = Span::new(offset, offset + '\u{FFFD}'.len_utf8());
        file.reading.problems.insert(0, Problem { kind: ProblemKind::Encoding, message: message.into(), span });
    }
    file
}

/// A gemspec with blanks for the NULs that RubyGems writes between the folders of its `# stub:` line
/// (`Gem::Specification#to_ruby`), as it does where a gem is unpacked; other bytes are left as they are.
fn without_stub_separators<'a>(format: &Format, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    if format.id != gemspec::FORMAT.id || !bytes.contains(&0) {
        return Cow::Borrowed(bytes);
    }
    let mut bytes = bytes.to_vec();
    for line in bytes.split_mut(|byte| *byte == b'\n').take(5).filter(|line| line.starts_with(b"# stub: ")) {
        line.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    }
    Cow::Owned(bytes)
}

/// A file that holds nothing that anybody asks about.
pub(super) fn passed_over(path: &str, format: &'static Format) -> File {
    let source = SourceText::new("");
    File { path: path.to_owned(), format, source, reading: Reading::default(), conflicted: false, context: false }
}

/// A file of which nothing can be said but why it was not read.
pub(super) fn unread(path: &str, format: &'static Format, why: Unread) -> File {
    let problem = Problem { kind: why.kind, message: why.message, span: Span::new(0, 0) };
    let reading = Reading { problems: vec![problem], ..Reading::default() };
    let source = SourceText::new("");
    File { path: path.to_owned(), format, source, reading, conflicted: false, context: false }
}

/// Whether a problem is one of the file, whatever format it is read as.
pub(super) fn is_of_the_bytes(problem: &Problem) -> bool {
    match problem.kind {
        ProblemKind::Conflict
        | ProblemKind::Encoding
        | ProblemKind::Binary
        | ProblemKind::LfsPointer
        | ProblemKind::TooLarge
        | ProblemKind::Unreadable
        | ProblemKind::NotAFile => true,
        ProblemKind::Syntax
        | ProblemKind::Template
        | ProblemKind::MissingInclude
        | ProblemKind::OutsideRoot
        | ProblemKind::Cycle
        | ProblemKind::Limit
        | ProblemKind::Contradiction
        | ProblemKind::Unsupported
        | ProblemKind::UnknownRule
        | ProblemKind::MalformedIgnore
        | ProblemKind::ExpiredIgnore
        | ProblemKind::UnusedIgnore => false,
    }
}

/// The text with both sides of its conflicts and without what marks them, and the first marker; `None` if it has none.
fn without_conflicts(source: &SourceText) -> Option<(SourceText, Span)> {
    #[derive(PartialEq)]
    enum Part {
        Outside,
        Ours,
        Ancestor,
        Theirs,
    }
    // Most files have none: one quick look before the lines are gone through.
    if !source.text().contains("<<<<<<<") {
        return None;
    }
    let mut part = Part::Outside;
    let mut blank: Vec<Span> = Vec::new();
    let mut opened = 0;
    let mut first = None;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        let span = line_span(source, number);
        match part {
            Part::Outside if is_marker(line, '<') => {
                (part, opened) = (Part::Ours, blank.len());
                blank.push(span);
            }
            Part::Ours if is_marker(line, '|') => {
                part = Part::Ancestor;
                blank.push(span);
            }
            Part::Ours | Part::Ancestor if is_marker(line, '=') => {
                part = Part::Theirs;
                blank.push(span);
            }
            Part::Ancestor => blank.push(span),
            Part::Theirs if is_marker(line, '>') => {
                part = Part::Outside;
                blank.push(span);
                first = first.or(Some(blank[opened]));
            }
            Part::Outside | Part::Ours | Part::Theirs => {}
        }
    }
    if part != Part::Outside {
        // Never closed: that is no conflict, and its lines stay as they are.
        blank.truncate(opened);
    }
    let first = first?;
    let mut text = source.text().to_owned();
    for span in blank {
        text.replace_range(span.start..span.end, &" ".repeat(span.end - span.start));
    }
    Some((SourceText::new(text), first))
}

/// Seven times the character, alone or followed by a blank.
fn is_marker(line: &str, character: char) -> bool {
    let bare = line.trim_start_matches(character);
    line.len() - bare.len() == 7 && (bare.is_empty() || bare.starts_with(' '))
}

fn line_span(source: &SourceText, number: usize) -> Span {
    let start = source.line_start(number);
    Span::new(start, start + source.line(number).len())
}

/// Says of a file with template syntax that it is a template, instead of what its format makes of that.
fn name_template(source: &SourceText, reading: &mut Reading) {
    if !reading.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax) {
        return;
    }
    let Some(span) = template_marker(source) else { return };
    reading.problems.retain(|problem| problem.kind != ProblemKind::Syntax);
    let message = "the file is a template and not yet what its name says; scan what is made of it as well";
    reading.problems.push(Problem { kind: ProblemKind::Template, message: message.into(), span });
}

/// The first `{{ }}`, `{% %}` or `<% %>` on one line.
fn template_marker(source: &SourceText) -> Option<Span> {
    for number in 1..=source.line_count() {
        let (line, start) = (source.line(number), source.line_start(number));
        let found = [("{{", "}}"), ("{%", "%}"), ("<%", "%>")].iter().filter_map(|(open, close)| {
            let from = line.find(open)?;
            let length = line[from..].find(close)? + close.len();
            Some(Span::new(start + from, start + from + length))
        });
        if let Some(span) = found.min() {
            return Some(span);
        }
    }
    None
}
