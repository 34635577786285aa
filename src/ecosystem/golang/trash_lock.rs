//! `trash.lock`: what trash copied into `vendor`, with what came in through others. trash writes it and does not read it again.

use super::vendor_conf::read_yaml;
use crate::model::{Ecosystem, Format};

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "trash_lock",
    name: "trash.lock",
    ecosystem: Ecosystem::Golang,
    globs: &["trash.lock"],
    read: read_yaml,
};
