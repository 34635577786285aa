//! Evaluates a project as MSBuild does (MSBuild documentation, "How MSBuild builds projects", evaluation phase).
//!
//! - First properties and imports, in the order of the text, then items, which so see the last values of all properties.
//! - The nearest Directory.Build.props above the project comes first, then the nearest Directory.Packages.props, then the
//!   project itself, then the nearest Directory.Build.targets. Of each kind only the nearest counts, unless it takes in the next.
//! - A property is computed where it is set, with the values of that moment.
//! - A file is taken in once. Of the SDKs those are known that take in a file of the tree.
//! - What hangs on a condition that the tree does not decide may count or not: a property then has several values, and an item
//!   is kept.
//!
//! Not done: what the SDKs themselves set; wildcards in imports; properties of the command line and the environment.

use std::collections::{HashMap, HashSet};

use super::super::condition::{self, Truth};
use super::super::expression::{self, Gap, Properties, Text};
use super::super::{csproj, msbuild_props};
use crate::model::{
    self, Declared, Effect, File, FileId, Files, Include, Origin, Override, Reason, Scope, Stated, Variable, Why,
};

/// Longest chain of imports.
const MAX_IMPORTS: usize = 32;

/// Most values of one property.
const MAX_VALUES: usize = 16;

/// Most items of one kind and name that are kept.
const MAX_ITEMS_OF_A_NAME: usize = 64;

/// The SDK of .NET's own repositories, which takes in `eng/Versions.props`.
const ARCADE_SDK: &str = "Microsoft.DotNet.Arcade.Sdk";

/// The SDK that takes in a central file of its own kind.
const CENTRAL_SDK: &str = "Microsoft.Build.CentralPackageVersions";

/// A project with all that it takes in.
pub(super) struct Evaluation<'a> {
    files: &'a Files,
    /// The project's file.
    pub(super) project: FileId,
    framework: Option<String>,
    current: FileId,
    properties: HashMap<String, Property>,
    items: Vec<(FileId, Item<'a>, Truth)>,
    taken_in: HashSet<FileId>,
    /// The files that were taken in, the project too.
    pub(super) visited: Vec<FileId>,
    /// An import or SDK that is not in the tree.
    pub(super) gap: Option<Origin>,
    /// The imports of files by their plain paths that are not in the tree, without a condition.
    pub(super) missing: Vec<Origin>,
    /// The references to packages.
    pub(super) references: Entries<'a>,
    /// The central versions.
    pub(super) pins: Entries<'a>,
}

/// A property: its values, more than one where conditions are not known.
#[derive(Default)]
struct Property {
    values: Vec<Value>,
    may_be_unset: bool,
}

/// A value and where it comes from.
#[derive(Clone)]
pub(super) struct Value {
    /// The value, or why it is not known.
    pub(super) text: Result<Text, Gap>,
    /// The text to edit: the property's where the value is one property and nothing else.
    pub(super) origin: Origin,
    /// That text as written.
    pub(super) written: String,
    /// The properties on the way, outermost first: where each is used, and its name.
    pub(super) through: Vec<(Origin, String)>,
    /// The properties that are parts of it.
    pub(super) parts: Vec<(Origin, String)>,
}

/// A statement about an item.
#[derive(Clone, Copy)]
enum Item<'a> {
    Declared(&'a Declared),
    Override(usize, &'a Override),
}

/// An item: a reference to a package, or a central version.
pub(super) struct Entry<'a> {
    /// The file that states it.
    pub(super) file: FileId,
    /// The statement.
    pub(super) declared: &'a Declared,
    /// The package's name.
    pub(super) name: String,
    /// Whether it counts.
    pub(super) truth: Truth,
    /// The texts that may hold its version.
    pub(super) versions: Vec<Stating<'a>>,
    /// The texts that may hold the version that beats the central one.
    pub(super) overrides: Vec<Stating<'a>>,
}

/// A text that holds a version.
#[derive(Clone, Copy)]
pub(super) struct Stating<'a> {
    /// The file.
    pub(super) file: FileId,
    /// The statement.
    pub(super) declared: &'a Declared,
    /// The number of the override, where it is one.
    pub(super) index: Option<usize>,
    truth: Truth,
}

