//! The rules as data: the built-in ones hold what is published and agree with the judge, and a wrong file is refused where it
//! is wrong.
//!
//! `tests/rules/<case>.toml` is a wrong file, `<case>.refused` the place and the sentence. `UPDATE_FIXTURES=1` writes the
//! latter; read what changed before you commit it.

mod refused;

use std::collections::BTreeSet;
use std::path::PathBuf;

use kubefloor::ecosystem;
use kubefloor::judge::{self, Verdict};
use kubefloor::model::{Ecosystem, File, Files, GitReference, Selected, Source};
use kubefloor::rules::{Client, Fault, Reload, Rule, RuleSet};
use kubefloor::source::SourceText;

fn built_in() -> &'static Rule {
    &RuleSet::built_in().rules[0]
}

fn client(ecosystem: Ecosystem, name: &str) -> &'static Client {
    let found = RuleSet::built_in().index().find(ecosystem, name).next();
    found.unwrap_or_else(|| panic!("{name} is a client")).1
}

/// What the judge says of a version of a built-in client.
fn verdict(ecosystem: Ecosystem, name: &str, version: &str) -> Verdict {
    let version = ecosystem::version(ecosystem, version).unwrap_or_else(|why| panic!("{version}: {}", why.message));
    judge::selected(RuleSet::built_in(), client(ecosystem, name), &Selected::Exact(version)).verdict
}

#[test]
fn the_published_minimums_are_there() {
    let published = [
        (Ecosystem::Golang, "k8s.io/client-go", Some("v0.15.7")),
        (Ecosystem::Pypi, "kubernetes", Some("12.0.0")),
        (Ecosystem::Maven, "io.kubernetes:client-java", Some("9.0.0")),
        (Ecosystem::Npm, "@kubernetes/client-node", Some("0.10.3")),
        (Ecosystem::Gem, "kubernetes-io", None),
        (Ecosystem::Hackage, "kubernetes-client", Some("0.3.0.0")),
        (Ecosystem::Nuget, "KubernetesClient", Some("7.0.5")),
    ];
    for (ecosystem, name, minimum) in published {
        let found = client(ecosystem, name).minimum.as_ref().map(|minimum| minimum.version.text());
        assert_eq!(found, minimum, "{name}");
    }
    let others = built_in().clients.iter().filter(|client| client.minimum.is_some());
    assert_eq!(others.count(), 6, "no other client has a published minimum");
}

#[test]
fn every_example_gets_its_verdict_from_the_judge() {
    for client in &built_in().clients {
        for example in &client.examples {
            let expected = if example.incompatible { Verdict::Incompatible } else { Verdict::Compatible };
            let found = verdict(client.ecosystem, &client.package.replace('*', ""), &example.version);
            assert_eq!(found, expected, "{} {}", client.package, example.version);
        }
    }
}

#[test]
fn every_client_with_facts_has_examples_on_both_sides() {
    for client in &built_in().clients {
        let is_dead = |reload| matches!(reload, Reload::Never | Reload::Partial);
        let below_minimum = client.minimum.is_some();
        let bad = below_minimum || client.reloads.iter().any(|fact| is_dead(fact.reload));
        let good = client.reloads.iter().any(|fact| !is_dead(fact.reload));
        assert_eq!(client.examples.iter().any(|example| example.incompatible), bad, "{}", client.package);
        assert_eq!(client.examples.iter().any(|example| !example.incompatible), good, "{}", client.package);
    }
}

#[test]
fn every_fact_has_its_evidence_without_addresses() {
    let rule = built_in();
    for client in &rule.clients {
        let mut evidence: Vec<&String> = client.evidence.iter().collect();
        evidence.extend(client.minimum.iter().map(|minimum| &minimum.evidence));
        evidence.extend(client.reloads.iter().map(|fact| &fact.evidence));
        evidence.extend(client.broken.iter().map(|broken| &broken.evidence));
        evidence.extend(client.commits.iter().map(|commits| &commits.evidence));
        evidence.extend(client.repositories.iter().map(|repository| &repository.evidence));
        assert!(!client.evidence.is_empty(), "{} has evidence", client.package);
        for text in evidence {
            assert!(!text.trim().is_empty() && !text.contains("://"), "{}: `{text}`", client.package);
        }
    }
}

