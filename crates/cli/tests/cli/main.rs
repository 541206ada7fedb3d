//! The real program, started as people start it.

#![allow(clippy::unwrap_used, reason = "tests say what they mean")]
#![allow(clippy::disallowed_methods, reason = "what is measured here is real time")]

mod blob;
mod crash;
mod era;
mod folders;
mod http;
mod kv;
mod large;
mod lifecycle;
mod people;
mod process;
mod registry;
mod secrecy;
mod sql;
mod weaknesses;
