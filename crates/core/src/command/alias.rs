//! The other names that Redis has for commands of the table, and the irregular ones.

use bytes::Bytes;

use super::keys::{Expire, ExpireTime, TimeUnit, Ttl};
use super::options::{Expiry, ZAddOptions};
use super::sorted_sets::ZAddIncr;
use super::strings::IncrBy;
use super::syntax::{Arg, Syntax, Words};
use super::table::Command;
use crate::data::{Key, Member};
use crate::error::{Error, Result};

/// Reads a command that goes by another name or form; `None` if the table knows it as it is.
pub(super) fn decode(name: &[u8], words: &mut Words<'_>) -> Result<Option<Command>> {
    let mut upper = [0; 16];
    let Some(upper) = upper.get_mut(..name.len()) else { return Ok(None) };
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    Ok(Some(match &*upper {
        b"EXPIRE" => expire(words, 1000, Expiry::In).map_err(|error| error.during("EXPIRE"))?,
        b"EXPIREAT" => expire(words, 1000, Expiry::At).map_err(|error| error.during("EXPIREAT"))?,
        b"PEXPIREAT" => expire(words, 1, Expiry::At).map_err(|error| error.during("PEXPIREAT"))?,
        b"TTL" => Ttl { key: only_key(words)?, unit: TimeUnit::Seconds }.into(),
        b"EXPIRETIME" => ExpireTime { key: only_key(words)?, unit: TimeUnit::Seconds }.into(),
        b"INCR" => IncrBy { key: only_key(words)?, by: 1 }.into(),
        b"DECR" => IncrBy { key: only_key(words)?, by: -1 }.into(),
        b"DECRBY" => decrement(words)?,
        b"ZADD" => match add_incr(words)? {
            Some(command) => command,
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
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
