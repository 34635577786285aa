//! A release before there is one: the names of its files are the same for who makes and who gets them, and the steps that are
//! more than a command are run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// The words in a text that name a target.
fn targets(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let words = text.split(|c| !is_part(c)).filter(|word| word.split('-').count() >= 3);
    words.filter(|word| word.starts_with("x86_64-") || word.starts_with("aarch64-")).map(str::to_owned).collect()
}

#[test]
fn workflow_scripts_and_action_know_the_same_targets() {
    let made = targets(&text(".ci/release"));
    assert_eq!(made.len(), 6, "{made:?}");
    assert_eq!(targets(&text(".github/workflows/release.yml")), made);
    assert_eq!(targets(&text("action.sh")), made);
    assert_eq!(targets(&text("wheel/pack.py")), made);
    assert_eq!(targets(&text("npm/pack.mjs")), made);
}

/// The name of a target's file in the release.
fn asset(version: &str, target: &str) -> String {
    let end = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("kubefloor-v{version}-{target}.{end}")
}

/// A template of cargo-binstall's, filled in. Of the ends of an archive it tries all, so the one that is there counts.
fn filled(template: &str, target: &str) -> String {
    let is_windows = target.contains("windows");
    let values = [
        ("repo", env!("CARGO_PKG_REPOSITORY")),
        ("name", "kubefloor"),
        ("bin", "kubefloor"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("target", target),
        ("archive-suffix", if is_windows { ".zip" } else { ".tar.gz" }),
        ("binary-ext", if is_windows { ".exe" } else { "" }),
    ];
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{ {name} }}"), value).replace(&format!("{{{name}}}"), value)
    })
}

/// What `cargo binstall` is told in `Cargo.toml` names the files that are made, with the program at their root.
#[test]
fn cargo_binstall_gets_what_is_made() {
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let told = &manifest["package"]["metadata"]["binstall"];
    for target in targets(&text(".ci/release")) {
        let own = told.get("overrides").and_then(|overrides| overrides.get(&target));
        let value =
            |key: &str| own.and_then(|own| own.get(key)).or_else(|| told.get(key)).and_then(toml::Value::as_str);
        let version = env!("CARGO_PKG_VERSION");
        let url = filled(value("pkg-url").expect("a `pkg-url`"), &target);
        assert!(url.ends_with(&format!("/releases/download/v{version}/{}", asset(version, &target))), "{url}");
        let program = if target.contains("windows") { "kubefloor.exe" } else { "kubefloor" };
        assert_eq!(filled(value("bin-dir").expect("a `bin-dir`"), &target), program);
        assert_eq!(value("pkg-fmt"), Some(if target.contains("windows") { "zip" } else { "tgz" }), "{target}");
    }
}

/// A copy of what `.ci/release` reads, with another version and changelog.
#[cfg(unix)]
fn copy(version: &str, changelog: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = text("Cargo.toml")
        .replace(&format!("version = \"{}\"", env!("CARGO_PKG_VERSION")), &format!("version = \"{version}\""));
    let lock = format!("[[package]]\nname = \"kubefloor\"\nversion = \"{version}\"\n");
    let hook = format!("version = \"{version}\"\ndependencies = [\"kubefloor=={version}\"]\n");
    let files = [
        ("Cargo.toml", manifest),
        ("Cargo.lock", lock),
        ("pyproject.toml", hook),
        ("CHANGELOG.md", changelog.to_owned()),
    ];
    for (path, content) in files {
        fs::write(folder.path().join(path), content).expect("a file");
    }
    for path in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root().join(path), folder.path().join(path)).expect("a file");
    }
    fs::create_dir(folder.path().join(".ci")).expect("a folder");
    fs::copy(root().join(".ci/release"), folder.path().join(".ci/release")).expect("a file");
    folder
}

#[cfg(unix)]
fn release(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("bash").arg(".ci/release").args(arguments).current_dir(folder).output().expect("bash runs")
}