impl<'a> Evaluation<'a> {
    /// Evaluates a project, for one of its target frameworks if it has several.
    pub(super) fn new(files: &'a Files, project: FileId, framework: Option<String>) -> Evaluation<'a> {
        let mut evaluation = Evaluation {
            files,
            project,
            framework,
            current: project,
            properties: HashMap::new(),
            items: Vec::new(),
            taken_in: HashSet::new(),
            visited: Vec::new(),
            gap: None,
            missing: Vec::new(),
            references: Entries::default(),
            pins: Entries::default(),
        };
        evaluation.run();
        evaluation
    }

    /// The target framework that it is evaluated for, if it is one of several.
    pub(super) fn framework(&self) -> Option<&str> {
        self.framework.as_deref()
    }

    fn run(&mut self) {
        self.take_in_nearest("Directory.Build.props");
        match self.known("DirectoryPackagesPropsPath") {
            Some(path) => {
                if let Some(id) = expression::absolute(&path).and_then(|path| self.find(&path)) {
                    self.file(id, Truth::Yes, 0);
                }
            }
            None => self.take_in_nearest("Directory.Packages.props"),
        }
        self.file(self.project, Truth::Yes, 0);
        let has_central_sdk = self.visited.iter().any(|id| {
            let mut includes = self.files.get(*id).reading.includes.iter();
            includes.any(|include| include.identity.as_ref().is_some_and(|sdk| sdk.name == CENTRAL_SDK))
        });
        if has_central_sdk {
            self.take_in_nearest("Packages.props");
        }
        self.take_in_nearest("Directory.Build.targets");
        for (file, item, truth) in std::mem::take(&mut self.items) {
            self.current = file;
            self.item(file, item, truth);
        }
        self.current = self.project;
    }

    fn take_in_nearest(&mut self, name: &str) {
        if let Some(id) = self.nearest(name) {
            self.file(id, Truth::Yes, 0);
        }
    }

    /// The file of a name in the project's folder or the nearest above.
    fn nearest(&self, name: &str) -> Option<FileId> {
        let mut folder = model::folder(&self.files.get(self.project).path);
        loop {
            let path = if folder.is_empty() { format!("/{name}") } else { format!("/{folder}/{name}") };
            if let Some(id) = self.find(&path) {
                return Some(id);
            }
            if folder.is_empty() {
                return None;
            }
            folder = model::folder(folder);
        }
    }

    /// A file in MSBuild's language by its path from `/`.
    fn find(&self, path: &str) -> Option<FileId> {
        let path = path.strip_prefix('/')?;
        self.files.find(path, &msbuild_props::FORMAT).or_else(|| self.files.find(path, &csproj::FORMAT))
    }

    /// The properties and imports of a file; its items are left for later.
    fn file(&mut self, id: FileId, truth: Truth, depth: usize) {
        if !self.taken_in.insert(id) || depth > MAX_IMPORTS {
            return;
        }
        self.visited.push(id);
        let outer = std::mem::replace(&mut self.current, id);
        for statement in statements(self.files.get(id)) {
            match statement {
                Statement::Variable(variable) => {
                    let truth = truth.and(condition::holds(variable.condition.as_deref(), self));
                    self.assign(variable, truth);
                }
                Statement::Include(include) => {
                    let truth = truth.and(condition::holds_for_import(include.condition.as_deref(), self));
                    self.import(include, truth, depth);
                }
                Statement::Item(item) => self.items.push((id, item, truth)),
            }
        }
        self.current = outer;
    }

    fn assign(&mut self, variable: &Variable, truth: Truth) {
        let name = variable.name.to_ascii_lowercase();
        if truth == Truth::No || self.framework.is_some() && name == "targetframework" {
            return;
        }
        let origin = Origin { file: self.current, span: variable.span };
        let values = self.values(&variable.value, origin);
        let may_be_unset = truth == Truth::Unknown;
        let property = self.properties.entry(name).or_insert_with(|| Property { values: Vec::new(), may_be_unset });
        if truth == Truth::Yes {
            property.values.clear();
            property.may_be_unset = false;
        }
        property.values.extend(values);
        property.values.truncate(MAX_VALUES);
    }

    fn import(&mut self, include: &Include, truth: Truth, depth: usize) {
        // Other formats are read for the resolver's use.
        if truth == Truth::No || include.format.id != msbuild_props::FORMAT.id {
            return;
        }
        let origin = Origin { file: self.current, span: include.span };
        if let Some(sdk) = &include.identity {
            if sdk.name == ARCADE_SDK {
                self.take_in_nearest("eng/Versions.props");
            } else if !sdk.name.starts_with("Microsoft.NET.Sdk") && sdk.name != CENTRAL_SDK {
                self.gap.get_or_insert(origin);
            }
            return;
        }
        let file = self.files.get(self.current);
        let written = file.source.slice(include.span);
        let path = expression::expand(written, self).ok().filter(|path| path.doubtful.is_none());
        let path = path.map(|path| expression::slashes(path.text.trim()));
        let path = path
            .map(|path| if path.starts_with('/') { path } else { format!("/{}/{path}", model::folder(&file.path)) });
        match path.and_then(|path| expression::absolute(&path)).and_then(|path| self.find(&path)) {
            Some(id) => self.file(id, truth, depth + 1),
            None if is_of_the_tools(written) => {}
            None => {
                self.gap.get_or_insert(origin);
                if truth == Truth::Yes && include.condition.is_none() && !include.paths.is_empty() {
                    self.missing.push(origin);
                }
            }
        }
    }

    /// A property's value, if it has one that is known.
    pub(super) fn known(&self, name: &str) -> Option<String> {
        self.property(name)?.ok().filter(|value| value.doubtful.is_none()).map(|value| value.text)
    }

    /// Whether the tree sets a property.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.properties.contains_key(&name.to_ascii_lowercase())
    }

