//! Each kind of token on each platform, as of fixed times, and what is no token. All tokens are made here of claims that are
//! plainly none of a real cluster, and their signature says that it is none.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

/// 2026-03-01T10:00:00Z.
const ISSUED: i64 = 1_772_359_200;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

const EKS: &str = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE";
const GKE: &str = "https://container.googleapis.com/v1/projects/example/locations/europe-west1/clusters/demo";
const AKS: &str = "https://northeurope.oic.prod-aks.azure.com/no-tenant/no-cluster/";
const UPSTREAM: &str = "https://kubernetes.default.svc.cluster.local";

fn raw(header: &str, claims: &str) -> String {
    format!("{}.{}.not-a-signature", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn made(claims: &Value) -> String {
    raw(r#"{"alg":"RS256","kid":"not-a-key"}"#, &claims.to_string())
}

/// The claims of a pod's token that lives for so long, with `warnafter` if its life is extended.
fn of_pod(issuer: &str, lifetime: i64, is_extended: bool) -> Value {
    let mut claims = json!({
        "iss": issuer,
        "sub": "system:serviceaccount:shop:cart",
        "aud": [if issuer == EKS { "https://kubernetes.default.svc" } else { issuer }],
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": ISSUED + lifetime,
        "jti": "not-an-id",
        "kubernetes.io": {
            "namespace": "shop",
            "serviceaccount": {"name": "cart", "uid": "not-a-uid"},
            "pod": {"name": "cart-7d9f6c5b8-x2x9z", "uid": "no-uid"},
            "node": {"name": "node-1", "uid": "no-uid"},
        },
    });
    if is_extended {
        claims["kubernetes.io"]["warnafter"] = json!(ISSUED + WARN_AFTER);
    }
    claims
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn try_decoded(text: &str, now: i64) -> Result<Token<'static>, Refusal> {
    decode(text, false, at(now), Platforms::built_in())
}

fn decoded(claims: &Value, now: i64) -> Token<'static> {
    try_decoded(&made(claims), now).unwrap()
}

fn platform(token: &Token<'_>) -> Option<String> {
    token.platform.map(|(platform, _)| platform.id.clone())
}

/// Seconds from the issue to the three dates: replaced, warned of, refused.
fn dates(token: &Token<'_>) -> [Option<i64>; 3] {
    [token.rotates, token.warns, token.refused].map(|date| date.map(|date| date.as_second() - ISSUED))
}

fn has(token: &Token<'_>, kind: NoteKind) -> bool {
    token.notes.iter().any(|note| note.kind == kind)
}

#[test]
fn an_extended_token_ends_where_its_platform_ends_it() {
    let cases = [(UPSTREAM, "upstream", YEAR), (GKE, "gke", YEAR), (EKS, "eks", 90 * DAY), (AKS, "aks", YEAR)];
    for (issuer, id, end) in cases {
        let token = decoded(&of_pod(issuer, YEAR, true), ISSUED + 60);
        assert_eq!((token.kind, platform(&token).as_deref()), (Kind::Extended, Some(id)));
        assert_eq!(dates(&token), [Some(2886), Some(3607), Some(end)], "{id}");
        assert_eq!((token.refused_early, has(&token, NoteKind::PlatformLimit)), (id == "eks", id == "eks"));
        assert_eq!(has(&token, NoteKind::Unexpected), id == "aks");
    }
    let token = decoded(&of_pod("https://tokens.example", YEAR, true), ISSUED + 60);
    assert_eq!((token.kind, platform(&token)), (Kind::Extended, None));
    assert_eq!(dates(&token), [Some(2886), Some(3607), Some(YEAR)]);
}

#[test]
fn what_it_claims_is_read() {
    let token = decoded(&of_pod(EKS, YEAR, true), ISSUED);
    let claims = &token.claims;
    assert_eq!(claims.subject.as_deref(), Some("system:serviceaccount:shop:cart"));
    assert_eq!(claims.namespace.as_deref(), Some("shop"));
    let named = |named: &Option<Named>| named.as_ref().map(|named| named.name.clone()).unwrap_or_default();
    assert_eq!(
        [named(&claims.account), named(&claims.pod), named(&claims.node)],
        ["cart", "cart-7d9f6c5b8-x2x9z", "node-1"]
    );
    assert_eq!(claims.audiences, ["https://kubernetes.default.svc"]);
    assert_eq!((claims.id.as_deref(), claims.key.as_deref()), (Some("not-an-id"), Some("not-a-key")));
    assert_eq!(claims.algorithm.as_deref(), Some("RS256"));
    assert_eq!(claims.odd, []);
}

#[test]
fn it_goes_through_its_states() {
    let states = [
        (-61, State::NotYet),
        (-60, State::Current),
        (0, State::Current),
        (2885, State::Current),
        (2886, State::RotationDue),
        (3606, State::RotationDue),
        (3607, State::Stale),
        (90 * DAY - 1, State::Stale),
        (90 * DAY, State::Refused),
        (2 * YEAR, State::Refused),
    ];
    for (age, state) in states {
        let token = decoded(&of_pod(EKS, YEAR, true), ISSUED + age);
        assert_eq!(token.state, state, "at {age}");
        assert_eq!(token.stale_seconds(), (state == State::Stale).then(|| age - WARN_AFTER));
        assert_eq!(token.seconds_left(), Some(90 * DAY - age));
        assert_eq!(has(&token, NoteKind::ClockSkew), state == State::NotYet);
    }
}

#[test]
fn a_signer_may_cap_the_extension() {
    let token = decoded(&of_pod(UPSTREAM, 7200, true), ISSUED + 3700);
    assert_eq!((token.kind, token.state), (Kind::Extended, State::Stale));
    assert_eq!(dates(&token), [Some(2886), Some(3607), Some(7200)]);
}

#[test]
fn an_hour_without_a_threshold_is_the_extension_switched_off() {
    for issuer in [UPSTREAM, AKS] {
        let token = decoded(&of_pod(issuer, WARN_AFTER, false), ISSUED + 3000);
        assert_eq!((token.kind, token.state), (Kind::ExtensionOff, State::RotationDue));
        assert_eq!(dates(&token), [Some(2886), None, Some(3607)]);
        assert!(has(&token, NoteKind::ExtensionOff));
        let token = decoded(&of_pod(issuer, WARN_AFTER, false), ISSUED + 3607);
        assert_eq!((token.state, token.stale_seconds()), (State::Refused, None));
    }
    // A threshold of 0 is none.
    let mut claims = of_pod(UPSTREAM, WARN_AFTER, false);
    claims["kubernetes.io"]["warnafter"] = json!(0);
    assert_eq!(decoded(&claims, ISSUED).kind, Kind::ExtensionOff);
}

#[test]
fn a_cap_of_an_hour_is_told_from_a_chosen_hour_by_the_file() {
    let text = made(&of_pod(UPSTREAM, HOUR, false));
    let kind = |is_in_pod| decode(&text, is_in_pod, at(ISSUED), Platforms::built_in()).unwrap().kind;
    assert_eq!((kind(false), kind(true)), (Kind::Custom, Kind::ExtensionOff));
    assert_eq!(decoded(&of_pod(UPSTREAM, HOUR + 5, false), ISSUED).kind, Kind::ExtensionOff);
}

#[test]
fn other_lives_and_audiences_were_asked_for() {
    let token = decoded(&of_pod(UPSTREAM, DAY, false), ISSUED);
    assert_eq!((token.kind, dates(&token)), (Kind::Custom, [Some(DAY * 8 / 10), None, Some(DAY)]));
    assert_eq!(token.notes, []);
    // kubelet waits for a day at most.
    assert_eq!(dates(&decoded(&of_pod(UPSTREAM, 10 * DAY, false), ISSUED))[0], Some(DAY));
    // For another service: the extension would not have applied anyway.
    let mut claims = of_pod(EKS, WARN_AFTER, false);
    claims["aud"] = json!("sts.amazonaws.com");
    let token = decoded(&claims, ISSUED);
    assert_eq!((token.kind, token.claims.audiences.len()), (Kind::Custom, 1));
    assert!(has(&token, NoteKind::OtherAudience));
    // Of `kubectl create token`: no pod, so nobody replaces it.
    let mut claims = of_pod(UPSTREAM, HOUR, false);
    claims["kubernetes.io"].as_object_mut().unwrap().retain(|key, _| key != "pod" && key != "node");
    let token = decoded(&claims, ISSUED);
    assert_eq!((token.kind, dates(&token)), (Kind::Custom, [None, None, Some(HOUR)]));
    assert!(has(&token, NoteKind::Unbound));
    // A year that somebody asked for is none of the extension; EKS ends it all the same.
    let token = decoded(&of_pod(EKS, YEAR, false), ISSUED + 100 * DAY);
    assert_eq!((token.kind, token.state, token.refused_early), (Kind::Custom, State::Refused, true));
}

#[test]
fn a_token_of_a_secret_has_no_end() {
    let claims = json!({
        "iss": "kubernetes/serviceaccount",
        "sub": "system:serviceaccount:shop:cart",
        "kubernetes.io/serviceaccount/namespace": "shop",
        "kubernetes.io/serviceaccount/secret.name": "cart-token-abcde",
        "kubernetes.io/serviceaccount/service-account.name": "cart",
        "kubernetes.io/serviceaccount/service-account.uid": "not-a-uid",
    });
    let token = decoded(&claims, ISSUED);
    assert_eq!((token.kind, token.state), (Kind::Legacy, State::Endless));
    assert_eq!(dates(&token), [None, None, None]);
    assert_eq!(token.claims.legacy_secret.as_deref(), Some("cart-token-abcde"));
    assert_eq!(token.claims.account.as_ref().and_then(|account| account.uid.as_deref()), Some("not-a-uid"));
    assert!(has(&token, NoteKind::NoEnd));
}

#[test]
fn other_tokens_are_of_something_else() {
    let claims =
        json!({"iss": "https://login.example", "sub": "somebody", "aud": "app", "iat": ISSUED, "exp": ISSUED + 600});
    let token = decoded(&claims, ISSUED + 601);
    assert_eq!((token.kind, token.state), (Kind::NotServiceAccount, State::Refused));
    let token = decoded(&json!({}), ISSUED);
    assert_eq!((token.kind, token.state, token.notes.len()), (Kind::NotServiceAccount, State::Unknown, 0));
    // A user of that name in another namespace of names.
    let token = decoded(&json!({"iss": EKS, "sub": "system:serviceaccount::", "exp": ISSUED}), ISSUED);
    assert_eq!((token.kind, platform(&token)), (Kind::NotServiceAccount, None));
}

#[test]
fn a_file_in_a_pod_that_is_too_old_was_not_replaced() {
    let text = made(&of_pod(UPSTREAM, YEAR, true));
    let is_late = |is_in_pod, age| {
        has(&decode(&text, is_in_pod, at(ISSUED + age), Platforms::built_in()).unwrap(), NoteKind::NotRotated)
    };
    assert!(is_late(true, 3187) && !is_late(true, 3186) && !is_late(false, DAY));
}

#[test]
fn dates_are_numbers() {
    let mut claims = of_pod(UPSTREAM, YEAR, true);
    claims["iat"] = json!(1_772_359_200.75);
    claims["nbf"] = json!("1772359200");
    claims["exp"] = json!(1e300);
    let token = decoded(&claims, ISSUED + 3608);
    assert_eq!(token.claims.issued, Some(at(ISSUED)));
    assert_eq!((token.claims.not_before, token.claims.expires), (None, None));
    assert_eq!((token.state, token.seconds_left()), (State::Stale, None));
    let odd: Vec<&str> = token.claims.odd.iter().map(|(claim, _)| *claim).collect();
    assert_eq!(odd, ["nbf", "exp"]);
    for value in [json!(i64::MIN), json!(u64::MAX), json!(-1e18), json!(true), json!([1]), json!({"a": 1})] {
        claims["exp"] = value;
        assert_eq!(decoded(&claims, ISSUED).claims.expires, None);
    }
    claims["exp"] = Value::Null;
    assert_eq!(decoded(&claims, ISSUED).claims.odd.len(), 1);
    // The ends of what a date can be, and lives that no sum can hold.
    claims["iat"] = json!(-62_167_219_200_i64);
    claims["exp"] = json!(253_402_207_200_i64);
    claims["kubernetes.io"]["warnafter"] = json!(253_402_207_199_i64);
    let token = decoded(&claims, 0);
    assert_eq!((token.claims.lifetime(), token.state), (Some(315_569_426_400), State::RotationDue));
}

#[test]
fn claims_of_other_types_are_said_to_be_odd() {
    let mut claims = of_pod(UPSTREAM, YEAR, true);
    claims["iss"] = json!(1);
    claims["aud"] = json!(["a", 2, "b"]);
    claims["kubernetes.io"]["pod"] = json!("cart-1");
    claims["kubernetes.io"]["serviceaccount"]["name"] = json!("till");
    let token = decoded(&claims, ISSUED);
    assert_eq!(
        (token.claims.issuer.as_ref(), token.claims.audiences.len(), token.claims.pod.as_ref()),
        (None, 1, None)
    );
    let odd: Vec<&str> = token.claims.odd.iter().map(|(claim, _)| *claim).collect();
    assert_eq!(odd, ["iss", "aud", "pod", "sub"]);
    claims["kubernetes.io"] = json!([]);
    assert_eq!(decoded(&claims, ISSUED).claims.odd.last(), Some(&("kubernetes.io", "is no object")));
}

#[test]
fn texts_around_a_token_are_taken_off() {
    let token = made(&of_pod(UPSTREAM, YEAR, true));
    let in_lines = |text: &str| {
        let lines: Vec<_> = text.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
        lines.join("\n")
    };
    let padded: Vec<String> = token
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).map_or(part.to_owned(), |part| URL_SAFE.encode(part)))
        .collect();
    let texts: [String; 8] = [
        format!("  {token}\r\n"),
        format!("Bearer {token}"),
        format!("bearer   {token}"),
        format!("Authorization: Bearer {token}\n"),
        padded.join("."),
        STANDARD.encode(&token),
        in_lines(&STANDARD.encode(format!("{token}\n"))),
        STANDARD.encode(format!("Bearer {token}")),
    ];
    for (index, text) in texts.iter().enumerate() {
        let token = try_decoded(text, ISSUED).unwrap_or_else(|refusal| panic!("{index}: {refusal}"));
        assert_eq!((token.kind, has(&token, NoteKind::FromSecret)), (Kind::Extended, index > 4));
    }
}

