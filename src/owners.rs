//! Who owns a file: GitHub's CODEOWNERS.
//!
//! Written here on `globset`, since no published crate follows GitHub's rules where they leave those of a `.gitignore`:
//! - The last line that matches counts, whole; one without owners takes the path from everybody.
//! - There is no negation (`!`) and no range (`[a-z]`): such a line is skipped, as every line with an owner that is none
//!   (neither `@name`, `@organisation/team` nor an address of mail) is.
//! - `docs/*` is what lies right in `docs`, not what lies in folders below; `docs/` and `docs` are all of it.
//! - A pattern with a `/` before its end counts from the top; any other holds anywhere.
//! - Capitals count. A `\` before a blank or a `#` keeps it in the pattern.
//! - A file of more than 3 MB owns nothing.
//!
//! Not done: GitLab's sections (`[Backend]`), whose heads are skipped and whose lines are read.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Where the file may lie, from the top of a repository; the first that is there counts.
pub const PLACES: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Largest file that GitHub takes.
pub const LIMIT: u64 = 3 * 1024 * 1024;

/// Longest pattern that is taken, and most lines.
const LONGEST: usize = 1000;
const MOST_LINES: usize = 20_000;

/// What a CODEOWNERS file says.
#[derive(Clone, Debug)]
pub struct Owners {
    globs: GlobSet,
    /// For each glob the number of its line.
    lines: Vec<usize>,
    /// The owners of each line.
    owners: Vec<Vec<String>>,
}

impl Owners {
    /// Reads a file's text; a line that means nothing is skipped.
    pub fn parse(text: &str) -> Owners {
        let mut owners = Owners { globs: GlobSet::empty(), lines: Vec::new(), owners: Vec::new() };
        let mut builder = GlobSetBuilder::new();
        for line in text.lines().filter_map(line).take(MOST_LINES) {
            let (pattern, who) = line;
            let found: Option<Vec<_>> = globs(&pattern).iter().map(|glob| build(glob)).collect();
            for glob in found.into_iter().flatten() {
                builder.add(glob);
                owners.lines.push(owners.owners.len());
            }
            owners.owners.push(who);
        }
        match builder.build() {
            Ok(globs) => owners.globs = globs,
            Err(_) => owners.lines.clear(),
        }
        owners
    }

    /// The owners of a file, by its path from the top of the repository.
    pub fn of(&self, path: &str) -> &[String] {
        let matches = self.globs.matches(path);
        let line = matches.iter().filter_map(|glob| self.lines.get(*glob)).max();
        line.and_then(|line| self.owners.get(*line)).map_or(&[], Vec::as_slice)
    }

    /// Everybody who is named, each once.
    pub fn all(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.owners.iter().flatten().map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A line's pattern and owners; `None` if it has none or means nothing.
fn line(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.starts_with(['#', '!', '^']) {
        return None;
    }
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // A glob reads the backslash again.
            '\\' => word.extend([Some('\\'), characters.next()].into_iter().flatten()),
            '#' if word.is_empty() => break,
            blank if blank.is_whitespace() => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let pattern = words.next()?;
    let owners: Vec<String> = words.collect();
    let is_plain = !pattern.contains(['[', ']']) && pattern.chars().count() <= LONGEST;
    (is_plain && owners.iter().all(|owner| is_owner(owner))).then_some((pattern, owners))
}

fn is_owner(word: &str) -> bool {
    match word.strip_prefix('@') {
        Some(name) => !name.is_empty() && !name.contains('@'),
        None => word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
    }
}

/// The globs that stand for a pattern.
fn globs(pattern: &str) -> Vec<String> {
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    let bare = pattern.trim_start_matches('/');
    let escaped = bare.replace('{', "\\{").replace('}', "\\}");
    let (name, is_folder) = match escaped.trim_end_matches('/') {
        name if name.len() < escaped.len() => (name, true),
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

fn build(glob: &str) -> Option<globset::Glob> {
    GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, path: &str) -> String {
        Owners::parse(text).of(path).join(" ")
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
        assert_eq!(of("* @a\nx nobody\n", "x"), "@a");
        assert_eq!(of("[Section] @b\n^[Optional] @b\n* @a\n", "x"), "@a");
        assert_eq!(of("{a,b} @c\n", "a"), "");
        assert_eq!(of("{a,b} @c\n", "{a,b}"), "@c");
        assert_eq!(of("X @c\n", "x"), "");
    }

    #[test]
    fn blanks_and_hashes_can_be_escaped() {
        assert_eq!(of("/a\\ b/ @c\r\n", "a b/go.mod"), "@c");
        assert_eq!(of("\\#x @c\n", "#x"), "@c");
        assert_eq!(of("/ @c\n// @d\n\n   \n", "x"), "");
        assert_eq!(of("* @b @a\n", "x"), "@b @a");
        assert_eq!(Owners::parse("* @b @a\nx @a").all(), ["@a", "@b"]);
    }

    #[test]
    fn hostile_files_are_read_in_time() {
        let text = "**/a*b?c**/d @x\n".repeat(30_000) + &"{".repeat(100_000) + " @y\n" + &"**/".repeat(300) + "x @z\n";
        let owners = Owners::parse(&text);
        assert!(owners.of("a/b").is_empty());
    }
}
