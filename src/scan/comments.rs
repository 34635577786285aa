//! `kubefloor: ignore[rule] reason` in the comments of manifests.
//!
//! - Behind other text it speaks of its own line; alone in a line, of the next line that is more than a comment, and where an
//!   XML element begins there, of all of that.
//! - In the brackets stand one or more rules and perhaps a last day: `ignore[a-rule, another until 2026-12-31]`.
//! - Behind the brackets stands the reason. Without one, or with anything that cannot be read, it does nothing but say so.
//!
//! Traps:
//! - Only what a comment begins with counts, since prose may speak of us as well; and the comment must not begin inside of a
//!   quoted text. A text over several lines is not seen through.
//! - A file can hold a hundred thousand of them, in as many lines or in one: nothing is looked at twice.
//! - Formats that have no comments (JSON, Gemfile.lock) have no way to say it: the configuration does.

use std::ops::RangeInclusive;

use crate::data::{Day, parse_day};
use crate::ecosystem::pypi::script_metadata;
use crate::model::Format;
use crate::source::{LineCol, SourceText};

/// What a comment for us begins with.
const MARK: &str = "kubefloor:";

/// The most lines of an element that a comment above it speaks of.
pub(super) const LONGEST: usize = 100;

const HASH: &[&str] = &["#"];
const SLASHES: &[&str] = &["//", "/*"];
const GO: &[&str] = &["//"];
const XML: &[&str] = &["<!--"];
const DASHES: &[&str] = &["--"];
const NONE: &[&str] = &[];

/// How the comments of each format begin.
const COMMENTS: &[(&[&str], &[&str])] = &[
    (SLASHES, &["build_gradle", "build_gradle_kts", "build_sbt", "bun_lock", "deno_json"]),
    (GO, &["go_mod", "go_work"]),
    (
        HASH,
        &[
            "gopkg_toml",
            "gopkg_lock",
            "glide_yaml",
            "glide_lock",
            "vendor_conf",
            "trash_lock",
            "bazel_go",
            "conda_lock_yml",
            "environment_yml",
            "meta_yaml",
            "noxfile_py",
            "pdm_lock",
            "pipfile",
            "pixi_lock",
            "pixi_toml",
            "poetry_lock",
            "pylock_toml",
            "pyproject_toml",
            "requirements_lock",
            "requirements_txt",
            "script_metadata",
            "setup_py",
            "tox_toml",
            "uv_lock",
            "libs_versions_toml",
            "gradle_lockfile",
            "bazel_maven",
            "pnpm_workspace_yaml",
            "yarnrc_yml",
            "yarn_lock",
            "pnpm_lock_yaml",
            "gemfile",
            "gemspec",
            "package_yaml",
            "stack_yaml",
            "stack_yaml_lock",
            "cargo_toml",
            "cargo_lock",
        ],
    ),
    (&["#", ";"], &["setup_cfg", "tox_ini"]),
    (&["#", "!"], &["gradle_properties", "versions_properties", "build_properties"]),
    (&["#", "//"], &["paket_dependencies"]),
    (XML, &["pom_xml", "ivy_xml", "csproj", "msbuild_props", "packages_config", "nuspec"]),
    (DASHES, &["cabal", "cabal_project", "cabal_project_freeze"]),
    (
        NONE,
        &[
            "go_sum",
            "vendor_modules_txt",
            "godeps_json",
            "vendor_json",
            "vendor_manifest",
            "pipfile_lock",
            "maven_config",
            "maven_install_json",
            "package_json",
            "package_lock_json",
            "bun_lockb",
            "deno_lock",
            "gemfile_lock",
            "packages_lock_json",
            "project_assets_json",
            "paket_lock",
        ],
    ),
];

/// A comment for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// The lines it speaks of.
    pub(super) lines: RangeInclusive<usize>,
    /// Where it stands.
    pub(super) at: LineCol,
    /// What it says, or what is wrong with it.
    pub(super) says: Result<Says, String>,
}

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Says {
    /// The rules whose findings are ignored.
    pub(super) rules: Vec<String>,
    /// The last day on which that holds.
    pub(super) until: Option<Day>,
    /// Why.
    pub(super) reason: String,
}

