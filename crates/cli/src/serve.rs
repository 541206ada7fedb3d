//! `credenza serve`.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use credenza_server::{Proxy, ServerConfig, ServerLimits, serve as serve_on};
use tokio::net::TcpListener;

use crate::Exit;
use crate::args::{Limits, ServeArgs};
use crate::logging;
use crate::store::Stores;

/// Runs the server until SIGTERM or SIGINT.
pub(crate) fn serve(args: ServeArgs) -> Result<(), Exit> {
    let addresses = addresses(&args.listen, args.allow_unauthenticated)?;
    let data = match &args.data {
        Some(data) => data.clone(),
        None => default_data()?,
    };
    logging::start(args.log_format, args.log_level);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::new(1, format!("cannot start: {error}")))?;
    runtime.block_on(run(args, &addresses, &data))
}

async fn run(args: ServeArgs, addresses: &[SocketAddr], data: &Path) -> Result<(), Exit> {
    // From here on a signal ends the server in order, also while it starts.
    let signal = signal().map_err(|error| Exit::new(1, format!("cannot listen to signals: {error}")))?;
    // Before the data is touched: a second server on the same port stops here.
    let cannot_listen = |error| Exit::new(1, format!("cannot listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(addresses).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;

    create_folder(data)
        .map_err(|error| Exit::new(1, format!("cannot create {}: {error}", data.display())))?;
    let limits = match args.limits {
        Limits::Relaxed => ServerLimits::relaxed(),
        Limits::Cloudflare => ServerLimits::cloudflare(),
    };
    let cannot_open = |error| Exit::new(1, format!("cannot open {}: {error}", data.display()));
    let stores = Stores::open(data, args.durability, &limits).await.map_err(cannot_open)?;
    let config = ServerConfig {
        allowed_hosts: args.allow_hosts,
        request_timeout: args.request_timeout,
        shutdown_grace: args.shutdown_grace,
        limits,
        ..ServerConfig::default()
    };
    let proxy = Proxy::new(stores.storage.clone(), &config).map_err(cannot_open)?;
    let upkeep = upkeep(&proxy).await;

    let ready = format!("credenza is listening on http://{address}, data in {}", data.display());
    // Nobody needs to read it.
    let _ = writeln!(std::io::stdout(), "{ready}").and_then(|()| std::io::stdout().flush());
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    let cut_off = serve_on(listener, proxy.router(), &config, signal).await;
    upkeep.abort();
    // What was cut off ends with its connection; what hangs is left to the next start.
    if tokio::time::timeout(config.shutdown_grace, proxy.close()).await.is_err() {
        tracing::warn!("changes in flight were left behind");
    }
    drop(proxy);
    stores
        .close()
        .await
        .map_err(|error| Exit::new(1, format!("cannot close {}: {error}", data.display())))?;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

/// Brings the registry in order before anybody asks for it, and keeps it so.
async fn upkeep(proxy: &Proxy) -> tokio::task::JoinHandle<()> {
    match proxy.recover().await {
        Ok(0) => {}
        Ok(changes) => tracing::info!(changes, "looked after changes that had been left behind"),
        // It is tried again before the registry is told to anybody.
        Err(error) => tracing::warn!(%error, "the registry could not be brought in order"),
    }
    let proxy = proxy.clone();
    tokio::spawn(async move { proxy.keep().await })
}

/// The addresses of `listen`, all of the same reach.
fn addresses(listen: &str, allow_unauthenticated: bool) -> Result<Vec<SocketAddr>, Exit> {
    let resolved = listen
        .to_socket_addrs()
        .map_err(|error| Exit::new(2, format!("cannot listen on {listen}: {error}; it must be HOST:PORT")))?;
    let addresses: Vec<_> = resolved.collect();
    let open = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
    match open {
        Some(address) if !allow_unauthenticated => Err(Exit::new(
            2,
            format!(
                "{address} can be reached from other machines, and the server asks nobody who they are: whoever \
                 reaches it reads and changes everything. If that is meant, give --allow-unauthenticated; if not, \
                 listen on 127.0.0.1"
            ),
        )),
        _ => Ok(addresses),
    }
}

fn default_data() -> Result<PathBuf, Exit> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    home.map(|home| home.join(".credenza"))
        .ok_or_else(|| Exit::new(2, "there is no home folder; give --data DIR"))
}

/// Creates a folder that only its owner may open. One that exists stays as it is.
fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Listens to the signals that end the server; the future is there when the first of them is.
#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        std::future::poll_fn(|cx| {
            if terminate.poll_recv(cx).is_ready() || interrupt.poll_recv(cx).is_ready() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal the server would end at once: then it runs until it is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_listened_on_unasked() {
        for listen in ["127.0.0.1:0", "127.9.9.9:1", "[::1]:8787", "localhost:8787", "[::ffff:127.0.0.1]:1"] {
            assert!(addresses(listen, false).is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:0", "[::]:8787", "192.0.2.1:80"] {
            let refused = addresses(listen, false).unwrap_err();
            assert!(refused.code == 2 && refused.message.contains("--allow-unauthenticated"), "{listen}");
            assert!(addresses(listen, true).is_ok(), "{listen}");
        }
        for listen in ["", "8787", "127.0.0.1", "127.0.0.1:99999"] {
            assert_eq!(addresses(listen, true).unwrap_err().code, 2, "{listen}");
        }
    }
}
