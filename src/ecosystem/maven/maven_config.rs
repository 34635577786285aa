//! `.mvn/maven.config` and `.mvn/jvm.config`: arguments that Maven and its Java machine get in a project without being typed (Maven,
//! "Configuring Apache Maven").
//!
//! Of these, `-Dname=value` sets a property, which beats those of all POMs, or, in `jvm.config`, counts where no POM has one.
//!
//! Traps:
//! - Older releases of Maven split at blanks, later ones take a line for one argument; no version has a blank in it.
//! - `-D name=value`, `--define name=value` and quotes around it all are the same.
//!
//! Not done: profiles that are asked for here, which are looked at as if they could be asked for anyway.

use crate::model::{Ecosystem, Format, Reading, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "maven_config",
    name: ".mvn/maven.config",
    ecosystem: Ecosystem::Maven,
    globs: &[".mvn/maven.config", ".mvn/jvm.config"],
    read,
};

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut defines = false;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        if line.trim_start().starts_with('#') {
            continue;
        }
        for word in line.split_whitespace() {
            let start = source.line_start(number) + (word.as_ptr() as usize - line.as_ptr() as usize);
            let argument = word.trim_matches(['"', '\'']);
            let define = ["-D", "--define="].iter().find_map(|flag| argument.strip_prefix(flag));
            let text = if defines { Some(argument) } else { define.filter(|text| !text.is_empty()) };
            defines = matches!(argument, "-D" | "--define");
            if let Some((name, value)) = text.and_then(|text| text.split_once('=')) {
                let value = value.trim_matches(['"', '\'']);
                let at = start + (value.as_ptr() as usize - word.as_ptr() as usize);
                let span = Span::new(at, at + value.len());
                reading.variables.push(Variable { name: name.into(), value: value.into(), condition: None, span });
            }
        }
    }
    reading
}
