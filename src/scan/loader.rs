//! Gathers the files of a run: what the walk finds, what is named, where links lead, and what files take in.

mod patterns;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::content::{self, is_of_the_bytes};
use super::mentions::Mentions;
use super::settings::{self, Settings};
use super::{Loaded, Progress, Refusal, limits};
use crate::ecosystem;
use crate::model::{self, Ecosystem, File, FileId, Files, Format, Include, Problem, ProblemKind, Role, Wanted};
use crate::tree::{self, Argument, Kind, Located, Tree, Unread};
use crate::walk::{self, Excluded, Found, Matcher};

/// Longest chain of files that take in each other.
const MAX_INCLUDE_DEPTH: usize = 32;

/// Most files that are read only because others take them in.
const MAX_INCLUDED: usize = 2000;

/// The state of gathering.
pub(super) struct Loader<'a> {
    tree: &'a Tree,
    options: &'a walk::Options,
    settings: Option<Settings>,
    excluded: Excluded,
    walked: Vec<PathBuf>,
    /// How many of the files that were named are excluded.
    excluded_names: usize,
    progress: &'a Progress,
    matcher: Matcher,
    /// What has to stand in a lockfile for it to be taken apart; without that each is.
    mentions: Option<Mentions>,
    files: Files,
    /// What was read, by its place without links and the id of its format.
    by_place: HashMap<(PathBuf, &'static str), FileId>,
    /// The files that were named.
    named: HashSet<FileId>,
    /// The context that those take in.
    taken_in: HashSet<FileId>,
    unread: Vec<(String, Unread)>,
}

