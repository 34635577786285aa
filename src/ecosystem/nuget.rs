//! NuGet packages.

pub mod condition;
pub mod csproj;
pub mod expression;
pub mod msbuild;
pub mod msbuild_props;
pub mod nuspec;
pub mod packages_config;
pub mod packages_lock_json;
pub mod paket_dependencies;
pub mod paket_lock;
pub mod project_assets_json;
pub mod requirement;
pub mod resolve;
pub mod version;

use crate::ecosystem::xml::Attribute;
use crate::model::Format;
use crate::source::Span;

/// The formats that name NuGet packages.
pub const FORMATS: &[&Format] = &[
    &csproj::FORMAT,
    &msbuild_props::FORMAT,
    &packages_config::FORMAT,
    &packages_lock_json::FORMAT,
    &project_assets_json::FORMAT,
    &nuspec::FORMAT,
    &paket_dependencies::FORMAT,
    &paket_lock::FORMAT,
];

/// The text of an attribute without the blanks at its ends, and where it stands; `None` where it is blank.
fn requirement_text<'a>(attribute: &'a Attribute, text: &str) -> Option<(&'a str, Span)> {
    let value = attribute.value.trim();
    (!value.is_empty()).then(|| (value, trimmed(attribute.span, text)))
}

/// A place without the blanks at its ends.
fn trimmed(span: Span, text: &str) -> Span {
    let inside = text.get(span.start..span.end).unwrap_or_default();
    let start = span.start + inside.len() - inside.trim_start().len();
    Span::new(start, start + inside.trim().len())
}

/// A package's number as the graph holds it.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
