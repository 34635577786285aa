//! The few expressions that `action.yml` may use: names, texts, `==`, `!=`, `&&`, `||`, `!`, `always()`. Anything else panics,
//! which keeps `action.yml` simple.

use serde_json::Value;

/// What `${{ … }}` in a text stand for, put in their place.
pub(crate) fn fill(text: &str, context: &Value) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("${{") {
        let (expression, after) = inside.split_once("}}").expect("an expression ends");
        out.push_str(before);
        out.push_str(&shown(&evaluate(expression, context)));
        rest = after;
    }
    out + rest
}

/// Whether an `if:` holds after steps of which none has failed, or one has.
pub(crate) fn holds(condition: &str, context: &Value, has_failed: bool) -> bool {
    let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
    let is_always = condition.contains("always()");
    (is_always || !has_failed) && is_true(&evaluate(condition, context))
}

/// The value of an expression.
fn evaluate(expression: &str, context: &Value) -> Value {
    let mut words = words(expression).into_iter().peekable();
    let value = either(&mut words, context);
    assert!(words.next().is_none(), "the expression `{expression}` has more than is understood");
    value
}

type Words = std::iter::Peekable<std::vec::IntoIter<String>>;

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let length = if rest.starts_with(['(', ')']) {
            1
        } else if rest.starts_with("==") || rest.starts_with("!=") || rest.starts_with("&&") || rest.starts_with("||") {
            2
        } else if let Some(inside) = rest.strip_prefix('\'') {
            inside.find('\'').expect("a text ends") + 2
        } else if rest.starts_with('!') {
            1
        } else {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        };
        assert!(length > 0, "`{rest}` is not understood");
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words
}

fn either(words: &mut Words, context: &Value) -> Value {
    let mut value = both(words, context);
    while words.next_if(|word| word == "||").is_some() {
        let other = both(words, context);
        value = if is_true(&value) { value } else { other };
    }
    value
}

fn both(words: &mut Words, context: &Value) -> Value {
    let mut value = comparison(words, context);
    while words.next_if(|word| word == "&&").is_some() {
        let other = comparison(words, context);
        value = if is_true(&value) { other } else { value };
    }
    value
}

fn comparison(words: &mut Words, context: &Value) -> Value {
    let value = single(words, context);
    let Some(sign) = words.next_if(|word| word == "==" || word == "!=") else { return value };
    let other = single(words, context);
    // Case does not count; what is nothing is an empty text.
    let is_same = shown(&value).eq_ignore_ascii_case(&shown(&other));
    Value::Bool(is_same == (sign == "=="))
}

fn single(words: &mut Words, context: &Value) -> Value {
    let word = words.next().expect("an expression goes on");
    match word.as_str() {
        "!" => Value::Bool(!is_true(&single(words, context))),
        "(" => {
            let value = either(words, context);
            assert_eq!(words.next().as_deref(), Some(")"));
            value
        }
        "always" => {
            assert_eq!((words.next().as_deref(), words.next().as_deref()), (Some("("), Some(")")));
            Value::Bool(true)
        }
        text if text.starts_with('\'') => Value::String(text.trim_matches('\'').to_owned()),
        name => {
            let mut parts = name.split('.');
            let first = parts.next().unwrap_or_default();
            let known = context.get(first).unwrap_or_else(|| panic!("`{first}` is no context that is known here"));
            parts.fold(known.clone(), |value, part| value.get(part).cloned().unwrap_or(Value::Null))
        }
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
