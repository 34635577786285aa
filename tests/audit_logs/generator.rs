//! Audit logs with a known truth, from a fixed seed: some hours of a cluster in which some programs re-read their token and some do not.
//!
//! The shapes of the envelopes are those of the programs' documentation and sources; all names and numbers are made up.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "the numbers are small, and made here"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// 2026-03-01T00:00:00Z.
pub(crate) const START: i64 = 1_772_323_200;

const WARN_AFTER: i64 = 3607;
const YEAR: i64 = 31_536_000;
const DAY: i64 = 86_400;

/// An audit event, in the order in which the API server writes its fields.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    kind: &'static str,
    api_version: &'static str,
    level: &'static str,
    #[serde(rename = "auditID")]
    audit_id: String,
    stage: &'static str,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: &'static str,
    user: Value,
    #[serde(rename = "sourceIPs")]
    source_ips: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_agent: String,
    object_ref: Value,
    response_status: Value,
    request_received_timestamp: String,
    stage_timestamp: String,
    annotations: BTreeMap<String, String>,
    #[serde(skip)]
    pub(crate) time: i64,
}

/// What must come out for one workload and user agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Truth {
    pub(crate) subject: String,
    pub(crate) workload: String,
    pub(crate) user_agent: String,
    pub(crate) requests: u64,
    pub(crate) tokens: usize,
    pub(crate) age: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) refresh: &'static str,
    pub(crate) outlook: &'static str,
    pub(crate) breaks: Option<i64>,
}

