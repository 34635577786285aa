//! What BOMs outside a tree are known to manage: the built-in facts, and that a wrong file is refused where it is wrong.
//!
//! `tests/carriers/<case>.toml` is a wrong file, `<case>.refused` the place and the sentence. `UPDATE_FIXTURES=1` writes the
//! latter; read what changed before you commit it.

mod refused;

use kubefloor::ecosystem;
use kubefloor::ecosystem::maven::known_boms::{KnownBoms, ManagedIn};
use kubefloor::judge::{self, Verdict};
use kubefloor::model::{Ecosystem, Selected};
use kubefloor::rules::RuleSet;

const FABRIC8: &str = "io.fabric8:kubernetes-client";
const CLIENT_JAVA: &str = "io.kubernetes:client-java";
const QUARKUS: &str = "io.quarkus:quarkus-bom";
const SPRING_BOOT: &str = "org.springframework.boot:spring-boot-dependencies";
const SPRING_CLOUD_KUBERNETES: &str = "org.springframework.cloud:spring-cloud-kubernetes-dependencies";
const STARTER: &str = "org.springframework.cloud:spring-cloud-starter-kubernetes-fabric8";
const JENKINS: &str = "io.jenkins.tools.bom:bom-2.414.x";
const JENKINS_CLIENT: &str = "org.jenkins-ci.plugins:kubernetes-client-api";

#[test]
fn what_boms_manage_is_known_release_by_release() {
    let version = |text| Some(ManagedIn::Version(text));
    let cases = [
        ("io.fabric8:kubernetes-client-bom", "3.2.0", FABRIC8, Some(ManagedIn::OwnVersion)),
        ("io.fabric8:kubernetes-client-bom", "${not.here}", FABRIC8, Some(ManagedIn::OwnVersion)),
        ("io.fabric8:kubernetes-client-bom", "3.2.0", "io.fabric8:kubernetes-model", None),
        ("io.fabric8:kubernetes-client-project", "4.4.0", FABRIC8, Some(ManagedIn::OwnVersion)),
        ("io.fabric8:kubernetes-client-project", "4.3.1", FABRIC8, None),
        ("io.fabric8:kubernetes-client-project", "${not.here}", FABRIC8, None),
        ("org.springframework.cloud:spring-cloud-dependencies", "Hoxton.SR1", STARTER, version("1.1.1.RELEASE")),
        ("org.springframework.cloud:spring-cloud-dependencies", "Hoxton.BUILD-SNAPSHOT", STARTER, None),
        (SPRING_CLOUD_KUBERNETES, "2.0.6", FABRIC8, version("4.13.3")),
        (SPRING_CLOUD_KUBERNETES, "2.0.6", CLIENT_JAVA, version("11.0.4")),
        (SPRING_CLOUD_KUBERNETES, "2.0.6", STARTER, Some(ManagedIn::OwnVersion)),
        (SPRING_CLOUD_KUBERNETES, "0.2.0.RELEASE", FABRIC8, None),
        (SPRING_CLOUD_KUBERNETES, "2.0.6", "org.springframework.cloud:spring-cloud-kubernetes-core:test-jar", None),
        (SPRING_BOOT, "2.7.18", FABRIC8, Some(ManagedIn::Nothing)),
        (SPRING_BOOT, "2.7.18", STARTER, Some(ManagedIn::Nothing)),
        (SPRING_BOOT, "9.0.0", FABRIC8, None),
        (SPRING_BOOT, "${not.here}", FABRIC8, None),
        (SPRING_BOOT, "2.7.18", "org.elsewhere:client", None),
        (QUARKUS, "2.3.1.Final", FABRIC8, version("5.7.3")),
        (QUARKUS, "2.3.1.Final", "io.fabric8:kubernetes-client-api", None),
        (QUARKUS, "3.20.5", "io.fabric8:kubernetes-client-api", version("7.2.0")),
        (QUARKUS, "1.13.7.Final", FABRIC8, None),
        (JENKINS, "2401.v7a_d68f8d0b_09", JENKINS_CLIENT, version("6.8.1-224.vd388fca_4db_3b_")),
        (JENKINS, "2700.v0123456789ab", JENKINS_CLIENT, version("6.8.1-224.vd388fca_4db_3b_")),
        (JENKINS, "2710.v0123456789ab", JENKINS_CLIENT, None),
        ("org.elsewhere:bom", "1", FABRIC8, None),
    ];
    for (bom, release, package, expected) in cases {
        assert_eq!(KnownBoms::built_in().find(bom, release, package), expected, "{bom}:{release} {package}");
    }
}

