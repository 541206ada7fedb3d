//! `credenza kv`.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Exit;
use crate::args::{KvArgs, KvTask};
use crate::client::{Client, encode, key_target};
use crate::table;

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
pub(crate) struct Entry {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<i64>,
    pub(crate) metadata: Option<Box<RawValue>>,
}

/// Does what `credenza kv …` asks.
pub(crate) fn run(args: KvArgs) -> Result<(), Exit> {
    let url = args.url.or_else(|| std::env::var("ERA_STORAGE_URL").ok().filter(|url| !url.is_empty()));
    let url = url.as_deref().unwrap_or("http://127.0.0.1:8787");
    let client = Client::new(url, &args.namespace, args.timeout)?;
    match args.task {
        KvTask::Get { key, json } => get(&client, &key, json),
        KvTask::Set { key, value, file, ttl, metadata } => {
            let value = match (file, value) {
                (Some(path), _) => read_file(&path)?,
                (None, Some(value)) if value == "-" => read_text(std::io::stdin(), "standard input")?,
                (None, value) => value.unwrap_or_default(),
            };
            let metadata = metadata.map(RawValue::from_string).transpose();
            let metadata =
                metadata.map_err(|error| Exit::new(2, format!("--metadata is not JSON: {error}")))?;
            let expiration_ttl = ttl.map(|ttl| ttl.as_secs());
            let body = Put { value: &value, metadata: metadata.as_deref(), expiration_ttl };
            let body = serde_json::to_string(&body).map_err(|error| Exit::new(2, error.to_string()))?;
            client.ask::<Success>("PUT", &key_target(&key)?, Some(body)).map(drop)
        }
        KvTask::List { prefix, limit, all, json } => {
            list(&client, &prefix, if all { u64::MAX } else { limit }, json)
        }
        KvTask::Delete { keys } => {
            let targets: Vec<_> = keys.iter().map(|key| key_target(key)).collect::<Result<_, _>>()?;
            targets.iter().try_for_each(|target| client.ask::<Success>("DELETE", target, None).map(drop))
        }
    }
}

fn get(client: &Client, key: &str, json: bool) -> Result<(), Exit> {
    let missing = || Exit::new(1, "there is no such key");
    let mut target = key_target(key)?;
    if json {
        target.push_str("?metadata=true");
        let all: Box<RawValue> = client.ask("GET", &target, None)?.ok_or_else(missing)?;
        return print(&format!("{all}\n"));
    }
    let Found { mut value } = client.ask("GET", &target, None)?.ok_or_else(missing)?;
    // Exactly the value; at a terminal the prompt goes on a line of its own.
    if std::io::stdout().is_terminal() {
        value.push('\n');
    }
    print(&value)
}

fn list(client: &Client, prefix: &str, limit: u64, json: bool) -> Result<(), Exit> {
    let (mut left, mut cursor, mut first) = (limit, String::new(), true);
    loop {
        let target = format!("?prefix={}&limit={}&cursor={cursor}", encode(prefix), left.min(PAGE));
        let page: List = client.ask("GET", &target, None)?.unwrap_or(List { keys: Vec::new(), cursor: None });
        print(&if json { table::lines(&page.keys) } else { table::table(&page.keys, first) })?;
        left = left.saturating_sub(page.keys.len() as u64);
        first = false;
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

fn read_file(path: &Path) -> Result<String, Exit> {
    let file = File::open(path).map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))?;
    read_text(file, &path.display().to_string())
}

fn read_text(mut from: impl Read, name: &str) -> Result<String, Exit> {
    let mut text = String::new();
    from.read_to_string(&mut text).map_err(|error| {
        let reason = if error.kind() == ErrorKind::InvalidData {
            "is not UTF-8 text".into()
        } else {
            error.to_string()
        };
        Exit::new(2, format!("{name}: {reason}"))
    })?;
    Ok(text)
}

fn print(text: &str) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `credenza kv list | head` has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Exit::new(3, format!("cannot print: {error}")))
        }
        _ => Ok(()),
    }
}
