//! Logs that are broken, odd or made to do harm: nothing panics, nothing grows, nothing is believed that a client wrote, and what is
//! lost is counted.

#![allow(clippy::cast_possible_truncation, reason = "the numbers are small, and made here")]

use std::io::{self, Read};

use base64::Engine as _;
use kubefloor::audit::{self, Filter, GapKind, Picture, Tally};
use kubefloor::logs::{self, Progress};
use kubefloor::report::audit::{json, text};
use serde::Serialize as _;
use serde_json::{Value, json};

mod audit_options;
#[path = "audit_logs/generator.rs"]
#[allow(dead_code, reason = "another test uses all of it")]
mod generator;

use audit_options::options;
use generator::{Numbers, gzip};

const SUBJECT: &str = "system:serviceaccount:shop:cart";

fn picture_of(reader: impl Read) -> Picture {
    let mut tally = Tally::new(Filter::default());
    audit::read(reader, &mut tally).expect("it can be read");
    let picture = Picture::new(&tally, &options(None), 1, Vec::new());
    // Every form can be made of it.
    let document: Value = serde_json::from_str(&json::write(&picture)).expect("JSON");
    assert_eq!(document["schema_version"], 1);
    let shown = text::write(&picture, true);
    assert!(!shown.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\u{1b}')), "{shown:?}");
    picture
}

fn picture(text: &str) -> Picture {
    picture_of(text.as_bytes())
}

fn stale(subject: &str, seconds: &str) -> String {
    format!("subject: {subject}, seconds after warning threshold: {seconds}")
}

/// An event of a client with a stale token.
fn event() -> Value {
    json!({
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "5b0ad8b6-0d06-4b3e-9c2e-000000000001",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/pods",
        "verb": "list",
        "user": {"username": SUBJECT, "extra": {"authentication.kubernetes.io/pod-name": ["cart-7d9f6c5b8-x2x9z"]}},
        "sourceIPs": ["10.0.0.1"],
        "userAgent": "kr8s/0.17.0",
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-03-01T10:00:00.000000Z",
        "annotations": {"authentication.k8s.io/stale-token": stale(SUBJECT, "1000000")},
    })
}

/// The same of a client whose token is fresh.
fn fresh() -> Value {
    let mut event = event();
    event["annotations"] = json!({"authorization.k8s.io/decision": "allow"});
    event
}

fn with(key: &str, value: Value) -> String {
    let mut event = event();
    event[key] = value;
    event.to_string()
}

/// An event as the API server writes it, the annotations last.
fn in_order(event: &Value) -> String {
    let mut rest = event.clone();
    let annotations = rest.as_object_mut().and_then(|event| event.remove("annotations")).expect("annotations");
    let rest = rest.to_string();
    format!("{},\"annotations\":{annotations}}}", &rest[..rest.len() - 1])
}

/// Subjects and how many requests they made.
fn found(picture: &Picture) -> Vec<(&str, u64)> {
    picture.stale.iter().map(|one| (one.subject.as_str(), one.requests)).collect()
}

#[test]
fn half_a_line_is_counted_with_its_place_and_costs_no_other() {
    let whole = in_order(&event());
    // Where the annotation is whole, so is all that matters; the line is broken all the same.
    for (end, requests) in [(whole.len() / 3, 1), (whole.len() / 2, 1), (whole.len() - 20, 1), (whole.len() - 1, 2)] {
        let half = &whole[..end];
        let picture = picture(&format!("{}\n{half}", with("auditID", json!("a"))));
        assert_eq!(found(&picture), [(SUBJECT, requests)], "{half}");
        assert_eq!(picture.seen.broken, 1, "{half}");
        let picture = picture_of(format!("{half}\n{whole}\n{half}\n{whole}\n").as_bytes());
        assert_eq!((found(&picture), picture.seen.broken), (vec![(SUBJECT, 1)], 2), "{half}");
    }
    let mut tally = Tally::new(Filter::default());
    audit::read(format!("{whole}\n{}\n{whole}\n", &whole[..200]).as_bytes(), &mut tally).expect("memory");
    assert_eq!(tally.seen.broken_lines, [2]);
}

#[test]
fn an_event_that_amazon_cut_has_lost_its_annotations() {
    let whole = in_order(&event());
    let times = ["\"requestReceived", ":00.000000Z", "\"annotations", "system:serviceaccount:shop:cart, sec"];
    for message in times.map(|place| format!("{}[Truncated...]", &whole[..whole.find(place).expect("a place")])) {
        for text in shipped(&message, &whole) {
            let picture = picture(&text);
            assert_eq!((picture.seen.cut, picture.seen.broken), (1, 0), "{text}");
            assert!(picture.gaps.iter().any(|gap| gap.kind == GapKind::Cut && gap.hides));
        }
    }
}

/// A message beside a whole event, in a few envelopes.
fn shipped(message: &str, whole: &str) -> [String; 3] {
    [
        format!("2026-03-01T10:00:00.004Z {message}\n"),
        json!({"logEvents": [{"timestamp": 1_772_359_200_004_i64, "message": message}]}).to_string(),
        serde_json::to_string_pretty(&json!({"events": [{"message": message}, {"message": whole}]})).expect("JSON"),
    ]
}

/// The same text over and over, made while it is read.
struct Filling {
    text: &'static [u8],
    at: usize,
    left: usize,
}

impl Read for Filling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.text[self.at..];
        let count = rest.len().min(buffer.len()).min(self.left);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at = (self.at + count) % self.text.len();
        self.left -= count;
        Ok(count)
    }
}

