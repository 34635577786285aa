//! What is to be said of a token beyond its claims and dates.

use super::encoded::Encoded;
use super::{Kind, State, Token};
use crate::model::words;
use crate::platform::{Extension, WARN_AFTER};

/// Seconds that kubelet and the volume may take to replace a file after they should have begun: kubelet looks after the volumes
/// of a pod about once a minute, with some variation.
const PATIENCE: i64 = 300;

/// Something to know of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// A sentence.
    pub message: String,
}

words! {
    /// What a note is about.
    NoteKind {
        /// The platform refuses the token before its own end.
        PlatformLimit = "platform-limit",
        /// The extension is off, and what that means.
        ExtensionOff = "extension-off",
        /// The token is extended though its platform is known not to do so.
        Unexpected = "unexpected",
        /// The file should have been replaced.
        NotRotated = "not-rotated",
        /// The token is not for the API server.
        OtherAudience = "other-audience",
        /// No object's end ends the token.
        Unbound = "unbound",
        /// It has no end, and what becomes of such tokens.
        NoEnd = "no-end",
        /// It is from the future.
        ClockSkew = "clock-skew",
        /// It was in base64 once more, as in a secret.
        FromSecret = "from-secret",
        /// It has no signature.
        Unsigned = "unsigned",
        /// A claim that is not as an API server writes it.
        OddClaim = "odd-claim",
    }
}

/// The notes on a token whose other fields are set.
pub(super) fn of(token: &Token<'_>, encoded: &Encoded, is_in_pod: bool) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut say = |kind, message: &str| notes.push(Note { kind, message: message.to_owned() });
    let platform = token.platform.map(|(platform, _)| platform);
    if token.refused_early
        && let Some(platform) = platform
    {
        say(NoteKind::PlatformLimit, &limit(token, &platform.name, platform.lifetime));
    }
    of_kind(token, &mut say);
    let is_late = token.rotates.is_some_and(|rotates| token.now.as_second() > rotates.as_second() + PATIENCE);
    if is_in_pod && is_late {
        say(
            NoteKind::NotRotated,
            "kubelet should have replaced this file: a volume mounted with `subPath` never is, a copy neither, and no volume \
             is while kubelet cannot reach the API server",
        );
    }
    if token.state == State::NotYet {
        say(NoteKind::ClockSkew, "it begins later than now; the clock of this machine or of the API server is wrong");
    }
    if encoded.from_secret {
        say(NoteKind::FromSecret, "the text was a token in base64 once more, as a secret holds it");
    }
    let is_none = token.claims.algorithm.as_deref().is_some_and(|algorithm| algorithm.eq_ignore_ascii_case("none"));
    if !encoded.is_signed || is_none {
        say(NoteKind::Unsigned, "it has no signature; no API server accepts it");
    }
    for (claim, what) in &token.claims.odd {
        say(NoteKind::OddClaim, &format!("`{claim}` {what}"));
    }
    notes
}

fn of_kind(token: &Token<'_>, say: &mut dyn FnMut(NoteKind, &str)) {
    let extension = token.platform.map(|(_, issuer)| issuer.extension);
    match token.kind {
        Kind::Extended => {
            if extension == Some(Extension::Off) {
                say(
                    NoteKind::Unexpected,
                    "clusters with such an issuer are known not to extend tokens; this one was extended all the same",
                );
            }
        }
        Kind::ExtensionOff => {
            let why = if token.claims.lifetime() == Some(WARN_AFTER) {
                "the cluster does not extend tokens (`--service-account-extend-token-expiration=false`)"
            } else {
                "the cluster caps the life of tokens (`--service-account-max-token-expiration`), which switches the \
                 extension off"
            };
            let what = "a client that does not read the file again is refused after about an hour, without a warning in \
                        the audit log before";
            say(NoteKind::ExtensionOff, &format!("{why}: {what}"));
        }
        Kind::Custom => {
            if !token.claims.audiences.is_empty() && !token.claims.is_for_api_server() {
                say(
                    NoteKind::OtherAudience,
                    "its audience does not look like an API server's, so it is for another service, unless the cluster has \
                     `--api-audiences` of its own",
                );
            }
            if token.claims.pod.is_none() && token.claims.secret.is_none() && token.claims.node.is_none() {
                say(
                    NoteKind::Unbound,
                    "it is bound to no pod, secret or node: nobody replaces it, and it is good to its end",
                );
            }
        }
        Kind::Legacy => say(
            NoteKind::NoEnd,
            "nothing replaces it; from Kubernetes 1.29 on such tokens are invalidated after a year \
             without use if the cluster made them by itself; use tokens with an end, which kubelet or `kubectl create token` gets",
        ),
        Kind::NotServiceAccount => {}
    }
}

fn limit(token: &Token<'_>, name: &str, lifetime: i64) -> String {
    let days = lifetime / 86_400;
    match token.claims.expires {
        Some(expires) => format!("`exp` says {expires}, but {name} refuses every token that is older than {days} days"),
        None => format!("there is no `exp`, but {name} refuses every token that is older than {days} days"),
    }
}
