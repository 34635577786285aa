//! Package URLs: `pkg:type/namespace/name@version` (the purl specification and its type definitions).
//!
//! Traps:
//! - A Maven name is `group:artifact` here and `group/artifact` there; an npm scope and a Go module path are namespaces.
//! - `@`, `+` and other reserved characters are percent-encoded in every part; the `/` between parts is not.
//! - Names of Go modules are lower-cased in a purl, so they are compared without regard to case when one is read.

use std::fmt::Write;

use crate::model::{Ecosystem, Package};

/// A purl as it was read; qualifiers and subpath are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purl {
    /// The package.
    pub package: Package,
    /// The version, if it has one.
    pub version: Option<String>,
}

/// What is wrong with a purl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPurl {
    /// It does not start with `pkg:type/`, or has no name.
    Malformed,
    /// Its type is none that is known here.
    UnknownType(String),
}

/// The purl of a package, with a version or without.
pub fn write(package: &Package, version: Option<&str>) -> String {
    let parts: Vec<String> = match package.ecosystem {
        Ecosystem::Maven => package.name.split(':').map(encoded).collect(),
        Ecosystem::Golang => package.name.to_lowercase().split('/').map(encoded).collect(),
        Ecosystem::Pypi
        | Ecosystem::Npm
        | Ecosystem::Gem
        | Ecosystem::Hackage
        | Ecosystem::Nuget
        | Ecosystem::Cargo
        | Ecosystem::Hex
        | Ecosystem::Composer
        | Ecosystem::Swift
        | Ecosystem::Deb
        | Ecosystem::Generic => package.name.split('/').map(encoded).collect(),
    };
    let version = version.map_or(String::new(), |version| format!("@{}", encoded(version)));
    format!("pkg:{}/{}{version}", package.ecosystem, parts.join("/"))
}

/// Reads a purl.
///
/// # Errors
/// [`NoPurl`] if it is none, or of a type that is not known here.
pub fn read(text: &str) -> Result<Purl, NoPurl> {
    let rest = text.strip_prefix("pkg:").ok_or(NoPurl::Malformed)?.trim_start_matches('/');
    let rest = rest.split(['#', '?']).next().unwrap_or(rest);
    let (kind, rest) = rest.split_once('/').ok_or(NoPurl::Malformed)?;
    let kind = kind.to_lowercase();
    let ecosystem = Ecosystem::ALL.iter().copied().find(|ecosystem| ecosystem.word() == kind);
    let ecosystem = ecosystem.ok_or(NoPurl::UnknownType(kind))?;
    // An unencoded `@` at the start of a part is an npm scope that its writer forgot to encode.
    let at = rest.rfind('@').filter(|at| *at > 0 && !rest[..*at].ends_with('/'));
    let (name, version) = at.map_or((rest, None), |at| (&rest[..at], Some(decoded(&rest[at + 1..]))));
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    if parts.is_empty() {
        return Err(NoPurl::Malformed);
    }
    let separator = if ecosystem == Ecosystem::Maven { ":" } else { "/" };
    let package = Package { ecosystem, name: parts.join(separator) };
    Ok(Purl { package, version: version.filter(|version| !version.is_empty()) })
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_are_written_and_read() {
        let rows = [
            (
                Ecosystem::Golang,
                "k8s.io/client-go",
                "v2.0.0+incompatible",
                "pkg:golang/k8s.io/client-go@v2.0.0%2Bincompatible",
            ),
            (Ecosystem::Npm, "@kubernetes/client-node", "0.10.3", "pkg:npm/%40kubernetes/client-node@0.10.3"),
            (Ecosystem::Maven, "io.kubernetes:client-java", "9.0.0", "pkg:maven/io.kubernetes/client-java@9.0.0"),
            (Ecosystem::Pypi, "kubernetes", "12.0.0", "pkg:pypi/kubernetes@12.0.0"),
        ];
        for (ecosystem, name, version, text) in rows {
            let package = Package { ecosystem, name: name.into() };
            assert_eq!(write(&package, Some(version)), text);
            assert_eq!(read(text), Ok(Purl { package, version: Some(version.into()) }));
        }
        let unencoded = read("pkg:npm/@kubernetes/client-node@1.0.0").unwrap();
        assert_eq!(
            (unencoded.package.name.as_str(), unencoded.version.as_deref()),
            ("@kubernetes/client-node", Some("1.0.0"))
        );
        assert_eq!(read("pkg:npm/@kubernetes/client-node").unwrap().version, None);
        assert_eq!(read("pkg:rpm/fedora/curl@1"), Err(NoPurl::UnknownType("rpm".into())));
        assert_eq!(read("kubernetes"), Err(NoPurl::Malformed));
        assert_eq!(read("pkg:pypi/?x=y"), Err(NoPurl::Malformed));
    }
}
