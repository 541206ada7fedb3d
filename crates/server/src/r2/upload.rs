//! `PUT` of an object.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{ETAG, EXPECT, HeaderValue};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use credenza_core::blob::{Body as Content, Metadata, ObjectInfo, PutOptions};
use credenza_core::{Blob, Error, ErrorKind, Result as CoreResult};
use futures_util::{Stream, stream};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::change::{self, Change};
use super::{Place, base64, condition, headers, refused};
use crate::app::Call;
use crate::body;
use crate::failure::{Failure, json as reply};
use crate::json;
use crate::query;
use crate::registry::Intent;

/// Content that is announced to be no longer than this is taken whole before the store sees any of it.
const WHOLE: usize = 64 << 10;
/// How many bytes of a body that is refused are read, and for how long.
const REST: usize = 1 << 20;
const REST_TIME: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Stored {
    success: bool,
    size: u64,
}

/// `{content: base64, metadata?}` or, of any other type than JSON, the content as it is: `{success, size}`
pub(super) async fn put(
    call: &Call<'_>,
    blob: &Blob,
    place: &Place<'_>,
    parts: &Parts,
    body: Body,
) -> Result<Response, Failure> {
    let raw = query::flag(parts.uri.query(), "raw")? || !body::is_json(&parts.headers);
    let limits = &call.app.config.limits;
    let precondition = condition::of_write(&parts.headers)?;
    let info = if raw {
        let mut options = headers::options(&parts.headers, limits.object_metadata)?;
        options.precondition = precondition;
        let length = body::announced(&parts.headers, limits.object)?;
        match length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length <= WHOLE) {
            Some(length) => {
                let (content, _room) = call.short(&parts.headers, body, length).await?;
                call.write(change::put(call, place, content, options)).await?
            }
            None => {
                let asked = !parts.headers.contains_key(EXPECT);
                streamed(call, blob, place, (body, asked), length, options).await?
            }
        }
    } else {
        let (text, _room) = call.json(&parts.headers, body).await?;
        let (content, metadata) = parse(&text, limits.object)?;
        drop(text);
        let options = PutOptions { metadata, precondition, ..PutOptions::default() };
        headers::bounded(&options, limits.object_metadata)?;
        call.write(change::put(call, place, content, options)).await?
    };
    let mut response = reply(StatusCode::OK, &Stored { success: true, size: info.size });
    let tag = HeaderValue::from_str(&info.etag.to_string()).ok();
    response.headers_mut().extend(tag.map(|tag| (ETAG, tag)));
    Ok(response)
}

/// Reads `{content, metadata?}`.
fn parse(text: &[u8], limit: u64) -> Result<(Bytes, Metadata), Failure> {
    let [content, metadata] = json::object(text, ["content", "metadata"])?;
    let content = base64::decode(&json::required(content, "content")?)
        .ok_or_else(|| Failure::request("`content` must be base64"))?;
    if content.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok((content, metadata.map(strings).transpose()?.unwrap_or_default()))
}

fn strings(raw: &RawValue) -> Result<Metadata, Failure> {
    serde_json::from_str(raw.get())
        .map_err(|_| Failure::request("`metadata` must be an object whose values are strings"))
}

fn too_large(limit: u64) -> Failure {
    Failure::too_large(format!("an object is limited to {limit} bytes"))
}

/// Puts content as it comes in. Beside the body: whether its client sends it without being asked to.
async fn streamed(
    call: &Call<'_>,
    blob: &Blob,
    place: &Place<'_>,
    (body, asked): (Body, bool),
    length: Option<u64>,
    options: PutOptions,
) -> Result<ObjectInfo, Failure> {
    let turn = call.upload().await?;
    let change = Change::of(call.app, place);
    let blob = blob.clone().with_context(call.transfer());
    let work = call.app.spawn(async move {
        let _turn = turn;
        let told = Arc::new(Told::default());
        let (change_of, told_by) = (change.clone(), Arc::clone(&told));
        let incoming = Incoming { body, asked, held: None, received: 0, change: change_of, told: told_by };
        let content = Content::stream(incoming.pieces(), length);
        let outcome = blob.put_with(&change.stored, content, options).await;
        let Heard { intent, failure, rest } = told.take();
        let put = match (intent, outcome) {
            // The content never came to its end, so nothing was put.
            (None, Err(error)) => Err(refused(error)),
            (intent, outcome) => change.settle(intent.as_ref(), outcome).await,
        };
        if put.is_err()
            && let Some(rest) = rest
        {
            pass_over(rest).await;
        }
        put.map_err(|told| failure.unwrap_or(told))
    });
    work.await.outcome().await
}

/// Reads a little of what a client still sends, so that it hears the answer before it is cut off.
async fn pass_over(mut body: Body) {
    let mut left = REST;
    let read = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(1, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    // Whether it is done or not: the answer is the same.
    let _ = timeout(REST_TIME, read).await;
}

/// What the content tells besides its pieces.
#[derive(Debug, Default)]
struct Told(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    intent: Option<Intent>,
    failure: Option<Failure>,
    /// The body, if its client sends it and the store did not read it to its end.
    rest: Option<Body>,
}

impl Told {
    fn take(&self) -> Heard {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with(&self, note: impl FnOnce(&mut Heard)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Keeps what the client is told, and gives what the store is told.
    fn failure(&self, failure: Failure) -> Error {
        self.with(|heard| heard.failure = Some(failure));
        Error::new(ErrorKind::InvalidArgument, "the content did not come to its end")
    }
}

/// Content on its way in. A piece is handed on when it is known that another follows; before the last of them the intent
/// is written. So no store can have all of an object before the intent is there, and a client that takes its time
/// leaves none behind.
struct Incoming {
    body: Body,
    /// Whether the client sends it. One that waits for `100 Continue` hears that when the body is read for the first
    /// time, and else hears the answer and keeps the body.
    asked: bool,
    held: Option<Bytes>,
    received: u64,
    change: Change,
    told: Arc<Told>,
}

impl Incoming {
    fn pieces(self) -> impl Stream<Item = CoreResult<Bytes>> + Send {
        stream::try_unfold(Some(self), |incoming| async move {
            let Some(mut incoming) = incoming else { return Ok(None) };
            loop {
                match incoming.next().await? {
                    Some(piece) => {
                        if let Some(before) = incoming.held.replace(piece) {
                            return Ok(Some((before, Some(incoming))));
                        }
                    }
                    None => {
                        let intent = incoming.change.intend().await?;
                        incoming.told.with(|heard| heard.intent = intent);
                        return Ok(incoming.held.take().map(|last| (last, None)));
                    }
                }
            }
        })
    }

    /// The next piece of the body, none of which is empty.
    async fn next(&mut self) -> CoreResult<Option<Bytes>> {
        let config = &self.change.app.config;
        self.asked = true;
        loop {
            let frame = match timeout(config.stall_timeout, self.body.frame()).await {
                Err(_) => return Err(self.told.failure(Failure::late())),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(self.told.failure(body::cut_off())),
                Ok(Some(Ok(frame))) => frame,
            };
            // What is no data are trailers, which mean nothing here.
            let Ok(piece) = frame.into_data() else { continue };
            self.received = self.received.saturating_add(piece.len() as u64);
            if self.received > config.limits.object {
                return Err(self.told.failure(too_large(config.limits.object)));
            }
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.body);
        if self.asked {
            self.told.with(|heard| heard.rest = Some(rest));
        }
    }
}
