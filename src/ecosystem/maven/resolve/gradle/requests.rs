//! What the scripts of a project ask for, with names and versions put together.

use std::collections::HashSet;

use super::builds::{Builds, ProjectId};
use super::catalogs::Library;
use super::decide::{either, select};
use super::values::{Place, Value, Values};
use crate::ecosystem::maven::gradle::{ALIAS, BOM_PROPERTY, CATALOG, Condition};
use crate::ecosystem::maven::known_boms::{KnownBoms, ManagedIn};
use crate::ecosystem::maven::requirement::gradle::{self, Rich};
use crate::ecosystem::maven::script::mentions::OPEN;
use crate::ecosystem::maven::versions_properties;
use crate::model::{
    Declared, Ecosystem, Effect, FileId, Include, Origin, Override, Reason, Related, Role, Scope, Selected, Stated, Why,
};
use crate::source::Span;

/// Most variables between a declaration and a library of a catalog.
const MAX_ALIASES: usize = 8;

/// What stands for the version of a platform where it is not known; no range holds it.
pub(super) const UNREAD: &str = "$";

/// A version that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// Its text, or why there is none.
    pub(super) text: Result<String, Why>,
    /// The text that it has in the other case, if it hangs on a condition.
    pub(super) otherwise: Option<String>,
    /// Where a person would edit it.
    pub(super) origin: Origin,
    /// The text there.
    pub(super) written: String,
    /// The places that lead there.
    pub(super) because: Vec<Related>,
}

/// A request for a package.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Its name.
    pub(super) package: String,
    /// The version, if one is stated.
    pub(super) version: Option<Version>,
    /// Where it is asked for.
    pub(super) at: Origin,
    /// What it is for.
    pub(super) scope: Scope,
    /// The configuration it is for.
    pub(super) configuration: String,
    /// The condition it hangs on.
    pub(super) when: Option<String>,
}

/// What a script says of packages that are asked for elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// How it bears on them.
    pub(super) effect: Effect,
    /// The package, or a pattern with `*` at its end, that it speaks of.
    pub(super) pattern: String,
    /// What it says.
    pub(super) then: Request,
}

/// A platform.
#[derive(Clone, Debug)]
pub(super) struct Platform {
    /// Its name: `group:artifact`, or `:path` for a project of the build.
    pub(super) name: String,
    /// Its version.
    pub(super) version: Option<Version>,
    /// Where it is asked for.
    pub(super) at: Origin,
    /// Whether it raises versions that are stated, as Gradle's platforms do and Spring's imports do not.
    pub(super) raises: bool,
    /// What the project has for properties of it; only Spring's imports ask for that.
    pub(super) properties: Vec<(String, Version)>,
}

/// All that speaks for a project.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) packages: Vec<Request>,
    pub(super) rules: Vec<Rule>,
    pub(super) platforms: Vec<Platform>,
}

/// The libraries of catalogs that are used.
pub(super) type Used = HashSet<(FileId, Span)>;

impl<'a> Values<'a> {
    /// Collects what speaks for a project.
    pub(super) fn requests(&self, id: ProjectId, used: &mut Used) -> Requests {
        let builds: &Builds<'a> = self.builds;
        let mut all = Requests::default();
        for (file, own) in builds.speakers(id) {
            let place = Place { file, project: id, objects: "" };
            let reading = &builds.files.get(file).reading;
            let condition_of = |text: &Option<String>| text.as_deref().map(Condition::parse).unwrap_or_default();
            for declared in &reading.declared {
                let condition = condition_of(&declared.condition);
                if builds.counts(id, &condition.target, own) {
                    all.packages.extend(self.declared(declared, &condition, place, used));
                }
            }
            for change in &reading.overrides {
                if is_of_catalog(change) {
                    continue;
                }
                let condition = condition_of(&change.then.condition);
                if !builds.counts(id, &condition.target, own) {
                    continue;
                }
                for then in self.declared(&change.then, &condition, place, used) {
                    let named = self.text(&change.name, change.then.span, place).unwrap_or_default();
                    let is_name = named.matches(':').count() == 1;
                    let pattern = if is_name { named } else { then.package.clone() };
                    all.rules.push(Rule { effect: change.effect, pattern, then });
                }
            }
            for include in reading.includes.iter().filter(|include| include.role == Role::Bom) {
                let condition = condition_of(&include.condition);
                if builds.counts(id, &condition.target, own) {
                    let raises = !condition.configuration.is_empty();
                    let platform = self.platform(include, place, used);
                    all.platforms.extend(platform.map(|platform| {
                        let properties = if raises { Vec::new() } else { self.properties_of(&platform.name, place) };
                        Platform { raises, properties, ..platform }
                    }));
                }
            }
        }
        all
    }

