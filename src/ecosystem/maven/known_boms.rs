//! BOMs of which it is known what they manage though they are not in the tree: those of the clients, which are released
//! together with them, and those of Spring Cloud.
//!
//! Traps:
//! - Any POM can be imported, not only one that is meant for it: what it inherits from its parents is then managed too.
//! - Only plain jars are meant; of test jars and the like nothing is known.
//!
//! Not done: BOMs that manage a client among hundreds of other things (Quarkus, Camel); what `spring-cloud-dependencies` manages
//! besides Spring Cloud Kubernetes.

use super::spring_cloud;
use super::version::MavenVersion;

/// The version in which a BOM manages a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedIn {
    /// The BOM's own.
    OwnVersion,
    /// Another one.
    Version(&'static str),
}

const KUBERNETES_CLIENT: &str = "io.fabric8:kubernetes-client";

const FABRIC8: &[&str] = &[KUBERNETES_CLIENT, "io.fabric8:openshift-client", "io.fabric8:kubernetes-client-api"];

const CLIENT_JAVA: &[&str] = &[
    "io.kubernetes:client-java",
    "io.kubernetes:client-java-extended",
    "io.kubernetes:client-java-spring-integration",
];

/// The version in which a BOM manages a package, if that is known. A package's name with a type or classifier is none of the
/// known ones. The BOM's version may be an expression that nothing in the tree defines.
pub fn find(bom: &str, version: &str, package: &str) -> Option<ManagedIn> {
    match bom {
        "org.springframework.cloud:spring-cloud-dependencies" if is_spring_cloud_kubernetes(package) => {
            spring_cloud::kubernetes(version).map(ManagedIn::Version)
        }
        // It manages its own family in every release since 0.2.0.
        "org.springframework.cloud:spring-cloud-kubernetes-dependencies" => match package {
            _ if is_spring_cloud_kubernetes(package) => Some(ManagedIn::OwnVersion),
            _ if FABRIC8.contains(&package) => spring_cloud::fabric8(version).map(ManagedIn::Version),
            _ if CLIENT_JAVA.contains(&package) => spring_cloud::client_java(version).map(ManagedIn::Version),
            _ => None,
        },
        _ if is_of_fabric8(bom, version) && FABRIC8.contains(&package) => Some(ManagedIn::OwnVersion),
        _ => None,
    }
}

/// The package that all else rests on which a BOM manages, where the BOM is for that alone.
pub fn foremost(bom: &str, version: &str) -> Option<&'static str> {
    is_of_fabric8(bom, version).then_some(KUBERNETES_CLIENT)
}

fn is_of_fabric8(bom: &str, version: &str) -> bool {
    match bom {
        // Generated from the modules of each build, in every release since 1.3.
        "io.fabric8:kubernetes-client-bom" | "io.fabric8:kubernetes-client-bom-with-deps" => true,
        // The parent of all modules manages them from 4.4.0 on.
        "io.fabric8:kubernetes-client-project"
        | "io.fabric8:kubernetes-client"
        | "io.fabric8:openshift-client"
        | "io.fabric8:kubernetes-client-api" => {
            matches!((MavenVersion::parse(version), MavenVersion::parse("4.4.0")), (Ok(own), Ok(first)) if own >= first)
        }
        _ => false,
    }
}

fn is_spring_cloud_kubernetes(package: &str) -> bool {
    let artifact = package.strip_prefix("org.springframework.cloud:").unwrap_or_default();
    let is_family =
        artifact.starts_with("spring-cloud-kubernetes-") || artifact.starts_with("spring-cloud-starter-kubernetes");
    is_family && !artifact.contains(':')
}