/// A log and what must come out of it.
pub(crate) struct Log {
    pub(crate) events: Vec<Event>,
    pub(crate) stale: Vec<Truth>,
    /// Address, user agent, requests.
    pub(crate) refused: BTreeSet<(String, String, u64)>,
    /// Subject, kind, secret, events.
    pub(crate) legacy: BTreeSet<(String, &'static str, String, u64)>,
}

/// What a client does with its token.
#[derive(Clone, Copy)]
enum Habit {
    /// It re-reads it in time.
    Fresh,
    /// It keeps the one that was issued so many seconds before the log begins.
    Keeps(i64),
    /// It re-reads it after so many seconds.
    Late(i64),
    /// It uses a secret's.
    Secret(&'static str),
}

struct Client {
    namespace: &'static str,
    account: &'static str,
    workload: &'static str,
    user_agent: &'static str,
    habit: Habit,
    pods: usize,
    outlook: &'static str,
}

const CLIENTS: &[Client] = &[
    Client {
        namespace: "shop",
        account: "cart",
        workload: "cart",
        user_agent: "OpenAPI-Generator/11.0.0/python",
        habit: Habit::Keeps(48 * DAY),
        pods: 3,
        outlook: "breaks",
    },
    Client {
        namespace: "shop",
        account: "stock",
        workload: "stock-api",
        user_agent: "fabric8-kubernetes-client/5.8.0",
        habit: Habit::Keeps(12 * DAY + 17),
        pods: 2,
        outlook: "heals",
    },
    Client {
        namespace: "ops",
        account: "reaper",
        workload: "reaper",
        user_agent: "reaper/v0.0.0 (linux/amd64) kubernetes/$Format",
        habit: Habit::Late(5 * 3600),
        pods: 1,
        outlook: "late",
    },
    Client {
        namespace: "ops",
        account: "größe \"x\"\\",
        workload: "odd",
        user_agent: "",
        habit: Habit::Keeps(100 * DAY),
        pods: 1,
        outlook: "breaks",
    },
    Client {
        namespace: "pay",
        account: "ledger",
        workload: "ledger",
        user_agent: "Swagger-Codegen/1.0-SNAPSHOT/java",
        // Its token dies within the log.
        habit: Habit::Keeps(YEAR - 20 * 3600),
        pods: 1,
        outlook: "broken",
    },
    Client {
        namespace: "shop",
        account: "web",
        workload: "web",
        user_agent: "kubernetes-client-javascript/2.0.0",
        habit: Habit::Fresh,
        pods: 4,
        outlook: "",
    },
    Client {
        namespace: "kube-system",
        account: "controller",
        workload: "controller",
        user_agent: "controller/v0.0.0 (linux/amd64) kubernetes/$Format",
        habit: Habit::Fresh,
        pods: 4,
        outlook: "",
    },
    Client {
        namespace: "ci",
        account: "builder",
        workload: "builder",
        user_agent: "okhttp/3.14.9",
        habit: Habit::Secret("builder-token-x7k2p"),
        pods: 1,
        outlook: "",
    },
];

/// A generator of numbers: xorshift64*.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Numbers {
        Numbers(seed.max(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn word(&mut self, length: usize) -> String {
        const GENERATED: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| char::from(GENERATED[self.below(27) as usize])).collect()
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let hex = format!("{a:016x}{b:016x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// The own id of a pod: the same in all of its requests.
fn uid_of(pod: &str) -> String {
    Numbers::new(pod.bytes().fold(1, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))).uuid()
}

fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("a time").to_string()
}

/// The log of so many hours in which each pod makes a request about every so many seconds.
pub(crate) fn log(seed: u64, hours: i64, every: u64) -> Log {
    let mut numbers = Numbers::new(seed);
    let end = START + hours * 3600;
    let mut log = Log { events: Vec::new(), stale: Vec::new(), refused: BTreeSet::new(), legacy: BTreeSet::new() };
    for (number, client) in CLIENTS.iter().enumerate() {
        let subject = format!("system:serviceaccount:{}:{}", client.namespace, client.account);
        let mut truth: Option<Truth> = None;
        let (mut refused, mut legacy) = (0, 0);
        let mut issue_times = BTreeSet::new();
        let hash = numbers.word(9);
        for pod_number in 0..client.pods {
            let pod = format!("{}-{hash}-{}", client.workload, numbers.word(5));
            let address = format!("10.{number}.{pod_number}.7");
            // The pods of a workload were started one after the other.
            let shift = 600 * i64::try_from(pod_number).expect("a few");
            let mut breaks = None;
            let mut time = START + numbers.below(every) as i64;
            while time < end {
                let issued = match client.habit {
                    Habit::Fresh | Habit::Secret(_) => time - 600,
                    Habit::Keeps(before) => START - before + shift,
                    Habit::Late(period) => START + (time - START) / period * period - 60,
                };
                let mut event = event(&mut numbers, client, &subject, &pod, &address, time);
                if time - issued > YEAR {
                    refused += 1;
                    event.user = json!({});
                    event.stage = "ResponseStarted";
                    event.response_status = json!({"metadata": {}, "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401});
                    event.annotations.clear();
                    log.refused.retain(|(known, ..)| *known != address);
                    log.refused.insert((address.clone(), client.user_agent.to_owned(), refused));
                    log.events.push(event);
                } else {
                    // The API server remembers for ten seconds what it found out about a token.
                    let seconds = (time - time % 10).max(issued + WARN_AFTER) - issued - WARN_AFTER;
                    if let Habit::Secret(secret) = client.habit {
                        legacy += 1;
                        let key = "authentication.k8s.io/legacy-token-manual-secret".to_owned();
                        event.annotations.insert(key, secret.to_owned());
                    } else if time - issued > WARN_AFTER {
                        let value = format!("subject: {subject}, seconds after warning threshold: {seconds}");
                        event.annotations.insert("authentication.k8s.io/stale-token".to_owned(), value);
                        issue_times.insert((pod.clone(), issued));
                        breaks = Some(issued + YEAR);
                        let truth = truth.get_or_insert_with(|| Truth {
                            subject: subject.clone(),
                            workload: client.workload.to_owned(),
                            user_agent: client.user_agent.to_owned(),
                            requests: 0,
                            tokens: 0,
                            age: 0,
                            first: time,
                            last: time,
                            refresh: if matches!(client.habit, Habit::Late(_)) { "late" } else { "never" },
                            outlook: client.outlook,
                            breaks: None,
                        });
                        truth.requests += 1;
                        truth.age = truth.age.max(seconds + WARN_AFTER);
                        truth.first = truth.first.min(time);
                        truth.last = truth.last.max(time);
                    }
                    if event.verb == "watch" {
                        legacy += u64::from(matches!(client.habit, Habit::Secret(_)));
                        let mut started = event.clone();
                        started.stage = "ResponseStarted";
                        log.events.push(started);
                        event.stage_timestamp = rfc3339(time + 400);
                    }
                    log.events.push(event);
                }
                time += 1 + (every / 2 + numbers.below(every)) as i64;
            }
            if let Some(truth) = &mut truth {
                truth.tokens = issue_times.len();
                // Issue times come from the counts, which can be ten seconds behind.
                truth.breaks = match (client.habit, truth.breaks, breaks) {
                    (Habit::Late(_), ..) => None,
                    (_, Some(a), Some(b)) => Some(a.min(b)),
                    (_, a, b) => a.or(b),
                };
            }
        }
        log.stale.extend(truth);
        if let Habit::Secret(secret) = client.habit {
            log.legacy.insert((subject.clone(), "legacy-token-manual-secret", secret.to_owned(), legacy));
        }
    }
    log.stale.sort();
    log.events.sort_by(|a, b| (a.time, &a.audit_id).cmp(&(b.time, &b.audit_id)));
    log
}

fn event(numbers: &mut Numbers, client: &Client, subject: &str, pod: &str, address: &str, time: i64) -> Event {
    const VERBS: [&str; 6] = ["get", "list", "watch", "create", "update", "patch"];
    let verb = VERBS[numbers.below(6) as usize];
    let micros = numbers.below(1_000_000);
    let received = format!("{}.{micros:06}Z", rfc3339(time).trim_end_matches('Z'));
    Event {
        kind: "Event",
        api_version: "audit.k8s.io/v1",
        level: "Metadata",
        audit_id: numbers.uuid(),
        stage: "ResponseComplete",
        request_uri: format!("/api/v1/namespaces/{}/configmaps/{}?limit=500", client.namespace, numbers.word(8)),
        verb,
        user: json!({
            "username": subject,
            "uid": numbers.uuid(),
            "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{}", client.namespace), "system:authenticated"],
            "extra": {
                "authentication.kubernetes.io/credential-id": [format!("JTI={}", numbers.uuid())],
                "authentication.kubernetes.io/node-name": ["node-1"],
                "authentication.kubernetes.io/pod-name": [pod],
                "authentication.kubernetes.io/pod-uid": [uid_of(pod)],
            },
        }),
        source_ips: vec!["203.0.113.9".to_owned(), address.to_owned()],
        user_agent: client.user_agent.to_owned(),
        object_ref: json!({"resource": "configmaps", "namespace": client.namespace, "name": numbers.word(8), "apiVersion": "v1"}),
        response_status: json!({"metadata": {}, "code": 200}),
        request_received_timestamp: received,
        stage_timestamp: rfc3339(time + 1),
        annotations: BTreeMap::from([
            ("authorization.k8s.io/decision".to_owned(), "allow".to_owned()),
            ("authorization.k8s.io/reason".to_owned(), "RBAC: allowed by ClusterRoleBinding \"x\"".to_owned()),
        ]),
        time,
    }
}

impl Event {
    /// As the API server writes it.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("plain data")
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).expect("plain data")
    }

