//! Everything that the server keeps, written at once: keys with metadata and times to live, objects small and large,
//! tables that are made, altered, renamed and dropped, and rows.

use std::path::Path;
use std::process::Command;

use credenza_testkit::supervisor::Observed;
use serde_json::{Value, json};

use crate::content::{content, number};
use crate::http::{Answer, Http};
use crate::trial::{Client, Subject};
use crate::{agreement, server};

/// Where everything is kept.
pub(crate) const NAMESPACES: [&str; 3] = ["app1", "app2", "shared"];

/// The server as a subject.
pub(crate) struct Proxy {
    durability: &'static str,
}

impl Proxy {
    pub(crate) fn new(durability: &'static str) -> Proxy {
        Proxy { durability }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Value,
    Small,
    Large,
    Table,
    Row,
}

/// Something in a namespace; its name is not used for anything else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    kind: Kind,
    namespace: &'static str,
    name: String,
}

impl Subject for Proxy {
    type Key = Key;
    type Client = Http;

    fn command(&self, folder: &Path, port: u16) -> Command {
        server::command(folder, port, self.durability)
    }

    fn connect(&self, port: u16) -> Http {
        Http::new(port)
    }

    fn keys(&self, writer: usize, _: usize) -> Vec<Key> {
        let kinds = [Kind::Value, Kind::Small, Kind::Large, Kind::Table, Kind::Row];
        let of_kind = |kind| {
            let count = if kind == Kind::Large { 2 } else { 4 };
            (0..count).map(move |at| Key {
                kind,
                namespace: NAMESPACES[(writer + at) % NAMESPACES.len()],
                name: format!("w{writer}_{at}"),
            })
        };
        kinds.into_iter().flat_map(of_kind).collect()
    }

    fn check(&self, http: &mut Http) {
        assert_eq!(agreement::difference(http), None);
    }
}

impl Key {
    fn path(&self) -> String {
        let Key { kind, namespace, name } = self;
        match kind {
            Kind::Value => format!("/storage/kv/{namespace}/{name}"),
            Kind::Small => format!("/storage/r2/{namespace}/small/{name}.bin"),
            Kind::Large => format!("/storage/r2/{namespace}/large/{name}.bin"),
            Kind::Table | Kind::Row => unreachable!("it is reached by statements"),
        }
    }
}

/// Rows are kept in a table that all writers share.
const ROWS: &str = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, number INTEGER, content TEXT)";

