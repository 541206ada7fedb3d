//! A server that cannot be had.

use std::io::{self, Write};

use crate::announce;

/// Why a server could not be started, in words.
#[derive(Debug)]
pub(super) struct Trouble(pub(super) String);

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble(error.to_string())
    }
}

/// The server, or `None` after a line that nobody can miss; with `CI=true` in the environment a panic.
#[track_caller]
pub(super) fn or_skip<T>(what: &str, started: Result<T, Trouble>) -> Option<T> {
    let why = match started {
        Ok(server) => return Some(server),
        Err(Trouble(why)) => why,
    };
    let ci = std::env::var("CI").unwrap_or_default();
    assert!(matches!(ci.as_str(), "" | "0" | "false"), "{what}: {why}");
    // Past what the test runner holds back of tests that pass.
    let _ = writeln!(io::stderr(), "\nSKIPPED: {what}: {why}\n");
    announce::skipped(&format!("{what}: {why}"));
    None
}
