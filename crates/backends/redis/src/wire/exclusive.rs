//! A connection that one task has for itself: while it is new, and for messages.

use std::future::poll_fn;
use std::io;

use bytes::BytesMut;
use credenza_core::ErrorKind;

use super::connect::accepted;
use super::failure::Failure;
use super::frame::{Frame, Packet, Parser};
use super::socket::Socket;

/// How much is read at once.
const CHUNK: usize = 8 << 10;

/// A connection with what was read of it and not understood yet.
#[derive(Debug)]
pub(crate) struct Exclusive {
    socket: Socket,
    input: BytesMut,
    parser: Parser,
}

impl Exclusive {
    pub(super) fn new(socket: Socket) -> Exclusive {
        Exclusive { socket, input: BytesMut::new(), parser: Parser::default() }
    }

    /// Takes it apart, when all that was asked is answered.
    pub(super) fn into_parts(self) -> (Socket, BytesMut) {
        (self.socket, self.input)
    }

    pub(crate) async fn write(&mut self, packet: &Packet) -> io::Result<()> {
        let mut rest = packet.bytes();
        while !rest.is_empty() {
            match poll_fn(|cx| self.socket.poll_write(cx, rest)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => rest = &rest[count..],
            }
        }
        poll_fn(|cx| self.socket.poll_flush(cx)).await
    }

    /// The next frame. A future that is dropped has lost nothing.
    pub(crate) async fn read(&mut self) -> io::Result<Frame> {
        loop {
            match self.parser.next(&mut self.input) {
                Ok(Some(frame)) => return Ok(frame),
                Ok(None) => {}
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
            self.input.reserve(self.parser.missing(&self.input).max(CHUNK));
            if poll_fn(|cx| self.socket.poll_read(cx, &mut self.input)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Asks, and waits for all the answers.
    pub(super) async fn ask(&mut self, packet: &Packet) -> Result<Vec<Frame>, Failure> {
        self.write(packet).await.map_err(|error| lost(&error))?;
        let mut replies = Vec::with_capacity(packet.commands());
        while replies.len() < packet.commands() {
            match self.read().await {
                Ok(reply) => replies.push(reply),
                // A server that turns clients away says why, once, and closes the connection.
                Err(error) => {
                    replies.first().map_or(Ok(()), accepted)?;
                    return Err(lost(&error));
                }
            }
        }
        Ok(replies)
    }
}

fn lost(error: &io::Error) -> Failure {
    let message = match error.kind() {
        io::ErrorKind::InvalidData => {
            "what answers does not speak the Redis protocol; is its port an encrypted one?".to_owned()
        }
        io::ErrorKind::UnexpectedEof => "the server closes new connections at once".to_owned(),
        _ => format!("the connection was lost while it was made: {error}"),
    };
    Failure::unsent(ErrorKind::Unavailable, message)
}
