//! Rules as data: which clients there are, which of their versions re-read the token, and what to move to.
//!
//! A rule is one TOML file under `rules/` (its fields: `rules/README.md`). Everything the judge knows stands there; the code
//! knows no package name.
//!
//! Traps:
//! - A rule file is the user's own, so what is wrong with it is an error with its place, not a problem beside the findings.
//! - A wrong fact would be believed; so ranges may not overlap, and a client's examples must get the verdict they state.
//! - A published minimum and our facts may differ. Both are kept; the judge says which one speaks.
//!
//! Not done here: judging. What the loader checks of a verdict is what examples can state.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use walkdir::{DirEntry, WalkDir};

use crate::model::Ecosystem;
use crate::source::SourceText;
use crate::version::{Version, VersionRange};

mod check;
mod index;
mod read;
mod story;

pub use index::Index;
pub use story::{Check, Grace, Story};

pub use crate::data::{Fault, RuleError};

/// The rules that the program carries: the name and the text of each file.
const BUILT_IN: &[(&str, &str)] =
    &[("bound-service-account-token.toml", include_str!("../rules/bound-service-account-token.toml"))];

/// The folders beside the rules that hold no rules: what is outside a tree, by ecosystem (`ecosystem::maven::known_boms`), and
/// what is seen of clients when they run (`platform`).
const OTHER_FACTS: &[&str] = &["carriers", "runtime"];

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules, in the order they were loaded.
    pub rules: Vec<Rule>,
}

impl RuleSet {
    /// The rules that the program carries, read once.
    ///
    /// # Panics
    /// If they are malformed, which a test would show.
    pub fn built_in() -> &'static RuleSet {
        static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
            let rules = BUILT_IN.iter().map(|(name, text)| Rule::parse(name, text));
            let rules = rules.collect::<Result<Vec<_>, _>>();
            RuleSet { rules: rules.unwrap_or_else(|error| panic!("the built-in rules are well-formed: {error}")) }
        });
        &RULES
    }

    /// The built-in rules and those of some files. A folder stands for the `*.toml` files below it, sorted, but
    /// for those in a folder `carriers` or `runtime`; a rule with the id of another takes its place.
    ///
    /// # Errors
    /// The first thing that is wrong with a path or a file.
    pub fn load(paths: &[PathBuf]) -> Result<RuleSet, RuleError> {
        let mut set = RuleSet::built_in().clone();
        for path in paths {
            for file in files(path)? {
                let name = file.to_string_lossy();
                let bytes = std::fs::read(&file)
                    .map_err(|why| RuleError::of_path(&file, Fault::Unreadable(why.to_string())))?;
                let decoded = SourceText::decode(&bytes).ok().filter(|decoded| decoded.replaced_at.is_none());
                let text = decoded.ok_or_else(|| RuleError::of_path(&file, Fault::NotText))?;
                let rule = Rule::parse(&name, text.source.text())?;
                match set.rules.iter_mut().find(|other| other.id == rule.id) {
                    Some(other) => *other = rule,
                    None => set.rules.push(rule),
                }
            }
        }
        Ok(set)
    }

    /// The clients by name, for many look-ups.
    pub fn index(&self) -> Index<'_> {
        Index::new(self)
    }
}

/// The rule files that a path stands for.
fn files(path: &Path) -> Result<Vec<PathBuf>, RuleError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let is_of_rules =
        |entry: &DirEntry| entry.depth() == 0 || !OTHER_FACTS.iter().any(|folder| entry.file_name() == *folder);
    for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_of_rules) {
        let entry = entry.map_err(|why| RuleError::of_path(path, Fault::Unreadable(why.to_string())))?;
        let is_folder = entry.file_type().is_dir();
        if !is_folder && entry.path().extension().is_some_and(|extension| extension == "toml") {
            files.push(rule_file(entry.into_path())?);
        }
    }
    if files.is_empty() {
        return Err(RuleError::of_path(path, Fault::NoRules));
    }
    Ok(files)
}

/// A path in a folder of rules that is called like a rule: a file, or a link to one. Reading a pipe would wait for ever.
fn rule_file(path: PathBuf) -> Result<PathBuf, RuleError> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(path),
        Ok(_) => Err(RuleError::of_path(&path, Fault::Unreadable("it is no file".into()))),
        Err(why) => Err(RuleError::of_path(&path, Fault::Unreadable(why.to_string()))),
    }
}

/// One rule: a capability that clients have from some version on.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, unique: the file's name without its ending.
    pub id: String,
    /// A short title.
    pub title: String,
    /// What goes wrong without it, for people.
    pub description: String,
    /// The date of the facts, `yyyy-mm-dd`.
    pub date: String,
    /// Why it is there, for `explain`.
    pub story: Option<Story>,
    /// The clients it speaks of.
    pub clients: Vec<Client>,
    /// Packages that look like clients and are none.
    pub not_clients: Vec<NotClient>,
}

impl Rule {
    /// Reads a rule from the text of a file; the file's name without its ending is the rule's id.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<Rule, RuleError> {
        read::rule(path, text).map_err(|refused| refused.of_file(path, text))
    }
}

