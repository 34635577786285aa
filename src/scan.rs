//! The pipeline from a root to a report. The only code that opens files of the scanned tree.
//!
//! Files are read and parsed by the threads that walk. What a file takes in, what a link leads to and what stands beside a
//! file that was named is read afterwards, in the order of paths, so that two runs are alike to the byte.
//!
//! A file that was *named* is judged alone, as a run over its whole git repository would judge it: all of its ecosystem there
//! is read as context, and what that states is reported only where it decides something for the named file, or the file
//! for it.

mod accounts;
mod base;
mod comments;
mod content;
mod ignores;
mod limits;
mod loader;
mod mend;
mod mentions;
mod settings;

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

pub use accounts::accounts;
pub use content::read;
pub use mend::{Change, Mending, Prepared, mend};
pub use settings::Source as ConfigSource;

use crate::data::{Day, RuleError};
use crate::ecosystem;
use crate::fix;
use crate::judge::{self, FailOn, Finding};
use crate::model::{Dependency, Ecosystem, FileId, Files, Origin, Package, Problem, ProblemKind, Resolution, Wanted};
use crate::owners::Owners;
use crate::report::known::Known;
use crate::report::{self, Report};
use crate::rules::RuleSet;
use crate::tree::{self, Argument, Tree};
use crate::walk::{self, BadGlob};
use loader::Loader;
use settings::Settings;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folders to walk and files to read.
    pub paths: Vec<PathBuf>,
    /// What a walk leaves out.
    pub options: walk::Options,
    /// The revision to scan in place of what lies there.
    pub revision: Option<String>,
    /// What the findings are held against.
    pub base: Option<Base>,
    /// Where the configuration comes from.
    pub config: ConfigSource,
    /// Whose findings are wanted, as CODEOWNERS names them; everybody's if nobody is named.
    pub owners: Vec<String>,
    /// The day that expiry dates are held against; without one nothing expires.
    pub today: Today,
}

/// An earlier state, whose findings are not new.
#[derive(Clone, Debug)]
pub enum Base {
    /// Where the revision of this name and what is scanned have parted.
    Revision(String),
    /// What an earlier run found, and the name of the file that says so.
    Findings(String, Vec<Known>),
}

/// The day of a run, if it is known.
pub type Today = Option<Day>;

/// How far a run has come, for whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    seen: AtomicUsize,
    read: AtomicUsize,
}

impl Progress {
    /// How many files were seen.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    /// How many manifests were read.
    pub fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    fn see(&self) {
        self.seen.fetch_add(1, Ordering::Relaxed);
    }

