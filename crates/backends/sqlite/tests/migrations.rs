//! The store's own tables: how their steps are recorded, and that files without records go on.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use common::{Place, run, value};
use credenza_core::ErrorKind;
use credenza_core::db::Dialect;
use credenza_sqlite::{SqliteConfig, SqliteStore};

fn records(place: &Place) -> Vec<(String, i64, String, String)> {
    let conn = place.stranger();
    let sql = "SELECT module, version, name, checksum FROM credenza_migrations ORDER BY version";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn expected() -> Vec<(String, i64, String, String)> {
    let set = SqliteStore::migrations().unwrap();
    let record = |step: &credenza_migrations::Step| {
        let checksum = step.checksum(Dialect::Sqlite).unwrap().to_string();
        (set.module().to_owned(), i64::try_from(step.version()).unwrap(), step.name().to_owned(), checksum)
    };
    set.steps().iter().map(record).collect()
}

/// A file as it was before there were records, with a key in it.
async fn old_file() -> Place {
    let place = Place::new();
    let store = place.open();
    run(&store, "SET k v").await.unwrap();
    store.close().await.unwrap();
    place.stranger().execute_batch("DROP TABLE credenza_migrations").unwrap();
    place
}

fn is_recorded(place: &Place) -> bool {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'credenza_migrations'";
    place.stranger().query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap() == 1
}

#[tokio::test]
async fn a_new_file_has_its_steps_recorded() {
    let place = Place::new();
    place.open().close().await.unwrap();
    assert_eq!(records(&place), expected());
    let number = |sql| place.stranger().query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), 0x4372_647a);
    assert_eq!(number("PRAGMA user_version"), expected().last().unwrap().1);
    // The same again changes nothing.
    let before = std::fs::read(place.file()).unwrap();
    place.open().close().await.unwrap();
    assert_eq!(std::fs::read(place.file()).unwrap(), before);
}

#[tokio::test]
async fn a_file_without_records_goes_on_and_gets_them() {
    let place = old_file().await;
    let store = place.open();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("v"));
    store.close().await.unwrap();
    assert_eq!(records(&place), expected());
}

#[tokio::test]
async fn a_file_without_records_that_cannot_be_written_goes_on() {
    let place = old_file().await;
    let reader = SqliteStore::open(SqliteConfig { read_only: true, ..place.config() }).unwrap();
    assert_eq!(run(&reader, "GET k").await.unwrap(), value("v"));
    reader.close().await.unwrap();
    // Locked by another.
    let stranger = place.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let config = SqliteConfig { busy_timeout: Duration::from_millis(50), ..place.config() };
    let store = SqliteStore::open(config).unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("v"));
    stranger.execute_batch("COMMIT").unwrap();
    assert!(!is_recorded(&place));
    store.close().await.unwrap();
    place.open().close().await.unwrap();
    assert!(is_recorded(&place));
}

#[tokio::test]
async fn many_who_open_a_file_without_records_at_once() {
    for _ in 0..10 {
        let place = old_file().await;
        let config = place.config();
        std::thread::scope(|scope| {
            let open = || scope.spawn(|| SqliteStore::open(config.clone()).map(drop));
            let opening: Vec<_> = (0..8).map(|_| open()).collect();
            for thread in opening {
                thread.join().unwrap().unwrap();
            }
        });
        assert_eq!(records(&place), expected());
    }
}

#[tokio::test]
async fn a_file_without_records_of_somebody_else_is_left_alone() {
    let place = old_file().await;
    place.stranger().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = std::fs::read(place.file()).unwrap();
    assert_eq!(SqliteStore::open(place.config()).map(drop).unwrap_err().kind(), ErrorKind::NewerFormat);
    place.stranger().execute_batch("PRAGMA user_version = 0").unwrap();
    assert_eq!(SqliteStore::open(place.config()).map(drop).unwrap_err().kind(), ErrorKind::Corrupt);
    place.stranger().execute_batch("PRAGMA user_version = 99").unwrap();
    assert_eq!(std::fs::read(place.file()).unwrap().len(), before.len());
    assert!(!is_recorded(&place));
}

/// Opening reads what the file is, and not its records: it stays quick. Looking at them is another's work.
#[tokio::test]
async fn opening_does_not_verify() {
    let place = old_file().await;
    place.open().close().await.unwrap();
    place.stranger().execute_batch("UPDATE credenza_migrations SET checksum = 'x'").unwrap();
    let store = place.open();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("v"));
}
