//! The configuration of a repository, `kubefloor.toml`: what is left out of a scan, how much a finding matters where, and
//! which findings are ignored, why and until when. `docs/configuration.md` says the same to users.
//!
//! Traps:
//! - The file is the user's own, so what is wrong in it is an error with its place, not a problem beside the findings. But it
//!   can come with somebody else's pull request: it holds no command, names no file to read, and each text in it is shown
//!   neutralised.
//! - Globs are those of a `.gitignore` everywhere, from one folder: the file's own, or where it was named by hand the top of
//!   the repository. The caller turns paths into ones from there.
//!
//! Not done here: finding the file, and applying it (`scan`).

mod glob;
mod read;

pub use glob::Globs;

use crate::data::{Day, RuleError};
use crate::judge::{FailOn, Severity};
use crate::model::{Ecosystem, Scope};
use crate::purl;
use crate::source::LineCol;

/// What the file is called.
pub const FILE: &str = "kubefloor.toml";

/// What a `kubefloor.toml` says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What to leave out: globs in the manner of a `.gitignore`.
    pub exclude: Vec<String>,
    /// The mildest verdict that makes a run fail.
    pub fail_on: Option<FailOn>,
    /// The least severity that is shown and counts.
    pub min_severity: Option<Severity>,
    /// What differs for some findings; of several that speak of one thing the last counts.
    pub overrides: Vec<Override>,
    /// The findings that are ignored.
    pub ignores: Vec<Ignore>,
}

/// What differs for some findings.
#[derive(Clone, Debug)]
pub struct Override {
    /// Which.
    pub of: Selector,
    /// How much they matter.
    pub severity: Option<Severity>,
    /// The mildest verdict with which they make a run fail.
    pub fail_on: Option<FailOn>,
    /// Where in the file that is said.
    pub at: LineCol,
}

/// Some findings that are ignored.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Which.
    pub of: Selector,
    /// Why.
    pub reason: String,
    /// The last day on which that holds.
    pub until: Option<Day>,
    /// Where in the file that is said.
    pub at: LineCol,
}

/// Some findings: those for which everything that is said here holds.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// The id of a rule.
    pub rule: Option<String>,
    /// The packages.
    pub packages: Vec<Named>,
    /// Where they lie.
    pub paths: Option<Globs>,
    /// The groups, extras, profiles and markers they hang on, as the files write them; a final `*` stands for any rest.
    pub groups: Vec<String>,
    /// What the dependency is for.
    pub scopes: Vec<Scope>,
}

impl Config {
    /// Reads a configuration from the text of a file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<Config, RuleError> {
        read::config(text).map_err(|refused| refused.of_file(path, text))
    }
}

/// A package, or several of one beginning, of one ecosystem or of any.
#[derive(Clone, Debug)]
pub struct Named {
    ecosystem: Option<Ecosystem>,
    /// The name; a final `*` stands for any rest.
    name: String,
}

/// What a finding is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The id of the rule that speaks.
    pub rule: &'a str,
    /// The package's ecosystem.
    pub ecosystem: Ecosystem,
    /// Its normalised name.
    pub package: &'a str,
    /// Its file, from the folder that globs count from.
    pub path: &'a str,
    /// The group, extra, profile or marker it hangs on.
    pub group: Option<&'a str>,
    /// What it is for.
    pub scope: Scope,
}

impl Selector {
    /// Whether a finding is meant.
    pub fn selects(&self, subject: Subject<'_>) -> bool {
        let Subject { rule, ecosystem, package, path, group, scope } = subject;
        self.rule.as_ref().is_none_or(|own| own == rule)
            && is_any(&self.scopes, |own| *own == scope)
            && is_any(&self.groups, |own| group.is_some_and(|group| is_text(own, group)))
            && is_any(&self.packages, |own| own.is(ecosystem, package))
            && self.paths.as_ref().is_none_or(|globs| globs.match_path(path))
    }

    /// Whether anything narrows it besides the rule.
    fn is_narrow(&self) -> bool {
        let Selector { rule: _, packages, paths, groups, scopes } = self;
        paths.is_some() || !packages.is_empty() || !groups.is_empty() || !scopes.is_empty()
    }
}

/// Whether one of a list fits, or nothing is listed.
fn is_any<T>(list: &[T], fits: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(fits)
}

/// Whether a text is what is asked for, of which a final `*` stands for any rest.
fn is_text(asked: &str, text: &str) -> bool {
    asked.strip_suffix('*').map_or(asked == text, |stem| text.starts_with(stem))
}

impl Named {
    /// A name or a purl without a version; `None` for a purl that is none or has one.
    fn parse(text: &str) -> Option<Named> {
        let stem = text.strip_suffix('*').unwrap_or(text);
        let (ecosystem, name) = if stem.starts_with("pkg:") {
            let purl = purl::read(stem).ok().filter(|purl| purl.version.is_none())?;
            (Some(purl.package.ecosystem), purl.package.name)
        } else {
            (None, stem.to_owned())
        };
        let rest = if stem.len() < text.len() { "*" } else { "" };
        Some(Named { ecosystem, name: name + rest })
    }

