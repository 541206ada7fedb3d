//! [`Operation`].

use std::time::Duration;

use credenza_core::Error;

/// An operation that is over.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Operation<'a> {
    /// The name of the command in the table; `BATCH` or `ATOMIC BATCH` for several; the verb for objects: `put`, `get`, ….
    pub name: &'static str,
    /// How many commands it had.
    pub commands: usize,
    /// How long it took. For the content of an object: until it began to come.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome<'a>,
    /// Of what a read asked for, how much was there.
    pub hits: u64,
    /// Of what a read asked for, how much was not there.
    pub misses: u64,
    /// Bytes of the values that were sent.
    pub written: u64,
    /// Bytes of the values that came.
    pub read: u64,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It was answered. Commands of a pipelined batch may have failed nevertheless.
    Answered,
    /// It failed.
    Failed(&'a Error),
    /// Whoever asked did not wait for the answer.
    Dropped,
}
