//! The `kubefloor` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubefloor::cli::run()
}
