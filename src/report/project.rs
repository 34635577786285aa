//! The report by project: the folder in which a manifest lies, with everything that was found there; and by those who own
//! the projects, where a CODEOWNERS file tells.
//!
//! A folder that a tool makes inside a project (`vendor`, `Godeps`, `gradle`) is the project's. A project whose manifests have
//! different owners is shown once for each of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Entry, Report};
use crate::judge::Verdict;
use crate::model::folder;

/// Folders inside a project that hold its manifests.
const INNER: &[&str] = &["Godeps", "gradle", "requirements", "vendor"];

/// A folder and what was found in it.
#[derive(Debug)]
pub struct Project<'a> {
    /// The folder, from the top of the repository; `.` for that itself.
    pub folder: String,
    /// Its findings, in the order of the report.
    pub findings: Vec<&'a Entry>,
}

impl Project<'_> {
    /// How many of its findings have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|entry| entry.verdict == verdict).count()
    }
}

/// The projects with findings that the same people own.
#[derive(Debug)]
pub struct Owned<'a> {
    /// Who owns them; nobody is empty.
    pub owners: &'a [String],
    /// The projects, the worst first.
    pub projects: Vec<Project<'a>>,
}

/// The projects with findings by their owners, sorted by name; what nobody owns comes last.
pub fn by_owners(report: &Report) -> Vec<Owned<'_>> {
    let mut by_owners: BTreeMap<(bool, &[String]), Vec<&Entry>> = BTreeMap::new();
    for entry in report.findings() {
        by_owners.entry((entry.owners.is_empty(), &entry.owners)).or_default().push(entry);
    }
    let owned = |((_, owners), findings): (_, Vec<_>)| Owned { owners, projects: projects(report, findings) };
    by_owners.into_iter().map(owned).collect()
}

/// The projects of some findings, the worst first.
fn projects<'a>(report: &Report, findings: Vec<&'a Entry>) -> Vec<Project<'a>> {
    let mut by_folder: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in findings {
        by_folder.entry(project_folder(&entry.place.path)).or_default().push(entry);
    }
    let named = |(path, findings)| Project { folder: report.from_repository(path), findings };
    let mut projects: Vec<Project<'a>> = by_folder.into_iter().map(named).collect();
    projects.sort_by_cached_key(|project| {
        let worst = [Verdict::Incompatible, Verdict::MaybeIncompatible, Verdict::Undetermined];
        (Reverse(worst.map(|verdict| project.count(verdict))), project.folder.clone())
    });
    projects
}

/// The folder of the project that a manifest belongs to.
fn project_folder(path: &str) -> &str {
    let inner = folder(path);
    let name = inner.rsplit('/').next().unwrap_or_default();
    if INNER.contains(&name) { folder(inner) } else { inner }
}

#[cfg(test)]
mod tests {
    use super::project_folder;

    #[test]
    fn folders_that_tools_make_are_the_project_s() {
        assert_eq!(project_folder("a/go.mod"), "a");
        assert_eq!(project_folder("a/Godeps/Godeps.json"), "a");
        assert_eq!(project_folder("vendor/modules.txt"), "");
        assert_eq!(project_folder("go.mod"), "");
    }
}
