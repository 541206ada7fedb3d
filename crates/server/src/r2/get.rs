//! `GET` and `HEAD` of an object.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderValue, IF_RANGE, LAST_MODIFIED, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use credenza_core::blob::{GetOptions, Got, Metadata, Object, ObjectInfo, Precondition, Range};
use credenza_core::{Blob, ErrorKind, Result as CoreResult};
use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::{Place, base64, condition, headers, range, refused};
use crate::failure::Failure;
use crate::time;

/// Content up to this is answered in one piece; what goes wrong while it is read is an answer then, not a broken
/// connection.
const WHOLE: u64 = 64 << 10;

/// What comes after the content in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    size: u64,
    http_metadata: HttpMetadata<'a>,
    custom_metadata: &'a Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpMetadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_disposition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<&'a str>,
}

/// `{content, size, httpMetadata, customMetadata}`, or the content as it is.
pub(super) async fn get(
    blob: &Blob,
    place: &Place<'_>,
    given: &HeaderMap,
    raw: bool,
) -> Result<Response, Failure> {
    let precondition = condition::of_read(given)?;
    let mut range = if raw { range::asked(given) } else { Range::Full };
    loop {
        let options = GetOptions { range, precondition: precondition.clone() };
        let got = match blob.get_with(&place.stored, options).await {
            Err(error) if error.kind() == ErrorKind::RangeNotSatisfiable => {
                return unsatisfiable(blob, place).await;
            }
            got => got.map_err(refused)?.ok_or_else(missing)?,
        };
        return match got {
            Got::NotModified(info) => Ok(not_modified(&info)),
            Got::Object(object) if range != Range::Full && is_of_another(given, &object.info) => {
                // The client has a part of another object: it gets this one from the start.
                range = Range::Full;
                continue;
            }
            Got::Object(object) if raw => as_it_is(object, range != Range::Full).await,
            Got::Object(object) => as_json(object).await,
        };
    }
}

/// The same without the content, and of the whole object.
pub(super) async fn head(
    blob: &Blob,
    place: &Place<'_>,
    given: &HeaderMap,
    raw: bool,
) -> Result<Response, Failure> {
    let info = blob.head(&place.stored).await?.ok_or_else(missing)?;
    match condition::of_read(given)? {
        held if held.holds(Some(&info.etag)) => {}
        Precondition::Absent | Precondition::NoneMatch(_) => return Ok(not_modified(&info)),
        failed => failed.check(Some(&info.etag))?,
    }
    let (mut response, length) = match raw {
        true => (told_raw(&info), info.size),
        false => (told(&info), as_json_len(&info)?),
    };
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn missing() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "Object not found")
}

/// Whether `If-Range` names another object than this.
fn is_of_another(given: &HeaderMap, info: &ObjectInfo) -> bool {
    given.get(IF_RANGE).is_some_and(|tag| tag.as_bytes() != info.etag.to_string().as_bytes())
}

async fn as_it_is(object: Object, partial: bool) -> Result<Response, Failure> {
    let Object { info, range, body } = object;
    let length = range.end - range.start;
    let mut response = told_raw(&info);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if partial {
        let value = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), info.size);
        headers.extend(HeaderValue::from_str(&value).ok().map(|value| (CONTENT_RANGE, value)));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *response.body_mut() = match length {
        0..=WHOLE => Body::from(body.collect(WHOLE as usize).await?),
        _ => Body::from_stream(body),
    };
    Ok(response)
}

async fn as_json(object: Object) -> Result<Response, Failure> {
    let Object { info, body, .. } = object;
    let rest = rest(&info)?;
    let mut response = told(&info);
    if info.size <= WHOLE {
        let content = base64::encode(&body.collect(WHOLE as usize).await?);
        *response.body_mut() = Body::from([START, &content, &rest].concat());
        return Ok(response);
    }
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(as_json_len(&info)?));
    let start = stream::once(async { CoreResult::Ok(Bytes::from_static(START.as_bytes())) });
    let end = stream::once(async { CoreResult::Ok(Bytes::from(rest)) });
    *response.body_mut() = Body::from_stream(start.chain(base64::stream(body)).chain(end));
    Ok(response)
}

const START: &str = "{\"content\":\"";

/// The JSON after the content.
fn rest(info: &ObjectInfo) -> Result<String, Failure> {
    let rest = Rest {
        size: info.size,
        http_metadata: HttpMetadata {
            content_type: info.content_type.as_deref(),
            content_language: info.content_language.as_deref(),
            content_disposition: info.content_disposition.as_deref(),
            content_encoding: info.content_encoding.as_deref(),
            cache_control: info.cache_control.as_deref(),
        },
        custom_metadata: &info.metadata,
    };
    let rest = serde_json::to_string(&rest).map_err(|_| Failure::broken())?;
    // The first brace is written already.
    Ok(format!("\",{}", rest.get(1..).unwrap_or_default()))
}

fn as_json_len(info: &ObjectInfo) -> Result<u64, Failure> {
    Ok(START.len() as u64 + base64::encoded_len(info.size) + rest(info)?.len() as u64)
}

/// The headers of both forms.
fn told(info: &ObjectInfo) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.extend(HeaderValue::from_str(&info.etag.to_string()).ok().map(|tag| (ETAG, tag)));
    headers.extend(time::http(info.uploaded).map(|time| (LAST_MODIFIED, time)));
    response
}

fn told_raw(info: &ObjectInfo) -> Response {
    let mut response = told(info);
    let headers = response.headers_mut();
    headers::tell(info, headers);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Whatever is stored here, a browser that shows it must not let it act for this server.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}

fn not_modified(info: &ObjectInfo) -> Response {
    let mut response = told(info);
    response.headers_mut().remove(CONTENT_TYPE);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

async fn unsatisfiable(blob: &Blob, place: &Place<'_>) -> Result<Response, Failure> {
    let info = blob.head(&place.stored).await?.ok_or_else(missing)?;
    let mut response =
        Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, "Range not satisfiable").into_response();
    let value = HeaderValue::from_str(&format!("bytes */{}", info.size)).ok();
    response.headers_mut().extend(value.map(|value| (CONTENT_RANGE, value)));
    Ok(response)
}
