//! `.mvn/maven.config`: arguments that are put before those of every call of Maven in the folders below (Maven, "Configuring Apache
//! Maven").
//!
//! Traps:
//! - Maven 3.9 takes a line as one argument and lines with a `#` in front as comments; before, blanks and line ends separate arguments
//!   alike. What is split at blanks here means the same in files that work with both.
//! - A property is `-Dname=value`, or in two arguments `-D` or `--define` and `name=value`; without a value it is `true`.
//!
//! Not done: profiles (`-P`) and other files (`-f`) that it asks for, and the JVM's own properties in `.mvn/jvm.config`, which give way
//! to those of POMs.

use crate::model::{Ecosystem, Format, Reading, Variable};
use crate::source::{SourceText, Span};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "maven_config",
    name: ".mvn/maven.config",
    ecosystem: Ecosystem::Maven,
    globs: &[".mvn/maven.config"],
    read,
};

/// Where it lies, from the folder that it is for.
pub const PATH: &str = ".mvn/maven.config";

fn read(source: &SourceText) -> Reading {
    let mut reading = Reading::default();
    let mut is_define = false;
    for number in 1..=source.line_count() {
        let line = source.line(number);
        if line.starts_with('#') {
            continue;
        }
        for argument in line.split_whitespace() {
            let at = source.line_start(number) + (argument.as_ptr() as usize - line.as_ptr() as usize);
            let inside = if std::mem::take(&mut is_define) {
                Some(argument)
            } else if matches!(argument, "-D" | "--define") {
                is_define = true;
                None
            } else {
                argument.strip_prefix("--define=").or_else(|| argument.strip_prefix("-D"))
            };
            let Some(inside) = inside else { continue };
            let end = at + argument.len();
            let (name, value, span) = match inside.split_once('=') {
                Some((name, value)) => (name, value, Span::new(end - value.len(), end)),
                None => (inside, "true", Span::new(end - inside.len(), end)),
            };
            if !name.is_empty() {
                reading.variables.push(Variable { name: name.into(), value: value.into(), condition: None, span });
            }
        }
    }
    reading
}
