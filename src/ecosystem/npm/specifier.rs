//! What stands behind a dependency's name: a range, a tag, or one of the many forms that name another source.
//!
//! The forms are told apart in the order of npm (npm-package-arg and hosted-git-info), with those of Yarn (`patch:`,
//! `portal:`, `link:`), pnpm and Bun (`workspace:`, `catalog:`, `jsr:`) beside them.
//!
//! Traps:
//! - `npm:NAME@RANGE` is an alias: the package is NAME, whatever the dependency is called. Yarn also writes `npm:RANGE`.
//! - `user/name` is a repository on GitHub, but `./user/name` and `~/name` are folders and `~1.2` is a range.
//! - The part behind `#` names a branch, tag or commit, or a range over tags (`#semver:^0.9.0`).
//! - The address of a registry's tarball tells name and version: `…/@scope/name/-/name-1.2.3.tgz`.
//! - `patch:` carries the patched package's own specifier, percent-encoded.
//!
//! Not done here: reading what lies in a folder, and looking up `catalog:` and `workspace:`; that is `resolve`'s.

use std::ops::Range;

use super::requirement::is_range;
use super::version::{NpmVersion, trim};
use crate::model::{GitReference, Grammar, Source, Stated};

/// How often one `patch:` may stand in another.
const MAX_PATCH_DEPTH: usize = 4;

/// A specifier, taken apart.
#[derive(Clone, Debug)]
pub struct Specifier {
    /// The package, which an alias names differently than the dependency is called.
    pub name: String,
    /// What is said of its version.
    pub stated: Stated,
    /// The version's bytes in the specifier; all of it where the version has no place of its own, empty where there is
    /// nothing.
    pub place: Range<usize>,
}

/// The form of a specifier without its place: name, statement, and the version's bytes in the trimmed text.
type Form = (String, Stated, Range<usize>);

/// Reads the specifier of the dependency called `key`.
pub fn read(key: &str, text: &str) -> Specifier {
    let body = trim(text);
    let offset = text.find(body).unwrap_or(0);
    let (name, stated, place) = form(key, body, 0);
    Specifier { name, stated, place: place.start + offset..place.end + offset }
}

/// Whether a text holds the placeholder of a template engine, so that its value is not yet written.
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "<%", "${"].iter().any(|mark| text.contains(mark))
}

fn form(key: &str, body: &str, depth: usize) -> Form {
    let whole = |stated: Stated| (key.to_owned(), stated, 0..body.len());
    if body.is_empty() {
        return whole(Stated::Nothing);
    }
    if is_template(body) {
        return whole(Stated::Computed(body.into()));
    }
    let (protocol, rest) = protocol(body);
    let at = body.len() - rest.len();
    match protocol.as_str() {
        "npm" => alias(key, body, at),
        "workspace" => {
            let (name, _) = split_name(rest).unwrap_or((key, 0));
            (name.into(), Stated::Source(Source::Workspace(body.into())), 0..body.len())
        }
        "catalog" => whole(Stated::Elsewhere(body.into())),
        "file" | "link" | "portal" => whole(Stated::Source(Source::Path(rest.into()))),
        "patch" => patch(key, body, at, depth),
        "jsr" => jsr(key, body, at),
        "github" | "gitlab" | "bitbucket" | "gist" | "sourcehut" => git(key, body, &hosted(&protocol, rest)),
        "git" | "git+ssh" | "git+https" | "git+http" | "git+file" | "git+rsync" | "git+ftp" | "ssh" => {
            git(key, body, body)
        }
        "http" | "https" => web(key, body),
        "" if is_path(body) => whole(Stated::Source(Source::Path(body.into()))),
        "" if is_scp_like(body) => git(key, body, body),
        "" if is_github_shorthand(body) => git(key, body, &hosted("github", body)),
        "" if body.contains('/') || is_archive(body) => whole(Stated::Source(Source::Path(body.into()))),
        "" => whole(Stated::Requirement(body.into(), Grammar::Npm)),
        _ => whole(Stated::Source(Source::Url(body.into()))),
    }
}

/// The lower-cased protocol and what follows its colon; no protocol is the empty word. A single letter is a drive.
fn protocol(body: &str) -> (String, &str) {
    match body.split_once(':') {
        Some((word, rest))
            if word.len() > 1
                && word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) =>
        {
            (word.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), body),
    }
}

/// Splits `NAME@REST` or `@SCOPE/NAME@REST` into the name and where the rest starts; `None` if it is not of that form.
pub fn split_name(text: &str) -> Option<(&str, usize)> {
    let first = text.chars().next()?.len_utf8();
    let at = text[first..].find('@')? + first;
    let name = &text[..at];
    let slashes = name.matches('/').count();
    let is_name = !name.contains([':', ' ', '#']) && slashes == usize::from(name.starts_with('@'));
    is_name.then_some((name, at + 1))
}

