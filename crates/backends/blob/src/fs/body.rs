//! A content that is read while its body is.

use std::pin::Pin;
use std::task::{self, Poll, ready};
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

/// The body of a content whose first piece is there. While somebody works on one piece the next is read, and no
/// more than that.
pub(super) fn stream(first: Bytes, reader: ContentReader, length: u64, deadline: Option<Instant>) -> Body {
    let mut cx = Context::new();
    if let Some(deadline) = deadline {
        cx = cx.with_deadline(deadline);
    }
    Body::stream(Pieces { first: Some(first), next: Some(read(reader)), cx }, Some(length))
}

struct Pieces {
    first: Option<Bytes>,
    /// `None` at the end.
    next: Option<JoinHandle<Result<(Bytes, ContentReader)>>>,
    cx: Context,
}

fn read(mut reader: ContentReader) -> JoinHandle<Result<(Bytes, ContentReader)>> {
    spawn_blocking(move || reader.read(PIECE).map(|piece| (piece, reader)))
}

impl Pieces {
    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Option<Bytes>>> {
        check::deadline(&self.cx)?;
        if let Some(first) = self.first.take() {
            return Poll::Ready(Ok(Some(first)));
        }
        let Some(next) = &mut self.next else { return Poll::Ready(Ok(None)) };
        let (piece, reader) = ready!(Pin::new(next).poll(cx)).map_err(lost)??;
        self.next = (!reader.is_at_end()).then(|| read(reader));
        Poll::Ready(Ok(Some(piece)))
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll(cx).map(|piece| piece.map_err(|error: Error| error.during("get").on(NAME)).transpose())
    }
}
