//! The store in a bucket, on real servers.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod faults;
mod input;
mod memory;
mod parts;
mod server;
mod urls;
