//! Sorted sets: one row a member, and an index in the order of the set.

use bytes::Bytes;
use credenza_core::Result;
use credenza_core::command::{LexBound, LexRange, ScoreBound, ScoreRange};
use credenza_embedded::Selection;
use tokio_postgres::Row;

use super::Io;
use super::elements::{bytes, number};
use crate::error::shape;
use crate::param::Param;
use crate::sql;

type Scored = (Bytes, f64);

fn scored(row: &Row) -> Result<Scored> {
    Ok((bytes(row, 0)?, row.try_get(1).map_err(|_| shape())?))
}

fn all(io: &mut Io<'_>, sql: &'static str, params: Vec<Param>) -> Result<Vec<Scored>> {
    io.query(sql, params)?.iter().map(scored).collect()
}

pub(super) fn score(io: &mut Io<'_>, id: i64, member: &[u8]) -> Result<Option<f64>> {
    let rows = io.query(sql::ZSET_SCORE, vec![Param::Int(id), Param::bytes(member)])?;
    rows.first().map(|row| row.try_get(0).map_err(|_| shape())).transpose()
}

/// How many members stand before a spot.
pub(super) fn before(io: &mut Io<'_>, id: i64, score: f64, member: &[u8]) -> Result<u64> {
    number(&io.query(sql::ZSET_BEFORE, vec![Param::Int(id), Param::Float(score), Param::bytes(member)])?)
}

pub(super) fn count(io: &mut Io<'_>, id: i64, selection: Selection<'_>) -> Result<u64> {
    match selection {
        Selection::Rank(start) => {
            Ok(number(&io.query(sql::ZSET_SIZE, vec![Param::Int(id)])?)?.saturating_sub(start))
        }
        Selection::Score(range) => {
            let Some((min, max)) = closed(range) else { return Ok(0) };
            number(&io.query(sql::ZSET_COUNT, vec![Param::Int(id), Param::Float(min), Param::Float(max)])?)
        }
        Selection::Lex(range) => match between(range) {
            Some(ends) => number(&io.query(sql::ZSET_COUNT_LEX, ends.params(id))?),
            None => Ok(0),
        },
    }
}

pub(super) fn range(
    io: &mut Io<'_>,
    id: i64,
    selection: Selection<'_>,
    reverse: bool,
    offset: u64,
    count: u64,
) -> Result<Vec<Scored>> {
    let page = |offset| [Param::count(count), Param::count(offset)];
    match selection {
        Selection::Rank(start) => {
            let sql = if reverse { sql::ZSET_BY_RANK_BACK } else { sql::ZSET_BY_RANK };
            let mut params = vec![Param::Int(id)];
            params.extend(page(start.saturating_add(offset)));
            all(io, sql, params)
        }
        Selection::Score(range) => {
            let Some((min, max)) = closed(range) else { return Ok(Vec::new()) };
            let sql = if reverse { sql::ZSET_BY_SCORE_BACK } else { sql::ZSET_BY_SCORE };
            let mut params = vec![Param::Int(id), Param::Float(min), Param::Float(max)];
            params.extend(page(offset));
            all(io, sql, params)
        }
        Selection::Lex(range) => {
            let Some(ends) = between(range) else { return Ok(Vec::new()) };
            let sql = if reverse { sql::ZSET_BY_LEX_BACK } else { sql::ZSET_BY_LEX };
            let mut params = ends.params(id);
            params.extend(page(offset));
            all(io, sql, params)
        }
    }
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

/// A range of bytes, with its lower end and without its upper one.
struct Ends {
    low: Vec<u8>,
    high: Option<Vec<u8>>,
}

impl Ends {
    fn params(&self, id: i64) -> Vec<Param> {
        let high = self.high.as_deref().unwrap_or_default();
        let open = Param::Int(i64::from(self.high.is_none()));
        vec![Param::Int(id), Param::bytes(&self.low), Param::bytes(high), open]
    }
}

/// `None` if nothing can be in the range.
fn between(range: &LexRange) -> Option<Ends> {
    let after = |member: &[u8]| [member, b"\0"].concat();
    let low = match &range.min {
        LexBound::Start => Vec::new(),
        LexBound::Inclusive(min) => min.to_vec(),
        LexBound::Exclusive(min) => after(min),
        LexBound::End => return None,
    };
    let high = match &range.max {
        LexBound::Start => return None,
        LexBound::Inclusive(max) => Some(after(max)),
        LexBound::Exclusive(max) => Some(max.to_vec()),
        LexBound::End => None,
    };
    Some(Ends { low, high })
}

pub(super) fn scan(io: &mut Io<'_>, id: i64, from: &[u8], count: usize) -> Result<Vec<Scored>> {
    all(io, sql::ZSET_SCAN, vec![Param::Int(id), Param::bytes(from), Param::count(count as u64)])
}
