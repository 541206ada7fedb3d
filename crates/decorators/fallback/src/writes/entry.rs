//! What a journal keeps of a request.

use bytes::{Buf, BufMut, Bytes};
use credenza_core::command::SetExpiry;
use credenza_core::{
    BatchReply, Command, Error, ErrorKind, Key, Reply, Request, Response, Result, SetReply, Value,
};

const FORMAT: u8 = 1;
const DELETE: u8 = 0;
const SET: u8 = 1;
const SET_UNTIL: u8 = 2;

/// A request that was accepted: all of it is written in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// When, in milliseconds since the Unix epoch.
    pub(super) accepted: i64,
    pub(super) writes: Vec<Write>,
}

/// What is to stand under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) key: Bytes,
    pub(super) value: Option<Stored>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) value: Bytes,
    /// In milliseconds since the Unix epoch.
    pub(super) until: Option<i64>,
}

impl Stored {
    pub(super) fn lives(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Entry {
    /// Whether what a request writes does not depend on what stands there.
    pub(super) fn may_be_of(request: &Request) -> bool {
        let alone = |command: &Command| match command {
            Command::Set(set) => set.condition.is_none() && !set.get && set.expiry != SetExpiry::Keep,
            Command::MSet(_) | Command::Del(_) => true,
            _ => false,
        };
        let checks = matches!(request, Request::Batch(batch) if !batch.checks.is_empty());
        !checks && !request.commands().is_empty() && request.commands().iter().all(alone)
    }

    /// What such a request writes.
    pub(super) fn of(request: &Request, now: i64) -> Entry {
        let set = |key: &Key, value: &Value, until| {
            let value = Some(Stored { value: value.as_bytes().clone(), until });
            Write { key: key.as_bytes().clone(), value }
        };
        let mut writes = Vec::new();
        for command in request.commands() {
            match command {
                Command::Set(command) => {
                    let until = match command.expiry {
                        SetExpiry::Clear | SetExpiry::Keep => None,
                        SetExpiry::In(time) => Some(now.saturating_add(time)),
                        SetExpiry::At(until) => Some(until),
                    };
                    writes.push(set(&command.key, &command.value, until));
                }
                Command::MSet(command) => {
                    writes.extend(command.entries.iter().map(|(key, value)| set(key, value, None)));
                }
                Command::Del(command) => {
                    let deleted = |key: &Key| Write { key: key.as_bytes().clone(), value: None };
                    writes.extend(command.keys.iter().map(deleted));
                }
                _ => {}
            }
        }
        Entry { accepted: now, writes }
    }

    /// Bytes of keys and values.
    pub(super) fn size(&self) -> usize {
        let size =
            |write: &Write| write.key.len() + write.value.as_ref().map_or(0, |stored| stored.value.len());
        self.writes.iter().map(size).sum()
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.size() + 32 * self.writes.len() + 16);
        out.put_u8(FORMAT);
        out.put_i64(self.accepted);
        for write in &self.writes {
            put(&mut out, &write.key);
            match &write.value {
                None => out.put_u8(DELETE),
                Some(Stored { value, until: None }) => {
                    out.put_u8(SET);
                    put(&mut out, value);
                }
                Some(Stored { value, until: Some(until) }) => {
                    out.put_u8(SET_UNTIL);
                    out.put_i64(*until);
                    put(&mut out, value);
                }
            }
        }
        out.into()
    }

    pub(super) fn decode(mut bytes: Bytes) -> Result<Entry> {
        if bytes.try_get_u8().map_err(damaged)? != FORMAT {
            let message = "a journal has an entry in a format that this version does not know";
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        let accepted = bytes.try_get_i64().map_err(damaged)?;
        let mut writes = Vec::new();
        while bytes.has_remaining() {
            let key = take(&mut bytes)?;
            let value = match bytes.try_get_u8().map_err(damaged)? {
                DELETE => None,
                SET => Some(Stored { value: take(&mut bytes)?, until: None }),
                SET_UNTIL => {
                    let until = Some(bytes.try_get_i64().map_err(damaged)?);
                    Some(Stored { value: take(&mut bytes)?, until })
                }
                _ => return Err(damaged(())),
            };
            writes.push(Write { key, value });
        }
        Ok(Entry { accepted, writes })
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u32(bytes.len() as u32);
    out.put_slice(bytes);
}

fn take(bytes: &mut Bytes) -> Result<Bytes> {
    let length = bytes.try_get_u32().map_err(damaged)? as usize;
    if bytes.len() < length {
        return Err(damaged(()));
    }
    Ok(bytes.split_to(length))
}

#[cold]
fn damaged<T>(_: T) -> Error {
    Error::new(ErrorKind::Corrupt, "an entry of a journal is damaged")
}

/// What is answered when a request was accepted. What stands there is not known, so every key counts as deleted.
pub(super) fn answer(request: &Request) -> Response {
    let reply = |command: &Command| match command {
        Command::Set(_) => Reply::Set(SetReply { applied: true, previous: None }),
        Command::Del(del) => {
            let mut keys: Vec<&[u8]> = del.keys.iter().map(AsRef::as_ref).collect();
            keys.sort_unstable();
            keys.dedup();
            Reply::Int(keys.len() as i64)
        }
        _ => Reply::Done,
    };
    match request {
        Request::One(command) => Response::One(reply(command)),
        Request::Batch(batch) => {
            let replies = batch.commands.iter().map(|command| Ok(reply(command))).collect();
            Response::Batch(BatchReply { replies, version: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written_and_nothing_else_is_one() {
        let stored = |value: &'static str, until| Some(Stored { value: value.into(), until });
        let writes = [("k", None), ("", stored("", None)), ("l", stored("value", Some(-1)))];
        let writes = writes.map(|(key, value)| Write { key: key.into(), value });
        let entry = Entry { accepted: 1_700_000_000_000, writes: writes.into() };
        let encoded = entry.encode();
        assert_eq!(Entry::decode(encoded.clone()).unwrap(), entry);
        assert_eq!(entry.size(), 7);
        let mut refused = 0;
        for length in 0..encoded.len() {
            refused += usize::from(Entry::decode(encoded.slice(..length)).is_err());
        }
        // What is cut off between two writes has fewer of them.
        assert_eq!(refused, encoded.len() - 3);
        assert_eq!(Entry::decode(Bytes::from_static(&[9])).unwrap_err().kind(), ErrorKind::NewerFormat);
    }
}
