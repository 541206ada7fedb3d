//! `GET`, `PUT` and `DELETE` of one key.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use credenza_core::command::{Del, ExpireTime, Get, GetVersioned, Set, SetExpiry, TimeUnit};
use credenza_core::{Batch, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use super::body::Put;
use super::list::expiration;
use super::precondition::{Precondition, is_known, tag};
use crate::app::Call;
use crate::failure::{Failure, Success, json};
use crate::keys::value_key;
use crate::registry::{ATTEMPTS, Id, Kind, Record, Registry, contended, record_key};

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
    let record = record_key(Id::new(Kind::Kv, namespace, key));
    let key = value_key(namespace, key);
    let mut batch = Batch::atomic();
    let record = batch.push(Get::new(record));
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
    let record = replies.take(record)?.and_then(|record| Record::decode(&record).ok());
    let body = FoundAll {
        value: text(&value)?,
        expiration: expiration(replies.take(until)?),
        metadata: record.as_ref().and_then(Record::own_metadata),
    };
    Ok(tagged(json(StatusCode::OK, &body), version))
}

/// Writes the value and its record in one step; without metadata, what was there before goes.
pub(crate) async fn put(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
    put: &Put,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let precondition = Precondition::of_write(headers)?;
    let (id, key) = (Id::new(Kind::Kv, namespace, key), value_key(namespace, key));
    let registry = &call.app.registry;
    let _alone = registry.lock(id).await;
    for _ in 0..ATTEMPTS {
        let (old, now) = (Registry::look(&call.kv, id).await?, registry.now());
        let created = old.listed(now).map_or(now, |old| old.created_at);
        let mut record = Record::new(created, now);
        record.size = Some(put.value.len() as u64);
        record.metadata.clone_from(&put.metadata);
        // One point in time for the store and the registry.
        let ttl = put.ttl.map(|ttl| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
        record.expires_at = ttl.map(|ttl| now.saturating_add(ttl));

        let mut batch = Batch::atomic();
        if let Some(precondition) = precondition {
            batch.check(precondition.check(key.clone()));
        }
        let own_checks = batch.checks.len();
        let expiry = record.expires_at.map_or(SetExpiry::Clear, SetExpiry::At);
        batch.push(Set::new(key.clone(), &put.value).expiry(expiry));
        Registry::replace(&mut batch, id, &old, Some(&record))?;
        if let Some(replies) = registry.apply(&call.kv, batch, own_checks).await? {
            return Ok(tagged(json(StatusCode::OK, &Success::YES), replies.version));
        }
    }
    Err(contended().into())
}

/// Deletes the value and its record in one step. A key that is not there is deleted already.
pub(crate) async fn delete(
    call: &Call<'_>,
    namespace: &str,
    key: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let precondition = Precondition::of_write(headers)?;
    let (id, key) = (Id::new(Kind::Kv, namespace, key), value_key(namespace, key));
    let registry = &call.app.registry;
    let _alone = registry.lock(id).await;
    for _ in 0..ATTEMPTS {
        let old = Registry::look(&call.kv, id).await?;
        let mut batch = Batch::atomic();
        if let Some(precondition) = precondition {
            batch.check(precondition.check(key.clone()));
        }
        let own_checks = batch.checks.len();
        batch.push(Del::new([&key]));
        Registry::replace(&mut batch, id, &old, None)?;
        if registry.apply(&call.kv, batch, own_checks).await?.is_some() {
            return Ok(json(StatusCode::OK, &Success::YES));
        }
    }
    Err(contended().into())
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
