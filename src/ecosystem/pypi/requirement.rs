//! Requirements on Python packages.

use crate::model::Grammar;
use crate::version::VersionRange;

/// The set of versions that a requirement admits.
///
/// # Errors
/// A sentence without the requirement itself, if the text is none in its grammar.
pub fn range(_text: &str, _grammar: Grammar) -> Result<VersionRange, String> {
    Err("this ecosystem is not read yet".into())
}
