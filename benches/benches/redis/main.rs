//! The store on Redis, through `Kv`, beside the client `redis` (redis-rs) on its multiplexed connection, against one server
//! that keeps nothing.

mod batches;
mod peer;
mod single;

use benches::{COUNT, key, value};
use credenza_core::{Batch, Kv, command::Set};
use credenza_redis::{RedisConfig, RedisStore};
use credenza_testkit::servers::Redis;

fn main() {
    let Some(redis) = Redis::start() else { return };
    let runtime = benches::runtime();
    let kv = runtime.block_on(async {
        let config = RedisConfig::from_url(&redis.url()).expect("a URL");
        let kv = Kv::new(RedisStore::open(config).await.expect("a store opens"));
        for start in (0..COUNT).step_by(1_000) {
            let mut batch = Batch::pipelined();
            for index in start..start + 1_000 {
                batch.push(Set::new(key(index), value()));
            }
            kv.batch(batch).await.expect("a batch succeeds");
        }
        kv
    });
    let wanted = std::env::args().nth(1).filter(|name| !name.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    if is_wanted("single") {
        single::run(&runtime, &kv, &redis.url());
    }
    if is_wanted("batches") {
        batches::run(&runtime, &kv, &redis.url());
    }
}
