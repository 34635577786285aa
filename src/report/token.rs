//! What a token says of itself, for people and as JSON (`schema/token.schema.json`). Claims are shown, the token never is.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::duration;
use super::neutral::{brief, inert_json};
use crate::platform::Platforms;
use crate::token::{Kind, Named, Note, State, Token};

/// The version of the form.
pub const SCHEMA_VERSION: u32 = 1;

/// The most characters of a claim that are shown to people.
const MOST: usize = 300;

/// How many audiences are shown to people.
const MOST_AUDIENCES: usize = 10;

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[1m\u{1b}[91m";
const YELLOW: &str = "\u{1b}[1m\u{1b}[33m";
const GREEN: &str = "\u{1b}[1m\u{1b}[92m";
const END: &str = "\u{1b}[0m";

/// For people, with colours.
pub fn text(token: &Token<'_>) -> String {
    let mut text = format!("{BOLD}{}{END}; decoded, not verified\n\n", kind(token.kind));
    for (name, value) in rows(token) {
        let _ = writeln!(text, "  {name:17}  {value}");
    }
    text.push('\n');
    for (name, time, what) in dates(token) {
        let line = format!("  {name:17}  {}  {what}", shown(time));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "\n{}", sentence(token));
    for note in &token.notes {
        let _ = writeln!(text, "note: {}", brief(&note.message, MOST * 2));
    }
    text
}

/// Where it stands in its life, in one line with colours.
pub fn sentence(token: &Token<'_>) -> String {
    let left = token.seconds_left().map(duration::words).unwrap_or_default();
    let (color, word, rest) = match token.state {
        State::NotYet => (YELLOW, "not valid yet", "it begins later than now".to_owned()),
        State::Current => (GREEN, "current", format!("it is accepted for another {left}")),
        State::RotationDue => {
            let since = token.rotates.map_or(0, |rotates| token.now.as_second() - rotates.as_second());
            let since = duration::words(since);
            (GREEN, "to be replaced", format!("due since {since}; the token is accepted for another {left}"))
        }
        State::Stale => {
            let since = token.stale_seconds().unwrap_or_default();
            let words = duration::words(since);
            let until = if left.is_empty() { "without a known end".to_owned() } else { format!("for another {left}") };
            (YELLOW, "stale", format!("for {words} ({since} s after the warning threshold); it is accepted {until}"))
        }
        State::Refused => (RED, "refused", format!("for {left}; requests with it get 401")),
        State::Endless => {
            (YELLOW, "endless", "it is accepted until its secret or service account is deleted".to_owned())
        }
        State::Unknown => (YELLOW, "unknown", "it does not say when it ends".to_owned()),
    };
    format!("{color}{word}{END}: {rest}")
}

/// That it has taken the place of another, the beginning of a line with colours.
pub fn replaced(token: &Token<'_>, before: Option<Timestamp>) -> String {
    let issued = shown(token.claims.issued);
    let after = match (token.claims.issued, before) {
        (Some(issued), Some(before)) if issued > before => {
            let words = duration::words(issued.as_second() - before.as_second());
            format!(", {words} after the one before")
        }
        (Some(issued), Some(before)) if issued < before => ", before the last one".to_owned(),
        _ => String::new(),
    };
    format!("{BOLD}replaced{END} by a token issued {}{after}; ", issued.trim())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Extended => "service-account token with an extended life",
        Kind::ExtensionOff => "service-account token of a cluster that extends no lives",
        Kind::Custom => "service-account token with a life that was asked for",
        Kind::Legacy => "service-account token from a secret, without an end",
        Kind::NotServiceAccount => "a JSON Web Token, but not of a service account",
    }
}

fn rows(token: &Token<'_>) -> Vec<(&'static str, String)> {
    let claims = &token.claims;
    let mut rows = Vec::new();
    let mut row = |name, value: Option<&String>| {
        if let Some(value) = value {
            rows.push((name, brief(value, MOST)));
        }
    };
    row("subject", claims.subject.as_ref());
    row("pod", claims.pod.as_ref().map(|pod| &pod.name));
    row("node", claims.node.as_ref().map(|node| &node.name));
    row("secret", claims.secret.as_ref().map(|secret| &secret.name).or(claims.legacy_secret.as_ref()));
    row("issuer", claims.issuer.as_ref());
    row("platform", token.platform.map(|(platform, _)| &platform.name));
    row("credential id", claims.id.as_ref());
    let mut audiences: Vec<String> =
        claims.audiences.iter().take(MOST_AUDIENCES).map(|audience| brief(audience, MOST)).collect();
    if claims.audiences.len() > MOST_AUDIENCES {
        audiences.push(format!("… ({} more)", claims.audiences.len() - MOST_AUDIENCES));
    }
    if !audiences.is_empty() {
        rows.push(("audience", audiences.join("\n                     ")));
    }
    rows
}

fn dates<'a>(token: &Token<'_>) -> Vec<(&'a str, Option<Timestamp>, String)> {
    let claims = &token.claims;
    let age = claims.issued.map_or_else(String::new, |issued| {
        let seconds = token.now.as_second() - issued.as_second();
        let words = duration::words(seconds);
        if seconds < 0 { format!("in {words}") } else { format!("{words} ago") }
    });
    let mut dates = vec![("issued", claims.issued, age)];
    if token.rotates.is_some() {
        dates.push(("kubelet replaces", token.rotates, "the file, from about then on".into()));
    }
    match token.kind {
        Kind::Extended => {
            dates.push(("warnings from", token.warns, "each later request is marked as stale in the audit log".into()));
        }
        Kind::ExtensionOff | Kind::Custom | Kind::Legacy | Kind::NotServiceAccount => {}
    }
    let life = match (claims.issued, token.refused) {
        (Some(issued), Some(refused)) => refused.as_second() - issued.as_second(),
        _ => 0,
    };
    let what = match (token.kind, token.refused) {
        (Kind::Legacy, None) => "it has no end".to_owned(),
        _ if life > 0 => format!("{} after its issue", duration::words(life)),
        _ => String::new(),
    };
    dates.push(("refused from", token.refused, what));
    dates
}

