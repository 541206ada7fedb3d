//! What the tests share.
#![allow(clippy::unwrap_used, reason = "this is only in tests")]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "not every test file uses everything")]

use std::time::Duration;

use bytes::Bytes;
use credenza_core::url::StoreUrl;
use credenza_core::{Command, Context, KvStore, Reply, Request, Result};
use credenza_postgres::{PostgresConfig, PostgresStore, PostgresTls};
use credenza_testkit::servers::{Postgres, PostgresVersion};

/// The versions that the store is proved on.
pub const VERSIONS: [PostgresVersion; 2] = [PostgresVersion::V16, PostgresVersion::V18];

/// How the store of a database is opened; nothing is swept unless it is asked for.
pub fn config(url: &str) -> PostgresConfig {
    let location = url.parse::<StoreUrl>().unwrap().finish().unwrap();
    PostgresConfig {
        port: location.port.unwrap(),
        password: location.password,
        tls: PostgresTls::Disable,
        sweep_interval: None,
        pool_size: 6,
        timeout: Duration::from_secs(20),
        ..PostgresConfig::at(
            location.host.unwrap(),
            location.user.unwrap(),
            location.path.trim_start_matches('/'),
        )
    }
}

/// A store in a database of its own.
pub async fn open(server: &Postgres) -> PostgresStore {
    PostgresStore::open(config(&server.new_database())).await.unwrap()
}

pub fn command(line: &str) -> Command {
    let words: Vec<Bytes> = line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    Command::parse(&words).unwrap_or_else(|error| panic!("{line}: {error}"))
}

pub async fn run(store: &PostgresStore, line: &str) -> Result<Reply> {
    run_in(store, &Context::new(), line).await
}

/// Runs a command that has to be answered in so many milliseconds.
pub async fn run_within(store: &PostgresStore, milliseconds: u64, line: &str) -> Result<Reply> {
    let cx = Context::new().within(Some(Duration::from_millis(milliseconds)));
    let patience = Duration::from_millis(milliseconds + 1_000);
    let answer = tokio::time::timeout(patience, run_in(store, &cx, line)).await;
    answer.unwrap_or_else(|_| panic!("{line} hangs"))
}

pub async fn run_in(store: &PostgresStore, cx: &Context, line: &str) -> Result<Reply> {
    store.execute(cx, Request::One(command(line))).await?.one()
}

pub fn value(text: &str) -> Reply {
    Reply::Value(Some(Bytes::copy_from_slice(text.as_bytes())))
}
