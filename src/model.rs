//! The words the house speaks: what a file states ([`Reading`] and its parts), and what the files of one tree together
//! select ([`Dependency`]). Types only.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::source::{SourceText, Span};
use crate::version::{Version, VersionRange};

/// A closed set of words: an enum whose variants carry the word that machines read.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word for machines.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

pub(crate) use words;

words! {
    /// A registry and its rules: how packages are named, versions ordered and requirements written.
    Ecosystem {
        /// Go modules.
        Golang = "golang",
        /// The Python Package Index.
        Pypi = "pypi",
        /// Maven repositories, whatever tool builds.
        Maven = "maven",
        /// The npm registry.
        Npm = "npm",
        /// RubyGems.
        Gem = "gem",
        /// Hackage.
        Hackage = "hackage",
        /// NuGet packages.
        Nuget = "nuget",
        /// Rust crates.
        Cargo = "cargo",
        /// Erlang and Elixir packages.
        Hex = "hex",
        /// PHP packages.
        Composer = "composer",
        /// Swift packages, by repository.
        Swift = "swift",
        /// Debian packages.
        Deb = "deb",
        /// What is published by its repository's tags alone.
        Generic = "generic",
    }
}

/// A package as its registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Where it is published.
    pub ecosystem: Ecosystem,
    /// Its whole, normalised name: a module path, `group:artifact`, `@scope/name`.
    pub name: String,
}

/// A file format: how its files are named and how they are read. One constant per reader.
#[derive(Debug)]
pub struct Format {
    /// The reader's file name without its ending, unique.
    pub id: &'static str,
    /// What the format is called, for people.
    pub name: &'static str,
    /// Whose packages it names.
    pub ecosystem: Ecosystem,
    /// Globs over a file's path from the root, `/` between folders; one without `/` is matched against the file's name.
    pub globs: &'static [&'static str],
    /// Reads a text; never fails and never panics.
    pub read: fn(&SourceText) -> Reading,
}

/// What the ids of formats that tools write have in them.
const WRITTEN_BY_TOOLS: &[&str] =
    &["lock", "shrinkwrap", "freeze", "modules_txt", "vendor_json", "go_sum", "install_json", "assets_json", "godeps"];

impl Format {
    /// Whether tools write its files and people do not: lockfiles and the like.
    pub fn is_written_by_tools(&self) -> bool {
        WRITTEN_BY_TOOLS.iter().any(|part| self.id.contains(part))
    }
}

/// What one file says, as written. Never an error: what cannot be read is a problem in it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What the file is itself: its own module, project, package or coordinates.
    pub identity: Option<Identity>,
    /// The dependencies it states.
    pub declared: Vec<Declared>,
    /// What it says about dependencies that are stated elsewhere.
    pub overrides: Vec<Override>,
    /// Named values that versions can refer to, in the order of the file.
    pub variables: Vec<Variable>,
    /// Other files it takes in.
    pub includes: Vec<Include>,
    /// Packages that a program's text names with their versions, where it is not understood what becomes of them.
    pub mentions: Vec<Mention>,
    /// How its statements hang together, where the format has components or conditions.
    pub parts: Vec<Part>,
    /// Of a lockfile: how the packages in it hang together.
    pub graph: Graph,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// How the packages that a lockfile states hang together, as far as the file tells. A package is the number of its statement
/// in [`Reading::declared`].
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// What manifests get from it, in the order of the file.
    pub roots: Vec<Root>,
    /// Who needs whom: a package, and one that it needs.
    pub edges: Vec<(u32, u32)>,
}

/// What a manifest gets from a lockfile under some name.
#[derive(Clone, Debug)]
pub struct Root {
    /// The manifest's folder, from the lockfile's own; `None` where the file does not tell whose it is.
    pub folder: Option<String>,
    /// What the manifest calls it.
    pub name: String,
    /// What the manifest asked for when the lockfile was written; `None` where the file does not tell, or where nobody asked
    /// and the package is merely found there.
    pub requirement: Option<String>,
    /// The package.
    pub package: u32,
}

