//! Ready queries for engines that already hold audit logs: who sends stale tokens, and who is refused, with the columns that
//! `kubefloor audit` reads.
//!
//! A query is a template beside this file, one for each engine, and [`ENGINES`] says how each writes names, texts and times.
//! In a template `@{…}` stands for a value, once and never again in what was put in its place; a line whose value was not asked for is left
//! out.
//!
//! Traps:
//! - A table, a column or a path is anybody's text. It is always quoted as the engine does, and control characters are refused.
//!   Nothing else that is put in is text: times and numbers are written from their values.
//! - Most engines could not be run here. A query says in its head whether it was run, only parsed, or neither.
//! - What an engine cannot do, such as exact counts of tokens, it leaves out; `kubefloor audit` then knows less, never something wrong.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::platform::{Platforms, WARN_AFTER};

mod engines;
mod quote;

pub use engines::ENGINES;

/// An engine that holds logs.
#[derive(Debug)]
pub struct Engine {
    /// A word for it.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// How sure the query is.
    pub proof: Proof,
    /// What it reads and how it is run, for its head.
    pub about: &'static [&'static str],
    /// The platform that it is mostly used with, whose lifetime counts unless another is asked for.
    pub platform: &'static str,
    template: &'static str,
    /// The template for refused requests.
    refused: &'static str,
    comment: Comment,
    /// What `--table` is there, if it takes one.
    pub table: Option<Table>,
    /// What `--column` is there, if it takes one.
    pub column: Option<Column>,
    /// What `--files` is by default, if it takes one.
    pub files: Option<&'static str>,
    lines: Option<Lines>,
    time: Time,
}

/// What a query has gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Run with this engine on a log with known truth.
    Run(&'static str),
    /// Parsed by this, never run.
    Parsed(&'static str),
    /// Neither.
    Unverified,
}

/// A table, by whatever name: an index, a stream.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The usual one.
    pub usual: &'static str,
    /// Whether a text can be its name.
    is_name: fn(&str) -> bool,
    quote: fn(&str) -> String,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The usual one.
    pub usual: &'static str,
    quote: fn(&str) -> String,
}

/// How a path of files becomes the lines of a log, and how a column of a table does.
#[derive(Clone, Copy, Debug)]
struct Lines {
    of_files: fn(&str) -> String,
    of_table: fn(&str, &str) -> String,
}

