//! The same truth out of every envelope: a generated log in which it is known who sends which token, shipped in each way that is
//! known; and events as they were published.

use std::collections::BTreeSet;

use kubefloor::audit::{self, Filter, Picture, Tally};
use kubefloor::logs::{self, Progress};
use kubefloor::report::audit::json;

mod audit_options;
#[path = "audit_logs/generator.rs"]
mod generator;

use audit_options::options;
use generator::{Log, Truth};

fn picture(bytes: &[u8]) -> Picture {
    let mut tally = Tally::new(Filter::default());
    audit::read(bytes, &mut tally).expect("memory can be read");
    Picture::new(&tally, &options(Some("upstream")), 1, Vec::new())
}

fn found(picture: &Picture) -> Vec<Truth> {
    let mut found: Vec<Truth> = picture
        .stale
        .iter()
        .map(|one| Truth {
            subject: one.subject.clone(),
            workload: one.workload.as_ref().map(|workload| workload.name.clone()).unwrap_or_default(),
            user_agent: one.user_agent.clone().unwrap_or_default(),
            requests: one.requests,
            tokens: usize::try_from(one.tokens).unwrap(),
            age: one.age,
            first: one.times.unwrap().0,
            last: one.times.unwrap().1,
            refresh: one.refresh.word(),
            outlook: one.outlook.word(),
            breaks: one.breaks,
        })
        .collect();
    found.sort();
    found
}

/// The truth, but for ten seconds in the date of the end, and without workloads where the log has no pods.
fn assert_truth(name: &str, log: &Log, has_pods: bool, picture: &Picture) {
    let mut expected = log.stale.clone();
    let mut found = found(picture);
    for (expected, found) in expected.iter_mut().zip(&mut found) {
        if let (Some(end), Some(reckoned)) = (expected.breaks, found.breaks) {
            assert!((end - reckoned).abs() <= 10, "{name}: {} breaks at {reckoned}, not {end}", expected.subject);
            found.breaks = expected.breaks;
        }
        if !has_pods {
            expected.workload.clear();
        }
    }
    assert_eq!(found, expected, "{name}");
    let refused: BTreeSet<(String, String, u64)> = picture
        .refused
        .iter()
        .map(|one| (one.address.clone(), one.user_agent.clone().unwrap_or_default(), one.span.events))
        .collect();
    assert_eq!(refused, log.refused, "{name}");
    let legacy: BTreeSet<(String, &str, String, u64)> = picture
        .legacy
        .iter()
        .map(|one| (one.username.clone(), one.legacy.word(), one.secret.clone().unwrap_or_default(), one.span.events))
        .collect();
    assert_eq!(legacy, log.legacy, "{name}");
    assert_eq!((picture.seen.broken, picture.seen.cut, picture.seen.left_out), (0, 0, 0), "{name}");
    // Whatever it is wrapped in, the log could have shown more.
    let gaps: Vec<&str> = picture.gaps.iter().filter(|gap| gap.hides).map(|gap| gap.kind.word()).collect();
    assert!(gaps.is_empty(), "{name}: {gaps:?}");
}

#[test]
fn every_envelope_says_the_same() {
    let log = generator::log(7, 30, 1800);
    assert!(log.events.len() > 900 && log.stale.len() == 5, "{} events", log.events.len());
    let mut wrong = Vec::new();
    for (name, has_pods, bytes) in generator::envelopes(&log) {
        let outcome = std::panic::catch_unwind(|| assert_truth(name, &log, has_pods, &picture(&bytes)));
        if let Err(panic) = outcome {
            wrong.push(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| name.to_owned()));
        }
    }
    assert!(wrong.is_empty(), "{} envelopes: {}", wrong.len(), wrong.join("\n"));
}

/// A large file is read in parts by several threads; the picture is the same as in one.
#[test]
fn parts_of_a_file_say_the_same_as_the_whole() {
    const LARGE: usize = 3 << 20;
    const PART: u64 = 200_000;
    let log = generator::log(5, 30, 900);
    let folder = tempfile::tempdir().unwrap();
    let envelopes = generator::envelopes(&log);
    let of = |wanted: &str| envelopes.iter().find(|(name, ..)| *name == wanted).map(|(.., bytes)| bytes).unwrap();
    let lines = of("the API server's file");
    let mixed =
        [lines.as_slice(), of("one webhook batch, pretty"), lines, of("one webhook batch"), b"{\"half\": "].concat();
    let cases = [
        ("lines", lines.clone()),
        ("cut lines of containers", of("CRI, cut, with another output between").clone()),
        ("cut lines of Docker", of("Docker, cut").clone()),
        ("documents among lines", mixed),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join("audit.log");
        let times = LARGE.div_ceil(bytes.len());
        std::fs::write(&path, bytes.repeat(times)).unwrap();
        let gathered =
            logs::gather_in_parts(std::slice::from_ref(&path), &Filter::default(), &Progress::default(), PART).unwrap();
        let parts = Picture::new(&gathered.tally, &options(Some("upstream")), 1, Vec::new());
        let mut tally = Tally::new(Filter::default());
        audit::read(std::fs::File::open(&path).unwrap(), &mut tally).unwrap();
        let whole = Picture::new(&tally, &options(Some("upstream")), 1, Vec::new());
        assert_eq!(json::write(&parts), json::write(&whole), "{name}");
        let again = logs::gather_in_parts(&[path], &Filter::default(), &Progress::default(), 1 << 20).unwrap();
        let again = Picture::new(&again.tally, &options(Some("upstream")), 1, Vec::new());
        assert_eq!(json::write(&parts), json::write(&again), "{name}");
        // However often an event is shipped, it is one request.
        let requests = |truths: &[Truth]| truths.iter().map(|truth| truth.requests).sum::<u64>();
        assert_eq!(requests(&found(&parts)), requests(&log.stale), "{name}");
    }
}

