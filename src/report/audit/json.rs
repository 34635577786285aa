//! An audit for machines: one JSON document, `schema_version` 1, described by `schema/audit.schema.json`.
//!
//! Within a schema version fields are only added. Times are RFC 3339 in UTC, durations are seconds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::rfc3339;
use crate::audit::picture::{PodUse, SecretUse, StaleUse};
use crate::audit::pods::Pod;
use crate::audit::refused::{RefusedUse, Suspect};
use crate::audit::tally::{Seen, Span};
use crate::audit::workload::Workload;
use crate::audit::{Candidate, Guess, Join, Joins, Mention, Picture, SourceClient};
use crate::report::json::print;

/// The version of the form.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    asked: Asked<'a>,
    platform: PlatformOut<'a>,
    seen: SeenOut<'a>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scans: &'a [String],
    stale: Vec<StaleOut<'a>>,
    refused: Vec<RefusedOut<'a>>,
    legacy: Vec<LegacyOut<'a>>,
    gaps: Vec<GapOut<'a>>,
    ready: ReadyOut<'a>,
    problems: Vec<ProblemOut<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Asked<'a> {
    since: Option<String>,
    until: Option<String>,
    namespaces: &'a [String],
}

#[derive(Serialize)]
struct PlatformOut<'a> {
    id: &'a str,
    name: &'a str,
    token_lifetime: i64,
    why: &'a str,
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct SeenOut<'a> {
    files: usize,
    bytes: u64,
    lines: u64,
    lines_taken_apart: u64,
    events: u64,
    rows: u64,
    outside: u64,
    first: Option<String>,
    last: Option<String>,
    levels: Vec<&'static str>,
    verbs: &'a BTreeMap<String, u64>,
    truncated: u64,
    cut: u64,
    broken_lines: u64,
    other_lines: u64,
    hints: Vec<&'static str>,
}

#[derive(Serialize)]
struct StaleOut<'a> {
    subject: &'a str,
    namespace: Option<&'a str>,
    service_account: Option<&'a str>,
    workload: Option<WorkloadOut<'a>>,
    user_agent: Option<&'a str>,
    library: LibraryOut<'a>,
    outlook: &'static str,
    breaks: Option<String>,
    refresh: &'static str,
    age: i64,
    requests: u64,
    requests_are_exact: bool,
    events: u64,
    tokens: u64,
    first: Option<String>,
    last: Option<String>,
    addresses: &'a [String],
    has_more_addresses: bool,
    refused: Option<SpanOut>,
    images: &'a BTreeSet<String>,
    pods: Vec<PodOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceOut<'a>>,
}

#[derive(Serialize)]
struct SourceOut<'a> {
    left_out: usize,
    places: Vec<JoinOut<'a>>,
}

#[derive(Serialize)]
struct JoinOut<'a> {
    how: &'static str,
    fit: &'static str,
    scan: &'a str,
    client: Option<ClientOut<'a>>,
    manifest: Option<MentionOut<'a>>,
    is_nearest: bool,
}

#[derive(Serialize)]
struct ClientOut<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    ecosystem: &'static str,
    package: &'a str,
    declared: Option<&'a str>,
    selected: Option<&'a str>,
    scope: &'static str,
    verdict: &'static str,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct MentionOut<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    service_account: &'a str,
    namespace: Option<&'a str>,
    kind: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct WorkloadOut<'a> {
    kind: &'a str,
    name: &'a str,
    is_guess: bool,
}

#[derive(Serialize)]
struct LibraryOut<'a> {
    certainty: &'static str,
    verdict: &'static str,
    heals: bool,
    note: Option<&'a str>,
    candidates: Vec<CandidateOut<'a>>,
}

#[derive(Serialize)]
struct CandidateOut<'a> {
    ecosystem: &'static str,
    package: &'a str,
    version: Option<&'a str>,
    versions: Option<&'a str>,
    verdict: Option<&'static str>,
    reason: Option<&'static str>,
    message: Option<&'a str>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct PodOut<'a> {
    name: &'a str,
    is_address: bool,
    issued: Option<String>,
    breaks: Option<String>,
    tokens: u64,
    first: Option<String>,
    last: Option<String>,
    refresh: &'static str,
    exists: Option<bool>,
}

