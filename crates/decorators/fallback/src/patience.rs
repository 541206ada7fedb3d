//! Answers that do not come.

use std::time::Duration;

use credenza_core::{Error, ErrorKind, Execution, Response, Result};

/// The answer, if it comes in time: also of a store that does not look at its deadline. Only for what may be dropped.
pub(crate) async fn within(patience: Duration, asked: Execution<'_>) -> Result<Response> {
    match asked.try_ready() {
        Ok(answer) => answer,
        Err(waiting) => tokio::time::timeout(patience, waiting)
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, "the store did not answer in time"))),
    }
}
