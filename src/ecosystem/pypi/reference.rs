//! Where a Python package is taken from instead of the index: the address of an archive, a repository, a path (PEP 508,
//! "Direct references"; pip's "VCS Support" for `git+scheme://host/path@ref#egg=name`).
//!
//! Traps:
//! - The reference of a repository is what follows the last `@` of the *path*: the `@` of `git+ssh://git@host/…` is none.
//! - `#egg=` and the file names of wheels and source archives give a name where the requirement itself has none.
//! - A source archive's name is split before its version at the last `-`, and both may hold more of them.
//!
//! Not done here: other version control systems than git stay addresses.

use crate::ecosystem::pypi::pep508::name_normalised;
use crate::ecosystem::pypi::version::PypiVersion;
use crate::model::{GitReference, Source};

/// An address and what it tells of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The package's name, normalised, if the address gives it away.
    pub name: Option<String>,
    /// What is taken.
    pub source: Source,
}

/// The name, normalised, and the version in the file name of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive<'a> {
    /// The package's name, normalised.
    pub name: String,
    /// The version as the file name has it.
    pub version: &'a str,
    /// Whether it is a wheel, whose file name is bound to tell the truth.
    pub wheel: bool,
}

/// Reads an address or path.
pub fn read(text: &str) -> Reference {
    let text = text.trim();
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let egg = egg(fragment);
    if let Some(repository) = repository(address) {
        let (repository, reference) = split_reference(repository);
        return Reference { name: egg, source: Source::Git { repository: repository.into(), reference } };
    }
    let name = egg.or_else(|| archive(address).map(|archive| archive.name));
    let source = match scheme(address) {
        Some("file") => Source::Path(file_path(address).into()),
        Some(_) => Source::Url(address.into()),
        None => Source::Path(address.into()),
    };
    Reference { name, source }
}

/// Name and version in the file name at the end of an address or path: `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl`,
/// `NAME-VERSION.tar.gz`.
pub fn archive(address: &str) -> Option<Archive<'_>> {
    let address = address.split(['#', '?']).next()?;
    let file = address.rsplit(['/', '\\']).next()?;
    if let Some(stem) = file.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        return match parts.as_slice() {
            [name, version, _, _, _] | [name, version, _, _, _, _] => {
                Some(Archive { name: name_normalised(name), version, wheel: true })
            }
            _ => None,
        };
    }
    let endings = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z", ".tar"];
    let stem = endings.iter().find_map(|ending| file.strip_suffix(ending))?;
    for (index, _) in stem.rmatch_indices('-').take(8) {
        let (name, version) = (&stem[..index], &stem[index + 1..]);
        if !name.is_empty() && PypiVersion::parse(version).is_ok() {
            return Some(Archive { name: name_normalised(name), version, wheel: false });
        }
    }
    None
}

/// The scheme of an address; one letter is a drive.
fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

/// The address of a git repository without its `git+`, if it is one.
fn repository(address: &str) -> Option<&str> {
    match address.strip_prefix("git+") {
        Some(rest) => Some(rest),
        None if address.starts_with("git://") || address.starts_with("git@") => Some(address),
        None => None,
    }
}

/// Splits an address at the last `@` of its path.
fn split_reference(address: &str) -> (&str, GitReference) {
    let path = match address.split_once("://") {
        Some((scheme, rest)) => rest.find('/').map(|index| scheme.len() + 3 + index),
        // `git@host:path`, the short form of ssh.
        None => address.find(':'),
    };
    let Some(path) = path else { return (address, GitReference::Default) };
    match address[path..].rfind('@') {
        Some(at) if address[path + at + 1..].is_empty() => (&address[..path + at], GitReference::Default),
        Some(at) => (&address[..path + at], GitReference::Any(address[path + at + 1..].into())),
        None => (address, GitReference::Default),
    }
}

/// The name in `#egg=name[extras]&subdirectory=…`; older pip also took `egg=name==version`.
fn egg(fragment: &str) -> Option<String> {
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
    let name = egg.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).next()?;
    (!name.is_empty()).then(|| name_normalised(name))
}

fn file_path(address: &str) -> &str {
    let path = address.strip_prefix("file:").unwrap_or(address);
    path.strip_prefix("//").map_or(path, |rest| rest.strip_prefix("localhost").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(text: &str) -> (Option<String>, String, GitReference) {
        let reference = read(text);
        let Source::Git { repository, reference: what } = reference.source else { panic!("{text}") };
        (reference.name, repository, what)
    }

    #[test]
    fn the_reference_stands_behind_the_last_at_of_the_path() {
        let kubernetes = Some("kubernetes".to_owned());
        let any = |word: &str| GitReference::Any(word.into());
        assert_eq!(
            git("git+https://h.example/o/r.git@v12.0.0#egg=Kubernetes[adal]&subdirectory=x"),
            (kubernetes.clone(), "https://h.example/o/r.git".into(), any("v12.0.0"))
        );
        assert_eq!(git("git+ssh://git@h.example/o/r").2, GitReference::Default);
        assert_eq!(git("git+ssh://git@h.example/o/r.git@release/1").2, any("release/1"));
        assert_eq!(
            git("git+git@h.example:o/r.git@main#egg=kubernetes"),
            (kubernetes, "git@h.example:o/r.git".into(), any("main"))
        );
        assert_eq!(git("git+https://h.example/o/r@").2, GitReference::Default);
        assert_eq!(git("git+https://user:x@h.example").2, GitReference::Default);
    }

    #[test]
    fn addresses_and_paths_are_told_apart() {
        let url = "https://h.example/kubernetes-11.0.0-py2.py3-none-any.whl";
        assert_eq!(read(url), Reference { name: Some("kubernetes".into()), source: Source::Url(url.into()) });
        assert_eq!(read("hg+https://h.example/r@1").source, Source::Url("hg+https://h.example/r@1".into()));
        assert_eq!(read("file:///a/b").source, Source::Path("/a/b".into()));
        assert_eq!(read("file:./b").source, Source::Path("./b".into()));
        assert_eq!(read("C:\\b").source, Source::Path("C:\\b".into()));
        assert_eq!(read("./wheels/Kube_x-1-py3-none-any.whl").name, Some("kube-x".into()));
    }
}
