//! The same truth out of every envelope: a generated log in which it is known who sends which token, shipped in each way that is
//! known; and events as they were published.

use std::collections::BTreeSet;

use kubefloor::audit::{self, Agents, Filter, Options, Picture, Tally};
use kubefloor::platform::Platforms;
use kubefloor::rules::RuleSet;

#[path = "audit_logs/generator.rs"]
mod generator;

use generator::{Log, Truth};

/// What is asked by default, for a platform whose tokens live a year.
fn options() -> Options<'static> {
    Options {
        platform: Some("upstream".to_owned()),
        lifetime: None,
        pods: None,
        rules: RuleSet::built_in(),
        agents: Agents::built_in(),
        platforms: Platforms::built_in(),
    }
}

fn picture(bytes: &[u8]) -> Picture {
    let mut tally = Tally::new(Filter::default());
    audit::read(bytes, &mut tally).expect("memory can be read");
    Picture::new(&tally, &options(), 1, Vec::new())
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