#[test]
fn every_text_reads_well() {
    let rule = built_in();
    for client in &rule.clients {
        let starts_with_a_verb = client.advice.starts_with(|c: char| c.is_ascii_lowercase());
        assert!(starts_with_a_verb && !client.advice.ends_with('.'), "{}: `{}`", client.package, client.advice);
        for text in client.caveat.iter().chain([&client.advice]) {
            assert!(!text.contains('\n') && !text.contains("  "), "{}: `{text}`", client.package);
        }
    }
    assert!(!rule.description.contains('\n'));
    let purls: BTreeSet<&str> = rule.not_clients.iter().map(|not_client| not_client.purl.as_str()).collect();
    assert_eq!(purls.len(), rule.not_clients.len(), "no package is named twice");
}

#[test]
fn what_is_no_client_is_not_found_as_one() {
    let index = RuleSet::built_in().index();
    for not_client in &built_in().not_clients {
        let (kind, name) = not_client.purl["pkg:".len()..].split_once('/').expect("a purl has a type and a name");
        let Some(ecosystem) = Ecosystem::ALL.iter().find(|ecosystem| ecosystem.word() == kind) else { continue };
        let name = if *ecosystem == Ecosystem::Maven { name.replacen('/', ":", 1) } else { name.to_owned() };
        assert!(index.find(*ecosystem, &name).next().is_none(), "{}", not_client.purl);
    }
}

#[test]
fn names_are_found_whole_by_pattern_and_by_alias() {
    let index = RuleSet::built_in().index();
    let find = |ecosystem, name| index.find(ecosystem, name).next().map(|(_, client)| client.package.as_str());
    let found = [
        (Ecosystem::Maven, "io.skuber:skuber_2.13", "io.skuber:skuber_*"),
        (Ecosystem::Maven, "io.skuber:skuber-pekko_3", "io.skuber:skuber-core_*"),
        (Ecosystem::Maven, "io.github.hagay3:skuber_3", "io.github.hagay3:skuber_*"),
        (Ecosystem::Maven, "io.kubernetes:client-java-extended", "io.kubernetes:client-java"),
        (
            Ecosystem::Maven,
            "org.springframework.cloud:spring-cloud-starter-kubernetes-fabric8-config",
            "org.springframework.cloud:spring-cloud-kubernetes-fabric8-*",
        ),
        (
            Ecosystem::Maven,
            "org.springframework.cloud:spring-cloud-starter-kubernetes-client",
            "org.springframework.cloud:spring-cloud-kubernetes-client-*",
        ),
        (Ecosystem::Golang, "github.com/kubernetes/client-go", "k8s.io/client-go"),
        (Ecosystem::Golang, "github.com/k3s-io/kubernetes/staging/src/k8s.io/client-go", "k8s.io/kubernetes"),
        (Ecosystem::Nuget, "kubernetesclient", "KubernetesClient"),
        (Ecosystem::Nuget, "KubernetesClient.Classic", "KubernetesClient.Classic"),
        (Ecosystem::Cargo, "kube-client", "kube"),
    ];
    for (ecosystem, name, package) in found {
        assert_eq!(find(ecosystem, name), Some(package), "{name}");
    }
    for (ecosystem, name) in [
        (Ecosystem::Maven, "io.skuber:skuber"),
        (Ecosystem::Maven, "io.kubernetes:client-java-api"),
        (Ecosystem::Maven, "org.springframework.cloud:spring-cloud-starter-kubernetes-discoveryclient"),
        (Ecosystem::Npm, "client-node"),
        (Ecosystem::Npm, "@Kubernetes/client-node"),
        (Ecosystem::Pypi, "k8s-sdk"),
        (Ecosystem::Golang, "k8s.io/client-go/v2"),
        (Ecosystem::Gem, "kubernetes"),
    ] {
        assert_eq!(find(ecosystem, name), None, "{name}");
    }
}

#[test]
fn a_whole_name_goes_before_a_pattern_and_a_longer_pattern_before_a_shorter() {
    let client = |package: &str| {
        format!("[[client]]\necosystem = \"maven\"\npackage = \"{package}\"\nadvice = \"a\"\nevidence = [\"b\"]\n")
    };
    let clients = [client("g:a*"), client("g:a-b*"), client("g:a-b-c")].concat();
    let text = format!("title = \"t\"\ndescription = \"d\"\ndate = 2026-01-31\n{clients}");
    let rules = RuleSet { rules: vec![Rule::parse("patterns.toml", &text).expect("the rule is well-formed")] };
    let index = rules.index();
    for (name, package) in [("g:a", "g:a*"), ("g:a-b", "g:a-b*"), ("g:a-b-c", "g:a-b-c"), ("g:a-b-c-d", "g:a-b*")] {
        let (_, client) = index.find(Ecosystem::Maven, name).next().expect(name);
        assert_eq!(client.package, package, "{name}");
    }
}

