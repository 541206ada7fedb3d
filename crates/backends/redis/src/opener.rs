//! Opens Redis URLs.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::url::StoreUrl;
use credenza_core::{Kv, OpenStore, Opener, Result};

use crate::store::RedisStore;
use crate::url;

/// Opens the URLs of Redis, in the form that the driver fred gave them:
///
/// - `redis://user:password@host:6379/0`: one server; the path is the number of the database;
/// - `redis-cluster://host:6379?node=host2:6379&node=host3:6379`: a cluster, by some of its servers;
/// - `redis-sentinel://host:26379/0?sentinelServiceName=main&node=host2:26379`: the master that sentinels name; with
///   `sentinelUsername` and `sentinelPassword` where they ask for them;
/// - `redis+unix:///run/redis.sock?db=0`: a server by its socket; with a login `redis+unix://:password@localhost/…`;
/// - `rediss://`, `rediss-cluster://`, `rediss-sentinel://`: encrypted; with `ca` (a file of certificates in PEM that
///   are trusted, too) and `tls_name` (the name in the servers' certificates).
///
/// All take `timeout` (`5s`, of a request) and `connect_timeout` (`2s`).
#[derive(Clone, Copy, Debug, Default)]
pub struct RedisOpener;

impl RedisOpener {
    /// Every scheme that it opens.
    pub const SCHEMES: [&'static str; 7] = url::SCHEMES;
}

#[async_trait]
impl Opener for RedisOpener {
    async fn open(&self, url: StoreUrl) -> Result<OpenStore> {
        let store = RedisStore::open(url::config(url)?).await?;
        Ok(OpenStore { kv: Kv::new(store.clone()), pubsub: Some(Arc::new(store)) })
    }
}
