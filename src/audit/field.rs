//! Which key of an event or of an envelope means what.
//!
//! The keys are those of `audit.k8s.io/v1` (`staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go`), of Cloud Logging's `AuditLog`, of
//! Azure's table `AKSAudit`, of Elastic's integration, which replaces the dots in annotations' keys, and of the shippers' envelopes.
//!
//! Traps:
//! - Much in an event is the client's own text: its user agent, the address it asked for, names in messages. Were that taken for
//!   an envelope, a client could forge events. So no text below a field of an event is unwrapped ([`Meaning::closed`]).
//! - The objects that were sent can hold anything, audit events too, and the impersonated user is not the token's.

use super::event::{Facts, Hint, LegacyUse, Level, Row, Stage};

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    /// What its text is.
    pub(super) field: Field,
    /// What the object behind it is.
    pub(super) role: Role,
    /// Whether texts below are never envelopes.
    pub(super) closed: bool,
    /// Whether nothing below is looked at.
    pub(super) ignored: bool,
}

/// What a text or number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Nothing that is known; perhaps an envelope.
    None,
    Stale,
    Legacy(LegacyUse),
    Truncated,
    Username,
    Pod,
    PodUid,
    /// What was decided, as each request says that was let in.
    Decision,
    UserAgent,
    Address,
    AuditId,
    /// A time, and how good it is.
    Time(u8),
    Stage,
    Level,
    Verb,
    Method,
    Code,
    Hint,
    /// The name in a pair of a name and a value, as CloudWatch Logs Insights answers.
    PairName,
    PairValue,
    /// The name of a column, as Azure answers.
    ColumnName,
    Column(Column),
}

/// A column of a query's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Subject,
    Pod,
    MaxSeconds,
    Requests,
    Tokens,
    IssuedFirst,
    IssuedLast,
    FirstSeen,
    LastSeen,
    BreaksAt,
}

/// What an object is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    None,
    User,
    Extra,
    Annotations,
    Status,
    Agent,
    /// Cloud Logging's `AuditLog`.
    AuditLog,
    Operation,
    Columns,
    Rows,
}

impl Meaning {
    pub(super) const NONE: Meaning = Meaning { field: Field::None, role: Role::None, closed: false, ignored: false };

    fn text(field: Field) -> Meaning {
        Meaning { field, ..Meaning::NONE }
    }

    fn object(role: Role) -> Meaning {
        Meaning { role, closed: true, ..Meaning::NONE }
    }

    const CLOSED: Meaning = Meaning { closed: true, ..Meaning::NONE };
    const IGNORED: Meaning = Meaning { closed: true, ignored: true, ..Meaning::NONE };

    /// The meaning of a key in an object of some role.
    pub(super) fn of(role: Role, key: &str) -> Meaning {
        if key.contains('/') {
            return Meaning::of_annotation(role, key);
        }
        if !key.contains('.') {
            return Meaning::of_part(role, key);
        }
        // Elastic's flat form: `kubernetes.audit.user.username`.
        let mut meaning = Meaning { role, ..Meaning::NONE };
        for part in key.split('.') {
            let next = Meaning::of_part(meaning.role, part);
            let (closed, ignored) = (meaning.closed || next.closed, meaning.ignored || next.ignored);
            meaning = Meaning { closed, ignored, ..next };
        }
        meaning
    }

    /// Keys like `authentication.k8s.io/stale-token`, perhaps in a flat form, perhaps with the dots replaced.
    fn of_annotation(role: Role, key: &str) -> Meaning {
        let (domain, name) = key.rsplit_once('/').unwrap_or_default();
        let is_of = |owner: &str| {
            let end = domain.len().checked_sub(owner.len()).and_then(|start| domain.get(start..));
            end.is_some_and(|end| end.bytes().zip(owner.bytes()).all(|(a, b)| a == b || (a == b'_' && b == b'.')))
        };
        let is_flat = domain.starts_with("kubernetes");
        let field = match name {
            "stale-token" if is_of("authentication.k8s.io") => Field::Stale,
            "truncated" if is_of("audit.k8s.io") => Field::Truncated,
            "pod-name" if is_of("authentication.kubernetes.io") && (role == Role::Extra || is_flat) => Field::Pod,
            "pod-uid" if is_of("authentication.kubernetes.io") && (role == Role::Extra || is_flat) => Field::PodUid,
            _ if is_of("authorization.k8s.io") => Field::Decision,
            _ if is_of("authentication.k8s.io") => match LegacyUse::ALL.iter().find(|legacy| legacy.word() == name) {
                Some(legacy) => Field::Legacy(*legacy),
                None => Field::None,
            },
            _ => Field::None,
        };
        Meaning { field, closed: true, ..Meaning::NONE }
    }

