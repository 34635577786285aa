//! How engines write texts and names.
//!
//! Texts come without control characters ([`super::checked`]).

/// Between marks, with these characters behind a backslash.
fn escaped(text: &str, mark: char, special: &[char]) -> String {
    let mut out = String::from(mark);
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(mark);
    out
}

/// Between marks, each of which is doubled inside.
fn doubled(text: &str, mark: &str) -> String {
    format!("{mark}{}{mark}", text.replace(mark, &mark.repeat(2)))
}

/// The parts of a name between dots, each written.
fn parts(name: &str, write: impl Fn(&str) -> String) -> String {
    name.split('.').map(write).collect::<Vec<_>>().join(".")
}

/// Standard SQL: a text. A backslash is no escape.
pub(super) fn sql_text(text: &str) -> String {
    doubled(text, "'")
}

/// Standard SQL: a name with parts.
pub(super) fn sql_name(name: &str) -> String {
    parts(name, |part| doubled(part, "\""))
}

/// Standard SQL: a name without parts.
pub(super) fn sql_column(name: &str) -> String {
    doubled(name, "\"")
}

/// `ClickHouse`: a text.
pub(super) fn clickhouse_text(text: &str) -> String {
    escaped(text, '\'', &['\\', '\''])
}

/// `ClickHouse`: a name with parts.
pub(super) fn clickhouse_name(name: &str) -> String {
    parts(name, |part| escaped(part, '`', &['\\', '`']))
}

/// `ClickHouse`: a name without parts.
pub(super) fn clickhouse_column(name: &str) -> String {
    escaped(name, '`', &['\\', '`'])
}

/// `BigQuery`: a whole path between backticks (Lexical structure, quoted identifiers).
pub(super) fn bigquery_name(name: &str) -> String {
    escaped(name, '`', &['\\', '`'])
}

/// Kusto: a plain name, or one in brackets and quotes.
pub(super) fn kusto_name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("[{}]", escaped(name, '\'', &['\\', '\''])) }
}

/// Any text is a name.
pub(super) fn any(_: &str) -> bool {
    true
}

/// Whether none of the parts between dots is empty.
pub(super) fn has_parts(name: &str) -> bool {
    name.split('.').all(|part| !part.trim().is_empty())
}

/// Whether an index can be called so, or several by a `*`. Other texts are not only odd there: a search has macros and variables,
/// and where these are replaced is not for us to know.
pub(super) fn is_splunk_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'*'))
}

/// Splunk: a text.
pub(super) fn splunk_text(text: &str) -> String {
    escaped(text, '"', &['\\', '"'])
}

/// Loki: a label and its value; `job` if no label is named.
pub(super) fn loki_matcher(text: &str) -> String {
    let (label, value) = match text.split_once('=') {
        Some((label, value)) if is_plain(label) => (label, value),
        _ => ("job", text),
    };
    format!("{label}={}", escaped(value, '"', &['\\', '"']))
}

/// Elasticsearch: indexes in a path, percent-encoded but for what lists and wildcards need (RFC 3986, 2.1).
pub(super) fn elastic_index(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*' | b',' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
