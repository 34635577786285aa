//! `kubefloor init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anstream::ColorChoice;

use super::{CLEAN, Failure};
use crate::config::FILE;
use crate::report::neutral::neutral;

/// The file to begin with: every setting as an example behind a `#`.
const TEXT: &str = include_str!("kubefloor.toml");

const EXAMPLES: &str = "\
Examples:
  kubefloor init              write kubefloor.toml into the current folder
  kubefloor init services     write it into another, for scans of that alone
  kubefloor init --print      print it";

/// Write a commented kubefloor.toml to begin with.
///
/// It settles what scans leave out, how much findings matter where, and which are ignored, why and until when. A file that
/// is there is never overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The folder: as a rule the top of the repository.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Print the file and write nothing.
    #[arg(long)]
    print: bool,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    if arguments.print {
        super::print_raw(TEXT)?;
        return Ok(CLEAN);
    }
    // Named as the user would: `kubefloor.toml`, not `./kubefloor.toml`.
    let path = if arguments.folder == Path::new(".") { PathBuf::from(FILE) } else { arguments.folder.join(FILE) };
    let name = neutral(&path.to_string_lossy());
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    written.and_then(|mut file| file.write_all(TEXT.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure(format!("`{name}` is there already and stays as it is; `kubefloor init --print` shows a new one"))
        }
        kind => Failure(format!("`{name}` cannot be written: {kind}")),
    })?;
    super::print(&format!("wrote {name}; every setting in it is an example behind a `#`\n"), color)?;
    Ok(CLEAN)
}
