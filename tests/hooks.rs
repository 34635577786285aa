//! The hooks for pre-commit and prek: their pattern of files is made from the table of formats, and picks what a scan picks.
//!
//! `UPDATE_FIXTURES=1` writes the pattern into `.pre-commit-hooks.yaml`. That the hooks run is shown by `tests/hooks/try.sh`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use kubefloor::ecosystem;
use kubefloor::ecosystem::yaml::{self, Node};
use kubefloor::source::SourceText;
use kubefloor::walk::Matcher;
use proptest::prelude::*;
use regex::Regex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pattern for every glob of the table, a line each. Python's `re` and Rust's `regex` read it alike: no look-around, and
/// the flag `x`, under which blanks and line ends mean nothing.
fn pattern() -> String {
    let globs: Vec<&str> = ecosystem::formats().flat_map(|format| format.globs.iter().copied()).collect();
    // What another glob takes already need not be said.
    let plain = |glob: &str| !glob.contains(['*', '[', '{']);
    let patterns: Vec<(&str, Regex)> = globs
        .iter()
        .filter(|glob| !plain(glob))
        .map(|glob| (*glob, Regex::new(&format!("^(?:.*/)?(?:{})$", translated(glob))).expect("a pattern")))
        .collect();
    let mut lines: Vec<String> = Vec::new();
    for glob in &globs {
        let is_said = plain(glob) && patterns.iter().any(|(_, pattern)| pattern.is_match(glob));
        let line = translated(glob);
        if !is_said && !lines.contains(&line) {
            lines.push(line);
        }
    }
    format!("(?x)(?:^|/)(?:\n  {}\n)$", lines.join("\n  | "))
}

/// A glob of the table as a regular expression; see `walk::manifests` for what the globs mean.
fn translated(glob: &str) -> String {
    let mut pattern = String::new();
    let mut rest = glob;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '*' if rest.starts_with("**/") => {
                pattern.push_str("(?:[^/]+/)*");
                length = 3;
            }
            '*' => pattern.push_str("[^/]*"),
            '{' => pattern.push_str("(?:"),
            '}' => pattern.push(')'),
            ',' => pattern.push('|'),
            '[' => {
                let end = rest.find(']').expect("a class ends");
                let class = rest[1..end].strip_prefix('!');
                let _ = match class {
                    Some(others) => write!(pattern, "[^{others}/]"),
                    None => write!(pattern, "[{}]", &rest[1..end]),
                };
                length = end + 1;
            }
            _ if character.is_ascii_alphanumeric() || "/_-".contains(character) => pattern.push(character),
            _ => {
                pattern.push('\\');
                pattern.push(character);
            }
        }
        rest = &rest[length..];
    }
    pattern
}

/// The hooks of the file, each as its keys and values; a list counts as its entries with blanks between.
fn hooks(text: &str) -> Vec<Vec<(String, String)>> {
    let mut problems = Vec::new();
    let document = yaml::read(&SourceText::new(text), &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let hooks = document.root().expect("hooks").items().into_iter();
    let text = |node: &Node<'_>| node.scalar().map(|scalar| scalar.text.clone()).unwrap_or_default();
    let value = |node: Node<'_>| node.items_or_itself().iter().map(text).collect::<Vec<String>>().join(" ");
    let members =
        |hook: Node<'_>| hook.members().into_iter().map(|(key, node)| (key.text.clone(), value(node))).collect();
    hooks.map(members).collect()
}

fn value<'a>(hook: &'a [(String, String)], key: &str) -> Option<&'a str> {
    hook.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

fn path() -> PathBuf {
    root().join(".pre-commit-hooks.yaml")
}

fn written() -> Regex {
    let text = std::fs::read_to_string(path()).expect(".pre-commit-hooks.yaml");
    let hooks = hooks(&text);
    Regex::new(value(&hooks[0], "files").expect("a pattern of files")).expect("a regular expression")
}

