//! [`Monitored`].

use credenza_core::command::{Access, Part};
use credenza_core::{
    Capabilities, Command, CommandId, Context, Execution, KvStore, Mode, Reply, Request, Response, Result,
    StoreInfo,
};
use quanta::Instant;
use tracing::{Instrument, Span};

use crate::config::MonitoredConfig;
use crate::meter::{About, Came, Meter};
use crate::operation::Outcome;

const BATCH: usize = CommandId::ALL.len();
const ATOMIC: usize = BATCH + 1;

/// A store that is measured: see [the crate](crate).
///
/// It changes nothing: whatever it is asked is what the store below is asked, and answered.
#[derive(Debug)]
pub struct Monitored<S> {
    inner: S,
    meter: Meter,
    info: StoreInfo,
}

impl<S: KvStore> Monitored<S> {
    /// `inner`, measured.
    pub fn new(inner: S, config: MonitoredConfig) -> Monitored<S> {
        let info = StoreInfo::decorator("monitored", inner.info());
        let meter = Meter::new(config, inner.info(), ATOMIC + 1);
        Monitored { inner, meter, info }
    }
}

/// An operation that is waited for.
struct Waiting<'a> {
    meter: &'a Meter,
    about: About,
    reads: bool,
    began: Instant,
    over: bool,
}

impl Waiting<'_> {
    fn finish(mut self, answer: &Result<Response>, span: &Span) {
        self.over = true;
        record(self.meter, &self.about, self.reads, self.began, answer, span);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.meter.ended();
        if !self.over {
            self.meter.record(&self.about, self.began, Came::default(), Outcome::Dropped, &Span::current());
        }
    }
}

impl<S: KvStore> KvStore for Monitored<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    #[inline]
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let meter = &self.meter;
        let (about, reads) = about(&request);
        let span = meter.span(&about);
        let began = meter.now();
        match span.in_scope(|| self.inner.execute(cx, request)).try_ready() {
            Ok(answer) => {
                record(meter, &about, reads, began, &answer, &span);
                Execution::ready(answer)
            }
            Err(answer) => {
                meter.began();
                let waiting = Waiting { meter, about, reads, began, over: false };
                let inside = span.clone();
                Execution::wait(
                    async move {
                        let answer = answer.await;
                        waiting.finish(&answer, &inside);
                        answer
                    }
                    .instrument(span),
                )
            }
        }
    }
}

/// What is asked, and whether all of it is reading.
#[inline]
fn about(request: &Request) -> (About, bool) {
    match request {
        Request::One(command) => {
            let info = command.info();
            let index = info.id as usize;
            (
                About { index, name: info.name, commands: 1, written: size(command) },
                info.access == Access::Read,
            )
        }
        Request::Batch(batch) => {
            let (index, name) = match batch.mode {
                Mode::Pipelined => (BATCH, "BATCH"),
                Mode::Atomic => (ATOMIC, "ATOMIC BATCH"),
            };
            let written = batch.commands.iter().map(size).sum();
            let reads = batch.commands.iter().all(|command| command.info().access == Access::Read);
            (About { index, name, commands: batch.commands.len(), written }, reads)
        }
    }
}

/// Bytes of its values.
#[inline]
fn size(command: &Command) -> u64 {
    match command {
        Command::Get(_) => 0,
        Command::Set(set) => set.value.len() as u64,
        command => {
            let mut bytes = 0;
            command.visit(&mut |part| {
                if let Part::Value(value) = part {
                    bytes += value.len() as u64;
                }
            });
            bytes
        }
    }
}

#[inline]
fn record(meter: &Meter, about: &About, reads: bool, began: Instant, answer: &Result<Response>, span: &Span) {
    match answer {
        Ok(response) => meter.record(about, began, came(response, reads), Outcome::Answered, span),
        Err(error) => meter.record(about, began, Came::default(), Outcome::Failed(error), span),
    }
}

#[inline]
fn came(response: &Response, reads: bool) -> Came {
    let mut came = Came::default();
    match response {
        Response::One(reply) => came.add(reply, reads),
        Response::Batch(batch) => batch.replies.iter().flatten().for_each(|reply| came.add(reply, reads)),
    }
    came
}

impl Came {
    /// Counts values as read, and as hits and misses if they were asked for.
    #[inline]
    fn add(&mut self, reply: &Reply, reads: bool) {
        let mut value = |value: Option<usize>| {
            self.read += value.unwrap_or(0) as u64;
            match value {
                Some(_) if reads => self.hits += 1,
                None if reads => self.misses += 1,
                _ => {}
            }
        };
        match reply {
            Reply::Value(found) => value(found.as_ref().map(|found| found.len())),
            Reply::Versioned(found) => value(found.as_ref().map(|(found, _)| found.len())),
            Reply::Values(all) => all.iter().for_each(|found| value(found.as_ref().map(|found| found.len()))),
            Reply::List(Some(items)) => self.read += items.iter().map(|item| item.len() as u64).sum::<u64>(),
            Reply::Entries(entries) => {
                self.read += entries.iter().map(|(_, value)| value.len() as u64).sum::<u64>()
            }
            Reply::EntryPage(page) => {
                self.read += page.items.iter().map(|(_, value)| value.len() as u64).sum::<u64>()
            }
            Reply::Set(set) => self.read += set.previous.as_ref().map_or(0, |value| value.len() as u64),
            // No values: numbers, names, members.
            _ => {}
        }
    }
}
