//! `kubefloor scan`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anstream::ColorChoice;
use clap::ValueEnum;

use super::reports::{self, Target};
use super::{CLEAN, FAILED, FINDINGS, Failure, RulesArguments};
use crate::judge::{Severity, Verdict};
use crate::report::Form;
use crate::report::neutral::neutral;
use crate::scan::{self, Progress, Refusal, Request};
use crate::tree;
use crate::walk;

/// How long a run is silent before it shows that it works, and how often it does then.
const PATIENCE: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_millis(100);

const EXAMPLES: &str = "\
Examples:
  kubefloor scan                                   the current folder
  kubefloor scan services tools/deploy             two folders
  kubefloor scan go.mod web/package-lock.json      two files, with what belongs to them as context
  kubefloor scan --exclude 'examples/' --exclude '*.gradle'
  kubefloor scan --fail-on undetermined --strict   accept nothing that is not known to be good
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
    #[arg(long = "report", value_name = "FORM=PATH", value_parser = Target::parse)]
    reports: Vec<Target>,
    #[command(flatten)]
    rules: RulesArguments,
    /// The mildest verdict that makes the exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Incompatible, value_name = "VERDICT")]
    fail_on: FailOn,
    /// The least severity that is shown and counts for the exit code.
    #[arg(long, value_enum, default_value_t = MinSeverity::Note, value_name = "SEVERITY")]
    min_severity: MinSeverity,
    /// Print nothing but errors; the exit code tells.
    #[arg(long, short)]
    quiet: bool,
    /// Exit with 2 if anything could not be read.
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    /// A client that is too old, or broken.
    Incompatible,
    /// Also a requirement that admits such a version.
    Maybe,
    /// Also a version that cannot be known.
    Undetermined,
    /// Nothing.
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MinSeverity {
    /// The selected version is known not to re-read the token.
    Error,
    /// It is likely, or only below the published minimum, or only a pin for others.
    Warning,
    /// Everything.
    Note,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    reports::check(&arguments.reports)?;
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
    };
    let progress = Progress::default();
    let report = watched(&progress, arguments.quiet, || scan::scan(&request, &rules, &progress));
    let mut report = report.map_err(|refusal| Failure(explain(&refusal)))?;
    report.least = arguments.min_severity.severity();
    report.fail_on = arguments.fail_on.verdict();
    let written = reports::write(&report, &arguments.reports);
    if !arguments.quiet {
        let text = arguments.format.write(&report);
        if arguments.format == Form::Text {
            super::print(&text, color)?;
        } else {
            super::print_raw(&text)?;
        }
        if report.files_read == 0 {
            super::note("note: no manifest of a known format was found; `kubefloor scan --help` says what is left out");
        }
    }
    written?;
    if arguments.strict && !report.problems.is_empty() {
        let count = match report.problems.len() {
            1 => "one problem".to_owned(),
            count => format!("{count} problems"),
        };
        let which = if arguments.quiet { "; run without --quiet to see which" } else { "" };
        super::note(&format!("error: {count}, and --strict allows none{which}"));
        return Ok(FAILED);
    }
    Ok(if report.clients.iter().any(|entry| report.is_failure(entry)) { FINDINGS } else { CLEAN })
}

impl FailOn {
    fn verdict(self) -> Option<Verdict> {
        match self {
            FailOn::Incompatible => Some(Verdict::Incompatible),
            FailOn::Maybe => Some(Verdict::MaybeIncompatible),
            FailOn::Undetermined => Some(Verdict::Undetermined),
            FailOn::Never => None,
        }
    }
}

impl MinSeverity {
    fn severity(self) -> Severity {
        match self {
            MinSeverity::Error => Severity::Error,
            MinSeverity::Warning => Severity::Warning,
            MinSeverity::Note => Severity::Note,
        }
    }
}

fn explain(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Path(tree::Refusal::Missing(path)) => {
            let path = neutral(path);
            format!("there is no file or folder `{path}`; check the path, it counts from the current folder")
        }
        Refusal::Path(tree::Refusal::Unreadable(path, why)) => {
            format!("`{}` cannot be read: {why}; check who may read it", neutral(path))
        }
        Refusal::Glob(bad) => format!("`--exclude {}` is no glob: {}; write it as in a .gitignore", bad.glob, bad.why),
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

/// Does the work, and shows on a terminal how far it is if it takes long.
fn watched<T>(progress: &Progress, quiet: bool, work: impl FnOnce() -> T) -> T {
    if quiet || !io::stderr().is_terminal() {
        return work();
    }
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = PATIENCE;
            while is_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = BEAT;
                let _ = write!(io::stderr(), "\r{} files, {} manifests", progress.seen(), progress.read());
            }
            if wait == BEAT {
                let _ = write!(io::stderr(), "\r\u{1b}[2K");
            }
        });
        let result = work();
        drop(done);
        result
    })
}
