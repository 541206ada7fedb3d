//! Free ports on the loopback device.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range that systems take for outgoing connections, so that a server that is down keeps its port.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// A port that nothing listens on now, and that this process was not given before. Another process may still be faster:
/// whoever starts a server tries again with another port.
pub(super) fn free() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes that start one after the other get ids in a row.
    let start = process::id().wrapping_mul(101);
    for _ in 0..COUNT {
        let next = start.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + next % COUNT;
        if let Ok(port) = u16::try_from(port)
            && TcpListener::bind(("127.0.0.1", port)).is_ok()
        {
            return port;
        }
    }
    // Then a server says by itself that it cannot have this one.
    0
}
