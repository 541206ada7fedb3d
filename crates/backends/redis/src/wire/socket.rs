//! The three kinds of connection, read and written alike.

use std::io;
#[cfg(feature = "tls")]
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
#[cfg(feature = "tls")]
use tokio::io::AsyncWrite;
use tokio::net::{TcpStream, tcp, unix};

/// A connection as its pump holds it.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(tcp::OwnedReadHalf, Arc<tcp::OwnedWriteHalf>),
    Unix(unix::OwnedReadHalf, Arc<unix::OwnedWriteHalf>),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// A connection as those who send hold it.
#[derive(Clone, Debug)]
pub(super) enum Writer {
    Tcp(Arc<tcp::OwnedWriteHalf>),
    Unix(Arc<unix::OwnedWriteHalf>),
}

impl Writer {
    /// Writes what the system takes now; what went wrong shows when the pump writes the rest.
    pub(super) fn try_write(&self, bytes: &[u8]) -> usize {
        let written = match self {
            Writer::Tcp(half) => half.try_write(bytes),
            Writer::Unix(half) => half.try_write(bytes),
        };
        written.unwrap_or(0)
    }
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream) -> Socket {
        let (read, write) = stream.into_split();
        Socket::Tcp(read, Arc::new(write))
    }

    pub(crate) fn unix(stream: tokio::net::UnixStream) -> Socket {
        let (read, write) = stream.into_split();
        Socket::Unix(read, Arc::new(write))
    }

    /// Where requests can be written in place.
    pub(super) fn writer(&self) -> Option<Writer> {
        match self {
            Socket::Tcp(_, write) => Some(Writer::Tcp(write.clone())),
            Socket::Unix(_, write) => Some(Writer::Unix(write.clone())),
            #[cfg(feature = "tls")]
            Socket::Tls(_) => None,
        }
    }

    /// Reads what there is, behind what is in `into` already.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        match self {
            Socket::Tcp(read, _) => pin!(read.read_buf(into)).poll(cx),
            Socket::Unix(read, _) => pin!(read.read_buf(into)).poll(cx),
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => pin!(stream.read_buf(into)).poll(cx),
        }
    }

    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Socket::Tcp(_, write) => again(|| {
                let stream: &TcpStream = (**write).as_ref();
                ready!(stream.poll_write_ready(cx))?;
                Poll::Ready(stream.try_write(bytes))
            }),
            Socket::Unix(_, write) => again(|| {
                let stream: &tokio::net::UnixStream = (**write).as_ref();
                ready!(stream.poll_write_ready(cx))?;
                Poll::Ready(stream.try_write(bytes))
            }),
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    /// Sees to it that what was written goes out.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Tcp(..) | Socket::Unix(..) => {
                let _ = cx;
                Poll::Ready(Ok(()))
            }
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }
}

/// Asks again where readiness was a false alarm.
fn again(mut write: impl FnMut() -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
    loop {
        match write() {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return outcome,
        }
    }
}
