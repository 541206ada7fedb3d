//! `credenza registry`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ureq::http::Method;

use crate::Exit;
use crate::args::{Kind, RegistryArgs, RegistryTask, Resource};
use crate::client::{Call, Client, Upload};
use crate::input;
use crate::table::Table;
use crate::text::{bytes, count, json_lines, one_line, print};

/// Resources on a page, at most.
const PAGE: u64 = 1000;

/// What is listed.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) kind: Option<Kind>,
    pub(crate) namespace: Option<String>,
    pub(crate) prefix: String,
    pub(crate) limit: u64,
    pub(crate) offset: u64,
}

#[derive(Deserialize)]
struct List {
    resources: Vec<Entry>,
    has_more: bool,
}

/// A resource, as the server tells it.
#[derive(Deserialize, Serialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    namespace: String,
    key: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Stats {
    total: u64,
    by_type: BTreeMap<String, u64>,
    by_namespace: BTreeMap<String, u64>,
    total_size: u64,
}

/// The body of `register` and `unregister`.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    namespace: &'a str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
}

impl<'a> Named<'a> {
    fn new(resource: &'a Resource) -> Named<'a> {
        let Resource { kind, namespace, key } = resource;
        Named { kind: kind.name(), namespace, key, size: None, metadata: None }
    }

    fn upload(&self) -> Result<Upload<'static>, Exit> {
        serde_json::to_string(self).map(Upload::Json).map_err(|error| Exit::new(2, error.to_string()))
    }
}

/// Does what `credenza registry …` asks.
pub(crate) fn run(args: RegistryArgs) -> Result<(), Exit> {
    let client = Client::new(&args.connection)?;
    match args.task {
        RegistryTask::List { prefix, kind, namespace, limit, offset, all, json } => {
            let limit = if all { u64::MAX } else { limit };
            list(&client, Filter { kind, namespace, prefix, limit, offset }, json)
        }
        RegistryTask::Stats { json } => stats(&client, json),
        RegistryTask::Register { resource, size, metadata, json } => {
            let metadata = metadata.map(|json| input::json("--metadata", json)).transpose()?;
            let named = Named { size, metadata: metadata.as_deref(), ..Named::new(&resource) };
            let call = Call::registry(Method::POST, "register");
            let told: Option<Box<RawValue>> = client.ask(call, named.upload()?)?;
            match told {
                Some(told) if json => print(one_line(told.get()) + "\n"),
                _ => Ok(()),
            }
        }
        RegistryTask::Unregister { resource } => {
            let call = Call::registry(Method::DELETE, "unregister");
            let told: Option<Box<RawValue>> = client.ask(call, Named::new(&resource).upload()?)?;
            told.map(drop).ok_or_else(|| Exit::new(1, "there is no such resource"))
        }
    }
}

/// Prints the resources, newest first.
fn list(client: &Client, mut filter: Filter, json: bool) -> Result<(), Exit> {
    let mut table = Table::new(["TYPE", "NAMESPACE", "KEY", "SIZE", "UPDATED", "METADATA"]);
    loop {
        let call = Call::registry(Method::GET, "list")
            .query("type", filter.kind.map_or("", Kind::name))
            .query("namespace", filter.namespace.as_deref().unwrap_or_default())
            .query("key_prefix", &filter.prefix)
            .query("limit", &filter.limit.min(PAGE).to_string())
            .query("offset", &filter.offset.to_string());
        let page: Option<List> = client.ask(call, Upload::Nothing)?;
        let List { resources, has_more } = page.unwrap_or(List { resources: Vec::new(), has_more: false });
        print(if json { json_lines(&resources) } else { table.rows(resources.iter().map(row)) })?;
        let count = resources.len() as u64;
        filter.limit = filter.limit.saturating_sub(count);
        filter.offset = filter.offset.saturating_add(count);
        if !has_more || count == 0 {
            return Ok(());
        }
        if filter.limit == 0 {
            eprintln!("there are more: --limit N shows N resources, --all shows all");
            return Ok(());
        }
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let size = entry.size.map_or("-".to_owned(), bytes);
    let metadata = entry.metadata.as_ref().map_or("-".to_owned(), |raw| one_line(raw.get()));
    let names = [&entry.kind, &entry.namespace, &entry.key].map(String::clone);
    names.into_iter().chain([size, entry.updated_at.clone(), metadata]).collect()
}

fn stats(client: &Client, json: bool) -> Result<(), Exit> {
    let told: Option<Box<RawValue>> = client.ask(Call::registry(Method::GET, "stats"), Upload::Nothing)?;
    let Some(told) = told else { return Ok(()) };
    if json {
        return print(one_line(told.get()) + "\n");
    }
    let stats: Stats = serde_json::from_str(told.get()).map_err(|error| client.strange(error))?;
    let of = |what: &'static str, counts: BTreeMap<String, u64>| {
        counts.into_iter().map(move |(name, count)| vec![what.to_owned(), name, count.to_string()])
    };
    let rows = of("type", stats.by_type).chain(of("namespace", stats.by_namespace));
    let table = Table::new(["BY", "NAME", "RESOURCES"]).rows(rows);
    print(format!("{table}{} of {}\n", count(stats.total, "resource"), bytes(stats.total_size)))
}