/// An element of a list of secrets.
const FILLING: &[u8] =
    b"{\"kind\":\"Secret\",\"data\":{\"a\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}},";

#[test]
fn a_line_of_a_hundred_megabytes_is_one_event() {
    let whole = with("responseObject", json!(["HERE"]));
    let (head, tail) = whole.split_once("\"HERE\"").expect("the mark");
    let before = format!("{}\n{head}", fresh());
    let behind = format!("1{tail}\n{}\n", fresh());
    let filling = Filling { text: FILLING, at: 0, left: 100_000_000 / FILLING.len() * FILLING.len() };
    let long = before.as_bytes().chain(filling).chain(behind.as_bytes());
    let picture = picture_of(long);
    assert_eq!((found(&picture), picture.seen.lines), (vec![(SUBJECT, 1)], 3));
    assert_eq!(picture.seen.broken, 0);
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let odd = event().to_string().replace("kr8s", "k\u{0}\u{1b}[31m\u{202e}8s");
    let mut bytes = odd.clone().into_bytes();
    bytes.extend_from_slice(b"\n\x00\x00\x00\n\xff\xfe{\"a\":\xff\xff}\n{\"\xc3\x28\": \"\xc3\"}\n");
    bytes.extend_from_slice(with("auditID", json!("b")).as_bytes());
    let picture = picture_of(bytes.as_slice());
    let requests: u64 = picture.stale.iter().map(|one| one.requests).sum();
    assert_eq!(requests, 2);
}

#[test]
fn brackets_without_end_are_passed_over() {
    for bracket in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = bracket.repeat(100_000);
        let closed: String = deep
            .bytes()
            .rev()
            .filter_map(|b| match b {
                b'[' => Some(']'),
                b'{' => Some('}'),
                _ => None,
            })
            .collect();
        let event = with("requestObject", json!("HERE")).replace("\"HERE\"", &format!("{deep}1{closed}"));
        let picture = picture(&format!("{deep}\n{event}\n{deep}{closed}\n{}\n", with("auditID", json!("c"))));
        assert_eq!(found(&picture), [(SUBJECT, 2)], "{bracket}");
    }
}