/// The package that a manifest builds.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name, in the form of [`Package::name`]; empty parts where the file leaves them to a parent.
    pub name: String,
    /// Its version as written.
    pub version: Option<String>,
}

/// One dependency as the file states it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The package's name, in the form of [`Package::name`].
    pub name: String,
    /// What is said of its version.
    pub stated: Stated,
    /// What it is for.
    pub scope: Scope,
    /// Whether the project itself asks for it; `None` where the file does not tell.
    pub direct: Option<bool>,
    /// The group, extra, profile, component or marker it hangs on, as written.
    pub condition: Option<String>,
    /// The version text without quotes, or the name where no version is written.
    pub span: Span,
}

impl Declared {
    /// The version that an entry of a lockfile was locked to, for messages; empty where it has none, as a project.
    pub fn locked_version(&self) -> String {
        match &self.stated {
            Stated::Locked(version) => version.clone(),
            Stated::Requirement(..)
            | Stated::Source(_)
            | Stated::Elsewhere(_)
            | Stated::Computed(_)
            | Stated::Nothing => String::new(),
        }
    }
}

/// A part of a file whose statements hold together: a component, a stanza that components take in, a branch of a choice.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// What it is, as written: `library`, `common deps`, `if flag(old)`.
    pub title: String,
    /// The part around it, by its number in [`Reading::parts`]; always lower than its own.
    pub within: Option<usize>,
    /// For a branch: the number of the first branch of the same choice. At most one branch of a choice holds.
    pub choice: Option<usize>,
    /// For a branch: whether it is the last resort, so that one of the choice's branches always holds.
    pub otherwise: bool,
    /// What its statements are for, if that is known; [`Scope::Managed`] for a stanza, which holds only where it is taken
    /// in.
    pub scope: Option<Scope>,
    /// The stanzas it takes in: the number of each part, lower than its own, and the text that names it.
    pub takes: Vec<(usize, Span)>,
    /// Whether its own statements stand in place of those on the same package that a stanza it takes in makes outside of
    /// any branch, rather than hold together with them.
    pub replaces: bool,
    /// Its own statements, by their numbers in [`Reading::declared`].
    pub declared: Vec<usize>,
}

/// What a file says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stated {
    /// A requirement and the grammar it is written in.
    Requirement(String, Grammar),
    /// The exact version that a lockfile or a compiler wrote down.
    Locked(String),
    /// Something else than a registry version.
    Source(Source),
    /// The version is decided elsewhere; the words say where, as written (`catalog:`, a parent, a property).
    Elsewhere(String),
    /// The file is bound to hold a version here, but not as a literal; the words are the expression.
    Computed(String),
    /// No version at all.
    Nothing,
}

/// The grammars in which requirements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// A go.mod version: a minimum, selected as is unless another module asks for more.
    GoMod,
    /// dep's: ranges of Semantic Versioning; a bare version is a caret range.
    Dep,
    /// Glide's: the same ranges; a bare version is exact.
    Glide,
    /// PEP 440 specifiers.
    Pep440,
    /// Poetry's constraints: PEP 440 with `^`, `~`, `*`, `||`; a bare version is exact.
    Poetry,
    /// Pipenv's: PEP 440 specifiers; a bare version is exact, `*` is any.
    Pipfile,
    /// conda's: `=` is a prefix, a bare version exact, `|` is OR; a build may follow.
    Conda,
    /// Maven's: a bare version is taken as is; brackets are ranges.
    Maven,
    /// Gradle's: a bare version is required as is; `9.+`, `latest.…`, brackets, `!!`; a rich version is its calls joined by
    /// `; ` (`strictly [8,9[; prefer 8.5`).
    Gradle,
    /// npm's ranges, else a dist-tag.
    Npm,
    /// RubyGems' requirement strings, joined by commas.
    Gem,
    /// Cabal's version ranges (PVP).
    Cabal,
    /// hpack's: Cabal's, and a bare version is exact.
    Hpack,
    /// Cargo's: the `semver` crate's; a bare version is a caret.
    Cargo,
    /// NuGet's ranges: a bare version is a minimum, and the lowest version in a range is taken.
    Nuget,
    /// The versions in packages.config: exact.
    PackagesConfig,
    /// Paket's constraints: a bare version is exact.
    Paket,
}