fn alias(key: &str, body: &str, at: usize) -> Form {
    let target = &body[at..];
    if let Some((name, start)) = split_name(target) {
        let range = &target[start..];
        if range.is_empty() {
            return (name.into(), Stated::Nothing, at..at + name.len());
        }
        return (name.into(), Stated::Requirement(range.into(), Grammar::Npm), at + start..body.len());
    }
    // Without `@`, npm and pnpm read a name and Yarn a range or tag of the same package; these words are hardly names.
    let is_tag = matches!(target, "latest" | "next" | "beta" | "alpha" | "canary" | "rc" | "dev");
    if target.is_empty() || is_tag || is_range(target) {
        return (key.into(), Stated::Requirement(target.into(), Grammar::Npm), at..body.len());
    }
    (target.into(), Stated::Nothing, at..body.len())
}

/// `patch:NAME@SPECIFIER#FILE` (Yarn, "Patch protocol").
fn patch(key: &str, body: &str, at: usize, depth: usize) -> Form {
    let locator = body[at..].split_once('#').map_or(&body[at..], |(locator, _)| locator);
    let whole = || (key.to_owned(), Stated::Source(Source::Url(body.into())), 0..body.len());
    if depth == MAX_PATCH_DEPTH {
        return whole();
    }
    let Some((name, start)) = split_name(locator) else { return whole() };
    let encoded = &locator[start..];
    let Some(decoded) = percent_decoded(encoded) else { return whole() };
    let (name, stated, place) = form(name, &decoded, depth + 1);
    let inner = decoded.get(place).unwrap_or_default();
    // Escapes move what follows them, so the version is looked for from the end.
    let place = match encoded.strip_suffix(inner) {
        Some(before) => at + start + before.len()..at + start + encoded.len(),
        None => 0..body.len(),
    };
    (name, stated, place)
}

/// `jsr:@SCOPE/NAME@RANGE` or `jsr:RANGE`: a package of another registry, under the name it has for npm.
fn jsr(key: &str, body: &str, at: usize) -> Form {
    let target = &body[at..];
    let compatible = |name: &str| format!("@jsr/{}", name.trim_start_matches('@').replace('/', "__"));
    if let Some((name, start)) = split_name(target) {
        return (compatible(name), Stated::Requirement(target[start..].into(), Grammar::Npm), at + start..body.len());
    }
    if target.starts_with('@') {
        return (compatible(target), Stated::Nothing, at..body.len());
    }
    (compatible(key), Stated::Requirement(target.into(), Grammar::Npm), at..body.len())
}

/// A repository, from `address` (the body, or what its shorthand expands to) and what the body says behind `#`.
fn git(key: &str, body: &str, address: &str) -> Form {
    let repository = address.split_once('#').map_or(address, |(repository, _)| repository).to_owned();
    let committish = body.find('#').map_or("", |hash| &body[hash + 1..]);
    let start = body.len() - committish.len();
    let mut reference = GitReference::Default;
    let mut offset = 0;
    // npm puts several statements behind each other with `::`, Yarn with `&`.
    for part in committish.split("::").flat_map(|part| part.split('&')) {
        let place = start + committish[offset..].find(part).unwrap_or(0) + offset;
        offset = place - start + part.len();
        let (word, value) = part.split_once([':', '=']).unwrap_or(("", part));
        match word {
            "semver" => {
                let range = percent_decoded(value).unwrap_or_else(|| value.into());
                let place =
                    if range == value { place + part.len() - value.len()..place + part.len() } else { 0..body.len() };
                return (key.into(), Stated::Requirement(range, Grammar::Npm), place);
            }
            "" if value.is_empty() => {}
            "" if is_whole_commit(value) => reference = GitReference::Revision(value.into()),
            "" => reference = GitReference::Any(value.into()),
            "commit" => reference = GitReference::Revision(value.into()),
            "tag" => reference = GitReference::Tag(value.into()),
            "head" | "branch" => reference = GitReference::Branch(value.into()),
            _ => {}
        }
    }
    (key.into(), Stated::Source(Source::Git { repository, reference }), 0..body.len())
}

