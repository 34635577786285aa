//! A runner of GitHub's, as far as `action.yml` needs one: it evaluates expressions, runs steps with bash in an environment of
//! their own, reads what they write to the files of outputs and of the summary, and the commands in their log.
//!
//! Steps that use other actions are not run but recorded. What the runner would drop without a word makes a run fail here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::expression::{fill, holds};
use super::yaml;

/// The programs that `action.sh` may need; those that are not here are not needed.
const TOOLS: &[&str] = &[
    "bash",
    "cat",
    "curl",
    "git",
    "gzip",
    "mkdir",
    "mktemp",
    "mv",
    "od",
    "rm",
    "sed",
    "sha256sum",
    "shasum",
    "tar",
    "tr",
];

/// How many annotations of a kind the runner keeps of one step; all steps of an action are one.
const MOST_ANNOTATIONS: usize = 10;

/// A run of the action that is to be.
pub(crate) struct Run {
    /// The workspace with the checkout.
    pub(crate) workspace: PathBuf,
    pub(crate) event: &'static str,
    pub(crate) payload: Value,
    inputs: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    /// Where the temporary files, the tool cache and the fake programs are.
    pub(crate) home: PathBuf,
    /// What everything is in, until the end.
    folder: tempfile::TempDir,
}

/// What a run has done.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) has_failed: bool,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    pub(crate) log: String,
    pub(crate) annotations: Vec<Annotation>,
    /// The actions that would have been used, what with, and whether their failure would have been passed over.
    pub(crate) uses: Vec<(String, BTreeMap<String, String>, bool)>,
}

/// An annotation as the runner reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) kind: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

impl Run {
    /// A run for a push, with a workspace of these files and no fake program but the one that is given as input `binary`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        let workspace = folder.path().join("workspace");
        for name in ["tools", "fakes", "temp", "cache"] {
            fs::create_dir_all(home.join(name)).expect("a folder");
        }
        fs::create_dir(&workspace).expect("a folder");
        for tool in TOOLS {
            if let Some(path) = find(tool) {
                std::os::unix::fs::symlink(path, home.join("tools").join(tool)).expect("a link");
            }
        }
        let mut run = Run {
            workspace,
            event: "push",
            payload: json!({}),
            inputs: BTreeMap::new(),
            environment: BTreeMap::new(),
            home,
            folder,
        };
        run.write(files);
        run.set("binary", env!("CARGO_BIN_EXE_kubefloor"));
        run
    }

    /// The folder around all that belongs to the run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes files into the workspace.
    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.workspace.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }

    /// Sets an input.
    pub(crate) fn set(&mut self, input: &str, value: &str) -> &mut Run {
        self.inputs.insert(input.to_owned(), value.to_owned());
        self
    }

    /// Sets a variable of the job.
    pub(crate) fn environment(&mut self, name: &str, value: &str) -> &mut Run {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts a program where it is found first.
    pub(crate) fn fake(&self, name: &str, script: &str) -> PathBuf {
        let path = self.home.join("fakes").join(name);
        program(&path, script);
        path
    }

    /// Runs the action.
    pub(crate) fn go(&self) -> Outcome {
        let action = action();
        let mut inputs = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("inputs") {
            inputs.insert(name.clone(), input["default"].as_str().expect("every input has a default").to_owned());
        }
        for (name, value) in &self.inputs {
            let old = inputs.insert(name.clone(), value.clone());
            assert!(old.is_some(), "the action has no input `{name}`");
        }
        let mut context = json!({
            "inputs": inputs,
            "steps": {},
            "github": {"event": self.payload, "action_repository": "acme/kubefloor", "token": "secret"},
        });
        let mut outcome = Outcome::default();
        assert_eq!(action["runs"]["using"], "composite");
        for step in action["runs"]["steps"].as_array().expect("steps") {
            known(step, &["id", "name", "if", "shell", "run", "env", "uses", "with", "continue-on-error"]);
            if step.get("if").is_none_or(|condition| holds(text(condition), &context, outcome.has_failed))
                && (step.get("if").is_some() || !outcome.has_failed)
            {
                self.step(step, &mut context, &mut outcome);
            }
        }
        for (name, output) in action["outputs"].as_object().expect("outputs") {
            outcome.outputs.insert(name.clone(), fill(text(&output["value"]), &context));
        }
        for kind in ["error", "warning", "notice"] {
            let own = usize::from(kind == "error" && outcome.has_failed);
            let count = outcome.annotations.iter().filter(|annotation| annotation.kind == kind).count() + own;
            assert!(count <= MOST_ANNOTATIONS, "the runner would drop some of {count} annotations of kind {kind}");
        }
        outcome
    }

    fn step(&self, step: &Value, context: &mut Value, outcome: &mut Outcome) {
        let filled = |key: &str| -> BTreeMap<String, String> {
            let values = step.get(key).and_then(Value::as_object).into_iter().flatten();
            values.map(|(name, value)| (name.clone(), fill(text(value), context))).collect()
        };
        if let Some(action) = step.get("uses") {
            let passes = step.get("continue-on-error").map(|value| fill(text(value), context));
            let passes = passes.is_some_and(|value| match value.as_str() {
                "true" => true,
                "false" => false,
                other => panic!("`continue-on-error` is a boolean, not `{other}`"),
            });
            outcome.uses.push((text(action).to_owned(), filled("with"), passes));
            return;
        }
        let run = text(&step["run"]);
        assert!(!run.contains("${{"), "`{run}` has an expression in it; pass it as a variable");
        let file = |name: &str| {
            let path = self.home.join("temp").join(format!("_{name}"));
            fs::write(&path, "").expect("a file");
            path
        };
        let (outputs, summary, script) = (file("outputs"), file("summary"), file("script.sh"));
        let event = file("event.json");
        fs::write(&script, run).expect("a file");
        fs::write(&event, self.payload.to_string()).expect("a file");
        let mut command = Command::new(find("bash").expect("bash is there"));
        assert_eq!(step["shell"], "bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script).current_dir(&self.workspace);
        let paths = [self.home.join("fakes"), self.home.join("tools")];
        command.env_clear().stdin(Stdio::null()).env("PATH", std::env::join_paths(paths).expect("a path"));
        let variables: [(&str, &Path); 8] = [
            ("HOME", &self.home),
            ("GITHUB_WORKSPACE", &self.workspace),
            ("GITHUB_ACTION_PATH", root()),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_OUTPUT", &outputs),
            ("GITHUB_STEP_SUMMARY", &summary),
            ("RUNNER_TEMP", &self.home.join("temp")),
            ("RUNNER_TOOL_CACHE", &self.home.join("cache")),
        ];
        command.envs(variables);
        command.envs([
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", self.event),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
        ]);
        command.envs(&self.environment).envs(filled("env"));
        let output = command.output().expect("bash runs");
        let log = String::from_utf8(output.stdout).expect("text") + &String::from_utf8(output.stderr).expect("text");
        outcome.annotations.extend(annotations(&log));
        outcome.log.push_str(&log);
        outcome.summary.push_str(&fs::read_to_string(&summary).expect("a summary"));
        outcome.has_failed |= !output.status.success();
        if let Some(id) = step.get("id") {
            let outputs = outputs_of(&fs::read_to_string(&outputs).expect("outputs"));
            context["steps"][text(id)] = json!({"outputs": outputs});
        }
    }
}

impl Outcome {
    /// The annotations of a kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Annotation> {
        self.annotations.iter().filter(|annotation| annotation.kind == kind).collect()
    }

    /// The places of the errors, `path:line`.
    pub(crate) fn errors_at(&self) -> Vec<String> {
        let properties = self.of("error").into_iter().map(|annotation| &annotation.properties);
        properties
            .filter(|all| all.contains_key("file"))
            .map(|all| format!("{}:{}", all["file"], all["line"]))
            .collect()
    }
}

