//! The nearest vectors on SQLite: by codes, exact and by default, beside sqlite-vec and a plain scan in one file, and pgvector where there is a Postgres.
//! One thread, warm: each subject answers its queries one after the other, the first of them not counted. Recall is printed with every time.

#![allow(clippy::disallowed_methods, reason = "this is what measures")]

mod data;

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use benches::{is_quick, scratch};
use credenza_core::Db;
use credenza_core::db::Value;
use credenza_postgres::{PostgresConfig, PostgresDatabase};
use credenza_query::{FromTable as _, Record, SearchQuery};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDurability};
use credenza_testkit::servers::{Postgres, PostgresVersion};
use data::{Kind, Source};
use serde::Deserialize;
use tokio::runtime::Runtime;

const QUERIES: usize = 20;
const ROUNDS: usize = 5;
const LIMIT: u64 = 10;

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// Vectors in a table, and what is searched for among them.
struct Case<'a> {
    runtime: &'a Runtime,
    db: Db,
    queries: Vec<Vec<f32>>,
    right: Vec<HashSet<i64>>,
}

type Ask<'a> = Box<dyn Fn(&[f32]) -> Vec<i64> + 'a>;

fn open(path: &Path) -> Db {
    let config = SqliteDatabaseConfig {
        durability: SqliteDurability::Normal,
        cache_size: 64 << 20,
        ..SqliteDatabaseConfig::at(path)
    };
    Db::new(SqliteDatabase::open(config).expect("a database opens"))
}

async fn fill(db: &Db, rows: usize, source: &mut Source) {
    for begin in (0..rows).step_by(200) {
        let row = |n: usize| {
            Record::new().set("id", n as i64).set("kind", (n % 100) as i64).set("embedding", source.vector())
        };
        let rows: Vec<Record> = (begin..(begin + 200).min(rows)).map(row).collect();
        db.from("items").insert(rows).await.expect("inserts");
    }
}

async fn found(query: SearchQuery<'_>) -> Vec<i64> {
    let found = query.select("id").limit(LIMIT).fetch::<Id>().await.expect("rows");
    found.rows.iter().map(|it| it.row.id).collect()
}

async fn numbers(db: &Db, sql: &str, to: &[f32]) -> Vec<i64> {
    let to = Value::Bytes(to.iter().flat_map(|number| number.to_le_bytes()).collect());
    let rows = db.query(sql.to_owned(), [to]).await.expect("rows").collect().await.expect("rows");
    rows.iter().map(|row| row.get(0).expect("a number")).collect()
}

