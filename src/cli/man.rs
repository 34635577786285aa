//! `kubefloor man`: a page for the command and one for each subcommand, from the same texts as `--help`.
//!
//! Trap: what stands below the options in a help (examples, exit codes) is set in lines; roff would fill them to a paragraph,
//! so it gets sections of its own in which lines stay.

use std::io;
use std::path::{Path, PathBuf};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{CLEAN, Failure, NAME};
use crate::report::neutral::neutral;

const EXAMPLES: &str = "\
Examples:
  kubefloor man | man -l -          read the page of the command
  kubefloor man scan | man -l -     that of a subcommand
  kubefloor man --into ~/.local/share/man/man1";

/// Heads of what stands below the options in a help, and of its sections in a page.
const HEADS: &[(&str, &str)] = &[("Examples:", "EXAMPLES"), ("Exit code:", "EXIT STATUS")];

/// Print a page for man(1), or write all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The subcommand whose page is printed; without one, that of the whole.
    #[arg(value_name = "COMMAND")]
    subcommand: Option<String>,
    /// Write every page into this folder, as `kubefloor.1`, `kubefloor-scan.1` and so on.
    #[arg(long, value_name = "FOLDER", conflicts_with = "subcommand")]
    into: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut command = super::command().disable_help_subcommand(true);
    command.build();
    let subcommands: Vec<&clap::Command> = command.get_subcommands().collect();
    match (&arguments.into, &arguments.subcommand) {
        (Some(folder), _) => {
            write(folder, &command)?;
            subcommands.iter().try_for_each(|subcommand| write(folder, subcommand))?;
        }
        (None, None) => super::print_raw(&page(&command))?,
        (None, Some(name)) => match subcommands.iter().find(|subcommand| subcommand.get_name() == name) {
            Some(subcommand) => super::print_raw(&page(subcommand))?,
            None => {
                let message = format!("there is no command `{}`; `kubefloor --help` lists them", neutral(name));
                return Err(Failure(message));
            }
        },
    }
    Ok(CLEAN)
}

fn write(folder: &Path, command: &clap::Command) -> Result<(), Failure> {
    let path = folder.join(format!("{}.1", name(command)));
    std::fs::write(&path, page(command)).map_err(|why| {
        let path = neutral(&path.to_string_lossy());
        Failure(format!("`{path}` cannot be written: {}; name a folder that is there", why.kind()))
    })
}

/// `kubefloor-scan`.
fn name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &clap::Command) -> String {
    let version = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name(command).to_uppercase()).source(version).manual(NAME);
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = render(&man, command, &mut page);
    String::from_utf8_lossy(&page).into_owned()
}

fn render(man: &Man, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    for part in after.split("\n\n") {
        section(part).to_writer(page)?;
    }
    if !after.contains("Exit code:") {
        section(super::EXIT_CODES).to_writer(page)?;
    }
    Ok(())
}

/// A part of the text below the options, under its own head if it has one that is known.
fn section(part: &str) -> Roff {
    let mut roff = Roff::new();
    let head = HEADS.iter().find_map(|(head, title)| part.strip_prefix(head).map(|rest| (*title, rest)));
    let (title, lines) = head.unwrap_or(("NOTES", part));
    roff.control("SH", [title]).control("nf", []);
    for line in lines.trim_matches('\n').lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}
