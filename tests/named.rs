//! Naming a file shows what a run over its whole repository shows at its places: no verdict depends on which files a hook
//! happens to name. Held against every tree in `tests/resolve`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kubefloor::report::{Entry, Report};
use kubefloor::rules::RuleSet;
use kubefloor::scan::{self, Progress, Request};

/// Trees that are one in themselves, by ecosystem.
fn trees() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resolve");
    let walk = walkdir::WalkDir::new(root).min_depth(2).max_depth(2).sort_by_file_name();
    let trees = walk.into_iter().flatten().map(walkdir::DirEntry::into_path);
    trees.filter(|path| path.is_dir()).collect()
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
        } else {
            std::fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}

fn scanned(paths: Vec<PathBuf>) -> Option<Report> {
    let request = Request { paths, ..Request::default() };
    // What is no manifest by its name is refused if it is named.
    scan::scan(&request, RuleSet::built_in(), &Progress::default()).ok()
}

/// What an entry says, without the lines that show it.
fn said(entry: &Entry) -> String {
    let place = &entry.place;
    let package = entry.package.to_lowercase();
    format!("{}:{:?} {package} {:?} {:?}", place.path, place.start, entry.verdict, entry.selected)
}

#[test]
fn a_file_that_is_named_gets_the_verdict_of_a_whole_run() {
    let (mut wrong, mut held) = (Vec::new(), 0);
    for tree in trees() {
        let temporary = tempfile::tempdir().expect("a folder");
        copy(&tree, temporary.path());
        std::fs::create_dir(temporary.path().join(".git")).expect("a folder can be made");
        let whole = scanned(vec![temporary.path().to_owned()]).expect("a folder can be scanned");
        let all: BTreeSet<String> = whole.clients.iter().map(said).collect();
        let paths: BTreeSet<&str> = whole.clients.iter().map(|entry| entry.place.path.as_str()).collect();
        for path in paths {
            let Some(named) = scanned(vec![temporary.path().join(path)]) else { continue };
            let found: BTreeSet<String> = named.clients.iter().map(said).collect();
            let own = whole.clients.iter().filter(|entry| entry.place.path == path).map(said);
            let missing = own.clone().filter(|entry| !found.contains(entry)).map(|entry| format!("missing {entry}"));
            let extra = found.difference(&all).map(|entry| format!("only if named {entry}"));
            let tree = tree.display();
            wrong.extend(missing.chain(extra).map(|what| format!("{tree}, {path} named: {what}")));
            held += own.count();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(held > 300, "only {held} entries were compared");
}
