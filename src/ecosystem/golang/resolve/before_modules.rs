//! What dep, Glide, godep, govendor, gvt, vndr and trash select, in folders without a go.mod: the go command of today would use that instead.
//!
//! - Gopkg.lock and glide.lock hold for the manifest beside them; Godeps.json, vendor.json and gvt's manifest are manifest and lockfile
//!   in one.
//! - Where the manifest states a version, that is the place to edit, and the lock's entry is related; else the lock's entry is.
//! - An override in Gopkg.toml beats a constraint.
//! - A version in Gopkg.lock that Gopkg.toml does not admit is stale: dep solves anew, so the manifest decides. Tags of one commit
//!   are one version to dep (`gps`, "version unifier"), and it may lock another than the manifest names; so where the manifest
//!   names a tag, the commits are compared, and where nobody knows that tag's, the lock is believed.
//! - vendor.conf holds whatever trash.lock says, which is written and never read; but what only that names came in through others.
//! - Glide installs what its lock says, whatever the manifest has become, and its lock names commits, which cannot be compared.

use crate::ecosystem;
use crate::ecosystem::golang::version::commit;
use crate::ecosystem::golang::{
    glide_lock, glide_yaml, go_mod, godeps_json, gopkg_lock, gopkg_toml, trash_lock, vendor_conf, vendor_json,
    vendor_manifest,
};
use crate::model::{
    self, Declared, Dependency, Ecosystem, FileId, Files, Format, GitReference, Origin, Package, Problem, ProblemKind,
    Related, Resolution, Scope, Selected, Source, Stated,
};
use crate::version::Version;

/// The lists of what was copied, in a folder of the one that they speak of.
const COPIED: &[&str] = &[godeps_json::FORMAT.id, vendor_json::FORMAT.id, vendor_manifest::FORMAT.id];

/// What trash reads, the first that is there ("Help").
const OF_TRASH: &[(&str, &Format)] = &[
    ("vendor.conf", &vendor_conf::FORMAT),
    ("trash.conf", &vendor_conf::FORMAT),
    ("trash.yml", &vendor_conf::FORMAT),
    ("glide.yaml", &glide_yaml::FORMAT),
    ("trash.yaml", &vendor_conf::FORMAT),
];

/// Resolves every folder that one of the tools was used in.
pub(super) fn resolve(files: &Files, resolution: &mut Resolution) {
    for (id, file) in files.of(Ecosystem::Golang) {
        let folder = model::folder(&file.path);
        let (unit, beside): (&str, &[(&str, &Format)]) = match file.format.id {
            id if id == gopkg_toml::FORMAT.id => (folder, &[]),
            id if id == glide_yaml::FORMAT.id => (folder, &[]),
            id if id == vendor_conf::FORMAT.id => (folder, &[]),
            id if id == gopkg_lock::FORMAT.id => (folder, &[("Gopkg.toml", &gopkg_toml::FORMAT)]),
            id if id == glide_lock::FORMAT.id => (folder, &[("glide.yaml", &glide_yaml::FORMAT)]),
            id if id == trash_lock::FORMAT.id => (folder, OF_TRASH),
            id if COPIED.contains(&id) => (model::folder(folder), &[]),
            _ => continue,
        };
        let find = |name: &str, format| model::join(unit, name).and_then(|path| files.find(&path, format));
        if find("go.mod", &go_mod::FORMAT).is_some() {
            continue;
        }
        let lock = match file.format.id {
            id if id == gopkg_toml::FORMAT.id => find("Gopkg.lock", &gopkg_lock::FORMAT),
            id if id == glide_yaml::FORMAT.id => find("glide.lock", &glide_lock::FORMAT),
            id if id == vendor_conf::FORMAT.id => find("trash.lock", &trash_lock::FORMAT),
            _ => None,
        };
        let manifest = beside.iter().find_map(|(name, format)| find(name, format));
        folder_of(files, id, lock, manifest, resolution);
    }
}

/// The dependencies whose place is in one file; what the manifest beside a lock states has its place there.
fn folder_of(files: &Files, id: FileId, lock: Option<FileId>, manifest: Option<FileId>, resolution: &mut Resolution) {
    let file = files.get(id);
    let own = file.reading.identity.as_ref().map(|identity| identity.name.as_str());
    for declared in &file.reading.declared {
        let beaten = || {
            let rules = file.reading.declared.iter().filter(|other| other.name == declared.name);
            declared.condition.is_none() && rules.into_iter().any(|other| other.condition.is_some())
        };
        let in_manifest = manifest.is_some_and(|manifest| stated_in(files, manifest, &declared.name));
        let is_bare = declared.stated == Stated::Nothing;
        if own == Some(&declared.name) || in_manifest || beaten() {
            continue;
        }
        let entry = lock.and_then(|lock| {
            let mut entries = files.get(lock).reading.declared.iter();
            entries.find(|entry| entry.name == declared.name).map(|entry| (lock, entry))
        });
        // Without a version the manifest says nothing that the lock does not.
        if is_bare && entry.is_some() {
            continue;
        }
        let is_believed = file.format.id != vendor_conf::FORMAT.id;
        let (lock, entry) = if is_believed { (lock, entry) } else { (None, None) };
        let mut dependency = dependency(id, declared, entry, lock.is_some());
        if let Some((lock, entry)) = entry
            && let Some(version) = contradicted(files, declared, entry)
        {
            dependency.selected = select(declared);
            for related in &mut dependency.because {
                related.message = "the lockfile has another version here, which does not count".into();
            }
            let message = format!(
                "`{}` is locked at `{version}`, which `{}` does not ask for; the lockfile is out of date there, so the manifest \
                 decides",
                declared.name, file.path
            );
            let problem = Problem { kind: ProblemKind::Contradiction, message, span: entry.span };
            resolution.problems.push((lock, problem));
        }
        resolution.dependencies.push(dependency);
    }
}

