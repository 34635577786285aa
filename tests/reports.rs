//! Every form of output is made of a report full of hostile text, parsed back, and held against what it must and must not hold.
//!
//! With `WRITE_REPORTS=FOLDER` the forms of that report are written there, for the programs in `tests/oracles/reports/`.

use std::collections::HashSet;

use jsonschema::Draft;
use kubefloor::audit::event::LegacyUse;
use kubefloor::audit::join::{Fit, How, Join, Joins, Mention, SourceClient};
use kubefloor::audit::picture::{PodUse, SecretUse, StaleUse};
use kubefloor::audit::pods::Pod;
use kubefloor::audit::refused::{RefusedUse, Standing};
use kubefloor::audit::tally::Span as Requests;
use kubefloor::audit::workload::Workload;
use kubefloor::audit::{
    self, Agents, Candidate, Certainty, Filter, Gap, GapKind, Guess, Options, Outlook, Picture, Refresh, Tally,
};
use kubefloor::data::parse_day;
use kubefloor::fix;
use kubefloor::judge::{Severity, Verdict};
use kubefloor::model::{Ecosystem, Files, ProblemKind, Reason, Scope};
use kubefloor::platform::Platforms;
use kubefloor::report::audit::Form as AuditForm;
use kubefloor::report::{
    Base, Entry, Excerpt, FirstLine, Form, Ignored, Place, Problem, Related, Remedy, Replacement, Report, Revision,
};
use kubefloor::rules::{Rule, RuleSet};
use kubefloor::source::{LineCol, SourceText, Span};
use kubefloor::version::VersionRange;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

/// Stands in every hostile text, so that its traces can be found.
const CANARY: &str = "canary";

/// What files, packages and versions may be called by somebody who means harm.
const HOSTILE: &[&str] = &[
    "canary\n::error file=x::forged\r\n::set-output name=findings::0",
    "canary ##[set-output name=findings]0 ##vso[task.complete] ##teamcity[x]",
    "canary%0A::error::forged %3A%2C, a:b",
    "canary \u{1b}[2J\u{1b}]8;;https://evil.example\u{7}link\u{9b}31m\u{202e}\u{200b}\u{feff}\u{0}\u{fffe}",
    "canary</script><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>",
    "canary\" onmouseover=\"alert(1)\" x='y' style=\"background:url(https://evil.example)\"",
    "canary]]><![CDATA[<!-- --><x>&amp;&lt;&#0;&canary;",
    "canary | a \\| b \\\\| c `code` ``x` @everyone #1 [click](javascript:alert(1)) ![x](https://evil.example/i) <b>",
    "canary](1) [x](2) {0} {1}",
    "canary\n\n# heading\n\n| a | b |\n|---|---|\n* * *\nwww.evil.example https://evil.example a@evil.example",
    "=HYPERLINK(\"https://evil.example\",\"canary\")",
    "  +canary,\"x\"\"\n;y",
    "-2+3+cmd|' /C calc'!A0 canary",
    "@SUM(1+1)*cmd canary\t",
    "＝canary",
    "../../canary/../x?y#z%2e",
    "canary größe 🦀 e\u{301} ﷽",
    "canary \u{fffd}\u{fffd}",
];

fn place(text: &str) -> Place {
    let source = SourceText::new(format!("line\n{text}\nnext"));
    let (start, end) = (source.line_start(2), source.line_start(2) + source.line(2).len());
    let bytes = source.line(2).len();
    let utf16 = source.line(2).encode_utf16().count();
    Place {
        path: text.to_owned(),
        start: LineCol { line: 2, column: 1 },
        end: source.line_col(end),
        first_line: FirstLine { utf16: 1..utf16 + 1, bytes: 1..bytes + 1 },
        excerpt: Excerpt::new(&source, Span::new(start, end)),
    }
}

