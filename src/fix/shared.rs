//! Who else uses a named value: a property in a POM, a version in a catalog, a constant of a build script.
//!
//! A value moves only if all who use it move with the client. Readers tell who they are as far as they understand; so the texts
//! are searched for the name as well, and a mention that no understood statement accounts for counts as another user. That
//! leaves more alone than must be, never less.

use crate::model::{File, FileId, Files, Origin, Variable, folder};
use crate::source::Span;

use super::place::statements;

/// Longest chain of values that are made of each other.
const MAX_CHAIN: usize = 8;

/// Where somebody uses a value who does not move along, in words; `None` if nobody does.
pub(super) fn other_user(
    files: &Files,
    origin: Origin,
    variable: &Variable,
    moves_along: &dyn Fn(&str) -> bool,
) -> Option<String> {
    users(files, origin, variable, moves_along, MAX_CHAIN)
}

fn users(
    files: &Files,
    origin: Origin,
    variable: &Variable,
    moves_along: &dyn Fn(&str) -> bool,
    most: usize,
) -> Option<String> {
    let home = files.get(origin.file);
    let mentions = Mentions::new(home, &variable.name);
    for (id, file) in files.of(home.format.ecosystem) {
        let is_in_reach = id == origin.file || !mentions.by_folder || reaches(files, home, file, &variable.name);
        if file.format.is_written_by_tools() || !is_in_reach {
            continue;
        }
        for at in mentions.find(file) {
            // A value that is made of this one is used by others in its turn.
            let holds = |one: &&Variable| one.span.start <= at && at < one.span.end && one.name != variable.name;
            if let Some(outer) = file.reading.variables.iter().find(holds).filter(|_| most > 0) {
                match users(files, Origin { file: id, span: outer.span }, outer, moves_along, most - 1) {
                    Some(place) => return Some(place),
                    None => continue,
                }
            }
            if !is_accounted_for(file, id, at, origin, moves_along) {
                let place = file.source.line_col(at);
                return Some(format!("in {}:{}:{}", file.path, place.line, place.column));
            }
        }
    }
    None
}

/// Where a text literal that is put into the requirement of a package from elsewhere in the same script is used otherwise.
pub(super) fn other_user_of_literal(file: &File, span: Span, package: &str) -> Option<String> {
    if !matches!(file.format.id, "setup_py" | "noxfile_py") {
        return None;
    }
    let text = file.source.text();
    let (before, behind) = (text[..span.start].chars().next_back(), text[span.end..].chars().next());
    if !matches!((before, behind), (Some('"' | '\''), Some('"' | '\''))) {
        return None;
    }
    let spelled = |text: &str| text.to_lowercase().replace(['_', '.'], "-");
    let line = file.source.line_col(span.start).line;
    let head = &text[file.source.line_start(line)..span.start - 1];
    let name = head.trim().strip_suffix('=').map(str::trim_end);
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let Some(name) = name.filter(is_name) else {
        let is_beside = spelled(file.source.line(line)).contains(package);
        return (!is_beside).then(|| format!("in line {line}, apart from the package"));
    };
    let mentions = Mentions::new(file, name).find(file);
    let other = mentions
        .into_iter()
        .map(|at| file.source.line_col(at))
        .find(|at| at.line != line && !spelled(file.source.line(at.line)).contains(package));
    other.map(|at| format!("in {}:{}:{}", file.path, at.line, at.column))
}