#[test]
fn an_alias_is_spoken_of_by_its_own_name() {
    let mut files = Files::default();
    let source = SourceText::new("module example.org/m\nrequire github.com/kubernetes/client-go v8.0.0+incompatible\n");
    let format = ecosystem::formats().find(|format| format.id == "go_mod").expect("go.mod is read");
    let reading = (format.read)(&source);
    files.push(File { path: "go.mod".into(), format, source, reading, conflicted: false, context: false });
    let dependencies = ecosystem::resolve(Ecosystem::Golang, &files).dependencies;
    let findings = judge::judge(RuleSet::built_in(), &files, dependencies);
    let messages: Vec<&str> = findings.iter().map(|finding| finding.judgement.message.as_str()).collect();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].starts_with("github.com/kubernetes/client-go v8.0.0"), "{messages:?}");
}

#[test]
fn versions_in_the_gaps_of_the_facts_are_undetermined() {
    for (ecosystem, name, version) in [
        (Ecosystem::Golang, "k8s.io/kubernetes", "v1.15.1-0.20190701000000-0123456789ab"),
        (Ecosystem::Golang, "sigs.k8s.io/controller-runtime", "v0.2.3-0.20191001000000-0123456789ab"),
        (Ecosystem::Golang, "sigs.k8s.io/controller-runtime", "v0.0.0-20191001000000-0123456789ab"),
        (Ecosystem::Pypi, "hikaru", "1.0.0"),
        (Ecosystem::Pypi, "kopf", "0.22"),
        (Ecosystem::Composer, "maclof/kubernetes-client", "0.2.4"),
        (Ecosystem::Gem, "k8s-client-renewed", "0.10.5"),
        (Ecosystem::Hackage, "kubernetes-api-client", "0.1.0.0"),
    ] {
        assert_eq!(verdict(ecosystem, name, version), Verdict::Undetermined, "{name} {version}");
    }
}

#[test]
fn ruby_from_git_is_judged_by_branch_and_revision() {
    let verdict = |repository: &str, reference| {
        let source = Source::Git { repository: repository.into(), reference };
        let client = client(Ecosystem::Gem, "kubernetes-io");
        judge::selected(RuleSet::built_in(), client, &Selected::Source(source)).verdict
    };
    let repository = "https://github.com/kubernetes-client/ruby.git";
    let revision = |text: &str| GitReference::Revision(text.into());
    assert_eq!(verdict(repository, GitReference::Default), Verdict::Compatible);
    assert_eq!(verdict(repository, GitReference::Branch("master".into())), Verdict::Compatible);
    assert_eq!(verdict(repository, GitReference::Branch("release-13".into())), Verdict::Undetermined);
    assert_eq!(verdict(repository, revision("aa77f9ba27618171cb5d6bde0b0a52856afa48f4")), Verdict::Compatible);
    assert_eq!(verdict(repository, revision("aacf146")), Verdict::Compatible);
    assert_eq!(verdict(repository, revision("af7b29c40160435c1514bf53991cbb8a3ff54942")), Verdict::Incompatible);
    assert_eq!(verdict(repository, revision("0123456789abcdef0123456789abcdef01234567")), Verdict::Undetermined);
    assert_eq!(verdict("https://github.com/someone/ruby", GitReference::Default), Verdict::Undetermined);
}

#[test]
fn the_tags_of_client_go_agree_with_its_versions_and_with_kubernetes() {
    let go = client(Ecosystem::Golang, "k8s.io/client-go");
    let commits = go.commits.as_ref().expect("client-go has facts about commits");
    let good: Vec<&String> = commits.good.iter().filter(|commit| commits.bad.contains(commit)).collect();
    assert!(good.is_empty(), "{good:?} are both good and bad");
    assert!(go.tags.len() > 100);
    for tag in &go.tags {
        let reloads = tag.reload == Reload::Periodic;
        assert_eq!(commits.has_fix(None, &tag.commit), Some(reloads), "{}", tag.name);
        let (name, version) = match tag.name.strip_prefix("kubernetes-") {
            Some(version) => ("k8s.io/kubernetes", format!("v{version}")),
            None => ("k8s.io/client-go", tag.name.clone()),
        };
        let expected = if reloads { Verdict::Compatible } else { Verdict::Incompatible };
        assert_eq!(verdict(Ecosystem::Golang, name, &version), expected, "{}", tag.name);
    }
}

