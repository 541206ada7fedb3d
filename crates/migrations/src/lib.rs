//! Versioned migrations: SQL steps that are part of a program, applied once, in order, and never changed afterwards.
//!
//! ```
//! use credenza_core::Db;
//! use credenza_migrations::{MigrationSet, Migrator, Step};
//!
//! # async fn example(mut db: Db) -> credenza_core::Result<()> {
//! let set = MigrationSet::new("notes", [
//!     Step::new(1, "notes").sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"),
//!     Step::new(2, "authors").sql("ALTER TABLE notes ADD COLUMN author TEXT; CREATE INDEX author ON notes (author)"),
//! ])?;
//! let report = Migrator::new(set).apply(&mut db).await?;
//! println!("{} steps were applied", report.applied.len());
//! # Ok(()) }
//! ```
//!
//! In a program the text of a step is a file of its own: `Step::new(1, "notes").sql(include_str!("001_notes.sql"))`.
//! What was applied stands in the table `credenza_migrations`, with the SHA-256 of its text.

mod checksum;
mod error;
mod folder;
mod migrator;
mod report;
mod run;
mod set;
mod split;
mod split_postgres;
mod target;
mod track;

pub use checksum::Checksum;
pub use error::MigrationError;
pub use migrator::{Migrator, create_if_missing};
pub use report::{Planned, Report, State, Status};
pub use set::{MigrationSet, Step};
pub use split::statements;
pub use split_postgres::{statements as postgres_statements, words as postgres_words};
pub use target::{MigrationTarget, MigrationTransaction, ready};
pub use track::TABLE;
