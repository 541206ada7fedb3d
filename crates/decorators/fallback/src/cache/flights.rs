//! Reads on their way, which others of the same key wait for.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::watch;

type Landed = Option<Arc<Result<Option<Bytes>>>>;

/// Reads on their way.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Bytes, watch::Sender<Landed>>>);

/// Whose turn it is to read.
pub(super) enum Turn<'f> {
    /// The caller's.
    Ours(Flight<'f>),
    /// Somebody else reads.
    Theirs(watch::Receiver<Landed>),
}

/// A read of ours. Dropped without an answer, one of those who wait takes over.
pub(super) struct Flight<'f> {
    flights: &'f Flights,
    key: Bytes,
    sender: watch::Sender<Landed>,
}

impl Flights {
    pub(super) fn board(&self, key: &Bytes) -> Turn<'_> {
        let mut flights = self.0.lock();
        if let Some(sender) = flights.get(key) {
            return Turn::Theirs(sender.subscribe());
        }
        let sender = watch::Sender::new(None);
        flights.insert(key.clone(), sender.clone());
        Turn::Ours(Flight { flights: self, key: key.clone(), sender })
    }

    /// What comes from now on must not join what read before.
    pub(super) fn part(&self, key: &Bytes) {
        self.0.lock().remove(key);
    }

    pub(super) fn part_all(&self) {
        self.0.lock().clear();
    }
}

impl Flight<'_> {
    /// Gives the answer to those who wait.
    pub(super) fn land(self, answer: &Result<Option<Bytes>>) {
        self.sender.send_replace(Some(Arc::new(copy(answer))));
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock();
        if flights.get(&self.key).is_some_and(|sender| sender.same_channel(&self.sender)) {
            flights.remove(&self.key);
        }
    }
}

/// Waits for the answer of somebody else; `None` if there will be none.
pub(super) async fn wait(mut theirs: watch::Receiver<Landed>) -> Option<Result<Option<Bytes>>> {
    theirs.changed().await.ok()?;
    let landed = theirs.borrow().clone()?;
    Some(copy(&landed))
}

/// The same answer for somebody else.
fn copy(answer: &Result<Option<Bytes>>) -> Result<Option<Bytes>> {
    match answer {
        Ok(value) => Ok(value.clone()),
        Err(error) => Err(Error::new(error.kind(), error.message().to_owned()).with_retry(error.retry())),
    }
}
