//! The command line. The only code that prints.
//!
//! Exit codes, whatever the form of output: 0 nothing to complain of, 1 findings, 2 what was asked could not be done.

mod audit;
mod completions;
mod explain;
mod fix;
mod init;
mod man;
mod query;
mod reports;
mod rules;
mod scan;
mod schema;
mod token;
mod watch;

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::report::neutral::brief;
use crate::rules::RuleSet;
use crate::walk::Matcher;

/// Nothing to complain of.
const CLEAN: u8 = 0;
/// Findings.
const FINDINGS: u8 = 1;
/// What was asked could not be done.
const FAILED: u8 = 2;

/// What the command is called.
const NAME: &str = "kubefloor";

/// What holds where a command does not say otherwise.
const EXIT_CODES: &str = "\
Exit code:
  0  done, and nothing found
  1  findings
  2  what was asked could not be done";

const EXAMPLES: &str = "\
Examples:
  kubefloor scan                          scan the current folder
  kubefloor scan --fail-on maybe src      also fail where an old client can be installed
  kubefloor scan go.mod --format json     judge one file, for a program to read
  kubefloor fix --diff                    what would mend it
  kubefloor rules                         the clients that are known, and their minimums
  kubefloor explain                       what happens in a cluster, when, and how to see it
  kubefloor explain kubernetes 11.0.0     what is known of one version
  kubefloor init                          write a kubefloor.toml: excludes, severities, ignores
  kubefloor token                         in a pod: what its token says of itself
  kubefloor audit audit.log               who still sends a stale token, and when that breaks

Each command has examples of its own: `kubefloor scan --help`.";

/// Finds programs whose Kubernetes client reads its service-account token once and keeps sending a dead one.
///
/// Reads the dependency manifests of a repository, offline and without running any of it.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colours.
    ///
    /// `auto` means on a terminal; `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `FORCE_COLOR` are obeyed.
    #[arg(long, global = true, display_order = 900, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(scan::Arguments),
    Fix(fix::Arguments),
    Rules(rules::Arguments),
    Explain(explain::Arguments),
    Audit(audit::Arguments),
    Query(query::Arguments),
    Token(token::Arguments),
    Init(init::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// Where rules come from.
#[derive(Debug, clap::Args)]
struct RulesArguments {
    /// Also use these rules: a file, or a folder of files. One with the id of a built-in rule takes its place. Can be
    /// repeated.
    #[arg(long = "rules", value_name = "PATH")]
    rule_paths: Vec<PathBuf>,
}

/// Why a command could not do what was asked: what, where, and what to do.
#[derive(Debug)]
struct Failure(String);

/// Parses the arguments, runs, and says with which code to exit.
pub fn run() -> ExitCode {
    panic::set_hook(Box::new(|panic| confess(panic.location())));
    let result: Result<u8, Box<dyn Any + Send>> = panic::catch_unwind(AssertUnwindSafe(|| {
        if std::env::args_os().skip(1).any(|argument| is_token(&argument.to_string_lossy())) {
            note(
                "error: there is a token among the arguments; it is now in the history of your shell and was in the list of \
                 processes, so take it for known to others\n  give a token in a file or on standard input: `kubefloor token FILE`, \
                 `kubefloor token -`",
            );
            return FAILED;
        }
        let arguments = Arguments::parse_from(std::env::args_os().map(named));
        match dispatch(&arguments) {
            Ok(code) => code,
            Err(Failure(message)) => {
                say(&arguments, &format!("error: {message}"));
                FAILED
            }
        }
    }));
    ExitCode::from(result.unwrap_or(FAILED))
}

/// An argument as it is parsed. Hooks hand over the names of files with no `--` before them, and somebody's file may be called like
/// an option (`--exclude=**/setup.py`): what is there under the name of a manifest is that file.
fn named(argument: OsString) -> OsString {
    let is_like_an_option = argument.as_encoded_bytes().starts_with(b"-");
    if !is_like_an_option || Path::new(&argument).symlink_metadata().is_err() {
        return argument;
    }
    if Matcher::new().formats(&argument.to_string_lossy()).is_empty() {
        return argument;
    }
    let mut path = OsString::from("./");
    path.push(&argument);
    path
}

/// All arguments of all subcommands, for whoever describes them.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn dispatch(arguments: &Arguments) -> Result<u8, Failure> {
    let color = arguments.color.choice();
    match &arguments.command {
        Command::Scan(scan) => scan::run(scan, color),
        Command::Fix(fix) => fix::run(fix, color),
        Command::Rules(rules) => rules::run(rules, color),
        Command::Explain(explain) => explain::run(explain, color),
        Command::Audit(audit) => audit::run(audit, color),
        Command::Query(query) => query::run(query, color),
        Command::Token(token) => token::run(token, color),
        Command::Init(init) => init::run(init, color),
        Command::Schema(schema) => schema::run(schema),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(man) => man::run(man),
    }
}

