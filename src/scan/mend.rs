//! Edits that `kubefloor fix` makes: which bytes of which files change, and putting them there.
//!
//! A file is written beside its place and moved there, so that whoever reads it sees all of it, old or new; it keeps its
//! permissions, its encoding and its line ends.
//!
//! Traps:
//! - Between the scan and the edit a file can change, or become a link that leads elsewhere. It is read again just before it
//!   is written, and left alone unless it is still the text that was judged.
//! - A file that was reached through a link is not written: what is edited has to be where it seems to be.
//! - What has a second name (a hard link) keeps the old text there, as with every editor that moves files into place.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{Progress, Refusal, Request};
use crate::judge::Finding;
use crate::model::{Dependency, Files};
use crate::report::{Entry, Report};
use crate::rules::RuleSet;
use crate::source::{SourceText, Span, splice};
use crate::tree::{Located, Tree};

/// Largest file that is edited; none that people write is larger.
const LIMIT: u64 = 8 * 1024 * 1024;

/// What was found, and the files that are to be changed for it.
#[derive(Debug)]
pub struct Mending {
    /// What was found.
    pub report: Report,
    /// The changes, by path.
    pub changes: Vec<Change>,
    tree: Tree,
}

/// The changes of one file.
#[derive(Debug)]
pub struct Change {
    /// Its path from the root.
    pub path: String,
    source: SourceText,
    edits: Vec<(Span, String)>,
}

/// The bytes of a file, and what they are to be.
#[derive(Debug)]
pub struct Prepared {
    real: PathBuf,
    /// As they are.
    pub before: Vec<u8>,
    /// As they are to be.
    pub after: Vec<u8>,
}

/// Scans, and gathers the edits that mend what was found.
///
/// # Errors
/// [`Refusal`] if the request cannot be carried out.
pub fn mend(request: &Request, rules: &RuleSet, progress: &Progress) -> Result<Mending, Refusal> {
    let (report, changes) = super::run(request, rules, progress, changes)?;
    let (tree, _) = Tree::open(&request.paths).map_err(Refusal::Path)?;
    Ok(Mending { report, changes, tree })
}

/// The changes for all findings but those that somebody has accepted. A file that was read as two formats is one file.
fn changes(files: &Files, findings: &[Finding<'_>], report: &Report) -> Vec<Change> {
    let key = |entry: &Entry| (entry.rule.clone(), entry.package.clone(), entry.place.path.clone(), entry.place.start);
    let ignored: HashSet<_> = report.ignored().map(|(entry, _)| key(entry)).collect();
    let is_ignored = |finding: &Finding<'_>| {
        let Dependency { package, origin, .. } = &finding.dependency;
        let file = files.get(origin.file);
        let start = file.source.line_col(origin.span.start);
        ignored.contains(&(finding.rule.id.clone(), package.name.clone(), file.path.clone(), start))
    };
    let mut by_path: BTreeMap<&str, Change> = BTreeMap::new();
    let findings = findings.iter().filter(|finding| finding.fix.is_some() && !is_ignored(finding));
    for edit in findings.filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits) {
        let file = files.get(edit.at.file);
        let change = by_path.entry(&file.path).or_insert_with(|| Change {
            path: file.path.clone(),
            source: file.source.clone(),
            edits: Vec::new(),
        });
        change.edits.push((edit.at.span, edit.new.clone()));
    }
    let changes = by_path.into_values().map(|mut change| {
        change.edits.sort();
        change.edits.dedup();
        change
    });
    changes.collect()
}

impl Mending {
    /// The bytes of a file that is to be changed, before and after.
    ///
    /// # Errors
    /// Why it is left alone, for people.
    pub fn prepare(&self, change: &Change) -> Result<Prepared, String> {
        let path = self.tree.base().join(&change.path);
        let real = match self.tree.follow(&path) {
            Located::Inside(real) => real,
            Located::Outside => return Err("it lies outside of what is scanned".into()),
            Located::Missing => return Err("it is not there any more".into()),
        };
        if real != path {
            return Err("it is reached through a link".into());
        }
        let before = self.tree.read(&real, LIMIT).map_err(|why| why.message)?;
        let edits: Vec<(Span, &str)> = change.edits.iter().map(|(span, new)| (*span, new.as_str())).collect();
        let Some(after) = splice(&before, &change.source, &edits) else {
            return Err("it has changed since it was read, or its encoding has no place for the edit".into());
        };
        Ok(Prepared { real, before, after })
    }

    /// Puts the changed bytes in place.
    ///
    /// # Errors
    /// Why that cannot be done, for people.
    pub fn write(&self, prepared: &Prepared) -> Result<(), String> {
        let Prepared { real, before, after } = prepared;
        let cannot = |error: io::Error| format!("it cannot be written: {}", error.kind());
        let folder = real.parent().ok_or("it lies in no folder")?;
        let permissions = fs::symlink_metadata(real).map_err(cannot)?.permissions();
        if permissions.readonly() {
            return Err("it may not be written".into());
        }
        let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (temporary, mut file) = beside(folder, &name).map_err(cannot)?;
        let written =
            file.write_all(after).and_then(|()| file.set_permissions(permissions)).and_then(|()| file.sync_all());
        drop(file);
        let moved = written.map_err(cannot).and_then(|()| {
            let is_still_so = self.tree.read(real, LIMIT).is_ok_and(|now| now == *before);
            if !is_still_so {
                return Err("it has changed since it was read".to_owned());
            }
            fs::rename(&temporary, real).map_err(cannot)
        });
        if moved.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        moved
    }
}

/// A new file in a folder under a name that nothing has.
fn beside(folder: &Path, name: &str) -> io::Result<(PathBuf, fs::File)> {
    let start: String = name.chars().take(40).collect();
    for count in 0.. {
        let path = folder.join(format!(".{start}.{}-{count}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && count < 100 => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mending(folder: &Path) -> Mending {
        let request = Request { paths: vec![folder.to_owned()], ..Request::default() };
        mend(&request, RuleSet::built_in(), &Progress::default()).expect("a folder can be scanned")
    }

    #[test]
    fn only_what_was_judged_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requirements.txt");
        fs::write(&path, "kubernetes==11.0.0\r\n").unwrap();
        let first = mending(folder.path());
        let prepared = first.prepare(&first.changes[0]).unwrap();
        fs::write(&path, "kubernetes==11.0.0 \r\n").unwrap();
        assert!(first.write(&prepared).is_err(), "changed between reading and writing");
        assert!(first.prepare(&first.changes[0]).is_err(), "changed since the scan");
        assert_eq!(fs::read(&path).unwrap(), b"kubernetes==11.0.0 \r\n");
        let second = mending(folder.path());
        second.write(&second.prepare(&second.changes[0]).unwrap()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"kubernetes==12.0.0 \r\n");
        assert!(mending(folder.path()).changes.is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    #[cfg(unix)]
    fn permissions_stay_and_links_are_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("real/requirements.txt");
        fs::create_dir(folder.path().join("real")).unwrap();
        fs::write(&path, "kubernetes==11.0.0").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let found = mending(folder.path());
        let prepared = found.prepare(&found.changes[0]).unwrap();
        fs::rename(folder.path().join("real"), folder.path().join("other")).unwrap();
        symlink(folder.path().join("other"), folder.path().join("real")).unwrap();
        assert!(found.prepare(&found.changes[0]).is_err(), "its folder has become a link");
        fs::remove_file(folder.path().join("real")).unwrap();
        fs::rename(folder.path().join("other"), folder.path().join("real")).unwrap();
        found.write(&prepared).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(found.write(&prepared).is_err(), "nobody may write it");
    }
}
