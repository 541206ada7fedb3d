//! Writes, which no value in the cache outlives.

use bytes::Bytes;
use credenza_core::command::{Access, DelIfEqual, Set};
use credenza_core::{Batch, Command, Context, Effect, KvStore, Request, Response, Result};

use super::entry;
use super::fill::expiry;
use super::tier::{CacheTier, count};

/// So many keys are marked at a time.
const CHUNK: usize = 1_000;

impl<F: KvStore, B: KvStore> CacheTier<F, B> {
    pub(super) async fn write(&self, cx: &Context, request: Request) -> Result<Response> {
        let written = Written::of(&request);
        let mark = entry::writing();
        let set = |key: &Bytes| Set::new(key, &mark).expiry(expiry(self.config.lease)).into();
        self.tell(cx, &written, &set).await;
        let answer = self.back.execute(cx, request).await;
        match &answer {
            // It may be applied later: the marks stay until they expire.
            Err(error) if error.effect() == Effect::MaybeApplied => {}
            _ => self.tell(cx, &written, &|key| DelIfEqual::new(key, &mark).into()).await,
        }
        answer
    }

    /// Tells the cache about keys, and remembers those of which it did not hear.
    async fn tell(&self, cx: &Context, written: &Written, command: &(dyn Fn(&Bytes) -> Command + Sync)) {
        // A mark that nobody took away may stand as long.
        let ttl = self.config.ttl + self.config.lease;
        // One that did not hear of some keys is not waited for again for each thousand of the others.
        let mut hears = true;
        for keys in written.keys.chunks(CHUNK) {
            keys.iter().for_each(|key| self.flights.part(key));
            hears = hears && self.run(cx, keys.iter().map(command).collect()).await;
            if !hears {
                self.suspects.add(keys.iter(), ttl);
            }
        }
        if !written.clears.is_empty() {
            self.flights.part_all();
            if !(hears && self.run(cx, written.clears.clone()).await) {
                self.suspects.add_all(ttl);
            }
        }
    }

    /// Whether the cache did all of it.
    async fn run(&self, cx: &Context, commands: Vec<Command>) -> bool {
        let batch = Batch { commands, ..Batch::pipelined() };
        let answer = self.ask_front(cx, Request::Batch(batch)).await;
        let done =
            answer.and_then(Response::batch).is_ok_and(|reply| reply.replies.iter().all(Result::is_ok));
        if !done {
            count(&self.counts.failures);
        }
        done
    }
}

/// What a request writes.
struct Written {
    keys: Vec<Bytes>,
    clears: Vec<Command>,
}

impl Written {
    fn of(request: &Request) -> Written {
        let mut written = Written { keys: Vec::new(), clears: Vec::new() };
        for command in request.commands().iter().filter(|command| command.info().access == Access::Write) {
            match command {
                Command::Clear(_) => written.clears.push(command.clone()),
                command => written.keys.extend(command.keys().into_iter().map(|key| key.as_bytes().clone())),
            }
        }
        written.keys.sort_unstable();
        written.keys.dedup();
        written
    }
}
