//! What commands do, on the naive key space.

#[path = "../common/mod.rs"]
mod common;
#[path = "../naive/mod.rs"]
mod naive;
#[path = "../transcripts/mod.rs"]
mod transcripts;

mod batches;
mod chance;
mod properties;
mod scans;
mod scripts;
mod typed;
