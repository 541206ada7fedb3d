//! Reads of keys of which writes wait.

use credenza_core::command::{Exists, MGet};
use credenza_core::{Command, Context, Error, Key, KvStore, Reply, Request, Response, Result};

use super::entry::Stored;
use super::pending::Pending;
use crate::ask::ask;

/// A read whose keys can be answered one by one.
pub(super) struct Overlay {
    /// For each key: `None` if the store has to be asked.
    known: Vec<(Key, Option<Option<Stored>>)>,
    shape: Shape,
    now: i64,
}

enum Shape {
    Get,
    MGet,
    Exists,
}

impl Overlay {
    /// For a request that can be answered so: not if nobody knows whether a write to one of its keys waits.
    pub(super) fn of(request: &Request, pending: &Pending, now: i64) -> Option<Overlay> {
        let (keys, shape) = match request {
            Request::One(Command::Get(get)) => (vec![get.key.clone()], Shape::Get),
            Request::One(Command::MGet(get)) => (get.keys.clone(), Shape::MGet),
            Request::One(Command::Exists(exists)) => (exists.keys.clone(), Shape::Exists),
            _ => return None,
        };
        if keys.iter().any(|key| pending.is_unsure(key)) {
            return None;
        }
        let known = keys.into_iter().map(|key| {
            let found = pending.get(&key).cloned();
            (key, found)
        });
        Some(Overlay { known: known.collect(), shape, now })
    }

    /// The answer, for which the store is asked for the keys that nothing waits for.
    pub(super) async fn answer(self, cx: &Context, store: &impl KvStore) -> Result<Response> {
        let unknown: Vec<Key> =
            self.known.iter().filter(|(_, found)| found.is_none()).map(|(key, _)| key.clone()).collect();
        let lives = |stored: &Option<Stored>| stored.as_ref().is_some_and(|stored| stored.lives(self.now));
        let reply = match self.shape {
            Shape::Exists => {
                let known = self.known.iter().filter(|(_, found)| found.as_ref().is_some_and(lives)).count();
                let others =
                    if unknown.is_empty() { 0 } else { ask(store, cx, Exists::new(unknown)).await? };
                Reply::Int(known as i64 + others as i64)
            }
            Shape::Get | Shape::MGet => {
                let mut others = match unknown.is_empty() {
                    true => Vec::new(),
                    false => ask(store, cx, MGet::new(unknown)).await?,
                }
                .into_iter();
                let mut values = Vec::with_capacity(self.known.len());
                for (_, found) in self.known {
                    values.push(match found {
                        Some(stored) => {
                            stored.filter(|stored| stored.lives(self.now)).map(|stored| stored.value)
                        }
                        None => others.next().ok_or_else(|| Error::internal("the store left out a value"))?,
                    });
                }
                match self.shape {
                    Shape::Get => Reply::Value(values.pop().flatten()),
                    _ => Reply::Values(values),
                }
            }
        };
        Ok(Response::One(reply))
    }
}
