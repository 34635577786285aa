//! Where the program comes from: an input, the tool cache, a release, the action's own sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::GOOD;
use super::runner::{Outcome, Run, find, program};
use super::server::{CURL, Server};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = "x86_64-unknown-linux-musl";

/// A run without input `binary`, with `curl` in any case.
fn run() -> Run {
    let mut run = Run::new(&[("go.mod", GOOD)]);
    run.set("binary", "");
    if find("curl").is_none() {
        run.fake("curl", CURL);
    }
    run
}

/// A program that is as good as ours, and small.
fn stand_in(path: &Path) {
    program(path, &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_kubefloor")));
}

fn archive_name() -> String {
    format!("kubefloor-v{VERSION}-{TARGET}.tar.gz")
}

/// The files of a release, by path; the sum is that of the archive if no other is given.
fn release(folder: &Path, sum: Option<&str>) -> BTreeMap<String, Vec<u8>> {
    let name = archive_name();
    stand_in(&folder.join("kubefloor"));
    let packed = Command::new("tar").args(["-czf", &name, "kubefloor"]).current_dir(folder).status();
    assert!(packed.expect("tar runs").success());
    let summed = match find("sha256sum") {
        Some(program) => Command::new(program).arg(&name).current_dir(folder).output(),
        None => Command::new("shasum").args(["-a", "256", &name]).current_dir(folder).output(),
    };
    let own = String::from_utf8(summed.expect("a sum").stdout).expect("text");
    let own = own.split(' ').next().expect("a sum");
    let sums = format!("{}  other.tar.gz\n{}  {name}\n", "0".repeat(64), sum.unwrap_or(own));
    let path = |file: &str| format!("/releases/v{VERSION}/{file}");
    let archive = fs::read(folder.join(&name)).expect("the archive");
    BTreeMap::from([(path("SHA256SUMS"), sums.into_bytes()), (path(&name), archive)])
}

/// What stands for cargo: it builds the stand-in.
fn with_cargo(run: &Run) {
    let built = run.folder().join("stand-in");
    stand_in(&built);
    let script = format!(
        "echo \"${{GH_TOKEN-}}$PWD $*\" >> '{}'\n\
         while [ $# -gt 0 ]; do if [ \"$1\" = --root ]; then root=$2; fi; shift; done\n\
         mkdir -p \"$root/bin\"\ncat '{}' > \"$root/bin/kubefloor.new\"\nmv \"$root/bin/kubefloor.new\" \"$root/bin/kubefloor\"\n\
         '{}' 755 \"$root/bin/kubefloor\"",
        run.folder().join("cargo.log").display(),
        built.display(),
        find("chmod").expect("chmod is there").display(),
    );
    run.fake("cargo", &script);
}

fn cargo_log(run: &Run) -> String {
    fs::read_to_string(run.folder().join("cargo.log")).unwrap_or_default()
}

fn assert_ran(outcome: &Outcome) {
    assert!(!outcome.has_failed, "{}", outcome.log);
    assert_eq!(outcome.outputs["exit-code"], "0");
}

fn assert_refused(outcome: &Outcome, why: &str) {
    assert!(outcome.has_failed, "{}", outcome.log);
    let errors = outcome.of("error");
    assert!(errors.iter().any(|error| error.message.contains(why)), "{}", outcome.log);
    assert_eq!(outcome.outputs["exit-code"], "");
}

#[test]
fn a_named_program_is_used_or_nothing() {
    let mut run = run();
    with_cargo(&run);
    assert_refused(&run.set("binary", "nowhere/kubefloor").go(), "nowhere/kubefloor");
    run.fake("other", "echo other 1.0");
    assert_refused(&run.set("binary", "other").go(), "other");
    run.fake("kubefloor", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_kubefloor")));
    assert_ran(&run.set("binary", "kubefloor").go());
    // A path counts from the workspace, whatever the folder of the scan.
    stand_in(&run.workspace.join("bin/kubefloor"));
    run.write(&[("sub/go.mod", GOOD)]);
    assert_ran(&run.set("binary", "./bin/kubefloor").set("working-directory", "sub").go());
    assert_eq!(cargo_log(&run), "");
}

#[test]
fn a_release_is_downloaded_checked_and_kept() {
    let mut run = run();
    with_cargo(&run);
    let server = Server::new(release(&run.folder().join("release"), None));
    run.set("mirror", &format!("{}/releases/", server.address));
    assert_ran(&run.go());
    let path = |file: &str| format!("/releases/v{VERSION}/{file}");
    assert_eq!(server.asked(), [path("SHA256SUMS"), path(&archive_name())]);
    let cache = run.home.join("cache/kubefloor").join(VERSION);
    assert!(cache.join("x64.complete").is_file() && cache.join("x64/kubefloor").is_file());
    let kept: Vec<_> = fs::read_dir(cache.join("x64")).expect("a folder").flatten().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    // From then on there is no download.
    assert_ran(&run.go());
    assert_eq!(server.asked().len(), 2);
    // What is not complete, or another version, does not count.
    fs::remove_file(cache.join("x64.complete")).expect("the mark");
    assert_ran(&run.go());
    program(&cache.join("x64/kubefloor"), "echo kubefloor 0.0.0");
    assert_ran(&run.go());
    assert_eq!(server.asked().len(), 6);
    assert_eq!(cargo_log(&run), "");
}

#[test]
fn each_machine_asks_for_the_file_that_is_made_for_it() {
    let mut run = run();
    with_cargo(&run);
    let sums = BTreeMap::from([(format!("/releases/v{VERSION}/SHA256SUMS"), Vec::new())]);
    let server = Server::new(sums);
    run.set("mirror", &format!("{}/releases", server.address));
    for (system, machine, asset) in [
        ("Linux", "X64", "x86_64-unknown-linux-musl.tar.gz"),
        ("Linux", "ARM64", "aarch64-unknown-linux-musl.tar.gz"),
        ("macOS", "X64", "x86_64-apple-darwin.tar.gz"),
        ("macOS", "ARM64", "aarch64-apple-darwin.tar.gz"),
        ("Windows", "X64", "x86_64-pc-windows-msvc.zip"),
        ("Windows", "ARM64", "aarch64-pc-windows-msvc.zip"),
    ] {
        run.environment("RUNNER_OS", system).environment("RUNNER_ARCH", machine).go();
        let asked = server.asked();
        assert_eq!(asked.last(), Some(&format!("/releases/v{VERSION}/kubefloor-v{VERSION}-{asset}")));
    }
}

/// As far as Windows can be had here: its program's name, its archive, and the translation of paths.
#[test]
fn windows_has_names_of_its_own() {
    let mut run = run();
    let files = release(&run.folder().join("release"), None);
    let rename =
        |text: String| text.replace(&archive_name(), &format!("kubefloor-v{VERSION}-x86_64-pc-windows-msvc.zip"));
    let files = files.into_iter().map(|(path, body)| match String::from_utf8(body) {
        Ok(sums) => (rename(path), rename(sums).into_bytes()),
        Err(archive) => (rename(path), archive.into_bytes()),
    });
    let server = Server::new(files.collect());
    run.fake("unzip", "tar -xzf \"$2\" && mv kubefloor kubefloor.exe");
    run.fake("cygpath", "printf '%s\\n' \"$2\"");
    run.environment("RUNNER_OS", "Windows").set("mirror", &format!("{}/releases", server.address));
    assert_ran(&run.go());
    assert!(run.home.join("cache/kubefloor").join(VERSION).join("x64/kubefloor.exe").is_file());
}

#[test]
fn a_wrong_sum_ends_the_job() {
    let mut run = run();
    with_cargo(&run);
    let server = Server::new(release(&run.folder().join("release"), Some(&"1".repeat(64))));
    let outcome = run.set("mirror", &format!("{}/releases", server.address)).go();
    assert_refused(&outcome, "is not the file that was released");
    assert!(!run.home.join("cache/kubefloor").exists());
    assert_eq!(cargo_log(&run), "", "nothing else is tried");
}

#[test]
fn without_a_release_the_action_s_sources_are_built() {
    let mut run = run();
    with_cargo(&run);
    let mut files = release(&run.folder().join("release"), None);
    let sums = format!("/releases/v{VERSION}/SHA256SUMS");
    let server = Server::new(BTreeMap::new());
    assert_ran(&run.set("mirror", &format!("{}/releases", server.address)).go());
    let log = cargo_log(&run);
    assert!(
        log.starts_with(&format!("{} install --locked --force --path . --root", env!("CARGO_MANIFEST_DIR"))),
        "{log}"
    );
    assert!(!run.home.join("cache/kubefloor").exists(), "a build is not kept under a version");
    // Neither does an archive count that no sum is given for.
    files.insert(sums, b"abc  other.tar.gz\n".to_vec());
    let server = Server::new(files);
    assert_ran(&run.set("mirror", &format!("{}/releases", server.address)).go());
    assert_eq!(cargo_log(&run).lines().count(), 2);
    // Nor is a connection made that is not encrypted, but to this machine.
    assert_ran(&run.set("mirror", "http://mirror.invalid/releases").go());
    assert_eq!(cargo_log(&run).lines().count(), 3);
    // There are machines for which none is made.
    assert_ran(&run.set("mirror", &format!("{}/releases", server.address)).environment("RUNNER_ARCH", "ARM").go());
    assert_eq!(cargo_log(&run).lines().count(), 4);
}

#[test]
fn without_release_and_cargo_it_says_so() {
    let mut run = run();
    let server = Server::new(BTreeMap::new());
    let outcome = run.set("mirror", &format!("{}/releases", server.address)).go();
    assert_refused(&outcome, "no cargo to build it");
}

#[test]
fn an_attestation_that_fails_keeps_a_release_out() {
    let mut run = run();
    with_cargo(&run);
    let server = Server::new(release(&run.folder().join("release"), None));
    run.set("mirror", &format!("{}/releases", server.address));
    let log = run.folder().join("gh.log");
    run.fake("gh", &format!("echo \"$GH_TOKEN $*\" > '{}'\nexit 1", log.display()));
    let outcome = run.go();
    assert_ran(&outcome);
    assert_eq!((cargo_log(&run).lines().count(), outcome.of("warning").len()), (1, 1));
    assert_refused(&run.set("verify-attestation", "true").go(), "has no attestation");
    let asked = fs::read_to_string(&log).expect("it was asked");
    // The action's own manifest says whose it is; else it is whose action is used.
    let repository = env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/").unwrap_or("acme/kubefloor");
    assert_eq!(
        asked.trim_end(),
        format!(
            "secret attestation verify {} --repo {repository} --signer-workflow {repository}/.github/workflows/release.yml \
             --source-ref refs/tags/v{VERSION} --deny-self-hosted-runners",
            archive_name()
        )
    );
    fs::remove_file(&log).expect("the log");
    assert_ran(&run.set("verify-attestation", "false").go());
    assert!(!log.exists());
}

#[test]
fn an_attestation_that_holds_lets_a_release_in() {
    for mode in ["auto", "true"] {
        let mut run = run();
        let server = Server::new(release(&run.folder().join("release"), None));
        run.fake("gh", "exit 0");
        assert_ran(&run.set("mirror", &format!("{}/releases", server.address)).set("verify-attestation", mode).go());
    }
    // Without `gh` the sum must do, unless an attestation is demanded.
    let mut run = run();
    let server = Server::new(release(&run.folder().join("release"), None));
    assert_ran(&run.set("mirror", &format!("{}/releases", server.address)).go());
    fs::remove_dir_all(run.home.join("cache")).expect("the cache");
    assert_refused(&run.set("verify-attestation", "true").go(), "has no attestation");
}