/// The file with the pattern of today in each hook.
#[test]
fn the_pattern_of_files_is_that_of_the_table() {
    let text = std::fs::read_to_string(path()).expect(".pre-commit-hooks.yaml").replace("\r\n", "\n");
    let block = pattern().lines().fold(String::new(), |block, line| block + "\n    " + line);
    let mut made = String::new();
    let mut skips = false;
    for line in text.lines() {
        skips &= line.starts_with("    ");
        if !skips {
            made += line;
            made += "\n";
        }
        if line == "  files: |" {
            made += block.trim_start_matches('\n');
            made += "\n";
            skips = true;
        }
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(path(), made).expect("it can be written");
    } else {
        assert_eq!(text, made, "run this test with UPDATE_FIXTURES=1");
    }
}

#[test]
fn the_hooks_are_as_the_document_says() {
    let text = std::fs::read_to_string(path()).expect(".pre-commit-hooks.yaml");
    let hooks = hooks(&text);
    let document = std::fs::read_to_string(root().join("docs/hooks.md")).expect("docs/hooks.md");
    let mut ids = BTreeSet::new();
    for hook in &hooks {
        let id = value(hook, "id").expect("an id");
        assert!(ids.insert(id), "{id} is there twice");
        assert!(document.contains(&format!("`{id}`")), "docs/hooks.md does not speak of {id}");
        // What must not be lost stands in `entry`: `args` are the user's.
        let entry = value(hook, "entry").expect("an entry");
        assert!(entry.starts_with("kubefloor scan"), "{id}");
        assert_eq!(value(hook, "args"), None, "{id}");
        assert_eq!(value(hook, "require_serial"), Some("true"), "{id}: one report, not several mixed");
        let run: Vec<&str> = entry.split(' ').collect();
        kubefloor::cli::command().try_get_matches_from(run).unwrap_or_else(|error| panic!("{id}: {error}"));
        let whole = value(hook, "pass_filenames") == Some("false");
        assert_eq!(whole, id.ends_with("-all"), "{id}");
        assert_eq!(whole, !entry.contains("--force-exclude"), "{id}: a walk leaves out what it does anyway");
        let language = match id.trim_end_matches("-all") {
            "kubefloor" => "rust",
            "kubefloor-wheel" => "python",
            "kubefloor-system" => "system",
            other => panic!("{other} is new here"),
        };
        assert_eq!(value(hook, "language"), Some(language), "{id}");
    }
    assert_eq!(ids.len(), 6);
}

/// Names that each glob takes: every alternative, every character of a class, and something or nothing for a star.
fn names(glob: &str) -> Vec<String> {
    let Some(at) = glob.find(['*', '{', '[']) else { return vec![glob.to_owned()] };
    let (head, rest) = glob.split_at(at);
    let (parts, tail): (Vec<String>, &str) = match rest.as_bytes()[0] {
        b'*' if rest.starts_with("**/") => (vec![String::new(), "a/".into(), "a/b.c/".into()], &rest[3..]),
        b'*' => (vec![String::new(), "x".into(), "a-b.C_1".into()], &rest[1..]),
        b'{' => {
            let end = rest.find('}').expect("a choice ends");
            (rest[1..end].split(',').map(str::to_owned).collect(), &rest[end + 1..])
        }
        _ => {
            let end = rest.find(']').expect("a class ends");
            let class = &rest[1..end];
            let parts = match class.strip_prefix('!') {
                Some(_) => vec!["x".to_owned(), "0".into()],
                None => class.chars().map(String::from).collect(),
            };
            (parts, &rest[end + 1..])
        }
    };
    let parts = parts.iter().flat_map(|part| names(part));
    let tails = names(tail);
    parts.flat_map(|part| tails.iter().map(move |tail| format!("{head}{part}{tail}"))).collect()
}

