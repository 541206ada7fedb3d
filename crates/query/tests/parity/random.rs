//! Queries drawn at random.

use credenza_core::db::Value;
use credenza_core::{Random, SeededRandom};
use credenza_query::Direction::{Ascending, Descending};
use credenza_query::{Filter, FromTable as _, Is, Nulls, Record, col};

use crate::{Databases, told};

struct Draw(SeededRandom);

impl Draw {
    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn of<T: Clone>(&self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn value(&self, column: &str) -> Value {
        match column {
            "id" | "age" => Value::Int(self.below(60) as i64 - 5),
            "score" => Value::Float(self.below(40) as f64 * 0.25 - 4.0),
            "active" => Value::Bool(self.below(2) == 0),
            "settings->>theme" => Value::Text(self.of(&["dark", "light", "none"]).into()),
            _ => Value::Text(
                self.of(&["Ada", "Bob", "Čeněk", "dora", "Eve_1", "f%f", "O'Neil", "", "b"]).into(),
            ),
        }
    }

    fn filter(&self, depth: u64) -> Filter {
        let column = self.of(&["id", "name", "age", "score", "active", "settings->>theme"]);
        let value = self.value(column);
        match self.below(if depth < 3 { 14 } else { 10 }) {
            0 => col(column).eq(value),
            1 => col(column).neq(value),
            2 => col(column).gt(value),
            3 => col(column).gte(value),
            4 => col(column).lt(value),
            5 => col(column).lte(value),
            6 => col(column).is_in((0..self.below(4)).map(|_| self.value(column))),
            7 => col(column).is_distinct(if self.below(3) == 0 { Value::Null } else { value }),
            8 => col(column).is(Is::Null),
            9 => {
                let pattern: String = (0..self.below(5))
                    .map(|_| self.of(&["%", "_", "a", "A", "o", r"\\%", r"\\_", "'", "[", "*"]))
                    .collect();
                match self.below(2) {
                    0 => col("name").like(pattern),
                    _ => col("name").ilike(pattern),
                }
            }
            10 => Filter::And((0..self.below(4)).map(|_| self.filter(depth + 1)).collect()),
            11 => Filter::Or((0..self.below(4)).map(|_| self.filter(depth + 1)).collect()),
            12 => self.filter(depth + 1).not(),
            _ => col("active").is(self.of(&[Is::True, Is::False])),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_drawn_at_random_agree() {
    let databases = Databases::open().await;
    let queries = if std::env::var("CREDENZA_TEST").as_deref() == Ok("thorough") { 5_000 } else { 1_000 };
    let draw = Draw(SeededRandom::new(6));
    let (mut some, mut failed) = (0, 0);
    for n in 0..queries {
        let filters: Vec<Filter> = (0..draw.below(4)).map(|_| draw.filter(0)).collect();
        let order = draw.of(&["name", "age", "score", "active", "settings->>theme"]);
        let (direction, nulls) =
            (draw.of(&[Ascending, Descending]), draw.of(&[Nulls::AsGreatest, Nulls::First, Nulls::Last]));
        let (limit, offset) = (draw.below(20), draw.below(5));
        let columns = draw.of(&[
            "*",
            "id, name",
            "id, t:settings->>theme",
            "id, settings->tags",
            "id, age::text, active",
        ]);
        let writes = draw.below(10) == 0;
        let what = format!("{n}: {columns} {filters:?} {order} {direction:?} {nulls:?} {limit} {offset}");
        let seen = databases
            .same(&what, async |db| {
                let mut query = db.from("users").select(columns);
                for filter in &filters {
                    query = query.filter(filter.clone());
                }
                let read = query
                    .order_with(order, direction, nulls)
                    .order("id", Ascending)
                    .limit(limit)
                    .offset(offset);
                let read = told(read.fetch_json().await);
                if !writes {
                    return read;
                }
                let mut tx = db.begin().await.unwrap();
                let mut update = tx.from("users").update(Record::new().set("age", n));
                update = update.gt("id", 0);
                for filter in &filters {
                    update = update.filter(filter.clone());
                }
                let written = told(update.await);
                tx.rollback().await.unwrap();
                format!("{read} {written}")
            })
            .await;
        some += usize::from(seen.len() > 10);
        failed += usize::from(seen.starts_with('!'));
    }
    assert!(some > queries as usize / 4 && failed == 0, "{some} found something, {failed} failed");
}
