//! A git repository in a temporary folder, made object by object, so that no git is needed and any part can be missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Kind, Tree, Write};
use serde_json::Value;
use tempfile::TempDir;

/// What is at a path of a commit.
#[derive(Clone, Copy)]
pub(crate) enum Is<'a> {
    File(&'a str),
    Link(&'a str),
    Submodule(&'a str),
}

/// The paths of a commit and what is there.
pub(crate) type Paths<'a> = [(&'a str, Is<'a>)];

pub(crate) struct Repository {
    folder: TempDir,
    pub(crate) git: gix::Repository,
}

/// What a run printed.
pub(crate) struct Run {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Repository {
    pub(crate) fn new() -> Repository {
        Repository::made(|folder| gix::init(folder).expect("a repository can be made"))
    }

    pub(crate) fn bare() -> Repository {
        Repository::made(|folder| gix::init_bare(folder).expect("a bare repository can be made"))
    }

    /// One whose objects have names of 32 bytes.
    pub(crate) fn with_long_names() -> Repository {
        Repository::made(|folder| {
            drop(gix::init(folder).expect("a repository can be made"));
            let settings =
                "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = sha256\n";
            fs::write(folder.join(".git/config"), settings).expect("the settings can be written");
            gix::open_opts(folder, gix::open::Options::isolated()).expect("it can be opened")
        })
    }

    fn made(make: impl FnOnce(&Path) -> gix::Repository) -> Repository {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("top")).expect("a folder can be made");
        let git = make(&folder.path().join("top"));
        Repository { folder, git }
    }

    /// The top of the work tree.
    pub(crate) fn top(&self) -> PathBuf {
        self.folder.path().join("top")
    }

    /// The folder beside which nothing else is.
    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of git's own data.
    pub(crate) fn data(&self) -> PathBuf {
        self.git.git_dir().to_owned()
    }

    /// Makes a commit of some paths and puts a branch there; `HEAD` is on `main`.
    pub(crate) fn commit(&self, branch: &str, parents: &[ObjectId], paths: &Paths<'_>) -> ObjectId {
        let tree = self.tree(paths);
        self.commit_of(branch, parents, tree)
    }

    pub(crate) fn commit_of(&self, branch: &str, parents: &[ObjectId], tree: ObjectId) -> ObjectId {
        let parents: Vec<String> = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let who = "a <a@b> 1700000000 +0000";
        let text = format!("tree {tree}\n{}author {who}\ncommitter {who}\n\nchange\n", parents.concat());
        let commit = self.object(Kind::Commit, text.as_bytes());
        self.point(branch, commit);
        commit
    }

    /// Puts a branch at a commit.
    pub(crate) fn point(&self, branch: &str, commit: ObjectId) {
        let path = self.data().join("refs/heads").join(branch);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
        fs::write(path, format!("{commit}\n")).expect("a branch can be written");
        fs::write(self.data().join("HEAD"), "ref: refs/heads/main\n").expect("HEAD can be written");
    }

    pub(crate) fn object(&self, kind: Kind, bytes: &[u8]) -> ObjectId {
        self.git.objects.write_buf(kind, bytes).expect("an object can be written")
    }

    /// The tree of some paths.
    pub(crate) fn tree(&self, paths: &Paths<'_>) -> ObjectId {
        let mut entries = Vec::new();
        let mut folders: BTreeMap<&str, Vec<(&str, Is<'_>)>> = BTreeMap::new();
        for (path, is) in paths {
            if let Some((folder, rest)) = path.split_once('/') {
                folders.entry(folder).or_default().push((rest, *is));
                continue;
            }
            let (kind, oid) = match is {
                Is::File(text) => (EntryKind::Blob, self.object(Kind::Blob, text.as_bytes())),
                Is::Link(target) => (EntryKind::Link, self.object(Kind::Blob, target.as_bytes())),
                Is::Submodule(id) => (EntryKind::Commit, ObjectId::from_hex(id.as_bytes()).expect("it is a name")),
            };
            entries.push(Entry { mode: kind.into(), filename: (*path).into(), oid });
        }
        for (folder, paths) in folders {
            entries.push(Entry { mode: EntryKind::Tree.into(), filename: folder.into(), oid: self.tree(&paths) });
        }
        self.tree_of(entries)
    }

    pub(crate) fn tree_of(&self, mut entries: Vec<Entry>) -> ObjectId {
        entries.sort();
        let mut bytes = Vec::new();
        gix::objs::WriteTo::write_to(&Tree { entries }, &mut bytes).expect("a tree can be written");
        self.object(Kind::Tree, &bytes)
    }

    /// Puts files into the work tree, in place of all that was there.
    pub(crate) fn check_out(&self, files: &[(&str, &str)]) {
        write(&self.top(), files);
    }

    /// Takes an object away.
    pub(crate) fn forget(&self, id: ObjectId) {
        let name = id.to_string();
        let path = self.git.common_dir().join("objects").join(&name[..2]).join(&name[2..]);
        fs::remove_file(path).expect("the object is there");
    }

    /// Runs the program in a folder below the top, or above it.
    pub(crate) fn run(&self, folder: &str, arguments: &[&str]) -> Run {
        run(&self.top().join(folder), arguments)
    }

    /// Scans the top and gives the report.
    pub(crate) fn scan(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        self.scan_in("", arguments)
    }

    /// Scans a folder and gives the report.
    pub(crate) fn scan_in(&self, folder: &str, arguments: &[&str]) -> (Option<i32>, Value) {
        let run = self.run(folder, &[&["scan", "--format", "json"], arguments].concat());
        (run.exit, valid(&run.stdout))
    }
}

/// Puts files into a folder, in place of all that was there but git's data.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) {
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if entry.file_name() == ".git" {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.expect("it can be removed");
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    let output =
        command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("what is printed is text");
    Run { exit: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A report in JSON, held against its schema.
pub(crate) fn valid(text: &str) -> Value {
    let schema =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json")).expect("it is there");
    let schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    let report: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    if let Err(error) = validator.validate(&report) {
        panic!("{error} at {}", error.instance_path());
    }
    report
}

/// Paths and packages of a report's findings, and whether they are new.
pub(crate) fn findings(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a report has findings");
    let word = |finding: &Value| match finding["new"].as_bool() {
        Some(true) => "new",
        Some(false) => "known",
        None => "-",
    };
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    findings.iter().map(|one| format!("{} {} {}", word(one), text(one, "path"), text(one, "package"))).collect()
}