    /// The requests that one declaration makes: several for a bundle or a list.
    fn declared(&self, declared: &Declared, condition: &Condition, place: Place<'_>, used: &mut Used) -> Vec<Request> {
        let at = Origin { file: place.file, span: declared.span };
        let request = |package: String, version: Option<Version>| Request {
            package,
            version,
            at,
            scope: declared.scope,
            configuration: condition.configuration.clone(),
            when: condition.when.clone(),
        };
        let stated = match &declared.stated {
            Stated::Requirement(text, _) => Some(text.as_str()),
            _ => None,
        };
        let accessor = plain_accessor(&declared.name);
        if let Some(accessor) = &accessor {
            let libraries = self.libraries(accessor, place);
            if !libraries.is_empty() {
                return libraries
                    .into_iter()
                    .filter_map(|library| {
                        used.insert((library.file, library.entry.then.span));
                        let (package, version) = self.library(library, place)?;
                        let own = stated.map(|text| self.version(text, declared.span, place));
                        let own = own.map(|version| self.refreshed(&package, version, place.file));
                        let version = own.or_else(|| {
                            version.map(|mut version| {
                                version.because.insert(0, Related::new(at, format!("`{accessor}` is used here")));
                                version
                            })
                        });
                        Some(request(package, version))
                    })
                    .collect();
            }
        }
        let own = || match &declared.stated {
            Stated::Computed(_) => Some(self.of_call(&declared.stated, at)),
            _ => stated.map(|text| self.version(text, declared.span, place)),
        };
        let value = match self.template(&declared.name, declared.span, place) {
            Ok(value) if !declared.name.contains(OPEN) => vec![value],
            Ok(_) => Vec::new(),
            Err(why) => {
                let values = accessor.as_ref().map_or_else(Vec::new, |accessor| self.behind(accessor, at, place));
                if values.is_empty()
                    && let Some(package) = self.looked_up(&declared.name, place)
                {
                    let written = self.builds.files.get(place.file).source.slice(declared.span).to_owned();
                    let version = Version::unknown(why, at, written);
                    return vec![request(package, own().or(Some(version)))];
                }
                values
            }
        };
        if value.is_empty() {
            // A part of the name is known to a loop or a call alone.
            let packages = self.packages(&declared.name, declared.span, place).into_iter();
            return packages
                .map(|package| {
                    let version = own().map(|version| self.refreshed(&package, version, place.file));
                    request(package, version)
                })
                .collect();
        }
        let mut requests = Vec::new();
        for value in value {
            let Some((package, within)) = module(&value) else { continue };
            if declared.name.contains('$') && self.builds.files.wants(Ecosystem::Maven, &package) {
                self.named.borrow_mut().extend(value.pieces.iter().map(|piece| piece.origin));
            }
            let version = own().or_else(|| within.map(|version| version_of(&version, at, "declared here")));
            let version = version.map(|version| self.refreshed(&package, version, place.file));
            requests.push(request(package, version));
        }
        requests
    }

    /// The elements of a list of a name, or the module that a map of the name describes.
    fn behind(&self, accessor: &str, at: Origin, place: Place<'_>) -> Vec<Value> {
        let elements = self.elements(accessor, place);
        let mut values: Vec<Value> =
            elements.into_iter().filter_map(|element| self.variable(element, place).ok()).collect();
        let maps = (0..MAX_ALIASES).map_while(|index| self.fields(&format!("{accessor}[{index}]"), place));
        values.extend(self.fields(accessor, place).into_iter().chain(maps));
        for piece in values.iter_mut().flat_map(|value| &mut value.pieces) {
            piece.via.insert(0, (at, accessor.to_owned()));
        }
        values
    }

