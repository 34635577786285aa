//! What must hold for a client beyond the types of its fields.

use super::index::pattern_prefix;
use super::{Client, Reload, ReloadRange};
use crate::data::{Fault, Refused, Table, Text};
use crate::ecosystem::golang::version::commit;
use crate::model::Ecosystem;
use crate::version::Version;

/// Whether a client that does this goes on sending an expired token.
pub(super) fn keeps_a_dead_token(reload: Reload) -> bool {
    match reload {
        Reload::Never | Reload::Partial => true,
        Reload::AfterRejection | Reload::Periodic | Reload::PerRequest => false,
    }
}

/// A name must have the form in which readers give it, else it matches nothing.
pub(super) fn name(ecosystem: Ecosystem, text: Text<'_>) -> Result<(), Refused> {
    let refuse = |instead: String| Err(text.refuse(Fault::BadName { found: text.value.into(), instead }));
    let bare = pattern_prefix(text.value).unwrap_or(text.value);
    if bare.contains('*') {
        return refuse("`*` at the end only".into());
    }
    if bare.is_empty() || bare.contains(char::is_whitespace) {
        return refuse("the package's whole name".into());
    }
    match ecosystem {
        Ecosystem::Pypi => {
            // PEP 503, "Normalized Names".
            let lower = bare.to_lowercase();
            let words: Vec<&str> = lower.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
            let normalised = words.join("-");
            if normalised != bare.trim_end_matches('-') {
                return refuse(format!("`{normalised}`"));
            }
        }
        Ecosystem::Maven if bare.matches(':').count() != 1 => return refuse("`group:artifact`".into()),
        Ecosystem::Composer if bare != bare.to_lowercase() => return refuse(format!("`{}`", bare.to_lowercase())),
        Ecosystem::Golang
        | Ecosystem::Maven
        | Ecosystem::Npm
        | Ecosystem::Gem
        | Ecosystem::Hackage
        | Ecosystem::Nuget
        | Ecosystem::Cargo
        | Ecosystem::Hex
        | Ecosystem::Composer
        | Ecosystem::Swift
        | Ecosystem::Deb
        | Ecosystem::Generic => {}
    }
    Ok(())
}

/// No two clients of a rule may claim one name.
pub(super) fn names(clients: &[Client], client: &Client, table: Table<'_>) -> Result<(), Refused> {
    let mut seen: Vec<String> = Vec::new();
    for other in clients.iter().filter(|other| other.ecosystem == client.ecosystem) {
        seen.extend(other.names().map(|name| client.ecosystem.folded(name).into_owned()));
    }
    let mut texts = vec![table.text("package")?];
    texts.extend(table.texts("aliases")?);
    for text in texts {
        let name = client.ecosystem.folded(text.value).into_owned();
        if seen.contains(&name) {
            let (ecosystem, package) = (client.ecosystem.word(), text.value.into());
            return Err(text.refuse(Fault::DuplicateClient { ecosystem, package }));
        }
        seen.push(name);
    }
    Ok(())
}

/// No version may have two facts.
pub(super) fn overlaps(reloads: &[ReloadRange], tables: &[Table<'_>]) -> Result<(), Refused> {
    for (index, (reload, table)) in reloads.iter().zip(tables).enumerate() {
        if let Some(other) = reloads[..index].iter().find(|other| other.range.meets(&reload.range)) {
            let fault = Fault::Overlap { other: other.range.to_string(), range: reload.range.to_string() };
            return Err(Refused { at: table.at, fault });
        }
    }
    Ok(())
}

/// An example must get the verdict it states.
pub(super) fn example(
    client: &Client,
    version: &Version,
    text: Text<'_>,
    stated: &'static str,
    incompatible: bool,
) -> Result<(), Refused> {
    let found = match is_incompatible(client, version) {
        Some(found) if found == incompatible => return Ok(()),
        Some(true) => "incompatible",
        Some(false) => "compatible",
        None => "undetermined",
    };
    Err(text.refuse(Fault::WrongExample { version: text.value.into(), stated, found }))
}

/// What the facts make of one version, in the judge's order: broken versions, commits, the published minimum, ranges.
fn is_incompatible(client: &Client, version: &Version) -> Option<bool> {
    if client.broken.iter().any(|broken| broken.version == *version) {
        return Some(true);
    }
    if client.ecosystem == Ecosystem::Golang
        && let Some(commit) = commit(version.text())
    {
        if let Some(facts) = &client.commits {
            return facts.has_fix(Some(commit.stamp), commit.revision).map(|has_fix| !has_fix);
        }
        // The base of a pseudo-version without a tag below it says nothing.
        if version.text().starts_with("v0.0.0-") {
            return None;
        }
    }
    let minimum = client.minimum.as_ref().filter(|minimum| minimum.numbering.contains(version));
    let fact = client.reloads.iter().find(|fact| fact.range.contains(version));
    match (minimum, fact) {
        (Some(minimum), _) if *version < minimum.version => Some(true),
        (_, Some(fact)) => Some(keeps_a_dead_token(fact.reload)),
        (Some(_), None) => Some(false),
        (None, None) => None,
    }
}
