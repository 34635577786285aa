//! `tests/vectors.tsv`: several hundred small manifests with the verdict each must get, most of them checked against the
//! ecosystem's own tool.
//!
//! Columns: id, ecosystem, file, content, package, minimum, verdict, why. In the content `\n`, `\r`, `\t`, `\\` and `\xNN`
//! (one byte) are escapes; `@bundle` holds several files, each behind a line `=== PATH`; the verdict is for the unit of the
//! first. `none` means that nothing may be found.
//!
//! A row whose formats are not read yet stands in `WAITING` with what it waits for; a row there that could run fails.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::Path;

use kubefloor::ecosystem;
use kubefloor::judge::{self, Finding, Verdict};
use kubefloor::model::{Ecosystem, Files};
use kubefloor::rules::{Client, Minimum, Rule, RuleSet};
use kubefloor::scan;
use kubefloor::version::VersionRange;
use kubefloor::walk::Matcher;

const VECTORS: &str = include_str!("vectors.tsv");

/// Rows that have a format which is read, and need something that is not there yet: row, and the file it waits for, or what
/// else.
const WAITING: &[(&str, &str)] = &[];

/// Files whose rows do not run, since no reader knows them.
const NO_READER: &[&str] = &[
    ".github/workflows/ci.yml",
    ".pre-commit-config.yaml",
    "Dockerfile",
    "README.md",
    "a.txt",
    "b.txt",
    "base.txt",
    "bom.cdx.json",
    "bom.cdx.xml",
    "bom.spdx",
    "bom.spdx.json",
    "cons.txt",
    "deps/base.txt",
    "kubernetes-11.0.0.dist-info/METADATA",
    "nb.ipynb",
    "o.txt",
    "playbook.yml",
    "sub.txt",
];

struct Row {
    id: &'static str,
    ecosystem: &'static str,
    files: Vec<(String, Vec<u8>)>,
    package: &'static str,
    minimum: &'static str,
    verdict: &'static str,
    why: &'static str,
}

fn rows() -> Vec<Row> {
    VECTORS.lines().skip(1).map(row).collect()
}

fn row(line: &'static str) -> Row {
    let columns: Vec<&str> = line.split('\t').collect();
    let [id, ecosystem, file, content, package, minimum, verdict, why] = columns[..] else {
        panic!("a row has eight columns: {line}")
    };
    let content = unescape(content);
    let files = if file == "@bundle" { bundle(&content) } else { vec![(file.to_owned(), content)] };
    Row { id, ecosystem, files, package, minimum, verdict, why }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'x') => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = std::str::from_utf8(&digits).expect("two hexadecimal digits");
                out.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
            }
            Some(other) => out.push(other),
            None => out.push(b'\\'),
        }
    }
    out
}

fn bundle(content: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"=== ") {
            Some(path) => files.push((String::from_utf8_lossy(path).trim().to_owned(), Vec::new())),
            None => files.last_mut().expect("a bundle starts with a path").1.extend_from_slice(line),
        }
    }
    files
}

/// Runs the rows of one ecosystem that can run, and names those that fail.
fn check(ecosystem: &str) {
    let matcher = Matcher::new();
    let mut wrong = Vec::new();
    let mut ran = 0;
    for row in rows().iter().filter(|row| row.ecosystem == ecosystem) {
        let waits = WAITING.iter().find(|(id, _)| *id == row.id);
        let unread = row.files.iter().filter(|(path, _)| matcher.formats(path).is_empty()).count();
        if let Some((id, file)) = waits {
            let read = row.files.iter().any(|(path, _)| path == file && !matcher.formats(path).is_empty());
            assert!(!read, "{id} waits for {file}, which is read now or not part of it");
            continue;
        }
        if unread == row.files.len() {
            continue;
        }
        ran += 1;
        let found = verdict(row);
        if found != row.verdict {
            wrong.push(format!("{}: found {found}, expected {} ({})\n{}", row.id, row.verdict, row.why, show(row)));
        }
    }
    assert!(wrong.is_empty(), "{} of {ran} rows are wrong\n\n{}", wrong.len(), wrong.join("\n"));
}

fn show(row: &Row) -> String {
    let files: Vec<String> =
        row.files.iter().map(|(path, bytes)| format!("    {path}\n{}", String::from_utf8_lossy(bytes))).collect();
    files.concat()
}

