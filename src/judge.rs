//! Rules and dependencies in, verdicts out.
//!
//! The policy, in the order it is applied:
//! - A version below the published minimum is incompatible, even where our facts show that it re-reads the token; then it is
//!   a warning that says so.
//! - Versions of which the published minimum's numbering does not speak (legacy tags, commits) go by the verified facts alone.
//! - Verified broken versions above the minimum are incompatible. A single one inside a range does not spoil the range.
//! - A client without any fixed version is incompatible whatever is selected.
//! - A range is judged whole: all of it below is incompatible, some of it is maybe-incompatible.
//! - What is not known is undetermined, with the reason; it is never called compatible.
//! - Several statements at one place are one finding, the worst.

mod facts;
mod sources;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;

use crate::ecosystem;
use crate::ecosystem::golang::version::commit;
use crate::fix::Fix;
use crate::model::{Dependency, Ecosystem, FileId, Files, Origin, Reason, Scope, Selected, Stated, Why, folder, words};
use crate::rules::{Client, Reload, ReloadRange, Rule, RuleSet};
use crate::version::{Version, VersionRange};
use sources::{by_commit, from_source};

words! {
    /// What is said of a dependency, from best to worst.
    Verdict {
        /// Every version that the evidence allows re-reads the token.
        Compatible = "compatible",
        /// The version cannot be known, or nothing is known of it.
        Undetermined = "undetermined",
        /// The evidence allows versions on both sides.
        MaybeIncompatible = "maybe-incompatible",
        /// Every version that the evidence allows is too old or broken.
        Incompatible = "incompatible",
    }
}

impl Verdict {
    /// The word for people.
    pub fn title(self) -> &'static str {
        match self {
            Verdict::Incompatible => "incompatible",
            Verdict::MaybeIncompatible => "maybe incompatible",
            Verdict::Undetermined => "undetermined",
            Verdict::Compatible => "compatible",
        }
    }
}

words! {
    /// From which verdict on a finding makes a run fail.
    FailOn {
        /// A client that is too old, or broken.
        Incompatible = "incompatible",
        /// Also a requirement that admits such a version.
        Maybe = "maybe",
        /// Also a version that cannot be known.
        Undetermined = "undetermined",
        /// None does.
        Never = "never",
    }
}

impl FailOn {
    /// The mildest verdict that does.
    pub fn mildest(self) -> Option<Verdict> {
        match self {
            FailOn::Incompatible => Some(Verdict::Incompatible),
            FailOn::Maybe => Some(Verdict::MaybeIncompatible),
            FailOn::Undetermined => Some(Verdict::Undetermined),
            FailOn::Never => None,
        }
    }
}

words! {
    /// How much a finding matters, from least to most.
    Severity {
        /// Good to know.
        Note = "note",
        /// Likely, or by the published minimum only.
        Warning = "warning",
        /// The evidence says that the selected version cannot re-read the token.
        Error = "error",
    }
}

/// The verdict on one place.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// The rule that speaks.
    pub rule: &'a Rule,
    /// The client it speaks of.
    pub client: &'a Client,
    /// The dependency that was judged.
    pub dependency: Dependency,
    /// The verdict, why, and how much it matters.
    pub judgement: Judgement,
    /// What to change; nothing where nothing needs to be.
    pub help: Option<String>,
    /// The edits that mend it, where an old version can be moved up; the judge leaves that to [`crate::fix`].
    pub fix: Option<Fix>,
}

/// A verdict with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// A machine's word for why.
    pub reason: Reason,
    /// How much it matters.
    pub severity: Severity,
    /// Why, for people.
    pub message: String,
}