    fn is(&self, ecosystem: Ecosystem, package: &str) -> bool {
        self.ecosystem.is_none_or(|own| own == ecosystem) && ecosystem.is_name_of(package, &self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parse(text: &str) -> Config {
        Config::parse("kubefloor.toml", text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn subject(ecosystem: Ecosystem) -> Subject<'static> {
        Subject { rule: "r", ecosystem, package: "p", path: "", group: None, scope: Scope::Runtime }
    }

    #[test]
    fn a_selector_holds_where_all_of_it_does() {
        let text = "[[ignore]]\nrule = \"r\"\npackage = [\"pkg:nuget/KubernetesClient\", \"io.fabric8:*\", \"Kubernetes_Asyncio\", \"pkg:npm/@kubernetes/*\"]\npath = [\"old/\", \"*.xml\"]\nreason = \"x\"";
        let selects = |rule, ecosystem, package, path| {
            parse(text).ignores[0].of.selects(Subject { rule, package, path, ..subject(ecosystem) })
        };
        assert!(selects("r", Ecosystem::Nuget, "kubernetesclient", "old/a/b.csproj"));
        assert!(selects("r", Ecosystem::Maven, "io.fabric8:kubernetes-client", "a/pom.xml"));
        assert!(selects("r", Ecosystem::Pypi, "kubernetes-asyncio", "old/Pipfile"));
        assert!(selects("r", Ecosystem::Npm, "@kubernetes/client-node", "old/x"));
        assert!(!selects("s", Ecosystem::Nuget, "KubernetesClient", "old/b.csproj"));
        assert!(!selects("r", Ecosystem::Cargo, "KubernetesClient", "old/b.csproj"));
        assert!(!selects("r", Ecosystem::Nuget, "KubernetesClient", "new/b.csproj"));
    }

    #[test]
    fn groups_and_scopes_narrow_it() {
        let text =
            "[[ignore]]\nrule = \"r\"\nscope = [\"test\", \"build\"]\ngroup = [\"dev\", \"ci-*\"]\nreason = \"x\"";
        let selects =
            |scope, group| parse(text).ignores[0].of.selects(Subject { group, scope, ..subject(Ecosystem::Pypi) });
        assert!(selects(Scope::Test, Some("dev")) && selects(Scope::Build, Some("ci-lint")));
        assert!(!selects(Scope::Runtime, Some("dev")) && !selects(Scope::Test, Some("devel")));
        assert!(!selects(Scope::Test, None));
    }

    #[test]
    fn globs_are_those_of_a_gitignore() {
        let paths = |glob: &str| {
            let text = format!("[[ignore]]\nrule = \"r\"\npath = '{glob}'\nreason = \"x\"");
            let of = parse(&text).ignores[0].of.clone();
            move |path: &str| of.selects(Subject { path, ..subject(Ecosystem::Golang) })
        };
        assert!(paths("legacy/")("a/legacy/go.mod") && !paths("/legacy/")("a/legacy/go.mod"));
        assert!(paths("a/**/go.mod")("a/b/c/go.mod") && paths("a/**/go.mod")("a/go.mod"));
        assert!(paths("go.mod")("a/go.mod") && !paths("/go.mod")("a/go.mod"));
        assert!(paths("a/*")("a/b/go.mod") && !paths("b/*")("a/b/go.mod"));
    }

    fn words_of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|each| word(*each)).collect()
    }

    /// The file that `kubefloor init` writes, and each of its examples without the mark before it.
    #[test]
    fn the_file_to_begin_with_is_one() {
        let text = include_str!("cli/kubefloor.toml");
        let config = parse(text);
        assert!(config.ignores.is_empty() && config.exclude.is_empty() && config.overrides.is_empty());
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest,
            _ => line,
        });
        let config = parse(&lines.collect::<Vec<_>>().join("\n"));
        assert!(!config.ignores.is_empty() && !config.exclude.is_empty() && !config.overrides.is_empty());
        assert!(config.fail_on.is_some() && config.min_severity.is_some());
    }

    #[test]
    fn every_key_is_described_and_shown() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let document = std::fs::read_to_string(root.join("docs/configuration.md")).expect("docs/configuration.md");
        let begin = include_str!("cli/kubefloor.toml");
        for key in [read::CONFIG, read::OVERRIDE, read::IGNORE].iter().flat_map(|shape| shape.keys) {
            assert!(document.contains(&format!("\n| `{key}` |")), "docs/configuration.md has no row for `{key}`");
            let is_shown = begin.contains(&format!("\n#{key} = ")) || begin.contains(&format!("\n#[[{key}]]"));
            assert!(is_shown, "src/cli/kubefloor.toml has no example of `{key}`");
        }
        for word in Scope::ALL.iter().map(|scope| scope.word()) {
            assert!(document.contains(&format!("`{word}`")), "docs/configuration.md does not name `{word}`");
        }
        let schema =
            std::fs::read_to_string(root.join("schema/config.schema.json")).expect("schema/config.schema.json");
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("a schema is JSON");
        let places = ["/properties", "/$defs/override/properties", "/$defs/ignore/properties"];
        for (shape, place) in [read::CONFIG, read::OVERRIDE, read::IGNORE].iter().zip(places) {
            let described = schema.pointer(place).and_then(|keys| keys.as_object()).expect("a table of keys");
            let (known, described): (BTreeSet<&str>, BTreeSet<&str>) =
                (shape.keys.iter().copied().collect(), described.keys().map(String::as_str).collect());
            assert_eq!(known, described, "schema/config.schema.json at {place}");
        }
        let words = |place: &str| schema.pointer(place).expect("a list of words").clone();
        assert_eq!(words("/$defs/scope/enum"), serde_json::json!(words_of(Scope::ALL, Scope::word)));
        assert_eq!(words("/$defs/severity/enum"), serde_json::json!(words_of(Severity::ALL, Severity::word)));
        assert_eq!(words("/$defs/fail-on/enum"), serde_json::json!(words_of(FailOn::ALL, FailOn::word)));
        let example = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        assert!(!parse(example.expect("an example")).ignores.is_empty());
    }
}
