//! What is written about the Action and around it: the published schema, the tables in `docs/action.md`, the examples, and that
//! nothing of others is used but by its commit.

use jsonschema::Draft;
use kubefloor::ecosystem::yaml;
use kubefloor::source::SourceText;
use serde_json::Value;

use super::runner::{action, root};
use super::yaml as typed;

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

fn workflows() -> Vec<String> {
    let folder = std::fs::read_dir(root().join(".github/workflows")).expect(".github/workflows").flatten();
    folder.map(|entry| format!(".github/workflows/{}", entry.file_name().to_string_lossy())).collect()
}

fn assert_valid(schema: &str, path: &str) {
    let schema: Value = serde_json::from_str(&text(schema)).expect("a schema");
    let validator = jsonschema::options().with_draft(Draft::Draft7).build(&schema).expect("a schema");
    let document = typed::read_typed(&root().join(path));
    let wrong: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error:.300}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{path}\n{}", wrong.join("\n"));
}

#[test]
fn the_action_and_the_workflows_fit_their_schemas() {
    assert_valid("tests/schemas/github-action.json", "action.yml");
    for workflow in workflows() {
        assert_valid("tests/schemas/github-workflow.json", &workflow);
    }
}

/// The table of inputs or outputs, in the order of `action.yml`.
fn table(part: &str) -> String {
    let source = SourceText::new(text("action.yml"));
    let document = yaml::read(&source, &mut Vec::new());
    let members = document.get(part).expect("the part is there").members();
    let (head, action) = (&part[..part.len() - 1], action());
    let mut lines = match part {
        "inputs" => vec![format!("| {head} | default | what it is |"), "|---|---|---|".to_owned()],
        _ => vec![format!("| {head} | what it is |"), "|---|---|".to_owned()],
    };
    for (name, _) in members {
        let own = &action[part][&name.text];
        let what = own["description"].as_str().expect("a description");
        let default = match own["default"].as_str() {
            None => String::new(),
            Some("") => " |".to_owned(),
            Some(default) => format!(" `{default}` |"),
        };
        lines.push(format!("| `{}` |{default} {what} |", name.text));
    }
    lines.join("\n") + "\n"
}

/// `UPDATE_FIXTURES=1` writes them.
#[test]
fn the_document_has_the_inputs_and_outputs_that_are_there() {
    let mut document = text("docs/action.md");
    let before = document.clone();
    for part in ["inputs", "outputs"] {
        let table = table(part);
        let head = table.lines().next().expect("a head");
        let start = document.find(head).unwrap_or_else(|| panic!("docs/action.md has a table {head}"));
        let end = document[start..].find("\n\n").map_or(document.len(), |end| start + end + 1);
        document.replace_range(start..end, &table);
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(root().join("docs/action.md"), document).expect("docs/action.md can be written");
    } else {
        assert_eq!(before, document, "docs/action.md says something else than action.yml");
    }
}

/// The lines that use an action, in a text with examples too.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: "))
}

#[test]
fn what_others_have_made_is_used_by_its_commit() {
    let mut pins = std::collections::BTreeMap::new();
    let mut paths = workflows();
    paths.extend(["action.yml", "README.md", "docs/action.md"].map(str::to_owned));
    for path in paths {
        for used in uses(&text(&path)) {
            // Our own: from here, or by the commit that the reader picks.
            if used.split(" #").next() == Some("./") || used.starts_with("OWNER/kubefloor@") {
                continue;
            }
            let (name, rest) = used.split_once('@').unwrap_or_else(|| panic!("{path} uses {used} without a commit"));
            let (commit, version) =
                rest.split_once(" # v").unwrap_or_else(|| panic!("{path} uses {used} without a version"));
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && version.starts_with(|c: char| c.is_ascii_digit()), "{path} uses {used}");
            let repository: Vec<&str> = name.split('/').take(2).collect();
            let known = pins.entry(repository.join("/")).or_insert_with(|| rest.to_owned());
            assert_eq!(known, rest, "{path} uses another commit of {name}");
        }
    }
    assert!(pins.len() > 2);
}

#[test]
fn workflows_may_do_no_more_than_they_must() {
    for path in workflows() {
        let workflow = typed::read(&root().join(&path));
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{path}: each job says what it may");
        for (name, job) in workflow["jobs"].as_object().expect("jobs") {
            assert!(job.get("permissions").is_some(), "{path}: {name}");
            assert!(job.get("timeout-minutes").is_some(), "{path}: {name} may take hours");
            for step in job["steps"].as_array().expect("steps") {
                let is_checkout = step["uses"].as_str().is_some_and(|used| used.starts_with("actions/checkout@"));
                assert!(
                    !is_checkout || step["with"]["persist-credentials"] == "false",
                    "{path}: {name} keeps its token"
                );
                let run = step["run"].as_str().unwrap_or_default();
                assert!(!run.contains("${{"), "{path}: {name} puts an expression into a command");
            }
        }
    }
}
