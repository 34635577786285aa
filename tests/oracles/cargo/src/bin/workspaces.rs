//! Compares what kubefloor says of small workspaces with what Cargo itself resolves there, offline.
//!
//! Each case is a tree that this program writes into a folder of its own, beside a folder of made-up crates in the place of the
//! registry. `cargo metadata` resolves it and writes the lockfile; kubefloor then reads manifests and lockfile. Who gets which
//! version of a client must be the same in both, and so must be the versions that come in through others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

const CLIENTS: &[&str] = &["kube", "kube-client", "kube-runtime"];

/// The crates of the registry: name, version, dependencies.
const REGISTRY: &[(&str, &str, &[(&str, &str)])] = &[
    ("kube", "0.60.0", &[]),
    ("kube", "0.68.0", &[("kube-client", "=0.68.0")]),
    ("kube", "0.69.1", &[("kube-client", "=0.69.1")]),
    ("kube", "0.87.0-rc.1", &[("kube-client", "=0.87.0-rc.1")]),
    ("kube", "0.87.1", &[("kube-client", "=0.87.1")]),
    ("kube-client", "0.68.0", &[]),
    ("kube-client", "0.69.1", &[]),
    ("kube-client", "0.87.0-rc.1", &[]),
    ("kube-client", "0.87.1", &[]),
    ("kube-runtime", "0.68.0", &[("kube-client", "^0.68")]),
    ("kube-runtime", "0.87.1", &[("kube-client", "^0.87")]),
    ("kit", "1.0.0", &[("kube-runtime", "0.68")]),
    ("test-kit", "1.0.0", &[("kube", "0.60")]),
];

struct Case {
    name: &'static str,
    /// The folder in which Cargo runs.
    run_in: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// What is changed after the lockfile is written.
    then: &'static [(&'static str, &'static str)],
}

const PACKAGE: &str = "[package]\nname = \"NAME\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

