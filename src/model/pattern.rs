//! The pattern of a loop over files, as Ruby's `Dir.glob` takes it: `plugins/*/Gemfile`.
//!
//! - Neither `*` nor `?` stands for a `/`, and `**` stands for any number of folders where a `/` follows; else it is a `*`.
//! - What is hidden is found only where the pattern has the dot.

use globset::{GlobBuilder, GlobMatcher};

use super::join;

/// A pattern of paths from the root.
#[derive(Clone, Debug)]
pub struct Pattern {
    glob: GlobMatcher,
    /// The folder that all it finds lies in or below.
    pub start: String,
    /// How many folders below that may be looked into; `None` for any number.
    pub depth: Option<usize>,
    may_be_hidden: bool,
}

impl Pattern {
    /// A pattern relative to a folder; `None` if it leads out of the root or is none.
    pub fn new(folder: &str, relative: &str) -> Option<Pattern> {
        let is_plain = |part: &&str| !part.contains(['*', '?', '[', '{']);
        let parts: Vec<&str> = relative.split('/').collect();
        let plain: Vec<&str> = parts[..parts.len() - 1].iter().copied().take_while(is_plain).collect();
        let rest = parts[plain.len()..].join("/");
        let rest = if rest.ends_with("**") { rest.trim_end_matches('*').to_owned() + "*" } else { rest };
        let head = plain.join("/");
        let start = join(folder, if relative.starts_with('/') { relative } else { &head })?;
        let below = if start.is_empty() { String::new() } else { globset::escape(&start) + "/" };
        let glob = GlobBuilder::new(&format!("{below}{rest}")).literal_separator(true).build().ok()?.compile_matcher();
        let is_deep = rest.contains("**") || rest.contains('{');
        let depth = (!is_deep).then(|| rest.matches('/').count());
        Some(Pattern { glob, may_be_hidden: rest.starts_with('.') || rest.contains("/."), start, depth })
    }

    /// Whether it finds a path from the root.
    pub fn finds(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.start.as_str()).unwrap_or(path);
        let is_hidden = rest.split('/').any(|part| part.starts_with('.'));
        (self.may_be_hidden || !is_hidden) && self.glob.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_find_what_ruby_finds() {
        let found = |folder, pattern, path| Pattern::new(folder, pattern).is_some_and(|one| one.finds(path));
        assert!(found("", "plugins/*/Gemfile", "plugins/a/Gemfile"));
        assert!(found("a[b", "./{x,y}.d/*.rb", "a[b/y.d/one.rb"));
        assert!(found("a", "../b/**/Gemfile", "b/Gemfile"));
        assert!(found("", ".plugins/*.rb", ".plugins/a.rb"));
        assert!(found("", "*/.gems/*.rb", "x/.gems/a.rb"));
        assert!(!found("", "plugins/*/Gemfile", "plugins/a/b/Gemfile"));
        assert!(!found("", "plugins/*/Gemfile", "x/plugins/a/Gemfile"));
        assert!(!found("", "**/Gemfile", ".hidden/Gemfile"));
        assert!(!found("", "*.rb", ".a.rb"));
        assert!(found("", "a/**", "a/b"));
        assert!(!found("", "a/**", "a/b/c"));
        assert!(!found("", "../*.rb", "a.rb"));
        assert!(!found("", "/etc/*.rb", "etc/a.rb"));
    }
}
