//! What commands do, on the naive key space.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../naive/mod.rs"]
mod naive;
#[allow(dead_code, reason = "the judge uses the rest")]
#[path = "../transcripts/mod.rs"]
mod transcripts;

mod batches;
mod chance;
mod cost;
mod properties;
mod scans;
mod scripts;
mod typed;
