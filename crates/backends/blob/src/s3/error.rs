//! What went wrong, in the words of the core.

use credenza_core::{Effect, Error, ErrorKind, Result};

use super::client::Asked;
use super::wire::{Answer, Trouble};

/// The name of the store.
pub(super) const NAME: &str = "s3";

/// The deadline passed.
pub(super) fn late(effect: Effect) -> Error {
    Error::new(ErrorKind::Timeout, "the deadline passed").with_effect(effect)
}

impl Asked {
    /// What came of a request that must succeed. What OpenDAL says has names and addresses in it, and stays here.
    pub(super) fn done<T>(&self, result: opendal::Result<T>) -> Result<T> {
        result.map_err(|error| self.fails(&error))
    }

    /// Why the request failed.
    pub(super) fn fails(&self, error: &opendal::Error) -> Error {
        let effect = if self.call.was_sent() { Effect::MaybeApplied } else { Effect::NotApplied };
        if let Some(trouble) = self.call.trouble() {
            return troubled(trouble).with_effect(effect);
        }
        match self.call.answer() {
            Some(answer) if !answer.status.is_success() => answered(&answer, effect),
            // An error after the head of the answer, or an answer that is none.
            Some(_) => match error.kind() {
                opendal::ErrorKind::ConditionNotMatch => not_so(),
                opendal::ErrorKind::NotFound => {
                    Error::new(ErrorKind::NotFound, "the service does not have what the request names")
                }
                _ => Error::new(ErrorKind::Unavailable, "the answer is not one of S3").with_effect(effect),
            },
            None => {
                let message =
                    "the request could not be signed; are there credentials, and are they still valid?";
                Error::new(ErrorKind::Denied, message)
            }
        }
    }

    /// The status of the last answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.call.answer().map(|answer| answer.status.as_u16())
    }

    /// Whether the object was not there. A bucket that is not there is told apart where the service does.
    pub(super) fn is_missing(&self) -> bool {
        let other = |answer: &Answer| matches!(answer.code.as_deref(), Some("NoSuchBucket" | "NoSuchUpload"));
        self.call.answer().is_some_and(|answer| answer.status.as_u16() == 404 && !other(&answer))
    }
}

/// The object is not what the request asks it to be.
pub(super) fn not_so() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "the object is not what the request asks it to be")
}

/// Others changed the object at the same time, again and again.
pub(super) fn in_the_way() -> Error {
    Error::new(ErrorKind::Conflict, "others changed the object at the same time")
}

fn troubled(trouble: Trouble) -> Error {
    let (kind, message) = match trouble {
        Trouble::Unreachable => (ErrorKind::Unavailable, "there is no connection to the service"),
        Trouble::Stalled => {
            (ErrorKind::Unavailable, "the connection to the service stood still for too long")
        }
        Trouble::Broken => (ErrorKind::Unavailable, "the connection to the service broke"),
        Trouble::TooLarge => (ErrorKind::Unavailable, "the service answered more than it can"),
    };
    Error::new(kind, message)
}

/// What an answer that is no success means. `effect` is for those that do not say whether something was done.
fn answered(answer: &Answer, effect: Effect) -> Error {
    let status = answer.status.as_u16();
    let code = answer.code.as_deref().unwrap_or_default();
    let says = match code {
        "" => format!("status {status}"),
        code => format!("status {status}, {code}"),
    };
    let error = |kind, message: &str| Error::new(kind, format!("{message} ({says})"));
    match (status, code) {
        (_, "NoSuchBucket") => error(ErrorKind::NotFound, "the bucket does not exist"),
        (_, "RequestTimeTooSkewed") => {
            error(ErrorKind::Denied, "the clocks of this machine and of the service differ too much")
        }
        (_, "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "ExpiredToken" | "InvalidToken") | (401, _) => {
            error(ErrorKind::Denied, "the service does not accept the credentials")
        }
        (_, "NoSuchUpload") => error(ErrorKind::Unavailable, "the upload was ended by somebody else"),
        (_, "BadDigest" | "InvalidDigest") => {
            error(ErrorKind::InvalidArgument, "the content is not the one that was announced")
        }
        (_, "EntityTooLarge" | "MetadataTooLarge" | "KeyTooLongError" | "KeyTooLong") => {
            error(ErrorKind::LimitExceeded, "the service does not take as much")
        }
        (403, _) => error(ErrorKind::Denied, "the credentials do not allow it"),
        (404, _) => error(ErrorKind::NotFound, "the service does not have what the request names"),
        (412, _) => not_so(),
        (409, _) => in_the_way(),
        (416, _) => {
            error(ErrorKind::RangeNotSatisfiable, "the object has none of the bytes that were asked for")
        }
        (301 | 302 | 307 | 308, _) => {
            error(ErrorKind::InvalidArgument, "the bucket is in another region or at another address")
        }
        (429, _) | (503, "SlowDown") => error(ErrorKind::Unavailable, "the service asks to slow down"),
        (501, _) => error(ErrorKind::Unsupported, "the service does not support it"),
        (500.., _) => error(ErrorKind::Unavailable, "the service failed").with_effect(effect),
        (499 | 408, _) => error(ErrorKind::Unavailable, "the service gave up waiting").with_effect(effect),
        (400, "RequestTimeout") => {
            error(ErrorKind::Unavailable, "the service gave up waiting").with_effect(effect)
        }
        _ => error(ErrorKind::InvalidArgument, "the service does not accept the request"),
    }
}
