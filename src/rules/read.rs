//! From the text of a rule file to a [`Rule`]. The fields are described in `rules/README.md`.

use std::ops::Bound;

use super::check;
use super::story::{self, STORY};
use super::{
    BrokenVersion, Client, CommitFacts, Companion, Confidence, Example, Minimum, Move, NotClient, ReleaseTags, Reload,
    ReloadRange, RepositoryFacts, Rule, TagFact,
};
use crate::data::{self, Fault, Refused, Shape, Table, Text};
use crate::ecosystem;
use crate::model::Ecosystem;
use crate::version::{Version, VersionRange};

const RULE: Shape = Shape { name: "a rule", keys: &["title", "description", "date", "story", "client", "not_client"] };
const CLIENT: Shape = Shape {
    name: "a `[[client]]`",
    keys: &[
        "ecosystem",
        "package",
        "aliases",
        "carries",
        "framework",
        "advice",
        "caveat",
        "evidence",
        "minimum",
        "reloads",
        "broken",
        "commits",
        "repositories",
        "tags",
        "release_tags",
        "move_to",
        "together",
        "examples",
    ],
};
const MINIMUM: Shape = Shape { name: "a `minimum`", keys: &["version", "numbering", "evidence"] };
const NUMBERING: Shape = Shape { name: "a `numbering`", keys: &["introduced", "fixed", "last_affected"] };
const RELOAD: Shape = Shape {
    name: "an entry of `reloads`",
    keys: &["introduced", "fixed", "last_affected", "reload", "confidence", "evidence"],
};
const BROKEN: Shape = Shape { name: "an entry of `broken`", keys: &["version", "why", "evidence"] };
const COMMITS: Shape = Shape { name: "a `commits`", keys: &["fixed_from", "good", "bad", "others_bad", "evidence"] };
const REPOSITORY: Shape =
    Shape { name: "an entry of `repositories`", keys: &["repository", "good_branches", "commits", "evidence"] };
const TAG: Shape = Shape { name: "an entry of `tags`", keys: &["name", "commit", "reload"] };
const RELEASE_TAGS: Shape = Shape { name: "a `release_tags`", keys: &["before", "of", "evidence"] };
const MOVE: Shape = Shape { name: "an entry of `move_to`", keys: &["version", "with", "evidence"] };
const EXAMPLES: Shape = Shape { name: "an `examples`", keys: &["incompatible", "compatible"] };
const NOT_CLIENT: Shape = Shape { name: "a `[[not_client]]`", keys: &["purl", "why"] };

const RELOADS: &[(&str, Reload)] = &[
    ("never", Reload::Never),
    ("partial", Reload::Partial),
    ("after-401", Reload::AfterRejection),
    ("periodic", Reload::Periodic),
    ("per-request", Reload::PerRequest),
];
pub(super) const CONFIDENCES: &[(&str, Confidence)] =
    &[("verified", Confidence::Verified), ("reported", Confidence::Reported)];

/// Reads and checks a rule.
pub(super) fn rule(path: &str, text: &str) -> Result<Rule, Refused> {
    let document = data::document(text)?;
    let table = Table::new(&RULE, &document, 0)?;
    let tables = table.tables("client", &CLIENT)?;
    let mut clients = Vec::new();
    for table in &tables {
        let client = client(*table)?;
        check::names(&clients, &client, *table)?;
        clients.push(client);
    }
    let not_clients = table.tables("not_client", &NOT_CLIENT)?;
    Ok(Rule {
        id: id(path)?,
        title: owned(table.text("title")?),
        description: owned(table.text("description")?),
        date: table.day("date")?,
        story: table.table("story", &STORY)?.map(story::story).transpose()?,
        clients,
        not_clients: not_clients.into_iter().map(not_client).collect::<Result<_, _>>()?,
    })
}

fn id(path: &str) -> Result<String, Refused> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let id = name.strip_suffix(".toml").unwrap_or(name);
    let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || !id.bytes().all(is_id) {
        return Err(Refused { at: 0, fault: Fault::BadId(id.into()) });
    }
    Ok(id.into())
}

fn not_client(table: Table<'_>) -> Result<NotClient, Refused> {
    let purl = table.text("purl")?;
    if !purl.value.starts_with("pkg:") {
        let instead = "a package URL without version, as in `pkg:npm/left-pad`".into();
        return Err(purl.refuse(Fault::BadName { found: purl.value.into(), instead }));
    }
    Ok(NotClient { purl: owned(purl), why: owned(table.text("why")?) })
}

