//! What to run so that lockfiles follow an edit, or instead of one.
//!
//! What a manifest does not ask for moves in a lockfile only as far as those allow who do. Where they are known not to, or a step
//! is breaking by its number and the tool's own requirements keep to such steps, no command is named: they are what to upgrade.
//!
//! The commands are made from the formats of the lockfiles that lie beside the place or above it, and from the package's name;
//! nothing in them is taken from a file but that name, and only if it needs no quotes.

use super::place::{RYE, compiled_by};
use super::{Command, Fix, is_breaking};
use crate::ecosystem;
use crate::judge::Finding;
use crate::model::{Ecosystem, File, FileId, Files, Grammar, Selected, ancestors, folder};
use crate::version::Version;

pub(super) fn commands(files: &Files, finding: &Finding<'_>, fix: &Fix) -> Vec<Command> {
    let dependency = &finding.dependency;
    let name = &dependency.package.name;
    let Some(to) = fix.to.as_ref().map(Version::text) else { return Vec::new() };
    if !is_plain(name) || !is_plain(to) {
        return Vec::new();
    }
    let origin = dependency.origin.file;
    let file = files.get(origin);
    let mut commands = Vec::new();
    if fix.edits.is_empty() && file.format.id == "go_mod" {
        // No lockfile decides there: go.mod is both, and it is good.
    } else if file.format.is_written_by_tools() {
        // Nobody asks for it in a manifest: what brings it in must let it move.
        commands
            .extend(instead(file.format.id, name, to).map(|line| Command { folder: folder(&file.path).into(), line }));
    } else if fix.refusal.is_none() {
        let mut edited: Vec<FileId> = fix.edits.iter().map(|edit| edit.at.file).chain([origin]).collect();
        edited.extend(dependency.because.iter().map(|related| related.origin.file));
        edited.sort_unstable();
        edited.dedup();
        for id in edited {
            commands.extend(behind(files, id, dependency.package.ecosystem, name, to));
        }
    }
    commands.sort();
    commands.dedup();
    commands
}

/// Why a package that no manifest asks for does not move in its lockfile.
pub(super) fn held_back(files: &Files, finding: &Finding<'_>, fix: &Fix) -> Option<String> {
    let dependency = &finding.dependency;
    let file = files.get(dependency.origin.file);
    let (to, name) = (fix.to.as_ref()?, &dependency.package.name);
    if !file.format.is_written_by_tools() {
        return None;
    }
    let Selected::Exact(from) = &dependency.selected else { return None };
    let is_far = || is_breaking(dependency.package.ecosystem, from.text(), to);
    let why = match file.format.id {
        "gemfile_lock" | "poetry_lock" if !asked(file, name).all(|(text, grammar)| allows(text, grammar, to)) => {
            format!("what asks for {name} does not allow {to}")
        }
        // What others ask for is a caret as a rule: `0.48` and `^1.2`.
        "cargo_lock" | "package_lock_json" | "yarn_lock" | "pnpm_lock_yaml" | "bun_lock" | "bun_lockb"
        | "deno_lock"
            if is_far() =>
        {
            format!("what asks for {name} will seldom allow {to}, a breaking change by its number")
        }
        // These take the lowest version that is asked for, or the one that is.
        "packages_lock_json" | "project_assets_json" | "gradle_lockfile" | "maven_install_json" => {
            format!("what asks for {name} decides on its version")
        }
        _ => return None,
    };
    Some(format!("a tool writes this file, and {why}"))
}

/// What the packages of a lockfile ask of one of them.
fn asked<'f>(file: &'f File, name: &'f str) -> impl Iterator<Item = (&'f str, Grammar)> {
    let of_gem = move |line: &'f str| {
        let rest = line.strip_prefix("      ")?.strip_prefix(name)?;
        Some((rest.strip_prefix(" (")?.trim_end().strip_suffix(')')?, Grammar::Gem))
    };
    let of_poetry = move |line: &'f str| {
        let rest = line.trim_start_matches('"').strip_prefix(name)?.trim_start_matches('"').strip_prefix(" = ")?;
        let value = rest.split_once("version = ").map_or(rest, |(_, value)| value);
        let value = value.strip_prefix('"')?;
        Some((&value[..value.find('"')?], Grammar::Poetry))
    };
    let is_of_gems = file.format.id == "gemfile_lock";
    file.source.text().lines().filter_map(move |line| if is_of_gems { of_gem(line) } else { of_poetry(line) })
}

fn allows(text: &str, grammar: Grammar, version: &Version) -> bool {
    ecosystem::range(text, grammar).map_or(true, |range| range.contains(version))
}

