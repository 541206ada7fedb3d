//! Regular expressions, and documents in documents.

use credenza_core::Db;
use credenza_core::db::Value;
use credenza_core::{Random, SeededRandom};
use credenza_query::Direction::Ascending;
use credenza_query::{Filter, FromTable as _, Record, col};
use serde_json::{Value as Json, json};

use crate::{Databases, Seen, told};

async fn ids(db: &Db, table: &str, filter: Filter) -> Seen {
    told(db.from(table).select("id").filter(filter).order("id", Ascending).fetch_json().await)
}

const TEXTS: [&str; 16] = [
    "", "a", "A", "abc", "ABC", "a\nb", "a.c", "a-z", "12", "x_1", "čau", "[]", "a\tb c", "aaa", "(b)",
    "a\\b",
];

async fn texts(databases: &Databases) {
    for (_, db) in &databases.all {
        db.execute("CREATE TABLE texts (id BIGINT PRIMARY KEY, t TEXT)", ()).await.unwrap();
        let row = |(id, text): (i64, &&str)| Record::new().set("id", id).set("t", *text);
        let mut rows: Vec<Record> = (1..).zip(&TEXTS).map(row).collect();
        rows.push(Record::new().set("id", 99).set("t", None::<&str>));
        db.from("texts").insert(rows).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_match_the_same_texts() {
    let databases = Databases::open().await;
    texts(&databases).await;
    let mut found = 0;
    for pattern in [
        "",
        "a",
        "^a",
        "c$",
        "^$",
        "a.b",
        "a.c",
        r"a\.c",
        "^.$",
        r"\d",
        r"^\d+$",
        r"\D",
        r"\w\W\w",
        r"\s",
        r"^\S*$",
        "[a-c]{3}",
        "[^a-z]",
        "[]]",
        "[^]]",
        r"[\]\[]",
        "[[:upper:]]",
        "[[:digit:][:space:]]",
        "(a|x)(b|_)",
        "^(?:a|b)*$",
        "a{2}",
        "a{4,}",
        "a{0,1}b",
        "ab?c",
        "a*?b",
        "č",
        "^čau$",
        ".au",
        r"\(b\)",
        r"\\",
        "a-z",
        "[a-]z?",
        "|a",
        "()",
        "x|",
        r"\t",
        r"a\nb",
        "_",
        "{",
        "[a&&b]",
        "[a~]",
        "[.]",
        // No expressions.
        "*",
        "a**",
        "(a",
        "a)",
        "(?i)a",
        "(?=a)",
        r"\1",
        r"\b",
        "[z-a]",
        "a{3,2}",
        "a{999}",
        "***:a",
    ] {
        for any_case in [false, true] {
            for opposite in [false, true] {
                let filter = if any_case { col("t").imatches(pattern) } else { col("t").matches(pattern) };
                let filter = if opposite { filter.not() } else { filter };
                let what = format!("{pattern} any case: {any_case}, opposite: {opposite}");
                let seen = databases.same(&what, async |db| ids(db, "texts", filter.clone()).await).await;
                assert!(!seen.contains("!InvalidStatement"), "what is none is known before: {what}: {seen}");
                found += usize::from(seen.len() > 2 && !seen.starts_with('!'));
            }
        }
    }
    assert!(found > 120, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_drawn_at_random_match_the_same_texts() {
    let databases = Databases::open().await;
    texts(&databases).await;
    let random = SeededRandom::new(8);
    const PARTS: [&str; 24] = [
        "a", "b", ".", "^", "$", "|", "(", ")", "*", "+", "?", "{2}", "{1,}", "[ab]", "[^a-z]", r"\d", r"\w",
        r"\s", r"\\", "-", "č", " ", "]", "[.&]",
    ];
    let mut valid = 0;
    for _ in 0..400 {
        let pattern: String = (0..random.below(7)).map(|_| PARTS[random.below(24) as usize]).collect();
        let what = format!("{pattern:?}");
        let seen =
            databases.same(&what, async |db| ids(db, "texts", col("t").matches(pattern.clone())).await).await;
        valid += usize::from(!seen.starts_with('!'));
    }
    assert!(valid > 150, "{valid} of 400 were expressions");
}

fn document(random: &SeededRandom, depth: u64) -> Json {
    let name = |n: u64| ["a", "b", "c"][n as usize];
    match random.below(if depth == 3 { 6 } else { 9 }) {
        0 => Json::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.below(3)),
        3 => json!(random.below(3) as f64),
        4 => json!(1.5),
        5 => json!(name(random.below(3))),
        6 | 7 => (0..random.below(4)).map(|_| document(random, depth + 1)).collect(),
        _ => Json::Object(
            (0..random.below(3)).map(|n| (name(n).to_owned(), document(random, depth + 1))).collect(),
        ),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_contain_and_overlap_the_same_documents() {
    let databases = Databases::open().await;
    let random = SeededRandom::new(4);
    let mut stored: Vec<Json> = vec![
        json!({"a": 1, "b": [1, 2, {"c": null}], "d": "x"}),
        json!([1, 2, 3]),
        json!(["foo", "bar"]),
        json!([[1, 2], [3]]),
        json!("foo"),
        json!(1),
        json!({}),
        json!([]),
        json!(null),
        json!({"tags": ["x", "y"], "deep": {"er": [1.0]}}),
    ];
    stored.extend((0..60).map(|_| document(&random, 0)));
    for (_, db) in &databases.all {
        db.execute("CREATE TABLE docs (id BIGINT PRIMARY KEY, doc JSONB)", ()).await.unwrap();
        let row =
            |(id, doc): (i64, &Json)| Record::new().set("id", id).set("doc", Value::Json(doc.to_string()));
        let mut rows: Vec<Record> = (1..).zip(&stored).map(row).collect();
        rows.push(Record::new().set("id", 999).set("doc", None::<&str>));
        db.from("docs").insert(rows).await.unwrap();
    }
    let mut asked: Vec<Json> = vec![
        json!({"a": 1.0}),
        json!({"b": [2]}),
        json!({"b": [{"c": null}]}),
        json!("foo"),
        json!(["foo"]),
        json!(["bar", "foo", "foo"]),
        json!([[1]]),
        json!([1]),
        json!({"deep": {"er": []}}),
        json!([3, 4]),
        json!([]),
    ];
    asked.extend((0..60).map(|_| document(&random, 1)));
    let mut found = 0;
    for document in &asked {
        for column in ["doc", "doc->b", "doc->tags", "doc->0"] {
            let filters = [
                col(column).contains(document.clone()),
                col(column).contained_by(document.clone()),
                col(column).overlaps(document.clone()),
            ];
            for filter in filters {
                for filter in [filter.clone(), filter.not()] {
                    let what = format!("{filter:?}");
                    let seen = databases.same(&what, async |db| ids(db, "docs", filter.clone()).await).await;
                    found += usize::from(seen.len() > 2 && !seen.starts_with('!'));
                }
            }
        }
    }
    assert!(found > 400, "{found}");
    let text =
        databases.same("a text", async |db| ids(db, "docs", col("doc->>b").contains(json!(1))).await).await;
    assert_eq!(text, "!InvalidArgument");
}
