//! From paths to a [`Tally`]: which files hold logs, and who reads which part of them. The only code that opens logs.
//!
//! Files are read side by side, and a large one with an event in each line in parts, so that all cores are used. The tallies of parts
//! are added in the order of the parts, so that the result does not depend on which thread was faster.
//!
//! Traps:
//! - A log that is being written can grow, shrink or be moved while it is read. It is read as far as it goes by then, with plain
//!   reads: a map of a file that shrinks would end the program. Where another file has taken its place, that is told.
//! - What is left out of a folder, and a file that holds no event, is told: it may be a log in a form that is not read.
//! - A part can begin within a document that no line shows the beginning of. Whoever reads the part before knows, and then the rest
//!   of the file is read in one.
//! - What is named may be a pipe, which can be read once and has no parts.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use walkdir::WalkDir;

use crate::audit::{self, Filter, Pods, Problem, Tally};

/// From which size on a file is read in parts, and how large these are.
const PART: u64 = 8 << 20;

/// How much of a file is looked at to find out whether it can be.
const HEAD: u64 = 64 << 10;

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

/// How many sums, and how many parts without any, are kept until the parts before them are read.
const MAX_WEIGHT: usize = 2048;
const MAX_WAITING: usize = 1000;

/// How many broken lines of a file are told.
const MAX_PLACES: usize = 20;

/// How many threads read at most; more would wait for the disk.
const MAX_THREADS: usize = 8;

/// Why nothing could be read.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such file or folder.
    Missing(String),
    /// It cannot be read.
    Unreadable(String, String),
    /// A folder without files.
    Empty(String),
    /// A list of pods that is none.
    NoPods(String, String),
}

/// What was read.
#[derive(Debug)]
pub struct Gathered {
    /// The sums.
    pub tally: Tally,
    /// How many files.
    pub files: usize,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
}

/// How far the reading has come, for whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    whole: AtomicU64,
}

impl Progress {
    /// How many bytes of files were read, packed as they are.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// How many there are to be read, as far as that is known.
    pub fn whole(&self) -> u64 {
        self.whole.load(Ordering::Relaxed)
    }
}

/// A reader whose bytes are counted.
struct Counted<'a, R>(R, &'a Progress);

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// A file, and which one it was when it was found.
struct Input {
    path: PathBuf,
    identity: Option<Identity>,
    size: u64,
}

/// What tells a file from another that takes its place: on Unix the device and the inode, elsewhere when it was made.
type Identity = (u64, u64);

impl Input {
    fn new(path: PathBuf, metadata: &Metadata) -> Input {
        Input { path, identity: Some(identity(metadata)), size: metadata.len() }
    }

    /// Opens the file, if it is still the one that was found.
    fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        let is_same = self.identity.is_none_or(|known| file.metadata().is_ok_and(|now| identity(&now) == known));
        let moved = "another file has taken its place, as when a log is rotated: run again";
        if is_same { Ok(file) } else { Err(io::Error::other(moved)) }
    }

    fn is_standard_input(&self) -> bool {
        self.path.as_os_str() == STANDARD_INPUT
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Identity {
    let made = metadata.created().ok().and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
    made.map_or((0, 0), |made| (made.as_secs(), u64::from(made.subsec_nanos())))
}

/// A part of a file, or all of it.
struct Task {
    file: usize,
    part: Option<(u64, u64)>,
    is_last: bool,
}

/// How the reading of a task ended.
struct Done {
    tally: Tally,
    error: Option<String>,
    /// Whether another part can begin where this one ended.
    is_closed: bool,
}

/// Reads logs: files, folders of files, `-` for standard input.
///
/// # Errors
/// If a path is none of these. A file that cannot be read to its end is a problem beside the others.
pub fn gather(paths: &[PathBuf], filter: &Filter, progress: &Progress) -> Result<Gathered, Refusal> {
    gather_in_parts(paths, filter, progress, PART)
}

/// Like [`gather`], with parts of a certain size; what comes out does not depend on it.
///
/// # Errors
/// Likewise.
pub fn gather_in_parts(
    paths: &[PathBuf],
    filter: &Filter,
    progress: &Progress,
    part: u64,
) -> Result<Gathered, Refusal> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        files.extend(files_of(path, &mut problems)?);
    }
    progress.whole.store(files.iter().map(|file| file.size).sum(), Ordering::Relaxed);
    let tasks = tasks(&files, part.max(1));
    let next = AtomicUsize::new(0);
    let shared =
        Shared { merger: Mutex::new(Merger::new(&files, &tasks, filter, progress)), is_merged: Condvar::new() };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(tasks.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(number) else { break };
                    if shared.wait(number, task) {
                        let done = read_task(&files[task.file], task, filter, progress);
                        shared.hand_in(number, done);
                    } else {
                        shared.hand_in(number, Done { tally: Tally::default(), error: None, is_closed: true });
                    }
                }
            });
        }
    });
    let merger = shared.merger.into_inner().unwrap_or_else(PoisonError::into_inner);
    problems.extend(merger.problems);
    Ok(Gathered { tally: merger.tally, files: files.len(), problems })
}

