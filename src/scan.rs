//! The pipeline from a root to what its files state. The only code that opens files of the scanned tree.

use std::collections::HashSet;
use std::path::Path;

use crate::model::{self, File, Files, Format, Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span};
use crate::walk::Matcher;

/// Longest chain of files that take in each other.
const MAX_INCLUDE_DEPTH: usize = 32;

/// Reads a file's bytes as a format.
pub fn read(path: &str, format: &'static Format, bytes: &[u8]) -> File {
    let (source, reading) = if let Ok(decoded) = SourceText::decode(bytes) {
        let reading = (format.read)(&decoded.source);
        (decoded.source, reading)
    } else {
        let source = SourceText::new("");
        let mut reading = (format.read)(&source);
        // A format that is known and not read says so itself, whatever the bytes are.
        if !reading.problems.iter().any(|problem| problem.kind == ProblemKind::Unsupported) {
            let message = "the file is binary".to_owned();
            let problem = Problem { kind: ProblemKind::Binary, message, span: Span::new(0, 0) };
            reading = Reading { problems: vec![problem], ..Reading::default() };
        }
        (source, reading)
    };
    File { path: path.to_owned(), format, source, reading, conflicted: false }
}

/// Reads the manifests among some paths and whatever they take in, as far as it lies in the root.
pub fn load(root: &Path, paths: &[String]) -> Files {
    let matcher = Matcher::new();
    let mut files = Files::default();
    for path in paths {
        for format in matcher.formats(path) {
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                files.push(read(path, format, &bytes));
            }
        }
    }
    follow_includes(root, &mut files);
    files
}

/// Reads the files that other files take in and that are not read yet, level by level.
fn follow_includes(root: &Path, files: &mut Files) {
    let mut start = 0;
    for _ in 0..MAX_INCLUDE_DEPTH {
        let mut wanted = HashSet::new();
        for (_, file) in files.iter().skip(start) {
            let folder = model::folder(&file.path);
            for include in &file.reading.includes {
                let mut paths = include.paths.iter().filter_map(|path| model::join(folder, path));
                if let Some(path) = paths.find(|path| root.join(path).is_file())
                    && files.find(&path, include.format).is_none()
                {
                    wanted.insert((path, include.format.id));
                }
            }
        }
        start = files.len();
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort();
        for (path, id) in wanted {
            let format = crate::ecosystem::formats().find(|format| format.id == id);
            if let (Some(format), Ok(bytes)) = (format, std::fs::read(root.join(&path))) {
                files.push(read(&path, format, &bytes));
            }
        }
        if files.len() == start {
            break;
        }
    }
}
