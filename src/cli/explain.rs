//! `kubefloor explain`: a rule's story, or what is known of a client.

mod story;

use std::fmt::Write;

use anstream::ColorChoice;

use super::{CLEAN, Failure, RulesArguments};
use crate::ecosystem;
use crate::ecosystem::maven::known_boms::{KnownBoms, ManagedIn};
use crate::judge::{self, Verdict};
use crate::model::{Ecosystem, Package, Selected};
use crate::purl::{self, NoPurl};
use crate::report::neutral::neutral;
use crate::rules::{Client, Confidence, NotClient, Reload, Rule, RuleSet};

/// Most names that are suggested for one that is unknown.
const MAX_SUGGESTIONS: usize = 5;

const EXAMPLES: &str = "\
Examples:
  kubefloor explain                                    what happens in a cluster, and when
  kubefloor explain bound-service-account-token        the same, by the name of the rule
  kubefloor explain k8s.io/client-go                   what is known of a client
  kubefloor explain io.kubernetes:client-java 8.0.2    the verdict on one of its versions, and why
  kubefloor explain k8s.io/client-go v11.0.0+incompatible
  kubefloor explain 'pkg:npm/%40kubernetes/client-node@0.10.2'";

/// Tell the story of a rule, or what is known of a client or one version of it, and on what evidence.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A package's name or its purl, or the name of a rule; every rule if nothing is named. A package that is known in
    /// several ecosystems is explained for each.
    #[arg(value_name = "PACKAGE|RULE")]
    subject: Option<String>,
    /// One version of the package.
    #[arg(value_name = "VERSION")]
    version: Option<String>,
    #[command(flatten)]
    rules: RulesArguments,
}

/// What a name stands for in one rule.
enum Known<'a> {
    Client(&'a Client),
    NotClient(&'a NotClient),
}

/// What is asked: a name, perhaps in one ecosystem, perhaps of one version.
struct Question {
    ecosystem: Option<Ecosystem>,
    name: String,
    version: Option<String>,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let rules = arguments.rules.load()?;
    let Some(subject) = &arguments.subject else {
        let stories: Vec<String> = rules.rules.iter().map(story::text).collect();
        super::print(&stories.join("\n"), color)?;
        return Ok(CLEAN);
    };
    if let Some(rule) = rules.rules.iter().find(|rule| rule.id == *subject) {
        if arguments.version.is_some() {
            return Err(Failure(format!("`{}` is a rule and has no versions; name a package", rule.id)));
        }
        super::print(&story::text(rule), color)?;
        return Ok(CLEAN);
    }
    let question = question(subject, arguments.version.as_ref())?;
    let (mut texts, mut wrong) = (Vec::new(), Vec::new());
    for (rule, known) in known(&rules, &question) {
        match known {
            Known::Client(client) => match client_text(&rules, rule, client, &question) {
                Ok(text) => texts.push(text),
                Err(why) => wrong.push(why),
            },
            Known::NotClient(other) => {
                texts.push(format!("{}: not judged\n  {}\n", neutral(&other.purl), neutral(&other.why)));
            }
        }
    }
    if texts.is_empty() && wrong.is_empty() {
        texts.extend(bom_text(&question));
    }
    if texts.is_empty() {
        // A name that several ecosystems know needs a version of one of them only.
        let unreadable = (!wrong.is_empty()).then(|| Failure(wrong.join("; ")));
        return Err(unreadable.unwrap_or_else(|| unknown(&rules, &question)));
    }
    super::print(&texts.join("\n"), color)?;
    Ok(CLEAN)
}

fn question(subject: &str, version: Option<&String>) -> Result<Question, Failure> {
    let text = subject.trim();
    if !text.starts_with("pkg:") {
        return Ok(Question { ecosystem: None, name: text.to_owned(), version: version.cloned() });
    }
    let purl = purl::read(text).map_err(|no_purl| match no_purl {
        NoPurl::Malformed => {
            Failure(format!("`{}` is no purl; write `pkg:type/name@version`, or the package's name", neutral(text)))
        }
        NoPurl::UnknownType(kind) => {
            let known: Vec<&str> = Ecosystem::ALL.iter().map(|ecosystem| ecosystem.word()).collect();
            Failure(format!("purls of type `{}` are not known; those known are {}", neutral(&kind), known.join(", ")))
        }
    })?;
    let version = match (purl.version, version) {
        (Some(_), Some(_)) => {
            let message = format!("`{}` names a version already; leave out the other", neutral(text));
            return Err(Failure(message));
        }
        (inner, outer) => inner.or_else(|| outer.cloned()),
    };
    Ok(Question { ecosystem: Some(purl.package.ecosystem), name: purl.package.name, version })
}

/// What the rules know under the name: as a scan would look it up, else with more patience for its spelling.
fn known<'a>(rules: &'a RuleSet, question: &Question) -> Vec<(&'a Rule, Known<'a>)> {
    let index = rules.index();
    let mut found = Vec::new();
    for ecosystem in Ecosystem::ALL.iter().copied() {
        if question.ecosystem.is_some_and(|asked| asked != ecosystem) {
            continue;
        }
        let mut clients: Vec<(&Rule, &Client)> = index.find(ecosystem, &question.name).collect();
        if clients.is_empty() {
            let all = rules.rules.iter().flat_map(|rule| rule.clients.iter().map(move |client| (rule, client)));
            clients = all
                .filter(|(_, client)| {
                    let mut names = client.aliases.iter().chain([&client.package]);
                    client.ecosystem == ecosystem && names.any(|known| ecosystem.is_name_of(&question.name, known))
                })
                .collect();
        }
        found.extend(clients.into_iter().map(|(rule, client)| (rule, Known::Client(client))));
        let others = rules.rules.iter().flat_map(|rule| rule.not_clients.iter().map(move |other| (rule, other)));
        let others = others.filter(|(_, other)| {
            let package = purl::read(&other.purl).map(|purl| purl.package);
            package.is_ok_and(|package| {
                package.ecosystem == ecosystem && ecosystem.is_name_of(&question.name, &package.name)
            })
        });
        found.extend(others.map(|(rule, other)| (rule, Known::NotClient(other))));
    }
    found
}