/// Whether a value of a build can be meant in another file: one that lies below its folder, with no value of that name nearer.
fn reaches(files: &Files, home: &File, other: &File, name: &str) -> bool {
    let root = root(&home.path);
    let is_below = |path: &str, root: &str| {
        let folder = folder(path);
        root.is_empty() || folder == root || folder.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_nearer = |(_, one): (FileId, &File)| {
        let inner = self::root(&one.path);
        inner.len() > root.len()
            && is_below(&one.path, root)
            && is_below(&other.path, inner)
            && one.reading.variables.iter().any(|variable| variable.name == name)
    };
    is_below(&other.path, root) && !files.of(home.format.ecosystem).any(is_nearer)
}

/// The folder that the build starts in of which a file is part.
fn root(path: &str) -> &str {
    let mut root = folder(path);
    while matches!(root.rsplit('/').next(), Some("gradle" | "buildSrc" | "project")) {
        root = folder(root);
    }
    root
}

/// Whether a mention is the value's own definition, or stands in what is said of a package that moves along.
fn is_accounted_for(file: &File, id: FileId, at: usize, origin: Origin, moves_along: &dyn Fn(&str) -> bool) -> bool {
    let line = file.source.line_col(at).line;
    if id == origin.file && at < origin.span.start && file.source.line_col(origin.span.start).line == line {
        return true;
    }
    let text = file.source.line(line);
    // Kotlin's way to take a property from the project: `val k8s: String by project`.
    if text.trim_start().starts_with("val ") && text.trim_end().ends_with(" by project") {
        return true;
    }
    if is_comment(file, text) {
        return true;
    }
    let is_here = |span: Span| span.start <= at + 1 && at < span.end;
    let stated = statements(file).filter(|one| is_here(one.span)).map(|one| one.name.as_str());
    let included = file.reading.includes.iter().filter(|one| is_here(one.span));
    let included = included.map(|one| one.identity.as_ref().map_or("", |identity| identity.name.as_str()));
    let mut here = stated.chain(included).peekable();
    here.peek().is_some() && here.all(moves_along)
}

/// Whether a line is nothing but a comment.
fn is_comment(file: &File, line: &str) -> bool {
    let line = line.trim_start();
    let is_hashed =
        matches!(file.format.id, "libs_versions_toml" | "gradle_properties" | "gemfile" | "gemspec" | "setup_py");
    (is_hashed && line.starts_with('#'))
        || (file.format.id.starts_with("build_") && line.starts_with("//"))
        || (line.starts_with("<!--") && line.trim_end().ends_with("-->") && line.matches("-->").count() == 1)
}

/// The ways in which a value is named.
struct Mentions {
    forms: Vec<String>,
    /// Whether a form must stand alone, so that no longer name has it in it.
    whole: bool,
    /// Whether it can be named below its folder only.
    by_folder: bool,
    folded: bool,
}

impl Mentions {
    fn new(home: &File, name: &str) -> Mentions {
        let last = name.rsplit('.').next().unwrap_or(name);
        let words = |forms: Vec<String>| Mentions { forms, whole: true, by_folder: true, folded: false };
        match home.format.id {
            "pom_xml" | "maven_config" | "ivy_xml" => {
                Mentions { forms: vec![format!("${{{name}}}")], whole: false, by_folder: false, folded: false }
            }
            "csproj" | "msbuild_props" | "nuspec" => {
                let forms = vec![format!("$({})", name.to_lowercase())];
                Mentions { forms, whole: false, by_folder: false, folded: true }
            }
            "libs_versions_toml" => {
                // Build scripts name it with dots: `libs.versions.my.version`.
                let dotted = name.replace(['-', '_'], ".");
                words(vec![format!("\"{name}\""), format!("'{name}'"), format!("versions.{dotted}")])
            }
            _ if last.len() < name.len() => {
                let table = name[..name.len() - last.len() - 1].rsplit('.').next().unwrap_or_default();
                let forms = [
                    format!("{table}.{last}"),
                    format!("{table}[\"{last}\"]"),
                    format!("{table}['{last}']"),
                    format!("{table}[:{last}]"),
                ];
                words(forms.to_vec())
            }
            _ => words(vec![name.to_owned()]),
        }
    }

    /// Where a text names the value.
    fn find(&self, file: &File) -> Vec<usize> {
        let text = file.source.text();
        let lower;
        let text = if self.folded {
            // ASCII letters only, so that offsets stay.
            lower = text.to_ascii_lowercase();
            lower.as_str()
        } else {
            text
        };
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut found = Vec::new();
        for form in self.forms.iter().filter(|form| !form.is_empty()) {
            for (at, _) in text.match_indices(form.as_str()) {
                let before = text[..at].chars().next_back();
                let behind = text[at + form.len()..].chars().next();
                let is_inside =
                    |other: Option<char>, edge: Option<char>| other.is_some_and(is_part) && edge.is_some_and(is_part);
                let is_longer = is_inside(before, form.chars().next()) || is_inside(behind, form.chars().next_back());
                if !self.whole || !is_longer {
                    found.push(at);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
