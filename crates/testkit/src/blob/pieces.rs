//! Bodies that come in pieces.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use credenza_core::Result;
use credenza_core::blob::Body;
use futures_core::Stream;

/// A stream of pieces that are there, or of an error.
pub(crate) struct Pieces {
    left: VecDeque<Result<Bytes>>,
    /// Whether each piece is waited for once.
    slow: bool,
    waited: bool,
}

impl Pieces {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Result<Bytes>>) -> Pieces {
        Pieces { left: pieces.into_iter().collect(), slow: false, waited: false }
    }

    /// This content in pieces of this size.
    pub(crate) fn of(content: &Bytes, size: usize) -> Pieces {
        let starts = (0..content.len()).step_by(size.max(1));
        Pieces::new(starts.map(|at| Ok(content.slice(at..(at + size).min(content.len())))))
    }

    /// The same, where each piece is waited for.
    pub(crate) fn slow(mut self) -> Pieces {
        self.slow = true;
        self
    }

    /// A body of them that announces this length.
    pub(crate) fn body(self, length: Option<u64>) -> Body {
        Body::stream(self, length)
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.slow && !self.waited {
            self.waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.waited = false;
        Poll::Ready(self.left.pop_front())
    }
}
