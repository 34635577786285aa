//! Long work shows on a terminal how far it is, and nothing where there is none.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long work may take before it is shown, and how often it is.
const PATIENCE: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_millis(100);

/// Does the work, and shows a line about it if it takes long.
pub(super) fn watched<T>(quiet: bool, line: impl Fn() -> String + Send, work: impl FnOnce() -> T) -> T {
    if quiet || !io::stderr().is_terminal() {
        return work();
    }
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = PATIENCE;
            while is_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = BEAT;
                let _ = write!(io::stderr(), "\r\u{1b}[2K{}", line());
            }
            if wait == BEAT {
                let _ = write!(io::stderr(), "\r\u{1b}[2K");
            }
        });
        let result = work();
        drop(done);
        result
    })
}