#[test]
fn what_is_no_token_is_refused_with_its_reason() {
    let header = r#"{"alg":"RS256"}"#;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let good = made(&of_pod(UPSTREAM, YEAR, true));
    let cases = [
        (String::new(), Refusal::Empty),
        (" \n\t".into(), Refusal::Empty),
        ("Bearer ".into(), Refusal::Parts(1)),
        ("hunter2".into(), Refusal::Parts(1)),
        ("abcdef.0123456789abcdef".into(), Refusal::Parts(2)),
        ("a.b.c.d.e".into(), Refusal::Encrypted),
        ("one. two. three. four. five".into(), Refusal::Parts(5)),
        ("...".into(), Refusal::Parts(4)),
        ("..".into(), Refusal::NotJson(Part::Header)),
        (r#"{"status": {"token": "x"}}"#.into(), Refusal::Document),
        (format!("{good}\n{}", "x"), Refusal::Blanks),
        (good.replace('.', ".\n"), Refusal::Blanks),
        (good.replacen('.', "!.", 1), Refusal::NotBase64(Part::Header)),
        (format!("{}.a+b.x", URL_SAFE_NO_PAD.encode(header)), Refusal::NotBase64(Part::Claims)),
        (format!("{good}/"), Refusal::NotBase64(Part::Signature)),
        (raw("{", "{}"), Refusal::NotJson(Part::Header)),
        (raw(header, "{\"exp\":01}"), Refusal::NotJson(Part::Claims)),
        (raw(header, "{} {}"), Refusal::NotJson(Part::Claims)),
        (raw(header, "\"text\""), Refusal::NotAnObject(Part::Claims)),
        (raw(header, &deep), Refusal::TooDeep(Part::Claims)),
        (raw(header, r#"{"exp":1,"exp":2}"#), Refusal::Twice(Part::Claims, "exp".into())),
        (raw(header, r#"{"a":[{"b":1,"\u0062":2}]}"#), Refusal::Twice(Part::Claims, "b".into())),
        ("x".repeat(MOST_BYTES + 1), Refusal::TooLarge),
    ];
    for (text, expected) in cases {
        let found = try_decoded(&text, ISSUED).map(|token| token.kind);
        assert_eq!(found, Err(expected), "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn a_token_without_a_signature_is_said_to_have_none() {
    let claims = of_pod(UPSTREAM, YEAR, true).to_string();
    let unsigned = format!("{}..", raw("{}", &claims)).replace(".not-a-signature..", ".");
    assert!(has(&try_decoded(&unsigned, ISSUED).unwrap(), NoteKind::Unsigned));
    assert!(has(&try_decoded(&raw(r#"{"alg":"None"}"#, &claims), ISSUED).unwrap(), NoteKind::Unsigned));
}

#[test]
fn nothing_of_the_token_itself_is_kept() {
    let claims = of_pod(EKS, YEAR, true);
    let text = made(&claims);
    let shown = format!("{:?}", decoded(&claims, ISSUED));
    assert!(text.split('.').all(|part| !shown.contains(part)));
    // Cut or changed anywhere, it is refused or read, and no reason quotes a piece of it.
    for end in 0..text.len() {
        if let Err(refusal) = try_decoded(&text[..end], ISSUED) {
            let shown = format!("{refusal} {refusal:?}");
            assert!(!text.as_bytes().windows(12).any(|piece| shown.as_bytes().windows(12).any(|other| other == piece)));
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(Bearer )?[A-Za-z0-9_.=+/ {}-]{0,80}", other in ".{0,80}", now in -400_000_000_000_i64..300_000_000_000) {
        let now = at(now.clamp(-377_705_023_201, 253_402_207_200));
        for text in [text, other.clone(), raw("{}", &other), STANDARD.encode(raw(&other, &other))] {
            let _ = decode(&text, true, now, Platforms::built_in()).map_err(|refusal| refusal.to_string());
        }
    }

    #[test]
    fn any_dates_are_explained(dates in proptest::array::uniform4(proptest::num::f64::ANY), near in -10_000_000_i64..100_000_000) {
        let mut claims = of_pod(EKS, YEAR, true);
        for (key, date) in ["iat", "nbf", "exp"].iter().zip(&dates) {
            claims[*key] = json!(date);
        }
        claims["kubernetes.io"]["warnafter"] = json!(dates[3]);
        for claims in [&claims, &of_pod(EKS, near, near % 2 == 0)] {
            let token = decoded(claims, ISSUED + near);
            let _ = (token.stale_seconds(), token.seconds_left());
        }
    }
}