    /// Whether a text is empty because nothing in the tree sets its properties.
    pub(super) fn is_unset(&self, text: &str) -> bool {
        matches!(expression::expand(text, self), Ok(text) if text.text.trim().is_empty() && text.doubtful.is_some())
    }

    /// A name with its expressions put in; as it is where one is not known.
    pub(super) fn name(&self, name: &str) -> String {
        expression::expand(name, self).map_or_else(|_| name.to_owned(), |name| name.text)
    }

    /// Whether a property is true; `None` where it may be.
    pub(super) fn is_true(&self, name: &str) -> Option<bool> {
        match self.property(name) {
            None => Some(false),
            Some(Ok(value)) if value.doubtful.is_none() => Some(value.text.trim().eq_ignore_ascii_case("true")),
            Some(_) => None,
        }
    }

    /// The target frameworks, if there is more than one.
    pub(super) fn frameworks(&self) -> Vec<String> {
        let is_single = self.properties.contains_key("targetframework");
        let Some(property) = self.properties.get("targetframeworks").filter(|_| !is_single) else { return Vec::new() };
        let mut frameworks: Vec<String> = Vec::new();
        for value in property.values.iter().filter_map(|value| value.text.as_ref().ok()) {
            for framework in value.text.split(';').map(str::trim).filter(|framework| !framework.is_empty()) {
                if !frameworks.iter().any(|other| other == framework) && frameworks.len() < MAX_VALUES {
                    frameworks.push(framework.to_owned());
                }
            }
        }
        frameworks
    }

    /// The values that a text may have.
    pub(super) fn values(&self, text: &str, origin: Origin) -> Vec<Value> {
        if let Some(name) = expression::sole_property(text)
            && self.reserved(name).is_none()
            && let Some(property) = self.properties.get(&name.to_ascii_lowercase())
        {
            let values = property.values.iter().map(|value| {
                let mut value = value.clone();
                value.through.insert(0, (origin, name.to_owned()));
                value.through.truncate(MAX_VALUES);
                value
            });
            return values.collect();
        }
        let mut parts = Vec::new();
        for name in text.split("$(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name) {
            if let Some(property) = self.properties.get(&name.to_ascii_lowercase())
                && let [value] = property.values.as_slice()
                && parts.len() < MAX_VALUES
            {
                parts.push((value.origin, name.to_owned()));
            }
        }
        let value = expression::expand(text, self);
        vec![Value { text: value, origin, written: text.to_owned(), through: Vec::new(), parts }]
    }