impl Client<Key> for Http {
    fn put(&mut self, key: &Key, number: u64) -> Result<(), String> {
        let Key { kind, namespace, name } = key;
        match kind {
            Kind::Value => put_value(self, key, number),
            Kind::Small | Kind::Large => put_object(self, key, number),
            Kind::Table => put_table(self, namespace, name, number),
            Kind::Row => {
                self.sql(namespace, ROWS, &[])?;
                let content = content(name, number, 200);
                let put = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)";
                self.sql(namespace, put, &[json!(name), json!(number), json!(content)]).map(drop)
            }
        }
    }

    fn delete(&mut self, key: &Key) -> Result<(), String> {
        let Key { kind, namespace, name } = key;
        match kind {
            Kind::Value | Kind::Small | Kind::Large => Http::delete(self, &key.path()),
            Kind::Table => match table(self, namespace, name)? {
                Some(table) => self.sql(namespace, &format!("DROP TABLE \"{table}\""), &[]).map(drop),
                None => Ok(()),
            },
            Kind::Row => {
                self.sql(namespace, ROWS, &[])?;
                self.sql(namespace, "DELETE FROM kept WHERE name = ?", &[json!(name)]).map(drop)
            }
        }
    }

    fn get(&mut self, key: &Key) -> Result<Observed, String> {
        let Key { kind, namespace, name } = key;
        match kind {
            Kind::Value => get_value(self, key),
            Kind::Small | Kind::Large => get_object(self, key),
            Kind::Table => match table(self, namespace, name)? {
                Some(table) => number_of_table(self, namespace, &table),
                None => Ok(Observed::Absent),
            },
            Kind::Row => {
                // After a power cut the table may not be there yet either.
                self.sql(namespace, ROWS, &[])?;
                let rows = self.sql(namespace, "SELECT * FROM kept WHERE name = ?", &[json!(name)])?;
                Ok(rows.first().map_or(Observed::Absent, |row| {
                    observed(name, text(&row["content"]).as_bytes(), row["number"].as_u64())
                }))
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What the content says, if what was written beside it says the same.
fn observed(name: &str, content: &[u8], beside: Option<u64>) -> Observed {
    match number(name, content) {
        Some(number) if Some(number) == beside => Observed::Value(number),
        _ => Observed::Garbled,
    }
}

/// Every third lives for a day, and every fifth has beside it a key that soon expires, which no ledger knows of.
fn put_value(http: &Http, key: &Key, number: u64) -> Result<(), String> {
    let mut body = json!({
        "value": content(&key.name, number, usize::try_from(number % 1_500).unwrap_or(0)),
        "metadata": { "number": number },
    });
    if number.is_multiple_of(3) {
        body["expiration_ttl"] = json!(86_400);
    }
    http.send("PUT", &key.path(), &body)?;
    if number.is_multiple_of(5) {
        let body = json!({ "value": "soon gone", "metadata": [number], "expiration_ttl": 1 });
        http.send("PUT", &format!("{}_{}", key.path(), number % 20), &body)?;
    }
    Ok(())
}

fn get_value(http: &Http, key: &Key) -> Result<Observed, String> {
    let answer = http.get(&format!("{}?metadata=true", key.path()))?;
    if answer.status == 404 {
        return Ok(Observed::Absent);
    }
    let found = answer.ok()?.json()?;
    let found_number =
        observed(&key.name, text(&found["value"]).as_bytes(), found["metadata"]["number"].as_u64());
    Ok(match found_number {
        Observed::Value(number) if number.is_multiple_of(3) != found["expiration"].is_u64() => {
            Observed::Garbled
        }
        found => found,
    })
}

fn put_object(http: &Http, key: &Key, number: u64) -> Result<(), String> {
    let size = match key.kind {
        Kind::Large => 100_000 + number.wrapping_mul(48_271) % 1_000_000,
        _ => number.wrapping_mul(48_271) % 8_192,
    };
    let body = content(&key.name, number, usize::try_from(size).unwrap_or(0));
    let number = number.to_string();
    let headers = [("content-type", "application/octet-stream"), ("x-metadata-number", &number)];
    http.call("PUT", &key.path(), &headers, body.as_bytes())?.ok().map(drop)
}

fn get_object(http: &Http, key: &Key) -> Result<Observed, String> {
    let answer = http.call("GET", &key.path(), &[("accept", "application/octet-stream")], &[]);
    let answer = match answer {
        Ok(Answer { status: 404, .. }) => return Ok(Observed::Absent),
        other => other?.ok()?,
    };
    let beside =
        answer.headers.get("x-metadata-number").and_then(|number| number.to_str().ok()?.parse().ok());
    Ok(observed(&key.name, &answer.body, beside))
}

/// The name that a table has now: every rename gives it the other one of two.
fn table(http: &Http, namespace: &str, name: &str) -> Result<Option<String>, String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (?, ? || '_b')";
    let tables = http.sql(namespace, sql, &[json!(name), json!(name)])?;
    match &tables[..] {
        [] => Ok(None),
        [table] => Ok(Some(text(&table["name"]).to_owned())),
        both => Err(format!("a rename has left both: {both:?}")),
    }
}

/// The number is in the name of the last column. Every fourth write renames the table first.
fn put_table(http: &Http, namespace: &str, name: &str, number: u64) -> Result<(), String> {
    let alter = match table(http, namespace, name)? {
        None => format!("CREATE TABLE {name} (c{number} TEXT)"),
        Some(table) if number.is_multiple_of(4) => {
            let other = if table == name { format!("{name}_b") } else { name.to_owned() };
            http.sql(namespace, &format!("ALTER TABLE {table} RENAME TO {other}"), &[])?;
            format!("ALTER TABLE {other} ADD COLUMN c{number} TEXT")
        }
        Some(table) => format!("ALTER TABLE {table} ADD COLUMN c{number} TEXT"),
    };
    http.sql(namespace, &alter, &[]).map(drop)
}

fn number_of_table(http: &Http, namespace: &str, table: &str) -> Result<Observed, String> {
    let columns =
        http.sql(namespace, "SELECT name FROM pragma_table_info(?) ORDER BY cid DESC", &[json!(table)])?;
    let last = columns.first().and_then(|column| text(&column["name"]).strip_prefix('c')?.parse().ok());
    Ok(last.map_or(Observed::Garbled, Observed::Value))
}