impl Case<'_> {
    fn on<'c>(&'c self, what: impl Fn(SearchQuery<'c>) -> SearchQuery<'c> + 'c) -> Ask<'c> {
        Box::new(move |to| {
            self.runtime.block_on(found(what(self.db.from("items").vector_search("embedding", to.to_vec()))))
        })
    }

    fn sql<'c>(&'c self, sql: &'static str) -> Ask<'c> {
        Box::new(move |to| self.runtime.block_on(numbers(&self.db, sql, to)))
    }

    /// Measures, and prints medians, ratios to the first, and how much of what is right was found.
    fn run(&self, subjects: &[(&str, Ask<'_>)], whole: &dyn Fn(usize) -> bool) {
        let mut times = vec![Vec::new(); subjects.len()];
        let mut hits = vec![0; subjects.len()];
        let rounds = if is_quick() { 1 } else { ROUNDS };
        for _ in 0..rounds {
            for (at, (_, ask)) in subjects.iter().enumerate() {
                ask(&self.queries[0]);
                for (query, right) in self.queries.iter().zip(&self.right) {
                    let start = Instant::now();
                    let found = ask(query);
                    times[at].push(start.elapsed());
                    hits[at] += found.iter().filter(|id| right.contains(id)).count();
                }
            }
        }
        let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
        for (at, (name, _)) in subjects.iter().enumerate() {
            let recall = hits[at] as f64 / (rounds * QUERIES * LIMIT as usize) as f64;
            let recall = if whole(at) { format!("{recall:.3}") } else { "–".to_owned() };
            let ratio = medians[at].as_secs_f64() / medians[0].as_secs_f64();
            println!(
                "| {name} | {:.2} ms ({:.2}–{:.2}) | {ratio:.2} | {recall} |",
                millis(medians[at]),
                millis(times[at][0]),
                millis(*times[at].last().expect("times")),
            );
        }
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn case(runtime: &Runtime, folder: &Path, kind: Kind, rows: usize, dimension: usize) {
    println!(
        "\n{rows} vectors of {dimension}, {kind:?}\n\n| subject | median (least–most) | ratio | recall@10 |\n|---|---|---|---|"
    );
    let path = folder.join(format!("{kind:?}-{dimension}.db"));
    let mut source = Source::new(kind, dimension);
    let db = open(&path);
    runtime.block_on(async {
        let sql = "CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, embedding BLOB NOT NULL)";
        db.execute(sql, ()).await.expect("a table");
        db.execute("CREATE INDEX kinds ON items (kind)", ()).await.expect("an index");
        fill(&db, rows, &mut source).await;
        let sql = format!("CREATE VIRTUAL TABLE vec USING vec0(id INTEGER PRIMARY KEY, embedding float[{dimension}] distance_metric=cosine)");
        db.execute(sql, ()).await.expect("a table of sqlite-vec");
        db.execute("INSERT INTO vec (id, embedding) SELECT id, embedding FROM items", ()).await.expect("inserts");
    });
    let queries: Vec<Vec<f32>> = (0..QUERIES).map(|_| source.vector()).collect();
    let plain = "SELECT id FROM items ORDER BY vector_cosine_similarity(embedding, ?) DESC LIMIT 10";
    let right =
        queries.iter().map(|query| runtime.block_on(numbers(&db, plain, query)).into_iter().collect());
    let right = right.collect();
    // The first search sees that the table is worth watching.
    runtime.block_on(found(db.from("items").vector_search("embedding", queries[0].clone())));
    std::thread::sleep(Duration::from_millis(500));
    drop(db);
    let start = Instant::now();
    let db = open(&path);
    runtime.block_on(found(db.from("items").vector_search("embedding", queries[0].clone())));
    let cold = start.elapsed();
    let case = Case { runtime, db, queries, right };
    let subjects = [
        ("codes, by default", case.on(|search| search)),
        ("codes, a filter that keeps one of a hundred", case.on(|search| search.eq("kind", 7))),
        ("codes, exact", case.on(SearchQuery::exact)),
        ("a plain scan by SQL functions", case.sql(plain)),
        (
            "sqlite-vec, vec0, exact",
            case.sql("SELECT id FROM vec WHERE embedding MATCH ? AND k = 10 ORDER BY distance"),
        ),
    ];
    case.run(&subjects, &|at| at != 1);
    println!("| opening the file and the first search | {:.0} ms | | |", millis(cold));
    drop(subjects);
    if matches!(kind, Kind::Clustered) && dimension > 1_000 {
        pgvector(&case, kind, rows, dimension);
    }
    std::fs::remove_file(&path).expect("the file is there");
}

/// The same vectors with an HNSW index.
fn pgvector(case: &Case<'_>, kind: Kind, rows: usize, dimension: usize) {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let config = PostgresConfig::from_url(&server.new_database()).expect("an address");
    // An index takes its time.
    let config = PostgresConfig { timeout: Duration::from_secs(900), ..config };
    let runtime = case.runtime;
    let db = Db::new(runtime.block_on(PostgresDatabase::open(config)).expect("a database opens"));
    let start = Instant::now();
    runtime.block_on(async {
        db.execute("CREATE EXTENSION vector", ()).await.expect("pgvector");
        let sql = format!("CREATE TABLE items (id BIGINT PRIMARY KEY, kind BIGINT NOT NULL, embedding VECTOR({dimension}) NOT NULL)");
        db.execute(sql, ()).await.expect("a table");
        fill(&db, rows, &mut Source::new(kind, dimension)).await;
    });
    let filled = start.elapsed();
    runtime.block_on(async {
        let sql = "CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)";
        let mut tx = db.begin().await.expect("a transaction");
        tx.execute("SET LOCAL maintenance_work_mem = '2GB'", ()).await.expect("a setting");
        tx.execute(sql, ()).await.expect("an index");
        tx.commit().await.expect("a commit");
    });
    println!(
        "| pgvector: filling, and building its index | {:.0} s, {:.0} s | | |",
        filled.as_secs_f64(),
        (start.elapsed() - filled).as_secs_f64()
    );
    let theirs = Case { runtime, db, queries: case.queries.clone(), right: case.right.clone() };
    let subjects =
        [("codes, by default", case.on(|search| search)), ("pgvector, HNSW", theirs.on(|search| search))];
    case.run(&subjects, &|_| true);
}

fn main() {
    let runtime = benches::runtime();
    let folder = scratch();
    let only = std::env::var("CREDENZA_BENCH_VECTORS").unwrap_or_default();
    let quick = is_quick();
    let sizes = if quick { [(20_000, 1_536), (50_000, 128)] } else { [(100_000, 1_536), (1_000_000, 128)] };
    for (rows, dimension) in sizes {
        for kind in [Kind::Clustered, Kind::Uniform, Kind::Correlated] {
            if format!("{kind:?}{dimension}").contains(&only) {
                case(&runtime, folder.path(), kind, rows, dimension);
            }
        }
    }
}