/// Judges every dependency that is a client under some rule, compatible ones too; one finding per rule, package and place.
pub fn judge<'a>(rules: &'a RuleSet, files: &Files, dependencies: Vec<Dependency>) -> Vec<Finding<'a>> {
    let index = rules.index();
    let mut by_place: BTreeMap<(&'a str, Origin, String), Finding<'a>> = BTreeMap::new();
    for dependency in dependencies {
        for (rule, client) in index.find(dependency.package.ecosystem, &dependency.package.name) {
            let finding = find(rules, rule, client, files, dependency.clone());
            let key = (rule.id.as_str(), dependency.origin, dependency.package.name.clone());
            match by_place.remove(&key) {
                Some(other) => by_place.insert(key, worse(other, finding)),
                None => by_place.insert(key, finding),
            };
        }
    }
    let mut findings: Vec<Finding<'a>> = by_place.into_values().filter(|finding| !is_own(files, finding)).collect();
    let carried: Vec<Option<Judgement>> =
        findings.iter().map(|finding| carried(rules, files, &findings, finding)).collect();
    for (finding, carried) in findings.iter_mut().zip(carried) {
        if let Some(judgement) = carried {
            finding.judgement = judgement;
            finding.help = None;
        }
    }
    findings.retain(|finding| {
        let is_guess = matches!(finding.judgement.verdict, Verdict::MaybeIncompatible | Verdict::Undetermined);
        !(finding.client.framework && is_guess) || is_passed_by(finding)
    });
    findings
}

/// Whether a finding speaks of a single version of which nothing is known, while something is of later ones: of what came after
/// everything that was read, a framework's newest releases, there is nothing to say.
fn is_passed_by(finding: &Finding<'_>) -> bool {
    let Selected::Exact(version) = &finding.dependency.selected else { return false };
    let mut known = finding.client.reloads.iter().flat_map(|fact| fact.range.intervals());
    finding.judgement.reason == Reason::NoFacts
        && known.any(|interval| matches!(interval.lower(), Bound::Included(lower) if version < lower))
}

/// Whether a finding speaks of the package that the files around it build, in no version of the registry's: an example that
/// takes the library it stands in.
fn is_own(files: &Files, finding: &Finding<'_>) -> bool {
    let package = &finding.dependency.package;
    if matches!(finding.dependency.selected, Selected::Exact(_)) {
        return false;
    }
    let place = folder(&files.get(finding.dependency.origin.file).path);
    files.of(package.ecosystem).any(|(_, file)| {
        let is_built = file.reading.identity.as_ref().is_some_and(|identity| identity.name == package.name);
        let above = folder(&file.path);
        is_built
            && (above.is_empty()
                || place == above
                || place.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')))
    })
}

/// The judgement of a client that is built on another, where that other stands beside it in a good version: in the same file, or
/// in a lockfile that speaks of both or lies in the same folder. What nothing is known of is judged by the other as well.
fn carried(rules: &RuleSet, files: &Files, findings: &[Finding<'_>], finding: &Finding<'_>) -> Option<Judgement> {
    if finding.judgement.verdict == Verdict::Compatible || finding.client.carries.is_empty() {
        return None;
    }
    let origin = finding.dependency.origin.file;
    let own: Vec<FileId> = files_of(&finding.dependency).collect();
    let is_beside = |file: FileId| {
        let is_of_same = || own.contains(&file) || folder(&files.get(file).path) == folder(&files.get(origin).path);
        file == origin || (is_of_same() && is_lockfile(files, file))
    };
    let stands_beside = |other: &&Finding<'_>| {
        // What Maven manages holds for what comes in through others as well.
        let counts = other.dependency.scope != Scope::Managed || other.dependency.package.ecosystem == Ecosystem::Maven;
        counts
            && finding.client.carries.contains(&other.dependency.package.name)
            && files_of(&other.dependency).any(is_beside)
    };
    let mut beside: Vec<(&str, Verdict)> = findings
        .iter()
        .filter(stands_beside)
        .map(|other| (other.dependency.package.name.as_str(), other.judgement.verdict))
        .collect();
    if beside.is_empty() {
        beside = locked_beside(rules, files, finding);
    }
    let (carried, _) = beside.first()?;
    let name = &finding.dependency.package.name;
    beside.iter().all(|(_, verdict)| *verdict == Verdict::Compatible).then(|| {
        let message = format!("{name} is built on {carried}, and the version of that beside it is good");
        Judgement::new(Verdict::Compatible, Reason::VerifiedReloads, Severity::Note, message)
    })
}

/// What a lockfile in the same folder says of clients that no dependency was found for: a `go.sum` that speaks of more than its
/// `go.mod`.
fn locked_beside<'f>(rules: &RuleSet, files: &'f Files, finding: &Finding<'_>) -> Vec<(&'f str, Verdict)> {
    let ecosystem = finding.dependency.package.ecosystem;
    let place = folder(&files.get(finding.dependency.origin.file).path);
    let mut beside = Vec::new();
    for (_, file) in files.of(ecosystem).filter(|(_, file)| folder(&file.path) == place) {
        for declared in file.reading.declared.iter().filter(|one| finding.client.carries.contains(&one.name)) {
            let Stated::Locked(text) = &declared.stated else { continue };
            let verdict = match (rules.carrier(ecosystem, &declared.name), ecosystem::version(ecosystem, text)) {
                (Some(client), Ok(version)) => exact(client, &version).verdict,
                (None, _) | (_, Err(_)) => Verdict::Undetermined,
            };
            beside.push((declared.name.as_str(), verdict));
        }
    }
    beside
}