/// A place that is no registry version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A version control system: repository and what is checked out of it.
    Git {
        /// The repository as written, or as its shorthand expands.
        repository: String,
        /// The branch, tag or revision.
        reference: GitReference,
    },
    /// An archive or wheel by address.
    Url(String),
    /// A folder or file beside the manifest.
    Path(String),
    /// Another module under this one's name: a fork, with its own version (Go's replace).
    Fork {
        /// The fork's name.
        name: String,
        /// Its version as written.
        version: String,
    },
    /// A sibling in the same workspace.
    Workspace(String),
}

/// What is checked out of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitReference {
    /// The default branch.
    Default,
    /// A branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// A commit.
    Revision(String),
    /// A commit that a lockfile wrote down, with the version that the package's own manifest has there.
    Locked {
        /// The commit.
        revision: String,
        /// The version.
        version: String,
    },
    /// A word of which the file does not say what it is.
    Any(String),
}

words! {
    /// What a dependency is for.
    Scope {
        /// Needed by the program that runs.
        Runtime = "runtime",
        /// Needed only on request: an extra, an optional dependency.
        Optional = "optional",
        /// Expected to be brought by whoever uses the package.
        Peer = "peer",
        /// For people who work on the project.
        Development = "development",
        /// For its tests.
        Test = "test",
        /// For its build.
        Build = "build",
        /// A pin for whoever declares the package: dependency management, constraints, overrides, a catalog.
        Managed = "managed",
    }
}

/// What a file says about a dependency that is stated elsewhere.
#[derive(Clone, Debug)]
pub struct Override {
    /// How it bears on the statement.
    pub effect: Effect,
    /// The package it speaks of.
    pub name: String,
    /// The version it speaks of, if not every one; as written.
    pub when: Option<String>,
    /// What is taken instead, or also asked for.
    pub then: Declared,
}

/// How an [`Override`] bears on a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Another module or version is taken in its place (Go's replace).
    Replace,
    /// The version may not be selected (Go's exclude).
    Exclude,
    /// Its requirement holds as well (constraints files).
    Constrain,
    /// Its version holds where the statement has none (dependency management, catalogs, central versions).
    Manage,
    /// Its version holds whatever the statement says (overrides, resolutions).
    Force,
    /// Its version is put on the statements before it (MSBuild's `Update`).
    Update,
    /// The statements before it are taken back (MSBuild's `Remove`).
    Remove,
}

/// A named value.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value as written.
    pub value: String,
    /// The profile or section it belongs to.
    pub condition: Option<String>,
    /// The value's text.
    pub span: Span,
}

/// A package that a program's text names. Whatever the program does with it, it is not to be passed over.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The package, and what is said of its version.
    pub then: Declared,
    /// All of the text that names it.
    pub span: Span,
}

/// Another file that a file takes in.
#[derive(Clone, Debug)]
pub struct Include {
    /// In what role.
    pub role: Role,
    /// Where it may lie, relative to the including file's folder, first hit wins; empty if it is named otherwise.
    pub paths: Vec<String>,
    /// How it is read.
    pub format: &'static Format,
    /// Its name and version where it is asked for by those (a Maven parent or BOM), as written.
    pub identity: Option<Identity>,
    /// The profile or section that takes it in.
    pub condition: Option<String>,
    /// The text that names it.
    pub span: Span,
}

