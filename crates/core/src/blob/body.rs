//! What an object contains, on its way.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use crate::error::{Error, ErrorKind, Result};

/// The content of an object on its way to a store or from one: bytes, or a stream of them.
///
/// It is a stream of pieces. Whoever reads it sets the pace: nothing is read ahead beyond a bounded buffer.
pub struct Body {
    length: Option<u64>,
    content: Content,
}

enum Content {
    Ready(VecDeque<Bytes>),
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>),
}

impl Body {
    /// Nothing.
    pub fn empty() -> Body {
        Body { length: Some(0), content: Content::Ready(VecDeque::new()) }
    }

    /// A stream, with its length if it is known: a stream of another length is refused by the store.
    pub fn stream(pieces: impl Stream<Item = Result<Bytes>> + Send + 'static, length: Option<u64>) -> Body {
        Body { length, content: Content::Stream(Box::pin(pieces)) }
    }

    /// How many bytes are left, if it is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The bytes, if they are all here already; the body again if not.
    ///
    /// # Errors
    /// The body itself, when it is a stream.
    pub fn try_into_bytes(self) -> std::result::Result<Bytes, Body> {
        match self.content {
            Content::Ready(mut pieces) if pieces.len() <= 1 => Ok(pieces.pop_front().unwrap_or_default()),
            Content::Ready(pieces) => Ok(pieces.into_iter().fold(BytesMut::new(), joined).freeze()),
            stream => Err(Body { length: self.length, content: stream }),
        }
    }

    /// The next piece; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// What went wrong on the way; the body ends with it.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll(cx)).await.transpose()
    }

    /// Everything that is left, if it is at most `limit` bytes.
    ///
    /// # Errors
    /// `LimitExceeded` if it is more; what went wrong on the way.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes> {
        let exceeded = || Error::new(ErrorKind::LimitExceeded, "the content is larger than was asked for");
        if self.length.is_some_and(|length| length > limit as u64) {
            return Err(exceeded());
        }
        let first = self.next().await?.unwrap_or_default();
        let mut second = match self.next().await? {
            None if first.len() <= limit => return Ok(first),
            second => second,
        };
        let mut all = joined(BytesMut::new(), first);
        while let Some(piece) = second {
            if all.len() + piece.len() > limit {
                return Err(exceeded());
            }
            all = joined(all, piece);
            second = self.next().await?;
        }
        if all.len() > limit { Err(exceeded()) } else { Ok(all.freeze()) }
    }

    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let piece = match &mut self.content {
            Content::Ready(pieces) => pieces.pop_front().map(Ok),
            Content::Stream(stream) => match stream.as_mut().poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(piece) => piece,
            },
        };
        match &piece {
            Some(Ok(bytes)) => {
                self.length = self.length.map(|length| length.saturating_sub(bytes.len() as u64));
            }
            // A stream is not asked again after its end.
            _ => self.content = Content::Ready(VecDeque::new()),
        }
        Poll::Ready(piece)
    }
}

fn joined(mut all: BytesMut, piece: Bytes) -> BytesMut {
    all.extend_from_slice(&piece);
    all
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll(cx)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(of unknown length)"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Body {
        let length = Some(bytes.len() as u64);
        let pieces = if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([bytes]) };
        Body { length, content: Content::Ready(pieces) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::from(Bytes::from(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Body {
        Body::from(Bytes::from_static(text.as_bytes()))
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Body {
        Body::from(Bytes::from_static(bytes))
    }
}