/// What is known of a client, or of one version of it.
fn client_text(rules: &RuleSet, rule: &Rule, client: &Client, question: &Question) -> Result<String, String> {
    // What stands for a family of packages is no name.
    let name = if client.package.ends_with('*') { &question.name } else { &client.package };
    let package = Package { ecosystem: client.ecosystem, name: name.clone() };
    let version = question.version.as_deref();
    let mut text = String::new();
    let mut line = |indent: &str, what: &str| {
        let _ = writeln!(text, "{indent}{}", neutral(what));
    };
    if let Some(version) = version {
        let parsed = ecosystem::version(client.ecosystem, version).map_err(|why| {
            format!("`{}` is no version in {}: {}", neutral(version), client.ecosystem, neutral(&why.message))
        })?;
        let judgement = judge::selected(rules, client, &Selected::Exact(parsed));
        line("", &format!("{}: {}", purl::write(&package, Some(version)), judgement.verdict.word()));
        line("  ", &format!("{} [{}]", judgement.message, judgement.reason.word()));
        if judgement.verdict != Verdict::Compatible {
            line("  ", &format!("what to do: {}", client.advice));
        }
    } else {
        line("", &purl::write(&package, None));
        line("  ", &format!("what to do: {}", client.advice));
    }
    line("  ", &format!("rule: {} ({})", rule.id, rule.date));
    if rule.story.is_some() {
        line("  ", &format!("why: {}; more: kubefloor explain {}", rule.title, rule.id));
    }
    match &client.minimum {
        Some(minimum) => line("  ", &format!("published minimum: {} ({})", minimum.version, minimum.evidence)),
        None => match client.floor() {
            Some(minimum) => line("  ", &format!("minimum: {minimum} (by the facts below; none is published)")),
            None if client.is_never_fixed() => line("  ", "minimum: none, no version re-reads the token"),
            None => line("  ", "minimum: not known"),
        },
    }
    if !client.reloads.is_empty() {
        line("  ", "what its versions do:");
        for fact in &client.reloads {
            let sure = match fact.confidence {
                Confidence::Verified => "verified",
                Confidence::Reported => "reported",
            };
            let does = does(fact.reload);
            line("    ", &format!("{}: {does} ({sure}: {})", fact.range, fact.evidence));
        }
    }
    for broken in &client.broken {
        line("    ", &format!("{}: {} ({})", broken.version, broken.why, broken.evidence));
    }
    for repository in &client.repositories {
        line("  ", &format!("taken from {}: judged by the commit ({})", repository.repository, repository.evidence));
    }
    if let Some(caveat) = &client.caveat {
        line("  ", &format!("note: {caveat}"));
    }
    for evidence in &client.evidence {
        line("  ", &format!("see: {evidence}"));
    }
    if client.ecosystem == Ecosystem::Maven {
        for bom in KnownBoms::built_in().boms().iter().filter(|bom| bom.manages(name)) {
            line("  ", &format!("managed by {} ({})", bom.names.join(", "), bom.evidence.join("; ")));
        }
    }
    Ok(text)
}

