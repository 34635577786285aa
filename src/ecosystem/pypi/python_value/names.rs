//! What names are worth: what the statements that bind them give, in turns where these stand in loops.
//!
//! Traps:
//! - A name may be bound anew to what is made of it, by a function too that reads it: what it was before is what was bound
//!   before that statement.
//! - What a function adds to a name of the module's is added whenever the function is called, so it always counts.

use std::rc::Rc;

use super::values::{choice, each, merge};
use super::{Evaluator, Item, MAX_DEPTH, Use, Value};
use crate::ecosystem::pypi::python_module::{Binding, Change, Expression, Scope};

/// How many names of a loop are looked at.
pub(super) const MAX_NAMES: usize = 16;

/// How many turns of a loop are followed.
const MAX_TURNS: usize = 500;

/// A turn of a loop: what its names are, and the condition under which there is one.
pub(super) struct Turn<'a> {
    pub(super) bound: Vec<(&'a str, Option<Value>)>,
    pub(super) condition: Option<String>,
}

/// A name that is being followed.
pub(super) struct Followed {
    scope: Scope,
    name: String,
    /// The place behind which bindings of it do not count meanwhile.
    limit: usize,
}

impl<'a> Evaluator<'a> {
    /// Binds names for what is in a loop or function; gives what to cut [`Evaluator::taken`] down to afterwards.
    pub(super) fn take(&self, bound: Vec<(&'a str, Option<Value>)>) -> usize {
        let before = self.taken.borrow().len();
        self.taken.borrow_mut().extend(bound);
        before
    }

    /// The value of a name.
    pub(super) fn name(&self, name: &str, at: Use) -> Value {
        let value = self.shared(name, at);
        match Rc::try_unwrap(value) {
            Ok(value) => value,
            Err(shared) if self.spend(size(&shared)) => Value::clone(&shared),
            Err(_) => Value::Unknown,
        }
    }

    /// The value of a name, for who needs a part of it only.
    pub(super) fn shared(&self, name: &str, at: Use) -> Rc<Value> {
        let taken = self.taken.borrow()[self.visible.get()..].iter().rev().find(|(taken, _)| *taken == name).cloned();
        let (scope, bindings) = self.module.bindings(at.scope, name);
        let mut limit = if scope == at.scope { at.position } else { at.time };
        let mut blocked_by = usize::MAX;
        for (index, followed) in self.following.borrow().iter().enumerate() {
            if followed.scope == scope && followed.limit < limit && followed.name == name {
                limit = followed.limit;
                blocked_by = index;
            }
        }
        self.blocking.set(self.blocking.get().min(blocked_by));
        if at.depth > MAX_DEPTH || !self.spend(bindings.len()) {
            self.blocking.set(0);
            return Rc::new(Value::Unknown);
        }
        let is_seen = |binding: &&Binding| limit > 0 && (binding.scope != scope || binding.position < limit);
        if let Some((_, value)) = taken {
            let more = bindings.iter().filter(is_seen).filter(|binding| scope == at.scope && binding.change.adds());
            return Rc::new(self.taken_value(name, value, scope, &more.collect::<Vec<_>>(), at, limit));
        }
        let seen: Vec<&Binding> = bindings.iter().filter(is_seen).collect();
        let key = (name.to_owned(), seen.len());
        if scope == 0
            && let Some(known) = self.known.borrow().get(&key)
        {
            return Rc::clone(known);
        }
        let outer = self.blocking.replace(usize::MAX);
        let depth = self.following.borrow().len();
        let value = Rc::new(self.bindings(name, scope, &seen, at, limit));
        let inner = self.blocking.get();
        self.blocking.set(if inner < depth { outer.min(inner) } else { outer });
        if scope == 0 && inner >= depth {
            self.known.borrow_mut().insert(key, Rc::clone(&value));
        }
        value
    }

    /// What a loop or call has given a name, and what was added to it since.
    fn taken_value(
        &self,
        name: &str,
        value: Option<Value>,
        scope: Scope,
        more: &[&Binding],
        at: Use,
        limit: usize,
    ) -> Value {
        let value = match value {
            Some(Value::Text(text)) => Value::Text(text.inserted()),
            Some(value) if self.spend(size(&value)) => value,
            Some(_) | None => Value::Unknown,
        };
        if more.is_empty() {
            return value;
        }
        let added = self.bindings(name, scope, more, at, limit);
        merge(vec![Item::new(value), Item::new(added)])
    }

    /// What bindings make of a name, the last of those that forget the ones before and what follows it.
    fn bindings(&self, name: &str, scope: Scope, seen: &[&Binding], at: Use, limit: usize) -> Value {
        let last = seen.iter().rposition(|binding| binding.fresh).unwrap_or(0);
        let mut values = Vec::new();
        let mut single = true;
        for (index, binding) in seen.iter().enumerate() {
            if index < last && binding.scope == scope {
                continue;
            }
            let own = if binding.fresh { binding.position } else { 0 };
            self.following.borrow_mut().push(Followed { scope, name: name.to_owned(), limit: own });
            let is_here = binding.scope == scope && scope == at.scope && scope != 0;
            let time = if is_here { at.time } else { limit };
            let hidden = self.visible.get();
            if !is_here {
                self.visible.set(self.taken.borrow().len());
            }
            values.push(self.in_turns(binding, time, at.depth));
            self.visible.set(hidden);
            self.following.borrow_mut().pop();
            single &= matches!(binding.change, Change::Assign(_));
        }
        if single && values.len() == 1 && values[0].condition.is_none() {
            return match values.remove(0).value {
                Value::Text(text) => Value::Text(text.inserted()),
                value => value,
            };
        }
        merge(values)
    }

    /// What a binding adds to its name, in all turns of the loops around it, if these are known.
    pub(super) fn in_turns(&self, binding: &Binding, time: usize, depth: usize) -> Item {
        let loops = &binding.loops.headers;
        let is_followed = !loops.is_empty() && !matches!(binding.change, Change::Each(_));
        let mut values = Vec::new();
        if is_followed && self.turn(binding, loops, time, depth, &mut values) {
            return Item::new(merge(values));
        }
        Item::new(self.bound(binding, time, depth)).under(binding.condition.as_deref())
    }

    /// Goes through the turns of a loop and those in it; false if they are not known.
    fn turn(
        &self,
        binding: &Binding,
        loops: &[(Expression, Expression)],
        time: usize,
        depth: usize,
        values: &mut Vec<Item>,
    ) -> bool {
        let Some(((targets, elements), inner)) = loops.split_first() else {
            let condition = binding.loops.condition.as_deref().filter(|condition| !self.is_met(condition));
            values.push(Item::new(self.bound(binding, time, depth)).under(condition));
            return true;
        };
        let at = Use { scope: binding.scope, position: elements.start, time, depth: depth + 1 };
        let Some(turns) = self.turns(targets.clone(), elements.clone(), at) else { return false };
        for Turn { bound, condition } in turns {
            if self.is_exhausted() {
                break;
            }
            let before = self.take(bound);
            let mut found = Vec::new();
            if !self.turn(binding, inner, time, depth + 1, &mut found) {
                found.push(Item::new(self.bound(binding, time, depth)));
            }
            self.taken.borrow_mut().truncate(before);
            values.extend(found.into_iter().map(|item| item.under(condition.as_deref())));
        }
        true
    }

    /// Whether a condition asks for no more than that a name of the loops is not empty, and it is not.
    fn is_met(&self, condition: &str) -> bool {
        let Some(name) = condition.strip_prefix("if ") else { return false };
        let taken = self.taken.borrow();
        let taken = taken[self.visible.get()..].iter().rev().find(|(taken, _)| *taken == name);
        match taken.and_then(|(_, value)| value.as_ref()) {
            Some(Value::Text(text)) => !text.is_empty(),
            Some(Value::List(items)) => !items.is_empty(),
            _ => false,
        }
    }

    /// What a binding adds to its name.
    fn bound(&self, binding: &Binding, time: usize, depth: usize) -> Value {
        let used = |range: &Expression| Use { scope: binding.scope, position: range.start, time, depth };
        let value = |range: &Expression| self.expression(range.clone(), used(range));
        let element = |range: &Expression| Value::List(vec![Item::new(value(range))]);
        let key = |range: &Expression| self.key(range.clone(), used(range));
        match &binding.change {
            Change::Opaque | Change::Parameter => Value::Unknown,
            Change::Each(range) => choice(each(value(range))),
            Change::Assign(range) => value(range),
            Change::Extend(range) => {
                // `update(key=value)` as well.
                if self.tokens.is_operator(range.start + 1, "=") {
                    return self.call("dict", range.clone(), used(range));
                }
                value(range)
            }
            Change::Append(range) => element(range),
            Change::SetItem(name, range) => Value::Dict(vec![(key(name), Item::new(value(range)))]),
            Change::AppendItem(name, range) => Value::Dict(vec![(key(name), Item::new(element(range)))]),
        }
    }

    /// What the names of a loop are in each of its turns, if the values are known.
    pub(super) fn turns(&self, targets: Expression, values: Expression, at: Use) -> Option<Vec<Turn<'a>>> {
        let tokens = self.tokens;
        let mut names = Vec::new();
        for index in targets {
            match tokens.name(index) {
                Some(name) => names.push(name),
                None if ["(", ")", ","].iter().any(|mark| tokens.is_operator(index, mark)) => {}
                None => return None,
            }
        }
        let turn = |values: Vec<Value>, condition| {
            let bound = names.iter().copied().zip(values.into_iter().map(Some)).collect();
            Turn { bound, condition }
        };
        let elements = match self.expression(values, at) {
            Value::List(items) => items,
            Value::Pairs(entries) => {
                let pairs = entries.into_iter().map(|(key, item)| {
                    let key = key.map_or(Value::Unknown, Value::Text);
                    let value = Value::List(vec![Item::new(key), Item::new(item.value)]);
                    Item { value, condition: item.condition }
                });
                pairs.collect()
            }
            dict @ Value::Dict(_) => each(dict),
            _ => return None,
        };
        if elements.is_empty() || elements.len() > MAX_TURNS || names.is_empty() || names.len() > MAX_NAMES {
            return None;
        }
        let turns = elements.into_iter().map(|Item { value, condition }| match value {
            value if names.len() == 1 => Some(turn(vec![value], condition)),
            Value::List(parts) if parts.len() == names.len() => {
                Some(turn(parts.into_iter().map(|part| part.value).collect(), condition))
            }
            _ => None,
        });
        turns.collect()
    }
}

/// How many values are in a value.
fn size(value: &Value) -> usize {
    let of = |items: &[Item]| items.iter().map(|item| size(&item.value)).sum();
    let inside: usize = match value {
        Value::List(items) | Value::Choice(items) => of(items),
        Value::Dict(entries) | Value::Pairs(entries) => entries.iter().map(|(_, item)| size(&item.value)).sum(),
        Value::Text(_) | Value::Mention(_) | Value::Made | Value::Unknown => 0,
    };
    inside + 1
}
