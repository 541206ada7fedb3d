//! A breaker that several processes share.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::kv::TimeToLive;
use credenza_core::{Error, Kv, Result};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::breaker::Breaker;

/// Where several processes tell each other that a store is left alone: under a key of another store, or of the same one on a handle without this
/// layer.
///
/// A process whose breaker opens sets the key, with the time for which it is open as its time to live; the others look at it every
/// [`interval`](BreakerShare::interval), and open too. The first whose probe is answered deletes it, and the others probe as well. While the
/// store of the key is out, each process has only what it sees itself. No call ever waits for it.
#[derive(Clone, Debug)]
pub struct BreakerShare {
    /// Where the key is.
    pub kv: Kv,
    /// The key, the same for all who share: a name for the store that is left alone.
    pub key: String,
    /// How often the key is looked at.
    pub interval: Duration,
}

impl BreakerShare {
    /// Under this key, which is looked at four times a second.
    pub fn new(kv: Kv, key: impl Into<String>) -> BreakerShare {
        BreakerShare { kv, key: key.into(), interval: Duration::from_millis(250) }
    }
}

/// The task that does it, as long as anybody has this.
#[derive(Debug)]
pub(crate) struct Sharing(AbortHandle);

impl Sharing {
    pub(crate) fn start(breaker: Arc<Breaker>, share: BreakerShare) -> Result<Sharing> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|_| Error::invalid("a breaker is shared by a task: build it inside of a runtime"))?;
        Ok(Sharing(runtime.spawn(keep_sharing(breaker, share)).abort_handle()))
    }
}

impl Drop for Sharing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep_sharing(breaker: Arc<Breaker>, BreakerShare { kv, key, interval }: BreakerShare) {
    let patience = interval.max(Duration::from_millis(100));
    // Whether the key stood there when it was last looked at.
    let mut stood = false;
    loop {
        let turned = tokio::select! {
            () = breaker.turned.notified() => true,
            () = tokio::time::sleep(interval) => false,
        };
        let told = tokio::time::timeout(patience, tell(&breaker, &kv, &key, turned, stood));
        stood = told.await.unwrap_or(Ok(stood)).unwrap_or(stood);
    }
}

/// Tells the others, if this breaker `turned` by itself, or looks at what they told; gives whether the key stands there.
async fn tell(breaker: &Breaker, kv: &Kv, key: &str, turned: bool, stood: bool) -> Result<bool> {
    match (turned, breaker.left(Instant::now())) {
        (true, Some(left)) => {
            kv.set_ex(key, "open", left.max(Duration::from_millis(1))).await?;
            Ok(true)
        }
        (true, None) => kv.del(key).await.map(|_| false),
        (false, left) => {
            let ttl = kv.ttl(key).await?;
            match (ttl, left) {
                (TimeToLive::Left(time), None) => breaker.open_for(time, Instant::now()),
                // Somebody's probe was answered.
                (TimeToLive::Missing, Some(_)) if stood => breaker.probe_from(Instant::now()),
                _ => {}
            }
            Ok(ttl != TimeToLive::Missing)
        }
    }
}
