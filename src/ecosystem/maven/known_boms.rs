//! BOMs of which it is known what they manage though they are not in the tree: packages that are released together with the
//! BOM, each in the BOM's own version.
//!
//! Traps:
//! - Any POM can be imported, not only one that is meant for it: what it inherits from its parents is then managed too.
//! - Only the plain jar is meant; of test jars and the like nothing is known.
//!
//! Not done: BOMs that manage packages in numbers other than their own (Quarkus, Spring Cloud, Camel); that takes a table for
//! every release of theirs.

use super::version::MavenVersion;

/// A BOM, or several of one family.
pub struct KnownBom {
    /// Their `group:artifact`.
    pub names: &'static [&'static str],
    /// What they manage, the package that all else of the family rests on first. A name that ends in `*` stands for all that
    /// begin so.
    pub manages: &'static [&'static str],
    /// The first version that does so, if not all do.
    since: Option<&'static str>,
}

const FABRIC8: &[&str] =
    &["io.fabric8:kubernetes-client", "io.fabric8:openshift-client", "io.fabric8:kubernetes-client-api"];

const KNOWN: &[KnownBom] = &[
    // Generated from the modules of each build, in every release since 1.3.
    KnownBom {
        names: &["io.fabric8:kubernetes-client-bom", "io.fabric8:kubernetes-client-bom-with-deps"],
        manages: FABRIC8,
        since: None,
    },
    // The parent of all modules manages them from 4.4.0 on.
    KnownBom {
        names: &[
            "io.fabric8:kubernetes-client-project",
            "io.fabric8:kubernetes-client",
            "io.fabric8:openshift-client",
            "io.fabric8:kubernetes-client-api",
        ],
        manages: FABRIC8,
        since: Some("4.4.0"),
    },
    // In every release since 0.2.0. What it manages of fabric8 has other numbers.
    KnownBom {
        names: &["org.springframework.cloud:spring-cloud-kubernetes-dependencies"],
        manages: &[
            "org.springframework.cloud:spring-cloud-kubernetes-*",
            "org.springframework.cloud:spring-cloud-starter-kubernetes*",
        ],
        since: None,
    },
];

/// The known BOM of a name and version; the version may be an expression that nothing in the tree defines.
pub fn find(name: &str, version: &str) -> Option<&'static KnownBom> {
    let known = KNOWN.iter().find(|known| known.names.contains(&name))?;
    let Some(since) = known.since else { return Some(known) };
    let (since, version) = (MavenVersion::parse(since).ok()?, MavenVersion::parse(version).ok()?);
    (version >= since).then_some(known)
}

impl KnownBom {
    /// Whether it manages a dependency of this name; one with a type or classifier is none of the known ones.
    pub fn manages(&self, name: &str) -> bool {
        let plain = name.matches(':').count() == 1;
        plain
            && self.manages.iter().any(|managed| match managed.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == *managed,
            })
    }
}
