//! What makes a command malformed before any store has seen it.

use crate::batch::{Batch, Check, Mode};
use crate::command::{Command, GetExpiry, SetExpiry, ZAddOptions, ZRangeBy, ZSelect};
use crate::error::{Error, Result};
use crate::store::Request;

/// Refuses a request that contradicts itself. Every store calls it first; nothing has happened then.
pub fn request(request: &Request) -> Result<()> {
    match request {
        Request::One(one) => command(one),
        Request::Batch(all) => batch(all),
    }
}

/// Refuses a batch that contradicts itself, or has a command that does.
pub fn batch(batch: &Batch) -> Result<()> {
    if batch.mode == Mode::Pipelined && !batch.checks.is_empty() {
        return Err(Error::invalid("only an atomic batch can have checks"));
    }
    for (index, check) in batch.checks.iter().enumerate() {
        if matches!(check, Check::ScoreEquals { score, .. } if score.is_nan()) {
            return Err(Error::invalid("a score is not a number").at(index));
        }
    }
    for (index, one) in batch.commands.iter().enumerate() {
        command(one).map_err(|error| error.at(index))?;
    }
    Ok(())
}

/// Refuses a command that contradicts itself.
pub fn command(command: &Command) -> Result<()> {
    check(command).map_err(|message| Error::invalid(message).during(command.info().name))
}

