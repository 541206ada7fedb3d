//! What has to be known of a command to read the values of its reply.

use bytes::Bytes;

use super::Transform;
use super::place::{Kept, Place};
use crate::command::{Command, Part};
use crate::data::Key;
use crate::error::Result;
use crate::reply::Reply;
use crate::store::Request;

/// Of each command of a request.
#[derive(Debug)]
pub(super) enum Openings {
    /// The same for all.
    All(Opening),
    Each(Vec<Opening>),
}

impl Openings {
    pub(super) fn of<T: Transform>(request: &Request) -> Openings {
        match request {
            _ if !T::BOUND => Openings::All(Opening::Anywhere),
            Request::One(command) => Openings::All(Opening::of(command)),
            Request::Batch(batch) => Openings::Each(batch.commands.iter().map(Opening::of).collect()),
        }
    }

    pub(super) fn get(&self, index: usize) -> &Opening {
        match self {
            Openings::All(opening) => opening,
            Openings::Each(all) => all.get(index).unwrap_or(&Opening::Nothing),
        }
    }
}

#[derive(Debug)]
pub(super) enum Opening {
    /// There are no values.
    Nothing,
    /// It does not matter where they stand.
    Anywhere,
    /// All stand there.
    At(Kept),
    /// Each stands at one of these, in order.
    Each(Vec<Kept>),
    /// They are the fields of this hash.
    Hash(Bytes),
    /// The same, and only the values are asked for.
    HashValues(Bytes),
}

impl Opening {
    fn of(command: &Command) -> Opening {
        let at = |key: &Key| Opening::At(Kept::at(key));
        let hash = |key: &Key| Opening::Hash(key.as_bytes().clone());
        match command {
            Command::Get(get) => at(&get.key),
            Command::GetDel(get) => at(&get.key),
            Command::GetEx(get) => at(&get.key),
            Command::GetVersioned(get) => at(&get.key),
            Command::Set(set) if set.get => at(&set.key),
            Command::MGet(_) => Opening::Each(command.keys().into_iter().map(Kept::at).collect()),
            Command::LPop(pop) => at(&pop.key),
            Command::RPop(pop) => at(&pop.key),
            Command::LRange(range) => at(&range.key),
            Command::LIndex(index) => at(&index.key),
            Command::HGet(_) | Command::HMGet(_) => Opening::Each(fields(command)),
            Command::HGetAll(all) => hash(&all.key),
            Command::HRandField(some) => hash(&some.key),
            Command::HScan(scan) => hash(&scan.key),
            Command::HVals(values) => Opening::HashValues(values.key.as_bytes().clone()),
            _ => Opening::Nothing,
        }
    }

    /// Reads the values of a reply.
    pub(super) fn open(&self, reply: &mut Reply, transform: &impl Transform) -> Result<()> {
        match self {
            Opening::Nothing => Ok(()),
            Opening::Anywhere => reply.map_values(&mut |value| transform.read(Place::ANY, value)),
            Opening::At(kept) => reply.map_values(&mut |value| transform.read(kept.place(), value)),
            Opening::Each(places) => {
                let each = |(value, kept): (&mut Option<Bytes>, &Kept)| {
                    if let Some(value) = value {
                        *value = transform.read(kept.place(), value)?;
                    }
                    Ok(())
                };
                match reply {
                    Reply::Values(values) => values.iter_mut().zip(places).try_for_each(each),
                    Reply::Value(value) => std::iter::once(value).zip(places).try_for_each(each),
                    _ => Ok(()),
                }
            }
            Opening::Hash(key) => entries(reply, key, transform),
            Opening::HashValues(key) => {
                entries(reply, key, transform)?;
                if let Reply::Entries(all) = reply {
                    let values = std::mem::take(all).into_iter().map(|(_, value)| value);
                    *reply = Reply::List(Some(values.collect()));
                }
                Ok(())
            }
        }
    }
}

fn fields(command: &Command) -> Vec<Kept> {
    let (mut key, mut places) = (Bytes::new(), Vec::new());
    command.visit(&mut |part| match part {
        Part::Key(next) => key = next.as_bytes().clone(),
        Part::Field(field) => {
            places.push(Kept { key: key.clone(), field: Some(field.as_bytes().clone()) });
        }
        _ => {}
    });
    places
}

fn entries(reply: &mut Reply, key: &Bytes, transform: &impl Transform) -> Result<()> {
    let each = |(field, value): &mut (Bytes, Bytes)| {
        *value = transform.read(Place::field(key, field), value)?;
        Ok(())
    };
    match reply {
        Reply::Entries(entries) => entries.iter_mut().try_for_each(each),
        Reply::EntryPage(page) => page.items.iter_mut().try_for_each(each),
        _ => Ok(()),
    }
}
