//! Who owns a file: CODEOWNERS, as GitHub or GitLab read it.
//!
//! The two read one file differently, so each has a reader ([`Forge`]); what they have in common is here: lines with globs
//! and owners, of which in each section the last that matches counts.
//!
//! Written here on `globset`: the crate that is published for it (`codeowners` 0.1.3) lets `a/b` match in any folder, which
//! neither forge does, and knows no sections.
//!
//! Traps:
//! - A file is anybody's who opens a pull request: a name in it that is none of an owner's shape is never shown.
//! - A file of more than 3 MB is read by nobody (GitHub's limit).
//!
//! Not done: Bitbucket's and Gitea's files, which hold other patterns.

mod github;
mod gitlab;

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Where the file may lie, from the top of a repository; the first that is there counts.
pub const PLACES: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Largest file that is read.
pub const LIMIT: u64 = 3 * 1024 * 1024;

/// Longest pattern that is taken, and most lines.
const LONGEST: usize = 1000;
const MOST_LINES: usize = 20_000;

/// Lines that are matched at once; a set of all of them would be larger than a `GlobSet` may be.
const AT_ONCE: usize = 500;

/// Whose rules a file follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub's: one list.
    Github,
    /// GitLab's: sections, with owners of their own.
    Gitlab,
}

/// What a CODEOWNERS file says.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// The globs, each with the number of its line; in sets of a size that can be built.
    sets: Vec<(GlobSet, Vec<usize>)>,
    /// The lines, the later the stronger.
    lines: Vec<Line>,
}

/// A line as a forge reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// The number of its section.
    section: usize,
    /// What it matches, a path from the top matching any of them.
    globs: Vec<String>,
    /// Who owns that; `None` takes it out of the section.
    owners: Option<Vec<String>>,
}

impl Forge {
    /// Whose rules a file follows, by its place and by whether there is anything of GitLab at the top of the repository; sections
    /// are GitLab's alone.
    pub fn of(place: &str, is_on_gitlab: bool, text: &str) -> Forge {
        match place {
            ".github/CODEOWNERS" => Forge::Github,
            ".gitlab/CODEOWNERS" => Forge::Gitlab,
            _ if is_on_gitlab || gitlab::has_sections(text) => Forge::Gitlab,
            _ => Forge::Github,
        }
    }
}

impl Owners {
    /// Reads a file's text; a line that means nothing is skipped. `None` if it is too much to be matched.
    pub fn parse(forge: Forge, text: &str) -> Option<Owners> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = match forge {
            Forge::Github => github::lines(text),
            Forge::Gitlab => gitlab::lines(text),
        };
        lines.truncate(MOST_LINES);
        let mut sets = Vec::new();
        for (index, part) in lines.chunks(AT_ONCE).enumerate() {
            let mut builder = GlobSetBuilder::new();
            let mut numbers = Vec::new();
            for (number, line) in part.iter().enumerate() {
                for glob in line.globs.iter().filter(|glob| glob.chars().count() <= LONGEST) {
                    let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
                    if let Ok(glob) = built {
                        builder.add(glob);
                        numbers.push(index * AT_ONCE + number);
                    }
                }
            }
            sets.push((builder.build().ok()?, numbers));
        }
        Some(Owners { sets, lines })
    }

    /// The owners of a file, by its path from the top of the repository: section by section, each once.
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut numbers: BTreeSet<usize> = BTreeSet::new();
        for (globs, of_glob) in &self.sets {
            numbers.extend(globs.matches(path).into_iter().filter_map(|glob| of_glob.get(glob)));
        }
        let mut lines: Vec<&Line> = numbers.into_iter().rev().filter_map(|number| self.lines.get(number)).collect();
        lines.sort_by_key(|line| line.section);
        let mut owners: Vec<String> = Vec::new();
        for section in lines.chunk_by(|a, b| a.section == b.section) {
            if section.iter().any(|line| line.owners.is_none()) {
                continue;
            }
            for owner in section.first().and_then(|line| line.owners.as_ref()).into_iter().flatten() {
                if !owners.contains(owner) {
                    owners.push(owner.clone());
                }
            }
        }
        owners
    }

    /// Everybody who is named, each once.
    pub fn all(&self) -> BTreeSet<&str> {
        self.lines.iter().filter_map(|line| line.owners.as_ref()).flatten().map(String::as_str).collect()
    }
}

/// Whether a word has the shape of an owner: `@name`, `@organisation/team`, or an address of mail.
fn is_owner(word: &str) -> bool {
    let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "-_./+".contains(c));
    match word.split_once('@') {
        Some(("", name)) => !name.is_empty() && is_plain(name),
        Some((name, host)) => !name.is_empty() && host.contains('.') && is_plain(name) && is_plain(host),
        None => false,
    }
}

/// The words of a line between blanks; a blank behind a backslash belongs to a word, and the backslash stays.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.extend([Some('\\'), characters.next()].into_iter().flatten()),
            blank if blank.is_whitespace() => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A pattern in which braces, which neither forge knows, stand for themselves in a glob.
fn with_plain_braces(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    let mut is_escaped = false;
    for character in pattern.chars() {
        if matches!(character, '{' | '}') && !is_escaped {
            glob.push('\\');
        }
        is_escaped = character == '\\' && !is_escaped;
        glob.push(character);
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_a_forge_s() {
        assert_eq!(Forge::of(".github/CODEOWNERS", true, "[A]\n"), Forge::Github);
        assert_eq!(Forge::of(".gitlab/CODEOWNERS", false, ""), Forge::Gitlab);
        assert_eq!(Forge::of("CODEOWNERS", false, "* @a\n"), Forge::Github);
        assert_eq!(Forge::of("CODEOWNERS", true, "* @a\n"), Forge::Gitlab);
        assert_eq!(Forge::of("docs/CODEOWNERS", false, "* @a\n^[Docs][2] @b\n"), Forge::Gitlab);
        assert_eq!(Forge::of("CODEOWNERS", false, "[ab].md @a\n"), Forge::Github);
    }

    #[test]
    fn only_what_looks_like_an_owner_is_one() {
        for good in ["@a", "@a/b-c", "a.b+c@example.com"] {
            assert!(is_owner(good), "{good}");
        }
        for bad in ["a", "@", "a@b", "@a`b", "@a\u{1b}[1m", "<@a.b>", "@a@b.c", "@a|b"] {
            assert!(!is_owner(bad), "{bad}");
        }
    }

    #[test]
    fn hostile_files_are_read_in_time() {
        let text = "**/a*b?c**/d @x\n".repeat(30_000) + &"{".repeat(100_000) + " @y\n" + &"**/".repeat(300) + "x @z\n";
        for forge in [Forge::Github, Forge::Gitlab] {
            let owners = Owners::parse(forge, &text);
            assert!(owners.is_none_or(|owners| owners.of("a/b").is_empty()));
        }
    }

    #[test]
    fn a_large_file_of_a_large_company_is_read() {
        let lines = (0..6_000).map(|n| format!("/services/team-{n}/**/*.toml @org/team-{n}\n"));
        let text: String = lines.collect();
        let owners = Owners::parse(Forge::Github, &text).expect("that is not too much");
        assert_eq!(owners.of("services/team-5999/a/b.toml"), ["@org/team-5999"]);
    }
}
