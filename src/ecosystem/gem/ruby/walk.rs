//! Every call of a text with what holds where it stands: the clauses it hangs on, what block parameters stand for, and
//! whatever the reader keeps track of. Loops over literal lists are unrolled.

use std::rc::Rc;

use ruby_prism::{BlockNode, CallNode, Node};

use super::syntax::{When, children};
use super::{Bindings, Located, Program, Value, bounds, excerpt, name};
use crate::source::Span;

/// How much text is walked in turns of loops, in bytes, each turn counted.
const MAX_TURNS: usize = 4 << 20;

/// Most clauses that are kept; the innermost are dropped.
const MAX_CLAUSES: usize = 8;

/// The words that open a clause.
const WORDS: [&str; 8] = ["if ", "unless ", "when ", "else of case", "rescue", "while ", "until ", "def "];

/// Loops whose first parameters are the elements.
const LOOPS: [&str; 5] = ["each", "each_pair", "map", "each_with_index", "each_entry"];

/// What holds at a place.
#[derive(Clone)]
pub(crate) struct Scope<T> {
    /// What the reader keeps track of.
    pub(crate) context: T,
    /// What block parameters stand for.
    pub(crate) bindings: Rc<Bindings>,
    /// The clauses of Ruby that the place hangs on, outermost first.
    pub(crate) clauses: Rc<[String]>,
}

/// How a walk goes on at a call.
pub(crate) enum Next<T> {
    /// The call is dealt with.
    Done,
    /// The block of the call runs in this context.
    Block(T),
    /// Its parts are looked at.
    Parts,
}

/// Whether a condition of a declaration, which starts with its clauses, hangs on a clause of Ruby.
pub(crate) fn is_conditional(condition: Option<&str>) -> bool {
    condition.is_some_and(|condition| WORDS.iter().any(|word| condition.starts_with(word)))
}

/// Looks at every call in the order of the text; gives the first loop whose turns are too much to take.
pub(crate) fn walk<'p, T: Clone>(
    program: &Program<'p>,
    context: T,
    mut look_at: impl FnMut(&CallNode<'p>, &Scope<T>) -> Next<T>,
) -> Option<Span> {
    let mut turns = MAX_TURNS;
    let mut cut = None;
    let scope = Scope { context, bindings: Rc::default(), clauses: Rc::new([]) };
    let mut left: Vec<(Node<'p>, Scope<T>)> = parts(program, &program.root, &scope);
    while let Some((node, scope)) = left.pop() {
        let Some(call) = node.as_call_node() else {
            left.extend(parts(program, &node, &scope));
            continue;
        };
        match look_at(&call, &scope) {
            Next::Done => {}
            Next::Block(context) => {
                let body = call.block().and_then(|block| block.as_block_node()).and_then(|block| block.body());
                left.extend(body.map(|body| (body, Scope { context, ..scope })));
            }
            Next::Parts => match unrolled(program, &call, &scope, &mut turns, &mut cut) {
                Some(bodies) => left.extend(bodies),
                None => left.extend(parts(program, &node, &scope)),
            },
        }
    }
    cut
}

/// The parts of a node, the first one last.
fn parts<'p, T: Clone>(program: &Program<'p>, node: &Node<'p>, scope: &Scope<T>) -> Vec<(Node<'p>, Scope<T>)> {
    let parts = children(node).into_iter().rev();
    parts
        .map(|child| {
            let mut scope = scope.clone();
            if let When::Clause(word, asked) = child.when
                && scope.clauses.len() < MAX_CLAUSES
            {
                let clause = clause(program, word, asked);
                scope.clauses = scope.clauses.iter().cloned().chain([clause]).collect();
            }
            (child.node, scope)
        })
        .collect()
}

fn clause(program: &Program<'_>, word: &str, asked: Option<Span>) -> String {
    let Some(asked) = asked else { return word.to_owned() };
    format!("{word} {}", excerpt(program.slice(asked)))
}

