//! SQL on SQLite, through `Db`, beside the same statements on rusqlite by hand: a read, writes that are synced and
//! not, a transaction, and a long result.

#![allow(clippy::disallowed_methods, reason = "this is what measures")]

use std::hint::black_box;
use std::path::Path;

use benches::{Keys, Rounds, Subject, append_and_sync, scratch};
use credenza_core::Db;
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDurability};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

const ROWS: usize = 100_000;
const CREATE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER NOT NULL, note TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO users (name, age, note) VALUES (?1, ?2, ?3)";
const SELECT: &str = "SELECT id, name, age, note FROM users WHERE id = ?1";
const ALL: &str = "SELECT id, name, age, note FROM users ORDER BY id LIMIT 100000";

fn name(index: usize) -> String {
    format!("user number {index:08}")
}

fn note(index: usize) -> String {
    format!("{index:0100}")
}

/// A connection with the settings that the database has, where they cost something.
fn by_hand(path: &Path, level: &str) -> Connection {
    let conn = Connection::open(path).expect("a database opens");
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).expect("a write-ahead log");
    conn.pragma_update(None, "synchronous", level).expect("a level");
    conn.pragma_update(None, "cache_size", -8_192).expect("a cache");
    conn.pragma_update(None, "cell_size_check", true).expect("a check of pages that are read");
    conn.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out");
    conn
}

fn insert(conn: &Connection, index: usize) {
    let mut statement = conn.prepare_cached(INSERT).expect("the statement is right");
    statement.execute(params![name(index), 40, note(index)]).expect("an insert succeeds");
}

/// A file with rows, closed: whoever opens it next finds them in the file and no log, as the other does.
fn fill(path: &Path) {
    let conn = by_hand(path, "off");
    conn.execute_batch(CREATE).expect("a table");
    conn.execute_batch("BEGIN").expect("a transaction");
    (0..ROWS).for_each(|index| insert(&conn, index));
    conn.execute_batch("COMMIT").expect("a commit");
}

fn filled_by_hand(path: &Path, level: &str) -> Connection {
    fill(path);
    by_hand(path, level)
}

fn open(path: &Path, durability: SqliteDurability) -> Db {
    fill(path);
    let config = SqliteDatabaseConfig { durability, ..SqliteDatabaseConfig::at(path) };
    Db::new(SqliteDatabase::open(config).expect("a database opens"))
}

fn point_select(runtime: &Runtime, db: &Db, conn: &Connection, among: usize) {
    let (mut a, mut b) = (Keys::new(1, among), Keys::new(1, among));
    Rounds::new(format!("point select of four columns, among {among} rows")).run(&mut [
        Subject::on_processor("rusqlite, prepared", |count| {
            for _ in 0..count {
                let mut statement = conn.prepare_cached(SELECT).expect("the statement is right");
                let id = a.next_index() as i64 + 1;
                let row = statement.query_one([id], |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, i64>(2)?,
                        row.get::<_, String>(3)?,
                    ))
                });
                black_box(row.expect("the row is there"));
            }
        }),
        Subject::on_processor("credenza-sqlite, through Db", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let id = b.next_index() as i64 + 1;
                    let row = db.query_one(SELECT, (id,)).await.expect("the row is there");
                    black_box(row);
                }
            });
        }),
    ]);
}

fn single_insert(runtime: &Runtime, db: &Db, conn: &Connection, level: &str, folder: &Path) {
    let (mut a, mut b) = (ROWS, ROWS);
    let mut subjects = vec![
        Subject::new("rusqlite, prepared", |count| {
            for _ in 0..count {
                a += 1;
                insert(conn, a);
            }
        }),
        Subject::new("credenza-sqlite, through Db", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    b += 1;
                    db.execute(INSERT, (name(b), 40, note(b))).await.expect("an insert succeeds");
                }
            });
        }),
    ];
    if level == "full" {
        subjects.push(Subject::new("append 4 KiB and sync", append_and_sync(folder)));
    }
    Rounds::new(format!("one insert, which commits, synchronous={level}")).run(&mut subjects);
}

fn transaction(runtime: &Runtime, db: &Db, conn: &Connection) {
    const COUNT: usize = 10_000;
    Rounds::new("a transaction of 10,000 inserts, synchronous=normal").run(&mut [
        Subject::new("rusqlite, prepared", |count| {
            for _ in 0..count {
                conn.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
                (0..COUNT).for_each(|index| insert(conn, index));
                conn.execute_batch("COMMIT").expect("a commit");
            }
        }),
        Subject::new("credenza-sqlite, through Db", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let mut tx = db.begin().await.expect("a transaction");
                    for index in 0..COUNT {
                        let values = (name(index), 40, note(index));
                        tx.execute(INSERT, values).await.expect("an insert succeeds");
                    }
                    tx.commit().await.expect("a commit");
                }
            });
        }),
    ]);
}

fn long_result(runtime: &Runtime, db: &Db, conn: &Connection) {
    Rounds::new("100,000 rows of four columns").run(&mut [
        Subject::new("rusqlite, prepared", |count| {
            for _ in 0..count {
                let mut statement = conn.prepare_cached(ALL).expect("the statement is right");
                let mut rows = statement.query([]).expect("a result");
                let mut seen = 0;
                while let Some(row) = rows.next().expect("a row") {
                    let name: String = row.get(1).expect("a name");
                    let note: String = row.get(3).expect("a note");
                    black_box((row.get::<_, i64>(0).expect("an id"), name, note));
                    seen += 1;
                }
                assert_eq!(seen, ROWS);
            }
        }),
        Subject::new("credenza-sqlite, through Db", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let mut rows = db.query(ALL, ()).await.expect("a result");
                    let mut seen = 0;
                    while let Some(row) = rows.next().await.expect("a row") {
                        black_box(row);
                        seen += 1;
                    }
                    assert_eq!(seen, ROWS);
                }
            });
        }),
    ]);
}

fn main() {
    let runtime = benches::runtime();
    let folder = scratch();
    let file = |name: &str| folder.path().join(name);
    {
        let db = open(&file("db.db"), SqliteDurability::Normal);
        let conn = filled_by_hand(&file("hand.db"), "normal");
        // All in the cache of pages, and not.
        point_select(&runtime, &db, &conn, 10_000);
        point_select(&runtime, &db, &conn, ROWS);
        long_result(&runtime, &db, &conn);
        single_insert(&runtime, &db, &conn, "normal", folder.path());
        transaction(&runtime, &db, &conn);
    }
    let db = open(&file("db-full.db"), SqliteDurability::Full);
    let conn = filled_by_hand(&file("hand-full.db"), "full");
    single_insert(&runtime, &db, &conn, "full", folder.path());
}
