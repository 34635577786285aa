//! `kubefloor completions`.

use clap_complete::Shell;

use super::{CLEAN, Failure, NAME};

const EXAMPLES: &str = "\
Examples:
  kubefloor completions bash > ~/.local/share/bash-completion/completions/kubefloor
  kubefloor completions zsh > ~/.zfunc/_kubefloor     with `fpath+=~/.zfunc` before compinit
  kubefloor completions fish > ~/.config/fish/completions/kubefloor.fish
  kubefloor completions powershell >> $PROFILE";

/// Print what makes a shell complete this command's arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), NAME, &mut script);
    super::print_raw(&String::from_utf8_lossy(&script))?;
    Ok(CLEAN)
}
