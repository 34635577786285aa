//! The Action without GitHub: `action.yml` is read, its steps are run as a runner would, and what they leave is held against
//! what they must: outputs, summary, annotations and the end of the job. A program that is downloaded comes from this machine.
#![cfg(unix)]

#[path = "action/expression.rs"]
mod expression;
#[path = "action/git.rs"]
mod git;
#[path = "action/install.rs"]
mod install;
#[path = "action/runner.rs"]
mod runner;
#[path = "action/server.rs"]
mod server;
#[path = "action/text.rs"]
mod text;
#[path = "action/yaml.rs"]
mod yaml;

use std::fs;
use std::path::Path;

use runner::{Outcome, Run, program};
use serde_json::{Value, json};

/// Reads its token again.
const GOOD: &str = "module a\n\ngo 1.22\n\nrequire k8s.io/client-go v0.30.0\n";
/// Does not.
const OLD: &str = "module a\n\ngo 1.16\n\nrequire k8s.io/client-go v11.0.0+incompatible\n";
/// Neither is sure.
const MAYBE: &str = "kubernetes>=11.0\n";

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&fs::read_to_string(&outcome.outputs["json"]).expect("a report")).expect("JSON")
}

#[test]
fn without_findings_the_job_goes_on() {
    let outcome = Run::new(&[("go.mod", GOOD)]).go();
    assert!(!outcome.has_failed, "{outcome:?}");
    assert_eq!((outcome.outputs["exit-code"].as_str(), outcome.outputs["incompatible"].as_str()), ("0", "0"));
    assert_eq!(outcome.annotations, []);
    assert!(outcome.summary.contains("1 compatible in 1 manifest"), "{}", outcome.summary);
    assert_eq!(outcome.uses, []);
}

