//! A TOML table with its place, asked key by key. It knows its keys, so that a misspelt one is found and not passed over.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::day::{Day, parse_day};
use super::error::{Fault, RuleError};
use crate::source::SourceText;

/// The tables of a text.
///
/// # Errors
/// If it is no TOML.
pub fn document(text: &str) -> Result<DeTable<'_>, Refused> {
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Refused { at, fault: Fault::Syntax(error.message().into()) }
    })?;
    Ok(document.into_inner())
}

/// A fault at a byte offset.
pub struct Refused {
    /// Where.
    pub at: usize,
    /// What is wrong.
    pub fault: Fault,
}

impl Refused {
    /// The error of a file, given its name and text.
    pub fn of_file(self, path: &str, text: &str) -> RuleError {
        let at = SourceText::new(text).line_col(self.at);
        RuleError { path: path.into(), at: Some(at), fault: self.fault }
    }
}

/// A text and the byte offset it stands at.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// The text.
    pub value: &'a str,
    /// Where it begins.
    pub at: usize,
}

impl Text<'_> {
    /// A fault at this place.
    pub fn refuse(&self, fault: Fault) -> Refused {
        Refused { at: self.at, fault }
    }

    /// What a word of a closed set stands for.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, Refused> {
        match words.iter().find(|(word, _)| *word == self.value) {
            Some((_, value)) => Ok(*value),
            None => {
                let known = words.iter().map(|(word, _)| *word).collect();
                Err(self.refuse(Fault::UnknownWord { found: self.value.into(), known }))
            }
        }
    }
}

/// What a kind of table is called and which keys it takes.
pub struct Shape {
    /// What it is called, in words.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
}

/// A table of a known shape.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    shape: &'static Shape,
    entries: &'a DeTable<'a>,
    /// Where the table or its header begins.
    pub at: usize,
}

impl<'a> Table<'a> {
    /// Checks that a table has no other keys than its shape.
    ///
    /// # Errors
    /// The first of the others.
    pub fn new(shape: &'static Shape, entries: &'a DeTable<'a>, at: usize) -> Result<Table<'a>, Refused> {
        let mut unknown: Vec<_> = entries.keys().filter(|key| !shape.keys.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        match unknown.first() {
            None => Ok(Table { shape, entries, at }),
            Some(key) => {
                let name = key.get_ref().clone().into_owned();
                let fault = Fault::UnknownKey { key: name, table: shape.name, known: shape.keys };
                Err(Refused { at: key.span().start, fault })
            }
        }
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(self.shape.keys.contains(&key), "{key} is a key of {}", self.shape.name);
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn missing(&self, key: &'static str) -> Refused {
        Refused { at: self.at, fault: Fault::MissingKey { key, table: self.shape.name } }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn text(&self, key: &'static str) -> Result<Text<'a>, Refused> {
        self.maybe_text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A text that may be there; if it is, it says something.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn maybe_text(&self, key: &'static str) -> Result<Option<Text<'a>>, Refused> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let text = as_text(key, "a text, as in `\"…\"`", value)?;
        if text.value.trim().is_empty() {
            return Err(text.refuse(Fault::Empty { key: key.into() }));
        }
        Ok(Some(text))
    }

    /// A list of texts; no list is an empty one.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn texts(&self, key: &'static str) -> Result<Vec<Text<'a>>, Refused> {
        const TAKES: &str = "a list of texts, as in `[\"…\", \"…\"]`";
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let Some(list) = value.get_ref().as_array() else { return Err(wrong_type(key, TAKES, value)) };
        list.iter().map(|value| as_text(key, TAKES, value)).collect()
    }

    /// A list of texts that must be there and hold one.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn some_texts(&self, key: &'static str) -> Result<Vec<Text<'a>>, Refused> {
        let texts = self.texts(key)?;
        match texts.iter().find(|text| text.value.trim().is_empty()) {
            Some(text) => Err(text.refuse(Fault::Empty { key: key.into() })),
            None if texts.is_empty() => Err(self.missing(key)),
            None => Ok(texts),
        }
    }

    /// One text, or a list of them that holds one; nothing is none. None of them is empty.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn one_or_more(&self, key: &'static str) -> Result<Vec<Text<'a>>, Refused> {
        const TAKES: &str = "a text or a list of texts, as in `\"…\"` or `[\"…\", \"…\"]`";
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let texts = match value.get_ref().as_array() {
            None => vec![as_text(key, TAKES, value)?],
            Some(list) => list.iter().map(|value| as_text(key, TAKES, value)).collect::<Result<_, _>>()?,
        };
        match texts.iter().find(|text| text.value.trim().is_empty()) {
            Some(text) => Err(text.refuse(Fault::Empty { key: key.into() })),
            None if texts.is_empty() => {
                Err(Refused { at: value.span().start, fault: Fault::Empty { key: key.into() } })
            }
            None => Ok(texts),
        }
    }

    /// Lists of texts by keys that are anyone's; no table is an empty one. In the order of the file.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn lists(&self, key: &'static str) -> Result<Vec<(Text<'a>, Vec<Text<'a>>)>, Refused> {
        const TAKES: &str = "a table of lists of texts, as in `{ \"…\" = [\"…\", \"…\"] }`";
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let Some(entries) = value.get_ref().as_table() else { return Err(wrong_type(key, TAKES, value)) };
        let mut lists = Vec::new();
        for (name, value) in entries {
            let name = Text { value: name.get_ref().as_ref(), at: name.span().start };
            let Some(list) = value.get_ref().as_array() else { return Err(wrong_type(key, TAKES, value)) };
            let texts = list.iter().map(|value| as_text(key, TAKES, value)).collect::<Result<Vec<_>, _>>()?;
            lists.push((name, texts));
        }
        lists.sort_by_key(|(name, _)| name.at);
        Ok(lists)
    }

    /// Yes or no; no if nothing is said.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn flag(&self, key: &'static str) -> Result<bool, Refused> {
        let Some(value) = self.value(key) else { return Ok(false) };
        value.get_ref().as_bool().ok_or_else(|| wrong_type(key, "`true` or `false`", value))
    }

    /// A whole number above nothing, which must be there.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn number(&self, key: &'static str) -> Result<i64, Refused> {
        let value = self.value(key).ok_or_else(|| self.missing(key))?;
        let number = value.get_ref().as_integer().filter(|integer| integer.radix() == 10);
        let number = number.and_then(|integer| integer.as_str().parse().ok()).filter(|number| *number > 0);
        number.ok_or_else(|| wrong_type(key, "a whole number above 0, as in `3600`", value))
    }

