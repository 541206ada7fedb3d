//! The one place of this crate with `unsafe`.

use rusqlite::functions::{ConnectionRef, Context};
#[cfg(feature = "sqlite-vec")]
use rusqlite::{Connection, ffi};

/// The connection on which a function was called.
#[allow(unsafe_code, reason = "the library has no other way to it")]
pub(super) fn connection<'c>(cx: &'c Context<'_>) -> rusqlite::Result<ConnectionRef<'c>> {
    // SAFETY: what is dangerous is to take the connection to another thread while this one works on it. It is used where the function was called, until
    // the function returns, and is not `Send`.
    unsafe { cx.get_connection() }
}

/// Adds what sqlite-vec has to a connection.
#[cfg(feature = "sqlite-vec")]
#[allow(unsafe_code, reason = "it is written in C")]
pub(super) fn add_sqlite_vec(conn: &Connection) -> rusqlite::Result<()> {
    type Init = unsafe extern "C" fn(
        *mut ffi::sqlite3,
        *mut *mut std::ffi::c_char,
        *const ffi::sqlite3_api_routines,
    ) -> std::ffi::c_int;
    // SAFETY: it is an entry point of an extension of SQLite, which has these arguments; the crate declares it without any. It was compiled into this program,
    // and so looks neither at the routines nor, without a place for one, at a message. The connection lives longer than the call.
    let code = unsafe {
        let init = std::mem::transmute::<unsafe extern "C" fn(), Init>(sqlite_vec::sqlite3_vec_init);
        init(conn.handle(), std::ptr::null_mut(), std::ptr::null())
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        failed => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(failed), None)),
    }
}