/// As the files `rest/config.go` and `rest/transport.go` of each tag have it; no commit of these is listed.
#[test]
fn other_tags_of_client_go_go_by_the_release_of_kubernetes_that_they_name() {
    let go = client(Ecosystem::Golang, "k8s.io/client-go");
    let verdict = |reference| {
        let source = Source::Git { repository: "k8s.io/client-go".into(), reference };
        judge::selected(RuleSet::built_in(), go, &Selected::Source(source)).verdict
    };
    for (tag, expected) in [
        ("kubernetes-1.7.10", Verdict::Incompatible),
        ("kubernetes-1.10.0-beta.2", Verdict::Incompatible),
        ("kubernetes-1.12.0-beta.0", Verdict::Incompatible),
        ("kubernetes-1.12.0-rc.1", Verdict::Compatible),
        ("kubernetes-1.12.5-beta.0", Verdict::Compatible),
        ("kubernetes-1.12.6-beta.0", Verdict::Incompatible),
        ("kubernetes-1.12.9-beta.0", Verdict::Incompatible),
        ("kubernetes-1.13.0-alpha.0", Verdict::Incompatible),
        ("kubernetes-1.13.7-beta.0", Verdict::Incompatible),
        ("kubernetes-1.14.0-alpha.0", Verdict::Compatible),
        ("kubernetes-1.14.0-rc.1", Verdict::Incompatible),
        ("kubernetes-1.15.0-beta.0", Verdict::Incompatible),
        ("kubernetes-1.15.0-beta.1", Verdict::Compatible),
        ("kubernetes-1.16.0-alpha.0", Verdict::Incompatible),
        ("kubernetes-1.16.0-rc.1", Verdict::Compatible),
        ("kubernetes-1.18.20", Verdict::Compatible),
        ("kubernetes-1.19.3", Verdict::Compatible),
        ("kubernetes-1.20.0", Verdict::Compatible),
        ("kubernetes-1.20", Verdict::Undetermined),
        ("kubernetes-1.20.x", Verdict::Undetermined),
        ("openshift-1.19.3", Verdict::Undetermined),
    ] {
        assert_eq!(verdict(GitReference::Tag(tag.into())), expected, "{tag}");
        assert_eq!(verdict(GitReference::Any(tag.into())), expected, "{tag}");
    }
    let locked = GitReference::Locked {
        revision: "0123456789abcdef0123456789abcdef01234567".into(),
        version: "kubernetes-1.10.0-beta.2".into(),
    };
    assert_eq!(verdict(locked), Verdict::Incompatible);
    for (repository, expected) in [
        ("https://github.com/kubernetes/client-go.git", Verdict::Compatible),
        ("github.com/acme/client-go", Verdict::Undetermined),
    ] {
        let reference = GitReference::Tag("kubernetes-1.19.3".into());
        let source = Source::Git { repository: repository.into(), reference };
        let found = judge::selected(RuleSet::built_in(), go, &Selected::Source(source)).verdict;
        assert_eq!(found, expected, "{repository}");
    }
}

#[test]
fn wrong_rules_are_refused_at_their_place() {
    let count = refused::each_at_its_place("rules", |name, text| Rule::parse(name, text).err());
    assert!(count > 40);
}

#[test]
fn a_rule_file_adds_a_rule_or_takes_the_place_of_one() {
    let text = |title: &str| format!("title = \"{title}\"\ndescription = \"d\"\ndate = 2026-01-31\n");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, text).expect("the file");
        path
    };
    write("b.toml", &text("B"));
    write("below/a.toml", &text("A"));
    write("notes.txt", "no rule");
    write("carriers/maven.toml", "date = 2026-01-31");
    write("runtime/platforms.toml", "date = 2026-01-31");
    let own = write("own/bound-service-account-token.toml", &format!("\u{feff}{}", text("Ours")));
    let titles = |paths: &[PathBuf]| -> Vec<String> {
        let rules = RuleSet::load(paths).unwrap_or_else(|error| panic!("{error}"));
        rules.rules.iter().map(|rule| format!("{} {}", rule.id, rule.title)).collect()
    };
    let built_in = format!("bound-service-account-token {}", built_in().title);
    assert_eq!(titles(&[]), [built_in.as_str()]);
    assert_eq!(titles(&[own]), ["bound-service-account-token Ours"]);
    assert_eq!(titles(&[folder.path().join("b.toml")]), [built_in.as_str(), "b B"]);
    assert_eq!(titles(&[folder.path().to_owned()]), ["bound-service-account-token Ours", "b B", "a A"]);
}