fn entry(text: &str, verdict: Verdict, severity: Severity) -> Entry {
    Entry {
        rule: text.to_owned(),
        verdict,
        reason: Reason::BelowMinimum,
        severity,
        ecosystem: Ecosystem::Golang,
        package: text.to_owned(),
        purl: format!("pkg:golang/{text}"),
        scope: Scope::Runtime,
        direct: Some(true),
        condition: Some(text.to_owned()),
        declared: Some(text.to_owned()),
        selected: Some(text.to_owned()),
        minimum: Some(text.to_owned()),
        place: place(text),
        related: vec![Related { place: place(text), message: text.to_owned() }],
        message: text.to_owned(),
        help: Some(text.to_owned()),
        fix: Some(Remedy {
            text: text.to_owned(),
            to: Some(text.to_owned()),
            breaking: true,
            edits: vec![Replacement { place: place(text), old: text.to_owned(), new: text.to_owned() }],
            refusal: None,
            commands: vec![fix::Command { folder: text.to_owned(), line: text.to_owned() }],
        }),
        line_hash: "0:1".into(),
        new: None,
        owners: vec![text.to_owned(), format!("@{text}")],
        ignored: None,
        fail_on: None,
    }
}

fn texts() -> Vec<String> {
    HOSTILE.iter().map(|text| (*text).to_owned()).collect()
}

fn report(texts: &[String]) -> Report {
    let mut report = Report::new(".", &RuleSet::default(), &Files::default(), &[], []);
    texts[0].clone_into(&mut report.root);
    report.config = Some(texts[0].clone());
    texts[texts.len() - 1].clone_into(&mut report.rules_date);
    let kinds = [
        (Verdict::Incompatible, Severity::Error),
        (Verdict::MaybeIncompatible, Severity::Warning),
        (Verdict::Undetermined, Severity::Note),
        (Verdict::Compatible, Severity::Note),
    ];
    for text in texts {
        for (verdict, severity) in kinds {
            report.clients.push(entry(text, verdict, severity));
        }
        let ignored = Ignored { reason: text.clone(), until: parse_day("2026-12-31"), path: text.clone(), line: 1 };
        let ignored = Entry { ignored: Some(ignored), ..entry(text, Verdict::Incompatible, Severity::Error) };
        report.clients.push(ignored);
        report.add_problem(Problem {
            path: text.clone(),
            at: Some(LineCol { line: 1, column: 1 }),
            kind: ProblemKind::Syntax,
            message: text.clone(),
        });
        report.add_problem(Problem::without_place(text, ProblemKind::Unreadable, text));
        report.add_problem(Problem::without_place(text, ProblemKind::UnusedIgnore, text));
        report.rules.push(Rule {
            id: text.clone(),
            title: text.clone(),
            description: text.clone(),
            date: text.clone(),
            story: None,
            clients: RuleSet::built_in().rules[0].clients.iter().take(2).cloned().collect(),
            not_clients: Vec::new(),
        });
    }
    report
}

/// What no terminal and no log of a CI system may see, in any form.
fn assert_inert(form: Form, output: &str) {
    let ends = if form == Form::Csv { &['\r', '\n'][..] } else { &['\n'][..] };
    for (offset, character) in output.char_indices() {
        let acts = (character.is_control() && !ends.contains(&character) && character != '\t')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' | '\u{fffe}');
        let is_colour = form == Form::Text && character == '\u{1b}' && output[offset + 1..].starts_with('[');
        assert!(!acts || is_colour, "{form:?} holds {character:?} before {:?}", &output[..offset].chars().last());
    }
    for command in ["##[", "##vso[", "##teamcity["] {
        assert!(!output.contains(command), "{form:?} holds {command}");
    }
    if form != Form::Github {
        assert!(
            !output.lines().any(|line| line.trim_start().starts_with("::")),
            "{form:?} has a line that is a command"
        );
    }
}

#[test]
fn every_form_is_inert_and_says_the_same_twice() {
    let texts = texts();
    for form in Form::ALL {
        let output = form.write(&report(&texts));
        assert_inert(*form, &output);
        assert_eq!(output, form.write(&report(&texts)), "{form:?} differs from run to run");
        assert!(output.contains(CANARY), "{form:?} shows nothing of it");
        if let Some(folder) = std::env::var_os("WRITE_REPORTS") {
            let path = std::path::Path::new(&folder).join(format!("hostile.{}", form.word()));
            std::fs::write(path, output).expect("the folder is there");
        }
    }
}

