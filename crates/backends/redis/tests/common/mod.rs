//! What the tests share.

#![allow(dead_code, reason = "each test takes its part")]

use std::time::{Duration, Instant};

use credenza_core::{Capabilities, Context, Execution, Key, Kv, KvStore, Request, Result, StoreInfo};
use credenza_redis::{RedisConfig, RedisStore};
use credenza_testkit::Subject;
use credenza_testkit::servers::Redis;

/// A store at this URL, with time-outs that a test can wait for.
pub(crate) async fn open(url: &str) -> RedisStore {
    let mut config = RedisConfig::from_url(url).unwrap();
    config.timeout = Duration::from_secs(2);
    config.connect_timeout = Duration::from_millis(500);
    RedisStore::open(config).await.unwrap()
}

/// A store on an empty server, as a subject of the judges.
pub(crate) async fn fresh(redis: &Redis, config: RedisConfig) -> Result<Subject> {
    redis.say(&["FLUSHALL"]).unwrap();
    let store = RedisStore::open(config).await?;
    Ok(Subject::new(store.clone()).with_pubsub(store))
}

pub(crate) fn config(redis: &Redis) -> RedisConfig {
    RedisConfig::from_url(&redis.url()).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "tests of time-outs measure time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Tries until it succeeds.
pub(crate) async fn until<T>(patience: Duration, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let end = now() + patience;
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(now() < end, "still not so after {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the store serves again by itself.
pub(crate) async fn healed(kv: &Kv, key: &str) {
    until(Duration::from_secs(30), async || kv.set(key, "healed").await.ok()).await;
}

/// A store inside of one hash slot: every key has the same tag.
#[derive(Debug)]
pub(crate) struct Tagged<S>(pub(crate) S);

const TAG: &[u8] = b"{t}";

impl<S: KvStore> KvStore for Tagged<S> {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.limits.key -= TAG.len();
        // They go to all servers.
        capabilities.commands = capabilities
            .commands
            .without(credenza_core::CommandId::Scan)
            .without(credenza_core::CommandId::Clear);
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        let tagged = |key: &Key| Ok(Key::from([TAG, &key[..]].concat()));
        for command in request.commands_mut() {
            if !self.capabilities().commands.contains(command.id()) {
                return Execution::ready(Err(credenza_core::Error::unsupported(command.info().name)));
            }
            command.map_keys(&mut |key| tagged(key)).unwrap();
        }
        if let Request::Batch(batch) = &mut request {
            for check in &mut batch.checks {
                let key = tagged(check.key()).unwrap();
                *check.key_mut() = key;
            }
        }
        self.0.execute(cx, request)
    }
}