    /// The libraries of catalogs that an accessor, or the variable of its name, stands for.
    fn libraries(&self, accessor: &str, place: Place<'_>) -> Vec<Library<'a>> {
        let project = &self.builds.projects[place.project];
        let mut name = accessor.to_owned();
        for _ in 0..MAX_ALIASES {
            let libraries = self.catalogs.libraries(self.builds, project, &name);
            if !libraries.is_empty() {
                return libraries;
            }
            match self.alias(&name, place) {
                Some(other) => name = other,
                None => break,
            }
        }
        Vec::new()
    }

    /// The package and version of a library of a catalog.
    pub(super) fn library(&self, library: Library<'a>, place: Place<'_>) -> Option<(String, Option<Version>)> {
        let place = Place { file: library.file, ..place };
        let then = &library.entry.then;
        let name = self.template(&then.name, then.span, place).ok()?;
        let (package, _) = module(&name)?;
        let at = Origin { file: library.file, span: then.span };
        let version = match &then.stated {
            Stated::Requirement(text, _) => Some(self.version(text, then.span, place)),
            Stated::Elsewhere(reference) => Some(match self.catalogs.referenced(library, reference) {
                Some((file, variable)) => {
                    let mut version = self.version(&variable.value, variable.span, Place { file, ..place });
                    version.because.push(Related::new(at, format!("a library with version `{reference}`")));
                    version
                }
                None => {
                    let message = format!("version `{reference}` is not in the catalog");
                    Version::unknown(Why::new(Reason::UnresolvedVariable, message), at, reference.clone())
                }
            }),
            Stated::Locked(_) | Stated::Source(_) | Stated::Computed(_) | Stated::Nothing => None,
        };
        let version = version.map(|version| self.refreshed(&package, version, library.file));
        Some((package, version))
    }

    /// The version that the plugin `refreshVersions` puts in the place of its placeholder.
    pub(super) fn refreshed(&self, package: &str, version: Version, file: FileId) -> Version {
        if version.text.as_deref().ok() != Some(versions_properties::PLACEHOLDER) {
            return version;
        }
        let Some(mut key) = versions_properties::key(package) else { return version };
        let mut because = vec![Related::new(version.origin, format!("declared here with the value of `{key}`"))];
        because.extend(version.because.iter().cloned());
        for _ in 0..=MAX_ALIASES {
            let Some((file, variable)) = self.refreshed_at(&key, file) else { break };
            let origin = Origin { file, span: variable.span };
            if !versions_properties::is_key(&variable.value) {
                let written = self.builds.files.get(file).source.slice(variable.span).to_owned();
                return Version { text: Ok(variable.value.clone()), otherwise: None, origin, written, because };
            }
            because.push(Related::new(origin, format!("set here with the value of `{}`", variable.value)));
            key.clone_from(&variable.value);
        }
        let message =
            format!("`_` stands for `{key}` of a `versions.properties`, and no value of that is in this repository");
        Version { text: Err(Why::new(Reason::UnresolvedVariable, message)), ..version }
    }

    /// A version as a script states it, with what it is made of.
    pub(super) fn version(&self, text: &str, span: Span, place: Place<'_>) -> Version {
        let at = Origin { file: place.file, span };
        let written = self.builds.files.get(place.file).source.slice(span);
        if is_rich(text) {
            return self.rich(text, at, place);
        }
        let unknown = |why| Version::unknown(why, at, written.to_owned());
        let (first, other) = match self.either(text, span, place) {
            Ok(values) => values,
            Err(why) => return unknown(why),
        };
        let mut version = version_of(&first, at, "declared here");
        if let Some(other) = other.filter(|other| other.text() != first.text()) {
            let mut other = version_of(&other, at, "declared here");
            // The lower one is what a person would edit.
            if let (Ok(text), Ok(of_other)) = (&version.text, &other.text)
                && gradle::compare(of_other, text).is_lt()
            {
                std::mem::swap(&mut version, &mut other);
            }
            if other.origin != version.origin {
                version.because.push(Related::new(other.origin, "taken in the other case"));
            }
            version.otherwise = other.text.ok();
        }
        version
    }

    /// A rich version: each of its calls by itself.
    fn rich(&self, text: &str, at: Origin, place: Place<'_>) -> Version {
        let mut parts = Vec::new();
        let mut because = Vec::new();
        let mut sole: Option<Value> = None;
        for (index, call) in text.split("; ").enumerate() {
            let (word, template) = call.split_once(' ').unwrap_or((call, ""));
            match self.template(template, at.span, place) {
                Ok(value) => {
                    parts.push(format!("{word} {}", value.text()));
                    because.extend(value.pieces.iter().filter_map(|piece| {
                        let (_, name) = piece.via.first()?;
                        Some(Related::new(piece.origin, format!("the value of `{name}` is part of it")))
                    }));
                    sole = (index == 0).then_some(value);
                }
                Err(why) => {
                    return Version::unknown(why, at, text.to_owned());
                }
            }
        }
        if let (1, Some(value)) = (parts.len(), sole) {
            let mut version = version_of(&value, at, "declared here");
            version.text = Ok(parts.remove(0));
            return version;
        }
        Version { text: Ok(parts.join("; ")), otherwise: None, origin: at, written: text.to_owned(), because }
    }

    fn platform(&self, include: &Include, place: Place<'_>, used: &mut Used) -> Option<Platform> {
        let identity = include.identity.as_ref()?;
        let at = Origin { file: place.file, span: include.span };
        if identity.name.starts_with(':') {
            return Some(Platform {
                name: identity.name.clone(),
                version: None,
                at,
                raises: true,
                properties: Vec::new(),
            });
        }
        if identity.name.starts_with(CATALOG) {
            return None;
        }
        if let Some(accessor) = plain_accessor(&identity.name)
            && let Some(library) = self.libraries(&accessor, place).into_iter().next()
        {
            used.insert((library.file, library.entry.then.span));
            let (name, version) = self.library(library, place)?;
            let version = version.map(|mut version| {
                version.because.insert(0, Related::new(at, format!("`{accessor}` is imported here")));
                version
            });
            return Some(Platform { name, version, at, raises: true, properties: Vec::new() });
        }
        let value = self.template(&identity.name, include.span, place).ok()?;
        let (name, within) = module(&value)?;
        let own = identity.version.as_ref().map(|text| self.version(text, include.span, place));
        let version = own.or_else(|| within.map(|version| version_of(&version, at, "imported here")));
        let version = version.map(|version| self.refreshed(&name, version, place.file));
        Some(Platform { name, version, at, raises: true, properties: Vec::new() })
    }

    /// What a project has for the properties of a BOM: those set for it alone first, then its own.
    fn properties_of(&self, bom: &str, place: Place<'_>) -> Vec<(String, Version)> {
        let mut properties = Vec::new();
        for name in KnownBoms::built_in().properties(bom) {
            let mut found = self.of_project(&format!("{BOM_PROPERTY}{name}"), place.project, &[]);
            if found.is_empty() {
                found = self.of_project(name, place.project, &[]);
            }
            let [(file, variable), rest @ ..] = found.as_slice() else { continue };
            let mut version = self.version(&variable.value, variable.span, Place { file: *file, ..place });
            if rest.iter().any(|(_, other)| other.value != variable.value) {
                let why =
                    format!("`{name}` is assigned more than once, and which assignment counts is decided by the build");
                version.text = Err(Why::new(Reason::Computed, why));
            }
            properties.push((name.to_owned(), version));
        }
        properties
    }

    fn text(&self, template: &str, span: Span, place: Place<'_>) -> Option<String> {
        self.template(template, span, place).ok().map(|value| value.text())
    }
}

/// Whether an override is a library of a catalog.
pub(super) fn is_of_catalog(change: &Override) -> bool {
    let condition = change.then.condition.as_deref().unwrap_or_default();
    condition.starts_with(CATALOG) || condition.starts_with(ALIAS)
}

/// Whether a text is the calls of a rich version.
fn is_rich(text: &str) -> bool {
    ["require ", "strictly ", "prefer ", "reject "].iter().any(|call| text.starts_with(call))
}

/// The accessor that a name consists of: `libs.k8s.client` for `${libs.k8s.client}`, with `get()` and the like left out.
fn plain_accessor(name: &str) -> Option<String> {
    let inside = name.strip_prefix("${").and_then(|name| name.strip_suffix('}')).or_else(|| name.strip_prefix('$'))?;
    let mut accessor = String::new();
    let mut rest = inside;
    loop {
        let end = rest.find(['.', '(', '[']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let word = word.trim();
        let mut next = behind;
        let mut argument = None;
        if let Some(inner) = behind.strip_prefix('(') {
            let close = inner.find(')')?;
            argument = Some(inner[..close].trim().trim_matches(['"', '\'']));
            next = &inner[close + 1..];
        }
        let is_get = argument == Some("") && matches!(word, "get" | "asProvider");
        let found = argument.filter(|argument| !argument.is_empty());
        match (word, found) {
            _ if is_get => {}
            ("findLibrary", Some(alias)) => push(&mut accessor, alias),
            ("findBundle", Some(alias)) => {
                push(&mut accessor, "bundles");
                push(&mut accessor, alias);
            }
            (_, Some(_)) => return None,
            _ if argument.is_some() || word.is_empty() => return None,
            ("rootProject" | "project" | "ext" | "extra", None) if accessor.is_empty() => {}
            _ => push(&mut accessor, word),
        }
        match next.strip_prefix('.') {
            Some(behind) => rest = behind,
            None if next.trim().is_empty() => break,
            None => return None,
        }
    }
    (!accessor.is_empty()).then_some(accessor)
}

fn push(accessor: &mut String, word: &str) {
    if !accessor.is_empty() {
        accessor.push('.');
    }
    accessor.push_str(word);
}

/// The package that a value names, and the version in it.
fn module(value: &Value) -> Option<(String, Option<Value>)> {
    let text = value.text();
    let mut colons = text.match_indices(':').map(|(index, _)| index);
    let first = colons.next()?;
    let (second, third) = (colons.next(), colons.next());
    let end_of_name = second.unwrap_or(text.len());
    let name = text[..end_of_name].split('@').next().unwrap_or_default();
    let is_word = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace) && !part.contains('/');
    if !is_word(&text[..first]) || !is_word(name.get(first + 1..).unwrap_or_default()) {
        return None;
    }
    let version = second.map(|second| {
        let end = third.unwrap_or(text.len());
        // `@VERSION@` is no extension but a template.
        let rest = &text[second + 1..end];
        let marked = rest.strip_prefix('@').and_then(|rest| rest.find('@')).map_or(0, |end| end + 2);
        let end = rest[marked..].find('@').map_or(end, |at| second + 1 + marked + at);
        value.slice(second + 1, end)
    });
    Some((name.to_owned(), version.filter(|version| !version.pieces.is_empty())))
}

/// A version with its place: the text's own if it is one piece, else that of what puts it together.
fn version_of(value: &Value, at: Origin, what: &str) -> Version {
    let text = value.text();
    match value.pieces.as_slice() {
        [only] => {
            let mut because = Vec::new();
            for (index, (used, name)) in only.via.iter().enumerate() {
                let what = if index == 0 { what } else { "set here" };
                let used = if index == 0 { at } else { *used };
                because.push(Related::new(used, format!("{what} with the value of `{name}`")));
            }
            Version { written: only.text.clone(), text: Ok(text), otherwise: None, origin: only.origin, because }
        }
        pieces => {
            let parts = pieces.iter().filter_map(|piece| {
                let (_, name) = piece.via.first()?;
                Some(Related::new(piece.origin, format!("the value of `{name}` is part of it")))
            });
            Version { written: String::new(), because: parts.collect(), text: Ok(text), otherwise: None, origin: at }
        }
    }
}

impl Platform {
    /// Whether it is known that it does not manage a package.
    pub(super) fn manages_nothing_of(&self, package: &str) -> bool {
        let text = self.version.as_ref().and_then(|version| version.text.as_ref().ok()).map_or(UNREAD, String::as_str);
        KnownBoms::built_in().find(&self.name, text, package) == Some(ManagedIn::Nothing)
    }

