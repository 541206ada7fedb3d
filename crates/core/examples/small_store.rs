//! A complete small store: `GET`, `SET` and `DEL` on a map. What it does not know it refuses.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use credenza_core::command::{Del, Get, Set, SetExpiry};
use credenza_core::{
    Capabilities, Command, CommandId, Context, Error, Execution, Key, Kv, KvStore, Reply, Request, Result,
    SetReply, StoreInfo,
};

// The store begins here.
#[derive(Debug)]
struct SmallStore {
    info: StoreInfo,
    map: Mutex<HashMap<Key, Bytes>>,
}

impl KvStore for SmallStore {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of([CommandId::Get, CommandId::Set, CommandId::Del].into_iter().collect())
    }

    fn execute<'a>(&'a self, _: &Context, request: Request) -> Execution<'a> {
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        Execution::ready(request.each(|command| match command {
            Command::Get(Get { key }) => Ok(Reply::Value(map.get(&key).cloned())),
            Command::Set(Set { key, value, expiry: SetExpiry::Clear, condition: None, get: false }) => {
                map.insert(key, value.into_bytes());
                Ok(Reply::Set(SetReply { applied: true, previous: None }))
            }
            Command::Del(Del { keys }) => {
                Ok(Reply::Int(keys.iter().filter(|key| map.remove(*key).is_some()).count() as i64))
            }
            other => Err(Error::unsupported(other.info().name)),
        }))
    }
}
// The store ends here: 27 lines without the struct's braces and these comments.

fn main() -> Result<()> {
    let kv = Kv::new(SmallStore { info: StoreInfo::backend("small"), map: Mutex::default() });
    let answer = std::pin::pin!(async {
        kv.set("greeting", "hello").await?;
        assert_eq!(kv.get("greeting").await?.as_deref(), Some(&b"hello"[..]));
        assert!(kv.del("greeting").await?);
        let refused = kv.lpush("list", "a").await;
        assert!(refused.is_err_and(|error| error.kind() == credenza_core::ErrorKind::Unsupported));
        Ok(())
    });
    // Every answer of this store is ready at once, so no runtime is needed to drive it.
    match std::future::Future::poll(answer, &mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => unreachable!("a small store never waits"),
    }
}
