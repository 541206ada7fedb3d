//! Credenza on SQLite: a key-value store with every command, and relational databases, one or one for each namespace;
//! each in a file that survives a power cut.
//!
//! ```
//! use credenza_core::{Kv, command::{Get, Set}};
//! use credenza_sqlite::{SqliteConfig, SqliteStore};
//!
//! # fn main() -> credenza_core::Result<()> {
//! # futures(async {
//! let kv = Kv::new(SqliteStore::open(SqliteConfig::memory())?);
//! kv.run(Set::new("greeting", "hello")).await?;
//! assert_eq!(kv.run(Get::new("greeting")).await?.as_deref(), Some(&b"hello"[..]));
//! # Ok(()) }) }
//! # fn futures(work: impl Future<Output = credenza_core::Result<()>>) -> credenza_core::Result<()> {
//! #     tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
//! # }
//! ```
//!
//! One connection writes. What many tasks write at the same time goes into one transaction, and is answered after
//! its commit; what a single task writes is written in place. Reads run in place, on connections of their own,
//! unless they are large or the disk is slow. SQL goes the same ways ([`SqliteDatabase`], [`SqliteDatabases`]). No
//! async runtime is needed.

mod commit;
mod config;
mod database;
mod db;
mod error;
mod housekeeper;
mod job;
mod keyspace;
mod migrate;
mod opener;
mod pace;
mod queue;
mod readers;
mod run;
mod schema;
mod sql;
mod stamps;
mod store;
mod writer;

pub use config::{SqliteConfig, SqliteDurability};
pub use database::{SqliteDatabase, SqliteDatabaseConfig, SqliteDatabases, SqliteDatabasesConfig};
pub use opener::SqliteOpener;
pub use store::SqliteStore;
