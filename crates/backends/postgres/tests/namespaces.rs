//! A schema and a role for each namespace: apart, whatever a statement says.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::config;
use credenza_core::db::{Databases, Db};
use credenza_core::{ErrorKind, Result};
use credenza_postgres::{PostgresDatabase, PostgresDatabases, PostgresDatabasesConfig};
use credenza_testkit::database::{self, DatabaseSubject, DatabasesSubject};
use credenza_testkit::servers::{Postgres, PostgresVersion};

const SECRET: [u8; 32] = [7; 32];

fn at(url: &str, max_open: usize) -> PostgresDatabasesConfig {
    PostgresDatabasesConfig { max_open, ..PostgresDatabasesConfig::at(config(url), SECRET) }
}

async fn open(server: &Postgres, max_open: usize) -> PostgresDatabases {
    PostgresDatabases::open(at(&server.new_database(), max_open)).await.unwrap()
}

async fn number(db: &Db, sql: &str) -> Result<i64> {
    db.query_one(sql.to_owned(), ()).await?.get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn namespaces_conform() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let fresh = async || Ok(DatabasesSubject::new(open(&server, 8).await));
    database::run_databases(fresh).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_of_a_namespace_conforms() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let fresh = async || {
        let databases = open(&server, 2).await;
        let db = databases.open("tenant").await?;
        Ok(DatabaseSubject::from(db.database().clone()).keeping(databases))
    };
    database::run(fresh).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_namespaces_than_have_connections() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let databases = open(&server, 3).await;
    let tasks = (0..12).map(|n| {
        let databases = databases.clone();
        tokio::spawn(async move {
            let db = databases.open(&format!("tenant/{n}")).await.unwrap();
            db.execute("CREATE TABLE t (a BIGINT)", ()).await.unwrap();
            for turn in 1..=5 {
                db.execute("INSERT INTO t VALUES ($1)", (n,)).await.unwrap();
                assert_eq!(number(&db, "SELECT count(*) FROM t").await.unwrap(), turn);
                assert!(databases.open_namespaces() <= 3);
            }
            let mut tx = db.begin().await.unwrap();
            tx.execute("INSERT INTO t VALUES ($1)", (n,)).await.unwrap();
            tokio::task::yield_now().await;
            tx.commit().await.unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for n in 0..12 {
        let db = databases.open_existing(&format!("tenant/{n}")).await.unwrap().unwrap();
        assert_eq!(number(&db, "SELECT sum(a)::bigint FROM t").await.unwrap(), 6 * n);
    }
    assert_eq!(databases.open_namespaces(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_leaves_its_namespace() {
    for version in [PostgresVersion::V16, PostgresVersion::V18] {
        let Some(server) = Postgres::start(version) else { return };
        let url = server.new_database();
        let databases = PostgresDatabases::open(at(&url, 8)).await.unwrap();
        let owner = Db::new(PostgresDatabase::open(config(&url)).await.unwrap());
        owner.execute("CREATE TABLE public.theirs (a BIGINT)", ()).await.unwrap();
        let (ours, others) = (databases.open("ours").await.unwrap(), databases.open("others").await.unwrap());
        others.execute("CREATE TABLE secrets (word TEXT)", ()).await.unwrap();
        others.execute("INSERT INTO secrets VALUES ('sesame')", ()).await.unwrap();
        let schema: String =
            others.query_one("SELECT current_schema()::text", ()).await.unwrap().get(0).unwrap();
        assert!(!schema.contains("others"));
        let into = |sql: &str| sql.replace("{}", &schema);
        for sql in [
            "SELECT * FROM {}.secrets",
            "INSERT INTO {}.secrets VALUES ('x')",
            "DROP SCHEMA {} CASCADE",
            "CREATE TABLE {}.t (a INT)",
            "DO $$ BEGIN EXECUTE 'SET ROLE {}'; EXECUTE 'DROP TABLE secrets'; END $$",
            "DO $$ BEGIN PERFORM set_config('role', '{}', false); END $$",
            "DO $$ BEGIN EXECUTE 'RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION {}'; END $$",
            "SELECT set_config('role', '{}', false)",
            "SELECT set_config('session_authorization', '{}', false)",
            "ALTER ROLE {} NOLOGIN",
            "ALTER TABLE {}.secrets OWNER TO CURRENT_USER",
            "GRANT {} TO CURRENT_USER",
            "CREATE ROLE more LOGIN",
            "CREATE SCHEMA more",
            "CREATE TABLE public.t (a INT)",
            "CREATE TEMPORARY TABLE t (a INT)",
            "SELECT * FROM public.theirs",
            "SELECT pg_read_file('postgresql.conf')",
            "SELECT lo_import('/etc/passwd')",
            "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''true'''; END $$",
            "CREATE EXTENSION dblink",
            "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'",
            "SELECT rolpassword FROM pg_authid",
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{}'",
        ] {
            let sql = into(sql);
            assert!(ours.execute(sql.clone(), ()).await.is_err(), "{sql}");
        }
        // Others' statements are not shown, and a name that two of them have is one's own.
        let seen =
            into("SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND query LIKE '%secrets%'");
        assert_eq!(number(&ours, &seen).await.unwrap(), 0);
        ours.execute("CREATE TABLE secrets (word TEXT)", ()).await.unwrap();
        assert_eq!(number(&ours, "SELECT count(*) FROM secrets").await.unwrap(), 0);
        assert_eq!(number(&others, "SELECT count(*) FROM secrets WHERE word = 'sesame'").await.unwrap(), 1);
        assert_eq!(ours.tables().await.unwrap().len(), 1);
        // What a statement does to its session is there for nobody else.
        ours.execute("SELECT set_config('search_path', 'pg_catalog', false), set_config('app.secret', 'sesame', false)", ()).await.unwrap();
        let left = "SELECT count(nullif(current_setting('app.secret', true), ''))";
        assert_eq!(number(&others, left).await.unwrap(), 0);
        assert_eq!(number(&others, "SELECT count(*) FROM secrets").await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_is_made_by_many_at_once_and_removed_with_all_that_uses_it() {
    let Some(server) = Postgres::start(PostgresVersion::V16) else { return };
    let url = server.new_database();
    let (here, there) = (
        PostgresDatabases::open(at(&url, 4)).await.unwrap(),
        PostgresDatabases::open(at(&url, 4)).await.unwrap(),
    );
    assert!(here.open_existing("a").await.unwrap().is_none() && !here.remove("a").await.unwrap());
    let opened = (0..8).map(|n| {
        let databases = if n % 2 == 0 { here.clone() } else { there.clone() };
        tokio::spawn(async move { databases.open("a").await.unwrap() })
    });
    for db in opened.collect::<Vec<_>>() {
        assert_eq!(number(&db.await.unwrap(), "SELECT 1::bigint").await.unwrap(), 1);
    }
    let (db, other) = (here.open("a").await.unwrap(), there.open("a").await.unwrap());
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    other.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    assert!(here.remove("a").await.unwrap());
    assert!(tx.commit().await.is_err());
    assert_eq!(db.execute("SELECT 1", ()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(other.execute("SELECT 1", ()).await.is_err());
    assert!(here.open_existing("a").await.unwrap().is_none());
    let anew = here.open("a").await.unwrap();
    assert!(anew.tables().await.unwrap().is_empty());
    anew.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    assert!(db.execute("SELECT 1", ()).await.is_err(), "it is of the one that was removed");
    for (namespace, kind) in
        [("", ErrorKind::InvalidArgument), (&*"x".repeat(513), ErrorKind::InvalidArgument)]
    {
        assert_eq!(here.open(namespace).await.unwrap_err().kind(), kind);
    }
    let short = PostgresDatabasesConfig::at(config(&url), [1; 31]);
    assert_eq!(PostgresDatabases::open(short).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
}
