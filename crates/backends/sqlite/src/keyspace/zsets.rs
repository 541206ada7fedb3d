//! Sorted sets: one row a member, an index in the order of the set, and counts for the ranks of large ones.

use bytes::Bytes;
use credenza_core::command::{LexBound, LexRange, ScoreBound, ScoreRange};
use credenza_embedded::Selection;
use rusqlite::{Connection, Result, Row};

use super::counts;
use crate::{db, sql};

/// A sorted set during a step.
#[derive(Clone, Copy)]
pub(super) struct Zset {
    pub(super) id: i64,
    pub(super) counted: bool,
}

type Scored = (Bytes, f64);

fn scored(row: &Row<'_>) -> Result<Scored> {
    Ok((db::bytes(row, 0)?, row.get(1)?))
}

pub(super) fn score(conn: &Connection, id: i64, member: &[u8]) -> Result<Option<f64>> {
    db::first(conn, sql::ZSET_SCORE, (id, member), |row| row.get(0))
}

pub(super) fn put(conn: &Connection, zset: Zset, member: &[u8], old: Option<f64>, score: f64) -> Result<()> {
    db::run(conn, sql::ZSET_PUT, (zset.id, member, score))?;
    if zset.counted {
        if let Some(old) = old {
            counts::remove(conn, zset.id, old, member)?;
        }
        counts::add(conn, zset.id, score, member)?;
    }
    Ok(())
}

pub(super) fn remove(conn: &Connection, zset: Zset, member: &[u8], score: f64) -> Result<()> {
    db::run(conn, sql::ZSET_REMOVE, (zset.id, member))?;
    if zset.counted {
        counts::remove(conn, zset.id, score, member)?;
    }
    Ok(())
}

/// How many members stand before a spot.
pub(super) fn before(conn: &Connection, zset: Zset, score: f64, member: &[u8]) -> Result<u64> {
    if zset.counted {
        return counts::before(conn, zset.id, score, member);
    }
    let count = db::first(conn, sql::ZSET_BEFORE, (zset.id, score, member), |row| db::count(row, 0))?;
    Ok(count.unwrap_or(0))
}

fn size(conn: &Connection, zset: Zset) -> Result<u64> {
    if zset.counted {
        return counts::total(conn, zset.id);
    }
    Ok(db::first(conn, sql::ZSET_SIZE, (zset.id,), |row| db::count(row, 0))?.unwrap_or(0))
}

pub(super) fn count(conn: &Connection, zset: Zset, selection: Selection<'_>) -> Result<u64> {
    match selection {
        Selection::Rank(start) => Ok(size(conn, zset)?.saturating_sub(start)),
        Selection::Score(range) => {
            let Some((min, max)) = closed(range) else { return Ok(0) };
            if zset.counted {
                // No member is below the empty one, so this counts up to the last with the greatest score.
                let above = match max {
                    f64::INFINITY => counts::total(conn, zset.id)?,
                    max => counts::before(conn, zset.id, max.next_up(), b"")?,
                };
                return Ok(above.saturating_sub(counts::before(conn, zset.id, min, b"")?));
            }
            let count = db::first(conn, sql::ZSET_COUNT, (zset.id, min, max), |row| db::count(row, 0))?;
            Ok(count.unwrap_or(0))
        }
        Selection::Lex(range) => {
            let mut count = 0;
            lex(conn, zset.id, range, false, 0, u64::MAX, &mut |_, _| count += 1)?;
            Ok(count)
        }
    }
}

pub(super) fn range(
    conn: &Connection,
    zset: Zset,
    selection: Selection<'_>,
    reverse: bool,
    offset: u64,
    count: u64,
) -> Result<Vec<Scored>> {
    let page = (db::int(count), db::int(offset));
    match selection {
        Selection::Rank(start) => by_rank(conn, zset, reverse, start.saturating_add(offset), count),
        Selection::Score(range) => {
            let Some((min, max)) = closed(range) else { return Ok(Vec::new()) };
            let sql = if reverse { sql::ZSET_BY_SCORE_BACK } else { sql::ZSET_BY_SCORE };
            db::all(conn, sql, (zset.id, min, max, page.0, page.1), scored)
        }
        Selection::Lex(range) => {
            let mut found = Vec::new();
            lex(conn, zset.id, range, reverse, offset, count, &mut |member, score| {
                found.push((Bytes::copy_from_slice(member), score));
            })?;
            Ok(found)
        }
    }
}

