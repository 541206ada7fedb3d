//! Reading.

use bytes::Bytes;
use credenza_core::blob::{BlobKey, Body, GetOptions, Got, Object, ObjectInfo, Precondition, Range};
use credenza_core::{Context, Error, Result};
use futures_util::stream;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE};
use opendal::BytesRange;
use opendal::options::ReaderOptions;
use opendal::raw::oio::{Read, ReadStreamDyn};
use opendal::raw::{OpRead, OpReader, OpStat, Service};
use tokio::time::timeout_at;

use super::client::{Asked, Verb};
use super::described;
use super::error::{NAME, in_the_way, late};
use crate::check;

/// How often a read starts anew when the object changes under it.
const TRIES: usize = 8;
/// No object is as large. Some services read numbers as floating ones.
const FAR: u64 = 1 << 50;

impl Verb<'_> {
    /// What is known of an object.
    pub(super) async fn head(&self, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        Ok(self.look(key).await?.map(|(info, _)| info))
    }

    /// The same with the headers that say it.
    pub(super) async fn look(&self, key: &BlobKey) -> Result<Option<(ObjectInfo, HeaderMap)>> {
        let name = self.client.name(key)?;
        let asked = self.ask();
        let found = self.client.service.stat(&asked.context, &name, OpStat::new()).await;
        if asked.is_missing() {
            return Ok(None);
        }
        match (found, asked.call.answer()) {
            // What OpenDAL cannot read of it is no matter.
            (_, Some(answer)) if answer.status.is_success() => {
                let size = length(&answer.headers)
                    .ok_or_else(|| Error::internal("the service did not say how large the object is"))?;
                let info = described::read(&name, key.clone(), size, &answer.headers)?;
                Ok(Some((info, answer.headers)))
            }
            (Err(error), _) => Err(asked.fails(&error)),
            (Ok(_), _) => Err(Error::internal("an answer was not seen")),
        }
    }

    /// Reads an object.
    pub(super) async fn get(&self, key: &BlobKey, options: &GetOptions) -> Result<Option<Got>> {
        let name = self.client.name(key)?;
        for _ in 0..TRIES {
            let mut pinned = None;
            if options.precondition != Precondition::None || is_nothing(options.range) {
                let Some(info) = self.head(key).await? else { return Ok(None) };
                if check::read(&options.precondition, &info.etag)? {
                    return Ok(Some(Got::NotModified(info)));
                }
                options.range.of(info.size)?;
                pinned = Some(info.etag.to_string());
            }
            let reader = ReaderOptions { if_match: pinned.clone(), ..ReaderOptions::default() };
            let (args, _): (OpRead, OpReader) = reader.into();
            let asked = self.ask();
            match self.open(&asked, key, &name, options.range, args).await? {
                Opened::Object(object) => return Ok(Some(Got::Object(*object))),
                Opened::Missing => return Ok(None),
                Opened::Changed if pinned.is_some() => {}
                Opened::Changed => break,
            }
        }
        Err(in_the_way())
    }

    async fn open(
        &self,
        asked: &Asked,
        key: &BlobKey,
        name: &str,
        range: Range,
        args: OpRead,
    ) -> Result<Opened> {
        let reader = asked.done(self.client.service.read(&asked.context, name, args))?;
        let opened = reader.open(wanted(range)).await;
        if asked.is_missing() {
            return Ok(Opened::Missing);
        }
        if asked.status() == Some(412) {
            return Ok(Opened::Changed);
        }
        let (_, content) = asked.done(opened)?;
        let answer = asked.call.answer().ok_or_else(|| Error::internal("an answer was not seen"))?;
        let part = match answer.status.as_u16() {
            206 => content_range(&answer.headers),
            _ => length(&answer.headers).map(|size| (0..size, size)),
        };
        let (part, size) =
            part.ok_or_else(|| Error::internal("the service did not say how large the object is"))?;
        // Some services answer all of it where there is nothing in the range.
        if range.of(size)? != part {
            return Err(Error::internal("the service answered another range than was asked for"));
        }
        let info = described::read(name, key.clone(), size, &answer.headers)?;
        let body = body(content, part.end - part.start, asked.clone(), self.cx);
        Ok(Opened::Object(Box::new(Object { info, range: part, body })))
    }
}

/// What became of a read.
enum Opened {
    Object(Box<Object>),
    Missing,
    /// It is not the object that it was.
    Changed,
}

/// Whether no object has a byte in it. Services do not agree on what they say then.
fn is_nothing(range: Range) -> bool {
    match range {
        Range::Full | Range::From(_) => false,
        Range::Between(start, end) => start >= end,
        Range::Suffix(count) => count == 0,
    }
}

fn wanted(range: Range) -> BytesRange {
    match range {
        Range::Full => BytesRange::default(),
        Range::From(start) => BytesRange::new(start.min(FAR), None),
        Range::Suffix(count) => BytesRange::suffix(count.min(FAR)),
        Range::Between(start, end) => {
            let start = start.min(FAR);
            BytesRange::new(start, Some(end.clamp(start + 1, FAR + 1) - start))
        }
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `bytes 2-4/10`: the range, and the size of all.
fn content_range(headers: &HeaderMap) -> Option<(std::ops::Range<u64>, u64)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?, size.parse().ok()?))
}

/// The content of an answer, piece by piece, before the deadline.
fn body(content: Box<dyn ReadStreamDyn>, length: u64, asked: Asked, cx: &Context) -> Body {
    let start = (content, length, asked, cx.clone());
    let pieces = stream::try_unfold(start, |(mut content, left, asked, cx)| async move {
        let piece = next(&mut *content, left, &asked, &cx).await;
        let piece = piece.map_err(|error| error.during("get").on(NAME))?;
        Ok(piece.map(|piece| {
            let left = left - piece.len() as u64;
            (piece, (content, left, asked, cx))
        }))
    });
    Body::stream(pieces, Some(length))
}

async fn next(
    content: &mut dyn ReadStreamDyn,
    left: u64,
    asked: &Asked,
    cx: &Context,
) -> Result<Option<Bytes>> {
    check::deadline(cx)?;
    if left == 0 {
        return Ok(None);
    }
    let read = content.read_dyn();
    let piece = match cx.deadline() {
        None => read.await,
        Some(deadline) => match timeout_at(deadline.into(), read).await {
            Ok(piece) => piece,
            Err(_) => return Err(late(credenza_core::Effect::NotApplied)),
        },
    };
    let piece = asked.done(piece)?.to_bytes();
    if piece.is_empty() || piece.len() as u64 > left {
        let kind = credenza_core::ErrorKind::Unavailable;
        return Err(Error::new(kind, "the content is not as long as the service said"));
    }
    Ok(Some(piece))
}
