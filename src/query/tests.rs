//! That names stay names whatever they hold, and that each template is filled wholly.

use std::collections::BTreeSet;

use super::*;

/// What somebody who means harm would give for a name.
const HOSTILE: &[&str] = &[
    "audit'); DROP TABLE audit; --",
    "a'b",
    "a\"b",
    "a`b",
    "a\\",
    "a\\'; SELECT 1; --",
    "a\\\"} |= `x`",
    "\\\\' OR 1=1",
    "x\"; | delete index=main",
    "job=\"} or vector(1)",
    "a]b['c",
    "``` | collect index=x ```",
    "*/ x /*",
    "-- x",
    "@{since} @{lifetime} @{table}",
    "$(touch x) `touch x`",
    "../../_cluster/settings?x=1#y z%2e",
    "größe 🦀",
    " ",
    "a b",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn asked(table: Option<&str>, column: Option<&str>, files: Option<&str>) -> Question {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Question { table: owned(table), column: owned(column), files: owned(files), ..Question::default() }
}

/// A piece of text between marks as the engine would read it, and what is behind.
fn read(text: &str, mark: char, doubles: bool) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix(mark)?.char_indices().peekable();
    let mut out = String::new();
    while let Some((at, c)) = chars.next() {
        if !doubles && c == '\\' {
            out.push(chars.next()?.1);
        } else if doubles && c == mark && chars.peek().is_some_and(|(_, next)| *next == mark) {
            chars.next();
            out.push(mark);
        } else if c == mark {
            return Some((out, &text[mark.len_utf8() + at + mark.len_utf8()..]));
        } else {
            out.push(c);
        }
    }
    None
}

/// The parts of a name between dots, read to its end.
fn read_parts(mut text: &str, mark: char, doubles: bool) -> Option<String> {
    let mut parts = Vec::new();
    loop {
        let (part, rest) = read(text, mark, doubles)?;
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(rest) => text = rest,
            None => return rest.is_empty().then(|| parts.join(".")),
        }
    }
}

fn read_whole(text: &str, mark: char, doubles: bool) -> Option<String> {
    read(text, mark, doubles).filter(|(_, rest)| rest.is_empty()).map(|(text, _)| text)
}