fn by_rank(conn: &Connection, zset: Zset, reverse: bool, rank: u64, count: u64) -> Result<Vec<Scored>> {
    let Zset { id, counted } = zset;
    let sql = if reverse { sql::ZSET_BY_RANK_BACK } else { sql::ZSET_BY_RANK };
    if !counted || rank < counts::WORTH {
        return db::all(conn, sql, (id, db::int(count), db::int(rank)), scored);
    }
    if !reverse {
        let Some(((score, member), skip)) = counts::locate(conn, id, rank)? else { return Ok(Vec::new()) };
        return db::all(
            conn,
            sql::ZSET_FROM,
            (id, score, &member[..], db::int(count), db::int(skip)),
            scored,
        );
    }
    let Some(forward) = counts::total(conn, id)?.checked_sub(rank + 1) else { return Ok(Vec::new()) };
    let Some((member, score)) = by_rank(conn, zset, false, forward, 1)?.pop() else { return Ok(Vec::new()) };
    db::all(conn, sql::ZSET_FROM_BACK, (id, score, &member[..], db::int(count), 0), scored)
}

/// The least and the greatest score of a range, both in it; `None` if it is empty.
fn closed(range: &ScoreRange) -> Option<(f64, f64)> {
    let min = match range.min {
        ScoreBound::Inclusive(min) => min,
        ScoreBound::Exclusive(f64::INFINITY) => return None,
        ScoreBound::Exclusive(min) => min.next_up(),
    };
    let max = match range.max {
        ScoreBound::Inclusive(max) => max,
        ScoreBound::Exclusive(f64::NEG_INFINITY) => return None,
        ScoreBound::Exclusive(max) => max.next_down(),
    };
    (min <= max).then_some((min, max))
}

/// Shows the members of a range of bytes. Where all scores are equal, which is what such ranges are for, they are
/// sought; else all members are looked at.
fn lex(
    conn: &Connection,
    id: i64,
    range: &LexRange,
    reverse: bool,
    offset: u64,
    count: u64,
    see: &mut dyn FnMut(&[u8], f64),
) -> Result<()> {
    let end = |sql| db::first(conn, sql, (id, 1, 0), scored);
    let (first, last) = (end(sql::ZSET_BY_RANK)?, end(sql::ZSET_BY_RANK_BACK)?);
    let (Some((_, least)), Some((greatest_member, greatest))) = (first, last) else { return Ok(()) };
    let after = |member: &[u8]| [member, b"\0"].concat();
    let low = match &range.min {
        LexBound::Start => Vec::new(),
        LexBound::Inclusive(min) => min.to_vec(),
        LexBound::Exclusive(min) => after(min),
        LexBound::End => return Ok(()),
    };
    let high = match &range.max {
        LexBound::Start => return Ok(()),
        LexBound::Inclusive(max) => after(max),
        LexBound::Exclusive(max) => max.to_vec(),
        LexBound::End => after(&greatest_member),
    };
    if least == greatest {
        let sql = if reverse { sql::ZSET_BY_LEX_BACK } else { sql::ZSET_BY_LEX };
        return db::each(conn, sql, (id, least, low, high, db::int(count), db::int(offset)), |row| {
            see(row.get_ref(0)?.as_blob()?, row.get(1)?);
            Ok(true)
        });
    }
    let (mut skip, mut left) = (offset, count);
    let sql = if reverse { sql::ZSET_BY_RANK_BACK } else { sql::ZSET_BY_RANK };
    db::each(conn, sql, (id, -1, 0), |row| {
        let member = row.get_ref(0)?.as_blob()?;
        if left > 0 && range.contains(member) {
            if skip > 0 {
                skip -= 1;
            } else {
                see(member, row.get(1)?);
                left -= 1;
            }
        }
        Ok(left > 0)
    })
}

pub(super) fn scan(conn: &Connection, id: i64, from: &[u8], count: usize) -> Result<Vec<Scored>> {
    db::all(conn, sql::ZSET_SCAN, (id, from, db::int(count as u64)), scored)
}
