//! YAML as JSON, every scalar a text, but for what stands plain for a boolean or a number where that is asked for.

use std::path::Path;

use kubefloor::ecosystem::yaml::{self, Node};
use kubefloor::source::SourceText;
use serde_json::{Map, Value};

/// A file, scalars as texts.
pub(crate) fn read(path: &Path) -> Value {
    read_as(path, false)
}

/// A file, scalars as what YAML takes them for, so that a schema can be held against it.
pub(crate) fn read_typed(path: &Path) -> Value {
    read_as(path, true)
}

fn read_as(path: &Path, typed: bool) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut problems = Vec::new();
    let document = yaml::read(&SourceText::new(text), &mut problems);
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    value(document.root().expect("a document"), typed)
}

fn value(node: Node<'_>, typed: bool) -> Value {
    if let Some(scalar) = node.scalar() {
        return match scalar.text.as_str() {
            "true" if typed && scalar.is_plain => Value::Bool(true),
            "false" if typed && scalar.is_plain => Value::Bool(false),
            "" if typed && scalar.is_plain => Value::Null,
            text => match text.parse::<i64>() {
                Ok(number) if typed && scalar.is_plain => number.into(),
                Ok(_) | Err(_) => text.into(),
            },
        };
    }
    if node.is_sequence() {
        return node.items().into_iter().map(|item| value(item, typed)).collect();
    }
    let members = node.members().into_iter().map(|(name, member)| (name.text.clone(), value(member, typed)));
    Value::Object(members.collect::<Map<_, _>>())
}