#[derive(Clone, Copy, Debug)]
enum Comment {
    /// Up to the end of a line, behind this.
    Line(&'static str),
    /// Between these.
    Block(&'static str),
}

/// How a time is written.
#[derive(Clone, Copy, Debug)]
enum Time {
    /// Seconds since 1970.
    Seconds,
    /// `2026-03-01T10:00:00Z` between these.
    Iso(&'static str, &'static str),
    /// `2026-03-01 10:00:00` between these, in UTC.
    Civil(&'static str, &'static str),
    /// Not in the query: whoever runs it says it.
    Outside,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The table, if not the usual one.
    pub table: Option<String>,
    /// Its column with the events' text.
    pub column: Option<String>,
    /// Files, as a path that may have wildcards.
    pub files: Option<String>,
    /// Events from this time on.
    pub since: Option<Timestamp>,
    /// Events before this time.
    pub until: Option<Timestamp>,
    /// Seconds for which the cluster accepts an extended token.
    pub lifetime: Option<i64>,
    /// Whether requests that were refused are asked for, not stale tokens.
    pub refused: bool,
}

/// Why there is no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The engine has no such option.
    NotTaken(&'static str, &'static str),
    /// Two options of which one is enough.
    Both,
    /// A name that cannot be written there.
    BadName(&'static str),
    /// A time range that ends before it begins.
    Backwards,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotTaken(option, engine) => write!(f, "the query for {engine} takes no `{option}`; leave it out"),
            Refusal::Both => f.write_str("`--files` and `--table` exclude each other; give one of them"),
            Refusal::BadName(option) => {
                write!(
                    f,
                    "the value of `{option}` can be no name there; write one without control characters and empty parts"
                )
            }
            Refusal::Backwards => f.write_str("`--until` is not after `--since`; exchange them"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Engine {
    /// The engine with this id.
    pub fn find(id: &str) -> Option<&'static Engine> {
        ENGINES.iter().find(|engine| engine.id == id)
    }

    /// The lifetime that counts unless another is asked for.
    pub fn usual_lifetime(&self) -> i64 {
        Platforms::built_in().find(self.platform).map_or(crate::platform::EXTENDED, |platform| platform.lifetime)
    }

    /// The query.
    ///
    /// # Errors
    /// If the engine cannot be asked so.
    pub fn write(&self, question: &Question) -> Result<String, Refusal> {
        if let (Some(since), Some(until)) = (question.since, question.until)
            && until <= since
        {
            return Err(Refusal::Backwards);
        }
        let given = [
            ("--table", question.table.is_some(), self.table.is_some()),
            ("--column", question.column.is_some(), self.column.is_some()),
            ("--files", question.files.is_some(), self.files.is_some()),
        ];
        if let Some((option, _, _)) = given.iter().find(|(_, given, taken)| *given && !taken) {
            return Err(Refusal::NotTaken(option, self.name));
        }
        if question.files.is_some() && (question.table.is_some() || question.column.is_some()) {
            return Err(Refusal::Both);
        }
        let table = self.table(question)?;
        let column = self.column(question)?;
        let values = Values {
            source: self.source(question, &table, &column)?,
            table,
            column,
            since: question.since.and_then(|time| self.time.write(time)),
            until: question.until.and_then(|time| self.time.write(time)),
            lifetime: question.lifetime.unwrap_or_else(|| self.usual_lifetime()).to_string(),
        };
        let template = if question.refused { self.refused } else { self.template };
        Ok(self.head(question) + &fill(template, &values))
    }

    fn table(&self, question: &Question) -> Result<String, Refusal> {
        let Some(table) = self.table else { return Ok(String::new()) };
        let name = checked(question.table.as_deref().unwrap_or(table.usual));
        name.filter(|name| (table.is_name)(name)).map(table.quote).ok_or(Refusal::BadName("--table"))
    }

    fn column(&self, question: &Question) -> Result<String, Refusal> {
        let Some(column) = self.column else { return Ok(String::new()) };
        let name = checked(question.column.as_deref().unwrap_or(column.usual));
        name.map(column.quote).ok_or(Refusal::BadName("--column"))
    }

    fn source(&self, question: &Question, table: &str, column: &str) -> Result<String, Refusal> {
        let Some(lines) = self.lines else { return Ok(String::new()) };
        let is_of_table = question.table.is_some() || question.column.is_some();
        match question.files.as_deref().or(self.files.filter(|_| !is_of_table)) {
            Some(files) => checked(files).map(lines.of_files).ok_or(Refusal::BadName("--files")),
            None => Ok((lines.of_table)(table, column)),
        }
    }

    fn head(&self, question: &Question) -> String {
        let what = if question.refused { "who is refused" } else { "who sends stale tokens" };
        let mut lines = vec![format!("kubefloor {}: {what}, for {}", env!("CARGO_PKG_VERSION"), self.name)];
        lines.push(match self.proof {
            Proof::Run(with) => format!("Verified: run with {with}; its rows equal those of `kubefloor audit`."),
            Proof::Parsed(by) => format!("Unverified: parsed by {by}, never run."),
            Proof::Unverified => "Unverified: never run.".to_owned(),
        });
        let with_option = format!("query {} --refused", self.id);
        lines.extend(self.about.iter().map(|line| {
            if !question.refused {
                return (*line).to_owned();
            }
            line.replace(&format!("query {}", self.id), &with_option).replace("seconds after warning threshold", "401")
        }));
        if matches!(self.time, Time::Outside) {
            for (word, time) in [("from", question.since), ("to", question.until)] {
                lines.extend(time.map(|time| format!("Run it for the time {word} {time} ({}).", time.as_second())));
            }
        }
        let lines = lines.into_iter().map(|line| match self.comment {
            Comment::Line(mark) => format!("{mark} {line}\n"),
            Comment::Block(mark) => format!("{mark} {line} {mark}\n"),
        });
        lines.collect()
    }
}

impl Proof {
    /// In a few words.
    pub fn words(self) -> String {
        match self {
            Proof::Run(with) => format!("run with {with}"),
            Proof::Parsed(by) => format!("parsed by {by}, not run"),
            Proof::Unverified => "not run".to_owned(),
        }
    }
}

impl Time {
    fn write(self, time: Timestamp) -> Option<String> {
        let time = Timestamp::from_second(time.as_second()).ok()?;
        match self {
            Time::Seconds => Some(time.as_second().to_string()),
            Time::Iso(before, behind) => Some(format!("{before}{time}{behind}")),
            Time::Civil(before, behind) => {
                let civil = TimeZone::UTC.to_datetime(time);
                Some(format!("{before}{} {}{behind}", civil.date(), civil.time()))
            }
            Time::Outside => None,
        }
    }
}

/// A name without anything that could end a line, and not of dots alone, which lead elsewhere in a path.
fn checked(text: &str) -> Option<&str> {
    let is_wrong = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let is_some = !text.trim_matches(['.', ' ']).is_empty();
    (is_some && !text.contains(is_wrong)).then_some(text)
}

struct Values {
    source: String,
    table: String,
    column: String,
    since: Option<String>,
    until: Option<String>,
    lifetime: String,
}

/// A template with its values.
fn fill(template: &str, values: &Values) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let mut parts = line.split("@{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        let mut is_whole = true;
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let value = match name {
                "source" => Some(values.source.clone()),
                "table" => Some(values.table.clone()),
                "column" => Some(values.column.clone()),
                "since" => values.since.clone(),
                "until" => values.until.clone(),
                "lifetime" => Some(values.lifetime.clone()),
                "warn_after" => Some(WARN_AFTER.to_string()),
                _ => None,
            };
            is_whole &= value.is_some();
            filled.push_str(&value.unwrap_or_default());
            filled.push_str(rest);
        }
        if is_whole {
            text.push_str(&filled);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests;