/// A folder of rules may be a mounted one, whose files are links to those of the day.
#[cfg(unix)]
#[test]
fn a_rule_file_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let real = folder.path().join("of-today");
    std::fs::create_dir(&real).expect("the folder");
    std::fs::write(real.join("a"), "title = \"A\"\ndescription = \"d\"\ndate = 2026-01-31\n").expect("the file");
    symlink("of-today", folder.path().join("latest")).expect("the link");
    symlink("latest/a", folder.path().join("a.toml")).expect("the link");
    let load = || RuleSet::load(&[folder.path().to_owned()]);
    let ids: Vec<String> = load().expect("rules").rules.into_iter().map(|rule| rule.id).collect();
    assert_eq!(ids, ["bound-service-account-token", "a"]);

    symlink("nowhere", folder.path().join("b.toml")).expect("the link");
    let error = load().expect_err("nothing is skipped");
    assert!(error.path.ends_with("b.toml") && matches!(error.fault, Fault::Unreadable(_)), "{error}");

    std::fs::remove_file(folder.path().join("b.toml")).expect("the link");
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("c.toml")).status();
    assert!(made.expect("mkfifo").success());
    let error = load().expect_err("nothing is skipped");
    assert!(error.path.ends_with("c.toml") && matches!(error.fault, Fault::Unreadable(_)), "{error}");
}

#[test]
fn what_cannot_be_loaded_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let fault = |path: PathBuf| RuleSet::load(&[path]).expect_err("nothing to load").fault;
    assert_eq!(fault(folder.path().to_owned()), Fault::NoRules);
    assert!(matches!(fault(folder.path().join("missing.toml")), Fault::Unreadable(_)));
    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, b"title = \"\xff\"\n").expect("the file");
    assert_eq!(fault(binary), Fault::NotText);
    let nested = folder.path().join("nested.toml");
    std::fs::write(&nested, format!("title = {}", "[".repeat(100_000))).expect("the file");
    assert!(matches!(fault(nested), Fault::Syntax(_)));
}

/// The worked example of `rules/README.md`, and that it speaks of every key.
#[test]
fn the_example_of_the_readme_is_a_rule() {
    let readme = include_str!("../rules/README.md");
    let start = readme.find("```toml\n").expect("the example") + "```toml\n".len();
    let end = readme[start..].find("```").expect("the end of the example") + start;
    let rule = Rule::parse("example.toml", &readme[start..end]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rule.clients.len(), 2);
    for (index, _) in readme[start..end].char_indices() {
        // Cut anywhere, it is a shorter rule or refused at a place.
        if let Err(error) = Rule::parse("example.toml", &readme[start..start + index]) {
            assert!(error.at.is_some());
        }
    }
    for key in [
        "title",
        "description",
        "date",
        "client",
        "not_client",
        "ecosystem",
        "package",
        "aliases",
        "carries",
        "framework",
        "advice",
        "caveat",
        "evidence",
        "minimum",
        "numbering",
        "reloads",
        "introduced",
        "fixed",
        "last_affected",
        "reload",
        "confidence",
        "broken",
        "commits",
        "fixed_from",
        "good",
        "bad",
        "others_bad",
        "repositories",
        "repository",
        "good_branches",
        "tags",
        "examples",
        "incompatible",
        "compatible",
        "purl",
        "why",
    ] {
        assert!(readme.contains(&format!("`{key}`")), "rules/README.md does not speak of `{key}`");
    }
}

#[test]
fn the_minimum_is_published_or_follows_from_the_facts() {
    let rules = RuleSet::built_in();
    let floor = |ecosystem, name: &str| {
        let clients = rules.rules.iter().flat_map(|rule| &rule.clients);
        let client = clients.into_iter().find(|client| client.ecosystem == ecosystem && client.package == name);
        client.unwrap_or_else(|| panic!("{name} is a client")).floor().map(|version| version.to_string())
    };
    let expected = [
        (Ecosystem::Golang, "k8s.io/client-go", Some("v0.15.7")),
        (Ecosystem::Golang, "sigs.k8s.io/controller-runtime", Some("v0.3.0")),
        (Ecosystem::Pypi, "kubernetes", Some("12.0.0")),
        (Ecosystem::Pypi, "kubernetes-asyncio", Some("24.2.3")),
        (Ecosystem::Pypi, "pykube-ng", None),
        (Ecosystem::Pypi, "hikaru", None),
        (Ecosystem::Maven, "io.fabric8:kubernetes-client", Some("5.8.0")),
        (Ecosystem::Gem, "kubeclient", Some("4.10.0")),
        (Ecosystem::Gem, "kubernetes-io", None),
        (Ecosystem::Hackage, "kubernetes-client", Some("0.3.0.0")),
        (Ecosystem::Cargo, "kube", Some("0.69.1")),
    ];
    for (ecosystem, name, minimum) in expected {
        assert_eq!(floor(ecosystem, name).as_deref(), minimum, "{name}");
    }
}
