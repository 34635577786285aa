//! The forms of an audit's [`Picture`]: each a function from it to text.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod scanned;
mod source;
pub mod text;
mod words;

use jiff::Timestamp;

use crate::audit::Picture;
use crate::model::words;

words! {
    /// A form of output.
    Form {
        /// For people.
        Text = "text",
        /// For programs.
        Json = "json",
        /// A table.
        Csv = "csv",
        /// For summaries and comments.
        Markdown = "markdown",
        /// A page.
        Html = "html",
    }
}

impl Form {
    /// What it is, for whoever chooses.
    pub fn what(self) -> &'static str {
        match self {
            Form::Text => "For people",
            Form::Json => "For programs: one document, described by schema/audit.schema.json",
            Form::Csv => "A table for spreadsheets: who breaks when, and each place in source that it can come from",
            Form::Markdown => "Tables for a job summary, a comment or a wiki",
            Form::Html => "One page for people, with a timeline of what breaks when; needs no network",
        }
    }

    /// A picture in this form; with the answer to the question of the extension, if that was asked.
    pub fn write(self, picture: &Picture, with_answer: bool) -> String {
        match self {
            Form::Text => text::write(picture, with_answer),
            Form::Json => json::write(picture),
            Form::Csv => csv::write(picture),
            Form::Markdown => markdown::write(picture, with_answer),
            Form::Html => html::write(picture, with_answer),
        }
    }
}

/// A time as RFC 3339, to the second.
fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
