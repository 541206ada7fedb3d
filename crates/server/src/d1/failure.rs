//! What a database says no to.

use axum::http::StatusCode;
use credenza_core::{Effect, Error, ErrorKind};

use crate::failure::Failure;

/// The reply to a statement that failed: `{error: "D1 query failed", details, sqlstate?}`. A fault of the statement is
/// the client's, with the database's own words, which name nothing outside of the namespace.
pub(super) fn refused(error: Error) -> Failure {
    use ErrorKind as K;
    use StatusCode as S;
    let status = match error.kind() {
        K::InvalidStatement | K::InvalidArgument | K::WrongType | K::Overflow | K::Decode => S::BAD_REQUEST,
        K::NotFound | K::TooMany | K::NotAnInteger | K::NotAFloat => S::BAD_REQUEST,
        K::Denied => S::FORBIDDEN,
        K::Constraint | K::Conflict => S::CONFLICT,
        K::LimitExceeded => S::PAYLOAD_TOO_LARGE,
        // The statement ran as long as a request may: another one would be stopped as well.
        K::Timeout => {
            let details = match error.effect() {
                Effect::NotApplied => "the statement was stopped at the deadline; nothing was changed",
                Effect::MaybeApplied => {
                    "the statement was not done at the deadline; the change may have been made"
                }
            };
            return failed(S::REQUEST_TIMEOUT, &error).because(details);
        }
        _ => return error.into(),
    };
    let details = error.message().to_owned();
    failed(status, &error).because(details)
}

fn failed(status: StatusCode, error: &Error) -> Failure {
    Failure::new(status, "D1 query failed").with_sqlstate(error.sqlstate())
}