/// One client library and the facts about its versions.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where it is published.
    pub ecosystem: Ecosystem,
    /// The package's whole normalised name; a trailing `*` stands for any rest (a Scala suffix, a family of starters).
    pub package: String,
    /// The published minimum, if there is one.
    pub minimum: Option<Minimum>,
    /// What the versions do with the token; ranges do not overlap and together hold every version that has facts.
    pub reloads: Vec<ReloadRange>,
    /// Single versions inside good ranges that are broken.
    pub broken: Vec<BrokenVersion>,
    /// Facts about commits, for versions that name one.
    pub commits: Option<CommitFacts>,
    /// Facts about repositories the client may be taken from.
    pub repositories: Vec<RepositoryFacts>,
    /// Tags that are no versions, for lockfiles that name one or its commit; the commits stand in `commits` as well.
    pub tags: Vec<TagFact>,
    /// Names of other packages or module paths that carry this client's code under this client's numbering; a trailing `*`
    /// as in `package`.
    pub aliases: Vec<String>,
    /// Clients that this one is built on: where one of them stands beside it with a version of its own, that version is what
    /// is used.
    pub carries: Vec<String>,
    /// Whether it is a framework that merely has a client in it. Then only single versions are findings, known to be broken or not
    /// known at all while later ones are: what an open requirement on it will bring is a guess about somebody else's dependency.
    pub framework: bool,
    /// What to do, in one sentence that starts with a verb.
    pub advice: String,
    /// What a manifest cannot show, for `explain`.
    pub caveat: Option<String>,
    /// The documents the facts come from.
    pub evidence: Vec<String>,
    /// Good versions that are published, to which an old one is moved: the first that is not below it.
    pub move_to: Vec<Move>,
    /// Packages that are released with it under its numbers, and move with it.
    pub together: Vec<Companion>,
    /// Versions and the verdicts they must get; the loader checks them.
    pub examples: Vec<Example>,
}

/// A version to move to.
#[derive(Clone, Debug)]
pub struct Move {
    /// The version; it is good by the client's own facts.
    pub version: Version,
    /// What goes with it where that has numbers of its own: names and versions.
    pub with: Vec<(String, Version)>,
    /// Where it is shown to be published.
    pub evidence: String,
}

/// A package that moves with a client.
#[derive(Clone, Debug)]
pub struct Companion {
    /// Its whole name.
    pub name: String,
    /// What stands in its version in place of the client's major version, if that differs (`v1` for `v0`).
    pub major: Option<String>,
}

/// The published minimum of a client.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// The first version that the published list calls good.
    pub version: Version,
    /// The versions whose numbering the minimum speaks of; others are judged by the verified facts alone.
    pub numbering: VersionRange,
    /// Where it is published.
    pub evidence: String,
}

/// What a client does with a token file that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Reads it once.
    Never,
    /// Reads it again only after the API server refused a request.
    AfterRejection,
    /// Reads it again from time to time.
    Periodic,
    /// Reads it for every request.
    PerRequest,
    /// Reads it again in some uses only; judged like [`Reload::Never`].
    Partial,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The source or the published package was read.
    Verified,
    /// A document says so.
    Reported,
}

/// What the versions of a range do.
#[derive(Clone, Debug)]
pub struct ReloadRange {
    /// From `introduced`, inclusive, to `fixed` (or `last_affected`): in OSV's manner.
    pub range: VersionRange,
    /// What they do.
    pub reload: Reload,
    /// How sure that is.
    pub confidence: Confidence,
    /// Where it is shown.
    pub evidence: String,
}

/// A broken version inside a good range.
#[derive(Clone, Debug)]
pub struct BrokenVersion {
    /// The version.
    pub version: Version,
    /// What is broken, as the end of "this version …".
    pub why: String,
    /// Where it is shown.
    pub evidence: String,
}

/// Facts about commits of a client's repository.
#[derive(Clone, Debug, Default)]
pub struct CommitFacts {
    /// Commits stamped at or after this time (UTC, 14 digits) have the fix, unless listed as bad.
    pub fixed_from: Option<String>,
    /// Commits with the fix, by the first twelve or more characters.
    pub good: Vec<String>,
    /// Commits without it.
    pub bad: Vec<String>,
    /// Whether every other commit stamped before that time lacks the fix; otherwise nothing is known of it.
    pub others_bad: bool,
    /// Where it is shown.
    pub evidence: String,
}

impl CommitFacts {
    /// Whether a commit has the fix, as far as these facts tell. A revision without a time is known only if it is listed:
    /// what holds for all others was found out for commits in order of time.
    pub fn has_fix(&self, stamp: Option<&str>, revision: &str) -> Option<bool> {
        let revision = revision.to_ascii_lowercase();
        let is_listed = |list: &[String]| {
            list.iter().any(|known| revision.starts_with(known.as_str()) || known.starts_with(&revision))
        };
        if is_listed(&self.bad) {
            return Some(false);
        }
        if is_listed(&self.good) {
            return Some(true);
        }
        match (stamp, &self.fixed_from) {
            (Some(stamp), Some(fixed_from)) if stamp >= fixed_from.as_str() => Some(true),
            (Some(_), _) if self.others_bad => Some(false),
            _ => None,
        }
    }
}

/// Facts about a repository that a client may be taken from.
#[derive(Clone, Debug)]
pub struct RepositoryFacts {
    /// Host and path, without scheme and `.git`: `github.com/kubernetes-client/ruby`.
    pub repository: String,
    /// Branches whose head has the fix; the default branch is written as an empty text.
    pub good_branches: Vec<String>,
    /// Its commits.
    pub commits: CommitFacts,
    /// Where it is shown.
    pub evidence: String,
}

/// A tag of a client's repository.
#[derive(Clone, Debug)]
pub struct TagFact {
    /// The tag.
    pub name: String,
    /// The commit it names, by its first twelve or more characters.
    pub commit: String,
    /// What the code there does.
    pub reload: Reload,
}

/// A package that looks like a client.
#[derive(Clone, Debug)]
pub struct NotClient {
    /// Its purl without version; `*` stands for any rest of a part.
    pub purl: String,
    /// Why it is not judged.
    pub why: String,
}

/// A version of a client and its verdict.
#[derive(Clone, Debug)]
pub struct Example {
    /// The version as one would write it.
    pub version: String,
    /// Whether it must be judged incompatible.
    pub incompatible: bool,
}
