//! Tests about the code base itself: floors, tables, fixtures, and that the documents say what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kubefloor::ecosystem;
use kubefloor::model::{Ecosystem, Format};
use kubefloor::query::ENGINES;
use kubefloor::report::{Form, duration};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below `src`, by its path from there.
fn sources() -> BTreeMap<String, String> {
    let src = root().join("src");
    let files = walkdir::WalkDir::new(&src).into_iter().flatten();
    files
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|entry| {
            let path = entry.path().strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
            (path, std::fs::read_to_string(entry.path()).expect("a source file is readable"))
        })
        .collect()
}

/// The floor of a module path such as `ecosystem::pypi::version`; the map in `lib.rs` says the same.
fn floor(module: &str) -> usize {
    let parts: Vec<&str> = module.split("::").collect();
    match parts.as_slice() {
        ["source", ..] => 0,
        ["version" | "data", ..] | ["ecosystem", "number" | "prerelease" | "semantic"] => 1,
        ["ecosystem", _, "version" | "requirement", ..] => 1,
        ["model" | "purl", ..] => 2,
        ["ecosystem", _, "resolve", ..] | ["ecosystem"] => 4,
        ["ecosystem", ..] => 3,
        ["rules" | "judge" | "fix" | "config" | "owners" | "platform" | "audit" | "token" | "query", ..] => 5,
        ["report", ..] => 6,
        ["tree" | "walk" | "scan" | "logs", ..] => 7,
        ["cli" | "main", ..] => 8,
        other => panic!("{other:?} has no floor: give it one in tests/house.rs and in src/lib.rs"),
    }
}

/// The uses that are allowed to point upwards, with the reason.
const UPWARDS: &[(&str, &str, &str)] = &[
    ("ecosystem::*::requirement", "model", "the grammar a requirement is written in is a word of the model"),
    ("ecosystem::*::requirement::*", "model", "the versions it reads are an ecosystem's"),
    ("ecosystem::*::requirement::*", "ecosystem", "it reads the versions in it through the switchboard"),
    ("ecosystem::*::requirement", "ecosystem", "it reads the versions in it through the switchboard"),
    ("version", "ecosystem", "the orders of all ecosystems are the variants of one"),
];