/// Reads a list of pods.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn pods(path: &Path) -> Result<Pods, Refusal> {
    let name = path.to_string_lossy().into_owned();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Pods::read(io::BufReader::new(file)).map_err(|why| Refusal::NoPods(name, why))
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    let name = path.to_string_lossy().into_owned();
    match error.kind() {
        io::ErrorKind::NotFound => Refusal::Missing(name),
        _ => Refusal::Unreadable(name, error.to_string()),
    }
}

/// The files that a path stands for, in order of name; what is left out of a folder is a problem.
fn files_of(path: &Path, problems: &mut Vec<Problem>) -> Result<Vec<Input>, Refusal> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(vec![Input { path: path.to_owned(), identity: None, size: 0 }]);
    }
    let metadata = path.metadata().map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![Input::new(path.to_owned(), &metadata)]);
    }
    let mut files = Vec::new();
    let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let entries = WalkDir::new(path).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        let entry =
            entry.map_err(|error| Refusal::Unreadable(path.to_string_lossy().into_owned(), error.to_string()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let mut leave = |message: String| {
            problems.push(Problem { path: entry.path().to_string_lossy().into_owned(), line: None, message });
        };
        // A link to a file is one: so container runtimes lay out their logs. A pipe in a folder would wait for ever.
        match entry.path().metadata() {
            Ok(metadata) if metadata.is_file() => files.push(Input::new(entry.into_path(), &metadata)),
            Ok(metadata) if metadata.is_dir() => {
                leave("is a link to a folder, which is not followed: name it too".into());
            }
            Ok(_) => leave("is no file, and is read only if it is named itself".into()),
            Err(error) => leave(format!("cannot be read: {error}")),
        }
    }
    if files.is_empty() {
        return Err(Refusal::Empty(path.to_string_lossy().into_owned()));
    }
    Ok(files)
}

/// The parts of all files, in order.
fn tasks(files: &[Input], part: u64) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (file, input) in files.iter().enumerate() {
        let size = divisible_size(input, part).unwrap_or_default();
        if size <= part {
            tasks.push(Task { file, part: None, is_last: true });
            continue;
        }
        let mut start = 0;
        while start < size {
            let end = start + part;
            let is_last = end >= size;
            // The last part goes on to where the file ends by then.
            tasks.push(Task { file, part: Some((start, if is_last { u64::MAX } else { end })), is_last });
            start = end;
        }
    }
    tasks
}

/// The size of a file that can be read in parts; nothing for any other.
fn divisible_size(input: &Input, part: u64) -> Option<u64> {
    if input.is_standard_input() || input.size <= part || !input.path.is_file() {
        return None;
    }
    let mut head = Vec::new();
    input.open().ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    audit::is_divisible(&head).then_some(input.size)
}

fn read_task(input: &Input, task: &Task, filter: &Filter, progress: &Progress) -> Done {
    let mut tally = Tally::new(filter.clone());
    let result = match task.part {
        None if input.is_standard_input() => {
            audit::read(Counted(io::stdin().lock(), progress), &mut tally).map(|()| true)
        }
        None => input.open().and_then(|file| audit::read(Counted(file, progress), &mut tally)).map(|()| true),
        Some((start, end)) => read_part(input, start, end, &mut tally, progress),
    };
    match result {
        Ok(is_closed) => Done { tally, error: None, is_closed },
        Err(error) => Done { tally, error: Some(error.to_string()), is_closed: true },
    }
}

/// Reads the lines that begin in a part of a file.
fn read_part(input: &Input, start: u64, end: u64, tally: &mut Tally, progress: &Progress) -> io::Result<bool> {
    let mut file = input.open()?;
    let first = match start.checked_sub(1) {
        None => 0,
        Some(before) => {
            file.seek(SeekFrom::Start(before))?;
            match behind_line_end(&mut file, end - before)? {
                Some(length) => before + length,
                None => return Ok(true),
            }
        }
    };
    file.seek(SeekFrom::Start(first))?;
    audit::read_part(Counted(file, progress), first, end, tally)
}

/// What to tell of a file in which no event was found.
fn why_nothing(input: &Input) -> &'static str {
    let mut head = Vec::new();
    if !input.is_standard_input()
        && let Ok(file) = input.open()
    {
        // What cannot be read here was told already.
        let _ = file.take(16).read_to_end(&mut head);
    }
    audit::why_nothing(&head)
}

/// How many bytes there are up to the first line end, that included, if it comes within so many.
fn behind_line_end(file: &mut File, most: u64) -> io::Result<Option<u64>> {
    let mut block = [0; 4096];
    let mut before = 0;
    while before < most {
        let count = file.read(&mut block)?;
        if count == 0 {
            break;
        }
        if let Some(at) = memchr::memchr(b'\n', &block[..count]) {
            let length = before + at as u64 + 1;
            return Ok((length <= most).then_some(length));
        }
        before += count as u64;
    }
    Ok(None)
}

