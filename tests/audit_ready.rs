//! What `--ready` answers: a log that can have hidden a stale token is no yes, and who was refused is told as far as that can be.

use kubefloor::audit::{self, Filter, Options, Picture, Pods, Tally};
use serde_json::{Value, json};

mod audit_options;

use audit_options::options;

const STALE: &str = "authentication.k8s.io/stale-token";

fn picture(text: &str, filter: Filter, pods: Option<&Value>) -> Picture {
    let mut tally = Tally::new(filter);
    audit::read(text.as_bytes(), &mut tally).expect("memory can be read");
    let pods = pods.map(|pods| Pods::read(pods.to_string().as_bytes()).unwrap());
    let options = Options { pods, ..options(Some("upstream")) };
    Picture::new(&tally, &options, 1, Vec::new())
}

/// An event in an hour that shows nothing stale.
fn event(hour: i64) -> Value {
    json!({
        "kind": "Event", "level": "Metadata", "auditID": hour.to_string(), "stage": "ResponseComplete", "verb": "list",
        "user": { "username": "system:serviceaccount:shop:web" }, "sourceIPs": ["10.0.0.9"], "userAgent": "web",
        "responseStatus": { "code": 200 },
        "requestReceivedTimestamp": format!("2026-03-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24),
        "annotations": { "authorization.k8s.io/decision": "allow" },
    })
}

/// A request with a token that is a day and some hours old.
fn stale(hour: i64, account: &str, address: &str, agent: &str) -> Value {
    let mut event = event(hour);
    event["auditID"] = format!("{account}-{hour}").into();
    event["sourceIPs"][0] = address.into();
    event["userAgent"] = agent.into();
    let value = format!(
        "subject: system:serviceaccount:shop:{account}, seconds after warning threshold: {}",
        90_000 + hour * 3_600
    );
    event["annotations"][STALE] = value.into();
    event
}

/// The same, with the name of the pod.
fn stale_of_pod(hour: i64, account: &str, pod: &str) -> Value {
    let mut event = stale(hour, account, "10.0.0.2", "OpenAPI-Generator/11.0.0/python");
    event["user"]["extra"]["authentication.kubernetes.io/pod-name"] = json!([pod]);
    event
}

fn refused(hour: i64, address: &str, agent: &str) -> Value {
    let mut event = event(hour);
    event["auditID"] = format!("refused-{hour}").into();
    event["user"] = json!({});
    event["sourceIPs"][0] = address.into();
    event["userAgent"] = agent.into();
    event["responseStatus"]["code"] = 401.into();
    event["annotations"] = json!({});
    event
}

fn lines(events: impl IntoIterator<Item = Value>) -> String {
    let events: Vec<String> =
        events.into_iter().filter(|event| !event.is_null()).map(|event| event.to_string()).collect();
    events.join("\n")
}

/// Two days that show nothing stale, and what else there is.
fn calm_and(more: impl IntoIterator<Item = Value>) -> String {
    lines((0..48).map(event).chain(more))
}

fn all(text: &str) -> Picture {
    picture(text, Filter::default(), None)
}

fn answer(picture: &Picture) -> &'static str {
    picture.readiness.answer.word()
}

/// What is changed in the event of an hour.
type Change = fn(i64, &mut Value);

fn gaps(picture: &Picture) -> Vec<&'static str> {
    picture.gaps.iter().filter(|gap| gap.hides).map(|gap| gap.kind.word()).collect()
}

#[test]
fn silence_of_a_log_that_can_show_nothing_is_no_yes() {
    let whole = all(&calm_and([]));
    assert_eq!((gaps(&whole), answer(&whole)), (vec![], "yes"));
    let cases: [(&str, Change); 5] = [
        ("no-annotations", |_, event| event["annotations"] = json!({})),
        ("no-annotations", |hour, event| {
            if hour % 3 > 0 {
                event["annotations"] = Value::Null;
            }
        }),
        ("no-service-accounts", |_, event| event["user"]["username"] = "system:apiserver".into()),
        ("few-hours", |hour, event| {
            if (4..44).contains(&hour) {
                event.take();
            }
        }),
        ("few-read-requests", |hour, event| {
            if hour > 0 {
                event["verb"] = "create".into();
            }
        }),
    ];
    for (gap, change) in cases {
        let changed = (0..48).map(|hour| {
            let mut event = event(hour);
            change(hour, &mut event);
            event
        });
        let picture = all(&lines(changed));
        assert_eq!((gaps(&picture), answer(&picture)), (vec![gap], "cannot-tell"));
    }
}