#[test]
fn each_floor_uses_lower_ones_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if matches!(path.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let module = path.trim_end_matches(".rs").replace('/', "::");
        let own = floor(&module);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for used in used_modules(code) {
            let allowed = UPWARDS.iter().any(|(from, to, _)| matches(from, &module) && used.starts_with(to));
            if floor(&used) > own && !allowed {
                wrong.push(format!("src/{path} (floor {own}) uses {used} (floor {})", floor(&used)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn matches(pattern: &str, module: &str) -> bool {
    let (pattern, module): (Vec<_>, Vec<_>) = (pattern.split("::").collect(), module.split("::").collect());
    pattern.len() == module.len() && pattern.iter().zip(&module).all(|(a, b)| *a == "*" || a == b)
}

/// The modules that `use crate::…` lines name, as far as they are lower-case.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for rest in line.split("crate::").skip(1) {
            let path: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            let parts: Vec<&str> = path.split("::").take_while(|part| is_module(part)).collect();
            if !parts.is_empty() {
                used.insert(module_of(&parts));
            }
        }
    }
    used
}

fn is_module(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The longest beginning of a path that is a file or folder below `src`; the rest are functions.
fn module_of(parts: &[&str]) -> String {
    for length in (1..=parts.len()).rev() {
        let path = root().join("src").join(parts[..length].join("/"));
        if path.with_extension("rs").is_file() || path.is_dir() {
            return parts[..length].join("::");
        }
    }
    parts[0].to_owned()
}

#[test]
fn only_the_command_line_prints_and_only_scan_and_rules_open_files() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            let prints = ["println!", "eprintln!", "print!(", "dbg!("].iter().any(|word| line.contains(word));
            if prints && !path.starts_with("cli") && path != "main.rs" {
                wrong.push(format!("src/{path} prints: {line}"));
            }
            let opens = ["std::fs", "fs::", "File::open"].iter().any(|word| line.contains(word));
            let may = ["scan", "tree", "walk", "logs", "rules", "cli"].iter().any(|module| path.starts_with(module));
            if opens && !may {
                wrong.push(format!("src/{path} opens files: {line}"));
            }
            if line.contains("todo!(") || line.contains("unimplemented!(") {
                wrong.push(format!("src/{path} is unfinished: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reader_is_in_its_table_and_has_fixtures() {
    let mut wrong = Vec::new();
    let formats: Vec<&Format> = ecosystem::formats().collect();
    let ids: BTreeSet<&str> = formats.iter().map(|format| format.id).collect();
    if ids.len() != formats.len() {
        wrong.push("two formats have one id".to_owned());
    }
    let sources = sources();
    for format in &formats {
        let path = format!("ecosystem/{}/{}.rs", format.ecosystem.word(), format.id);
        if !sources.contains_key(&path) {
            wrong.push(format!("the reader of {} is not in src/{path}", format.id));
        }
        let cases = cases(&root().join("tests/formats").join(format.id));
        if cases.is_empty() {
            wrong.push(format!("{} has no fixture", format.id));
        }
        if !cases.iter().any(|case| case.starts_with("broken")) {
            wrong.push(format!("{} has no fixture `broken…`", format.id));
        }
    }
    for (path, text) in &sources {
        let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if text.contains("pub const FORMAT: Format") && !ids.contains(stem.as_str()) {
            wrong.push(format!("src/{path} is a reader that no table names"));
        }
    }
    for folder in folders(&root().join("tests/formats")) {
        if !ids.contains(folder.as_str()) {
            wrong.push(format!("tests/formats/{folder} belongs to no reader"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn cases(folder: &Path) -> Vec<String> {
    let files = entries(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "in"));
    files.map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

fn folders(folder: &Path) -> Vec<String> {
    let folders = entries(folder).into_iter().filter(|path| path.is_dir());
    folders.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

#[test]
fn every_ecosystem_with_readers_has_versions_from_its_own_tool() {
    for ecosystem in Ecosystem::ALL {
        if ecosystem::formats().any(|format| format.ecosystem == *ecosystem) {
            let path = root().join("tests/versions").join(format!("{ecosystem}-oracle.txt"));
            let lines = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
            assert!(lines > 20_000, "{} holds {lines} lines", path.display());
        }
    }
}

/// The table of formats in the README, which must be what this prints.
fn table() -> String {
    let mut lines = vec!["| ecosystem | format | files |".to_owned(), "|---|---|---|".to_owned()];
    for format in ecosystem::formats() {
        let globs: Vec<String> = format.globs.iter().map(|glob| format!("`{glob}`")).collect();
        lines.push(format!("| {} | {} | {} |", format.ecosystem, format.name, globs.join(" ")));
    }
    lines.join("\n") + "\n"
}

/// The table of the forms of output, likewise.
fn forms() -> String {
    let mut lines = vec!["| form | what it is |".to_owned(), "|---|---|".to_owned()];
    lines.extend(Form::ALL.iter().map(|form| format!("| `{}` | {} |", form.word(), form.what())));
    lines.join("\n") + "\n"
}

/// The tables of formats and forms and the run that the README shows; `UPDATE_FIXTURES=1` writes both.
#[test]
fn the_readme_says_what_the_code_does() {
    let path = root().join("README.md");
    let mut readme = std::fs::read_to_string(&path).expect("README.md").replace("\r\n", "\n");
    let before = readme.clone();
    for (head, table) in [("| ecosystem | format | files |", table()), ("| form | what it is |", forms())] {
        let start = readme.find(head).unwrap_or_else(|| panic!("README.md has a table {head}"));
        let end = start + readme[start..].find("\n\n").expect("a blank line ends the table") + 1;
        readme.replace_range(start..end, &table);
    }
    for (command, arguments) in RUNS {
        let start = readme.find(command).expect("README.md shows a run") + command.len();
        let end = start + readme[start..].find("```").expect("the run ends");
        readme.replace_range(start..end, &run_of_the_readme(arguments));
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(path, readme).expect("README.md can be written");
    } else {
        assert_eq!(before, readme, "README.md says something else than the code");
    }
}

/// The runs that the README shows: the line above each, and its arguments.
const RUNS: [(&str, &[&str]); 2] = [
    ("$ kubefloor scan shop\n", &["scan", "shop"]),
    ("$ kubefloor token token --now 2026-03-01T12:00:00Z\n", &["token", "-", "--now", "2026-03-01T12:00:00Z"]),
];

/// A run in the folder of the README's example, with a token of nobody as its input.
fn run_of_the_readme(arguments: &[&str]) -> String {
    let folder = root().join("tests/cmd/readme.in");
    let claims = r#"{"iss":"https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE","sub":"system:serviceaccount:shop:cart",
        "aud":["https://kubernetes.default.svc"],"iat":1772359200,"nbf":1772359200,"exp":1803895200,"kubernetes.io":{
        "namespace":"shop","serviceaccount":{"name":"cart"},"pod":{"name":"cart-7d9f6c5b8-x2x9z"},"warnafter":1772362807}}"#;
    let token =
        format!("{}.{}.not-a-signature", URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\"}"), URL_SAFE_NO_PAD.encode(claims));
    let mut input = tempfile::tempfile().expect("a file");
    input.write_all(token.as_bytes()).and_then(|()| input.rewind()).expect("its text");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    let run = command.args(arguments).current_dir(folder).stdin(input).output().expect("the command runs");
    String::from_utf8(run.stdout).expect("its output is text")
}

#[test]
fn no_document_names_a_place_of_one_machine() {
    let mut wrong = Vec::new();
    let files = walkdir::WalkDir::new(root()).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        !matches!(name.as_ref(), "target" | ".git")
    });
    for entry in files.flatten().filter(|entry| entry.file_type().is_file()) {
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        if entry.path().ends_with("house.rs") {
            continue;
        }
        for place in ["/work/", "/root/", "../shared", "/home/"] {
            if text.contains(place) {
                wrong.push(format!("{} names `{place}`", entry.path().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of the files in `tests/versions`, by kind.
fn lines_about_versions() -> String {
    let kinds: [(&str, &[&str]); 4] = [
        ("order", &["order"]),
        ("in, out", &["in", "out"]),
        ("sides", &["below", "above", "straddles"]),
        ("refused", &["refuse", "refuse-range"]),
    ];
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    let mut table =
        vec![format!("| file | {} | other | all |", names.join(" | ")), "|---|---|---|---|---|---|---|".into()];
    let mut sums = [0; 6];
    let files = entries(&root().join("tests/versions")).into_iter();
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    files.sort();
    for file in files {
        let mut counts = [0; 6];
        let text = std::fs::read_to_string(&file).expect("a file of lines");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let word = line.split('\t').next().unwrap_or_default();
            let kind = kinds.iter().position(|(_, words)| words.contains(&word)).unwrap_or(kinds.len());
            counts[kind] += 1;
            counts[5] += 1;
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        table.push(format!("| {stem} | {} |", counts.map(grouped).join(" | ")));
    }
    table.push(format!("| **all** | {} |", sums.map(grouped).join(" | ")));
    table.join("\n")
}

/// A number with a comma between thousands; nothing for none.
fn grouped(number: usize) -> String {
    match number {
        0 => String::new(),
        1..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

/// `UPDATE_FIXTURES=1` writes the table.
#[test]
fn the_document_on_versions_counts_the_lines_that_are_there() {
    const MARKS: [&str; 2] = ["<!-- table of lines -->\n", "\n<!-- end of table -->"];
    let path = root().join("docs/versions.md");
    let text = std::fs::read_to_string(&path).expect("docs/versions.md").replace("\r\n", "\n");
    let (head, rest) = text.split_once(MARKS[0]).expect("the table has a first mark");
    let (written, tail) = rest.split_once(MARKS[1].trim_start()).expect("the table has a last mark");
    let table = lines_about_versions();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let text = [head, MARKS[0], &table, MARKS[1], tail].concat();
        std::fs::write(path, text).expect("docs/versions.md can be written");
    } else {
        assert_eq!(written.trim_end(), table, "docs/versions.md has another table");
    }
}

#[test]
fn every_judge_is_described() {
    let described = std::fs::read_to_string(root().join("tests/oracles/README.md")).unwrap_or_default();
    let mut folders = folders(&root().join("tests/oracles"));
    folders.retain(|folder| !described.lines().any(|line| line == format!("## {folder}")));
    assert!(folders.is_empty(), "tests/oracles/README.md has no section on {folders:?}");
}

/// The engines there are queries for, with what their queries have gone through.
fn engines() -> String {
    let mut lines =
        vec!["| engine | for | query | tokens live for | options |".to_owned(), "|---|---|---|---|---|".into()];
    for engine in ENGINES {
        let life = duration::words(engine.usual_lifetime());
        let table = engine.table.map(|table| format!("`--table` {}", table.usual));
        let column = engine.column.map(|column| format!("`--column` {}", column.usual));
        let files = engine.files.map(|files| format!("`--files` {files}"));
        let options: Vec<String> = [table, column, files].into_iter().flatten().collect();
        let options = options.join(", ").replace('*', "\\*");
        lines.push(format!("| `{}` | {} | {} | {life} | {options} |", engine.id, engine.name, engine.proof.words()));
    }
    lines.join("\n") + "\n"
}

/// `UPDATE_FIXTURES=1` writes the table.
#[test]
fn the_document_on_queries_lists_the_engines() {
    const MARKS: [&str; 2] = ["<!-- table of engines -->\n", "<!-- end of table -->\n"];
    let path = root().join("docs/query.md");
    let text = std::fs::read_to_string(&path).expect("docs/query.md").replace("\r\n", "\n");
    let (head, rest) = text.split_once(MARKS[0]).expect("the table has a first mark");
    let (written, tail) = rest.split_once(MARKS[1]).expect("the table has a last mark");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let text = [head, MARKS[0], &engines(), MARKS[1], tail].concat();
        std::fs::write(path, text).expect("docs/query.md can be written");
    } else {
        assert_eq!(written, engines(), "docs/query.md has another table");
    }
}