    /// The properties that MSBuild itself sets, and those with which its common files look for files above.
    fn reserved(&self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let path = |name: &str| self.nearest(name).map(|id| format!("/{}", self.files.get(id).path));
        match name.as_str() {
            "_directorybuildpropsfile" => return Some("Directory.Build.props".into()),
            "_directorybuildtargetsfile" => return Some("Directory.Build.targets".into()),
            "_directorypackagespropsfile" => return Some("Directory.Packages.props".into()),
            "directorybuildpropspath" => return path("Directory.Build.props"),
            "directorybuildtargetspath" => return path("Directory.Build.targets"),
            _ => {}
        }
        let (id, field) = match (name.strip_prefix("msbuildthisfile"), name.strip_prefix("msbuildproject")) {
            (Some(field), _) => (self.current, field),
            (None, Some("file")) => (self.project, ""),
            (None, Some(field)) => (self.project, field),
            (None, None) if name == "targetframework" => return self.framework.clone(),
            (None, None) => return None,
        };
        let path = &self.files.get(id).path;
        let folder = model::folder(path);
        let file = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        match field {
            "" => Some(file.to_owned()),
            "directory" if name.starts_with("msbuildthisfile") && !folder.is_empty() => Some(format!("/{folder}/")),
            "directory" => Some(format!("/{folder}")),
            "fullpath" => Some(format!("/{path}")),
            "name" => Some(stem.to_owned()),
            "extension" => Some(format!(".{extension}")),
            _ => None,
        }
    }

    fn item(&mut self, file: FileId, item: Item<'a>, outer: Truth) {
        let (index, effect, declared) = match item {
            Item::Declared(declared) => (None, None, declared),
            Item::Override(index, change) => (Some(index), Some(change.effect), &change.then),
        };
        let truth = outer.and(condition::holds(declared.condition.as_deref(), self));
        if truth == Truth::No {
            return;
        }
        let name = self.name(&declared.name);
        let stating = Stating { file, declared, index, truth };
        let entries = if declared.scope == Scope::Managed { &mut self.pins } else { &mut self.references };
        match effect {
            None | Some(Effect::Manage) => {
                let mut entry = Entry::new(file, declared, name);
                entry.truth = truth;
                // A condition on the whole item bears on each of its texts alike.
                entry.versions.iter_mut().for_each(|stating| stating.index = index);
                entries.add(entry);
            }
            Some(Effect::Remove) if truth == Truth::Yes => {
                entries.remove(&name);
            }
            Some(Effect::Update | Effect::Force) => entries.named(&name, |entry| {
                let forces = effect == Some(Effect::Force);
                let list = if forces { &mut entry.overrides } else { &mut entry.versions };
                if truth == Truth::Yes {
                    list.clear();
                }
                if list.len() < MAX_VALUES {
                    list.push(stating);
                }
            }),
            Some(Effect::Remove | Effect::Replace | Effect::Exclude | Effect::Constrain) => {}
        }
    }
}

/// The items of one kind.
#[derive(Default)]
pub(super) struct Entries<'a> {
    entries: Vec<Entry<'a>>,
    by_name: HashMap<String, Vec<usize>>,
}

impl<'a> Entries<'a> {
    /// Those that count or may count, in the order of the text.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.truth != Truth::No)
    }

    fn add(&mut self, entry: Entry<'a>) {
        let of_name = self.by_name.entry(entry.name.to_lowercase()).or_default();
        if of_name.len() < MAX_ITEMS_OF_A_NAME {
            of_name.push(self.entries.len());
            self.entries.push(entry);
        }
    }

    /// Takes back all that have a name.
    fn remove(&mut self, name: &str) {
        for index in self.by_name.remove(&name.to_lowercase()).into_iter().flatten() {
            self.entries[index].truth = Truth::No;
        }
    }

    /// Changes all that have a name.
    fn named(&mut self, name: &str, mut change: impl FnMut(&mut Entry<'a>)) {
        for index in self.by_name.get(&name.to_lowercase()).into_iter().flatten() {
            change(&mut self.entries[*index]);
        }
    }
}