/// A number before the end of a line is whole: pretty-printed, a refused request has nothing behind its code.
#[test]
fn numbers_at_the_end_of_a_line_are_read() {
    let mut refused = fresh();
    refused["user"] = json!({});
    refused["responseStatus"] = json!({"code": 401});
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [refused, event()]});
    let mut pretty = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    list.serialize(&mut serde_json::Serializer::with_formatter(&mut pretty, formatter)).expect("JSON");
    let pretty = String::from_utf8(pretty).expect("text");
    assert!(pretty.contains("\"code\": 401\n"));
    // With blanks behind it, as the last of its line, and in a line too long for the buffer.
    let long = pretty.replace("\"code\": 401", &format!("\"filling\": \"{}\",\"code\": 401", "x".repeat(3 << 20)));
    for text in [&pretty, &pretty.replace('\n', "\r\n"), &pretty.replace('\n', " \n"), &long] {
        let picture = picture(text);
        assert_eq!(found(&picture), [(SUBJECT, 1)]);
        assert_eq!(picture.refused.iter().map(|one| one.span.events).sum::<u64>(), 1);
        assert_eq!((picture.seen.events, picture.seen.broken), (2, 0));
    }
}

/// What cannot be seen below so many brackets is told; what a client sent is no part of it.
#[test]
fn what_is_nested_too_deep_is_left_out() {
    let nested = |open: &str, what: &str, close: &str| {
        let picture = picture(&format!("{}{what}{}\n", open.repeat(100), close.repeat(100)));
        (picture.seen.left_out, picture.gaps.iter().any(|gap| gap.kind == GapKind::LeftOut && gap.hides))
    };
    for (open, close) in [("{\"a\":", "}"), ("{\"a\":[", "]}"), ("{\n\"a\":", "\n}")] {
        assert_eq!(nested(open, &event().to_string(), close), (1, true), "{open}");
    }
    let message = json!({"message": format!("{}{}{}", "{\"a\":".repeat(100), event(), "}".repeat(100))});
    assert_eq!(picture(&message.to_string()).seen.left_out, 1);
    let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    for key in ["requestObject", "responseObject"] {
        let picture = picture(&with(key, json!("HERE")).replace("\"HERE\"", &deep));
        assert_eq!((found(&picture), picture.seen.left_out), (vec![(SUBJECT, 1)], 0), "{key}");
    }
}

/// What is shipped around data.
type Shape = fn(&str) -> Value;

/// Packed lines show no phrase, and are all unpacked, wherever in a large file they stand.
#[test]
fn packed_lines_are_never_sampled() {
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let packed = |event: &Value| {
        let group = json!({"logGroup": "/aws/eks/shop/cluster", "logEvents": [{"message": event.to_string()}]});
        base64(&gzip(group.to_string().as_bytes()))
    };
    let encoded = |event: &Value| base64(event.to_string().as_bytes());
    let (packed, encoded) = ([packed(&fresh()), packed(&event())], [encoded(&fresh()), encoded(&event())]);
    let shapes: [(Shape, &[String; 2]); 5] = [
        (|data| json!({"Records": [{"kinesis": {"data": data}}]}), &packed),
        (|data| json!({"awslogs": {"data": data}}), &packed),
        (|data| json!({"message": json!({"awslogs": {"data": data}}).to_string()}), &packed),
        (|data| json!({"Records": [{"kinesis": {"data": data}}]}), &encoded),
        (|data| json!({"message": {"data": data, "messageId": "1"}, "subscription": "x"}), &encoded),
    ];
    for (shape, [fresh, stale]) in shapes {
        let (fresh, stale) = (format!("{}\n", shape(fresh)), format!("{}\n", shape(stale)));
        assert!(stale.len() < 32 << 10);
        // Between the places that are sampled.
        let filling = fresh.repeat((3 << 19) / fresh.len());
        let picture = picture(&[filling.as_str(), &stale, &filling, &stale, &filling].concat());
        assert!(picture.seen.bytes > 3 << 20);
        assert_eq!(picture.stale.iter().map(|one| one.events).sum::<u64>(), 2, "{stale}");
    }
}

