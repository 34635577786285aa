//! The options of a line of a requirements file: split as a shell would (Python's `shlex`), then taken apart as pip's option
//! parser does ("Requirements File Format", "Supported options").
//!
//! Traps:
//! - A value may follow as the next word, behind `=`, or glued to a one-letter option (`-rbase.txt`).
//! - A long name may be cut short as long as it stays unique (`--requirem`).
//! - Words that belong to no option are ignored.

use crate::source::Span;

/// An option and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// Its long name, without dashes.
    pub(super) name: &'static str,
    /// Its value, empty if it takes none.
    pub(super) value: String,
    /// The place of the value, or of the option if it takes none.
    pub(super) span: Span,
}

/// The options that pip takes, or has taken, in a requirements file: short name, long name, whether a value follows.
const OPTIONS: &[(&str, &str, bool)] = &[
    ("r", "requirement", true),
    ("c", "constraint", true),
    ("e", "editable", true),
    ("i", "index-url", true),
    ("f", "find-links", true),
    ("C", "config-settings", true),
    ("Z", "always-unzip", false),
    ("", "pypi-url", true),
    ("", "extra-index-url", true),
    ("", "no-index", false),
    ("", "no-binary", true),
    ("", "only-binary", true),
    ("", "prefer-binary", false),
    ("", "require-hashes", false),
    ("", "no-require-hashes", false),
    ("", "pre", false),
    ("", "all-releases", true),
    ("", "only-final", true),
    ("", "trusted-host", true),
    ("", "use-feature", true),
    ("", "hash", true),
    ("", "global-option", true),
    ("", "install-option", true),
    ("", "process-dependency-links", false),
    ("", "use-wheel", false),
    ("", "no-use-wheel", false),
    ("", "allow-external", true),
    ("", "allow-all-external", false),
    ("", "allow-unverified", true),
];

/// A word of the option part.
struct Word {
    value: String,
    span: Span,
    /// Whether it is written as it reads: no quotes and no backslashes.
    plain: bool,
}

/// The options at the end of a line, from an offset on.
///
/// # Errors
/// A sentence, if pip would refuse the line.
pub(super) fn settings(line: &str, start: usize) -> Result<Vec<Setting>, String> {
    let mut words = words(line, start)?.into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        if word.value == "--" {
            break;
        }
        let (option, attached) = match word.value.strip_prefix("--") {
            Some(long) => {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (long_option(name)?, value)
            }
            None => match word.value.strip_prefix('-') {
                Some(short) if !short.is_empty() => {
                    let letter = short.chars().next().map_or(0, char::len_utf8);
                    let value = Some(&short[letter..]).filter(|value| !value.is_empty());
                    (short_option(&short[..letter])?, value)
                }
                _ => continue,
            },
        };
        let (_, name, takes_value) = *option;
        let (value, span) = match (takes_value, attached) {
            (false, _) => (String::new(), word.span),
            (true, Some(value)) => (value.to_owned(), end_of(&word, value)),
            (true, None) => match words.next() {
                Some(next) => (next.value, next.span),
                None => return Err(format!("`--{name}` needs a value")),
            },
        };
        settings.push(Setting { name, value, span });
    }
    Ok(settings)
}

/// The place of a value glued to its option.
fn end_of(word: &Word, value: &str) -> Span {
    if word.plain { Span::new(word.span.end - value.len(), word.span.end) } else { word.span }
}

fn long_option(name: &str) -> Result<&'static (&'static str, &'static str, bool), String> {
    let unknown = || format!("`--{}` is no option of a requirements file", name.escape_debug());
    if let Some(option) = OPTIONS.iter().find(|(_, long, _)| *long == name) {
        return Ok(option);
    }
    let mut starting = OPTIONS.iter().filter(|(_, long, _)| !name.is_empty() && long.starts_with(name));
    match (starting.next(), starting.next()) {
        (Some(option), None) => Ok(option),
        _ => Err(unknown()),
    }
}

fn short_option(letter: &str) -> Result<&'static (&'static str, &'static str, bool), String> {
    let found = OPTIONS.iter().find(|(short, _, _)| *short == letter);
    found.ok_or_else(|| format!("`-{}` is no option of a requirements file", letter.escape_debug()))
}

/// Splits into words at blanks outside of quotes; `\` takes the next character as it is, inside `"` only before `"` and `\`.
fn words(line: &str, start: usize) -> Result<Vec<Word>, String> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut characters = line[start..].char_indices().map(|(index, c)| (start + index, c)).peekable();
    while let Some((at, c)) = characters.next() {
        let is_blank = matches!(c, ' ' | '\t' | '\r' | '\n');
        if quote.is_none() && is_blank {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert_with(|| Word { value: String::new(), span: Span::new(at, at), plain: true });
        word.span.end = at + c.len_utf8();
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                word.plain = false;
            }
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => {
                word.plain = false;
                let Some((at, escaped)) = characters.next() else { return Err("a `\\` stands at the end".into()) };
                if quote.is_some() && !matches!(escaped, '"' | '\\') {
                    word.value.push('\\');
                }
                word.value.push(escaped);
                word.span.end = at + escaped.len_utf8();
            }
            (_, c) => word.value.push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is never closed".into());
    }
    words.extend(open);
    for word in &mut words {
        let written = &line[word.span.start..word.span.end];
        let inner = written.len().checked_sub(2).and_then(|_| written.get(1..written.len() - 1));
        if !word.plain && inner == Some(&word.value) {
            // Quotes around the whole word are not part of its place.
            word.span = Span::new(word.span.start + 1, word.span.end - 1);
            word.plain = true;
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<(&'static str, String, String)> {
        let settings = settings(line, 0).expect(line);
        settings.into_iter().map(|s| (s.name, s.value, line[s.span.start..s.span.end].to_owned())).collect()
    }

    #[test]
    fn values_follow_in_four_ways() {
        for line in
            ["-r a.txt", "-ra.txt", "--requirement a.txt", "--requirement=a.txt", "--requirem 'a.txt'", "-r \"a.txt\""]
        {
            assert_eq!(found(line), [("requirement", "a.txt".to_owned(), "a.txt".to_owned())], "{line}");
        }
        let line = "--pre --hash=sha256:0 word -i 'x y'";
        let names: Vec<_> = found(line).into_iter().map(|(name, value, _)| (name, value)).collect();
        assert_eq!(names, [("pre", String::new()), ("hash", "sha256:0".into()), ("index-url", "x y".into())]);
    }

    #[test]
    fn what_pip_refuses_is_refused() {
        for line in ["--nonsense", "-x", "--no", "--require=a", "-r", "-r 'a", "-r a\\"] {
            assert!(settings(line, 0).is_err(), "{line}");
        }
    }
}
