//! `credenza kv`.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ureq::http::Method;

use crate::Exit;
use crate::args::{KvArgs, KvTask};
use crate::client::{Call, Client, Upload};
use crate::input;
use crate::table::Table;
use crate::text::{json_lines, one_line, print};

/// Names on a page, at most.
const PAGE: u64 = 1000;

#[derive(Deserialize)]
struct Found {
    value: String,
}

/// `{success: true}`: a write that failed has another status.
#[derive(Deserialize)]
struct Success {}

#[derive(Serialize)]
struct Put<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_ttl: Option<u64>,
}

#[derive(Deserialize)]
struct List {
    keys: Vec<Entry>,
    cursor: Option<String>,
}

/// A key in a list.
#[derive(Deserialize, Serialize)]
struct Entry {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<i64>,
    metadata: Option<Box<RawValue>>,
}

/// A namespace on a server.
struct Space {
    client: Client,
    namespace: String,
}

/// Does what `credenza kv …` asks.
pub(crate) fn run(args: KvArgs) -> Result<(), Exit> {
    let space = Space { client: Client::new(&args.connection)?, namespace: args.namespace };
    match args.task {
        KvTask::Get { key, json } => space.get(&key, json),
        KvTask::Set { key, value, file, ttl, metadata } => {
            let value = match (file, value) {
                (Some(path), _) => input::file(&path)?,
                (None, Some(value)) if value == "-" => input::standard()?,
                (None, value) => value.unwrap_or_default(),
            };
            let metadata = metadata.map(|json| input::json("--metadata", json)).transpose()?;
            let expiration_ttl = ttl.map(|ttl| ttl.as_secs());
            let body = Put { value: &value, metadata: metadata.as_deref(), expiration_ttl };
            let body = serde_json::to_string(&body).map_err(|error| Exit::new(2, error.to_string()))?;
            let call = space.key(Method::PUT, &key)?;
            space.client.ask::<Success>(call, Upload::Json(body)).map(drop)
        }
        KvTask::List { prefix, limit, all, json } => {
            space.list(&prefix, if all { u64::MAX } else { limit }, json)
        }
        KvTask::Delete { keys } => {
            let calls = keys.iter().map(|key| space.key(Method::DELETE, key));
            let mut calls = calls.collect::<Result<Vec<_>, _>>()?.into_iter();
            calls.try_for_each(|call| space.client.ask::<Success>(call, Upload::Nothing).map(drop))
        }
    }
}

impl Space {
    fn key(&self, method: Method, key: &str) -> Result<Call, Exit> {
        Call::key(method, "kv", &self.namespace, key)
    }

    fn get(&self, key: &str, json: bool) -> Result<(), Exit> {
        let missing = || Exit::new(1, "there is no such key");
        let call = self.key(Method::GET, key)?;
        if json {
            let call = call.query("metadata", "true");
            let all: Box<RawValue> = self.client.ask(call, Upload::Nothing)?.ok_or_else(missing)?;
            return print(format!("{all}\n"));
        }
        let Found { mut value } = self.client.ask(call, Upload::Nothing)?.ok_or_else(missing)?;
        // Exactly the value; at a terminal the prompt goes on a line of its own.
        if std::io::stdout().is_terminal() {
            value.push('\n');
        }
        print(&value)
    }

    fn list(&self, prefix: &str, limit: u64, json: bool) -> Result<(), Exit> {
        let mut table = Table::new(["NAME", "EXPIRES", "METADATA"]);
        let (mut left, mut cursor) = (limit, String::new());
        loop {
            let call = Call::namespace(Method::GET, "kv", &self.namespace)?
                .query("prefix", prefix)
                .query("limit", &left.min(PAGE).to_string())
                .query("cursor", &cursor);
            let page: Option<List> = self.client.ask(call, Upload::Nothing)?;
            let page = page.unwrap_or(List { keys: Vec::new(), cursor: None });
            print(if json { json_lines(&page.keys) } else { table.rows(page.keys.iter().map(row)) })?;
            left = left.saturating_sub(page.keys.len() as u64);
            match page.cursor {
                None => return Ok(()),
                Some(_) if left == 0 => {
                    eprintln!("there may be more: --limit N shows N keys, --all shows all");
                    return Ok(());
                }
                Some(next) => cursor = next,
            }
        }
    }
}

/// The name, when it expires (in seconds since the epoch) and the metadata.
fn row(entry: &Entry) -> Vec<String> {
    let expires = entry.expiration.map_or("-".to_owned(), |at| at.to_string());
    let metadata = entry.metadata.as_ref().map_or("-".to_owned(), |raw| one_line(raw.get()));
    vec![entry.name.clone(), expires, metadata]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_rows() {
        let entries: Vec<Entry> = serde_json::from_str(
            "[{\"name\": \"user:1\", \"metadata\": {\"version\":\n1}},
              {\"name\": \"a\\u001b[31m\\nb\", \"expiration\": 1800000000, \"metadata\": null}]",
        )
        .unwrap();
        let expected = "\
{\"name\":\"user:1\",\"metadata\":{\"version\": 1}}
{\"name\":\"a\\u001b[31m\\nb\",\"expiration\":1800000000,\"metadata\":null}
";
        assert_eq!(json_lines(&entries), expected);
        assert_eq!(row(&entries[0]), ["user:1", "-", "{\"version\": 1}"]);
        assert_eq!(row(&entries[1])[1], "1800000000");
    }
}
