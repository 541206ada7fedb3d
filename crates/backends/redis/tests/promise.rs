//! What is declared of a store follows from the settings of its server.

#![allow(clippy::unwrap_used)]

mod common;

use common::{config, open};
use credenza_core::{Consistency, Durability, KvStore};
use credenza_redis::RedisStore;
use credenza_testkit::servers::{Redis, RedisCluster, RedisSentinels};

async fn declared(args: &[&str]) -> Option<(Durability, Consistency)> {
    let redis = Redis::start_with(args)?;
    let can = RedisStore::open(config(&redis)).await.unwrap().capabilities();
    assert!(can.atomic_batches && !can.versions && !can.ordered_scan);
    Some((can.durability, can.consistency))
}

#[tokio::test]
async fn of_one_server() {
    let linearizable = Consistency::Linearizable;
    for (args, durability) in [
        (&[][..], Durability::None),
        (&["--appendonly", "yes", "--appendfsync", "everysec"], Durability::None),
        (&["--appendonly", "yes", "--appendfsync", "no"], Durability::ProcessCrash),
        (&["--appendonly", "yes", "--appendfsync", "always"], Durability::PowerLoss),
    ] {
        let Some(found) = declared(args).await else { return };
        assert_eq!(found, (durability, linearizable), "{args:?}");
    }
}

#[tokio::test]
async fn of_servers_that_are_replaced() {
    let Some(sentinels) = RedisSentinels::start() else { return };
    let can = open(&sentinels.url()).await.capabilities();
    assert_eq!((can.durability, can.consistency), (Durability::Unknown, Consistency::Unknown));
    let replica = sentinels.servers().last().unwrap();
    let can = RedisStore::open(config(replica)).await.unwrap().capabilities();
    assert_eq!(can.consistency, Consistency::ReplicaLag);
    let Some(cluster) = RedisCluster::start() else { return };
    let can = open(&cluster.url()).await.capabilities();
    assert_eq!((can.durability, can.consistency), (Durability::Unknown, Consistency::Unknown));
}
