//! How fast audit logs are read: a gibibyte of events of which one in a thousand has a stale token.
//!
//! `cargo bench --bench audit` makes the log in a temporary folder, plain and packed, and prints the fastest and the middle of a few
//! runs of the release build, and of ripgrep beside it if there is one: each run of the one follows a run of the other.
//! `cargo bench --bench audit -- FOLDER` makes the logs there and leaves them. `docs/speed.md` holds the figures.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "../tests/audit_logs/generator.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod generator;

const SIZE: usize = 1 << 30;
/// One event in so many has a stale token.
const STALE_EVERY: usize = 1000;
const RUNS: usize = 11;
/// How many files the packed log is in.
const FILES: usize = 8;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().skip(1).find(|argument| argument != "--bench");
    if let Some(folder) = folder {
        return make(Path::new(&folder));
    }
    let temporary = tempfile::tempdir()?;
    make(temporary.path())?;
    let plain = temporary.path().join("audit.log");
    let packed = temporary.path().join("packed");
    let kubefloor = |path: &Path| -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubefloor"));
        command.args(["audit", "--format", "json", "--fail-on", "never"]).arg(path);
        command
    };
    let ripgrep = || -> Command {
        let mut command = Command::new("rg");
        command.args(["-c", "--no-mmap", "seconds after warning threshold"]).arg(&plain);
        command
    };
    let has_ripgrep = Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_ok();
    let (mut ours, mut theirs, mut gzip) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=RUNS {
        if has_ripgrep {
            theirs.push(time(ripgrep())?);
        }
        ours.push(time(kubefloor(&plain))?);
    }
    for _ in 0..3 {
        gzip.push(time(kubefloor(&packed))?);
    }
    print("kubefloor audit, 1 GiB plain", ours);
    print("rg -c --no-mmap, the same", theirs);
    print("kubefloor audit, the same in 8 files of gzip", gzip);
    Ok(())
}

fn time(mut command: Command) -> std::io::Result<Duration> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status()?;
    assert!(status.success(), "{command:?}");
    Ok(start.elapsed())
}

/// Without the first run, which fills the cache.
#[allow(clippy::cast_precision_loss, reason = "a speed is no exact number")]
fn print(name: &str, mut times: Vec<Duration>) {
    if times.is_empty() {
        return;
    }
    times.remove(0);
    times.sort();
    let speed = |time: Duration| SIZE as f64 / time.as_secs_f64() / 1e9;
    let (fastest, middle) = (times[0], times[times.len() / 2]);
    println!(
        "{name}: fastest {} ms ({:.2} GB/s), middle {} ms ({:.2} GB/s)",
        fastest.as_millis(),
        speed(fastest),
        middle.as_millis(),
        speed(middle)
    );
}

fn make(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder.join("packed"))?;
    let log = generator::log(1, 200, 60);
    let (stale, mut fresh): (Vec<String>, Vec<String>) =
        log.events.iter().map(generator::Event::text).partition(|text| text.contains("stale-token"));
    // Of what else is looked for there is none.
    fresh.retain(|text| !text.contains("legacy-token") && !text.contains("\"code\":401"));
    let mut lines = Vec::new();
    let (mut size, mut number) = (0, 0);
    while size < SIZE {
        let line = if number % STALE_EVERY == 500 {
            &stale[number / STALE_EVERY % stale.len()]
        } else {
            &fresh[number % fresh.len()]
        };
        size += line.len() + 1;
        number += 1;
        lines.push(line);
    }
    let mut plain = BufWriter::new(File::create(folder.join("audit.log"))?);
    for line in &lines {
        writeln!(plain, "{line}")?;
    }
    plain.flush()?;
    for (number, lines) in lines.chunks(lines.len().div_ceil(FILES)).enumerate() {
        let file = File::create(folder.join(format!("packed/{number}.log.gz")))?;
        let mut packed = flate2::write::GzEncoder::new(BufWriter::new(file), flate2::Compression::new(6));
        for line in lines {
            writeln!(packed, "{line}")?;
        }
        packed.finish()?.flush()?;
    }
    Ok(())
}