#[test]
fn a_megabyte_drowns_no_form() {
    let long = format!("canary{}", "<|`\"',=".repeat(150_000));
    let report = report(&[long]);
    for form in Form::ALL {
        let output = form.write(&report);
        assert_inert(*form, &output);
        // JSON for programs keeps all of it, and so do paths, which no system lets grow like this.
        let most = match form {
            Form::Json | Form::Sarif | Form::Gitlab | Form::Rdjson => 256 << 20,
            Form::Csv => 4 << 20,
            Form::Text | Form::Github | Form::Markdown | Form::Junit | Form::Html => 256 << 10,
        };
        assert!(output.len() < most, "{form:?} has {} bytes", output.len());
    }
}

#[test]
fn problems_are_in_every_form() {
    let mut report = Report::new(".", &RuleSet::default(), &Files::default(), &[], []);
    report.add_problem(Problem::without_place("some/go.mod", ProblemKind::Binary, "the file is binary"));
    for form in Form::ALL {
        let output = form.write(&report);
        assert!(output.contains("some/go.mod") && output.contains("the file is binary"), "{form:?}: {output}");
    }
}

fn parsed(form: Form) -> Value {
    serde_json::from_str(&form.write(&report(&texts()))).expect("it is JSON")
}

fn schema(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("a schema is JSON")
}

fn assert_valid(draft: Draft, name: &str, document: &Value) {
    let validator = jsonschema::options().with_draft(draft).build(&schema(name)).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(document)
        .take(5)
        .map(|error| format!("{}: {error:.300}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{name}\n{}", wrong.join("\n"));
}

#[test]
fn json_holds_the_texts_unchanged() {
    let document = parsed(Form::Json);
    assert_valid(Draft::Draft202012, "schema/report.schema.json", &document);
    let found: HashSet<&str> =
        document["clients"].as_array().unwrap().iter().filter_map(|client| client["package"].as_str()).collect();
    let texts = texts();
    assert_eq!(found, texts.iter().map(String::as_str).collect());
}

#[test]
fn sarif_follows_the_schema_and_github_s_rules() {
    let document = parsed(Form::Sarif);
    assert_valid(Draft::Draft4, "tests/schemas/sarif-2.1.0.json", &document);
    let run = &document["runs"][0];
    let text = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for place in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(!text(rule.pointer(place).unwrap()).is_empty(), "{place}");
        }
        assert!(text(&rule["name"]).chars().count() <= 255);
        assert!(text(&rule["fullDescription"]["text"]).chars().count() <= 1024);
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), texts().len() * 3);
    let mut prints = HashSet::new();
    for result in results {
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        let location = &result["locations"][0]["physicalLocation"];
        let region = &location["region"];
        assert_eq!(region["startLine"], region["endLine"]);
        assert!(region["endColumn"].as_u64() >= region["startColumn"].as_u64());
        let uri = text(&location["artifactLocation"]["uri"]);
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
        assert!(prints.insert(text(&result["partialFingerprints"]["kubefloor/v1"])));
        assert_only_own_links(&text(&result["message"]["text"]));
    }
    let count = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len();
    assert_eq!(count, texts().len() * 3);
}

#[test]
fn sarif_holds_what_is_ignored_only_where_that_is_asked_for() {
    let mut report = report(&texts());
    report.shows_ignored = true;
    let document: Value = serde_json::from_str(&Form::Sarif.write(&report)).expect("it is JSON");
    assert_valid(Draft::Draft4, "tests/schemas/sarif-2.1.0.json", &document);
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), texts().len() * 4);
    let suppressed: Vec<&Value> = results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), texts().len());
    for result in suppressed {
        let justification = result["suppressions"][0]["justification"].as_str().unwrap();
        assert!(justification.ends_with(" (until 2026-12-31)") && !justification.contains("](1"), "{justification}");
        assert_eq!(result["suppressions"][0]["kind"], "inSource");
    }
}

/// `[words](1)` at the end is ours; in front of it no part of the text may be a link or a placeholder.
fn assert_only_own_links(message: &str) {
    let (text, own) = message.rsplit_once(" See: [").expect("a link to the related place");
    assert!(own.ends_with("](1)."), "{own}");
    assert_eq!(own.replace("\\]", "").matches("](").count(), 1, "{own}");
    assert!(!text.contains("](") && !text.contains("{0}"), "{text}");
}

