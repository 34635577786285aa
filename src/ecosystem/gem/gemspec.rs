//! A gem's own manifest, `*.gemspec` (RubyGems, "Specification Reference"). It is Ruby; what is literal is read, and nothing is
//! executed.
//!
//! Traps:
//! - The specification is whatever variable the block names; every call of `add_dependency` and its like is one.
//! - `add_dependency` and `add_runtime_dependency` are the same.
//! - Generated gemspecs state each dependency in every branch of an `if` over the version of RubyGems.
//!
//! Not done: dependencies that are pushed into `dependencies` or read from another file.

use ruby_prism::CallNode;

use super::declaration;
use super::ruby::{self, Located, Next, Program, Scope as Place, Value};
use crate::model::{Declared, Ecosystem, Format, Identity, Reading, Scope};
use crate::source::SourceText;

/// A gem's own manifest.
pub const FORMAT: Format =
    Format { id: "gemspec", name: "gemspec", ecosystem: Ecosystem::Gem, globs: &["*.gemspec"], read };

/// What a gemspec says of its own gem.
#[derive(Default)]
struct Own {
    name: Option<String>,
    version: Option<String>,
}

fn read(source: &SourceText) -> Reading {
    ruby::read(source, |program| {
        let mut reading = Reading::default();
        let mut own = Own::default();
        let cut = ruby::walk(program, (), |call, place| look_at(program, &mut reading, &mut own, call, place));
        reading.problems.extend(cut.map(ruby::too_many_turns));
        reading.identity = own.name.map(|name| Identity { name, version: own.version });
        reading
    })
}

fn look_at<'p>(
    program: &Program<'p>,
    reading: &mut Reading,
    own: &mut Own,
    call: &CallNode<'p>,
    place: &Place<()>,
) -> Next<()> {
    let Some(receiver) = call.receiver() else { return Next::Parts };
    let arguments = declaration::arguments(program, call, &place.bindings);
    let word = |index: usize| arguments.get(index).and_then(Located::word).map(str::to_owned);
    let scope = match ruby::name(&call.name()).as_str() {
        "add_dependency" | "add_runtime_dependency" => Scope::Runtime,
        "add_development_dependency" => Scope::Development,
        "name=" => {
            own.name = own.name.take().or(word(0));
            return Next::Done;
        }
        "version=" => {
            own.version = own.version.take().or(word(0));
            return Next::Done;
        }
        "new" if program.slice(program.span(&receiver.location())).trim_start_matches("::") == "Gem::Specification" => {
            own.name = own.name.take().or(word(0));
            own.version = own.version.take().or(word(1));
            return Next::Parts;
        }
        _ => return Next::Parts,
    };
    dependency(program, reading, scope, &arguments, place);
    // Where a bracket is not closed, the next declaration is among the arguments of this one.
    Next::Parts
}

fn dependency(program: &Program<'_>, reading: &mut Reading, scope: Scope, arguments: &[Located], place: &Place<()>) {
    let Some((name_argument, requirements)) = arguments.split_first() else { return };
    let symbol = match &name_argument.value {
        Value::Symbol(name) => Some(name.as_str()),
        _ => None,
    };
    let Some(name) = symbol.or(declaration::gem_name(name_argument)) else { return };
    let statement = declaration::requirements(program, reading, name_argument, requirements);
    let clauses = &place.clauses;
    reading.declared.push(Declared {
        name: name.to_owned(),
        stated: statement.stated,
        scope,
        direct: Some(true),
        condition: (!clauses.is_empty()).then(|| clauses.join("; ")),
        span: statement.span,
    });
}