/// The files that a dependency was found in.
fn files_of(dependency: &Dependency) -> impl Iterator<Item = FileId> {
    let related = dependency.because.iter().map(|related| related.origin.file);
    [dependency.origin.file].into_iter().chain(related)
}

/// Whether a file says what is selected, not what is asked for.
fn is_lockfile(files: &Files, file: FileId) -> bool {
    files.get(file).reading.declared.iter().any(|declared| matches!(declared.stated, Stated::Locked(_)))
}

/// The worse of two findings at one place, with the related places of both.
fn worse<'a>(a: Finding<'a>, b: Finding<'a>) -> Finding<'a> {
    let rank = |finding: &Finding<'_>| (finding.judgement.verdict, finding.judgement.severity);
    let (mut kept, other) = if rank(&b) > rank(&a) { (b, a) } else { (a, b) };
    for related in other.dependency.because {
        if !kept.dependency.because.contains(&related) {
            kept.dependency.because.push(related);
        }
    }
    kept.dependency.because.sort_by_key(|related| related.origin);
    kept.dependency.scope = kept.dependency.scope.min(other.dependency.scope);
    kept.dependency.direct = kept.dependency.direct.max(other.dependency.direct);
    kept
}

fn find<'a>(
    rules: &'a RuleSet,
    rule: &'a Rule,
    client: &'a Client,
    files: &Files,
    dependency: Dependency,
) -> Finding<'a> {
    let conflicted = files.get(dependency.origin.file).conflicted;
    let mut judgement = if conflicted {
        unknown(client, &Why::new(Reason::MergeConflict, "the file holds merge-conflict markers"))
    } else if dependency.package.name == client.package {
        selected(rules, client, &dependency.selected)
    } else {
        // An alias, or a name that a pattern holds for, is spoken of by its own name.
        let named = Client { package: dependency.package.name.clone(), ..client.clone() };
        selected(rules, &named, &dependency.selected)
    };
    if dependency.scope == Scope::Managed {
        judgement.severity = judgement.severity.min(Severity::Warning);
    }
    let help = match judgement.verdict {
        Verdict::Compatible => None,
        Verdict::MaybeIncompatible if judgement.reason != Reason::Fork => {
            Some(format!("let no old version in: {}", client.advice))
        }
        Verdict::MaybeIncompatible | Verdict::Undetermined | Verdict::Incompatible => Some(client.advice.clone()),
    };
    let help = help.map(|help| match &dependency.through {
        Some(through) => format!("{help}; it comes in through `{through}`, so that is what to upgrade"),
        None => help,
    });
    Finding { rule, client, dependency, judgement, help, fix: None }
}

