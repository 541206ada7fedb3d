//! The text of errors, byte for byte: people and log searches depend on it.
#![allow(clippy::unwrap_used)]

use std::error::Error as _;

use credenza_core::command::{Del, Get, SAdd, Set};
use credenza_core::{
    Batch, CheckFailure, Command, Effect, Error, ErrorKind, Found, Limits, Request, Retry, Version,
};

const KINDS: [ErrorKind; 19] = [
    ErrorKind::WrongType,
    ErrorKind::NotAnInteger,
    ErrorKind::NotAFloat,
    ErrorKind::Overflow,
    ErrorKind::NoSuchKey,
    ErrorKind::IndexOutOfRange,
    ErrorKind::InvalidArgument,
    ErrorKind::LimitExceeded,
    ErrorKind::Unsupported,
    ErrorKind::CheckFailed,
    ErrorKind::Decode,
    ErrorKind::Timeout,
    ErrorKind::Unavailable,
    ErrorKind::Busy,
    ErrorKind::Full,
    ErrorKind::ReadOnly,
    ErrorKind::Corrupt,
    ErrorKind::NewerFormat,
    ErrorKind::Internal,
];

#[test]
fn every_part_has_its_place() {
    let error = || Error::new(ErrorKind::NoSuchKey, "no such key");
    assert_eq!(error().to_string(), "no such key (not applied, permanent)");
    assert_eq!(error().during("LSET").to_string(), "LSET: no such key (not applied, permanent)");
    assert_eq!(error().on("memory").to_string(), "memory: no such key (not applied, permanent)");
    assert_eq!(
        error().during("LSET").on("memory").to_string(),
        "LSET on memory: no such key (not applied, permanent)"
    );
    assert_eq!(error().for_key(b"a").to_string(), "no such key (key #e40c292c; not applied, permanent)");
    assert_eq!(error().for_key(b"").to_string(), "no such key (key #811c9dc5; not applied, permanent)");
    assert_eq!(error().at(2).to_string(), "no such key (command 2 of the batch; not applied, permanent)");
    assert_eq!(
        error().with_effect(Effect::MaybeApplied).with_retry(Retry::Exhausted).to_string(),
        "no such key (may have been applied, retries exhausted)"
    );
    assert_eq!(
        error()
            .during("LSET")
            .on("redis")
            .for_key(b"a")
            .at(7)
            .with_effect(Effect::MaybeApplied)
            .with_retry(Retry::Temporary)
            .to_string(),
        "LSET on redis: no such key (key #e40c292c; command 7 of the batch; may have been applied, temporary)"
    );
}

#[test]
fn the_first_who_knows_names_it() {
    let error = Error::wrong_type().during("LPUSH").during("BATCH").on("sqlite").on("resilient").at(1).at(9);
    assert_eq!((error.command(), error.store(), error.index()), (Some("LPUSH"), Some("sqlite"), Some(1)));
    assert_eq!(
        error.to_string(),
        "LPUSH on sqlite: the key holds another kind of value (command 1 of the batch; not applied, permanent)"
    );
}

#[test]
fn ready_made_errors() {
    assert_eq!(
        Error::wrong_type().to_string(),
        "the key holds another kind of value (not applied, permanent)"
    );
    assert_eq!(Error::invalid("syntax error").to_string(), "syntax error (not applied, permanent)");
    assert_eq!(
        Error::unsupported("ZADD").to_string(),
        "ZADD: this store does not support the command (not applied, permanent)"
    );
    assert_eq!(Error::internal("two answers").to_string(), "two answers (not applied, permanent)");
    let failed = Error::check_failed(CheckFailure { index: 3, found: Found::Absent });
    assert_eq!(failed.to_string(), "a check did not hold (check 3 of the batch; not applied, permanent)");
    assert_eq!(failed.kind(), ErrorKind::CheckFailed);
}