fn client(table: Table<'_>) -> Result<Client, Refused> {
    let ecosystems: Vec<(&str, Ecosystem)> = Ecosystem::ALL.iter().map(|each| (each.word(), *each)).collect();
    let ecosystem = table.text("ecosystem")?.word(&ecosystems)?;
    let package = table.text("package")?;
    check::name(ecosystem, package)?;
    let aliases = table.texts("aliases")?;
    aliases.iter().try_for_each(|alias| check::name(ecosystem, *alias))?;
    let carries = table.texts("carries")?;
    carries.iter().try_for_each(|carried| check::name(ecosystem, *carried))?;
    let ranges = table.tables("reloads", &RELOAD)?;
    let reloads: Vec<ReloadRange> =
        ranges.iter().map(|range| reload_range(ecosystem, *range)).collect::<Result<_, _>>()?;
    check::overlaps(&reloads, &ranges)?;
    let tags: Vec<TagFact> = table.tables("tags", &TAG)?.into_iter().map(tag).collect::<Result<_, _>>()?;
    let mut commits = table.table("commits", &COMMITS)?.map(commit_facts).transpose()?;
    if let Some(commits) = &mut commits {
        add_tags(commits, &tags);
    }
    let examples = table.table("examples", &EXAMPLES)?;
    let client = Client {
        ecosystem,
        package: owned(package),
        minimum: table.table("minimum", &MINIMUM)?.map(|table| minimum(ecosystem, table)).transpose()?,
        reloads,
        broken: each(table.tables("broken", &BROKEN)?, |table| broken(ecosystem, table))?,
        commits,
        repositories: each(table.tables("repositories", &REPOSITORY)?, repository)?,
        tags,
        release_tags: table
            .table("release_tags", &RELEASE_TAGS)?
            .map(|table| release_tags(ecosystem, table))
            .transpose()?,
        aliases: aliases.into_iter().map(owned).collect(),
        carries: carries.into_iter().map(owned).collect(),
        framework: table.flag("framework")?,
        advice: owned(table.text("advice")?),
        caveat: table.maybe_text("caveat")?.map(owned),
        evidence: table.some_texts("evidence")?.into_iter().map(owned).collect(),
        move_to: Vec::new(),
        together: table
            .texts("together")?
            .into_iter()
            .map(|text| companion(ecosystem, text))
            .collect::<Result<_, _>>()?,
        examples: Vec::new(),
    };
    let move_to = each(table.tables("move_to", &MOVE)?, |table| move_to(&client, table))?;
    let examples = match examples {
        Some(examples) => self::examples(&client, examples)?,
        None => Vec::new(),
    };
    Ok(Client { move_to, examples, ..client })
}

fn each<'a, T>(tables: Vec<Table<'a>>, read: impl Fn(Table<'a>) -> Result<T, Refused>) -> Result<Vec<T>, Refused> {
    tables.into_iter().map(read).collect()
}

fn minimum(ecosystem: Ecosystem, table: Table<'_>) -> Result<Minimum, Refused> {
    let numbering = match table.table("numbering", &NUMBERING)? {
        Some(numbering) => range(ecosystem, numbering)?,
        None => VersionRange::all(true),
    };
    Ok(Minimum {
        version: version(ecosystem, table.text("version")?)?,
        numbering,
        evidence: owned(table.text("evidence")?),
    })
}

fn reload_range(ecosystem: Ecosystem, table: Table<'_>) -> Result<ReloadRange, Refused> {
    Ok(ReloadRange {
        range: range(ecosystem, table)?,
        reload: table.text("reload")?.word(RELOADS)?,
        confidence: table.text("confidence")?.word(CONFIDENCES)?,
        evidence: owned(table.text("evidence")?),
    })
}

/// A range in OSV's manner, pre-releases included.
fn range(ecosystem: Ecosystem, table: Table<'_>) -> Result<VersionRange, Refused> {
    let introduced = table.maybe_text("introduced")?;
    let lower = match introduced {
        Some(text) => Bound::Included(version(ecosystem, text)?),
        None => Bound::Unbounded,
    };
    let (end, upper) = match (table.maybe_text("fixed")?, table.maybe_text("last_affected")?) {
        (Some(_), Some(last)) => return Err(last.refuse(Fault::TwoEnds)),
        (Some(text), None) => (Some(text), Bound::Excluded(version(ecosystem, text)?)),
        (None, Some(text)) => (Some(text), Bound::Included(version(ecosystem, text)?)),
        (None, None) => (None, Bound::Unbounded),
    };
    let range = VersionRange::between(lower, upper, true);
    match (introduced, end) {
        (Some(introduced), Some(end)) if range.is_empty() => {
            Err(end.refuse(Fault::EmptyRange { introduced: introduced.value.into(), end: end.value.into() }))
        }
        _ => Ok(range),
    }
}

fn broken(ecosystem: Ecosystem, table: Table<'_>) -> Result<BrokenVersion, Refused> {
    Ok(BrokenVersion {
        version: version(ecosystem, table.text("version")?)?,
        why: owned(table.text("why")?),
        evidence: owned(table.text("evidence")?),
    })
}

