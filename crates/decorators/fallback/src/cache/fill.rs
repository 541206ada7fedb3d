//! Reads that the cache could not answer.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{DelIfEqual, Get, Set, SetExpiry, SetIfEqual, TimeUnit, Ttl};
use credenza_core::{Batch, Context, Error, ErrorKind, KvStore, Op, Request, Result};
use tokio::time::Instant;

use super::entry::{self, Entry};
use super::flights::{Turn, wait};
use super::tier::{CacheTier, NAME, count};
use crate::ask::ask;

/// How often one waits for another one's read that comes to nothing.
const ATTEMPTS: usize = 8;

impl<F: KvStore, B: KvStore> CacheTier<F, B> {
    /// Reads from the store below, or waits for somebody who does. `found` is what stands in the cache, if that is known.
    pub(super) async fn miss(
        &self,
        cx: &Context,
        key: &Bytes,
        found: Option<Option<Entry>>,
    ) -> Result<Option<Bytes>> {
        for _ in 0..ATTEMPTS {
            match self.flights.board(key) {
                Turn::Theirs(theirs) => {
                    let landed = match cx.deadline() {
                        Some(deadline) => tokio::time::timeout_at(deadline.into(), wait(theirs)).await,
                        None => Ok(wait(theirs).await),
                    };
                    match landed {
                        Ok(Some(answer)) => {
                            count(&self.counts.joined);
                            return answer.map_err(|error| error.during("GET"));
                        }
                        Ok(None) => {}
                        Err(_) => {
                            let message = "the deadline passed while somebody else read the key";
                            return Err(Error::new(ErrorKind::Timeout, message).during("GET").on(NAME));
                        }
                    }
                }
                Turn::Ours(flight) => {
                    // Only where nothing stands can it be filled.
                    if !matches!(found, Some(None)) {
                        let answer = ask(&self.back, cx, Get::new(key)).await;
                        flight.land(&answer);
                        return answer;
                    }
                    let mark = self.mark(cx, key).await;
                    let began = Instant::now();
                    let read = self.read(cx, key).await;
                    let (answer, ttl) = match read {
                        Ok((value, ttl)) => (Ok(value), ttl),
                        Err(error) => (Err(error), Duration::ZERO),
                    };
                    flight.land(&answer);
                    if let Some(mark) = mark {
                        let value = answer.as_ref().ok().and_then(Option::as_ref);
                        self.settle(cx, key, mark, value, ttl.saturating_sub(began.elapsed())).await;
                    }
                    return answer;
                }
            }
        }
        ask(&self.back, cx, Get::new(key)).await
    }

    /// Says in the cache that the key is being filled, unless something stands there.
    async fn mark(&self, cx: &Context, key: &Bytes) -> Option<Bytes> {
        let mark = entry::filling();
        let set = Set::new(key, &mark).expiry(expiry(self.config.lease)).if_absent();
        let set = self.ask_front(cx, Request::One(set.into())).await;
        match set.and_then(|answer| Set::reply(answer.one()?)) {
            Ok(set) => set.applied.then_some(mark),
            Err(_) => {
                count(&self.counts.failures);
                None
            }
        }
    }

    /// The value, and how long it may be kept.
    async fn read(&self, cx: &Context, key: &Bytes) -> Result<(Option<Bytes>, Duration)> {
        let atomic = self.back.capabilities().atomic_batches;
        let mut batch = if atomic { Batch::atomic() } else { Batch::pipelined() };
        let value = batch.push(Get::new(key));
        let ttl = batch.push(Ttl::new(key, TimeUnit::Milliseconds));
        let mut reply = self.back.execute(cx, Request::Batch(batch)).await?.batch()?;
        let (value, ttl) = (reply.take(value)?, reply.take(ttl)?);
        let kept = match u64::try_from(ttl) {
            Ok(left) => self.config.ttl.min(Duration::from_millis(left)),
            // It lives for ever, or is not there.
            Err(_) => self.config.ttl,
        };
        Ok((value, kept))
    }

    /// Puts a value in the place of our mark, or takes the mark away. Whoever wrote meanwhile has put theirs there.
    async fn settle(&self, cx: &Context, key: &Bytes, mark: Bytes, value: Option<&Bytes>, ttl: Duration) {
        let kept = value.filter(|value| value.len() <= self.config.max_value && ttl.as_millis() > 0);
        let settled = match kept {
            Some(value) => {
                let set = SetIfEqual::new(key, mark, entry::value(value)).expiry(expiry(ttl));
                self.ask_front(cx, Request::One(set.into())).await
            }
            None => self.ask_front(cx, Request::One(DelIfEqual::new(key, mark).into())).await,
        };
        match settled {
            Ok(_) if kept.is_some() => count(&self.counts.fills),
            Ok(_) => {}
            // The mark expires.
            Err(_) => count(&self.counts.failures),
        }
    }
}

pub(super) fn expiry(time: Duration) -> SetExpiry {
    SetExpiry::In(i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1))
}
