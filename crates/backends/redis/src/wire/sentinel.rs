//! Sentinels: who the master is.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use credenza_core::ErrorKind;

use super::connect::{Connector, Fresh};
use super::failure::Failure;
use super::frame::{Frame, Packet};
use crate::config::RedisAddress;

/// Those who know the master.
#[derive(Debug)]
pub(crate) struct Sentinels {
    /// How they are connected to.
    pub(crate) connector: Connector,
    pub(crate) addresses: Vec<RedisAddress>,
    pub(crate) service: String,
    /// The one that answered last.
    pub(crate) favourite: AtomicUsize,
}

impl Sentinels {
    /// Connects to the master, if it is one.
    pub(super) async fn connect_to_master(&self, connector: &Connector) -> Result<Fresh, Failure> {
        let favourite = self.favourite.load(Ordering::Relaxed);
        let mut last = Failure::unsent(ErrorKind::Unavailable, "there are no sentinels");
        for step in 0..self.addresses.len() {
            let at = (favourite + step) % self.addresses.len();
            match self.connect_through(&self.addresses[at], connector).await {
                Ok(fresh) => {
                    self.favourite.store(at, Ordering::Relaxed);
                    return Ok(fresh);
                }
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn connect_through(
        &self,
        sentinel: &RedisAddress,
        connector: &Connector,
    ) -> Result<Fresh, Failure> {
        let master = self.ask(sentinel).await?;
        let fresh = connector.connect(&master).await?;
        // Right after a failover a sentinel may still name the old one.
        if fresh.server.is_replica {
            let message = format!("{master} is a replica, but the sentinel still names it as the master");
            return Err(Failure::unsent(ErrorKind::Unavailable, message));
        }
        Ok(fresh)
    }

    /// The address of the master, as this sentinel knows it.
    async fn ask(&self, sentinel: &RedisAddress) -> Result<RedisAddress, Failure> {
        let mut fresh = self.connector.connect(sentinel).await.map_err(|failure| {
            let message = format!("the sentinel at {sentinel}: {}", failure.message);
            Failure::unsent(failure.kind, message)
        })?;
        let packet = Packet::one(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", &self.service]);
        let replies =
            tokio::time::timeout(self.connector.timeout, fresh.wire.ask(&packet)).await.map_err(|_| {
                let message = format!("the sentinel at {sentinel} does not answer");
                Failure::unsent(ErrorKind::Unavailable, message)
            })??;
        match replies.first() {
            Some(Frame::Array(parts)) => master(parts).ok_or_else(|| {
                let message = format!("the sentinel at {sentinel} answered with no address");
                Failure::unsent(ErrorKind::Unavailable, message)
            }),
            // It may not have heard of the master yet.
            Some(Frame::Nil) => {
                let message = format!("the sentinel at {sentinel} knows no master of that name");
                Err(Failure::unsent(ErrorKind::Unavailable, message))
            }
            _ => {
                let message = format!("what answers at {sentinel} is no sentinel");
                Err(Failure::unsent(ErrorKind::Unavailable, message))
            }
        }
    }
}

fn master(parts: &[Frame]) -> Option<RedisAddress> {
    let text = |part: &Bytes| std::str::from_utf8(part).ok().map(str::to_owned);
    match parts {
        [Frame::Bulk(host), Frame::Bulk(port)] => {
            Some(RedisAddress::tcp(text(host)?, text(port)?.parse().ok()?))
        }
        _ => None,
    }
}
