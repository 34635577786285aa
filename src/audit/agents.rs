//! What a user agent reveals: the library, its version, and what the rules say of that. The facts are data,
//! `rules/runtime/user-agents.toml`.
//!
//! Traps:
//! - A program can call itself as it likes, and several libraries call themselves the same. So what is found is a set of packages with
//!   versions, each judged by the rules; it is certain only if all of them are judged alike.
//! - It never overrules what a lockfile says.

use std::sync::LazyLock;

use super::event::LegacyUse;
use crate::data::{self, Fault, Refused, RuleError, Shape, Table, Text};
use crate::ecosystem;
use crate::judge::{self, Judgement, Verdict};
use crate::model::{Ecosystem, Reason, Selected, Why, words};
use crate::rules::{Client, Index, Reload, RuleSet};
use crate::version::{Version, VersionRange};
use std::ops::Bound;

const BUILT_IN: (&str, &str) = ("user-agents.toml", include_str!("../../rules/runtime/user-agents.toml"));

const FILE: Shape = Shape { name: "a file of user agents", keys: &["date", "agent"] };
const AGENT: Shape =
    Shape { name: "an `[[agent]]`", keys: &["pattern", "certainty", "note", "evidence", "libraries", "examples"] };
const LIBRARY: Shape = Shape {
    name: "an entry of `libraries`",
    keys: &["ecosystem", "package", "says_version", "instead", "introduced", "fixed", "last_affected", "printed"],
};

words! {
    /// How sure it is what a user agent says of the library's fitness.
    Certainty {
        /// Nothing is known, or any program may call itself so.
        Unknown = "unknown",
        /// Several versions or libraries call themselves so, and are not judged alike.
        Probable = "probable",
        /// Whatever calls itself so is judged alike.
        Certain = "certain",
    }
}

/// The user agents that are known.
#[derive(Clone, Debug)]
pub struct Agents {
    /// The day of the facts, `yyyy-mm-dd`.
    pub date: String,
    agents: Vec<Agent>,
}

/// A form of user agents.
#[derive(Clone, Debug)]
struct Agent {
    pattern: Vec<Part>,
    /// Whether no program but these libraries calls itself so.
    is_exclusive: bool,
    note: Option<String>,
    libraries: Vec<Library>,
    examples: Vec<(String, Verdict, Certainty)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// Characters that are no `/` and no blank; the version if so named.
    Word {
        is_version: bool,
    },
    /// Whatever there is.
    Rest,
}

/// A library that calls itself so.
#[derive(Clone, Debug)]
struct Library {
    ecosystem: Ecosystem,
    package: String,
    /// Whether the version in the user agent is the package's, but for a beginning that stands for another.
    says_version: bool,
    instead: Option<(String, String)>,
    range: VersionRange,
    /// What is printed by which versions, where that is not their own.
    printed: Vec<(String, Vec<Version>)>,
}

/// What a user agent reveals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// How sure the verdict is.
    pub certainty: Certainty,
    /// The verdict.
    pub verdict: Verdict,
    /// What it can be.
    pub candidates: Vec<Candidate>,
    /// What else is known of such user agents.
    pub note: Option<String>,
}

/// A library that it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is published.
    pub ecosystem: Ecosystem,
    /// The package.
    pub package: String,
    /// The version, or the range of versions, in words; `None` if it can be any.
    pub version: Option<String>,
    /// Whether that is one version.
    pub is_exact: bool,
    /// The versions that it can be.
    pub versions: VersionRange,
    /// What the rules say of it.
    pub judgement: Option<Judgement>,
    /// Whether it re-reads its token once it is refused, and not before.
    pub heals: bool,
    /// What to do.
    pub advice: Option<String>,
}

impl Guess {
    /// Nothing is known.
    pub fn nothing() -> Guess {
        Guess { certainty: Certainty::Unknown, verdict: Verdict::Undetermined, candidates: Vec::new(), note: None }
    }

    /// Whether it keeps its token for good, for certain.
    pub fn keeps(&self) -> bool {
        self.certainty == Certainty::Certain && self.verdict == Verdict::Incompatible
    }

