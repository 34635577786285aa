//! Versions of PHP packages: up to four numbers and a stability, as Composer normalises them and PHP's `version_compare`
//! orders them (Composer documentation, "Versions and constraints"; PHP manual, `version_compare`).
//!
//! Traps:
//! - Missing numbers are 0: `1.2` is `1.2.0.0`. A leading `v` is dropped, metadata behind `+` too.
//! - The stabilities are words with several spellings (`a`, `alpha`; `b`, `beta`; `rc`; `p`, `pl`, `patch`; `stable`), in any
//!   case, with or without `.`, `-` or `_` in front: dev < alpha < beta < RC < stable < patch.
//! - A stability may carry numbers, and `-dev` may follow it: `1.0.0-RC2-dev` is below `1.0.0-RC2` and above `1.0.0-RC1`.
//!
//! Not done here: requirements; branches (`dev-main`, `2.x-dev`), whose content no number tells; versions that are dates
//! with hyphens. All of these are refused.

use std::fmt;

use crate::ecosystem::number::Number;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComposerVersion {
    numbers: [Number; 4],
    rest: Vec<Part>,
}

/// What follows the four numbers, in the order of `version_compare`; [`Part::End`] closes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Dev,
    Alpha,
    Beta,
    Candidate,
    End,
    Number(Number),
    Patch,
}

impl ComposerVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is none.
    pub fn parse(text: &str) -> Result<ComposerVersion, String> {
        let text = text.trim().to_ascii_lowercase();
        let text = match text.split_once('+') {
            Some((text, metadata)) if !metadata.is_empty() && !metadata.contains(char::is_whitespace) => text,
            Some(_) => return Err("its metadata is malformed".into()),
            None => &text,
        };
        if text.starts_with("dev-") || text.ends_with("x-dev") || text.ends_with("*-dev") {
            return Err("it names a branch".into());
        }
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut numbers: [Number; 4] = Default::default();
        for (index, number) in numbers.iter_mut().enumerate() {
            let digits = match (index, rest.strip_prefix('.')) {
                (0, _) => rest,
                (_, Some(behind)) if behind.starts_with(|c: char| c.is_ascii_digit()) => behind,
                _ => break,
            };
            let (digits, behind) = split_digits(digits);
            *number = Number::parse(digits).ok_or("it does not start with a number")?;
            if index == 0 && digits.len() > 5 {
                return Err("its first number has more than five digits".into());
            }
            rest = behind;
        }
        Ok(ComposerVersion { numbers, rest: stability(rest)? })
    }

    /// Whether its stability is below `stable`.
    pub fn is_prerelease(&self) -> bool {
        self.rest[0] < Part::End
    }

    /// The numbers alone.
    #[must_use]
    pub fn release(&self) -> ComposerVersion {
        ComposerVersion { numbers: self.numbers.clone(), rest: vec![Part::End] }
    }
}

/// Reads what follows the numbers: a word with its numbers, `dev`, both or nothing.
fn stability(text: &str) -> Result<Vec<Part>, String> {
    const WORDS: [(&str, Option<Part>); 9] = [
        ("stable", None),
        ("alpha", Some(Part::Alpha)),
        ("beta", Some(Part::Beta)),
        ("rc", Some(Part::Candidate)),
        ("patch", Some(Part::Patch)),
        ("pl", Some(Part::Patch)),
        ("a", Some(Part::Alpha)),
        ("b", Some(Part::Beta)),
        ("p", Some(Part::Patch)),
    ];
    let malformed = || "its stability is none that Composer knows".to_owned();
    let mut parts = Vec::new();
    let mut rest = text;
    let bare = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
    if let Some((word, part)) = WORDS.iter().find(|(word, _)| bare.starts_with(word)) {
        parts.extend(part.clone());
        rest = &bare[word.len()..];
        loop {
            let (digits, behind) = split_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest));
            let Some(number) = Number::parse(digits) else { break };
            // Composer drops a `stable` and what it carries.
            if part.is_some() {
                parts.push(Part::Number(number));
            }
            rest = behind;
        }
        if part.is_none() && !rest.is_empty() {
            return Err(malformed());
        }
    }
    match rest.strip_prefix(['.', '-']).unwrap_or(rest) {
        "" if rest.is_empty() => {}
        "dev" => parts.push(Part::Dev),
        _ => return Err(malformed()),
    }
    parts.push(Part::End);
    Ok(parts)
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len()))
}

impl fmt::Display for ComposerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, fourth] = &self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if !fourth.is_zero() {
            write!(f, ".{fourth}")?;
        }
        let mut last_is_number = false;
        for part in &self.rest {
            match part {
                Part::Dev => f.write_str("-dev")?,
                Part::Alpha => f.write_str("-alpha")?,
                Part::Beta => f.write_str("-beta")?,
                Part::Candidate => f.write_str("-RC")?,
                Part::Patch => f.write_str("-patch")?,
                Part::Number(number) if last_is_number => write!(f, ".{number}")?,
                Part::Number(number) => write!(f, "{number}")?,
                Part::End => {}
            }
            last_is_number = matches!(part, Part::Number(_));
        }
        Ok(())
    }
}
