//! The query builder on SQLite, beside statements on rusqlite by hand: building, a read, writes, and the nearest vectors.

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

#[derive(Deserialize)]
struct Id {
    id: i64,
}

fn vectors(runtime: &Runtime, db: &Db, rows: usize, dimensions: usize) {
    let vector = |seed: usize| -> Vec<f32> {
        let mut state = seed as u64 * 0x9E37_79B9_7F4A_7C15 + 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..dimensions).map(|_| next()).collect()
    };
    runtime.block_on(async {
        let sql =
            "CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, embedding BLOB NOT NULL)";
        db.execute(sql, ()).await.expect("a table");
        db.execute("CREATE INDEX kinds ON items (kind)", ()).await.expect("an index");
        let row = |n: usize| Record::new().set("kind", (n % 100) as i64).set("embedding", vector(n));
        for begin in (0..rows).step_by(1_000) {
            db.from("items")
                .insert((begin..begin + 1_000).map(row).collect::<Vec<_>>())
                .await
                .expect("inserts");
        }
    });
    let to = vector(rows + 1);
    Rounds::new(format!("the ten nearest of {rows} vectors of {dimensions}, exact")).run(&mut [
        Subject::new("every row", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let query = db.from("items").vector_search("embedding", to.clone()).select("id");
                    let found = query.fetch::<Id>().await.expect("rows");
                    black_box(found.rows.iter().map(|it| it.row.id).max());
                }
            });
        }),
        Subject::new("a filter that keeps one of a hundred", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let query =
                        db.from("items").vector_search("embedding", to.clone()).select("id").eq("kind", 7);
                    black_box(query.fetch::<Id>().await.expect("rows"));
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
    vectors(&runtime, &open(&folder.path().join("vectors.db")), 20_000, 1_536);
}