#[cfg(unix)]
fn said(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = release(folder, arguments);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[cfg(unix)]
const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n- Not yet.\n\n## 1.2.30 - 2026-12-02\n\n- Later.\n\n## 1.2.3 - 2026-12-01\n\n\
                         - One.\n\n### Fixed\n\n- Two `## x`.\n\n## 1.2.2\n\n- Before.\n\n## 1.2.1\n";

#[cfg(unix)]
#[test]
fn a_tag_must_fit() {
    let folder = copy("1.2.3", CHANGELOG);
    let check = |tag: &str| said(folder.path(), &["check", tag]);
    assert_eq!(check("v1.2.3").as_deref(), Ok("1.2.3\n"));
    for tag in ["1.2.3", "v1.2.30", "v1.2.2", "v1.2.3-rc1", "", "v1.2.3; true"] {
        assert!(check(tag).is_err_and(|why| why.contains("the version in Cargo.toml is 1.2.3")), "{tag}");
    }
    let folder = copy("1.2.4", CHANGELOG);
    assert!(said(folder.path(), &["check", "v1.2.4"]).is_err_and(|why| why.contains("CHANGELOG.md says nothing")));
    let folder = copy("1.2.3", CHANGELOG);
    fs::write(folder.path().join("Cargo.lock"), "[[package]]\nname = \"kubefloor\"\nversion = \"1.2.2\"\n")
        .expect("a file");
    assert!(said(folder.path(), &["check", "v1.2.3"]).is_err_and(|why| why.contains("Cargo.lock")));
}

#[cfg(unix)]
#[test]
fn the_notes_are_the_changelog_s() {
    let folder = copy("1.2.3", CHANGELOG);
    let notes = |version: &str| said(folder.path(), &["notes", version]);
    assert_eq!(notes("1.2.3").as_deref(), Ok("- One.\n\n### Fixed\n\n- Two `## x`.\n"));
    assert_eq!(notes("1.2.2").as_deref(), Ok("- Before.\n"));
    for absent in ["1.2", "1.2.1", "1.2.4", "1.2.3 "] {
        assert!(notes(absent).is_err(), "{absent}");
    }
    assert!(said(root(), &["notes", "Unreleased"]).is_ok(), "our own changelog is in that form");
}

#[cfg(unix)]
#[test]
fn the_program_is_run_before_it_is_packed() {
    let said = said(root(), &["smoke", env!("CARGO_BIN_EXE_kubefloor"), "x86_64-unknown-linux-gnu"]);
    assert_eq!(said, Ok(format!("{} runs\n", env!("CARGO_BIN_EXE_kubefloor"))));
}

/// Where the programs are that pack: GNU's `tar`, and `zip`.
#[cfg(target_os = "linux")]
#[test]
fn what_is_packed_is_what_is_downloaded() {
    use std::os::unix::fs::PermissionsExt;
    let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let version = "1.2.3-rc.1";
    let folder = copy(version, CHANGELOG);
    let fakes = folder.path().join("fakes");
    fs::create_dir(&fakes).expect("a folder");
    if !is_there("zip") {
        // What is asked of it is to make a file of that name.
        fs::write(fakes.join("zip"), "#!/usr/bin/env bash\necho zip >\"$2\"\n").expect("a file");
        fs::set_permissions(fakes.join("zip"), fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let path = std::env::join_paths(
        std::iter::once(fakes).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let pack = |out: &str| {
        let mut command = Command::new("bash");
        command.args([".ci/release", "pack", "built", out]).current_dir(folder.path());
        command.env("PATH", path.as_ref().expect("a path")).output().expect("bash runs")
    };
    let made = targets(&text(".ci/release"));
    for target in &made {
        let name = if target.contains("windows") { "kubefloor.exe" } else { "kubefloor" };
        let place = folder.path().join("built").join(target);
        fs::create_dir_all(&place).expect("a folder");
        fs::write(place.join(name), target).expect("a file");
    }
    let output = pack("dist");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sums = fs::read_to_string(folder.path().join("dist/SHA256SUMS")).expect("the sums");
    let named: BTreeSet<&str> = sums.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name).collect();
    let expected: BTreeSet<String> = made.iter().map(|target| asset(version, target)).collect();
    assert_eq!(named, expected.iter().map(String::as_str).collect());
    let archive = folder.path().join(format!("dist/kubefloor-v{version}-x86_64-unknown-linux-musl.tar.gz"));
    let listed = Command::new("tar").arg("-tvzf").arg(archive).output().expect("tar runs").stdout;
    let listed = String::from_utf8(listed).expect("text");
    assert!(listed.lines().any(|line| line.starts_with("-rwxr-xr-x 0/0") && line.ends_with(" kubefloor")), "{listed}");
    wheels(folder.path(), &fs::read(folder.path().join("built/aarch64-apple-darwin/kubefloor")).expect("a program"));
    // Twice the same, to the byte.
    assert!(pack("again").status.success());
    assert_eq!(fs::read_to_string(folder.path().join("again/SHA256SUMS")).expect("the sums"), sums);
    // What was not built is not left out without a word.
    fs::remove_dir_all(folder.path().join("built/aarch64-apple-darwin")).expect("a folder");
    assert!(!pack("third").status.success());
}

/// Makes the wheels of what was packed, where there is a Python that can.
#[cfg(target_os = "linux")]
fn wheels(folder: &Path, program: &[u8]) {
    let can =
        Command::new("python3").args(["-c", "import tomllib"]).output().is_ok_and(|output| output.status.success());
    // A stand-in for `zip` makes nothing that Python reads.
    if !can || Command::new("zip").arg("--version").output().is_err() {
        return;
    }
    fs::create_dir(folder.join("wheel")).expect("a folder");
    fs::copy(root().join("wheel/pack.py"), folder.join("wheel/pack.py")).expect("a file");
    let make = || Command::new("python3").args(["wheel/pack.py", "dist", "wheels"]).current_dir(folder).output();
    let output = make().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wheels = String::from_utf8(output.stdout).expect("text");
    assert_eq!(wheels.lines().count(), 6, "{wheels}");
    let name = "kubefloor-1.2.3rc1-py3-none-macosx_11_0_arm64.whl";
    assert!(wheels.lines().any(|line| line == name), "{wheels}");
    let read = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.stdout.buffer.write(z.read(sys.argv[2]))";
    let path = folder.join("wheels").join(name);
    let mut held = Command::new("python3");
    held.args(["-c", read]).arg(&path).arg("kubefloor-1.2.3rc1.data/scripts/kubefloor");
    assert_eq!(held.output().expect("python3 runs").stdout, program);
    let before = fs::read(&path).expect("a wheel");
    assert!(make().expect("python3 runs").status.success());
    assert_eq!(fs::read(&path).expect("a wheel"), before);
}