fn stated_in(files: &Files, manifest: FileId, name: &str) -> bool {
    let mut declared = files.get(manifest).reading.declared.iter();
    declared.any(|declared| declared.name == name && declared.stated != Stated::Nothing)
}

fn dependency(id: FileId, declared: &Declared, entry: Option<(FileId, &Declared)>, has_lock: bool) -> Dependency {
    let because = entry.map(|(lock, entry)| Related {
        origin: Origin { file: lock, span: entry.span },
        message: "the lockfile has this version".into(),
    });
    let selected = match entry {
        Some((_, entry)) => with_version(select(entry), declared),
        None => select(declared),
    };
    // A constraint on what the lock does not name is used by nobody.
    let scope = if has_lock && entry.is_none() { Scope::Managed } else { declared.scope };
    Dependency {
        package: Package { ecosystem: Ecosystem::Golang, name: declared.name.clone() },
        declared: text(declared),
        selected,
        scope,
        direct: declared.direct,
        condition: None,
        origin: Origin { file: id, span: declared.span },
        because: because.into_iter().collect(),
        through: None,
    }
}

/// The version of a lock's entry, if it is not what the manifest asks for.
fn contradicted<'a>(files: &Files, declared: &Declared, entry: &'a Declared) -> Option<&'a str> {
    let Stated::Source(Source::Git { reference: GitReference::Locked { version, revision }, .. }) = &entry.stated
    else {
        return None;
    };
    let is_at = |tag: &String| {
        let commit = files.commit_of_tag(Ecosystem::Golang, &declared.name, tag);
        tag == version || commit.is_none_or(|commit| revision.starts_with(commit))
    };
    let fits = match &declared.stated {
        Stated::Requirement(text, grammar) => match (ecosystem::range(text, *grammar), select(entry)) {
            (Ok(range), Selected::Exact(version)) => range.contains(&version),
            _ => true,
        },
        Stated::Source(Source::Git { reference: GitReference::Tag(tag) | GitReference::Any(tag), .. }) => is_at(tag),
        _ => true,
    };
    (!fits).then_some(version)
}

/// A lock's bare commit together with the tag that the manifest asks for, if it asks for exactly one.
fn with_version(selected: Selected, declared: &Declared) -> Selected {
    let Selected::Source(Source::Git { repository, reference: GitReference::Revision(revision) }) = &selected else {
        return selected;
    };
    let version = match &declared.stated {
        Stated::Requirement(text, grammar) => match ecosystem::range(text, *grammar) {
            Ok(range) if range.pinned().is_some() => text.trim_start_matches(['=', ' ']).to_owned(),
            _ => return selected,
        },
        Stated::Source(Source::Git { reference: GitReference::Tag(tag) | GitReference::Any(tag), .. }) => tag.clone(),
        _ => return selected,
    };
    let reference = GitReference::Locked { revision: revision.clone(), version };
    Selected::Source(Source::Git { repository: repository.clone(), reference })
}

/// What a statement selects by itself.
pub(super) fn select(declared: &Declared) -> Selected {
    if let Stated::Source(Source::Git { repository, reference }) = &declared.stated
        && repository == &declared.name
        && let GitReference::Tag(tag) | GitReference::Locked { version: tag, .. } = reference
        && let Some(version) = release(tag)
    {
        return Selected::Exact(version);
    }
    match &declared.stated {
        Stated::Source(source) => Selected::Source(source.clone()),
        Stated::Requirement(text, grammar) => match ecosystem::range(text, *grammar) {
            Ok(range) => Selected::from_range(range, text),
            Err(why) => Selected::Unknown(why),
        },
        Stated::Nothing | Stated::Locked(_) | Stated::Elsewhere(_) | Stated::Computed(_) => {
            Selected::Within(crate::version::VersionRange::all(false))
        }
    }
}

/// The version that a tag is: `v6.0.0`, and `6.0.0` as some repositories write it.
fn release(tag: &str) -> Option<Version> {
    let text = if tag.starts_with('v') { tag.to_owned() } else { format!("v{tag}") };
    ecosystem::version(Ecosystem::Golang, &text).ok().map(|version| Version::new(tag, version.order().clone()))
}

fn text(declared: &Declared) -> Option<String> {
    match &declared.stated {
        Stated::Requirement(text, _) | Stated::Locked(text) => Some(text.clone()),
        Stated::Source(Source::Git { reference, .. }) => match reference {
            GitReference::Branch(word)
            | GitReference::Tag(word)
            | GitReference::Revision(word)
            | GitReference::Any(word) => Some(word.clone()),
            GitReference::Locked { revision, version } if commit(version).is_some() => Some(revision.clone()),
            GitReference::Locked { version, .. } => Some(version.clone()),
            GitReference::Default => None,
        },
        Stated::Source(Source::Fork { version, .. }) => Some(version.clone()),
        Stated::Source(_) | Stated::Elsewhere(_) | Stated::Computed(_) | Stated::Nothing => None,
    }
}