fn pod(name: &str, account: &str, address: &str, host: bool) -> Value {
    json!({
        "metadata": { "name": name, "namespace": "shop" },
        "spec": { "hostNetwork": host, "serviceAccountName": account, "containers": [] },
        "status": { "podIP": address },
    })
}

/// A list with a pod of whoever is calm, and others.
fn pods(others: &[Value]) -> Value {
    let calm = pod("web-7d9f6c5b8-x2x9z", "web", "10.0.0.9", false);
    json!({ "kind": "List", "items": std::iter::once(&calm).chain(others).collect::<Vec<_>>() })
}

/// So many refused requests, a minute apart, from an hour on.
fn refusals(count: i64, hour: i64, address: &str, agent: &str) -> Vec<Value> {
    let minute = |number: i64| {
        let mut event = refused(hour + number / 60, address, agent);
        let time =
            event["requestReceivedTimestamp"].as_str().unwrap().replace(":00:00Z", &format!(":{:02}:00Z", number % 60));
        event["requestReceivedTimestamp"] = time.into();
        event["auditID"] = format!("refused-{number}").into();
        event
    };
    (0..count).map(minute).collect()
}

#[test]
fn whoever_was_refused_may_be_ours() {
    let (curl, fresh, old) = ("curl/8.5.0", "kubernetes-client-javascript/2.0.0", "OpenAPI-Generator/11.0.0/python");
    let is = |count: i64, hour: i64, agent: &str, pods: Option<&Value>, expected: (&str, &str)| {
        let log = calm_and(refusals(count, hour, "10.0.0.7", agent));
        let picture = picture(&log, Filter::default(), pods);
        let standing = picture.refused[0].standing.word();
        assert_eq!((standing, answer(&picture)), expected, "{count} of {agent} at {hour}");
        picture
    };
    let other = pods(&[pod("tool", "tool", "10.0.0.8", false)]);
    let this = pods(&[pod("tool", "tool", "10.0.0.7", false)]);
    let host = pods(&[pod("tool", "tool", "10.0.0.7", true)]);
    // Without a list of pods nobody knows.
    let open = is(1, 30, curl, None, ("open", "cannot-tell"));
    assert!(open.readiness.missing.iter().any(|missing| missing.contains("--pods")), "{:?}", open.readiness.missing);
    is(1, 30, curl, Some(&other), ("harmless", "yes"));
    is(1, 30, curl, Some(&host), ("open", "cannot-tell"));
    // A pod that is refused once goes on, if the log lasts; one that is refused on and on does not.
    is(1, 30, curl, Some(&this), ("harmless", "yes"));
    is(1, 47, curl, Some(&this), ("open", "cannot-tell"));
    is(90, 30, curl, Some(&this), ("ours", "no"));
    let seldom = calm_and([refused(30, "10.0.0.7", curl), refused(36, "10.0.0.7", curl)]);
    assert_eq!(answer(&picture(&seldom, Filter::default(), Some(&this))), "cannot-tell");
    // An address may have been a pod's before the list was made.
    is(90, 30, curl, Some(&other), ("open", "cannot-tell"));
    // What re-reads its token goes on, whoever it is: its token died with its pod. But not on and on.
    is(1, 30, fresh, None, ("harmless", "yes"));
    is(90, 30, fresh, Some(&this), ("ours", "no"));
    // What keeps a dead token is refused each time it comes.
    is(1, 30, old, None, ("open", "cannot-tell"));
    is(1, 30, old, Some(&other), ("harmless", "yes"));
    is(90, 30, old, None, ("ours", "no"));
    let seldom = calm_and([refused(30, "10.0.0.7", old), refused(36, "10.0.0.7", old)]);
    assert_eq!(answer(&all(&seldom)), "no");
}