impl Color {
    fn choice(self) -> ColorChoice {
        let is_set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty() && value != "0");
        match self {
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
            // The one variable that anstream does not know.
            Color::Auto if is_set("FORCE_COLOR") && !is_set("NO_COLOR") => ColorChoice::Always,
            Color::Auto => ColorChoice::Auto,
        }
    }
}

impl RulesArguments {
    fn are_built_in(&self) -> bool {
        self.rule_paths.is_empty()
    }

    fn load(&self) -> Result<RuleSet, Failure> {
        RuleSet::load(&self.rule_paths).map_err(|error| Failure(brief(&error.to_string(), 2000)))
    }
}

/// Whether a token stands in an argument: what begins like the base64 of `{"`, or like the base64 of that, and is no short word.
/// Whoever reads the arguments may then repeat one in a message, so this comes first.
fn is_token(argument: &str) -> bool {
    const BEGINNINGS: &[&str] = &["eyJ", "ZXlK"];
    const LEAST: usize = 20;
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
    let mut words = argument.split(|c| !is_of_word(c));
    words.any(|word| word.len() >= LEAST && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)))
}

/// Writes to standard output, without colours where they are not wanted. A reader that has gone is no error.
fn print(text: &str, color: ColorChoice) -> Result<(), Failure> {
    finish(write(text, color))
}

/// Writes to standard output as it is, in one piece.
fn print_raw(text: &str) -> Result<(), Failure> {
    finish(write_raw(text))
}

fn write(text: &str, color: ColorChoice) -> io::Result<()> {
    let color = if color == ColorChoice::Auto { AutoStream::choice(&io::stdout()) } else { color };
    if color == ColorChoice::Never {
        return write_raw(&strip_str(text).to_string());
    }
    let mut out = AutoStream::new(io::stdout().lock(), color);
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

fn write_raw(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

fn finish(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure(format!("cannot write to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line to standard error; where nobody can hear it, that is all right.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn say(arguments: &Arguments, text: &str) {
    let (color, end) = ("\u{1b}[1m\u{1b}[91m", "\u{1b}[0m");
    let text = text.replacen("error:", &format!("{color}error:{end}"), 1);
    let _ = writeln!(AutoStream::new(io::stderr().lock(), arguments.color.choice()), "{text}");
}

/// What is said of a bug of our own. The panic's message stays out: it can quote the scanned files.
fn confess(location: Option<&panic::Location<'_>>) {
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    // Whoever waits for a thread that panics does so as well.
    if IS_SAID.swap(true, Ordering::Relaxed) {
        return;
    }
    let place = location.map_or_else(|| "an unknown place".into(), |at| format!("{}:{}", at.file(), at.line()));
    note(&format!(
        "error: kubefloor {} has a bug and cannot go on, at {place}\n  please report this line and, if you can, the file \
         that it stumbled over; nothing of your files is in this message",
        env!("CARGO_PKG_VERSION")
    ));
}
