//! `kubefloor token` as a whole: that no run shows a token, whatever it is given, and that it sees one replaced.
//!
//! The tokens are made here, of claims that are plainly none of a real cluster; their signature says that it is none.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// 2026-03-01T10:00:00Z.
const ISSUED: i64 = 1_772_359_200;

fn made(issued: i64) -> String {
    let claims = json!({
        "iss": "https://kubernetes.default.svc",
        "sub": "system:serviceaccount:shop:cart",
        "aud": ["https://kubernetes.default.svc"],
        "iat": issued,
        "exp": issued + 31_536_000,
        "kubernetes.io": {"namespace": "shop", "pod": {"name": "cart-1"}, "warnafter": issued + 3607},
    });
    let parts = [r#"{"alg":"RS256","kid":"not-a-key"}"#.to_owned(), claims.to_string()];
    format!("{}.not-a-signature", parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
}

fn run(arguments: &[&str], input: &str, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    // It may have ended without reading.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    child.wait_with_output().expect("its output")
}

/// The pieces of a token that must stand nowhere: any twelve of its characters, once or twice encoded.
fn shows(output: &Output, token: &str) -> bool {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text);
    let twice = STANDARD.encode(token);
    [token, twice.as_str()]
        .iter()
        .any(|secret| (0..secret.len().saturating_sub(12)).any(|at| text.contains(&secret[at..at + 12])))
}

#[test]
fn no_run_shows_a_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = made(ISSUED);
    let twice = STANDARD.encode(&token);
    let (header, rest) = token.split_once('.').expect("three parts");
    let bearer = format!("Bearer {token}");
    let option = format!("--token={token}");
    let arguments: Vec<Vec<&str>> = vec![
        vec!["token", &token],
        vec!["token", "-", &token],
        vec!["token", &token, "x"],
        vec!["token", "--format", &token],
        vec!["token", "--now", &token],
        vec!["token", &option],
        vec!["token", &bearer],
        vec!["token", &twice],
        vec!["token", header],
        vec!["token", rest],
        vec![&token],
        vec!["scan", &token],
        vec!["explain", &token, &twice],
    ];
    for arguments in &arguments {
        let output = run(arguments, "", folder.path());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!shows(&output, &token) && !output.stderr.is_empty(), "{arguments:?} {output:?}");
    }
    let inputs = [
        token.clone(),
        twice.clone(),
        format!("{token} {token}"),
        format!("{token}.x"),
        format!("{{\"token\": \"{token}\"}}"),
        rest.to_owned(),
        header.to_owned(),
        token.replacen('.', ".!", 1),
        token.to_uppercase(),
        format!("\0{token}"),
        token[..token.len() / 2].to_owned(),
        format!("{header}.{}.x", URL_SAFE_NO_PAD.encode(format!("\"{token}\""))),
        format!("{header}.{}.x", URL_SAFE_NO_PAD.encode(format!("{{\"iat\":\"{token}\"}}"))),
    ];
    for input in &inputs {
        for form in ["text", "json"] {
            let output = run(&["token", "-", "--format", form], input, folder.path());
            assert!(!shows(&output, &token), "{input} {output:?}");
        }
    }
}

#[test]
fn what_is_like_a_token_in_a_path_is_taken_for_one_and_no_short_word_is() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("eyJ-short"), made(ISSUED)).expect("the file");
    let output = run(&["token", "eyJ-short", "--now", "2026-03-01T10:00:00Z"], "", folder.path());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let long = format!("eyJ{}", "x".repeat(20));
    let output = run(&["scan", &format!("a/{long}")], "", folder.path());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains(&long));
}

#[test]
fn watching_shows_each_token_that_takes_the_place_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let replace = |text: &str| {
        let next = folder.path().join("next");
        fs::write(&next, text).expect("the file");
        fs::rename(&next, &path).expect("the file");
    };
    replace(&made(ISSUED));
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    command.args(["token", "token", "--watch", "--every", "1", "--format", "json"]);
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut troubles = BufReader::new(child.stderr.take().expect("its errors")).lines();
    let mut seen = || {
        let document: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
        (document["event"].as_str().unwrap_or_default().to_owned(), document["issued_at"].as_str().map(str::to_owned))
    };
    assert_eq!(seen(), ("seen".into(), Some("2026-03-01T10:00:00Z".into())));
    fs::remove_file(&path).expect("the file");
    let trouble = troubles.next().expect("a line").expect("text");
    assert!(trouble.contains("no such file"), "{trouble}");
    replace(&made(ISSUED + 2886));
    assert_eq!(seen(), ("replaced".into(), Some("2026-03-01T10:48:06Z".into())));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

/// Whoever reads may go; then it ends.
#[test]
fn watching_ends_when_nobody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    fs::write(&path, made(ISSUED)).expect("the file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
    command.args(["token", "token", "--watch", "--every", "1"]);
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    output.read_line(&mut String::new()).expect("a line");
    drop(output);
    fs::write(&path, made(ISSUED + 2886)).expect("the file");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
