//! How values are put together, and what is left of them where it is not known what becomes of them.

use super::{Entries, Item, Value};
use crate::ecosystem::pypi::spliced::Spliced;

/// One value of several: lists and dictionaries grow together, texts are alternatives.
pub(super) fn merge(mut values: Vec<Item>) -> Value {
    if let [Item { value: Value::Pairs(_), condition: None }] = values.as_slice() {
        return values.remove(0).value;
    }
    for item in &mut values {
        if let Value::Pairs(entries) = &mut item.value {
            item.value = choice(unpaired(std::mem::take(entries)));
        }
    }
    let is_dict = values.iter().any(|item| matches!(item.value, Value::Dict(_)));
    let is_list = values.iter().any(|item| matches!(item.value, Value::List(_)));
    if is_dict {
        let mut entries = Vec::new();
        for Item { value, condition } in values {
            if let Value::Dict(more) = value {
                entries.extend(more.into_iter().map(|(key, item)| (key, item.under(condition.as_deref()))));
            }
        }
        return Value::Dict(entries);
    }
    if is_list {
        let mut items = Vec::new();
        for Item { value, condition } in values {
            match value {
                Value::List(more) | Value::Choice(more) => {
                    items.extend(more.into_iter().map(|item| item.under(condition.as_deref())));
                }
                Value::Unknown | Value::Made => {}
                value => items.push(Item { value, condition }),
            }
        }
        return Value::List(items);
    }
    choice(values)
}

/// One of several values.
pub(super) fn choice(values: Vec<Item>) -> Value {
    if values.iter().any(|item| matches!(item.value, Value::List(_) | Value::Dict(_) | Value::Pairs(_))) {
        return merge(values);
    }
    if values.iter().all(|item| matches!(item.value, Value::Unknown | Value::Made)) {
        return Value::Unknown;
    }
    Value::Choice(values)
}

/// Values that an unknown function or loop turns into others: lists stay, of texts it is only known that they were there.
pub(super) fn mentions(values: Vec<Item>) -> Vec<Item> {
    let mut items = Vec::new();
    for item in values {
        match item.value {
            Value::Text(text) => items.push(Item { value: Value::Mention(text), condition: item.condition }),
            Value::Unknown | Value::Made => {}
            Value::Dict(entries) => {
                items.extend(entries.into_iter().map(|(_, inner)| inner.under(item.condition.as_deref())));
            }
            Value::List(inner) | Value::Choice(inner) => {
                items.extend(inner.into_iter().map(|inner| inner.under(item.condition.as_deref())));
            }
            Value::Pairs(entries) => {
                let inner = unpaired(entries);
                items.extend(inner.into_iter().map(|inner| inner.under(item.condition.as_deref())));
            }
            value @ Value::Mention(_) => items.push(Item { value, condition: item.condition }),
        }
    }
    items
}

/// What is in pairs of which it is not known what becomes of them: where lists stand behind the keys, these hold the
/// requirements, else the keys are what is required.
pub fn unpaired(entries: Entries) -> Vec<Item> {
    let is_list =
        |(_, item): &(Option<Spliced>, Item)| !matches!(item.value, Value::Text(_) | Value::Unknown | Value::Made);
    if entries.iter().any(is_list) {
        return mentions(entries.into_iter().map(|(_, item)| item).collect());
    }
    mentions(each(Value::Dict(entries)))
}

/// What a loop takes out of a value; out of a dictionary its keys. Of lists in a list, which it takes apart, it is only
/// known what is in them.
pub(super) fn each(value: Value) -> Vec<Item> {
    match value {
        Value::Dict(entries) => {
            let keys = entries.into_iter().filter_map(|(key, item)| Some((Value::Text(key?), item.condition)));
            keys.map(|(value, condition)| Item { value, condition }).collect()
        }
        Value::List(items) | Value::Choice(items) => {
            let mut taken = Vec::new();
            for item in items {
                match item.value {
                    Value::Text(_) => taken.push(item),
                    _ => taken.extend(mentions(mentions(vec![item]))),
                }
            }
            taken
        }
        Value::Pairs(entries) => unpaired(entries),
        Value::Text(_) | Value::Mention(_) | Value::Made | Value::Unknown => Vec::new(),
    }
}

pub(super) fn find(entries: &[(Option<Spliced>, Item)], wanted: &str) -> Option<Value> {
    let entry = entries.iter().rfind(|(key, _)| key.as_ref().is_some_and(|key| key.text() == wanted));
    entry.map(|(_, item)| item.value.clone())
}

/// The entries of a dictionary, or of a list of pairs.
pub(super) fn pairs(value: Value) -> Entries {
    match value {
        Value::Dict(entries) | Value::Pairs(entries) => entries,
        Value::List(items) => {
            let mut entries = Vec::new();
            for item in items {
                if let Value::List(pair) = item.value
                    && let [key, value] = pair.as_slice()
                {
                    let key = match &key.value {
                        Value::Text(text) => Some(text.clone()),
                        _ => None,
                    };
                    entries.push((key, value.clone().under(item.condition.as_deref())));
                }
            }
            entries
        }
        _ => Vec::new(),
    }
}
