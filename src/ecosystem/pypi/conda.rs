//! What conda asks for: match specifications (conda's "Package match specifications", CEP 29), and which of its packages
//! are Python packages that the index knows by another name.
//!
//! Traps:
//! - `name=1.2` is a prefix, `name==1.2` and `name 1.2` are exact, and so is `name=1.2=build`.
//! - The channel stands before `::`, keys in brackets behind everything: `conda-forge::name[version='>=1']`.
//! - A name may also be the address of an archive, `…/name-1.2-build.conda`.
//! - conda's namespace is its own: `kubernetes` there is the orchestrator, the Python client is `python-kubernetes`.

use crate::ecosystem::pypi::pep508::name_normalised;
use crate::source::Span;

/// Packages that the index knows by another name: on conda's channels, and on the index if it has them at all.
const RENAMED: &[(&str, Option<&str>)] = &[("python-kubernetes", Some("kubernetes")), ("kubernetes", None)];

/// A match specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchSpec<'a> {
    /// The name, in lower case.
    pub name: String,
    /// The place of the name.
    pub name_span: Span,
    /// What is said of the version, and of the build behind it, with its operators.
    pub version: Option<(&'a str, Span)>,
    /// Whether it is an archive's address, whose version is exact.
    pub is_archive: bool,
}

/// The name by which the index knows a package of conda's; `None` if it is none of Python's.
pub fn pypi_name(name: &str) -> Option<String> {
    let normalised = name_normalised(name);
    match RENAMED.iter().find(|(conda, _)| *conda == normalised) {
        Some((_, renamed)) => renamed.map(str::to_owned),
        None => Some(normalised),
    }
}

impl<'a> MatchSpec<'a> {
    /// Reads a specification; `None` if it names no package.
    pub fn parse(text: &'a str) -> Option<MatchSpec<'a>> {
        let end = text.find('#').unwrap_or(text.len());
        if let Some(archive) = archive(&text[..end]) {
            return Some(archive);
        }
        let (body, keys) = match text[..end].find('[') {
            Some(open) => (open, Some(open + 1)),
            None => (end, None),
        };
        let start = text[..body].rfind(':').map_or(0, |colon| colon + 1);
        let start = start + text[start..body].len() - text[start..body].trim_start().len();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '!' | '~');
        let name_end = text[start..body].find(is_end).map_or(body, |length| start + length);
        if name_end == start {
            return None;
        }
        let keyed = keys.and_then(|keys| key(text, keys, end, "version"));
        Some(MatchSpec {
            name: text[start..name_end].to_lowercase(),
            name_span: Span::new(start, name_end),
            version: part(text, name_end, body).or(keyed),
            is_archive: false,
        })
    }
}

/// The file name of an archive: the name, which may hold `-`, the version and the build, which may not.
fn archive(text: &str) -> Option<MatchSpec<'_>> {
    let stem = text.trim_end();
    let stem = stem.strip_suffix(".conda").or_else(|| stem.strip_suffix(".tar.bz2"))?;
    let start = stem.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
    let build = stem.rfind('-').filter(|dash| *dash > start)?;
    let version = stem[..build].rfind('-').filter(|dash| *dash > start)?;
    Some(MatchSpec {
        name: stem[start..version].to_lowercase(),
        name_span: Span::new(start, version),
        version: part(text, version + 1, build),
        is_archive: true,
    })
}

/// The value of a key in brackets, `version='>=1,<2'`.
fn key<'a>(text: &'a str, start: usize, end: usize, wanted: &str) -> Option<(&'a str, Span)> {
    let inside = &text[start..end];
    let at = inside.match_indices(wanted).map(|(at, _)| at).find(|at| {
        let before = inside[..*at].trim_end();
        before.is_empty() || before.ends_with(',')
    })?;
    let rest = inside[at + wanted.len()..].trim_start();
    let rest = rest.strip_prefix('=')?.trim_start();
    let from = end - rest.len();
    let quoted = rest.strip_prefix(['\'', '"']);
    let (from, length) = match quoted {
        Some(inside) => (from + 1, inside.find(['\'', '"'])?),
        None => (from, rest.find([',', ']'])?),
    };
    part(text, from, from + length)
}

fn part(text: &str, start: usize, end: usize) -> Option<(&str, Span)> {
    let whole = text.get(start..end)?;
    let trimmed = whole.trim();
    let start = start + whole.len() - whole.trim_start().len();
    (!trimmed.is_empty()).then(|| (trimmed, Span::new(start, start + trimmed.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<&str>) {
        let spec = MatchSpec::parse(text).expect(text);
        assert_eq!(text[spec.name_span.start..spec.name_span.end].to_lowercase(), spec.name);
        (spec.name, spec.version.map(|(_, span)| &text[span.start..span.end]))
    }

    #[test]
    fn the_parts_have_places() {
        let name = || "python-kubernetes".to_owned();
        assert_eq!(parts("python-kubernetes"), (name(), None));
        assert_eq!(parts("Python-Kubernetes =11.0 # old"), (name(), Some("=11.0")));
        assert_eq!(parts("conda-forge::python-kubernetes=11.0=py_0"), (name(), Some("=11.0=py_0")));
        assert_eq!(parts("conda-forge/linux-64:ns:python-kubernetes 11.0 py_0"), (name(), Some("11.0 py_0")));
        assert_eq!(parts("python-kubernetes[build=x, version='>=11,<12']"), (name(), Some(">=11,<12")));
        assert_eq!(parts("python-kubernetes[version=11.0]"), (name(), Some("11.0")));
        assert_eq!(parts("python-kubernetes>=11|<9"), (name(), Some(">=11|<9")));
        assert_eq!(parts("https://h.example/noarch/python-kubernetes-11.0.0-py_0.tar.bz2"), (name(), Some("11.0.0")));
        for none in ["", "  ", "=1", "# x", "c::"] {
            assert_eq!(MatchSpec::parse(none), None, "{none}");
        }
    }

    #[test]
    fn the_orchestrator_is_no_python_package() {
        assert_eq!(pypi_name("kubernetes"), None);
        assert_eq!(pypi_name("Python_Kubernetes").as_deref(), Some("kubernetes"));
        assert_eq!(pypi_name("kubernetes_asyncio").as_deref(), Some("kubernetes-asyncio"));
    }
}
