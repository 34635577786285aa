//! How long a scan of a large repository takes: 100,000 files, 1,000 of them manifests.
//!
//! `cargo bench --bench tree` makes the tree in a temporary folder, scans it with the release build and prints the fastest,
//! the middle and the slowest of a few runs. `cargo bench --bench tree -- FOLDER` makes the tree there and leaves it.
//! `docs/speed.md` holds the figures.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FOLDERS: usize = 5_000;
const FILES_IN_EACH: usize = 20;
/// One folder in this many holds the manifests of a project.
const PROJECT_EVERY: usize = 25;
/// How often the scan is timed, after one run that fills the file system's cache.
const RUNS: usize = 15;

fn main() -> std::io::Result<()> {
    // `cargo bench` adds this one.
    let folder = std::env::args().skip(1).find(|argument| argument != "--bench");
    if let Some(folder) = folder {
        return make(Path::new(&folder));
    }
    let temporary = tempfile::tempdir()?;
    make(temporary.path())?;
    let mut times: Vec<Duration> = (0..=RUNS).map(|_| scan(temporary.path())).collect::<Result<_, _>>()?;
    println!("first run: {} ms", times.remove(0).as_millis());
    times.sort();
    let [fastest, middle, slowest] = [0, RUNS / 2, RUNS - 1].map(|index| times[index].as_millis());
    println!("then {RUNS} runs: fastest {fastest} ms, middle {middle} ms, slowest {slowest} ms");
    Ok(())
}

fn scan(folder: &Path) -> std::io::Result<Duration> {
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    command.args(["scan", "--format", "json"]).current_dir(folder).stdout(Stdio::null());
    let status = command.status()?;
    assert_eq!(status.code(), Some(1), "the tree holds clients that are too old");
    Ok(start.elapsed())
}

/// Makes the tree: folders of small source files, projects with manifests among them, and installed packages to pass over.
fn make(root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(root)?;
    fs::write(root.join(".gitignore"), "*.log\n/build/\ntmp/\n!keep.log\n")?;
    let source = "fn main() { println!(\"nothing to see here\"); }\n".repeat(20);
    let installed = root.join("node_modules");
    for number in 0..FOLDERS {
        let folder = root.join(format!("group-{:02}/part-{:03}/unit-{number}", number % 40, number % 400));
        fs::create_dir_all(&folder)?;
        let mut left = FILES_IN_EACH;
        if number % PROJECT_EVERY == 0 {
            for (name, text) in project(number / PROJECT_EVERY) {
                fs::write(folder.join(name), text)?;
                left -= 1;
            }
        }
        for file in 0..left {
            fs::write(folder.join(format!("file_{file}.rs")), &source)?;
        }
        if number % 20 == 0 {
            let package = installed.join(format!("package-{number}"));
            fs::create_dir_all(&package)?;
            fs::write(package.join("package.json"), "{}")?;
        }
    }
    Ok(())
}

/// Five manifests of usual size; the clients in them are old and new in turns. Every tenth project has a JavaScript client: most
/// lockfiles of a real monorepo hold none.
fn project(number: usize) -> [(&'static str, String); 5] {
    let old = number.is_multiple_of(2);
    let mut go = format!("module example.com/unit{number}\n\ngo 1.22\n\nrequire (\n");
    let mut lock =
        "{\n  \"name\": \"unit\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\"name\": \"unit\"}"
            .to_owned();
    let mut requirements = String::new();
    let mut pom = "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>g</groupId>\n  <artifactId>a</artifactId>\n  <version>1</version>\n  <dependencies>\n".to_owned();
    for other in 0..200 {
        let _ = writeln!(go, "\texample.com/some/module{other} v1.{other}.0 // indirect");
    }
    for other in 0..1000 {
        let _ = write!(
            lock,
            ",\n    \"node_modules/package-{other}\": {{\n      \"version\": \"1.{other}.0\",\n      \"resolved\": \
             \"https://registry.example/package-{other}/-/package-{other}-1.{other}.0.tgz\",\n      \"integrity\": \
             \"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"\n    }}"
        );
    }
    for other in 0..60 {
        let _ = writeln!(requirements, "package-{other}==1.{other}  # pinned");
        let _ = writeln!(
            pom,
            "    <dependency><groupId>g{other}</groupId><artifactId>a{other}</artifactId><version>1.{other}</version></dependency>"
        );
    }
    let _ = writeln!(go, "\tk8s.io/client-go {}\n)", if old { "v8.0.0+incompatible" } else { "v0.29.0" });
    let node = if old { "0.10.2" } else { "0.20.0" };
    let script = if number.is_multiple_of(10) { "@kubernetes/client-node" } else { "left-padding" };
    let _ = writeln!(lock, ",\n    \"node_modules/{script}\": {{\"version\": \"{node}\"}}\n  }}\n}}");
    let _ = writeln!(requirements, "kubernetes=={}", if old { "11.0.0" } else { "29.0.0" });
    let _ = writeln!(
        pom,
        "    <dependency><groupId>io.kubernetes</groupId><artifactId>client-java</artifactId><version>{}</version></dependency>\n  </dependencies>\n</project>",
        if old { "8.0.2" } else { "20.0.0" }
    );
    let package = format!("{{\n  \"name\": \"unit\",\n  \"dependencies\": {{\"{script}\": \"^{node}\"}}\n}}\n");
    [
        ("go.mod", go),
        ("package.json", package),
        ("package-lock.json", lock),
        ("requirements.txt", requirements),
        ("pom.xml", pom),
    ]
}