/// Judges what is selected of a client.
pub fn selected(rules: &RuleSet, client: &Client, selected: &Selected) -> Judgement {
    match selected {
        Selected::Exact(version) => exact(client, version),
        Selected::Within(range) => within(client, range),
        Selected::Source(source) => from_source(rules, client, source),
        Selected::Unknown(why) => unknown(client, why),
    }
}

fn exact(client: &Client, version: &Version) -> Judgement {
    if let Some(broken) = client.broken.iter().find(|broken| broken.version == *version) {
        let message = format!("{} {version} {}", client.package, broken.why);
        return Judgement::new(Verdict::Incompatible, Reason::VerifiedBroken, Severity::Error, message);
    }
    if client.ecosystem == Ecosystem::Golang
        && let Some(commit) = commit(version.text())
    {
        if let Some(facts) = &client.commits {
            return by_commit(client, facts, commit.revision, Some(commit.stamp), version.text());
        }
        if version.text().starts_with("v0.0.0-") {
            let why =
                format!("{} {version} is a commit, and the rules hold no facts about commits of it", client.package);
            return Judgement::new(Verdict::Undetermined, Reason::NoFacts, Severity::Note, why);
        }
    }
    let subject = format!("{} {version}", client.package);
    let fact = client.fact(version);
    let published = client.minimum.as_ref().filter(|minimum| minimum.numbering.contains(version));
    match fact {
        Some(fact) if fact.reload.keeps_a_dead_token() => {
            let message = format!("{subject} {}, so it keeps sending the expired one", fact.does());
            if client.is_never_fixed() {
                return Judgement::new(Verdict::Incompatible, Reason::NoFixedVersion, Severity::Error, message);
            }
            match client.floor().filter(|_| client.below_floor().contains(version)) {
                Some(minimum) => {
                    let message = format!("{message}; the minimum is {minimum}");
                    Judgement::new(Verdict::Incompatible, Reason::BelowMinimum, Severity::Error, message)
                }
                None => Judgement::new(Verdict::Incompatible, Reason::VerifiedBroken, Severity::Error, message),
            }
        }
        fact => match (published, fact) {
            (Some(minimum), fact) if *version < minimum.version => {
                let but = fact
                    .map_or("nothing more is known of it".into(), |fact| format!("yet this version {}", fact.does()));
                let message = format!("{subject} is below the published minimum {}; {but}", minimum.version);
                Judgement::new(Verdict::Incompatible, Reason::BelowMinimum, Severity::Warning, message)
            }
            (_, Some(fact)) => good(&subject, fact, client.above_floor().contains(version)),
            (Some(_), None) => {
                let message = format!("{subject} is at or above the published minimum");
                Judgement::new(Verdict::Compatible, Reason::AtLeastMinimum, Severity::Note, message)
            }
            (None, None) => {
                let message = format!("the rules hold no fact about {subject}");
                Judgement::new(Verdict::Undetermined, Reason::NoFacts, Severity::Note, message)
            }
        },
    }
}

/// The judgement of a version, or of all versions of a range, that a good fact speaks of.
fn good(subject: &str, fact: &ReloadRange, above_minimum: bool) -> Judgement {
    let reason = match fact.reload {
        Reload::AfterRejection => Reason::ReloadsAfterRejection,
        _ if above_minimum => Reason::AtLeastMinimum,
        _ => Reason::VerifiedReloads,
    };
    Judgement::new(Verdict::Compatible, reason, Severity::Note, format!("{subject} {}", fact.does()))
}

/// Judges that one of some versions is selected, where commits are among them, whose numbers say nothing.
fn one_of(client: &Client, versions: &[&Version]) -> Judgement {
    let mut judgements: Vec<Judgement> = versions.iter().map(|version| exact(client, version)).collect();
    judgements.sort_by_key(|judgement| Reverse(judgement.verdict));
    let is_split = judgements.iter().any(|judgement| judgement.verdict != judgements[0].verdict);
    let mut worst = judgements.swap_remove(0);
    if is_split && worst.verdict == Verdict::Incompatible {
        worst.verdict = Verdict::MaybeIncompatible;
        worst.reason = Reason::RangeStraddles;
        worst.severity = Severity::Warning;
        worst.message = format!("one of several versions may be selected, and {}", worst.message);
    }
    worst
}

