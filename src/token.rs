//! What a service-account token says of itself: whose it is, which of five kinds, and when it will be replaced, marked as stale
//! and refused. It is decoded and never verified: whoever wrote the text could claim anything.
//!
//! Traps:
//! - A token is a secret. Nothing here keeps its text, its signature is not even decoded, and no error quotes it.
//! - `exp` is not always the end: some platforms refuse a token before (`platform::Platform::enforced`).
//! - That an API server extends the life of tokens shows by a claim of its own, `warnafter`, not by a long life: anyone may ask
//!   for a token that lives for a year, and a signer outside the API server may cap an extended one at any length.
//! - kubelet goes by the life that it asked for, which for an extended token ends at `warnafter`.
//! - One hour without `warnafter` has two causes: the extension is switched off, or the cluster caps lives below 3607 seconds,
//!   which switches it off as well.
//!
//! Not done here: reading files. A time comes in as `now`, so that a token can be judged as of any day.

use jiff::{SignedDuration, Timestamp};

use crate::model::words;
use crate::platform::{Issuer, Platform, Platforms, WARN_AFTER};

mod claims;
mod encoded;
mod json;
mod notes;

pub use claims::{Claims, Named};
pub use encoded::{MOST_BYTES, Part, Refusal};
pub use notes::{Note, NoteKind};

/// Seconds by which the clocks of an API server and of whoever made a token may differ: `DefaultLeeway` of go-jose's `jwt`.
const LEEWAY: i64 = 60;

/// The share of its life, in percent, that a token has left when kubelet asks for the next one, and the age at which it does so
/// at the latest: `requiresRefresh` in Kubernetes' `pkg/kubelet/token/token_manager.go`.
const LEFT_AT_ROTATION: i64 = 20;
const OLDEST_IN_FILE: i64 = 24 * 3600;

/// The issuer of tokens that secrets hold: `LegacyIssuer` in Kubernetes' `pkg/serviceaccount/jwt.go`.
const LEGACY_ISSUER: &str = "kubernetes/serviceaccount";

/// A token, decoded and explained as of some time.
#[derive(Clone, Debug)]
pub struct Token<'p> {
    /// What it claims.
    pub claims: Claims,
    /// What sort of token that makes it.
    pub kind: Kind,
    /// The platform whose issuers look like its own, and the form that it was known by.
    pub platform: Option<(&'p Platform, &'p Issuer)>,
    /// When kubelet begins to replace it in its file.
    pub rotates: Option<Timestamp>,
    /// When the API server begins to mark requests with it as stale.
    pub warns: Option<Timestamp>,
    /// When the API server begins to refuse it.
    pub refused: Option<Timestamp>,
    /// Whether that is earlier than it claims.
    pub refused_early: bool,
    /// Where it stands in its life.
    pub state: State,
    /// What else is to be said of it.
    pub notes: Vec<Note>,
    /// The time all this holds for.
    pub now: Timestamp,
}

words! {
    /// The sorts of tokens.
    Kind {
        /// From the volume that every pod gets; the API server has extended its life beyond the hour that was asked for.
        Extended = "extended",
        /// From the same volume of a cluster that extends nothing: after about an hour it is dead.
        ExtensionOff = "extension-off",
        /// Asked for with other settings: a projected volume of one's own, or a call such as `kubectl create token`.
        Custom = "custom",
        /// From a secret, without an end.
        Legacy = "legacy",
        /// A token of something else.
        NotServiceAccount = "not-a-service-account-token",
    }
}

words! {
    /// Where a token stands in its life.
    State {
        /// It is not valid yet, or the clocks differ.
        NotYet = "not-yet-valid",
        /// It is as young as one expects it in its file.
        Current = "current",
        /// kubelet has replaced it or is about to.
        RotationDue = "rotation-due",
        /// It is accepted, and each request with it is marked.
        Stale = "stale",
        /// It is refused.
        Refused = "refused",
        /// It has no end.
        Endless = "endless",
        /// It does not say enough.
        Unknown = "unknown",
    }
}

impl Token<'_> {
    /// Seconds since it is stale, as the annotation in an audit log would count them.
    pub fn stale_seconds(&self) -> Option<i64> {
        let warns = self.warns.filter(|_| self.state == State::Stale)?;
        Some(self.now.as_second() - warns.as_second())
    }

    /// Seconds until it is refused; below 0 once it is.
    pub fn seconds_left(&self) -> Option<i64> {
        Some(self.refused?.as_second() - self.now.as_second())
    }
}