fn is_whole_commit(word: &str) -> bool {
    matches!(word.len(), 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The address that a host's shorthand stands for.
fn hosted(protocol: &str, rest: &str) -> String {
    let host = match protocol {
        "gitlab" => "gitlab.com",
        "bitbucket" => "bitbucket.org",
        "gist" => "gist.github.com",
        "sourcehut" => "git.sr.ht",
        _ => "github.com",
    };
    format!("https://{host}/{}", rest.trim_start_matches('/'))
}

/// A web address: a repository on a known host, one of its archives, a registry's tarball, or something else.
fn web(key: &str, body: &str) -> Form {
    let address = body.split_once('#').map_or(body, |(address, _)| address);
    let address = address.split_once('?').map_or(address, |(address, _)| address);
    let path = address.split_once("://").map_or("", |(_, rest)| rest);
    let segments: Vec<&str> = path.split('/').collect();
    if let Some((name, version)) = registry_tarball(key, &segments) {
        let file = address.rfind('/').map_or(0, |slash| slash + 1);
        let start = address[file..].rfind(version).map_or(0, |at| file + at);
        return (name, Stated::Requirement(version.into(), Grammar::Npm), start..start + version.len());
    }
    if let Some(source) = github_archive(&segments) {
        return (key.into(), Stated::Source(source), 0..body.len());
    }
    let host = segments[0].rsplit_once('@').map_or(segments[0], |(_, host)| host);
    let is_host =
        matches!(host.trim_start_matches("www."), "github.com" | "gitlab.com" | "bitbucket.org" | "git.sr.ht");
    let is_repository = match segments.as_slice() {
        [_, _, project] | [_, _, project, ""] => is_host && !project.is_empty() && !is_archive(project),
        _ => false,
    };
    if is_repository || address.strip_suffix(".git").is_some() {
        return git(key, body, body);
    }
    if let [_, user, project, "tree", branch @ ..] = segments.as_slice()
        && is_host
        && !branch.is_empty()
    {
        let repository = format!("https://{host}/{user}/{project}");
        let source = Source::Git { repository, reference: GitReference::Any(branch.join("/")) };
        return (key.into(), Stated::Source(source), 0..body.len());
    }
    (key.into(), Stated::Source(Source::Url(body.into())), 0..body.len())
}

/// Name and version of a tarball by its address: with `/-/` before the file as registries have it, else by the file's name
/// alone, which must then start like the dependency's.
fn registry_tarball<'a>(key: &str, segments: &[&'a str]) -> Option<(String, &'a str)> {
    let file = segments.last()?;
    let stem = file.strip_suffix(".tgz").or_else(|| file.strip_suffix(".tar.gz"))?;
    let name = match segments.iter().position(|segment| *segment == "-") {
        Some(dash) => {
            let last = percent_decoded(segments[..dash].last()?)?;
            let scope = segments[..dash].iter().rev().nth(1).and_then(|scope| percent_decoded(scope));
            match scope.filter(|scope| scope.starts_with('@')) {
                Some(scope) => format!("{scope}/{last}"),
                None => last,
            }
        }
        None => key.to_owned(),
    };
    let (scope, base) = name.rsplit_once('/').unwrap_or(("", &name));
    // `npm pack` names the file after scope and name.
    let packed = format!("{}-{base}", scope.trim_start_matches('@'));
    let version =
        [base, packed.as_str()].into_iter().find_map(|prefix| stem.strip_prefix(prefix)?.strip_prefix('-'))?;
    NpmVersion::parse(version).is_ok().then_some((name, version))
}

/// An archive that GitHub makes of a branch, tag or commit.
fn github_archive(segments: &[&str]) -> Option<Source> {
    let (user, project, reference) = match segments {
        ["github.com", user, project, "archive", "refs", kind, name @ ..] => {
            let name = without_archive_ending(&name.join("/"));
            let reference = if *kind == "tags" { GitReference::Tag(name) } else { GitReference::Branch(name) };
            (user, project, reference)
        }
        ["github.com", user, project, "archive" | "tarball", name] => {
            (user, project, GitReference::Any(without_archive_ending(name)))
        }
        ["codeload.github.com", user, project, "tar.gz" | "legacy.tar.gz", "refs", kind, name @ ..] => {
            let name = name.join("/");
            let reference = if *kind == "tags" { GitReference::Tag(name) } else { GitReference::Branch(name) };
            (user, project, reference)
        }
        ["codeload.github.com", user, project, "tar.gz" | "legacy.tar.gz", name] => {
            (user, project, GitReference::Any((*name).into()))
        }
        _ => return None,
    };
    Some(Source::Git { repository: format!("https://github.com/{user}/{project}"), reference })
}

fn without_archive_ending(name: &str) -> String {
    [".tar.gz", ".tgz", ".zip"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).into()
}

/// npm-package-arg's test for a folder or file.
fn is_path(body: &str) -> bool {
    body.starts_with(['.', '/', '\\']) || body.starts_with("~/") || body.as_bytes().get(1) == Some(&b':')
}

fn is_archive(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    [".tgz", ".tar.gz", ".tar"].iter().any(|ending| lower.ends_with(ending))
}

/// `git@host.example:path`.
fn is_scp_like(body: &str) -> bool {
    let Some((user, rest)) = body.split_once('@') else { return false };
    let Some((host, path)) = rest.split_once(':') else { return false };
    !user.is_empty() && !path.is_empty() && host.contains('.') && !host.starts_with('.')
}

/// hosted-git-info's test for `user/name`.
fn is_github_shorthand(body: &str) -> bool {
    let repository = body.split_once('#').map_or(body, |(repository, _)| repository);
    let is_plain = !repository.contains([':', '@']) && !repository.contains(char::is_whitespace);
    match repository.split_once('/') {
        Some((user, name)) => is_plain && !user.is_empty() && !name.is_empty() && !name.contains('/'),
        None => false,
    }
}

/// The text with its percent escapes undone; `None` if one is malformed or the result is no text.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}
