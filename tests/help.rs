//! What the program says of itself: examples that are what it takes, completions and pages of each subcommand, schemas.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use kubefloor::cli;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn kubefloor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    command.args(arguments).stdin(Stdio::null()).output().expect("the command runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = kubefloor(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// The command as it is built for help, with subcommands that know their whole name.
fn built() -> clap::Command {
    let mut command = cli::command().disable_help_subcommand(true);
    command.build();
    command
}

fn names() -> Vec<String> {
    built().get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect()
}

/// The lines below `Examples:`.
fn examples(command: &clap::Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The runs of kubefloor in a line of a shell, as arguments; a comment stands behind two blanks.
fn runs(line: &str) -> Vec<Vec<String>> {
    let line = line.trim_start().trim_start_matches("$ ");
    let line = line.split("  ").next().unwrap_or_default();
    let (mut runs, mut words, mut word, mut quote) = (Vec::new(), Vec::new(), None::<String>, None);
    let mut ends = |words: &mut Vec<String>| {
        if words.first().is_some_and(|first| first == "kubefloor") {
            runs.push(std::mem::take(words));
        }
        words.clear();
    };
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '>' | '<' | ';' | '&') => {
                words.extend(word.take());
                ends(&mut words);
            }
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word.take());
    ends(&mut words);
    runs
}

#[test]
fn a_line_of_a_shell_is_taken_apart() {
    let found = runs("  a 'b c' | kubefloor x \"y z\" '' > f && kubefloor scan      what it does | does");
    let expected: [&[&str]; 2] = [&["kubefloor", "x", "y z", ""], &["kubefloor", "scan"]];
    assert_eq!(found, expected);
}

#[test]
fn every_command_has_examples_and_they_are_what_it_takes() {
    let mut wrong = Vec::new();
    let command = built();
    for described in command.get_subcommands().chain([&command]) {
        let name = described.get_name();
        let lines = examples(described);
        let runs: Vec<Vec<String>> = lines.iter().flat_map(|line| runs(line)).collect();
        if !runs.iter().any(|run| name == "kubefloor" || run.get(1).is_some_and(|first| first == name)) {
            wrong.push(format!("the help of `{name}` has no example of it"));
        }
        for run in runs {
            if let Err(error) = built().try_get_matches_from(&run) {
                wrong.push(format!("the help of `{name}` shows `{}`: {error}", run.join(" ")));
            }
        }
        if let Some(line) = lines.iter().find(|line| line.chars().count() > 100) {
            wrong.push(format!("an example of `{name}` is wider than its help: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Commands that need no files are run as well.
#[test]
fn examples_that_need_nothing_run() {
    let command = built();
    for name in ["rules", "explain", "schema", "completions", "man"] {
        let described = command.find_subcommand(name).expect("a subcommand");
        for run in examples(described).iter().flat_map(|line| runs(line)) {
            if run.iter().any(|argument| matches!(argument.as_str(), "--rules" | "--into")) {
                continue;
            }
            let arguments: Vec<&str> = run.iter().skip(1).map(String::as_str).collect();
            assert!(!printed(&arguments).is_empty(), "{run:?} prints nothing");
        }
    }
}

#[test]
fn what_is_known_of_a_client_leads_to_the_story_of_its_rule() {
    let client = printed(&["explain", "k8s.io/client-go"]);
    let rule = "bound-service-account-token";
    assert!(client.contains(&format!("more: kubefloor explain {rule}\n")), "{client}");
    let story = printed(&["explain", rule]);
    for part in ["What happens", "How long", "90 days", "How to see it", "What helps", "https://"] {
        assert!(story.contains(part), "the story has no `{part}`");
    }
    assert_eq!(story, printed(&["explain"]));
}

#[test]
fn the_documents_show_what_the_program_takes() {
    let mut wrong = Vec::new();
    let documents = ["README.md", "CONTRIBUTING.md", "rules/README.md"].map(|path| root().join(path));
    for document in documents.into_iter().chain(files(&root().join("docs"))) {
        let text = std::fs::read_to_string(&document).expect("a document");
        let mut fence = false;
        for line in text.lines() {
            if line.starts_with("```") {
                fence = !fence;
            }
            let spans = line.split('`').skip(1).step_by(2).filter(|_| !fence);
            // A pattern of arguments is no command.
            let spans = spans.filter(|span| span.starts_with("kubefloor ") && !span.contains(['[', '…']));
            let shown = line.starts_with("$ kubefloor ").then_some(line).filter(|_| fence);
            for run in spans.chain(shown).flat_map(runs) {
                let placeholder = run.iter().any(|word| !word.is_empty() && word.chars().all(char::is_uppercase));
                if !placeholder && let Err(error) = built().try_get_matches_from(&run) {
                    // That a page is asked for is no mistake.
                    if error.use_stderr() {
                        wrong.push(format!("{} shows `{}`: {error}", document.display(), run.join(" ")));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn completions_know_every_subcommand() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        for name in names() {
            assert!(script.contains(&name), "{shell} does not complete `{name}`");
        }
    }
}

/// What bash makes of the script; left out where there is no bash.
#[test]
fn bash_completes() {
    let script = "source /dev/stdin; COMP_WORDS=(kubefloor scan --fail); COMP_CWORD=2; \
                  _kubefloor kubefloor --fail scan; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("completions");
    std::fs::write(&path, printed(&["completions", "bash"])).expect("it can be written");
    let script = script.replace("/dev/stdin", &path.to_string_lossy().replace('\\', "/"));
    let Ok(output) = Command::new("bash").args(["--noprofile", "--norc", "-c", &script]).output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "--fail-on\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_subcommand_has_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    printed(&["man", "--into", &folder.path().to_string_lossy()]);
    let written: BTreeSet<String> =
        files(folder.path()).iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into()).collect();
    let mut expected: BTreeSet<String> = names().iter().map(|name| format!("kubefloor-{name}.1")).collect();
    expected.insert("kubefloor.1".to_owned());
    assert_eq!(written, expected);
    for path in files(folder.path()) {
        let page = std::fs::read_to_string(&path).expect("a page");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXAMPLES", ".SH \"EXIT STATUS\""] {
            assert!(page.lines().any(|line| line == section), "{} has no {section}", path.display());
        }
        assert!(page.contains("\n.nf\n") && page.contains("\n.fi"), "lines stay lines");
    }
    let one = std::fs::read_to_string(folder.path().join("kubefloor-scan.1")).expect("a page");
    assert_eq!(one, printed(&["man", "scan"]));
    let whole = printed(&["man"]);
    for name in names() {
        assert!(whole.contains(&format!("kubefloor\\-{name}(1)")), "the page of the whole does not lead to {name}");
    }
}

#[test]
fn every_schema_of_the_repository_is_printed() {
    let files = files(&root().join("schema"));
    assert!(!files.is_empty());
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = file.strip_suffix(".schema.json").unwrap_or_else(|| panic!("{file} is no schema"));
        let text = std::fs::read_to_string(&path).expect("a schema");
        assert_eq!(
            printed(&["schema", name]),
            text,
            "`kubefloor schema {name}` prints something else than schema/{file}"
        );
    }
}