    /// Whether it re-reads its token once it is refused, whichever candidate it is.
    pub fn heals(&self) -> bool {
        self.certainty != Certainty::Unknown
            && !self.candidates.is_empty()
            && self.candidates.iter().all(|one| one.heals)
    }
}

impl Agents {
    /// What the program knows, read once.
    ///
    /// # Panics
    /// If it is malformed, which a test would show.
    pub fn built_in() -> &'static Agents {
        static AGENTS: LazyLock<Agents> = LazyLock::new(|| {
            let (path, text) = BUILT_IN;
            Agents::parse(path, text).unwrap_or_else(|error| panic!("the user agents are well-formed: {error}"))
        });
        &AGENTS
    }

    /// Reads a file of user agents.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<Agents, RuleError> {
        read(text).map_err(|refused| refused.of_file(path, text))
    }

    /// What a user agent reveals.
    pub fn guess(&self, rules: &RuleSet, index: &Index<'_>, user_agent: &str) -> Guess {
        let found = self.agents.iter().find_map(|agent| Some((agent, matched(&agent.pattern, user_agent)?)));
        let Some((agent, printed)) = found else { return Guess::nothing() };
        let candidates: Vec<Candidate> = agent
            .libraries
            .iter()
            .map(|library| library.candidate(rules, index, printed))
            .filter(|one| !one.versions.is_empty())
            .collect();
        let verdicts: Vec<Verdict> = candidates
            .iter()
            .map(|candidate| candidate.judgement.as_ref().map_or(Verdict::Undetermined, |judgement| judgement.verdict))
            .collect();
        let is_like = |verdict: Verdict| !verdicts.is_empty() && verdicts.iter().all(|other| *other == verdict);
        let verdict = if verdicts.contains(&Verdict::Undetermined) || verdicts.is_empty() {
            Verdict::Undetermined
        } else if is_like(Verdict::Incompatible) {
            Verdict::Incompatible
        } else if is_like(Verdict::Compatible) {
            Verdict::Compatible
        } else {
            Verdict::MaybeIncompatible
        };
        let certainty = match (agent.is_exclusive, verdict) {
            (false, _) | (true, Verdict::Undetermined) => Certainty::Unknown,
            (true, Verdict::MaybeIncompatible) => Certainty::Probable,
            (true, Verdict::Incompatible | Verdict::Compatible) => Certainty::Certain,
        };
        Guess { certainty, verdict, candidates, note: agent.note.clone() }
    }

    /// The examples: user agents, and what must be said of them.
    pub fn examples(&self) -> impl Iterator<Item = (&str, Verdict, Certainty)> {
        let examples = self.agents.iter().flat_map(|agent| &agent.examples);
        examples.map(|(agent, verdict, certainty)| (agent.as_str(), *verdict, *certainty))
    }
}

impl Library {
    fn candidate(&self, rules: &RuleSet, index: &Index<'_>, printed: &str) -> Candidate {
        let selected = self.selected(printed);
        let client = index.find(self.ecosystem, &self.package).next().map(|(_, client)| client);
        let version = match &selected {
            Selected::Exact(version) => Some(version.text().to_owned()),
            Selected::Within(range) if range.is_unbounded() => None,
            Selected::Within(range) => Some(in_words(range)),
            Selected::Source(_) | Selected::Unknown(_) => None,
        };
        Candidate {
            ecosystem: self.ecosystem,
            package: self.package.clone(),
            version,
            is_exact: matches!(selected, Selected::Exact(_)),
            versions: match &selected {
                Selected::Exact(version) => VersionRange::exactly(version.clone()),
                Selected::Within(range) => range.clone(),
                Selected::Source(_) | Selected::Unknown(_) => self.range.clone(),
            },
            judgement: client.map(|client| judge::selected(rules, client, &selected)),
            heals: client.is_some_and(|client| heals(client, &selected)),
            advice: client.map(|client| client.advice.clone()),
        }
    }

