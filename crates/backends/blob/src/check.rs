//! What is refused before anything happens.

use std::time::Instant;

use credenza_core::blob::{BlobKey, BlobLimits, ETag, Metadata, ObjectInfo, Precondition, PutOptions};
use credenza_core::{Context, Error, ErrorKind, Result};

/// Refuses what a deadline comes too late for.
#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock")]
pub(crate) fn deadline(cx: &Context) -> Result<()> {
    match cx.deadline() {
        Some(deadline) if deadline <= Instant::now() => {
            Err(Error::new(ErrorKind::Timeout, "the deadline passed"))
        }
        _ => Ok(()),
    }
}

/// Refuses a key that is too long.
pub(crate) fn key(limits: &BlobLimits, key: &BlobKey) -> Result<()> {
    at_most("key", key.len() as u64, limits.key as u64)
}

/// Refuses several keys that are too many or too long.
pub(crate) fn keys(limits: &BlobLimits, keys: &[BlobKey]) -> Result<()> {
    if keys.len() > limits.batch {
        let message = format!("{} keys at once; the limit is {}", keys.len(), limits.batch);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    keys.iter().try_for_each(|it| key(limits, it))
}

/// Refuses an object that is too large.
pub(crate) fn size(limits: &BlobLimits, size: u64) -> Result<()> {
    at_most("object", size, limits.size)
}

/// Refuses headers and metadata that are too large, and headers that HTTP could not carry.
pub(crate) fn headers(limits: &BlobLimits, options: &PutOptions) -> Result<()> {
    let headers = [
        &options.content_type,
        &options.content_encoding,
        &options.content_language,
        &options.content_disposition,
        &options.cache_control,
    ];
    if headers.into_iter().flatten().any(|header| header.chars().any(char::is_control)) {
        return Err(Error::invalid("a header has a control character"));
    }
    at_most("metadata", bytes(headers, &options.metadata), limits.metadata as u64)
}

/// How many bytes the headers and the metadata of an object have.
pub(crate) fn metadata_size(info: &ObjectInfo) -> u64 {
    let headers = [
        &info.content_type,
        &info.content_encoding,
        &info.content_language,
        &info.content_disposition,
        &info.cache_control,
    ];
    bytes(headers, &info.metadata)
}

fn bytes(headers: [&Option<String>; 5], metadata: &Metadata) -> u64 {
    let headers = headers.into_iter().flatten().map(String::len).sum::<usize>();
    let metadata = metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    (headers + metadata) as u64
}

/// Gives an object the headers and the metadata it is put with; what is left is the precondition.
pub(crate) fn describe(info: &mut ObjectInfo, options: PutOptions) -> Precondition {
    info.content_type = options.content_type;
    info.content_encoding = options.content_encoding;
    info.content_language = options.content_language;
    info.content_disposition = options.content_disposition;
    info.cache_control = options.cache_control;
    info.metadata = options.metadata;
    options.precondition
}

/// Says whether a reader has the object already; fails if it wants another one.
pub(crate) fn read(precondition: &Precondition, current: &ETag) -> Result<bool> {
    match precondition {
        Precondition::Absent | Precondition::NoneMatch(_) => Ok(!precondition.holds(Some(current))),
        Precondition::None | Precondition::Exists | Precondition::Match(_) => {
            precondition.check(Some(current)).map(|()| false)
        }
    }
}

fn at_most(what: &str, bytes: u64, limit: u64) -> Result<()> {
    if bytes > limit {
        let message = format!("the {what} has {bytes} bytes; the limit is {limit}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}
