//! The list of a namespace's keys, in pages.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use credenza_core::command::{ExpireTime, MGet, Scan, TimeUnit};
use credenza_core::{Batch, Cursor, Kind, Pattern};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::Call;
use crate::failure::{Failure, json};
use crate::keys;
use crate::query::ListQuery;
use crate::registry::{Id, Kind as Type, Record, record_key};

/// How many steps of a scan one request may cost. A store that finds keys by prefix needs one; one that has to look
/// at all of its keys may end a page early.
const MAX_STEPS: usize = 1024;
/// How many keys one step may look at.
const MAX_COUNT: usize = 1000;

#[derive(Serialize)]
struct List<'a> {
    keys: Vec<Entry<'a>>,
    list_complete: bool,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<i64>,
    metadata: Option<&'a RawValue>,
}

/// `{keys: [{name, expiration?, metadata}], list_complete, cursor}`
pub(crate) async fn list(call: &Call<'_>, namespace: &str, query: &ListQuery) -> Result<Response, Failure> {
    let pattern = keys::pattern(namespace, &query.prefix);
    let start = match &query.cursor {
        None => Cursor::START,
        Some(text) => {
            read_cursor(text, &pattern).ok_or_else(|| Failure::request("`cursor` is not of this list"))?
        }
    };
    let (names, next) = names(call, namespace, &pattern, start, query.limit).await?;
    let details = details(call, namespace, &names).await?;
    let entries = names.iter().zip(&details);
    let keys = entries.map(|(name, (record, expiration))| Entry {
        name,
        expiration: *expiration,
        metadata: record.as_ref().and_then(Record::own_metadata),
    });
    let body = List {
        keys: keys.collect(),
        list_complete: next.is_none(),
        cursor: next.map(|next| write_cursor(&next, &pattern)),
    };
    Ok(json(StatusCode::OK, &body))
}

/// Scans until there are `limit` names, and says where the next page starts.
async fn names(
    call: &Call<'_>,
    namespace: &str,
    pattern: &Pattern,
    start: Cursor,
    limit: usize,
) -> Result<(Vec<String>, Option<Cursor>), Failure> {
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    let (mut cursor, mut count) = (start, limit);
    for step in 0..MAX_STEPS {
        if step > 0 {
            // A store in memory never waits: others get their turn here.
            tokio::task::yield_now().await;
        }
        let scan = Scan::new(cursor.clone()).pattern(pattern.clone()).kind(Kind::String);
        let page = call.kv.run(scan.count(u64::try_from(count).unwrap_or(u64::MAX))).await?;
        let left = limit - names.len();
        if page.items.len() > left && count > 1 {
            // More than the page takes, and the store cannot go on in the middle: the same step again, smaller.
            count /= 2;
            continue;
        }
        let sparse = page.items.len() * 2 < count;
        // A store may give a key twice in one scan; no page does. A name that is not text cannot be asked for.
        for key in page.items {
            if let Some(name) = keys::name_of(namespace, &key)
                && seen.insert(key)
            {
                names.push(name);
            }
        }
        match page.next {
            None => return Ok((names, None)),
            Some(next) => cursor = next,
        }
        if names.len() >= limit {
            break;
        }
        count = if sparse { MAX_COUNT.min(count * 2) } else { limit - names.len() };
    }
    Ok((names, Some(cursor)))
}

/// The metadata and the expiration of each name, in one round trip.
async fn details(
    call: &Call<'_>,
    namespace: &str,
    names: &[String],
) -> Result<Vec<(Option<Record>, Option<i64>)>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = Batch::pipelined();
    let records = names.iter().map(|name| record_key(Id::new(Type::Kv, namespace, name)));
    let found = batch.push(MGet::new(records.collect::<Vec<_>>()));
    let times: Vec<_> = names
        .iter()
        .map(|name| batch.push(ExpireTime::new(keys::value_key(namespace, name), TimeUnit::Seconds)))
        .collect();
    let mut replies = call.kv.batch(batch).await?;
    let found = replies.take(found)?;
    // A record that is none, as a program that embeds the store may leave it, is no metadata.
    let found = found.into_iter().map(|record| Record::decode(&record?).ok());
    found.zip(times).map(|(record, time)| Ok((record, expiration(replies.take(time)?)))).collect()
}

/// The point in time of an `EXPIRETIME` reply, which is negative where there is none.
pub(crate) fn expiration(seconds: i64) -> Option<i64> {
    (seconds >= 0).then_some(seconds)
}

/// A cursor for clients: that of the store, with a mark of the list it belongs to.
fn write_cursor(cursor: &Cursor, pattern: &Pattern) -> String {
    let mut bytes = mark(cursor.as_bytes(), pattern).to_vec();
    bytes.extend_from_slice(cursor.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(text: &str, pattern: &Pattern) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (given, position) = bytes.split_first_chunk()?;
    (*given == mark(position, pattern)).then(|| Cursor::new(Bytes::copy_from_slice(position)))
}

/// FNV-1a over the list and the position. It tells a mistake from a cursor, and keeps no secret: who may list a
/// namespace may start anywhere in it.
fn mark(position: &[u8], pattern: &Pattern) -> [u8; 8] {
    let bytes = pattern.iter().chain(position);
    bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
        .to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors() {
        let (pattern, other) = (Pattern::from("a*"), Pattern::from("b*"));
        for position in [&b"x"[..], b"\xff\x00", &[7; 3000]] {
            let cursor = Cursor::new(Bytes::copy_from_slice(position));
            let text = write_cursor(&cursor, &pattern);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
            assert!(read_cursor(&text, &pattern) == Some(cursor));
            assert!(read_cursor(&text, &other).is_none(), "of another list");
            assert!(read_cursor(&text[1..], &pattern).is_none());
            assert!(read_cursor(&format!("{text}A"), &pattern).is_none());
        }
        for text in ["", "!", "AAAA", "AAAAAAAAAAAAAAAA", "é"] {
            assert!(read_cursor(text, &pattern).is_none(), "{text}");
        }
    }
}
