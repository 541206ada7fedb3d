//! Redis: alone, as a cluster, under sentinels, and with TLS.

mod cluster;
mod connection;
mod sentinels;
mod standalone;
mod tls;

pub use cluster::RedisCluster;
pub use connection::RedisConnection;
pub use sentinels::RedisSentinels;
pub use standalone::Redis;
pub use tls::RedisTls;
