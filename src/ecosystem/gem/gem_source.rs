//! Where a Gemfile takes a gem from if not from a registry: the options `git`, `path` and their shorthands (Bundler,
//! `lib/bundler/dsl.rb` and `lib/bundler/source/git.rb`).
//!
//! - `path` beats `git`, and a shorthand is a `git`.
//! - Of `ref`, `branch` and `tag` the first one that is given counts, in this order.
//! - A `source` is another registry; it says nothing of the version.

use std::collections::HashMap;

use super::ruby::{self, Located, Program, Value};
use crate::ecosystem::repository::is_commit;
use crate::model::{GitReference, Source};

/// The options of a call, by name.
pub(super) struct Options {
    pairs: Vec<(String, Located)>,
    /// Whether there may be more than what is known.
    pub(super) is_open: bool,
}

/// The shorthands that a Gemfile defines: what stands before and behind the value.
pub(super) type Shorthands = HashMap<String, Option<(String, String)>>;

/// What the options say of where a gem comes from.
pub(super) enum Taken {
    /// Nothing: the block round the call says it.
    Here,
    /// A registry.
    Registry,
    /// A repository or folder.
    Source(Source),
}

impl Options {
    /// Reads options out of a hash.
    pub(super) fn new(value: Option<&Located>) -> Options {
        let mut options = Options { pairs: Vec::new(), is_open: false };
        let Some(Located { value: Value::Map(pairs), .. }) = value else { return options };
        for (key, value) in pairs {
            match key.as_ref().and_then(Located::word) {
                Some(key) => options.pairs.push((key.to_owned(), value.clone())),
                None => options.is_open = true,
            }
        }
        options
    }

    /// The value of an option; nil and false are none.
    pub(super) fn get(&self, name: &str) -> Option<&Located> {
        let value = self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)?;
        (!matches!(value.value, Value::Nil | Value::Flag(false))).then_some(value)
    }

    /// The words of an option that takes one or several; what is computed as it is written.
    pub(super) fn words(&self, program: &Program<'_>, names: [&str; 2]) -> Vec<String> {
        let given = names.into_iter().find_map(|name| self.get(name));
        given.map_or(Vec::new(), |value| words(program, std::slice::from_ref(value)))
    }

    /// Where the options say that a gem comes from.
    pub(super) fn taken_from(&self, program: &Program<'_>, shorthands: &Shorthands) -> Taken {
        if let Some(path) = self.get("path") {
            return Taken::Source(Source::Path(text(program, path)));
        }
        if let Some(repository) = self.get("git") {
            return Taken::Source(self.repository(program, text(program, repository), GitReference::Default));
        }
        let shorthand = self.pairs.iter().rev().find(|(key, value)| {
            let is_one =
                shorthands.contains_key(key) || matches!(key.as_str(), "github" | "gist" | "bitbucket" | "gitlab");
            is_one && !matches!(value.value, Value::Nil | Value::Flag(false))
        });
        if let Some((key, value)) = shorthand {
            let (repository, reference) = expand(key, value, program, shorthands);
            return Taken::Source(self.repository(program, repository, reference));
        }
        if self.get("source").is_some() { Taken::Registry } else { Taken::Here }
    }

    /// A repository with what is checked out of it.
    pub(super) fn repository(&self, program: &Program<'_>, repository: String, otherwise: GitReference) -> Source {
        let given = ["ref", "branch", "tag"].into_iter().find_map(|name| Some((name, self.get(name)?)));
        let reference = match given {
            None => otherwise,
            Some((name, value)) => {
                let word = text(program, value);
                match name {
                    _ if value.word().is_none() => GitReference::Any(word),
                    "branch" => GitReference::Branch(word),
                    "tag" => GitReference::Tag(word),
                    _ if is_commit(&word) => GitReference::Revision(word),
                    _ => GitReference::Any(word),
                }
            }
        };
        Source::Git { repository, reference }
    }
}

/// The words of strings, symbols and arrays of them; what is computed as it is written.
pub(super) fn words(program: &Program<'_>, values: &[Located]) -> Vec<String> {
    values.iter().flat_map(Located::elements).map(|value| text(program, value)).collect()
}

/// The value as text, or as it is written if it is computed.
pub(super) fn text(program: &Program<'_>, value: &Located) -> String {
    value.word().map_or_else(|| ruby::excerpt(program.slice(value.span)), str::to_owned)
}

/// Expands a shorthand to its repository; a pull or merge request brings its own reference.
pub(super) fn expand(
    shorthand: &str,
    value: &Located,
    program: &Program<'_>,
    shorthands: &Shorthands,
) -> (String, GitReference) {
    let written = text(program, value);
    if value.word().is_none() {
        return (written, GitReference::Default);
    }
    let twice = || if written.contains('/') { written.clone() } else { format!("{written}/{written}") };
    let request = |host: &str, separator: &str, head: &str| {
        let (project, number) = written.strip_prefix(host)?.rsplit_once(separator)?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let reference = GitReference::Any(format!("refs/{head}/{number}/head"));
        is_number.then(|| (format!("{host}{project}.git"), reference))
    };
    if let Some(Some((before, behind))) = shorthands.get(shorthand) {
        return (format!("{before}{written}{behind}"), GitReference::Default);
    }
    let repository = match shorthand {
        "github" => {
            if let Some(request) = request("https://github.com/", "/pull/", "pull") {
                return request;
            }
            format!("https://github.com/{}.git", twice())
        }
        "gitlab" => {
            if let Some(request) = request("https://gitlab.com/", "/-/merge_requests/", "merge-requests") {
                return request;
            }
            format!("https://gitlab.com/{}.git", twice())
        }
        "gist" => format!("https://gist.github.com/{written}.git"),
        "bitbucket" => {
            let (user, project) = written.split_once('/').unwrap_or((&written, &written));
            format!("https://{user}@bitbucket.org/{user}/{project}.git")
        }
        _ => written,
    };
    (repository, GitReference::Default)
}