#[test]
fn gitlab_s_issues_have_fingerprints_of_their_own() {
    let document = parsed(Form::Gitlab);
    assert_valid(Draft::Draft202012, "tests/schemas/gitlab-code-quality.json", &without_dots(document.clone()));
    let issues = document.as_array().unwrap();
    let prints: HashSet<&str> = issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!((issues.len(), prints.len()), (texts().len() * 6, texts().len() * 6));
    let empty = Report::new(".", &RuleSet::default(), &Files::default(), &[], []);
    assert_eq!(Form::Gitlab.write(&empty), "[]\n");
}

/// A file's path cannot begin with `../`, but a hostile text here does.
fn without_dots(mut issues: Value) -> Value {
    for issue in issues.as_array_mut().unwrap() {
        let path = issue["location"]["path"].as_str().unwrap().trim_start_matches("../").to_owned();
        issue["location"]["path"] = path.into();
    }
    issues
}

#[test]
fn rdjson_follows_its_schema() {
    let document = parsed(Form::Rdjson);
    assert_valid(Draft::Draft4, "tests/schemas/rdjson.json", &document);
    let crab = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|diagnostic| diagnostic["location"]["path"].as_str().is_some_and(|path| path.contains('🦀')));
    let end = &crab.unwrap()["location"]["range"]["end"]["column"];
    assert_eq!(end.as_u64(), Some(HOSTILE[16].len() as u64 + 1), "columns are bytes");
}

/// A command, its properties and its message.
type Command = (String, Vec<(String, String)>, String);

/// What a runner reads in a line.
fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, message) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let properties = properties.split(',').map(|pair| {
        let (key, value) = pair.split_once('=').expect("a property has a value");
        (key.to_owned(), unescape(&value.replace("%3A", ":").replace("%2C", ",")))
    });
    Some((name.to_owned(), properties.collect(), unescape(message)))
}

#[test]
fn github_reads_as_many_commands_as_it_shows() {
    let output = Form::Github.write(&report(&texts()));
    let lines: Vec<&str> = output.lines().collect();
    let (summary, commands) = lines.split_last().unwrap();
    assert!(command(summary).is_none() && summary.contains("incompatible"));
    let commands: Vec<_> = commands.iter().map(|line| command(line).expect("every other line is a command")).collect();
    let count = |name| commands.iter().filter(|(found, ..)| found == name).count();
    assert_eq!((count("error"), count("warning"), count("notice")), (9, 10, 9));
    for (name, properties, message) in &commands[..commands.len() - 1] {
        let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
        let whole = ["file", "line", "endLine", "col", "endColumn", "title"];
        assert!(keys == whole || keys == ["file", "line", "title"] || keys == ["file", "title"], "{name} {keys:?}");
        assert!(!message.is_empty() && message.len() < 4096 * 4 && !message.contains('\n'));
    }
    // A percent sign that is there is one when it has been read.
    assert!(commands.iter().any(|(.., message)| message.contains("canary%0A::error::forged")));
    assert!(commands.last().unwrap().2.contains("9 errors, 62 warnings, 10 notices"), "{:?}", commands.last());
}

/// The cells of a row, as GitHub's Markdown splits it.
fn cells(row: &str) -> Vec<&str> {
    let row = row.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")).expect("a row stands between bars");
    row.split('|').map(str::trim).collect()
}

/// What a text in a Markdown cell may consist of besides letters: no character that Markdown or GitHub reads as something.
fn assert_plain_markdown(cell: &str) {
    let mut rest = cell.to_owned();
    for ours in ["<code>", "</code>", "<br>", "**"] {
        rest = rest.replace(ours, "");
    }
    for character in ['<', '>', '*', '_', '`', '[', ']', '\\', '@', '~', '$'] {
        assert!(!rest.contains(character), "{character} in {cell}");
    }
    for (index, _) in rest.match_indices('&') {
        assert!(rest[index..].starts_with("&#"), "{cell}");
    }
    assert_eq!(rest.matches('#').count(), rest.matches("&#").count(), "{cell}");
    assert!(!rest.contains("://") && !rest.contains("www."), "{cell}");
}

