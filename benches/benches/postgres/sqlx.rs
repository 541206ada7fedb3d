//! sqlx on the bare driver's table, with its statements.

use sqlx_core::pool::PoolOptions;
use sqlx_core::query::query;
use sqlx_core::query_scalar::query_scalar;
use sqlx_postgres::{PgPool, Postgres};

use benches::value;

use crate::bare::{GET, NOW, PUT};

/// A pool of 16 connections, as that of the others; it keeps statements that were prepared.
#[derive(Clone, Debug)]
pub(crate) struct Sqlx(PgPool);

impl Sqlx {
    pub(crate) async fn open(url: &str) -> Sqlx {
        let pool = PoolOptions::<Postgres>::new().min_connections(16).max_connections(16);
        Sqlx(pool.connect(url).await.expect("a pool"))
    }

    pub(crate) async fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let found = query_scalar::<Postgres, Vec<u8>>(GET).bind(key).bind(NOW).fetch_optional(&self.0).await;
        found.expect("it succeeds")
    }

    pub(crate) async fn put(&self, key: &[u8]) {
        query::<Postgres>(PUT).bind(key).bind(value()).execute(&self.0).await.expect("it succeeds");
    }
}
