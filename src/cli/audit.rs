//! `kubefloor audit`.

mod sources;

use std::path::PathBuf;
use std::thread;

use anstream::ColorChoice;
use clap::ValueEnum;
use jiff::Timestamp;

use super::reports::{self, Target};
use super::watch::watched;
use super::{CLEAN, FINDINGS, Failure, RulesArguments};
use crate::audit::event::parse_time;
use crate::audit::refused::Standing;
use crate::audit::{Agents, Answer, Filter, Options, Outlook, Picture};
use crate::logs::{self, Refusal};
use crate::platform::Platforms;
use crate::report::audit::Form;
use crate::report::neutral::neutral;
use crate::rules::RuleSet;

const EXAMPLES: &str = "\
Examples:
  kubefloor audit /var/log/kubernetes/audit/            a folder of logs, also rotated ones
  aws logs filter-log-events … | kubefloor audit -      what a command prints
  kubefloor audit --platform eks export.json            tokens are refused after 90 days
  kubefloor audit --pods pods.json audit.log            name the pods that were refused
  kubefloor audit --ready logs/                         may the token extension be switched off?
  kubefloor audit --scan shop --scan pay.json logs/     the file and line to change

Exit code:
  0  nothing that --fail-on counts; with --ready, the answer is yes
  1  something that it counts; with --ready, any other answer
  2  what was asked could not be done";

/// Read audit logs, and say who still sends a stale service-account token, with which library, and when that breaks.
///
/// Any mix of files, as the API server writes them or as the logs of a cloud or a shipper hold them, packed with gzip or zstd
/// or not: what a file is, is told by its content. Nothing of a log is shown but names, user agents, addresses and times.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Logs, folders of logs, `-` for standard input.
    #[arg(value_name = "PATH", default_value = "-")]
    paths: Vec<PathBuf>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
    /// Also write the report to a file, in one of these forms. Can be repeated.
    #[arg(long = "report", value_name = "FORM=PATH", value_parser = Target::<Form>::parse)]
    reports: Vec<Target<Form>>,
    /// Also answer whether the extension of tokens can be switched off, with the reasons and what is missing.
    ///
    /// That is a question about the whole cluster, so it is not answered for some of its namespaces.
    #[arg(long, conflicts_with = "namespace")]
    ready: bool,
    /// What makes the exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Breaks, value_name = "WHAT")]
    fail_on: FailOn,
    /// Whose cluster it is, which decides how long tokens live.
    #[arg(long, value_enum, default_value_t = Kind::Auto, value_name = "PLATFORM")]
    platform: Kind,
    /// For how long a token is accepted from its issue on, as in `90d`, `24h`, `1y`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    token_lifetime: Option<i64>,
    /// The cluster's pods, as `kubectl get pods --all-namespaces -o json` prints them.
    #[arg(long, value_name = "FILE")]
    pods: Option<PathBuf>,
    /// Say where in source the clients are: a folder to scan, or a report that `kubefloor scan --report json=FILE` wrote. Can be
    /// repeated.
    #[arg(long = "scan", value_name = "PATH")]
    scans: Vec<PathBuf>,
    /// Which service account is where in source, in TOML: docs/audit.md describes it.
    #[arg(long, value_name = "FILE", requires = "scans")]
    map: Option<PathBuf>,
    /// Only events from then on: `2026-03-01`, `2026-03-01T10:00:00Z`, or a time before now as in `7d`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only events before then.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// Only service accounts of this namespace. Can be repeated.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Vec<String>,
    #[command(flatten)]
    rules: RulesArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    /// A client that is refused already.
    Broken,
    /// Also one that will be, from some day on.
    Breaks,
    /// Any stale token, also of clients that re-read theirs in the end.
    Stale,
    /// Also tokens from secrets.
    Legacy,
    /// Nothing.
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    /// What the log looks like, else as upstream.
    Auto,
    /// Kubernetes as released: a year.
    Upstream,
    /// Amazon EKS: 90 days.
    Eks,
    /// Google Kubernetes Engine: a year.
    Gke,
    /// Azure Kubernetes Service: a year, or an hour with an OIDC issuer.
    Aks,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let lists = arguments.pods.iter().chain(&arguments.map);
    let inputs = arguments.paths.iter().chain(&arguments.scans).chain(lists);
    reports::check(&arguments.reports, inputs.map(PathBuf::as_path))?;
    // Rules of the user's own may be wrong, which is told before a long log is read; what is built in can wait.
    let own_rules = (!arguments.rules.are_built_in()).then(|| arguments.rules.load()).transpose()?;
    let pods = arguments.pods.as_deref().map(logs::pods).transpose().map_err(|refusal| explain(&refusal))?;
    let filter = Filter { since: arguments.since, until: arguments.until, namespaces: arguments.namespace.clone() };
    let progress = logs::Progress::default();
    let gathered = thread::scope(|scope| {
        // That takes some milliseconds, in which a log can be read already.
        scope.spawn(RuleSet::built_in);
        watched(false, || so_far(&progress), || logs::gather(&arguments.paths, &filter, &progress))
    });
    let gathered = gathered.map_err(|refusal| explain(&refusal))?;
    let rules = own_rules.map_or_else(|| arguments.rules.load(), Ok)?;
    let options = Options {
        platform: arguments.platform.word().map(str::to_owned),
        lifetime: arguments.token_lifetime,
        pods,
        rules: &rules,
        agents: Agents::built_in(),
        platforms: Platforms::built_in(),
    };
    let mut picture = Picture::new(&gathered.tally, &options, gathered.files, gathered.problems);
    // The sums are of no more use, and a long report needs the room.
    drop(gathered.tally);
    sources::join(&mut picture, &arguments.scans, arguments.map.as_deref(), &rules)?;
    let written = reports::write(&arguments.reports, |form| form.write(&picture, arguments.ready));
    let text = arguments.format.write(&picture, arguments.ready);
    match arguments.format {
        Form::Text => super::print(&text, color)?,
        Form::Json | Form::Csv | Form::Markdown | Form::Html => super::print_raw(&text)?,
    }
    written?;
    Ok(if is_failure(arguments, &picture) { FINDINGS } else { CLEAN })
}

