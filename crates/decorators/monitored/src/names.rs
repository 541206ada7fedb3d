//! The words of the semantic conventions.

use credenza_core::ErrorKind;

/// `db.system.name` of a store of this name: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/>.
pub(crate) fn system(store: &str) -> &str {
    match store {
        "postgres" => "postgresql",
        "s3" => "aws.s3",
        other => other,
    }
}

/// `error.type`.
pub(crate) fn error_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::WrongType => "wrong_type",
        ErrorKind::NotAnInteger => "not_an_integer",
        ErrorKind::NotAFloat => "not_a_float",
        ErrorKind::Overflow => "overflow",
        ErrorKind::NoSuchKey => "no_such_key",
        ErrorKind::IndexOutOfRange => "index_out_of_range",
        ErrorKind::InvalidArgument => "invalid_argument",
        ErrorKind::LimitExceeded => "limit_exceeded",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::CheckFailed => "check_failed",
        ErrorKind::PreconditionFailed => "precondition_failed",
        ErrorKind::RangeNotSatisfiable => "range_not_satisfiable",
        ErrorKind::NotFound => "not_found",
        ErrorKind::TooMany => "too_many",
        ErrorKind::InvalidStatement => "invalid_statement",
        ErrorKind::Denied => "denied",
        ErrorKind::Constraint => "constraint",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Decode => "decode",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Busy => "busy",
        ErrorKind::Full => "full",
        ErrorKind::ReadOnly => "read_only",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::NewerFormat => "newer_format",
        ErrorKind::Internal => "internal",
        _ => "other",
    }
}
