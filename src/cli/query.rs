//! `kubefloor query`.

use std::fmt::Write;

use anstream::ColorChoice;
use jiff::Timestamp;

use super::{CLEAN, Failure};
use crate::platform::Platforms;
use crate::query::{ENGINES, Engine, Question};
use crate::report::duration;
use crate::report::neutral::neutral;

const EXAMPLES: &str = "\
Examples:
  kubefloor query                                       the engines there are queries for
  kubefloor query cloudwatch                            for the clusters of Amazon EKS
  kubefloor query athena --table logs.eks_audit --since 2026-03-01T00:00:00Z
  kubefloor query duckdb --files 'logs/audit-*.log.gz' | duckdb -csv | kubefloor audit -";

/// Print a query that finds stale tokens, for an engine that already holds the audit logs.
///
/// Its result can be read by `kubefloor audit`. The head of the query says whether it was ever run.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The engine; without one, a list of them.
    #[arg(value_name = "ENGINE")]
    engine: Option<String>,
    /// The table, index or stream that holds the events. Quoted as the engine does.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The column of the table that holds each event's text.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// The files that hold the events, where the engine reads files: a path that may have wildcards.
    #[arg(long, value_name = "PATH")]
    files: Option<String>,
    /// Only events from this time on, as in `2026-01-31T12:00:00Z`.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only events before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// How long the cluster accepts a token: as its platform does (`upstream`, `eks`, `gke`, `aks`), or so many seconds, minutes,
    /// hours or days (`7776000s`, `90d`). By default as the platform that the engine is mostly used with.
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    lifetime: Option<i64>,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    let Some(id) = &arguments.engine else {
        super::print(&list(), color)?;
        return Ok(CLEAN);
    };
    let engine = Engine::find(&id.to_ascii_lowercase()).ok_or_else(|| {
        let known: Vec<String> = ENGINES.iter().map(|engine| format!("`{}`", engine.id)).collect();
        Failure(format!("there is no query for `{}`; there is one for {}", neutral(id), known.join(", ")))
    })?;
    let question = Question {
        table: arguments.table.clone(),
        column: arguments.column.clone(),
        files: arguments.files.clone(),
        since: arguments.since,
        until: arguments.until,
        lifetime: arguments.lifetime,
    };
    let query = engine.write(&question).map_err(|refusal| Failure(refusal.to_string()))?;
    super::print_raw(&query)?;
    Ok(CLEAN)
}

fn list() -> String {
    let mut rows = vec![["ENGINE".to_owned(), "FOR".into(), "QUERY".into(), "TOKENS LIVE FOR".into()]];
    for engine in ENGINES {
        let life = format!("{} ({})", duration::words(engine.usual_lifetime()), engine.platform);
        rows.push([engine.id.into(), engine.name.into(), engine.proof.words(), life]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [a, b, c] = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [engine, name, proof, life] in &rows {
        let _ = writeln!(text, "{engine:a$}  {name:b$}  {proof:c$}  {life}");
    }
    text
}

/// A platform, or a time with its unit, in seconds.
fn lifetime(text: &str) -> Result<i64, String> {
    const MOST: i64 = 100 * 365 * 86_400;
    if let Some(platform) = Platforms::built_in().find(text) {
        return Ok(platform.lifetime);
    }
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "y" => Some(365 * 86_400),
        _ => None,
    };
    let seconds = unit.and_then(|unit: i64| digits.parse::<i64>().ok()?.checked_mul(unit));
    let seconds = seconds.filter(|seconds| (1..=MOST).contains(seconds));
    seconds.ok_or_else(|| "write a platform (`eks`), or a number with a unit (`3607s`, `24h`, `90d`, `1y`)".to_owned())
}
