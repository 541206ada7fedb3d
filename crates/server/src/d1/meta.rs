//! What D1 tells about a statement besides its rows.

use credenza_core::db::{Description, Outcome};
use serde::Serialize;
use tokio::time::Instant;

/// When a statement began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

/// `meta`, of what D1 tells that which is known here.
#[derive(Debug, Serialize)]
pub(super) struct Meta {
    served_by: &'static str,
    /// Milliseconds.
    duration: f64,
    changes: u64,
    last_row_id: i64,
    changed_db: bool,
}

impl Meta {
    pub(super) fn new(outcome: Outcome, description: &Description, watch: Stopwatch) -> Meta {
        Meta {
            served_by: "credenza",
            duration: watch.0.elapsed().as_secs_f64() * 1000.0,
            changes: outcome.rows_affected,
            last_row_id: outcome.last_insert_id.unwrap_or(0),
            changed_db: !description.read_only,
        }
    }
}
