//! What a server's refusals mean to a caller.

use credenza_core::{Effect, Error, ErrorKind};

/// The name of the store, in errors and in its info.
pub(crate) const NAME: &str = "redis";

/// What stands at the beginning of a refusal, and what it means. Where a text is not known, its code decides.
const TEXTS: &[(&str, ErrorKind, &str)] = &[
    ("WRONGTYPE", ErrorKind::WrongType, "the key holds another kind of value"),
    ("ERR value is not an integer", ErrorKind::NotAnInteger, "the value is not an integer or out of range"),
    (
        "ERR hash value is not an integer",
        ErrorKind::NotAnInteger,
        "the value is not an integer or out of range",
    ),
    ("ERR value is not a valid float", ErrorKind::NotAFloat, "the value is not a valid number"),
    ("ERR hash value is not a float", ErrorKind::NotAFloat, "the value is not a valid number"),
    (
        "ERR increment or decrement would overflow",
        ErrorKind::Overflow,
        "increment or decrement would overflow",
    ),
    ("ERR increment would produce NaN or Infinity", ErrorKind::Overflow, "the sum is not a finite number"),
    ("ERR resulting score is not a number", ErrorKind::Overflow, "the resulting score is not a number"),
    ("ERR no such key", ErrorKind::NoSuchKey, "there is no such key"),
    ("ERR index out of range", ErrorKind::IndexOutOfRange, "the index is outside of the list"),
    (
        "ERR string exceeds maximum allowed size",
        ErrorKind::LimitExceeded,
        "the value would be longer than the server allows",
    ),
    ("ERR invalid expire time", ErrorKind::InvalidArgument, "invalid expire time"),
    (
        "ERR unknown command",
        ErrorKind::Unsupported,
        "the server does not know the command; it must be Redis 7.0 or newer",
    ),
    ("ERR DB index is out of range", ErrorKind::InvalidArgument, "the server has no database of that number"),
    (
        "ERR max number of clients reached",
        ErrorKind::Unavailable,
        "the server has as many clients as it allows",
    ),
    (
        "ERR AUTH <password> called without any password",
        ErrorKind::Denied,
        "a password was given, but the server asks for none",
    ),
    ("ERR", ErrorKind::InvalidArgument, "the server refused the command"),
    ("LIMIT", ErrorKind::LimitExceeded, "the value would be longer than the limit"),
    ("OOM", ErrorKind::Full, "the server has no memory left for a write"),
    ("MISCONF", ErrorKind::Unavailable, "the server takes no writes while it cannot save to its disk"),
    ("NOREPLICAS", ErrorKind::Unavailable, "the server takes no writes while it has too few replicas"),
    ("READONLY", ErrorKind::Unavailable, "the server is a replica, and takes no writes"),
    ("MASTERDOWN", ErrorKind::Unavailable, "the server is a replica that has lost its master"),
    ("LOADING", ErrorKind::Unavailable, "the server is still reading its data"),
    ("CLUSTERDOWN", ErrorKind::Unavailable, "the cluster is down, or a part of it that the key is in"),
    ("TRYAGAIN", ErrorKind::Unavailable, "the keys are being moved to another server of the cluster"),
    ("MOVED", ErrorKind::Unavailable, "the keys are on another server of the cluster"),
    ("ASK", ErrorKind::Unavailable, "the keys are being moved to another server of the cluster"),
    ("CROSSSLOT", ErrorKind::InvalidArgument, "the keys are in different hash slots of the cluster"),
    ("BUSY", ErrorKind::Busy, "the server is busy with a script"),
    ("NOAUTH", ErrorKind::Denied, "the server asks for a password"),
    ("WRONGPASS", ErrorKind::Denied, "the server refused the user or the password"),
    ("NOPERM", ErrorKind::Denied, "the user may not run the command, or not on these keys"),
    ("DENIED", ErrorKind::Denied, "the server refuses clients from outside (protected mode)"),
];

/// A refusal: nothing was changed. Its own text is left out, as it may repeat what was sent.
pub(crate) fn refusal(text: &[u8]) -> Error {
    let known = TEXTS.iter().find(|(start, ..)| {
        let rest = text.strip_prefix(start.as_bytes());
        rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    });
    let (kind, message) = known
        .map_or((ErrorKind::Internal, "the server refused the command"), |(_, kind, message)| {
            (*kind, *message)
        });
    Error::new(kind, message).on(NAME)
}

/// A reply that is not of the command's shape: what the command has done is done.
pub(crate) fn unexpected() -> Error {
    let message = "the server's reply does not have the shape that the command has";
    Error::internal(message).on(NAME).with_effect(Effect::MaybeApplied)
}

pub(crate) fn unsupported(message: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, message).on(NAME)
}

#[cfg(test)]
mod tests {
    use credenza_core::Retry;

    use super::*;

    #[test]
    fn refusals_have_the_kinds_of_every_store() {
        for (text, kind) in [
            ("WRONGTYPE Operation against a key holding the wrong kind of value", ErrorKind::WrongType),
            ("ERR value is not an integer or out of range", ErrorKind::NotAnInteger),
            ("ERR hash value is not a float", ErrorKind::NotAFloat),
            ("ERR increment would produce NaN or Infinity", ErrorKind::Overflow),
            ("ERR no such key", ErrorKind::NoSuchKey),
            ("ERR index out of range", ErrorKind::IndexOutOfRange),
            ("ERR invalid expire time in 'set' command", ErrorKind::InvalidArgument),
            ("ERR syntax error", ErrorKind::InvalidArgument),
            ("OOM command not allowed when used memory > 'maxmemory'.", ErrorKind::Full),
            ("LOADING Redis is loading the dataset in memory", ErrorKind::Unavailable),
            ("BUSY Redis is busy running a script.", ErrorKind::Busy),
            ("NOPERM this user has no permissions to run the 'get' command", ErrorKind::Denied),
            ("SOMETHING new", ErrorKind::Internal),
            ("", ErrorKind::Internal),
        ] {
            let error = refusal(text.as_bytes());
            assert_eq!((error.kind(), error.effect()), (kind, Effect::NotApplied), "{text}");
        }
        assert_eq!(refusal(b"LOADING").retry(), Retry::Temporary);
        assert_eq!(refusal(b"ERRATIC").kind(), ErrorKind::Internal);
    }

    #[test]
    fn refusals_repeat_nothing_that_was_sent() {
        let error = refusal(b"ERR unknown command 'X', with args beginning with: 'secret'");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
