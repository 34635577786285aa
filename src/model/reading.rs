//! What one file says, as written.

use super::{Format, words};
use crate::source::Span;

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
    /// Its name, in the form of [`Package::name`](super::Package::name); empty parts where the file leaves them to a parent.
    pub name: String,
    /// Its version as written.
    pub version: Option<String>,
}

/// One dependency as the file states it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The package's name, in the form of [`Package::name`](super::Package::name).
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
    /// The same of every file that its paths find, which are patterns: a loop over `Dir["plugins/*/Gemfile"]`.
    Matching,
    /// The same, if it is there: of one that is absent nothing is missing, or only the resolver knows where it should be.
    Optional,
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
