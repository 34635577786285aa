//! Rules as data: which clients there are, which of their versions re-read the token, and what to move to.
//!
//! A rule is one TOML file under `rules/` (its fields: `rules/README.md`). Everything the judge knows stands there; the code
//! knows no package name.

use crate::model::Ecosystem;
use crate::version::{Version, VersionRange};

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules, in the order they were loaded.
    pub rules: Vec<Rule>,
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
    /// The clients it speaks of.
    pub clients: Vec<Client>,
    /// Packages that look like clients and are none.
    pub not_clients: Vec<NotClient>,
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
    /// Names of other packages or module paths that carry this client's code under this client's numbering.
    pub aliases: Vec<String>,
    /// What to do, in one sentence that starts with a verb.
    pub advice: String,
    /// What a manifest cannot show, for `explain`.
    pub caveat: Option<String>,
    /// The documents the facts come from.
    pub evidence: Vec<String>,
    /// Versions and the verdicts they must get; the loader checks them.
    pub examples: Vec<Example>,
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

/// A package that looks like a client.
#[derive(Clone, Debug)]
pub struct NotClient {
    /// Its purl without version.
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
