//! The store on Redis before the judges of `credenza-testkit`, in every topology.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Tagged, config, fresh};
use credenza_core::Result;
use credenza_redis::{RedisConfig, RedisStore};
use credenza_testkit::model::Plan;
use credenza_testkit::servers::{Redis, RedisCluster, RedisSentinels, RedisTls};
use credenza_testkit::{PassThrough, Subject, cancel, judge, small_limits, suite};

/// Publish/subscribe is judged once, on one server: it is the same everywhere, and a hundred thousand messages take a while.
async fn without_messages(redis: &Redis, config: RedisConfig) -> Result<Subject> {
    redis.say(&["FLUSHALL"]).unwrap();
    Ok(Subject::new(RedisStore::open(config).await?))
}

#[tokio::test]
async fn standalone() {
    let Some(redis) = Redis::start() else { return };
    suite::run(async || fresh(&redis, config(&redis)).await).await.assert_passed();
}

#[tokio::test]
async fn standalone_with_limits_that_are_reached() {
    let Some(redis) = Redis::start() else { return };
    let limited = async || {
        let mut config = config(&redis);
        config.limits = small_limits();
        Ok(without_messages(&redis, config).await?.behind(PassThrough::new))
    };
    suite::run(limited).await.assert_passed();
}

#[tokio::test]
async fn by_its_socket_and_another_database() {
    let Some(redis) = Redis::start() else { return };
    let url = format!("redis+unix://{}?db=3", redis.socket().display());
    let there = async || without_messages(&redis, RedisConfig::from_url(&url).unwrap()).await;
    suite::run(there).await.assert_passed();
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn encrypted() {
    let Some(redis) = RedisTls::start() else { return };
    let there = async || {
        let mut config = RedisConfig::from_url(&redis.url()).unwrap();
        config.tls.as_mut().unwrap().authorities = Some(redis.ca_pem().to_vec());
        without_messages(&redis, config).await
    };
    suite::run(there).await.assert_passed();
}

#[tokio::test]
async fn behind_sentinels() {
    let Some(sentinels) = RedisSentinels::start() else { return };
    let there =
        async || without_messages(sentinels.master(), RedisConfig::from_url(&sentinels.url()).unwrap()).await;
    suite::run(there).await.assert_passed();
}

#[tokio::test]
async fn in_one_slot_of_a_cluster() {
    let Some(cluster) = RedisCluster::start() else { return };
    let there = async || {
        cluster.flush().unwrap();
        let store = RedisStore::open(RedisConfig::from_url(&cluster.url()).unwrap()).await?;
        Ok(Subject::new(Tagged(store)))
    };
    suite::run(there).await.assert_passed();
}

/// Through the store Redis answers what it answers to anybody, alone and in batches, and the commands that it has not are
/// those of every store. With `CREDENZA_COMMANDS=1000000` a million commands.
#[tokio::test]
async fn agrees_with_redis() {
    let Some(redis) = Redis::start() else { return };
    let ours = async || without_messages(&redis, config(&redis)).await;
    let Some(summary) = judge::redis(Plan::for_servers(), ours).await else { return };
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 20_000, "{summary:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_after_dropped_requests() {
    let Some(redis) = Redis::start() else { return };
    let drops = cancel::drop_requests(async || fresh(&redis, config(&redis)).await).await.unwrap();
    assert!(drops.waiting > 0 && drops.unpolled > 0, "{drops:?}");
}
