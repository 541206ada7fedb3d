//! The listener: bounded connections, bounded waits, an orderly end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::ServerConfig;
use crate::patient::Patient;

/// Bytes of a request's head; the longest key, all of it percent-encoded, takes a tenth.
const MAX_HEAD: usize = 64 << 10;
/// How long to wait when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `router` on `listener` until `shutdown` is there. Then it takes no new connection, answers the requests
/// that are in flight, and returns when the last is answered or [`ServerConfig::shutdown_grace`] is over.
///
/// Returns how many connections were cut off at the end of the grace. The store is the caller's to close.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: &ServerConfig,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let slots = Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS)));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        // A slot first: what there is no slot for waits in the system's queue.
        let accept = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (slot, accepted) = accept => match accepted {
                Ok((stream, _)) => {
                    let (router, config, stopped) = (router.clone(), config.clone(), stopped.clone());
                    connections.spawn(async move {
                        connection(stream, router, &config, stopped).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if timeout(config.shutdown_grace, drained).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests in flight were cut off");
    }
    let cut_off = connections.len();
    connections.shutdown().await;
    cut_off
}

async fn connection(
    stream: TcpStream,
    router: Router,
    config: &ServerConfig,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are whole when they are written: there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    // Who has not said a word yet is not in flight: hyper alone would wait for the first request.
    tokio::select! {
        biased;
        readable = timeout(config.header_timeout, stream.readable()) => if !matches!(readable, Ok(Ok(()))) { return },
        _ = stopped.wait_for(|stopped| *stopped) => return,
    }
    let stream = TokioIo::new(Patient::new(stream, config.stall_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(stream, TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    // How a connection ends is the client's business; what matters of its requests is in the log already.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
