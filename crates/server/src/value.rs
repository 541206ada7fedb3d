//! `GET`, `PUT` and `DELETE` of one key.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use credenza_core::command::{Del, ExpireTime, Get, GetVersioned, MGet, Set, SetExpiry, TimeUnit};
use credenza_core::{Batch, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::Call;
use crate::body::Put;
use crate::failure::{Failure, json};
use crate::keys::{metadata_key, value_key};
use crate::list::{expiration, metadata};
use crate::precondition::{Precondition, is_known, tag};

#[derive(Serialize)]
struct Found<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct FoundAll<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<i64>,
    metadata: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Success {
    success: bool,
}

/// `{value}`, with the entity tag if the store has versions.
pub(crate) async fn get(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let key = value_key(namespace, key);
    let (value, version) = if call.app.versions {
        let (value, version) = call.kv.run(GetVersioned::new(key)).await?.ok_or_else(Failure::not_found)?;
        (value, Some(version))
    } else {
        (call.kv.run(Get::new(key)).await?.ok_or_else(Failure::not_found)?, None)
    };
    let known = version.is_some_and(|version| is_known(headers, version));
    let response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json(StatusCode::OK, &Found { value: text(&value)? })
    };
    Ok(tagged(response, version))
}

/// `{value, metadata, expiration?}`, all of the same moment.
pub(crate) async fn get_with_metadata(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
) -> Result<Response, Failure> {
    let (key, beside) = (value_key(namespace, key), metadata_key(namespace, key));
    let mut batch = Batch::atomic();
    let found = batch.push(MGet::new(vec![beside]));
    let until = batch.push(ExpireTime::new(key.clone(), TimeUnit::Seconds));
    // The ticket of the value comes last: its type depends on the store.
    let (value, version, mut replies) = if call.app.versions {
        let ticket = batch.push(GetVersioned::new(key));
        let mut replies = call.kv.batch(batch).await?;
        let (value, version) = replies.take(ticket)?.ok_or_else(Failure::not_found)?;
        (value, Some(version), replies)
    } else {
        let ticket = batch.push(Get::new(key));
        let mut replies = call.kv.batch(batch).await?;
        (replies.take(ticket)?.ok_or_else(Failure::not_found)?, None, replies)
    };
    let beside = replies.take(found)?.into_iter().next().flatten();
    let body = FoundAll {
        value: text(&value)?,
        expiration: expiration(replies.take(until)?),
        metadata: metadata(beside.as_ref()),
    };
    Ok(tagged(json(StatusCode::OK, &body), version))
}

/// Writes the value and the metadata in one step; without metadata, what was there before goes.
pub(crate) async fn put(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
    put: Put,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let (key, beside) = (value_key(namespace, key), metadata_key(namespace, key));
    let mut batch = Batch::atomic();
    if let Some(precondition) = Precondition::of_write(headers)? {
        batch.check(precondition.check(key.clone()));
    }
    let expiry = put.ttl.map_or(SetExpiry::Clear, SetExpiry::from);
    batch.push(Set::new(key, put.value).expiry(expiry));
    match put.metadata {
        Some(raw) => drop(batch.push(Set::new(beside, raw.get()).expiry(expiry))),
        None => drop(batch.push(Del::new(vec![beside]))),
    }
    let version = call.kv.batch(batch).await?.version;
    Ok(tagged(json(StatusCode::OK, &Success { success: true }), version))
}

/// Deletes the value and the metadata in one step. A key that is not there is deleted already.
pub(crate) async fn delete(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let (key, beside) = (value_key(namespace, key), metadata_key(namespace, key));
    let mut batch = Batch::atomic();
    if let Some(precondition) = Precondition::of_write(headers)? {
        batch.check(precondition.check(key.clone()));
    }
    batch.push(Del::new(vec![key, beside]));
    call.kv.batch(batch).await?;
    Ok(json(StatusCode::OK, &Success { success: true }))
}

fn text(value: &Bytes) -> Result<&str, Failure> {
    std::str::from_utf8(value).map_err(|_| Failure::not_text())
}

fn tagged(mut response: Response, version: Option<Version>) -> Response {
    if let Some(version) = version {
        response.headers_mut().insert(ETAG, tag(version));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}