    /// The versions that call themselves so.
    fn selected(&self, printed: &str) -> Selected {
        if let Some((_, versions)) = self.printed.iter().find(|(known, _)| known == printed) {
            let ranges = versions.iter().map(|version| VersionRange::exactly(version.clone()));
            return Selected::Within(ranges.fold(VersionRange::none(), VersionRange::union));
        }
        let text = match &self.instead {
            Some((from, to)) => printed.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}")),
            None => Some(printed.to_owned()),
        };
        // Maven takes any text for a version; where none begins there is none.
        let digit = printed.trim_start_matches('v').bytes().next();
        if self.says_version && !digit.is_some_and(|byte| byte.is_ascii_digit()) {
            return Selected::Unknown(Why::new(Reason::UnparsableVersion, "the user agent holds no version"));
        }
        let version =
            text.filter(|_| self.says_version).and_then(|text| ecosystem::version(self.ecosystem, &text).ok());
        match version {
            Some(version) if self.range.contains(&version) => Selected::Exact(version),
            // It prints its own version, and none that was never its own.
            Some(_) => Selected::Within(VersionRange::none()),
            None => Selected::Within(self.range.clone()),
        }
    }
}

/// A range as people write it.
fn in_words(range: &VersionRange) -> String {
    let parts = range.intervals().iter().map(|interval| match (interval.lower(), interval.upper()) {
        (Bound::Included(a), Bound::Included(b)) if a == b => a.to_string(),
        (Bound::Unbounded, Bound::Unbounded) => "any version".to_owned(),
        (Bound::Unbounded, Bound::Excluded(b)) => format!("below {b}"),
        (Bound::Unbounded, Bound::Included(b)) => format!("up to {b}"),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Unbounded) => format!("from {a} on"),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b)) => format!("{a} to {b}"),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Excluded(b)) => format!("from {a} to below {b}"),
    });
    parts.collect::<Vec<_>>().join(" or ")
}

/// Whether all that is selected re-reads its token after a refusal, and only then.
fn heals(client: &Client, selected: &Selected) -> bool {
    let facts = client.reloads.iter().filter(|fact| fact.reload == Reload::AfterRejection);
    let healing = facts.fold(VersionRange::none(), |range, fact| range.union(fact.range.clone()));
    match selected {
        Selected::Exact(version) => healing.contains(version),
        Selected::Within(range) => !range.is_empty() && healing.covers(range),
        Selected::Source(_) | Selected::Unknown(_) => false,
    }
}

/// What stands for the version in a text that has the form of a pattern.
fn matched<'a>(pattern: &[Part], text: &'a str) -> Option<&'a str> {
    let (mut rest, mut version) = (text, "");
    for part in pattern {
        match part {
            Part::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            Part::Rest => rest = "",
            Part::Word { is_version } => {
                let end = rest.find(['/', ' ']).unwrap_or(rest.len());
                // A parenthesis behind a word is the pattern's.
                let end = rest[..end].find(')').unwrap_or(end);
                if end == 0 {
                    return None;
                }
                if *is_version {
                    version = &rest[..end];
                }
                rest = &rest[end..];
            }
        }
    }
    rest.is_empty().then_some(version)
}

fn read(text: &str) -> Result<Agents, Refused> {
    let document = data::document(text)?;
    let file = Table::new(&FILE, &document, 0)?;
    let date = file.day("date")?;
    let agents = file.tables("agent", &AGENT)?.into_iter().map(agent).collect::<Result<_, _>>()?;
    Ok(Agents { date, agents })
}

fn agent(table: Table<'_>) -> Result<Agent, Refused> {
    let certainty = table.text("certainty")?;
    let is_exclusive = match certainty.value {
        "exact" => true,
        "hint" => false,
        found => {
            return Err(certainty.refuse(Fault::UnknownWord { found: found.into(), known: vec!["exact", "hint"] }));
        }
    };
    table.some_texts("evidence")?;
    let mut examples = Vec::new();
    for (user_agent, words) in table.lists("examples")? {
        examples.push(example(user_agent, &words)?);
    }
    if examples.is_empty() {
        return Err(Refused { at: table.at, fault: Fault::MissingKey { key: "examples", table: AGENT.name } });
    }
    let libraries = table.tables("libraries", &LIBRARY)?;
    Ok(Agent {
        pattern: pattern(table.text("pattern")?)?,
        is_exclusive,
        note: table.maybe_text("note")?.map(|note| note.value.to_owned()),
        libraries: libraries.into_iter().map(library).collect::<Result<_, _>>()?,
        examples,
    })
}

