//! The claims of a token that say something of Kubernetes (`pkg/serviceaccount/claims.go` and `legacy.go` there; RFC 7519, 4.1).
//!
//! Traps:
//! - Dates are numbers, perhaps with a fraction, which counts for nothing; one in quotes is none (go-jose's `NumericDate`).
//! - An audience is a text or a list of texts.
//! - Tokens of secrets have flat claims with slashes in their names, all others an object.

use jiff::Timestamp;

use super::encoded::Encoded;
use super::json::Json;

/// What a token claims, as far as it is of use. Texts are as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `iat`.
    pub issued: Option<Timestamp>,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
    /// `exp`.
    pub expires: Option<Timestamp>,
    /// `kubernetes.io.warnafter`.
    pub warn_after: Option<Timestamp>,
    /// `jti`: what audit logs show as `credential-id`.
    pub id: Option<String>,
    /// The service account's namespace.
    pub namespace: Option<String>,
    /// The service account.
    pub account: Option<Named>,
    /// The pod it is bound to.
    pub pod: Option<Named>,
    /// The pod's node, or the node it is bound to.
    pub node: Option<Named>,
    /// The secret it is bound to.
    pub secret: Option<Named>,
    /// The secret that holds it, for a token without an end.
    pub legacy_secret: Option<String>,
    /// `alg` of the header.
    pub algorithm: Option<String>,
    /// `kid` of the header: which key signed it.
    pub key: Option<String>,
    /// What is not as an API server writes it: the claim, and what is wrong with it.
    pub odd: Vec<(&'static str, &'static str)>,
}

/// An object by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its id.
    pub uid: Option<String>,
}

const NO_TEXT: &str = "is no text";
const NO_NUMBER: &str = "is no number, and an API server takes dates as numbers only";
const NO_DATE: &str = "is no date between the years 0 and 9999";
const NO_OBJECT: &str = "is no object with a `name`";

impl Claims {
    pub(super) fn read(encoded: &Encoded) -> Claims {
        let mut claims = Claims::default();
        let all = &encoded.claims;
        claims.algorithm = claims.text(&encoded.header, "alg");
        claims.key = claims.text(&encoded.header, "kid");
        claims.issuer = claims.text(all, "iss");
        claims.subject = claims.text(all, "sub");
        claims.id = claims.text(all, "jti");
        claims.audiences = claims.audiences(all);
        claims.issued = claims.date(all, "iat");
        claims.not_before = claims.date(all, "nbf");
        claims.expires = claims.date(all, "exp");
        match all.get("kubernetes.io") {
            Some(bound @ Json::Object(_)) => {
                claims.namespace = claims.text(bound, "namespace");
                claims.account = claims.named(bound, "serviceaccount");
                claims.pod = claims.named(bound, "pod");
                claims.node = claims.named(bound, "node");
                claims.secret = claims.named(bound, "secret");
                // A threshold of 0 is none.
                claims.warn_after = claims.date(bound, "warnafter").filter(|date| date.as_second() != 0);
            }
            Some(_) => claims.odd.push(("kubernetes.io", "is no object")),
            None => claims.read_legacy(all),
        }
        claims.read_subject();
        claims
    }

    fn read_legacy(&mut self, all: &Json) {
        self.legacy_secret = self.text(all, "kubernetes.io/serviceaccount/secret.name");
        self.namespace = self.text(all, "kubernetes.io/serviceaccount/namespace");
        let uid = self.text(all, "kubernetes.io/serviceaccount/service-account.uid");
        let name = self.text(all, "kubernetes.io/serviceaccount/service-account.name");
        self.account = name.map(|name| Named { name, uid });
    }

    /// The account by the subject, where no claim of its own says it.
    fn read_subject(&mut self) {
        let parts: Vec<&str> = self.subject.as_deref().unwrap_or_default().split(':').collect();
        let ["system", "serviceaccount", namespace, name] = parts.as_slice() else {
            if self.account.is_some() {
                self.odd.push(("sub", "is not `system:serviceaccount:` with a namespace and a name"));
            }
            return;
        };
        match (&self.namespace, &self.account) {
            (Some(of), Some(account)) if of != namespace || account.name != *name => {
                self.odd.push(("sub", "names another service account than the claims of Kubernetes"));
            }
            _ => {}
        }
        if self.account.is_none() && !namespace.is_empty() && !name.is_empty() {
            let account = Named { name: (*name).to_owned(), uid: None };
            self.namespace = Some((*namespace).to_owned());
            self.account = Some(account);
        }
    }

    /// Seconds from its issue to its end.
    pub fn lifetime(&self) -> Option<i64> {
        Some(self.expires?.as_second() - self.issued?.as_second())
    }

    /// Whether its audience looks like that of an API server: by default the issuer, and in managed clusters often the name
    /// that pods know the server by. A cluster may call it otherwise.
    pub fn is_for_api_server(&self) -> bool {
        const NAMES: &[&str] = &["https://kubernetes.default", "kubernetes.default"];
        self.audiences.iter().any(|audience| {
            Some(audience) == self.issuer.as_ref() || NAMES.iter().any(|name| audience.starts_with(name))
        })
    }

    fn text(&mut self, of: &Json, key: &'static str) -> Option<String> {
        match of.get(key)? {
            Json::Text(text) => Some(text.clone()),
            Json::Null => None,
            Json::Flag(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
                self.odd.push((key, NO_TEXT));
                None
            }
        }
    }

    fn audiences(&mut self, all: &Json) -> Vec<String> {
        let values = match all.get("aud") {
            None | Some(Json::Null) => return Vec::new(),
            Some(Json::List(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        let mut audiences = Vec::new();
        for value in values {
            match value {
                Json::Text(text) => audiences.push(text.clone()),
                Json::Null | Json::Flag(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
                    self.odd.push(("aud", "is neither a text nor a list of texts"));
                    break;
                }
            }
        }
        audiences
    }

    fn date(&mut self, of: &Json, key: &'static str) -> Option<Timestamp> {
        let number = match of.get(key)? {
            Json::Number(number) => *number,
            Json::Null => return None,
            Json::Flag(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => {
                self.odd.push((key, NO_NUMBER));
                return None;
            }
        };
        let date = date(number);
        if date.is_none() {
            self.odd.push((key, NO_DATE));
        }
        date
    }

    fn named(&mut self, of: &Json, key: &'static str) -> Option<Named> {
        let object = of.get(key)?;
        if *object == Json::Null {
            return None;
        }
        let name = self.text(object, "name").filter(|name| !name.is_empty());
        if name.is_none() {
            self.odd.push((key, NO_OBJECT));
        }
        let uid = self.text(object, "uid");
        name.map(|name| Named { name, uid })
    }
}

/// The whole seconds of a number.
fn date(number: f64) -> Option<Timestamp> {
    // The first and the last second of what can be shown with four digits of a year.
    const FIRST: f64 = -62_167_219_200.0;
    const LAST: f64 = 253_402_207_200.0;
    if !(FIRST..=LAST).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is between the two, and the fraction counts for nothing")]
    Timestamp::from_second(number as i64).ok()
}
