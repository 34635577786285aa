//! The story of a rule, for people who want to know why: what happens in a cluster, how long it goes well and where, how to
//! see it, what helps, and who says so. Nothing here decides a verdict.

use super::Confidence;
use super::read::{CONFIDENCES, owned};
use crate::data::{Fault, Refused, Shape, Table, Text};

pub(super) const STORY: Shape = Shape { name: "a `story`", keys: &["happens", "grace", "checks", "helps", "links"] };
const GRACE: Shape = Shape { name: "an entry of `grace`", keys: &["platform", "lasts", "confidence", "evidence"] };
const CHECK: Shape = Shape { name: "an entry of `checks`", keys: &["what", "command"] };

/// Why a rule is there.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// What happens in a cluster, step by step, in whole sentences.
    pub happens: Vec<String>,
    /// How long a client that lacks what the rule asks for goes on, by platform.
    pub grace: Vec<Grace>,
    /// How to see it in a running cluster.
    pub checks: Vec<Check>,
    /// What helps, the lasting cure first.
    pub helps: Vec<String>,
    /// Addresses of the documents that describe it.
    pub links: Vec<String>,
}

/// How long it goes well on a platform.
#[derive(Clone, Debug)]
pub struct Grace {
    /// The platform, with its versions and settings where they matter.
    pub platform: String,
    /// How long.
    pub lasts: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// Addresses of what says so.
    pub evidence: Vec<String>,
}

/// A way to see it in a running cluster.
#[derive(Clone, Debug)]
pub struct Check {
    /// What is looked at, and what it means.
    pub what: String,
    /// A command that looks.
    pub command: Option<String>,
}

/// Reads a story; every address in it must be one.
pub(super) fn story(table: Table<'_>) -> Result<Story, Refused> {
    let all = |texts: Vec<Text<'_>>| texts.into_iter().map(owned).collect();
    Ok(Story {
        happens: all(table.some_texts("happens")?),
        grace: table.tables("grace", &GRACE)?.into_iter().map(grace).collect::<Result<_, _>>()?,
        checks: table.tables("checks", &CHECK)?.into_iter().map(check).collect::<Result<_, _>>()?,
        helps: all(table.some_texts("helps")?),
        links: addresses(table.some_texts("links")?)?,
    })
}

fn grace(table: Table<'_>) -> Result<Grace, Refused> {
    Ok(Grace {
        platform: owned(table.text("platform")?),
        lasts: owned(table.text("lasts")?),
        confidence: table.text("confidence")?.word(CONFIDENCES)?,
        evidence: addresses(table.some_texts("evidence")?)?,
    })
}

fn check(table: Table<'_>) -> Result<Check, Refused> {
    Ok(Check { what: owned(table.text("what")?), command: table.maybe_text("command")?.map(owned) })
}

fn addresses(texts: Vec<Text<'_>>) -> Result<Vec<String>, Refused> {
    for text in &texts {
        let rest = text.value.strip_prefix("https://").unwrap_or_default();
        if !rest.contains('.') || rest.contains(char::is_whitespace) {
            return Err(text.refuse(Fault::NotAnAddress(text.value.into())));
        }
    }
    Ok(texts.into_iter().map(owned).collect())
}
