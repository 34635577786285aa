//! Which paths are manifests, by the globs of the format table.

use std::collections::HashSet;
use std::path::Path;

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::ecosystem;
use crate::model::Format;

/// Matches paths against the globs of every format.
pub struct Matcher {
    globs: GlobSet,
    formats: Vec<&'static Format>,
}

impl Matcher {
    /// A matcher for all formats.
    ///
    /// # Panics
    /// If a glob in the table is malformed, which a test would show.
    pub fn new() -> Matcher {
        let mut builder = GlobSetBuilder::new();
        let mut formats = Vec::new();
        for format in ecosystem::formats() {
            for glob in format.globs {
                let anywhere = format!("**/{glob}");
                // `*` stays within a name: a folder called like a manifest makes none of what is in it.
                let glob = GlobBuilder::new(&anywhere).literal_separator(true).build();
                builder.add(glob.expect("a glob of the table is well-formed"));
                formats.push(format);
            }
        }
        Matcher { globs: builder.build().expect("the globs of the table fit into one set"), formats }
    }

    /// The formats of a path from the root; most files have none, few have more than one.
    pub fn formats(&self, path: &str) -> Vec<&'static Format> {
        let mut formats: Vec<&'static Format> = Vec::new();
        for index in self.globs.matches_candidate(&Candidate::new(path)) {
            let format = self.formats[index];
            if !formats.iter().any(|other| other.id == format.id) {
                formats.push(format);
            }
        }
        formats
    }
}

/// The names with a dot in front that formats ask for: those files and folders are not hidden.
pub(super) fn hidden_names() -> HashSet<&'static str> {
    let globs = ecosystem::formats().flat_map(|format| format.globs);
    globs.flat_map(|glob| glob.split('/')).filter(|name| name.starts_with('.') && !name.contains(['*', '{'])).collect()
}

/// Whether a path's name starts with a dot and no format asks for it.
pub(super) fn is_hidden(path: &Path, names: &HashSet<&str>) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && !names.contains(name.as_ref())
}

impl Default for Matcher {
    fn default() -> Self {
        Matcher::new()
    }
}