    /// A day that must be there, as `yyyy-mm-dd`.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn day(&self, key: &'static str) -> Result<String, Refused> {
        let day = self.maybe_day(key)?.ok_or_else(|| self.missing(key))?;
        Ok(day.to_string())
    }

    /// A day that may be there, as `yyyy-mm-dd`.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn maybe_day(&self, key: &'static str) -> Result<Option<Day>, Refused> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let day = value.get_ref().as_datetime().and_then(|day| parse_day(&day.to_string()));
        day.map(Some).ok_or_else(|| wrong_type(key, "a day without quotes, as in `2026-01-31`", value))
    }

    /// A table that may be there.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn table(&self, key: &'static str, shape: &'static Shape) -> Result<Option<Table<'a>>, Refused> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let Some(entries) = value.get_ref().as_table() else {
            return Err(wrong_type(key, "a table, as in `{ key = \"…\" }`", value));
        };
        Table::new(shape, entries, value.span().start).map(Some)
    }

    /// A list of tables; no list is an empty one.
    ///
    /// # Errors
    /// If the table says otherwise.
    pub fn tables(&self, key: &'static str, shape: &'static Shape) -> Result<Vec<Table<'a>>, Refused> {
        const TAKES: &str = "a list of tables, as in `[{ key = \"…\" }]`";
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let Some(list) = value.get_ref().as_array() else { return Err(wrong_type(key, TAKES, value)) };
        let tables = list.iter().map(|value| match value.get_ref().as_table() {
            Some(entries) => Table::new(shape, entries, value.span().start),
            None => Err(wrong_type(key, TAKES, value)),
        });
        tables.collect()
    }
}

fn as_text<'a>(key: &str, takes: &'static str, value: &'a Spanned<DeValue<'a>>) -> Result<Text<'a>, Refused> {
    match value.get_ref().as_str() {
        Some(text) => Ok(Text { value: text, at: value.span().start }),
        None => Err(wrong_type(key, takes, value)),
    }
}

fn wrong_type(key: &str, takes: &'static str, value: &Spanned<DeValue<'_>>) -> Refused {
    Refused { at: value.span().start, fault: Fault::WrongType { key: key.into(), takes } }
}
