//! Why a request was not answered.

use std::borrow::Cow;

use credenza_core::{Effect, Error, ErrorKind};

use crate::error::NAME;

/// A request without an answer, and whether the server may have got it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: Cow<'static, str>,
    pub(crate) sent: bool,
}

impl Failure {
    /// The server never saw the request.
    pub(crate) fn unsent(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Failure {
        Failure { kind, message: message.into(), sent: false }
    }

    /// The same, of a request of which the server may have seen enough.
    pub(crate) fn sent(mut self, sent: bool) -> Failure {
        self.sent = sent;
        self
    }

    /// Whether it is of no use to try again.
    pub(crate) fn is_permanent(&self) -> bool {
        self.kind != ErrorKind::Unavailable && self.kind != ErrorKind::Timeout
    }

    pub(crate) fn into_error(self) -> Error {
        let effect = if self.sent { Effect::MaybeApplied } else { Effect::NotApplied };
        Error::new(self.kind, self.message).on(NAME).with_effect(effect)
    }
}