#[test]
fn markdown_keeps_its_tables() {
    let output = Form::Markdown.write(&report(&texts()));
    assert!(output.len() < 1000 * 1024);
    let rows: Vec<Vec<&str>> = output.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let count = |cells| rows.iter().filter(|row| row.len() == cells).count();
    assert_eq!(count(5), texts().len() * 3 + 1, "findings");
    assert_eq!(count(3), texts().len() + 1, "ignored ones");
    assert_eq!(count(2), texts().len() * 3 + 2, "problems");
    assert_eq!(rows.len(), count(5) + count(3) + count(2));
    for cell in rows.iter().flatten() {
        assert_plain_markdown(cell);
    }
    for line in output.lines().filter(|line| line.contains(CANARY)) {
        assert!(line.starts_with('|'), "{line:.200}");
    }
}

#[test]
fn markdown_stays_below_the_limit_and_says_what_it_leaves_out() {
    let mut report = report(&texts()[..1]);
    for (count, is_whole) in [(3_000, true), (9_000, false)] {
        report.clients = (0..count)
            .map(|number| {
                let mut entry = entry("x", Verdict::Incompatible, Severity::Error);
                entry.place.path = format!("services/number-{number}/deployment/requirements.txt");
                entry.package = "a-name-of-usual-length".into();
                entry.message = "a sentence that is about as long as those of the judge are as a rule".repeat(4);
                entry
            })
            .collect();
        let output = Form::Markdown.write(&report);
        assert!(output.len() < 1000 * 1024, "{}", output.len());
        let rows = output.lines().filter(|line| line.starts_with("| ❌")).count();
        assert_eq!(rows == count, is_whole, "{rows} of {count}");
        let said = format!("{} more findings did not fit here", count - rows);
        assert_eq!(output.replace(',', "").contains(&said), !is_whole);
        assert!(output.contains("canary"), "the problems are there in any case");
    }
}

#[test]
fn junit_is_xml_and_counts_right() {
    let output = Form::Junit.write(&report(&texts()));
    let mut reader = Reader::from_str(&output);
    let (mut names, mut counts) = (HashSet::new(), [0_usize; 4]);
    let (mut suites, mut said) = (Vec::new(), String::new());
    loop {
        match reader.read_event().expect("it is XML") {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |name: &str| {
                    let found = element.try_get_attribute(name).expect("attributes are well-formed");
                    found.map(|found| {
                        found.normalized_value(quick_xml::XmlVersion::Implicit1_0).expect("they unescape").into_owned()
                    })
                };
                match element.name().as_ref() {
                    "testsuites" => counts[3] = attribute("tests").unwrap().parse().unwrap(),
                    "testsuite" => suites.push(attribute("tests").unwrap().parse::<usize>().unwrap()),
                    "testcase" => {
                        counts[0] += 1;
                        let name = (attribute("classname").unwrap(), attribute("name").unwrap());
                        assert!(names.insert(name.clone()), "{name:?} is there twice");
                    }
                    "failure" => counts[1] += 1,
                    "skipped" => counts[2] += 1,
                    other => panic!("an element {other}"),
                }
            }
            Event::Text(text) => said.push_str(&text),
            Event::GeneralRef(_) | Event::End(_) | Event::Decl(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let count = texts().len();
    assert_eq!(counts, [count * 8, count, count * 6, count * 8]);
    assert_eq!(suites.iter().sum::<usize>(), count * 8);
    assert!(said.matches(CANARY).count() >= count);
}

/// RFC 4180, by the letter.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if is_quoted => {
                is_quoted = false;
                assert!(matches!(characters.peek(), Some(',' | '\r')), "text behind a quoted cell");
            }
            '"' => {
                assert!(cell.is_empty(), "a quote inside of an unquoted cell");
                is_quoted = true;
            }
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {
                assert_eq!(characters.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            character => cell.push(character),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !is_quoted, "the last line ends");
    rows
}

/// Rows of one width whose cells are no formulas to a spreadsheet, and not longer than it takes.
fn assert_plain_table(rows: &[Vec<String>]) {
    for row in rows {
        assert_eq!(row.len(), rows[0].len());
        for cell in row {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']),
                "{cell:.100}"
            );
            assert!(cell.chars().count() <= 32_767);
        }
    }
}

#[test]
fn csv_has_one_width_and_no_formula() {
    let output = Form::Csv.write(&report(&texts()));
    let rows = rows(&output);
    assert_eq!(rows.len(), 1 + texts().len() * 8);
    assert_plain_table(&rows);
}

