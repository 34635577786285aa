//! `kubefloor token`.
//!
//! Traps:
//! - A token is a secret. It is never printed, nor is what was named in place of a file, which may be one.
//! - In a pod the file is a link to a link that kubelet exchanges; between the two there may be no file for a moment.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anstream::ColorChoice;
use clap::ValueEnum;
use jiff::Timestamp;

use super::{CLEAN, FINDINGS, Failure};
use crate::platform::Platforms;
use crate::report::neutral::brief;
use crate::report::token as forms;
use crate::source::SourceText;
use crate::token::{self, MOST_BYTES, Refusal, State, Token};

/// Where every pod has its token: `DefaultAPITokenMountPath` in Kubernetes' `plugin/pkg/admission/serviceaccount`.
const IN_POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The most characters of a reason.
const MOST_OF_REFUSAL: usize = 300;

const EXAMPLES: &str = "\
Examples:
  kubefloor token                         in a pod: the token it has
  kubefloor token --watch                 in a pod: also each token that takes its place
  kubectl exec POD -- cat /var/run/secrets/kubernetes.io/serviceaccount/token | kubefloor token -
  kubectl get secret NAME -o jsonpath='{.data.token}' | kubefloor token - --format json

A token is never taken as an argument: it would stay in the history of the shell and in the list of processes.

Exit code: 0 it is accepted, 1 it is stale, refused or not valid yet, 2 what was asked could not be done.";

/// Say what a service-account token claims: whose it is, of which kind, and when it goes stale and is refused.
///
/// The token is decoded and not verified, nothing is sent anywhere, and neither the token nor its signature is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A file that holds a token, or `-` for standard input. Without it, the file that every pod has.
    #[arg(value_name = "FILE", hide_default_value = true)]
    files: Vec<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    format: Format,
    /// Go on looking at the file, and say when another token takes its place or this one goes stale.
    #[arg(long, conflicts_with = "now")]
    watch: bool,
    /// How many seconds pass between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "watch",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Explain the token as of this time, as in `2026-01-31T12:00:00Z`.
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one document, described by schema/token.schema.json; with --watch one on each line.
    Json,
}

/// Where a token comes from.
enum Source<'a> {
    Input,
    File(&'a Path),
    InPod,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let source = match arguments.files.as_slice() {
        [] => Source::InPod,
        [file] if file.as_os_str() == "-" => Source::Input,
        [file] => Source::File(file),
        _ => return Err(Failure("there is more than one FILE; name one".into())),
    };
    if arguments.watch && matches!(source, Source::Input) {
        return Err(Failure("standard input cannot be watched; name a file".into()));
    }
    let text = source.read()?;
    if arguments.watch {
        return watch(arguments, &source, text, color);
    }
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let token = source.decode(&text, now)?;
    super::finish(show(arguments.format, &token, &source, None, color))?;
    Ok(code(&token))
}

fn code(token: &Token<'_>) -> u8 {
    match token.state {
        State::Stale | State::Refused | State::NotYet => FINDINGS,
        State::Current | State::RotationDue | State::Endless | State::Unknown => CLEAN,
    }
}

fn show(
    format: Format,
    token: &Token<'_>,
    source: &Source<'_>,
    event: Option<&str>,
    color: ColorChoice,
) -> io::Result<()> {
    match format {
        Format::Text => super::write(&forms::text(token), color),
        Format::Json => super::write_raw(&forms::json(token, source.name(), event)),
    }
}

