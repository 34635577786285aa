//! `kubefloor fix`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anstream::ColorChoice;

use super::scan::{explain, so_far, today};
use super::watch::watched;
use super::{CLEAN, FAILED, FINDINGS, Failure, RulesArguments};
use crate::judge::Verdict;
use crate::report::neutral::{brief, neutral_lines};
use crate::report::{Entry, Remedy, Replacement, Report, diff};
use crate::scan::{self, Mending, Progress, Request};
use crate::walk;

/// Most characters of a text from a file.
const MAX_TEXT: usize = 1000;

const EXAMPLES: &str = "\
Examples:
  kubefloor fix                        what would change, and what is left to do by hand
  kubefloor fix --diff | git apply     the same as a patch, to look at or to apply
  kubefloor fix --write services       change the files below a folder
  kubefloor fix --write go.mod && go mod tidy

Exit code:
  0  nothing is left to do
  1  something would change, or is left to do by hand
  2  what was asked could not be done: a path, a rule, a file that could not be written";

/// Move old clients up to the smallest good version, in the place that declares them.
///
/// Without --write nothing is changed. An edit keeps operators, quotes, comments and line ends; packages that are released
/// together move together. Each edit is tried first: a place is changed only if it is good afterwards. Lockfiles are left to
/// their tools, whose commands are printed; what is not understood is left alone, and it is said why.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Arguments {
    /// Folders to walk and files to mend.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Print the change as a unified diff; all else goes to standard error.
    #[arg(long)]
    diff: bool,
    /// Change the files.
    #[arg(long, short)]
    write: bool,
    #[command(flatten)]
    rules: RulesArguments,
    /// Leave out what this glob matches, as `kubefloor scan` does. Can be repeated.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Disregard .gitignore files.
    #[arg(long)]
    no_ignore: bool,
    /// Look at hidden files and folders too.
    #[arg(long)]
    hidden: bool,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let rules = arguments.rules.load()?;
    let request = Request {
        paths: arguments.paths.clone(),
        options: walk::Options {
            no_ignore: arguments.no_ignore,
            hidden: arguments.hidden,
            include_vendored: false,
            force_exclude: false,
            exclude: arguments.exclude.clone(),
        },
        today: Some(today()),
        ..Request::default()
    };
    let progress = Progress::default();
    let mending = watched(false, || so_far(&progress), || scan::mend(&request, &rules, &progress));
    let mending = mending.map_err(|refusal| Failure(explain(&refusal)))?;
    let outcome = change(arguments, &mending, color)?;
    let said = say(arguments, &mending.report, &outcome);
    if arguments.diff {
        super::note(said.trim_end());
    } else {
        super::print(&said, color)?;
    }
    let open = mending.report.findings().any(|entry| is_open(arguments, entry, &outcome));
    Ok(if outcome.is_broken {
        FAILED
    } else if open {
        FINDINGS
    } else {
        CLEAN
    })
}

/// What became of the changes.
#[derive(Default)]
struct Outcome {
    /// The files that are left alone, and why.
    failed: Vec<(String, String)>,
    /// Whether one of them should have been written and could not.
    is_broken: bool,
    changed: usize,
}

/// Prints and writes the changes.
fn change(arguments: &Arguments, mending: &Mending, color: ColorChoice) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    for change in &mending.changes {
        let done = mending.prepare(change).and_then(|prepared| {
            let diff = diff::unified(&mending.report.from_here(&change.path), &prepared.before, &prepared.after);
            if arguments.write {
                mending.write(&prepared).inspect_err(|_| outcome.is_broken = true)?;
            }
            Ok(diff)
        });
        match done {
            Ok(diff) => {
                outcome.changed += 1;
                if arguments.diff {
                    show(&diff, color)?;
                }
            }
            Err(why) => outcome.failed.push((change.path.clone(), why)),
        }
    }
    Ok(outcome)
}

/// A diff for eyes on a terminal, else for a program, byte by byte.
fn show(diff: &[u8], color: ColorChoice) -> Result<(), Failure> {
    if !io::stdout().is_terminal() && color != ColorChoice::Always {
        let mut out = io::stdout().lock();
        return super::finish(out.write_all(diff).and_then(|()| out.flush()));
    }
    let mut text = String::new();
    for line in String::from_utf8_lossy(diff).lines() {
        let (line, _) = neutral_lines(line.trim_end_matches('\r'), 0..0);
        let style = match line.as_bytes().first() {
            Some(b'+') => "\u{1b}[32m",
            Some(b'-') => "\u{1b}[31m",
            Some(b'@') => "\u{1b}[36m",
            Some(_) | None => "",
        };
        let end = if style.is_empty() { "" } else { "\u{1b}[0m" };
        let _ = writeln!(text, "{style}{line}{end}");
    }
    super::print(&text, color)
}

