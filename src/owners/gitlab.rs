//! CODEOWNERS as GitLab reads it ("Syntax of CODEOWNERS file" and "Advanced CODEOWNERS configuration" in its documentation).
//!
//! Traps:
//! - The file falls into sections (`[Name]`, `^[Name][2] @default`); in each the last line that matches counts, and a file's
//!   owners are those of all sections together. Sections of one name, whatever its capitals, are one.
//! - A line without owners has the defaults of its section, not nobody.
//! - A line that begins with `!` takes what it matches out of its section, whatever stands before or behind it.
//! - A pattern without a `/` at its start holds anywhere, also one with a `/` inside. `docs` is a file; the folder is `docs/`.
//! - A pattern that is there twice in a section has the owners of the second in the place of the first.
//! - There are no comments behind a line: an owner behind a `#` is one. A word that is no owner is passed over.
//!
//! Not done: who has a role (`@@maintainer`) is shown as the role.

use std::collections::HashMap;

use super::{Line, is_owner, with_plain_braces, words};

/// The head of a section.
#[derive(Debug, PartialEq, Eq)]
struct Head<'a> {
    name: &'a str,
    defaults: &'a str,
}

/// Whether a text has heads of sections.
pub(super) fn has_sections(text: &str) -> bool {
    text.lines().any(|line| head(line.trim()).is_some())
}

/// The lines of a file that mean something.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut sections: HashMap<String, usize> = HashMap::from([(String::new(), 0)]);
    let mut known: HashMap<(usize, String), usize> = HashMap::new();
    let mut lines: Vec<Line> = Vec::new();
    let (mut section, mut defaults) = (0, Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(head) = head(line) {
            let next = sections.len();
            section = *sections.entry(head.name.to_lowercase()).or_insert(next);
            defaults = owners(&words(head.defaults));
            continue;
        }
        let words = words(line);
        let Some((pattern, who)) = words.split_first() else { continue };
        let (pattern, is_exclusion) = match pattern.strip_prefix('!') {
            Some(pattern) => (pattern, true),
            None => (pattern.as_str(), false),
        };
        let who = match (is_exclusion, who.is_empty()) {
            (true, _) => None,
            (false, true) => Some(defaults.clone()),
            (false, false) => Some(owners(who)),
        };
        let Some(glob) = glob(pattern) else { continue };
        match known.get(&(section, glob.clone())) {
            Some(number) => lines[*number].owners = who,
            None => {
                known.insert((section, glob.clone()), lines.len());
                lines.push(Line { section, globs: vec![glob], owners: who });
            }
        }
    }
    lines
}

/// `[Name]`, `^[Name]`, `[Name][2]`, with owners behind it or not.
fn head(line: &str) -> Option<Head<'_>> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((count, rest)) if count.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => rest,
    };
    let is_head = !name.trim().is_empty() && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_head.then_some(Head { name: name.trim(), defaults: rest })
}

/// The owners among some words; a role has two `@`.
fn owners(words: &[String]) -> Vec<String> {
    let is_any = |word: &&String| {
        is_owner(word) || word.strip_prefix('@').is_some_and(|role| role.starts_with('@') && is_owner(role))
    };
    words.iter().filter(is_any).cloned().collect()
}

/// The glob that stands for a pattern, which is one of Ruby's `File.fnmatch` with `FNM_PATHNAME` and `FNM_DOTMATCH`.
fn glob(pattern: &str) -> Option<String> {
    let pattern = with_plain_braces(pattern);
    let mut glob = match pattern.strip_prefix('/') {
        Some(pattern) => pattern.to_owned(),
        None => format!("**/{pattern}"),
    };
    // `**` without a `/` behind it is a `*`.
    if glob == "**" || glob.ends_with("/**") {
        glob.pop();
    }
    if glob.is_empty() || glob.ends_with('/') {
        glob.push_str("**/*");
    }
    (!pattern.is_empty()).then_some(glob)
}

#[cfg(test)]
mod tests {
    use super::head;
    use crate::owners::{Forge, Owners};

    fn of(text: &str, path: &str) -> String {
        Owners::parse(Forge::Gitlab, text).expect("a small file").of(path).join(" ")
    }

    /// The examples of GitLab's documentation.
    #[test]
    fn patterns_match_as_gitlab_says() {
        for (pattern, path, is_match) in [
            ("/README.md", "README.md", true),
            ("/README.md", "docs/README.md", false),
            ("README.md", "app/lib/README.md", true),
            ("internal/README.md", "docs/api/internal/README.md", true),
            ("/docs/", "docs/a/b.md", true),
            ("docs/", "x/docs/b.md", true),
            ("docs", "docs/b.md", false),
            ("/docs/*.md", "docs/x.md", true),
            ("/docs/*.md", "docs/api/x.md", false),
            ("/docs/*/README.md", "docs/api/README.md", true),
            ("/docs/**/index.md", "docs/index.md", true),
            ("/docs/**/index.md", "docs/api/graphql/index.md", true),
            ("/docs/**", "docs/x.md", true),
            ("/docs/**", "docs/api/x.md", false),
            ("*", "a/.hidden", true),
            ("/*", "a/b", false),
            ("\\#file", "#file", true),
            ("path\\ with/", "path with/x", true),
            ("[ab].md", "x/a.md", true),
            ("{a,b}", "a", false),
        ] {
            assert_eq!(!of(&format!("{pattern} @a\n"), path).is_empty(), is_match, "{pattern} {path}");
        }
    }

    #[test]
    fn each_section_has_its_own_last_line() {
        let text = "* @admin\n\n[README Owners]\nREADME.md @user1 @user2\ninternal/README.md @user4\n\n\
            [README other owners]\nREADME.md @user3\n";
        assert_eq!(of(text, "README.md"), "@admin @user1 @user2 @user3");
        assert_eq!(of(text, "internal/README.md"), "@admin @user4 @user3");
        assert_eq!(of("[A] @a\nx\ny @b # not @c\n[B]\n", "x"), "@a");
        assert_eq!(of("[A] @a\nx\ny @b # also @c\n", "y"), "@b @c");
        assert_eq!(of("[A]\nx @a\n[b]\nx @b\n[a]\n* @c\n", "x"), "@c @b");
    }

    #[test]
    fn what_is_excluded_is_out_of_its_section() {
        let text = "* @all\n!x\n[A]\n!x/y\n* @a\n";
        assert_eq!(of(text, "z"), "@all @a");
        assert_eq!(of(text, "x"), "@a");
        assert_eq!(of(text, "x/y"), "@all");
    }

    #[test]
    fn the_second_of_a_pattern_takes_the_place_of_the_first() {
        assert_eq!(of("x @a\n* @b\nx @c\n", "x"), "@b");
        assert_eq!(of("x @@maintainer @a/b/c d\n", "x"), "@@maintainer @a/b/c");
    }

    #[test]
    fn heads_of_sections_are_told_from_patterns() {
        let read = |line| head(line).map(|head| (head.name, head.defaults.trim()));
        assert_eq!(read("[A b]"), Some(("A b", "")));
        assert_eq!(read("^[A][2] @x @y"), Some(("A", "@x @y")));
        assert_eq!(read("[ab].md @x"), None);
        assert_eq!(read("[]"), None);
        assert_eq!(read("[A"), None);
    }
}
