//! BOMs of which it is known what they manage though they are not in the tree: `rules/carriers/maven.toml`, whose fields
//! `rules/README.md` describes.
//!
//! Traps:
//! - Any POM can be imported, not only one that is meant for it: what it inherits from its parents is then managed too.
//! - Only plain jars are meant; of test jars and the like nothing is known.
//! - A version is compared as it is written where the file lists it, by Maven's order where the file states a range. It may be
//!   an expression that nothing in the tree defines; a BOM that manages its own family does so all the same.
//! - A release that is not listed is not known, and neither is a snapshot.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::version::MavenVersion;
use crate::data::{self, Fault, Refused, RuleError, Shape, Table, Text};

const BUILT_IN: (&str, &str) = ("maven.toml", include_str!("../../../rules/carriers/maven.toml"));

const FILE: Shape = Shape { name: "a file of BOMs", keys: &["date", "bom"] };
const BOM: Shape = Shape { name: "a `[[bom]]`", keys: &["names", "foremost", "evidence", "manages", "properties"] };
const MANAGES: Shape = Shape {
    name: "an entry of `manages`",
    keys: &["packages", "introduced", "fixed", "last_affected", "own", "none", "version", "versions"],
};
const PROPERTY: Shape =
    Shape { name: "an entry of `properties`", keys: &["packages", "introduced", "fixed", "last_affected", "property"] };

/// The ways to say in which version packages are managed.
const WAYS: &[&str] = &["own", "none", "version", "versions"];

/// What is known of BOMs.
#[derive(Debug, Default)]
pub struct KnownBoms {
    boms: Vec<Bom>,
    by_name: HashMap<String, usize>,
}

/// A BOM, or several that manage the same.
#[derive(Debug)]
pub struct Bom {
    /// Groups and artifacts.
    pub names: Vec<String>,
    /// Where it was read.
    pub evidence: Vec<String>,
    foremost: Option<String>,
    manages: Vec<Manages>,
    properties: Vec<Property>,
}

#[derive(Debug)]
struct Manages {
    /// Groups and artifacts; a `*` at the end stands for any rest.
    packages: Vec<String>,
    range: Option<Range>,
    way: Way,
}

/// A property of a BOM that holds the version of packages.
#[derive(Debug)]
struct Property {
    packages: Vec<String>,
    range: Option<Range>,
    name: String,
}

#[derive(Debug)]
enum Way {
    Own,
    None,
    Version(String),
    /// Version of the BOM to version of the packages.
    Versions(HashMap<String, String>),
}

#[derive(Debug)]
struct Range {
    introduced: Option<MavenVersion>,
    /// The end, and whether it belongs to the range.
    end: Option<(MavenVersion, bool)>,
}

/// The version in which a BOM manages a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedIn<'a> {
    /// The BOM's own.
    OwnVersion,
    /// Another one.
    Version(&'a str),
    /// None: the BOM says nothing of the package.
    Nothing,
}

impl KnownBoms {
    /// What the program knows, read once.
    ///
    /// # Panics
    /// If it is malformed, which a test would show.
    pub fn built_in() -> &'static KnownBoms {
        static BOMS: LazyLock<KnownBoms> = LazyLock::new(|| {
            let (path, text) = BUILT_IN;
            KnownBoms::parse(path, text).unwrap_or_else(|error| panic!("the known BOMs are well-formed: {error}"))
        });
        &BOMS
    }

    /// Reads a file of BOMs.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<KnownBoms, RuleError> {
        read(text).map_err(|refused| refused.of_file(path, text))
    }

    /// The BOMs, in the order of the file.
    pub fn boms(&self) -> &[Bom] {
        &self.boms
    }

    /// The version in which a BOM manages a package, if that is known. A package's name with a type or classifier is none of
    /// the known ones.
    pub fn find(&self, bom: &str, version: &str, package: &str) -> Option<ManagedIn<'_>> {
        let bom = &self.boms[*self.by_name.get(bom)?];
        bom.manages.iter().filter(|entry| entry.speaks_of(package)).find_map(|entry| entry.managed_in(version))
    }

    /// The property by which a BOM manages a package, for a tool that lets a project's property of that name replace it.
    pub fn property(&self, bom: &str, version: &str, package: &str) -> Option<&str> {
        let bom = &self.boms[*self.by_name.get(bom)?];
        let speaks_of = |entry: &&Property| {
            speak_of(&entry.packages, package) && entry.range.as_ref().is_none_or(|range| range.contains(version))
        };
        bom.properties.iter().find(speaks_of).map(|entry| entry.name.as_str())
    }

    /// The names of all such properties of a BOM.
    pub fn properties(&self, bom: &str) -> impl Iterator<Item = &str> {
        let bom = self.by_name.get(bom).map(|index| &self.boms[*index]);
        bom.into_iter().flat_map(|bom| &bom.properties).map(|entry| entry.name.as_str())
    }

    /// The package that all else rests on which a BOM manages in its own version, where the BOM is for that alone.
    pub fn foremost(&self, bom: &str, version: &str) -> Option<&str> {
        let package = self.boms[*self.by_name.get(bom)?].foremost.as_deref()?;
        (self.find(bom, version, package) == Some(ManagedIn::OwnVersion)).then_some(package)
    }
}

