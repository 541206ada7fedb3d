//! Lists: one row an element, at a position that is a number with gaps.
//!
//! A list that only its ends have changed is *even*: its positions are [`STEP`] apart, and the position of an index
//! is computed. An insertion or removal in the middle makes it uneven, and its indexes are walked to from the
//! nearer end.

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Error, Result};

use super::Io;
use super::elements::bytes;
use crate::error::{NAME, shape};
use crate::param::{Blob, Param};
use crate::sql::{self, STEP};

/// How many elements a walk reads at once.
const STRIDE: i64 = 512;

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

fn value(value: &Bytes) -> Param {
    Param::Bytes(Blob(value.clone()))
}

pub(super) fn push(io: &mut Io<'_>, id: i64, end: End, element: &Bytes) -> Result<()> {
    let sql = if end == End::Left { sql::LIST_PUSH_LEFT } else { sql::LIST_PUSH_RIGHT };
    io.send(sql, vec![Param::Int(id), value(element)])
}

pub(super) fn pop(io: &mut Io<'_>, id: i64, end: End) -> Result<Option<Bytes>> {
    let sql = if end == End::Left { sql::LIST_POP_LEFT } else { sql::LIST_POP_RIGHT };
    io.query(sql, vec![Param::Int(id)])?.first().map(|row| bytes(row, 0)).transpose()
}

/// A position, if there is one.
fn place(io: &mut Io<'_>, sql: &'static str, params: Vec<Param>) -> Result<Option<i64>> {
    let rows = io.query(sql, params)?;
    let Some(row) = rows.first() else { return Ok(None) };
    row.try_get(0).map_err(|_| shape())
}

/// The position of an index that exists.
fn position(io: &mut Io<'_>, list: List, len: u64, index: u64) -> Result<i64> {
    if list.even {
        let first = place(io, sql::LIST_FIRST, vec![Param::Int(list.id)])?.ok_or_else(shape)?;
        return Ok(first + i64::try_from(index).map_err(|_| shape())? * STEP);
    }
    let (sql, offset) = if index < len / 2 {
        (sql::LIST_NTH, index)
    } else {
        (sql::LIST_NTH_BACK, len.saturating_sub(index + 1))
    };
    place(io, sql, vec![Param::Int(list.id), Param::count(offset)])?.ok_or_else(shape)
}

pub(super) fn range(io: &mut Io<'_>, list: List, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
    let first = if start == 0 { i64::MIN } else { position(io, list, len, start)? };
    let params = vec![Param::Int(list.id), Param::Int(first), Param::count(count)];
    io.query(sql::LIST_FROM, params)?.iter().map(|row| bytes(row, 0)).collect()
}

pub(super) fn set(io: &mut Io<'_>, list: List, len: u64, index: u64, element: &Bytes) -> Result<()> {
    let position = position(io, list, len, index)?;
    io.send(sql::LIST_SET, vec![Param::Int(list.id), Param::Int(position), value(element)])
}

pub(super) fn trim(io: &mut Io<'_>, list: List, len: u64, start: u64, count: u64) -> Result<()> {
    let first = position(io, list, len, start)?;
    let last = position(io, list, len, start + count - 1)?;
    if start > 0 {
        io.send(sql::LIST_CUT_BELOW, vec![Param::Int(list.id), Param::Int(first)])?;
    }
    if start + count < len {
        io.send(sql::LIST_CUT_ABOVE, vec![Param::Int(list.id), Param::Int(last)])?;
    }
    Ok(())
}

pub(super) fn remove(io: &mut Io<'_>, id: i64, element: &[u8], from: End, limit: u64) -> Result<u64> {
    let sql = if from == End::Left { sql::LIST_REMOVE } else { sql::LIST_REMOVE_BACK };
    io.execute(sql, vec![Param::Int(id), Param::bytes(element), Param::count(limit)])
}

pub(super) fn walk(io: &mut Io<'_>, id: i64, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
    let (sql, mut at) =
        if from == End::Left { (sql::LIST_WALK, i64::MIN) } else { (sql::LIST_WALK_BACK, i64::MAX) };
    loop {
        let rows = io.query(sql, vec![Param::Int(id), Param::Int(at), Param::Int(STRIDE)])?;
        for row in &rows {
            if !see(row.try_get(1).map_err(|_| shape())?) {
                return Ok(());
            }
            at = row.try_get(0).map_err(|_| shape())?;
        }
        if (rows.len() as i64) < STRIDE {
            return Ok(());
        }
    }
}

pub(super) fn insert(
    io: &mut Io<'_>,
    id: i64,
    side: Side,
    pivot: &[u8],
    element: &Bytes,
) -> Result<Inserted> {
    let sql = if side == Side::Before { sql::LIST_BEFORE } else { sql::LIST_AFTER };
    // One round makes room, so the second finds it.
    for _ in 0..2 {
        let pivot = vec![Param::Int(id), Param::bytes(pivot)];
        let Some(at) = place(io, sql::LIST_FIND, pivot)? else { return Ok(Inserted::No) };
        let Some(neighbour) = place(io, sql, vec![Param::Int(id), Param::Int(at)])? else {
            let end = if side == Side::Before { End::Left } else { End::Right };
            push(io, id, end, element)?;
            return Ok(Inserted::AtEnd);
        };
        let middle = at.midpoint(neighbour);
        if middle != at && middle != neighbour {
            io.send(sql::LIST_PUT, vec![Param::Int(id), Param::Int(middle), value(element)])?;
            return Ok(Inserted::Between);
        }
        io.send(sql::LIST_SPREAD_DOWN, vec![Param::Int(id)])?;
        io.send(sql::LIST_SPREAD_UP, vec![Param::Int(id)])?;
    }
    Err(Error::internal("no room was found between two elements of a list").on(NAME))
}
