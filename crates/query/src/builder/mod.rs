//! Queries that are built step by step and run.

mod filters;
mod run;
mod select;
mod table;
mod write;

pub use select::{Page, SelectQuery};
pub use table::{FromTable, TableQuery};
pub use write::{DeleteQuery, InsertQuery, UpdateQuery, WriteQuery, Writes};