fn example(user_agent: Text<'_>, words: &[Text<'_>]) -> Result<(String, Verdict, Certainty), Refused> {
    let [verdict, certainty] = words else {
        let takes = "the verdict and the certainty, as in `[\"incompatible\", \"certain\"]`";
        return Err(user_agent.refuse(Fault::WrongType { key: user_agent.value.into(), takes }));
    };
    let verdict = one_of(*verdict, Verdict::ALL, Verdict::word)?;
    let certainty = one_of(*certainty, Certainty::ALL, Certainty::word)?;
    Ok((user_agent.value.to_owned(), verdict, certainty))
}

fn one_of<T: Copy>(text: Text<'_>, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, Refused> {
    let known = || all.iter().map(|one| word(*one)).collect();
    let found = all.iter().find(|one| word(**one) == text.value).copied();
    found.ok_or_else(|| text.refuse(Fault::UnknownWord { found: text.value.into(), known: known() }))
}

fn pattern(text: Text<'_>) -> Result<Vec<Part>, Refused> {
    let mut parts = Vec::new();
    let mut rest = text.value;
    while let Some((literal, behind)) = rest.split_once('{') {
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
        parts.push(match name {
            "version" => Part::Word { is_version: true },
            "word" => Part::Word { is_version: false },
            "rest" if behind.is_empty() => Part::Rest,
            found => {
                let known = vec!["version", "word", "rest"];
                return Err(text.refuse(Fault::UnknownWord { found: found.into(), known }));
            }
        });
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Ok(parts)
}

fn library(table: Table<'_>) -> Result<Library, Refused> {
    let ecosystem = one_of(table.text("ecosystem")?, Ecosystem::ALL, Ecosystem::word)?;
    let version = |text: Text<'_>| {
        ecosystem::version(ecosystem, text.value).map_err(|why| {
            let (found, ecosystem) = (text.value.into(), ecosystem.word());
            text.refuse(Fault::NotAVersion { found, ecosystem, why: why.message })
        })
    };
    let bound = |key| table.maybe_text(key)?.map(version).transpose();
    let lower = bound("introduced")?.map_or(Bound::Unbounded, Bound::Included);
    let upper = match (bound("fixed")?, bound("last_affected")?) {
        (Some(_), Some(_)) => return Err(Refused { at: table.at, fault: Fault::TwoEnds }),
        (Some(fixed), None) => Bound::Excluded(fixed),
        (None, Some(last)) => Bound::Included(last),
        (None, None) => Bound::Unbounded,
    };
    let mut printed = Vec::new();
    for (text, versions) in table.lists("printed")? {
        printed.push((text.value.to_owned(), versions.into_iter().map(version).collect::<Result<_, _>>()?));
    }
    let instead = table.texts("instead")?;
    let instead = match instead.as_slice() {
        [] => None,
        [from, to] => Some((from.value.to_owned(), to.value.to_owned())),
        [one, ..] => {
            let takes = "what the version begins with and what to read instead, as in `[\"v1.\", \"v0.\"]`";
            return Err(one.refuse(Fault::WrongType { key: "instead".into(), takes }));
        }
    };
    Ok(Library {
        ecosystem,
        package: table.text("package")?.value.to_owned(),
        says_version: table.flag("says_version")?,
        instead,
        range: VersionRange::between(lower, upper, true),
        printed,
    })
}

