//! What a server answers, as the reply of the command.

use bytes::Bytes;
use credenza_core::command::{Condition, Set};
use credenza_core::semantics::number::{parse_f64, parse_i64};
use credenza_core::{Bounded, Command, Cursor, Error, Kind, Page, Reply, Result, SetReply};

use crate::cursor;
use crate::error::{NAME, refusal, unexpected};
use crate::wire::Frame;

/// The reply of `command`; `identity` names the run of the server that gave it.
pub(crate) fn reply(command: &Command, frame: Frame, identity: u32) -> Result<Reply> {
    if let Frame::Error(text) = &frame {
        return Err(refusal(text));
    }
    match command {
        Command::Del(_)
        | Command::Exists(_)
        | Command::ExpireTime(_)
        | Command::Ttl(_)
        | Command::Clear(_)
        | Command::IncrBy(_)
        | Command::Append(_)
        | Command::StrLen(_)
        | Command::SetRange(_)
        | Command::HSet(_)
        | Command::HDel(_)
        | Command::HLen(_)
        | Command::HStrLen(_)
        | Command::HIncrBy(_)
        | Command::SAdd(_)
        | Command::SRem(_)
        | Command::SCard(_)
        | Command::SInterCard(_)
        | Command::SInterStore(_)
        | Command::SUnionStore(_)
        | Command::SDiffStore(_)
        | Command::LPush(_)
        | Command::RPush(_)
        | Command::LPushX(_)
        | Command::RPushX(_)
        | Command::LLen(_)
        | Command::LRem(_)
        | Command::LInsert(_)
        | Command::ZAdd(_)
        | Command::ZRem(_)
        | Command::ZCard(_)
        | Command::ZCount(_)
        | Command::ZLexCount(_)
        | Command::ZRangeStore(_)
        | Command::ZRemRangeByRank(_)
        | Command::ZRemRangeByScore(_)
        | Command::ZRemRangeByLex(_)
        | Command::ZUnionStore(_)
        | Command::ZInterStore(_)
        | Command::ZDiffStore(_) => int(&frame).map(Reply::Int),

        Command::Expire(_)
        | Command::Persist(_)
        | Command::RenameNx(_)
        | Command::Copy(_)
        | Command::MSetNx(_)
        | Command::HSetNx(_)
        | Command::HExists(_)
        | Command::SIsMember(_)
        | Command::SMove(_)
        | Command::SetIfEqual(_)
        | Command::DelIfEqual(_) => int(&frame).map(|number| Reply::Bool(number != 0)),

        Command::Rename(_) | Command::MSet(_) | Command::LTrim(_) | Command::LSet(_) => match frame {
            Frame::Status(_) => Ok(Reply::Done),
            _ => Err(unexpected()),
        },

        Command::Get(_)
        | Command::GetDel(_)
        | Command::GetEx(_)
        | Command::GetRange(_)
        | Command::HGet(_)
        | Command::LIndex(_)
        | Command::LMove(_) => value(frame).map(Reply::Value),
        Command::MGet(_) | Command::HMGet(_) => each(frame, value).map(Reply::Values),
        Command::HVals(_) | Command::LRange(_) => each(frame, bytes).map(|values| Reply::List(Some(values))),
        Command::HKeys(_) => each(frame, bytes).map(Reply::Fields),
        Command::SMembers(_) | Command::SInter(_) | Command::SUnion(_) | Command::SDiff(_) => {
            each(frame, bytes).map(Reply::Members)
        }
        Command::HGetAll(_) | Command::HRandField(_) => pairs(frame, bytes).map(Reply::Entries),

        Command::SPop(_) | Command::SRandMember(_) => {
            one_or_several(frame).map(|members| Reply::Members(members.unwrap_or_default()))
        }
        Command::LPop(_) | Command::RPop(_) => one_or_several(frame).map(Reply::List),

        Command::IncrByFloat(_) | Command::HIncrByFloat(_) => long_float(&frame).map(Reply::Float),
        Command::ZIncrBy(_) => score(frame).map(Reply::Float),
        Command::ZAddIncr(_) | Command::ZScore(_) => optional(frame, score).map(Reply::Score),
        Command::ZMScore(_) => each(frame, |frame| optional(frame, score)).map(Reply::Scores),
        Command::ZRank(_) | Command::ZRevRank(_) => optional(frame, count).map(Reply::Rank),
        Command::ZRange(_)
        | Command::ZPopMin(_)
        | Command::ZPopMax(_)
        | Command::ZUnion(_)
        | Command::ZInter(_)
        | Command::ZDiff(_) => pairs(frame, score).map(Reply::Scored),

        Command::SMIsMember(_) => each(frame, |frame| Ok(int(&frame)? != 0)).map(Reply::Bools),
        Command::LPos(_) => match frame {
            Frame::Array(_) => each(frame, count).map(Reply::Positions),
            frame => optional(frame, count).map(|found| Reply::Positions(found.into_iter().collect())),
        },
        Command::Type(_) => kind(&frame).map(Reply::Kind),
        Command::Set(c) => set(c, frame).map(Reply::Set),
        Command::IncrBounded(_) => bounded(frame).map(Reply::Bounded),

        Command::Scan(_) => {
            page(frame, identity, |items| each(items, bytes)).map(|page| Reply::KeyPage(Box::new(page)))
        }
        Command::SScan(_) => {
            page(frame, identity, |items| each(items, bytes)).map(|page| Reply::MemberPage(Box::new(page)))
        }
        Command::HScan(_) => {
            page(frame, identity, |items| pairs(items, bytes)).map(|page| Reply::EntryPage(Box::new(page)))
        }
        Command::ZScan(_) => {
            page(frame, identity, |items| pairs(items, score)).map(|page| Reply::ScoredPage(Box::new(page)))
        }

        // They are refused before anything is sent.
        Command::GetVersioned(_) | Command::VersionOf(_) => Err(unexpected()),
    }
}

