//! Scans: always in the order of bytes, so a cursor is the last name that was seen.

use bytes::Bytes;
use credenza_core::{Cursor, Error, Kind, Page, Result};
use credenza_embedded::ScanKeys;

use super::elements::{bytes, number};
use super::{Form, Io};
use crate::error::{NAME, shape};
use crate::param::Param;
use crate::plan::MAX_KEY;
use crate::sql;

/// Marks a cursor: the last name itself may be empty, which would mean the start.
const MARK: u8 = b'>';

/// The least name that a step may return.
pub(super) fn start(cursor: &Cursor) -> Result<Vec<u8>> {
    match cursor.as_bytes().split_first() {
        None => Ok(Vec::new()),
        // The next name after the last one.
        Some((&MARK, last)) => Ok([last, b"\0"].concat()),
        Some(_) => Err(Error::invalid("the cursor was not given by this store").on(NAME)),
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

/// The first name that is beyond all that start with `prefix`.
fn beyond(prefix: &[u8]) -> Vec<u8> {
    let mut beyond = prefix.to_vec();
    while let Some(last) = beyond.pop() {
        if let Some(next) = last.checked_add(1) {
            beyond.push(next);
            return beyond;
        }
    }
    // No key is as long.
    vec![u8::MAX; MAX_KEY + 1]
}

/// A step of a scan over keys.
pub(super) fn keys(io: &mut Io<'_>, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>> {
    let count = scan.count.max(1);
    let from = start(scan.cursor)?.max(scan.prefix.to_vec());
    let params = vec![Param::bytes(&from), Param::bytes(&beyond(scan.prefix)), Param::count(count as u64)];
    let rows = io.query(sql::SCAN, params)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let expires_at: Option<i64> = row.try_get(2).map_err(|_| shape())?;
        if expires_at.is_none_or(|at| at > scan.now) {
            let form = Form::read(row.try_get(1).map_err(|_| shape())?)?;
            items.push((bytes(row, 0)?, form.kind().ok_or_else(shape)?));
        }
    }
    let last = rows.last().filter(|_| rows.len() >= count);
    let next = last.map(|row| bytes(row, 0)).transpose()?.map(|key| after(&key));
    Ok(Page { next, items })
}

/// Removes all keys that start with `prefix` but those in hand; how many had not expired.
pub(super) fn clear(io: &mut Io<'_>, prefix: &[u8], in_hand: &[Bytes], now: i64) -> Result<u64> {
    let params =
        vec![Param::bytes(prefix), Param::bytes(&beyond(prefix)), Param::keys(in_hand), Param::Int(now)];
    number(&io.query(sql::CLEAR, params)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(beyond(b"ab"), b"ac");
        assert_eq!(beyond(b"a\xff\xff"), b"b");
        assert!(beyond(b"\xff") > vec![u8::MAX; MAX_KEY]);
        assert_eq!(beyond(b""), beyond(b"\xff"));
    }

    #[test]
    fn cursors_of_others_are_refused() {
        assert_eq!(start(&Cursor::START).unwrap(), b"");
        assert_eq!(start(&after(b"")).unwrap(), b"\0");
        assert!(start(&Cursor::new("7")).is_err());
    }
}
