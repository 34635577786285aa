//! What an audit takes over from a scan: its clients, from a report of the same run or from one in JSON that an earlier run wrote.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::audit::{Scanned, SourceClient};
use crate::judge::Verdict;
use crate::model::{Ecosystem, Scope};
use crate::report::Report;
use crate::report::known::word;
use crate::source::LineCol;

/// The clients of a report.
pub fn of_report(name: &str, report: &Report) -> Scanned {
    let clients = report.clients.iter().map(|entry| SourceClient {
        ecosystem: entry.ecosystem,
        package: entry.package.clone(),
        selected: entry.selected.clone(),
        declared: entry.declared.clone(),
        scope: entry.scope,
        verdict: entry.verdict,
        help: entry.help.clone(),
        path: entry.place.path.clone(),
        at: entry.place.start,
    });
    Scanned { name: name.to_owned(), root: report.root.clone(), clients: clients.collect(), mentions: Vec::new() }
}

/// The part of a report in JSON that is joined.
#[derive(Deserialize)]
struct Document {
    schema_version: u32,
    root: String,
    findings: IgnoredAny,
    clients: Vec<Client>,
}

#[derive(Deserialize)]
struct Client {
    ecosystem: String,
    package: String,
    selected: Option<String>,
    declared: Option<String>,
    scope: String,
    verdict: String,
    help: Option<String>,
    path: String,
    line: usize,
    column: usize,
}

/// The clients of a report in JSON.
///
/// # Errors
/// A sentence on why the text is no such report.
pub fn read(name: &str, text: &str) -> Result<Scanned, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let IgnoredAny = document.findings;
    if document.schema_version != crate::report::json::SCHEMA_VERSION {
        return Err(format!("its `schema_version` is {}", document.schema_version));
    }
    let clients = document.clients.into_iter().map(|client| {
        Ok(SourceClient {
            ecosystem: word(Ecosystem::ALL, Ecosystem::word, &client.ecosystem)?,
            package: client.package,
            selected: client.selected,
            declared: client.declared,
            scope: word(Scope::ALL, Scope::word, &client.scope)?,
            verdict: word(Verdict::ALL, Verdict::word, &client.verdict)?,
            help: client.help,
            path: client.path,
            at: LineCol { line: client.line, column: client.column },
        })
    });
    let clients = clients.collect::<Result<Vec<_>, String>>()?;
    Ok(Scanned { name: name.to_owned(), root: document.root, clients, mentions: Vec::new() })
}