impl Bom {
    /// The packages it speaks of, as the file writes them.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.manages.iter().flat_map(|entry| &entry.packages).map(String::as_str)
    }

    /// Whether it manages a package in some release.
    pub fn manages(&self, package: &str) -> bool {
        self.manages.iter().any(|entry| !matches!(entry.way, Way::None) && entry.speaks_of(package))
    }
}

impl Manages {
    fn speaks_of(&self, package: &str) -> bool {
        speak_of(&self.packages, package)
    }

    fn managed_in(&self, bom: &str) -> Option<ManagedIn<'_>> {
        if !self.range.as_ref().is_none_or(|range| range.contains(bom)) {
            return None;
        }
        match &self.way {
            Way::Own => Some(ManagedIn::OwnVersion),
            Way::None => Some(ManagedIn::Nothing),
            Way::Version(version) => Some(ManagedIn::Version(version)),
            Way::Versions(versions) => versions.get(bom).map(|version| ManagedIn::Version(version)),
        }
    }
}

/// Whether one of some names, or the beginning of one, is a package's.
fn speak_of(names: &[String], package: &str) -> bool {
    names.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => package.starts_with(beginning) && package.matches(':').count() == 1,
        None => known == package,
    })
}

impl Range {
    fn contains(&self, version: &str) -> bool {
        // An expression that nothing defines may be anything.
        let Some(version) = MavenVersion::parse(version).ok().filter(|_| !version.contains('$')) else { return false };
        let ends_above = |(end, inclusive): &(MavenVersion, bool)| version < *end || (*inclusive && version == *end);
        self.introduced.as_ref().is_none_or(|introduced| *introduced <= version)
            && self.end.as_ref().is_none_or(ends_above)
    }
}

fn read(text: &str) -> Result<KnownBoms, Refused> {
    let document = data::document(text)?;
    let file = Table::new(&FILE, &document, 0)?;
    file.day("date")?;
    let mut known = KnownBoms::default();
    for table in file.tables("bom", &BOM)? {
        for name in table.some_texts("names")? {
            let name = full_name(name, false)?;
            if known.by_name.insert(name.value.to_owned(), known.boms.len()).is_some() {
                return Err(name.refuse(Fault::Twice(name.value.into())));
            }
        }
        known.boms.push(bom(table)?);
    }
    Ok(known)
}

fn bom(table: Table<'_>) -> Result<Bom, Refused> {
    let foremost = table.maybe_text("foremost")?.map(|name| full_name(name, false)).transpose()?;
    let entries = table.tables("manages", &MANAGES)?;
    if entries.is_empty() {
        return Err(Refused { at: table.at, fault: Fault::MissingKey { key: "manages", table: BOM.name } });
    }
    Ok(Bom {
        names: owned(table.some_texts("names")?),
        evidence: owned(table.some_texts("evidence")?),
        foremost: foremost.map(|name| name.value.to_owned()),
        manages: entries.into_iter().map(manages).collect::<Result<_, _>>()?,
        properties: table.tables("properties", &PROPERTY)?.into_iter().map(property).collect::<Result<_, _>>()?,
    })
}