    fn of_part(role: Role, key: &str) -> Meaning {
        match key {
            "user" | "User" => Meaning::object(Role::User),
            "username" if role == Role::User => Meaning::text(Field::Username),
            "principalEmail" | "principal_email" if role == Role::AuditLog => Meaning::text(Field::Username),
            "extra" | "Extra" if role == Role::User => Meaning::object(Role::Extra),
            "impersonatedUser" | "ImpersonatedUser" => Meaning::IGNORED,
            "annotations" | "Annotations" | "labels" => Meaning::object(Role::Annotations),
            "responseStatus" | "ResponseStatus" => Meaning::object(Role::Status),
            "status" if role == Role::AuditLog => Meaning::object(Role::Status),
            "code" if matches!(role, Role::Status | Role::None) => Meaning::text(Field::Code),
            "protoPayload" | "protopayload_auditlog" | "proto_payload" => Meaning::object(Role::AuditLog),
            "authenticationInfo" | "authentication_info" | "requestMetadata" | "request_metadata" | "audit_log"
                if role == Role::AuditLog =>
            {
                Meaning::object(Role::AuditLog)
            }
            "request" | "response" if role == Role::AuditLog => Meaning::IGNORED,
            "requestObject" | "RequestObject" | "responseObject" | "ResponseObject" => Meaning::IGNORED,
            "objectRef" | "ObjectRef" | "requestURI" | "RequestUri" | "requestUri" | "url" | "resourceName" => {
                Meaning::CLOSED
            }
            "sourceIPs" | "SourceIps" | "sourceIps" | "callerIp" | "caller_ip" | "source_ip" => {
                Meaning { closed: true, ..Meaning::text(Field::Address) }
            }
            "userAgent" | "UserAgent" | "user_agent" | "ua" => {
                Meaning { field: Field::UserAgent, ..Meaning::object(Role::Agent) }
            }
            "original" if role == Role::Agent => Meaning::text(Field::UserAgent),
            "callerSuppliedUserAgent" | "caller_supplied_user_agent" => Meaning::text(Field::UserAgent),
            "auditID" | "AuditId" | "AuditID" | "auditId" => Meaning::text(Field::AuditId),
            // Cloud Logging's name for what the events of one request have in common.
            "operation" => Meaning::object(Role::Operation),
            "id" if role == Role::Operation => Meaning::text(Field::AuditId),
            "stage" | "Stage" => Meaning::text(Field::Stage),
            "level" | "Level" => Meaning::text(Field::Level),
            "verb" | "Verb" => Meaning::text(Field::Verb),
            "methodName" | "method_name" => Meaning::text(Field::Method),
            "requestReceivedTimestamp" | "RequestReceivedTime" => Meaning::text(Field::Time(3)),
            "stageTimestamp" | "StageReceivedTime" => Meaning::text(Field::Time(2)),
            "timestamp" | "time" | "@timestamp" | "_time" | "TimeGenerated" | "date" => Meaning::text(Field::Time(1)),
            "logGroup" | "logStream" | "logStreamName" | "@logStream" | "@log" | "category" | "Category" | "@type"
            | "Type" => Meaning::text(Field::Hint),
            "field" => Meaning::text(Field::PairName),
            "value" => Meaning::text(Field::PairValue),
            "columns" => Meaning::object(Role::Columns),
            "name" if role == Role::Columns => Meaning::text(Field::ColumnName),
            "rows" => Meaning { role: Role::Rows, ..Meaning::NONE },
            "subject" | "sa" => Meaning::text(Field::Column(Column::Subject)),
            "pod" => Meaning::text(Field::Column(Column::Pod)),
            "max_seconds" | "max_secs" | "elapsedtime" => Meaning::text(Field::Column(Column::MaxSeconds)),
            "requests" => Meaning::text(Field::Column(Column::Requests)),
            "tokens" => Meaning::text(Field::Column(Column::Tokens)),
            "issued_first" => Meaning::text(Field::Column(Column::IssuedFirst)),
            "issued_last" => Meaning::text(Field::Column(Column::IssuedLast)),
            "first_seen" => Meaning::text(Field::Column(Column::FirstSeen)),
            "last_seen" => Meaning::text(Field::Column(Column::LastSeen)),
            "breaks_at" => Meaning::text(Field::Column(Column::BreaksAt)),
            _ => Meaning::NONE,
        }
    }
}

