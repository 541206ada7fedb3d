//! The shape of a reply in the Redis protocol (RESP 2): what a Redis client would see.

use bytes::Bytes;

use crate::command::{Arg, Command};
use crate::data::{Cursor, Page};
use crate::reply::Reply;
use crate::semantics::long_double;
use crate::semantics::number::format_f64;

/// A value of the Redis protocol. Its `Debug` shows all of it, unlike that of [`Reply`]: it is no text for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resp {
    /// A status, `OK` or the name of a type.
    Status(&'static str),
    /// An integer.
    Int(i64),
    /// Bytes.
    Bulk(Bytes),
    /// Nothing.
    Nil,
    /// Several.
    Array(Vec<Resp>),
}

impl Resp {
    fn bulk(value: Option<Bytes>) -> Resp {
        value.map_or(Resp::Nil, Resp::Bulk)
    }

    fn array(items: impl IntoIterator<Item = Resp>) -> Resp {
        Resp::Array(items.into_iter().collect())
    }

    fn score(score: Option<f64>) -> Resp {
        score.map_or(Resp::Nil, |score| Resp::Bulk(format_f64(score)))
    }

    fn int(number: u64) -> Resp {
        Resp::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn page(next: Option<Cursor>, items: Vec<Resp>) -> Resp {
        let mut cursor = Vec::new();
        next.unwrap_or_default().encode(&mut cursor);
        Resp::array(cursor.into_iter().map(Resp::Bulk).chain([Resp::Array(items)]))
    }
}

fn pairs(entries: Vec<(Bytes, Bytes)>) -> Vec<Resp> {
    entries.into_iter().flat_map(|(field, value)| [Resp::Bulk(field), Resp::Bulk(value)]).collect()
}

fn scored(members: Vec<(Bytes, f64)>) -> Vec<Resp> {
    members.into_iter().flat_map(|(member, score)| [Resp::Bulk(member), Resp::score(Some(score))]).collect()
}

fn bulks(items: Vec<Bytes>) -> Resp {
    Resp::array(items.into_iter().map(Resp::Bulk))
}

impl Reply {
    /// The reply as a Redis client would see it. `command` is the one that was answered: some options (`GET`,
    /// `WITHSCORES`, a count) only change what is shown.
    pub fn into_resp(self, command: &Command) -> Resp {
        match (self, command) {
            (Reply::Done, _) => Resp::Status("OK"),
            (Reply::Bool(yes), _) => Resp::Int(i64::from(yes)),
            (Reply::Int(number), _) => Resp::Int(number),
            (Reply::Rank(rank), _) => rank.map_or(Resp::Nil, Resp::int),
            (Reply::Positions(found), Command::LPos(lpos)) if lpos.count.is_none() => {
                found.first().map_or(Resp::Nil, |position| Resp::int(*position))
            }
            (Reply::Positions(found), _) => Resp::array(found.into_iter().map(Resp::int)),
            (Reply::Bools(answers), _) => {
                Resp::array(answers.into_iter().map(|yes| Resp::Int(i64::from(yes))))
            }
            (Reply::Float(number), Command::IncrByFloat(_) | Command::HIncrByFloat(_)) => {
                Resp::Bulk(long_double::format(number))
            }
            (Reply::Float(number), _) => Resp::score(Some(number)),
            (Reply::Score(score), _) => Resp::score(score),
            (Reply::Scores(scores), _) => Resp::array(scores.into_iter().map(Resp::score)),
            (Reply::Value(value), _) => Resp::bulk(value),
            (Reply::Values(values), _) => Resp::array(values.into_iter().map(Resp::bulk)),
            (Reply::List(None), _) => Resp::Nil,
            (
                Reply::List(Some(values)),
                Command::LPop(crate::command::LPop { count: None, .. })
                | Command::RPop(crate::command::RPop { count: None, .. }),
            ) => Resp::bulk(values.into_iter().next()),
            (Reply::List(Some(values)), _) => bulks(values),
            (
                Reply::Members(members),
                Command::SPop(crate::command::SPop { count: None, .. })
                | Command::SRandMember(crate::command::SRandMember { count: None, .. }),
            ) => Resp::bulk(members.into_iter().next()),
            (Reply::Members(members), _) => bulks(members),
            (Reply::Fields(fields), _) => bulks(fields),
            (Reply::Entries(entries), Command::HRandField(random)) => match random.count {
                None => Resp::bulk(entries.into_iter().next().map(|(field, _)| field)),
                Some(_) if random.with_values => Resp::Array(pairs(entries)),
                Some(_) => Resp::array(entries.into_iter().map(|(field, _)| Resp::Bulk(field))),
            },
            (Reply::Entries(entries), _) => Resp::Array(pairs(entries)),
            (Reply::Scored(members), command) if !shows_scores(command) => {
                Resp::array(members.into_iter().map(|(member, _)| Resp::Bulk(member)))
            }
            (Reply::Scored(members), _) => Resp::Array(scored(members)),
            (Reply::Kind(kind), _) => Resp::Status(kind.map_or("none", |kind| kind.redis_name())),
            (Reply::KeyPage(page) | Reply::MemberPage(page), _) => {
                let Page { next, items } = *page;
                Resp::page(next, items.into_iter().map(Resp::Bulk).collect())
            }
            (Reply::EntryPage(page), _) => Resp::page(page.next, pairs(page.items)),
            (Reply::ScoredPage(page), _) => Resp::page(page.next, scored(page.items)),
            (Reply::Set(set), Command::Set(asked)) if asked.get => Resp::bulk(set.previous),
            (Reply::Set(set), _) => {
                if set.applied {
                    Resp::Status("OK")
                } else {
                    Resp::Nil
                }
            }
            (Reply::Bounded(bounded), _) => Resp::array([
                Resp::Int(bounded.value),
                Resp::Int(i64::from(bounded.applied)),
                Resp::Int(bounded.ttl.unwrap_or(-1)),
            ]),
            (Reply::Versioned(found), _) => found.map_or(Resp::Nil, |(value, version)| {
                Resp::array([Resp::Bulk(value), Resp::int(version.get())])
            }),
            (Reply::Version(version), _) => version.map_or(Resp::Nil, |version| Resp::int(version.get())),
        }
    }
}

fn shows_scores(command: &Command) -> bool {
    match command {
        Command::ZRange(range) => range.with_scores,
        Command::ZUnion(union) => union.with_scores,
        Command::ZInter(inter) => inter.with_scores,
        Command::ZDiff(diff) => diff.with_scores,
        _ => true,
    }
}
