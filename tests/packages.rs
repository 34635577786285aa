//! The ways in which the program is installed agree: versions, platforms, and the names of a release's archives.

use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn toml(path: &str) -> toml::Table {
    read(path).parse().unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The targets that a release is built for.
const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
];

/// The archive of a target.
fn archive(target: &str) -> String {
    let ending = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("kubefloor-v{}-{target}.{ending}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn binstall_looks_for_the_archives_of_a_release() {
    let manifest = toml("Cargo.toml");
    let all = &manifest["package"]["metadata"]["binstall"];
    let text = |key: &str, target: &str| {
        let own = all["overrides"].get(target).and_then(|table| table.get(key));
        own.or_else(|| all.get(key)).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    for target in TARGETS {
        let url =
            text("pkg-url", target).replace("{ version }", env!("CARGO_PKG_VERSION")).replace("{ target }", target);
        let expected = format!("{{ repo }}/releases/download/v{}/{}", env!("CARGO_PKG_VERSION"), archive(target));
        assert_eq!(url, expected);
        let format = if target.contains("windows") { "zip" } else { "tgz" };
        assert_eq!(text("pkg-fmt", target), format, "{target}");
        assert_eq!(text("bin-dir", target), "{ bin }{ binary-ext }", "nothing is around the program in an archive");
    }
    for target in all["overrides"].as_table().expect("a table").keys() {
        assert!(TARGETS.contains(&target.as_str()), "no release is built for {target}");
    }
}

#[test]
fn npm_has_a_package_for_each_archive() {
    let script = read("npm/pack.mjs");
    let targets: Vec<&str> =
        script.lines().filter_map(|line| line.trim().strip_prefix("[\"")?.split('"').next()).collect();
    assert_eq!(targets, TARGETS);
    assert!(script.contains("`kubefloor-v${version}-${target}.${ending}`"), "the archives' name in npm/pack.mjs");
}

#[test]
fn what_python_installs_is_of_this_version() {
    let hook = toml("pyproject.toml");
    assert_eq!(hook["project"]["version"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    let pin = format!("kubefloor=={}", env!("CARGO_PKG_VERSION"));
    assert_eq!(hook["project"]["dependencies"].as_array().expect("a list"), &[toml::Value::String(pin)]);
    let build = hook["build-system"]["build-backend"].as_str().unwrap_or_default();
    assert!(!build.contains("maturin"), "a hook in Python must install the wheel, not build the program");
    let wheel = toml("wheel/pyproject.toml");
    assert_eq!(wheel["project"]["name"].as_str(), Some(env!("CARGO_PKG_NAME")));
    let dynamic = wheel["project"]["dynamic"].as_array().expect("a list");
    assert!(dynamic.iter().any(|key| key.as_str() == Some("version")), "the wheel's version is Cargo.toml's");
}

/// pre-commit runs `cargo install --bins --path .` at the root, with whichever toolchain there is.
#[test]
fn hooks_in_rust_can_be_installed_from_the_root() {
    let manifest = toml("Cargo.toml");
    assert!(manifest.contains_key("package"), "a virtual workspace cannot be installed");
    for file in ["rust-toolchain", "rust-toolchain.toml", ".cargo/config.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert!(!path.exists(), "{file} would bind whoever installs the hook");
    }
}