fn verdict(row: &Row) -> String {
    let folder = tempfile::tempdir().expect("a folder for the row");
    for (path, bytes) in &row.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the file's folder");
        std::fs::write(path, bytes).expect("the file");
    }
    let paths: Vec<String> = row.files.iter().map(|(path, _)| path.clone()).collect();
    let files = load(folder.path(), &paths);
    let rules = rules(row);
    let mut dependencies = Vec::new();
    let mut problems = files.iter().map(|(_, file)| file.reading.problems.len()).sum::<usize>();
    for ecosystem in Ecosystem::ALL {
        let resolution = ecosystem::resolve(*ecosystem, &files);
        dependencies.extend(resolution.dependencies);
        problems += resolution.problems.len();
    }
    let findings = judge::judge(&rules, &files, dependencies);
    let first = &row.files[0].0;
    let of_unit = findings.iter().filter(|finding| touches(&files, finding, first));
    let mut verdicts: BTreeSet<Verdict> = of_unit.map(|finding| finding.judgement.verdict).collect();
    if verdicts.is_empty() {
        verdicts = findings.iter().map(|finding| finding.judgement.verdict).collect();
    }
    if verdicts.contains(&Verdict::Incompatible) && verdicts.contains(&Verdict::Compatible) {
        return if row.verdict == "incompatible" { "incompatible" } else { "maybe-incompatible" }.into();
    }
    match verdicts.last() {
        Some(verdict) => verdict.word().into(),
        None if problems > 0 && row.verdict == "undetermined" => "undetermined".into(),
        None => "none".into(),
    }
}

fn load(root: &Path, paths: &[String]) -> Files {
    scan::load(root, paths)
}

fn touches(files: &Files, finding: &Finding<'_>, path: &str) -> bool {
    let dependency = &finding.dependency;
    let origins = dependency.because.iter().map(|related| related.origin).chain([dependency.origin]);
    origins.into_iter().any(|origin| files.get(origin.file).path == path)
}

/// The built-in facts for client-go, of which a single minimum says too little; else the row's minimum alone.
fn rules(row: &Row) -> RuleSet {
    if row.package == "k8s.io/client-go" {
        return RuleSet::built_in().clone();
    }
    let ecosystem = Ecosystem::ALL.iter().find(|ecosystem| ecosystem.word() == row.ecosystem).expect(row.ecosystem);
    let version =
        ecosystem::version(*ecosystem, row.minimum).unwrap_or_else(|why| panic!("{}: {}", row.minimum, why.message));
    let numbering = VersionRange::between(Bound::Unbounded, Bound::Unbounded, true);
    let client = Client {
        ecosystem: *ecosystem,
        package: row.package.into(),
        minimum: Some(Minimum { version, numbering, evidence: String::new() }),
        reloads: Vec::new(),
        broken: Vec::new(),
        commits: None,
        repositories: Vec::new(),
        tags: Vec::new(),
        release_tags: None,
        aliases: Vec::new(),
        carries: Vec::new(),
        framework: false,
        advice: String::new(),
        caveat: None,
        evidence: Vec::new(),
        move_to: Vec::new(),
        together: Vec::new(),
        examples: Vec::new(),
    };
    let rule = Rule {
        id: "vector".into(),
        title: String::new(),
        description: String::new(),
        date: String::new(),
        story: None,
        clients: vec![client],
        not_clients: Vec::new(),
    };
    RuleSet { rules: vec![rule] }
}

#[test]
fn golang() {
    check("golang");
}

#[test]
fn pypi() {
    check("pypi");
}

#[test]
fn maven() {
    check("maven");
}

#[test]
fn npm() {
    check("npm");
}

#[test]
fn gem() {
    check("gem");
}

#[test]
fn hackage() {
    check("hackage");
}

#[test]
fn nuget() {
    check("nuget");
}

#[test]
fn cargo() {
    check("cargo");
}

/// Nothing is skipped unseen: these are the files in the table that no reader knows.
#[test]
fn files_without_a_reader() {
    let matcher = Matcher::new();
    let rows = rows();
    let paths = rows.iter().flat_map(|row| &row.files).map(|(path, _)| path.as_str());
    let names: BTreeSet<&str> = paths.filter(|path| matcher.formats(path).is_empty()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    assert_eq!(names, NO_READER);
}