#[test]
fn what_is_quoted_is_read_as_it_was() {
    for name in HOSTILE {
        let found = [
            read_whole(&quote::sql_text(name), '\'', true),
            read_parts(&quote::sql_name(name), '"', true),
            read_whole(&quote::sql_column(name), '"', true),
            read_whole(&quote::clickhouse_text(name), '\'', false),
            read_parts(&quote::clickhouse_name(name), '`', false),
            read_whole(&quote::clickhouse_column(name), '`', false),
            read_whole(&quote::bigquery_name(name), '`', false),
            read_whole(&quote::splunk_text(name), '"', false),
        ];
        for (index, found) in found.iter().enumerate() {
            assert_eq!(found.as_deref(), Some(*name), "{index}");
        }
        let kusto = quote::kusto_name(name);
        let inner = kusto.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        assert_eq!(inner.and_then(|inner| read_whole(inner, '\'', false)).as_deref(), Some(*name));
        let loki = quote::loki_matcher(name);
        let (label, value) = loki.split_once('=').unwrap();
        assert_eq!(label, "job");
        let value = read_whole(value, '"', false).unwrap();
        assert!(value == *name || format!("job={value}") == *name, "{value}");
        let index = quote::elastic_index(name);
        assert!(index.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.*,~%".contains(&byte)), "{index}");
    }
    assert!(quote::is_splunk_index("k8s_audit-*") && !quote::is_splunk_index("a b") && !quote::is_splunk_index("`x`"));
    assert_eq!(quote::kusto_name("AKSAudit"), "AKSAudit");
    assert_eq!(quote::loki_matcher("namespace=kube=x"), "namespace=\"kube=x\"");
}

/// But for the one place where it must stand, a query with a hostile name is the one with a plain name.
#[test]
fn a_name_changes_nothing_but_itself() {
    for engine in ENGINES {
        let plain = "plain_name";
        for name in HOSTILE.iter().filter(|name| !name.trim().is_empty()) {
            let name = (*name).to_owned();
            let cases: [(bool, Question, Question); 3] = [
                (engine.table.is_some(), asked(Some(&name), None, None), asked(Some(plain), None, None)),
                (engine.column.is_some(), asked(None, Some(&name), None), asked(None, Some(plain), None)),
                (engine.files.is_some(), asked(None, None, Some(&name)), asked(None, None, Some(plain))),
            ];
            for (is_taken, hostile, harmless) in cases {
                if !is_taken {
                    assert!(matches!(engine.write(&hostile), Err(Refusal::NotTaken(_, _))));
                    continue;
                }
                let is_name = engine.table.is_none_or(|table| (table.is_name)(&name));
                if hostile.table.is_some() && !is_name {
                    assert_eq!(engine.write(&hostile), Err(Refusal::BadName("--table")));
                    continue;
                }
                let quoted = |name: &str| {
                    let table = engine.table.map_or(String::new(), |table| (table.quote)(name));
                    let column = engine.column.map_or(String::new(), |column| (column.quote)(name));
                    let files = engine.lines.map_or(String::new(), |lines| (lines.of_files)(name));
                    [
                        (hostile.table.is_some(), table),
                        (hostile.column.is_some(), column),
                        (hostile.files.is_some(), files),
                    ]
                    .into_iter()
                    .find(|(is_asked, _)| *is_asked)
                    .map(|(_, quoted)| quoted)
                    .unwrap()
                };
                let query =
                    engine.write(&hostile).unwrap_or_else(|refusal| panic!("{} {name:?}: {refusal}", engine.id));
                let expected = engine.write(&harmless).unwrap();
                assert!(query.contains(&quoted(&name)), "{query}");
                assert_eq!(query.replace(&quoted(&name), "@"), expected.replace(&quoted(plain), "@"), "{}", engine.id);
            }
        }
    }
}

#[test]
fn a_name_that_cannot_be_is_refused() {
    for name in ["", "  ", ".", "..", "a\nb", "a\r", "\u{0}", "a\tb", "\u{85}", "a\u{2028}b"] {
        for engine in ENGINES.iter().filter(|engine| engine.table.is_some()) {
            assert_eq!(engine.write(&asked(Some(name), None, None)), Err(Refusal::BadName("--table")), "{name:?}");
        }
        for engine in ENGINES.iter().filter(|engine| engine.files.is_some()) {
            assert_eq!(engine.write(&asked(None, None, Some(name))), Err(Refusal::BadName("--files")), "{name:?}");
            assert_eq!(engine.write(&asked(None, Some(name), None)), Err(Refusal::BadName("--column")), "{name:?}");
        }
    }
    let athena = Engine::find("athena").unwrap();
    for name in ["a..b", ".a", "a.", "a. .b"] {
        assert_eq!(athena.write(&asked(Some(name), None, None)), Err(Refusal::BadName("--table")), "{name}");
    }
    let duckdb = Engine::find("duckdb").unwrap();
    assert_eq!(duckdb.write(&asked(Some("a"), None, Some("b"))), Err(Refusal::Both));
    assert_eq!(duckdb.write(&asked(None, Some("a"), Some("b"))), Err(Refusal::Both));
}

#[test]
fn each_query_is_whole() {
    let ids: BTreeSet<&str> = ENGINES.iter().map(|engine| engine.id).collect();
    assert_eq!(ids.len(), ENGINES.len());
    for engine in ENGINES {
        let between = Question {
            since: Some(at("2026-03-01T10:00:00.75Z")),
            until: Some(at("2026-04-01T00:00:00Z")),
            lifetime: Some(123_456),
            ..Question::default()
        };
        let (all, some) = (engine.write(&Question::default()).unwrap(), engine.write(&between).unwrap());
        for query in [&all, &some] {
            assert!(!query.contains("@{") && query.ends_with('\n'), "{query}");
            assert!(query.lines().all(|line| line.trim_end() == line), "{query}");
            assert_eq!(query.lines().nth(1).unwrap().contains("Verified"), matches!(engine.proof, Proof::Run(_)));
        }
        for refused in
            [&Question { refused: true, ..Question::default() }, &Question { refused: true, ..between.clone() }]
        {
            let query = engine.write(refused).unwrap();
            assert!(!query.contains("@{") && query.contains("401") && query.contains("who is refused"), "{query}");
            assert!(!query.contains("123456") && !query.contains("3607"), "{query}");
        }
        // The lifetime is in it, unless it leaves the sums to others.
        let sums = all.contains("max_seconds");
        assert_eq!(all.contains(&engine.usual_lifetime().to_string()), sums, "{}", engine.id);
        assert_eq!(some.contains("123456"), sums, "{}", engine.id);
        assert_eq!(all.contains("3607"), sums, "{}", engine.id);
        // And so is the time.
        let start =
            if matches!(engine.time, Time::Civil(_, _)) { "2026-03-01 10:00:00" } else { "2026-03-01T10:00:00Z" };
        assert!(some.contains(start) || some.contains("1772359200"), "{some}");
        assert!(!some.contains("10:00:00.75'"), "{some}");
        assert!(all.lines().count() <= some.lines().count());
    }
}

#[test]
fn columns_have_the_names_that_audits_read() {
    let columns = [
        "subject",
        "pod",
        "user_agent",
        "requests",
        "max_seconds",
        "issued_first",
        "issued_last",
        "first_seen",
        "last_seen",
    ];
    for engine in ENGINES {
        let query = engine.write(&Question::default()).unwrap();
        if query.contains("max_seconds") {
            assert!(columns.iter().all(|column| query.contains(column)), "{}", engine.id);
            let query = engine.write(&Question { refused: true, ..Question::default() }).unwrap();
            let columns = ["code", "user_agent", "source_ip", "requests", "first_seen", "last_seen"];
            assert!(columns.iter().all(|column| query.contains(column)), "{}", engine.id);
        }
    }
}

#[test]
fn a_time_range_has_a_length() {
    let question = Question {
        since: Some(at("2026-03-01T00:00:00Z")),
        until: Some(at("2026-03-01T00:00:00Z")),
        ..Question::default()
    };
    assert_eq!(ENGINES[0].write(&question), Err(Refusal::Backwards));
}
