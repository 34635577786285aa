//! The variables and constants of a text that are given a value exactly once.
//!
//! A name that is given a value twice, by more than a plain `=`, or whose value is changed in place, stands for nothing known.
//! Scopes are not told apart: the same name in two of them is one that is given a value twice.

use std::collections::HashMap;

use ruby_prism::Node;

use super::syntax::{Child, When, children};
use super::{bounds, name};
use crate::source::Span;

/// Methods that change their receiver in place, but for those that end in `!`.
const CHANGING: [&str; 12] =
    ["<<", "[]=", "append", "clear", "concat", "delete", "insert", "prepend", "push", "replace", "store", "unshift"];

/// The names of a text.
pub(super) struct Variables<'p>(HashMap<String, Option<Variable<'p>>>);

/// A name that is given a value once.
pub(super) struct Variable<'p> {
    /// The value.
    pub(super) value: Node<'p>,
    /// Where the value holds: behind the assignment, in the branch or body that it stands in.
    visible: Span,
    /// Where it holds unless somebody has given another before: behind a branch of `unless defined?` as well.
    otherwise: usize,
}

/// Whether it is asked if something has a value.
fn is_defined(text: &str, asked: Span) -> bool {
    text.get(asked.start..).is_some_and(|text| text.starts_with("defined?"))
}

impl<'p> Variables<'p> {
    /// Finds the names.
    pub(super) fn gather(root: &Node<'p>, text: &str) -> Variables<'p> {
        let mut variables = Variables(HashMap::new());
        let mut left: Vec<(Child<'p>, usize, usize)> =
            children(root).into_iter().map(|child| (child, text.len(), text.len())).collect();
        while let Some((child, outer, otherwise)) = left.pop() {
            let end = match child.when {
                When::Always => outer,
                When::Inside | When::Clause(..) => bounds(&child.node.location()).end,
            };
            let otherwise = match child.when {
                When::Always => otherwise,
                When::Clause("unless", Some(asked)) if is_defined(text, asked) => otherwise,
                When::Inside | When::Clause(..) => end,
            };
            variables.look_at(&child.node, end, otherwise);
            left.extend(children(&child.node).into_iter().map(|child| (child, end, otherwise)));
        }
        variables
    }

    /// What a name stands for at a place.
    pub(super) fn get(&self, name: &str, at: usize) -> Option<&Variable<'p>> {
        let variable = self.0.get(name)?.as_ref()?;
        (variable.visible.start <= at && at < variable.visible.end).then_some(variable)
    }

    /// What a name stands for at a place, be it only because nobody has given it a value before.
    pub(super) fn default(&self, name: &str, at: usize) -> Option<&Variable<'p>> {
        let variable = self.0.get(name)?.as_ref()?;
        (variable.visible.start <= at && at < variable.otherwise).then_some(variable)
    }

    fn look_at(&mut self, node: &Node<'p>, end: usize, otherwise: usize) {
        let start = bounds(&node.location()).end;
        let visible = Span::new(start, end);
        if let Some(node) = node.as_local_variable_write_node() {
            self.write(name(&node.name()), Variable { value: node.value(), visible, otherwise });
        } else if let Some(node) = node.as_constant_write_node() {
            self.write(name(&node.name()), Variable { value: node.value(), visible, otherwise });
        } else if let Some(node) = node.as_instance_variable_write_node() {
            self.write(name(&node.name()), Variable { value: node.value(), visible, otherwise });
        } else if let Some(node) = node.as_global_variable_write_node() {
            self.write(name(&node.name()), Variable { value: node.value(), visible, otherwise });
        } else if let Some(node) = node.as_call_node() {
            let method = name(&node.name());
            let changes = method.ends_with('!') && method != "!" || CHANGING.contains(&method.as_str());
            if let Some(receiver) = node.receiver().as_ref().and_then(read_name).filter(|_| changes) {
                self.spoil(receiver);
            }
        } else if let Some(written) = other_write(node) {
            self.spoil(written);
        } else {
            // A parameter hides the variable of its name.
            for parameter in parameters(node) {
                self.spoil(parameter);
            }
        }
    }

    fn write(&mut self, name: String, variable: Variable<'p>) {
        self.0.entry(name).and_modify(|known| *known = None).or_insert(Some(variable));
    }

    fn spoil(&mut self, name: String) {
        self.0.insert(name, None);
    }
}

/// The name that a node reads.
pub(super) fn read_name(node: &Node<'_>) -> Option<String> {
    if let Some(node) = node.as_local_variable_read_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_constant_read_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_instance_variable_read_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_global_variable_read_node() {
        return Some(name(&node.name()));
    }
    node.as_it_local_variable_read_node().map(|_| "it".to_owned())
}

/// The names of the parameters that a block, lambda or method takes.
fn parameters(node: &Node<'_>) -> Vec<String> {
    let of_block = if let Some(block) = node.as_block_node() {
        block.parameters()
    } else if let Some(lambda) = node.as_lambda_node() {
        lambda.parameters()
    } else {
        None
    };
    let of_block = of_block.and_then(|parameters| parameters.as_block_parameters_node());
    let of_method = || node.as_def_node()?.parameters();
    let Some(all) = of_block.and_then(|parameters| parameters.parameters()).or_else(of_method) else {
        return Vec::new();
    };
    let mut left: Vec<Node<'_>> = all.requireds().iter().chain(all.posts().iter()).collect();
    left.extend(all.optionals().iter().chain(all.keywords().iter()).chain(all.rest()).chain(all.keyword_rest()));
    let mut names = Vec::new();
    while let Some(node) = left.pop() {
        if let Some(several) = node.as_multi_target_node() {
            left.extend(several.lefts().iter().chain(several.rest()).chain(several.rights().iter()));
        } else if let Some(splat) = node.as_splat_node() {
            left.extend(splat.expression());
        } else if let Some(found) = parameter_name(&node) {
            names.push(found);
        }
    }
    names
}

fn parameter_name(node: &Node<'_>) -> Option<String> {
    if let Some(node) = node.as_required_parameter_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_optional_parameter_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_required_keyword_parameter_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_optional_keyword_parameter_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_rest_parameter_node() {
        return node.name().map(|id| name(&id));
    }
    node.as_keyword_rest_parameter_node().and_then(|node| node.name()).map(|id| name(&id))
}

/// The name that a node writes in another way than by `=`.
fn other_write(node: &Node<'_>) -> Option<String> {
    if let Some(node) = node.as_local_variable_or_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_local_variable_and_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_local_variable_operator_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_local_variable_target_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_constant_or_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_constant_operator_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_constant_target_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_instance_variable_or_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_instance_variable_operator_write_node() {
        return Some(name(&node.name()));
    }
    if let Some(node) = node.as_global_variable_operator_write_node() {
        return Some(name(&node.name()));
    }
    node.as_global_variable_or_write_node().map(|node| name(&node.name()))
}
