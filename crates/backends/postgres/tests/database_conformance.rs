//! The database on Postgres before the judges of `credenza-testkit`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::config;
use credenza_postgres::PostgresDatabase;
use credenza_testkit::database::{self, DatabaseSubject};
use credenza_testkit::servers::{Postgres, PostgresVersion};

async fn conforms(version: PostgresVersion) {
    let Some(server) = Postgres::start(version) else { return };
    let fresh = async || {
        let database = PostgresDatabase::open(config(&server.new_database())).await?;
        Ok(DatabaseSubject::new(database))
    };
    database::run(fresh).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_on_16() {
    conforms(PostgresVersion::V16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_on_18() {
    conforms(PostgresVersion::V18).await;
}