#[test]
fn whoever_is_gone_may_come_again() {
    let log = calm_and((1..40).map(|hour| stale_of_pod(hour, "cart", "cart-7d9f6c5b8-x2x9z")));
    let with = |others: &[Value]| picture(&log, Filter::default(), Some(&pods(others)));
    let told =
        |picture: &Picture| (picture.stale[0].outlook.word(), picture.stale[0].breaks.is_some(), answer(picture));
    assert_eq!(told(&all(&log)), ("breaks", true, "no"));
    assert_eq!(told(&with(&[pod("cart-7d9f6c5b8-x2x9z", "cart", "10.0.0.2", false)])), ("breaks", true, "no"));
    // The pod that came after it began with a new token, and keeps that.
    assert_eq!(told(&with(&[pod("cart-7d9f6c5b8-zzzzz", "cart", "10.0.0.2", false)])), ("breaks", false, "no"));
    assert_eq!(told(&with(&[])), ("gone", false, "cannot-tell"));
    // A list of another cluster tells nothing of this one.
    let others = json!({ "items": [pod("a", "a", "10.0.0.3", false)] });
    let picture = picture(&calm_and([]), Filter::default(), Some(&others));
    assert_eq!((gaps(&picture), answer(&picture)), (vec!["other-pods"], "cannot-tell"));
}

#[test]
fn a_refusal_is_of_the_one_client_that_it_can_be_of() {
    let agent = "tool/1.0";
    let outlooks = |picture: &Picture| {
        picture.stale.iter().map(|one| (one.account.clone().unwrap(), one.outlook.word())).collect::<Vec<_>>()
    };
    let is = |account: &str, outlook: &'static str| (account.to_owned(), outlook);
    // Two accounts send from one address, by turns: one of them was refused.
    let both = [stale(1, "a", "10.0.0.1", agent), stale(2, "b", "10.0.0.1", agent), stale(3, "a", "10.0.0.1", agent)];
    let shared = all(&calm_and(both.into_iter().chain([refused(40, "10.0.0.1", agent)])));
    assert_eq!(outlooks(&shared), [is("a", "breaks"), is("b", "breaks")]);
    let [one] = shared.refused.as_slice() else { panic!("{:?}", shared.refused) };
    let names: Vec<&str> = one.one_of.iter().map(|suspect| suspect.subject.as_str()).collect();
    assert_eq!(names, ["system:serviceaccount:shop:a", "system:serviceaccount:shop:b"]);
    assert_eq!(one.standing.word(), "ours");
    assert!(shared.readiness.reasons.iter().any(|reason| reason.starts_with("one of system:serviceaccount:shop:a, ")));
    // The address was given to another pod: what was refused later is that pod's.
    let moved = [stale(1, "a", "10.0.0.1", agent), stale(2, "a", "10.0.0.1", agent), stale(5, "b", "10.0.0.1", agent)];
    let moved = all(&calm_and(moved.into_iter().chain([refused(40, "10.0.0.1", agent)])));
    assert_eq!(outlooks(&moved), [is("a", "breaks"), is("b", "broken")]);
    // Another address, or another name, is another client.
    let apart =
        [stale(1, "a", "10.0.0.1", agent), stale(2, "b", "10.0.0.2", agent), stale(3, "c", "10.0.0.1", "tool/2")];
    let apart = all(&calm_and(apart.into_iter().chain([refused(40, "10.0.0.1", agent)])));
    assert_eq!(outlooks(&apart), [is("a", "broken"), is("b", "breaks"), is("c", "breaks")]);
}

#[test]
fn what_is_left_out_by_time_is_said() {
    let log = calm_and([stale(1, "a", "10.0.0.1", "tool/1.0"), stale(47, "b", "10.0.0.2", "tool/1.0")]);
    let at = |hour: i64| 1_772_323_200 + hour * 3_600;
    let between = |since: Option<i64>, until: Option<i64>| {
        picture(&log, Filter { since: since.map(at), until: until.map(at), ..Filter::default() }, None)
    };
    assert_eq!(answer(&between(None, None)), "no");
    // Who mended a program looks at what came after; what was before is said and decides nothing.
    let mended = calm_and([stale(1, "a", "10.0.0.1", "tool/1.0")]);
    let mended = picture(&mended, Filter { since: Some(at(2)), ..Filter::default() }, None);
    assert_eq!(answer(&mended), "yes");
    assert!(mended.readiness.caveats.iter().any(|caveat| caveat.contains("one request with a stale token")));
    // What came later is what holds now.
    assert_eq!(answer(&between(Some(2), Some(46))), "cannot-tell");
}
