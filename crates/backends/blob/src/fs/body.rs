//! A content that is read while its body is.

use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Instant;

use bytes::Bytes;
use credenza_core::blob::Body;
use credenza_core::{Context, Error, Result};
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::blocks::ContentReader;
use super::error::{NAME, lost};
use crate::check;

/// So much is read at once.
const PIECE: u64 = 256 << 10;

/// After so many pieces that were there at once, others get their turn.
const AT_ONCE: u32 = 4;

/// The body of a content whose first piece is there. What the system has in memory is read in place, the rest on a
/// blocking thread, and nothing before it is asked for: the system itself reads ahead.
pub(super) fn stream(first: Bytes, reader: ContentReader, length: u64, deadline: Option<Instant>) -> Body {
    let mut cx = Context::new();
    if let Some(deadline) = deadline {
        cx = cx.with_deadline(deadline);
    }
    Body::stream(Pieces { first: Some(first), rest: Rest::Ready(reader), at_once: 0, cx }, Some(length))
}

struct Pieces {
    first: Option<Bytes>,
    rest: Rest,
    /// Pieces since the last time this had to wait, or did as if.
    at_once: u32,
    cx: Context,
}

enum Rest {
    Ready(ContentReader),
    Reading(JoinHandle<Result<(Bytes, ContentReader)>>),
    End,
}

impl Pieces {
    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Option<Bytes>>> {
        check::deadline(&self.cx)?;
        if let Some(first) = self.first.take() {
            return Poll::Ready(Ok(Some(first)));
        }
        if self.at_once == AT_ONCE {
            self.at_once = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            match mem::replace(&mut self.rest, Rest::End) {
                Rest::End => return Poll::Ready(Ok(None)),
                Rest::Ready(reader) if reader.is_at_end() => return Poll::Ready(Ok(None)),
                Rest::Ready(mut reader) => match reader.read_cached(PIECE)? {
                    Some(piece) => {
                        self.at_once += 1;
                        self.rest = Rest::Ready(reader);
                        return Poll::Ready(Ok(Some(piece)));
                    }
                    None => {
                        let read = move || reader.read(PIECE).map(|piece| (piece, reader));
                        self.rest = Rest::Reading(spawn_blocking(read));
                    }
                },
                Rest::Reading(mut read) => match Pin::new(&mut read).poll(cx) {
                    Poll::Pending => {
                        self.rest = Rest::Reading(read);
                        return Poll::Pending;
                    }
                    Poll::Ready(read) => {
                        let (piece, reader) = read.map_err(lost)??;
                        self.at_once = 0;
                        self.rest = Rest::Ready(reader);
                        return Poll::Ready(Ok(Some(piece)));
                    }
                },
            }
        }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll(cx).map(|piece| piece.map_err(|error: Error| error.during("get").on(NAME)).transpose())
    }
}