#[test]
fn properties_of_boms_are_found_by_release() {
    let property = |bom, release, package| KnownBoms::built_in().property(bom, release, package);
    assert_eq!(property(SPRING_CLOUD_KUBERNETES, "2.0.6", FABRIC8), Some("kubernetes-client.version"));
    assert_eq!(property(SPRING_CLOUD_KUBERNETES, "2.1.0", FABRIC8), Some("kubernetes-fabric8-client.version"));
    assert_eq!(property(SPRING_CLOUD_KUBERNETES, "${not.here}", FABRIC8), None);
    assert_eq!(property(SPRING_CLOUD_KUBERNETES, "2.1.0", STARTER), None);
    let spring_cloud = "org.springframework.cloud:spring-cloud-dependencies";
    assert_eq!(property(spring_cloud, "2021.0.3", STARTER), Some("spring-cloud-kubernetes.version"));
    assert_eq!(property("org.elsewhere:bom", "1", FABRIC8), None);
}

#[test]
fn what_is_managed_falls_on_both_sides() {
    let verdict = |bom, release, package| {
        let Some(ManagedIn::Version(version)) = KnownBoms::built_in().find(bom, release, package) else {
            panic!("{bom}:{release} manages {package}")
        };
        let version = ecosystem::version(Ecosystem::Maven, version).expect("it is a version");
        let rules = RuleSet::built_in();
        let (_, client) = rules.index().find(Ecosystem::Maven, package).next().expect("it is a client");
        judge::selected(rules, client, &Selected::Exact(version)).verdict
    };
    assert_eq!(verdict(QUARKUS, "2.3.1.Final", FABRIC8), Verdict::Incompatible);
    assert_eq!(verdict(QUARKUS, "2.4.0.Final", FABRIC8), Verdict::Compatible);
    assert_eq!(verdict(SPRING_CLOUD_KUBERNETES, "2.0.6", FABRIC8), Verdict::Incompatible);
    assert_eq!(verdict(SPRING_CLOUD_KUBERNETES, "2.1.0", FABRIC8), Verdict::Compatible);
    assert_eq!(verdict(JENKINS, "2401.v7a_d68f8d0b_09", JENKINS_CLIENT), Verdict::Compatible);
}

#[test]
fn a_bom_of_one_family_has_a_foremost_package() {
    let foremost = |bom, release| KnownBoms::built_in().foremost(bom, release);
    assert_eq!(foremost("io.fabric8:kubernetes-client-bom", "5.0.0"), Some(FABRIC8));
    assert_eq!(foremost("io.fabric8:kubernetes-client", "4.3.1"), None);
    assert_eq!(foremost(QUARKUS, "2.3.1.Final"), None);
}

#[test]
fn every_bom_has_its_evidence_and_manages_a_client() {
    let index = RuleSet::built_in().index();
    for bom in KnownBoms::built_in().boms() {
        for text in &bom.evidence {
            assert!(!text.contains("://") && !text.contains('\n'), "`{text}`");
        }
        for package in bom.packages() {
            let name = package.replace('*', "x");
            let is_known = index.find(Ecosystem::Maven, &name).next().is_some();
            assert!(is_known || package.ends_with('*') || package.ends_with("-bom"), "{package} is no client");
        }
    }
}

#[test]
fn wrong_files_are_refused_at_their_place() {
    let count = refused::each_at_its_place("carriers", |name, text| KnownBoms::parse(name, text).err());
    assert!(count > 15);
}

/// The example of `rules/README.md`, and that it speaks of every key.
#[test]
fn the_example_of_the_readme_is_a_file_of_boms() {
    let readme = include_str!("../rules/README.md");
    let section = readme.find("## Carriers").expect("the section");
    let start = readme[section..].find("```toml\n").expect("the example") + section + "```toml\n".len();
    let end = readme[start..].find("```").expect("the end of the example") + start;
    let boms = KnownBoms::parse("example.toml", &readme[start..end]).unwrap_or_else(|error| panic!("{error}"));
    let find = |release, package| boms.find("org.parcels:parcel-bom", release, package);
    assert_eq!(find("1.3", "org.parcels:parcel-client-async"), Some(ManagedIn::OwnVersion));
    assert_eq!(find("1.1", "org.parcels:parcel-client"), None);
    assert_eq!(find("1.4", "org.tickets:tickets"), Some(ManagedIn::Version("4.1.0")));
    assert_eq!(find("1.4.0", "org.tickets:tickets"), None);
    for (index, _) in readme[start..end].char_indices() {
        // Cut anywhere, it is a shorter file or refused at a place.
        if let Err(error) = KnownBoms::parse("example.toml", &readme[start..start + index]) {
            assert!(error.at.is_some());
        }
    }
    for key in ["names", "foremost", "manages", "packages", "own", "none", "version", "versions"] {
        assert!(readme.contains(&format!("`{key}`")), "rules/README.md does not speak of `{key}`");
    }
}
