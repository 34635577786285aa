//! What a Go module selects, from its `go.mod` (Go Modules Reference, "Minimal version selection", "replace directive",
//! "exclude directive").
//!
//! - Duplicate requirements: the highest counts.
//! - `replace` with the required version on its left beats the one without; it is not applied to its own result, and the
//!   original module keeps its identity. The place to edit is then the replacement.
//! - An excluded requirement is dropped by the go command, and what is selected instead depends on the module graph.
//! - A `replace` alone requires nothing. From `go 1.17` on the file lists everything that is built; before, someone below
//!   may ask for the module, so the pin is still worth a look (scope `managed`).

use std::collections::BTreeMap;

use super::go_mod::{self, GO_DIRECTIVE};
use super::version::GolangVersion;
use crate::ecosystem;
use crate::model::{
    Declared, Dependency, Ecosystem, Effect, File, FileId, Files, Origin, Override, Package, Reason, Related,
    Resolution, Selected, Source, Stated, Why,
};
use crate::version::Version;

/// Resolves every go.mod on its own.
pub fn resolve(files: &Files) -> Resolution {
    let mut resolution = Resolution::default();
    for (id, file) in files.of(Ecosystem::Golang) {
        if file.format.id == go_mod::FORMAT.id {
            module(id, file, &mut resolution);
        }
    }
    resolution
}

fn module(id: FileId, file: &File, resolution: &mut Resolution) {
    let own = file.reading.identity.as_ref().map(|identity| identity.name.as_str());
    let mut required: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
    for declared in &file.reading.declared {
        required.entry(&declared.name).or_default().push(declared);
    }
    for (name, declared) in &required {
        if Some(*name) != own {
            resolution.dependencies.push(requirement(id, file, name, declared));
        }
    }
    if lists_everything(file) {
        return;
    }
    for replacement in replacements(file).filter(|replacement| !required.contains_key(replacement.name.as_str())) {
        if own != Some(&replacement.name) {
            resolution.dependencies.push(replaced(id, replacement, None));
        }
    }
}

/// Whether the go directive is 1.17 or later, so that the file lists all modules that are built ("Module graph pruning").
fn lists_everything(file: &File) -> bool {
    let Some(go) = file.reading.variables.iter().find(|variable| variable.name == GO_DIRECTIVE) else { return false };
    let mut numbers = go.value.split(['.', 'r', 'b']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (1, 17),
        _ => false,
    }
}

fn replacements(file: &File) -> impl DoubleEndedIterator<Item = &Override> {
    file.reading.overrides.iter().filter(|change| change.effect == Effect::Replace)
}

fn requirement(id: FileId, file: &File, name: &str, declared: &[&Declared]) -> Dependency {
    let (chosen, selected) = highest(name, declared);
    let text = text(chosen);
    let replacement = replacements(file)
        .find(|replacement| replacement.name == name && replacement.when.as_deref() == Some(text))
        .or_else(|| replacements(file).find(|replacement| replacement.name == name && replacement.when.is_none()));
    if let Some(replacement) = replacement {
        return replaced(id, replacement, Some(chosen));
    }
    let is_excluded = |change: &&Override| {
        change.effect == Effect::Exclude && change.name == name && change.when.as_deref() == Some(text)
    };
    let mut because = Vec::new();
    let selected = match file.reading.overrides.iter().find(is_excluded) {
        Some(exclusion) => {
            because.push(related(id, &exclusion.then, "excluded here"));
            let message = format!("`{text}` is excluded in the same file, so the module graph decides");
            Selected::Unknown(Why::new(Reason::Excluded, message))
        }
        None => selected,
    };
    for other in declared.iter().filter(|other| !std::ptr::eq(**other, chosen)) {
        because.push(related(id, other, "also required here; the highest version counts"));
    }
    dependency(id, name, chosen, chosen, selected, because)
}

/// The requirement that counts among duplicates: the highest version, else the first.
fn highest<'a>(name: &str, declared: &[&'a Declared]) -> (&'a Declared, Selected) {
    let mut chosen = (declared[0], select(name, declared[0]));
    for other in &declared[1..] {
        let selected = select(name, other);
        if let (Selected::Exact(new), Selected::Exact(old)) = (&selected, &chosen.1)
            && new > old
        {
            chosen = (other, selected);
        }
    }
    chosen
}

fn replaced(id: FileId, replacement: &Override, required: Option<&Declared>) -> Dependency {
    let name = &replacement.name;
    let selected = match &replacement.then.stated {
        Stated::Source(source) => Selected::Source(source.clone()),
        _ => select(name, &replacement.then),
    };
    let because = required.map(|required| related(id, required, "required here, replaced")).into_iter().collect();
    dependency(id, name, &replacement.then, required.unwrap_or(&replacement.then), selected, because)
}

/// A dependency whose place is `at` and whose scope and directness are those of `stated`.
fn dependency(
    id: FileId,
    name: &str,
    at: &Declared,
    stated: &Declared,
    selected: Selected,
    because: Vec<Related>,
) -> Dependency {
    Dependency {
        package: Package { ecosystem: Ecosystem::Golang, name: name.into() },
        declared: Some(text(at).to_owned()),
        selected,
        scope: stated.scope,
        direct: stated.direct,
        condition: None,
        origin: Origin { file: id, span: at.span },
        because,
    }
}

fn related(id: FileId, declared: &Declared, message: &str) -> Related {
    Related { origin: Origin { file: id, span: declared.span }, message: message.into() }
}

fn text(declared: &Declared) -> &str {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Locked(text) | Stated::Elsewhere(text) | Stated::Computed(text) => text,
        Stated::Source(Source::Fork { version, .. }) => version,
        Stated::Source(Source::Path(path) | Source::Url(path) | Source::Workspace(path)) => path,
        Stated::Source(Source::Git { repository, .. }) => repository,
        Stated::Nothing => "",
    }
}

fn select(name: &str, declared: &Declared) -> Selected {
    let text = text(declared);
    match version(name, text) {
        Ok(version) => Selected::Exact(version),
        Err(why) => Selected::Unknown(Why::new(Reason::UnparsableVersion, format!("`{text}` is no version: {why}"))),
    }
}

/// A version that fits its module path: above v1 the path ends in `/vN` or the version in `+incompatible` ("Major version
/// suffixes", "Compatibility with non-module repositories").
fn version(name: &str, text: &str) -> Result<Version, String> {
    let version = ecosystem::version(Ecosystem::Golang, text).map_err(|why| why.message)?;
    let parsed = GolangVersion::parse(text)?;
    let major = parsed.major();
    let in_path = name.rsplit_once(['/', '.']).and_then(|(_, last)| last.strip_prefix('v'));
    let fits = match (major.as_str(), in_path) {
        ("0" | "1", _) => true,
        (major, Some(suffix)) if suffix.trim_end_matches("-unstable") == major => true,
        _ => parsed.is_incompatible(),
    };
    if fits { Ok(version) } else { Err(format!("a version {major} of `{name}` needs `+incompatible` or `/v{major}`")) }
}