/// Whether something is left to do about an entry.
fn is_open(arguments: &Arguments, entry: &Entry, outcome: &Outcome) -> bool {
    let is_old = matches!(entry.verdict, Verdict::Incompatible | Verdict::MaybeIncompatible);
    let is_mended = entry.fix.as_ref().is_some_and(|fix| {
        let failed = |path: &str| outcome.failed.iter().any(|(other, _)| other == path);
        fix.refusal.is_none() && fix.edits.iter().all(|edit| !failed(&edit.place.path))
    });
    is_old && !(arguments.write && is_mended)
}

fn say(arguments: &Arguments, report: &Report, outcome: &Outcome) -> String {
    let mut text = String::new();
    let short = |text: &str| brief(text, MAX_TEXT);
    let at = |path: &str, line: usize, column: usize| format!("{}:{line}:{column}", short(&report.from_here(path)));
    let with_edits: Vec<(&Entry, &Remedy)> = entries(report).filter(|(_, fix)| !fix.edits.is_empty()).collect();
    let mut edits = Vec::new();
    for (entry, fix) in &with_edits {
        let is_left = |edit: &&Replacement| outcome.failed.iter().any(|(path, _)| *path == edit.place.path);
        for edit in fix.edits.iter().filter(|edit| !is_left(edit)) {
            let place = &edit.place;
            let old = if edit.old.is_empty() { "nothing".to_owned() } else { format!("`{}`", short(&edit.old)) };
            let is_own = place.path == entry.place.path && place.start.line == entry.place.start.line;
            let with = if is_own { "" } else { "with " };
            let breaking = if is_own && fix.breaking { ", a breaking change by its number" } else { "" };
            let line = format!("{with}{}: {old} -> `{}`{breaking}", short(&entry.package), short(&edit.new));
            edits.push((at(&place.path, place.start.line, place.start.column), (&place.path, place.start), line));
        }
    }
    edits.sort_by(|a, b| (a.1, &a.2).cmp(&(b.1, &b.2)));
    edits.dedup_by(|a, b| a.1 == b.1);
    for (place, _, line) in &edits {
        let _ = writeln!(text, "{place}: {line}");
    }
    let mut by_hand = String::new();
    for entry in report.findings() {
        let place = at(&entry.place.path, entry.place.start.line, entry.place.start.column);
        let why = match &entry.fix {
            Some(fix) => match &fix.refusal {
                Some(why) => why.clone(),
                None => continue,
            },
            None if entry.verdict == Verdict::Undetermined => continue,
            None => entry.help.clone().unwrap_or_default(),
        };
        let _ = writeln!(by_hand, "  {place}: {}: {}", short(&entry.package), short(&why));
    }
    for (path, why) in &outcome.failed {
        let _ = writeln!(by_hand, "  {}: not edited: {why}", short(&report.from_here(path)));
    }
    if !by_hand.is_empty() {
        let _ = write!(text, "to be done by hand:\n{by_hand}");
    }
    let commands = entries(report).flat_map(|(_, fix)| &fix.commands);
    let mut commands: Vec<String> = commands
        .map(|command| {
            let folder = report.from_here(&command.folder);
            let folder =
                if folder.is_empty() || folder == "." { String::new() } else { format!(" in {}", short(&folder)) };
            format!("  {}{folder}\n", short(&command.line))
        })
        .collect();
    commands.sort();
    commands.dedup();
    if !commands.is_empty() {
        let _ = write!(text, "then run:\n{}", commands.concat());
    }
    text + &summary(arguments, edits.len(), outcome)
}

fn summary(arguments: &Arguments, edits: usize, outcome: &Outcome) -> String {
    let many = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    match (edits, arguments.write) {
        (0, _) => "nothing to change\n".into(),
        (_, true) => format!("{} changed\n", many(outcome.changed, "file")),
        (edits, false) => {
            let files = many(outcome.changed, "file");
            format!("{} in {files}; nothing is changed without --write\n", many(edits, "edit"))
        }
    }
}

/// The entries that can be mended or cannot, in the order of the report.
fn entries(report: &Report) -> impl Iterator<Item = (&Entry, &Remedy)> {
    report.findings().filter_map(|entry| Some((entry, entry.fix.as_ref()?)))
}
