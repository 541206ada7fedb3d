//! Strings: short ones in the row of the key, long ones in a table of their own.

use bytes::Bytes;
use rusqlite::{Connection, Result, Row};

use crate::{db, sql};

/// A row of an index B-tree that is longer than about a quarter of a page spills to an overflow page. Rows stay
/// below, so that looking for other keys never reads through long values.
const ROW: usize = 900;
/// What always stands in the row: a key that spills anyway is not worth a second look-up.
const ALWAYS: usize = 64;

/// Whether the value stands in the row of its key.
pub(super) fn inline(key: &[u8], value: &[u8]) -> bool {
    value.len() <= ALWAYS || key.len() + value.len() <= ROW
}

/// The row of a key, with the value if it is a string of at most `max` bytes; `read` sees the first five columns
/// as of [`sql::FIND`].
pub(super) fn find<T>(
    conn: &Connection,
    key: &[u8],
    max: i64,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<(T, Option<Bytes>)>> {
    db::first(conn, sql::FIND_STRING, (key, max), |row| {
        let value = row.get_ref(5)?.as_blob_or_null()?.map(Bytes::copy_from_slice);
        Ok((read(row)?, value))
    })
}

/// Stores a short string; false if something is owned by what stands at the key: then nothing has changed.
pub(super) fn put_inline(
    conn: &Connection,
    key: &[u8],
    value: &[u8],
    expires_at: Option<i64>,
    version: i64,
) -> Result<bool> {
    let len = db::int(value.len() as u64);
    Ok(db::run(conn, sql::PUT_STRING, (key, expires_at, version, len, value))? == 1)
}

/// Stores a long string. `old` is the place of a long one that stands there now; `id` is a new place otherwise.
pub(super) fn put_big(
    conn: &Connection,
    key: &[u8],
    value: &[u8],
    expires_at: Option<i64>,
    version: i64,
    (id, old): (i64, bool),
) -> Result<()> {
    let body = if old { sql::BIG_SET } else { sql::BIG_PUT };
    db::run(conn, body, (id, value))?;
    let len = db::int(value.len() as u64);
    db::run(conn, sql::PUT_BIG_KEY, (key, expires_at, version, len, id))?;
    Ok(())
}