#[test]
fn limits_name_the_part_and_the_command() {
    let mut limits = Limits::default();
    (limits.key, limits.value, limits.member, limits.batch, limits.arguments) = (2, 3, 4, 5, 6);
    let text = |request: Request| {
        let error = limits.check(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        error.to_string()
    };
    assert_eq!(
        text(one(Get::new("abc"))),
        "GET: the key has 3 bytes; the limit is 2 (not applied, permanent)"
    );
    assert_eq!(
        text(one(Set::new("a", "abcd"))),
        "SET: the value has 4 bytes; the limit is 3 (not applied, permanent)"
    );
    assert_eq!(
        text(one(SAdd::new("a", ["b", "abcde"]))),
        "SADD: the member has 5 bytes; the limit is 4 (not applied, permanent)"
    );
    assert_eq!(
        text(one(Del::new(["a"; 7]))),
        "DEL: the command has too many arguments (not applied, permanent)"
    );
    let mut batch = Batch::pipelined();
    for _ in 0..6 {
        batch.push(Get::new("a"));
    }
    assert_eq!(text(Request::Batch(batch)), "the batch has too many commands (not applied, permanent)");
    let mut batch = Batch::pipelined();
    batch.push(Get::new("a"));
    batch.push(Get::new("abc"));
    assert_eq!(
        text(Request::Batch(batch)),
        "GET: the key has 3 bytes; the limit is 2 (command 1 of the batch; not applied, permanent)"
    );
    assert!(limits.check(&one(SAdd::new("ab", ["abcd"; 5]))).is_ok());
}

fn one(command: impl Into<Command>) -> Request {
    Request::One(command.into())
}

#[test]
fn only_what_may_pass_by_itself_is_temporary() {
    for kind in KINDS {
        let temporary = matches!(kind, ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Busy);
        let error = Error::new(kind, "x");
        assert_eq!(error.retry() == Retry::Temporary, temporary, "{kind:?}");
        assert_eq!(
            error.to_string(),
            if temporary { "x (not applied, temporary)" } else { "x (not applied, permanent)" }
        );
        assert_eq!(error.effect(), Effect::NotApplied);
        assert_eq!(error.message(), "x");
    }
}

#[test]
fn sources_are_kept_apart_from_the_text() {
    let cause = std::io::Error::other("disk on fire");
    let error = Error::new(ErrorKind::Unavailable, "cannot write").on("sqlite").with_source(cause);
    assert_eq!(error.to_string(), "sqlite: cannot write (not applied, temporary)");
    assert_eq!(error.source().unwrap().to_string(), "disk on fire");
    assert_eq!(
        format!("{error:?}"),
        "Error { kind: Unavailable, text: \"sqlite: cannot write (not applied, temporary)\", \
         source: Custom { kind: Other, error: \"disk on fire\" } }"
    );
    assert!(Error::wrong_type().source().is_none());
}

#[test]
fn what_a_check_found_is_there_for_code_and_not_for_logs() {
    let shown = |found: Found| {
        let error = Error::check_failed(CheckFailure { index: 0, found });
        assert!(!format!("{error} {error:?}").contains("secret"));
        format!("{:?}", error.check_failure().unwrap())
    };
    assert_eq!(shown(Found::Absent), "CheckFailure { index: 0, found: Absent }");
    assert_eq!(shown(Found::Present), "CheckFailure { index: 0, found: Present }");
    assert_eq!(shown(Found::Value("secret".into())), "CheckFailure { index: 0, found: Value(6 bytes) }");
    assert_eq!(shown(Found::Version(Version::new(9))), "CheckFailure { index: 0, found: Version(9) }");
    assert_eq!(shown(Found::Score(1.5)), "CheckFailure { index: 0, found: Score(1.5) }");
    assert_eq!(shown(Found::Length(4)), "CheckFailure { index: 0, found: Length(4) }");
    assert!(Error::wrong_type().check_failure().is_none());
}

#[test]
fn an_error_is_one_word_and_crosses_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}
