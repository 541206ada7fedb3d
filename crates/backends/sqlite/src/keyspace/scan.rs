//! Scans: always in the order of bytes, so a cursor is the last name that was seen.

use bytes::Bytes;
use credenza_core::{Cursor, Error, Page, Result};
use credenza_embedded::ScanKeys;
use rusqlite::Connection;

use super::Form;
use crate::{db, error, sql};

/// Marks a cursor: the last name itself may be empty, which would mean the start.
const MARK: u8 = b'>';

/// The least name that a step may return.
pub(super) fn start(cursor: &Cursor) -> Result<Vec<u8>> {
    match cursor.as_bytes().split_first() {
        None => Ok(Vec::new()),
        // The next name after the last one.
        Some((&MARK, last)) => Ok([last, b"\0"].concat()),
        Some(_) => Err(Error::invalid("the cursor was not given by this store").on(error::NAME)),
    }
}

/// The page of the rows that a step found; `count` were asked for.
pub(super) fn page<T>(items: Vec<T>, count: usize, name: impl Fn(&T) -> &Bytes) -> Page<T> {
    let next = if items.len() < count { None } else { items.last().map(|item| after(name(item))) };
    Page { next, items }
}

fn after(name: &[u8]) -> Cursor {
    Cursor::new([&[MARK], name].concat())
}

/// The first name that is beyond all that start with `prefix`; `None` if there is no such name.
pub(super) fn beyond(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut beyond = prefix.to_vec();
    while let Some(last) = beyond.pop() {
        if let Some(next) = last.checked_add(1) {
            beyond.push(next);
            return Some(beyond);
        }
    }
    None
}

/// A step of a scan over keys.
pub(super) fn keys(
    conn: &Connection,
    scan: &ScanKeys<'_>,
    from: &[u8],
) -> rusqlite::Result<Page<(Bytes, credenza_core::Kind)>> {
    let count = scan.count.max(1);
    let from = from.max(scan.prefix);
    let limit = db::int(count as u64);
    let (mut seen, mut last, mut items) = (0, None, Vec::new());
    let mut see = |row: &rusqlite::Row<'_>| {
        seen += 1;
        let key = db::bytes(row, 0)?;
        let expires_at: Option<i64> = row.get(2)?;
        if expires_at.is_none_or(|at| at > scan.now) {
            items.push((key.clone(), Form::read(row, 1)?.kind()));
        }
        last = Some(key);
        Ok(true)
    };
    match beyond(scan.prefix) {
        Some(end) => db::each(conn, sql::SCAN_BELOW, (from, limit, end), &mut see)?,
        None => db::each(conn, sql::SCAN, (from, limit), &mut see)?,
    }
    let next = if seen < count { None } else { last.map(|key| after(&key)) };
    Ok(Page { next, items })
}
