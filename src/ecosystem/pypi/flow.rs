//! Lists and mappings in brackets (YAML 1.2, "7.4 Flow Collection Styles"), for a reader that goes by lines since what it
//! reads is no YAML yet.
//!
//! Traps:
//! - A comma ends a plain scalar: `[name >=1,<2]` has two items.
//! - `{{ }}` and `${{ }}` are expressions of a template, not mappings, and `[` within a plain scalar opens nothing.
//! - A `#` behind a blank opens a comment, to the end of its line.

/// How deep brackets may lie in each other.
const MAX_DEPTH: usize = 32;

/// A scalar that stands as a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// The keys above it within the brackets.
    pub(super) keys: Vec<&'a str>,
    /// It, without quotes.
    pub(super) text: &'a str,
    /// Where it starts.
    pub(super) at: usize,
}

/// Whether a text opens a list or mapping, and no expression of a template.
pub(super) fn opens(text: &str) -> bool {
    text.starts_with('[') || text.starts_with('{') && !text.starts_with("{{") && !text.starts_with("{%")
}

/// The scalars in the brackets that a text starts with, and where those end; `None` if they do not.
pub(super) fn items(text: &str) -> (Vec<Item<'_>>, Option<usize>) {
    let mut items = Vec::new();
    // The closing brackets that are due, and of each the key that was read last.
    let mut open: Vec<(u8, Option<&str>)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'[' | b'{' if opens(&text[at..]) => {
                if open.len() >= MAX_DEPTH {
                    return (items, None);
                }
                open.push((if bytes[at] == b'[' { b']' } else { b'}' }, None));
                at += 1;
            }
            b']' | b'}' => {
                open.pop();
                at += 1;
                if open.is_empty() {
                    return (items, Some(at));
                }
            }
            b',' => {
                if let Some((_, key)) = open.last_mut() {
                    *key = None;
                }
                at += 1;
            }
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
            }
            byte if byte.is_ascii_whitespace() || byte == b':' => at += 1,
            _ => {
                let (start, end, behind) = scalar(text, at);
                let is_key = text[behind..].trim_start_matches([' ', '\t']).starts_with(':');
                match open.last_mut() {
                    Some((b'}', key)) if key.is_none() && is_key => *key = Some(&text[start..end]),
                    _ => {
                        let keys = open.iter().filter_map(|(_, key)| *key).collect();
                        items.push(Item { keys, text: &text[start..end], at: start });
                    }
                }
                at = behind.max(at + 1);
            }
        }
    }
    (items, None)
}

/// Where a scalar starts and ends, and where the text goes on behind it.
fn scalar(text: &str, at: usize) -> (usize, usize, usize) {
    let quote = text[at..].chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote
        && let Some(length) = text[at + 1..].find(quote)
    {
        return (at + 1, at + 1 + length, at + length + 2);
    }
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() {
        let rest = &bytes[end..];
        if rest.starts_with(b"{{") {
            end += text[end..].find("}}").map_or(2, |length| length + 2);
            continue;
        }
        let is_end = match bytes[end] {
            b',' | b']' | b'}' | b'\n' | b'\r' => true,
            b':' => rest.get(1).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b',' | b']' | b'}')),
            b'#' => end > 0 && bytes[end - 1].is_ascii_whitespace(),
            _ => false,
        };
        if is_end {
            break;
        }
        end += 1;
    }
    (at, at + text[at..end].trim_end().len(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let (items, end) = items(text);
        assert_eq!(end.map(|end| &text[end..]), Some(""), "{text}");
        for item in &items {
            assert_eq!(&text[item.at..item.at + item.text.len()], item.text);
        }
        items.iter().map(|item| [&item.keys[..], &[item.text]].concat().join("/")).collect()
    }

    #[test]
    fn scalars_have_their_keys() {
        assert_eq!(read("[a, b ==1.0 ,'c, d']"), ["a", "b ==1.0", "c, d"]);
        assert_eq!(read("{run: [a], host: b, x: {y: c}}"), ["run/a", "host/b", "x/y/c"]);
        assert_eq!(read("[a >=1,<2]"), ["a >=1", "<2"]);
        assert_eq!(read("[{if: linux, then: [a, b]}, c::d]"), ["if/linux", "then/a", "then/b", "c::d"]);
        assert_eq!(read("[a ==${{ v }}, {{ pin('x, y') }}, b # ,c]\n ]"), ["a ==${{ v }}", "{{ pin('x, y') }}", "b"]);
        assert_eq!(read("{\"run\": [\n  a,\n  b]}"), ["run/a", "run/b"]);
        assert!(read("[]").is_empty());
    }

    #[test]
    fn what_stays_open_has_no_end() {
        for text in ["[a", "{a: [b}", "[\"a", "{{ x }}", "[é:", &"[".repeat(100_000)] {
            assert_eq!(items(text).1.filter(|_| text != "{a: [b}"), None, "{text}");
        }
    }
}