/// A number; out of a script it comes as text where a script's own numbers could not hold it.
pub(crate) fn int(frame: &Frame) -> Result<i64> {
    match frame {
        Frame::Int(number) => Ok(*number),
        Frame::Bulk(text) => parse_i64(text).ok_or_else(unexpected),
        _ => Err(unexpected()),
    }
}

fn count(frame: Frame) -> Result<u64> {
    int(&frame)?.try_into().map_err(|_| unexpected())
}

fn bytes(frame: Frame) -> Result<Bytes> {
    match frame {
        Frame::Bulk(bytes) => Ok(bytes),
        _ => Err(unexpected()),
    }
}

fn value(frame: Frame) -> Result<Option<Bytes>> {
    optional(frame, bytes)
}

fn optional<T>(frame: Frame, read: impl FnOnce(Frame) -> Result<T>) -> Result<Option<T>> {
    match frame {
        Frame::Nil => Ok(None),
        frame => read(frame).map(Some),
    }
}

fn each<T>(frame: Frame, read: impl FnMut(Frame) -> Result<T>) -> Result<Vec<T>> {
    match frame {
        Frame::Array(items) => items.into_iter().map(read).collect(),
        _ => Err(unexpected()),
    }
}

fn pairs<T>(frame: Frame, mut read: impl FnMut(Frame) -> Result<T>) -> Result<Vec<(Bytes, T)>> {
    let Frame::Array(items) = frame else { return Err(unexpected()) };
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let Some(first) = items.next() {
        pairs.push((bytes(first)?, read(items.next().ok_or_else(unexpected)?)?));
    }
    Ok(pairs)
}

/// What commands answer that take a count or not; nothing where there is no key.
fn one_or_several(frame: Frame) -> Result<Option<Vec<Bytes>>> {
    match frame {
        Frame::Nil => Ok(None),
        Frame::Bulk(one) => Ok(Some(vec![one])),
        frame => each(frame, bytes).map(Some),
    }
}

fn score(frame: Frame) -> Result<f64> {
    parse_f64(&bytes(frame)?).ok_or_else(unexpected)
}

/// A number that may be greater than an `f64` can be, or smaller.
fn long_float(frame: &Frame) -> Result<f64> {
    let Frame::Bulk(text) = frame else { return Err(unexpected()) };
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(unexpected)
}

fn kind(frame: &Frame) -> Result<Option<Kind>> {
    match frame {
        Frame::Status(name) if name == "none" => Ok(None),
        Frame::Status(name) => Kind::from_redis_name(name).map(Some).ok_or_else(|| {
            Error::new(
                credenza_core::ErrorKind::WrongType,
                "the key holds a kind of value that has no name here",
            )
            .on(NAME)
        }),
        _ => Err(unexpected()),
    }
}

fn set(command: &Set, frame: Frame) -> Result<SetReply> {
    if command.get {
        let previous = value(frame)?;
        let applied = match command.condition {
            None => true,
            Some(Condition::Absent) => previous.is_none(),
            Some(Condition::Present) => previous.is_some(),
        };
        return Ok(SetReply { applied, previous });
    }
    match frame {
        Frame::Status(_) => Ok(SetReply { applied: true, previous: None }),
        Frame::Nil => Ok(SetReply { applied: false, previous: None }),
        _ => Err(unexpected()),
    }
}

fn bounded(frame: Frame) -> Result<Bounded> {
    let Frame::Array(parts) = frame else { return Err(unexpected()) };
    let [value, applied, ttl] = &parts[..] else { return Err(unexpected()) };
    let (applied, ttl) = (int(applied)? != 0, int(ttl)?);
    Ok(Bounded { value: int(value)?, applied, ttl: (ttl >= 0).then_some(ttl) })
}