/// How far the reading of logs has come.
fn so_far(progress: &logs::Progress) -> String {
    match (progress.read() >> 20, progress.whole() >> 20) {
        (read, whole) if whole > 0 && read <= whole => format!("{read} of {whole} MiB read"),
        (read, _) => format!("{read} MiB read"),
    }
}

fn is_failure(arguments: &Arguments, picture: &Picture) -> bool {
    if arguments.ready {
        return picture.readiness.answer != Answer::Yes;
    }
    let any = |outlooks: &[Outlook]| picture.stale.iter().any(|one| outlooks.contains(&one.outlook));
    let is_refused = picture.refused.iter().any(|one| one.standing == Standing::Ours);
    match arguments.fail_on {
        FailOn::Broken => any(&[Outlook::Broken]) || is_refused,
        FailOn::Breaks => any(&[Outlook::Broken, Outlook::Breaks]) || is_refused,
        FailOn::Stale => !picture.stale.is_empty() || is_refused,
        FailOn::Legacy => !picture.stale.is_empty() || !picture.legacy.is_empty() || is_refused,
        FailOn::Never => false,
    }
}

impl Kind {
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Kind::Auto => None,
            Kind::Upstream => Some("upstream"),
            Kind::Eks => Some("eks"),
            Kind::Gke => Some("gke"),
            Kind::Aks => Some("aks"),
        }
    }
}

fn explain(refusal: &Refusal) -> Failure {
    Failure(match refusal {
        Refusal::Missing(path) => {
            format!("there is no file or folder `{}`; check the path, it counts from the current folder", neutral(path))
        }
        Refusal::Unreadable(path, why) => {
            format!("`{}` cannot be read: {}; check who may read it", neutral(path), neutral(why))
        }
        Refusal::Empty(path) => format!("`{}` holds no file; name a folder that does", neutral(path)),
        Refusal::NoPods(path, why) => format!(
            "`{}` is no list of pods: {}; write it with `kubectl get pods --all-namespaces -o json`",
            neutral(path),
            neutral(why)
        ),
    })
}

/// Seconds of `90d`, `24h`, `1y`, `3600s`.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let wrong = || "write a whole number and a unit of `s`, `m`, `h`, `d`, `w` or `y`, as in `90d`".to_owned();
    let (end, unit) = text.char_indices().last().ok_or_else(wrong)?;
    let count: i64 = text[..end].parse().map_err(|_| wrong())?;
    let size = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        // As the API server counts it.
        'y' => 31_536_000,
        _ => return Err(wrong()),
    };
    count.checked_mul(size).filter(|seconds| (1..=315_360_000).contains(seconds)).ok_or_else(wrong)
}

/// A time, or how long before now it was.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = duration(text) {
        return Ok(Timestamp::now().as_second() - seconds);
    }
    let is_day = text.len() == 10;
    let whole = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    parse_time(&whole).ok_or_else(|| {
        "write a day or a time in UTC, as in `2026-03-01` or `2026-03-01T10:00:00Z`, or how long ago, as in `7d`"
            .to_owned()
    })
}
