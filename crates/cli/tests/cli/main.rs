//! The real program, started as people start it.

#![allow(clippy::unwrap_used, reason = "tests say what they mean")]
#![allow(clippy::disallowed_methods, reason = "what is measured here is real time")]

mod crash;
mod era;
mod kv;
mod lifecycle;
mod process;
