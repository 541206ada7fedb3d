//! Credenza on PostgreSQL: a key-value store with every command, on a server that several processes share.
//!
//! ```no_run
//! use credenza_core::{Kv, command::{Get, Set}};
//! use credenza_postgres::{PostgresConfig, PostgresStore};
//!
//! # async fn example() -> credenza_core::Result<()> {
//! let config = PostgresConfig { password: Some("secret".into()), ..PostgresConfig::at("db.local", "app", "orders") };
//! let kv = Kv::new(PostgresStore::open(config).await?);
//! kv.run(Set::new("greeting", "hello")).await?;
//! assert_eq!(kv.run(Get::new("greeting")).await?.as_deref(), Some(&b"hello"[..]));
//! # Ok(()) }
//! ```
//!
//! Keys are rows, and what a collection holds is in tables of its own. Reads and plain `SET`s of callers that wait at
//! the same time become one statement; what else changes something locks the rows of its keys, runs the rules of
//! `credenza-embedded` on them, and commits.

mod config;
mod conn;
mod database;
mod error;
mod facts;
mod housekeeper;
mod keyspace;
mod lanes;
mod migrate;
mod opener;
mod param;
mod plan;
mod pool;
mod pubsub;
mod queue;
mod sql;
mod stats;
mod store;
mod ticket;
mod tls;
mod transact;

pub use config::{PostgresConfig, PostgresDurability, PostgresTls};
pub use database::{PostgresDatabase, PostgresDatabases, PostgresDatabasesConfig};
pub use opener::PostgresOpener;
pub use stats::PoolStats;
pub use store::PostgresStore;