fn page<T>(frame: Frame, identity: u32, read: impl FnOnce(Frame) -> Result<Vec<T>>) -> Result<Page<T>> {
    let Frame::Array(parts) = frame else { return Err(unexpected()) };
    let Ok([next, items]) = <[Frame; 2]>::try_from(parts) else { return Err(unexpected()) };
    let next: Option<Cursor> = cursor::for_caller(&bytes(next)?, identity);
    Ok(Page { next, items: read(items)? })
}

#[cfg(test)]
mod tests {
    use credenza_core::ErrorKind;
    use credenza_core::command::{Get, HGetAll, IncrBy, LPop, SPop, Scan, Type, ZPopMin, ZRank, ZScore};

    use super::*;

    fn bulk(text: &'static str) -> Frame {
        Frame::Bulk(Bytes::from_static(text.as_bytes()))
    }

    fn read(command: impl Into<Command>, frame: Frame) -> Result<Reply> {
        let command = command.into();
        let reply = reply(&command, frame, 1)?;
        assert!(command.id().fits(&reply), "{reply:?}");
        Ok(reply)
    }

    #[test]
    fn replies_are_of_the_type_of_the_command() {
        assert_eq!(read(Get::new("k"), Frame::Nil).unwrap(), Reply::Value(None));
        assert_eq!(read(IncrBy::new("k", 1), Frame::Int(7)).unwrap(), Reply::Int(7));
        let beyond = bulk("9223372036854775807");
        assert_eq!(read(IncrBy::new("k", 1), beyond).unwrap(), Reply::Int(i64::MAX));
        let entries = Frame::Array(vec![bulk("f"), bulk("v")]);
        assert_eq!(read(HGetAll::new("h"), entries).unwrap(), Reply::Entries(vec![("f".into(), "v".into())]));
        assert_eq!(read(LPop::new("l", None), Frame::Nil).unwrap(), Reply::List(None));
        assert_eq!(read(LPop::new("l", None), bulk("x")).unwrap(), Reply::List(Some(vec!["x".into()])));
        assert_eq!(read(SPop::new("s", Some(2)), Frame::Array(vec![])).unwrap(), Reply::Members(vec![]));
        let scored = Frame::Array(vec![bulk("m"), bulk("-inf")]);
        assert_eq!(
            read(ZPopMin::new("z", None), scored).unwrap(),
            Reply::Scored(vec![("m".into(), f64::NEG_INFINITY)])
        );
        assert_eq!(
            read(ZScore::new("z", "m"), bulk("0.10000000000000001")).unwrap(),
            Reply::Score(Some(0.1))
        );
        assert_eq!(read(ZRank::new("z", "m"), Frame::Nil).unwrap(), Reply::Rank(None));
        assert_eq!(
            read(Type::new("k"), Frame::Status("zset".into())).unwrap(),
            Reply::Kind(Some(Kind::SortedSet))
        );
    }

    #[test]
    fn what_a_set_did_follows_from_its_condition() {
        let set = |set: Set, frame| match read(set, frame) {
            Ok(Reply::Set(set)) => (set.applied, set.previous),
            other => panic!("{other:?}"),
        };
        assert_eq!(set(Set::new("k", "v"), Frame::Status("OK".into())), (true, None));
        assert_eq!(set(Set::new("k", "v").if_absent(), Frame::Nil), (false, None));
        assert_eq!(set(Set::new("k", "v").get(true), Frame::Nil), (true, None));
        let old = || bulk("old");
        assert_eq!(set(Set::new("k", "v").if_absent().get(true), old()), (false, Some("old".into())));
        assert_eq!(set(Set::new("k", "v").if_present().get(true), old()), (true, Some("old".into())));
        assert_eq!(set(Set::new("k", "v").if_present().get(true), Frame::Nil), (false, None));
    }

    #[test]
    fn a_page_knows_the_run_of_the_server() {
        let page = Frame::Array(vec![bulk("17"), Frame::Array(vec![bulk("k")])]);
        let Reply::KeyPage(page) = read(Scan::new(Cursor::START), page).unwrap() else { panic!() };
        assert_eq!(page.next, cursor::for_caller(b"17", 1));
        let last = Frame::Array(vec![bulk("0"), Frame::Array(vec![])]);
        let Reply::KeyPage(page) = read(Scan::new(Cursor::START), last).unwrap() else { panic!() };
        assert_eq!(page.next, None);
    }

    #[test]
    fn another_shape_is_a_defect() {
        for frame in [Frame::Int(1), Frame::Status("OK".into()), Frame::Array(vec![])] {
            assert_eq!(read(Get::new("k"), frame).unwrap_err().kind(), ErrorKind::Internal);
        }
        let odd = Frame::Array(vec![bulk("f")]);
        assert_eq!(read(HGetAll::new("h"), odd).unwrap_err().kind(), ErrorKind::Internal);
    }
}
