//! The peer: commands as its users write them.

use redis::aio::MultiplexedConnection;
use tokio::runtime::Runtime;

pub(crate) type Value = Option<Vec<u8>>;

pub(crate) fn connect(runtime: &Runtime, url: &str) -> MultiplexedConnection {
    let client = redis::Client::open(url).expect("a URL");
    runtime.block_on(client.get_multiplexed_async_connection()).expect("a connection")
}

pub(crate) async fn get(connection: &mut MultiplexedConnection, key: Vec<u8>) -> Value {
    redis::cmd("GET").arg(key).query_async(connection).await.expect("a get succeeds")
}

pub(crate) async fn set(connection: &mut MultiplexedConnection, key: Vec<u8>, value: Vec<u8>) {
    let () = redis::cmd("SET").arg(key).arg(value).query_async(connection).await.expect("a set succeeds");
}

/// Sets the keys if they have these values: the usual way, on a connection that nobody else uses, in two round trips.
pub(crate) async fn watch_and_set(
    connection: &mut MultiplexedConnection,
    keys: &[Vec<u8>],
    expected: &[u8],
    value: &[u8],
) -> bool {
    let mut watch = redis::pipe();
    watch.cmd("WATCH").arg(keys).ignore().cmd("MGET").arg(keys);
    let (found,): (Vec<Value>,) = watch.query_async(connection).await.expect("a watch succeeds");
    if found.iter().any(|found| found.as_deref() != Some(expected)) {
        let () = redis::cmd("UNWATCH").query_async(connection).await.expect("an unwatch succeeds");
        return false;
    }
    let mut multi = redis::pipe();
    multi.atomic();
    for key in keys {
        multi.cmd("SET").arg(key).arg(value).ignore();
    }
    let done: Option<()> = multi.query_async(connection).await.expect("an exec succeeds");
    done.is_some()
}