fn check(command: &Command) -> std::result::Result<(), &'static str> {
    const ARGUMENTS: &str = "wrong number of arguments";
    const CONTRADICTION: &str = "options contradict each other";
    const EXPIRE: &str = "invalid expire time";
    const NAN: &str = "a score or weight is not a number";

    let filled = |empty: bool| if empty { Err(ARGUMENTS) } else { Ok(()) };
    let number = |number: f64| if number.is_nan() { Err(NAN) } else { Ok(()) };
    let finite = |number: f64| if number.is_finite() { Ok(()) } else { Err("an increment must be finite") };
    let positive = |time: i64| if time > 0 { Ok(()) } else { Err(EXPIRE) };
    let scan = |count: Option<u64>| if count == Some(0) { Err("COUNT must be at least 1") } else { Ok(()) };
    let random = |count: Option<i64>| {
        // Redis has the same bound: the negation of the least number does not exist.
        if count.is_some_and(|count| count < -(i64::MAX / 2)) {
            Err("the count is out of range")
        } else {
            Ok(())
        }
    };
    let set_expiry = |expiry: SetExpiry| match expiry {
        SetExpiry::In(time) | SetExpiry::At(time) => positive(time),
        SetExpiry::Clear | SetExpiry::Keep => Ok(()),
    };
    let weights = |weights: &[f64], keys: usize| {
        if !weights.is_empty() && weights.len() != keys {
            return Err("there must be one weight for each key");
        }
        weights.iter().try_for_each(|weight| number(*weight))
    };

    match command {
        Command::Del(c) => filled(c.keys.is_empty()),
        Command::Exists(c) => filled(c.keys.is_empty()),
        Command::Expire(c) if c.nx && (c.xx || c.gt || c.lt) || c.gt && c.lt => Err(CONTRADICTION),
        Command::Copy(c) if c.source == c.destination => Err("source and destination are the same key"),
        Command::Scan(c) => scan(c.count),
        Command::Set(c) => set_expiry(c.expiry),
        Command::GetEx(c) => match c.expiry {
            GetExpiry::In(time) | GetExpiry::At(time) => positive(time),
            GetExpiry::Clear | GetExpiry::Keep => Ok(()),
        },
        Command::MGet(c) => filled(c.keys.is_empty()),
        Command::MSet(c) => filled(c.entries.is_empty()),
        Command::MSetNx(c) => filled(c.entries.is_empty()),
        Command::IncrByFloat(c) => finite(c.by),
        Command::HSet(c) => filled(c.entries.is_empty()),
        Command::HMGet(c) => filled(c.fields.is_empty()),
        Command::HDel(c) => filled(c.fields.is_empty()),
        Command::HIncrByFloat(c) => finite(c.by),
        Command::HRandField(c) if c.with_values && c.count.is_none() => Err("WITHVALUES needs a count"),
        Command::HRandField(c) if c.with_values && c.count > Some(i64::MAX / 2) => {
            Err("the count is out of range")
        }
        Command::HRandField(c) => random(c.count),
        Command::HScan(c) => scan(c.count),
        Command::SAdd(c) => filled(c.members.is_empty()),
        Command::SRem(c) => filled(c.members.is_empty()),
        Command::SMIsMember(c) => filled(c.members.is_empty()),
        Command::SRandMember(c) => random(c.count),
        Command::SInter(c) => filled(c.keys.is_empty()),
        Command::SInterCard(c) => filled(c.keys.0.is_empty()),
        Command::SUnion(c) => filled(c.keys.is_empty()),
        Command::SDiff(c) => filled(c.keys.is_empty()),
        Command::SInterStore(c) => filled(c.keys.is_empty()),
        Command::SUnionStore(c) => filled(c.keys.is_empty()),
        Command::SDiffStore(c) => filled(c.keys.is_empty()),
        Command::SScan(c) => scan(c.count),
        Command::LPush(c) => filled(c.values.is_empty()),
        Command::RPush(c) => filled(c.values.is_empty()),
        Command::LPushX(c) => filled(c.values.is_empty()),
        Command::RPushX(c) => filled(c.values.is_empty()),
        Command::LPos(c) => match c.rank {
            Some(0) => Err("RANK can't be zero: use 1 for the first match"),
            Some(i64::MIN) => Err("RANK is out of range"),
            _ => Ok(()),
        },
        Command::ZAdd(c) => {
            zadd_options(c.options)?;
            filled(c.members.is_empty())?;
            c.members.iter().try_for_each(|(score, _)| number(*score))
        }
        Command::ZAddIncr(c) => zadd_options(c.options).and_then(|()| number(c.by)),
        Command::ZIncrBy(c) => number(c.by),
        Command::ZRem(c) => filled(c.members.is_empty()),
        Command::ZMScore(c) => filled(c.members.is_empty()),
        Command::ZCount(c) => number(c.range.min.score()).and_then(|()| number(c.range.max.score())),
        Command::ZRemRangeByScore(c) => {
            number(c.range.min.score()).and_then(|()| number(c.range.max.score()))
        }
        Command::ZRange(c) => {
            if c.with_scores && matches!(c.by.select, ZSelect::Lex(_)) {
                return Err("WITHSCORES does not go with BYLEX");
            }
            zrange(&c.by)
        }
        Command::ZRangeStore(c) => zrange(&c.by),
        Command::ZUnion(c) => filled(c.keys.0.is_empty()).and_then(|()| weights(&c.weights, c.keys.0.len())),
        Command::ZInter(c) => filled(c.keys.0.is_empty()).and_then(|()| weights(&c.weights, c.keys.0.len())),
        Command::ZDiff(c) => filled(c.keys.0.is_empty()),
        Command::ZUnionStore(c) => {
            filled(c.keys.0.is_empty()).and_then(|()| weights(&c.weights, c.keys.0.len()))
        }
        Command::ZInterStore(c) => {
            filled(c.keys.0.is_empty()).and_then(|()| weights(&c.weights, c.keys.0.len()))
        }
        Command::ZDiffStore(c) => filled(c.keys.0.is_empty()),
        Command::ZScan(c) => scan(c.count),
        Command::SetIfEqual(c) => set_expiry(c.expiry),
        Command::IncrBounded(c) => {
            if matches!((c.min, c.max), (Some(min), Some(max)) if min > max) {
                return Err("MIN is greater than MAX");
            }
            c.ttl.map_or(Ok(()), positive)
        }
        // Every other command is valid however it is filled.
        _ => Ok(()),
    }
}

fn zadd_options(options: ZAddOptions) -> std::result::Result<(), &'static str> {
    use crate::command::Condition::Absent;
    match options {
        ZAddOptions { greater: true, less: true, .. } => Err("GT, LT and NX contradict each other"),
        ZAddOptions { condition: Some(Absent), greater, less, .. } if greater || less => {
            Err("GT, LT and NX contradict each other")
        }
        _ => Ok(()),
    }
}

fn zrange(by: &ZRangeBy) -> std::result::Result<(), &'static str> {
    match &by.select {
        ZSelect::Rank(..) if by.limit.is_some() => Err("LIMIT goes with BYSCORE and BYLEX only"),
        ZSelect::Score(range) if range.min.score().is_nan() || range.max.score().is_nan() => {
            Err("min or max is not a number")
        }
        _ => Ok(()),
    }
}
