//! What the audit log of an API server shows: who still sends a token that should have been replaced, with which library, since when,
//! and until when that goes well.
//!
//! The API server lets a token of the volume that every pod gets live for a year, and marks each request with one that is older than
//! an hour in the audit log (`authentication.k8s.io/stale-token`). A [`Stream`](stream) of bytes is taken apart by one
//! unwrapper whatever it was shipped in ([`unwrap`]), its events are summed up ([`Tally`]), and what the sums mean is the [`Picture`],
//! one finished value that every form of output is made from.
//!
//! Traps:
//! - A request that was refused has no annotation and no name. It is known by its address and its user agent alone.
//! - A log that cannot show a stale token is no good news. What could not be seen is part of the picture ([`Gap`]).
//! - A line of a log can hold secrets. None is ever shown; what is shown of it are the few texts of [`event::Facts`].
//!
//! Where our source of all that is, [`join`] finds among what was scanned.
//!
//! Not done here: opening files (`logs`, `scan`).

pub mod agents;
mod compressed;
pub mod event;
mod field;
pub mod gaps;
mod habit;
pub mod join;
mod packed;
pub mod picture;
pub mod pods;
pub mod ready;
pub mod refused;
mod stream;
mod table;
pub mod tally;
mod unwrap;
pub mod workload;

use std::io::{self, Read};

pub use agents::{Agents, Candidate, Certainty, Guess};
pub use gaps::{Gap, GapKind};
pub use join::{Join, Joins, Mapping, Mention, Scanned, SourceClient, Sources};
pub use picture::{Options, Outlook, Picture, Problem, Refresh};
pub use pods::Pods;
pub use ready::{Answer, Readiness};
pub use tally::{Filter, Tally};

use compressed::Unpacked;
use stream::Stream;

/// Adds a log, packed or not, to a tally.
///
/// # Errors
/// If it cannot be read to its end. What came before that is in the tally.
pub fn read(reader: impl Read, tally: &mut Tally) -> io::Result<()> {
    // What one program packs another may have packed before.
    let mut reader = Unpacked::new(Unpacked::new(reader)?)?;
    Stream::new(tally, 0).read(&mut reader, None).map(|_| ())
}

/// Adds the lines of a log, as it is, that begin in a part of it; the reader stands at the first of them. Whether the part ended where
/// another can begin: if not, the tally is of no use, and the rest must be read in one.
///
/// # Errors
/// If it cannot be read to its end.
pub fn read_part(mut reader: impl Read, start: u64, end: u64, tally: &mut Tally) -> io::Result<bool> {
    Stream::new(tally, start).read(&mut reader, Some(end)).map(|end| !end.is_open)
}

/// What the path of a log tells of the platform.
pub fn hint_of_path(path: &str) -> Option<event::Hint> {
    field::hint_of(path).filter(|hint| *hint == event::Hint::Eks)
}

/// What to tell of a file in which no event was found and that begins so.
pub fn why_nothing(head: &[u8]) -> &'static str {
    compressed::why_nothing(head)
}

/// Whether a log that begins so has an event in each line, and so can be read in parts.
pub fn is_divisible(head: &[u8]) -> bool {
    !compressed::is_packed(head) && stream::is_of_lines(head)
}