/// In what role a file takes in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its dependencies are the including file's own (`-r`, `eval_gemfile`, `gemspec`).
    Requirements,
    /// Its dependencies only constrain (`-c`).
    Constraints,
    /// The including file inherits from it (a Maven parent).
    Parent,
    /// Its management is taken over (a Maven BOM).
    Bom,
    /// It is built together with the including file (a reactor module, a workspace member).
    Member,
    /// Its paths are patterns, `folder/**/*.ending`: the sources below a folder, tests left out, are code of the build itself.
    Sources,
}

/// Something that could not be read or does not hold, at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind, a machine's word.
    pub kind: ProblemKind,
    /// What is wrong and what follows; no final full stop.
    pub message: String,
    /// Where.
    pub span: Span,
}

words! {
    /// The kinds of problems.
    ProblemKind {
        /// The text breaks the format's grammar.
        Syntax = "syntax",
        /// Merge-conflict markers.
        Conflict = "merge-conflict",
        /// The bytes are no text of any encoding the format allows.
        Encoding = "encoding",
        /// Not a text file at all.
        Binary = "binary",
        /// A Git LFS pointer stands for the content.
        LfsPointer = "lfs-pointer",
        /// The file is larger than is read.
        TooLarge = "too-large",
        /// It could not be opened or read.
        Unreadable = "unreadable",
        /// It is no regular file.
        NotAFile = "not-a-file",
        /// The text is a template, not yet the format.
        Template = "template",
        /// A file that is taken in is not there.
        MissingInclude = "missing-include",
        /// A path leads out of the scanned root.
        OutsideRoot = "outside-root",
        /// Files take in each other.
        Cycle = "cycle",
        /// More than the stated limit of something.
        Limit = "limit",
        /// Two files contradict each other.
        Contradiction = "contradiction",
        /// A format that is known and not read.
        Unsupported = "unsupported",
        /// A rule that is spoken of and is not there.
        UnknownRule = "unknown-rule",
        /// An ignore that cannot be read.
        MalformedIgnore = "malformed-ignore",
        /// An ignore whose last day is over.
        ExpiredIgnore = "expired-ignore",
        /// An ignore that matches nothing.
        UnusedIgnore = "unused-ignore",
    }
}

impl ProblemKind {
    /// Whether it is about the file as a whole, so that no line could be named.
    pub fn has_no_place(self) -> bool {
        match self {
            ProblemKind::Binary
            | ProblemKind::TooLarge
            | ProblemKind::Unreadable
            | ProblemKind::NotAFile
            | ProblemKind::Unsupported => true,
            ProblemKind::Syntax
            | ProblemKind::Conflict
            | ProblemKind::Encoding
            | ProblemKind::LfsPointer
            | ProblemKind::Template
            | ProblemKind::MissingInclude
            | ProblemKind::OutsideRoot
            | ProblemKind::Cycle
            | ProblemKind::Limit
            | ProblemKind::Contradiction
            | ProblemKind::UnknownRule
            | ProblemKind::MalformedIgnore
            | ProblemKind::ExpiredIgnore
            | ProblemKind::UnusedIgnore => false,
        }
    }

    /// Whether it is about an ignore or a setting that does nothing, behind which nothing can be missed.
    pub fn is_of_an_ignore(self) -> bool {
        let own = [
            ProblemKind::UnknownRule,
            ProblemKind::MalformedIgnore,
            ProblemKind::ExpiredIgnore,
            ProblemKind::UnusedIgnore,
        ];
        own.contains(&self)
    }
}

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