/// The body of a loop over a literal list or what `Dir` finds, once for each element or pattern, the first one last.
fn unrolled<'p, T: Clone>(
    program: &Program<'p>,
    call: &CallNode<'p>,
    scope: &Scope<T>,
    turns: &mut usize,
    cut: &mut Option<Span>,
) -> Option<Vec<(Node<'p>, Scope<T>)>> {
    let method = name(&call.name());
    let given = if method == "glob" {
        program.paths(call, &scope.bindings, 0)?
    } else if LOOPS.contains(&method.as_str()) {
        program.value(&call.receiver()?, &scope.bindings)
    } else {
        return None;
    };
    let block = call.block()?.as_block_node()?;
    block.body()?;
    let elements: Vec<Vec<Located>> = match given.value {
        Value::List(elements) => elements.into_iter().map(|element| vec![element]).collect(),
        Value::Map(pairs) => pairs.into_iter().map(|(key, value)| pair(key, value)).collect(),
        Value::Text(_) | Value::Symbol(_) | Value::Paths(_) | Value::Nil | Value::Flag(_) | Value::Computed => {
            return None;
        }
    };
    let block_bounds = bounds(&block.location());
    let length = block_bounds.end - block_bounds.start;
    let Some(left) = turns.checked_sub(elements.len().saturating_mul(length)) else {
        cut.get_or_insert(program.span(&block.opening_loc()));
        return None;
    };
    *turns = left;
    let (parameters, rest) = parameters(&block);
    let mut bodies = Vec::new();
    for element in elements.iter().rev() {
        let mut bindings = Bindings::clone(&scope.bindings);
        // With an index the element is one argument of two and stays whole.
        let takes_several = parameters.len() + usize::from(rest.is_some()) > 1 && method != "each_with_index";
        let values = spread(element, takes_several);
        for (parameter, value) in parameters.iter().zip(values) {
            if let Some(parameter) = parameter {
                bindings.insert(parameter.clone(), value.clone());
            }
        }
        if let (Some(rest), [first, ..]) = (&rest, values) {
            let left = values.get(parameters.len()..).unwrap_or_default().to_vec();
            bindings.insert(rest.clone(), Located { value: Value::List(left), span: first.span, variable: None });
        }
        let body = block.body()?;
        bodies.push((body, Scope { bindings: Rc::new(bindings), ..scope.clone() }));
    }
    Some(bodies)
}

fn pair(key: Option<Located>, value: Located) -> Vec<Located> {
    let key = key.unwrap_or(Located { value: Value::Computed, span: value.span, variable: None });
    vec![key, value]
}

/// The names of a block's parameters (none for one that is taken apart), and of the one that takes the rest; those that Ruby gives where the block names none.
fn parameters(block: &BlockNode<'_>) -> (Vec<Option<String>>, Option<String>) {
    let Some(parameters) = block.parameters() else { return (vec![Some("it".into())], None) };
    let Some(parameters) = parameters.as_block_parameters_node().and_then(|parameters| parameters.parameters()) else {
        return match parameters.as_numbered_parameters_node() {
            Some(numbered) => ((1..=numbered.maximum()).map(|number| Some(format!("_{number}"))).collect(), None),
            None => (vec![Some("it".into())], None),
        };
    };
    let rest = parameters.rest().and_then(|rest| rest.as_rest_parameter_node()).and_then(|rest| rest.name());
    let required = parameters.requireds();
    let required = required.iter().map(|node| Some(name(&node.as_required_parameter_node()?.name())));
    (required.collect(), rest.map(|rest| name(&rest)))
}

/// The values of the parameters: an array is spread over several of them.
fn spread(element: &[Located], takes_several: bool) -> &[Located] {
    match element {
        [Located { value: Value::List(inner), .. }] if takes_several => inner,
        _ => element,
    }
}
