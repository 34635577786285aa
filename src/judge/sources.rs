//! Verdicts on what is taken from a repository, a fork, an address or a folder.

use super::{Judgement, Severity, Verdict, exact, never_fixed};
use crate::ecosystem;
use crate::ecosystem::repository::{address, is_commit};
use crate::model::{Ecosystem, GitReference, Reason, Source};
use crate::rules::{Client, CommitFacts, Confidence, ReloadRange, RepositoryFacts, RuleSet, TagFact};
use crate::version::{Version, VersionRange};

pub(super) fn from_source(rules: &RuleSet, client: &Client, source: &Source) -> Judgement {
    let undetermined = |reason, message| Judgement::new(Verdict::Undetermined, reason, Severity::Note, message);
    match source {
        Source::Git { repository, reference } => from_repository(rules, client, repository, reference),
        Source::Fork { name, version } => {
            let carrier = rules.carrier(client.ecosystem, name);
            let version = ecosystem::version(client.ecosystem, version);
            match (carrier, version) {
                (Some(carrier), Ok(version)) => {
                    let mut judgement = exact(carrier, &version);
                    judgement.message = format!("{name} carries this code; {}", judgement.message);
                    judgement
                }
                _ => {
                    let message =
                        format!("`{name}` is a fork with a numbering of its own; look there whether it has the fix");
                    undetermined(Reason::Fork, message)
                }
            }
        }
        Source::Path(path) => undetermined(
            Reason::LocalCopy,
            format!("{} is taken from a local copy at `{path}`; look there whether it has the fix", client.package),
        ),
        Source::Workspace(text) => {
            let message = format!("{} is taken from the repository itself by `{text}`", client.package);
            undetermined(Reason::LocalCopy, message)
        }
        Source::Url(url) => {
            let message = format!("{} is taken from `{url}`, which does not tell its version", client.package);
            undetermined(Reason::SourceUnknown, message)
        }
    }
}

/// What the tools before go.mod name by its import path is the client's own repository: its tags and commits are known.
fn from_own_repository(rules: &RuleSet, client: &Client, reference: &GitReference) -> Option<Judgement> {
    let says = |word: &str, fact: &ReloadRange| {
        let message = format!("{} {word} {}", client.package, fact.does());
        if fact.reload.keeps_a_dead_token() {
            let message = format!("{message}, so it keeps sending the expired one");
            Judgement::new(Verdict::Incompatible, Reason::RevisionBeforeFix, Severity::Error, message)
        } else {
            Judgement::new(Verdict::Compatible, Reason::RevisionAfterFix, Severity::Note, message)
        }
    };
    let tag = |word: &str| {
        let tag = client.tags.iter().find(|tag| tag.name == word)?;
        let (range, evidence) = (VersionRange::none(), String::new());
        Some(says(word, &ReloadRange { range, reload: tag.reload, confidence: Confidence::Verified, evidence }))
    };
    let release_of_another = |word: &str| {
        let tags = client.release_tags.as_ref()?;
        let version = release_tag(client.ecosystem, word.strip_prefix(&tags.before)?)?;
        Some(says(word, rules.carrier(client.ecosystem, &tags.of)?.fact(&version)?))
    };
    let release = |word: &str| {
        let own = || release_tag(client.ecosystem, word).map(|version| exact(client, &version));
        release_of_another(word).or_else(own)
    };
    let commit = |word: &str| {
        let facts = client.commits.as_ref().filter(|facts| is_commit(word) && facts.has_fix(None, word).is_some())?;
        Some(by_commit(client, facts, word, None, &word[..word.len().min(12)]))
    };
    match reference {
        GitReference::Locked { revision, version } => {
            // Where the two are not of one commit, the tag is what a manifest asked for at another time.
            let is_there = |known: &&TagFact| &known.name == version && !revision.starts_with(&known.commit);
            let is_moved = client.tags.iter().any(|known| is_there(&known));
            let moved = if is_moved { commit(revision) } else { None };
            moved.or_else(|| tag(version)).or_else(|| commit(revision)).or_else(|| release(version))
        }
        GitReference::Tag(word) | GitReference::Any(word) | GitReference::Revision(word) => {
            tag(word).or_else(|| commit(word)).or_else(|| release(word))
        }
        GitReference::Branch(_) | GitReference::Default => None,
    }
}

