//! From a text to the header and the claims of the token in it (RFC 7519; RFC 7515, 3.1).
//!
//! What is taken besides a bare token: blanks around it, `Bearer` or `Authorization: Bearer` before it, padding of its parts,
//! and the value of a secret, which is a token in base64 once more.
//!
//! Traps:
//! - No error holds any of the text, except for the name of a claim that stands there twice.
//! - A signature is looked at only to see that it has no foreign characters.

use std::fmt;

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::json::{Json, NoJson};

/// The most bytes of a text that are looked at. An API server takes no header of that size.
pub const MOST_BYTES: usize = 1 << 20;

/// The header and the claims of a token.
pub(super) struct Encoded {
    pub(super) header: Json,
    pub(super) claims: Json,
    /// Whether it was in base64 once more.
    pub(super) from_secret: bool,
    /// Whether there is any signature.
    pub(super) is_signed: bool,
}

/// The parts of a token that hold something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Claims,
    /// The third.
    Signature,
}

/// Why a text is no token that can be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing but blanks.
    Empty,
    /// More than any token has.
    TooLarge,
    /// Not text.
    NotText,
    /// A JSON document.
    Document,
    /// Blanks inside.
    Blanks,
    /// Another number of parts than three.
    Parts(usize),
    /// An encrypted token.
    Encrypted,
    /// A part that is no base64url.
    NotBase64(Part),
    /// A part that is no JSON.
    NotJson(Part),
    /// A part that is nested too deep.
    TooDeep(Part),
    /// A part that is JSON, but no object.
    NotAnObject(Part),
    /// A part that names a key twice.
    Twice(Part, String),
}

impl Part {
    fn words(self) -> &'static str {
        match self {
            Part::Header => "its header",
            Part::Claims => "its middle part, the claims,",
            Part::Signature => "its signature",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Empty => f.write_str("holds nothing"),
            Refusal::TooLarge => write!(f, "holds more than {MOST_BYTES} bytes, so it is no token"),
            Refusal::NotText => f.write_str("is no text, so it is no token"),
            Refusal::Document => {
                f.write_str("holds a JSON document; take the token out of it, as with `jq -r .status.token`")
            }
            Refusal::Blanks => f.write_str("has blanks or line ends inside; a token is one word on one line"),
            Refusal::Parts(1) => {
                f.write_str("is no token: a JSON Web Token has three parts between dots, this has no dot")
            }
            Refusal::Parts(count) => {
                write!(f, "is no token: a JSON Web Token has three parts between dots, this has {count}")
            }
            Refusal::Encrypted => f.write_str("has five parts, so it is encrypted; no service-account token is"),
            Refusal::NotBase64(part) => write!(f, "is no token: {} is no base64url", part.words()),
            Refusal::NotJson(part) => write!(f, "is no token: {} is no JSON", part.words()),
            Refusal::TooDeep(part) => write!(f, "is no token: {} is nested too deep", part.words()),
            Refusal::NotAnObject(part) => write!(f, "is no token: {} is no JSON object", part.words()),
            Refusal::Twice(part, key) => {
                write!(f, "is no token: {} names `{key}` twice, which no API server accepts", part.words())
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// The header and the claims of the token in a text.
pub(super) fn decode(text: &str) -> Result<Encoded, Refusal> {
    if text.len() > MOST_BYTES {
        return Err(Refusal::TooLarge);
    }
    let word = without_prefix(text.trim());
    if word.is_empty() {
        return Err(Refusal::Empty);
    }
    if word.starts_with(['{', '[']) {
        return Err(Refusal::Document);
    }
    match in_secret(word) {
        Some(inner) => parts(without_prefix(inner.trim()), true),
        None => parts(word, false),
    }
}

fn parts(word: &str, from_secret: bool) -> Result<Encoded, Refusal> {
    let parts: Vec<&str> = word.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        let is_encrypted = parts.len() == 5 && !word.contains(char::is_whitespace);
        return Err(if is_encrypted { Refusal::Encrypted } else { Refusal::Parts(parts.len()) });
    };
    if word.contains(char::is_whitespace) {
        return Err(Refusal::Blanks);
    }
    if !signature.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=')) {
        return Err(Refusal::NotBase64(Part::Signature));
    }
    Ok(Encoded {
        header: object(header, Part::Header)?,
        claims: object(claims, Part::Claims)?,
        from_secret,
        is_signed: !signature.is_empty(),
    })
}

/// What stands after the words that an HTTP header puts before a token.
fn without_prefix(text: &str) -> &str {
    let after = |text: &str, prefix: &str| -> Option<usize> {
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(prefix.len())
    };
    let text = after(text, "authorization:").map_or(text, |at| text[at..].trim_start());
    after(text, "bearer ").map_or(text, |at| text[at..].trim_start())
}

/// The token in the value of a secret, which may be broken into lines.
fn in_secret(word: &str) -> Option<String> {
    if word.contains('.') {
        return None;
    }
    let value: String = word.split_ascii_whitespace().collect();
    let inner = String::from_utf8(base64(&STANDARD, &value)?).ok()?;
    inner.contains('.').then_some(inner)
}

fn object(part: &str, which: Part) -> Result<Json, Refusal> {
    let bytes = base64(&URL_SAFE, part).ok_or(Refusal::NotBase64(which))?;
    match Json::parse(&bytes) {
        Ok(object @ Json::Object(_)) => Ok(object),
        Ok(_) => Err(Refusal::NotAnObject(which)),
        Err(NoJson::Syntax) => Err(Refusal::NotJson(which)),
        Err(NoJson::TooDeep) => Err(Refusal::TooDeep(which)),
        Err(NoJson::Twice(key)) => Err(Refusal::Twice(which, key)),
    }
}

fn base64(alphabet: &Alphabet, text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}
