//! The one place of this crate with `unsafe`.

use rusqlite::functions::{ConnectionRef, Context};

/// The connection on which a function was called.
#[allow(unsafe_code, reason = "the library has no other way to it")]
pub(super) fn connection<'c>(cx: &'c Context<'_>) -> rusqlite::Result<ConnectionRef<'c>> {
    // SAFETY: what is dangerous is to take the connection to another thread while this one works on it. It is used where the function was called, until
    // the function returns, and is not `Send`.
    unsafe { cx.get_connection() }
}
