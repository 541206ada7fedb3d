//! Redis semantics over a synchronous key space: what the embedded stores share.
//!
//! An embedded engine (a table in memory, SQLite, a B-tree in a file) implements [`Keyspace`], some forty small
//! operations without rules of their own, and gets every command and every check of an atomic batch, with the
//! semantics of Redis 7, by running them in a [`Step`]. Locks, transactions, versions and durability stay with
//! the engine.

#![allow(clippy::type_complexity, reason = "a pair or an option of parts says more than a name for it")]

mod commands;
mod keyspace;
mod pubsub;
mod step;

pub use keyspace::{Entry, Keyspace, ScanKeys, Selection};
pub use pubsub::LocalPubSub;
pub use step::Step;
