//! The database: statements of users on a server.

mod decode;
mod encode;
mod failure;
mod look;
mod namespaces;
mod reading;
mod session;
mod store;
mod tables;
mod transaction;

pub use namespaces::{PostgresDatabases, PostgresDatabasesConfig};
pub use store::PostgresDatabase;
