//! The forms of output as the command line names them, and the files that `--report` writes.
//!
//! A file is written beside its place and then moved there, so that whoever reads it sees all of it or what was there
//! before. What is no file (a pipe, `/dev/fd/3`) is written to as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::Failure;
use crate::report::neutral::neutral;
use crate::report::{Form, audit};

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Form] {
        Form::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()).help(self.what()))
    }
}

impl ValueEnum for audit::Form {
    fn value_variants<'a>() -> &'a [audit::Form] {
        audit::Form::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()).help(self.what()))
    }
}

/// One `--report FORM=PATH`.
#[derive(Clone, Debug)]
pub(super) struct Target<F> {
    form: F,
    path: PathBuf,
}

impl<F: ValueEnum> Target<F> {
    /// Reads `FORM=PATH`.
    pub(super) fn parse(text: &str) -> Result<Target<F>, String> {
        let Some((word, path)) = text.split_once('=') else {
            return Err("write it as FORM=PATH, such as `sarif=kubefloor.sarif`".into());
        };
        let forms = F::value_variants().iter();
        let named = forms.filter_map(|form| Some((form.to_possible_value()?.get_name().to_owned(), form)));
        let forms: Vec<(String, &F)> = named.collect();
        let Some((_, form)) = forms.iter().find(|(name, _)| name == word) else {
            let known: Vec<&str> = forms.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("there is no form `{}`; the forms are {}", neutral(word), known.join(", ")));
        };
        match path {
            "" => Err(format!("name a file behind `{word}=`")),
            "-" => Err(format!("for standard output there is `--format {word}`")),
            path => Ok(Target { form: (*form).clone(), path: path.into() }),
        }
    }
}

/// Two targets may not be one file, nor any of them a file that is to be read.
pub(super) fn check<'a, F>(targets: &[Target<F>], inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let inputs: Vec<PathBuf> = inputs.into_iter().filter_map(|input| input.canonicalize().ok()).collect();
    for (index, target) in targets.iter().enumerate() {
        if targets[..index].iter().any(|other| other.path == target.path) {
            let path = neutral(&target.path.to_string_lossy());
            return Err(Failure(format!("two reports would go to `{path}`; give each a file of its own")));
        }
        if target.path.canonicalize().is_ok_and(|path| inputs.contains(&path)) {
            let path = neutral(&target.path.to_string_lossy());
            return Err(Failure(format!("a report would go to `{path}`, which is to be read; give it another file")));
        }
    }
    Ok(())
}

/// Writes every report that was asked for, given how each form is made.
pub(super) fn write<F: ValueEnum>(targets: &[Target<F>], form: impl Fn(&F) -> String) -> Result<(), Failure> {
    for target in targets {
        let text = form(&target.form);
        let is_for_people = target.form.to_possible_value().is_some_and(|value| value.get_name() == Form::Text.word());
        let text = if is_for_people { strip_str(&text).to_string() } else { text };
        put(&target.path, text.as_bytes()).map_err(|error| {
            let path = neutral(&target.path.to_string_lossy());
            Failure(format!("the report `{path}` cannot be written: {}", error.kind()))
        })?;
    }
    Ok(())
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays one: what it leads to is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&real).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return OpenOptions::new().write(true).open(&real)?.write_all(bytes);
    }
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = real.file_name().ok_or(ErrorKind::IsADirectory)?;
    let (temporary, mut file) = beside(folder, &name.to_string_lossy())?;
    let written = file.write_all(bytes).and_then(|()| match there {
        Some(there) => file.set_permissions(there.permissions()),
        None => Ok(()),
    });
    drop(file);
    let moved = written.and_then(|()| fs::rename(&temporary, &real));
    if moved.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    moved
}

/// A new file in a folder under a name that nothing has.
fn beside(folder: &Path, name: &str) -> io::Result<(PathBuf, fs::File)> {
    let start: String = name.chars().take(40).collect();
    let mut count = 0;
    loop {
        let path = folder.join(format!(".{start}.{}-{count}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && count < 100 => count += 1,
            opened => return opened.map(|file| (path, file)),
        }
    }
}