/// What is known of a BOM that decides about clients.
fn bom_text(question: &Question) -> Option<String> {
    if question.ecosystem.is_some_and(|asked| asked != Ecosystem::Maven) {
        return None;
    }
    let boms = KnownBoms::built_in();
    let name = question.name.replace('/', ":");
    let bom = boms.boms().iter().find(|bom| bom.names.contains(&name))?;
    let version = question.version.as_deref();
    let package = Package { ecosystem: Ecosystem::Maven, name };
    let mut text = format!("{}: a BOM\n", neutral(&purl::write(&package, version)));
    let mut packages: Vec<&str> = Vec::new();
    for managed in bom.packages() {
        if packages.contains(&managed) {
            continue;
        }
        packages.push(managed);
        let says = match version.map(|version| boms.find(&package.name, version, managed)) {
            None if bom.manages(managed) => "manages".to_owned(),
            None | Some(Some(ManagedIn::Nothing)) => "does not manage".to_owned(),
            Some(Some(ManagedIn::OwnVersion)) => "manages in its own version".to_owned(),
            Some(Some(ManagedIn::Version(in_version))) => format!("manages in version {in_version}"),
            Some(None) => "is not known to manage in this release".to_owned(),
        };
        let _ = writeln!(text, "  {says}: {managed}");
    }
    for evidence in &bom.evidence {
        let _ = writeln!(text, "  see: {evidence}");
    }
    Some(text)
}

fn does(reload: Reload) -> &'static str {
    match reload {
        Reload::Never => "reads its token once",
        Reload::AfterRejection => "re-reads the token after a refused request",
        Reload::Periodic => "re-reads the token from time to time",
        Reload::PerRequest => "reads the token for every request",
        Reload::Partial => "re-reads the token in some uses only",
    }
}

/// The names nearest to one that is unknown.
fn unknown(rules: &RuleSet, question: &Question) -> Failure {
    let name = question.name.to_lowercase();
    let clients = rules.rules.iter().flat_map(|rule| &rule.clients);
    let mut near: Vec<(usize, &str)> = clients
        .map(|client| {
            let known = client.package.to_lowercase();
            let last = known.rsplit(['/', ':']).next().unwrap_or_default();
            let parts = [known.as_str(), last];
            let distance = parts.iter().map(|part| distance(&name, part)).min().unwrap_or(usize::MAX);
            let is_part = name.len() > 2 && known.contains(&name);
            (if is_part { 0 } else { distance }, client.package.as_str())
        })
        .filter(|(distance, _)| *distance <= name.chars().count() / 2)
        .collect();
    near.sort_unstable();
    near.dedup_by_key(|(_, name)| *name);
    let near: Vec<String> = near.iter().take(MAX_SUGGESTIONS).map(|(_, name)| format!("`{name}`")).collect();
    let asked = neutral(&question.name);
    Failure(if near.is_empty() {
        format!("no rule speaks of `{asked}`; `kubefloor rules` lists the clients that are known")
    } else {
        format!("no rule speaks of `{asked}`; near to it are {}", neutral(&near.join(", ")))
    })
}

/// How many characters must be put in, taken out or exchanged to make one of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(200).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(200).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