/// Looks at the file until somebody stops it, or nobody reads any more.
fn watch(arguments: &Arguments, source: &Source<'_>, text: String, color: ColorChoice) -> Result<u8, Failure> {
    let mut text = text;
    let token = source.decode(&text, Timestamp::now())?;
    let mut written = show(arguments.format, &token, source, Some("seen"), color);
    let (mut issued, mut state) = (token.claims.issued, token.state);
    let mut trouble = None;
    while written.is_ok() {
        thread::sleep(Duration::from_secs(arguments.every));
        let found = source.read().and_then(|found| {
            let token = source.decode(&found, Timestamp::now())?;
            Ok((token, found))
        });
        let (token, found) = match found {
            Ok(found) => found,
            Err(failure) => {
                if trouble.as_ref() != Some(&failure.0) {
                    super::note(&format!("error: {}", failure.0));
                    trouble = Some(failure.0);
                }
                continue;
            }
        };
        trouble = None;
        let event = match (found == text, token.state == state) {
            (true, true) => continue,
            (true, false) => "changed",
            (false, _) => "replaced",
        };
        written = match arguments.format {
            Format::Json => show(Format::Json, &token, source, Some(event), color),
            Format::Text => super::write(&line(event, &token, issued), color),
        };
        (text, issued, state) = (found, token.claims.issued, token.state);
    }
    super::finish(written).map(|()| CLEAN)
}

/// What has happened since the last look, in a line.
fn line(event: &str, token: &Token<'_>, before: Option<Timestamp>) -> String {
    let mut text = format!("{}  ", token.now.round(jiff::Unit::Second).unwrap_or(token.now));
    if event == "replaced" {
        text.push_str(&forms::replaced(token, before));
    }
    text + &forms::sentence(token) + "\n"
}

impl Source<'_> {
    /// What it is called; a name that was given may be a token, so only JSON repeats it, once it was found to be a file.
    fn name(&self) -> &str {
        match self {
            Source::Input => "-",
            Source::File(path) => path.to_str().unwrap_or("?"),
            Source::InPod => IN_POD,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Source::Input => "standard input",
            Source::File(_) => "the file",
            Source::InPod => IN_POD,
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Failure {
        // A name in it is anybody's.
        Failure(brief(&format!("{} {refusal}", self.words()), MOST_OF_REFUSAL))
    }

    fn decode(&self, text: &str, now: Timestamp) -> Result<Token<'static>, Failure> {
        let is_in_pod = match self {
            Source::Input => false,
            Source::File(path) => path.ends_with(IN_POD.trim_start_matches("/var/run/")),
            Source::InPod => true,
        };
        token::decode(text, is_in_pod, now, Platforms::built_in()).map_err(|refusal| self.refuse(&refusal))
    }

    fn read(&self) -> Result<String, Failure> {
        let bytes = match self {
            Source::Input => {
                if io::stdin().is_terminal() {
                    super::note("waiting for a token on standard input");
                }
                bounded(io::stdin().lock())
            }
            Source::File(path) => open(path),
            Source::InPod => open(Path::new(IN_POD)),
        };
        let bytes = bytes.map_err(|error| self.explain(&error))?;
        if bytes.len() > MOST_BYTES {
            return Err(self.refuse(&Refusal::TooLarge));
        }
        let decoded = SourceText::decode(&bytes).ok().filter(|decoded| decoded.replaced_at.is_none());
        let decoded = decoded.ok_or_else(|| self.refuse(&Refusal::NotText))?;
        let text = decoded.source.text();
        if text.contains('\0') {
            return Err(self.refuse(&Refusal::NotText));
        }
        Ok(text.to_owned())
    }

    fn explain(&self, error: &io::Error) -> Failure {
        let what = self.words();
        Failure(match (self, error.kind()) {
            (Source::InPod, io::ErrorKind::NotFound) => {
                format!("there is no {what}, so this is no pod with a token; name a file, or `-` for standard input")
            }
            (_, io::ErrorKind::NotFound) => {
                "there is no such file; a token itself is not taken as an argument, name a file that holds it or give it to \
                 standard input with `-`"
                    .into()
            }
            (_, io::ErrorKind::IsADirectory) => format!("{what} is a folder; name a file"),
            (_, io::ErrorKind::PermissionDenied) => format!("{what} cannot be read: permission denied"),
            _ => format!("{what} cannot be read: {error}"),
        })
    }
}

fn open(path: &Path) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?)
}

/// The first bytes, one more than a token may have.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
