//! SQLite as a relational database.

mod authorizer;
mod bind;
mod config;
mod conn;
mod connect;
mod database;
mod failure;
mod functions;
mod guard;
mod known;
mod namespaces;
mod pipe;
mod run;
mod schema;
mod store;
mod tables;
mod task;
mod text;
mod timer;
mod transaction;
mod workers;

pub use config::SqliteDatabaseConfig;
pub use database::SqliteDatabase;
pub use namespaces::{SqliteDatabases, SqliteDatabasesConfig};
