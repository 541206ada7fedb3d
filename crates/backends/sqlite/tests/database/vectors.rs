//! The nearest vectors, by codes that are in step with the rows whoever writes.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use credenza_core::db::{Begin, Db, Statement, Tx, Value};
use credenza_core::{ErrorKind, Random, Result, SeededRandom};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig};

use crate::common::{Place, fails, memory, one, rows, what};

/// So many numbers and rows that a search by default asks the bits, and says so.
const DIMENSION: usize = 100;
const ROWS: u64 = 12_000;

fn vector(random: &SeededRandom) -> Vec<f32> {
    let kind = random.below(30);
    let number =
        |n: usize| (random.below(1_000) as f32 / 1_000.0) + ((kind * 7 + n as u64 * 13) % 17) as f32 / 8.0;
    (0..DIMENSION).map(number).collect()
}

fn blob(vector: &[f32]) -> Value {
    Value::Bytes(vector.iter().flat_map(|number| number.to_le_bytes()).collect())
}

const TABLE: &str =
    "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT UNIQUE, kind INTEGER, v VECTOR(100))";

/// A table with rows.
async fn fill(db: &Db, random: &SeededRandom, rows: u64) {
    db.execute(TABLE, ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for id in 1..=rows {
        insert(&mut tx, id as i64, random).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn insert(tx: &mut Tx, id: i64, random: &SeededRandom) -> Result<()> {
    let v = blob(&vector(random));
    let sql = "INSERT INTO items VALUES (?, ?, ?, ?)";
    tx.execute(sql, [Value::Int(id), Value::Text(format!("n{id}")), Value::Int(id % 100), v]).await.map(drop)
}

/// The database or a transaction.
enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl On<'_> {
    async fn rows(&mut self, sql: String, to: &Value) -> Result<Vec<Vec<Value>>> {
        let statement = Statement::new(sql, [to.clone()]);
        let rows = match self {
            On::Db(db) => db.run(statement).await?,
            On::Tx(tx) => tx.run(statement).await?,
        };
        Ok(rows.collect().await?.into_iter().map(|row| row.into_values()).collect())
    }

    /// Whether the nearest by codes are those of a comparison of all rows, and whether a search by default asks the codes.
    async fn same(&mut self, to: &Value, filter: Option<&str>) -> bool {
        let (where_, rows) = match filter {
            Some(filter) => (
                format!("AND {filter}"),
                format!(", (SELECT vector_rows(_rowid_) FROM items WHERE {filter})"),
            ),
            None => (String::new(), String::new()),
        };
        let found = format!(
            "SELECT near.value ->> 0 FROM json_each(vector_nearest('items', 'v', ?, 'l2', 15, 1{rows}), '$.rows') AS near ORDER BY near.key"
        );
        let right = format!(
            "SELECT _rowid_ FROM items WHERE v IS NOT NULL {where_} ORDER BY vector_l2_distance(v, ?), _rowid_ LIMIT 15"
        );
        let found = self.rows(found, to).await.unwrap();
        assert_eq!(found, self.rows(right, to).await.unwrap());
        let default = "SELECT vector_nearest('items', 'v', ?, 'cosine', 15, 0) ->> 'approximate'";
        self.rows(default.into(), to).await.unwrap() == [[Value::Int(1)]]
    }
}

async fn watched(db: &Db) -> bool {
    one(db, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'credenza_watch_*_insert'").await
        != Value::Int(0)
}

/// Searches until the table is watched and the codes are asked.
async fn warm(db: &Db, random: &SeededRandom) {
    let started = Instant::now();
    while !On::Db(db).same(&blob(&vector(random)), None).await {
        assert!(started.elapsed() < Duration::from_secs(20), "the codes are never asked");
    }
    assert!(watched(db).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_written_the_codes_are_in_step() {
    let (place, random) = (Place::new(), SeededRandom::new(1));
    let db = place.open();
    fill(&db, &random, ROWS).await;
    warm(&db, &random).await;
    let stranger = rusqlite::Connection::open(place.config().path.unwrap()).unwrap();
    stranger.busy_timeout(Duration::from_secs(5)).unwrap();
    let mut from_codes = 0;
    for step in 0..150 {
        let next = 1_000_000 * (step + 1);
        let id = random.below(ROWS + 100) as i64;
        let v = blob(&vector(&random));
        let run = async |sql: &str, params: Vec<Value>| db.execute(sql.to_owned(), params).await.unwrap();
        match step % 15 {
            0 => drop(run("UPDATE items SET v = ? WHERE id = ?", vec![v, Value::Int(id)]).await),
            1 => drop(run("DELETE FROM items WHERE id = ?", vec![Value::Int(id)]).await),
            2 => drop(run("INSERT INTO items (id, v) VALUES (?, ?)", vec![Value::Int(next), v]).await),
            // The number of a row that is gone is used again.
            3 => {
                run("DELETE FROM items WHERE id = ?", vec![Value::Int(id)]).await;
                run("INSERT INTO items (id, v) VALUES (?, ?)", vec![Value::Int(id), v]).await;
            }
            4 => drop(run("UPDATE items SET v = NULL WHERE id = ?", vec![Value::Int(id)]).await),
            // Replaced by its number, and by another key: the old row goes without a trigger.
            5 => drop(run("REPLACE INTO items (id, v) VALUES (?, ?)", vec![Value::Int(id), v]).await),
            6 => {
                run(
                    "REPLACE INTO items (id, name, v) VALUES (?, ?, ?)",
                    vec![Value::Int(next), Value::Text(format!("n{id}")), v],
                )
                .await;
            }
            7 => drop(
                run("UPDATE items SET id = ? WHERE id = ?", vec![Value::Int(next), Value::Int(id)]).await,
            ),
            8 => drop(
                run("UPDATE items SET kind = kind + 1 WHERE id % 50 = ?", vec![Value::Int(id % 50)]).await,
            ),
            9 => {
                let mut tx = db.begin().await.unwrap();
                tx.execute("UPDATE items SET v = ? WHERE id % 40 = ?", [v.clone(), Value::Int(id % 40)])
                    .await
                    .unwrap();
                tx.execute("DELETE FROM items WHERE id % 41 = 1", ()).await.unwrap();
                // What it wrote is found in it, and by nobody else.
                On::Tx(&mut tx).same(&v, None).await;
                On::Tx(&mut tx).same(&v, Some("kind = 7")).await;
                On::Db(&db).same(&v, None).await;
                tx.rollback().await.unwrap();
            }
            10 => {
                let mut tx = db.begin().await.unwrap();
                tx.execute("SAVEPOINT s", ()).await.unwrap();
                tx.execute("UPDATE items SET v = ? WHERE id < 30", [v.clone()]).await.unwrap();
                On::Tx(&mut tx).same(&v, None).await;
                tx.execute("ROLLBACK TO s", ()).await.unwrap();
                tx.execute("UPDATE items SET v = ? WHERE id = ?", [v.clone(), Value::Int(id)]).await.unwrap();
                On::Tx(&mut tx).same(&v, None).await;
                tx.commit().await.unwrap();
            }
            // Another process, which knows nothing of vectors.
            11 => {
                let Value::Bytes(v) = &v else { unreachable!() };
                stranger.execute("UPDATE items SET v = ? WHERE id = ?", (&v[..], id)).unwrap();
                stranger
                    .execute("INSERT OR REPLACE INTO items (id, v) VALUES (?, ?)", (id + 1, &v[..]))
                    .unwrap();
            }
            // What is no vector is in nobody's way until it is compared.
            12 => {
                run("UPDATE items SET v = x'00' WHERE id = ?", vec![Value::Int(id)]).await;
                let to = [v.clone()];
                let failed = db.query("SELECT vector_nearest('items', 'v', ?, 'l2', 5, 1)", to).await;
                assert_eq!(
                    failed.err().map(|error| what(&error)),
                    (id >= 1 && exists(&db, id).await).then_some((ErrorKind::InvalidArgument, "22000"))
                );
                run("DELETE FROM items WHERE id = ?", vec![Value::Int(id)]).await;
            }
            13 => drop(run("DELETE FROM items WHERE id % 997 = ?", vec![Value::Int(id % 997)]).await),
            _ => drop(
                run(
                    "INSERT INTO items (v) SELECT v FROM items WHERE id % 400 = ? AND v IS NOT NULL",
                    vec![Value::Int(id % 400)],
                )
                .await,
            ),
        }
        let to = vector(&random);
        from_codes += usize::from(On::Db(&db).same(&blob(&to), None).await);
        On::Db(&db).same(&blob(&to), Some("kind < 5 AND name IS NOT NULL")).await;
    }
    assert!(from_codes > 140, "{from_codes} of 150 searches asked the codes");
}

async fn exists(db: &Db, id: i64) -> bool {
    one(db, &format!("SELECT count(*) FROM items WHERE id = {id}")).await == Value::Int(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_change_their_form_are_read_anew() {
    let (place, random) = (Place::new(), SeededRandom::new(2));
    let db = place.open();
    fill(&db, &random, ROWS).await;
    warm(&db, &random).await;
    let to = blob(&vector(&random));
    // The triggers go along with another name, and name no column that goes.
    for sql in [
        "ALTER TABLE items ADD COLUMN more TEXT",
        "ALTER TABLE items RENAME COLUMN kind TO sort",
        "ALTER TABLE items DROP COLUMN sort",
        "ALTER TABLE items RENAME TO others",
        "UPDATE others SET v = (SELECT v FROM others WHERE id = 5) WHERE id = 6",
        "ALTER TABLE others RENAME TO items",
        "ALTER TABLE items ADD COLUMN kind INTEGER",
    ] {
        db.execute(sql, ()).await.unwrap();
        assert!(watched(&db).await, "{sql}");
    }
    assert!(On::Db(&db).same(&to, None).await);
    // Made anew, as SQLite's documentation says that tables are altered.
    let mut tx = db.begin().await.unwrap();
    for sql in [
        "CREATE TABLE next (id INTEGER PRIMARY KEY, name TEXT, kind INTEGER, v VECTOR(100))",
        "INSERT INTO next SELECT id + 7, name, kind, v FROM items",
        "DROP TABLE items",
        "ALTER TABLE next RENAME TO items",
        "UPDATE items SET v = (SELECT v FROM items WHERE id = 10) WHERE id = 11",
    ] {
        tx.execute(sql, ()).await.unwrap();
    }
    On::Tx(&mut tx).same(&to, None).await;
    tx.commit().await.unwrap();
    assert!(!watched(&db).await, "the triggers go with their table");
    On::Db(&db).same(&to, None).await;
    warm(&db, &random).await;
    // Nobody makes, drops or reads what belongs to the codes.
    let denied = (ErrorKind::Denied, "42501");
    for sql in [
        "SELECT * FROM credenza_vector_log",
        "DELETE FROM credenza_vector_log",
        "DROP TABLE credenza_vector_log",
        "DROP TRIGGER credenza_watch_2_insert",
        "CREATE VIEW credenza_watch_2_insert AS SELECT 1",
        // To the engine, what stands in a subquery of this name is asked for by the name.
        "WITH credenza_watch_2_insert AS (SELECT row FROM credenza_vector_log) SELECT * FROM credenza_watch_2_insert",
        "WITH credenza_watch_log AS (SELECT row FROM credenza_vector_log) SELECT * FROM credenza_watch_log",
        "WITH credenza_watch_2_insert AS (SELECT load_extension('x')) SELECT * FROM credenza_watch_2_insert",
        "WITH credenza_watch_2_insert AS MATERIALIZED (SELECT * FROM pragma_database_list) SELECT * FROM credenza_watch_2_insert",
        "INSERT INTO credenza_vector_log (watch, row) WITH credenza_watch_2_insert AS (SELECT 1, 2) SELECT * FROM credenza_watch_2_insert",
        "CREATE TRIGGER credenza_watch_9_insert AFTER INSERT ON items BEGIN SELECT 1; END",
        "SELECT vector_nearest('credenza_vector_log', 'row', x'0000803f', 'l2', 1, 1)",
        "SELECT vector_nearest('sqlite_schema', 'name', x'0000803f', 'l2', 1, 1)",
    ] {
        assert_eq!(fails(&db, sql).await, denied, "{sql}");
    }
    assert!(watched(&db).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_numbers_no_column_or_no_sense_is_an_error() {
    let db = memory();
    db.execute(TABLE, ()).await.unwrap();
    db.execute("CREATE VIEW seen AS SELECT * FROM items", ()).await.unwrap();
    db.execute("CREATE TABLE keyed (id TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID", ()).await.unwrap();
    db.execute("CREATE TABLE odd (_rowid_ TEXT, v BLOB)", ()).await.unwrap();
    for (arguments, expected) in [
        ("'seen', 'v', x'0000803f', 'l2', 1, 1", (ErrorKind::InvalidStatement, "42809")),
        ("'keyed', 'v', x'0000803f', 'l2', 1, 1", (ErrorKind::InvalidStatement, "42809")),
        ("'odd', 'v', x'0000803f', 'l2', 1, 1", (ErrorKind::InvalidStatement, "42809")),
        ("'missing', 'v', x'0000803f', 'l2', 1, 1", (ErrorKind::InvalidStatement, "42P01")),
        ("'items', 'missing', x'0000803f', 'l2', 1, 1", (ErrorKind::InvalidStatement, "42703")),
        ("'items', 'v', x'00', 'l2', 1, 1", (ErrorKind::InvalidArgument, "22000")),
        ("'items', 'v', x'0000803f', 'l3', 1, 1", (ErrorKind::InvalidStatement, "42000")),
    ] {
        assert_eq!(fails(&db, &format!("SELECT vector_nearest({arguments})")).await, expected, "{arguments}");
    }
    assert_eq!(one(&db, "SELECT vector_nearest('items', 'v', NULL, 'l2', 1, 1)").await, Value::Null);
    let empty = Value::Text(r#"{"approximate":false,"rows":[]}"#.into());
    assert_eq!(one(&db, "SELECT vector_nearest('items', 'v', x'0000803f', 'l2', 1, 1)").await, empty);
    db.execute("INSERT INTO items (id, v) VALUES (-3, x'0000803f'), (4, x'00000040')", ()).await.unwrap();
    let found = Value::Text(r#"{"approximate":false,"rows":[[-3,-0.0],[4,-1.0]]}"#.into());
    assert_eq!(one(&db, "SELECT vector_nearest('ITEMS', 'V', x'0000803f', 'l2', 9, 1)").await, found);
    assert_eq!(one(&db, "SELECT length(vector_rows(id)) FROM items").await, Value::Int(16));
    assert!(!watched(&db).await, "little is as quickly read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_with_another_dimension_keeps_nobody_from_the_codes() {
    let (place, random) = (Place::new(), SeededRandom::new(8));
    let db = place.open();
    fill(&db, &random, ROWS).await;
    let started = Instant::now();
    while !watched(&db).await {
        // One search, so that the next one is the first that could make codes.
        let search = "SELECT vector_nearest('items', 'v', ?, 'l2', 5, 0)";
        db.query_one(search, [blob(&vector(&random))]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(started.elapsed() < Duration::from_secs(20), "the table is never watched");
    }
    for _ in 0..2 {
        let failed = fails(&db, "SELECT vector_nearest('items', 'v', x'0000803f', 'l2', 5, 0)").await;
        assert_eq!(failed, (ErrorKind::InvalidArgument, "22000"));
        assert!(On::Db(&db).same(&blob(&vector(&random)), None).await, "the codes are asked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_for_codes_every_search_reads_all() {
    let (place, random) = (Place::new(), SeededRandom::new(3));
    let config = SqliteDatabaseConfig { vector_memory: 1 << 20, ..place.config() };
    let db = Db::new(SqliteDatabase::open(config).unwrap());
    fill(&db, &random, ROWS).await;
    for _ in 0..5 {
        assert!(!On::Db(&db).same(&blob(&vector(&random)), None).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_search_sees_the_state_of_its_transaction_while_others_write() {
    let (place, random) = (Place::new(), SeededRandom::new(4));
    let db = place.open();
    fill(&db, &random, ROWS).await;
    warm(&db, &random).await;
    let until = Instant::now() + Duration::from_secs(4);
    let writer = {
        let (db, random) = (db.clone(), SeededRandom::new(5));
        tokio::spawn(async move {
            let mut n = 0;
            while Instant::now() < until {
                n += 1;
                let v = blob(&vector(&random));
                let id = random.below(ROWS) as i64;
                let mut tx = db.begin().await.unwrap();
                tx.execute("UPDATE items SET v = ? WHERE id % 300 = ?", [v.clone(), Value::Int(id % 300)])
                    .await
                    .unwrap();
                tx.execute("DELETE FROM items WHERE id = ?", [Value::Int(id)]).await.unwrap();
                tx.execute("INSERT INTO items (v) VALUES (?)", [v]).await.unwrap();
                if n % 4 == 0 {
                    tx.rollback().await.unwrap()
                } else {
                    tx.commit().await.map(drop).unwrap()
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            n
        })
    };
    let searchers = (0..3).map(|n| {
        let (db, random) = (db.clone(), SeededRandom::new(10 + n));
        tokio::spawn(async move {
            let (mut searches, mut codes) = (0, 0);
            while Instant::now() < until {
                // Both statements of a comparison see one state, and the second search a state that others have left behind.
                let mut tx = db.begin_with(Begin::read_only()).await.unwrap();
                for _ in 0..2 {
                    let to = blob(&vector(&random));
                    codes += u64::from(On::Tx(&mut tx).same(&to, None).await);
                    searches += 1;
                }
                tx.commit().await.unwrap();
            }
            (searches, codes)
        })
    });
    let searchers: Vec<_> = searchers.collect();
    let written = writer.await.unwrap();
    let (mut searches, mut codes) = (0, 0);
    for searcher in searchers {
        let (all, asked) = searcher.await.unwrap();
        (searches, codes) = (searches + all, codes + asked);
    }
    assert!(written > 30 && searches > 30, "{written} {searches}");
    assert!(codes * 10 > searches * 8, "{codes} of {searches} searches asked the codes");
}

const FILE: &str = "CREDENZA_SQLITE_VECTORS_FILE";

/// Not a test by itself: what the process that is killed runs.
#[test]
fn child() {
    let Ok(file) = std::env::var(FILE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::new(SqliteDatabase::open(SqliteDatabaseConfig::at(file)).unwrap());
        let random = SeededRandom::new(u64::from(std::process::id()));
        loop {
            let mut tx = db.begin().await.unwrap();
            let v = blob(&vector(&random));
            let sql = "UPDATE items SET v = ? WHERE id % 500 = ?";
            tx.execute(sql, [v.clone(), Value::Int(random.below(500) as i64)]).await.unwrap();
            tx.execute("DELETE FROM items WHERE id = ?", [Value::Int(random.below(ROWS) as i64)])
                .await
                .unwrap();
            tx.execute("INSERT INTO items (v) VALUES (?)", [v]).await.unwrap();
            tx.commit().await.unwrap();
            std::io::stdout().lock().write_all(b"committed\n").unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_in_step_after_another_process_was_killed_while_it_wrote() {
    let (place, random) = (Place::new(), SeededRandom::new(6));
    let db = place.open();
    fill(&db, &random, ROWS).await;
    warm(&db, &random).await;
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["vectors::child", "--exact", "--nocapture", "--test-threads=1"])
            .env(FILE, place.config().path.unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let committed = lines.map_while(|line| line.ok()).filter(|line| line.contains("committed"));
        let seen = committed.take(20 * round).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen, 20 * round, "the child ended by itself");
        assert!(On::Db(&db).same(&blob(&vector(&random)), None).await, "the codes are asked");
        // And by who has seen nothing of it.
        On::Db(&place.open()).same(&blob(&vector(&random)), None).await;
    }
    assert_eq!(rows(&db, "PRAGMA integrity_check").await.unwrap(), [[Value::Text("ok".into())]]);
}

/// What sqlite-vec 0.1.9 does with the tables of a file made elsewhere, and the exact search of this crate over the same vectors.
#[cfg(feature = "sqlite-vec")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_sqlite_vec_are_read_and_written() {
    let (place, random) = (Place::new(), SeededRandom::new(7));
    let db = place.open();
    fill(&db, &random, 500).await;
    db.execute("CREATE VIRTUAL TABLE known USING vec0(id INTEGER PRIMARY KEY, v float[100])", ())
        .await
        .unwrap();
    db.execute("INSERT INTO known (id, v) SELECT id, v FROM items", ()).await.unwrap();
    db.execute("DELETE FROM known WHERE id = 7", ()).await.unwrap();
    db.execute("DELETE FROM items WHERE id = 7", ()).await.unwrap();
    let to = blob(&vector(&random));
    let mut on = On::Db(&db);
    let theirs = on
        .rows("SELECT id FROM known WHERE v MATCH ? AND k = 15 ORDER BY distance".into(), &to)
        .await
        .unwrap();
    let ours = "SELECT near.value ->> 0 FROM json_each(vector_nearest('items', 'v', ?, 'l2', 15, 1), '$.rows') AS near ORDER BY near.key";
    assert_eq!(theirs, on.rows(ours.into(), &to).await.unwrap());
    assert!(
        matches!(one(&db, "SELECT vec_version()").await, Value::Text(version) if version.starts_with("v0.1"))
    );
    drop(db);
    // It is there when the file is opened again.
    assert_eq!(one(&place.open(), "SELECT count(*) FROM known").await, Value::Int(499));
}