impl<'a> Entry<'a> {
    /// An item as it is stated, before anything changes it.
    pub(super) fn new(file: FileId, declared: &'a Declared, name: String) -> Entry<'a> {
        let versions = match declared.stated {
            Stated::Nothing => Vec::new(),
            _ => vec![Stating { file, declared, index: None, truth: Truth::Yes }],
        };
        Entry { file, declared, name, truth: Truth::Yes, versions, overrides: Vec::new() }
    }
}

impl Stating<'_> {
    /// Whether it is sure to count.
    pub(super) fn is_sure(&self) -> bool {
        self.truth == Truth::Yes
    }

    /// The version as written.
    pub(super) fn text(&self) -> &str {
        match &self.declared.stated {
            Stated::Requirement(text, _) | Stated::Computed(text) => text,
            Stated::Locked(_) | Stated::Source(_) | Stated::Elsewhere(_) | Stated::Nothing => "",
        }
    }

    /// Where it stands.
    pub(super) fn origin(&self) -> Origin {
        Origin { file: self.file, span: self.declared.span }
    }
}

impl Value {
    /// The value, or why it is not known, for people.
    pub(super) fn known(&self) -> Result<&str, Why> {
        let unresolved = |message: String| Err(Why::new(Reason::UnresolvedVariable, message));
        match &self.text {
            Ok(Text { text, doubtful: None }) => Ok(text),
            Ok(Text { doubtful: Some(name), .. }) | Err(Gap::Property(name)) => {
                unresolved(format!("property `{name}` is not defined in this repository"))
            }
            Err(Gap::Ambiguous(name)) => {
                unresolved(format!("property `{name}` has several values, by conditions that the build decides"))
            }
            Err(Gap::Computed(text)) => {
                Err(Why::new(Reason::Computed, format!("`{text}` is computed when the build runs")))
            }
        }
    }
}

impl Properties for Evaluation<'_> {
    fn property(&self, name: &str) -> Option<Result<Text, Gap>> {
        if let Some(text) = self.reserved(name) {
            return Some(Ok(Text { text, doubtful: None }));
        }
        let property = self.properties.get(&name.to_ascii_lowercase())?;
        let (first, rest) = property.values.split_first()?;
        if property.may_be_unset || rest.iter().any(|value| value.text != first.text) {
            return Some(Err(Gap::Ambiguous(name.to_owned())));
        }
        Some(first.text.clone())
    }

    fn exists(&self, path: &str) -> Option<bool> {
        if self.find(path).is_some() {
            return Some(true);
        }
        let is_read = [".props", ".targets", ".projitems", ".csproj", ".fsproj", ".vbproj", ".proj"];
        is_read.iter().any(|ending| path.ends_with(ending)).then_some(false)
    }
}

/// Whether an import is of what comes with MSBuild, Visual Studio or a package, and so says nothing of other packages.
fn is_of_the_tools(import: &str) -> bool {
    let import = import.to_ascii_lowercase();
    let marks =
        ["$(msbuild", "$(vstoolspath)", "$(visualstudio", "/packages/", "\\packages\\", "\\.paket\\", "/.paket/"];
    let is_of_the_tree = import.contains("$(msbuildthisfile") || import.contains("$(msbuildproject");
    !is_of_the_tree && marks.iter().any(|mark| import.contains(mark))
}

/// A statement of a file.
enum Statement<'a> {
    Variable(&'a Variable),
    Include(&'a Include),
    Item(Item<'a>),
}

/// What a file states, in the order of the text.
fn statements(file: &File) -> Vec<Statement<'_>> {
    let reading = &file.reading;
    let variables = reading.variables.iter().map(|variable| (variable.span.start, Statement::Variable(variable)));
    let includes = reading.includes.iter().map(|include| (include.span.start, Statement::Include(include)));
    let declared = reading.declared.iter().map(|it| (it.span.start, Statement::Item(Item::Declared(it))));
    let overrides = reading.overrides.iter().enumerate();
    let overrides = overrides.map(|(index, it)| (it.then.span.start, Statement::Item(Item::Override(index, it))));
    let mut statements: Vec<(usize, Statement<'_>)> =
        variables.chain(includes).chain(declared).chain(overrides).collect();
    statements.sort_by_key(|(start, _)| *start);
    statements.into_iter().map(|(_, statement)| statement).collect()
}