impl Ecosystem {
    /// Whether a name as people write it, perhaps not in its normal form, is a known one; that may end in `*`.
    pub fn is_name_of(self, name: &str, known: &str) -> bool {
        let normal = |name: &str| match self {
            // PEP 503, roughly: a run counts as one.
            Ecosystem::Pypi => name.to_lowercase().replace(['_', '.'], "-"),
            Ecosystem::Golang | Ecosystem::Nuget | Ecosystem::Composer | Ecosystem::Swift => name.to_lowercase(),
            Ecosystem::Maven => name.replace('/', ":"),
            Ecosystem::Cargo => name.replace('_', "-"),
            Ecosystem::Npm
            | Ecosystem::Gem
            | Ecosystem::Hackage
            | Ecosystem::Hex
            | Ecosystem::Deb
            | Ecosystem::Generic => name.to_owned(),
        };
        match known.strip_suffix('*') {
            Some(beginning) => normal(name).starts_with(&normal(beginning)),
            None => normal(name) == normal(known),
        }
    }

    /// A name as the registry compares it: NuGet and Composer do not tell capitals from small letters.
    pub fn folded(self, name: &str) -> Cow<'_, str> {
        match self {
            Ecosystem::Nuget | Ecosystem::Composer => Cow::Owned(name.to_lowercase()),
            Ecosystem::Golang
            | Ecosystem::Pypi
            | Ecosystem::Maven
            | Ecosystem::Npm
            | Ecosystem::Gem
            | Ecosystem::Hackage
            | Ecosystem::Cargo
            | Ecosystem::Hex
            | Ecosystem::Swift
            | Ecosystem::Deb
            | Ecosystem::Generic => Cow::Borrowed(name),
        }
    }
}

/// The files of one tree.
#[derive(Debug, Default)]
pub struct Files {
    /// The packages that are asked about; every one if nothing is said.
    wanted: Option<Wanted>,
    list: Vec<Arc<File>>,
    by_path: HashMap<String, Vec<usize>>,
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
        self.list.push(Arc::new(file));
        id
    }

    /// The same files under the same numbers and paths, some of them as `change` makes them.
    #[must_use]
    pub fn changed(&self, change: impl Fn(FileId, &File) -> Option<File>) -> Files {
        let list = self.list.iter().enumerate();
        let list = list.map(|(id, file)| change(id, file).map_or_else(|| Arc::clone(file), Arc::new)).collect();
        Files { wanted: self.wanted.clone(), list, by_path: self.by_path.clone() }
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

    /// Whether anybody asks about a package.
    pub fn wants(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has(ecosystem, name))
    }

    /// Whether anybody asks about a package whose name starts like this.
    pub fn wants_any(&self, ecosystem: Ecosystem, start: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has_any(ecosystem, start))
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

/// What the files of one ecosystem together say of one dependency, at the place where a person would edit it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package.
    pub package: Package,
    /// The version text as written at the origin; `None` where none is.
    pub declared: Option<String>,
    /// What is selected.
    pub selected: Selected,
    /// What it is for.
    pub scope: Scope,
    /// Whether the project itself asks for it.
    pub direct: Option<bool>,
    /// The group, profile, component or marker it hangs on.
    pub condition: Option<String>,
    /// Where a person would edit.
    pub origin: Origin,
    /// The other places that led here, each with what it does.
    pub because: Vec<Related>,
    /// The declared dependency that brings it in, which is what to upgrade; nothing where it is declared itself or that is not known.
    pub through: Option<String>,
}

/// The version that is used, as far as the files tell.
#[derive(Clone, Debug)]
pub enum Selected {
    /// This one.
    Exact(Version),
    /// One of these.
    Within(VersionRange),
    /// Whatever that source holds.
    Source(Source),
    /// Not to be known from the files.
    Unknown(Why),
}

impl Selected {
    /// What a requirement selects when nothing else decides: a pin selects its version; a requirement that nothing can
    /// satisfy selects nothing that could be known.
    pub fn from_range(range: VersionRange, requirement: &str) -> Selected {
        if range.is_empty() {
            let message = format!("no version can satisfy `{requirement}`");
            return Selected::Unknown(Why::new(Reason::NothingSatisfies, message));
        }
        match range.pinned() {
            Some(version) => Selected::Exact(version.clone()),
            None => Selected::Within(range),
        }
    }
}

