//! The driver by itself: a table with the same columns that matter, statements prepared once a connection.

use deadpool_postgres::{Manager, Pool};
use tokio_postgres::{Config, NoTls};

use benches::value;

const TABLE: &str = "DROP TABLE IF EXISTS kv; CREATE TABLE kv (k bytea PRIMARY KEY, v bytea NOT NULL, expires_at bigint, \
     version bigint NOT NULL) WITH (fillfactor = 90); CREATE INDEX ON kv (expires_at) WHERE expires_at IS NOT NULL; \
     DROP SEQUENCE IF EXISTS kv_version; CREATE SEQUENCE kv_version";
pub(crate) const GET: &str = "SELECT v FROM kv WHERE k = $1 AND (expires_at IS NULL OR expires_at > $2)";
const GET_ALL: &str =
    "SELECT k, v FROM kv WHERE k = ANY($1::bytea[]) AND (expires_at IS NULL OR expires_at > $2)";
pub(crate) const PUT: &str = "INSERT INTO kv (k, v, version) VALUES ($1, $2, nextval('kv_version')) \
     ON CONFLICT (k) DO UPDATE SET v = excluded.v, expires_at = NULL, version = excluded.version";
const PUT_ALL: &str = "INSERT INTO kv (k, v, version) SELECT k, v, nextval('kv_version') \
     FROM unnest($1::bytea[], $2::bytea[]) AS u (k, v) \
     ON CONFLICT (k) DO UPDATE SET v = excluded.v, expires_at = NULL, version = excluded.version";
/// A time in milliseconds that nothing has expired at.
pub(crate) const NOW: i64 = 1_700_000_000_000;

/// A pool of 16 connections.
#[derive(Clone, Debug)]
pub(crate) struct Bare(Pool);

impl Bare {
    pub(crate) async fn open(url: &str) -> Bare {
        let config: Config = url.parse().expect("a URL");
        let pool = Pool::builder(Manager::new(config, NoTls)).max_size(16).build().expect("a pool");
        pool.get().await.expect("a connection").batch_execute(TABLE).await.expect("a table");
        Bare(pool)
    }

    pub(crate) async fn analyze(&self) {
        self.0.get().await.expect("a connection").batch_execute("ANALYZE").await.expect("it succeeds");
    }

    pub(crate) async fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let client = self.0.get().await.expect("a connection");
        let statement = client.prepare_cached(GET).await.expect("a statement");
        let row = client.query_opt(&statement, &[&key, &NOW]).await.expect("it succeeds");
        row.map(|row| row.get(0))
    }

    pub(crate) async fn put(&self, key: &[u8]) {
        let client = self.0.get().await.expect("a connection");
        let statement = client.prepare_cached(PUT).await.expect("a statement");
        client.execute(&statement, &[&key, &value()]).await.expect("it succeeds");
    }

    /// In the order of the keys that were asked for.
    pub(crate) async fn get_all(&self, keys: Vec<Vec<u8>>) -> Vec<Option<Vec<u8>>> {
        let client = self.0.get().await.expect("a connection");
        let statement = client.prepare_cached(GET_ALL).await.expect("a statement");
        let rows = client.query(&statement, &[&keys, &NOW]).await.expect("it succeeds");
        let mut found: std::collections::HashMap<Vec<u8>, Vec<u8>> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        keys.iter().map(|key| found.remove(key)).collect()
    }

    pub(crate) async fn put_all(&self, mut keys: Vec<Vec<u8>>) {
        keys.sort_unstable();
        keys.dedup();
        let client = self.0.get().await.expect("a connection");
        let statement = client.prepare_cached(PUT_ALL).await.expect("a statement");
        let values: Vec<_> = keys.iter().map(|_| value()).collect();
        client.execute(&statement, &[&keys, &values]).await.expect("it succeeds");
    }
}