/// The comments for us in a text, in their order.
pub(super) fn comments(format: &Format, source: &SourceText) -> Vec<Comment> {
    let Some((openers, _)) = COMMENTS.iter().find(|(_, ids)| ids.contains(&format.id)) else { return Vec::new() };
    if openers.is_empty() || !source.text().contains(MARK) {
        return Vec::new();
    }
    // What a script says stands in comments of its own, and so do the comments in that.
    let is_nested = format.id == script_metadata::FORMAT.id;
    let mut comments = Vec::new();
    // From the last line up, so that for each the next one that is more than a comment is known.
    let mut next = source.line_count() + 1;
    for number in (1..=source.line_count()).rev() {
        let line = source.line(number);
        let inner = line.trim_start();
        let inner = if is_nested { inner.strip_prefix('#').unwrap_or(inner).trim_start() } else { inner };
        let is_alone = openers.iter().any(|opener| is_all_comment(inner, opener));
        if let Some((within, says)) = find(openers, line) {
            let lines = if is_alone { next..=end_of_element(openers, source, next) } else { number..=number };
            comments.push(Comment { lines, at: source.line_col(source.line_start(number) + within), says });
        }
        if !is_alone {
            next = number;
        }
    }
    comments.reverse();
    comments
}

/// The first comment for us in a line: where it says so, and what.
fn find(openers: &[&str], line: &str) -> Option<(usize, Result<Says, String>)> {
    let (mut quotes, mut counted) = (0, 0);
    line.match_indices(MARK).find_map(|(within, _)| {
        quotes += line[counted..within].matches('"').count();
        counted = within;
        let opener = opener(openers, &line[..within], quotes)?;
        Some((within, says(&line[within + MARK.len()..], opener)?))
    })
}

/// Whether a line without the blanks before it is a comment and nothing else.
fn is_all_comment(line: &str, opener: &str) -> bool {
    line.starts_with(opener)
        && closer(opener).is_none_or(|closer| line.split(closer).nth(1).is_none_or(|rest| rest.trim().is_empty()))
}

fn closer(opener: &str) -> Option<&'static str> {
    match opener {
        "<!--" => Some("-->"),
        "/*" => Some("*/"),
        _ => None,
    }
}

/// The last line of the XML element that begins a line; that line itself if none does, or the element is very long.
fn end_of_element(openers: &[&str], source: &SourceText, first: usize) -> usize {
    let tag = if first <= source.line_count() { source.line(first).trim_start().strip_prefix('<') } else { None };
    let name = tag.map(|tag| tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or(""));
    let Some(name) = name.filter(|name| openers == XML && !name.is_empty()) else { return first };
    let end = format!("</{name}>");
    let last = source.line_count().min(first + LONGEST);
    (first..=last).find(|line| source.line(*line).contains(&end)).unwrap_or(first)
}

/// What the comment that ends in a beginning of a line, with so many quotation marks in it, begins with, if it begins there.
fn opener<'a>(openers: &[&'a str], before: &str, quotes: usize) -> Option<&'a str> {
    let before = before.trim_end();
    // So Go keeps a comment where it writes its own (`modfile.setIndirect`).
    let before = if openers == GO { before.strip_suffix("indirect;").unwrap_or(before).trim_end() } else { before };
    let (opener, before) =
        openers.iter().find_map(|opener| before.strip_suffix(opener).map(|before| (*opener, before)))?;
    let is_apart = opener == XML[0]
        || before.chars().next_back().is_none_or(|last| last.is_whitespace() || ",;)]}\"'>#".contains(last));
    let is_quoted = opener != XML[0] && !quotes.is_multiple_of(2);
    (is_apart && !is_quoted).then_some(opener)
}

