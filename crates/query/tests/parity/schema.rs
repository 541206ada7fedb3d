//! Tables drawn at random, and queries of them.

use credenza_core::Db;
use credenza_core::db::{Timestamp, Uuid, Value};
use credenza_core::{Random, SeededRandom};
use credenza_query::Direction::{Ascending, Descending};
use credenza_query::{Filter, FromTable as _, Is, Nulls, Record, col};
use serde_json::json;

use crate::{Databases, Seen, told};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Int,
    Float,
    Text,
    Bool,
    Time,
    Uuid,
    Bytes,
    Json,
}

const KINDS: [(Kind, &str); 8] = [
    (Kind::Int, "BIGINT"),
    (Kind::Float, "DOUBLE PRECISION"),
    (Kind::Text, "TEXT"),
    (Kind::Bool, "BOOLEAN"),
    (Kind::Time, "TIMESTAMPTZ"),
    (Kind::Uuid, "UUID"),
    (Kind::Bytes, "BYTEA"),
    (Kind::Json, "JSONB"),
];
const NAMES: [&str; 8] = ["a", "Order", "größe", "a b", "select", "it's", "x\"y", "_0"];

/// A table: its name, and its columns besides `id`.
#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<(&'static str, Kind)>,
}

struct Draw(SeededRandom);

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Draw {
    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn table(&self, n: u64) -> (Table, String) {
        let mut names = NAMES.to_vec();
        let mut sql = format!("CREATE TABLE \"table {n}\" (id BIGINT PRIMARY KEY");
        let mut columns = Vec::new();
        for _ in 0..3 + self.below(5) {
            let name = names.swap_remove(self.below(names.len() as u64) as usize);
            let (kind, declared) = KINDS[self.below(8) as usize];
            sql.push_str(&format!(", {} {declared}", quoted(name)));
            columns.push((name, kind));
        }
        (Table { name: format!("table {n}"), columns }, sql + ")")
    }

    fn value(&self, kind: Kind) -> Value {
        let n = self.below(12);
        match kind {
            Kind::Int => Value::Int([0, 1, -1, 7, i64::MAX, i64::MIN, 42, 43, 44, 45, 46, 47][n as usize]),
            Kind::Float => {
                Value::Float([0.0, 0.5, -0.5, 1e300, -1e300, 2.0, 1e-9, 3.25, 4.0, 5.0, 6.0, 7.0][n as usize])
            }
            Kind::Text => Value::Text(
                ["", "a", "A", "ab", "b", "ü", "%", "_", "'", "\\", "10", "z z"][n as usize].into(),
            ),
            Kind::Bool => Value::Bool(n < 6),
            Kind::Time => {
                Value::Timestamp(Timestamp::from_micros(1_700_000_000_000_000 + n as i64 * 999_999))
            }
            Kind::Uuid => Value::Uuid(Uuid::from_bytes([n as u8 * 20; 16])),
            Kind::Bytes => Value::Bytes(vec![n as u8 * 21; n as usize % 4].into()),
            Kind::Json => Value::Json(
                [
                    json!({"k": n}),
                    json!([n, "a"]),
                    json!("text"),
                    json!(n),
                    json!({"k": {"d": [1]}}),
                    json!(null),
                ][n as usize % 6]
                    .to_string(),
            ),
        }
    }

    fn condition(&self, table: &Table) -> Filter {
        let (name, kind) = table.columns[self.below(table.columns.len() as u64) as usize];
        let column = || col(quoted(name));
        let value = self.value(kind);
        match (self.below(10), kind) {
            (0, _) => column().is(Is::Null),
            (1..=4, Kind::Json) => column().contains(
                [json!({"k": 1}), json!([1]), json!("a"), json!({})][self.below(4) as usize].clone(),
            ),
            (_, Kind::Json) => column().overlaps(json!(["a", self.below(9)])),
            (1, _) => column().eq(value),
            (2, _) => column().neq(value),
            (3, _) => column().gt(value),
            (4, _) => column().lte(value),
            (5, _) => column().is_in((0..self.below(5)).map(|_| self.value(kind))),
            (6, _) => column().is_distinct(if self.below(2) == 0 { Value::Null } else { value }),
            (7, Kind::Text) => column().like(["%", "a%", "_", r"\%", "%b"][self.below(5) as usize]),
            (8, Kind::Text) => column().matches(["^a", "b$", r"\d", "[^a]", "."][self.below(5) as usize]),
            (7, Kind::Bool) => column().is(Is::True),
            (8, _) => Filter::Or(vec![column().lt(value), self.condition(table)]),
            _ => self.condition(table).not(),
        }
    }
}

async fn ask(db: &Db, draw: &Draw, table: &Table) -> Seen {
    let columns: Vec<String> =
        table.columns.iter().filter(|_| draw.below(3) > 0).map(|(name, _)| quoted(name)).collect();
    let columns = if columns.is_empty() { "*".to_owned() } else { format!("id, {}", columns.join(", ")) };
    let mut query = db.from(&table.name).select(columns);
    let filters: Vec<Filter> = (0..draw.below(3)).map(|_| draw.condition(table)).collect();
    for filter in &filters {
        query = query.filter(filter.clone());
    }
    if let Some((name, _)) =
        table.columns.iter().find(|(_, kind)| !matches!(kind, Kind::Json) && draw.below(2) == 0)
    {
        let direction = if draw.below(2) == 0 { Ascending } else { Descending };
        let nulls = [Nulls::AsGreatest, Nulls::First, Nulls::Last][draw.below(3) as usize];
        query = query.order_with(quoted(name), direction, nulls);
    }
    let read =
        told(query.order("id", Ascending).limit(draw.below(30)).offset(draw.below(4)).fetch_json().await);
    let (name, kind) = table.columns[draw.below(table.columns.len() as u64) as usize];
    let mut tx = db.begin().await.unwrap();
    let mut update = tx.from(&table.name).update(Record::new().set(name, draw.value(kind))).gt("id", 5);
    for filter in &filters {
        update = update.filter(filter.clone());
    }
    let written = told(update.await);
    let left = told(tx.from(&table.name).select("*").order("id", Ascending).fetch_json().await);
    tx.rollback().await.unwrap();
    format!("{read} {written} {left}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_of_tables_drawn_at_random_agree() {
    let databases = Databases::open().await;
    let (tables, queries) =
        if std::env::var("CREDENZA_TEST").as_deref() == Ok("thorough") { (40, 150) } else { (12, 80) };
    let draw = Draw(SeededRandom::new(77));
    let mut failed = 0;
    for n in 0..tables {
        let (table, sql) = draw.table(n);
        let rows: Vec<Record> = (1..=40_i64)
            .map(|id| {
                let value = |kind| if draw.below(5) == 0 { Value::Null } else { draw.value(kind) };
                table
                    .columns
                    .iter()
                    .fold(Record::new().set("id", id), |record, (name, kind)| record.set(*name, value(*kind)))
            })
            .collect();
        for (_, db) in &databases.all {
            db.execute(sql.clone(), ()).await.unwrap();
            db.from(&table.name).insert(rows.clone()).await.unwrap();
        }
        for query in 0..queries {
            let what = format!("query {query} of {table:?}");
            // The same draws on each database.
            let seed = n * 1_000 + query;
            let seen =
                databases.same(&what, async |db| ask(db, &Draw(SeededRandom::new(seed)), &table).await).await;
            failed += usize::from(seen.starts_with('!'));
        }
    }
    assert_eq!(failed, 0, "every query is one");
}
