//! The name and requirements of a gem as the arguments of a Ruby call give them: what a Gemfile and a gemspec share.

use ruby_prism::{CallNode, NodeList};

use super::requirement;
use super::ruby::{self, Bindings, Located, Program, Value};
use crate::model::{Grammar, Reading, Stated, Variable};
use crate::source::Span;

/// What is stated of a gem's version, and where.
pub(super) struct Statement {
    pub(super) stated: Stated,
    pub(super) span: Span,
}

/// The values of a call's arguments. An array that is spread is taken apart where the gem's name can stand in it.
pub(super) fn arguments<'p>(program: &Program<'p>, call: &CallNode<'p>, bindings: &Bindings) -> Vec<Located> {
    let mut values = Vec::new();
    let nodes = call.arguments().map(|arguments| arguments.arguments());
    for node in nodes.iter().flat_map(NodeList::iter).filter(|node| node.as_error_recovery_node().is_none()) {
        let value = program.value(&node, bindings);
        match value.value {
            Value::List(elements) if values.is_empty() && node.as_splat_node().is_some() => values.extend(elements),
            _ => values.push(value),
        }
    }
    values
}

/// The name of a gem: a string without white space. A gemspec takes a symbol too, a Gemfile does not.
pub(super) fn gem_name(argument: &Located) -> Option<&str> {
    match &argument.value {
        Value::Text(name) if !name.is_empty() && !name.contains(char::is_whitespace) => Some(name),
        _ => None,
    }
}

/// Reads requirement arguments: strings, arrays of them, nil. A single constant or variable is stated by its name, and its
/// value goes among the reading's variables; with several, the values are taken as if they stood there.
pub(super) fn requirements(
    program: &Program<'_>,
    reading: &mut Reading,
    name: &Located,
    arguments: &[Located],
) -> Statement {
    let strings: Vec<&Located> = arguments.iter().flat_map(Located::elements).collect();
    let strings: Vec<&Located> = strings.into_iter().filter(|string| string.value != Value::Nil).collect();
    let whole = arguments.iter().map(Located::place).reduce(Span::to).unwrap_or(name.span);
    let Some(words) = strings.iter().map(|string| string.word()).collect::<Option<Vec<&str>>>() else {
        return Statement { stated: Stated::Computed(ruby::excerpt(program.slice(whole))), span: whole };
    };
    let (Some(first), Some(last)) = (strings.first(), strings.last()) else {
        return Statement { stated: Stated::Nothing, span: name.place() };
    };
    let text = requirement::join(words);
    if let [Located { variable: Some((variable, used)), .. }] = arguments {
        let span = first.span.to(last.span);
        reading.variables.push(Variable { name: variable.clone(), value: text, condition: None, span });
        return Statement { stated: Stated::Elsewhere(variable.clone()), span: *used };
    }
    let spans = strings.iter().map(|string| string.place());
    // What stands for a part of it may stand anywhere; then the place is that of the arguments.
    let span = if arguments.iter().any(|argument| argument.variable.is_some()) {
        whole
    } else {
        spans.reduce(Span::to).unwrap_or(whole)
    };
    Statement { stated: Stated::Requirement(text, Grammar::Gem), span }
}