fn from_repository(rules: &RuleSet, client: &Client, repository: &str, reference: &GitReference) -> Judgement {
    let own = address(repository);
    if client.names().any(|name| name == repository || name == own) {
        if let Some(judgement) = from_own_repository(rules, client, reference) {
            return judgement;
        }
        // Whatever it is, it is none of the good ones, since there is none.
        if client.is_never_fixed() && client.commits.as_ref().is_some_and(CommitFacts::has_none_good) {
            return never_fixed(client);
        }
    }
    let facts = client.repositories.iter().find(|facts| facts.is(repository));
    let (branch, revision) = match reference {
        GitReference::Default => (Some(""), None),
        GitReference::Branch(name) => (Some(name.as_str()), None),
        GitReference::Any(word) => (Some(word.as_str()), Some(word.as_str())),
        GitReference::Tag(word) | GitReference::Revision(word) | GitReference::Locked { revision: word, .. } => {
            (None, Some(word.as_str()))
        }
    };
    if let Some(facts) = facts {
        if let Some(branch) = branch.filter(|branch| facts.good_branches.iter().any(|good| good == branch)) {
            let which = if branch.is_empty() { "the default branch".into() } else { format!("branch `{branch}`") };
            let message = format!("{which} of {} re-reads the token", facts.repository);
            return Judgement::new(Verdict::Compatible, Reason::VerifiedReloads, Severity::Note, message);
        }
        if let Some(revision) = revision.filter(|revision| facts.commits.has_fix(None, revision).is_some()) {
            return by_commit(client, &facts.commits, revision, None, revision);
        }
    }
    // Where no release has the fix, the number that a commit gives itself tells nothing.
    let is_telling = client.repositories.is_empty() || !client.is_never_fixed();
    if let GitReference::Tag(word) | GitReference::Any(word) = reference
        && (is_telling || facts.is_none())
        && let Some(version) = release_tag(client.ecosystem, word)
    {
        return exact(client, &version);
    }
    if let GitReference::Locked { revision, version } = reference
        && is_telling
        && let Ok(version) = ecosystem::version(client.ecosystem, version)
    {
        let judgement = exact(client, &version);
        let is_of_a_fork = facts.is_none() && !client.repositories.is_empty();
        if !is_of_a_fork || judgement.verdict != Verdict::Incompatible {
            return judgement;
        }
        // A fork is often made for the fix, and keeps the number of the release that it was made from.
        let message = format!(
            "commit `{revision}` of `{repository}` calls itself {} {version}, which keeps sending an expired token; look there whether it has the fix",
            client.package
        );
        return Judgement::new(Verdict::MaybeIncompatible, Reason::Fork, Severity::Warning, message);
    }
    if let Some(facts) = facts
        && let Some(revision) = revision.filter(|revision| is_commit(revision))
    {
        return by_commit(client, &facts.commits, revision, None, revision);
    }
    let package = &client.package;
    let message = match reference {
        GitReference::Default => {
            format!("{package} is taken from `{repository}` as that stands, whose version is not written down")
        }
        GitReference::Branch(word)
        | GitReference::Tag(word)
        | GitReference::Revision(word)
        | GitReference::Locked { revision: word, .. }
        | GitReference::Any(word) => {
            format!("{package} is taken from `{repository}` at `{word}`, of which the rules know nothing")
        }
    };
    Judgement::new(Verdict::Undetermined, Reason::SourceUnknown, Severity::Note, message)
}

/// The version that a tag names in the way releases are tagged: `v1.2.3` or `1.2.3`.
fn release_tag(ecosystem: Ecosystem, tag: &str) -> Option<Version> {
    let bare = tag.strip_prefix('v').unwrap_or(tag);
    if bare.matches('.').count() < 2 || !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let text = if ecosystem == Ecosystem::Golang { format!("v{bare}") } else { bare.to_owned() };
    ecosystem::version(ecosystem, &text).ok()
}

pub(super) fn by_commit(
    client: &Client,
    facts: &CommitFacts,
    revision: &str,
    stamp: Option<&str>,
    text: &str,
) -> Judgement {
    match facts.has_fix(stamp, revision) {
        Some(true) => {
            let message = format!("{} {text} is a commit that has the fix", client.package);
            Judgement::new(Verdict::Compatible, Reason::RevisionAfterFix, Severity::Note, message)
        }
        Some(false) => {
            let message =
                format!("{} {text} is a commit without the fix, so it keeps sending an expired token", client.package);
            Judgement::new(Verdict::Incompatible, Reason::RevisionBeforeFix, Severity::Error, message)
        }
        None => {
            let message =
                format!("the rules do not know whether commit `{revision}` of {} has the fix", client.package);
            Judgement::new(Verdict::Undetermined, Reason::SourceUnknown, Severity::Note, message)
        }
    }
}

impl RuleSet {
    /// The client whose numbering a fork of another name follows.
    pub(super) fn carrier(&self, ecosystem: Ecosystem, name: &str) -> Option<&Client> {
        let clients = self.rules.iter().flat_map(|rule| &rule.clients).filter(|client| client.ecosystem == ecosystem);
        let mut clients =
            clients.filter(|client| client.package == name || client.aliases.iter().any(|alias| alias == name));
        clients.next()
    }
}

impl RepositoryFacts {
    /// Whether a repository as written is this one: scheme, user, `.git` and case of the host do not count.
    fn is(&self, written: &str) -> bool {
        address(written).trim_start_matches("www.").eq_ignore_ascii_case(&self.repository)
    }
}