/// What is not read of a folder is told, and so is a file of a form that is not read.
#[test]
fn nothing_in_a_folder_is_passed_over_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    file("audit.log", format!("{}\n", event()).as_bytes());
    file("a.log.xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F");
    file("b.log", &event().to_string().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    file("c.txt", b"nothing to see here\n");
    file("empty.log", b"");
    let mut expected = vec![
        ("a.log.xz", "is packed with xz, which is not read: unpack it"),
        ("b.log", "is written in UTF-16, which is not read: write it in UTF-8"),
        ("c.txt", "holds no audit event that could be found"),
    ];
    let elsewhere = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("d")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("gone"), folder.path().join("e.log")).unwrap();
        expected.push(("d", "is a link to a folder, which is not followed: name it too"));
        expected.push(("e.log", "cannot be read: No such file or directory (os error 2)"));
    }
    let gathered = logs::gather(&[folder.path().to_owned()], &Filter::default(), &Progress::default()).unwrap();
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut told: Vec<(String, String)> =
        gathered.problems.iter().map(|one| (name(&one.path), one.message.clone())).collect();
    told.sort();
    let expected: Vec<(String, String)> = expected.iter().map(|(path, why)| ((*path).into(), (*why).into())).collect();
    assert_eq!(told, expected);
    assert_eq!(gathered.tally.seen.events, 1);
    drop(elsewhere);
}

/// What was packed in what was packed, with no document between, is not unpacked, and counts.
#[test]
fn packed_twice_without_a_document_between_is_left_out() {
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let once = gzip(event().to_string().as_bytes());
    for twice in [base64(&gzip(&once)), base64(&gzip(base64(&once).as_bytes()))] {
        let picture = picture_of(json!({"data": twice}).to_string().as_bytes());
        assert_eq!((found(&picture), picture.seen.left_out), (vec![], 1));
    }
}