/// What brings the lockfiles up to date that speak for a file.
fn behind(files: &Files, id: FileId, ecosystem: Ecosystem, name: &str, to: &str) -> Vec<Command> {
    let file = files.get(id);
    let place = folder(&file.path);
    if matches!(file.format.id, "go_mod" | "go_work") {
        let line = if file.format.id == "go_mod" { "go mod tidy" } else { "go work sync" };
        return vec![Command { folder: place.into(), line: line.into() }];
    }
    if file.format.is_written_by_tools() {
        let line = after(file.format.id, name, to);
        return line.map(|line| Command { folder: place.into(), line }).into_iter().collect();
    }
    if file.format.ecosystem == Ecosystem::Pypi {
        // Requirements that were compiled from the file, which bears another name in the same folder.
        let is_other = |(other, one): &(FileId, &File)| *other != id && one.format.ecosystem == ecosystem;
        let tools = files.in_folder(place).filter(is_other).filter_map(|(_, one)| compiled_by(one));
        let option = |tool: &str| if tool == RYE { "--update" } else { "--upgrade-package" };
        let mut lines: Vec<String> = tools.map(|tool| format!("{tool} {} {name}", option(tool))).collect();
        lines.dedup();
        if !lines.is_empty() {
            return lines.into_iter().map(|line| Command { folder: place.into(), line }).collect();
        }
    }
    let is_lock = |(_, lock): &(FileId, &File)| lock.format.ecosystem == ecosystem && lock.format.is_written_by_tools();
    // The nearest ones speak for the file.
    let mut locks = ancestors(place).map(|above| (above, files.in_folder(above).filter(is_lock).collect::<Vec<_>>()));
    let Some((folder, locks)) = locks.find(|(_, locks)| !locks.is_empty()) else { return Vec::new() };
    let lines = locks.iter().filter_map(|(_, lock)| after(lock.format.id, name, to));
    lines.map(|line| Command { folder: folder.to_owned(), line }).collect()
}

/// What makes a lockfile follow its manifest.
fn after(format: &str, name: &str, to: &str) -> Option<String> {
    let line = match format {
        "package_lock_json" => "npm install".into(),
        "yarn_lock" => "yarn install".into(),
        "pnpm_lock_yaml" => "pnpm install --no-frozen-lockfile".into(),
        "bun_lock" | "bun_lockb" => "bun install".into(),
        "deno_lock" => "deno install".into(),
        "pixi_lock" => "pixi lock".into(),
        "poetry_lock" => "poetry lock".into(),
        "pipfile_lock" => "pipenv lock".into(),
        "uv_lock" => "uv lock".into(),
        "pdm_lock" => format!("pdm update --update-reuse {name}"),
        "conda_lock_yml" => format!("conda-lock lock --update {name}"),
        "gemfile_lock" => format!("bundle update --conservative {name}"),
        "gradle_lockfile" => format!("./gradlew dependencies --update-locks {name}"),
        "maven_install_json" => "REPIN=1 bazel run @maven//:pin".into(),
        "cargo_lock" => format!("cargo update --package {name} --precise {to}"),
        // The file that is there is a constraint itself.
        "cabal_project_freeze" => "rm cabal.project.freeze && cabal freeze".into(),
        "stack_yaml_lock" => "stack build --dry-run".into(),
        "packages_lock_json" => "dotnet restore --force-evaluate".into(),
        "project_assets_json" => "dotnet restore".into(),
        "paket_lock" => "paket install".into(),
        "gopkg_lock" => "dep ensure".into(),
        "glide_lock" => "glide update".into(),
        _ => return None,
    };
    Some(line)
}

/// What moves a package in a lockfile that no manifest asks for.
fn instead(format: &str, name: &str, to: &str) -> Option<String> {
    let line = match format {
        "package_lock_json" => format!("npm update {name}"),
        "yarn_lock" => format!("yarn up --recursive {name}"),
        "pnpm_lock_yaml" => format!("pnpm update --depth Infinity {name}"),
        "bun_lock" | "bun_lockb" => format!("bun update {name}"),
        "pixi_lock" => format!("pixi update {name}"),
        "poetry_lock" => format!("poetry update {name}"),
        "pipfile_lock" => format!("pipenv upgrade {name}"),
        "uv_lock" => format!("uv lock --upgrade-package {name}"),
        "go_sum" | "vendor_modules_txt" => format!("go get {name}@{to}"),
        "gopkg_lock" => format!("dep ensure -update {name}"),
        "glide_lock" => "glide update".into(),
        other => return after(other, name, to),
    };
    Some(line)
}

/// Whether a word stands for itself in a shell.
fn is_plain(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | ':' | '+');
    !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain)
}
