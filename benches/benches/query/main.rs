//! The query builder on SQLite, beside statements on rusqlite by hand: building, a read, and writes.

#![allow(clippy::disallowed_methods, reason = "this is what measures")]

use std::hint::black_box;
use std::path::Path;

use benches::{Keys, Rounds, Subject, scratch};
use credenza_core::Db;
use credenza_core::db::Dialect;
use credenza_query::Direction::{Ascending, Descending};
use credenza_query::{FromTable as _, Record, col};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDurability};
use rusqlite::{Connection, params};
use serde::Deserialize;
use tokio::runtime::Runtime;

const ROWS: usize = 100_000;
const CREATE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER NOT NULL, note TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO users (name, age, note) VALUES (?1, ?2, ?3)";
const SELECT: &str = "SELECT id, name, age, note FROM users WHERE id = ?1";

#[derive(Deserialize)]
struct User {
    id: i64,
    name: String,
    age: i64,
    note: String,
}

fn name(index: usize) -> String {
    format!("user number {index:08}")
}

fn note(index: usize) -> String {
    format!("{index:0100}")
}

fn by_hand(path: &Path) -> Connection {
    let conn = Connection::open(path).expect("a database opens");
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).expect("a write-ahead log");
    conn.pragma_update(None, "synchronous", "normal").expect("a level");
    conn.pragma_update(None, "cache_size", -8_192).expect("a cache");
    conn
}

fn insert(conn: &Connection, index: usize) {
    let mut statement = conn.prepare_cached(INSERT).expect("the statement is right");
    statement.execute(params![name(index), 40, note(index)]).expect("an insert succeeds");
}

fn fill(path: &Path) {
    let conn = by_hand(path);
    conn.execute_batch(CREATE).expect("a table");
    conn.execute_batch("BEGIN").expect("a transaction");
    (0..ROWS).for_each(|index| insert(&conn, index));
    conn.execute_batch("COMMIT").expect("a commit");
}

fn open(path: &Path) -> Db {
    let config =
        SqliteDatabaseConfig { durability: SqliteDurability::Normal, ..SqliteDatabaseConfig::at(path) };
    Db::new(SqliteDatabase::open(config).expect("a database opens"))
}

fn building(db: &Db) {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        Rounds::new(format!("a query of ten clauses, built and written for {}", dialect.name())).run(&mut [
            Subject::on_processor("credenza-query", |count| {
                for _ in 0..count {
                    let query = db
                        .from("patterns")
                        .select("id, content, theme:settings->>theme")
                        .eq("user_id", 7)
                        .gte("success_rate", 0.6)
                        .like("content", "a%")
                        .or([col("age").lt(10), col("kind").eq("x")])
                        .is_in("state", ["new", "old"])
                        .order("success_rate", Descending)
                        .order("id", Ascending)
                        .limit(5)
                        .offset(10)
                        .into_query();
                    black_box(query.write(dialect).expect("it is a query"));
                }
            }),
        ]);
    }
}

fn point_select(runtime: &Runtime, db: &Db, conn: &Connection) {
    let (mut a, mut b, mut c) = (Keys::new(1, ROWS), Keys::new(1, ROWS), Keys::new(1, ROWS));
    Rounds::new("point select of four columns").run(&mut [
        Subject::on_processor("rusqlite, prepared", |count| {
            for _ in 0..count {
                let mut statement = conn.prepare_cached(SELECT).expect("the statement is right");
                let user = statement.query_one([a.next_index() as i64 + 1], |row| {
                    Ok(User { id: row.get(0)?, name: row.get(1)?, age: row.get(2)?, note: row.get(3)? })
                });
                black_box(
                    user.map(|user| (user.id, user.name, user.age, user.note)).expect("the row is there"),
                );
            }
        }),
        Subject::on_processor("credenza-sqlite, through Db", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let row =
                        db.query_one(SELECT, (b.next_index() as i64 + 1,)).await.expect("the row is there");
                    black_box(row);
                }
            });
        }),
        Subject::on_processor("the builder, rows as a type", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let id = c.next_index() as i64 + 1;
                    let query = db.from("users").select("id, name, age, note").eq("id", id);
                    let user: User = query.single().await.expect("the row is there");
                    black_box(user);
                }
            });
        }),
    ]);
}

fn inserts(runtime: &Runtime, db: &Db, conn: &Connection) {
    const COUNT: usize = 10_000;
    let record =
        |index: usize| Record::new().set("name", name(index)).set("age", 40).set("note", note(index));
    let (mut a, mut b) = (ROWS, ROWS);
    Rounds::new("one insert, which commits").run(&mut [
        Subject::new("rusqlite, prepared", |count| {
            for _ in 0..count {
                a += 1;
                insert(conn, a);
            }
        }),
        Subject::new("the builder", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    b += 1;
                    db.from("users").insert(record(b)).await.expect("an insert succeeds");
                }
            });
        }),
    ]);
    Rounds::new("10,000 inserts in a transaction").run(&mut [
        Subject::new("rusqlite, prepared", |count| {
            for _ in 0..count {
                conn.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
                (0..COUNT).for_each(|index| insert(conn, index));
                conn.execute_batch("COMMIT").expect("a commit");
            }
        }),
        Subject::new("the builder, one insert", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let rows: Vec<Record> = (0..COUNT).map(record).collect();
                    db.from("users").insert(rows).await.expect("an insert succeeds");
                }
            });
        }),
    ]);
}

fn main() {
    let folder = scratch();
    let runtime = benches::runtime();
    let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    fill(&one);
    fill(&other);
    let (db, conn) = (open(&one), by_hand(&other));
    building(&db);
    point_select(&runtime, &db, &conn);
    inserts(&runtime, &db, &conn);
}
