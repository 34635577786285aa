//! The user's own word on where the source of a service account is.
//!
//! ```toml
//! [[map]]
//! account = "shop/cart"            # namespace and name, globs or not; or a list of them
//! path = "services/cart/"          # globs as in a .gitignore, from where the paths of a scan count; or a list of them
//! scan = "shop.json"               # only in what `--scan` calls so
//! ```

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::config::Globs;
use crate::data::{self, Fault, Refused, RuleError, Shape, Table, Text};
use crate::source::SourceText;

const FILE: Shape = Shape { name: "a mapping", keys: &["map"] };
const ENTRY: Shape = Shape { name: "a `[[map]]`", keys: &["account", "path", "scan"] };

/// Most entries of a file.
const MAX_ENTRIES: usize = 5_000;

/// Which account is where.
#[derive(Clone, Debug)]
pub struct Mapping(Vec<Entry>);

/// Some accounts and their places.
#[derive(Clone, Debug)]
pub struct Entry {
    accounts: GlobSet,
    paths: Globs,
    words: String,
    scan: Option<String>,
    line: usize,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<Mapping, RuleError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        read(text).map_err(|refused| refused.of_file(path, text))
    }

    /// The lines of entries that are about a scan that is not made, and what they call it.
    pub fn idle<'a>(&'a self, scans: &'a [String]) -> impl Iterator<Item = (usize, &'a str)> {
        let named = self.0.iter().filter_map(|entry| Some((entry.line, entry.scan.as_deref()?)));
        named.filter(|(_, name)| !scans.iter().any(|scan| scan == name))
    }

    /// What it says of an account.
    pub(super) fn of(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Entry> {
        let account = format!("{namespace}/{name}");
        self.0.iter().filter(move |entry| entry.accounts.is_match(&account))
    }
}

impl Entry {
    /// Whether it speaks of a scan.
    pub(super) fn is_about(&self, scan: &str) -> bool {
        self.scan.as_ref().is_none_or(|own| own == scan)
    }

    /// Whether a file is one of its places.
    pub(super) fn holds(&self, scan: &str, path: &str, shown: &str) -> bool {
        let is_there = || self.paths.match_path(path) || self.paths.match_path(shown.trim_start_matches("./"));
        self.is_about(scan) && is_there()
    }

    /// Its places as they are written.
    pub(super) fn paths(&self) -> &str {
        &self.words
    }
}

fn read(text: &str) -> Result<Mapping, Refused> {
    let document = data::document(text)?;
    let file = Table::new(&FILE, &document, 0)?;
    let source = SourceText::new(text);
    let tables = file.tables("map", &ENTRY)?;
    if let Some(table) = tables.get(MAX_ENTRIES) {
        return Err(Refused { at: table.at, fault: Fault::TooLarge { limit: "5,000 entries" } });
    }
    tables.into_iter().map(|table| entry(table, &source)).collect::<Result<_, _>>().map(Mapping)
}

fn entry(table: Table<'_>, source: &SourceText) -> Result<Entry, Refused> {
    let missing = |key| Refused { at: table.at, fault: Fault::MissingKey { key, table: ENTRY.name } };
    let accounts = table.one_or_more("account")?;
    if accounts.is_empty() {
        return Err(missing("account"));
    }
    let paths = table.one_or_more("path")?;
    if paths.is_empty() {
        return Err(missing("path"));
    }
    let refuse = |(index, why): (usize, String)| {
        let text = paths.get(index).copied().unwrap_or(paths[0]);
        text.refuse(Fault::BadGlob { found: short(text.value), why })
    };
    if let Some(index) = paths.iter().position(|text| text.value.starts_with('!')) {
        return Err(refuse((index, "it would take back what no other says".into())));
    }
    let words: Vec<&str> = paths.iter().map(|text| text.value).collect();
    Ok(Entry {
        accounts: globs(&accounts)?,
        paths: Globs::new(words.iter().copied()).map_err(refuse)?,
        words: words.join(", "),
        scan: table.maybe_text("scan")?.map(|text| text.value.to_owned()),
        line: source.line_col(table.at).line,
    })
}

/// The globs of some accounts, in which `*` stays within the namespace or the name.
fn globs(accounts: &[Text<'_>]) -> Result<GlobSet, Refused> {
    let mut set = GlobSetBuilder::new();
    let mut last = accounts[0];
    for text in accounts {
        last = *text;
        let is_whole =
            text.value.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('/'));
        if !is_whole || text.value.len() > 600 {
            return Err(text.refuse(Fault::NotAnAccount(short(text.value))));
        }
        let glob = GlobBuilder::new(text.value).literal_separator(true).build();
        let refuse = |error: globset::Error| {
            text.refuse(Fault::BadGlob { found: short(text.value), why: error.kind().to_string() })
        };
        set.add(glob.map_err(refuse)?);
    }
    set.build().map_err(|error| last.refuse(Fault::BadGlob { found: short(last.value), why: error.kind().to_string() }))
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::Mapping;

    #[test]
    fn what_is_wrong_has_its_place() {
        let cases = [
            ("[[map]]\naccount = \"shop\"\npath = \"x\"", "m:2:11: `shop` names no service account"),
            ("[[map]]\naccount = \"a/b\"\n", "m:1:1: a `[[map]]` lacks `path`"),
            ("[[map]]\naccount = \"a/b\"\npath = \"../x\"", "m:3:8: `../x` is no glob"),
            ("[[map]]\naccount = [\"a/b\", \"a/[\"]\npath = \"x\"", "m:2:19: `a/[` is no glob"),
            ("[[maps]]\n", "m:1:3: `maps` is no key of a mapping"),
            ("map = 1\n", "m:1:7: `map` takes a list of tables"),
        ];
        for (text, start) in cases {
            let error = Mapping::parse("m", text).expect_err(text).to_string();
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn globs_stay_within_a_namespace() {
        let mapping =
            Mapping::parse("m", "[[map]]\naccount = [\"shop/*\", \"*/web\"]\npath = \"a\"").expect("a mapping");
        let knows = |namespace, name| mapping.of(namespace, name).next().is_some();
        assert!(knows("shop", "cart") && knows("x", "web") && !knows("x", "cart"));
    }
}
