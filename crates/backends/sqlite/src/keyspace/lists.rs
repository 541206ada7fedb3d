//! Lists: one row an element, at a position that is a number with gaps.
//!
//! A list that only its ends have changed is *even*: its positions are [`STEP`] apart, and the position of an index
//! is computed. An insertion or removal in the middle makes it uneven, and its indexes are walked to from the
//! nearer end.

use bytes::Bytes;
use credenza_core::command::{End, Side};
use rusqlite::{Connection, Result};

use crate::sql::{self, STEP};
use crate::{db, error};

/// A list during a step.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub(super) id: i64,
    pub(super) even: bool,
}

/// What an insertion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// There is no such pivot.
    No,
    /// At an end: an even list stays even.
    AtEnd,
    /// Between two elements.
    Between,
}

/// A window that is spread again has at least this many positions for each of its elements.
const ROOMY: i128 = 1 << 10;

pub(super) fn push(conn: &Connection, id: i64, end: End, value: &[u8]) -> Result<()> {
    let sql = if end == End::Left { sql::LIST_PUSH_LEFT } else { sql::LIST_PUSH_RIGHT };
    db::run(conn, sql, (id, value)).map(drop)
}

pub(super) fn pop(conn: &Connection, id: i64, end: End) -> Result<Option<Bytes>> {
    let sql = if end == End::Left { sql::LIST_POP_LEFT } else { sql::LIST_POP_RIGHT };
    db::first(conn, sql, (id,), |row| db::bytes(row, 0))
}

/// The first and the last position.
fn ends(conn: &Connection, id: i64) -> Result<(i64, i64)> {
    let ends = db::first(conn, sql::LIST_ENDS, (id,), |row| Ok((row.get(0)?, row.get(1)?)))?;
    ends.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// The position of an index that exists.
fn position(conn: &Connection, list: List, len: u64, index: u64) -> Result<i64> {
    if list.even {
        return Ok(ends(conn, list.id)?.0 + db::int(index) * STEP);
    }
    let (sql, offset) = if index < len / 2 {
        (sql::LIST_NTH, index)
    } else {
        (sql::LIST_NTH_BACK, len.saturating_sub(index + 1))
    };
    db::first(conn, sql, (list.id, db::int(offset)), |row| row.get(0))?
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

pub(super) fn range(conn: &Connection, list: List, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
    let first = position(conn, list, len, start)?;
    db::all(conn, sql::LIST_FROM, (list.id, first, db::int(count)), |row| db::bytes(row, 0))
}

pub(super) fn set(conn: &Connection, list: List, len: u64, index: u64, value: &[u8]) -> Result<()> {
    let position = position(conn, list, len, index)?;
    db::run(conn, sql::LIST_SET, (list.id, position, value)).map(drop)
}

pub(super) fn trim(conn: &Connection, list: List, len: u64, start: u64, count: u64) -> Result<()> {
    let first = position(conn, list, len, start)?;
    let last = position(conn, list, len, start + count - 1)?;
    if start > 0 {
        db::run(conn, sql::LIST_CUT_BELOW, (list.id, first))?;
    }
    if start + count < len {
        db::run(conn, sql::LIST_CUT_ABOVE, (list.id, last))?;
    }
    Ok(())
}

pub(super) fn remove(conn: &Connection, id: i64, value: &[u8], from: End, limit: u64) -> Result<u64> {
    let sql = if from == End::Left { sql::LIST_REMOVE } else { sql::LIST_REMOVE_BACK };
    Ok(db::run(conn, sql, (id, value, db::int(limit)))? as u64)
}

pub(super) fn walk(conn: &Connection, id: i64, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
    let sql = if from == End::Left { sql::LIST_WALK } else { sql::LIST_WALK_BACK };
    db::each(conn, sql, (id,), |row| Ok(see(row.get_ref(0)?.as_blob()?)))
}

pub(super) fn insert(conn: &Connection, id: i64, side: Side, pivot: &[u8], value: &[u8]) -> Result<Inserted> {
    let Some(mut at) = find(conn, id, pivot)? else { return Ok(Inserted::No) };
    let sql = if side == Side::Before { sql::LIST_BEFORE } else { sql::LIST_AFTER };
    // One round makes room, so the second finds it.
    for _ in 0..2 {
        let neighbour: Option<i64> = db::first(conn, sql, (id, at), |row| row.get(0))?.flatten();
        let Some(neighbour) = neighbour else {
            let end = if side == Side::Before { End::Left } else { End::Right };
            push(conn, id, end, value)?;
            return Ok(Inserted::AtEnd);
        };
        let middle = at.midpoint(neighbour);
        if middle != at && middle != neighbour {
            db::run(conn, sql::LIST_PUT, (id, middle, value))?;
            return Ok(Inserted::Between);
        }
        spread(conn, id, at)?;
        at = find(conn, id, pivot)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    }
    Err(error::invariant("no room was found between two elements of a list"))
}

fn find(conn: &Connection, id: i64, value: &[u8]) -> Result<Option<i64>> {
    db::first(conn, sql::LIST_FIND, (id, value), |row| row.get(0))
}

/// Makes gaps about a position: spreads the elements near it evenly, over a window that grows until it is roomy.
fn spread(conn: &Connection, id: i64, at: i64) -> Result<()> {
    let mut reach = 64_i64;
    loop {
        let near = |sql| db::all(conn, sql, (id, at, reach), |row| row.get::<_, i64>(0));
        let (mut window, right) = (near(sql::LIST_NEAR_LEFT)?, near(sql::LIST_NEAR_RIGHT)?);
        let (left_end, right_end) = ((window.len() as i64) < reach, (right.len() as i64) < reach);
        window.reverse();
        window.extend(right);
        let [first, .., last] = window[..] else { return Ok(()) };
        // Beyond an end of the list there is room for all.
        let whole = STEP.saturating_mul(window.len() as i64);
        let low = if left_end { first.saturating_sub(whole) } else { first };
        let high = if right_end { last.saturating_add(whole) } else { last };
        let gap = (i128::from(high) - i128::from(low)) / (window.len() as i128 - 1);
        if gap < ROOMY && !(left_end && right_end) {
            reach = reach.saturating_mul(4);
            continue;
        }
        let target = |index: usize| i64::try_from(i128::from(low) + gap * index as i128).unwrap_or(i64::MAX);
        // Those that go right start from the right, those that go left from the left: no target is taken then.
        let moves = window.iter().enumerate().map(|(index, from)| (*from, target(index)));
        let rightwards = moves.clone().rev().filter(|(from, to)| to > from);
        for (from, to) in rightwards.chain(moves.filter(|(from, to)| to < from)) {
            db::run(conn, sql::LIST_MOVE, (id, from, to))?;
        }
        return Ok(());
    }
}
