//! Credenza's server: programs in any language keep keys in namespaces over HTTP.
//!
//! [`router`] is the application on a [`Kv`](credenza_core::Kv), for whoever has a server already; [`serve`] runs
//! it on a listener with bounded connections, bounded waits and an orderly end. [`keys`] says where the values
//! lie, so that a program that embeds the same store reads and writes them too.
//!
//! ```no_run
//! # async fn example(kv: credenza_core::Kv) -> Result<(), Box<dyn std::error::Error>> {
//! use credenza_server::{ServerConfig, router, serve};
//!
//! let config = ServerConfig::default();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! let stop = std::future::pending(); // or whatever ends when the server shall end
//! serve(listener, router(kv, &config)?, &config, stop).await;
//! # Ok(()) }
//! ```

pub mod keys;

mod app;
mod body;
mod config;
mod decode;
mod failure;
mod health;
mod host;
mod list;
mod observe;
mod patient;
mod precondition;
mod query;
mod serve;
mod target;
mod value;

pub use app::router;
pub use config::ServerConfig;
pub use serve::serve;