impl Field {
    /// Sets the fact. What was stated first stays: so does the API server's own, which comes before what is below.
    pub(super) fn set(self, facts: &mut Facts, text: &str) {
        let first = |known: &mut String| {
            if known.is_empty() {
                known.push_str(text);
            }
        };
        match self {
            Field::Stale => first(&mut facts.stale),
            Field::Legacy(found) => {
                // The one that names the secret says more.
                if facts.legacy.as_ref().is_none_or(|(known, _)| *known < found) {
                    facts.legacy = Some((found, text.to_owned()));
                }
            }
            Field::Truncated => facts.truncated |= text == "true",
            Field::Username => first(&mut facts.username),
            Field::Pod => first(&mut facts.pod),
            Field::PodUid => first(&mut facts.pod_uid),
            Field::Decision => facts.is_decided = true,
            Field::UserAgent => first(&mut facts.user_agent),
            Field::Address => {
                // As a text it is a list in brackets; as a list its last element counts.
                let last = text.trim_matches(['[', ']', ' ']).rsplit(',').next().unwrap_or_default();
                facts.address.clear();
                facts.address.push_str(last.trim_matches(['"', ' ']));
            }
            Field::AuditId => first(&mut facts.audit_id),
            Field::Time(quality) => facts.set_time(quality, text),
            Field::Stage => facts.stage = facts.stage.or(Stage::ALL.iter().find(|stage| stage.word() == text).copied()),
            Field::Level => facts.level = facts.level.or(Level::ALL.iter().find(|level| level.word() == text).copied()),
            Field::Verb => first(&mut facts.verb),
            Field::Method => {
                facts.is_grpc = true;
                facts.verb.clear();
                facts.verb.push_str(text.rsplit('.').next().unwrap_or_default());
            }
            Field::Code => facts.code = facts.code.or(text.parse().ok()),
            Field::Column(column) => {
                if column == Column::MaxSeconds || !text.is_empty() {
                    column.set(&mut facts.row, text);
                }
            }
            Field::None | Field::Hint | Field::PairName | Field::PairValue | Field::ColumnName => {}
        }
    }
}

/// Whether a field is one that CloudWatch Logs Insights makes; audit logs are there if the cluster is one of EKS.
pub(super) fn is_of_cloudwatch(name: &str) -> bool {
    matches!(name, "@message" | "@ptr" | "@log" | "@logStream")
}

/// What the value of a key of an envelope, or the path of a file, tells of the platform.
pub(super) fn hint_of(text: &str) -> Option<Hint> {
    if text.contains("/aws/eks/") || text.split('/').any(|part| part.starts_with("kube-apiserver-audit-")) {
        Some(Hint::Eks)
    } else if text.ends_with("google.cloud.audit.AuditLog") || text == "k8s_cluster" {
        Some(Hint::Gke)
    } else if matches!(text, "kube-audit" | "kube-audit-admin" | "AKSAudit" | "AKSAuditAdmin") {
        Some(Hint::Aks)
    } else {
        None
    }
}

impl Column {
    /// Whether a CSV file with such a column is a query's result.
    pub(super) fn set(self, row: &mut Row, text: &str) {
        let number = || text.trim().parse::<f64>().ok().filter(|number| (0.0..1e15).contains(number));
        #[expect(clippy::cast_possible_truncation, reason = "it lies between 0 and 1e15")]
        let number = || number().map(|number| number as i64);
        let time = || super::event::parse_time(text);
        match self {
            Column::Subject => text.trim().clone_into(&mut row.subject),
            Column::Pod if text == "-" => {}
            Column::Pod => text.trim().clone_into(&mut row.pod),
            Column::MaxSeconds => row.max_seconds = number(),
            Column::Requests => row.requests = number(),
            Column::Tokens => row.tokens = number(),
            Column::IssuedFirst => row.issued_first = time(),
            Column::IssuedLast => row.issued_last = time(),
            Column::FirstSeen => row.first_seen = time(),
            Column::LastSeen => row.last_seen = time(),
            Column::BreaksAt => row.breaks_at = time(),
        }
    }
}