/// Annotations as they stand in public reports, each in an event made up around it.
#[test]
fn published_annotations_are_understood() {
    let published = [
        // openshift/console #13339
        ("wkfl", "default", 4_291_852, 49, true),
        // fluxcd/helm-controller #479
        ("flux-system", "helm-controller", 56_187, 0, false),
        // aws/aws-for-fluent-bit #342
        ("kube-system", "fluentbit-oidc", 969, 0, false),
        // external-secrets/kubernetes-external-secrets #926
        ("kube-external-secrets", "external-secrets-oidc", 424, 0, false),
        // fluent/fluentd-kubernetes-daemonset #1368
        ("amazon-cloudwatch", "fluentd", 14_655, 0, false),
    ];
    for (namespace, account, seconds, days, never) in published {
        let annotation =
            format!("subject: system:serviceaccount:{namespace}:{account}, seconds after warning threshold: {seconds}");
        let event = format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","verb":"watch","user":{{"username":"system:serviceaccount:{namespace}:{account}"}},"sourceIPs":["10.0.0.1"],"responseStatus":{{"code":200}},"requestReceivedTimestamp":"2022-05-10T08:00:00.000000Z","annotations":{{"authentication.k8s.io/stale-token":"{annotation}"}}}}"#
        );
        // And as CloudWatch Logs Insights flattens it.
        let flat = format!(
            r#"{{"results":[[{{"field":"@timestamp","value":"2022-05-10 08:00:00.123"}},{{"field":"annotations.authentication.k8s.io/stale-token","value":"{annotation}"}},{{"field":"verb","value":"watch"}}]]}}"#
        );
        // And as Amazon's own query takes it apart.
        let parsed = format!(
            r#"{{"results":[[{{"field":"@timestamp","value":"2022-05-10 08:00:00.123"}},{{"field":"subject","value":"system:serviceaccount:{namespace}:{account}"}},{{"field":"elapsedtime","value":" {seconds}"}},{{"field":"@ptr","value":"x"}}]]}}"#
        );
        for text in [event, flat, parsed] {
            let picture = picture(text.as_bytes());
            let [one] = picture.stale.as_slice() else { panic!("{} uses: {text}", picture.stale.len()) };
            assert_eq!(one.namespace.as_deref(), Some(namespace));
            assert_eq!(one.account.as_deref(), Some(account));
            assert_eq!((one.age, one.age / 86_400), (seconds + 3607, days), "{text}");
            assert_eq!(one.breaks, Some(1_652_169_600 - seconds - 3607 + 31_536_000), "{text}");
            if one.pods.len() == 1 {
                assert_eq!(one.refresh.word(), if never { "never" } else { "unknown" }, "{text}");
            }
        }
    }
}

/// The shape of neuvector/neuvector #2174: an event of Kubernetes 1.32 as a person pastes it, with all that it tells of the pod.
#[test]
fn a_pasted_event_is_understood() {
    let text = r#"{
  "kind": "Event",
  "apiVersion": "audit.k8s.io/v1",
  "level": "Metadata",
  "auditID": "00000000-0000-4000-8000-000000000000",
  "stage": "ResponseComplete",
  "requestURI": "/api/v1/nodes",
  "verb": "list",
  "user": {
    "username": "system:serviceaccount:neuvector:neuvector-runtime",
    "uid": "00000000-0000-4000-8000-000000000001",
    "groups": ["system:serviceaccounts", "system:serviceaccounts:neuvector", "system:authenticated"],
    "extra": {
      "authentication.kubernetes.io/credential-id": ["JTI=00000000-0000-4000-8000-000000000002"],
      "authentication.kubernetes.io/node-name": ["node-1"],
      "authentication.kubernetes.io/node-uid": ["00000000-0000-4000-8000-000000000003"],
      "authentication.kubernetes.io/pod-name": ["neuvector-controller-pod-8665f588b-xkw9x"],
      "authentication.kubernetes.io/pod-uid": ["00000000-0000-4000-8000-000000000004"]
    }
  },
  "sourceIPs": ["10.0.10.164"],
  "userAgent": "Go-http-client/1.1",
  "objectRef": {"resource": "nodes", "apiVersion": "v1"},
  "responseStatus": {"metadata": {}, "code": 200},
  "requestReceivedTimestamp": "2025-12-16T09:00:00.000000Z",
  "stageTimestamp": "2025-12-16T09:00:00.010000Z",
  "annotations": {
    "authentication.k8s.io/stale-token": "subject: system:serviceaccount:neuvector:neuvector-runtime, seconds after warning threshold: 700000",
    "authorization.k8s.io/decision": "allow"
  }
}
"#;
    let picture = picture(text.as_bytes());
    let [one] = picture.stale.as_slice() else { panic!("{} uses", picture.stale.len()) };
    assert_eq!(one.workload.as_ref().map(|workload| workload.name.as_str()), Some("neuvector-controller-pod"));
    // It is Go, but not client-go, so that library's rules say nothing.
    assert!(one.library.candidates.is_empty());
    assert_eq!(one.library.certainty.word(), "unknown");
}