/// The tags of a page, each with the names and values of its attributes.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut name: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(behind) = rest.strip_prefix('>') {
                rest = behind;
                break;
            }
            if let Some(behind) = rest.strip_prefix("/>") {
                rest = behind;
                break;
            }
            let key: String = rest.chars().take_while(|c| !c.is_whitespace() && !matches!(c, '=' | '>')).collect();
            rest = &rest[key.len()..];
            let mut value = String::new();
            if let Some(behind) = rest.strip_prefix("=\"") {
                let end = behind.find('"').expect("a value ends");
                behind[..end].clone_into(&mut value);
                rest = &behind[end + 1..];
            }
            assert!(!key.is_empty(), "an attribute in <{name}>");
            attributes.push((key, value));
        }
        if name.ends_with('/') {
            name.pop();
        }
        if name == "style" {
            rest = &rest[rest.find("</style>").expect("the style ends")..];
        }
        tags.push((name, attributes));
    }
    tags
}

#[test]
fn html_takes_no_tag_attribute_or_address_from_a_file() {
    assert_own_html(&Form::Html.write(&report(&texts())));
}

/// A page all of whose tags, attributes and addresses are ours.
fn assert_own_html(output: &str) {
    const TAGS: &[&str] = &[
        "!DOCTYPE", "html", "head", "meta", "br", "title", "style", "body", "header", "h1", "h2", "h3", "h4", "p",
        "svg", "rect", "ul", "li", "b", "strong", "small", "nav", "a", "main", "section", "label", "input", "article",
        "span", "pre", "mark", "code", "div", "table", "thead", "tbody", "tr", "th", "td", "colgroup", "col",
        "details", "summary",
    ];
    const ATTRIBUTES: &[&str] = &[
        "html",
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "viewBox",
        "preserveAspectRatio",
        "role",
        "aria-label",
        "x",
        "y",
        "width",
        "height",
        "href",
        "id",
        "type",
        "checked",
        "scope",
        "colspan",
    ];
    let mut open: Vec<String> = Vec::new();
    for (name, attributes) in tags(output) {
        let bare = name.trim_start_matches('/');
        assert!(TAGS.contains(&bare), "a tag <{name}>");
        for (key, value) in &attributes {
            assert!(ATTRIBUTES.contains(&key.as_str()), "an attribute {key} of <{name}>");
            assert!(!value.contains(CANARY), "{key} of <{name}> comes from a file: {value}");
            assert!(key != "href" || value.starts_with('#'), "a link to {value}");
        }
        if name.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(bare), "tags are nested");
        } else if !matches!(bare, "!DOCTYPE" | "meta" | "br" | "rect" | "input" | "col") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(output.contains("default-src 'none'"));
    let style = output.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    assert!(!style.contains("url(") && !style.contains("@import"));
    for start in output.match_indices('&').map(|(start, _)| &output[start + 1..]) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|name| start.starts_with(name)), "{start:.20}");
    }
}

#[test]
fn what_a_base_is_called_does_nothing_either() {
    for text in HOSTILE {
        for is_there in [true, false] {
            let mut report = report(&["canary".to_owned()]);
            report.revision = Some(Revision { name: (*text).to_owned(), commit: "0".repeat(40) });
            let (name, why) = ((*text).to_owned(), Some((*text).to_owned()));
            report.base = Some(Base { name, commit: None, is_there, why });
            if is_there {
                for (index, entry) in report.clients.iter_mut().take(3).enumerate() {
                    entry.new = Some(index % 2 == 0);
                }
            }
            for form in Form::ALL {
                assert_inert(*form, &form.write(&report));
            }
            assert_own_html(&Form::Html.write(&report));
            let json = |form: Form| serde_json::from_str::<Value>(&form.write(&report)).expect("it is JSON");
            assert_valid(Draft::Draft202012, "schema/report.schema.json", &json(Form::Json));
            let sarif = json(Form::Sarif);
            assert_valid(Draft::Draft4, "tests/schemas/sarif-2.1.0.json", &sarif);
            let notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
            assert!(notes.iter().all(|note| !note["message"]["text"].as_str().unwrap().contains("](")));
            let markdown = Form::Markdown.write(&report);
            for line in markdown.lines().filter(|line| !line.starts_with(['|', '#'])) {
                assert_plain_markdown(line);
            }
            let github = Form::Github.write(&report);
            let (commands, summary) = github.trim_end().rsplit_once('\n').expect("more than one line");
            assert!(command(summary).is_none(), "{summary}");
            for line in commands.lines() {
                assert!(command(line).is_some(), "{line}");
            }
        }
    }
}

