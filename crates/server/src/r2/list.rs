//! The list of a namespace's objects, in pages.

use axum::http::StatusCode;
use axum::response::Response;
use credenza_core::blob::ListOptions;
use credenza_core::{Blob, ErrorKind};
use serde::Serialize;

use crate::failure::{Failure, json};
use crate::query::ObjectsQuery;
use crate::stores::object_prefix;
use crate::time::iso;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    objects: Vec<Entry<'a>>,
    truncated: bool,
    cursor: Option<&'a str>,
    /// Told to those alone who ask for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    delimited_prefixes: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    key: &'a str,
    size: u64,
    uploaded: String,
}

/// `{objects: [{key, size, uploaded}], truncated, cursor, delimitedPrefixes?}`
pub(super) async fn list(blob: &Blob, namespace: &str, query: &ObjectsQuery) -> Result<Response, Failure> {
    let below = object_prefix(namespace);
    let start_after = match query.start_after.is_empty() {
        true => String::new(),
        false => format!("{below}{}", query.start_after),
    };
    let options = ListOptions {
        prefix: format!("{below}{}", query.list.prefix),
        delimiter: query.delimiter.clone(),
        start_after,
        cursor: query.list.cursor.clone(),
        limit: query.list.limit,
    };
    let page = blob.list_with(options).await.map_err(|error| match error.kind() {
        ErrorKind::InvalidArgument if query.list.cursor.is_some() => {
            Failure::request("`cursor` is not of this list")
        }
        _ => super::refused(error),
    })?;
    let objects = page.objects.iter().filter_map(|info| {
        let key = info.key.as_str().strip_prefix(&below)?;
        Some(Entry { key, size: info.size, uploaded: iso(info.uploaded) })
    });
    let prefixes = page.prefixes.iter().filter_map(|prefix| prefix.strip_prefix(&below));
    let list = List {
        objects: objects.collect(),
        truncated: page.cursor.is_some(),
        cursor: page.cursor.as_deref(),
        delimited_prefixes: (!query.delimiter.is_empty()).then(|| prefixes.collect()),
    };
    Ok(json(StatusCode::OK, &list))
}