/// One file as a walking thread read it, once per format.
struct Walked {
    real: PathBuf,
    files: Vec<File>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        tree: &'a Tree,
        options: &'a walk::Options,
        settings: Option<Settings>,
        wanted: Option<Wanted>,
        progress: &'a Progress,
    ) -> Result<Self, Refusal> {
        let mut excluded = Excluded::new(tree.base(), &options.exclude).map_err(Refusal::Glob)?;
        if let Some(settings) = &settings {
            excluded.add(&settings.root, &settings.config.exclude).map_err(Refusal::Glob)?;
        }
        Ok(Loader {
            tree,
            options,
            settings,
            excluded,
            walked: Vec::new(),
            excluded_names: 0,
            progress,
            matcher: Matcher::new(),
            mentions: wanted.as_ref().map(Mentions::new),
            files: Files::new(wanted),
            by_place: HashMap::new(),
            named: HashSet::new(),
            taken_in: HashSet::new(),
            unread: Vec::new(),
        })
    }

    pub(super) fn finish(mut self) -> Loaded {
        let owners = settings::owners(self.tree.base());
        let owners = owners.and_then(|read| read.map_err(|unread| self.unread.push(unread)).ok());
        Loaded {
            root: self.tree.name().to_owned(),
            here: self.tree.here().to_owned(),
            within_repository: self.tree.within_repository(),
            files: self.files,
            taken_in: self.taken_in,
            unread: self.unread,
            base: self.tree.base().to_owned(),
            walked: if self.options.exclude.is_empty() { self.walked } else { Vec::new() },
            excluded: self.excluded_names,
            owners,
            settings: self.settings,
        }
    }

    /// Walks the folders among the arguments and reads every manifest in them.
    pub(super) fn walk(&mut self, arguments: &[Argument]) {
        let mut folders = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Folder(folder) if !folders.contains(folder) => folders.push(folder.clone()),
                Argument::Folder(_) | Argument::File(_) => {}
            }
        }
        self.walked.clone_from(&folders);
        self.walk_folders(&folders, None);
    }

    /// Walks folders and reads the manifests in them; with `context_of`, only as context, and only those of some ecosystems.
    fn walk_folders(&mut self, folders: &[PathBuf], context_of: Option<&HashSet<Ecosystem>>) {
        let context = context_of.is_some();
        let walked = Mutex::new(Vec::new());
        let links = Mutex::new(Vec::new());
        let unread = Mutex::new(Vec::new());
        walk::walk(self.tree, folders, self.options, &self.excluded, &|found| match found {
            Found::File(real) => {
                let mut formats = self.formats_among(real, context_of);
                formats.retain(|format| !context || !self.by_place.contains_key(&(real.to_owned(), format.id)));
                let is_new = !formats.is_empty();
                // Of what is around a file that was named only what is read counts as seen.
                if is_new || !context {
                    self.progress.see();
                }
                if is_new {
                    let files = self.read_as(&self.tree.relative(real), real, &formats);
                    push(&walked, Walked { real: real.to_owned(), files });
                }
            }
            Found::Link(link) => {
                let mut formats = self.formats_among(link, context_of);
                if !context {
                    self.progress.see();
                }
                // The walk comes by the file itself.
                formats.retain(|format| !content::is_marked(format));
                if !formats.is_empty() {
                    push(&links, (link.to_owned(), formats));
                }
            }
            Found::Other(real) => {
                let path = self.tree.relative(real);
                if self.matcher.formats(&path).iter().any(|format| !content::is_marked(format)) {
                    let message = "it is a pipe, socket or device, not a file; it is not read";
                    push(&unread, (path, Unread::new(ProblemKind::NotAFile, message)));
                }
            }
            Found::Unreadable(real, why) => {
                let path = self.tree.relative(&real);
                let message = format!("it cannot be looked into: {why}; what it holds is not scanned");
                push(&unread, (path, Unread::new(ProblemKind::Unreadable, message)));
            }
        });
        // What cannot be read around a file that was named is not the fault of what was asked for.
        if !context {
            self.unread.extend(take(unread));
        }
        let mut walked = take(walked);
        walked.sort_by(|a, b| a.real.cmp(&b.real));
        for file in walked {
            for mut read in file.files {
                read.context = context;
                self.push(&file.real, read);
            }
        }
        let mut links = take(links);
        links.sort_by(|a, b| a.0.cmp(&b.0));
        for (link, formats) in links {
            self.add_link(&link, &formats, context);
        }
        self.read_settings(context);
        let tracked = walk::tracked_but_ignored(self.tree, folders, self.options, &self.excluded, |path| {
            let relative = self.tree.relative(path);
            let formats = self.formats_among(path, context_of);
            // Whether the walk came by a file without its mark is not known, and to open each again would take too long.
            let mut formats = formats.iter().filter(|format| !content::is_marked(format));
            formats.any(|format| self.files.find(&relative, format).is_none())
        });
        for path in tracked {
            let formats = self.formats_among(&path, context_of);
            if !context {
                self.progress.see();
            }
            self.read_any(&path, &formats, context);
        }
    }

    /// The formats of a path; as context, those of some ecosystems, without those that hardly any file so named has.
    fn formats_among(&self, path: &Path, context_of: Option<&HashSet<Ecosystem>>) -> Vec<&'static Format> {
        let mut formats = self.matcher.formats(&self.tree.relative(path));
        if let Some(ecosystems) = context_of {
            formats.retain(|format| ecosystems.contains(&format.ecosystem) && content::is_context(format));
        }
        formats
    }

    /// Reads the settings of tools that lie in hidden folders beside the manifests that were found.
    fn read_settings(&mut self, context: bool) {
        let formats = ecosystem::formats();
        let globs: Vec<(Ecosystem, &str)> = formats
            .flat_map(|format| format.globs.iter().map(|glob| (format.ecosystem, *glob)))
            .filter(|(_, glob)| glob.starts_with('.') && glob.contains('/'))
            .collect();
        let mut paths = HashSet::new();
        for (_, file) in self.files.iter() {
            for (_, glob) in globs.iter().filter(|(ecosystem, _)| *ecosystem == file.format.ecosystem) {
                paths.insert(self.tree.base().join(model::folder(&file.path)).join(glob));
            }
        }
        let is_wanted = |path: &PathBuf| self.tree.is_file(path) && !self.excluded.excludes(path, false);
        let mut paths: Vec<PathBuf> = paths.into_iter().filter(is_wanted).collect();
        paths.sort();
        for path in paths {
            if !context {
                self.progress.see();
            }
            let formats = self.matcher.formats(&self.tree.relative(&path));
            self.read_any(&path, &formats, context);
        }
    }

    /// Reads the files among the arguments, and as context what stands beside and above them and what a walk of their git
    /// repositories comes by: a parent's property is used further down, a lockfile holds for workspaces beside it.
    pub(super) fn read_named(&mut self, arguments: &[Argument]) -> Result<(), Refusal> {
        let mut unknown = Vec::new();
        let mut known = 0;
        for argument in arguments {
            let Argument::File(real) = argument else {
                known += 1;
                continue;
            };
            // The whole path is matched, since a format may ask for the name of the folder, too.
            let formats = self.matcher.formats(&real.to_string_lossy());
            if formats.is_empty() {
                unknown.push(self.tree.relative(real));
                continue;
            }
            known += 1;
            let repository = self.repository(real).filter(|_| self.options.force_exclude);
            let is_own = repository.is_none_or(|repository| walk::is_the_projects_own(real, repository, self.options));
            if self.excluded.excludes(real, false) {
                self.excluded_names += 1;
            } else if is_own && !self.is_read(real) {
                self.progress.see();
                let ids = self.read_any(real, &formats, false);
                self.named.extend(ids);
            }
        }
        if known == 0 {
            return Err(Refusal::NoManifest(unknown));
        }
        let mut looked_into = HashSet::new();
        let mut named: Vec<FileId> = self.named.iter().copied().collect();
        named.sort_unstable();
        for id in named {
            let file = self.files.get(id);
            let ecosystem = file.format.ecosystem;
            let real = self.tree.base().join(&file.path);
            let mut candidates = self.beside_and_above(&real, ecosystem, &mut looked_into);
            // `tool.py` beside `tool.py.lock`.
            let locked = real.with_extension("");
            let is_script = self.matcher.formats(&locked.to_string_lossy()).into_iter().any(content::is_marked);
            candidates.extend(Some(locked).filter(|locked| is_script && self.tree.is_file(locked)));
            for candidate in candidates {
                let formats = self.matcher.formats(&candidate.to_string_lossy());
                self.read_any(&candidate, &formats, true);
            }
        }
        self.read_surroundings(arguments);
        Ok(())
    }

    /// Reads the manifests in the repositories of the files that were named, as far as they are of the same ecosystems.
    fn read_surroundings(&mut self, arguments: &[Argument]) {
        let ecosystems: HashSet<Ecosystem> = self.named.iter().map(|id| self.files.get(*id).format.ecosystem).collect();
        let mut folders: Vec<PathBuf> = Vec::new();
        for argument in arguments {
            let Argument::File(real) = argument else { continue };
            let repository = self.repository(real).filter(|folder| self.tree.contains(folder));
            let is_walked = |walked: &Path| arguments.iter().any(|other| *other == Argument::Folder(walked.to_owned()));
            if let Some(repository) = repository.filter(|folder| !folder.ancestors().any(is_walked))
                && !folders.iter().any(|known| known == repository)
            {
                folders.push(repository.to_owned());
            }
        }
        if !ecosystems.is_empty() {
            self.walk_folders(&folders, Some(&ecosystems));
        }
    }

    /// The top of the git repository that a file lies in.
    fn repository<'p>(&'p self, file: &'p Path) -> Option<&'p Path> {
        match self.tree.revision() {
            Some(revision) => Some(revision.top()),
            None => file.parent().and_then(tree::repository),
        }
    }

    /// Reads the manifests among some paths, as if a walk had found them.
    pub(super) fn read_listed(&mut self, paths: &[PathBuf]) {
        for path in paths {
            let formats = self.matcher.formats(&self.tree.relative(path));
            self.read_any(path, &formats, false);
        }
    }

    /// The manifests of an ecosystem in a file's folder and those above it, with the subfolders that its formats name.
    fn beside_and_above(
        &self,
        file: &Path,
        ecosystem: Ecosystem,
        looked_into: &mut HashSet<(PathBuf, Ecosystem)>,
    ) -> Vec<PathBuf> {
        let globs = ecosystem::formats().filter(|format| format.ecosystem == ecosystem).flat_map(|format| format.globs);
        let subfolders: HashSet<&str> = globs.filter_map(|glob| glob.rsplit_once('/')).map(|(head, _)| head).collect();
        let mut found = Vec::new();
        for folder in file.ancestors().skip(1).take_while(|folder| self.tree.contains(folder)) {
            if !looked_into.insert((folder.to_owned(), ecosystem)) {
                break;
            }
            for folder in subfolders.iter().map(|sub| folder.join(sub)).chain([folder.to_owned()]) {
                found.extend(self.tree.entries(&folder).into_iter().filter(|path| {
                    let formats = self.matcher.formats(&path.to_string_lossy());
                    let is_context = |format: &&Format| format.ecosystem == ecosystem && content::is_context(format);
                    formats.into_iter().any(|format| is_context(&format)) && self.tree.is_file(path)
                }));
            }
        }
        found.sort();
        found.retain(|path| !self.excluded.excludes(path, false));
        found
    }

    /// Reads a file or follows a link, unless that was done; gives what is known of it now.
    fn read_any(&mut self, real: &Path, formats: &[&'static Format], context: bool) -> Vec<FileId> {
        let path = self.tree.relative(real);
        if self.tree.kind(real) == Some(Kind::Link) {
            self.add_link(real, formats, context);
        } else {
            self.add_as(&path, real, formats, context);
        }
        formats.iter().filter_map(|format| self.files.find(&path, format)).collect()
    }

    /// Makes a link known as what it leads to, which is read if it was not yet.
    fn add_link(&mut self, link: &Path, formats: &[&'static Format], context: bool) {
        let path = self.tree.relative(link);
        let why = match self.tree.follow(link) {
            Located::Inside(real) => return self.add_as(&path, &real, formats, context),
            Located::Missing => Unread::new(ProblemKind::Unreadable, "the link leads nowhere"),
            Located::Outside => {
                Unread::new(ProblemKind::OutsideRoot, "the link leads out of the scanned folder; it is not followed")
            }
        };
        // As with a file that is only context and cannot be read: it is not the fault of what was asked for.
        if !context {
            self.unread.push((path, why));
        }
    }

    /// Makes a file known under a path and as some formats; it is read for those it was not read for.
    fn add_as(&mut self, path: &str, real: &Path, formats: &[&'static Format], context: bool) {
        let is_missing = |format: &&&'static Format| !self.by_place.contains_key(&(real.to_owned(), format.id));
        let missing: Vec<&'static Format> = formats.iter().filter(is_missing).copied().collect();
        if !missing.is_empty() {
            if context && missing.len() == formats.len() {
                self.progress.see();
            }
            for mut file in self.read_as(path, real, &missing) {
                file.context = context;
                self.push(real, file);
            }
        }
        for format in formats {
            let Some(id) = self.by_place.get(&(real.to_owned(), format.id)).copied() else { continue };
            self.files.get_mut(id).context &= context;
            if self.files.find(path, format).is_none() {
                self.files.alias(path, id);
            }
        }
    }

    fn push(&mut self, real: &Path, file: File) {
        let format = file.format.id;
        let id = self.files.push(file);
        self.by_place.insert((real.to_owned(), format), id);
    }

    fn is_read(&self, real: &Path) -> bool {
        ecosystem::formats().any(|format| self.by_place.contains_key(&(real.to_owned(), format.id)))
    }

    /// Reads a file once for each of its formats; what is wrong with its bytes is said once.
    fn read_as(&self, path: &str, real: &Path, formats: &[&'static Format]) -> Vec<File> {
        let limit = formats.iter().map(|format| content::limit(format)).max().unwrap_or(0);
        let bytes = self.tree.read(real, limit);
        let is_of = |format: &&&'static Format| match &bytes {
            Ok(bytes) => content::can_be(format, bytes),
            Err(_) => !content::is_marked(format),
        };
        let formats: Vec<&'static Format> = formats.iter().filter(is_of).copied().collect();
        if bytes.is_ok() && !formats.is_empty() {
            self.progress.count_read();
        }
        let mut files: Vec<File> = formats
            .iter()
            .map(|format| match &bytes {
                Ok(bytes) if self.mentions.as_ref().is_some_and(|mentions| mentions.are_absent(format, bytes)) => {
                    content::passed_over(path, format)
                }
                Ok(bytes) => content::read(path, format, bytes),
                Err(why) => content::unread(path, format, why.clone()),
            })
            .collect();
        for file in files.iter_mut().skip(1) {
            file.reading.problems.retain(|problem| !is_of_the_bytes(problem));
        }
        for file in &mut files {
            let (format, of) = (file.format, file.format.ecosystem);
            limits::cut(file, |name| !format.is_written_by_tools() || self.files.wants(of, name));
        }
        files
    }

    /// Reads the files that other files take in and that are not read yet, level by level.
    pub(super) fn follow_includes(&mut self) {
        let mut start = 0;
        let mut included = 0;
        for depth in 0.. {
            let level: Vec<(FileId, Include)> = self
                .files
                .iter()
                .skip(start)
                .flat_map(|(id, file)| file.reading.includes.iter().map(move |include| (id, include.clone())))
                .collect();
            start = self.files.len();
            for (id, include) in level {
                if matches!(include.role, Role::Sources | Role::Matching) {
                    let context = self.named.contains(&id) || self.files.get(id).context;
                    let found = match include.role {
                        Role::Sources => self.find_sources(id, &include),
                        _ => self.find_matching(id, &include),
                    };
                    for (path, real) in found {
                        if included >= MAX_INCLUDED {
                            let problem = beyond_limit(&include);
                            self.files.get_mut(id).reading.problems.push(problem);
                            break;
                        }
                        included += 1;
                        self.add_as(&path, &real, &[include.format], context);
                    }
                    self.note_taken_in(id, &include);
                    continue;
                }
                match self.find_included(id, &include) {
                    Target::Known => self.note_taken_in(id, &include),
                    Target::Absent(problem) => self.files.get_mut(id).reading.problems.extend(problem),
                    Target::New(path, real) => {
                        if depth >= MAX_INCLUDE_DEPTH || included >= MAX_INCLUDED {
                            let problem = beyond_limit(&include);
                            self.files.get_mut(id).reading.problems.push(problem);
                            continue;
                        }
                        included += 1;
                        let context = self.named.contains(&id) || self.files.get(id).context;
                        self.add_as(&path, &real, &[include.format], context);
                        self.note_taken_in(id, &include);
                    }
                }
            }
            if self.files.len() == start {
                break;
            }
        }
    }

    fn note_taken_in(&mut self, by: FileId, include: &Include) {
        if !self.named.contains(&by) && !self.taken_in.contains(&by) {
            return;
        }
        match include.role {
            Role::Requirements | Role::Optional | Role::Constraints | Role::Parent | Role::Bom => {
                self.taken_in.extend(self.files.included(by, include));
            }
            Role::Matching => self.taken_in.extend(self.files.matching(by, include)),
            Role::Member | Role::Sources => {}
        }
    }

    fn find_included(&self, id: FileId, include: &Include) -> Target {
        let file = self.files.get(id);
        let folder = model::folder(&file.path);
        let paths: Vec<String> = include.paths.iter().filter_map(|path| model::join(folder, path)).collect();
        if paths.iter().any(|path| self.files.find(path, include.format).is_some()) {
            return Target::Known;
        }
        let mut outside = paths.is_empty() && !include.paths.is_empty();
        for path in paths {
            match self.tree.locate(&path) {
                Located::Inside(real) if self.tree.kind(&real) != Some(Kind::Folder) => return Target::New(path, real),
                Located::Inside(_) | Located::Missing => {}
                Located::Outside => outside = true,
            }
        }
        let is_needed = match include.role {
            // A gemspec is asked for by its folder, and a Gemfile may ask first whether a file is there.
            Role::Requirements if include.format.ecosystem == Ecosystem::Gem => false,
            Role::Matching => false,
            Role::Requirements | Role::Constraints => true,
            // Whether one of these is to be had from elsewhere is for the resolver to say.
            Role::Parent | Role::Bom => false,
            Role::Member if include.format.ecosystem == Ecosystem::Maven => false,
            // Tools differ in what they make of a member that is not there; none finds one out there for us.
            Role::Member => outside,
            Role::Optional | Role::Sources => false,
        };
        // In a folder whose name is no Unicode the path that is written cannot be put together here.
        let is_known = !include.paths.is_empty() && !file.path.contains('\u{FFFD}');
        let is_address = include.paths.iter().any(|path| path.contains("://"));
        if !is_needed || !is_known || is_address {
            return Target::Absent(None);
        }
        let written = file.source.slice(include.span);
        let (kind, message) = if outside {
            let message = format!("`{written}` lies outside of what is scanned, so what it says is missing here");
            (ProblemKind::OutsideRoot, message)
        } else {
            (ProblemKind::MissingInclude, format!("`{written}` is not there, so what it says is missing here"))
        };
        Target::Absent(Some(Problem { kind, message, span: include.span }))
    }
}

/// What an include leads to.
enum Target {
    /// A file that was read.
    Known,
    /// A file that was not: its path and place.
    New(String, PathBuf),
    /// Nothing that can be read, and what is to be said of that.
    Absent(Option<Problem>),
}

fn beyond_limit(include: &Include) -> Problem {
    let message = format!(
        "not read, since no more than {MAX_INCLUDED} files, and no more than {MAX_INCLUDE_DEPTH} one from another, are taken in"
    );
    Problem { kind: ProblemKind::Limit, message, span: include.span }
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(item);
}

fn take<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}
