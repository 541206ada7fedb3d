//! `credenza blob list`.

use serde::{Deserialize, Serialize};
use ureq::http::Method;

use super::Space;
use crate::Exit;
use crate::client::{Call, Upload};
use crate::table::Table;
use crate::text::{bytes, json_lines, print};

/// Objects on a page, at most.
pub(super) const PAGE: u64 = 1000;

/// What is listed.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) prefix: String,
    pub(super) delimiter: String,
    pub(super) start_after: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) objects: Vec<Entry>,
    pub(super) cursor: Option<String>,
    #[serde(default)]
    delimited_prefixes: Vec<String>,
}

/// An object in a list.
#[derive(Deserialize, Serialize)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) size: u64,
    uploaded: String,
}

/// A line of the list.
#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Object(Entry),
    Prefix { prefix: String },
}

impl Line {
    fn name(&self) -> &str {
        match self {
            Line::Object(entry) => &entry.key,
            Line::Prefix { prefix } => prefix,
        }
    }

    fn row(&self) -> Vec<String> {
        let (size, uploaded) = match self {
            Line::Object(entry) => (bytes(entry.size), &*entry.uploaded),
            Line::Prefix { .. } => ("-".to_owned(), "-"),
        };
        vec![self.name().to_owned(), size, uploaded.to_owned()]
    }
}

/// A page of the list.
pub(super) fn page(space: &Space, asked: &Asked, limit: u64, cursor: &str) -> Result<Page, Exit> {
    let call = Call::namespace(Method::GET, "r2", &space.namespace)?
        .query("prefix", &asked.prefix)
        .query("delimiter", &asked.delimiter)
        .query("start_after", &asked.start_after)
        .query("limit", &limit.min(PAGE).to_string())
        .query("cursor", cursor);
    Ok(space.client.ask(call, Upload::Nothing)?.unwrap_or_default())
}

pub(super) fn run(space: &Space, asked: Asked, limit: u64, json: bool) -> Result<(), Exit> {
    let mut table = Table::new(["KEY", "SIZE", "UPLOADED"]);
    let (mut left, mut cursor) = (limit, String::new());
    loop {
        let Page { objects, cursor: next, delimited_prefixes } = page(space, &asked, left, &cursor)?;
        let prefixes = delimited_prefixes.into_iter().map(|prefix| Line::Prefix { prefix });
        let mut lines: Vec<_> = objects.into_iter().map(Line::Object).chain(prefixes).collect();
        lines.sort_by(|one, other| one.name().cmp(other.name()));
        print(if json { json_lines(&lines) } else { table.rows(lines.iter().map(Line::row)) })?;
        left = left.saturating_sub(lines.len() as u64);
        match next {
            None => return Ok(()),
            Some(_) if left == 0 => {
                eprintln!("there may be more: --limit N shows N objects, --all shows all");
                return Ok(());
            }
            Some(next) => cursor = next,
        }
    }
}
