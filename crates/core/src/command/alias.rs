//! The other names that Redis has for commands of the table, and the irregular ones.

use bytes::Bytes;

use super::keys::{Expire, ExpireTime, TimeUnit, Ttl};
use super::options::{Expiry, ZAddOptions};
use super::sorted_sets::ZAddIncr;
use super::strings::IncrBy;
use super::syntax::{Arg, Syntax, Words};
use super::table::Command;
use super::zrange::ZRange;
use crate::data::{Key, Member};
use crate::error::{Error, Result};

/// Reads a command that goes by another name or form; `None` if the table knows it as it is.
pub(super) fn decode(name: &[u8], words: &mut Words<'_>) -> Result<Option<Command>> {
    let mut upper = [0; 16];
    let Some(upper) = upper.get_mut(..name.len()) else { return Ok(None) };
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    let (name, command) = match &*upper {
        b"EXPIRE" => ("EXPIRE", expire(words, 1000, Expiry::In)),
        b"EXPIREAT" => ("EXPIREAT", expire(words, 1000, Expiry::At)),
        b"PEXPIREAT" => ("PEXPIREAT", expire(words, 1, Expiry::At)),
        b"TTL" => ("TTL", only_key(words).map(|key| Ttl { key, unit: TimeUnit::Seconds }.into())),
        b"EXPIRETIME" => {
            ("EXPIRETIME", only_key(words).map(|key| ExpireTime { key, unit: TimeUnit::Seconds }.into()))
        }
        b"INCR" => ("INCR", only_key(words).map(|key| IncrBy { key, by: 1 }.into())),
        b"DECR" => ("DECR", only_key(words).map(|key| IncrBy { key, by: -1 }.into())),
        b"DECRBY" => ("DECRBY", decrement(words)),
        b"ZADD" => match add_incr(words).transpose() {
            Some(command) => ("ZADD", command),
            None => return Ok(None),
        },
        b"ZRANGE" => ("ZRANGE", range(words)),
        _ => return Ok(None),
    };
    command.map(Some).map_err(|error| error.during(name))
}

/// The words of a command that Redis knows by another name or form than the table; `None` if it does not.
pub(super) fn encode(command: &Command) -> Option<Vec<Bytes>> {
    let mut words = Vec::new();
    let name = match command {
        Command::Expire(c) if matches!(c.expiry, Expiry::At(_)) => {
            c.encode(&mut words);
            // After the key, the canonical form says `AT`.
            words.remove(1);
            "PEXPIREAT"
        }
        Command::Ttl(Ttl { key, unit: TimeUnit::Seconds }) => {
            key.encode(&mut words);
            "TTL"
        }
        Command::ExpireTime(ExpireTime { key, unit: TimeUnit::Seconds }) => {
            key.encode(&mut words);
            "EXPIRETIME"
        }
        Command::ZAddIncr(c) => {
            c.key.encode(&mut words);
            Arg::encode(&c.options, &mut words);
            words.push(Bytes::from_static(b"INCR"));
            (c.by, c.member.clone()).encode(&mut words);
            "ZADD"
        }
        _ => return None,
    };
    words.insert(0, Bytes::from_static(name.as_bytes()));
    Some(words)
}

fn only_key(words: &mut Words<'_>) -> Result<Key> {
    let key = Key::decode(words)?;
    if words.left() > 0 { Err(Error::invalid("wrong number of arguments")) } else { Ok(key) }
}

fn expire(words: &mut Words<'_>, unit: i64, expiry: fn(i64) -> Expiry) -> Result<Command> {
    let key = Key::decode(words)?;
    let time = i64::decode(words)?.checked_mul(unit).ok_or_else(|| Error::invalid("invalid expire time"))?;
    // The options are the same as those of the canonical form; only the time is written differently.
    let mut rest = vec![key.as_bytes().clone()];
    expiry(time).encode(&mut rest);
    while words.left() > 0 {
        rest.push(words.next_word()?.clone());
    }
    Ok(Expire::decode(&mut Words::new(&rest))?.into())
}

fn decrement(words: &mut Words<'_>) -> Result<Command> {
    let key = Key::decode(words)?;
    let by = i64::decode(words)?.checked_neg().ok_or_else(|| Error::invalid("decrement would overflow"))?;
    if words.left() > 0 {
        return Err(Error::invalid("wrong number of arguments"));
    }
    Ok(IncrBy { key, by }.into())
}

/// `ZADD … INCR` is a command of its own, as its reply is another.
fn add_incr(words: &mut Words<'_>) -> Result<Option<Command>> {
    let mut ahead: Vec<Bytes> = Vec::new();
    let mut look = Words::new(words.rest());
    let key = Key::decode(&mut look)?;
    let mut incr = false;
    while let Some(word) = look.peek() {
        if word.eq_ignore_ascii_case(b"INCR") {
            incr = true;
        } else if [&b"NX"[..], b"XX", b"GT", b"LT", b"CH"]
            .iter()
            .any(|option| word.eq_ignore_ascii_case(option))
        {
            ahead.push(word.clone());
        } else {
            break;
        }
        look.next_word()?;
    }
    if !incr {
        return Ok(None);
    }
    let options = ZAddOptions::decode(&mut Words::new(&ahead))?;
    let (by, member) = <(f64, Member)>::decode(&mut look)?;
    if look.left() > 0 {
        return Err(Error::invalid("INCR option supports a single increment-element pair"));
    }
    Ok(Some(ZAddIncr { key, options, by, member }.into()))
}

/// The options of `ZRANGE` come in any order; those that say which members are read together, as they have one
/// field.
fn range(words: &mut Words<'_>) -> Result<Command> {
    let is_scores = |word: &&Bytes| word.eq_ignore_ascii_case(b"WITHSCORES");
    let (members, options) = words.rest().split_at(words.left().min(3));
    let (scores, options): (Vec<&Bytes>, Vec<&Bytes>) = options.iter().partition(is_scores);
    let words: Vec<Bytes> = members.iter().chain(options).chain(scores).cloned().collect();
    Ok(ZRange::decode(&mut Words::new(&words))?.into())
}
