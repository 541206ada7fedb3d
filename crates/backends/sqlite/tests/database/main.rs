//! SQLite as a database, from outside.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;
mod errors;
mod escape;
mod flow;
mod namespaces;
mod statements;
mod transactions;
mod values;
mod vectors;