/// Why something is not known, or what a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// A machine's word.
    pub reason: Reason,
    /// What exactly is missing, for people.
    pub message: String,
}

impl Why {
    /// A reason and its sentence.
    pub fn new(reason: Reason, message: impl Into<String>) -> Why {
        Why { reason, message: message.into() }
    }
}

words! {
    /// The reasons for verdicts.
    Reason {
        /// Below the published minimum.
        BelowMinimum = "below-minimum",
        /// Our study shows that this version does not re-read the token.
        VerifiedBroken = "verified-broken",
        /// No version of this client re-reads the token.
        NoFixedVersion = "no-fixed-version",
        /// The requirement admits versions on both sides.
        RangeStraddles = "range-straddles",
        /// Nothing bounds the version.
        Unpinned = "unpinned",
        /// At or above the minimum.
        AtLeastMinimum = "at-least-minimum",
        /// Our study shows that this version re-reads the token.
        VerifiedReloads = "verified-reloads",
        /// The token is re-read only after the API server refused a request.
        ReloadsAfterRejection = "reloads-after-rejection",
        /// A commit that lacks the fix.
        RevisionBeforeFix = "revision-before-fix",
        /// A commit that has the fix.
        RevisionAfterFix = "revision-after-fix",
        /// The rules hold no fact about this version.
        NoFacts = "no-facts",
        /// A version refers to a property or variable that is not in the tree.
        UnresolvedVariable = "unresolved-variable",
        /// A parent outside the tree decides.
        RemoteParent = "remote-parent",
        /// A BOM outside the tree decides.
        RemoteBom = "remote-bom",
        /// The version is decided in a place that is not in the tree.
        DecidedElsewhere = "decided-elsewhere",
        /// The version text is none in this ecosystem.
        UnparsableVersion = "unparsable-version",
        /// A git, address or path source of which the rules know nothing.
        SourceUnknown = "source-unknown",
        /// A fork with a numbering of its own.
        Fork = "fork",
        /// A copy inside the tree.
        LocalCopy = "local-copy",
        /// The requirements contradict each other.
        NothingSatisfies = "nothing-satisfies",
        /// The version is excluded by the same file.
        Excluded = "excluded",
        /// The file holds merge-conflict markers.
        MergeConflict = "merge-conflict",
        /// The file breaks its format's grammar, so that its tool refuses all of it.
        BrokenManifest = "broken-manifest",
        /// The value is computed when the build runs.
        Computed = "computed",
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The place in its text.
    pub span: Span,
}

/// A place that bears on a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub origin: Origin,
    /// What it does: `replaces it with v0.18.6`.
    pub message: String,
}

impl Related {
    /// A place and what it does.
    pub fn new(origin: Origin, message: impl Into<String>) -> Related {
        Related { origin, message: message.into() }
    }
}

/// The places that lead to a value: those that consist of a property, outermost first, and those of the properties that are
/// parts of it, each with the property's name; `what` says what the outermost is.
pub fn places_of_properties(through: &[(Origin, String)], parts: &[(Origin, String)], what: &str) -> Vec<Related> {
    let through = through.iter().enumerate().map(|(index, (origin, name))| {
        let what = if index == 0 { what } else { "property" };
        Related::new(*origin, format!("{what} with the value of property `{name}`"))
    });
    let parts = parts.iter().map(|(origin, name)| Related::new(*origin, format!("property `{name}` is part of it")));
    through.chain(parts).collect()
}

/// What resolving gives.
#[derive(Debug, Default)]
pub struct Resolution {
    /// The dependencies, in no particular order.
    pub dependencies: Vec<Dependency>,
    /// What contradicts or is missing between files.
    pub problems: Vec<(FileId, Problem)>,
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
