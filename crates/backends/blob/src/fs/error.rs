//! What goes wrong with files and with the index.

use std::io;

use credenza_core::{Error, ErrorKind};
use tokio::task::JoinError;

pub(super) const NAME: &str = "fs";

/// What the operating system refuses. Its own texts name no files.
pub(crate) fn storage(error: io::Error) -> Error {
    let (kind, message) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (ErrorKind::Full, "the disk has no room left")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::ReadOnly, "the folder cannot be written")
        }
        _ => (ErrorKind::Unavailable, "the disk failed"),
    };
    Error::new(kind, message).with_source(error)
}

/// What the index says, in the words of this store.
pub(super) fn index(error: Error) -> Error {
    Error::new(error.kind(), format!("the index: {}", error.message()))
        .with_effect(error.effect())
        .with_retry(error.retry())
        .with_source(error)
}

/// A blocking thread that did not come to its end: it panicked, or the runtime is shut down.
pub(crate) fn lost(error: JoinError) -> Error {
    let message = "the work was given up: the runtime is shut down";
    let kind = if error.is_panic() { ErrorKind::Internal } else { ErrorKind::Unavailable };
    Error::new(kind, message).with_source(error)
}

pub(super) fn corrupt(message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}
