//! [`BodyReader`].

use std::ops::Range;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::body::Body;
use crate::error::Result;

/// Reads a body in pieces of the reader's size, for formats that have blocks.
///
/// ```
/// # async fn example() -> credenza_core::Result<()> {
/// use credenza_core::blob::{Body, BodyReader};
///
/// let mut reader = BodyReader::new(Body::from("head, and the rest"));
/// assert_eq!(reader.peek(2).await?, b"he");
/// assert_eq!(reader.take(4).await?, "head");
/// assert!(!reader.is_at_end().await?);
/// assert_eq!(reader.into_range(2..9).collect(100).await?, "and the");
/// # Ok(()) }
/// # let mut example = std::pin::pin!(example());
/// # let ready = example.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// # assert!(matches!(ready, std::task::Poll::Ready(Ok(()))));
/// ```
#[derive(Debug)]
pub struct BodyReader {
    body: Body,
    /// What came and was not taken yet.
    left: Bytes,
}

impl BodyReader {
    /// A reader at the beginning of a body.
    pub fn new(body: Body) -> BodyReader {
        BodyReader { body, left: Bytes::new() }
    }

    /// The next `count` bytes, or as many as there are. Dropping the future loses what it took.
    ///
    /// # Errors
    /// Those of the body, which ends with it.
    pub async fn take(&mut self, count: usize) -> Result<BytesMut> {
        let mut taken = BytesMut::with_capacity(count);
        self.fill(&mut taken, count).await?;
        Ok(taken)
    }

    /// Appends to a buffer until it has `length` bytes or nothing is left.
    ///
    /// # Errors
    /// Those of the body, which ends with it.
    pub async fn fill(&mut self, buffer: &mut BytesMut, length: usize) -> Result<()> {
        while buffer.len() < length && !self.is_at_end().await? {
            buffer.extend_from_slice(&self.left.split_to(self.left.len().min(length - buffer.len())));
        }
        Ok(())
    }

    /// The next `count` bytes, or as many as there are, without taking them.
    ///
    /// # Errors
    /// Those of the body, which ends with it.
    pub async fn peek(&mut self, count: usize) -> Result<&[u8]> {
        while self.left.len() < count {
            let Some(piece) = self.body.next().await? else { break };
            self.left = match self.left.is_empty() {
                true => piece,
                false => [&self.left[..], &piece[..]].concat().into(),
            };
        }
        Ok(&self.left[..count.min(self.left.len())])
    }

    /// Whether nothing is left.
    ///
    /// # Errors
    /// Those of the body, which ends with it.
    pub async fn is_at_end(&mut self) -> Result<bool> {
        while self.left.is_empty() {
            let Some(piece) = self.body.next().await? else { return Ok(true) };
            self.left = piece;
        }
        Ok(false)
    }

    /// A part of what is left, counted from where the reader is, or what there is of it. Nothing is copied.
    pub fn into_range(self, range: Range<u64>) -> Body {
        let left = self.body.length().map(|length| length + self.left.len() as u64);
        let length = left.map(|left| range.end.min(left).saturating_sub(range.start));
        Body::stream(Part { reader: self, range }, length)
    }
}

/// A range of a body.
struct Part {
    reader: BodyReader,
    /// What is wanted of what has not come yet.
    range: Range<u64>,
}

impl Stream for Part {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        while !self.range.is_empty() {
            let mut piece = std::mem::take(&mut self.reader.left);
            if piece.is_empty() {
                piece = match ready!(Pin::new(&mut self.reader.body).poll_next(cx)) {
                    Some(Ok(piece)) => piece,
                    other => return Poll::Ready(other),
                };
            }
            let (came, Range { start, end }) = (piece.len() as u64, self.range.clone());
            self.range = start.saturating_sub(came)..end.saturating_sub(came);
            if start < came {
                return Poll::Ready(Some(Ok(piece.slice(start as usize..end.min(came) as usize))));
            }
        }
        Poll::Ready(None)
    }
}
