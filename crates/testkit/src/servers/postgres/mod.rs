//! Postgres, with pgvector, and the pooler that stands before it.

mod bouncer;
mod install;
mod server;
mod session;
mod template;
mod tls;

pub use bouncer::PgBouncer;
pub use server::{Postgres, PostgresVersion};
pub use tls::PostgresTls;
