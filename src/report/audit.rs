//! The forms of an audit's [`Picture`](crate::audit::Picture): each a function from it to text.

pub mod json;
pub mod text;

use jiff::Timestamp;

/// A time as RFC 3339, to the second.
fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
