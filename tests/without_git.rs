//! Built without the feature `git`, the program says so of the options that need it.
#![cfg(not(feature = "git"))]

use std::process::Command;

#[test]
fn options_that_read_revisions_say_that_they_are_not_built_in() {
    for option in ["--base", "--rev"] {
        let run =
            Command::new(env!("CARGO_BIN_EXE_kubefloor")).args(["scan", option, "main"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(said.contains("this program was built without the feature `git`, and reads no revisions"), "{said}");
    }
}