    fn count_read(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A path cannot be used.
    Path(tree::Refusal),
    /// A glob cannot be read.
    Glob(BadGlob),
    /// None of the files that were named is a manifest.
    NoManifest(Vec<String>),
    /// The configuration cannot be read, or says what it cannot say.
    Config(RuleError),
    /// Somebody's findings are wanted, and there is no CODEOWNERS file.
    NoOwners,
    /// Somebody's findings are wanted whom the CODEOWNERS file does not name; then those whom it names.
    UnknownOwner(String, Vec<String>),
}

/// The files of a run.
#[derive(Debug)]
pub struct Loaded {
    /// The base of their paths, as the user would write it.
    pub root: String,
    /// The current folder, from that base.
    pub here: String,
    /// That base, from the top of its git repository.
    pub within_repository: String,
    /// The manifests and what they take in.
    pub files: Files,
    /// The context that files which were named take in.
    pub taken_in: HashSet<FileId>,
    /// What went wrong outside of any manifest: paths and sentences.
    pub unread: Vec<(String, tree::Unread)>,
    /// The base of their paths.
    base: PathBuf,
    /// The folders that were walked, if nothing was left out by hand.
    walked: Vec<PathBuf>,
    /// How many of the files that were named are excluded.
    excluded: usize,
    /// The configuration.
    settings: Option<Settings>,
    /// Who owns what.
    owners: Option<Owners>,
}

/// Scans: reads, resolves, judges.
///
/// # Errors
/// [`Refusal`] if the request cannot be carried out; whatever is wrong with the files is in the report.
pub fn scan(request: &Request, rules: &RuleSet, progress: &Progress) -> Result<Report, Refusal> {
    run(request, rules, progress, |_, _, _| ()).map(|(report, ())| report)
}

/// Scans, and takes along what is to be had of the findings and their files.
fn run<T>(
    request: &Request,
    rules: &RuleSet,
    progress: &Progress,
    take: impl FnOnce(&Files, &[Finding<'_>], &Report) -> T,
) -> Result<(Report, T), Refusal> {
    let (tree, arguments) = open(request)?;
    let settings = settings(&tree, request)?;
    let loaded = gather(&tree, &arguments, &request.options, settings, Some(rules.wanted()), progress)?;
    let (mut report, findings) = judged(&loaded, rules, request.today, fix::plan);
    report.files_seen = progress.seen();
    report.files_read = progress.read();
    report.revision = request
        .revision
        .clone()
        .zip(tree.revision())
        .map(|(name, revision)| report::Revision { name, commit: revision.commit() });
    if let Some(base) = &request.base {
        base::compare(&mut report, base, &loaded, (&tree, &arguments), request, rules);
    }
    assign_owners(&mut report, loaded.owners.as_ref());
    only_of(&mut report, loaded.owners.as_ref(), &request.owners)?;
    let taken = take(&loaded.files, &findings, &report);
    Ok((report, taken))
}

/// The report on the files of a run, without their number and owners, and the findings that it shows.
fn judged<'r>(
    loaded: &Loaded,
    rules: &'r RuleSet,
    today: Today,
    plan: impl FnOnce(&RuleSet, &Files, &mut [Finding<'r>]),
) -> (Report, Vec<Finding<'r>>) {
    let files = &loaded.files;
    let mut dependencies = Vec::new();
    let mut problems = Vec::new();
    for mut resolution in resolve(files) {
        resolution.dependencies.retain(|found| files.wants(found.package.ecosystem, &found.package.name));
        dependencies.extend(asked_for(files, resolution.dependencies));
        problems.extend(resolution.problems);
    }
    let mut findings = judge::judge(rules, files, dependencies);
    plan(rules, files, &mut findings);
    let read: Vec<(FileId, &Problem)> = own_problems(loaded).collect();
    let problems = problems.iter().filter(|(file, problem)| is_news(loaded, *file, problem));
    let problems = problems.filter(|(file, problem)| matters(&findings, *file, problem));
    let problems = read.into_iter().chain(problems.map(|(file, problem)| (*file, problem)));
    let mut report = Report::new(&loaded.root, rules, files, &findings, problems);
    report.here.clone_from(&loaded.here);
    report.within_repository.clone_from(&loaded.within_repository);
    for (path, unread) in &loaded.unread {
        report.add_problem(report::Problem::without_place(path, unread.kind, &unread.message));
    }
    if let Some(settings) = &loaded.settings {
        report.config = Some(settings.path.clone());
        report.least = settings.config.min_severity.unwrap_or(report.least);
        report.fail_on = settings.config.fail_on.map_or(report.fail_on, FailOn::mildest);
    }
    ignores::apply(&mut report, loaded, today);
    report.excluded = loaded.excluded;
    (report, findings)
}

/// Names the owners of each client.
fn assign_owners(report: &mut Report, owners: Option<&Owners>) {
    let Some(owners) = owners else { return };
    let found: Vec<Vec<String>> =
        report.clients.iter().map(|entry| owners.of(&report.from_repository(&entry.place.path))).collect();
    for (entry, found) in report.clients.iter_mut().zip(found) {
        entry.owners = found;
    }
}

/// Leaves in a report what some owners own, with or without the `@` before their names.
fn only_of(report: &mut Report, owners: Option<&Owners>, wanted: &[String]) -> Result<(), Refusal> {
    if wanted.is_empty() {
        return Ok(());
    }
    let owners = owners.ok_or(Refusal::NoOwners)?;
    let is_same = |a: &str, b: &str| a.trim_start_matches('@').eq_ignore_ascii_case(b.trim_start_matches('@'));
    let all = owners.all();
    if let Some(unknown) = wanted.iter().find(|wanted| !all.iter().any(|owner| is_same(owner, wanted))) {
        return Err(Refusal::UnknownOwner(unknown.clone(), all.into_iter().map(str::to_owned).collect()));
    }
    let is_wanted = |owner: &String| wanted.iter().any(|wanted| is_same(owner, wanted));
    report.clients.retain(|entry| entry.owners.iter().any(is_wanted));
    let paths: Vec<String> = report.problems.iter().map(|problem| report.from_repository(&problem.path)).collect();
    let mut paths = paths.iter();
    report.problems.retain(|_| paths.next().is_some_and(|path| owners.of(path).iter().any(is_wanted)));
    Ok(())
}

/// What the files of each ecosystem select, side by side, in the order of the ecosystems.
fn resolve(files: &Files) -> Vec<Resolution> {
    let present = Ecosystem::ALL.iter().copied().filter(|ecosystem| files.of(*ecosystem).next().is_some());
    std::thread::scope(|scope| {
        let running: Vec<_> =
            present.map(|ecosystem| scope.spawn(move || ecosystem::resolve(ecosystem, files))).collect();
        let done = running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.collect()
    })
}

/// The dependencies of the files that were asked for, and those of other files that decide something there: a parent's
/// property, a pin in a file that is taken in. One that is merely decided together with another (two modules of a workspace)
/// has its own place in each file.
fn asked_for(files: &Files, dependencies: Vec<Dependency>) -> Vec<Dependency> {
    let is_context = |origin: Origin| files.get(origin.file).context;
    let own = dependencies.iter().filter(|dependency| !is_context(dependency.origin));
    let own: HashSet<(Origin, Package)> =
        own.map(|dependency| (dependency.origin, dependency.package.clone())).collect();
    let mut kept = dependencies;
    kept.retain(|dependency| {
        let has_no_place = |origin: Origin| !own.contains(&(origin, dependency.package.clone()));
        let mut related = dependency.because.iter().map(|related| related.origin);
        !is_context(dependency.origin) || related.any(|origin| !is_context(origin) && has_no_place(origin))
    });
    kept
}

/// The problems of the files that were asked for and of those they take in.
fn own_problems(loaded: &Loaded) -> impl Iterator<Item = (FileId, &Problem)> {
    let files = loaded.files.iter().filter(|(id, _)| loaded.is_asked_for(*id));
    files.flat_map(|(id, file)| file.reading.problems.iter().map(move |problem| (id, problem)))
}

/// Whether a resolver's problem is one of those files, and no gap that the loader has named already.
fn is_news(loaded: &Loaded, id: FileId, problem: &Problem) -> bool {
    let is_gap = |problem: &Problem| matches!(problem.kind, ProblemKind::MissingInclude | ProblemKind::OutsideRoot);
    let mut known = loaded.files.get(id).reading.problems.iter().filter(|known| is_gap(known));
    let is_known = is_gap(problem) && known.any(|known| known.span.start == problem.span.start);
    loaded.is_asked_for(id) && !is_known
}

/// Whether a problem is one of the files or about a client: that files disagree about another package is not for us to say.
fn matters(findings: &[Finding<'_>], file: FileId, problem: &Problem) -> bool {
    let at = Origin { file, span: problem.span };
    let mut dependencies = findings.iter().map(|finding| &finding.dependency);
    problem.kind != ProblemKind::Contradiction
        || dependencies.any(|one| one.origin == at || one.because.iter().any(|related| related.origin == at))
}

impl Loaded {
    fn is_asked_for(&self, id: FileId) -> bool {
        !self.files.get(id).context || self.taken_in.contains(&id)
    }

    /// Whether all of a folder was walked.
    fn is_whole(&self, folder: &Path) -> bool {
        self.walked.iter().any(|walked| folder.starts_with(walked))
    }
}

/// Reads the manifests that a request names and those in the folders it names, and whatever they take in; with `wanted`,
/// only as far as it takes to answer for those packages.
///
/// # Errors
/// [`Refusal`] if the request cannot be carried out.
pub fn collect(request: &Request, wanted: Option<Wanted>, progress: &Progress) -> Result<Loaded, Refusal> {
    let (tree, arguments) = open(request)?;
    gather(&tree, &arguments, &request.options, settings(&tree, request)?, wanted, progress)
}

fn open(request: &Request) -> Result<(Tree, Vec<Argument>), Refusal> {
    let opened = match &request.revision {
        Some(revision) => Tree::at(&request.paths, revision),
        None => Tree::open(&request.paths),
    };
    opened.map_err(Refusal::Path)
}

fn settings(tree: &Tree, request: &Request) -> Result<Option<Settings>, Refusal> {
    Settings::find(tree.base(), &request.config).map_err(Refusal::Config)
}

fn gather(
    tree: &Tree,
    arguments: &[Argument],
    options: &walk::Options,
    settings: Option<Settings>,
    wanted: Option<Wanted>,
    progress: &Progress,
) -> Result<Loaded, Refusal> {
    let mut loader = Loader::new(tree, options, settings, wanted, progress)?;
    loader.walk(arguments);
    loader.read_named(arguments)?;
    loader.follow_includes();
    Ok(loader.finish())
}

/// Reads the manifests among some paths of a folder and whatever they take in, without a walk.
pub fn load(root: &Path, paths: &[String]) -> Files {
    let (progress, options) = (Progress::default(), walk::Options::default());
    let Ok(tree) = Tree::of(root) else { return Files::default() };
    let Ok(mut loader) = Loader::new(&tree, &options, None, None, &progress) else { return Files::default() };
    let paths: Vec<PathBuf> = paths.iter().map(|path| tree.base().join(path)).collect();
    loader.read_listed(&paths);
    loader.follow_includes();
    loader.finish().files
}
