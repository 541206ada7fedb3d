//! Uploads in parts.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::{Error, Result};
use opendal::raw::oio::{Write, Writer};
use opendal::{Buffer, Metadata};
use tokio::sync::{mpsc, oneshot};

use super::client::Asked;
use super::error::not_so;

/// How often an upload that is given up is ended, with a pause before each try that doubles.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// An upload under way. What is put in parts is not seen before all of it is there; when this is dropped before, the
/// upload is ended.
///
/// A task of its own makes the requests, so that none is left in the middle by a caller that goes away: the id of
/// an upload may be in the answer that nobody waits for.
#[derive(Debug)]
pub(super) struct Upload {
    orders: mpsc::Sender<Order>,
    done: oneshot::Receiver<Result<Metadata>>,
}

#[derive(Debug)]
enum Order {
    /// A part, and whom to tell that it was taken.
    Part(Bytes, oneshot::Sender<()>),
    Finish,
}

impl Upload {
    /// Starts one. `replaces` says that it has the condition to replace an object.
    pub(super) fn start(writer: Writer, asked: Asked, replaces: bool) -> Upload {
        let (orders, received) = mpsc::channel(1);
        let (tell, done) = oneshot::channel();
        tokio::spawn(work(writer, asked, replaces, received, tell));
        Upload { orders, done }
    }

    /// Hands over a part; waits until there is room for the next. All parts but the last must have one size.
    pub(super) async fn part(&mut self, part: Bytes) -> Result<()> {
        let (tell, taken) = oneshot::channel();
        let sent = self.orders.send(Order::Part(part, tell)).await;
        if sent.is_ok() && taken.await.is_ok() {
            return Ok(());
        }
        Err(self.end().await.err().unwrap_or_else(|| Error::internal("an upload ended too early")))
    }

    /// Makes an object of the parts.
    pub(super) async fn finish(mut self) -> Result<Metadata> {
        // If it ended before, it says why.
        let _ = self.orders.send(Order::Finish).await;
        self.end().await
    }

    async fn end(&mut self) -> Result<Metadata> {
        (&mut self.done).await.unwrap_or_else(|_| Err(Error::internal("an upload was lost")))
    }
}

async fn work(
    mut writer: Writer,
    asked: Asked,
    replaces: bool,
    mut orders: mpsc::Receiver<Order>,
    tell: oneshot::Sender<Result<Metadata>>,
) {
    match carry_out(&mut writer, &mut orders).await {
        Ok(Some(metadata)) => {
            // Whoever waited may be gone.
            let _ = tell.send(Ok(metadata));
            return;
        }
        Ok(None) => {}
        Err(error) => {
            let condition = asked.status() == Some(412) || replaces && asked.is_missing();
            let _ = tell.send(Err(if condition { not_so() } else { asked.fails(&error) }));
        }
    }
    drop(orders);
    for round in 0..TRIES {
        if writer.abort().await.is_ok() || asked.status() == Some(404) {
            break;
        }
        tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
    }
}

/// Does what is ordered, up to the end; `None` if the order to finish did not come.
async fn carry_out(
    writer: &mut Writer,
    orders: &mut mpsc::Receiver<Order>,
) -> opendal::Result<Option<Metadata>> {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Part(part, taken) => {
                writer.write(Buffer::from(part)).await?;
                let _ = taken.send(());
            }
            Order::Finish => return writer.close().await.map(Some),
        }
    }
    Ok(None)
}
