//! Credenza's server: programs in any language keep values, tables and objects in namespaces over HTTP.
//!
//! [`Proxy`] is the application on a [`ServerStorage`], for whoever has a server already; [`serve`] runs it on a
//! listener with bounded connections, bounded waits and an orderly end. A registry of all resources is kept true across
//! crashes. [`keys`] says where the values lie, so that a program that embeds the same store reads them too.
//!
//! ```no_run
//! # async fn example(kv: credenza_core::Kv) -> Result<(), Box<dyn std::error::Error>> {
//! use credenza_server::{Proxy, ServerConfig, ServerStorage, serve};
//!
//! let config = ServerConfig::default();
//! let proxy = Proxy::new(ServerStorage::from(kv), &config)?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! let stop = std::future::pending(); // or whatever ends when the server shall end
//! serve(listener, proxy.router(), &config, stop).await;
//! # Ok(()) }
//! ```

pub mod keys;

mod app;
mod body;
mod config;
mod d1;
mod decode;
mod failure;
mod health;
mod host;
mod json;
mod kv;
mod limits;
mod observe;
mod patient;
mod proxy;
mod query;
mod r2;
mod registry;
mod resources;
mod routes;
mod serve;
mod stores;
mod target;
mod time;

pub use config::ServerConfig;
pub use limits::ServerLimits;
pub use proxy::{Proxy, ServerStorage};
pub use registry::ObjectRegistry;
pub use serve::serve;