fn property(table: Table<'_>) -> Result<Property, Refused> {
    let packages = table.some_texts("packages")?;
    packages.iter().try_for_each(|name| full_name(*name, true).map(|_| ()))?;
    let name = table.text("property")?.value.to_owned();
    Ok(Property { packages: owned(packages), range: range(&table)?, name })
}

fn manages(table: Table<'_>) -> Result<Manages, Refused> {
    let packages = table.some_texts("packages")?;
    packages.iter().try_for_each(|name| full_name(*name, true).map(|_| ()))?;
    Ok(Manages { packages: owned(packages), range: range(&table)?, way: way(table)? })
}

fn range(table: &Table<'_>) -> Result<Option<Range>, Refused> {
    let introduced = table.maybe_text("introduced")?;
    let end = match (table.maybe_text("fixed")?, table.maybe_text("last_affected")?) {
        (Some(_), Some(last)) => return Err(last.refuse(Fault::TwoEnds)),
        (Some(text), None) => Some((text, false)),
        (None, Some(text)) => Some((text, true)),
        (None, None) => None,
    };
    if introduced.is_none() && end.is_none() {
        return Ok(None);
    }
    let range = Range {
        introduced: introduced.map(version).transpose()?,
        end: end.map(|(text, inclusive)| version(text).map(|version| (version, inclusive))).transpose()?,
    };
    match (introduced, end) {
        (Some(introduced), Some((end, _))) if !range.contains(introduced.value) => {
            Err(end.refuse(Fault::EmptyRange { introduced: introduced.value.into(), end: end.value.into() }))
        }
        _ => Ok(Some(range)),
    }
}

fn way(table: Table<'_>) -> Result<Way, Refused> {
    let mut ways = Vec::new();
    if table.flag("own")? {
        ways.push(Way::Own);
    }
    if table.flag("none")? {
        ways.push(Way::None);
    }
    if let Some(text) = table.maybe_text("version")? {
        version(text)?;
        ways.push(Way::Version(text.value.to_owned()));
    }
    let lists = table.lists("versions")?;
    if !lists.is_empty() {
        let mut versions = HashMap::new();
        for (managed, boms) in lists {
            version(managed)?;
            for bom in boms {
                version(bom)?;
                if versions.insert(bom.value.to_owned(), managed.value.to_owned()).is_some() {
                    return Err(bom.refuse(Fault::Twice(bom.value.into())));
                }
            }
        }
        ways.push(Way::Versions(versions));
    }
    match (ways.pop(), ways.is_empty()) {
        (Some(way), true) => Ok(way),
        _ => Err(Refused { at: table.at, fault: Fault::NotOne { keys: WAYS, table: MANAGES.name } }),
    }
}

/// A group and an artifact, as manifests are compared with.
fn full_name(text: Text<'_>, may_end_in_star: bool) -> Result<Text<'_>, Refused> {
    let bare = if may_end_in_star { text.value.strip_suffix('*').unwrap_or(text.value) } else { text.value };
    let is_name = bare.matches(':').count() == 1
        && !bare.starts_with(':')
        && !bare.contains(|c: char| c == '*' || c.is_whitespace())
        && (bare.len() < text.value.len() || !bare.ends_with(':'));
    if is_name {
        return Ok(text);
    }
    let instead = if may_end_in_star { "`group:artifact`, `*` at the end only" } else { "`group:artifact`" };
    Err(text.refuse(Fault::BadName { found: text.value.into(), instead: instead.into() }))
}

fn version(text: Text<'_>) -> Result<MavenVersion, Refused> {
    let refuse = |why: String| text.refuse(Fault::NotAVersion { found: text.value.into(), ecosystem: "maven", why });
    if text.value.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '(' | ')' | '$')) {
        return Err(refuse("it is a requirement or an expression".into()));
    }
    MavenVersion::parse(text.value).map_err(refuse)
}

fn owned(texts: Vec<Text<'_>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value.to_owned()).collect()
}
