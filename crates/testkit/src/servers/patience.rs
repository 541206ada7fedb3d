//! Waiting for servers, each time for a bounded time.

use std::thread;
use std::time::{Duration, Instant};

/// How often a wait looks again.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until this holds; `false` if it still does not when the time is up.
///
/// Servers live in real time: no clock that a test hands in could bound a wait for one.
#[allow(clippy::disallowed_methods)]
pub(super) fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if start.elapsed() >= patience {
            return false;
        }
        thread::sleep(PAUSE);
    }
}