/// `action.yml`; only the keys that are known here.
pub(crate) fn action() -> Value {
    let action = yaml::read(&root().join("action.yml"));
    known(&action, &["name", "description", "author", "branding", "inputs", "outputs", "runs"]);
    action
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where a program is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Writes a program.
pub(crate) fn program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    // The shell of the run's own path: nothing is known of where this machine has one.
    let bash = find("bash").expect("bash is there");
    fs::write(path, format!("#!{}\n{script}\n", bash.display())).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

fn known(value: &Value, keys: &[&str]) {
    for key in value.as_object().expect("a mapping").keys() {
        assert!(keys.contains(&key.as_str()), "`{key}` is not known here");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The outputs in a file: `name=value`, or `name<<end` with lines up to `end`.
fn outputs_of(file: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        if let Some(at) = heredoc.filter(|at| equals.is_none_or(|equals| *at < equals)) {
            let end = &line[at + 2..];
            let mut value = Vec::new();
            loop {
                let line = lines.next().expect("an output of several lines has an end");
                if line == end {
                    break;
                }
                value.push(line);
            }
            outputs.insert(line[..at].to_owned(), value.join("\n"));
        } else if !line.is_empty() {
            let (name, value) = line.split_once('=').expect("an output is `name=value`");
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}

/// The annotations that the runner would make of a log. A command begins a line, behind white space; the old form stands
/// anywhere. Between `::stop-commands::word` and `::word::` there is none.
fn annotations(log: &str) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.lines() {
        if let Some(word) = &stopped {
            assert!(word.len() > 6, "a word as short is not masked");
            if line.trim() == format!("::{word}::") {
                stopped = None;
            }
            continue;
        }
        let old = line.find("##[").map(|at| &line[at..]);
        assert!(old.is_none(), "a command of the old form: {old:?}");
        let Some((command, message)) = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"))
        else {
            continue;
        };
        let (kind, properties) = command.split_once(' ').unwrap_or((command, ""));
        match kind {
            "stop-commands" => stopped = Some(message.to_owned()),
            "group" | "endgroup" => {}
            "error" | "warning" | "notice" => {
                let properties = properties.split(',').filter_map(|property| property.split_once('='));
                let properties =
                    properties.map(|(name, value)| (name.trim().to_owned(), unescaped(value, true))).collect();
                let message = unescaped(message, false);
                annotations.push(Annotation { kind: kind.to_owned(), properties, message });
            }
            other => panic!("the command `{other}` is not known here"),
        }
    }
    assert!(stopped.is_none(), "commands are stopped for good");
    annotations
}

fn unescaped(text: &str, is_property: bool) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    let text = if is_property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
    text.replace("%25", "%")
}