fn shown(time: Option<Timestamp>) -> String {
    format!("{:20}", time.map_or_else(|| "-".to_owned(), |time| time.to_string()))
}

/// One JSON document; on one line if it is one of many.
pub fn json(token: &Token<'_>, source: &str, event: Option<&str>) -> String {
    let claims = &token.claims;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "kubefloor",
            version: env!("CARGO_PKG_VERSION"),
            platforms_date: &Platforms::built_in().date,
        },
        event,
        source,
        now: token.now.to_string(),
        verified: false,
        kind: token.kind.word(),
        state: token.state.word(),
        stale_seconds: token.stale_seconds(),
        seconds_left: token.seconds_left(),
        issued_at: iso(claims.issued),
        not_before: iso(claims.not_before),
        expires_at: iso(claims.expires),
        rotates_at: iso(token.rotates),
        warns_at: iso(token.warns),
        refused_at: iso(token.refused),
        refused_early: token.refused_early,
        issuer: claims.issuer.as_deref(),
        platform: token.platform.map(|(platform, _)| platform.id.as_str()),
        subject: claims.subject.as_deref(),
        namespace: claims.namespace.as_deref(),
        service_account: object(claims.account.as_ref()),
        pod: object(claims.pod.as_ref()),
        node: object(claims.node.as_ref()),
        secret: object(claims.secret.as_ref())
            .or(claims.legacy_secret.as_deref().map(|name| Object { name, uid: None })),
        audiences: &claims.audiences,
        credential_id: claims.id.as_deref(),
        algorithm: claims.algorithm.as_deref(),
        key_id: claims.key.as_deref(),
        notes: token.notes.iter().map(remark).collect(),
    };
    let text = match event {
        None => serde_json::to_string_pretty(&document),
        Some(_) => serde_json::to_string(&document),
    };
    inert_json(text.unwrap_or_default() + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    source: &'a str,
    now: String,
    verified: bool,
    kind: &'static str,
    state: &'static str,
    stale_seconds: Option<i64>,
    seconds_left: Option<i64>,
    issued_at: Option<String>,
    not_before: Option<String>,
    expires_at: Option<String>,
    rotates_at: Option<String>,
    warns_at: Option<String>,
    refused_at: Option<String>,
    refused_early: bool,
    issuer: Option<&'a str>,
    platform: Option<&'a str>,
    subject: Option<&'a str>,
    namespace: Option<&'a str>,
    service_account: Option<Object<'a>>,
    pod: Option<Object<'a>>,
    node: Option<Object<'a>>,
    secret: Option<Object<'a>>,
    audiences: &'a [String],
    credential_id: Option<&'a str>,
    algorithm: Option<&'a str>,
    key_id: Option<&'a str>,
    notes: Vec<Remark<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'static str,
    platforms_date: &'a str,
}

#[derive(Serialize)]
struct Object<'a> {
    name: &'a str,
    uid: Option<&'a str>,
}

#[derive(Serialize)]
struct Remark<'a> {
    kind: &'static str,
    message: &'a str,
}

fn object(named: Option<&Named>) -> Option<Object<'_>> {
    named.map(|named| Object { name: &named.name, uid: named.uid.as_deref() })
}

fn remark(note: &Note) -> Remark<'_> {
    Remark { kind: note.kind.word(), message: &note.message }
}

fn iso(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