/// Where a cluster runs shows in how its log is shipped, in its users, and in what a query reckoned with.
#[test]
fn a_log_of_amazon_is_known_by_many_signs() {
    let text = event().to_string();
    let quoted = text.replace('"', "\"\"");
    let row = json!({
        "subject": SUBJECT, "max_seconds": 900_000, "requests": 1, "last_seen": "2026-03-01T10:00:00Z",
        "issued_last": "2026-02-01T00:00:00Z", "breaks_at": "2026-05-02T00:00:00Z",
    });
    let mut of_user = fresh();
    of_user["user"]["username"] = "eks:node-manager".into();
    let cases = [
        (
            "Insights",
            json!({"results": [[{"field": "@message", "value": text}, {"field": "@ptr", "value": "x"}]]}).to_string(),
        ),
        ("Insights as CSV", format!("@timestamp,@message\n2026-03-01 10:00:00.000,\"{quoted}\"\n")),
        ("a command line", format!("2026-03-01T10:00:00+00:00 kube-apiserver-audit-0123456789abcdef {text}\n")),
        ("a user", format!("{of_user}\n{text}\n")),
        ("a query's result", row.to_string()),
    ];
    for (name, log) in cases {
        let mut tally = Tally::new(Filter::default());
        audit::read(log.as_bytes(), &mut tally).unwrap();
        let picture = Picture::new(&tally, &options(None), 1, Vec::new());
        assert_eq!((picture.lifetime.platform.as_str(), picture.stale.len()), ("eks", 1), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kube-apiserver-audit-0123456789abcdef");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("000000"), format!("{text}\n")).unwrap();
    let gathered = logs::gather(&[path], &Filter::default(), &Progress::default()).unwrap();
    let picture = Picture::new(&gathered.tally, &options(None), 1, Vec::new());
    assert_eq!(picture.lifetime.platform, "eks");
}

#[test]
fn the_portal_of_azure_says_of_times_that_they_are_in_utc() {
    let quoted = event().to_string().replace('"', "\"\"");
    let csv = format!("\"TimeGenerated [UTC]\",\"log_s\"\n\"3/1/2026, 10:00:00.000 AM\",\"{quoted}\"\n");
    assert_eq!(found(&picture_of(csv.as_bytes())), [(SUBJECT, 1)]);
    let columns = "RequestReceivedTime [UTC],Verb,User,UserAgent,Annotations,Stage,Level";
    let note = format!("{{\"\"authentication.k8s.io/stale-token\"\":\"\"{}\"\"}}", stale(SUBJECT, "9"));
    let row = format!("\"3/1/2026, 10:00:00.000 AM\",list,\"{{}}\",x,\"{note}\",ResponseComplete,Metadata");
    let picture = picture_of(format!("{columns}\n{row}\n").as_bytes());
    assert_eq!((found(&picture), picture.stale[0].times), (vec![(SUBJECT, 1)], Some((1_772_359_200, 1_772_359_200))));
}

/// A token begins with a document in base64, and is none of the log's.
#[test]
fn what_only_begins_like_data_in_base64_is_no_gap() {
    let base64 = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.signature", base64(r#"{"alg":"none"}"#), base64(r#"{"sub":"nobody at all"}"#));
    let whole = base64(&event().to_string());
    let cases = [
        (token.clone(), 0, 0),
        (format!("Bearer {token}"), 0, 0),
        ("eyJ".to_owned(), 0, 0),
        (whole.clone(), 1, 0),
        (format!("{whole}=="), 1, 0),
        // It breaks off within its document, by its end or by what is no base64.
        (whole[..whole.len() - 40].to_owned(), 1, 1),
        (format!("{}...", &whole[..whole.len() - 40]), 1, 1),
        (whole[..60].to_owned(), 0, 1),
    ];
    for (data, events, left_out) in cases {
        let picture = picture_of(json!({"data": data}).to_string().as_bytes());
        let found = picture.stale.iter().map(|one| one.events).sum::<u64>();
        assert_eq!((found, picture.seen.left_out), (events, left_out), "{data}");
    }
}

#[test]
fn dates_and_counts_that_cannot_be_are_counted() {
    for time in
        ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon", "", "99999-01-01T00:00:00Z", "2026-02-30T00:00:00Z"]
    {
        let picture = picture(&with("requestReceivedTimestamp", json!(time)));
        assert_eq!(found(&picture), [(SUBJECT, 1)], "{time}");
        assert_eq!(
            (picture.stale[0].breaks, picture.stale[0].times, picture.seen.odd_dates),
            (None, None, 1),
            "{time}"
        );
    }
    for count in ["-1", "99999999999", "1e9", "0x10", "", "9".repeat(400).as_str()] {
        let annotation = json!({"authentication.k8s.io/stale-token": stale(SUBJECT, count)});
        let picture = picture(&with("annotations", annotation));
        assert_eq!((picture.stale.len(), picture.seen.odd_annotations), (0, 1), "{count}");
        assert!(picture.gaps.iter().any(|gap| gap.kind == GapKind::OddAnnotations && gap.hides), "{count}");
    }
    let picture =
        picture(&with("annotations", json!({"authentication.k8s.io/stale-token": stale(SUBJECT, "315360000")})));
    assert_eq!(picture.stale[0].age, 315_360_000 + 3607);
}

#[test]
fn subjects_can_be_anything() {
    let subject = "system:serviceaccount:a b:c \"d\\e, seconds\u{202e} after 🦀";
    let event = with("annotations", json!({"authentication.k8s.io/stale-token": stale(subject, "5")}));
    let escaped: String = event
        .chars()
        .flat_map(|c| match c {
            '🦀' => "\\ud83e\\udd80".chars().collect::<Vec<_>>(),
            'b' => "\\u0062".chars().collect(),
            other => vec![other],
        })
        .collect();
    assert_eq!(found(&picture(&event)), [(subject, 1)]);
    // The phrase itself must stand there as it is; all else can be escaped.
    assert_eq!(found(&picture(&escaped)), [(subject, 1)]);
}

#[test]
fn several_annotations_are_all_seen() {
    let annotations = json!({
        "authentication.k8s.io/stale-token": stale(SUBJECT, "1000000"),
        "authentication.k8s.io/legacy-token": SUBJECT,
        "authentication.k8s.io/legacy-token-autogenerated-secret": "cart-token-abcde",
        "audit.k8s.io/truncated": "true",
    });
    let picture = picture(&with("annotations", annotations));
    assert_eq!(found(&picture), [(SUBJECT, 1)]);
    assert_eq!(picture.legacy.len(), 1);
    assert_eq!(picture.legacy[0].secret.as_deref(), Some("cart-token-abcde"));
    assert_eq!((picture.seen.truncated, picture.seen.cut), (1, 0));
    // A key twice: the first stands.
    let twice = event().to_string().replace(
        "\"annotations\":{",
        &format!(
            "\"annotations\":{{\"authentication.k8s.io/stale-token\":\"{}\",",
            stale("system:serviceaccount:a:b", "7")
        ),
    );
    assert_eq!(found(&picture_of(twice.as_bytes())), [("system:serviceaccount:a:b", 1)]);
}

/// Each place where a client's own words stand in an event.
#[test]
fn a_client_cannot_forge_events() {
    let forged = with("user", json!({"username": "system:serviceaccount:bank:vault"}))
        .replace(SUBJECT, "system:serviceaccount:bank:vault");
    let packed = base64::engine::general_purpose::STANDARD.encode(gzip(forged.as_bytes()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(&forged);
    let places = [
        "/userAgent",
        "/requestURI",
        "/responseStatus/message",
        "/responseStatus/reason",
        "/responseStatus/details/causes/0/message",
        "/objectRef/name",
        "/user/extra/x.example~1y/0",
        "/user/groups/0",
        "/impersonatedUser/username",
        "/impersonatedUser/extra/message/0",
        "/annotations/x.example~1y",
        "/annotations/message",
        "/requestObject/data/message",
        "/responseObject/items/0/message",
        "/sourceIPs/0",
    ];
    let mut template = fresh();
    template["objectRef"] = json!({"name": "x"});
    template["responseStatus"] =
        json!({"code": 404, "message": "x", "reason": "x", "details": {"causes": [{"message": "x"}]}});
    template["user"]["extra"]["x.example/y"] = json!(["x"]);
    template["user"]["groups"] = json!(["x"]);
    template["impersonatedUser"] = json!({"username": "x", "extra": {"message": ["x"]}});
    template["annotations"] = json!({"x.example/y": "x", "message": "x"});
    template["requestObject"] = json!({"data": {"message": "x"}});
    template["responseObject"] = json!({"items": [{"message": "x"}]});
    let as_object: Value = serde_json::from_str(&forged).expect("JSON");
    for place in places {
        for text in
            [&forged, &packed, &encoded, &stale("system:serviceaccount:bank:vault", "9")].map(|text| json!(text))
        {
            let mut event = template.clone();
            *event.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = text;
            for shipped in [
                event.to_string(),
                json!({"message": event.to_string()}).to_string(),
                serde_json::to_string_pretty(&event).expect("JSON"),
            ] {
                assert!(found(&picture(&shipped)).is_empty(), "{place}: {shipped}");
            }
        }
    }
    for key in ["requestObject", "responseObject"] {
        assert_eq!(found(&picture(&with(key, as_object.clone()))), [(SUBJECT, 1)]);
    }
    // An annotation of the same name in another domain is somebody else's.
    let other = with("annotations", json!({"webhook.example/stale-token": stale(SUBJECT, "5")}));
    assert!(found(&picture(&other)).is_empty());
}

#[test]
fn bombs_end() {
    // Packed in packed in packed …
    let mut message = event().to_string();
    for _ in 0..30 {
        message =
            json!({"data": base64::engine::general_purpose::STANDARD.encode(gzip(message.as_bytes()))}).to_string();
    }
    let picture_of_nested = picture(&message);
    assert!(picture_of_nested.gaps.iter().any(|gap| gap.kind == GapKind::LeftOut && gap.hides));
    // Texts in texts: each doubles the backslashes.
    let mut message = event().to_string();
    for _ in 0..12 {
        message = json!({"message": message}).to_string();
    }
    assert!(picture(&message).seen.left_out > 0);
    // Far more blanks than bytes, in base64.
    let bomb = gzip(&gzip(&vec![b' '; 16 << 20]).repeat(16));
    let line =
        json!({"data": base64::engine::general_purpose::STANDARD.encode([gzip(&vec![b' '; 16 << 20]).repeat(40), gzip(&vec![b'{'; 1 << 20])].concat())})
            .to_string();
    let picture = picture(&format!("{line}\n{}\n", event()));
    assert_eq!((found(&picture), picture.seen.left_out > 0), (vec![(SUBJECT, 1)], true));
    // A file is read to its end, however long that takes, in the same room.
    assert_eq!(picture_of(bomb.as_slice()).stale.len(), 0);
}

#[test]
fn clients_without_number_do_not_fill_the_memory() {
    let mut text = String::new();
    for number in 0..3000 {
        text += &with("userAgent", json!(format!("agent-{number}/{}", "x".repeat(900))))
            .replace("000000000001", &format!("{number:012}"));
        text.push('\n');
    }
    text += &with("user", json!({"username": "system:serviceaccount:shop:late"}))
        .replace(SUBJECT, "system:serviceaccount:shop:late");
    let picture_of_agents = picture(&text);
    assert_eq!(picture_of_agents.stale.iter().map(|one| one.events).sum::<u64>(), 3001);
    assert!(picture_of_agents.stale.len() < 100);
    // Who comes late has room all the same.
    assert!(picture_of_agents.stale.iter().any(|one| one.subject.ends_with(":late")));
    assert!(picture_of_agents.gaps.iter().any(|gap| gap.kind == GapKind::TooMany));
    let mut text = String::new();
    for number in 0..3000_u32 {
        let mut event = fresh();
        event["user"] = json!({});
        event["userAgent"] = json!(format!("scanner {number}"));
        event["responseStatus"] = json!({"code": 401});
        event["sourceIPs"] = json!([format!("198.51.100.{}", number % 4)]);
        text += &(event.to_string() + "\n");
    }
    let picture = picture(&text);
    assert_eq!(picture.refused.iter().map(|one| one.span.events).sum::<u64>(), 3000);
    assert!(picture.refused.len() < 200);
}

#[test]
fn a_log_that_shrinks_is_read_as_far_as_it_goes() {
    let text = format!("{}\n{}\n", event(), with("auditID", json!("d")));
    let mut tally = Tally::new(Filter::default());
    let is_closed = audit::read_part(text.as_bytes(), 0, 1 << 40, &mut tally).expect("memory");
    assert!(is_closed);
    assert_eq!(tally.seen.lines, 2);
    // A packed one that is cut is told, and what came before counts.
    let packed = gzip(format!("{}\n", event()).repeat(2000).as_bytes());
    let mut tally = Tally::new(Filter::default());
    assert!(audit::read(&packed[..packed.len() - 9], &mut tally).is_err());
    assert!(tally.seen.lines > 0);
}

/// A reader that gives a few bytes at a time.
struct Slow<'a>(&'a [u8], Numbers);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (1 + self.1.below(9) as usize).min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// The same log in blocks of any size, cut anywhere, and with bytes changed.
#[test]
fn nothing_depends_on_blocks_and_nothing_panics() {
    let log = generator::log(3, 9, 3600);
    let mut numbers = Numbers::new(11);
    for (name, _, bytes) in generator::envelopes(&log) {
        let bytes = &bytes[..bytes.len().min(60_000)];
        let read = |reader: &mut dyn Read| {
            let mut tally = Tally::new(Filter::default());
            let result = audit::read(reader, &mut tally);
            (result.is_ok(), format!("{tally:?}").len(), tally.seen.events, tally.seen.broken)
        };
        let whole = read(&mut &bytes[..]);
        assert_eq!(read(&mut Slow(bytes, Numbers::new(5))), whole, "{name}");
        for _ in 0..12 {
            let end = numbers.below(bytes.len() as u64) as usize;
            read(&mut &bytes[..end]);
            let mut changed = bytes.to_vec();
            for _ in 0..20 {
                let at = numbers.below(bytes.len() as u64) as usize;
                changed[at] = b"\"\\{}[]:,\n\x00\xff "[numbers.below(12) as usize];
            }
            read(&mut changed.as_slice());
        }
    }
}