#[test]
fn findings_are_annotated_summed_up_and_fail_the_job() {
    let run = Run::new(&[("a/go.mod", OLD), ("b/requirements.txt", MAYBE)]);
    let outcome = run.go();
    assert!(outcome.has_failed);
    assert_eq!((outcome.outputs["exit-code"].as_str(), outcome.outputs["incompatible"].as_str()), ("1", "1"));
    assert_eq!(outcome.errors_at(), ["a/go.mod:5"]);
    assert_eq!(outcome.of("warning").len(), 1, "{outcome:?}");
    assert!(outcome.summary.contains("a/go.mod:5") && outcome.summary.contains("b/requirements.txt:1"));
    assert!(outcome.log.contains("1 incompatible, 1 to check in 2 manifests of 2 files"), "{}", outcome.log);
    assert_eq!(json_of(&outcome)["summary"]["incompatible"], 1);
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(&outcome.outputs["sarif"]).expect("a report")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn the_program_runs_once_for_all_reports() {
    let mut run = Run::new(&[("go.mod", OLD)]);
    let log = run.folder().join("calls");
    let script = format!("echo \"$1\" >> '{}'\nexec '{}' \"$@\"", log.display(), env!("CARGO_BIN_EXE_kubefloor"));
    let wrapper = run.folder().join("bin/kubefloor");
    program(&wrapper, &script);
    run.set("binary", &wrapper.display().to_string());
    assert!(run.go().has_failed);
    assert_eq!(fs::read_to_string(log).expect("it was called"), "--version\nscan\n");
}

#[test]
fn what_fails_the_job_can_be_said() {
    let mut run = Run::new(&[("go.mod", OLD), ("requirements.txt", MAYBE)]);
    assert!(!run.set("fail-on", "never").go().has_failed);
    run.write(&[("go.mod", GOOD)]);
    assert!(!run.set("fail-on", "incompatible").go().has_failed);
    assert!(run.set("fail-on", "maybe").go().has_failed);
    let outcome = run.set("min-severity", "error").go();
    assert!(!outcome.has_failed);
    assert_eq!(outcome.annotations, []);
}

#[test]
fn annotations_and_summary_can_be_left_out() {
    let outcome = Run::new(&[("go.mod", OLD)]).set("annotations", "false").set("summary", "false").go();
    assert!(outcome.has_failed);
    assert_eq!((outcome.annotations.len(), outcome.summary.as_str()), (0, ""));
}

#[test]
fn sarif_is_uploaded_when_asked_before_the_job_fails() {
    let outcome = Run::new(&[("go.mod", OLD)]).set("upload-sarif", "true").go();
    assert!(outcome.has_failed);
    let [(action, with, passes)] = outcome.uses.as_slice() else { panic!("{:?}", outcome.uses) };
    assert!(action.starts_with("github/codeql-action/upload-sarif@"));
    assert_eq!(with["sarif_file"], outcome.outputs["sarif"]);
    assert!(!passes, "an upload of our own must not fail unseen");
}

#[test]
fn an_upload_of_a_fork_s_pull_request_may_fail() {
    for (repository, author, may_fail) in
        [("acme/shop", "a", false), ("mallory/shop", "mallory", true), ("acme/shop", "dependabot[bot]", true)]
    {
        let mut run = Run::new(&[("go.mod", GOOD)]);
        run.event = "pull_request";
        run.payload = json!({"pull_request": {
            "base": {"sha": "0".repeat(40)},
            "head": {"sha": "1".repeat(40), "repo": {"full_name": repository}},
            "user": {"login": author},
        }});
        let outcome = run.set("upload-sarif", "true").go();
        assert_eq!(outcome.uses[0].2, may_fail, "{repository} {author}");
        assert!(!outcome.has_failed);
    }
}

#[test]
fn what_cannot_be_done_fails_the_job() {
    for (input, value) in [
        ("paths", "nowhere"),
        ("fail-on", "sometimes"),
        ("min-severity", "grave"),
        ("mode", "old"),
        ("annotations", "yes"),
        ("summary", ""),
        ("upload-sarif", "1"),
        ("working-directory", "nowhere"),
    ] {
        let outcome = Run::new(&[("go.mod", GOOD)]).set("upload-sarif", "true").set(input, value).go();
        assert!(outcome.has_failed, "{input}: {}", outcome.log);
        assert_eq!(outcome.of("error").len(), 1, "{input}: {}", outcome.log);
        assert_eq!((outcome.outputs["sarif"].as_str(), outcome.outputs["incompatible"].as_str()), ("", ""));
        assert!(matches!(outcome.outputs["exit-code"].as_str(), "2" | ""), "{outcome:?}");
        assert_eq!(outcome.uses, []);
    }
}

#[test]
fn paths_are_lines_and_count_from_the_working_directory() {
    let mut run = Run::new(&[("x/a b/go.mod", OLD), ("x/c/go.mod", OLD), ("x/d/go.mod", OLD)]);
    let outcome = run.set("working-directory", "x").set("paths", "a b\r\n\n  d\nd\n").go();
    // A blank in front belongs to a path, and there is no such path.
    assert_eq!(outcome.outputs["exit-code"], "2");
    let outcome = run.set("paths", "a b\r\n\nd\n").go();
    assert_eq!(outcome.outputs["incompatible"], "2");
}

#[test]
fn inputs_are_no_commands_and_no_options() {
    let evil = [
        "$(touch made) `touch made` ; touch made # \"; touch made; \" '; touch made; '",
        "--help",
        "a\n--help\n%0A::x",
    ];
    for text in evil {
        for input in
            ["paths", "fail-on", "min-severity", "base", "mode", "working-directory", "binary", "verify-attestation"]
        {
            let mut run = Run::new(&[("go.mod", OLD)]);
            let outcome = run.set(input, text).go();
            assert!(outcome.has_failed, "{input} {text}");
            assert!(!run.workspace.join("made").exists(), "{input} ran {text}");
            assert!(!outcome.log.contains("Examples:"), "{input} {text}: {}", outcome.log);
        }
    }
}

#[test]
fn names_of_files_come_through() {
    let names = ["a b", "a,b:c", "a%2Cb", "größe 🦀", "a;b&c", "it's", "##[error]x"];
    for name in names {
        let run = Run::new(&[(&format!("{name}/go.mod"), OLD)]);
        let outcome = run.go();
        let shown = if name.starts_with('#') { "#\\u{23}[error]x" } else { name };
        assert_eq!(outcome.errors_at(), [format!("{shown}/go.mod:5")]);
        assert_eq!(json_of(&outcome)["findings"][0]["path"], format!("{name}/go.mod"));
    }
}

#[test]
fn a_hostile_manifest_forges_nothing() {
    let text = "module a\n\ngo 1.16\n\nrequire k8s.io/client-go v11.0.0+incompatible // ##[set-output name=incompatible]0\n\
                ::error::forged\n  ::set-output name=exit-code::0\n##[add-mask]go\n::add-matcher::x\n";
    let outcome =
        Run::new(&[("go.mod", text), ("b/requirements.txt", "kubernetes==1.0 # ##[error]x\n::error::forged\n")]).go();
    assert_eq!(outcome.outputs["incompatible"], "2");
    assert!(outcome.annotations.iter().all(|annotation| annotation.message != "forged"), "{outcome:?}");
    assert!(!outcome.summary.lines().any(|line| line.starts_with("::")));
}

#[test]
fn many_findings_stay_below_what_the_runner_keeps() {
    let mut run = Run::new(&[]);
    for number in 0..40 {
        run.write(&[(&format!("{number:02}/go.mod"), OLD), (&format!("{number:02}/requirements.txt"), MAYBE)]);
    }
    let outcome = run.go();
    assert_eq!(outcome.outputs["incompatible"], "40");
    assert_eq!((outcome.of("error").len(), outcome.of("warning").len()), (9, 10));
    assert!(outcome.of("notice")[0].message.contains("31 errors"), "{outcome:?}");
    for number in 0..40 {
        assert!(outcome.summary.contains(&format!("{number:02}/go.mod:5")), "the summary has all");
    }
    run.set("mode", "all");
    assert!(run.go().has_failed);
}

#[test]
fn two_uses_in_one_job_keep_their_reports() {
    let run = Run::new(&[("go.mod", OLD)]);
    let first = run.go();
    let second = run.go();
    assert_ne!(first.outputs["json"], second.outputs["json"]);
    assert!(Path::new(&first.outputs["json"]).is_file());
}

#[test]
fn reports_lie_outside_of_the_repository() {
    let run = Run::new(&[("go.mod", OLD)]);
    let outcome = run.go();
    assert!(!Path::new(&outcome.outputs["json"]).starts_with(&run.workspace));
    let left: Vec<_> = fs::read_dir(&run.workspace).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
