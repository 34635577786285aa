//! What is new: which revision is compared with in which event and which kind of clone. Nothing runs here without git.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::runner::{Outcome, Run, find};
use super::{GOOD, OLD};

/// A repository as GitHub has it, and what it says of a pull request.
struct Upstream {
    folder: tempfile::TempDir,
    /// Where the pull request has left the base.
    parted: String,
    /// The base as it is when the event happens.
    base: String,
    /// The last commit of the pull request.
    head: String,
    /// GitHub's merge of both.
    merge: String,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    ]);
    command
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn commit(folder: &Path, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        std::fs::create_dir_all(folder.join(path).parent().expect("a folder")).expect("a folder");
        std::fs::write(folder.join(path), text).expect("a file");
    }
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    git(folder, &["rev-parse", "HEAD"])
}

/// An old client has always been there; the base gets another one after the pull request left it, and the pull request adds
/// these files.
fn upstream(added: &[(&str, &str)]) -> Upstream {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    git(path, &["init", "--quiet"]);
    git(path, &["config", "uploadpack.allowFilter", "true"]);
    git(path, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    commit(path, &[("old/go.mod", OLD)]);
    let parted = commit(path, &[("readme", "x")]);
    git(path, &["checkout", "--quiet", "-b", "change"]);
    commit(path, added);
    let head = commit(path, &[("other", "x")]);
    git(path, &["checkout", "--quiet", "main"]);
    let base = commit(path, &[("theirs/go.mod", OLD)]);
    git(path, &["checkout", "--quiet", "--detach"]);
    git(path, &["merge", "--quiet", "--no-edit", "change"]);
    let merge = git(path, &["rev-parse", "HEAD"]);
    git(path, &["update-ref", "refs/pull/1/merge", &merge]);
    git(path, &["checkout", "--quiet", "main"]);
    Upstream { folder, parted, base, head, merge }
}

/// Checks a commit out as `actions/checkout` does.
fn checkout(run: &Run, upstream: &Upstream, commit: &str, how: &[&str]) {
    git(&run.workspace, &["init", "--quiet"]);
    git(&run.workspace, &["remote", "add", "origin", &format!("file://{}", upstream.folder.path().display())]);
    let fetch = [&["fetch", "--quiet", "--no-tags"], how, &["origin", commit]].concat();
    git(&run.workspace, &fetch);
    git(&run.workspace, &["checkout", "--quiet", "--detach", commit]);
}

fn pull_request(upstream: &Upstream) -> Value {
    json!({"pull_request": {
        "base": {"sha": upstream.base},
        "head": {"sha": upstream.head, "repo": {"full_name": "mallory/shop"}},
        "user": {"login": "mallory"},
    }})
}

const ADDED: &[(&str, &str)] = &[("new/go.mod", OLD)];

fn assert_only_new(outcome: &Outcome) {
    assert!(outcome.has_failed, "{}", outcome.log);
    assert_eq!(outcome.errors_at(), ["new/go.mod:5"], "{}", outcome.log);
    assert_ne!(outcome.outputs["incompatible"], "1", "the report has all");
}

fn assert_everything(outcome: &Outcome) {
    assert!(outcome.has_failed, "{}", outcome.log);
    assert!(outcome.errors_at().contains(&"old/go.mod:5".to_owned()), "{}", outcome.log);
}

/// The ways in which a pull request's merge is checked out.
const DEPTHS: &[&[&str]] =
    &[&["--depth=1"], &["--depth=2"], &[], &["--filter=blob:none"], &["--depth=1", "--filter=blob:none"]];

#[test]
fn a_pull_request_is_judged_by_what_it_adds() {
    if find("git").is_none() {
        return;
    }
    let upstream = upstream(ADDED);
    for how in DEPTHS {
        let mut run = Run::new(&[]);
        checkout(&run, &upstream, &upstream.merge, how);
        run.event = "pull_request";
        run.payload = pull_request(&upstream);
        assert_only_new(&run.go());
    }
}

/// Files that are committed can be those of a bare repository, whose settings name a program.
#[test]
fn settings_that_came_with_a_commit_run_nothing() {
    if find("git").is_none() {
        return;
    }
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mark = elsewhere.path().join("ran");
    let settings = format!(
        "[core]\nrepositoryformatversion = 1\nbare = true\nsshCommand = \": > {}; false\"\n[extensions]\n\
         partialClone = origin\n[remote \"origin\"]\nurl = ssh://x/y\npromisor = true\npartialclonefilter = blob:none\n",
        mark.display()
    );
    let upstream = upstream(&[
        ("svc/go.mod", OLD),
        ("svc/HEAD", "1111111111111111111111111111111111111111\n"),
        ("svc/config", &settings),
        ("svc/objects/k", "k"),
        ("svc/refs/k", "k"),
    ]);
    let mut run = Run::new(&[]);
    checkout(&run, &upstream, &upstream.merge, &["--depth=2"]);
    run.event = "pull_request";
    run.payload = pull_request(&upstream);
    let outcome = run.set("working-directory", "svc").go();
    assert!(!mark.exists(), "a program of the pull request ran: {}", outcome.log);
    assert!(outcome.has_failed, "what is new there counts: {}", outcome.log);
}

#[test]
fn a_pull_request_that_adds_nothing_passes() {
    if find("git").is_none() {
        return;
    }
    let upstream = upstream(&[("new/go.mod", GOOD)]);
    let mut run = Run::new(&[]);
    checkout(&run, &upstream, &upstream.merge, &["--depth=1"]);
    run.event = "pull_request";
    run.payload = pull_request(&upstream);
    let outcome = run.go();
    assert!(!outcome.has_failed, "{}", outcome.log);
    assert_eq!((outcome.outputs["exit-code"].as_str(), outcome.outputs["incompatible"].as_str()), ("0", "2"));
    assert_eq!(outcome.annotations, []);
    assert!(outcome.summary.contains("old/go.mod:5"), "the summary has all");
    assert_everything(&run.set("mode", "all").go());
}

#[test]
fn a_pull_request_s_own_head_is_compared_with_where_it_left_the_base() {
    if find("git").is_none() {
        return;
    }
    let upstream = upstream(ADDED);
    for how in DEPTHS {
        let mut run = Run::new(&[]);
        checkout(&run, &upstream, &upstream.head, how);
        run.event = "pull_request";
        run.payload = pull_request(&upstream);
        let outcome = run.go();
        assert_only_new(&outcome);
        assert!(outcome.summary.contains(&upstream.parted[..7]), "{}", outcome.summary);
    }
}

#[test]
fn a_base_that_cannot_be_got_fails_closed() {
    if find("git").is_none() {
        return;
    }
    for commit in ["merge", "head"] {
        let mut run = Run::new(&[]);
        let upstream = upstream(&[("readme", "y")]);
        let commit = if commit == "merge" { &upstream.merge } else { &upstream.head };
        checkout(&run, &upstream, commit, &["--depth=1"]);
        std::fs::remove_dir_all(upstream.folder.path()).expect("the repository");
        run.event = "pull_request";
        run.payload = pull_request(&upstream);
        let outcome = run.go();
        assert_everything(&outcome);
        assert!(outcome.log.contains("git fetch"), "{}", outcome.log);
    }
}

#[test]
fn what_is_not_the_event_s_is_judged_whole() {
    if find("git").is_none() {
        return;
    }
    // As `pull_request_target` does by default: compared with itself the base would have nothing new.
    let mut run = Run::new(&[]);
    let up = upstream(ADDED);
    checkout(&run, &up, &up.base, &["--depth=1"]);
    run.event = "pull_request_target";
    run.payload = pull_request(&up);
    assert_everything(&run.go());
    run.event = "merge_group";
    run.payload = json!({"merge_group": {"base_sha": up.base, "head_sha": up.merge}});
    assert_everything(&run.go());
    // Nor is there a comparison where there is no git.
    let mut run = Run::new(&[("old/go.mod", OLD)]);
    run.event = "pull_request";
    run.payload = pull_request(&up);
    assert_everything(&run.go());
    std::fs::remove_file(run.home.join("tools/git")).expect("the link");
    assert_everything(&run.go());
}

#[test]
fn a_merge_group_is_compared_with_its_base() {
    if find("git").is_none() {
        return;
    }
    let upstream = upstream(ADDED);
    for how in [DEPTHS[0], DEPTHS[2]] {
        let mut run = Run::new(&[]);
        checkout(&run, &upstream, &upstream.merge, how);
        run.event = "merge_group";
        run.payload = json!({"merge_group": {"base_sha": upstream.base, "head_sha": upstream.merge}});
        assert_only_new(&run.go());
    }
}

#[test]
fn a_push_is_judged_whole_unless_a_base_is_named() {
    if find("git").is_none() {
        return;
    }
    let mut run = Run::new(&[]);
    let upstream = upstream(ADDED);
    checkout(&run, &upstream, &upstream.merge, &["--depth=1"]);
    assert_everything(&run.go());
    run.set("base", &upstream.base);
    assert_only_new(&run.go());
    run.set("mode", "all");
    assert_everything(&run.go());
}

#[test]
fn a_whole_clone_stays_one() {
    if find("git").is_none() {
        return;
    }
    let mut run = Run::new(&[]);
    let upstream = upstream(ADDED);
    checkout(&run, &upstream, &upstream.merge, &[]);
    let later = commit(upstream.folder.path(), &[("later", "x")]);
    run.set("base", &later);
    run.go();
    assert_eq!(git(&run.workspace, &["rev-parse", "--is-shallow-repository"]), "false");
}
