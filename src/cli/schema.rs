//! `kubefloor schema`.

use clap::ValueEnum;

use super::{CLEAN, Failure};

const EXAMPLES: &str = "\
Examples:
  kubefloor schema > report.schema.json     the schema of `kubefloor scan --format json`
  kubefloor schema report                   the same, by its name
  kubefloor schema config                   the schema of kubefloor.toml";

/// Print the JSON Schema of what the program writes, or reads.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Of what.
    #[arg(value_enum, default_value_t = Subject::Report, value_name = "SUBJECT")]
    subject: Subject,
}

/// A schema; its file is `schema/<name>.schema.json`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Subject {
    /// The report that `scan --format json` prints.
    Report,
    /// A `kubefloor.toml`, for editors.
    Config,
    /// What `token --format json` prints.
    Token,
    /// What `audit --format json` prints.
    Audit,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    super::print_raw(match arguments.subject {
        Subject::Report => include_str!("../../schema/report.schema.json"),
        Subject::Config => include_str!("../../schema/config.schema.json"),
        Subject::Token => include_str!("../../schema/token.schema.json"),
        Subject::Audit => include_str!("../../schema/audit.schema.json"),
    })?;
    Ok(CLEAN)
}