/// What an audit's forms have the manners of.
fn like(form: AuditForm) -> Form {
    match form {
        AuditForm::Text => Form::Text,
        AuditForm::Json => Form::Json,
        AuditForm::Csv => Form::Csv,
        AuditForm::Markdown => Form::Markdown,
        AuditForm::Html => Form::Html,
    }
}

fn guess(text: &str) -> Guess {
    let candidate = Candidate {
        ecosystem: Ecosystem::Pypi,
        package: text.to_owned(),
        version: Some(text.to_owned()),
        is_exact: true,
        versions: VersionRange::none(),
        judgement: None,
        heals: false,
        advice: Some(text.to_owned()),
    };
    Guess {
        certainty: Certainty::Certain,
        verdict: Verdict::Incompatible,
        candidates: vec![candidate],
        note: Some(text.to_owned()),
    }
}

fn joins(text: &str) -> Joins {
    let at = LineCol { line: 2, column: 1 };
    let place = |(how, fit): (&How, &Fit)| Join {
        how: *how,
        fit: *fit,
        scan: text.to_owned(),
        client: (*fit != Fit::Missing).then(|| SourceClient {
            ecosystem: Ecosystem::Pypi,
            package: text.to_owned(),
            selected: Some(text.to_owned()),
            declared: Some(text.to_owned()),
            scope: Scope::Runtime,
            verdict: Verdict::Incompatible,
            help: Some(text.to_owned()),
            path: text.to_owned(),
            at,
        }),
        manifest: Some(Mention {
            path: text.to_owned(),
            at,
            account: text.to_owned(),
            namespace: Some(text.to_owned()).filter(|_| *fit == Fit::Same),
            kind: Some(text.to_owned()),
            name: Some(text.to_owned()),
            is_account: false,
        }),
        is_nearest: *fit != Fit::Possible,
    };
    let ways = How::ALL.iter().flat_map(|how| Fit::ALL.iter().map(move |fit| (how, fit)));
    Joins { places: ways.map(place).collect(), left_out: 7 }
}

/// A picture full of hostile text: five workloads, a refused client, a secret, a gap and a problem for each.
fn picture(texts: &[String]) -> Picture {
    let options = Options {
        platform: None,
        lifetime: None,
        pods: None,
        rules: RuleSet::built_in(),
        agents: Agents::built_in(),
        platforms: Platforms::built_in(),
    };
    let mut picture = Picture::new(&Tally::new(Filter::default()), &options, 1, Vec::new());
    picture.seen.span = Some((1_700_000_000, 1_772_359_200));
    picture.scans = texts.to_vec();
    picture.gaps.clear();
    texts[0].clone_into(&mut picture.lifetime.name);
    picture.lifetime.note = Some(texts[0].clone());
    for text in texts {
        let workload = Workload { kind: text.clone(), name: text.clone(), is_guess: true };
        let times = Some((1_700_000_000, 1_772_359_200));
        for (index, outlook) in Outlook::ALL.iter().enumerate() {
            let breaks = [None, Some(1_800_000_000), Some(i64::MAX), Some(-1), Some(1_700_000_001)][index];
            picture.stale.push(StaleUse {
                subject: text.clone(),
                namespace: Some(text.clone()).filter(|_| index > 0),
                account: Some(text.clone()),
                workload: Some(workload.clone()),
                pods: vec![PodUse {
                    name: text.clone(),
                    is_address: false,
                    issued: Some(1_699_000_000),
                    tokens: 1,
                    times,
                    refresh: Refresh::Never,
                    breaks,
                    exists: None,
                }],
                user_agent: Some(text.clone()),
                library: guess(text),
                events: 1,
                requests: u64::MAX,
                is_exact: false,
                tokens: 1,
                times,
                age: i64::MAX,
                refresh: Refresh::Never,
                addresses: vec![text.clone()],
                has_more_addresses: true,
                refused: None,
                images: [text.clone()].into(),
                outlook: *outlook,
                breaks,
                source: Some(joins(text)),
            });
        }
        picture.refused.push(RefusedUse {
            address: text.clone(),
            user_agent: Some(text.clone()),
            library: guess(text),
            span: Requests { events: 1, times },
            pod: Some(Pod {
                namespace: text.clone(),
                name: text.clone(),
                account: text.clone(),
                workload,
                images: [text.clone()].into(),
            }),
            standing: Standing::Ours,
            one_of: picture.stale.iter().map(StaleUse::suspect).collect(),
            source: Some(joins(text)),
        });
        picture.legacy.push(SecretUse {
            username: text.clone(),
            legacy: LegacyUse::ALL[0],
            secret: Some(text.clone()),
            user_agent: Some(text.clone()),
            span: Requests { events: 1, times },
        });
        picture.gaps.push(Gap { kind: GapKind::NoEvents, message: text.clone(), hides: true });
        picture.problems.push(audit::Problem { path: text.clone(), line: Some(1), message: text.clone() });
        picture.readiness.reasons.push(text.clone());
        picture.readiness.missing.push(text.clone());
        picture.readiness.caveats.push(text.clone());
    }
    picture
}