const CASES: &[Case] = &[
    Case {
        name: "carets, pre-releases and comparators",
        run_in: "",
        files: &[
            ("Cargo.toml", "[workspace]\nmembers = [\"m/*\"]\nresolver = \"2\"\n"),
            ("m/a/Cargo.toml", "NAME=a\n[dependencies]\nkube = \"0.68\"\n"),
            ("m/b/Cargo.toml", "NAME=b\n[dependencies]\nkube = \">0.68, <0.87\"\n"),
            ("m/c/Cargo.toml", "NAME=c\n[dependencies]\nkube = \"=0.87.0-rc.1\"\n"),
            ("m/d/Cargo.toml", "NAME=d\n[dependencies]\nkube = \"=0.60\"\n"),
        ],
        then: &[],
    },
    Case {
        name: "inheritance and renames",
        run_in: "",
        files: &[
            (
                "Cargo.toml",
                "NAME=root\n[workspace]\nmembers = [\"m\"]\n[workspace.dependencies]\nclient = { package = \"kube-client\", \
                 version = \"0.68\" }\nkube = \"0.87\"\nm = { path = \"m\" }\n[dependencies]\nkube = { workspace = true }\nm.workspace = true\n",
            ),
            (
                "m/Cargo.toml",
                "NAME=m\n[dependencies]\nclient.workspace = true\n[dev-dependencies]\nkube.workspace = true\n",
            ),
        ],
        then: &[],
    },
    Case {
        name: "several majors in one package",
        run_in: "",
        files: &[(
            "Cargo.toml",
            "NAME=p\n[dependencies]\nkube = \"0.87\"\nold = { package = \"kube\", version = \"0.60\" }\n",
        )],
        then: &[],
    },
    Case {
        name: "old spellings, targets and builds",
        run_in: "",
        files: &[(
            "Cargo.toml",
            "NAME=p\n[build_dependencies]\nkube = \"0.68\"\n[target.'cfg(windows)'.dependencies]\nkube-runtime = \"0.87\"\n\
             [target.'cfg(unix)'.dev_dependencies]\nkube-client = \"0.69\"\n",
        )],
        then: &[],
    },
    Case {
        name: "what comes in through others",
        run_in: "",
        files: &[("Cargo.toml", "NAME=p\n[dependencies]\nkit = \"1\"\n[dev-dependencies]\ntest-kit = \"1\"\n")],
        then: &[],
    },
    Case {
        name: "a package by path that is no member",
        run_in: "app",
        files: &[
            ("app/Cargo.toml", "NAME=app\n[dependencies]\ncommon = { path = \"../common\" }\n"),
            ("common/Cargo.toml", "NAME=common\n[dependencies]\nkube = \">=0.60, <0.80\"\n"),
        ],
        then: &[],
    },
    Case {
        name: "an excluded package",
        run_in: "tools/x",
        files: &[
            ("Cargo.toml", "[workspace]\nmembers = [\"m\"]\nexclude = [\"tools\"]\nresolver = \"2\"\n"),
            ("m/Cargo.toml", "NAME=m\n"),
            ("tools/x/Cargo.toml", "NAME=x\n[dependencies]\nkube = \">=0.60\"\n"),
        ],
        then: &[],
    },
    Case {
        name: "a member by pointer and a member by path",
        run_in: "root",
        files: &[
            (
                "root/Cargo.toml",
                "NAME=root\n[workspace]\nmembers = [\"../far\"]\n[dependencies]\nnear = { path = \"near\" }\n",
            ),
            ("root/near/Cargo.toml", "NAME=near\n[dependencies]\nkube = \"0.68\"\n"),
            (
                "far/Cargo.toml",
                "[package]\nname = \"far\"\nversion = \"0.1.0\"\nworkspace = \"../root\"\n[dependencies]\nkube = \"0.69\"\n",
            ),
        ],
        then: &[],
    },
    Case {
        name: "a patch by path",
        run_in: "app",
        files: &[
            (
                "app/Cargo.toml",
                "NAME=app\n[dependencies]\nkube = \"0.87\"\n[patch.crates-io]\nkube = { path = \"../fork\" }\n\
                 kube-client = { path = \"../unused\" }\n",
            ),
            ("fork/Cargo.toml", "[package]\nname = \"kube\"\nversion = \"0.87.9\"\nedition = \"2021\"\n"),
            ("unused/Cargo.toml", "[package]\nname = \"kube-client\"\nversion = \"0.50.0\"\nedition = \"2021\"\n"),
        ],
        then: &[],
    },
    Case {
        name: "a patch that does not fit",
        run_in: "app",
        files: &[
            (
                "app/Cargo.toml",
                "NAME=app\n[dependencies]\nkube = \"0.60\"\n[patch.crates-io]\nkube = { path = \"../fork\" }\n",
            ),
            ("fork/Cargo.toml", "[package]\nname = \"kube\"\nversion = \"0.87.9\"\nedition = \"2021\"\n"),
        ],
        then: &[],
    },
    Case {
        name: "a lockfile that holds an older version",
        run_in: "",
        files: &[("Cargo.toml", "NAME=p\n[dependencies]\nkube = \"=0.69.1\"\n")],
        then: &[("Cargo.toml", "NAME=p\n[dependencies]\nkube = \">=0.60\"\n")],
    },
];

fn main() {
    let mut arguments = env::args().skip(1);
    let kubefloor = arguments.next().expect("the path of kubefloor is the argument");
    let kubefloor = fs::canonicalize(kubefloor).expect("kubefloor is there");
    let base = env::temp_dir().join(format!("kubefloor-workspaces-{}", std::process::id()));
    let mut wrong = 0;
    for case in CASES {
        let folder = base.join(case.name.replace(' ', "-"));
        write_registry(&folder);
        write_all(&folder, case.files);
        let mut truth = metadata(&folder, case.run_in);
        if !case.then.is_empty() {
            write_all(&folder, case.then);
            truth = metadata(&folder, case.run_in);
        }
        let found = scan(&kubefloor, &folder);
        if truth == found {
            println!("same      {} ({} clients)", case.name, truth.len());
        } else {
            wrong += 1;
            println!("different {}\n  cargo     {truth:?}\n  kubefloor {found:?}", case.name);
        }
    }
    fs::remove_dir_all(&base).expect("the folder can be removed");
    assert!(wrong == 0, "{wrong} of {} cases differ", CASES.len());
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}