#[derive(Serialize)]
struct SpanOut {
    events: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct RefusedOut<'a> {
    address: &'a str,
    user_agent: Option<&'a str>,
    library: LibraryOut<'a>,
    events: u64,
    first: Option<String>,
    last: Option<String>,
    standing: &'static str,
    one_of: Vec<SuspectOut<'a>>,
    pod: Option<ListedOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceOut<'a>>,
}

#[derive(Serialize)]
struct SuspectOut<'a> {
    subject: &'a str,
    workload: Option<WorkloadOut<'a>>,
}

#[derive(Serialize)]
struct ListedOut<'a> {
    namespace: &'a str,
    name: &'a str,
    service_account: &'a str,
    workload: WorkloadOut<'a>,
    images: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct LegacyOut<'a> {
    subject: &'a str,
    kind: &'static str,
    secret: Option<&'a str>,
    user_agent: Option<&'a str>,
    events: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct GapOut<'a> {
    kind: &'static str,
    hides: bool,
    message: &'a str,
}

#[derive(Serialize)]
struct ReadyOut<'a> {
    answer: &'static str,
    reasons: &'a [String],
    missing: &'a [String],
    caveats: &'a [String],
}

#[derive(Serialize)]
struct ProblemOut<'a> {
    path: &'a str,
    line: Option<u64>,
    message: &'a str,
}

/// The picture as JSON.
pub fn write(picture: &Picture) -> String {
    print(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        asked: Asked {
            since: picture.filter.since.map(rfc3339),
            until: picture.filter.until.map(rfc3339),
            namespaces: &picture.filter.namespaces,
        },
        platform: PlatformOut {
            id: &picture.lifetime.platform,
            name: &picture.lifetime.name,
            token_lifetime: picture.lifetime.seconds,
            why: &picture.lifetime.why,
            note: picture.lifetime.note.as_deref(),
        },
        seen: seen(&picture.seen, picture.files),
        scans: &picture.scans,
        stale: picture.stale.iter().map(stale).collect(),
        refused: picture.refused.iter().map(refused).collect(),
        legacy: picture.legacy.iter().map(legacy).collect(),
        gaps: picture
            .gaps
            .iter()
            .map(|gap| GapOut { kind: gap.kind.word(), hides: gap.hides, message: &gap.message })
            .collect(),
        ready: ReadyOut {
            answer: picture.readiness.answer.word(),
            reasons: &picture.readiness.reasons,
            missing: &picture.readiness.missing,
            caveats: &picture.readiness.caveats,
        },
        problems: picture
            .problems
            .iter()
            .map(|problem| ProblemOut { path: &problem.path, line: problem.line, message: &problem.message })
            .collect(),
    })
}

fn seen(seen: &Seen, files: usize) -> SeenOut<'_> {
    SeenOut {
        files,
        bytes: seen.bytes,
        lines: seen.lines,
        lines_taken_apart: seen.lines_read,
        events: seen.events,
        rows: seen.rows,
        outside: seen.outside,
        first: seen.span.map(|(first, _)| rfc3339(first)),
        last: seen.span.map(|(_, last)| rfc3339(last)),
        levels: seen.levels.iter().map(|level| level.word()).collect(),
        verbs: &seen.verbs,
        truncated: seen.truncated,
        cut: seen.cut,
        broken_lines: seen.broken,
        other_lines: seen.other_lines,
        hints: seen.hints.iter().map(|hint| hint.word()).collect(),
    }
}

fn stale(one: &StaleUse) -> StaleOut<'_> {
    StaleOut {
        subject: &one.subject,
        namespace: one.namespace.as_deref(),
        service_account: one.account.as_deref(),
        workload: one.workload.as_ref().map(workload),
        user_agent: one.user_agent.as_deref(),
        library: library(&one.library),
        outlook: one.outlook.word(),
        breaks: one.breaks.map(rfc3339),
        refresh: one.refresh.word(),
        age: one.age,
        requests: one.requests,
        requests_are_exact: one.is_exact,
        events: one.events,
        tokens: one.tokens,
        first: one.times.map(|(first, _)| rfc3339(first)),
        last: one.times.map(|(_, last)| rfc3339(last)),
        addresses: &one.addresses,
        has_more_addresses: one.has_more_addresses,
        refused: one.refused.as_ref().map(span),
        images: &one.images,
        pods: one.pods.iter().map(pod).collect(),
        source: one.source.as_ref().map(source),
    }
}

