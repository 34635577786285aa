//! The report as `JUnit`'s XML, for the test pages of CI systems: a suite for each manifest, a case for each client, good
//! ones too, so that an empty page does not mean that nothing ran.
//!
//! A case fails where the client makes the run fail (`--fail-on`); a milder finding, one that was known before, and what could
//! not be read, is skipped with its message, and what is ignored with the reason. Only attributes that Jenkins' schema knows are
//! used, and no times.
//!
//! Trap: XML 1.0 cannot hold control characters, in no spelling; [`super::neutral`] leaves none.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::neutral::brief;
use super::{Entry, Report};
use crate::judge::Verdict;

/// Most characters of an attribute.
const MAX_TEXT: usize = 2000;

/// What became of a case.
enum Outcome {
    Passed,
    Failed { kind: &'static str, message: String, text: String },
    Skipped { message: String },
}

struct Case {
    name: String,
    outcome: Outcome,
}

/// The report as `JUnit`'s XML.
///
/// # Panics
/// Never: writing into memory does not fail.
pub fn write(report: &Report) -> String {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for entry in &report.clients {
        suites.entry(report.from_repository(&entry.place.path)).or_default().push(case(report, entry));
    }
    for problem in &report.problems {
        let at = problem.at.map_or(String::new(), |at| format!("{}:{}: ", at.line, at.column));
        let message = format!("{at}{} ({})", brief(&problem.message, MAX_TEXT), problem.kind.word());
        let case = Case { name: "the file is read whole".into(), outcome: Outcome::Skipped { message } };
        suites.entry(report.from_repository(&problem.path)).or_default().push(case);
    }
    for cases in suites.values_mut() {
        number(cases);
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    document(&mut writer, &suites).expect("memory takes everything");
    let mut text = String::from_utf8(writer.into_inner()).expect("only text was written");
    text.push('\n');
    text
}

fn case(report: &Report, entry: &Entry) -> Case {
    let place = &entry.place;
    let name = brief(&entry.package, MAX_TEXT);
    let message = format!("{}: {}", entry.verdict.title(), brief(&entry.message, MAX_TEXT));
    let mut help = entry.help.as_ref().map_or(String::new(), |help| format!("; {}", brief(help, MAX_TEXT)));
    if let Some(owners) = entry.owned_by() {
        let _ = write!(help, "; {}", brief(&owners, MAX_TEXT));
    }
    let outcome = if report.is_failure(entry) {
        let path = brief(&report.from_repository(&place.path), MAX_TEXT);
        let text = format!("{path}:{}:{}: {message}{help}", place.start.line, place.start.column);
        Outcome::Failed { kind: entry.reason.word(), message, text }
    } else if let Some(ignored) = &entry.ignored {
        let message = format!("ignored: {} ({message})", brief(&ignored.reason, MAX_TEXT));
        Outcome::Skipped { message: format!("{}:{}: {message}", place.start.line, place.start.column) }
    } else if entry.verdict == Verdict::Compatible || entry.severity < report.least {
        Outcome::Passed
    } else {
        let known = if entry.is_known() { "known before, " } else { "" };
        Outcome::Skipped { message: format!("{}:{}: {known}{message}{help}", place.start.line, place.start.column) }
    };
    Case { name, outcome }
}

/// Tells cases of one name apart. Names hold neither version nor line, so that a case keeps its history.
fn number(cases: &mut [Case]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for case in cases {
        let count = counts.entry(case.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(case.name, " ({count})");
        }
    }
}

fn document(writer: &mut Writer<Vec<u8>>, suites: &BTreeMap<String, Vec<Case>>) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", env!("CARGO_PKG_NAME")));
    counts(&mut root, || suites.values().flatten());
    writer.write_event(Event::Start(root))?;
    for (path, cases) in suites {
        let path = brief(path, MAX_TEXT);
        let mut suite = BytesStart::new("testsuite");
        suite.push_attribute(("name", path.as_str()));
        counts(&mut suite, || cases.iter());
        let skipped = cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped { .. })).count();
        suite.push_attribute(("skipped", skipped.to_string().as_str()));
        writer.write_event(Event::Start(suite))?;
        for case in cases {
            write_case(writer, &path, case)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn counts<'a, I: Iterator<Item = &'a Case>>(element: &mut BytesStart<'_>, cases: impl Fn() -> I) {
    let failures = cases().filter(|case| matches!(case.outcome, Outcome::Failed { .. })).count();
    element.push_attribute(("tests", cases().count().to_string().as_str()));
    element.push_attribute(("failures", failures.to_string().as_str()));
    element.push_attribute(("errors", "0"));
}

fn write_case(writer: &mut Writer<Vec<u8>>, path: &str, case: &Case) -> std::io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("classname", path));
    element.push_attribute(("name", case.name.as_str()));
    match &case.outcome {
        Outcome::Passed => writer.write_event(Event::Empty(element)),
        Outcome::Failed { kind, message, text } => {
            let mut failure = BytesStart::new("failure");
            failure.push_attribute(("type", *kind));
            failure.push_attribute(("message", message.as_str()));
            writer.write_event(Event::Start(element))?;
            writer.write_event(Event::Start(failure))?;
            writer.write_event(Event::Text(BytesText::new(text)))?;
            writer.write_event(Event::End(BytesEnd::new("failure")))?;
            writer.write_event(Event::End(BytesEnd::new("testcase")))
        }
        Outcome::Skipped { message } => {
            let mut skipped = BytesStart::new("skipped");
            skipped.push_attribute(("message", message.as_str()));
            writer.write_event(Event::Start(element))?;
            writer.write_event(Event::Empty(skipped))?;
            writer.write_event(Event::End(BytesEnd::new("testcase")))
        }
    }
}
