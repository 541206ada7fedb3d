//! What the server's errors, and those of the way to it, mean to a caller.

use std::time::Duration;

use credenza_core::{Effect, Error, ErrorKind, Retry};
use tokio_postgres::error::DbError;

/// The name of the store, in errors and in its info.
pub(crate) const NAME: &str = "postgres";

/// Whether a statement that failed may have been committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commits {
    /// It only reads, or its transaction was not to be committed yet.
    No,
    /// It commits by itself, or it is the commit.
    Yes,
}

/// The error of a statement. The texts of the server may quote values, so only the code is kept of them.
pub(crate) fn statement(error: &tokio_postgres::Error, commits: Commits) -> Error {
    let Some(refused) = error.as_db_error() else { return lost(error, commits) };
    let code = refused.code().code();
    let (kind, message) = meaning(code);
    let mut answer = Error::new(kind, message).on(NAME);
    answer = match CODES.iter().find(|known| **known == code) {
        Some(code) => answer.with_sqlstate(code),
        None => answer,
    };
    // A session that is ended may have been waiting for nothing but the answer of a replica.
    if commits == Commits::Yes && code.starts_with("57P") {
        answer = answer.with_effect(Effect::MaybeApplied);
    }
    answer
}

fn lost(error: &tokio_postgres::Error, commits: Commits) -> Error {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    let answer = match (error.is_closed(), source) {
        (true, _) | (_, Some(_)) => {
            Error::new(ErrorKind::Unavailable, "the connection to the server was lost")
        }
        (false, None) => Error::internal("the driver did not understand the server, or a statement"),
    };
    let answer = match source {
        Some(source) => answer.with_source(std::io::Error::from(source.kind())),
        None => answer,
    };
    let effect = if commits == Commits::Yes { Effect::MaybeApplied } else { Effect::NotApplied };
    answer.with_effect(effect).on(NAME)
}

/// The codes that errors name, as they need to live for ever.
const CODES: &[&str] = &[
    "08006", "22012", "23505", "23514", "25006", "25P02", "26000", "28000", "28P01", "3D000", "3F000",
    "40001", "40P01", "42501", "42703", "42P01", "42P05", "53100", "53200", "53300", "54000", "55P03",
    "57014", "57P01", "57P02", "57P03", "57P05", "58030", "XX000", "XX001", "XX002",
];

fn meaning(code: &str) -> (ErrorKind, &'static str) {
    match code {
        "40001" | "40P01" => (ErrorKind::Conflict, "another transaction was in the way"),
        "55P03" => (ErrorKind::Busy, "another transaction held a lock for too long"),
        "57014" => (ErrorKind::Timeout, "the server stopped the statement: its time was up"),
        "25006" => {
            (ErrorKind::ReadOnly, "the server only reads: it is a replica, or the role or database is set so")
        }
        "28000" | "28P01" => (
            ErrorKind::Denied,
            "the server refused the user or the password; look at the URL, and at pg_hba.conf for the rules",
        ),
        "3D000" => (ErrorKind::NotFound, "the server has no such database; make it with CREATE DATABASE"),
        "42501" => (
            ErrorKind::Denied,
            "the role lacks a right; it must own the schema `credenza`, or be allowed to create it in the database",
        ),
        "42P01" | "42703" | "3F000" => (
            ErrorKind::Corrupt,
            "the tables of the store are missing or changed; opening it makes missing ones",
        ),
        "26000" | "42P05" => (
            ErrorKind::Unsupported,
            "a prepared statement was lost or is another one's: there is a pooler in between; open the store with pooler=true",
        ),
        "53100" => (ErrorKind::Full, "the disk of the server is full"),
        "53300" => (
            ErrorKind::Unavailable,
            "the server has no connection left; raise its max_connections or lower pool_size",
        ),
        "54000" => (
            ErrorKind::LimitExceeded,
            "a row is larger than the server allows, or a member than its indexes do",
        ),
        "57P01" | "57P02" | "57P03" => (ErrorKind::Unavailable, "the server is shutting down or starting up"),
        "XX001" | "XX002" => (ErrorKind::Corrupt, "the database is damaged"),
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
            (ErrorKind::Unavailable, "the server cannot serve the connection now")
        }
        code if code.starts_with("58") => {
            (ErrorKind::Unavailable, "the server could not read or write its files")
        }
        _ => (ErrorKind::Internal, "the server refused a statement"),
    }
}

/// The error of opening a connection.
pub(crate) fn connecting(error: &tokio_postgres::Error) -> Error {
    if error.as_db_error().is_some() {
        return statement(error, Commits::No);
    }
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    let text = source.map(ToString::to_string).unwrap_or_default();
    let message = match error.to_string().as_str() {
        "error performing TLS handshake" if text.contains("does not support TLS") => {
            "the server does not speak TLS, and the URL asks for it; set sslmode=disable if the network is safe"
        }
        "error performing TLS handshake" => {
            "TLS could not be set up; name the certificate authority of the server with sslrootcert=FILE"
        }
        "authentication error" | "invalid configuration" => {
            let message = "the server asks for a password, or for a way to prove it that is not known here";
            return Error::new(ErrorKind::Denied, message).on(NAME);
        }
        _ => "the server cannot be reached; look at host and port of the URL, and whether it runs",
    };
    let answer = Error::new(ErrorKind::Unavailable, message).on(NAME);
    match io {
        Some(io) => answer.with_source(std::io::Error::from(io.kind())),
        None => answer,
    }
}

/// Whether a statement was refused with this code.
pub(crate) fn has_code(error: &tokio_postgres::Error, code: &str) -> bool {
    error.as_db_error().map(DbError::code).is_some_and(|found| found.code() == code)
}

pub(crate) fn late(message: &'static str) -> Error {
    Error::new(ErrorKind::Timeout, message).on(NAME)
}

pub(crate) fn pool_is_busy(size: usize) -> Error {
    let message = format!(
        "the deadline passed while waiting for a connection: all {size} of the pool are in use; raise pool_size or \
         ask for less at the same time"
    );
    Error::new(ErrorKind::Timeout, message).on(NAME)
}

pub(crate) fn no_connection(within: Duration) -> Error {
    let message = format!(
        "no connection within {} ms; look at host and port of the URL, and whether the server answers",
        within.as_millis()
    );
    Error::new(ErrorKind::Unavailable, message).on(NAME)
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed").on(NAME)
}

pub(crate) fn crowded() -> Error {
    Error::new(ErrorKind::Busy, "too many requests wait for the server").on(NAME)
}

/// A row that the statements rule out.
pub(crate) fn shape() -> Error {
    Error::new(ErrorKind::Corrupt, "a stored row does not have the shape of this format").on(NAME)
}

/// The same error for one more of those who share a failed statement.
pub(crate) fn again(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message().to_owned())
        .with_retry(error.retry())
        .with_effect(error.effect())
        .on(NAME);
    if let Some(code) = error.sqlstate() {
        copy = copy.with_sqlstate(code);
    }
    copy
}

/// Whether trying the same transaction again, at once, is worth it and safe.
pub(crate) fn worth_a_retry(error: &Error) -> bool {
    error.effect() == Effect::NotApplied
        && error.retry() == Retry::Temporary
        && matches!(error.kind(), ErrorKind::Conflict)
}
