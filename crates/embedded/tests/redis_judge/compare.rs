//! Whether two answers are the same.

use credenza_core::command::TimeUnit;
use credenza_core::{Command, CommandId, Error, ErrorKind, Reply, Resp, Result};
use credenza_testkit::script::Answer;

use crate::common::sorted;

/// What our side answered and what Redis did, if they differ.
pub(crate) fn difference(command: &Command, ours: &Result<Reply>, theirs: &Answer) -> Option<String> {
    let same = match (ours, theirs) {
        (Err(error), Answer::Error(theirs)) => {
            same_error(error, &theirs.text) || only_redis_objects(command, &theirs.text)
        }
        (Err(error), _) => only_we_object(command, error),
        (Ok(_), Answer::Error(theirs)) => only_redis_objects(command, &theirs.text),
        (Ok(reply), _) => same_reply(command, reply, theirs),
    };
    (!same).then(|| {
        let ours = ours.as_ref().map(|reply| reply.clone().into_resp(command));
        format!("ours: {ours:?}\nRedis: {theirs:?}")
    })
}

/// Redis has a name of its own for a wrong type only. What is wrong with the command itself we see before we look at
/// the key, and Redis sometimes after.
fn same_error(error: &Error, text: &str) -> bool {
    match error.kind() {
        ErrorKind::InvalidArgument | ErrorKind::LimitExceeded => true,
        kind => (kind == ErrorKind::WrongType) == text.starts_with("WRONGTYPE"),
    }
}

/// Of a missing key Redis does not look at the options of `GETEX` and at the count of scans. The least rank for `LPOS` is refused since
/// Redis 7.2; before, its negation was left to chance.
fn only_we_object(command: &Command, error: &Error) -> bool {
    let known = match command {
        Command::GetEx(_) => true,
        Command::HScan(_) | Command::SScan(_) | Command::ZScan(_) => true,
        Command::LPos(c) => c.rank == Some(i64::MIN),
        _ => false,
    };
    known && error.kind() == ErrorKind::InvalidArgument
}

/// Redis doubles the count of `HRANDFIELD … WITHVALUES`, and refuses one that it cannot double.
fn only_redis_objects(command: &Command, text: &str) -> bool {
    command.id() == CommandId::HRandField && text.contains("out of range")
}

fn same_reply(command: &Command, reply: &Reply, theirs: &Answer) -> bool {
    let slack = match command {
        Command::Ttl(c) => Some(c.unit),
        Command::ExpireTime(c) => Some(c.unit),
        _ => None,
    };
    let numeric = matches!(reply, Reply::Float(_) | Reply::Score(_) | Reply::Scores(_) | Reply::Scored(_));
    match (slack, reply, theirs) {
        (Some(unit), Reply::Int(ours), Answer::Int(theirs)) if *ours >= 0 => {
            let tolerance = if unit == TimeUnit::Seconds { 1 } else { 50 };
            *theirs >= 0 && ours.abs_diff(*theirs) <= tolerance
        }
        _ => {
            let Some(theirs) = as_resp(theirs) else { return false };
            same(&sorted(command, reply.clone().into_resp(command)), &sorted(command, theirs), numeric)
        }
    }
}

pub(crate) fn as_resp(answer: &Answer) -> Option<Resp> {
    Some(match answer {
        Answer::Status(status) => {
            let known = ["OK", "none", "string", "hash", "set", "list", "zset"];
            Resp::Status(known.into_iter().find(|known| known == status)?)
        }
        Answer::Error(_) => return None,
        Answer::Int(number) => Resp::Int(*number),
        Answer::Bulk(bytes) => Resp::Bulk(bytes.clone()),
        Answer::Nil => Resp::Nil,
        Answer::Array(items) => Resp::Array(items.iter().map(as_resp).collect::<Option<_>>()?),
    })
}

fn same(ours: &Resp, theirs: &Resp, numeric: bool) -> bool {
    let number = |resp: &Resp| match resp {
        Resp::Bulk(text) => std::str::from_utf8(text).ok()?.parse::<f64>().ok(),
        _ => None,
    };
    match (ours, theirs) {
        (Resp::Array(ours), Resp::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs, numeric))
        }
        _ => ours == theirs || numeric && number(ours).is_some() && number(ours) == number(theirs),
    }
}
