//! What stands at keys, as far as it can be read.

use std::collections::BTreeSet;

use bytes::Bytes;
use credenza_core::command::{
    ExpireTime, Get, HGetAll, LRange, SMembers, TimeUnit, Type, VersionOf, ZRange, ZRangeBy,
};
use credenza_core::{Capabilities, Command, CommandId, Context, Key, Kind, KvStore, Request};

use super::answer::Answer;

/// What the store answers to every read that it supports, about each key.
pub(crate) async fn state(
    store: &dyn KvStore,
    keys: &BTreeSet<Key>,
    versions: bool,
) -> Vec<(Command, Answer)> {
    let ask = async |command: Command| {
        let reply = store.execute(&Context::new(), Request::One(command.clone())).await;
        match reply.and_then(|response| response.one()) {
            Ok(reply) => Answer::from(reply.into_resp(&command)),
            Err(error) => Answer::from(error),
        }
    };
    state_by(&store.capabilities(), ask, keys, versions).await
}

/// What `ask` answers, about each key, to every read that is among these capabilities.
pub(crate) async fn state_by(
    can: &Capabilities,
    ask: impl AsyncFn(Command) -> Answer,
    keys: &BTreeSet<Key>,
    versions: bool,
) -> Vec<(Command, Answer)> {
    let mut lines = Vec::new();
    for key in keys {
        let reads: [Command; 7] = [
            ExpireTime::new(key, TimeUnit::Milliseconds).into(),
            Get::new(key).into(),
            HGetAll::new(key).into(),
            SMembers::new(key).into(),
            LRange::new(key, 0, -1).into(),
            ZRange::new(key, ZRangeBy::rank(0, -1)).with_scores(true).into(),
            VersionOf::new(key).into(),
        ];
        let kind = match can.commands.contains(CommandId::Type) {
            true => Some(ask(Type::new(key).into()).await),
            false => None,
        };
        for read in reads {
            let wanted = match read.id() {
                CommandId::VersionOf => versions && can.versions,
                CommandId::ExpireTime => true,
                id => kind.as_ref().is_none_or(|kind| *kind == Answer::Status(type_read_by(id).to_owned())),
            };
            if wanted && can.commands.contains(read.id()) {
                let answer = canonical(read.id(), ask(read.clone()).await);
                lines.push((read, answer));
            }
        }
    }
    lines
}

/// The type of the keys that this command reads whole.
fn type_read_by(id: CommandId) -> &'static str {
    match id {
        CommandId::HGetAll => Kind::Hash,
        CommandId::SMembers => Kind::Set,
        CommandId::LRange => Kind::List,
        CommandId::ZRange => Kind::SortedSet,
        _ => Kind::String,
    }
    .redis_name()
}

/// The answer in an order of its own, if the command promises none.
pub(crate) fn canonical(id: CommandId, answer: Answer) -> Answer {
    let width = match id {
        CommandId::HGetAll => 2,
        CommandId::SMembers
        | CommandId::SInter
        | CommandId::SUnion
        | CommandId::SDiff
        | CommandId::HKeys
        | CommandId::HVals => 1,
        _ => return answer,
    };
    let Answer::Array(items) = answer else { return answer };
    let mut groups: Vec<&[Answer]> = items.chunks(width).collect();
    groups.sort_by_key(|group| group.iter().map(bytes_of).collect::<Vec<_>>());
    Answer::Array(groups.concat())
}

fn bytes_of(answer: &Answer) -> Option<&Bytes> {
    match answer {
        Answer::Bulk(bytes) => Some(bytes),
        _ => None,
    }
}
