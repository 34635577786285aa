//! What Gradle's scripts in Groovy and in Kotlin have in common (Gradle User Manual, "Declaring dependencies", "Rich versions",
//! "Dependency constraints", "Version catalogs", "Resolution rules"; the plugin `io.spring.dependency-management`).
//!
//! A script is a program. It is not run: the blocks whose meaning is known are followed, and what they hold is handed on as
//! written, with its expressions (`script::template`). What these are worth is found out when all files are known.
//!
//! - The name of a dependency is the template `group:artifact`. Where the whole notation is an expression (`libs.k8s.client`,
//!   `"$k8sClient"`), the name is that expression and may turn out to hold a version, too.
//! - Conditions say what a statement hangs on (`Condition`): its configuration, the projects it is for, an `if`.
//! - Variables: without condition those of the script itself (`def`, `val`), with [`EXTRA`] extra properties, with [`CONSTANT`]
//!   constants of an `object` or class. Maps are taken apart: `versions.k8s`. With [`IMPORT`] a name that an import gives to what
//!   has another one in full, which is the value; `*` for all that is in it.
//! - Includes: `apply from` and plugins (`Requirements`), platforms (`Bom`), projects of a settings script (`Member`).
//! - Coordinates of which nothing else was made are mentions (`script::mentions`), so that none is passed over.
//! - A catalog made by a settings script reads as one in a file: see `libs_versions_toml`.
//!
//! - Includes of the role `Sources`: the code of plugins.
//!
//! - A call of a function of the script whose body is one notation is that notation (`script::functions`); a loop over a list is
//!   each of its elements.
//!
//! Not done: what other functions and those of other files return, `when` and `switch`, names made of parts of other names; what is
//! named there is a mention all the same.

mod arguments;
mod blocks;
mod catalog;
mod condition;
mod dependencies;
mod rules;
mod values;

pub use blocks::is_test;
pub use condition::{Condition, Target};

use std::collections::HashSet;

use crate::ecosystem::maven::script::mentions::mentions;
use crate::ecosystem::maven::script::{Dialect, Script};
use crate::model::{Problem, ProblemKind, Reading};
use crate::source::{SourceText, Span};

/// The condition of an extra property.
pub const EXTRA: &str = "ext";

/// The condition of a constant that all scripts see by its name.
pub const CONSTANT: &str = "constant";

/// The condition of a name that an import makes known.
pub const IMPORT: &str = "import";

/// The name of what imports everything in something.
pub const EVERYTHING: &str = "*";

/// What stands before the name of a catalog in conditions.
pub const CATALOG: &str = "catalog ";

/// What stands before the alias of a library of a catalog in conditions.
pub const ALIAS: &str = "alias ";

/// The condition of a version of a catalog.
pub const VERSIONS: &str = "versions";

/// The condition of a bundle of a catalog, once per library in it.
pub const BUNDLES: &str = "bundles";

/// What stands before the name of a property that a script sets for BOMs alone.
pub const BOM_PROPERTY: &str = "bom property ";

/// The name that the plugin of an include has before it.
pub const PLUGIN: &str = "plugin ";

/// The longest text that is read; a script that is longer was made by a program.
const MAX_LENGTH: usize = 2 << 20;

/// The values that a script of another tool names in the same way.
pub fn variables(script: &Script<'_>) -> Reading {
    let mut reading = Reading::default();
    blocks::walk(script, &mut reading);
    Reading { variables: reading.variables, ..Reading::default() }
}

/// Reads a script.
pub fn read(source: &SourceText, dialect: Dialect) -> Reading {
    let mut reading = Reading::default();
    if source.text().len() > MAX_LENGTH {
        let message = format!("the script is longer than {MAX_LENGTH} bytes and is not read");
        let span = Span::new(0, 0);
        reading.problems.push(Problem { kind: ProblemKind::TooLarge, message, span });
        return reading;
    }
    let script = Script::new(source.text(), dialect);
    blocks::walk(&script, &mut reading);
    // What else a function is called for is not known, so what it makes is named all the same.
    let unfinished: HashSet<Span> = script.functions().unfinished(&script).into_iter().collect();
    script.understood.borrow_mut().retain(|span| !unfinished.contains(span));
    reading.mentions = mentions(&script);
    reading.declared.sort_by_key(|declared| declared.span);
    reading.overrides.sort_by_key(|change| change.then.span);
    reading.variables.sort_by_key(|variable| variable.span);
    reading.includes.sort_by_key(|include| include.span);
    if let Some(span) = script.too_deep.get() {
        let message = "brackets are nested more deeply than is followed, so something may be missed";
        reading.problems.push(Problem { kind: ProblemKind::Limit, message: message.into(), span });
    }
    if let Some((span, what)) = script.broken {
        let message = format!("{what}, so something may be missed");
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
    reading
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn deep_and_long_texts_cost_neither_the_stack_nor_the_square_of_their_length() {
        let n = 50_000;
        let texts = [
            "{".repeat(n),
            "dependencies {".repeat(n),
            "(".repeat(n),
            "a(".repeat(n) + &")".repeat(n),
            "}".repeat(n),
            "\"${".repeat(n),
            format!("x = \"{}\"", "${".repeat(n)),
            format!("dependencies {{ api \"a:b:{}\" }}", "${\"".repeat(n)),
            "a.".repeat(n) + "b { }",
            "if (a) ".repeat(n),
            "else ".repeat(n),
            "if (a) { } else ".repeat(n),
            "object a { ".repeat(n),
            "x = [a: ".repeat(n),
            format!("x = [{}", "a: 'b', ".repeat(n)),
            format!("dependencies {{ api {} }}", "'a:b:1', ".repeat(n)),
            format!("dependencies {{ api {}'c' }}", "'a' + ".repeat(n)),
            format!("['a'].each {{ {} }}", "api \"$it:b:1\"\n".repeat(n)),
            "/* ".repeat(n),
            "$/ ".repeat(n),
            "a /".repeat(n),
            "'\n".repeat(n),
            "`".repeat(n),
            "a<b".repeat(n),
            "a\n.b".repeat(n),
            "\n\n(".repeat(n),
            "def x\n".repeat(n),
            "@A(b) ".repeat(n),
            "x -> { ".repeat(n),
            "include 'a'\n".repeat(n / 10) + &"project(':a').projectDir = file('b')\n".repeat(n / 10),
        ];
        for text in texts {
            for dialect in [Dialect::Groovy, Dialect::Kotlin, Dialect::Scala] {
                let start = Instant::now();
                let _ = read(&SourceText::new(text.as_str()), dialect);
                let took = start.elapsed();
                assert!(took < Duration::from_secs(8), "{:?} {dialect:?} took {took:?}", &text[..20]);
            }
        }
    }
}