/// The versions of a range that is nothing but single ones.
fn single(range: &VersionRange) -> Option<Vec<&Version>> {
    let versions = range.intervals().iter().map(|interval| match (interval.lower(), interval.upper()) {
        (Bound::Included(lower), Bound::Included(upper)) if lower == upper => Some(lower),
        _ => None,
    });
    versions.collect()
}

fn within(client: &Client, range: &VersionRange) -> Judgement {
    if client.ecosystem == Ecosystem::Golang
        && let Some(versions) = single(range).filter(|versions| versions.iter().any(|one| commit(one.text()).is_some()))
    {
        return one_of(client, &versions);
    }
    let unbounded = range.is_unbounded();
    let subject = if unbounded { "any version".to_owned() } else { format!("every version in {range}") };
    if client.is_never_fixed() {
        return never_fixed(client);
    }
    let known = client.known();
    if known.is_empty() {
        let message = format!("the rules hold no fact about versions of {}", client.package);
        return Judgement::new(Verdict::Undetermined, Reason::NoFacts, Severity::Note, message);
    }
    let dead = client.dead();
    let incompatible = dead.clone().union(client.below_published());
    if !unbounded && incompatible.covers(range) {
        let severity = if dead.covers(range) { Severity::Error } else { Severity::Warning };
        let (reason, message) = match client.floor().filter(|_| client.below_floor().covers(range)) {
            Some(minimum) => {
                (Reason::BelowMinimum, format!("{subject} of {} is below the minimum {minimum}", client.package))
            }
            None => (Reason::VerifiedBroken, format!("{subject} of {} reads the token once", client.package)),
        };
        return Judgement::new(Verdict::Incompatible, reason, severity, message);
    }
    if unbounded && incompatible.is_empty() {
        // Nothing is known to be broken, and what is installed is the newest.
        if let Some(fact) = client.reloads.last() {
            return good(&format!("{subject} of {}", client.package), fact, true);
        }
    }
    if unbounded || incompatible.meets(range) {
        let (reason, message) = if unbounded {
            (
                Reason::Unpinned,
                format!("nothing bounds the version of {} here, so an old one can be installed", client.package),
            )
        } else {
            let message = format!(
                "the requirement also admits versions of {} that keep sending an expired token",
                client.package
            );
            (Reason::RangeStraddles, message)
        };
        return Judgement::new(Verdict::MaybeIncompatible, reason, Severity::Warning, message);
    }
    if !known.covers(range) {
        let message = format!("the rules do not know all versions of {} in {range}", client.package);
        return Judgement::new(Verdict::Undetermined, Reason::NoFacts, Severity::Note, message);
    }
    let least = client.reloads.iter().filter(|fact| fact.range.meets(range));
    match least.min_by_key(|fact| Reverse(fact.reload == Reload::AfterRejection)) {
        Some(fact) => good(&format!("{subject} of {}", client.package), fact, client.above_floor().covers(range)),
        None => {
            let message = format!("{subject} of {} is at or above the published minimum", client.package);
            Judgement::new(Verdict::Compatible, Reason::AtLeastMinimum, Severity::Note, message)
        }
    }
}

fn never_fixed(client: &Client) -> Judgement {
    let message = format!("no version of {} re-reads the token", client.package);
    Judgement::new(Verdict::Incompatible, Reason::NoFixedVersion, Severity::Error, message)
}

fn unknown(client: &Client, why: &Why) -> Judgement {
    if client.is_never_fixed() && client.repositories.is_empty() {
        return never_fixed(client);
    }
    let message = format!("the version of {} is not known: {}", client.package, why.message);
    Judgement::new(Verdict::Undetermined, why.reason, Severity::Note, message)
}

impl Judgement {
    fn new(verdict: Verdict, reason: Reason, severity: Severity, message: String) -> Judgement {
        Judgement { verdict, reason, severity, message }
    }
}
