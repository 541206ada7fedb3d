//! What is done with each command.

use bytes::Bytes;
use credenza_core::command::{Part, PartMut};
use credenza_core::{Command, CommandId, CommandSet, Key, Reply, Result, Value};

use crate::config::Members;
use crate::place::Place;

/// The commands that are honoured.
pub(crate) fn commands(members: Members) -> CommandSet {
    CommandId::ALL.iter().copied().filter(|id| is_honoured(*id, members)).collect()
}

/// Whether a command can be honoured. What is not listed is not: a new command is thought about first.
fn is_honoured(id: CommandId, members: Members) -> bool {
    use CommandId::*;
    match id {
        // Keys are readable, and so are the fields of hashes.
        Del | Exists | Expire | ExpireTime | Persist | Ttl | Type | Scan | Clear | VersionOf => true,
        HDel | HExists | HKeys | HLen | LLen | LTrim => true,
        // Values as a whole, where they stand.
        Get | Set | GetDel | GetEx | GetVersioned | MGet | MSet | MSetNx => true,
        HSet | HSetNx | HGet | HMGet | HGetAll | HVals | HRandField | HScan => true,
        LPush | RPush | LPushX | RPushX | LPop | RPop | LRange | LIndex | LSet => true,
        // They carry members and numbers, and no values.
        SAdd | SRem | SMembers | SIsMember | SMIsMember | SCard | SPop | SRandMember | SMove | SInter
        | SInterCard | SUnion | SDiff | SInterStore | SUnionStore | SDiffStore | SScan | ZAdd | ZAddIncr
        | ZRem | ZScore | ZMScore | ZIncrBy | ZCard | ZCount | ZLexCount | ZRank | ZRevRank | ZRange
        | ZRangeStore | ZPopMin | ZPopMax | ZRemRangeByRank | ZRemRangeByScore | ZRemRangeByLex | ZUnion
        | ZInter | ZDiff | ZUnionStore | ZInterStore | ZDiffStore | ZScan => members == Members::Readable,
        // They move values to another key, to which they are not bound.
        Rename | RenameNx | Copy | LMove => false,
        // They look into values, compare them or compute with them.
        _ => false,
    }
}

/// Replaces every value by what `seal` makes of it where it stands, and what cannot be opened alone by what can.
pub(crate) fn seal(command: &mut Command, seal: &dyn Fn(&Place, &[u8]) -> Result<Bytes>) -> Result<()> {
    if let Command::HVals(values) = command {
        // Values are bound to their fields, so these are asked for as well.
        *command = credenza_core::command::HGetAll::new(&values.key).into();
        return Ok(());
    }
    let (mut key, mut field) = (Bytes::new(), None);
    command.visit_mut(&mut |part| {
        match part {
            PartMut::Key(next) => key = next.as_bytes().clone(),
            PartMut::Field(next) => field = Some(next.as_bytes().clone()),
            PartMut::Value(value) => {
                let place = match &field {
                    Some(field) => Place::Field(key.clone(), field.clone()),
                    None => Place::Key(key.clone()),
                };
                *value = Value::from(seal(&place, value)?);
            }
            _ => {}
        }
        Ok(())
    })
}

/// What has to be known of a command to open the values of its reply.
#[derive(Debug)]
pub(crate) enum Opening {
    /// There are none.
    Nothing,
    /// All stand there.
    At(Place),
    /// Each stands at one of these, in order.
    Each(Vec<Place>),
    /// They are the fields of this hash.
    Hash(Bytes),
    /// The same, and only the values are asked for.
    HashValues(Bytes),
}

impl Opening {
    pub(crate) fn of(command: &Command) -> Opening {
        let at = |key: &Key| Opening::At(Place::Key(key.as_bytes().clone()));
        let hash = |key: &Key| Opening::Hash(key.as_bytes().clone());
        match command {
            Command::Get(get) => at(&get.key),
            Command::GetDel(get) => at(&get.key),
            Command::GetEx(get) => at(&get.key),
            Command::GetVersioned(get) => at(&get.key),
            Command::Set(set) if set.get => at(&set.key),
            Command::MGet(_) => {
                Opening::Each(command.keys().iter().map(|key| Place::Key(key.as_bytes().clone())).collect())
            }
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

    /// Opens the values of a reply.
    pub(crate) fn open(
        &self,
        reply: &mut Reply,
        open: &dyn Fn(&Place, &Bytes) -> Result<Bytes>,
    ) -> Result<()> {
        match self {
            Opening::Nothing => Ok(()),
            Opening::At(place) => reply.map_values(&mut |value| open(place, value)),
            Opening::Each(places) => {
                let each = |(value, place): (&mut Option<Bytes>, &Place)| {
                    if let Some(value) = value {
                        *value = open(place, value)?;
                    }
                    Ok(())
                };
                match reply {
                    Reply::Values(values) => values.iter_mut().zip(places).try_for_each(each),
                    Reply::Value(value) => std::iter::once(value).zip(places).try_for_each(each),
                    _ => Ok(()),
                }
            }
            Opening::Hash(key) => entries(reply, key, open),
            Opening::HashValues(key) => {
                entries(reply, key, open)?;
                if let Reply::Entries(all) = reply {
                    *reply =
                        Reply::List(Some(std::mem::take(all).into_iter().map(|(_, value)| value).collect()));
                }
                Ok(())
            }
        }
    }
}

fn fields(command: &Command) -> Vec<Place> {
    let (mut key, mut places) = (Bytes::new(), Vec::new());
    command.visit(&mut |part| match part {
        Part::Key(next) => key = next.as_bytes().clone(),
        Part::Field(field) => places.push(Place::Field(key.clone(), field.as_bytes().clone())),
        _ => {}
    });
    places
}

fn entries(reply: &mut Reply, key: &Bytes, open: &dyn Fn(&Place, &Bytes) -> Result<Bytes>) -> Result<()> {
    let each = |(field, value): &mut (Bytes, Bytes)| {
        *value = open(&Place::Field(key.clone(), field.clone()), value)?;
        Ok(())
    };
    match reply {
        Reply::Entries(entries) => entries.iter_mut().try_for_each(each),
        Reply::EntryPage(page) => page.items.iter_mut().try_for_each(each),
        _ => Ok(()),
    }
}
