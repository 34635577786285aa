//! The files of one tree, which of their packages anybody asks about and what is known of those, and paths among them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Ecosystem, Format, Include, Pattern, Reading};
use crate::source::SourceText;

/// One file that was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the root, `/` between folders.
    pub path: String,
    /// Its format.
    pub format: &'static Format,
    /// Its text.
    pub source: SourceText,
    /// What it says.
    pub reading: Reading,
    /// Whether merge-conflict markers make its versions uncertain.
    pub conflicted: bool,
    /// Whether it was read only because a file that was asked for may depend on it. What it states by itself is not
    /// reported then, only what bears on the files that were asked for.
    pub context: bool,
}

/// The packages that anybody asks about. What is selected of the thousands of others needs no answer.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    names: HashMap<Ecosystem, HashSet<String>>,
    prefixes: Vec<(Ecosystem, String)>,
    /// The commits that tags of their repositories name, by package and tag.
    tags: HashMap<(Ecosystem, String), HashMap<String, String>>,
}

impl Wanted {
    /// Adds a whole name, or one that ends in `*` and stands for every rest.
    pub fn add(&mut self, ecosystem: Ecosystem, name: &str) {
        let name = ecosystem.folded(name);
        match name.strip_suffix('*') {
            Some(prefix) => self.prefixes.push((ecosystem, prefix.to_owned())),
            None => {
                self.names.entry(ecosystem).or_default().insert(name.into_owned());
            }
        }
    }

    /// Adds the commit that a tag names, by its first characters.
    pub fn add_tag(&mut self, ecosystem: Ecosystem, name: &str, tag: &str, commit: &str) {
        let tags = self.tags.entry((ecosystem, ecosystem.folded(name).into_owned())).or_default();
        tags.insert(tag.to_owned(), commit.to_owned());
    }

    /// The names of an ecosystem, and what stands before the `*` of patterns.
    pub fn names(&self, ecosystem: Ecosystem) -> impl Iterator<Item = &str> {
        let prefixes = self.prefixes.iter().filter(move |(of, _)| *of == ecosystem).map(|(_, prefix)| prefix.as_str());
        self.names.get(&ecosystem).into_iter().flatten().map(String::as_str).chain(prefixes)
    }

    fn has_any(&self, ecosystem: Ecosystem, start: &str) -> bool {
        self.names(ecosystem).any(|name| name.starts_with(start) || start.starts_with(name))
    }

    fn has(&self, ecosystem: Ecosystem, name: &str) -> bool {
        let name = ecosystem.folded(name);
        self.names.get(&ecosystem).is_some_and(|names| names.contains(name.as_ref()))
            || self.prefixes.iter().any(|(of, prefix)| *of == ecosystem && name.starts_with(prefix.as_str()))
    }
}

/// The files of one tree.
#[derive(Debug, Default)]
pub struct Files {
    /// The packages that are asked about; every one if nothing is said.
    wanted: Option<Wanted>,
    list: Vec<Arc<File>>,
    by_path: HashMap<String, Vec<usize>>,
    by_folder: HashMap<String, Vec<usize>>,
}

/// The number of a file in [`Files`].
pub type FileId = usize;

impl Files {
    /// No files yet, in which only some packages are asked about, or every one.
    pub fn new(wanted: Option<Wanted>) -> Files {
        Files { wanted, ..Files::default() }
    }

    /// Adds a file; a path can be there once per format.
    pub fn push(&mut self, file: File) -> FileId {
        let id = self.list.len();
        self.by_path.entry(file.path.clone()).or_default().push(id);
        self.by_folder.entry(folder(&file.path).to_owned()).or_default().push(id);
        self.list.push(Arc::new(file));
        id
    }

    /// The same files under the same numbers and paths, some of them as `change` makes them.
    #[must_use]
    pub fn changed(&self, change: impl Fn(FileId, &File) -> Option<File>) -> Files {
        let list = self.list.iter().enumerate();
        let list = list.map(|(id, file)| change(id, file).map_or_else(|| Arc::clone(file), Arc::new)).collect();
        Files { wanted: self.wanted.clone(), list, by_path: self.by_path.clone(), by_folder: self.by_folder.clone() }
    }

    /// Makes a file known under a second path: a link to it.
    pub fn alias(&mut self, path: &str, id: FileId) {
        self.by_path.entry(path.to_owned()).or_default().push(id);
    }

    /// A file by its number, to change what is known of it.
    pub fn get_mut(&mut self, id: FileId) -> &mut File {
        Arc::make_mut(&mut self.list[id])
    }

    /// Every file with its number.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &File)> {
        self.list.iter().map(AsRef::as_ref).enumerate()
    }

    /// The files of one ecosystem.
    pub fn of(&self, ecosystem: Ecosystem) -> impl Iterator<Item = (FileId, &File)> {
        self.iter().filter(move |(_, file)| file.format.ecosystem == ecosystem)
    }

    /// The files that lie in a folder, and not below it.
    pub fn in_folder(&self, folder: &str) -> impl Iterator<Item = (FileId, &File)> {
        let ids = self.by_folder.get(folder).into_iter().flatten();
        ids.map(|id| (*id, self.get(*id)))
    }

    /// A file by its number.
    pub fn get(&self, id: FileId) -> &File {
        &self.list[id]
    }

    /// A file by its path and format.
    pub fn find(&self, path: &str, format: &Format) -> Option<FileId> {
        let ids = self.by_path.get(path)?;
        ids.iter().copied().find(|id| self.list[*id].format.id == format.id)
    }

    /// The file that an include names, if it was read.
    pub fn included(&self, from: FileId, include: &Include) -> Option<FileId> {
        let folder = folder(&self.get(from).path);
        let mut paths = include.paths.iter().filter_map(|path| join(folder, path));
        paths.find_map(|path| self.find(&path, include.format))
    }

    /// The files that were read among those that an include's patterns find, in the order of their paths.
    pub fn matching(&self, from: FileId, include: &Include) -> Vec<FileId> {
        let folder = folder(&self.get(from).path);
        let patterns: Vec<Pattern> = include.paths.iter().filter_map(|path| Pattern::new(folder, path)).collect();
        if patterns.is_empty() {
            return Vec::new();
        }
        let of_format = |id: &&usize| self.list[**id].format.id == include.format.id;
        let found = self.by_path.iter().filter(|(path, _)| patterns.iter().any(|pattern| pattern.finds(path)));
        let mut found: Vec<(&str, FileId)> =
            found.filter_map(|(path, ids)| Some((path.as_str(), *ids.iter().find(of_format)?))).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether anybody asks about a package.
    pub fn wants(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has(ecosystem, name))
    }

    /// Whether anybody asks about a package whose name starts like this.
    pub fn wants_any(&self, ecosystem: Ecosystem, start: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has_any(ecosystem, start))
    }

    /// The commit that a tag of a package's repository names, by its first characters, where that is known.
    pub fn commit_of_tag(&self, ecosystem: Ecosystem, name: &str, tag: &str) -> Option<&str> {
        let tags = self.wanted.as_ref()?.tags.get(&(ecosystem, ecosystem.folded(name).into_owned()))?;
        tags.get(tag).map(String::as_str)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// The folder of a path: the part before the last `/`, empty at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder and all above it, the root last.
pub fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |above| (!above.is_empty()).then(|| self::folder(above)))
}

/// A path relative to a folder as a path from the root, `.` and `..` resolved lexically; `None` if it is absolute or
/// leads out of the root.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    let absolute = relative.starts_with(['/', '\\']) || relative.as_bytes().get(1) == Some(&b':');
    if absolute {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