/// What stands behind the mark; `None` if it is not for us.
fn says(text: &str, opener: &str) -> Option<Result<Says, String>> {
    const HOW: &str = "write `kubefloor: ignore[bound-service-account-token] reason`";
    let rest = text.trim_start().strip_prefix("ignore")?;
    if rest.chars().next().is_some_and(|next| next.is_alphanumeric() || matches!(next, '-' | '_')) {
        return None;
    }
    let end = closer(opener).and_then(|closer| rest.find(closer));
    let rest = &rest[..end.unwrap_or(rest.len())];
    let brackets = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((inside, reason)) = brackets else { return Some(Err(format!("it names no rule; {HOW}"))) };
    let mut says = Says { rules: Vec::new(), until: None, reason: String::new() };
    let mut words = inside.split([' ', '\t', ',', '=']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if word != "until" {
            says.rules.push(word.to_owned());
            continue;
        }
        let day = words.next().unwrap_or_default();
        says.until = parse_day(day);
        if says.until.is_none() {
            return Some(Err(format!("`{day}` is no day; write it as in `until 2026-12-31`")));
        }
    }
    if says.rules.is_empty() {
        return Some(Err(format!("it names no rule; {HOW}")));
    }
    reason.trim().trim_start_matches([':', '-', '–', '—', ',']).trim().clone_into(&mut says.reason);
    if says.reason.is_empty() {
        return Some(Err(format!("it gives no reason; {HOW}")));
    }
    Some(Ok(says))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::ecosystem;

    fn format(id: &str) -> &'static Format {
        ecosystem::formats().find(|format| format.id == id).expect("a format")
    }

    /// The line of each comment, the line it speaks of, and what it says.
    fn read(id: &str, text: &str) -> Vec<String> {
        let comments = comments(format(id), &SourceText::new(text));
        let text = |comment: Comment| {
            let said = match comment.says {
                Ok(says) => {
                    let until = says.until.map_or(String::new(), |day| format!(" until {day}"));
                    format!("{}{until}: {}", says.rules.join(" "), says.reason)
                }
                Err(wrong) => wrong.split(';').next().unwrap_or_default().to_owned(),
            };
            let (first, last) = comment.lines.into_inner();
            let last = if last == first { String::new() } else { format!("-{last}") };
            format!("{}>{first}{last} {said}", comment.at.line)
        };
        comments.into_iter().map(text).collect()
    }

    #[test]
    fn every_format_says_how_its_comments_begin() {
        let listed: Vec<&str> = COMMENTS.iter().flat_map(|(_, ids)| *ids).copied().collect();
        for format in ecosystem::formats() {
            assert_eq!(listed.iter().filter(|id| **id == format.id).count(), 1, "{} in COMMENTS", format.id);
        }
        let is_known = |id: &&&str| ecosystem::formats().any(|format| format.id == **id);
        assert_eq!(listed.iter().filter(is_known).count(), listed.len());
    }

    /// The table in `docs/configuration.md`; `UPDATE_FIXTURES=1` writes it.
    #[test]
    fn the_document_says_how_comments_begin() {
        const MARKS: [&str; 2] = ["<!-- table of comments -->\n", "<!-- end of table -->\n"];
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        let text = std::fs::read_to_string(&path).expect("docs/configuration.md").replace("\r\n", "\n");
        let (head, rest) = text.split_once(MARKS[0]).expect("the table has a first mark");
        let (written, tail) = rest.split_once(MARKS[1]).expect("the table has a last mark");
        let mut table = String::from("| begins with | formats |\n|---|---|\n");
        for (openers, ids) in COMMENTS {
            let openers: Vec<String> = openers.iter().map(|opener| format!("`{opener}`")).collect();
            let openers =
                if openers.is_empty() { "no comments: in kubefloor.toml".to_owned() } else { openers.join(", ") };
            let names: Vec<&str> = ids.iter().map(|id| format(id).name).collect();
            let _ = writeln!(table, "| {openers} | {} |", names.join(", "));
        }
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(path, [head, MARKS[0], &table, MARKS[1], tail].concat()).expect("it can be written");
        } else {
            assert_eq!(written, table, "docs/configuration.md has another table");
        }
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_the_next() {
        assert_eq!(read("requirements_txt", "a==1  # kubefloor: ignore[r] why not\n"), ["1>1 r: why not"]);
        assert_eq!(read("requirements_txt", "# kubefloor: ignore[r] x\n# more\na==1\n"), ["1>3 r: x"]);
        assert_eq!(read("go_mod", "\tx v1 // indirect // kubefloor: ignore[r]: x\n"), ["1>1 r: x"]);
        assert_eq!(read("go_mod", "\tx v1 // indirect; kubefloor: ignore[r] x\n"), ["1>1 r: x"]);
        assert_eq!(read("pom_xml", "<!-- kubefloor: ignore[r] x -->\n<version>1</version>\n"), ["1>2 r: x"]);
        assert_eq!(read("pom_xml", "<version>1</version><!--kubefloor:ignore[r]x--><a/>"), ["1>1 r: x"]);
        let element = "<dependency>\n<version>1</version>\n</dependency>\n";
        let above = format!("<!-- kubefloor: ignore[r] x -->\n{element}");
        assert_eq!(read("pom_xml", &above), ["1>2-4 r: x"]);
        let before = format!("<!-- kubefloor: ignore[r] x -->{element}");
        assert_eq!(read("pom_xml", &before), ["1>1 r: x"]);
        assert_eq!(read("build_gradle", "a /* kubefloor: ignore[r] x */ 'b'"), ["1>1 r: x"]);
        assert_eq!(read("cabal", "  -- kubefloor: ignore[r] x\n  build-depends: a"), ["1>2 r: x"]);
        assert_eq!(read("script_metadata", "# # kubefloor: ignore[r] x\n# dependencies = [\n"), ["1>2 r: x"]);
        assert_eq!(read("script_metadata", "#   \"a<1\", # kubefloor: ignore[r] x\n# ]\n"), ["1>1 r: x"]);
        assert_eq!(read("cargo_toml", "# kubefloor: ignore[r] at the end"), ["1>2 r: at the end"]);
    }

    #[test]
    fn several_rules_and_a_day_stand_in_the_brackets() {
        let read = |inside: &str| read("gemfile", &format!("gem 'a' # kubefloor: ignore{inside}"));
        assert_eq!(read("[a, b until 2026-12-31] – x"), ["1>1 a b until 2026-12-31: x"]);
        assert_eq!(read("[a until=2026-12-31] x"), ["1>1 a until 2026-12-31: x"]);
        assert_eq!(read("[a until 2026-02-30] x"), ["1>1 `2026-02-30` is no day"]);
        assert_eq!(read("[a until] x"), ["1>1 `` is no day"]);
        assert_eq!(read("[a]"), ["1>1 it gives no reason"]);
        assert_eq!(read("[] x"), ["1>1 it names no rule"]);
        assert_eq!(read(" x"), ["1>1 it names no rule"]);
        assert_eq!(read("[a x"), ["1>1 it names no rule"]);
    }

    #[test]
    fn many_take_linear_time() {
        let one = "# kubefloor: ignore[r] x\n".repeat(100_000) + "a==1\n";
        assert_eq!(read("requirements_txt", &one).len(), 100_000);
        let wide = "\"\" kubefloor: ".repeat(200_000);
        assert_eq!(read("requirements_txt", &wide), [""; 0]);
        let nested = "<!-- kubefloor: ignore[r] x -->\n<a>\n".repeat(50_000);
        assert_eq!(read("pom_xml", &nested).len(), 50_000);
    }

    #[test]
    fn prose_and_texts_are_none() {
        assert_eq!(
            read("gemfile", "# see kubefloor: ignore[r] x\n# kubefloor: says so\n# kubefloor: ignored"),
            [""; 0]
        );
        assert_eq!(read("cargo_toml", "description = \"# kubefloor: ignore[r] x\""), [""; 0]);
        assert_eq!(read("requirements_txt", "a==1#kubefloor: ignore[r] x"), [""; 0]);
        assert_eq!(read("package_json", "// kubefloor: ignore[r] x"), [""; 0]);
        assert_eq!(read("go_mod", "x v1 # kubefloor: ignore[r] x"), [""; 0]);
    }
}
