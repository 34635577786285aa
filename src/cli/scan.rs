//! `kubefloor scan`.

use std::fs;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::reports::{self, Target};
use super::watch::watched;
use super::{CLEAN, FAILED, FINDINGS, Failure, RulesArguments};
use crate::data::Day;
use crate::judge::{FailOn, Severity};
use crate::report::neutral::{brief, neutral};
use crate::report::{self, Form, Report, known};
use crate::scan::{self, Base, ConfigSource, Progress, Refusal, Request};
use crate::tree;
use crate::walk;

const EXAMPLES: &str = "\
Examples:
  kubefloor scan                                   the current folder
  kubefloor scan services tools/deploy             two folders
  kubefloor scan go.mod web/package-lock.json      two files, with what belongs to them as context
  kubefloor scan --exclude 'examples/' --exclude '*.gradle'
  kubefloor scan --fail-on undetermined --strict   accept nothing that is not known to be good
  kubefloor scan --base origin/main                complain only of what this branch has brought
  kubefloor scan --owner @org/payments             what the CODEOWNERS file gives to one team
  kubefloor scan --report html=report.html --report sarif=kubefloor.sarif

Exit code:
  0  no finding that --fail-on and --min-severity count
  1  findings
  2  what was asked could not be done: a path, a rule, with --strict also any file that could not be read";

/// Scan folders or files for Kubernetes clients that are too old.
///
/// Folders are walked: files that a .gitignore names, hidden ones, and folders of installed or vendored packages are left
/// out. Files that are named are always read, and judged alone; what belongs to them in their repository, such as
/// lockfiles, parents and what they take in, is read as context.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Arguments {
    /// Folders to walk and files to read.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
    /// Also write the report to a file, in one of these forms. Can be repeated.
    #[arg(long = "report", value_name = "FORM=PATH", value_parser = Target::<Form>::parse)]
    reports: Vec<Target<Form>>,
    #[command(flatten)]
    rules: RulesArguments,
    /// The mildest verdict that makes the exit code 1 [default: incompatible, or what kubefloor.toml says].
    #[arg(long, value_enum, value_name = "VERDICT")]
    fail_on: Option<FailOn>,
    /// The least severity that is shown and counts for the exit code [default: note, or what kubefloor.toml says].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    min_severity: Option<Severity>,
    /// Scan this revision of the git repository, straight from its objects, in place of what lies there: a branch, a tag, a
    /// commit.
    #[arg(long = "rev", value_name = "REV", value_parser = GIT_ONLY)]
    revision: Option<String>,
    /// Count only findings that were not there where REV and HEAD have parted, as in `git diff REV...`.
    ///
    /// That state is judged straight from git's objects, by the same rules. A finding is known by its rule, package, file
    /// and group; it is new if there was none such, or only a milder one. In a shallow clone that lacks the history in
    /// between REV itself counts, as it does for `REV..`. If REV is not there, it is said how to get it, and every finding
    /// counts.
    #[arg(long, value_name = "REV", value_parser = GIT_ONLY, conflicts_with = "baseline")]
    base: Option<String>,
    /// Count only findings that this report does not have: a file that `--report json=FILE` wrote.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Report only what this owner in the CODEOWNERS file owns, `@` or not. Can be repeated.
    #[arg(long = "owner", value_name = "NAME")]
    owners: Vec<String>,
    /// Take this file as the configuration, not the nearest kubefloor.toml from what is scanned upwards.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Use no kubefloor.toml; comments in manifests count all the same.
    #[arg(long)]
    no_config: bool,
    /// Write ignored findings into `sarif` too, as suppressed ones. GitHub opens an alert for those all the same.
    #[arg(long)]
    include_ignored: bool,
    /// Print nothing but errors; the exit code tells.
    #[arg(long, short)]
    quiet: bool,
    /// Exit with 2 if anything could not be read, or an ignore does nothing.
    #[arg(long)]
    strict: bool,
    /// Leave out what this glob matches, as in a .gitignore at the root, even where it is named or ignored otherwise. Can
    /// be repeated.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Leave out hidden files and installed or vendored packages even where a file of them is named, as a hook does that
    /// names every file of a commit.
    #[arg(long)]
    force_exclude: bool,
    /// Disregard .gitignore files.
    #[arg(long)]
    no_ignore: bool,
    /// Look at hidden files and folders too.
    #[arg(long)]
    hidden: bool,
    /// Look into folders of installed and vendored packages too.
    #[arg(long)]
    include_vendored: bool,
}

