//! Data files that the program takes its facts from: TOML whose tables know their keys, so that what is wrong in a file is an
//! error with its place and what to write instead, and nothing is passed over.

mod day;
mod error;
mod table;

pub use day::{Day, parse_day};
pub use error::{Fault, RuleError};
pub use table::{Refused, Shape, Table, Text, document};
