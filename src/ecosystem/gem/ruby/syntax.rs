//! The children of a node, each with what must hold for it to run. The one place that knows Ruby's statements; what is not
//! spelled out here holds no declaration.

use ruby_prism::{Node, NodeList};

use super::bounds;
use crate::source::Span;

/// A part of a node.
pub(super) struct Child<'p> {
    pub(super) node: Node<'p>,
    pub(super) when: When,
}

/// When a part runs.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// Whenever the whole does.
    Always,
    /// Whenever the whole does, or when something calls it; names given in it hold in it only.
    Inside,
    /// By a clause of Ruby: its word, and the place of what is asked.
    Clause(&'static str, Option<Span>),
}

fn span(node: &Node<'_>) -> Span {
    bounds(&node.location())
}

fn list<'p>(nodes: &NodeList<'p>, when: When, children: &mut Vec<Child<'p>>) {
    children.extend(nodes.iter().map(|node| Child { node, when }));
}

fn some<'p>(node: Option<Node<'p>>, when: When, children: &mut Vec<Child<'p>>) {
    children.extend(node.map(|node| Child { node, when }));
}

/// The parts of a node in the order of the text.
pub(super) fn children<'p>(node: &Node<'p>) -> Vec<Child<'p>> {
    let mut children = Vec::new();
    let to = &mut children;
    if let Some(node) = node.as_program_node() {
        some(Some(node.statements().as_node()), When::Always, to);
    } else if let Some(node) = node.as_statements_node() {
        list(&node.body(), When::Always, to);
    } else if let Some(node) = node.as_call_node() {
        some(node.receiver(), When::Always, to);
        some(node.arguments().map(|arguments| arguments.as_node()), When::Always, to);
        some(node.block(), When::Always, to);
    } else if let Some(node) = node.as_arguments_node() {
        list(&node.arguments(), When::Always, to);
    } else if let Some(node) = node.as_block_node() {
        some(node.body(), When::Inside, to);
    } else if let Some(node) = node.as_lambda_node() {
        some(node.body(), When::Inside, to);
    } else if let Some(node) = node.as_parentheses_node() {
        some(node.body(), When::Always, to);
    } else if !branches(node, to) && !definitions(node, to) {
        expressions(node, to);
    }
    children
}

