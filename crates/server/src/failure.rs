//! Every refusal and failure, as the reply it becomes.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use credenza_core::{Effect, Error, ErrorKind};
use serde::Serialize;

const STORAGE: &str = "Storage operation failed";

/// A reply that is not a success: `{error, details?, format?, sqlstate?}`.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    body: Body,
    allow: Option<&'static str>,
    cause: Option<Cause>,
}

#[derive(Debug, Serialize)]
struct Body {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<&'static str>,
}

/// What the log says of a failure and the client does not hear. Travels as an extension of the response.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub(crate) String);

impl Failure {
    /// A failure with this status and `error`.
    pub(crate) fn new(status: StatusCode, error: &'static str) -> Failure {
        Failure {
            status,
            body: Body { error, details: None, format: None, sqlstate: None },
            allow: None,
            cause: None,
        }
    }

    /// The same with `details`.
    pub(crate) fn because(mut self, details: impl Into<Cow<'static, str>>) -> Failure {
        self.body.details = Some(details.into());
        self
    }

    /// The same with the code of an error of SQL.
    pub(crate) fn with_sqlstate(mut self, code: Option<&'static str>) -> Failure {
        self.body.sqlstate = code;
        self
    }

    /// The path names no resource.
    pub(crate) fn path() -> Failure {
        let mut failure = Failure::new(StatusCode::BAD_REQUEST, "invalid storage path");
        failure.body.format = Some("/api/storage/{type}/{namespace}/{key}");
        failure
    }

    /// The namespace or the key is too long.
    pub(crate) fn too_long() -> Failure {
        Failure::new(StatusCode::URI_TOO_LONG, "Name too long")
    }

    /// The path needs a key and has none.
    pub(crate) fn key_required() -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "Key required")
    }

    /// There is no such key.
    pub(crate) fn not_found() -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "Key not found")
    }

    /// The resource has only the methods of `allow`.
    pub(crate) fn method(allow: &'static str) -> Failure {
        let mut failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        failure.allow = Some(allow);
        failure
    }

    /// A parameter or header of the request makes no sense.
    pub(crate) fn request(details: impl Into<Cow<'static, str>>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "Invalid request").because(details)
    }

    /// The body is larger than the server takes.
    pub(crate) fn too_large(details: impl Into<Cow<'static, str>>) -> Failure {
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large").because(details)
    }

    /// What stands at the key cannot be told as JSON text.
    pub(crate) fn not_text() -> Failure {
        Failure::new(StatusCode::CONFLICT, "Not a text value")
    }

    /// The storage did not do it.
    fn storage(status: StatusCode, details: &'static str) -> Failure {
        Failure::new(status, STORAGE).because(details)
    }

    /// The server cannot do what it must be able to do.
    pub(crate) fn broken() -> Failure {
        Error::internal("this cannot happen").into()
    }

    /// The client took too long to send its body.
    pub(crate) fn late() -> Failure {
        Failure::new(StatusCode::REQUEST_TIMEOUT, "Request timeout")
    }

    /// The server has no capacity for the request.
    pub(crate) fn busy() -> Failure {
        Failure::storage(StatusCode::SERVICE_UNAVAILABLE, "the server is busy; nothing was changed")
    }

    /// The store did not answer in time; if it was asked for a change, it may still make it.
    pub(crate) fn silent(effect: Effect) -> Failure {
        Error::new(ErrorKind::Timeout, "the store did not answer").with_effect(effect).into()
    }

    /// The status of the reply.
    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Error> for Failure {
    /// Says the kind of the error in words of this server: a store's own text may name files or hosts.
    fn from(error: Error) -> Failure {
        use StatusCode as S;
        let maybe = error.effect() == Effect::MaybeApplied;
        let either = |certain: &'static str, ambiguous: &'static str| if maybe { ambiguous } else { certain };
        let mut failure = match error.kind() {
            ErrorKind::CheckFailed | ErrorKind::PreconditionFailed => {
                Failure::new(S::PRECONDITION_FAILED, "Precondition failed")
            }
            ErrorKind::WrongType => Failure::not_text(),
            ErrorKind::InvalidArgument => Failure::request("the store refuses the request"),
            ErrorKind::LimitExceeded => Failure::too_large("a limit of the store"),
            ErrorKind::RangeNotSatisfiable => Failure::new(S::RANGE_NOT_SATISFIABLE, "Range not satisfiable"),
            ErrorKind::Overflow => {
                Failure::request("the sizes of the namespace are too large to be added up")
            }
            ErrorKind::Timeout => Failure::storage(
                S::SERVICE_UNAVAILABLE,
                either("timeout; nothing was changed", "timeout; the change may have been made"),
            ),
            ErrorKind::Unavailable => Failure::storage(
                S::SERVICE_UNAVAILABLE,
                either("unavailable; nothing was changed", "unavailable; the change may have been made"),
            ),
            ErrorKind::Busy => Failure::storage(S::SERVICE_UNAVAILABLE, "busy; nothing was changed"),
            ErrorKind::Full => Failure::storage(S::INSUFFICIENT_STORAGE, "the store is full"),
            ErrorKind::ReadOnly => Failure::storage(S::INTERNAL_SERVER_ERROR, "the store is read-only"),
            ErrorKind::Corrupt => Failure::storage(S::INTERNAL_SERVER_ERROR, "the store is damaged"),
            ErrorKind::Unsupported => Failure::storage(S::NOT_IMPLEMENTED, "the store does not support it"),
            _ => Failure::storage(
                S::INTERNAL_SERVER_ERROR,
                either("internal error", "internal error; the change may have been made"),
            ),
        };
        failure.cause = Some(Cause(error.to_string()));
        failure
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &self.body);
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE if self.body.error == STORAGE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            // What is left of the body would be taken for the next request.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// `{success: true}`
#[derive(Serialize)]
pub(crate) struct Success {
    success: bool,
}

impl Success {
    pub(crate) const YES: Success = Success { success: true };
}

/// A reply of JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => {
            (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
