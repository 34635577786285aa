//! `kubefloor query`.

use std::fmt::Write;

use anstream::ColorChoice;
use jiff::Timestamp;

use super::audit::{Kind, duration, moment};
use super::{CLEAN, Failure};
use crate::platform::Platforms;
use crate::query::{ENGINES, Engine, Question};
use crate::report::duration::words;
use crate::report::neutral::neutral;

const EXAMPLES: &str = "\
Examples:
  kubefloor query                                       the engines there are queries for
  kubefloor query cloudwatch                            for the clusters of Amazon EKS
  kubefloor query athena --table logs.eks_audit --since 2026-03-01
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
    /// Only events from then on: `2026-03-01`, `2026-03-01T10:00:00Z`, or a time before now as in `7d`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only events before then.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// Whose cluster it is, which decides how long tokens live: `upstream`, `eks`, `gke` or `aks`; `auto` is what the engine is
    /// mostly used with.
    #[arg(long, value_enum, default_value_t = Kind::Auto, value_name = "PLATFORM", hide_possible_values = true)]
    platform: Kind,
    /// For how long a token is accepted from its issue on, as in `90d`, `24h`, `1y`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    token_lifetime: Option<i64>,
    /// Find requests that were refused, not stale tokens: what there is to see where the extension of tokens is off.
    #[arg(long, conflicts_with_all = ["platform", "token_lifetime"])]
    refused: bool,
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
    let platform = arguments.platform.word().and_then(|id| Platforms::built_in().find(id));
    let question = Question {
        table: arguments.table.clone(),
        column: arguments.column.clone(),
        files: arguments.files.clone(),
        since: arguments.since.and_then(|second| Timestamp::from_second(second).ok()),
        until: arguments.until.and_then(|second| Timestamp::from_second(second).ok()),
        lifetime: arguments.token_lifetime.or(platform.map(|platform| platform.lifetime)),
        refused: arguments.refused,
    };
    let query = engine.write(&question).map_err(|refusal| Failure(refusal.to_string()))?;
    super::print_raw(&query)?;
    Ok(CLEAN)
}

fn list() -> String {
    let mut rows = vec![["ENGINE".to_owned(), "FOR".into(), "QUERY".into(), "TOKENS LIVE FOR".into()]];
    for engine in ENGINES {
        let life = format!("{} ({})", words(engine.usual_lifetime()), engine.platform);
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