impl LegacyUse {
    /// What it means, as the end of "a token from a secret …".
    pub fn means(self) -> &'static str {
        match self {
            LegacyUse::Used => "from a secret",
            LegacyUse::Autogenerated => "from a secret that the cluster made",
            LegacyUse::Manual => "from a secret that was made by hand",
            LegacyUse::Invalidated => "from a secret that is no longer accepted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_gets_its_verdict() {
        let rules = RuleSet::built_in();
        let index = rules.index();
        let mut wrong = Vec::new();
        for (user_agent, verdict, certainty) in Agents::built_in().examples() {
            let guess = Agents::built_in().guess(rules, &index, user_agent);
            if (guess.verdict, guess.certainty) != (verdict, certainty) {
                wrong.push(format!("{user_agent}: {} {}", guess.verdict.word(), guess.certainty.word()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_is_known_is_known_to_the_version() {
        let rules = RuleSet::built_in();
        let index = rules.index();
        let guess = |user_agent: &str| Agents::built_in().guess(rules, &index, user_agent);
        let versions = |user_agent: &str| -> Vec<(String, Option<String>)> {
            let candidates = guess(user_agent).candidates.into_iter();
            candidates.map(|one| (one.package, one.version)).collect()
        };
        let of = |package: &str, version: &str| (package.to_owned(), Some(version.to_owned()));
        assert_eq!(
            versions("OpenAPI-Generator/11.0.0/python"),
            [of("kubernetes", "11.0.0"), of("kubernetes-asyncio", "11.0.0")]
        );
        assert_eq!(versions("fabric8-kubernetes-client/5.12.4"), [of("io.fabric8:kubernetes-client", "5.12.4")]);
        assert_eq!(versions("kubelet/v1.21.2 (linux/amd64) kubernetes/d2965f0"), [of("k8s.io/client-go", "v0.21.2")]);
        assert_eq!(guess("my own program"), Guess::nothing());
        assert_eq!(guess(""), Guess::nothing());
        assert!(guess("fabric8-kubernetes-client/5.8.0").heals());
        assert!(!guess("fabric8-kubernetes-client/5.4.0").heals() && !guess("fabric8-kubernetes-client/6.5.1").heals());
        assert!(versions("fabric8-kubernetes-client/5.12.4 behind it").is_empty());
        for text in ["fabric8-kubernetes-client/unknown", "fabric8-kubernetes-client/null"] {
            assert_eq!((guess(text).verdict, guess(text).certainty), (Verdict::Undetermined, Certainty::Unknown));
        }
    }

    #[test]
    fn a_wrong_file_is_refused_at_its_place() {
        let file = |agent: &str| format!("date = 2026-01-31\n[[agent]]\nevidence = [\"x\"]\n{agent}");
        let cases = [
            ("pattern = \"x\"", "x:2:1: an `[[agent]]` lacks `certainty`; add it"),
            ("pattern = \"x\"\ncertainty = \"sure\"", "x:5:13: `sure` is unknown here; write one of `exact`, `hint`"),
            ("pattern = \"x\"\ncertainty = \"hint\"", "x:2:1: an `[[agent]]` lacks `examples`; add it"),
            (
                "pattern = \"{x}\"\ncertainty = \"hint\"\nexamples = { \"x\" = [\"compatible\", \"unknown\"] }",
                "x:4:11: `x` is unknown here; write one of `version`, `word`, `rest`",
            ),
        ];
        for (agent, expected) in cases {
            let error = Agents::parse("x", &file(agent)).map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()));
        }
    }

    /// The example of `rules/README.md`, and that it speaks of every key.
    #[test]
    fn the_example_of_the_readme_is_a_file_of_user_agents() {
        let readme = include_str!("../../rules/README.md").replace("\r\n", "\n");
        let section = readme.find("## User agents").expect("the section");
        let start = readme[section..].find("```toml\n").expect("the example") + section + "```toml\n".len();
        let end = readme[start..].find("```").expect("the end of the example") + start;
        let known = Agents::parse("x", &readme[start..end]).unwrap_or_else(|error| panic!("{error}"));
        let (rules, index) = (RuleSet::built_in(), RuleSet::built_in().index());
        let guess = known.guess(rules, &index, "parcel-client/1.4 (linux)");
        assert_eq!(guess.candidates.len(), 1);
        assert_eq!(guess.candidates[0].version.as_deref(), Some("1.4"));
        let printed = known.guess(rules, &index, "parcel-client/2.0 (linux)");
        assert_eq!(printed.candidates[0].version.as_deref(), Some("2.0 or 2.1"));
        for key in [FILE, AGENT, LIBRARY].iter().flat_map(|shape| shape.keys) {
            assert!(readme[section..].contains(&format!("`{key}`")) || *key == "agent", "rules/README.md omits {key}");
        }
    }
}