/// What the threads share.
struct Shared<'a> {
    merger: Mutex<Merger<'a>>,
    is_merged: Condvar,
}

/// Puts the parts together, in their order.
struct Merger<'a> {
    files: &'a [Input],
    tasks: &'a [Task],
    filter: &'a Filter,
    progress: &'a Progress,
    /// What is done and not added yet.
    waiting: BTreeMap<usize, Done>,
    weight: usize,
    next: usize,
    /// The file whose further parts are read already.
    is_read: Option<usize>,
    /// How many lines of the file were read, and how many of its problems are told.
    lines: u64,
    told: usize,
    /// What was found in it that is or was an event, and of how many bytes.
    found: u64,
    bytes: u64,
    tally: Tally,
    problems: Vec<Problem>,
}

impl<'a> Shared<'a> {
    /// Who panics while holding the lock ends the run: its scope does as well.
    fn lock(&self) -> MutexGuard<'_, Merger<'a>> {
        self.merger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while much is kept of parts that are ahead of the others. Whether the part is to be read at all.
    fn wait(&self, number: usize, task: &Task) -> bool {
        let mut merger = self.lock();
        // Whoever has the next part never waits.
        while number > merger.next && (merger.weight > MAX_WEIGHT || merger.waiting.len() > MAX_WAITING) {
            merger = self.is_merged.wait(merger).unwrap_or_else(PoisonError::into_inner);
        }
        merger.is_read != Some(task.file)
    }

    fn hand_in(&self, number: usize, done: Done) {
        let mut merger = self.lock();
        merger.weight += done.tally.weight();
        merger.waiting.insert(number, done);
        loop {
            let next = merger.next;
            let Some(done) = merger.waiting.remove(&next) else { break };
            merger.weight -= done.tally.weight();
            merger.add(done);
            merger.next += 1;
        }
        self.is_merged.notify_all();
    }
}

impl<'a> Merger<'a> {
    fn new(files: &'a [Input], tasks: &'a [Task], filter: &'a Filter, progress: &'a Progress) -> Merger<'a> {
        Merger {
            files,
            tasks,
            filter,
            progress,
            waiting: BTreeMap::new(),
            weight: 0,
            next: 0,
            is_read: None,
            lines: 0,
            told: 0,
            found: 0,
            bytes: 0,
            tally: Tally::new(filter.clone()),
            problems: Vec::new(),
        }
    }

    /// Adds the next part.
    fn add(&mut self, mut done: Done) {
        let task = &self.tasks[self.next];
        if self.is_read != Some(task.file) {
            if !done.is_closed
                && let Some((start, _)) = task.part
            {
                // The part ended within a document: the rest of the file is one part.
                let rest = Task { file: task.file, part: Some((start, u64::MAX)), is_last: true };
                done = read_task(&self.files[task.file], &rest, self.filter, self.progress);
                self.is_read = Some(task.file);
            }
            for line in std::mem::take(&mut done.tally.seen.broken_lines) {
                if self.told < MAX_PLACES {
                    self.told += 1;
                    let message = "a document breaks off here".to_owned();
                    self.problems.push(Problem { path: self.path(task.file), line: Some(self.lines + line), message });
                }
            }
            let seen = &done.tally.seen;
            self.lines += seen.lines;
            self.found += seen.events + seen.rows + seen.outside + u64::from(seen.has_old_format) + seen.broken;
            self.bytes += seen.bytes;
            self.tally.add(done.tally);
            if let Some(message) = done.error {
                // One word on a file is enough.
                self.found += 1;
                let message = format!("cannot be read to its end: {message}");
                self.problems.push(Problem { path: self.path(task.file), line: None, message });
            }
        }
        if task.is_last {
            let hint = audit::hint_of_path(&self.path(task.file));
            self.tally.seen.hints.extend(hint);
            if self.found == 0 && self.bytes > 0 {
                let message = why_nothing(&self.files[task.file]).to_owned();
                self.problems.push(Problem { path: self.path(task.file), line: None, message });
            }
            (self.lines, self.told, self.found, self.bytes) = (0, 0, 0, 0);
        }
    }

    fn path(&self, file: usize) -> String {
        let input = &self.files[file];
        if input.is_standard_input() { "standard input".to_owned() } else { input.path.to_string_lossy().into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_in_the_place_of_one_is_not_read_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        std::fs::write(&path, "{}\n").unwrap();
        let mut problems = Vec::new();
        let inputs = files_of(folder.path(), &mut problems).unwrap();
        let [input] = inputs.as_slice() else { panic!("{}", inputs.len()) };
        assert!(input.open().is_ok());
        std::fs::rename(&path, folder.path().join("audit-1.log")).unwrap();
        std::fs::write(&path, "{}\n").unwrap();
        assert!(input.open().unwrap_err().to_string().contains("rotated"));
        assert_eq!(problems, []);
    }
}