    /// Why its version is not known, if one is written.
    pub(super) fn unread(&self) -> Option<&Why> {
        self.version.as_ref()?.text.as_ref().err()
    }

    /// What is known of a package that it manages: as a request whose place is the platform's version.
    pub(super) fn known(&self, package: &str) -> Option<Request> {
        let version = self.version.as_ref()?;
        let text = version.text.as_ref().map_or(UNREAD, String::as_str);
        let mut version = version.clone();
        let known = KnownBoms::built_in();
        let property = known.property(&self.name, text, package);
        let replaced = self.properties.iter().find(|(name, _)| Some(name.as_str()) == property);
        match (replaced, known.find(&self.name, text, package)) {
            (_, Some(ManagedIn::Nothing)) | (None, None) => return None,
            (Some((name, other)), _) => {
                let message =
                    format!("platform `{}:{text}` manages it in the version of its property `{name}`", self.name);
                let place = Related::new(version.origin, message);
                version = other.clone();
                version.because.push(place);
            }
            (None, Some(ManagedIn::OwnVersion)) => {}
            (None, Some(ManagedIn::Version(managed))) => {
                let message = format!("platform `{}:{text}` manages it in version `{managed}`", self.name);
                version.because.push(Related::new(version.origin, &message));
                version.text = Ok(managed.to_owned());
            }
        }
        Some(Request {
            package: package.to_owned(),
            version: Some(version),
            at: self.at,
            scope: Scope::Managed,
            configuration: String::new(),
            when: None,
        })
    }
}

impl Version {
    /// A version that is not known.
    pub(super) fn unknown(why: Why, origin: Origin, written: String) -> Version {
        Version { text: Err(why), otherwise: None, origin, written, because: Vec::new() }
    }

    /// What it selects.
    pub(super) fn selected(&self) -> Selected {
        match &self.otherwise {
            None => select(&self.text),
            Some(other) => either(select(&self.text), select(&Ok(other.clone()))),
        }
    }

    /// The version as a requirement; of one that hangs on a condition there is no single one.
    pub(super) fn rich(&self) -> Option<Rich> {
        if self.otherwise.is_some() {
            return None;
        }
        self.text.as_ref().ok().map(|text| Rich::parse(text))
    }
}
