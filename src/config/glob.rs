//! Globs over paths from one folder, in the manner of a `.gitignore`, where a folder stands for everything in it.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Longest glob that is taken; a nested one is as deep as it is long.
const LONGEST: usize = 500;

/// Some globs.
#[derive(Clone, Debug)]
pub struct Globs(Gitignore);

impl Globs {
    /// The globs of some texts.
    ///
    /// # Errors
    /// The number of the first text that is none, and what is wrong with it.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Globs, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        for (index, text) in texts.into_iter().enumerate() {
            check(text).map_err(|why| (index, why))?;
            builder.add_line(None, text).map_err(|error| (index, why(&error)))?;
        }
        builder.build().map(Globs).map_err(|error| (0, why(&error)))
    }

    /// Whether a file's path is meant, or a folder above it.
    pub fn match_path(&self, path: &str) -> bool {
        let path = Path::new(path.trim_start_matches('/'));
        self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

/// What is wrong with a text that would be taken for something else than a glob.
fn check(text: &str) -> Result<(), String> {
    if text.starts_with('#') {
        return Err("it would be a comment; write `\\#` for a name that begins with `#`".into());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    if text.starts_with("./") || text.split('/').any(|part| part == "..") {
        return Err("it can match nothing; leave out `./` and `..`".into());
    }
    Ok(())
}

fn why(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}