/// Decodes a text and explains the token in it as of a time. `is_in_pod` says that it comes from the file that every pod gets,
/// which tells a capped life from one that somebody chose.
///
/// # Errors
/// If the text is no token that can be decoded. The error quotes nothing of it.
pub fn decode<'p>(text: &str, is_in_pod: bool, now: Timestamp, platforms: &'p Platforms) -> Result<Token<'p>, Refusal> {
    let encoded = encoded::decode(text)?;
    let claims = Claims::read(&encoded);
    let kind = kind(&claims, is_in_pod);
    let platform = claims.issuer.as_deref().and_then(|issuer| platforms.of_issuer(issuer));
    let platform = platform.filter(|_| kind != Kind::NotServiceAccount);
    let (refused, refused_early) = refused(&claims, platform.map(|(platform, _)| platform));
    let warns = claims.warn_after.filter(|_| kind == Kind::Extended);
    let mut token = Token {
        rotates: rotates(&claims, kind),
        warns,
        refused,
        refused_early,
        kind,
        platform,
        state: State::Unknown,
        notes: Vec::new(),
        claims,
        now,
    };
    token.state = state(&token);
    token.notes = notes::of(&token, &encoded, is_in_pod);
    Ok(token)
}

fn kind(claims: &Claims, is_in_pod: bool) -> Kind {
    if claims.legacy_secret.is_some() || (claims.issuer.as_deref() == Some(LEGACY_ISSUER) && claims.account.is_some()) {
        return Kind::Legacy;
    }
    if claims.account.is_none() {
        return Kind::NotServiceAccount;
    }
    if claims.warn_after.is_some() {
        return Kind::Extended;
    }
    let lifetime = claims.lifetime().unwrap_or(i64::MAX);
    // Nobody but the volume that every pod gets asks for that length, and a cap leaves no less than an hour.
    let is_asked_for = lifetime == WARN_AFTER || (3600 < lifetime && lifetime < WARN_AFTER);
    let is_capped = is_in_pod && lifetime <= WARN_AFTER;
    if claims.pod.is_some() && claims.is_for_api_server() && (is_asked_for || is_capped) {
        Kind::ExtensionOff
    } else {
        Kind::Custom
    }
}

fn rotates(claims: &Claims, kind: Kind) -> Option<Timestamp> {
    // kubelet asks for tokens of pods only.
    claims.pod.as_ref()?;
    let issued = claims.issued?;
    let asked_for = match kind {
        Kind::Extended => claims.warn_after?,
        Kind::ExtensionOff | Kind::Custom => claims.expires?,
        Kind::Legacy | Kind::NotServiceAccount => return None,
    };
    let life = asked_for.as_second() - issued.as_second();
    let age = (life - life.checked_mul(LEFT_AT_ROTATION)? / 100).min(OLDEST_IN_FILE);
    (life > 0).then(|| after(issued, age)).flatten()
}

/// When a token is refused, and whether that is before its own end.
fn refused(claims: &Claims, platform: Option<&Platform>) -> (Option<Timestamp>, bool) {
    let limit = platform.filter(|platform| platform.enforced);
    let limit = limit.and_then(|platform| after(claims.issued?, platform.lifetime));
    match (claims.expires, limit) {
        (Some(expires), Some(limit)) if limit < expires => (Some(limit), true),
        (None, Some(limit)) => (Some(limit), true),
        (expires, _) => (expires, false),
    }
}

fn state(token: &Token<'_>) -> State {
    let is_past = |time: Option<Timestamp>| time.is_some_and(|time| time <= token.now);
    let starts = token.claims.issued.max(token.claims.not_before);
    if starts.is_some_and(|starts| starts.as_second() > token.now.as_second() + LEEWAY) {
        State::NotYet
    } else if is_past(token.refused) {
        State::Refused
    } else if is_past(token.warns) {
        State::Stale
    } else if is_past(token.rotates) {
        State::RotationDue
    } else if token.refused.is_some() {
        State::Current
    } else if token.kind == Kind::Legacy {
        State::Endless
    } else {
        State::Unknown
    }
}

fn after(time: Timestamp, seconds: i64) -> Option<Timestamp> {
    time.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests;
