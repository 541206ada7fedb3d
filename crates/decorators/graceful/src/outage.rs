//! What an outage is, and who is told.

use credenza_core::{Context, Error, ErrorKind};

pub(crate) const NAME: &str = "graceful";

/// Whether an error says that the store is out.
pub(crate) fn is_outage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Busy)
}

/// Something was answered that the store did not say.
pub(crate) fn tell(cx: &Context, store: &str, operation: &'static str, error: &Error) {
    tracing::warn!(target: "credenza", store, operation, %error, "degraded: the store is out");
    let labels = [("db.system.name", store.to_owned()), ("db.operation.name", operation.to_owned())];
    metrics::counter!("credenza.degraded", &labels).increment(1);
    cx.note(NAME, "degraded");
}
