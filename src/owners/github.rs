//! CODEOWNERS as GitHub reads it ("About code owners" in its documentation).
//!
//! Traps:
//! - The last line that matches counts, whole; one without owners takes the path from everybody.
//! - A line that GitHub does not understand is skipped whole: one that begins with `!` or `\\#`, one with a `[` or `]` that no
//!   backslash stands before, one with an owner that is none.
//! - `docs/*` is what lies right in `docs`, not what lies in folders below; `docs/` and `docs` are all of it.
//! - A pattern with a `/` before its end counts from the top; any other holds anywhere.
//! - Capitals count. A `#` begins a comment also behind a line.

use super::{Line, is_owner, with_plain_braces, words};

/// The lines of a file that mean something.
pub(super) fn lines(text: &str) -> Vec<Line> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Line> {
    let line = line.trim();
    if line.starts_with(['#', '!']) || line.starts_with("\\#") {
        return None;
    }
    let mut words = words(line).into_iter().take_while(|word| !word.starts_with('#'));
    let pattern = words.next()?;
    let owners: Vec<String> = words.collect();
    let is_understood = !has_bare_bracket(&pattern) && owners.iter().all(|owner| is_owner(owner));
    is_understood.then(|| Line { section: 0, globs: globs(&pattern), owners: Some(owners) })
}

/// Whether a bracket has no backslash before it.
fn has_bare_bracket(pattern: &str) -> bool {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' | ']' => return true,
            _ => {}
        }
    }
    false
}

/// The globs that stand for a pattern.
fn globs(pattern: &str) -> Vec<String> {
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    let pattern = with_plain_braces(pattern.trim_start_matches('/'));
    let (name, is_folder) = match pattern.trim_end_matches('/') {
        name if name.len() < pattern.len() => (name, true),
        name => (name, false),
    };
    if name.is_empty() {
        return Vec::new();
    }
    let glob = if is_anchored { name.to_owned() } else { format!("**/{name}") };
    let inside = format!("{glob}/**");
    let is_level = is_anchored && (name.ends_with("/*") || name == "*");
    match (is_folder, is_level) {
        (true, _) => vec![inside],
        (false, true) => vec![glob],
        (false, false) => vec![glob, inside],
    }
}

#[cfg(test)]
mod tests {
    use crate::owners::{Forge, Owners};

    fn of(text: &str, path: &str) -> String {
        Owners::parse(Forge::Github, text).expect("a small file").of(path).join(" ")
    }

    /// The examples of GitHub's documentation, "About code owners".
    #[test]
    fn patterns_match_as_github_says() {
        let text = "# a comment\n\
            *       @global-owner1 @global-owner2\n\
            *.js    @js-owner #This is an inline comment.\n\
            *.go docs@example.com\n\
            *.txt @octo-org/octocats\n\
            /build/logs/ @doctocat\n\
            docs/* docs@example.com\n\
            apps/ @octocat\n\
            /docs/ @doctocat\n\
            /scripts/ @doctocat @octocat\n\
            **/logs @octocat\n\
            /apps/ @octocat\n\
            /apps/github\n";
        let cases = [
            ("x/y.rs", "@global-owner1 @global-owner2"),
            ("x/y.js", "@js-owner"),
            ("a.go", "docs@example.com"),
            ("build/logs/x", "@octocat"),
            ("docs/getting-started.md", "@doctocat"),
            ("deep/apps/x", "@octocat"),
            ("scripts/x.txt", "@doctocat @octocat"),
            ("deeply/nested/logs/a/b", "@octocat"),
            ("apps/x", "@octocat"),
            ("apps/github/x", ""),
            ("apps/github", ""),
        ];
        for (path, owners) in cases {
            assert_eq!(of(text, path), owners, "{path}");
        }
        assert_eq!(of("docs/* @a\n", "docs/x"), "@a");
        assert_eq!(of("docs/* @a\n", "docs/build-app/troubleshooting.md"), "");
        assert_eq!(of("docs/* @a\n", "x/docs/y"), "");
    }

    #[test]
    fn what_github_does_not_know_is_skipped() {
        assert_eq!(of("* @a\n!x @b\n", "x"), "@a");
        assert_eq!(of("* @a\n[a-z].md @b\n", "x.md"), "@a");
        assert_eq!(of("* @a\n/app/[id]/x @b\n", "app/[id]/x"), "@a");
        assert_eq!(of("* @a\n/app/\\[id\\]/x @b\n", "app/[id]/x"), "@b");
        assert_eq!(of("* @a\nx nobody\n", "x"), "@a");
        assert_eq!(of("[Section] @b\n^[Optional] @b\n* @a\n", "x"), "@a");
        assert_eq!(of("{a,b} @c\n", "a"), "");
        assert_eq!(of("{a,b} @c\n", "{a,b}"), "@c");
        assert_eq!(of("X @c\n", "x"), "");
        assert_eq!(of("* @a\n\\#x @c\n", "#x"), "@a");
    }

    #[test]
    fn blanks_can_be_escaped() {
        assert_eq!(of("/a\\ b/ @c\r\n", "a b/go.mod"), "@c");
        assert_eq!(of("/ @c\n// @d\n\n   \n", "x"), "");
        assert_eq!(of("* @b @a\n", "x"), "@b @a");
        assert_eq!(of("\u{feff}* @b\n", "x"), "@b");
        let owners = Owners::parse(Forge::Github, "* @b @a\nx @a").expect("a small file");
        assert_eq!(owners.all().into_iter().collect::<Vec<_>>(), ["@a", "@b"]);
    }

    #[test]
    fn patterns_are_anchored_by_a_slash_inside() {
        for (pattern, path, is_match) in [
            ("foo/bar", "foo/bar", true),
            ("foo/bar", "foo/bar/baz", true),
            ("foo/bar", "baz/foo/bar", false),
            ("foo/bar/", "baz/foo/bar/x", false),
            ("/*", "foo", true),
            ("/*", "foo/bar", false),
            ("foo/*", "foo/bar", true),
            ("foo/*", "foo/bar/baz", false),
            ("f\\*o", "f*o", true),
            ("f\\*o", "foo", false),
            ("foo/**/bar", "foo/bar", true),
            ("foo/**/bar", "foo/a/b/bar/c", true),
            ("foo/**/bar", "x/foo/bar", false),
            ("**/foo/", "a/foo/b", true),
            ("**", "a/b", true),
        ] {
            assert_eq!(!of(&format!("{pattern} @a\n"), path).is_empty(), is_match, "{pattern} {path}");
        }
    }
}