/// The value of an option that reads git's objects: any text, if that is built in.
const GIT_ONLY: fn(&str) -> Result<String, &'static str> = |text| {
    if tree::READS_REVISIONS {
        Ok(text.to_owned())
    } else {
        Err("this program was built without the feature `git`, and reads no revisions")
    }
};

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    reports::check(&arguments.reports, arguments.paths.iter().map(PathBuf::as_path))?;
    let rules = arguments.rules.load()?;
    let request = Request {
        paths: arguments.paths.clone(),
        options: walk::Options {
            no_ignore: arguments.no_ignore,
            hidden: arguments.hidden,
            include_vendored: arguments.include_vendored,
            force_exclude: arguments.force_exclude,
            exclude: arguments.exclude.clone(),
        },
        revision: arguments.revision.clone(),
        base: base(arguments)?,
        config: match &arguments.config {
            Some(path) => ConfigSource::File(path.clone()),
            None if arguments.no_config => ConfigSource::Nowhere,
            None => ConfigSource::Found,
        },
        owners: arguments.owners.clone(),
        today: Some(today()),
    };
    let progress = Progress::default();
    let report = watched(arguments.quiet, || so_far(&progress), || scan::scan(&request, &rules, &progress));
    let mut report = report.map_err(|refusal| Failure(explain(&refusal)))?;
    if let Some(problem) = report.base.as_ref().and_then(report::Base::problem) {
        super::note(&format!("warning: {}", neutral(&problem)));
    }
    adjust(&mut report, arguments);
    let written = reports::write(&arguments.reports, |form| form.write(&report));
    if !arguments.quiet {
        let text = arguments.format.write(&report);
        if arguments.format == Form::Text {
            super::print(&text, color)?;
        } else {
            super::print_raw(&text)?;
        }
        if report.excluded > 0 {
            let count = report.excluded;
            let (is, file) = if count == 1 { ("is", "file") } else { ("are", "files") };
            super::note(&format!("note: {count} {file} that {is} named {is} excluded by --exclude or kubefloor.toml"));
        } else if report.files_read == 0 {
            super::note("note: no manifest of a known format was found; `kubefloor scan --help` says what is left out");
        }
    }
    written?;
    let has_no_base = report.base.as_ref().is_some_and(|base| base.why.is_some());
    let problems = report.problems.len() + usize::from(has_no_base);
    if arguments.strict && problems > 0 {
        let count = match problems {
            1 => "one problem".to_owned(),
            count => format!("{count} problems"),
        };
        let which = if arguments.quiet { "; run without --quiet to see which" } else { "" };
        super::note(&format!("error: {count}, and --strict allows none{which}"));
        return Ok(FAILED);
    }
    Ok(if report.clients.iter().any(|entry| report.is_failure(entry)) { FINDINGS } else { CLEAN })
}

/// Today, in UTC.
pub(super) fn today() -> Day {
    Offset::UTC.to_datetime(Timestamp::now()).date()
}

/// What the command line says wins over what the configuration says of everything; what that says of some findings stands,
/// but nothing fails a run that is never to fail.
fn adjust(report: &mut Report, arguments: &Arguments) {
    report.least = arguments.min_severity.unwrap_or(report.least);
    report.shows_ignored = arguments.include_ignored;
    let Some(fail_on) = arguments.fail_on else { return };
    report.fail_on = fail_on.mildest();
    if fail_on == FailOn::Never {
        for entry in &mut report.clients {
            entry.fail_on = None;
        }
    }
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [FailOn] {
        FailOn::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let what = match self {
            FailOn::Incompatible => "A client that is too old, or broken",
            FailOn::Maybe => "Also a requirement that admits such a version",
            FailOn::Undetermined => "Also a version that cannot be known",
            FailOn::Never => "Nothing",
        };
        Some(PossibleValue::new(self.word()).help(what))
    }
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Severity] {
        &[Severity::Error, Severity::Warning, Severity::Note]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let what = match self {
            Severity::Error => "The selected version is known not to re-read the token",
            Severity::Warning => "It is likely, or only below the published minimum, or only a pin for others",
            Severity::Note => "Everything",
        };
        Some(PossibleValue::new(self.word()).help(what))
    }
}

pub(super) fn explain(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Path(tree::Refusal::Missing(path)) => {
            let path = neutral(path);
            format!("there is no file or folder `{path}`; check the path, it counts from the current folder")
        }
        Refusal::Path(tree::Refusal::Unreadable(path, why)) => {
            format!("`{}` cannot be read: {why}; check who may read it", neutral(path))
        }
        Refusal::Path(tree::Refusal::Revision(tree::NoRevision(why))) => neutral(why),
        Refusal::Config(error) => brief(&error.to_string(), 2000),
        Refusal::NoOwners => {
            "--owner needs a CODEOWNERS file, and there is none at the top of the repository, in `.github`, `.gitlab` or `docs`"
                .into()
        }
        Refusal::UnknownOwner(owner, known) => {
            let known: Vec<String> = known.iter().take(20).map(|owner| format!("`{}`", brief(owner, 100))).collect();
            let known = if known.is_empty() { "nobody".into() } else { known.join(", ") };
            format!("the CODEOWNERS file does not name `{}`; it names {known}", brief(owner, 100))
        }
        Refusal::Glob(bad) => {
            format!("`--exclude {}` is no glob: {}; write it as in a .gitignore", neutral(&bad.glob), neutral(&bad.why))
        },
        Refusal::NoManifest(paths) => {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", neutral(path))).collect();
            let (is, one) = if paths.len() == 1 { ("is", "") } else { ("are", "s") };
            format!(
                "{} {is} no manifest{one} of a known format, which its name would tell; name a manifest or a folder",
                paths.join(", ")
            )
        }
    }
}

/// What the findings are held against.
fn base(arguments: &Arguments) -> Result<Option<Base>, Failure> {
    let Some(path) = &arguments.baseline else { return Ok(arguments.base.clone().map(Base::Revision)) };
    let name = neutral(&path.to_string_lossy());
    let text = fs::read_to_string(path)
        .map_err(|error| Failure(format!("the baseline `{name}` cannot be read: {}", error.kind())))?;
    let known = known::read(&text).map_err(|why| {
        let why = neutral(&why);
        Failure(format!(
            "the baseline `{name}` is no report of kubefloor in JSON: {why}; write one with `--report json=FILE`"
        ))
    })?;
    Ok(Some(Base::Findings(name, known)))
}

/// How far a scan has come.
pub(super) fn so_far(progress: &Progress) -> String {
    format!("{} files, {} manifests", progress.seen(), progress.read())
}
