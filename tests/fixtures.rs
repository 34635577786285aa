//! One named test per fixture: `tests/formats`, `tests/versions`, `tests/resolve`, `tests/cmd`, `tests/fix`.
//!
//! `UPDATE_FIXTURES=1 cargo test --test fixtures` writes what is found today into the expected files; read what changed
//! before you commit it.

#[path = "fixtures/cmd.rs"]
mod cmd;
#[path = "fixtures/facts.rs"]
mod facts;
#[path = "fixtures/fix.rs"]
mod fix;
#[path = "fixtures/formats.rs"]
mod formats;
#[path = "fixtures/resolve.rs"]
mod resolve;
#[path = "fixtures/versions.rs"]
mod versions;

use std::path::Path;

use libtest_mimic::{Arguments, Failed};

fn main() {
    let arguments = Arguments::from_args();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut trials = formats::trials(&tests.join("formats"));
    trials.extend(versions::trials(&tests.join("versions")));
    trials.extend(resolve::trials(&tests.join("resolve")));
    trials.extend(cmd::trials(&tests.join("cmd")));
    trials.extend(fix::trials(&tests.join("fix")));
    libtest_mimic::run(&arguments, trials).exit();
}

/// Compares with an expected file, or writes it where that is asked for.
fn check(expected: &Path, found: &str) -> Result<(), Failed> {
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        return std::fs::write(expected, found).map_err(Failed::from);
    }
    let written = std::fs::read_to_string(expected).unwrap_or_default();
    if written == found {
        return Ok(());
    }
    Err(format!("{} differs\n--- expected\n{written}\n--- found\n{found}", expected.display()).into())
}

/// The entries of a folder, sorted; none if there is no folder.
fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