fn branches<'p>(node: &Node<'p>, to: &mut Vec<Child<'p>>) -> bool {
    if let Some(node) = node.as_if_node() {
        let asked = Some(span(&node.predicate()));
        some(Some(node.predicate()), When::Always, to);
        some(node.statements().map(|body| body.as_node()), When::Clause("if", asked), to);
        some(node.subsequent(), When::Clause("unless", asked), to);
    } else if let Some(node) = node.as_unless_node() {
        let asked = Some(span(&node.predicate()));
        some(Some(node.predicate()), When::Always, to);
        some(node.statements().map(|body| body.as_node()), When::Clause("unless", asked), to);
        some(node.else_clause().map(|body| body.as_node()), When::Clause("if", asked), to);
    } else if let Some(node) = node.as_else_node() {
        some(node.statements().map(|body| body.as_node()), When::Always, to);
    } else if let Some(node) = node.as_case_node() {
        some(node.predicate(), When::Always, to);
        list(&node.conditions(), When::Always, to);
        let asked = node.predicate().as_ref().map(span);
        some(node.else_clause().map(|body| body.as_node()), When::Clause("else of case", asked), to);
    } else if let Some(node) = node.as_when_node() {
        let conditions = node.conditions();
        let (first, last) = (conditions.first().as_ref().map(span), conditions.last().as_ref().map(span));
        let asked = first.zip(last).map(|(first, last)| first.to(last));
        some(node.statements().map(|body| body.as_node()), When::Clause("when", asked), to);
    } else if let Some(node) = node.as_case_match_node() {
        some(node.predicate(), When::Always, to);
        list(&node.conditions(), When::Always, to);
        let asked = node.predicate().as_ref().map(span);
        some(node.else_clause().map(|body| body.as_node()), When::Clause("else of case", asked), to);
    } else if let Some(node) = node.as_in_node() {
        let asked = Some(span(&node.pattern()));
        some(node.statements().map(|body| body.as_node()), When::Clause("when", asked), to);
    } else if let Some(node) = node.as_begin_node() {
        some(node.statements().map(|body| body.as_node()), When::Always, to);
        some(node.rescue_clause().map(|body| body.as_node()), When::Clause("rescue", None), to);
        some(node.else_clause().map(|body| body.as_node()), When::Always, to);
        some(node.ensure_clause().map(|body| body.as_node()), When::Always, to);
    } else if let Some(node) = node.as_rescue_node() {
        some(node.statements().map(|body| body.as_node()), When::Always, to);
        some(node.subsequent().map(|body| body.as_node()), When::Always, to);
    } else if let Some(node) = node.as_ensure_node() {
        some(node.statements().map(|body| body.as_node()), When::Always, to);
    } else if let Some(node) = node.as_rescue_modifier_node() {
        some(Some(node.expression()), When::Always, to);
        some(Some(node.rescue_expression()), When::Clause("rescue", None), to);
    } else if let Some(node) = node.as_and_node() {
        let asked = Some(span(&node.left()));
        some(Some(node.left()), When::Always, to);
        some(Some(node.right()), When::Clause("if", asked), to);
    } else if let Some(node) = node.as_or_node() {
        let asked = Some(span(&node.left()));
        some(Some(node.left()), When::Always, to);
        some(Some(node.right()), When::Clause("unless", asked), to);
    } else if let Some(node) = node.as_while_node() {
        let asked = Some(span(&node.predicate()));
        some(node.statements().map(|body| body.as_node()), When::Clause("while", asked), to);
    } else if let Some(node) = node.as_until_node() {
        let asked = Some(span(&node.predicate()));
        some(node.statements().map(|body| body.as_node()), When::Clause("until", asked), to);
    } else if let Some(node) = node.as_for_node() {
        some(Some(node.index()), When::Always, to);
        some(node.statements().map(|body| body.as_node()), When::Inside, to);
    } else {
        return false;
    }
    true
}

fn definitions<'p>(node: &Node<'p>, to: &mut Vec<Child<'p>>) -> bool {
    if let Some(node) = node.as_def_node() {
        let name = bounds(&node.name_loc());
        some(node.body(), When::Clause("def", Some(name)), to);
    } else if let Some(node) = node.as_class_node() {
        some(node.body(), When::Inside, to);
    } else if let Some(node) = node.as_module_node() {
        some(node.body(), When::Inside, to);
    } else if let Some(node) = node.as_singleton_class_node() {
        some(node.body(), When::Inside, to);
    } else {
        return false;
    }
    true
}

fn expressions<'p>(node: &Node<'p>, to: &mut Vec<Child<'p>>) {
    if let Some(node) = node.as_local_variable_write_node() {
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_constant_write_node() {
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_instance_variable_write_node() {
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_global_variable_write_node() {
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_multi_write_node() {
        list(&node.lefts(), When::Always, to);
        some(node.rest(), When::Always, to);
        list(&node.rights(), When::Always, to);
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_multi_target_node() {
        list(&node.lefts(), When::Always, to);
        some(node.rest(), When::Always, to);
        list(&node.rights(), When::Always, to);
    } else if let Some(node) = node.as_array_node() {
        list(&node.elements(), When::Always, to);
    } else if let Some(node) = node.as_hash_node() {
        list(&node.elements(), When::Always, to);
    } else if let Some(node) = node.as_keyword_hash_node() {
        list(&node.elements(), When::Always, to);
    } else if let Some(node) = node.as_assoc_node() {
        some(Some(node.value()), When::Always, to);
    } else if let Some(node) = node.as_splat_node() {
        some(node.expression(), When::Always, to);
    } else if let Some(node) = node.as_return_node() {
        some(node.arguments().map(|arguments| arguments.as_node()), When::Always, to);
    } else if let Some(node) = node.as_error_recovery_node() {
        some(node.unexpected(), When::Always, to);
    } else if let Some(node) = node.as_shareable_constant_node() {
        some(Some(node.write()), When::Always, to);
    }
}
