//! Rust crates.

pub mod requirement;