fn write_all(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let text = match text.strip_prefix("NAME=").and_then(|rest| rest.split_once('\n')) {
            Some((name, rest)) => PACKAGE.replace("NAME", name) + rest,
            None => (*text).to_owned(),
        };
        let path = folder.join("tree").join(path);
        write(&path, &text);
        if text.contains("[package]") {
            write(&path.with_file_name("src").join("lib.rs"), "");
        }
    }
}

/// The crates of the registry as `cargo vendor` would leave them, and Cargo told to look there.
fn write_registry(folder: &Path) {
    for (name, version, dependencies) in REGISTRY {
        let place = folder.join("registry").join(format!("{name}-{version}"));
        let mut manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n[dependencies]\n");
        for (name, requirement) in *dependencies {
            manifest += &format!("{name} = \"{requirement}\"\n");
        }
        write(&place.join("Cargo.toml"), &manifest);
        write(&place.join("src/lib.rs"), "");
        let checksum = format!("{{\"files\":{{}},\"package\":\"{}\"}}", "0".repeat(64));
        write(&place.join(".cargo-checksum.json"), &checksum);
    }
    let config = "[source.crates-io]\nreplace-with = \"made-up\"\n[source.made-up]\ndirectory = \"registry\"\n";
    write(&folder.join(".cargo/config.toml"), config);
}

/// Where a client is declared, or nothing where it comes in through others; its name and version.
type Clients = BTreeSet<(Option<PathBuf>, String, String)>;

fn metadata(folder: &Path, run_in: &str) -> Clients {
    let run = Command::new("cargo")
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(folder.join("tree").join(run_in))
        .output()
        .expect("cargo runs");
    assert!(run.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).expect("cargo writes JSON");
    let mut packages: BTreeMap<&str, &Value> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        packages.insert(package["id"].as_str().expect("an id"), package);
    }
    let text = |id: &str, key: &str| packages[id][key].as_str().unwrap_or_default().to_owned();
    let is_client = |id: &str| CLIENTS.contains(&packages[id]["name"].as_str().unwrap_or_default());
    let (mut declared, mut through) = (Clients::new(), BTreeSet::new());
    for node in metadata["resolve"]["nodes"].as_array().expect("nodes") {
        let id = node["id"].as_str().expect("an id");
        let is_in_tree = packages[id]["source"].is_null();
        for needed in node["deps"].as_array().expect("dependencies") {
            let needed = needed["pkg"].as_str().expect("an id");
            if !is_client(needed) {
                continue;
            }
            let (name, version) = (text(needed, "name"), text(needed, "version"));
            if is_in_tree {
                let manifest = PathBuf::from(text(id, "manifest_path"));
                let manifest = manifest.strip_prefix(fs::canonicalize(folder).expect("the folder").join("tree"));
                declared.insert((Some(manifest.expect("in the tree").to_owned()), name, version));
            } else if !packages[needed]["source"].is_null() {
                through.insert((name, version));
            }
        }
    }
    let known: BTreeSet<(String, String)> =
        declared.iter().map(|(_, name, version)| (name.clone(), version.clone())).collect();
    declared.extend(through.difference(&known).map(|(name, version)| (None, name.clone(), version.clone())));
    declared
}

fn scan(kubefloor: &Path, folder: &Path) -> Clients {
    let tree = folder.join("tree");
    let run = Command::new(kubefloor).args(["scan", "--format", "json"]).arg(&tree).output().expect("kubefloor runs");
    let report: Value = serde_json::from_slice(&run.stdout).expect("kubefloor writes JSON");
    let mut found = Clients::new();
    for client in report["clients"].as_array().expect("clients") {
        if client["scope"] == "managed" {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, selected) = (text(&client["package"]), text(&client["selected"]));
        if client["direct"] == false {
            found.insert((None, name, selected));
            continue;
        }
        let related = client["related"].as_array().expect("related");
        let users: Vec<&Value> = related.iter().filter(|place| is_use(&text(&place["message"]))).collect();
        let places = if users.is_empty() { vec![client] } else { users };
        for place in places {
            found.insert((Some(PathBuf::from(text(&place["path"]))), name.clone(), selected.clone()));
        }
    }
    found
}

/// Whether a related place is where a dependency is declared whose version is decided elsewhere.
fn is_use(message: &str) -> bool {
    message.starts_with("declared here") || message.starts_with("asked for here")
}