fn commit_facts(table: Table<'_>) -> Result<CommitFacts, Refused> {
    let fixed_from = table.maybe_text("fixed_from")?;
    if let Some(stamp) = fixed_from
        && (stamp.value.len() != 14 || !stamp.value.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(stamp.refuse(Fault::NotAStamp(stamp.value.into())));
    }
    Ok(CommitFacts {
        fixed_from: fixed_from.map(owned),
        good: table.texts("good")?.into_iter().map(commit).collect::<Result<_, _>>()?,
        bad: table.texts("bad")?.into_iter().map(commit).collect::<Result<_, _>>()?,
        others_bad: table.flag("others_bad")?,
        evidence: owned(table.text("evidence")?),
    })
}

fn commit(text: Text<'_>) -> Result<String, Refused> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !(12..=64).contains(&text.value.len()) || !text.value.bytes().all(is_digit) {
        return Err(text.refuse(Fault::NotACommit(text.value.into())));
    }
    Ok(owned(text))
}

fn repository(table: Table<'_>) -> Result<RepositoryFacts, Refused> {
    let repository = table.text("repository")?;
    let bare = repository.value.split_once("://").map_or(repository.value, |(_, rest)| rest);
    let bare = bare.trim_end_matches('/').trim_end_matches(".git");
    if bare != repository.value {
        let found = repository.value.into();
        return Err(repository.refuse(Fault::BadName { found, instead: format!("`{bare}`") }));
    }
    Ok(RepositoryFacts {
        repository: owned(repository),
        good_branches: table.texts("good_branches")?.into_iter().map(owned).collect(),
        commits: table.table("commits", &COMMITS)?.map(commit_facts).transpose()?.unwrap_or_default(),
        evidence: owned(table.text("evidence")?),
    })
}

fn tag(table: Table<'_>) -> Result<TagFact, Refused> {
    Ok(TagFact {
        name: owned(table.text("name")?),
        commit: commit(table.text("commit")?)?,
        reload: table.text("reload")?.word(RELOADS)?,
    })
}

fn release_tags(ecosystem: Ecosystem, table: Table<'_>) -> Result<ReleaseTags, Refused> {
    let of = table.text("of")?;
    check::name(ecosystem, of)?;
    Ok(ReleaseTags { before: owned(table.text("before")?), of: owned(of), evidence: owned(table.text("evidence")?) })
}

/// Lists the commits of tags among the commits, so that a bare revision is known as well.
fn add_tags(commits: &mut CommitFacts, tags: &[TagFact]) {
    for tag in tags {
        let list = if check::keeps_a_dead_token(tag.reload) { &mut commits.bad } else { &mut commits.good };
        if !list.contains(&tag.commit) {
            list.push(tag.commit.clone());
        }
    }
}

fn move_to(client: &Client, table: Table<'_>) -> Result<Move, Refused> {
    let text = table.text("version")?;
    let target = version(client.ecosystem, text)?;
    check::example(client, &target, text, "compatible", false)?;
    let with = table.texts("with")?.into_iter().map(|text| {
        let Some((name, number)) = text.value.split_once(' ') else {
            let instead = "a name, a blank and a version".into();
            return Err(text.refuse(Fault::BadName { found: text.value.into(), instead }));
        };
        check::name(client.ecosystem, Text { value: name, ..text })?;
        Ok((name.to_owned(), version(client.ecosystem, Text { value: number, ..text })?))
    });
    Ok(Move { version: target, with: with.collect::<Result<_, _>>()?, evidence: owned(table.text("evidence")?) })
}

/// A name, or a name, a blank and the major version that it has where the client has another.
fn companion(ecosystem: Ecosystem, text: Text<'_>) -> Result<Companion, Refused> {
    let (name, major) = match text.value.split_once(' ') {
        Some((name, major)) => (name, Some(major.to_owned())),
        None => (text.value, None),
    };
    check::name(ecosystem, Text { value: name, ..text })?;
    Ok(Companion { name: name.to_owned(), major })
}

fn examples(client: &Client, table: Table<'_>) -> Result<Vec<Example>, Refused> {
    let mut examples = Vec::new();
    for (key, incompatible) in [("incompatible", true), ("compatible", false)] {
        for text in table.texts(key)? {
            let version = version(client.ecosystem, text)?;
            check::example(client, &version, text, key, incompatible)?;
            examples.push(Example { version: owned(text), incompatible });
        }
    }
    Ok(examples)
}

fn version(ecosystem: Ecosystem, text: Text<'_>) -> Result<Version, Refused> {
    ecosystem::version(ecosystem, text.value).map_err(|why| {
        text.refuse(Fault::NotAVersion { found: text.value.into(), ecosystem: ecosystem.word(), why: why.message })
    })
}

pub(super) fn owned(text: Text<'_>) -> String {
    text.value.to_owned()
}
