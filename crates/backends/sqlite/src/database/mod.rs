//! SQLite as a relational database.
//!
//! What a statement may do is a list of what is allowed, which the engine asks about while it compiles
//! ([`authorizer`]). No text is changed, and none is looked at to find out what it does. Where a statement runs, and
//! on which thread, is decided by what it turned out to cost ([`run`], [`known`]).

mod authorizer;
mod bind;
mod config;
mod conn;
mod connect;
mod documents;
mod failure;
mod functions;
mod guard;
mod known;
mod matching;
mod namespaces;
mod pipe;
mod route;
mod run;
mod schema;
mod store;
mod tables;
mod task;
mod text;
mod timer;
mod transaction;
mod vectors;
mod workers;

pub use config::SqliteDatabaseConfig;
pub use namespaces::{SqliteDatabases, SqliteDatabasesConfig};
pub use route::SqliteDatabase;
