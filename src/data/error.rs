//! What can be wrong with rules: the place, and one sentence per fault that says what to write instead.

use std::fmt;
use std::path::Path;

use crate::source::LineCol;

/// Why a rule file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The file or folder as it was named.
    pub path: String,
    /// Where in the file; nowhere if it could not be read.
    pub at: Option<LineCol>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file or folder cannot be opened.
    Unreadable(String),
    /// The file is no text.
    NotText,
    /// A folder without rule files.
    NoRules,
    /// The file's name makes no id.
    BadId(String),
    /// The text is no TOML.
    Syntax(String),
    /// A key that no such table has.
    UnknownKey {
        /// The key.
        key: String,
        /// The table that holds it, in words.
        table: &'static str,
        /// The keys there are.
        known: &'static [&'static str],
    },
    /// A key that a table must have.
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table that lacks it, in words.
        table: &'static str,
    },
    /// A value of another type.
    WrongType {
        /// The key.
        key: String,
        /// What it takes, with an example.
        takes: &'static str,
    },
    /// A text that says nothing.
    Empty {
        /// The key.
        key: String,
    },
    /// A word that is none of a closed set.
    UnknownWord {
        /// The word.
        found: String,
        /// The words there are.
        known: Vec<&'static str>,
    },
    /// A name that is not in the form that manifests are compared with.
    BadName {
        /// The name.
        found: String,
        /// What to write.
        instead: String,
    },
    /// A text that is no version of the client's ecosystem.
    NotAVersion {
        /// The text.
        found: String,
        /// The ecosystem.
        ecosystem: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Neither a commit nor an abbreviation that is long enough.
    NotACommit(String),
    /// No time of fourteen digits.
    NotAStamp(String),
    /// No address of a document.
    NotAnAddress(String),
    /// No namespace and name of a service account.
    NotAnAccount(String),
    /// A range with two ends.
    TwoEnds,
    /// A range that holds nothing.
    EmptyRange {
        /// Its first version.
        introduced: String,
        /// Its end.
        end: String,
    },
    /// Two ranges of one client that share versions.
    Overlap {
        /// The earlier of the two in the file.
        other: String,
        /// The one that is refused.
        range: String,
    },
    /// A table that has none of some keys.
    NoneOf {
        /// The keys, one of which is needed.
        keys: &'static [&'static str],
        /// The table, in words.
        table: &'static str,
    },
    /// A text that is no glob, or one that could never match.
    BadGlob {
        /// The text.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// More text than is read.
    TooLarge {
        /// How much of what is read.
        limit: &'static str,
    },
    /// Something that is no file of its own.
    NotAFile,
    /// A package that two clients of one rule claim.
    DuplicateClient {
        /// The ecosystem.
        ecosystem: &'static str,
        /// The package.
        package: String,
    },
    /// A name or version that is spoken of twice.
    Twice(String),
    /// A table that states none or several of things that exclude each other.
    NotOne {
        /// The keys, one of which is needed.
        keys: &'static [&'static str],
        /// The table, in words.
        table: &'static str,
    },
    /// An example that gets another verdict.
    WrongExample {
        /// The version.
        version: String,
        /// The list it stands in.
        stated: &'static str,
        /// What the facts make of it.
        found: &'static str,
    },
}

impl RuleError {
    /// A fault of a whole file or folder.
    pub fn of_path(path: &Path, fault: Fault) -> RuleError {
        RuleError { path: path.to_string_lossy().into_owned(), at: None, fault }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{}:{}:{}: {}", self.path, at.line, at.column, self.fault),
            None => write!(f, "{}: {}", self.path, self.fault),
        }
    }
}

impl std::error::Error for RuleError {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Fault::NotText => f.write_str("is no text; write the rule as UTF-8"),
            Fault::NoRules => f.write_str("holds no rule; put a file `<rule id>.toml` there, or name the file itself"),
            Fault::BadId(id) => {
                write!(
                    f,
                    "`{id}` is no rule id; name the file with small letters, digits and `-`, as in `my-rule.toml`"
                )
            }
            Fault::Syntax(why) => write!(f, "is no TOML: {}", why.trim_end_matches('.')),
            Fault::UnknownKey { key, table, known } => {
                write!(f, "`{key}` is no key of {table}; it takes {}", list(known))
            }
            Fault::MissingKey { key, table } => write!(f, "{table} lacks `{key}`; add it"),
            Fault::WrongType { key, takes } => write!(f, "`{key}` takes {takes}"),
            Fault::Empty { key } => write!(f, "`{key}` is empty; write something or leave it out"),
            Fault::UnknownWord { found, known } => write!(f, "`{found}` is unknown here; write one of {}", list(known)),
            Fault::BadName { found, instead } => write!(f, "`{found}` would match no manifest; write {instead}"),
            Fault::NotAVersion { found, ecosystem, why } => {
                write!(f, "`{found}` is no version of {ecosystem}: {why}; write it as a manifest would")
            }
            Fault::NotACommit(found) => {
                write!(f, "`{found}` is no commit; write twelve or more of its hexadecimal digits, in small letters")
            }
            Fault::NotAStamp(found) => write!(f, "`{found}` is no time; write fourteen digits, as in `20190521190702`"),
            Fault::NotAnAddress(found) => {
                write!(f, "`{found}` is no address; write it whole, as in `https://example.org/why`")
            }
            Fault::NotAnAccount(found) => write!(
                f,
                "`{found}` names no service account; write its namespace and its name, as in `shop/cart` or `shop/*`"
            ),
            Fault::TwoEnds => {
                f.write_str("a range has one end; write `fixed` (exclusive) or `last_affected` (inclusive)")
            }
            Fault::EmptyRange { introduced, end } => {
                write!(f, "nothing lies from `{introduced}` to `{end}`; write the lower version as `introduced`")
            }
            Fault::Overlap { other, range } => {
                write!(f, "{range} overlaps {other}; end the one where the other is introduced")
            }
            Fault::NoneOf { keys, table } => write!(f, "{table} needs one of {}; add it", list(keys)),
            Fault::BadGlob { found, why } => write!(f, "`{found}` is no glob: {why}; write it as in a .gitignore"),
            Fault::TooLarge { limit } => write!(f, "is longer than the {limit} that are read; make it shorter"),
            Fault::NotAFile => f.write_str("is a link, a folder or a device; put the file itself there"),
            Fault::DuplicateClient { ecosystem, package } => {
                write!(f, "the {ecosystem} package `{package}` is a client already; state its facts in one place")
            }
            Fault::Twice(name) => write!(f, "`{name}` stands here already; state its facts in one place"),
            Fault::NotOne { keys, table } => write!(f, "{table} takes one of {}, and no other", list(keys)),
            Fault::WrongExample { version, stated, found } => {
                write!(f, "`{version}` is {found} by the facts, not {stated}; correct the facts or the example")
            }
        }
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
