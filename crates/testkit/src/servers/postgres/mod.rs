//! Postgres, with pgvector.

mod install;
mod server;
mod session;
mod template;
mod tls;

pub use server::{Postgres, PostgresVersion};
pub use tls::PostgresTls;
