//! Counts that make ranks of a large sorted set cheap.
//!
//! The set is cut into stretches. Each has a row with the least (score, member) that belongs to it and the number
//! of members in it; the first starts at the least of all. A rank is the sum of the rows before and a count inside
//! of one stretch: at a million members some thousand rows instead of half a million.

use bytes::Bytes;
use rusqlite::{Connection, Result, Row};

use crate::{db, sql};

/// A sorted set gets counts when it has this many members.
pub(super) const WORTH: u64 = 4096;
/// Members in a new stretch; one with twice as many is cut in two.
const STRETCH: i64 = 512;

/// Where a member stands: by score, then by bytes.
pub(super) type Spot = (f64, Bytes);

const FIRST: Spot = (f64::NEG_INFINITY, Bytes::new());

fn spot(row: &Row<'_>, column: usize) -> Result<Spot> {
    Ok((row.get(column)?, db::bytes(row, column + 1)?))
}

/// Counts a set that has no counts yet.
pub(super) fn build(conn: &Connection, id: i64) -> Result<()> {
    let mut starts = vec![FIRST];
    let mut seen = 0;
    db::each(conn, sql::ZSET_BY_RANK, (id, -1, 0), |row| {
        if seen > 0 && seen % STRETCH == 0 {
            starts.push((row.get(1)?, db::bytes(row, 0)?));
        }
        seen += 1;
        Ok(true)
    })?;
    let last = starts.len() - 1;
    for (index, (score, member)) in starts.iter().enumerate() {
        let count = if index == last { seen - STRETCH * last as i64 } else { STRETCH };
        db::run(conn, sql::COUNT_SET, (id, score, &member[..], count))?;
    }
    Ok(())
}

/// After a member was added there.
pub(super) fn add(conn: &Connection, id: i64, score: f64, member: &[u8]) -> Result<()> {
    let counted = db::first(conn, sql::COUNT_UP, (id, score, member), |row| {
        Ok((row.get::<_, i64>(0)?, spot(row, 1)?))
    })?;
    let (count, start) = counted.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if count < 2 * STRETCH {
        return Ok(());
    }
    let middle = db::first(conn, sql::ZSET_FROM, (id, start.0, &start.1[..], 1, STRETCH), |row| {
        Ok((row.get::<_, f64>(1)?, db::bytes(row, 0)?))
    })?;
    let middle = middle.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    db::run(conn, sql::COUNT_SET, (id, start.0, &start.1[..], STRETCH))?;
    db::run(conn, sql::COUNT_SET, (id, middle.0, &middle.1[..], count - STRETCH)).map(drop)
}

/// After a member was removed there.
pub(super) fn remove(conn: &Connection, id: i64, score: f64, member: &[u8]) -> Result<()> {
    let counted = db::first(conn, sql::COUNT_DOWN, (id, score, member), |row| {
        Ok((row.get::<_, i64>(0)?, spot(row, 1)?))
    })?;
    let (count, start) = counted.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if count == 0 && start != FIRST {
        db::run(conn, sql::COUNT_GONE, (id, start.0, &start.1[..]))?;
    }
    Ok(())
}

/// How many members stand before a spot.
pub(super) fn before(conn: &Connection, id: i64, score: f64, member: &[u8]) -> Result<u64> {
    let start = db::first(conn, sql::COUNT_AT, (id, score, member), |row| spot(row, 0))?.unwrap_or(FIRST);
    let stretches = db::first(conn, sql::COUNT_BEFORE, (id, start.0, &start.1[..]), |row| db::count(row, 0))?;
    let inside = db::first(conn, sql::ZSET_BETWEEN, (id, start.0, &start.1[..], score, member), |row| {
        db::count(row, 0)
    })?;
    Ok(stretches.unwrap_or(0) + inside.unwrap_or(0))
}

/// The stretch that the member of a rank is in, and its rank in there; `None` beyond the end.
pub(super) fn locate(conn: &Connection, id: i64, rank: u64) -> Result<Option<(Spot, u64)>> {
    let mut left = rank;
    let mut found = None;
    db::each(conn, sql::COUNT_WALK, (id,), |row| {
        let count = db::count(row, 2)?;
        if left < count {
            found = Some((spot(row, 0)?, left));
            return Ok(false);
        }
        left -= count;
        Ok(true)
    })?;
    Ok(found)
}

/// How many members there are.
pub(super) fn total(conn: &Connection, id: i64) -> Result<u64> {
    let mut total = 0;
    db::each(conn, sql::COUNT_WALK, (id,), |row| {
        total += db::count(row, 2)?;
        Ok(true)
    })?;
    Ok(total)
}