    fn millis(&self) -> i64 {
        self.time * 1000 + 4
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn lines(events: &[Event], line: impl Fn(&Event) -> String) -> Vec<u8> {
    let mut text = String::new();
    for event in events {
        let _ = writeln!(text, "{}", line(event));
    }
    text.into_bytes()
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).expect("plain data");
    text.push('\n');
    text.into_bytes()
}

fn compact(value: &Value) -> Vec<u8> {
    (value.to_string() + "\n").into_bytes()
}

/// What CloudWatch hands to a subscriber.
fn data_message(events: &[Event]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(id, event)| json!({"id": id.to_string(), "timestamp": event.millis(), "message": event.text()}))
        .collect();
    json!({
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/aws/eks/demo/cluster",
        "logStream": "kube-apiserver-audit-0123456789abcdef",
        "subscriptionFilters": ["all"],
        "logEvents": events,
    })
}

/// The events as Cloud Logging has them.
fn gke(event: &Event) -> Value {
    let value = event.value();
    let code = if value["responseStatus"]["code"] == 401 {
        json!({"code": 16, "message": "Unauthenticated"})
    } else {
        json!({})
    };
    json!({
        "insertId": event.audit_id.clone() + event.stage,
        "labels": event.annotations,
        "logName": "projects/demo/logs/cloudaudit.googleapis.com%2Fdata_access",
        "operation": {"id": event.audit_id, "producer": "k8s.io"},
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": if value["user"]["username"].is_null() { json!({}) } else { json!({"principalEmail": value["user"]["username"]}) },
            "methodName": format!("io.k8s.core.v1.configmaps.{}", event.verb),
            "requestMetadata": {"callerIp": event.source_ips[1], "callerSuppliedUserAgent": event.user_agent},
            "resourceName": "core/v1/namespaces/shop/configmaps/x",
            "serviceName": "k8s.io",
            "status": code,
        },
        "resource": {"labels": {"cluster_name": "demo"}, "type": "k8s_cluster"},
        "timestamp": event.request_received_timestamp,
    })
}

