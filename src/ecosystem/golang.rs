//! Go modules, and the tools before them.

pub mod bazel_go;
pub mod glide_lock;
pub mod glide_yaml;
pub mod go_mod;
pub mod go_sum;
pub mod go_work;
pub mod godeps_json;
pub mod gopkg_lock;
pub mod gopkg_toml;
mod modfile;
pub mod requirement;
pub mod resolve;
pub mod trash_lock;
pub mod vendor_conf;
pub mod vendor_json;
pub mod vendor_manifest;
pub mod vendor_modules_txt;
pub mod version;

use jsonc_parser::ast::{Object, Value};

use crate::ecosystem::json;
use crate::ecosystem::toml_text;
use crate::ecosystem::yaml::{self, Scalar};
use crate::model::{Declared, Format, GitReference, Grammar, Scope, Source, Stated};
use crate::source::Span;

/// The formats that name Go modules.
pub const FORMATS: &[&Format] = &[
    &go_mod::FORMAT,
    &go_work::FORMAT,
    &go_sum::FORMAT,
    &vendor_modules_txt::FORMAT,
    &gopkg_toml::FORMAT,
    &gopkg_lock::FORMAT,
    &glide_yaml::FORMAT,
    &glide_lock::FORMAT,
    &godeps_json::FORMAT,
    &vendor_json::FORMAT,
    &vendor_manifest::FORMAT,
    &vendor_conf::FORMAT,
    &trash_lock::FORMAT,
    &bazel_go::FORMAT,
];

/// A text and its place.
type Placed<'a> = (&'a str, Span);

/// What a lockfile of the time before go.mod says: the tag where it names one, and the commit. The place is the tag's, else the
/// commit's.
fn locked(name: &str, tag: Option<Placed<'_>>, revision: Option<Placed<'_>>) -> Option<Declared> {
    let (reference, span) = match (tag, revision) {
        (Some((tag, span)), Some((revision, _))) => {
            (GitReference::Locked { revision: revision.into(), version: tag.into() }, span)
        }
        (Some((tag, span)), None) => (GitReference::Tag(tag.into()), span),
        (None, Some((revision, span))) => (GitReference::Revision(revision.into()), span),
        (None, None) => return None,
    };
    let stated = Stated::Source(Source::Git { repository: name.into(), reference });
    Some(Declared { name: name.into(), stated, scope: Scope::Runtime, direct: None, condition: None, span })
}

/// The commit that `git describe` names where no tag is at the commit itself: `v2.0.0-5-gabc1234`.
fn described(text: &str) -> Option<&str> {
    let (rest, commit) = text.rsplit_once("-g")?;
    let count = rest.rsplit_once('-').map_or("", |(_, count)| count);
    let is_hex = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())).then_some(commit)
}

/// The repository that holds a package, by how the well-known hosts lay theirs out; else the whole path.
fn repository(path: &str) -> &str {
    let parts: Vec<&str> = path.split('/').collect();
    let count = match parts[0] {
        "k8s.io" | "sigs.k8s.io" | "go.uber.org" | "google.golang.org" | "cloud.google.com" => 2,
        "gopkg.in" if parts.get(1).is_some_and(|name| name.contains(".v")) => 2,
        "github.com" | "gitlab.com" | "bitbucket.org" | "golang.org" | "gopkg.in" => 3,
        _ => parts.len(),
    };
    let length = parts.iter().take(count).map(|part| part.len() + 1).sum::<usize>() - 1;
    &path[..length]
}

/// Whether a text is a version or a range of versions.
fn is_version(text: &str, grammar: Grammar) -> bool {
    requirement::range(text, grammar).is_ok()
}

fn toml_string<'d>(table: toml_text::Node<'d>, key: &str) -> Option<Placed<'d>> {
    let (key, node) = table.entry(key)?;
    let literal = node.string().filter(|literal| literal.closed && !node.is_broken(key))?;
    Some((literal.value, literal.span))
}

fn yaml_string<'d>(mapping: yaml::Node<'d>, key: &str) -> Option<&'d Scalar> {
    mapping.get(key)?.scalar().filter(|scalar| !scalar.is_null() && !scalar.text.is_empty())
}

fn json_string<'v>(object: &'v Object<'_>, key: &str) -> Option<Placed<'v>> {
    match json::member(object, key)? {
        Value::StringLit(string) if !string.value.is_empty() => Some((&string.value, json::content(string))),
        _ => None,
    }
}