#[test]
fn every_name_of_every_format_is_picked() {
    let (pattern, matcher) = (written(), Matcher::new());
    let mut count = 0;
    for format in ecosystem::formats() {
        for name in format.globs.iter().flat_map(|glob| names(glob)) {
            assert!(matcher.formats(&name).iter().any(|found| found.id == format.id), "{name} is no {}", format.id);
            for path in [name.clone(), format!("a/{name}"), format!("a b/.c/{name}")] {
                assert!(pattern.is_match(&path), "{path} is a {} and not picked", format.name);
            }
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

/// Every file of this repository, which holds the trees and cases of all other tests.
#[test]
fn what_is_picked_here_is_what_a_scan_would_read() {
    let (pattern, matcher) = (written(), Matcher::new());
    let walk = walkdir::WalkDir::new(root()).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        !matches!(name.as_ref(), "target" | ".git")
    });
    let mut picked = 0;
    for entry in walk.flatten().filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(root()).expect("below").to_string_lossy().replace('\\', "/");
        let is_read = !matcher.formats(&path).is_empty();
        assert_eq!(pattern.is_match(&path), is_read, "{path}");
        picked += usize::from(is_read);
    }
    assert!(picked > 300, "{picked}");
}

#[test]
fn near_misses_are_not_picked() {
    let pattern = written();
    for path in [
        "go.mod.orig",
        "ago.mod",
        "go.mod/x",
        "package.json5",
        "my-package.json",
        "Gemfile.lok/x",
        "requirements.md",
        "pom.xml.bak",
        "Cargo.toml~",
        "src/main.rs",
        "vendor/modules.txt.old",
        "modules.txt",
        "go-mod",
        "README.md",
    ] {
        assert!(!pattern.is_match(path), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Paths put together from pieces of the globs.
    #[test]
    fn what_is_picked_is_what_the_globs_match(
        pieces in prop::collection::vec(prop::sample::select(pieces()), 1..8)
    ) {
        thread_local! {
            static BOTH: (Regex, Matcher) = (written(), Matcher::new());
        }
        let path: String = pieces.concat();
        let is_path = !path.starts_with('/') && !path.ends_with('/') && !path.contains("//");
        if is_path {
            BOTH.with(|(pattern, matcher)| {
                prop_assert_eq!(pattern.is_match(&path), !matcher.formats(&path).is_empty(), "{}", path);
                Ok(())
            })?;
        }
    }
}

fn pieces() -> Vec<String> {
    let globs = ecosystem::formats().flat_map(|format| format.globs.iter());
    let mut pieces: BTreeSet<String> = BTreeSet::new();
    for glob in globs {
        pieces.extend(names(glob).into_iter().take(4));
        pieces.extend(glob.split(['*', '{', '}', '[', ']', ',', '!']).map(str::to_owned));
    }
    pieces.extend(["/", "a", "K", ".", "-", "_", "k", "\u{e9}", " "].map(str::to_owned));
    pieces.retain(|piece| !piece.is_empty());
    pieces.into_iter().collect()
}

/// pre-commit puts the names of files behind the arguments, with nothing between them.
#[test]
fn a_file_s_name_is_no_option() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = "kubernetes==11.0.0\n";
    let written = folder.path().join("written/setup.py");
    let names = [
        "app/requirements.txt".to_owned(),
        "--exclude=**/requirements.txt".into(),
        "--config=x/pyproject.toml".into(),
        "-x/setup.py".into(),
        format!("--report=csv={}", written.display()),
    ];
    for name in &names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder can be made");
        std::fs::write(path, if name.ends_with("requirements.txt") { old } else { "" }).expect("a file");
    }
    std::fs::create_dir_all(written.parent().expect("a folder above")).expect("a folder can be made");
    let scan = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
        command.args(["scan", "--force-exclude"]).args(arguments).args(&names).current_dir(folder.path());
        command.output().expect("the command runs")
    };
    let output = scan(&[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("app/requirements.txt:1:11"), "{text}");
    assert!(text.contains("--exclude=**/requirements.txt:1:11"), "{text}");
    assert!(!written.exists(), "a file of the repository decided what is written");
    assert_eq!(scan(&["--exclude=requirements.txt"]).status.code(), Some(0), "a user's own option stays one");
}