fn source(joins: &Joins) -> SourceOut<'_> {
    SourceOut { left_out: joins.left_out, places: joins.places.iter().map(join).collect() }
}

fn join(join: &Join) -> JoinOut<'_> {
    JoinOut {
        how: join.how.word(),
        fit: join.fit.word(),
        scan: &join.scan,
        client: join.client.as_ref().map(client),
        manifest: join.manifest.as_ref().map(mention),
        is_nearest: join.is_nearest,
    }
}

fn client(client: &SourceClient) -> ClientOut<'_> {
    ClientOut {
        path: &client.path,
        line: client.at.line,
        column: client.at.column,
        ecosystem: client.ecosystem.word(),
        package: &client.package,
        declared: client.declared.as_deref(),
        selected: client.selected.as_deref(),
        scope: client.scope.word(),
        verdict: client.verdict.word(),
        help: client.help.as_deref(),
    }
}

fn mention(mention: &Mention) -> MentionOut<'_> {
    MentionOut {
        path: &mention.path,
        line: mention.at.line,
        column: mention.at.column,
        service_account: &mention.account,
        namespace: mention.namespace.as_deref(),
        kind: mention.kind.as_deref(),
        name: mention.name.as_deref(),
    }
}

fn workload(workload: &Workload) -> WorkloadOut<'_> {
    WorkloadOut { kind: &workload.kind, name: &workload.name, is_guess: workload.is_guess }
}

fn library(guess: &Guess) -> LibraryOut<'_> {
    LibraryOut {
        certainty: guess.certainty.word(),
        verdict: guess.verdict.word(),
        heals: guess.heals(),
        note: guess.note.as_deref(),
        candidates: guess.candidates.iter().map(candidate).collect(),
    }
}

fn candidate(candidate: &Candidate) -> CandidateOut<'_> {
    let judgement = candidate.judgement.as_ref();
    CandidateOut {
        ecosystem: candidate.ecosystem.word(),
        package: &candidate.package,
        version: candidate.version.as_deref().filter(|_| candidate.is_exact),
        versions: candidate.version.as_deref().filter(|_| !candidate.is_exact),
        verdict: judgement.map(|judgement| judgement.verdict.word()),
        reason: judgement.map(|judgement| judgement.reason.word()),
        message: judgement.map(|judgement| judgement.message.as_str()),
        help: candidate.advice.as_deref(),
    }
}

fn pod(pod: &PodUse) -> PodOut<'_> {
    PodOut {
        name: &pod.name,
        is_address: pod.is_address,
        issued: pod.issued.map(rfc3339),
        breaks: pod.breaks.map(rfc3339),
        tokens: pod.tokens,
        first: pod.times.map(|(first, _)| rfc3339(first)),
        last: pod.times.map(|(_, last)| rfc3339(last)),
        refresh: pod.refresh.word(),
        exists: pod.exists,
    }
}

fn span(span: &Span) -> SpanOut {
    SpanOut {
        events: span.events,
        first: span.times.map(|(first, _)| rfc3339(first)),
        last: span.times.map(|(_, last)| rfc3339(last)),
    }
}

fn refused(one: &RefusedUse) -> RefusedOut<'_> {
    let SpanOut { events, first, last } = span(&one.span);
    RefusedOut {
        address: &one.address,
        user_agent: one.user_agent.as_deref(),
        library: library(&one.library),
        events,
        first,
        last,
        standing: one.standing.word(),
        one_of: one.one_of.iter().map(suspect).collect(),
        pod: one.pod.as_ref().map(listed),
        source: one.source.as_ref().map(source),
    }
}

fn suspect(one: &Suspect) -> SuspectOut<'_> {
    SuspectOut { subject: &one.subject, workload: one.workload.as_ref().map(workload) }
}

fn listed(pod: &Pod) -> ListedOut<'_> {
    ListedOut {
        namespace: &pod.namespace,
        name: &pod.name,
        service_account: &pod.account,
        workload: workload(&pod.workload),
        images: &pod.images,
    }
}

fn legacy(one: &SecretUse) -> LegacyOut<'_> {
    let SpanOut { events, first, last } = span(&one.span);
    LegacyOut {
        subject: &one.username,
        kind: one.legacy.word(),
        secret: one.secret.as_deref(),
        user_agent: one.user_agent.as_deref(),
        events,
        first,
        last,
    }
}
