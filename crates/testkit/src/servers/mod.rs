//! Real servers for tests, each one's own.
//!
//! A server is started on a free port of the loopback device, with its data in a temporary folder. It is killed and its
//! data removed when the value is dropped, also when the test panics; and when the test's process is killed, or ends
//! without dropping a static, by a watcher that outlives it for a moment. They work for root and for other users.
//!
//! ```no_run
//! use credenza_testkit::servers::{Postgres, PostgresVersion, Redis, Wire};
//!
//! # fn test() {
//! let Some(redis) = Redis::start() else { return }; // says that it is skipped; with CI=true it panics
//! let wire = Wire::to(("127.0.0.1", redis.port()));
//! // … open the store at `wire.address()` …
//! wire.lose_replies();
//! // … a write has happened, and nobody knows …
//! wire.heal();
//!
//! let Some(postgres) = Postgres::start(PostgresVersion::V18) else { return };
//! let url = postgres.new_database();
//! # }
//! ```
//!
//! `redis-server` is looked for in the path. The others are installed by `cargo xtask services install` in the folder
//! `services` of the target folder, where they are found by programs that cargo built there; elsewhere the
//! variable `CREDENZA_SERVICES` names the folder.
//!
//! Everything here blocks, for a bounded time: call it from async code only where that is no harm, as in tests.

mod certificate;
mod folder;
mod installed;
mod patience;
mod ports;
mod postgres;
mod process;
mod redis;
mod s3;
mod trouble;
mod wire;

pub use postgres::{PgBouncer, Postgres, PostgresTls, PostgresVersion};
pub use redis::{Redis, RedisCluster, RedisConnection, RedisSentinels, RedisTls};
pub use s3::{S3, S3Dialect};
pub use wire::Wire;

use trouble::Trouble;
