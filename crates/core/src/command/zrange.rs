//! `ZRANGE` and `ZRANGESTORE`: one question, asked by rank, by score or by member.

use bytes::Bytes;

use super::info::command;
use super::options::{LexBound, LexRange, ScoreBound, ScoreRange, index};
use super::syntax::{Arg, Opt, Part, PartMut, Sampler, Words, take_self};
use crate::data::Key;
use crate::error::Result;

command! {
    /// Reads a range of a sorted set: by rank, by score or by member.
    ///
    /// [`ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`](https://redis.io/docs/latest/commands/zrange/)
    ///
    /// `LIMIT` goes with scores and members only; a negative offset gives nothing, a negative count all that
    /// is left.
    ///
    /// - **Returns**: the members with their scores, in the order asked for.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length; none on the reply.
    pub struct ZRange -> Vec<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// Which members, in which order.
        by: ZRangeBy;
        /// Shows the scores on the wire too; the typed reply always has them.
        with_scores: bool = "WITHSCORES",
    }
}

command! {
    /// Stores a range of a sorted set.
    ///
    /// [`ZRANGESTORE destination source start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count]`](https://redis.io/docs/latest/commands/zrangestore/)
    ///
    /// `LIMIT` goes with scores and members only; a negative offset gives nothing, a negative count all that
    /// is left. The result has no time to live. The destination may be the source.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails on the source; the destination is replaced.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZRangeStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The sorted set.
        source: Key,
        /// Which members.
        by: ZRangeBy,
    }
}

/// Which members of a sorted set, in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct ZRangeBy {
    /// What selects them.
    pub select: ZSelect,
    /// From the greatest to the least. Ranks count from the greatest then; ranges stay least to greatest.
    pub reverse: bool,
    /// Skips so many of a range of scores or members, and returns so many at most (negative: all).
    pub limit: Option<(i64, i64)>,
}

/// What selects members of a sorted set.
#[derive(Clone, Debug, PartialEq)]
pub enum ZSelect {
    /// First and last rank, inclusive; negative counts from the end.
    Rank(i64, i64),
    /// The scores.
    Score(ScoreRange),
    /// The members, in a sorted set whose scores are all equal.
    Lex(LexRange),
}

take_self!(ZRangeBy);

impl ZRangeBy {
    /// From one rank to another, inclusive; negative counts from the end.
    pub fn rank(start: i64, stop: i64) -> ZRangeBy {
        ZRangeBy { select: ZSelect::Rank(start, stop), reverse: false, limit: None }
    }

    /// The members with these scores.
    pub fn score(range: impl Into<ScoreRange>) -> ZRangeBy {
        ZRangeBy { select: ZSelect::Score(range.into()), reverse: false, limit: None }
    }

    /// The members in this range, in a sorted set whose scores are all equal.
    pub fn lex(range: LexRange) -> ZRangeBy {
        ZRangeBy { select: ZSelect::Lex(range), reverse: false, limit: None }
    }

    /// From the greatest to the least.
    #[must_use]
    pub fn rev(mut self) -> ZRangeBy {
        self.reverse = true;
        self
    }

    /// Skips `offset` members and returns `count` at most; for scores and members only.
    #[must_use]
    pub fn limit(mut self, offset: i64, count: i64) -> ZRangeBy {
        self.limit = Some((offset, count));
        self
    }
}

impl Arg for ZRangeBy {
    fn encode(&self, out: &mut Vec<Bytes>) {
        let first = out.len();
        match &self.select {
            ZSelect::Rank(start, stop) => (*start, *stop).encode(out),
            ZSelect::Score(range) => range.encode(out),
            ZSelect::Lex(range) => range.encode(out),
        }
        if self.reverse && !matches!(self.select, ZSelect::Rank(..)) {
            // On the wire a reversed range is written from its greatest to its least.
            out.swap(first, first + 1);
        }
        match &self.select {
            ZSelect::Rank(..) => {}
            ZSelect::Score(_) => out.push(Bytes::from_static(b"BYSCORE")),
            ZSelect::Lex(_) => out.push(Bytes::from_static(b"BYLEX")),
        }
        self.reverse.encode("REV", out);
        if let Some(limit) = &self.limit {
            out.push(Bytes::from_static(b"LIMIT"));
            limit.encode(out);
        }
    }

    fn decode(words: &mut Words<'_>) -> Result<ZRangeBy> {
        let (start, stop) = (words.next_word()?.clone(), words.next_word()?.clone());
        let (mut by_score, mut by_lex, mut reverse, mut limit) = (false, false, false, None);
        loop {
            // What is said twice is left over, and refused.
            if !by_score && !by_lex && words.take("BYSCORE") {
                by_score = true;
            } else if !by_score && !by_lex && words.take("BYLEX") {
                by_lex = true;
            } else if !reverse && words.take("REV") {
                reverse = true;
            } else if words.take("LIMIT") {
                limit = Some(<(i64, i64)>::decode(words)?);
            } else {
                break;
            }
        }
        let ends = if reverse { [&stop, &start] } else { [&start, &stop] }.map(Bytes::clone);
        let mut ends = Words::new(&ends);
        let select = if by_score {
            ZSelect::Score(ScoreRange {
                min: ScoreBound::decode(&mut ends)?,
                max: ScoreBound::decode(&mut ends)?,
            })
        } else if by_lex {
            ZSelect::Lex(LexRange { min: LexBound::decode(&mut ends)?, max: LexBound::decode(&mut ends)? })
        } else {
            ZSelect::Rank(index(&start)?, index(&stop)?)
        };
        Ok(ZRangeBy { select, reverse, limit })
    }

    fn sample(sampler: &mut dyn Sampler) -> ZRangeBy {
        let select = match sampler.below(4) {
            0 => ZSelect::Score(ScoreRange::sample(sampler)),
            1 => ZSelect::Lex(LexRange::sample(sampler)),
            _ => ZSelect::Rank(sampler.int(), sampler.int()),
        };
        let limited = !matches!(select, ZSelect::Rank(..)) && sampler.one_in(2);
        let limit = limited.then(|| (sampler.below(4) as i64, sampler.below(5) as i64 - 1));
        ZRangeBy { select, reverse: sampler.one_in(2), limit }
    }

    fn visit<'a>(&'a self, see: &mut dyn FnMut(Part<'a>)) {
        if let ZSelect::Lex(range) = &self.select {
            range.visit(see);
        }
    }

    fn visit_mut(&mut self, change: &mut dyn FnMut(PartMut<'_>) -> Result<()>) -> Result<()> {
        match &mut self.select {
            ZSelect::Lex(range) => range.visit_mut(change),
            ZSelect::Rank(..) | ZSelect::Score(_) => Ok(()),
        }
    }
}
