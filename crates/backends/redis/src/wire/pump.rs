//! What moves the bytes of a connection: writes what was sent, reads what comes back, and notices when nothing does.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use credenza_core::ErrorKind;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::conn::{Answer, Conn};
use super::failure::Failure;
use super::frame::{Frame, Packet, Parser};
use super::socket::Socket;

/// How much is read at once.
const CHUNK: usize = 64 << 10;
/// A buffer that was larger for a while is given back.
const KEEP: usize = 1 << 20;
/// In that many steps a quiet connection is given up.
const STEPS: u32 = 4;
/// A connection on which nothing is asked for that long is asked whether it still stands.
const IDLE: Duration = Duration::from_secs(15);

/// Moves the bytes of a connection until it breaks. When it is dropped, the connection is broken.
#[derive(Debug)]
pub(crate) struct Pump {
    conn: Arc<Conn>,
    socket: Socket,
    parser: Parser,
    input: BytesMut,
    output: Vec<u8>,
    written: usize,
    /// Whether other tasks had their turn since there was something to write.
    yielded: bool,
    flushed: bool,
    clock: Interval,
    step: Duration,
    /// For how many steps somebody has waited and nothing was read.
    quiet: u32,
    /// For how many steps nobody has waited.
    idle: u32,
}

impl Pump {
    /// The pump of a connection; one that is awaited and stays quiet for `patience` is given up.
    pub(super) fn new(conn: Arc<Conn>, socket: Socket, input: BytesMut, patience: Duration) -> Pump {
        let step = (patience / STEPS).max(Duration::from_millis(1));
        let mut clock = interval(step);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Pump {
            conn,
            socket,
            parser: Parser::default(),
            input,
            output: Vec::new(),
            written: 0,
            yielded: false,
            flushed: true,
            clock,
            step,
            quiet: 0,
            idle: 0,
        }
    }

    /// Runs until the connection breaks; returns why.
    pub(crate) async fn run(mut self) -> Failure {
        let (mut frames, mut answers) = (Vec::new(), Vec::new());
        let failure = poll_fn(|cx| self.poll(cx, &mut frames, &mut answers)).await;
        self.conn.break_off(&failure);
        failure
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut Vec<Frame>,
        answers: &mut Vec<Answer>,
    ) -> Poll<Failure> {
        if let Some(failure) = self.conn.broken() {
            return Poll::Ready(failure);
        }
        loop {
            let mut moved = false;
            match self.write(cx) {
                Ok(more) => moved |= more,
                Err(error) => return Poll::Ready(lost(&error)),
            }
            match self.read(cx, frames) {
                Poll::Ready(Ok(())) => moved = true,
                Poll::Ready(Err(failure)) => return Poll::Ready(failure),
                Poll::Pending => {}
            }
            if !frames.is_empty() {
                let assigned = self.conn.assign(frames, answers);
                answers.drain(..).for_each(Answer::give);
                if let Err(message) = assigned {
                    return Poll::Ready(Failure::unsent(ErrorKind::Unavailable, message));
                }
            }
            if self.clock.poll_tick(cx).is_ready() {
                if let Err(failure) = self.tick() {
                    return Poll::Ready(failure);
                }
                moved = true;
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Writes what there is to write; returns whether anything was.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut moved = false;
        loop {
            if self.written == self.output.len() {
                self.output.clear();
                if self.output.capacity() > KEEP {
                    self.output = Vec::new();
                }
                self.written = 0;
                // Others who are about to send go first, so that what they send goes out in the same write.
                let yielded = std::mem::replace(&mut self.yielded, false);
                if self.conn.take_unsent(&mut self.output, cx.waker(), yielded) {
                    self.yielded = true;
                    cx.waker().wake_by_ref();
                }
            }
            if self.output.is_empty() {
                break;
            }
            match self.socket.poll_write(cx, &self.output[self.written..]) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    self.conn.handed(count);
                    (moved, self.flushed) = (true, false);
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => break,
            }
        }
        if !self.flushed {
            match self.socket.poll_flush(cx) {
                Poll::Ready(outcome) => {
                    outcome?;
                    self.flushed = true;
                }
                Poll::Pending => {}
            }
        }
        Ok(moved)
    }

    fn read(&mut self, cx: &mut Context<'_>, frames: &mut Vec<Frame>) -> Poll<Result<(), Failure>> {
        if self.input.is_empty() && self.input.capacity() > KEEP {
            self.input = BytesMut::new();
        }
        self.input.reserve(self.parser.missing(&self.input).max(CHUNK));
        match self.socket.poll_read(cx, &mut self.input) {
            Poll::Ready(Ok(0)) => {
                let message = "the server closed the connection";
                Poll::Ready(Err(Failure::unsent(ErrorKind::Unavailable, message)))
            }
            Poll::Ready(Ok(_)) => {
                self.quiet = 0;
                loop {
                    match self.parser.next(&mut self.input) {
                        Ok(Some(frame)) => frames.push(frame),
                        Ok(None) => return Poll::Ready(Ok(())),
                        Err(_) => {
                            let message = "the server does not speak the Redis protocol";
                            return Poll::Ready(Err(Failure::unsent(ErrorKind::Unavailable, message)));
                        }
                    }
                }
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(lost(&error))),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Time has passed.
    fn tick(&mut self) -> Result<(), Failure> {
        if self.conn.is_awaited() {
            (self.idle, self.quiet) = (0, self.quiet + 1);
            // The first step may have been a short one.
            if self.quiet > STEPS {
                return Err(Failure::unsent(ErrorKind::Unavailable, "the server does not answer"));
            }
            return Ok(());
        }
        (self.idle, self.quiet) = (self.idle + 1, 0);
        if self.step * self.idle >= IDLE {
            self.idle = 0;
            self.conn.send_for_nobody(&Packet::one(&["PING"]));
        }
        Ok(())
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.conn.break_off(&Failure::unsent(ErrorKind::Unavailable, "the store is closed"));
    }
}

fn lost(error: &io::Error) -> Failure {
    Failure::unsent(ErrorKind::Unavailable, format!("the connection to the server was lost: {error}"))
}