fn aks(event: &Event, log: &Value) -> Value {
    json!({
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "category": "kube-audit",
        "ccpNamespace": "0123456789abcdef",
        "resourceId": "/SUBSCRIPTIONS/0000/RESOURCEGROUPS/DEMO/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/DEMO",
        "properties": {"log": log, "stream": "stdout", "pod": "kube-apiserver-7d9f6c5b8-aaaaa", "containerID": "0123"},
        "time": rfc3339(event.time + 2),
    })
}

/// One line of text in pieces of so many bytes, as container runtimes cut it.
fn pieces(text: &str, size: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let mut end = size;
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    pieces.push(rest);
    pieces
}

fn csv_field(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[allow(clippy::too_many_lines, reason = "it is a list")]
/// The log in every envelope: its name, whether it has the names of pods, and the bytes.
pub(crate) fn envelopes(log: &Log) -> Vec<(&'static str, bool, Vec<u8>)> {
    let events = &log.events;
    let plain = lines(events, Event::text);
    let values: Vec<Value> = events.iter().map(Event::value).collect();
    let stamp = |event: &Event| format!("{}.004Z", rfc3339(event.time).trim_end_matches('Z'));
    let blank = |event: &Event| format!("{}.004", rfc3339(event.time).trim_end_matches('Z').replace('T', " "));
    let mut all: Vec<(&'static str, bool, Vec<u8>)> = Vec::new();
    let mut add = |name, bytes| all.push((name, true, bytes));

    add("the API server's file", plain.clone());
    add("with CRLF", String::from_utf8(plain.clone()).expect("text").replace('\n', "\r\n").into_bytes());
    add("backwards", lines(&events.iter().rev().cloned().collect::<Vec<_>>(), Event::text));
    add("with blanks, as Python writes", lines(events, |event| spaced(&event.value())));
    add("sorted keys and slashes escaped", lines(events, |event| event.value().to_string().replace('/', "\\/")));
    add("webhook batches", events.chunks(7).flat_map(|chunk| compact(&list(chunk))).collect());
    add("one webhook batch", compact(&list(events)));
    add("webhook batches, pretty", events.chunks(50).flat_map(|chunk| pretty(&list(chunk))).collect());
    add("one webhook batch, pretty", pretty(&list(events)));
    add("an array", pretty(&Value::Array(values.clone())));
    add("an array with an element in each line", {
        let texts: Vec<String> = events.iter().map(Event::text).collect();
        format!("[\n{}\n]\n", texts.join(",\n")).into_bytes()
    });
    add("one after the other without a line end", events.iter().flat_map(|event| event.text().into_bytes()).collect());

    // CloudWatch.
    let found: Vec<Value> = events
        .iter()
        .map(|event| json!({"logStreamName": "kube-apiserver-audit-0123", "timestamp": event.millis(), "message": event.text(), "ingestionTime": event.millis() + 900, "eventId": "1"}))
        .collect();
    add("aws logs filter-log-events", pretty(&json!({"events": found, "searchedLogStreams": []})));
    let texts = Value::Array(events.iter().map(|event| json!(event.text())).collect());
    add("aws logs --query events[].message", pretty(&texts));
    add("the same in one line", compact(&texts));
    add("texts in lines", lines(events, |event| json!(event.text()).to_string()));
    let results: Vec<Value> = events
        .iter()
        .map(|event| {
            json!([{"field": "@timestamp", "value": blank(event)}, {"field": "@message", "value": event.text()}, {"field": "@ptr", "value": "CmEK"}])
        })
        .collect();
    add(
        "aws logs get-query-results",
        pretty(&json!({"results": results, "statistics": {"recordsMatched": 1.0}, "status": "Complete"})),
    );
    add("Insights as CSV", {
        let mut text = "@timestamp,@message\n".to_owned();
        for event in events {
            let _ = writeln!(text, "{},{}", blank(event), csv_field(&event.text()));
        }
        text.into_bytes()
    });
    let exported = lines(events, |event| format!("{} {}", stamp(event), event.text()));
    add("export to S3", gzip(&exported));
    add("export to S3, in members", exported.chunks(10_000).flat_map(gzip).collect());
    add("zstd", zstd(&exported));
    add("zstd, in frames, with one to be skipped", {
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let frames = exported.chunks(10_000).map(|chunk| [skipped.as_slice(), &zstd(chunk)].concat());
        frames.collect::<Vec<_>>().concat()
    });
    add("zstd of gzip", zstd(&gzip(&plain)));
    add("subscription", gzip(&compact(&data_message(events))));
    let messages: Vec<Vec<u8>> = events.chunks(9).map(|chunk| data_message(chunk).to_string().into_bytes()).collect();
    add("Firehose", messages.concat());
    add("Firehose, packed", gzip(&messages.concat()));
    add("Firehose, packed twice", gzip(&messages.iter().flat_map(|message| gzip(message)).collect::<Vec<u8>>()));
    add("Lambda", {
        let events = messages.iter().map(|message| json!({"awslogs": {"data": base64(&gzip(message))}}).to_string());
        events.collect::<Vec<_>>().join("\n").into_bytes()
    });
    add("Kinesis", {
        let records: Vec<Value> = messages
            .iter()
            .map(|message| json!({"kinesis": {"data": base64(&gzip(message)), "partitionKey": "x"}}))
            .collect();
        pretty(&json!({"Records": records}))
    });
    add("Kinesis, not packed", {
        let records = log.events.iter().map(|event| json!({"kinesis": {"data": base64(event.text().as_bytes())}}));
        json!({"Records": records.collect::<Vec<_>>()}).to_string().into_bytes()
    });
    add("Pub/Sub, pulled", {
        let messages = log.events.iter().map(|event| {
            let text = event.text();
            json!({"ackId": "x", "message": {"data": base64(text.as_bytes()), "messageId": "1", "publishTime": "2026-04-01T00:00:00Z"}})
        });
        pretty(&json!(messages.collect::<Vec<_>>()))
    });

    // Azure.
    let records = |as_text: bool| -> Vec<Value> {
        let log = |event: &Event| if as_text { json!(event.text() + "\n") } else { event.value() };
        events.iter().map(|event| aks(event, &log(event))).collect()
    };
    add("AKS, Event Hub", compact(&json!({"records": records(true)})));
    add("AKS, Event Hub, objects", pretty(&json!({"records": records(false)})));
    add("AKS, storage", records(true).iter().flat_map(compact).collect());
    let columns = |event: &Event| -> Vec<(&'static str, Value)> {
        let value = event.value();
        vec![
            ("TimeGenerated", json!(rfc3339(event.time + 9))),
            ("Level", value["level"].clone()),
            ("AuditId", value["auditID"].clone()),
            ("Stage", value["stage"].clone()),
            ("Verb", value["verb"].clone()),
            ("User", json!(value["user"].to_string())),
            ("SourceIps", json!(value["sourceIPs"].to_string())),
            ("UserAgent", json!(event.user_agent)),
            ("ResponseStatus", json!(value["responseStatus"].to_string())),
            ("RequestReceivedTime", value["requestReceivedTimestamp"].clone()),
            ("Annotations", json!(value["annotations"].to_string())),
            ("Type", json!("AKSAudit")),
        ]
    };
    let row = |event: &Event| -> Value {
        Value::Object(columns(event).into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    add("AKSAudit, rows", pretty(&Value::Array(events.iter().map(row).collect())));
    add("AKSAudit, columns and rows", {
        let names: Vec<Value> =
            columns(&events[0]).iter().map(|(name, _)| json!({"name": name, "type": "string"})).collect();
        let rows: Vec<Value> =
            events.iter().map(|event| columns(event).into_iter().map(|(_, value)| value).collect()).collect();
        compact(&json!({"tables": [{"name": "PrimaryResult", "columns": names, "rows": rows}]}))
    });
    add("AKSAudit as CSV", {
        let names: Vec<&str> = columns(&events[0]).iter().map(|(name, _)| *name).collect();
        let mut text = "\u{feff}".to_owned() + &names.join(",") + "\r\n";
        for event in events {
            let fields: Vec<String> =
                columns(event).iter().map(|(_, value)| csv_field(value.as_str().unwrap_or_default())).collect();
            let _ = write!(text, "{}\r\n", fields.join(","));
        }
        text.into_bytes()
    });
    add(
        "AzureDiagnostics",
        lines(events, |event| {
            json!({"TimeGenerated": rfc3339(event.time), "Category": "kube-audit", "log_s": event.text(), "pod_s": "kube-apiserver-1"}).to_string()
        }),
    );

    // Containers and shippers.
    add("Docker", lines(events, |event| docker(&(event.text() + "\n"), &stamp(event))));
    add(
        "Docker, cut",
        lines(events, |event| {
            let text = event.text() + "\n";
            let cut: Vec<String> = pieces(&text, 333).iter().map(|piece| docker(piece, &stamp(event))).collect();
            cut.join("\n")
        }),
    );
    add("CRI", lines(events, |event| format!("{} stdout F {}", stamp(event), event.text())));
    add(
        "CRI, cut, with another output between",
        lines(events, |event| {
            let text = event.text();
            let pieces = pieces(&text, 333);
            let last = pieces.len() - 1;
            let cut: Vec<String> = pieces
            .iter()
            .enumerate()
            .map(|(number, piece)| {
                let tag = if number == last { "F" } else { "P" };
                format!("{0} stdout {tag} {piece}\n{0} stderr F I0301 10:00:00.000000 1 trace.go:236] \"Trace\": {{braces}}", stamp(event))
            })
            .collect();
            cut.join("\n")
        }),
    );
    add(
        "Fluent Bit, parsed",
        lines(events, |event| {
            let mut value = event.value();
            value["date"] = json!(event.time as f64 + 0.5);
            value["kubernetes"] = json!({"pod_name": "kube-apiserver-node", "labels": {"tier": "control-plane"}});
            value.to_string()
        }),
    );
    add(
        "Fluentd",
        lines(events, |event| {
            format!(
                "{}\tkube.audit\t{}",
                rfc3339(event.time),
                json!({"log": event.text(), "stream": "stdout", "tag": "x"})
            )
        }),
    );
    add(
        "Vector",
        lines(events, |event| {
            json!({"file": "/var/log/audit.log", "host": "node", "message": event.text(), "source_type": "file", "timestamp": rfc3339(event.time)}).to_string()
        }),
    );
    add(
        "OpenTelemetry",
        lines(events, |event| {
            json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": (event.time * 1_000_000_000).to_string(), "body": {"stringValue": event.text()}}]}]}]}).to_string()
        }),
    );
    add(
        "Loki, logcli",
        lines(events, |event| {
            json!({"labels": {"job": "kube-audit"}, "line": event.text(), "timestamp": rfc3339(event.time)}).to_string()
        }),
    );
    add("Loki, API", {
        let values: Vec<Value> =
            events.iter().map(|event| json!([(event.time * 1_000_000_000).to_string(), event.text()])).collect();
        compact(
            &json!({"status": "success", "data": {"resultType": "streams", "result": [{"stream": {"job": "kube-audit"}, "values": values}]}}),
        )
    });
    let elastic = |event: &Event| {
        let mut audit = event.value();
        let annotations: BTreeMap<String, &String> =
            event.annotations.iter().map(|(key, value)| (key.replace('.', "_"), value)).collect();
        audit["annotations"] = json!(annotations);
        json!({
            "_index": ".ds-logs-kubernetes.audit_logs-default", "_id": "x",
            "_source": {
                "@timestamp": rfc3339(event.time + 3),
                "kubernetes": {"audit": audit},
                "user_agent": {"original": event.user_agent, "name": "Other"},
                "event": {"original": event.text(), "kind": "event"},
            },
        })
    };
    add("Elasticsearch, lines", lines(events, |event| elastic(event).to_string()));
    add(
        "Elasticsearch, search",
        pretty(
            &json!({"took": 3, "hits": {"total": {"value": 1}, "hits": events.iter().map(elastic).collect::<Vec<_>>()}}),
        ),
    );
    add(
        "Elasticsearch, flat",
        lines(events, |event| {
            let value = event.value();
            let mut flat = serde_json::Map::new();
            for key in ["auditID", "stage", "level", "verb", "requestReceivedTimestamp", "sourceIPs", "userAgent"] {
                if !value[key].is_null() {
                    flat.insert(format!("kubernetes.audit.{key}"), value[key].clone());
                }
            }
            flat.insert("kubernetes.audit.responseStatus.code".to_owned(), value["responseStatus"]["code"].clone());
            if !value["user"]["username"].is_null() {
                flat.insert("kubernetes.audit.user.username".to_owned(), value["user"]["username"].clone());
                let pod = value["user"]["extra"]["authentication.kubernetes.io/pod-name"].clone();
                flat.insert("kubernetes.audit.user.extra.authentication_kubernetes_io/pod-name".to_owned(), pod);
            }
            for (key, annotation) in &event.annotations {
                flat.insert(format!("kubernetes.audit.annotations.{}", key.replace('.', "_")), json!(annotation));
            }
            Value::Object(flat).to_string()
        }),
    );
    add(
        "Splunk, export",
        lines(events, |event| {
            json!({"preview": false, "result": {"_raw": event.text(), "_time": rfc3339(event.time), "host": "node"}})
                .to_string()
        }),
    );
    add("Splunk, CSV", {
        let mut text = "\"_time\",\"_raw\",host\n".to_owned();
        for event in events {
            let _ = writeln!(text, "\"{}\",{},node", rfc3339(event.time), csv_field(&event.text()));
        }
        text.into_bytes()
    });
    add(
        "syslog, RFC 3164",
        lines(events, |event| format!("<14>Mar  1 10:00:00 node kube-apiserver[1]: {}", event.text())),
    );
    add(
        "syslog, RFC 5424",
        lines(events, |event| {
            format!(
                "<14>1 {} node kube-apiserver 1 - [meta seq=\"1\" x=\"{{not json}}\"] {}",
                stamp(event),
                event.text()
            )
        }),
    );
    add("oc adm node-logs", lines(events, |event| format!("node-1 {}", event.text())));
    add(
        "an event in a text in a text",
        lines(events, |event| {
            json!({"message": json!({"log": json!({"line": event.text()}).to_string()}).to_string()}).to_string()
        }),
    );
    add("klog between", {
        let mut text = String::new();
        for event in events {
            let _ = writeln!(
                text,
                "I0301 10:00:00.000000       1 controller.go:616] quota admission added evaluator for: x\n{}",
                event.text()
            );
        }
        text.into_bytes()
    });

    // Cloud Logging has no names of pods.
    all.push(("gcloud logging read", false, pretty(&Value::Array(events.iter().map(gke).collect()))));
    all.push(("Cloud Logging, a sink's file", false, lines(events, |event| gke(event).to_string())));
    all
}

fn list(events: &[Event]) -> Value {
    json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": events.iter().map(Event::value).collect::<Vec<_>>()})
}

fn docker(text: &str, time: &str) -> String {
    // In the order in which Docker writes them.
    format!("{{\"log\":{},\"stream\":\"stdout\",\"time\":\"{time}\"}}", json!(text))
}

/// With a blank behind each colon and comma, outside of texts.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", json!(key), spaced(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
