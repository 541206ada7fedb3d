//! What SQLite's errors mean to a caller.

use credenza_core::{Effect, Error, ErrorKind};
use rusqlite::ErrorCode;

/// The name of the store, in errors and in its info.
pub(crate) const NAME: &str = "sqlite";

/// An error of the engine, met before a commit: nothing was applied.
pub(crate) fn storage(error: rusqlite::Error) -> Error {
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            (ErrorKind::Full, "the disk, or the size allowed for the database, is full")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            (ErrorKind::Busy, "the database is locked by another connection")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            (ErrorKind::ReadOnly, "the database can only be read")
        }
        Some(ErrorCode::DatabaseCorrupt) => (ErrorKind::Corrupt, "the database is damaged"),
        Some(ErrorCode::NotADatabase) => {
            (ErrorKind::Corrupt, "the file is no database, or its header is damaged")
        }
        Some(ErrorCode::SystemIoFailure) => {
            (ErrorKind::Unavailable, "reading or writing the database file failed")
        }
        Some(ErrorCode::CannotOpen) => (ErrorKind::Unavailable, "the database file cannot be opened"),
        Some(ErrorCode::OutOfMemory) => (ErrorKind::Unavailable, "there is no memory left"),
        Some(ErrorCode::TooBig) => {
            (ErrorKind::LimitExceeded, "a value or row is larger than the engine allows")
        }
        Some(_) => (ErrorKind::Internal, "the database engine refused a statement"),
        None => match error {
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => {
                (ErrorKind::Corrupt, "a stored row does not have the shape of this format")
            }
            _ => (ErrorKind::Internal, "the database driver refused a statement"),
        },
    };
    Error::new(kind, message).on(NAME).with_source(error)
}

/// An error of a commit. SQLite rolls back, but where the disk failed, what was written may still come to light
/// when the file is opened after a crash.
pub(crate) fn commit(error: rusqlite::Error) -> Error {
    let error = storage(error);
    match error.kind() {
        // The commit did not begin, or its last page was not written.
        ErrorKind::Busy | ErrorKind::Full | ErrorKind::ReadOnly => error,
        _ => error.with_effect(Effect::MaybeApplied),
    }
}

/// Whether the engine failed, and not the command for a reason of its own.
pub(crate) fn of_engine(error: &Error) -> bool {
    error.kind() == ErrorKind::Internal
        || std::error::Error::source(error).is_some_and(|source| source.is::<rusqlite::Error>())
}

/// The same error for one more of those who share a failed transaction.
pub(crate) fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.message().to_owned())
        .with_retry(error.retry())
        .with_effect(error.effect())
        .on(NAME)
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed").on(NAME)
}

pub(crate) fn read_only() -> Error {
    Error::new(ErrorKind::ReadOnly, "the store was opened for reading only").on(NAME)
}

/// Something that the statements rule out.
pub(crate) fn invariant(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(what.into())
}
