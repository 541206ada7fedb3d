//! A query builder in the manner of Supabase's: queries are data, values are always bound, names are always quoted, and the same query gives the
//! same rows on SQLite and Postgres.
//!
//! ```
//! # async fn example(db: credenza_core::Db) -> credenza_core::Result<()> {
//! use credenza_query::{Direction::Descending, FromTable as _, Record};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Pattern {
//!     id: i64,
//!     content: String,
//! }
//!
//! db.from("patterns").insert(Record::new().set("content", "retry").set("success_rate", 0.9)).await?;
//! let best: Vec<Pattern> = db
//!     .from("patterns")
//!     .select("id, content")
//!     .gte("success_rate", 0.6)
//!     .order("success_rate", Descending)
//!     .limit(5)
//!     .fetch()
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! Decision 019 of the project says why it is built as it is.

mod builder;
mod columns;
mod filter;
mod pattern;
mod query;
mod record;
mod rows;
mod write;

pub use builder::{
    DeleteQuery, Filtered, Found, FromTable, InsertQuery, Page, Scored, SearchQuery, SelectQuery, TableQuery,
    UpdateQuery, WriteQuery, Writes,
};
pub use filter::{Comparison, DocumentComparison, Filter, Is, Operand, col};
pub use query::{Conflict, Delete, Direction, Insert, Metric, Nulls, Order, Query, Search, Select, Update};
pub use record::{IntoRecords, Record};
pub use rows::{JsonRow, json_row, typed_row};