#[test]
fn every_form_of_an_audit_is_inert() {
    let picture = picture(&texts());
    for form in AuditForm::ALL {
        let output = form.write(&picture, true);
        assert_inert(like(*form), &output);
        assert!(output.contains(CANARY), "{form:?} shows nothing of it");
    }
}

#[test]
fn a_megabyte_drowns_no_form_of_an_audit() {
    let picture = picture(&[format!("canary{}", "<|`\"',=".repeat(150_000))]);
    // JSON for programs keeps all of it.
    for form in [AuditForm::Text, AuditForm::Csv, AuditForm::Markdown, AuditForm::Html] {
        let output = form.write(&picture, true);
        assert_inert(like(form), &output);
        let most = if form == AuditForm::Csv { 128 << 20 } else { 1 << 20 };
        assert!(output.len() < most, "{form:?} has {} bytes", output.len());
    }
}

#[test]
fn an_audit_as_json_holds_the_texts_unchanged() {
    let document: Value = serde_json::from_str(&AuditForm::Json.write(&picture(&texts()), true)).expect("it is JSON");
    assert_valid(Draft::Draft202012, "schema/audit.schema.json", &document);
    let stale = document["stale"].as_array().expect("a list");
    let paths = stale.iter().filter_map(|one| one["source"]["places"][0]["client"]["path"].as_str());
    let found: HashSet<&str> = paths.collect();
    assert_eq!(found, texts().iter().map(String::as_str).collect());
}

#[test]
fn an_audit_as_csv_has_one_width_and_no_formula() {
    let rows = rows(&AuditForm::Csv.write(&picture(&texts()), true));
    let places = How::ALL.len() * Fit::ALL.len();
    assert_eq!(rows.len(), 1 + texts().len() * (6 * places + 3));
    assert_plain_table(&rows);
}

#[test]
fn an_audit_as_markdown_keeps_its_tables() {
    let output = AuditForm::Markdown.write(&picture(&texts()), true);
    assert!(output.len() < 1000 * 1024);
    let rows: Vec<Vec<&str>> = output.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let count = |cells| rows.iter().filter(|row| row.len() == cells).count();
    assert_eq!(count(5), texts().len() * 5 + 1, "workloads");
    assert_eq!(count(3), texts().len() * 2 + 2, "refused ones and secrets");
    assert_eq!(count(2), texts().len() * 2 + 2, "gaps and problems");
    assert_eq!(rows.len(), count(5) + count(3) + count(2));
    for cell in rows.iter().flatten() {
        assert_plain_markdown(cell);
    }
    for line in output.lines().filter(|line| !line.starts_with(['|', '#'])) {
        assert_plain_markdown(line);
    }
}

#[test]
fn an_audit_as_html_takes_no_tag_attribute_or_address_from_a_log() {
    let output = AuditForm::Html.write(&picture(&texts()), true);
    assert_own_html(&output);
    for (name, attributes) in tags(&output) {
        for (key, value) in attributes.iter().filter(|(key, _)| name == "rect" && key != "class") {
            let number: f64 = value.parse().unwrap_or_else(|_| panic!("{key} is {value}"));
            assert!((0.0..=100.0).contains(&number), "{key} is {value}");
        }
    }
}
