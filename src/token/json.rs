//! JSON as an API server reads it in a token: go-jose's reader takes no object that names a key twice, at any depth.
//!
//! Not done here: places. A place in the claims helps nobody who sees them in base64.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoJson {
    Syntax,
    TooDeep,
    Twice(String),
}

impl Json {
    /// Reads a text that is one value.
    pub(super) fn parse(text: &[u8]) -> Result<Json, NoJson> {
        let json: Json = serde_json::from_slice(text).map_err(|error| {
            // The reader stops at 128 levels, and tells that in words only.
            let is_too_deep = error.to_string().starts_with("recursion limit");
            if is_too_deep { NoJson::TooDeep } else { NoJson::Syntax }
        })?;
        json.first_twice().map_or(Ok(()), |key| Err(NoJson::Twice(key.to_owned())))?;
        Ok(json)
    }

    /// The value of a key of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        let Json::Object(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The first key that an object in it names twice.
    fn first_twice(&self) -> Option<&str> {
        match self {
            Json::Null | Json::Flag(_) | Json::Number(_) | Json::Text(_) => None,
            Json::List(values) => values.iter().find_map(Json::first_twice),
            Json::Object(entries) => {
                let mut names = HashSet::new();
                let twice =
                    entries.iter().find(|(name, _)| !names.insert(name.as_str())).map(|(name, _)| name.as_str());
                twice.or_else(|| entries.iter().find_map(|(_, value)| value.first_twice()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Flag(value))
    }

    // Above 2^53 a number is not exact, and no date either.
    #[expect(clippy::cast_precision_loss, reason = "it is far outside of what a date can be")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "it is far outside of what a date can be")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(entries))
    }
}
